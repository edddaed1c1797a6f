//! The bundles of the corpus deployed for real, one after the other: after each deploy a plan is empty.

use piq_testing::corpus::Case;

use super::rig::text;
use crate::kit::{Project, Workspace};

/// What only another workspace, or another checkout, has: looked-up objects, a host, a schema, a branch.
const REFUSED: &[&str] = &[
    "look_ups",
    "lookups",
    "production",
    "volume",
    "volume_external",
    "wheel_in_a_volume_of_the_bundle",
    "workspace_paths",
    "workspace_settings",
];

#[test]
fn a_plan_after_a_deploy_of_any_bundle_is_empty() {
    let workspace = Workspace::start();
    let (mut deployed, mut refused, mut wrong) = (0, Vec::new(), Vec::new());
    for case in Case::all() {
        let name = case.path.file_stem().expect("a name").to_string_lossy().into_owned();
        let Some((target, pinned)) = case.targets().pop() else { continue };
        if pinned.lines().any(|line| line.starts_with("error") || line.starts_with("refused")) {
            continue;
        }
        if pinned.contains("prevent_destroy") {
            // it could not be taken away again for the bundles after it
            continue;
        }
        let project = Project::empty();
        case.write(&project.path(""));
        let warehouse = format!("warehouse_id: {}", workspace.record["warehouse_id"].as_str().expect("an id"));
        let mut bundle = project.read("databricks.yml");
        for end in [",", "}"] {
            for id in ["w", "abc"] {
                bundle = bundle.replace(&format!("warehouse_id: {id}{end}"), &format!("{warehouse}{end}"));
            }
        }
        project.write("databricks.yml", &bundle);
        let run = |args: &[&str]| {
            let mut command = workspace.command(&project, args);
            if target != "default" {
                command.args(["-t", target]);
            }
            command.output().expect("piq starts")
        };
        let done = run(&["deploy", "-q"]);
        if done.status.code() != Some(0) {
            refused.push(format!("{name}: {}", text(&done.stderr)));
            continue;
        }
        deployed += 1;
        let plan = run(&["plan", "--detailed-exitcode"]);
        if plan.status.code() != Some(0) {
            wrong.push(format!("{name}: {}{}", text(&plan.stdout), text(&plan.stderr)));
        }
        let gone = run(&["destroy", "--auto-approve", "-q"]);
        assert_eq!(gone.status.code(), Some(0), "{name}: {}", text(&gone.stderr));
    }
    assert!(wrong.is_empty(), "changes after a deploy:\n{}", wrong.join("\n"));
    let unexpected: Vec<_> =
        refused.iter().filter(|r| !REFUSED.iter().any(|name| r.starts_with(&format!("{name}:")))).collect();
    assert!(
        unexpected.is_empty(),
        "not deployed:\n{}",
        unexpected.iter().map(|s| s.as_str()).collect::<Vec<_>>().join("\n")
    );
    assert!(deployed >= 70, "only {deployed} deployed");
}
