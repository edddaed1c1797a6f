//! What these tests make once and keep under the target folder: packages and jars, each by its pins.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SPARK: &str = include_str!("../../conformance/spark.txt");
const CHARTS: &str = include_str!("../../conformance/charts.txt");
const POM: &str = include_str!("../../conformance/pom.xml");

/// What Spark needs besides Java.
pub(super) struct SparkFiles {
    /// The interpreter that has pyspark.
    pub python: PathBuf,
    /// The folder of the jars of Delta.
    pub jars: PathBuf,
}

/// The folder of the programs that these tests run.
pub(super) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

/// Where it is kept.
pub(super) fn dir() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance")
}

/// What Spark needs; `None` if this machine has no Java or Maven, which only a developer's may lack.
pub(super) fn spark() -> Option<SparkFiles> {
    let missing: Vec<&str> = ["java", "mvn"].into_iter().filter(|name| !runs(name)).collect();
    if !missing.is_empty() {
        let what = missing.join(" and ");
        assert!(std::env::var_os("CI").is_none(), "{what} not found: CI installs openjdk-17-jre-headless and maven");
        say(&format!(
            "skipped: {what} not found, so Spark cannot run here (apt-get install openjdk-17-jre-headless maven)"
        ));
        return None;
    }
    Some(SparkFiles { python: python("spark", SPARK), jars: once("jars", POM, jars) })
}

/// A word to whoever watches the tests.
#[expect(clippy::print_stderr, reason = "a test that cannot run, or takes long, says why")]
pub(super) fn say(line: &str) {
    eprintln!("{line}");
}

/// The interpreter that has what the charts of notebooks need.
pub(super) fn charts_python() -> PathBuf {
    python("charts", CHARTS)
}

fn python(name: &str, pins: &str) -> PathBuf {
    once(name, pins, |dir| packages(dir, &format!("{name}.txt"))).join("bin/python")
}

fn runs(name: &str) -> bool {
    let version = if name == "java" { "-version" } else { "--version" };
    Command::new(name).arg(version).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// Makes the folder `name` unless it is there as `pins` want it. Other test processes wait for the one that does.
fn once(name: &str, pins: &str, make: impl Fn(&Path)) -> PathBuf {
    std::fs::create_dir_all(self::dir()).expect("folder");
    let lock = File::create(self::dir().join(format!("{name}.lock"))).expect("lock file");
    lock.lock().expect("lock");
    let dir = self::dir().join(name);
    let marker = dir.join("complete");
    if std::fs::read_to_string(&marker).is_ok_and(|text| text == pins) {
        return dir;
    }
    if dir.exists() {
        std::fs::remove_dir_all(&dir).expect("removed");
    }
    say(&format!("preparing {} (once)", dir.display()));
    make(&dir);
    std::fs::write(marker, pins).expect("written");
    dir
}

fn packages(dir: &Path, pins: &str) {
    run(Command::new("python3").args(["-m", "venv"]).arg(dir));
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"];
    run(Command::new(dir.join("bin/python")).args(pip).arg(sources().join(pins)));
}

fn jars(dir: &Path) {
    run(Command::new("mvn")
        .args(["--quiet", "--batch-mode", "--file"])
        .arg(sources().join("pom.xml"))
        .args(["dependency:copy-dependencies", "-DincludeGroupIds=io.delta"])
        .arg(format!("-DoutputDirectory={}", dir.display())));
}

fn run(command: &mut Command) {
    let out = command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("{command:?} does not start: {e}"));
    let said = [out.stdout, out.stderr].concat();
    assert!(out.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&said));
}
