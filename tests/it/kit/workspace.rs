//! The local workspace as a process of its own.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::{Project, Running, first_line, piq, signal};

/// The SQL engine's environment of all tests: made once, by whichever test comes first.
pub(crate) fn engine_dir() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_piq")).parent().and_then(Path::parent).expect("target");
    target.join("engine")
}

/// A running `piq workspace start`; killed when dropped.
pub(crate) struct Workspace {
    process: Running,
    /// What the server says of itself: `host`, `token`, `service_principal`, `warehouse_id`.
    pub record: Value,
    // of the workspace's state, where it is not the project's
    _dir: Option<tempfile::TempDir>,
}

impl Workspace {
    /// A workspace in a folder of its own.
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().expect("folder");
        let mut command = piq(dir.path(), &["workspace", "start", "-o", "json", "--dir"]);
        // its folder is its home: an environment in there would be installed once more for every statement that runs
        command.env("PIQ_ENGINE_DIR", engine_dir());
        let mut workspace = Self::started(command.arg(dir.path().join("state")));
        workspace._dir = Some(dir);
        workspace
    }

    /// What a command with the arguments `workspace start -o json` starts.
    pub(crate) fn started(command: &mut Command) -> Self {
        let (process, record) = first_line(command.stderr(Stdio::null()));
        Self { process, record, _dir: None }
    }

    /// Ends it without warning, as a crash does.
    pub(crate) fn kill(&mut self) {
        self.process.0.kill().expect("killed");
        self.process.0.wait().expect("waited for");
    }

    /// Stops it as a user does.
    pub(crate) fn stop(&mut self) {
        signal("-TERM", self.process.0.id());
        assert!(self.process.0.wait().expect("waited for").success());
    }

    /// piq in a project, as the user of this workspace.
    pub(crate) fn command(&self, project: &Project, args: &[&str]) -> Command {
        let mut command = project.command(args);
        command.env("DATABRICKS_HOST", self.host()).env("DATABRICKS_TOKEN", self.token());
        command
    }

    /// The same as the service principal, which production wants.
    pub(crate) fn principal_command(&self, project: &Project, args: &[&str]) -> Command {
        let mut command = project.command(args);
        command
            .env("DATABRICKS_HOST", self.host())
            .env("DATABRICKS_CLIENT_ID", self.client_id())
            .env("DATABRICKS_CLIENT_SECRET", self.client_secret());
        command
    }

    /// Runs a script of `tests/python` with the official SDK as the user, and gives the JSON that it prints.
    pub(crate) fn sdk(&self, script: &str, args: &[&str]) -> Value {
        let out: Output = Command::new(super::venv::python("sdk", "databricks-sdk==0.156.0\n"))
            .arg("-I")
            .arg(piq_testing::root().join("tests/python").join(script))
            .args(args)
            .env_clear()
            .env("DATABRICKS_HOST", self.host())
            .env("DATABRICKS_TOKEN", self.token())
            .output()
            .expect("python starts");
        super::good(&out)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.0.id()
    }

    pub(crate) fn host(&self) -> &str {
        self.record["host"].as_str().expect("host")
    }

    pub(crate) fn token(&self) -> &str {
        self.record["token"].as_str().expect("token")
    }

    pub(crate) fn client_id(&self) -> &str {
        self.record["service_principal"]["client_id"].as_str().expect("id")
    }

    pub(crate) fn client_secret(&self) -> &str {
        self.record["service_principal"]["client_secret"].as_str().expect("secret")
    }

    /// Posts JSON as the user; the answer must be a success.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.send("POST", path, &body.to_string());
        assert_eq!(status, 200, "POST {path}: {answer}");
        answer
    }

    /// Gets JSON as the user; the answer must be a success.
    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, answer) = self.send("GET", path, "");
        assert_eq!(status, 200, "GET {path}: {answer}");
        answer
    }

    /// Status and body of any request as the user.
    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        send(self.host(), self.token(), method, path, body)
    }
}

/// Status and body of a request.
pub(crate) fn send(host: &str, token: &str, method: &str, path: &str, body: &str) -> (u16, Value) {
    let address = host.strip_prefix("http://").expect("plain HTTP");
    let mut stream = TcpStream::connect(address).expect("connected");
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("status");
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, serde_json::from_str(body).unwrap_or(Value::String(body.to_owned())))
}
