//! `piq init`: a project of one's own from nothing but the binary.

use super::kit::{Project, ended_well, whole};

#[test]
fn a_new_project_is_valid_and_a_second_init_changes_nothing() {
    let folder = Project::empty();
    ended_well(&mut folder.command(&["init", "mine"]));
    ended_well(&mut folder.command(&["-C", "mine", "validate", "-t", "prod"]));
    folder.write("mine/sql/pipeline.yml", "mine");
    insta::assert_snapshot!(whole(&folder.piq(&["init", "mine"])), @r"
    exit code: 1
    --- stdout
    --- stderr
    error: mine/dashboards exists already: name an empty or a new folder
    ");
    assert_eq!(folder.read("mine/sql/pipeline.yml"), "mine");
}
