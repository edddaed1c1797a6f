//! What a bundle may hold: the fields of every section, resource and task, with their types. `schema.txt` is the
//! table; `names` and `typed` check values against it.

mod names;
#[cfg(test)]
mod schema_test;
mod typed;
mod words;

pub(super) use names::{SET_BY_DEPLOY, unknown_fields};
pub(super) use typed::{typed, without_empty};
pub(super) use words::one_of;

use std::collections::HashMap;
use std::sync::LazyLock;

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ValueType {
    /// Passed on as it is.
    Any,
    /// A text.
    Text,
    /// A whole number.
    Int,
    /// Any number.
    Number,
    /// True or false.
    Bool,
    /// One of some words; if open, there may be others that are newer than the table.
    Word {
        /// The words.
        words: Vec<&'static str>,
        /// Whether there may be others.
        open: bool,
    },
    /// A list.
    List(Box<ValueType>),
    /// A map with keys of the author.
    Map(Box<ValueType>),
    /// Fields, by the name of the schema.
    Fields(&'static str),
}

/// A field of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SchemaField {
    /// Its key.
    pub name: &'static str,
    /// Whether the API refuses a value without it.
    pub required: bool,
    /// Its type.
    pub kind: ValueType,
}

static SCHEMAS: LazyLock<HashMap<&'static str, Vec<SchemaField>>> = LazyLock::new(|| read(include_str!("schema.txt")));

/// The fields of a schema; none if there is no such schema.
pub(super) fn fields(schema: &str) -> &'static [SchemaField] {
    SCHEMAS.get(schema).map_or(&[], Vec::as_slice)
}

/// The schema of a resource of a kind.
pub(super) fn of_resource(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "jobs" => "Job",
        "dashboards" => "Dashboard",
        "schemas" => "Schema",
        "volumes" => "Volume",
        "sql_warehouses" => "SqlWarehouse",
        _ => return None,
    })
}

/// The fields of a task that say what it runs.
pub(super) fn task_types() -> impl Iterator<Item = &'static str> {
    fields("Task").iter().map(|f| f.name).filter(|n| n.ends_with("_task"))
}

fn read(text: &'static str) -> HashMap<&'static str, Vec<SchemaField>> {
    let mut schemas: HashMap<&'static str, Vec<SchemaField>> = HashMap::new();
    let mut schema = "";
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let rest = match line.split_once(':') {
            Some((name, rest)) if !line.starts_with(' ') => {
                schema = name;
                rest
            }
            _ => line,
        };
        schemas.entry(schema).or_default().extend(rest.split_whitespace().map(field));
    }
    schemas.remove("");
    schemas
}

/// `name!:type`, `name!=A|B`, `name~A|B` or `name`.
fn field(text: &'static str) -> SchemaField {
    let (name, kind) = match text.find([':', '=', '~']) {
        Some(at) => (&text[..at], kind(text[at..].strip_prefix(':').unwrap_or(&text[at..]))),
        None => (text, ValueType::Text),
    };
    SchemaField { name: name.trim_end_matches('!'), required: name.ends_with('!'), kind }
}

fn kind(text: &'static str) -> ValueType {
    if let Some(inner) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        return ValueType::List(Box::new(kind(inner)));
    }
    if let Some(inner) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
        return ValueType::Map(Box::new(kind(inner)));
    }
    if let Some(words) = text.strip_prefix(['=', '~']) {
        return ValueType::Word { words: words.split('|').collect(), open: text.starts_with('~') };
    }
    match text {
        "any" => ValueType::Any,
        "string" => ValueType::Text,
        "int" => ValueType::Int,
        "number" => ValueType::Number,
        "bool" => ValueType::Bool,
        schema => ValueType::Fields(schema),
    }
}

#[cfg(test)]
mod tests {
    use super::{SCHEMAS, ValueType, fields, task_types};

    /// Every schema that another one names, however deep.
    fn named(kind: &ValueType) -> Option<&'static str> {
        match kind {
            ValueType::List(inner) | ValueType::Map(inner) => named(inner),
            ValueType::Fields(schema) => Some(schema),
            _ => None,
        }
    }

    #[test]
    fn every_named_shape_is_there() {
        for (schema, fields) in SCHEMAS.iter() {
            for field in fields {
                if let Some(other) = named(&field.kind) {
                    assert!(SCHEMAS.contains_key(other), "{schema}.{} names `{other}`", field.name);
                }
            }
        }
        assert!(SCHEMAS.len() > 100);
    }

    #[test]
    fn fields_are_read_with_their_types() {
        let of = |schema: &str, name: &str| {
            let field = fields(schema).iter().find(|f| f.name == name).cloned();
            field.map(|f| (f.required, f.kind))
        };
        assert_eq!(of("NotebookTask", "notebook_path"), Some((true, ValueType::Text)));
        assert_eq!(of("NotebookTask", "base_parameters"), Some((false, ValueType::Map(Box::new(ValueType::Text)))));
        assert_eq!(of("Job", "tasks"), Some((false, ValueType::List(Box::new(ValueType::Fields("Task"))))));
        assert_eq!(of("Job", "max_concurrent_runs"), Some((false, ValueType::Int)));
        let words = vec!["MANAGED", "EXTERNAL"];
        assert_eq!(of("Volume", "volume_type"), Some((false, ValueType::Word { words, open: false })));
        assert!(fields("Nothing").is_empty());
        assert!(task_types().any(|t| t == "for_each_task"));
    }
}
