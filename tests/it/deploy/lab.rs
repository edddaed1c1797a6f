//! A workspace in this process and bundles that change, for tests that look at every request.

use std::sync::Arc;
use std::time::Duration;

use pipelineiq::render::{read_content, render};
use piq_bundle::{CurrentUser, LoadOptions, TargetFacts, load};
use piq_databricks::auth::Settings;
use piq_databricks::workspace::{Identity as _, Limits, Remote, Stats, Workspace as _, connect};
use piq_deploy::{
    Cancel, DeployError, DeployReport, Desired, Holder, Libraries, LockOptions, Options, Rendered, Silent, build,
    deploy, read_files,
};
use piq_diagnostics::env::Env;
use piq_local::RunningServer;
use serde_json::{Map, Value, json};

use crate::kit;

/// A workspace and the folder of a bundle.
pub(super) struct Lab {
    dir: tempfile::TempDir,
    pub server: RunningServer,
    pub control: Remote,
    brittle: Remote,
    http: reqwest::Client,
}

const TARGETS: &str = "
bundle: {name: shop}
targets:
  dev: {mode: development, default: true}
  prod:
    mode: production
    run_as: {user_name: dana.local@example.com}
    workspace: {root_path: /Workspace/Shared/.bundle/shop/prod}
";

impl Lab {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().expect("folder");
        let server = kit::in_process::start(dir.path()).await;
        let control = remote(&server, Limits::default()).await;
        let brittle = remote(&server, Limits { retry: Duration::ZERO, ..Limits::default() }).await;
        let lab = Self { dir, server, control, brittle, http: reqwest::Client::new() };
        lab.write("bundle/databricks.yml", TARGETS);
        lab
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        std::fs::write(path, text).expect("written");
    }

    /// The resources of the bundle, as JSON.
    pub(super) fn resources(&self, resources: &Value) {
        self.write("bundle/databricks.yml", &format!("{TARGETS}\nresources: {resources}\n"));
    }

    pub(super) async fn desired(&self, target: &str) -> Desired {
        let env = Env::default();
        let start = self.dir.path().join("bundle");
        let options = LoadOptions { start: &start, target: Some(target), vars: &[], env: &env };
        let project = load(&options).unwrap_or_else(|e| panic!("{e:?}"));
        let me = self.control.me().await.expect("me");
        let user = CurrentUser::new(me.user_name.clone());
        let project = project.loaded.for_target(&TargetFacts::of(user, [].into())).expect("good");
        let content = read_content(&project.project_dir).expect("content");
        let bundle = render(&project, &content).unwrap_or_else(|e| panic!("{e:?}"));
        let rendered = Rendered {
            files: bundle.files.into_iter().map(|(path, file)| (path, file.bytes)).collect(),
            dashboards: bundle.dashboards,
            replaces_sources: bundle.registry.is_some(),
        };
        build(&project, &rendered, read_files(&project).expect("files"), &Libraries::default(), &me)
            .unwrap_or_else(|e| panic!("{e:?}"))
    }

    /// Deploys as a process of this number; all others are dead.
    pub(super) async fn deploy(&self, desired: &Desired, pid: u32) -> Result<DeployReport, DeployError> {
        deploy(&self.control, desired, &options(pid), &Silent).await
    }

    /// The same without a second try of any request.
    pub(super) async fn deploy_once(&self, desired: &Desired, pid: u32) -> Result<DeployReport, DeployError> {
        deploy(&self.brittle, desired, &options(pid), &Silent).await
    }

    /// The connection that tries nothing twice.
    pub(super) fn brittle(&self) -> &Remote {
        &self.brittle
    }

    /// piq itself, as a process of its own.
    pub(super) fn piq(&self, args: &[&str]) -> tokio::process::Command {
        let mut command = kit::piq(&self.dir.path().join("bundle"), args);
        command
            .env("DATABRICKS_HOST", &self.server.host)
            .env("DATABRICKS_TOKEN", &self.server.token)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let mut command = tokio::process::Command::from(command);
        command.kill_on_drop(true);
        command
    }

    pub(super) async fn raw(&self, method: &str, path: &str, body: &Value) -> Value {
        let method = method.parse().expect("a method");
        let request = self.http.request(method, format!("{}{path}", self.server.host)).bearer_auth(&self.server.token);
        let text = request.body(body.to_string()).send().await.expect("sent").text().await.expect("a text");
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    }

    /// Takes away all that was deployed.
    pub(super) async fn clear(&self) {
        let jobs = self.raw("GET", "/api/2.2/jobs/list?limit=100", &json!({})).await;
        for job in jobs["jobs"].as_array().into_iter().flatten() {
            self.raw("POST", "/api/2.2/jobs/delete", &json!({"job_id": job["job_id"]})).await;
        }
        for path in ["/Shared/.bundle", "/Users/dana.local@example.com/.bundle"] {
            self.raw("POST", "/api/2.0/workspace/delete", &json!({"path": path, "recursive": true})).await;
        }
        self.raw("DELETE", "/api/2.1/unity-catalog/schemas/main.raw?force=true", &json!({})).await;
    }

    pub(super) async fn faults(&self, faults: Value) {
        self.raw("POST", "/piq/faults", &json!({"faults": faults})).await;
    }

    /// What the connection has cost.
    pub(super) fn stats(&self) -> Stats {
        self.control.stats()
    }

    /// Requests since the last time.
    pub(super) async fn requests(&self) -> usize {
        let log = self.raw("GET", "/piq/requests", &json!({})).await;
        self.raw("DELETE", "/piq/requests", &json!({})).await;
        usize::try_from(log["total"].as_u64().expect("a number")).expect("small")
    }

    /// Everything that matters of the workspace, without numbers that differ from run to run.
    pub(super) async fn picture(&self, desired: &Desired) -> Value {
        let mut picture = Map::new();
        let mut folders = vec![desired.site.root.clone()];
        while let Some(folder) = folders.pop() {
            let list = self.raw("GET", &format!("/api/2.0/workspace/list?path={folder}"), &json!({})).await;
            for object in list["objects"].as_array().into_iter().flatten() {
                let path = object["path"].as_str().expect("a path").to_owned();
                match object["object_type"].as_str() {
                    Some("DIRECTORY") => folders.push(path),
                    Some("DASHBOARD") => {
                        let id = object["resource_id"].as_str().expect("an id");
                        let at = format!("/api/2.0/lakeview/dashboards/{id}");
                        let draft = self.raw("GET", &at, &json!({})).await;
                        let published = self.raw("GET", &format!("{at}/published"), &json!({})).await;
                        let fresh = published["revision_create_time"].as_str() >= draft["update_time"].as_str();
                        let shown = json!([draft["serialized_dashboard"], published["embed_credentials"], fresh]);
                        picture.insert(path, shown);
                    }
                    // the state before differs as the serial does
                    _ if path.ends_with("/piq.previous.json") => {}
                    _ if path.ends_with("/piq.json") => {
                        let text = self.export(&path).await;
                        let mut state: Value = serde_json::from_str(&text).expect("a state");
                        for field in ["lineage", "serial", "releases", "specs"] {
                            state.as_object_mut().expect("a map").remove(field);
                        }
                        for record in state["resources"].as_object_mut().expect("a map").values_mut() {
                            record["id"] = json!("");
                            record.as_object_mut().expect("a map").remove("etag");
                        }
                        picture.insert(path, state);
                    }
                    _ if path.ends_with("/metadata.json") => {
                        let text = self.export(&path).await;
                        let mut metadata: Value = serde_json::from_str(&text).expect("JSON");
                        let kinds = metadata["config"]["resources"].as_object_mut().expect("a map").values_mut();
                        for resource in kinds.flat_map(|kind| kind.as_object_mut().expect("a map").values_mut()) {
                            assert!(resource["id"].take().is_string());
                        }
                        picture.insert(path, metadata);
                    }
                    _ => {
                        let text = self.export(&path).await;
                        picture.insert(path, json!(text));
                    }
                }
            }
        }
        let jobs = self.raw("GET", "/api/2.2/jobs/list?expand_tasks=true&limit=100", &json!({})).await;
        let mut all: Vec<Value> = Vec::new();
        for job in jobs["jobs"].as_array().into_iter().flatten() {
            let at = format!("/api/2.0/permissions/jobs/{}", job["job_id"]);
            let permissions = self.raw("GET", &at, &json!({})).await;
            all.push(json!([job["settings"], permissions["access_control_list"]]));
        }
        all.sort_by_key(ToString::to_string);
        picture.insert("jobs".into(), json!(all));
        let schemas = self.raw("GET", "/api/2.1/unity-catalog/schemas?catalog_name=main", &json!({})).await;
        let names = schemas["schemas"].as_array().into_iter().flatten().map(|s| json!([s["name"], s["comment"]]));
        picture.insert("schemas".into(), names.collect());
        Value::Object(picture)
    }

    async fn export(&self, path: &str) -> String {
        let at = format!("/api/2.0/workspace/export?path={path}&direct_download=true");
        match self.raw("GET", &at, &json!({})).await {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }
}

pub(super) async fn remote(server: &RunningServer, limits: Limits) -> Remote {
    connect(&Settings::local(&server.host, &server.token), limits).await.expect("connected")
}

pub(super) fn holder(pid: u32) -> Holder {
    Holder {
        nonce: String::new(),
        user: "dana.local@example.com".into(),
        host: "laptop".into(),
        pid,
        process_start: "then".into(),
        ci_run: None,
        since: "2026-11-24T08:00:00Z".into(),
        ttl_seconds: 0,
        renewals: 0,
    }
}

pub(super) fn options(pid: u32) -> Options {
    let lock = LockOptions::new(holder(pid), Duration::from_secs(5), Arc::new(move |h| Some(h.pid == pid)));
    Options { allow_delete: true, ..Options::new(lock, Cancel::never()) }
}
