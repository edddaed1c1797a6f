//! Recorded answers: a file of JSON lines that a run with a real model writes and later runs read.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::request::{Key, ModelAnswer, Request, hex, unhex};

#[derive(Debug, Serialize, Deserialize)]
struct RecordedEntry {
    request: String,
    function: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    answer: String,
}

/// Writes answers down.
#[derive(Debug)]
pub(super) struct Recorder(Mutex<File>);

impl Recorder {
    /// Adds to a file, which is made if it is missing.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let file = File::options().create(true).append(true).open(path);
        file.map(|f| Self(Mutex::new(f))).map_err(|e| format!("cannot record answers in {}: {e}", path.display()))
    }

    pub(super) fn add(&self, request: &Request, answer: &str) -> Result<(), String> {
        let entry = RecordedEntry {
            request: hex(&request.key()),
            function: request.function.clone(),
            model: request.options.model.clone(),
            answer: answer.to_owned(),
        };
        let mut line = serde_json::to_vec(&entry).map_err(|e| e.to_string())?;
        line.push(b'\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line).map_err(|e| format!("cannot record an answer: {e}"))
    }
}

/// Answers as they were recorded. A request that was recorded more than once gets its answers in turn, then the last
/// one again.
#[derive(Debug)]
pub(super) struct Recording(Mutex<HashMap<Key, (Vec<String>, usize)>>, String);

impl Recording {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|e| format!("cannot read recorded answers from {name}: {e}"))?;
        let mut answers: HashMap<Key, (Vec<String>, usize)> = HashMap::new();
        for (number, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(|e| format!("cannot read {name}: {e}"))?;
            let entry: RecordedEntry = serde_json::from_str(&line)
                .map_err(|e| format!("{name} line {} is not a recorded answer: {e}", number + 1))?;
            let key = unhex(&entry.request)
                .ok_or_else(|| format!("{name} line {} has no request of 32 hexadecimal digits", number + 1))?;
            answers.entry(key).or_default().0.push(entry.answer);
        }
        Ok(Self(Mutex::new(answers), name))
    }

    pub(super) fn answer(&self, request: &Request) -> ModelAnswer {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (answers, next) = all
            .get_mut(&request.key())
            .ok_or_else(|| format!("{} has no recorded answer for {}: record it again", self.1, request.label()))?;
        let answer = answers[(*next).min(answers.len() - 1)].clone();
        *next += 1;
        Ok(answer)
    }
}
