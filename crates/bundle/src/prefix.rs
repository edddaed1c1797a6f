//! Names of resources with what the target puts before them.

use super::reference::references;
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

/// `[dev ada] ` as the start of an identifier, as the official CLI writes it: `dev_ada_`, and `stg_` is `stg`. References
/// to what only the workspace knows stay as they are.
fn identifier(prefix: &str) -> String {
    let end = if prefix.trim_matches(' ').ends_with(']') { "_" } else { "" };
    let mut words: Vec<String> = Vec::new();
    let mut at = 0;
    let plain = |text: &str, words: &mut Vec<String>| {
        let lower = text.replace('[', "").to_lowercase();
        let found = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.extend(found.map(str::to_owned));
    };
    for reference in references(prefix) {
        plain(&prefix[at..reference.range.start], &mut words);
        words.push(prefix[reference.range.clone()].to_owned());
        at = reference.range.end;
    }
    plain(&prefix[at..], &mut words);
    words.join("_") + end
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn a_prefix_becomes_words_and_references_stay() {
        assert_eq!(identifier("[dev ada] "), "dev_ada_");
        assert_eq!(identifier("stg_"), "stg");
        let user = "${workspace.current_user.short_name}";
        assert_eq!(identifier(&format!("[dev {user}] ")), format!("dev_{user}_"));
        assert_eq!(identifier(&format!("{user}-A b")), format!("{user}_a_b"));
    }
}
