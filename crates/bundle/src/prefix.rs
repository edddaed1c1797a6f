//! Names of resources with what the target puts before them.

use super::settings::Presets;

/// The name of a job without one.
pub(super) const UNTITLED: &str = "Untitled";

/// What a target puts before the names of its resources.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prefix {
    text: String,
    schemas: bool,
}

impl Prefix {
    /// The prefix of filled-in presets; none if it is empty.
    pub(crate) fn of(presets: &Presets) -> Option<Self> {
        let text = presets.name_prefix.clone().filter(|p| !p.is_empty())?;
        Some(Self { text, schemas: !presets.skip_schema_prefix })
    }
}

/// A name of a kind of resource with the prefix of the target.
pub(super) fn prefixed(kind: &str, name: &str, prefix: Option<&Prefix>) -> String {
    match (kind, prefix) {
        // a volume stands in a schema, which has the prefix
        (_, None) | ("volumes", _) => name.to_owned(),
        ("schemas", Some(prefix)) if !prefix.schemas => name.to_owned(),
        ("schemas", Some(prefix)) => identifier(&prefix.text) + name,
        (_, Some(prefix)) => format!("{}{name}", prefix.text),
    }
}

/// `[dev ada] ` as the start of an identifier, as the official CLI writes it: `dev_ada_`, and `stg_` is `stg`.
fn identifier(prefix: &str) -> String {
    let prefix = prefix.replace('[', "");
    let end = if prefix.trim_matches(' ').ends_with(']') { "_" } else { "" };
    let lower = prefix.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    words.join("_") + end
}
