//! The pre-commit hook of this repository in a temporary git repository.
//!
//! pre-commit itself makes the environment of the hook, from `.pre-commit-hooks.yaml` as it is. Only the crate that it
//! builds there is a stand-in, which hands over to the piq under test: building all of piq takes minutes. The hook for
//! those who have piq finds the piq under test on the path.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::kit::text;

const HOOKS: &str = ".pre-commit-hooks.yaml";
const VERSION: &str = "pre-commit==4.6.0";

/// A folder for everything: the hook's repository, the user's repository, pre-commit's own.
struct Place {
    dir: tempfile::TempDir,
    programs: PathBuf,
}

impl Place {
    /// None, with a message, where pre-commit cannot be installed.
    fn new() -> Option<Self> {
        let programs = programs()?;
        let dir = tempfile::tempdir().expect("a folder");
        for name in ["hook/src", "user/dashboards", "home"] {
            std::fs::create_dir_all(dir.path().join(name)).expect("a folder");
        }
        Some(Self { dir, programs })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    fn run(&self, folder: &str, program: &str, args: &[&str]) -> Output {
        let path = std::env::var("PATH").unwrap_or_default();
        let piq = Path::new(env!("CARGO_BIN_EXE_piq")).parent().expect("a folder");
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.path(folder))
            .env("PATH", format!("{}:{}:{path}", self.programs.display(), piq.display()))
            .env("PRE_COMMIT_HOME", self.path("home"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "Ana")
            .env("GIT_AUTHOR_EMAIL", "ana@example.com")
            .env("GIT_COMMITTER_NAME", "Ana")
            .env("GIT_COMMITTER_EMAIL", "ana@example.com");
        // those of the build that runs this test mean another crate
        for name in
            ["CARGO_TARGET_DIR", "CARGO_MANIFEST_DIR", "CARGO_BUILD_TARGET", "RUSTFLAGS", "GIT_DIR", "GIT_INDEX_FILE"]
        {
            command.env_remove(name);
        }
        command.output().unwrap_or_else(|e| panic!("{program}: {e}"))
    }

    fn done(&self, folder: &str, program: &str, args: &[&str]) -> String {
        let out = self.run(folder, program, args);
        assert!(out.status.success(), "{program} {args:?}: {}{}", text(&out.stdout), text(&out.stderr));
        text(&out.stdout)
    }
}

#[expect(clippy::print_stderr, reason = "a test that cannot run says why")]
fn skip(why: &str) -> Option<PathBuf> {
    eprintln!("skipped: {why}");
    None
}

/// The folder of pre-commit's programs, installed once for all runs of the tests.
fn programs() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join(VERSION);
    let programs = venv.join("bin");
    if programs.join("pre-commit").is_file() {
        return Some(programs);
    }
    let made = Command::new("python3").args(["-m", "venv"]).arg(&venv).output();
    match made {
        Ok(out) if out.status.success() => {}
        Ok(out) => return skip(&format!("python3 makes no environment: {}", text(&out.stderr))),
        Err(e) => return skip(&format!("python3 does not start: {e}")),
    }
    let pip = Command::new(programs.join("pip")).args(["install", "-q", VERSION]).output().expect("pip starts");
    if !pip.status.success() {
        return skip(&format!("pip cannot install {VERSION}: {}", text(&pip.stderr)));
    }
    Some(programs)
}

/// The repository that the hook comes from.
fn hook_repository(place: &Place) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::copy(root.join(HOOKS), place.path("hook").join(HOOKS)).expect("the hooks");
    place.write("hook/Cargo.toml", "[package]\nname = \"piq\"\nversion = \"0.0.0\"\nedition = \"2024\"\n");
    let hand_over = format!(
        "fn main() {{\n    let args = std::env::args_os().skip(1);\n    let status = std::process::Command::new({:?}).args(args).status();\n    \
         std::process::exit(status.ok().and_then(|s| s.code()).unwrap_or(99));\n}}\n",
        env!("CARGO_BIN_EXE_piq")
    );
    place.write("hook/src/main.rs", &hand_over);
    place.done("hook", "git", &["init", "-q"]);
    place.done("hook", "git", &["add", "."]);
    place.done("hook", "git", &["commit", "-qm", "The hook"]);
    place.done("hook", "git", &["rev-parse", "HEAD"]).trim().to_owned()
}

const DASHBOARD: &str = r#"{"datasets": [{"name": "d", "query": "USE CATALOG IDENTIFIER(:c); USE SCHEMA IDENTIFIER(:s); SELECT 1",
  "parameters": [{"keyword": "c", "defaultSelection": {"values": {"values": [{"value": "home"}]}}},
                 {"keyword": "s", "defaultSelection": {"values": {"values": [{"value": "piq"}]}}}]}], "pages": []}"#;

#[test]
fn a_commit_with_other_values_is_stopped_the_file_is_fixed_and_the_next_commit_passes() {
    for hook in ["piq-dashboards-normalise", "piq-dashboards-normalise-installed"] {
        if let Some(place) = Place::new() {
            stops_fixes_and_passes(&place, hook);
        }
    }
}

fn stops_fixes_and_passes(place: &Place, hook: &str) {
    place.done("hook", "pre-commit", &["validate-manifest", &format!("{}/{HOOKS}", env!("CARGO_MANIFEST_DIR"))]);
    let revision = hook_repository(place);
    let config = format!(
        "repos:\n  - repo: {}\n    rev: {revision}\n    hooks:\n      - id: {hook}\n",
        place.path("hook").display()
    );
    place.write("user/.pre-commit-config.yaml", &config);
    place.write("user/databricks.yml", "bundle:\n  name: x\n");
    place.write("user/dashboards/normalise.yml", "main_catalog: home\nmain_schema: piq\n");
    let file = "user/dashboards/a b.lvdash.json";
    place.write(file, DASHBOARD);
    place.done("user", "git", &["init", "-q"]);
    place.done("user", "pre-commit", &["install"]);
    place.done("user", "git", &["add", "."]);
    place.done("user", "git", &["commit", "-qm", "With the main values"]);

    place.write(file, &DASHBOARD.replace("home", "dev_ana"));
    place.done("user", "git", &["add", "."]);
    let stopped = place.run("user", "git", &["commit", "-qm", "With my own values"]);
    assert!(!stopped.status.success(), "the commit was not stopped");
    let said = text(&stopped.stdout) + &text(&stopped.stderr);
    assert!(said.contains("`c` set from `dev_ana` to `home`"), "{said}");
    assert_eq!(std::fs::read_to_string(place.path(file)).expect("the file"), DASHBOARD);

    place.write(file, &DASHBOARD.replace("SELECT 1", "SELECT 2"));
    place.done("user", "git", &["add", "."]);
    place.done("user", "git", &["commit", "-qm", "With the main values again"]);
    assert_eq!(place.done("user", "git", &["rev-list", "--count", "HEAD"]).trim(), "2");
}
