//! `piq dashboards pull`: edits made in the workspace come into the file.

use std::io::{BufRead as _, BufReader};
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::kit::{Project, Running, Workspace, code, text};

const FILE: &str = "dashboards/pulse.lvdash.json";

const BUNDLE: &str = "
bundle:
  name: shop
targets:
  plain:
    workspace: {root_path: /Workspace/Shared/shop}
    variables: {schema: scratch}
variables:
  catalog: {default: main}
  schema: {default: piq}
resources:
  dashboards:
    pulse:
      display_name: Pulse
      file_path: dashboards/pulse.lvdash.json
      dataset_catalog: ${var.catalog}
      dataset_schema: ${var.schema}
";

const DASHBOARD: &str = r#"{
  "datasets": [
    {
      "name": "d",
      "query": "USE CATALOG IDENTIFIER(:catalog); USE SCHEMA IDENTIFIER(:schema); SELECT 1",
      "parameters": [
        {"keyword": "catalog", "defaultSelection": {"values": {"values": [{"value": "main"}]}}},
        {"keyword": "schema", "defaultSelection": {"values": {"values": [{"value": "piq"}]}}}
      ]
    }
  ],
  "pages": [{"name": "p", "displayName": "Pulse"}]
}
"#;

struct Rig {
    workspace: Workspace,
    project: Project,
    id: String,
    /// The dashboard from the project's folder.
    path: &'static str,
}

impl Rig {
    /// A dashboard that was deployed with the values of the target.
    fn new() -> Self {
        Self::at(FILE, "scratch")
    }

    /// The same with the file elsewhere, which was deployed with this schema in its head.
    fn at(path: &'static str, schema: &str) -> Self {
        let (workspace, project) = (Workspace::start(), Project::empty());
        project.write("databricks.yml", &BUNDLE.replace(FILE, path));
        project.write("dashboards/normalise.yml", "main_catalog: main\nmain_schema: piq\n");
        project.write(path, DASHBOARD);
        workspace.post("/api/2.0/workspace/mkdirs", &json!({"path": "/Workspace/Shared/shop/resources"}));
        let body = json!({"display_name": "Pulse", "parent_path": "/Workspace/Shared/shop/resources",
            "serialized_dashboard": DASHBOARD.replace("\"piq\"", &format!("\"{schema}\""))});
        let made = workspace.post("/api/2.0/lakeview/dashboards?dataset_catalog=main&dataset_schema=scratch", &body);
        let id = made["dashboard_id"].as_str().expect("an id").to_owned();
        Self { workspace, project, id, path }
    }

    /// Edits the dashboard as the web interface would.
    fn edit(&self, change: impl Fn(&mut Value)) {
        let path = format!("/api/2.0/lakeview/dashboards/{}", self.id);
        let now = self.workspace.get(&path);
        let mut value = serde_json::from_str(now["serialized_dashboard"].as_str().expect("a text")).expect("JSON");
        change(&mut value);
        let body = json!({"display_name": "Pulse", "serialized_dashboard": value.to_string()}).to_string();
        let (status, answer) = self.workspace.send("PATCH", &path, &body);
        assert_eq!(status, 200, "{answer}");
    }

    fn command(&self, args: &[&str]) -> Output {
        let mut command = self.workspace.command(&self.project, &["dashboards", "pull", "-t", "plain"]);
        command.args(args).output().expect("piq starts")
    }

    /// Runs a pull and gives its exit code and what it says.
    fn pull(&self, args: &[&str]) -> (i32, String) {
        let out = self.command(args);
        (code(&out), text(&out.stderr))
    }

    fn file(&self) -> String {
        self.project.read(self.path)
    }
}

#[test]
fn an_edit_in_the_workspace_changes_its_line_and_no_other() {
    let rig = Rig::new();
    assert_eq!(rig.pull(&[]).0, 0);
    assert_eq!(rig.file(), DASHBOARD, "what the workspace adds and the values of the target are no edits");
    rig.edit(|v| v["pages"][0]["displayName"] = json!("Renamed"));
    assert_eq!(rig.pull(&["--check"]).0, 3);
    assert_eq!(rig.file(), DASHBOARD);
    let (code, said) = rig.pull(&["pulse"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("1 lines added, 1 removed"), "{said}");
    assert_eq!(rig.file(), DASHBOARD.replace("\"displayName\": \"Pulse\"", "\"displayName\": \"Renamed\""));
    let kept = std::fs::read_to_string(rig.project.path(".piq/before-pull/pulse.lvdash.json")).expect("a copy");
    assert_eq!(kept, DASHBOARD);
    assert_eq!(rig.pull(&["--check"]).0, 0);
}

#[test]
fn a_file_anywhere_in_the_bundle_is_changed_and_a_query_in_another_form_is_no_edit() {
    let rig = Rig::at("src/reports/pulse.lvdash.json", "piq");
    // the workspace gives lines back where a query was sent
    rig.edit(|v| assert!(v["datasets"][0]["queryLines"].is_array() && v["datasets"][0]["query"].is_null(), "{v:#}"));
    assert_eq!(rig.pull(&["--check"]).0, 0);
    rig.edit(|v| v["pages"][0]["displayName"] = json!("Renamed"));
    let (code, said) = rig.pull(&[]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(rig.file(), DASHBOARD.replace("\"displayName\": \"Pulse\"", "\"displayName\": \"Renamed\""));
    let (code, said) = rig.pull(&["nothing"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("has no dashboard `nothing`\nhint: available: `pulse`"), "{said}");
}

#[test]
fn a_dashboard_in_the_yaml_is_changed_there_and_nothing_else_of_the_file() {
    let rig = Rig::new();
    let indented: String = DASHBOARD.lines().map(|l| format!("        {l}\n")).collect();
    let yaml = |text: &str| {
        BUNDLE.replace(
            &format!("      file_path: {FILE}\n"),
            &format!("      # in place\n      serialized_dashboard: |\n{text}"),
        )
    };
    rig.project.write("databricks.yml", &yaml(&indented));
    let pull = |args: &[&str]| {
        let out = rig.command(args);
        (code(&out), text(&out.stderr))
    };
    assert_eq!(pull(&["--check"]).0, 3, "the workspace has the values of the target");
    rig.edit(|v| v["pages"][0]["displayName"] = json!("Renamed"));
    let (exit, said) = pull(&["pulse"]);
    assert_eq!(exit, 0, "{said}");
    let after = rig.project.read("databricks.yml");
    let wanted = yaml(
        &indented
            .replace("\"displayName\": \"Pulse\"", "\"displayName\": \"Renamed\"")
            .replace("\"piq\"", "\"scratch\""),
    );
    assert_eq!(after, wanted, "{said}");
    assert_eq!(pull(&["--check"]).0, 0);

    // a folded block would join the lines of the new text
    rig.edit(|v| v["pages"][0]["displayName"] = json!("Again"));
    rig.project.write("databricks.yml", &after.replace("serialized_dashboard: |", "serialized_dashboard: >"));
    assert_eq!(pull(&[]).0, 0);
    let again = after.replace("Renamed", "Again");
    assert_eq!(rig.project.read("databricks.yml"), again);

    // written as YAML, it keeps its comments
    let tree = yaml("").replace(
        " serialized_dashboard: |",
        &format!(" serialized_dashboard:\n        # as YAML\n        {}", as_yaml()),
    );
    rig.project.write("databricks.yml", &tree);
    assert_eq!(pull(&["--check"]).0, 3);
    let (exit, said) = pull(&["pulse"]);
    assert_eq!(exit, 0, "{said}");
    let found = rig.project.read("databricks.yml");
    assert!(found.contains("# as YAML") && found.contains("\"Again\""), "{found}");
    assert_eq!(pull(&["--check"]).0, 0);

    // what cannot be written there is an error at its place
    rig.edit(|v| v["pages"][0]["displayName"] = json!("Once more"));
    let referring = found.replace("\"Again\"", "\"${bundle.name}\"");
    rig.project.write("databricks.yml", &referring);
    let (exit, said) = pull(&[]);
    assert!(exit == 1 && said.contains("dashboard-in-yaml") && said.contains("databricks.yml:"), "{said}");
    assert_eq!(rig.project.read("databricks.yml"), referring);
}

/// The dashboard as YAML, below `serialized_dashboard`.
fn as_yaml() -> String {
    let value: Value = serde_json::from_str(DASHBOARD).expect("JSON");
    let entries = value.as_object().expect("a map").iter().map(|(key, value)| format!("{key}: {value}"));
    entries.collect::<Vec<_>>().join("\n        ")
}

#[test]
fn a_file_that_is_not_committed_is_not_touched() {
    let rig = Rig::new();
    rig.project.commit();
    let own = DASHBOARD.replace("SELECT 1", "SELECT 2");
    rig.project.write(FILE, &own);
    rig.edit(|v| v["pages"][0]["displayName"] = json!("Renamed"));
    let (code, said) = rig.pull(&[]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("file-not-committed") && said.contains("--force"), "{said}");
    assert_eq!(rig.file(), own);
    assert_eq!(rig.pull(&["--force"]).0, 0);
    assert!(rig.file().contains("Renamed"));
    let kept = std::fs::read_to_string(rig.project.path(".piq/before-pull/pulse.lvdash.json")).expect("a copy");
    assert_eq!(kept, own, "nothing is lost");
}

#[test]
fn what_is_not_there_is_said() {
    let rig = Rig::new();
    let (code, said) = rig.pull(&["puls"]);
    assert_eq!(code, 2, "{said}");
    rig.workspace.send("DELETE", &format!("/api/2.0/lakeview/dashboards/{}", rig.id), "");
    let (code, said) = rig.pull(&[]);
    assert_eq!(code, 1);
    assert!(said.contains("/Workspace/Shared/shop/resources/Pulse.lvdash.json"), "{said}");
    let out = rig.command(&["-o", "json"]);
    assert!(out.stdout.is_empty(), "no result without a pull");
    assert_eq!(rig.file(), DASHBOARD);
}

#[test]
fn watching_brings_each_edit_and_stops_at_a_second_hand_on_the_file() {
    let rig = Rig::new();
    let mut command = rig.workspace.command(&rig.project, &["dashboards", "pull", "-t", "plain", "--watch"]);
    let mut watching = Running(command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("piq starts"));
    let mut lines = BufReader::new(watching.0.stderr.take().expect("stderr")).lines().map_while(Result::ok);
    let mut until = |part: &str| {
        let found = lines.find(|line| line.contains(part));
        assert!(found.is_some(), "it ended before it said `{part}`");
    };
    until("watching the workspace");
    for title in ["First", "Second"] {
        rig.edit(|v| v["pages"][0]["displayName"] = json!(title));
        until(&format!("\"displayName\": \"{title}\""));
        assert_eq!(
            rig.file(),
            DASHBOARD.replace("\"displayName\": \"Pulse\"", &format!("\"displayName\": \"{title}\""))
        );
    }
    let own = DASHBOARD.replace("SELECT 1", "SELECT 2");
    rig.project.write(FILE, &own);
    until("changed on disk while it was watched");
    assert_eq!(watching.0.wait().expect("an end").code(), Some(1));
    assert_eq!(rig.file(), own, "the other hand's work is kept");
}

/// What happens to a request, and to all that follow it if `lasts`.
fn faults(nth: usize, when: &str, action: &Value, lasts: bool) -> Value {
    let count = if lasts { 1_000_000 } else { 1 };
    json!({"faults": [{"nth": nth, "count": count, "when": when, "action": action}]})
}

#[test]
fn a_pull_that_fails_at_any_request_leaves_the_file_as_it_was() {
    let rig = Rig::new();
    rig.edit(|v| v["pages"][0]["displayName"] = json!("Renamed"));
    let pulled = DASHBOARD.replace("\"Pulse\"}]", "\"Renamed\"}]");
    let modes = [
        ("before", json!("drop")),
        ("after", json!("drop")),
        ("before", json!({"fail": {"status": 403}})),
        ("before", json!({"fail": {"status": 500}})),
        ("after", json!("garbage")),
        ("after", json!("truncate")),
    ];
    let mut wrong = Vec::new();
    let mut total = 0;
    for nth in 1.. {
        let mut met = false;
        for (when, action) in &modes {
            // a host that is gone for good is waited for: once for each request is enough
            let modes: &[bool] = if action == &json!("drop") && *when == "before" { &[false, true] } else { &[false] };
            for &lasts in modes {
                rig.project.write(rig.path, DASHBOARD);
                rig.workspace.post("/piq/faults", &faults(nth, when, action, lasts));
                let (code, said) = rig.pull(&["pulse"]);
                met |= rig.workspace.get("/piq/faults")["hits"][0] != 0;
                rig.workspace.post("/piq/faults", &json!({"faults": []}));
                let expected = if code == 0 { &pulled } else { DASHBOARD };
                if rig.file() != *expected || (code != 0 && !said.contains("error")) {
                    wrong
                        .push(format!("request {nth}, {when} {action}, lasts {lasts}: {code}, {said}\n{}", rig.file()));
                }
            }
        }
        if !met {
            break;
        }
        total = nth;
    }
    assert!(total >= 2, "{total} requests");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let beside: Vec<_> = std::fs::read_dir(rig.project.path("dashboards")).expect("a folder").collect();
    assert_eq!(beside.len(), 2, "the file, and the settings of the normaliser: {beside:?}");
    assert_eq!(rig.pull(&["pulse"]).0, 0);
    assert_eq!(rig.file(), pulled);
}
