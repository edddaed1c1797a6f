//! The journal of answers. A statement writes its rows at once or not at all, so a statement that is killed loses all
//! the answers that it was given. The journal has them, until the statement has ended well.
//!
//! Each answer is written down before it is returned, for the session whose statement asked. Then:
//!
//! - the statement ends well (**commit**): its answers are dropped. Whoever asks the same again is really asked:
//!   a retry of an answer that turned out invalid gets a fresh one.
//! - the statement fails, or is cancelled, or the server is killed (**rollback**, or no word at all): its answers are
//!   free. The next statement with the same request takes one of them in place of a call. An answer is taken once:
//!   two equal requests of two use cases are two answers.
//!
//! A key is a function, its options (model, labels, schema) and the prompt, not the run: the run that takes over after
//! a kill is another one. Calls that failed are not written down, so they are asked again. Free answers are dropped
//! after a week. One gap is accepted: a server killed after the statement's commit in Delta and before the line here
//! leaves answers that a later equal request takes once.
//!
//! The file is append-only: `write` without `fsync`, which a killed process survives and a power cut may not. Memory
//! holds keys and places, not answers.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::request::{Key, hex, unhex};
use crate::engine_error::EngineError;

/// Days after which a free answer is dropped.
const KEPT_DAYS: u64 = 7;

/// Who holds an answer for a moment that no statement waits for; sessions count from 1.
const NOBODY: u64 = 0;

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum JournalLine {
    /// An answer that a session was given.
    Answer { key: String, session: u64, day: u64, answer: String },
    /// A free answer that a session took.
    Taken { take: String, by: u64 },
    /// A session's answers are where they belong.
    Commit { commit: u64 },
    /// A session's answers are free.
    Rollback { rollback: u64 },
}

/// Where a line with an answer is.
#[derive(Debug, Clone, Copy)]
struct JournalSpan {
    offset: u64,
    length: usize,
}

#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    inner: Mutex<JournalState>,
}

#[derive(Debug)]
struct JournalState {
    file: File,
    end: u64,
    index: Index,
}

#[derive(Debug, Default)]
struct Index {
    free: HashMap<Key, Vec<JournalSpan>>,
    held: HashMap<u64, Vec<(Key, JournalSpan)>>,
}

impl Index {
    fn take(&mut self, key: &Key, session: u64) -> Option<JournalSpan> {
        let places = self.free.get_mut(key)?;
        let place = places.pop()?;
        if places.is_empty() {
            self.free.remove(key);
        }
        self.held.entry(session).or_default().push((*key, place));
        Some(place)
    }

    fn rollback(&mut self, session: u64) -> bool {
        let held = self.held.remove(&session).unwrap_or_default();
        let any = !held.is_empty();
        for (key, place) in held {
            self.free.entry(key).or_default().push(place);
        }
        any
    }
}

impl Journal {
    /// Reads the file and keeps of it the free answers: no session of an earlier server goes on.
    pub(super) fn open(path: &Path) -> Result<Self, EngineError> {
        let open = || -> std::io::Result<Self> {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let kept = if path.exists() { free_lines(path)? } else { Vec::new() };
            let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
            let mut index = Index::default();
            let mut end = 0;
            for (key, line) in kept {
                file.write_all(&line)?;
                index.free.entry(key).or_default().push(JournalSpan { offset: end, length: line.len() });
                end += line.len() as u64;
            }
            file.persist(path).map_err(|e| e.error)?;
            let file = OpenOptions::new().read(true).append(true).open(path)?;
            Ok(Self { path: path.to_owned(), inner: Mutex::new(JournalState { file, end, index }) })
        };
        open().map_err(|e| fault("open", path, &e))
    }

    /// A free answer to this request, which the session's statement takes.
    pub(super) fn take(&self, key: &Key, session: u64) -> Result<Option<String>, EngineError> {
        let mut inner = self.inner();
        if inner.index.free.is_empty() {
            return Ok(None);
        }
        let Some(place) = inner.index.take(key, session) else { return Ok(None) };
        self.append(&mut inner, &[JournalLine::Taken { take: hex(key), by: session }])?;
        let mut bytes = vec![0; place.length];
        let read = inner.file.seek(SeekFrom::Start(place.offset)).and_then(|_| inner.file.read_exact(&mut bytes));
        read.map_err(|e| fault("read", &self.path, &e))?;
        match serde_json::from_slice(&bytes) {
            Ok(JournalLine::Answer { answer, .. }) => Ok(Some(answer)),
            _ => Ok(None),
        }
    }

    /// Writes answers down for a session.
    pub(super) fn keep<'a>(
        &self,
        session: u64,
        answers: impl Iterator<Item = (Key, &'a str)>,
    ) -> Result<(), EngineError> {
        let day = today();
        let mut bytes = Vec::new();
        let mut inner = self.inner();
        let mut places = Vec::new();
        for (key, answer) in answers {
            let from = bytes.len();
            encode(&mut bytes, &JournalLine::Answer { key: hex(&key), session, day, answer: answer.to_owned() });
            places.push((key, JournalSpan { offset: inner.end + from as u64, length: bytes.len() - from }));
        }
        self.write(&mut inner, &bytes)?;
        inner.index.held.entry(session).or_default().extend(places);
        Ok(())
    }

    /// Writes an answer down that no statement waits for.
    pub(super) fn free(&self, key: Key, answer: &str) -> Result<(), EngineError> {
        self.keep(NOBODY, std::iter::once((key, answer)))?;
        self.rollback(NOBODY);
        Ok(())
    }

    /// Drops the session's answers.
    pub(super) fn commit(&self, session: u64) {
        let mut inner = self.inner();
        if inner.index.held.remove(&session).is_none_or(|held| held.is_empty()) {
            return;
        }
        // if the line cannot be written, the answers are free after a restart: the gap that the module accepts
        if inner.index.free.is_empty() && inner.index.held.values().all(Vec::is_empty) {
            if inner.file.set_len(0).is_ok() {
                inner.end = 0;
            }
        } else {
            let _ = self.append(&mut inner, &[JournalLine::Commit { commit: session }]);
        }
    }

    /// Makes the session's answers free.
    pub(super) fn rollback(&self, session: u64) {
        let mut inner = self.inner();
        if inner.index.rollback(session) {
            // without this line they are free after a restart all the same
            let _ = self.append(&mut inner, &[JournalLine::Rollback { rollback: session }]);
        }
    }

    fn append(&self, inner: &mut JournalState, lines: &[JournalLine]) -> Result<(), EngineError> {
        let mut bytes = Vec::new();
        for line in lines {
            encode(&mut bytes, line);
        }
        self.write(inner, &bytes)
    }

    /// Adds whole lines: of what does not fit on the disk nothing stays.
    fn write(&self, inner: &mut JournalState, bytes: &[u8]) -> Result<(), EngineError> {
        if let Err(e) = inner.file.write_all(bytes) {
            inner.file.set_len(inner.end).map_err(|e| fault("shorten", &self.path, &e))?;
            return Err(fault("write", &self.path, &e));
        }
        inner.end += bytes.len() as u64;
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, JournalState> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn encode(bytes: &mut Vec<u8>, line: &JournalLine) {
    // writing plain fields to memory does not fail
    let _ = serde_json::to_writer(&mut *bytes, line);
    bytes.push(b'\n');
}

/// The lines whose answers are free.
fn free_lines(path: &Path) -> std::io::Result<Vec<(Key, Vec<u8>)>> {
    let mut index = Index::default();
    let mut lines: Vec<(u64, Vec<u8>)> = Vec::new();
    let mut reader = BufReader::new(File::open(path)?);
    loop {
        let mut bytes = Vec::new();
        // what follows the last line end was being written when the process died
        if reader.read_until(b'\n', &mut bytes)? == 0 || bytes.last() != Some(&b'\n') {
            break;
        }
        match serde_json::from_slice(&bytes) {
            Ok(JournalLine::Answer { key, session, day, .. }) => {
                let Some(key) = unhex(&key) else { continue };
                let place = JournalSpan { offset: lines.len() as u64, length: 0 };
                index.held.entry(session).or_default().push((key, place));
                lines.push((day, bytes));
            }
            Ok(JournalLine::Taken { take, by }) => {
                if let Some(key) = unhex(&take) {
                    index.take(&key, by);
                }
            }
            Ok(JournalLine::Commit { commit }) => drop(index.held.remove(&commit)),
            Ok(JournalLine::Rollback { rollback }) => drop(index.rollback(rollback)),
            Err(_) => {}
        }
    }
    let sessions: Vec<u64> = index.held.keys().copied().collect();
    for session in sessions {
        index.rollback(session);
    }
    let oldest = today().saturating_sub(KEPT_DAYS);
    let mut kept = Vec::new();
    for (key, places) in index.free {
        for place in places {
            let (day, bytes) =
                usize::try_from(place.offset).map(|at| std::mem::take(&mut lines[at])).unwrap_or_default();
            if day >= oldest {
                kept.push((key, bytes));
            }
        }
    }
    Ok(kept)
}

fn today() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() / 86_400)
}

fn fault(what: &str, path: &Path, e: &std::io::Error) -> EngineError {
    EngineError {
        class: "MODEL_JOURNAL".into(),
        message: format!("cannot {what} the journal of answers {}: {e}", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Key = [1; 16];
    const TWO: Key = [2; 16];

    fn take(journal: &Journal, key: &Key, session: u64) -> Option<String> {
        journal.take(key, session).unwrap()
    }

    #[test]
    fn answers_of_a_broken_statement_are_taken_once_and_those_of_a_good_one_never() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j");
        let journal = Journal::open(&path).unwrap();
        journal.keep(1, [(ONE, "a"), (ONE, "b"), (TWO, "c")].into_iter()).unwrap();
        assert_eq!(take(&journal, &ONE, 2), None, "held by the statement that runs");
        journal.rollback(1);
        let mut taken = [take(&journal, &ONE, 2).unwrap(), take(&journal, &ONE, 2).unwrap()];
        taken.sort();
        assert_eq!(taken, ["a", "b"]);
        assert_eq!(take(&journal, &ONE, 2), None);
        journal.commit(2);
        assert_eq!(take(&journal, &TWO, 3).as_deref(), Some("c"));
        journal.commit(3);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0, "nothing is free, nothing is kept");
        journal.keep(4, [(ONE, "d")].into_iter()).unwrap();
        journal.rollback(4);
        assert_eq!(take(&journal, &ONE, 5).as_deref(), Some("d"), "offsets begin again");
    }

    #[test]
    fn after_a_kill_what_was_not_committed_is_free_and_a_torn_line_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j");
        {
            let journal = Journal::open(&path).unwrap();
            journal.keep(7, [(ONE, "free")].into_iter()).unwrap();
            journal.rollback(7);
            journal.keep(1, [(TWO, "done")].into_iter()).unwrap();
            journal.commit(1);
            journal.keep(2, [(TWO, "lost statement, “kept” answer\n")].into_iter()).unwrap();
        }
        let mut text = std::fs::read(&path).unwrap();
        text.extend_from_slice(b"{\"key\":\"01010101");
        std::fs::write(&path, text).unwrap();
        for _ in 0..2 {
            let journal = Journal::open(&path).unwrap();
            assert_eq!(take(&journal, &TWO, 1).as_deref(), Some("lost statement, “kept” answer\n"));
            assert_eq!(take(&journal, &TWO, 1), None);
            assert_eq!(take(&journal, &ONE, 1).as_deref(), Some("free"));
            // killed again before it commits: all of it is free again
        }
    }

    #[test]
    fn old_answers_are_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j");
        let line =
            |day| serde_json::to_string(&JournalLine::Answer { key: hex(&ONE), session: 1, day, answer: "x".into() });
        std::fs::write(&path, format!("{}\n", line(today() - KEPT_DAYS - 1).unwrap())).unwrap();
        assert_eq!(take(&Journal::open(&path).unwrap(), &ONE, 1), None);
        std::fs::write(&path, format!("{}\n", line(today() - KEPT_DAYS).unwrap())).unwrap();
        assert_eq!(take(&Journal::open(&path).unwrap(), &ONE, 1).as_deref(), Some("x"));
    }
}
