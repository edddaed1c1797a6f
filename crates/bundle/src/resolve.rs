//! Resolves the references of a whole bundle in one pass: each value is resolved when first asked for, and kept.

use std::borrow::Cow;
use std::collections::HashMap;

use indexmap::IndexMap;

use super::late::When;
use super::node::{Entry, Node, Value};
use super::reference::{Reference, malformed, nested, references, whole};
use piq_diagnostics::{Diagnostic, Place, closest};

/// A text that grows past this is refused: references that double each other would fill the memory.
const MAX_TEXT: usize = 4_000_000;

/// Tells which references stay in place.
pub(super) type Late<'a> = dyn Fn(&[String], &Node) -> When + 'a;

/// Resolves references against one tree.
pub(super) struct Resolver<'a> {
    tree: &'a Node,
    late: &'a Late<'a>,
    /// `None`: stays in place, or its error has been reported.
    known: HashMap<String, Option<Node>>,
    /// What is being resolved, with the place that asked for it.
    stack: Vec<(String, Place)>,
    text: usize,
    /// What went wrong.
    pub errors: Vec<Diagnostic>,
}

impl<'a> Resolver<'a> {
    /// A resolver over `tree`, which holds variables as `variables.NAME.value`.
    pub(crate) fn new(tree: &'a Node, late: &'a Late<'a>) -> Self {
        Self { tree, late, known: HashMap::new(), stack: Vec::new(), text: 0, errors: Vec::new() }
    }

    /// The node with its references resolved.
    pub(crate) fn node(&mut self, node: &Node) -> Node {
        let value = match &node.value {
            Value::String(text) => return self.string(node, text),
            Value::List(items) => Value::List(items.iter().map(|i| self.node(i)).collect()),
            Value::Map(map) => Value::Map(
                map.iter()
                    .map(|(k, e)| (k.clone(), Entry { key: e.key.clone(), value: self.node(&e.value) }))
                    .collect::<IndexMap<_, _>>(),
            ),
            other => other.clone(),
        };
        Node::new(value, node.place.clone())
    }

    fn string(&mut self, node: &Node, text: &str) -> Node {
        if !text.contains("${") {
            return node.clone();
        }
        self.errors.extend(malformed(node));
        if let Some(reference) = whole(text) {
            // the value keeps its type, and stands where it is used
            return match self.value(node, &reference) {
                Some(found) => Node::new(found.value, node.place.clone()),
                None => node.clone(),
            };
        }
        let mut out = String::new();
        let mut at = 0;
        for reference in references(text) {
            let Some(found) = self.value(node, &reference) else { continue };
            let Some(part) = as_text(&found) else {
                self.errors.push(
                    Diagnostic::error(
                        "reference-type",
                        format!("`${{{}}}` is {} and cannot be part of a text", reference.name, found.form()),
                    )
                    .at(node.place_of(reference.range.clone()))
                    .hint("use it as the whole value, or refer to one of its fields"),
                );
                continue;
            };
            out.push_str(&text[at..reference.range.start]);
            out.push_str(&part);
            at = reference.range.end;
        }
        out.push_str(&text[at..]);
        self.text += out.len();
        if self.text > MAX_TEXT {
            if !self.errors.iter().any(|e| e.code == "reference-size") {
                self.errors.push(
                    Diagnostic::error("reference-size", "references repeat too much text").at(node.place.clone()),
                );
            }
            return node.clone();
        }
        let filled = Node::string(out, node.place.clone());
        match filled.as_str() {
            // what was filled in has completed the name of another reference
            Some(out) if at > 0 && nested(text) => self.string(&filled, out),
            _ => filled,
        }
    }

    /// The value of a reference; `None` if it stays in place or is wrong.
    fn value(&mut self, node: &Node, reference: &Reference) -> Option<Node> {
        let mut steps = reference.steps();
        if !super::reference::ROOTS.contains(&steps[0].as_str()) || steps.len() < 2 {
            return None;
        }
        if steps[0] == "var" {
            steps[0] = "variables".to_owned();
            steps.insert(2, "value".to_owned());
        }
        let name = &reference.name;
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let place = node.place_of(reference.range.clone());
        if let Some(start) = self.stack.iter().position(|(n, _)| n == name) {
            let error = cycle(name, place, &self.stack[start..]);
            self.errors.push(error);
            return None;
        }
        self.stack.push((name.clone(), place.clone()));
        let found = self.walk(&steps, &place, reference);
        self.stack.pop();
        self.known.insert(name.clone(), found.clone());
        found
    }

    fn walk(&mut self, steps: &[String], place: &Place, reference: &Reference) -> Option<Node> {
        let tree = self.tree;
        let when = (self.late)(steps, tree);
        if when == When::Later {
            return None;
        }
        let mut at = Cow::Borrowed(tree);
        for (i, step) in steps.iter().enumerate() {
            // a value on the way may itself be a reference to a map
            if let Some(text) = at.as_str().map(str::to_owned)
                && whole(&text).is_some()
            {
                let resolved = self.string(&at, &text);
                if resolved.as_str().is_some_and(|t| whole(t).is_some()) {
                    return None;
                }
                at = Cow::Owned(resolved);
            }
            let next = match &at {
                Cow::Borrowed(node) => node.get(step).map(Cow::Borrowed),
                Cow::Owned(node) => node.get(step).cloned().map(Cow::Owned),
            };
            match next {
                Some(next) => at = next,
                None => {
                    self.errors.push(unknown(&at, steps, i, place, reference));
                    return None;
                }
            }
        }
        let found = self.node(&at);
        (when == When::Now).then_some(found)
    }
}

fn as_text(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(s) => Some(s.clone()),
        Value::Int(i) => Some(i.to_string()),
        Value::Float(f) => Some(f.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Null => Some(String::new()),
        Value::List(_) | Value::Map(_) => None,
    }
}

fn cycle(name: &str, place: Place, stack: &[(String, Place)]) -> Diagnostic {
    let mut chain: Vec<String> = stack.iter().map(|(n, _)| format!("`{n}`")).collect();
    chain.push(format!("`{name}`"));
    let mut d = Diagnostic::error("reference-cycle", format!("references form a cycle: {}", chain.join(" -> ")))
        .label(place, "closes the cycle");
    // the first of the chain was asked for from outside the cycle
    for (n, p) in stack.iter().skip(1) {
        d = d.label(p.clone(), format!("asks for `{n}`"));
    }
    d
}

fn unknown(at: &Node, steps: &[String], i: usize, place: &Place, reference: &Reference) -> Diagnostic {
    let step = &steps[i];
    let names: Vec<&str> = at.as_map().map(|m| m.keys().map(String::as_str).collect()).unwrap_or_default();
    let what = match (steps[0].as_str(), i) {
        ("variables", 1) => "variable",
        ("resources", 1) => "kind of resource",
        ("resources", 2) => "resource",
        _ => "field",
    };
    let code = if what == "variable" { "unknown-variable" } else { "unknown-reference" };
    let label = format!("no {what} `{step}`");
    let mut d =
        Diagnostic::error(code, format!("`${{{}}}` refers to nothing: no {what} is named `{step}`", reference.name))
            .label(place.clone(), label);
    if let Some(name) = closest(step, names.iter().copied()) {
        d = d.hint(format!("did you mean `{name}`?"));
    } else if !names.is_empty() && names.len() <= 12 {
        d = d.hint(format!("there is {}", names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")));
    }
    d
}
