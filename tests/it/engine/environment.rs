//! The engine's Python environment when it cannot be made.

use super::command;
use crate::kit::Project;

#[test]
fn a_missing_python_is_a_clear_message_and_nothing_is_left() {
    let project = Project::new();
    for (python, said) in [("no-such-python", "no-such-python does not run"), ("true", "true does not run")] {
        let out = command(&project, &["sample-data", "--rows", "1"])
            .env("PIQ_ENGINE_DIR", project.path("engine"))
            .env("PIQ_PYTHON", python)
            .output()
            .expect("piq starts");
        let text = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{text}");
        assert!(text.contains("Python 3.10 or later") && text.contains(said) && text.contains("PIQ_PYTHON="), "{text}");
        assert!(!project.path("engine").exists());
    }
}

#[test]
fn a_download_that_fails_is_a_clear_message_and_no_half_made_environment_is_used() {
    let project = Project::new();
    let out = command(&project, &["sample-data", "--rows", "1"])
        .env("PIQ_ENGINE_DIR", project.path("engine"))
        .env("PIQ_PYPI_URL", "http://127.0.0.1:9/simple")
        .output()
        .expect("piq starts");
    let text = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{text}");
    assert!(text.contains("needs the network") && text.contains("PIQ_PYPI_URL"), "{text}");
    assert!(!project.path("engine").exists());
}
