//! The server in-process, with an engine that follows a script, driven over HTTP.

mod dashboards;
mod files;
mod more_runs;
mod requests;
mod runs;
mod statements;
mod strict;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{RunningServer, ServerConfig, serve};
use crate::engine::{Engine, EngineColumn, EngineError, EngineStatement, EngineTable, Load, RelationInfo, SessionId};
use crate::gateway::Gateway;

/// Answers `FAIL…` with an error, `HANG` never, and everything else with one row; remembers what it was asked.
#[derive(Debug, Default)]
struct Script {
    asked: Mutex<Vec<EngineStatement>>,
    open: Mutex<u64>,
    closed: Mutex<u64>,
}

#[async_trait]
impl Engine for Script {
    async fn open_session(&self, _run: Option<&str>) -> Result<SessionId, EngineError> {
        let mut open = self.open.lock().unwrap();
        *open += 1;
        Ok(SessionId(*open))
    }

    async fn execute(&self, _session: SessionId, statement: &EngineStatement) -> Result<EngineTable, EngineError> {
        self.asked.lock().unwrap().push(statement.clone());
        if statement.sql.starts_with("HANG") {
            std::future::pending::<()>().await;
        }
        if statement.sql.starts_with("FAIL") {
            return Err(EngineError { class: "SCRIPTED".into(), message: "as asked".into() });
        }
        let columns = vec![EngineColumn { name: "n".into(), type_text: "bigint".into() }];
        Ok(EngineTable { columns, rows: vec![vec![json!(7)]] })
    }

    async fn close_session(&self, _session: SessionId) {
        *self.closed.lock().unwrap() += 1;
    }

    async fn load(&self, _load: Load<'_>) -> Result<u64, EngineError> {
        Ok(0)
    }

    fn schemas(&self) -> BTreeMap<String, Vec<String>> {
        BTreeMap::new()
    }

    fn relations(&self, _catalog: &str, _schema: &str) -> Vec<RelationInfo> {
        Vec::new()
    }

    fn create_namespace(&self, _catalog: &str, _schema: Option<&str>) -> Result<(), EngineError> {
        Ok(())
    }

    fn drop_namespace(&self, _catalog: &str, _schema: Option<&str>) -> Result<(), EngineError> {
        Ok(())
    }

    fn gateway(&self) -> Option<Arc<Gateway>> {
        None
    }

    async fn stop(&self) {}
}

struct Workspace {
    server: RunningServer,
    engine: Arc<Script>,
    http: reqwest::Client,
    dir: tempfile::TempDir,
}

impl Workspace {
    async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap()).await
    }

    async fn start_in(dir: tempfile::TempDir) -> Self {
        let engine = Arc::new(Script::default());
        let config = ServerConfig { dir: dir.path().join("ws"), ..ServerConfig::default() };
        let server = serve(config, Arc::<Script>::clone(&engine)).await.unwrap();
        Self { server, engine, http: reqwest::Client::new(), dir }
    }

    async fn restart(self) -> Self {
        self.server.stop().await;
        Self::start_in(self.dir).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let request = self.http.request(method, format!("{}{path}", self.server.host)).bearer_auth(&self.server.token);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None).await;
        assert!(status.is_success(), "GET {path}: {status} {body}");
        body
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(Method::POST, path, Some(body)).await;
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        answer
    }

    /// The status and error code of a call that must fail.
    async fn refused(&self, method: Method, path: &str, body: Option<Value>) -> (u16, String) {
        let (status, answer) = self.call(method, path, body).await;
        assert!(!status.is_success(), "{path} was not refused: {answer}");
        (status.as_u16(), answer["error_code"].as_str().unwrap_or_default().to_owned())
    }

    async fn notebook(&self, path: &str, source: &str) {
        self.post("/api/2.0/workspace/mkdirs", json!({"path": "/nb"})).await;
        let body = json!({"path": path, "format": "SOURCE", "language": "SQL", "overwrite": true,
            "content": STANDARD.encode(source)});
        self.post("/api/2.0/workspace/import", body).await;
    }

    async fn job(&self, settings: Value) -> u64 {
        self.post("/api/2.2/jobs/create", settings).await["job_id"].as_u64().unwrap()
    }

    async fn run(&self, job_id: u64) -> u64 {
        self.post("/api/2.2/jobs/run-now", json!({"job_id": job_id})).await["run_id"].as_u64().unwrap()
    }

    /// Asks for the run until `done` says so; fails after ten seconds.
    async fn until(&self, run_id: u64, done: impl Fn(&Value) -> bool) -> Value {
        let polling = async {
            loop {
                let run = self.get(&format!("/api/2.2/jobs/runs/get?run_id={run_id}")).await;
                if done(&run) {
                    return run;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), polling).await.expect("the run does not get there")
    }

    async fn finished(&self, run_id: u64) -> Value {
        self.until(run_id, |run| run["status"]["state"] == "TERMINATED").await
    }
}

/// Result states by task.
fn outcomes(run: &Value) -> HashMap<String, String> {
    let tasks = run["tasks"].as_array().unwrap().iter();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    tasks.map(|t| (text(&t["task_key"]), text(&t["state"]["result_state"]))).collect()
}
