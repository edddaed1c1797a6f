//! Python environments of tests: made once under the target folder, never the user's own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ended_well;

/// The interpreter of an environment with `requirements` (as `pip install` takes them, one a line, versions pinned).
///
/// # Panics
/// Where Python or the package registry is missing: a test that needs them cannot pass without.
pub(crate) fn python(name: &str, requirements: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("venv-{name}"));
    fs::create_dir_all(env!("CARGO_TARGET_TMPDIR")).expect("the tests' own folder");
    let lock = File::create(folder.with_extension("lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let interpreter = folder.join("bin/python");
    let stamp = folder.join("requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == requirements) {
        return interpreter;
    }
    let _ = fs::remove_dir_all(&folder);
    ended_well(Command::new("python3").args(["-m", "venv"]).arg(&folder));
    let wanted = folder.join("wanted.txt");
    fs::write(&wanted, requirements).expect("written");
    ended_well(
        Command::new(&interpreter)
            .args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"])
            .arg(&wanted),
    );
    fs::rename(&wanted, &stamp).expect("renamed");
    interpreter
}
