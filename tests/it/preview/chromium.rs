//! Scripts of `tests/browser` in a headless Chromium.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A browser, or why there is none. CI must have one.
pub(super) fn found() -> Option<PathBuf> {
    let browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    let browser = browser.into_iter().find(|p| p.is_file());
    let driver = folder().join("node_modules/playwright-core").is_dir();
    let node = Command::new("node").arg("--version").output().is_ok_and(|o| o.status.success());
    let missing = match (&browser, driver, node) {
        (None, ..) => "there is no Chromium: `apt-get install chromium`",
        (_, _, false) => "there is no Node: `apt-get install nodejs`",
        (_, false, _) => "the driver is not installed: `npm ci --prefix tests/browser`",
        _ => return browser,
    };
    assert!(std::env::var_os("CI").is_none(), "CI must drive a browser, but {missing}");
    let _ = writeln!(std::io::stderr(), "skipped: {missing}");
    None
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser")
}

/// Runs a script with its input as JSON, and gives what it says.
pub(super) fn run(browser: &Path, script: &str, mut input: Value) -> Value {
    input["chromium"] = browser.to_string_lossy().into();
    let mut child = Command::new("node")
        .arg(folder().join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("node starts");
    child.stdin.take().expect("stdin").write_all(input.to_string().as_bytes()).expect("the input is read");
    let out = child.wait_with_output().expect("node ends");
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{script}: {errors}");
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{script}: {e}: {errors}"))
}
