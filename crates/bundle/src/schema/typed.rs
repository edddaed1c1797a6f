//! Values in the types of their schemas.

use super::super::node::{Map, Number, TreeEntry, TreeNode, TreeValue};
use super::super::reference::{ROOTS, references};
use super::names::singular;
use super::words::one_of;
use super::{ValueType, fields};
use piq_diagnostics::{Diagnostic, Span, closest, is_slip};

/// The node with every value in the type of its schema: `5` where a text is wanted is `"5"`, `"5"` where a number is
/// wanted is `5`, and what is empty is left out. A reference stays. What cannot be had in its type, a word that is not
/// allowed and a required field that is not there are errors.
pub(crate) fn typed(
    node: &TreeNode,
    schema: &'static str,
    title: &str,
    at: &Span,
    found: &mut Vec<Diagnostic>,
) -> TreeNode {
    let Some(map) = node.as_map() else {
        wrong(title, "a map", node, found);
        return node.clone();
    };
    let known = fields(schema);
    for field in known.iter().filter(|f| f.required) {
        if map.get(field.name).is_none_or(|e| e.value.is_null()) {
            let place = map.first().map_or(at, |(_, first)| if title.starts_with('`') { at } else { &first.key });
            let message = format!("{title} has no `{}`", field.name);
            found.push(Diagnostic::error("missing-field", message).at(place.clone()));
        }
    }
    let mut out = Map::new();
    for (name, entry) in map.iter().filter(|(_, e)| !e.value.is_null()) {
        let value = match known.iter().find(|f| f.name == name) {
            Some(field) => value(&entry.value, &field.kind, &format!("`{name}`"), &entry.key, found),
            None => entry.value.clone(),
        };
        out.insert(name.clone(), TreeEntry { key: entry.key.clone(), value });
    }
    TreeNode::new(TreeValue::Map(out), node.place.clone())
}

/// The node without the optional texts that are empty, as the official CLI sends it: keys of a map and items of a list stay.
pub(crate) fn without_empty(node: &TreeNode, schema: &'static str) -> TreeNode {
    filled(node, &ValueType::Fields(schema))
}

fn filled(node: &TreeNode, kind: &ValueType) -> TreeNode {
    let value = match (&node.value, kind) {
        (TreeValue::Map(map), ValueType::Fields(schema)) => {
            let known = fields(schema);
            let mut out = Map::new();
            for (name, entry) in map {
                let field = known.iter().find(|f| f.name == name);
                let is_text =
                    field.is_some_and(|f| !f.required && matches!(f.kind, ValueType::Text | ValueType::Word { .. }));
                if is_text && entry.value.as_str() == Some("") {
                    continue;
                }
                let value = field.map_or_else(|| entry.value.clone(), |f| filled(&entry.value, &f.kind));
                out.insert(name.clone(), TreeEntry { key: entry.key.clone(), value });
            }
            TreeValue::Map(out)
        }
        (TreeValue::Map(map), ValueType::Map(kind)) => {
            let entries =
                map.iter().map(|(k, e)| (k.clone(), TreeEntry { key: e.key.clone(), value: filled(&e.value, kind) }));
            TreeValue::Map(entries.collect())
        }
        (TreeValue::List(items), ValueType::List(kind)) => {
            TreeValue::List(items.iter().map(|item| filled(item, kind)).collect())
        }
        _ => return node.clone(),
    };
    TreeNode::new(value, node.place.clone())
}

fn value(node: &TreeNode, kind: &ValueType, title: &str, at: &Span, found: &mut Vec<Diagnostic>) -> TreeNode {
    if node.is_null() {
        return node.clone();
    }
    let scalar = match kind {
        ValueType::Any => return node.clone(),
        ValueType::Fields(schema) => return typed(node, schema, title, at, found),
        ValueType::List(kind) => return list(node, kind, title, found),
        ValueType::Map(kind) => return map(node, kind, title, found),
        // what is known only later is a scalar
        _ if reference(node) => return node.clone(),
        ValueType::Word { words, open } => {
            // the service takes the name of a provider in any case
            let same = |word: &&&str| node.as_str().is_some_and(|text| word.eq_ignore_ascii_case(text));
            if title == "`git_provider`"
                && let Some(word) = words.iter().find(same)
            {
                return TreeNode::string(*word, node.place.clone());
            }
            word(node, words, *open, title, found);
            return node.clone();
        }
        ValueType::Text => text(&node.value),
        ValueType::Int => int(&node.value),
        ValueType::Number => number(&node.value),
        ValueType::Bool => truth(&node.value),
    };
    match scalar {
        Some(value) => TreeNode::new(value, node.place.clone()),
        None => {
            wrong(title, expected_type(kind), node, found);
            node.clone()
        }
    }
}

fn list(node: &TreeNode, kind: &ValueType, title: &str, found: &mut Vec<Diagnostic>) -> TreeNode {
    let Some(items) = node.as_list() else {
        wrong(title, "a list", node, found);
        return node.clone();
    };
    let one = singular(title);
    let items = items.iter().filter(|i| !i.is_null()).map(|i| value(i, kind, &one, &i.place, found)).collect();
    TreeNode::new(TreeValue::List(items), node.place.clone())
}

fn map(node: &TreeNode, kind: &ValueType, title: &str, found: &mut Vec<Diagnostic>) -> TreeNode {
    let Some(entries) = node.as_map() else {
        wrong(title, "a map", node, found);
        return node.clone();
    };
    let mut out = Map::new();
    for (key, entry) in entries {
        let name = format!("`{}.{key}`", title.trim_matches('`'));
        if entry.value.is_null() && matches!(kind, ValueType::Text) {
            let message = format!("{name} has no value and is omitted");
            found.push(
                Diagnostic::warning("no-value", message).at(entry.key.clone()).hint("write `''` for an empty text"),
            );
            continue;
        }
        let value = value(&entry.value, kind, &name, &entry.key, found);
        out.insert(key.clone(), TreeEntry { key: entry.key.clone(), value });
    }
    TreeNode::new(TreeValue::Map(out), node.place.clone())
}

fn word(node: &TreeNode, words: &[&'static str], open: bool, title: &str, found: &mut Vec<Diagnostic>) {
    let Some(text) = node.as_str() else {
        wrong(title, "a text", node, found);
        return;
    };
    // of an item of a list the list is named
    let name = title.split('`').nth(1).unwrap_or(title);
    if words.contains(&text) {
        return;
    }
    // another number is not a slip of the finger: `GPU_8xB300` comes after `GPU_8xH100`
    let numbers = |word: &str| {
        word.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let slip = |near: &&str| numbers(near) == numbers(text) && is_slip(text, near);
    let near = closest(text, words.iter().copied()).filter(|near| !open || slip(near));
    match (near, open) {
        (None, true) => {
            let message = format!("`{text}` is not a known value of `{name}` and is passed on as it is");
            found.push(Diagnostic::warning("unknown-value", message).at(node.place.clone()));
        }
        _ => found.push(one_of(name, text, words, &node.place)),
    }
}

fn expected_type(kind: &ValueType) -> &'static str {
    match kind {
        ValueType::Int => "a whole number",
        ValueType::Number => "a number",
        ValueType::Bool => "true or false",
        _ => "a text",
    }
}

fn wrong(title: &str, wanted: &str, node: &TreeNode, found: &mut Vec<Diagnostic>) {
    let title = title.trim_matches('`');
    let message = match node.as_str() {
        Some(text) if text.len() < 40 => format!("expected {wanted} for `{title}`, found `{text}`"),
        _ => format!("expected {wanted} for `{title}`, found {}", node.form()),
    };
    let d = Diagnostic::error("wrong-type", message).at(node.place.clone());
    found.push(match (title, &node.value) {
        ("inputs", TreeValue::List(_)) => d.hint(format!("write it as a text of JSON: `inputs: '{}'`", node.to_json())),
        _ => d,
    });
}

/// Whether the value is known only later.
fn reference(node: &TreeNode) -> bool {
    node.as_str().is_some_and(|text| references(text).iter().any(|r| ROOTS.contains(&r.steps()[0].as_str())))
}

fn text(value: &TreeValue) -> Option<TreeValue> {
    Some(TreeValue::String(match value {
        TreeValue::String(s) => s.clone(),
        TreeValue::Int(i) => i.to_string(),
        TreeValue::Number(n) => n.text.clone(),
        TreeValue::Bool(b) => b.to_string(),
        _ => return None,
    }))
}

fn int(value: &TreeValue) -> Option<TreeValue> {
    match value {
        TreeValue::Int(i) => Some(TreeValue::Int(*i)),
        TreeValue::Number(n) => n.whole_number().map(TreeValue::Int),
        TreeValue::String(s) => s.trim().parse().ok().map(TreeValue::Int),
        _ => None,
    }
}

fn number(value: &TreeValue) -> Option<TreeValue> {
    match value {
        TreeValue::Int(_) | TreeValue::Number(_) => Some(value.clone()),
        TreeValue::String(s) => int(value).or_else(|| {
            let number: f64 = s.trim().parse().ok()?;
            Some(TreeValue::Number(Number { value: number, text: s.trim().to_owned() }))
        }),
        _ => None,
    }
}

fn truth(value: &TreeValue) -> Option<TreeValue> {
    match value {
        TreeValue::Bool(b) => Some(TreeValue::Bool(*b)),
        TreeValue::String(s) => match s.to_lowercase().as_str() {
            "true" | "yes" | "y" | "on" => Some(TreeValue::Bool(true)),
            "false" | "no" | "n" | "off" => Some(TreeValue::Bool(false)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::yaml::parse;
    use super::typed;
    use crate::TreeNode;
    use piq_diagnostics::Source;

    fn read(text: &str) -> TreeNode {
        parse(&Source::new("a.yml", text)).expect("YAML").root
    }

    fn faults(schema: &'static str, text: &str) -> Vec<String> {
        let node = read(text);
        let mut found = Vec::new();
        typed(&node, schema, "the job", &node.place, &mut found);
        found.iter().map(|d| format!("{} {}", d.code, d.message)).collect()
    }

    #[test]
    fn scalars_take_the_type_of_the_field() {
        let node = read(
            "max_concurrent_runs: '2'\ntags: {a: 1, b: true, c: 1.5, d: x, e: ~}\nqueue: {enabled: yes}\n\
             timeout_seconds: 60.0\ndescription:\ntasks: [{task_key: 1, max_retries: '${var.x}'}]\n",
        );
        let mut found = Vec::new();
        let out = typed(&node, "Job", "the job", &node.place, &mut found);
        let said: Vec<&str> = found.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(said, ["`tags.e` has no value and is omitted"]);
        assert_eq!(
            out.to_json().to_string(),
            r#"{"max_concurrent_runs":2,"tags":{"a":"1","b":"true","c":"1.5","d":"x"},"queue":{"enabled":true},"timeout_seconds":60,"tasks":[{"task_key":"1","max_retries":"${var.x}"}]}"#
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert!(faults("GitSource", "{git_provider: github, git_url: u}").is_empty());
        assert_eq!(
            faults("GitSource", "{git_provider: githab, git_url: u}"),
            ["bad-value `git_provider` cannot be `githab`"]
        );
        assert_eq!(
            faults("Job", "timeout_seconds: soon"),
            ["wrong-type expected a whole number for `timeout_seconds`, found `soon`"]
        );
        assert_eq!(
            faults("Job", "timeout_seconds: 1.5"),
            ["wrong-type expected a whole number for `timeout_seconds`, found a number"]
        );
        assert_eq!(faults("Job", "tags: [a]"), ["wrong-type expected a map for `tags`, found a list"]);
        assert_eq!(faults("Job", "tasks: {a: 1}"), ["wrong-type expected a list for `tasks`, found a map"]);
        assert_eq!(faults("Job", "name: [a]"), ["wrong-type expected a text for `name`, found a list"]);
        assert_eq!(
            faults("Job", "queue: {enabled: maybe}"),
            ["wrong-type expected true or false for `enabled`, found `maybe`"]
        );
        assert_eq!(faults("Job", "queue: {}"), ["missing-field `queue` has no `enabled`"]);
        assert_eq!(
            faults("Job", "tasks: [{task_key: a, notebook_task: {source: GIT}}]"),
            ["missing-field `notebook_task` has no `notebook_path`"]
        );
        assert_eq!(
            faults("Job", "tasks: [{task_key: a, run_if: ALL_SUCESS}]"),
            ["bad-value `run_if` cannot be `ALL_SUCESS`"]
        );
        assert_eq!(
            faults("Job", "tasks: [{task_key: a, compute: {hardware_accelerator: TPU_v9}}]"),
            ["unknown-value `TPU_v9` is not a known value of `hardware_accelerator` and is passed on as it is"]
        );
        assert_eq!(
            faults("Job", "tasks: [{task_key: a, compute: {hardware_accelerator: GPU_8xH900}}]"),
            ["unknown-value `GPU_8xH900` is not a known value of `hardware_accelerator` and is passed on as it is"]
        );
    }
}
