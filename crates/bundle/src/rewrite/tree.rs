//! A map or list of a YAML file changed where its value differs.
//!
//! A scalar is written in its place, new entries come after the last one, and what lost entries is written again as a
//! whole. The result is read back: it stands only if it holds the wanted value and nothing else changed.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use piq_diagnostics::Source;
use serde_json::Value;
use serde_saphyr::granit_parser::{Event, Parser};

use super::emit;
use crate::node::{TreeEntry, TreeNode, TreeValue};
use crate::yaml::parse;

/// The file's text with `wanted` as the value of this entry, a map or list. Nothing if a part that would change comes from
/// another file, holds a reference, or is shared by an alias.
pub fn with_tree(entry: &TreeEntry, wanted: &Value) -> Option<String> {
    let source = &entry.value.place.source;
    let at = entry.value.place.span.start;
    let old = parse(source).ok()?.root;
    let raw = find(&old, at)?;
    let mut edits = Edits { source, extents: extents(&source.text)?, list: Vec::new() };
    edits.change(raw, &entry.value, wanted)?;
    let mut text = source.text.clone();
    edits.list.sort_by_key(|(range, _)| range.start);
    for (range, new) in edits.list.into_iter().rev() {
        text.replace_range(range, &new);
    }
    let new = parse(&Source::new(&source.path, text.as_str())).ok()?.root;
    stands(&old, &new, raw, &entry.value, wanted).then_some(text)
}

/// The collection that begins at an offset; nothing if aliases repeat it.
fn find(root: &TreeNode, at: usize) -> Option<&TreeNode> {
    let (mut found, mut rest) = (Vec::new(), vec![root]);
    while let Some(node) = rest.pop() {
        match &node.value {
            TreeValue::Map(map) => rest.extend(map.values().map(|e| &e.value)),
            TreeValue::List(items) => rest.extend(items),
            _ => continue,
        }
        if node.place.span.start == at {
            found.push(node);
        }
    }
    // the file itself begins where its first entry does
    found.retain(|n| !std::ptr::eq(*n, root));
    (found.len() == 1).then(|| found[0])
}

/// Whether the file reads as before, but for the wanted value of `raw`.
fn stands(old: &TreeNode, new: &TreeNode, raw: &TreeNode, resolved: &TreeNode, wanted: &Value) -> bool {
    match (&old.value, &new.value) {
        _ if std::ptr::eq(old, raw) => holds(old, new, resolved, wanted),
        (TreeValue::Map(a), TreeValue::Map(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|((k, x), (l, y))| k == l && stands(&x.value, &y.value, raw, resolved, wanted))
        }
        (TreeValue::List(a), TreeValue::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| stands(x, y, raw, resolved, wanted))
        }
        (a, b) => a == b,
    }
}

/// Whether the new value is the wanted one; what was not to change may keep its references.
fn holds(old: &TreeNode, new: &TreeNode, resolved: &TreeNode, wanted: &Value) -> bool {
    if new.to_json() == *wanted || (resolved.to_json() == *wanted && old.value == new.value) {
        return true;
    }
    match (&new.value, wanted) {
        (TreeValue::Map(map), Value::Object(values)) => {
            map.len() == values.len()
                && values.iter().all(|(key, value)| {
                    let parts = map.get(key).zip(old.entry(key)).zip(resolved.entry(key));
                    parts.is_some_and(|((new, old), known)| holds(&old.value, &new.value, &known.value, value))
                })
        }
        (TreeValue::List(items), Value::Array(values)) => {
            let known = old.as_list().unwrap_or_default().iter().zip(resolved.as_list().unwrap_or_default());
            let unknown = values.len().checked_sub(known.len());
            items.len() == values.len()
                && unknown.is_some_and(|n| items.iter().zip(values).rev().take(n).all(|(i, v)| i.to_json() == *v))
                && items.iter().zip(values).zip(known).all(|((new, value), (old, known))| holds(old, new, known, value))
        }
        _ => false,
    }
}

/// Where each collection ends, by where it begins and whether it is one: the end of the last thing in it.
fn extents(text: &str) -> Option<HashMap<usize, usize>> {
    let shift = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let (mut open, mut ends) = (Vec::<usize>::new(), HashMap::new());
    let mut last = 0;
    for next in Parser::new_from_str(&text[shift..]) {
        let (event, span) = next.ok()?;
        let range = span.byte_range().unwrap_or(0..0);
        let range = range.start + shift..range.end + shift;
        match event {
            Event::Scalar(..) | Event::Alias(..) => last = last.max(range.end),
            Event::SequenceStart(..) | Event::MappingStart(..) => open.push(range.start),
            Event::SequenceEnd | Event::MappingEnd => {
                let start = open.pop()?;
                if text[start..].starts_with(['{', '[']) {
                    last = last.max(range.end);
                }
                // a collection and the first one in it may begin at the same place: the outer one ends last
                ends.insert(start, last);
            }
            _ => {}
        }
    }
    Some(ends)
}

struct Edits<'a> {
    source: &'a Arc<Source>,
    extents: HashMap<usize, usize>,
    list: Vec<(Range<usize>, String)>,
}

impl Edits<'_> {
    /// Adds what turns a value of the file, filled in as `resolved`, into the wanted one.
    fn change(&mut self, raw: &TreeNode, resolved: &TreeNode, wanted: &Value) -> Option<()> {
        if resolved.to_json() == *wanted {
            return Some(());
        }
        if raw.place != resolved.place || resolved.place.source.path != self.source.path {
            return None;
        }
        match (&raw.value, &resolved.value, wanted) {
            (TreeValue::Map(raw_map), TreeValue::Map(map), Value::Object(values)) if !map.is_empty() => {
                let kept = map.keys().zip(values.keys()).all(|(a, b)| a == b) && values.len() >= map.len();
                if !kept {
                    return self.whole(raw, wanted);
                }
                for (key, value) in values.iter().take(map.len()) {
                    self.change(&raw_map.get(key)?.value, &map.get(key)?.value, value)?;
                }
                let added: Vec<_> = values.iter().skip(map.len()).collect();
                self.append(
                    raw,
                    &added,
                    |(key, value), indent| emit::entry(key, value, indent),
                    |(key, value)| format!("{}: {value}", Value::from(key.as_str())),
                )
            }
            (TreeValue::List(raw_items), TreeValue::List(items), Value::Array(values)) if !items.is_empty() => {
                if values.len() < items.len() || raw_items.len() != items.len() {
                    return self.whole(raw, wanted);
                }
                for ((raw, item), value) in raw_items.iter().zip(items).zip(values) {
                    self.change(raw, item, value)?;
                }
                let added: Vec<_> = values.iter().skip(items.len()).collect();
                let line = |value: &&Value, indent: usize| format!("- {}", emit::block(value, indent + 2));
                self.append(raw, &added, line, ToString::to_string)
            }
            (TreeValue::Map(_) | TreeValue::List(_), ..) => self.whole(raw, wanted),
            _ => self.scalar(raw, wanted),
        }
    }

    /// Writes entries after the last one of a collection.
    fn append<T>(
        &mut self,
        raw: &TreeNode,
        added: &[T],
        in_block: impl Fn(&T, usize) -> String,
        in_flow: impl Fn(&T) -> String,
    ) -> Option<()> {
        if added.is_empty() {
            return Some(());
        }
        let (range, flow) = self.extent(raw)?;
        let indent = self.column(range.start);
        let text: String = if flow {
            added.iter().map(|item| format!(", {}", in_flow(item))).collect()
        } else {
            added.iter().map(|item| format!("\n{}{}", " ".repeat(indent), in_block(item, indent))).collect()
        };
        let all = &self.source.text;
        let end = if flow {
            all[..range.end - 1].trim_end().len()
        } else {
            // a comment stays behind the entry that it follows
            let line = all[range.end..].split(['\r', '\n']).next().unwrap_or_default();
            range.end + line.trim_end().len()
        };
        self.list.push((end..end, text));
        Some(())
    }

    /// Writes a collection again. What it refers to would be lost, so a reference in it is not accepted.
    fn whole(&mut self, raw: &TreeNode, wanted: &Value) -> Option<()> {
        let (range, flow) = self.extent(raw)?;
        if raw.to_json().to_string().contains("${") {
            return None;
        }
        let text = if flow { wanted.to_string() } else { emit::block(wanted, self.column(range.start)) };
        self.list.push((range, text));
        Some(())
    }

    fn scalar(&mut self, raw: &TreeNode, wanted: &Value) -> Option<()> {
        let range = raw.place.span.clone();
        let written = &self.source.text[range.clone()];
        if raw.as_str().is_some_and(|text| text.contains("${")) || written.is_empty() {
            return None;
        }
        let end = range.start + written.trim_end().len();
        self.list.push((range.start..end, wanted.to_string()));
        Some(())
    }

    /// Where a collection stands, and whether it is written in brackets.
    fn extent(&self, raw: &TreeNode) -> Option<(Range<usize>, bool)> {
        let start = raw.place.span.start;
        let end = *self.extents.get(&start)?;
        let end = start + self.source.text[start..end].trim_end().len();
        Some((start..end, self.source.text[start..].starts_with(['{', '['])))
    }

    /// The column of an offset, in characters from 0.
    fn column(&self, at: usize) -> usize {
        let line = self.source.text[..at].rfind('\n').map_or(0, |n| n + 1);
        self.source.text[line..at].chars().count()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn changed(yaml: &str, wanted: &Value) -> Option<String> {
        let source: Arc<Source> = Source::new("x.yml", yaml);
        let root = parse(&source).expect("YAML").root;
        with_tree(root.get("a").expect("a map").entry("d").expect("the entry"), wanted)
    }

    #[test]
    fn a_scalar_changes_in_its_place() {
        let yaml = "a:\n  d: # why\n    x: 1 # one\n    y:\n    - {z: 'q', n: null}\n    - \"t\"\n  e: 2\n";
        let wanted = json!({"x": 3, "y": [{"z": "it's", "n": null}, "u"]});
        let after = "a:\n  d: # why\n    x: 3 # one\n    y:\n    - {z: \"it's\", n: null}\n    - \"u\"\n  e: 2\n";
        assert_eq!(changed(yaml, &wanted).as_deref(), Some(after));
    }

    #[test]
    fn what_is_new_comes_after_the_last() {
        let yaml =
            "a:\n  d:\n    x: 1 # one\n    y:\n      - z: q\n        f: [1] # two\n      # here\n  # there\n  e: 2\n";
        let wanted = json!({"x": 1, "y": [{"z": "q", "f": [1, {"g": 2}], "h": "yes"}, {"on": {"k": []}}], "w": [true]});
        let after = "a:\n  d:\n    x: 1 # one\n    y:\n      - z: q\n        f: [1, {\"g\":2}] # two\n        h: \"yes\"\n      - \"on\":\n          k: []\n    w:\n      - true\n      # here\n  # there\n  e: 2\n";
        let found = changed(yaml, &wanted);
        assert_eq!(found.as_deref(), Some(after), "{}", found.as_deref().unwrap_or_default());
    }

    #[test]
    fn what_lost_something_is_written_again() {
        let yaml = "a:\n  d:\n    x: [1, 2]\n    y:\n      - k: 1\n        l: 2 # two\n      - m\n  e: 2\n";
        let after = "a:\n  d:\n    x: [2]\n    y:\n      - k: 1 # two\n      - m\n  e: 2\n";
        assert_eq!(changed(yaml, &json!({"x": [2], "y": [{"k": 1}, "m"]})).as_deref(), Some(after));
    }

    #[test]
    fn what_others_share_or_refer_to_is_left() {
        for yaml in [
            "a:\n  d: &same {x: 1}\nb: *same\n",
            "a:\n  d: {x: \"${var.y}\"}\n",
            "b: &same\n  x: 1\na:\n  d: *same\n",
            "b: &same\n  x: 1\na:\n  d:\n    <<: *same\n",
        ] {
            assert_eq!(changed(yaml, &json!({"x": 2})), None, "{yaml}");
        }
    }

    #[test]
    fn a_reference_stays_beside_a_change() {
        let yaml = "a:\n  d: {x: \"${var.y}\", z: 1}\n";
        assert_eq!(
            changed(yaml, &json!({"x": "${var.y}", "z": 2})).as_deref(),
            Some("a:\n  d: {x: \"${var.y}\", z: 2}\n")
        );
    }
}
