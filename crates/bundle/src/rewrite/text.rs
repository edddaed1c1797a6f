//! Another text in the place of one that a YAML file holds, with every other byte as it was.

use piq_diagnostics::Source;

use crate::node::{TreeEntry, TreeNode, TreeValue};
use crate::yaml::parse;

/// The file's text with `text` as the value of this entry. Nothing if the value is not a text that the file itself writes
/// there, quoted or as a literal block (`|`), or if another part of the file would change.
pub fn with_text(entry: &TreeEntry, text: &str) -> Option<String> {
    let source = &entry.value.place.source;
    let old = parse(source).ok()?.root;
    let known = entry.value.as_str()?;
    let new = quoted(entry, text).or_else(|| block(entry, text))?;
    let read = parse(&Source::new(&source.path, new.as_str())).ok()?.root;
    let mut changes = Changes { at: entry.value.place.span.start, known, text, found: 0 };
    (changes.only(&old, &read) && (changes.found == 1 || known == text)).then_some(new)
}

/// What differs between two readings of a file.
struct Changes<'a> {
    /// Where the value begins.
    at: usize,
    known: &'a str,
    text: &'a str,
    found: usize,
}

impl Changes<'_> {
    /// Whether the readings are equal but for the value.
    fn only(&mut self, old: &TreeNode, new: &TreeNode) -> bool {
        match (&old.value, &new.value) {
            (TreeValue::Map(a), TreeValue::Map(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|((k, x), (l, y))| k == l && self.only(&x.value, &y.value))
            }
            (TreeValue::List(a), TreeValue::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(x, y)| self.only(x, y))
            }
            (TreeValue::String(a), TreeValue::String(b)) if old.place.span.start == self.at => {
                self.found += usize::from(a != b);
                a == self.known && b == self.text
            }
            (a, b) => a == b,
        }
    }
}

/// A quoted text becomes one in double quotes, whose escapes are those of JSON.
fn quoted(entry: &TreeEntry, text: &str) -> Option<String> {
    let place = &entry.value.place;
    let all = &place.source.text;
    if !all[place.span.clone()].starts_with(['"', '\'']) {
        return None;
    }
    let single = all[place.span.clone()].starts_with('\'') && !text.contains('\n');
    let written =
        if single { format!("'{}'", text.replace('\'', "''")) } else { serde_json::Value::from(text).to_string() };
    Some(format!("{}{written}{}", &all[..place.span.start], &all[place.span.end..]))
}

/// A block keeps its indentation, its comment and how it ends. A folded block becomes a literal one, since folding would
/// join the lines of the new text.
fn block(entry: &TreeEntry, text: &str) -> Option<String> {
    let all = &entry.key.source.text;
    let start = all[..entry.key.span.start].rfind('\n').map_or(0, |n| n + 1);
    let first = all[start..].split_inclusive('\n').next()?;
    let value = all[entry.key.span.end..start + first.len()].trim_start_matches(['"', '\'', ':', ' ']);
    let written = value.split([' ', '\r', '\n']).next()?;
    let after = value[written.len()..].trim();
    if !written.starts_with(['|', '>']) || !(after.is_empty() || after.starts_with('#')) {
        return None;
    }
    let header: String = "|".chars().chain(written.chars().filter(|c| matches!(c, '-' | '+'))).collect();
    let at = start + first.len() - value.len();
    let line_end = if first.ends_with("\r\n") { "\r\n" } else { "\n" };
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let own = indent(first);
    let begin = start + first.len();
    let (mut end, mut at_line, mut inner) = (begin, begin, None);
    for line in all[begin..].split_inclusive('\n') {
        at_line += line.len();
        if line.trim().is_empty() {
            continue;
        }
        if indent(line) <= own {
            break;
        }
        inner = inner.or(Some(indent(line)));
        end = at_line;
    }
    let inner = inner?;
    let line = |line: &str| match line {
        "" => line_end.to_owned(),
        line => format!("{}{line}{line_end}", " ".repeat(inner)),
    };
    let content: String = text.trim_end_matches('\n').split('\n').map(line).collect();
    let content = if all[..end].ends_with('\n') { content.as_str() } else { content.trim_end() };
    Some(format!("{}{header}{}{content}{}", &all[..at], &all[at + written.len()..begin], &all[end..]))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use piq_diagnostics::Source;

    use super::with_text;
    use crate::yaml::parse;

    fn changed(yaml: &str, text: &str) -> Option<String> {
        let source: Arc<Source> = Source::new("x.yml", yaml);
        let root = parse(&source).expect("YAML").root;
        let d = root.get("a").expect("a map");
        with_text(d.entry("d").expect("the entry"), text)
    }

    #[test]
    fn a_block_keeps_its_indentation_and_its_neighbours() {
        let yaml = "a:\n  # why\n  d: |\n    {\n      \"x\": 1\n    }\n\n  e: 2 # kept\n";
        let after = changed(yaml, "{\n  \"x\": 2,\n\n  \"y\": \"é\"\n}\n").expect("changed");
        assert_eq!(
            after,
            "a:\n  # why\n  d: |\n    {\n      \"x\": 2,\n\n      \"y\": \"é\"\n    }\n\n  e: 2 # kept\n"
        );
        let strip = changed("a:\n  d: |-\n      {}", "{\"x\": [1]}").expect("changed");
        assert_eq!(strip, "a:\n  d: |-\n      {\"x\": [1]}");
    }

    #[test]
    fn a_quoted_text_is_quoted_again() {
        assert_eq!(
            changed("a: {d: '{}', e: 1}\n", "{\"x\": \"it's\"}").as_deref(),
            Some("a: {d: '{\"x\": \"it''s\"}', e: 1}\n")
        );
        let double = changed("a:\n  d: \"{}\" # c\n", "{\n\"x\": 1}").expect("changed");
        assert_eq!(double, "a:\n  d: \"{\\n\\\"x\\\": 1}\" # c\n");
    }

    #[test]
    fn a_folded_block_becomes_a_literal_one() {
        let folded = changed("a:\n  d: >2- # why\n    {\n    }\n  e: 2\n", "{\n  \"x\": 2\n}").expect("changed");
        assert_eq!(folded, "a:\n  d: |- # why\n    {\n      \"x\": 2\n    }\n  e: 2\n");
        let windows = changed("a:\r\n  d: |\r\n    {}\r\n  e: 2\r\n", "{\n}\n").expect("changed");
        assert_eq!(windows, "a:\r\n  d: |\r\n    {\r\n    }\r\n  e: 2\r\n");
    }

    #[test]
    fn what_would_change_something_else_is_left() {
        for yaml in ["a:\n  d: {x: 1}\n", "a:\n  d: plain\n", "a:\n  d: &same '{}'\nb: *same\n"] {
            assert_eq!(changed(yaml, "{\"x\": 1}"), None, "{yaml}");
        }
    }
}
