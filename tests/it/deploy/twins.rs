//! A resource whose key changes is a new one to a deploy, and its former self goes: the plan says so, and the commands
//! that it names keep the resource with its runs.

use super::rig::{JOB, Rig, counts, good, text};

/// The commands between backquotes in a note.
fn commands(said: &str) -> Vec<Vec<String>> {
    let parts = said.split('`').filter_map(|part| part.strip_prefix("piq "));
    parts.map(|part| part.split(' ').map(str::to_owned).collect()).collect()
}

fn renamed(said: impl Fn(&str) -> String) {
    let rig = Rig::new();
    rig.deploy(&[]);
    let id = rig.jobs()[0]["job_id"].to_string();
    rig.project.write("resources/load.yml", &said(JOB));
    let plan = text(&rig.piq(&["plan", "-t", "dev"]).stdout);
    assert!(plan.contains(&format!("`jobs.nightly` is made as a twin of `jobs.load` (id {id})")), "{plan}");
    let note = plan.lines().find(|line| line.contains("as a twin of")).expect("a note");
    let moves = commands(note);
    assert_eq!(moves.len(), 2, "{note}");
    for command in moves {
        let args: Vec<&str> = command.iter().map(String::as_str).collect();
        let out = rig.piq(&args);
        assert!(out.status.success(), "{command:?}: {}", text(&out.stderr));
    }
    let plan = text(&rig.piq(&["plan", "-t", "dev"]).stdout);
    assert!(!plan.contains("twin"), "{plan}");
    let report = rig.deploy(&[]);
    assert_eq!((counts(&report)[0], counts(&report)[2]), (0, 0), "{report}");
    let jobs = rig.jobs();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0]["job_id"].to_string(), id);
    assert_eq!(jobs[0]["settings"]["tags"]["piq_key"], "nightly");
    assert_eq!(counts(&rig.deploy(&[]))[..3], [0, 0, 0]);
}

#[test]
fn a_renamed_key_is_moved_by_the_commands_that_the_plan_names() {
    renamed(|job| job.replace("    load:", "    nightly:"));
    // the name may change in the same commit: the tasks tell
    renamed(|job| job.replace("    load:", "    nightly:").replace("name: load", "name: nightly"));
}

#[test]
fn another_resource_is_no_twin() {
    let rig = Rig::new();
    rig.deploy(&[]);
    let other = "resources: {jobs: {other: {name: other, tasks: [{task_key: a, notebook_task: {notebook_path: ../src/second.py}}]}}}\n";
    rig.project.write("resources/load.yml", other);
    let plan = text(&rig.piq(&["plan", "-t", "dev"]).stdout);
    assert!(plan.contains("jobs.other") && !plan.contains("twin"), "{plan}");
    good(&rig.piq(&["deploy", "-t", "dev", "--allow-delete", "-o", "json"]));
    assert_eq!(rig.jobs().len(), 1);
}
