//! The program that hosts the engine, given seeded random requests: it answers what is a request, and outlives the rest.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{Lab, engine_dir};

/// Numbers from a seed, always the same ones.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).expect("small")
    }

    fn bytes(&mut self, longest: usize) -> Vec<u8> {
        let length = self.below(longest);
        // a line end would make two requests of one
        (0..length).map(|_| u8::try_from(self.below(256)).expect("a byte")).filter(|b| *b != b'\n').collect()
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 6 } else { 8 }) {
            0 => Value::Null,
            1 => json!(self.below(5)),
            2 => json!(self.below(2) == 0),
            3 => json!(-1.5e300),
            4 => json!(String::from_utf8_lossy(&self.bytes(40))),
            5 => json!("open"),
            6 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => (0..self.below(4))
                .map(|i| (["op", "id", "sql", "session"][i].to_owned(), self.value(depth - 1)))
                .collect(),
        }
    }
}

const OPS: [&str; 4] = ["run", "close", "nothing", ""];

#[test]
fn engine_the_host_outlives_any_request_and_answers_those_that_are_some() {
    // makes the engine's environment if no other test has
    Lab::new().sql("SELECT 1");
    let dir = tempfile::tempdir().expect("folder");
    let host = piq_testing::root().join("crates/local/src/sail/python/host.py");
    let mut child = Command::new(engine_dir().join("bin/python"))
        .args(["-I", "-B", "-u"])
        .arg(host)
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the host starts");
    let mut input = child.stdin.take().expect("an input");
    let settings = json!({"gateway": {"url": "http://127.0.0.1:9/batch", "token": "fictional"}});
    writeln!(input, "{settings}").expect("written");
    let answers = child.stdout.take().expect("an output");
    // read while they are written: a full pipe would stop both
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(answers).lines().map_while(Result::ok);
        let ids = lines.map(|line| serde_json::from_str::<Value>(&line).expect("a line of JSON")["id"].clone());
        ids.filter_map(|id| id.as_u64()).collect::<Vec<u64>>()
    });
    let mut random = Random(0x5eed_0001);
    let mut asked = Vec::new();
    for i in 0..6_000 {
        match random.below(4) {
            // any bytes
            0 => input.write_all(&random.bytes(200)).expect("written"),
            // JSON of any form
            1 => write!(input, "{}", random.value(3)).expect("written"),
            // a request that is cut off
            2 => {
                let whole = json!({"id": 1, "op": "run", "session": 1, "sql": "SELECT 1", "setup": [], "after": []})
                    .to_string();
                input.write_all(&whole.as_bytes()[..random.below(whole.len())]).expect("written");
            }
            // a request whose fields are of any form
            _ => {
                asked.push(1_000_000 + i);
                // no session is ever opened: catalogs are names that piq has checked
                let op = OPS[random.below(OPS.len())];
                let request = json!({"id": 1_000_000 + i, "op": op, "session": random.value(2), "sql": random.value(1),
                    "path": random.value(1), "file": random.value(1), "columns": random.value(2), "into": random.value(1)});
                write!(input, "{request}").expect("written");
            }
        }
        input.write_all(b"\n").expect("written");
    }
    drop(input);
    assert!(child.wait().expect("it ends").success(), "it died of a request");
    let answered = reader.join().expect("read");
    let missing: Vec<&u64> = asked.iter().filter(|id| !answered.contains(id)).collect();
    assert!(missing.is_empty(), "{} of {} not answered", missing.len(), asked.len());
}
