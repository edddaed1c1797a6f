//! Tables of JSON values by key, and a transaction over them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One change: table, key, and the new value or nothing.
pub(super) type Operation = (String, String, Option<Value>);

/// All tables.
#[derive(Debug, Default)]
pub(crate) struct Tables(BTreeMap<String, BTreeMap<String, Value>>);

impl Tables {
    /// The value under a key, if it is there and has the shape of `T`.
    pub(crate) fn get<T: DeserializeOwned>(&self, table: &str, key: &str) -> Option<T> {
        T::deserialize(self.0.get(table)?.get(key)?).ok()
    }

    /// All entries of a table in the order of their keys.
    pub(crate) fn all<T: DeserializeOwned>(&self, table: &str) -> impl DoubleEndedIterator<Item = (&str, T)> {
        self.0.get(table).into_iter().flatten().filter_map(|(k, v)| Some((k.as_str(), T::deserialize(v).ok()?)))
    }

    /// All entries of a table in the order of their keys, as they are kept.
    pub(crate) fn raw(&self, table: &str) -> impl DoubleEndedIterator<Item = (&str, &Value)> {
        self.0.get(table).into_iter().flatten().map(|(k, v)| (k.as_str(), v))
    }

    /// The entries whose key starts with `prefix`.
    pub(crate) fn prefixed<T: DeserializeOwned>(&self, table: &str, prefix: &str) -> impl Iterator<Item = (&str, T)> {
        self.0
            .get(table)
            .into_iter()
            .flat_map(move |t| t.range(prefix.to_owned()..).take_while(move |(k, _)| k.starts_with(prefix)))
            .filter_map(|(k, v)| Some((k.as_str(), T::deserialize(v).ok()?)))
    }

    /// Every entry of every table.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        self.0.iter().flat_map(|(t, entries)| entries.iter().map(move |(k, v)| (t.as_str(), k.as_str(), v)))
    }

    /// Applies a change and gives what was there before.
    pub(super) fn apply(&mut self, (table, key, value): Operation) -> Option<Value> {
        let entries = self.0.entry(table).or_default();
        match value {
            Some(value) => entries.insert(key, value),
            None => entries.remove(&key),
        }
    }
}

/// Changes that are kept together or not at all. Reads see the changes made so far.
#[derive(Debug)]
pub(crate) struct Transaction<'a> {
    tables: &'a mut Tables,
    operations: Vec<Operation>,
    before: Vec<Operation>,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(tables: &'a mut Tables) -> Self {
        Self { tables, operations: Vec::new(), before: Vec::new() }
    }

    /// The state with the changes made so far.
    pub(crate) fn tables(&self) -> &Tables {
        self.tables
    }

    /// Sets a value.
    pub(crate) fn put<T: Serialize>(&mut self, table: &str, key: &str, value: &T) {
        // our own types have string keys only, so that this cannot fail; a value that did would be stored as null
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.change(table, key, Some(value));
    }

    /// Removes a value; whether it was there.
    pub(crate) fn remove(&mut self, table: &str, key: &str) -> bool {
        self.change(table, key, None)
    }

    /// The next number that no object has had.
    pub(crate) fn next_id(&mut self) -> u64 {
        let id = self.tables.get::<u64>("meta", "sequence").unwrap_or(FIRST_ID) + 1;
        self.put("meta", "sequence", &id);
        id
    }

    fn change(&mut self, table: &str, key: &str, value: Option<Value>) -> bool {
        let operation = (table.to_owned(), key.to_owned(), value);
        self.operations.push(operation.clone());
        let before = self.tables.apply(operation);
        let was_there = before.is_some();
        self.before.push((table.to_owned(), key.to_owned(), before));
        was_there
    }

    pub(super) fn operations(&self) -> &[Operation] {
        &self.operations
    }

    pub(super) fn undo(self) {
        for operation in self.before.into_iter().rev() {
            self.tables.apply(operation);
        }
    }
}

/// Ids look like those of a real workspace: long numbers that nobody takes for a position in a list.
const FIRST_ID: u64 = 410_000_000_000;

/// A key that sorts as its number does.
pub(crate) fn id_key(id: u64) -> String {
    format!("{id:020}")
}
