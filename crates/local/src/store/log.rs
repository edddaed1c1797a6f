//! The append-only log: one line of JSON per transaction, so that a transaction is in the log whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::tables::{Operation, Tables};
use super::{StoreError, write_atomically};

pub(super) const HEADER: &str = r#"{"piq_workspace_log":1}"#;

#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
    /// Length of what is whole.
    end: u64,
}

impl Log {
    /// Reads the log, rewrites it without what is outdated, and opens it for appending.
    pub(super) fn open(path: &Path) -> Result<(Tables, Self), StoreError> {
        let tables = if path.exists() { read(path)? } else { Tables::default() };
        let mut text = format!("{HEADER}\n");
        for (table, key, value) in tables.entries() {
            text.push_str(&Value::from(vec![Value::from(vec![table.into(), key.into(), value.clone()])]).to_string());
            text.push('\n');
        }
        write_atomically(path, text.as_bytes())?;
        let file = OpenOptions::new().append(true).open(path).map_err(StoreError::io("open", path))?;
        Ok((tables, Self { path: path.to_owned(), file, end: text.len() as u64 }))
    }

    /// Goes on in another file, for tests of a disk that takes no more.
    #[cfg(test)]
    pub(super) fn write_to(&mut self, path: &Path) {
        self.file = OpenOptions::new().append(true).open(path).expect("opened");
    }

    /// Adds a transaction. The system has it when this returns: a killed process loses nothing. Of one that does not fit
    /// on the disk nothing stays, so that the next one does not follow half a line.
    pub(super) fn append(&mut self, operations: &[Operation]) -> Result<(), StoreError> {
        if operations.is_empty() {
            return Ok(());
        }
        let mut line =
            serde_json::to_vec(operations).map_err(|e| StoreError::io("encode for", &self.path)(e.into()))?;
        line.push(b'\n');
        if let Err(e) = self.file.write_all(&line) {
            self.file.set_len(self.end).map_err(StoreError::io("shorten", &self.path))?;
            return Err(StoreError::io("write", &self.path)(e));
        }
        self.end += line.len() as u64;
        Ok(())
    }
}

fn read(path: &Path) -> Result<Tables, StoreError> {
    let text = std::fs::read(path).map_err(StoreError::io("read", path))?;
    let corrupt = |line: usize, why: String| StoreError::Corrupt { path: path.to_owned(), line: line + 1, why };
    let mut tables = Tables::default();
    // what follows the last line end was being written when the process died
    let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
    for (number, line) in text[..whole].split(|b| *b == b'\n').enumerate().filter(|(_, l)| !l.is_empty()) {
        if number == 0 {
            if line != HEADER.as_bytes() {
                return Err(corrupt(number, format!("the first line is not {HEADER}")));
            }
            continue;
        }
        let operations: Vec<Operation> = serde_json::from_slice(line).map_err(|e| corrupt(number, e.to_string()))?;
        for operation in operations {
            tables.apply(operation);
        }
    }
    Ok(tables)
}
