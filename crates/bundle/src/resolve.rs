//! Fills the references of a whole bundle in one pass and merges its layers on the way: each value is resolved when it
//! is first wanted, and kept. Items of keyed lists merge by their resolved keys.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use indexmap::IndexMap;

use super::facts::ResolveStage;
use super::late_references::{LateContext, Piece, When, adjusted, user_name};
use super::loaded::Layer;
use super::merge::{identity, other_form_error};
use super::names::{LINKS, chain, some_of};
use super::node::{Map, TreeEntry, TreeNode, TreeValue};
use super::outputs;
use super::prefix::Prefix;
use super::reference::{Reference, malformed, nested, references, whole_reference};
use super::resource::Need;
use piq_diagnostics::{Diagnostic, Span, closest_of};

/// A bundle in which references make more bytes than this is refused: those that double each other would fill the
/// memory.
const MAX_REPEATED: usize = 32 * 1024 * 1024;

/// Sections whose references are filled in.
pub(super) const SECTIONS: [&str; 12] = [
    "bundle",
    "variables",
    "workspace",
    "run_as",
    "permissions",
    "presets",
    "sync",
    "experimental",
    "python",
    "scripts",
    "artifacts",
    "resources",
];

/// What several layers say of one value, the lowest first.
type Parts<'a> = Vec<(Cow<'a, TreeNode>, bool)>;

/// What is known of a reference: its value (`None`: it stays in place, or is wrong), and the resources behind it.
type Known = (Option<TreeNode>, Vec<Need>);

/// Resolves references against the layers of one bundle.
pub(super) struct Resolver<'a> {
    layers: &'a [Layer],
    stage: ResolveStage<'a>,
    /// What the target puts before names, once its presets are known.
    pub(super) prefix: Option<Prefix>,
    known: HashMap<String, Known>,
    /// What is being resolved, with the place that asked for it.
    stack: Vec<(String, Span)>,
    /// Bytes that references have made.
    repeated: usize,
    /// Where `null` takes a value away.
    unset: HashSet<Span>,
    /// Where a target sets a value of another form.
    other_form: HashSet<Span>,
    /// Resources that the value being resolved refers to.
    used: Vec<Need>,
    /// The same by resource.
    pub needs: BTreeMap<String, Vec<Need>>,
    pub errors: Vec<Diagnostic>,
    pub warnings: Vec<Diagnostic>,
}

impl<'a> Resolver<'a> {
    /// A resolver over layers that hold variables as `variables.NAME.value`.
    pub(crate) fn new(layers: &'a [Layer], stage: ResolveStage<'a>) -> Self {
        Self {
            layers,
            stage,
            prefix: None,
            known: HashMap::new(),
            stack: Vec::new(),
            repeated: 0,
            unset: HashSet::new(),
            other_form: HashSet::new(),
            used: Vec::new(),
            needs: BTreeMap::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// One section of the bundle, merged and resolved.
    pub(crate) fn section(&mut self, name: &str) -> Option<TreeNode> {
        let parts: Parts<'a> = self.children(&self.all(), name);
        if parts.is_empty() { None } else { self.merged(parts, &[name]) }
    }

    /// All sections, merged and resolved.
    pub(crate) fn tree(&mut self, place: &Span) -> TreeNode {
        let mut tree = TreeNode::map(place.clone());
        for section in SECTIONS {
            if let Some(node) = self.section(section) {
                tree.set(section, node);
            }
        }
        tree
    }

    /// The name of the current user, or a reference to it.
    pub(crate) fn user_name(&self) -> String {
        user_name(self.stage)
    }

    fn all(&self) -> Parts<'a> {
        self.layers.iter().map(|l| (Cow::Borrowed(&l.root), l.unsets)).collect()
    }

    /// Whether some layer sets a value at a path, as far as that can be told without resolving.
    fn written(&self, steps: &[&str]) -> bool {
        let mut parts = self.all();
        for step in steps {
            parts = self.children(&parts, step);
        }
        parts.last().is_some_and(|(node, _)| !node.is_null())
    }

    fn children(&self, parts: &Parts<'a>, key: &str) -> Parts<'a> {
        parts
            .iter()
            .filter_map(|(node, unsets)| {
                let child = match node {
                    Cow::Borrowed(node) => Cow::Borrowed(&node.entry(key)?.value),
                    Cow::Owned(node) => Cow::Owned(node.entry(key)?.value.clone()),
                };
                Some((child, *unsets))
            })
            .collect()
    }

    /// The value of several layers; `None` if a target takes it away.
    fn merged(&mut self, parts: Parts<'a>, path: &[&str]) -> Option<TreeNode> {
        let resource = matches!(path, ["resources", _, _]);
        let before = self.used.len();
        let parts = self.in_force(parts, path);
        let (top, _) = parts.last()?;
        let node = match (&top.value, parts.len()) {
            (TreeValue::Map(_), 2..) => self.map(parts, path),
            (TreeValue::Map(_), _) if path[0] == "resources" && path.len() < 4 => self.map(parts, path),
            (TreeValue::List(_), 2..) => self.list(parts, path),
            _ => self.node(&top.clone()),
        };
        if resource {
            self.needs.insert(path[1..].join("."), each_once(self.used[before..].to_vec()));
        }
        Some(node)
    }

    /// The parts that count before anything is filled in: a text replaces a text, whatever the references in them stand
    /// for. The items of keyed lists are matched once their keys are known, so what they hold is filled in before.
    fn laid_over(&mut self, parts: Parts<'a>, path: &[&str]) -> Parts<'a> {
        if parts.len() < 2 || path.contains(&"") {
            return parts;
        }
        let keyed = path.last().is_some_and(|name| identity(name).is_some());
        let mut out: Parts<'a> = Vec::new();
        for (node, over) in parts {
            while scalar(&node) && out.last().is_some_and(|(lower, _)| scalar(lower)) {
                out.pop();
            }
            if let Some((lower, _)) = out.last().filter(|_| over && !keyed)
                && let Some(error) = other_form(lower, &node, path)
            {
                if self.other_form.insert(node.place.clone()) {
                    self.errors.push(error);
                }
                out.clear();
            }
            out.push((node, over));
        }
        out
    }

    /// The parts that count: those of the same form as the highest, without what `null` takes away.
    fn in_force(&mut self, parts: Parts<'a>, path: &[&str]) -> Parts<'a> {
        let parts = self.laid_over(parts, path);
        if parts.len() < 2 {
            return parts;
        }
        let mut out: Parts<'a> = Vec::new();
        for (node, over) in parts {
            let node = self.settled(node);
            if node.is_null() {
                match out.last().is_some_and(|(n, _)| !n.is_null()) {
                    true if over && unsets(path) => {
                        self.unset(&node, path);
                        out.clear();
                    }
                    false if out.is_empty() => out.push((node, over)),
                    _ => {}
                }
                continue;
            }
            let same = out.last().is_some_and(|(other, _)| {
                matches!(
                    (&other.value, &node.value),
                    (TreeValue::Map(_), TreeValue::Map(_)) | (TreeValue::List(_), TreeValue::List(_))
                )
            });
            if !same {
                out.clear();
            }
            out.push((node, over));
        }
        out
    }

    fn unset(&mut self, node: &TreeNode, path: &[&str]) {
        let name = path.iter().rev().find(|s| !s.is_empty()).unwrap_or(&"the value");
        if self.unset.insert(node.place.clone()) {
            self.warnings.push(
                Diagnostic::warning("unset", format!("`null` removes `{name}` in this target"))
                    .at(node.place.clone())
                    .hint("the official CLI ignores `null` here and keeps the value"),
            );
        }
    }

    /// The value that a whole reference stands for; other values as they are.
    fn settled(&mut self, node: Cow<'a, TreeNode>) -> Cow<'a, TreeNode> {
        match node.as_str().map(str::to_owned).filter(|text| whole_reference(text).is_some()) {
            Some(text) => Cow::Owned(self.string(&node, &text)),
            None => node,
        }
    }

    fn map(&mut self, parts: Parts<'a>, path: &[&str]) -> TreeNode {
        let place = parts.first().map_or_else(|| self.layers[0].root.place.clone(), |(n, _)| n.place.clone());
        let mut keys: IndexMap<String, (Span, Parts<'a>)> = IndexMap::new();
        for (node, over) in parts {
            let mut add = |key: &str, at: &Span, value: Cow<'a, TreeNode>| {
                let slot = keys.entry(key.to_owned()).or_insert_with(|| (at.clone(), Vec::new()));
                slot.1.push((value, over));
            };
            match node {
                Cow::Borrowed(node) => {
                    let map = node.as_map().into_iter().flatten();
                    map.for_each(|(k, e)| add(k, &e.key, Cow::Borrowed(&e.value)));
                }
                Cow::Owned(TreeNode { value: TreeValue::Map(map), .. }) => {
                    map.into_iter().for_each(|(k, e)| add(&k, &e.key, Cow::Owned(e.value)));
                }
                Cow::Owned(_) => {}
            }
        }
        let mut out = Map::new();
        for (name, (key, parts)) in keys {
            let path: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
            if let Some(value) = self.merged(parts, &path) {
                out.insert(name.clone(), TreeEntry { key, value });
            }
        }
        TreeNode::new(TreeValue::Map(out), place)
    }

    /// A list with those of higher layers appended; items of a keyed list merge where their keys are the same.
    fn list(&mut self, parts: Parts<'a>, path: &[&str]) -> TreeNode {
        let place = parts.first().map_or_else(|| self.layers[0].root.place.clone(), |(n, _)| n.place.clone());
        let key = identity(path.last().copied().unwrap_or_default());
        let mut items: Vec<Parts<'a>> = Vec::new();
        let mut named: HashMap<String, usize> = HashMap::new();
        for (node, over) in parts {
            let own: Vec<Cow<'a, TreeNode>> = match node {
                Cow::Borrowed(node) => node.as_list().unwrap_or_default().iter().map(Cow::Borrowed).collect(),
                Cow::Owned(TreeNode { value: TreeValue::List(items), .. }) => {
                    items.into_iter().map(Cow::Owned).collect()
                }
                Cow::Owned(_) => Vec::new(),
            };
            let mut fresh: Vec<(String, usize)> = Vec::new();
            for item in own {
                let item = if key.is_some() { self.settled(item) } else { item };
                let name =
                    key.and_then(|key| item.get(key)).cloned().map(|n| self.node(&n)).and_then(|n| n.scalar_text());
                match name.as_ref().and_then(|name| named.get(name)) {
                    Some(same) => items[*same].push((item, over)),
                    None => {
                        fresh.extend(name.map(|name| (name, items.len())));
                        items.push(vec![(item, over)]);
                    }
                }
            }
            // of two with one name in one layer the first is meant
            for (name, at) in fresh {
                named.entry(name).or_insert(at);
            }
        }
        let path: Vec<&str> = path.iter().copied().chain([""]).collect();
        let items = items.into_iter().filter_map(|parts| self.merged(parts, &path)).collect();
        TreeNode::new(TreeValue::List(items), place)
    }

    /// The node with its references resolved.
    fn node(&mut self, node: &TreeNode) -> TreeNode {
        let value = match &node.value {
            TreeValue::String(text) => return self.string(node, text),
            TreeValue::List(items) => TreeValue::List(items.iter().map(|i| self.node(i)).collect()),
            TreeValue::Map(map) => TreeValue::Map(
                map.iter()
                    .map(|(k, e)| (k.clone(), TreeEntry { key: e.key.clone(), value: self.node(&e.value) }))
                    .collect::<IndexMap<_, _>>(),
            ),
            other => other.clone(),
        };
        TreeNode::new(value, node.place.clone())
    }

    fn string(&mut self, node: &TreeNode, text: &str) -> TreeNode {
        if !text.contains("${") {
            return node.clone();
        }
        if self.repeated > MAX_REPEATED {
            return node.clone();
        }
        self.errors.extend(malformed(node));
        if let Some(reference) = whole_reference(text) {
            // the value keeps its type, and stands where it is used
            return match self.value(&reference, &node.place_of(reference.range.clone())) {
                Some(found) if self.has_room(node, found.weight()) => TreeNode::new(found.value, node.place.clone()),
                _ => node.clone(),
            };
        }
        let mut out = String::new();
        let mut at = 0;
        let all = references(text);
        let places: Vec<Span> = node.places_of(all.iter().map(|r| r.range.clone())).collect();
        for (reference, place) in all.into_iter().zip(places) {
            let Some(found) = self.value(&reference, &place) else { continue };
            let Some(part) = found.scalar_text() else {
                self.errors.push(
                    Diagnostic::error(
                        "reference-type",
                        format!("`${{{}}}` is {} and cannot be part of a text", reference.name, found.form()),
                    )
                    .at(place)
                    .hint("use it as the whole value, or refer to one of its fields"),
                );
                continue;
            };
            out.push_str(&text[at..reference.range.start]);
            out.push_str(&part);
            at = reference.range.end;
        }
        out.push_str(&text[at..]);
        if !self.has_room(node, out.len()) {
            return node.clone();
        }
        let filled = TreeNode::string(out, node.place.clone());
        match filled.as_str() {
            // what was filled in has completed the name of another reference
            Some(out) if at > 0 && nested(text) => self.string(&filled, out),
            _ => filled,
        }
    }

    /// Counts what a reference made; whether it is not too much yet.
    fn has_room(&mut self, node: &TreeNode, weight: usize) -> bool {
        let before = self.repeated <= MAX_REPEATED;
        self.repeated += weight;
        let room = self.repeated <= MAX_REPEATED;
        if before && !room {
            let message = "references repeat too much: their values fill the memory";
            self.errors.push(Diagnostic::error("reference-size", message).at(node.place.clone()));
        }
        room
    }

    /// The value of a reference; `None` if it stays in place or is wrong.
    fn value(&mut self, reference: &Reference, place: &Span) -> Option<TreeNode> {
        self.at(&reference.path()?, place, &reference.name)
    }

    /// The value at a path that a place asks for.
    fn at(&mut self, steps: &[String], place: &Span, name: &str) -> Option<TreeNode> {
        if let Some((found, needs)) = self.known.get(name) {
            self.used.extend(needs.iter().map(|n| Need { place: place.clone(), ..n.clone() }));
            return found.clone();
        }
        if self.closes_a_cycle(name, place) {
            return None;
        }
        let before = self.used.len();
        self.stack.push((name.to_owned(), place.clone()));
        let found = self.walk(steps, place, name);
        self.stack.pop();
        let mut needs = self.used.split_off(before);
        if let ["resources", kind, key, field, ..] = steps.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            let late = found.is_none() && !outputs::early(kind, field);
            // what that resource needs early it waits for itself; a late value may stand in this one
            needs.retain(|n| n.late);
            needs.push(Need { resource: format!("{kind}.{key}"), place: place.clone(), late });
        }
        needs.iter_mut().for_each(|n| n.place = place.clone());
        let needs = each_once(needs);
        self.used.extend(needs.iter().cloned());
        self.known.insert(name.to_owned(), (found.clone(), needs));
        found
    }

    /// Whether a name is being resolved already, which is an error.
    fn closes_a_cycle(&mut self, name: &str, place: &Span) -> bool {
        let Some(start) = self.stack.iter().position(|(n, _)| n == name) else { return false };
        let error = cycle(name, place.clone(), &self.stack[start..]);
        self.errors.push(error);
        true
    }

    fn walk(&mut self, steps: &[String], place: &Span, name: &str) -> Option<TreeNode> {
        let asked =
            LateContext { stage: self.stage, prefix: self.prefix.as_ref(), written: &|path| self.written(path) };
        let when = asked.when(steps, place);
        match when {
            When::Later => return None,
            When::Unset => {
                let message = format!("`${{{name}}}` has no value here: the text is empty");
                self.warnings.push(Diagnostic::warning("unset-reference", message).at(place.clone()));
                return Some(TreeNode::string("", place.clone()));
            }
            When::Known(node) => return Some(node),
            When::Made(pieces) => return self.made(&pieces, place),
            When::Wrong(d) => {
                self.errors.push(*d);
                return None;
            }
            When::Now | When::AfterPresets => {}
        }
        let mut parts = self.all();
        for (i, step) in steps.iter().enumerate() {
            let path: Vec<&str> = steps[..i].iter().map(String::as_str).collect();
            parts = self.laid_over(parts, &path);
            if let [(node, _)] = parts.as_slice()
                && let Some(reference) = node.as_str().and_then(whole_reference)
                && let Some(path) = reference.path()
            {
                if self.closes_a_cycle(&reference.name, place) {
                    return None;
                }
                // what it refers to is not copied to take one field of it
                let further = [path, steps[i..].to_vec()].concat();
                self.stack.push((reference.name.clone(), place.clone()));
                let found = self.at(&further, place, &format!("{}.{}", reference.name, steps[i..].join(".")));
                self.stack.pop();
                return found;
            }
            // a value on the way may itself be a reference to a map
            let mut settled = Parts::new();
            for (node, over) in parts {
                let node = self.settled(node);
                if node.as_str().is_some_and(|t| whole_reference(t).is_some()) {
                    return None;
                }
                settled.push((node, over));
            }
            if let Ok(index) = step.parse::<usize>()
                && settled.last().is_some_and(|(n, _)| n.as_list().is_some())
            {
                parts = match settled.as_slice() {
                    // a list of one layer is as it is written
                    [(Cow::Borrowed(list), over)] => {
                        let item = list.as_list().and_then(|l| l.get(index));
                        item.map(|n| (Cow::Borrowed(n), *over)).into_iter().collect()
                    }
                    _ => {
                        let list = self.merged(settled, &path)?;
                        let item = list.as_list().and_then(|l| l.get(index)).cloned();
                        item.map(|n| (Cow::Owned(n), false)).into_iter().collect()
                    }
                };
            } else {
                parts = self.children(&settled, step);
                // `continuous[0]` is how Terraform names a section that stands there once: the section itself
                if parts.is_empty() && step == "0" && i > 3 && steps[0] == "resources" {
                    parts = settled;
                } else if parts.is_empty() {
                    let maps = settled.iter().filter_map(|(n, _)| n.as_map());
                    let names = maps.flat_map(|map| map.keys().map(String::as_str));
                    self.errors.push(unknown(names, self.errors.len(), steps, i, place, name));
                    return None;
                }
            }
            if parts.is_empty() {
                self.errors.push(unknown(std::iter::empty(), 0, steps, i, place, name));
                return None;
            }
        }
        let path: Vec<&str> = steps.iter().map(String::as_str).collect();
        let found = self.merged(parts, &path)?;
        let found = adjusted(steps, found, self.stage, self.prefix.as_ref());
        matches!(when, When::Now).then_some(found)
    }

    /// A value made of others; none if one of them is not known yet.
    fn made(&mut self, pieces: &[Piece], place: &Span) -> Option<TreeNode> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::At(steps) => text.push_str(&self.at(steps, place, &steps.join("."))?.scalar_text()?),
            }
        }
        Some(TreeNode::string(text, place.clone()))
    }
}

/// The needs without those that say the same from another place.
fn each_once(mut needs: Vec<Need>) -> Vec<Need> {
    let mut seen: HashSet<(String, bool)> = HashSet::new();
    needs.retain(|n| seen.insert((n.resource.clone(), n.late)));
    needs
}

/// Whether `null` at a path of a target takes a value away: a whole section stays.
fn unsets(path: &[&str]) -> bool {
    match path {
        ["resources", rest @ ..] => rest.len() >= 2,
        ["permissions" | "run_as", ..] => true,
        _ => path.len() >= 2,
    }
}

/// Whether a value is neither a list nor a map, nor nothing.
fn scalar(node: &TreeNode) -> bool {
    !matches!(node.value, TreeValue::Null | TreeValue::List(_) | TreeValue::Map(_))
}

/// A list that a target lays over a text, or the other way round: the official CLI lays the target over the rest before
/// it fills in variables, and refuses that. A map over a variable that holds one is merged into it.
fn other_form(lower: &TreeNode, node: &TreeNode, path: &[&str]) -> Option<Diagnostic> {
    let text = |node: &TreeNode| matches!(node.value, TreeValue::String(_));
    let list = |node: &TreeNode| matches!(node.value, TreeValue::List(_));
    if !(text(lower) && list(node) || list(lower) && text(node)) || lower.place.source.path == "(default)" {
        return None;
    }
    Some(other_form_error("target-form", "the target", &path.join("."), lower, node))
}

fn cycle(name: &str, place: Span, stack: &[(String, Span)]) -> Diagnostic {
    let names: Vec<&str> = stack.iter().map(|(n, _)| n.as_str()).chain([name]).collect();
    let mut d = Diagnostic::error("reference-cycle", format!("references form a cycle: {}", chain(&names)))
        .label(place, "closes the cycle");
    // the first of the chain was asked for from outside the cycle
    for (n, p) in stack.iter().skip(1).take(LINKS) {
        d = d.label(p.clone(), format!("refers to `{n}`"));
    }
    d
}

fn unknown<'n>(
    names: impl Iterator<Item = &'n str> + Clone,
    before: usize,
    steps: &[String],
    i: usize,
    place: &Span,
    name: &str,
) -> Diagnostic {
    let step = &steps[i];
    let what = match (steps[0].as_str(), i) {
        ("variables", 1) => "variable",
        ("resources", 1) => "kind of resource",
        ("resources", 2) => "resource",
        _ => "field",
    };
    let code = if what == "variable" { "unknown-variable" } else { "unknown-reference" };
    let d = Diagnostic::error(code, format!("`${{{name}}}` cannot be resolved: unknown {what} `{step}`"))
        .label(place.clone(), format!("unknown {what}"));
    let few: Vec<&str> = names.clone().take(13).collect();
    if let Some(name) = closest_of(step, names, before) {
        d.hint(format!("did you mean `{name}`?"))
    } else if !few.is_empty() && few.len() <= 12 {
        d.hint(format!("available: {}", some_of(few.into_iter())))
    } else {
        d
    }
}
