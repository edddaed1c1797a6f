//! The process that runs Sail: started when it is first needed, spoken to in lines of JSON, ended with the server. It
//! ends by itself when its standard input closes, so it does not outlive a killed server.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{mpsc, oneshot};

use super::environment::{Interpreter, clean};
use super::memory::{MemoryLimit, watch};
use crate::engine::EngineError;
use crate::gateway::Address;

/// The program, file by file.
const PROGRAM: [(&str, &str); 6] = [
    ("host.py", include_str!("python/host.py")),
    ("sessions.py", include_str!("python/sessions.py")),
    ("functions.py", include_str!("python/functions.py")),
    ("values.py", include_str!("python/values.py")),
    ("errors.py", include_str!("python/errors.py")),
    ("tables.py", include_str!("python/tables.py")),
];

/// How much of the log is quoted when the process dies.
const LOG_TAIL: usize = 2000;

type Waiting = Arc<Mutex<Option<HashMap<u64, oneshot::Sender<HostAnswer>>>>>;

/// A running host.
#[derive(Debug)]
pub(super) struct Host {
    next: AtomicU64,
    // lines go through a task of their own: a request that is given up halfway must not leave half a line
    lines: mpsc::UnboundedSender<String>,
    // `None` once the process has ended
    waiting: Waiting,
    log: std::path::PathBuf,
    child: Arc<Mutex<Child>>,
    /// Why it was stopped, if it took too much memory.
    passed: Arc<OnceLock<EngineError>>,
}

#[derive(Debug, Deserialize)]
struct HostAnswer {
    id: u64,
    #[serde(default)]
    ok: Value,
    error: Option<HostFault>,
}

#[derive(Debug, Deserialize)]
struct HostFault {
    class: String,
    message: String,
}

impl Host {
    /// Starts the process. Its files go to `dir`.
    pub(super) async fn start(
        interpreter: &Interpreter,
        dir: &Path,
        gateway: &Address,
        limit: MemoryLimit,
    ) -> Result<Self, EngineError> {
        let program = dir.join("host");
        write_program(&program).map_err(|e| stopped_error(&format!("cannot write {}: {e}", program.display())))?;
        let log = dir.join("host.log");
        let errors = File::create(&log).map_err(|e| stopped_error(&format!("cannot write {}: {e}", log.display())))?;
        let mut command = Command::new(&interpreter.python);
        command.args(["-I", "-B", "-u"]).arg(program.join("host.py"));
        clean(&mut command, &interpreter.env);
        command
            .env("RUST_LOG", "error")
            .current_dir(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .kill_on_drop(true);
        let mut child = command
            .spawn()
            .map_err(|e| stopped_error(&format!("cannot start {}: {e}", interpreter.python.display())))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(stopped_error("it has no standard input or output"));
        };
        let gateway = json!({"url": gateway.url, "token": gateway.token, "socket": gateway.socket});
        let settings = json!({"gateway": gateway});
        let (lines, queue) = mpsc::unbounded_channel();
        // the queue is empty and its task not yet there: the first line is always taken
        let _ = lines.send(format!("{settings}\n"));
        tokio::spawn(write_lines(input, queue));
        let waiting: Waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let receivers = Arc::clone(&waiting);
        tokio::spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let Ok(answer) = serde_json::from_str::<HostAnswer>(&line) else { continue };
                let mut guard = receivers.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(sender) = guard.as_mut().and_then(|w| w.remove(&answer.id)) {
                    let _ = sender.send(answer);
                }
            }
            // whoever waits is told by the closed channel
            receivers.lock().unwrap_or_else(PoisonError::into_inner).take();
        });
        let process = child.id();
        let child = Arc::new(Mutex::new(child));
        let passed = Arc::new(OnceLock::new());
        if let Some(process) = process {
            let watched = Arc::clone(&child);
            tokio::spawn(watch(process, limit, Arc::clone(&passed), move || kill(&watched)));
        }
        Ok(Self { next: AtomicU64::new(1), lines, waiting, log, child, passed })
    }

    /// Whether the process still answers.
    pub(super) fn alive(&self) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Sends a request and waits for its answer.
    pub(super) async fn ask(&self, mut request: Value) -> Result<Value, EngineError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        request["id"] = json!(id);
        let (sender, receiver) = oneshot::channel();
        match self.waiting.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(waiting) => waiting.insert(id, sender),
            None => return Err(self.died()),
        };
        if self.lines.send(format!("{request}\n")).is_err() {
            return Err(self.died());
        }
        match receiver.await {
            Ok(HostAnswer { error: Some(HostFault { class, message }), .. }) => Err(EngineError { class, message }),
            Ok(answer) => Ok(answer.ok),
            Err(_) => Err(self.died()),
        }
    }

    /// Ends the process.
    pub(super) fn kill(&self) {
        kill(&self.child);
    }

    fn died(&self) -> EngineError {
        if let Some(why) = self.passed.get() {
            return why.clone();
        }
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let mut from = log.len().saturating_sub(LOG_TAIL);
        while !log.is_char_boundary(from) {
            from += 1;
        }
        let tail = log[from..].trim();
        let said = if tail.is_empty() { String::new() } else { format!("; its last output: {tail}") };
        stopped_error(&format!("the process ended{said}. The next statement starts a new one"))
    }
}

fn kill(child: &Mutex<Child>) {
    // a process that is already gone needs no more
    let _ = child.lock().unwrap_or_else(PoisonError::into_inner).start_kill();
}

/// Writes whole lines, one after the other, until the host or the process is gone.
async fn write_lines(mut input: ChildStdin, mut queue: mpsc::UnboundedReceiver<String>) {
    while let Some(line) = queue.recv().await {
        if input.write_all(line.as_bytes()).await.is_err() {
            // the reader of answers tells those who wait
            return;
        }
    }
}

fn stopped_error(why: &str) -> EngineError {
    EngineError { class: "ENGINE_ENDED".into(), message: format!("the SQL engine does not run: {why}") }
}

fn write_program(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    for (name, text) in PROGRAM {
        std::fs::write(dir.join(name), text)?;
    }
    Ok(())
}

/// An answer of the host in the form that is expected.
pub(super) fn decoded<T: serde::de::DeserializeOwned>(answer: Value) -> Result<T, EngineError> {
    serde_json::from_value(answer).map_err(|e| EngineError {
        class: "ENGINE_ERROR".into(),
        message: format!("cannot read the engine's answer: {e}"),
    })
}
