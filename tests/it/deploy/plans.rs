//! Plans: what they show, when they are carried out, what they ask for.

use serde_json::{Value, json};

use super::rig::{Rig, counts, good, text};

#[test]
fn a_plan_names_fields_old_and_new_and_where_a_change_was_made() {
    let rig = Rig::new();
    let out = rig.piq(&["plan", "--detailed-exitcode"]);
    assert_eq!(out.status.code(), Some(3));
    rig.deploy(&[]);
    let out = rig.piq(&["plan", "--detailed-exitcode"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stdout));

    let mut settings = rig.jobs()[0]["settings"].clone();
    settings["tasks"][1]["timeout_seconds"] = json!(99);
    settings["description"] = json!("by hand");
    let id = rig.jobs()[0]["job_id"].clone();
    rig.workspace.post("/api/2.2/jobs/reset", &json!({"job_id": id, "new_settings": settings}));
    rig.project.edit("resources/load.yml", "team: sales", "team: finance");
    let plan = good(&rig.piq(&["plan", "-o", "json"]));
    let fields: Vec<(&str, &str)> = plan["resources"][0]["fields"]
        .as_array()
        .expect("fields")
        .iter()
        .map(|f| (f["path"].as_str().unwrap(), f["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(fields, [("description", "drift"), ("tags.team", "bundle"), ("tasks[second].timeout_seconds", "drift")]);
    let shown = text(&rig.piq(&["plan"]).stdout);
    assert!(shown.contains("99 -> 60 (changed in the workspace)"), "{shown}");
    assert_eq!(counts(&rig.deploy(&[])), [0, 1, 0, 3]);
    assert_eq!(rig.jobs()[0]["settings"]["tags"]["team"], "finance");
    assert_eq!(rig.jobs()[0]["settings"]["description"], Value::Null);
}

#[test]
fn a_saved_plan_is_carried_out_unless_something_moved() {
    let rig = Rig::new();
    let first = good(&rig.piq(&["plan", "--out", "plan.json", "-o", "json"]));
    assert_eq!(first["changes"]["created"], 4);
    // the plan's own file must not become part of what is planned
    std::fs::rename(
        rig.project.path("plan.json"),
        std::env::temp_dir().join(format!("piq-plan-{}.json", std::process::id())),
    )
    .expect("moved");
    let file = std::env::temp_dir().join(format!("piq-plan-{}.json", std::process::id()));
    let file = file.to_str().expect("UTF-8");
    assert_eq!(counts(&rig.deploy(&["--plan", file])), [4, 0, 0, 0]);
    let out = rig.piq(&["deploy", "--plan", file]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("another deploy came after"), "{}", text(&out.stderr));

    good(&rig.piq(&["plan", "--out", file, "-o", "json"]));
    rig.project.edit("resources/load.yml", "team: sales", "team: finance");
    let out = rig.piq(&["deploy", "--plan", file]);
    assert!(text(&out.stderr).contains("the bundle changed"), "{}", text(&out.stderr));
    std::fs::remove_file(file).expect("removed");
}

#[test]
fn deletions_need_a_word() {
    let rig = Rig::new();
    rig.deploy(&[]);
    rig.project.write("resources/load.yml", "resources: {jobs: {}}\n");
    let out = rig.piq(&["deploy"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("jobs.load") && text(&out.stderr).contains("--allow-delete"));
    assert_eq!(rig.jobs().len(), 1);
    assert_eq!(counts(&rig.deploy(&["--allow-delete"])), [0, 0, 1, 3]);
    assert_eq!(rig.jobs().len(), 0);
}

#[test]
fn what_is_gone_or_edited_in_the_workspace_comes_back_and_the_rest_is_not_sent_again() {
    let rig = Rig::new();
    rig.deploy(&[]);
    let files = "/Users/dana.local@example.com/.bundle/shop/dev/files";
    let edited = json!({"path": format!("{files}/src/first"), "format": "SOURCE", "language": "SQL", "overwrite": true, "content": "U0VMRUNUIDk="});
    rig.workspace.post("/api/2.0/workspace/import", &edited);
    rig.requests();
    assert_eq!(counts(&rig.deploy(&[])), [0, 1, 0, 3]);
    let sent = |requests: Vec<String>| {
        requests
            .iter()
            .filter(|r| r.contains("/workspace/import") || r.contains("import-file") && r.contains("/files/"))
            .count()
    };
    assert_eq!(sent(rig.requests()), 1);
    rig.workspace.post("/api/2.0/workspace/delete", &json!({"path": format!("{files}/src"), "recursive": true}));
    assert_eq!(counts(&rig.deploy(&[])), [3, 0, 0, 1]);
    rig.workspace.post("/api/2.2/jobs/delete", &json!({"job_id": rig.jobs()[0]["job_id"]}));
    assert_eq!(counts(&rig.deploy(&[])), [1, 0, 0, 3]);
    // the state itself: what is there is found again
    rig.workspace.post(
        "/api/2.0/workspace/delete",
        &json!({"path": format!("{files}/../state").replace("/files/..", ""), "recursive": true}),
    );
    rig.deploy(&[]);
    assert_eq!(rig.jobs().len(), 1);
    assert_eq!(counts(&rig.deploy(&[])), [0, 0, 0, 4]);
}

#[test]
fn selection_touches_nothing_else() {
    let rig = Rig::new();
    let two = super::rig::JOB.replace("    load:\n      name: load", "    other:\n      name: other\n      tasks: [{task_key: x, notebook_task: {notebook_path: ../src/first.sql}}]\n    load:\n      name: load");
    rig.project.write("resources/load.yml", &two);
    rig.deploy(&["--select", "load"]);
    let names = || rig.jobs().iter().map(|j| j["settings"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(), ["[dev dana_local] load"]);
    let out = rig.piq(&["deploy", "--select", "lod"]);
    assert!(text(&out.stderr).contains("no resource has the key"), "{}", text(&out.stderr));
    assert_eq!(counts(&rig.deploy(&[]))[0], 1);
    assert_eq!(rig.jobs().len(), 2);
}

#[test]
fn a_bound_job_is_changed_and_an_unbound_one_is_left_alone() {
    let rig = Rig::new();
    let made = rig.workspace.post("/api/2.2/jobs/create", &json!({"name": "made by hand", "timeout_seconds": 5}));
    let id = made["job_id"].to_string();
    good(&rig.piq(&["bind", "load", &id, "-o", "json"]));
    rig.deploy(&[]);
    assert_eq!(rig.jobs().len(), 1);
    assert_eq!(rig.jobs()[0]["job_id"].to_string(), id);
    assert_eq!(rig.jobs()[0]["settings"]["name"], "[dev dana_local] load");
    assert_eq!(rig.jobs()[0]["settings"]["timeout_seconds"], 0);
    let out = rig.piq(&["bind", "load", "7"]);
    assert_eq!(out.status.code(), Some(1));

    good(&rig.piq(&["unbind", "jobs.load", "-o", "json"]));
    rig.deploy(&[]);
    assert_eq!(rig.jobs().len(), 2, "the unbound job is no longer ours");
    let shown = good(&rig.piq(&["open", "load", "-o", "json"]));
    assert!(shown["url"].as_str().unwrap().contains("/jobs/"));
}
