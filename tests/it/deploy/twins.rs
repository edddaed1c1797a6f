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

#[test]
fn a_renamed_bundle_is_told_of_the_jobs_that_it_made_under_its_former_name() {
    let rig = Rig::new();
    rig.deploy(&[]);
    let id = rig.jobs()[0]["job_id"].to_string();
    rig.project.edit("databricks.yml", "name: shop", "name: store");
    let plan = text(&rig.piq(&["plan", "-t", "dev"]).stdout);
    let note = plan.lines().find(|line| line.contains("as a twin of")).unwrap_or_else(|| panic!("no note: {plan}"));
    assert!(note.contains(&format!("of bundle `shop` (id {id})")) && note.contains("renamed from `shop`"), "{note}");
    let moves = commands(note);
    assert_eq!(moves.len(), 1, "{note}");
    let args: Vec<&str> = moves[0].iter().map(String::as_str).collect();
    let out = rig.piq(&args);
    assert!(out.status.success(), "{args:?}: {}", text(&out.stderr));
    let report = rig.deploy(&[]);
    let jobs = rig.jobs();
    assert_eq!((jobs.len(), jobs[0]["job_id"].to_string()), (1, id), "{report}");
    assert_eq!(jobs[0]["settings"]["tags"]["piq_bundle"], "store");
    assert!(!text(&rig.piq(&["plan", "-t", "dev"]).stdout).contains("twin"));
}

#[test]
fn a_job_that_has_its_new_name_already_is_not_taken_for_a_duplicate() {
    let rig = Rig::new();
    rig.deploy(&[]);
    let job = rig.jobs()[0].clone();
    // as a deploy leaves it that was killed before it wrote the state
    let mut settings = job["settings"].clone();
    let name = settings["name"].as_str().expect("a name").replace("load", "nightly");
    settings["name"] = name.clone().into();
    let body = serde_json::json!({"job_id": job["job_id"], "new_settings": settings});
    rig.workspace.post("/api/2.2/jobs/reset", &body);
    rig.project.write("resources/load.yml", &JOB.replace("name: load", "name: nightly"));
    let plan = text(&rig.piq(&["plan", "-t", "dev"]).stdout);
    assert!(!plan.contains("found several"), "{plan}");
    rig.deploy(&[]);
    let jobs = rig.jobs();
    assert_eq!((jobs.len(), jobs[0]["settings"]["name"].as_str()), (1, Some(name.as_str())));
}
