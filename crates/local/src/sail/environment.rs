//! The engine's own Python environment: pinned and hashed packages in a folder of piq's, made once for each set of
//! pins. Nothing of the user's environment leaks in, and nothing of it is changed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::engine::EngineError;
use piq_diagnostics::env::Env;

const LOCK: &str = include_str!("python/requirements.lock");

/// Programs that may be Python, the best first.
const CANDIDATES: [&str; 6] = ["python3.13", "python3.12", "python3.11", "python3.10", "python3", "python"];

/// Variables that programs of the engine may see: where things are, how to reach the network, and no more.
const PASSED: [&str; 21] = [
    "PATH",
    "HOME",
    "USERPROFILE",
    "SYSTEMROOT",
    "LOCALAPPDATA",
    "TMPDIR",
    "TEMP",
    "TMP",
    "LANG",
    "LC_ALL",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "XDG_CACHE_HOME",
];

/// Says in one line what is being done.
pub type Progress = Arc<dyn Fn(&str) + Send + Sync>;

/// The interpreter of a prepared environment.
#[derive(Debug, Clone)]
pub(super) struct Interpreter {
    /// The program.
    pub python: PathBuf,
    /// The environment that its processes are given a part of.
    pub env: Env,
}

/// Gives the engine's process the variables that it may see, and no others. All that it talks to is on this machine: no
/// proxy stands before it.
pub(super) fn clean(command: &mut tokio::process::Command, env: &Env) {
    command.env_clear().envs(passed(env).filter(|(name, _)| !name.to_lowercase().ends_with("_proxy")));
}

fn passed(env: &Env) -> impl Iterator<Item = (&'static str, &str)> {
    PASSED.into_iter().filter_map(|name| Some((name, env.get(name)?)))
}

/// Finds the environment, or makes it. Takes minutes the first time and needs the network then.
pub(super) fn prepare(env: &Env, progress: &Progress) -> Result<Interpreter, EngineError> {
    let dir = folder(env)?;
    let ready = Interpreter { python: program_of(&dir), env: env.clone() };
    let marker = dir.join("complete");
    if marker.is_file() {
        return Ok(ready);
    }
    let parent = dir.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(|e| fault(&format!("cannot create {}: {e}", parent.display())))?;
    let lock_path = dir.with_extension("lock");
    let lock = File::create(&lock_path).map_err(|e| fault(&format!("cannot create {}: {e}", lock_path.display())))?;
    if lock.try_lock().is_err() {
        progress("another process prepares the SQL engine: waiting for it");
        lock.lock().map_err(|e| fault(&format!("cannot lock {}: {e}", lock_path.display())))?;
    }
    if marker.is_file() {
        return Ok(ready);
    }
    let python = find_python(env)?;
    progress(&format!("preparing the SQL engine in {} (once, about 0.6 GB)", dir.display()));
    let staging = dir.with_extension("new");
    for left in [&staging, &dir] {
        if left.exists() {
            std::fs::remove_dir_all(left).map_err(|e| fault(&format!("cannot remove {}: {e}", left.display())))?;
        }
    }
    install(env, &python, &staging, progress)?;
    std::fs::write(staging.join("complete"), "")
        .and_then(|()| std::fs::rename(&staging, &dir))
        .map_err(|e| fault(&format!("cannot move {} into place: {e}", staging.display())))?;
    progress("the SQL engine is ready");
    Ok(ready)
}

/// How the environment stands, without making it.
#[derive(Debug, Clone)]
pub struct EngineState {
    /// The Python that would make it, or why there is none.
    pub python: Result<String, String>,
    /// Where it is, or why it has no place.
    pub folder: Result<PathBuf, String>,
    /// Whether it is made.
    pub ready: bool,
}

/// Looks how the environment stands.
pub fn engine_state(env: &Env) -> EngineState {
    let folder = folder(env).map_err(|e| e.message);
    let ready = folder.as_ref().is_ok_and(|dir| dir.join("complete").is_file());
    let python = find_python(env).map_err(|e| e.message).map(|program| {
        let name = program.display().to_string();
        version(env, &name).map_or(name.clone(), |(major, minor)| format!("{name}, version {major}.{minor}"))
    });
    EngineState { python, folder, ready }
}

/// Where the environment is: `PIQ_ENGINE_DIR`, else a folder of the user's cache named after the pins.
fn folder(env: &Env) -> Result<PathBuf, EngineError> {
    if let Some(dir) = env.get("PIQ_ENGINE_DIR") {
        return std::path::absolute(dir).map_err(|e| fault(&format!("PIQ_ENGINE_DIR: {e}")));
    }
    let cache = env
        .get("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| env.home().map(|home| home.join(".cache")))
        .ok_or_else(|| fault("there is no home folder to keep it in: set PIQ_ENGINE_DIR to a folder"))?;
    let hash = Sha256::digest(LOCK);
    let name: String = hash[..6].iter().map(|b| format!("{b:02x}")).collect();
    Ok(cache.join("piq").join(format!("engine-{name}")))
}

fn program_of(dir: &Path) -> PathBuf {
    if cfg!(windows) { dir.join("Scripts/python.exe") } else { dir.join("bin/python") }
}

fn find_python(env: &Env) -> Result<PathBuf, EngineError> {
    let chosen = env.get("PIQ_PYTHON");
    let mut tried = Vec::new();
    for name in chosen.map_or_else(|| CANDIDATES.to_vec(), |c| vec![c]) {
        let found = version(env, name);
        match found {
            Some((3, minor)) if minor >= 10 => return Ok(name.into()),
            Some((major, minor)) => tried.push(format!("{name} is Python {major}.{minor}")),
            None => tried.push(format!("{name} does not run")),
        }
    }
    let what = tried.join(", ");
    Err(fault(&format!(
        "it needs Python 3.10 or later ({what}): install it, or name one with PIQ_PYTHON=/path/to/python3"
    )))
}

fn version(env: &Env, name: &str) -> Option<(u32, u32)> {
    let program = "import sys, venv, ensurepip; print(sys.version_info[0], sys.version_info[1])";
    let out = quiet(env, name).args(["-I", "-c", program]).output().ok()?;
    let text = String::from_utf8(out.stdout).ok().filter(|_| out.status.success())?;
    let (major, minor) = text.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// A process with the variables that it may see; its configuration files are not read.
fn quiet(env: &Env, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(passed(env)).env("PIP_CONFIG_FILE", null()).env("UV_NO_CONFIG", "1").stdin(Stdio::null());
    command
}

fn null() -> &'static str {
    if cfg!(windows) { "nul" } else { "/dev/null" }
}

fn install(env: &Env, python: &Path, dir: &Path, progress: &Progress) -> Result<(), EngineError> {
    std::fs::create_dir_all(dir).map_err(|e| fault(&format!("cannot create {}: {e}", dir.display())))?;
    let requirements = dir.join("requirements.lock");
    std::fs::write(&requirements, LOCK).map_err(|e| fault(&format!("cannot write {}: {e}", requirements.display())))?;
    let index: Vec<&str> = env.get("PIQ_PYPI_URL").map_or_else(Vec::new, |url| vec!["--index-url", url]);
    let program = program_of(dir);
    let has_uv = quiet(env, "uv").arg("--version").output().is_ok_and(|out| out.status.success());
    if has_uv {
        progress("downloading the packages with uv");
        run(quiet(env, "uv")
            .args(["venv", "--quiet", "--no-project", "--allow-existing", "--python"])
            .arg(python)
            .arg(dir))?;
        run(quiet(env, "uv")
            .args(["pip", "install", "--quiet", "--no-deps", "--require-hashes", "--python"])
            .arg(&program)
            .args(&index)
            .arg("-r")
            .arg(&requirements))
    } else {
        progress("downloading the packages with pip");
        run(quiet(env, python).args(["-I", "-m", "venv"]).arg(dir))?;
        run(quiet(env, &program)
            .args(["-I", "-m", "pip", "--isolated", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--no-deps", "--require-hashes"])
            .args(&index)
            .arg("-r")
            .arg(&requirements))
    }
}

fn run(command: &mut Command) -> Result<(), EngineError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let out = command.output().map_err(|e| fault(&format!("cannot start {name}: {e}")))?;
    if out.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&out.stderr);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let last = lines[lines.len().saturating_sub(4)..].join("; ");
    let hint =
        "the first time it needs the network; a mirror of the Python package index can be named with PIQ_PYPI_URL";
    Err(fault(&format!("{name} failed: {last}. {hint}")))
}

fn fault(why: &str) -> EngineError {
    EngineError { class: "ENGINE_NOT_PREPARED".into(), message: format!("cannot prepare the SQL engine: {why}") }
}
