//! The corners of a deploy: rights, answers and states as a real workspace has them.

use serde_json::{Value, json};

use super::rig::{Rig, good, text};

const DASHBOARD: &str = "
resources:
  dashboards:
    sales: {display_name: Sales, file_path: ../dashboards/sales.lvdash.json, warehouse_id: 0123456789abcdef}
";

fn with_dashboard() -> Rig {
    let rig = Rig::new();
    rig.project.write("resources/sales.yml", DASHBOARD);
    rig.project.write("dashboards/sales.lvdash.json", r#"{"datasets":[],"pages":[{"name":"p"}]}"#);
    rig.deploy(&[]);
    rig
}

fn state_path(name: &str) -> String {
    format!("/Workspace/Users/dana.local@example.com/.bundle/shop/dev/state/{name}")
}

fn dashboard_id(rig: &Rig) -> String {
    let state = good(&rig.piq(&["state", "show", "-t", "dev"]));
    state["resources"]["dashboards.sales"]["id"].as_str().expect("an id").to_owned()
}

fn published(rig: &Rig) -> Value {
    rig.workspace.get(&format!("/api/2.0/lakeview/dashboards/{}/published", dashboard_id(rig)))
}

fn plan(rig: &Rig) -> String {
    let out = rig.piq(&["plan", "-t", "dev", "--no-estimate"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    text(&out.stdout)
}

#[test]
fn a_dashboard_that_is_unpublished_or_published_otherwise_is_published_again() {
    let rig = with_dashboard();
    let at = format!("/api/2.0/lakeview/dashboards/{}/published", dashboard_id(&rig));
    let wanted = published(&rig);
    rig.workspace.send("DELETE", &at, "");
    assert!(plan(&rig).contains("update dashboards.sales (not published)"), "{}", plan(&rig));
    rig.deploy(&[]);
    assert_eq!(published(&rig)["warehouse_id"], wanted["warehouse_id"]);
    rig.workspace.post(&at, &json!({"embed_credentials": true, "warehouse_id": "0123456789abcdef"}));
    assert!(plan(&rig).contains("published with other credentials"), "{}", plan(&rig));
    rig.deploy(&[]);
    assert_ne!(published(&rig)["embed_credentials"], true);
    let report = rig.deploy(&[]);
    assert_eq!(report["changes"]["unchanged"], 5, "{report}");
}

#[test]
fn a_trashed_dashboard_is_said_in_the_plan() {
    let rig = with_dashboard();
    rig.workspace.send("DELETE", &format!("/api/2.0/lakeview/dashboards/{}", dashboard_id(&rig)), "");
    assert!(plan(&rig).contains("is in the trash"), "{}", plan(&rig));
    // the way out that it names
    good(&rig.piq(&["unbind", "-t", "dev", "-o", "json", "sales"]));
    rig.deploy(&[]);
    assert!(published(&rig)["revision_create_time"].is_string());
}

#[test]
fn a_lock_that_cannot_be_read_is_taken_over_by_force() {
    let rig = Rig::new();
    rig.deploy(&[]);
    let path = format!("/api/2.0/workspace-files/import-file{}?overwrite=true", state_path("piq.lock"));
    rig.workspace.send("POST", &path, "");
    rig.project.write("src/data.csv", "a\n");
    let out = rig.piq(&["deploy", "-t", "dev", "--lock-timeout", "0s"]);
    assert_eq!(out.status.code(), Some(1));
    let said = text(&out.stderr);
    assert!(
        said.contains("somebody unknown") && said.contains("`--force-lock`") && !said.contains("delete it"),
        "{said}"
    );
    rig.deploy(&["--force-lock"]);
}

#[test]
fn a_state_that_cannot_be_read_is_restored_and_doubles_nothing() {
    let rig = Rig::new();
    rig.deploy(&[]);
    rig.project.edit("resources/load.yml", "name: load", "name: renamed");
    rig.deploy(&[]);
    let path = format!("/api/2.0/workspace-files/import-file{}?overwrite=true", state_path("piq.json"));
    rig.workspace.send("POST", &path, "{");
    let out = rig.piq(&["deploy", "-t", "dev"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("`piq state restore`"), "{}", text(&out.stderr));
    assert_eq!(good(&rig.piq(&["state", "restore", "-t", "dev", "-o", "json"]))["serial"], 1);
    rig.deploy(&[]);
    assert_eq!(rig.jobs().len(), 1);
}

#[test]
fn what_was_deleted_by_others_is_forgotten_where_the_workspace_denies_it() {
    let denied =
        json!([{"path": "/jobs/", "count": 9, "action": {"fail": {"status": 403, "error_code": "PERMISSION_DENIED"}}}]);
    let rig = Rig::new();
    rig.deploy(&[]);
    // another name: the job is read by its id
    rig.project.edit("resources/load.yml", "name: load", "name: renamed");
    rig.faults(&json!([{"path": "/jobs/get", "count": 9, "action": {"fail": {"status": 403, "error_code": "PERMISSION_DENIED"}}}]));
    let out = rig.piq(&["plan", "-t", "dev", "--no-estimate"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("`piq unbind jobs.load`"), "{}", text(&out.stderr));
    rig.faults(&denied);
    good(&rig.piq(&["unbind", "-t", "dev", "-o", "json", "load"]));
    rig.faults(&json!([]));
    rig.deploy(&[]);
    rig.faults(&json!([{"path": "/jobs/delete", "count": 9, "action": {"fail": {"status": 403, "error_code": "PERMISSION_DENIED"}}}]));
    let out = rig.piq(&["destroy", "-t", "dev", "--auto-approve"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert!(text(&out.stderr).contains("probably deleted before"), "{}", text(&out.stderr));
}

#[test]
fn the_deployer_keeps_the_right_to_deploy_what_others_own() {
    let rig = Rig::new();
    rig.project.edit(
        "resources/load.yml",
        "      name: load",
        "      name: load\n      permissions: [{level: IS_OWNER, user_name: other@example.com}, {level: CAN_VIEW, group_name: users}, {level: CAN_MANAGE_RUN, group_name: users}]",
    );
    good(&rig.as_principal(&["deploy", "-t", "prod", "-o", "json"]));
    let id = rig.jobs()[0]["job_id"].clone();
    let list = rig.workspace.get(&format!("/api/2.0/permissions/jobs/{id}"))["access_control_list"].clone();
    let levels: Vec<&str> = list
        .as_array()
        .expect("a list")
        .iter()
        .filter(|entry| entry["group_name"] != "admins")
        .filter_map(|entry| entry["all_permissions"][0]["permission_level"].as_str())
        .collect();
    assert_eq!(levels, ["IS_OWNER", "CAN_MANAGE_RUN", "CAN_MANAGE"]);
    rig.project.edit("resources/load.yml", "timeout_seconds: 60", "timeout_seconds: 90");
    good(&rig.as_principal(&["deploy", "-t", "prod", "-o", "json"]));
}

#[test]
fn a_run_is_watched_through_a_failure_of_the_workspace() {
    let rig = Rig::new();
    rig.deploy(&[]);
    rig.faults(&json!([{"path": "/runs/get", "nth": 2, "count": 2, "action": {"fail": {"status": 500}}}]));
    let out = rig.piq(&["run", "load", "-t", "dev"]);
    let said = text(&out.stdout);
    // the workspace of this test has no engine
    assert!(said.starts_with("run ") && said.contains("FAILED"), "{said}{}", text(&out.stderr));
    assert_eq!(out.status.code(), Some(1));
    let changes: Vec<String> =
        text(&out.stderr).lines().filter(|l| l.starts_with('[')).map(|l| l[11..].to_owned()).collect();
    let mut once = changes.clone();
    once.dedup();
    assert_eq!(changes, once);
}

#[test]
fn a_read_that_gives_what_was_there_before_is_no_edit() {
    let rig = Rig::new();
    rig.workspace.post("/piq/restrictions", &json!({"stale_reads": true}));
    rig.project.write("resources/sales.yml", DASHBOARD);
    let file = "dashboards/sales.lvdash.json";
    // the workspace gives the lines of the query back
    rig.project.write(file, r#"{"datasets":[{"name":"d","query":"SELECT 1\nAS n"}],"pages":[{"name":"p"}]}"#);
    rig.deploy(&[]);
    for page in ["q", "r"] {
        rig.project.write(
            file,
            &rig.project.read(file).replace(r#""p""#, &format!("\"{page}\"")).replace(r#""q""#, &format!("\"{page}\"")),
        );
        let report = rig.deploy(&[]);
        assert_eq!(report["changes"]["updated"], 1, "{report}");
        let report = rig.deploy(&[]);
        assert_eq!(report["changes"]["unchanged"], 5, "{report}");
    }
}

#[test]
fn what_is_on_this_machine_is_not_asked_for_through_a_proxy() {
    let rig = Rig::new();
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        // nobody listens there
        let mut command = rig.command(&rig.project, &["deploy", "-t", "dev", "-o", "json", "--retry-timeout", "0s"]);
        good(&command.env(name, "http://127.0.0.1:9").output().expect("piq starts"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_does_not_fit_on_the_disk_is_an_error() {
    let rig = Rig::new();
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device that is full");
    for args in [&["plan", "-t", "dev", "-o", "json"][..], &["validate"], &["deploy", "-t", "dev", "-o", "json"]] {
        let out = rig.command(&rig.project, args).stdout(full()).output().expect("piq starts");
        assert_eq!(out.status.code(), Some(1), "{args:?}");
        assert!(
            text(&out.stderr).contains("cannot write the result: No space left on device"),
            "{}",
            text(&out.stderr)
        );
    }
}
