//! Permissions: the workspace enforces what was granted, and piq says what is missing.

use serde_json::{Value, json};

use super::rig::{JOB, Rig, good, text};
use crate::kit::send;

/// Another person in the workspace.
struct Kim<'a> {
    rig: &'a Rig,
    token: String,
}

impl<'a> Kim<'a> {
    fn in_workspace(rig: &'a Rig) -> Self {
        let answer = rig.workspace.post("/piq/users", &json!({"user_name": "kim@example.com"}));
        Self { rig, token: answer["token"].as_str().expect("a token").to_owned() }
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        send(self.rig.workspace.host(), &self.token, "POST", path, &body.to_string())
    }

    fn get(&self, path: &str) -> (u16, Value) {
        send(self.rig.workspace.host(), &self.token, "GET", path, "")
    }

    fn piq(&self, args: &[&str]) -> std::process::Output {
        let mut command = self.rig.command(&self.rig.project, args);
        command.env("DATABRICKS_TOKEN", &self.token).output().expect("piq starts")
    }
}

fn grant(rig: &Rig, kind: &str, id: &Value, level: &str) {
    let list = json!({"access_control_list": [{"user_name": "kim@example.com", "permission_level": level}]});
    let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    let (status, answer) = rig.workspace.send("PUT", &format!("/api/2.0/permissions/{kind}/{id}"), &list.to_string());
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn a_job_does_for_others_what_they_were_granted() {
    let rig = Rig::new();
    let kim = Kim::in_workspace(&rig);
    let task = json!({"task_key": "t", "notebook_task": {"notebook_path": "/Shared/none"}});
    let run_as = json!({"service_principal_name": rig.workspace.client_id()});
    let settings = json!({"name": "load", "run_as": run_as, "tasks": [task]});
    let id = rig.workspace.post("/api/2.2/jobs/create", &settings)["job_id"].clone();
    let get = format!("/api/2.2/jobs/get?job_id={id}");
    let seen = || kim.get("/api/2.2/jobs/list").1["jobs"].as_array().map_or(0, Vec::len);
    let job = json!({"job_id": id});
    let permissions = format!("/api/2.0/permissions/jobs/{id}");
    let (status, answer) = kim.get(&get);
    assert_eq!((status, &answer["error_code"]), (403, &json!("PERMISSION_DENIED")));
    let message = answer["message"].as_str().expect("a message");
    assert!(message.starts_with("User kim@example.com does not have") && message.ends_with(&format!("on job {id}.")));
    assert_eq!(seen(), 0);

    grant(&rig, "jobs", &id, "CAN_VIEW");
    assert_eq!((kim.get(&get).0, seen()), (200, 1));
    assert_eq!(kim.get(&get).1["run_as_user_name"], rig.workspace.client_id());
    assert_eq!(kim.post("/api/2.2/jobs/run-now", &job).0, 403);

    grant(&rig, "jobs", &id, "CAN_MANAGE_RUN");
    let (status, run) = kim.post("/api/2.2/jobs/run-now", &job);
    assert_eq!(status, 200, "{run}");
    let (_, run) = kim.get(&format!("/api/2.2/jobs/runs/get?run_id={}", run["run_id"]));
    assert_eq!(run["creator_user_name"], "kim@example.com");
    assert_eq!(run["run_as_user_name"], rig.workspace.client_id());
    let change = json!({"job_id": id, "new_settings": settings});
    for (path, body) in [("reset", &change), ("update", &change), ("delete", &job)] {
        assert_eq!(kim.post(&format!("/api/2.2/jobs/{path}"), body).0, 403, "{path}");
    }
    assert_eq!(kim.get(&permissions).0, 403, "who may what is for those who may change it");

    grant(&rig, "jobs", &id, "CAN_MANAGE");
    assert_eq!(kim.post("/api/2.2/jobs/reset", &change).0, 200);
    let (_, list) = kim.get(&permissions);
    assert_eq!(list["access_control_list"][0]["user_name"], "dana.local@example.com", "the owner stays: {list}");
    assert_eq!(kim.post("/api/2.2/jobs/delete", &job).0, 200);
}

#[test]
fn what_somebody_made_is_theirs_and_the_administrators() {
    let rig = Rig::new();
    let kim = Kim::in_workspace(&rig);
    let task = json!({"task_key": "t", "notebook_task": {"notebook_path": "/Shared/none"}});
    let (_, job) = kim.post("/api/2.2/jobs/create", &json!({"name": "own", "tasks": [task]}));
    let get = format!("/api/2.2/jobs/get?job_id={}", job["job_id"]);
    assert_eq!(kim.get(&get).0, 200);
    assert_eq!(rig.workspace.send("GET", &get, "").0, 200, "the owner of the workspace's token is an administrator");
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        rig.workspace.client_id(),
        rig.workspace.client_secret()
    );
    let (_, token) = rig.workspace.send("POST", "/oidc/v1/token", &form);
    let principal = token["access_token"].as_str().expect("a token");
    assert_eq!(send(rig.workspace.host(), principal, "GET", &get, "").0, 403);
    let owners = json!({"access_control_list": [
        {"user_name": "kim@example.com", "permission_level": "IS_OWNER"},
        {"user_name": "dana.local@example.com", "permission_level": "IS_OWNER"},
    ]});
    let path = format!("/api/2.0/permissions/jobs/{}", job["job_id"]);
    assert_eq!(rig.workspace.send("PUT", &path, &owners.to_string()).0, 400, "a job has one owner");
}

#[test]
fn a_folder_does_for_others_what_they_were_granted() {
    let rig = Rig::new();
    let kim = Kim::in_workspace(&rig);
    let home = "/Users/dana.local@example.com";
    rig.workspace.post("/api/2.0/workspace/mkdirs", &json!({"path": format!("{home}/team")}));
    let file = |path: &str| json!({"path": path, "format": "RAW", "content": "YQ==", "overwrite": true});
    let there = format!("{home}/team/a.txt");
    rig.workspace.post("/api/2.0/workspace/import", &file(&there));
    let dashboard =
        json!({"display_name": "sales", "parent_path": format!("{home}/team"), "serialized_dashboard": "{}"});
    let dashboard = rig.workspace.post("/api/2.0/lakeview/dashboards", &dashboard)["dashboard_id"].clone();
    let dashboard = format!("/api/2.0/lakeview/dashboards/{}", dashboard.as_str().expect("an id"));
    let list = |path: &str| kim.get(&format!("/api/2.0/workspace/list?path={path}"));
    let import = |path: &str| kim.post("/api/2.0/workspace/import", &file(path)).0;
    let patch = || send(rig.workspace.host(), &kim.token, "PATCH", &dashboard, r#"{"display_name": "sales"}"#).0;

    let (_, homes) = list("/Users");
    assert_eq!(homes["objects"].as_array().expect("a list").len(), 1, "{homes}");
    assert_eq!(list(home).0, 403);
    assert_eq!(kim.get(&format!("/api/2.0/workspace/export?path={there}")).0, 403);
    assert_eq!(kim.post("/api/2.0/workspace/mkdirs", &json!({"path": format!("{home}/x/y")})).0, 403);
    assert_eq!((import(&there), kim.get(&dashboard).0), (403, 403));
    assert_eq!((import("/Shared/a.txt"), import("/Users/kim@example.com/a.txt")), (200, 200));

    let team = rig.workspace.get(&format!("/api/2.0/workspace/get-status?path={home}/team"))["object_id"].clone();
    grant(&rig, "directories", &team, "CAN_READ");
    assert_eq!(list(&format!("{home}/team")).1["objects"].as_array().expect("a list").len(), 2);
    assert_eq!(kim.get(&format!("/api/2.0/workspace/export?path={there}")).0, 200);
    assert_eq!((import(&there), kim.get(&dashboard).0, patch()), (403, 200, 403));
    grant(&rig, "directories", &team, "CAN_EDIT");
    let new = format!("{home}/team/b.txt");
    assert_eq!((import(&there), import(&new), patch()), (200, 403, 200));
    let delete = json!({"path": there});
    assert_eq!(kim.post("/api/2.0/workspace/delete", &delete).0, 403);
    grant(&rig, "directories", &team, "CAN_MANAGE");
    assert_eq!((import(&new), kim.post("/api/2.0/workspace/delete", &delete).0), (200, 200));
}

#[test]
fn piq_says_which_right_is_missing_and_leaves_no_lock() {
    let rig = Rig::new();
    let kim = Kim::in_workspace(&rig);
    let shared = "\n  team:\n    workspace: {root_path: /Workspace/Shared/.bundle/shop/team}\n";
    rig.project.write("databricks.yml", &format!("{}{shared}", super::rig::BUNDLE.trim_end()));
    good(&rig.piq(&["deploy", "-t", "team", "-o", "json"]));
    let lacks = |args: &[&str], right: &str| {
        let out = kim.piq(args);
        let said = text(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{said}");
        assert!(said.contains("`jobs.load`") || args[0] == "run", "{said}");
        assert!(said.contains("User kim@example.com does not have"), "{said}");
        assert!(said.contains(&format!("hint: this takes {right} on the job")), "{said}");
    };
    lacks(&["deploy", "-t", "team"], "CAN_VIEW");
    let viewed = JOB.replace("      tags:", "      permissions: [{level: CAN_VIEW, group_name: users}]\n      tags:");
    rig.project.write("resources/load.yml", &viewed);
    good(&rig.piq(&["deploy", "-t", "team", "-o", "json"]));
    lacks(&["run", "load", "-t", "team"], "CAN_MANAGE_RUN");
    rig.project.write("resources/load.yml", &viewed.replace("team: sales", "team: finance"));
    lacks(&["deploy", "-t", "team"], "CAN_MANAGE");
    assert_eq!(rig.jobs()[0]["settings"]["tags"]["team"], "sales");
    good(&rig.piq(&["deploy", "-t", "team", "-o", "json", "--lock-timeout", "0s"]));
    assert_eq!(rig.jobs()[0]["settings"]["tags"]["team"], "finance");
}
