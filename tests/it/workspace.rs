//! The local workspace as a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A running `piq workspace start`; stopped when dropped.
pub(crate) struct Workspace {
    child: Child,
    /// What the server says of itself: `host`, `token`, `service_principal`.
    pub record: Value,
    /// Folder of the workspace's state, removed with it.
    _dir: tempfile::TempDir,
}

impl Workspace {
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().expect("folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_piq"))
            .args(["workspace", "start", "-o", "json", "--dir"])
            .arg(dir.path().join("state"))
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("piq starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("piped");
        BufReader::new(out).read_line(&mut line).expect("the server says where it is");
        let record = serde_json::from_str(&line).expect("JSON");
        Self { child, record, _dir: dir }
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

impl Drop for Workspace {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Status and body of a request.
pub(crate) fn send(host: &str, token: &str, method: &str, path: &str, body: &str) -> (u16, Value) {
    let address = host.strip_prefix("http://").expect("plain HTTP");
    let mut stream = TcpStream::connect(address).expect("connected");
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("status");
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, serde_json::from_str(body).unwrap_or(Value::String(body.to_owned())))
}
