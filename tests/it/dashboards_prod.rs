//! The two dashboards on their way to production: published, changed in place, guarded, resumed.

use std::process::Output;

use serde_json::{Value, json};

use super::kit::{Project, Workspace, code, text};

const MAIN: &str = "dashboards/piq_main.lvdash.json";

struct Rig {
    workspace: Workspace,
    project: Project,
}

impl Rig {
    fn new() -> Self {
        let rig = Self { workspace: Workspace::start(), project: Project::new() };
        rig.project.write(".gitignore", ".piq/\n");
        rig.project.commit();
        rig
    }

    /// Runs a command on prod as the service principal.
    fn piq(&self, args: &[&str]) -> Output {
        let warehouse = format!("warehouse_id={}", self.workspace.record["warehouse_id"].as_str().expect("an id"));
        let mut command = self.workspace.principal_command(&self.project, args);
        command.args(["-t", "prod", "--var", &warehouse]).output().expect("piq starts")
    }

    /// Exit code and what is said.
    fn deploy(&self, more: &[&str]) -> (i32, String) {
        let out = self.piq(&[&["deploy"], more].concat());
        (code(&out), text(&out.stderr))
    }

    fn good_deploy(&self) {
        let (code, said) = self.deploy(&[]);
        assert_eq!(code, 0, "{said}");
    }

    /// Drafts by their names, with what is published of them.
    fn dashboards(&self) -> Vec<(Value, Value)> {
        let list = self.workspace.get("/api/2.0/lakeview/dashboards");
        let all = list["dashboards"].as_array().cloned().unwrap_or_default();
        let whole = |d: &Value| {
            let path = format!("/api/2.0/lakeview/dashboards/{}", d["dashboard_id"].as_str().expect("an id"));
            (self.workspace.get(&path), self.workspace.send("GET", &format!("{path}/published"), "").1)
        };
        let mut all: Vec<_> = all.iter().map(whole).collect();
        all.sort_by_key(|(draft, _)| draft["display_name"].to_string());
        all
    }

    /// Whether readers see the draft as it is.
    fn all_published(&self) -> bool {
        let time = |v: &Value| v.as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok());
        self.dashboards().iter().all(|(draft, published)| {
            let revision = time(&published["revision_create_time"]);
            revision.is_some() && revision >= time(&draft["update_time"])
        })
    }
}

#[test]
fn prod_publishes_both_and_a_second_deploy_writes_nothing() {
    let rig = Rig::new();
    rig.good_deploy();
    let all = rig.dashboards();
    let names: Vec<_> = all.iter().map(|(d, _)| d["display_name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["PipelineIQ 1.0", "PipelineIQ Sales Managers 1.0"]);
    assert!(rig.all_published());
    for (draft, published) in &all {
        assert_eq!(published["embed_credentials"], false);
        let text: Value = serde_json::from_str(draft["serialized_dashboard"].as_str().expect("a text")).expect("JSON");
        assert_eq!(text["datasets"][0]["catalog"], "home_luis_herrera");
        let path = format!("/api/2.0/permissions/dashboards/{}", draft["dashboard_id"].as_str().expect("an id"));
        assert!(rig.workspace.get(&path).to_string().contains("\"users\""));
    }
    rig.workspace.send("DELETE", "/piq/requests", "");
    rig.good_deploy();
    let log = rig.workspace.get("/piq/requests");
    let writes = log["requests"].as_array().expect("a list").iter();
    let writes: Vec<_> = writes.filter(|r| r["method"] != "GET" && !r["path"].to_string().contains("token")).collect();
    assert_eq!(writes, [] as [&Value; 0]);
    assert_eq!(rig.dashboards(), all);
}

#[test]
fn a_changed_widget_changes_its_dashboard_in_place() {
    let rig = Rig::new();
    rig.good_deploy();
    let before = rig.dashboards();
    rig.project.edit(MAIN, "\"Largest use cases, and why they are where they are\"", "\"Largest first\"");
    rig.project.commit();
    rig.good_deploy();
    let after = rig.dashboards();
    assert_eq!(after[0].0["dashboard_id"], before[0].0["dashboard_id"], "the address stays");
    assert!(after[0].0["serialized_dashboard"].as_str().expect("a text").contains("Largest first"));
    assert_ne!(after[0].1["revision_create_time"], before[0].1["revision_create_time"]);
    assert_eq!(after[1], before[1], "the other one is not touched");
    assert!(rig.all_published());
}

#[test]
fn a_deploy_that_ended_before_publishing_is_taken_up() {
    let rig = Rig::new();
    rig.good_deploy();
    rig.project.edit(MAIN, "\"Largest use cases, and why they are where they are\"", "\"Largest first\"");
    rig.project.commit();
    let fault = json!({"method": "POST", "path": "/published", "action": {"fail": {"status": 400}}});
    rig.workspace.post("/piq/faults", &json!({"faults": [fault]}));
    assert_ne!(rig.deploy(&[]).0, 0);
    assert!(!rig.all_published(), "the draft is ahead of what readers see");
    let plan = String::from_utf8(rig.piq(&["plan"]).stdout).expect("UTF-8");
    let line = plan.lines().find(|l| l.contains("dashboards.piq_main")).expect("the dashboard is in the plan");
    assert!(line.contains("its draft is up to date: publish it"), "{plan}");
    rig.workspace.post("/piq/faults", &json!({"faults": []}));
    rig.good_deploy();
    assert!(rig.all_published());
}

#[test]
fn an_edit_made_in_the_workspace_stops_the_deploy_with_its_lines_until_it_is_pulled() {
    let rig = Rig::new();
    rig.good_deploy();
    let draft = rig.dashboards().remove(0).0;
    let path = format!("/api/2.0/lakeview/dashboards/{}", draft["dashboard_id"].as_str().expect("an id"));
    let text = draft["serialized_dashboard"].as_str().expect("a text").replace("\"Confidence Pulse\"", "\"Pulse\"");
    let body = json!({"display_name": draft["display_name"], "warehouse_id": draft["warehouse_id"], "serialized_dashboard": text});
    assert_eq!(rig.workspace.send("PATCH", &path, &body.to_string()).0, 200);
    let edited = rig.dashboards();
    let (code, said) = rig.deploy(&[]);
    assert_eq!(code, 1, "{said}");
    for part in
        ["piq dashboards pull", "- ", "\"displayName\": \"Confidence Pulse\"", "+ ", "\"displayName\": \"Pulse\""]
    {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
    assert_eq!(rig.dashboards(), edited, "nothing is overwritten");
    assert_eq!(rig.piq(&["dashboards", "pull"]).status.code(), Some(0));
    assert!(std::fs::read_to_string(rig.project.path(MAIN)).expect("the file").contains("\"displayName\": \"Pulse\""));
    rig.project.commit();
    rig.good_deploy();
    assert!(rig.all_published());
    assert_eq!(rig.dashboards()[0].0["dashboard_id"], draft["dashboard_id"]);
}
