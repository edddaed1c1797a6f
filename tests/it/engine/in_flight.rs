//! Calls that are at the model when the engine dies: they are paid for, so their answers are kept.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use serde_json::{Value, json};

use super::Lab;
use super::recovery::engine_process;
use crate::kit::signal;

/// A model that answers nothing until it is told to.
struct SlowModel {
    url: String,
    state: Arc<(Mutex<Calls>, Condvar)>,
}

#[derive(Default)]
struct Calls {
    seen: u64,
    may_answer: u64,
}

impl SlowModel {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("port");
        let url = format!("http://{}/v1", listener.local_addr().expect("address"));
        let state: Arc<(Mutex<Calls>, Condvar)> = Arc::default();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(&stream, &shared));
            }
        });
        Self { url, state }
    }

    fn seen(&self) -> u64 {
        self.state.0.lock().expect("calls").seen
    }

    fn answer(&self, calls: u64) {
        self.state.0.lock().expect("calls").may_answer += calls;
        self.state.1.notify_all();
    }
}

/// Reads the heads of requests on one connection, and answers each when it may.
fn serve(stream: &TcpStream, (calls, changed): &(Mutex<Calls>, Condvar)) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).map_or(0, |n| n) == 0 {
            return;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if line != "\r\n" {
            continue;
        }
        std::io::copy(&mut std::io::Read::take(&mut reader, length), &mut std::io::sink()).expect("a body");
        let mut state = calls.lock().expect("calls");
        state.seen += 1;
        state = changed.wait_while(state, |c| c.may_answer == 0).expect("calls");
        state.may_answer -= 1;
        drop(state);
        let body = json!({"choices": [{"message": {"content": "Kept words."}}]}).to_string();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        if write!(&*stream, "{head}{body}").is_err() {
            return;
        }
    }
}

#[test]
fn engine_calls_at_the_model_when_the_engine_dies_are_answered_for_the_statement_that_asks_again() {
    let model = SlowModel::start();
    let lab = Lab::with_env(1, &[("PIQ_MODEL_URL", &model.url), ("PIQ_MODEL_KEY", "fictional")]);
    let asked = || lab.gateway()["functions"]["ai_gen"]["asked"].as_u64().unwrap_or(0);
    for (round, arrives_between) in [(1, true), (2, false)] {
        let sql =
            format!("SELECT ai_gen(concat('Question {round}, ', CAST(n AS STRING))) FROM VALUES (1), (2), (3) AS t(n)");
        let start = || {
            let body =
                json!({"warehouse_id": lab.workspace.record["warehouse_id"], "statement": sql, "wait_timeout": "0s"});
            lab.post("/api/2.0/sql/statements", &body)["statement_id"].as_str().expect("an id").to_owned()
        };
        let ended = |id: &str| -> Value {
            lab.until("the end of the statement", || {
                let answer = lab.get(&format!("/api/2.0/sql/statements/{id}"));
                (!["RUNNING", "PENDING"].contains(&answer["status"]["state"].as_str()?)).then_some(answer)
            })
        };
        let before = asked();
        let lost = start();
        lab.until("the calls", || (model.seen() == 3 * round).then_some(()));
        signal("-9", engine_process(lab.workspace.pid()));
        assert_eq!(ended(&lost)["status"]["state"], "FAILED");
        if arrives_between {
            model.answer(3);
            lab.until("the answers", || (asked() == before + 3).then_some(()));
        }
        let again = start();
        if !arrives_between {
            lab.until("the statement that waits for them", || (lab.gateway()["waiting"] == 3).then_some(()));
            model.answer(3);
        }
        let answer = ended(&again);
        assert_eq!(answer["status"]["state"], "SUCCEEDED", "{answer}");
        assert_eq!(answer["result"]["data_array"], json!([["Kept words."], ["Kept words."], ["Kept words."]]));
        assert_eq!((model.seen(), asked()), (3 * round, before + 3), "asked once");
    }
}
