//! The pipeline on the real SQL engine: a project, its local workspace as a process, and the model gateway's counts.

mod agreement;
mod calls;
mod confidence;
mod dashboards;
mod demo;
mod dev;
mod environment;
mod evidence;
mod failed_cell;
mod failures;
mod growth;
mod history;
mod host_requests;
mod in_flight;
mod insight;
mod interrupts;
mod load;
mod machine_faults;
mod meaning;
mod pipeline;
mod planned_cells;
mod private_texts;
mod probe;
mod properties;
mod query;
mod recovery;
mod refusals;
mod samples;
mod screens;
mod source;
mod statements;
mod try_question;
mod tutorial;
mod usecases;
mod without_notes;

use std::collections::BTreeMap;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub(crate) use super::kit::engine_dir;
use super::kit::{Project, Workspace, ended_well, text};

/// Longer than anything here takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(180);

/// A project with a running workspace.
pub(super) struct Lab {
    pub(super) project: Project,
    pub(super) workspace: Workspace,
}

impl Lab {
    /// A project with `rows` sample use cases.
    pub(super) fn with_sample(rows: u32) -> Self {
        let lab = Self::new();
        lab.succeed(&["sample-data", "--rows", &rows.to_string(), "--seed", "3"]);
        lab
    }

    /// The same, with environment variables for the workspace.
    fn with_env(rows: u32, env: &[(&str, &str)]) -> Self {
        let mut lab = Self::new();
        lab.workspace.stop();
        let mut command = command(&lab.project, &["workspace", "start", "-o", "json"]);
        command.envs(env.iter().copied());
        lab.workspace = Workspace::started(&mut command);
        lab.succeed(&["sample-data", "--rows", &rows.to_string(), "--seed", "3"]);
        lab
    }

    pub(super) fn new() -> Self {
        let project = Project::new();
        // none of this may reach the engine: see `command`
        project.write("poison/pandas.py", "raise RuntimeError('a package of the user leaked into the engine')");
        let workspace = start(&project);
        Self { project, workspace }
    }

    fn kill_and_restart(&mut self) {
        self.workspace.kill();
        self.workspace = start(&self.project);
    }

    fn restart(&mut self) {
        self.workspace.stop();
        self.workspace = start(&self.project);
    }

    fn piq(&self, args: &[&str]) -> Output {
        command(&self.project, args).output().expect("piq starts")
    }

    pub(super) fn succeed(&self, args: &[&str]) -> String {
        text(&ended_well(&mut command(&self.project, args)).stdout)
    }

    fn call(&self, method: &str, path: &str, body: &str) -> Value {
        self.workspace.send(method, path, body).1
    }

    pub(super) fn get(&self, path: &str) -> Value {
        self.call("GET", path, "")
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.call("POST", path, &body.to_string())
    }

    /// What a statement answers: the whole response.
    fn statement(&self, sql: &str) -> Value {
        let body = json!({"warehouse_id": self.workspace.record["warehouse_id"], "statement": sql, "wait_timeout": "50s",
            "catalog": "main", "schema": "pipelineiq"});
        let body = if self.has_schema() { body } else { without(body, &["catalog", "schema"]) };
        let mut answer = self.post("/api/2.0/sql/statements", &body);
        while answer["status"]["state"] == "RUNNING" {
            std::thread::sleep(Duration::from_millis(20));
            answer = self.get(&format!("/api/2.0/sql/statements/{}", answer["statement_id"].as_str().expect("id")));
        }
        answer
    }

    fn has_schema(&self) -> bool {
        self.get("/api/2.1/unity-catalog/schemas/main.pipelineiq")["name"] == "pipelineiq"
    }

    /// Rows of a statement that must succeed; every value is a string or NULL.
    pub(super) fn sql(&self, sql: &str) -> Vec<Vec<Value>> {
        let answer = self.statement(sql);
        assert_eq!(answer["status"]["state"], "SUCCEEDED", "{sql}: {answer}");
        serde_json::from_value(answer["result"]["data_array"].clone()).unwrap_or_default()
    }

    /// The one number that a statement gives.
    fn number(&self, sql: &str) -> u64 {
        let rows = self.sql(sql);
        rows[0][0].as_str().and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("{sql}: {rows:?}"))
    }

    /// Rows of two columns as a map.
    fn map(&self, sql: &str) -> BTreeMap<String, String> {
        let text = |v: &Value| v.as_str().unwrap_or("NULL").to_owned();
        self.sql(sql).iter().map(|row| (text(&row[0]), text(&row[1]))).collect()
    }

    pub(super) fn deploy(&self) -> u64 {
        self.succeed(&["deploy", "-t", "local", "--quiet"]);
        let jobs = self.get("/api/2.2/jobs/list?name=incremental_pipeline_job");
        jobs["jobs"][0]["job_id"].as_u64().expect("the job is deployed")
    }

    fn start_run(&self, job: u64) -> u64 {
        self.post("/api/2.2/jobs/run-now", &json!({"job_id": job}))["run_id"].as_u64().expect("run")
    }

    fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(start.elapsed() < PATIENCE, "{what} does not come");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn finished(&self, run: u64) -> Value {
        self.until("the end of the run", || {
            let run = self.get(&format!("/api/2.2/jobs/runs/get?run_id={run}"));
            (run["status"]["state"] == "TERMINATED").then_some(run)
        })
    }

    /// Runs the job, which must succeed.
    pub(super) fn run(&self, job: u64) {
        let run = self.finished(self.start_run(job));
        // what a cell says before its SQL, which may be long
        let said: String = self.errors(&run).chars().take(1500).collect();
        assert_eq!(run["state"]["result_state"], "SUCCESS", "{said}");
    }

    /// Runs the job, which must fail, and gives what its failed tasks say.
    pub(super) fn run_fails(&self, job: u64) -> String {
        let run = self.finished(self.start_run(job));
        assert_eq!(run["state"]["result_state"], "FAILED", "{run}");
        self.errors(&run)
    }

    /// What the failed tasks of a run say.
    fn errors(&self, run: &Value) -> String {
        let tasks = run["tasks"].as_array().into_iter().flatten();
        let output = |t: &Value| self.get(&format!("/api/2.2/jobs/runs/get-output?run_id={}", t["run_id"]));
        tasks.map(|t| output(t)["error_trace"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn gateway(&self) -> Value {
        self.get("/piq/gateway")
    }

    /// Calls really asked since the last look, by function; counting begins anew.
    fn asked(&self) -> BTreeMap<String, u64> {
        let counted = self.gateway();
        self.call("DELETE", "/piq/gateway", "");
        let functions = counted["functions"].as_object().expect("functions");
        let asked = functions.iter().map(|(name, count)| (name.clone(), count["asked"].as_u64().expect("number")));
        asked.filter(|(_, n)| *n > 0).collect()
    }

    fn faults(&self, faults: Value) {
        self.post("/piq/gateway/faults", &json!({"faults": faults}));
    }
}

fn without(mut body: Value, names: &[&str]) -> Value {
    for name in names {
        body.as_object_mut().expect("object").remove(*name);
    }
    body
}

/// piq in the project's folder, with what the engine needs of the environment.
pub(super) fn command(project: &Project, args: &[&str]) -> Command {
    let mut command = project.command(args);
    let poison = project.path("poison");
    command.env("PYTHONPATH", &poison).env("VIRTUAL_ENV", &poison).env("PYTHONHOME", &poison);
    command.env("PIP_INDEX_URL", "http://127.0.0.1:9/").env("UV_INDEX_URL", "http://127.0.0.1:9/");
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "https_proxy", "HTTPS_PROXY"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("PIQ_ENGINE_DIR", engine_dir());
    command
}

fn start(project: &Project) -> Workspace {
    Workspace::started(&mut command(project, &["workspace", "start", "-o", "json"]))
}
