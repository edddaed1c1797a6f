//! The process that runs Spark: lines of JSON in and out, ended with the test that started it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use piq_local::engine::EngineError;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::kept::{SparkFiles, sources};

type Waiting = Arc<Mutex<Option<HashMap<u64, oneshot::Sender<Value>>>>>;

/// A running process.
pub(super) struct Host {
    child: Mutex<Child>,
    input: Mutex<ChildStdin>,
    // `None` once the process has ended
    waiting: Waiting,
    next: AtomicU64,
    log: PathBuf,
}

impl Host {
    /// Starts it; its tables are in `dir`, and it knows those that an earlier process left there.
    pub(super) fn start(files: &SparkFiles, dir: &Path) -> Self {
        let warehouse = dir.join("warehouse");
        std::fs::create_dir_all(&warehouse).expect("folder");
        let log = dir.join("spark.log");
        let mut child = Command::new(&files.python)
            .args(["-B", "-u"])
            .arg(sources().join("spark_host.py"))
            .current_dir(dir)
            .env_remove("SPARK_HOME")
            .env_remove("PYTHONPATH")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("log"))
            .spawn()
            .expect("python starts");
        let mut input = child.stdin.take().expect("standard input");
        let mut output = BufReader::new(child.stdout.take().expect("standard output"));
        let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/local/src/sail/python");
        let settings = json!({"functions": functions, "jars": files.jars, "warehouse": warehouse});
        writeln!(input, "{settings}").expect("settings");
        let mut first = String::new();
        output.read_line(&mut first).expect("an answer");
        let ready = serde_json::from_str::<Value>(&first).is_ok_and(|v| v["ok"] == "4.2.0");
        assert!(ready, "Spark 4.2.0 does not start: {first} {}", tail(&log));
        let waiting: Waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let receivers = Arc::clone(&waiting);
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let Ok(answer) = serde_json::from_str::<Value>(&line) else { continue };
                let mut guard = receivers.lock().unwrap_or_else(PoisonError::into_inner);
                let sender = answer["id"].as_u64().and_then(|id| guard.as_mut()?.remove(&id));
                if let Some(sender) = sender {
                    let _ = sender.send(answer);
                }
            }
            // whoever waits is told by the closed channel
            receivers.lock().unwrap_or_else(PoisonError::into_inner).take();
        });
        Self { child: Mutex::new(child), input: Mutex::new(input), waiting, next: AtomicU64::new(1), log }
    }

    /// Sends a request and waits for its answer.
    pub(super) async fn ask(&self, mut request: Value) -> Result<Value, EngineError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        request["id"] = json!(id);
        let (sender, receiver) = oneshot::channel();
        match self.waiting.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(waiting) => waiting.insert(id, sender),
            None => return Err(self.ended()),
        };
        if writeln!(self.input.lock().unwrap_or_else(PoisonError::into_inner), "{request}").is_err() {
            return Err(self.ended());
        }
        let mut answer = receiver.await.map_err(|_| self.ended())?;
        match answer.get("error") {
            Some(error) => Err(EngineError {
                class: error["class"].as_str().unwrap_or_default().to_owned(),
                message: error["message"].as_str().unwrap_or_default().to_owned(),
            }),
            None => Ok(answer["ok"].take()),
        }
    }

    /// Kills it, as a machine that fails would.
    pub(super) fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.kill().expect("killed");
        child.wait().expect("waited for");
    }

    fn ended(&self) -> EngineError {
        EngineError { class: "ENGINE_ENDED".into(), message: format!("Spark has ended: {}", tail(&self.log)) }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
