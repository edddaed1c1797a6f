//! What the tests of several crates share: where the project is, and data that lies beside it and is not part of it.

pub mod corpus;

use std::path::{Path, PathBuf};

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_owned()
}

/// A file or folder below `shared/`, beside the repository. Without it there is nothing to test against: `None`, and
/// the name of the skipped test on standard error. Under CI (`CI` is set) that is a failure.
///
/// # Panics
/// The data is missing under CI.
#[must_use]
pub fn shared(path: &str) -> Option<PathBuf> {
    let at = root().join("../shared").join(path);
    if at.exists() {
        return Some(at);
    }
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(std::env::var_os("CI").is_none(), "{test}: {} is missing; CI must have it", at.display());
    // not `eprintln!`: the harness would keep it to itself for a test that passes
    let _ = std::io::Write::write_all(
        &mut std::io::stderr(),
        format!("skipped: {test}: {} is missing\n", at.display()).as_bytes(),
    );
    None
}

/// Public dashboards to test against, see `shared`; empty where they are missing.
///
/// # Panics
/// They are missing under CI.
#[must_use]
pub fn public_dashboards() -> Vec<PathBuf> {
    let Some(folder) = shared("data/lvdash") else { return Vec::new() };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> =
        entries.map(|e| e.path()).filter(|p| p.to_string_lossy().ends_with(".lvdash.json")).collect();
    paths.sort();
    paths
}
