//! `piq init`: a project of one's own from nothing but the binary.

use std::process::Command;

#[test]
fn a_new_project_is_valid_and_a_second_init_changes_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let piq = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_piq"))
            .args(args)
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path())
            .output()
            .expect("piq starts")
    };
    let made = piq(&["init", "mine"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(piq(&["-C", "mine", "validate", "-t", "prod"]).status.success());
    std::fs::write(folder.path().join("mine/sql/pipeline.yml"), "mine").expect("written");
    let again = piq(&["init", "mine"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("exists already"));
    assert_eq!(std::fs::read(folder.path().join("mine/sql/pipeline.yml")).expect("read"), b"mine");
}
