//! Values in the types of their shapes.

use super::super::node::{Entry, Map, Node, Number, Value};
use super::super::reference::{ROOTS, references};
use super::names::singular;
use super::words::one_of;
use super::{Kind, fields};
use piq_diagnostics::{Diagnostic, Place, closest};

/// The node with every value in the type of its shape: `5` where a text is wanted is `"5"`, `"5"` where a number is
/// wanted is `5`, and what is empty is left out. A reference stays. What cannot be had in its type, a word that is not
/// allowed and a required field that is not there are errors.
pub(crate) fn typed(node: &Node, shape: &'static str, title: &str, at: &Place, found: &mut Vec<Diagnostic>) -> Node {
    let Some(map) = node.as_map() else {
        wrong(title, "a map", node, found);
        return node.clone();
    };
    let known = fields(shape);
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
        out.insert(name.clone(), Entry { key: entry.key.clone(), value });
    }
    Node::new(Value::Map(out), node.place.clone())
}

fn value(node: &Node, kind: &Kind, title: &str, at: &Place, found: &mut Vec<Diagnostic>) -> Node {
    if node.is_null() {
        return node.clone();
    }
    let scalar = match kind {
        Kind::Any => return node.clone(),
        Kind::Fields(shape) => return typed(node, shape, title, at, found),
        Kind::List(kind) => return list(node, kind, title, found),
        Kind::Map(kind) => return map(node, kind, title, found),
        // what is known only later is a scalar
        _ if reference(node) => return node.clone(),
        Kind::Word { words, open } => {
            word(node, words, *open, title, found);
            return node.clone();
        }
        Kind::Text => text(&node.value),
        Kind::Int => int(&node.value),
        Kind::Number => number(&node.value),
        Kind::Bool => truth(&node.value),
    };
    match scalar {
        Some(value) => Node::new(value, node.place.clone()),
        None => {
            wrong(title, wanted(kind), node, found);
            node.clone()
        }
    }
}

fn list(node: &Node, kind: &Kind, title: &str, found: &mut Vec<Diagnostic>) -> Node {
    let Some(items) = node.as_list() else {
        wrong(title, "a list", node, found);
        return node.clone();
    };
    let one = singular(title);
    let items = items.iter().filter(|i| !i.is_null()).map(|i| value(i, kind, &one, &i.place, found)).collect();
    Node::new(Value::List(items), node.place.clone())
}

fn map(node: &Node, kind: &Kind, title: &str, found: &mut Vec<Diagnostic>) -> Node {
    let Some(entries) = node.as_map() else {
        wrong(title, "a map", node, found);
        return node.clone();
    };
    let mut out = Map::new();
    for (key, entry) in entries {
        // an empty value of an own key is an empty text, not a field left out
        let value = match (&entry.value.value, kind) {
            (Value::Null, Kind::Text) => Node::string("", entry.value.place.clone()),
            _ => value(&entry.value, kind, &format!("`{}.{key}`", title.trim_matches('`')), &entry.key, found),
        };
        out.insert(key.clone(), Entry { key: entry.key.clone(), value });
    }
    Node::new(Value::Map(out), node.place.clone())
}

fn word(node: &Node, words: &[&'static str], open: bool, title: &str, found: &mut Vec<Diagnostic>) {
    let Some(text) = node.as_str() else {
        wrong(title, "a text", node, found);
        return;
    };
    let name = title.trim_matches('`');
    // privileges are also written with spaces, as SQL has them
    let privilege = name.contains("privileges");
    if words.contains(&text) || (privilege && words.contains(&text.replace(' ', "_").as_str())) {
        return;
    }
    // another number is no slip of the finger: `GPU_8xB300` comes after `GPU_8xH100`
    let numbers = |word: &str| {
        word.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let near = closest(text, words.iter().copied()).filter(|near| !open || numbers(near) == numbers(text));
    match (near, open) {
        (None, true) => {
            let message = format!("`{text}` is not a known value of `{name}` and is passed on as it is");
            found.push(Diagnostic::warning("unknown-value", message).at(node.place.clone()));
        }
        _ => found.push(one_of(name, text, words, &node.place)),
    }
}

fn wanted(kind: &Kind) -> &'static str {
    match kind {
        Kind::Int => "a whole number",
        Kind::Number => "a number",
        Kind::Bool => "true or false",
        _ => "a text",
    }
}

fn wrong(title: &str, wanted: &str, node: &Node, found: &mut Vec<Diagnostic>) {
    let title = title.trim_matches('`');
    let message = match node.as_str() {
        Some(text) if text.len() < 40 => format!("expected {wanted} for `{title}`, found `{text}`"),
        _ => format!("expected {wanted} for `{title}`, found {}", node.form()),
    };
    let d = Diagnostic::error("wrong-type", message).at(node.place.clone());
    found.push(match (title, &node.value) {
        ("inputs", Value::List(_)) => d.hint(format!("write it as a text of JSON: `inputs: '{}'`", node.to_json())),
        _ => d,
    });
}

/// Whether the value is known only later.
fn reference(node: &Node) -> bool {
    node.as_str().is_some_and(|text| references(text).iter().any(|r| ROOTS.contains(&r.steps()[0].as_str())))
}

fn text(value: &Value) -> Option<Value> {
    Some(Value::String(match value {
        Value::String(s) => s.clone(),
        Value::Int(i) => i.to_string(),
        Value::Number(n) => n.text.clone(),
        Value::Bool(b) => b.to_string(),
        _ => return None,
    }))
}

fn int(value: &Value) -> Option<Value> {
    match value {
        Value::Int(i) => Some(Value::Int(*i)),
        Value::Number(n) => n.whole().map(Value::Int),
        Value::String(s) => s.trim().parse().ok().map(Value::Int),
        _ => None,
    }
}

fn number(value: &Value) -> Option<Value> {
    match value {
        Value::Int(_) | Value::Number(_) => Some(value.clone()),
        Value::String(s) => int(value).or_else(|| {
            let number: f64 = s.trim().parse().ok()?;
            Some(Value::Number(Number { value: number, text: s.trim().to_owned() }))
        }),
        _ => None,
    }
}

fn truth(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(b) => Some(Value::Bool(*b)),
        Value::String(s) => match s.to_lowercase().as_str() {
            "true" | "yes" | "y" | "on" => Some(Value::Bool(true)),
            "false" | "no" | "n" | "off" => Some(Value::Bool(false)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::yaml::parse;
    use super::typed;
    use crate::Node;
    use piq_diagnostics::Source;

    fn read(text: &str) -> Node {
        parse(&Source::new("a.yml", text)).expect("YAML").root
    }

    fn faults(shape: &'static str, text: &str) -> Vec<String> {
        let node = read(text);
        let mut found = Vec::new();
        typed(&node, shape, "the job", &node.place, &mut found);
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
        assert!(found.is_empty(), "{found:?}");
        assert_eq!(
            out.to_json().to_string(),
            r#"{"max_concurrent_runs":2,"tags":{"a":"1","b":"true","c":"1.5","d":"x","e":""},"queue":{"enabled":true},"timeout_seconds":60,"tasks":[{"task_key":"1","max_retries":"${var.x}"}]}"#
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
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
        assert!(faults("Schema", "{catalog_name: c, name: n, grants: [{privileges: [USE SCHEMA]}]}").is_empty());
    }
}
