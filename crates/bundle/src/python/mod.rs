//! `python`: functions that make resources and functions that change them. The package `databricks-bundles`, which the
//! bundle's author installs, runs them as a process of its own; this is the other side of its protocol (`build.py` of
//! that package, `bundle/config/mutator/python` of databricks/cli).

mod findings;
mod interpreter;
mod overlay;
mod places;
mod process;
mod section;

pub(super) use section::{Section, section};

use std::path::Path;

use super::files::DefinedKeys;
use super::node::{Map, TreeEntry, TreeNode, TreeValue};
use super::schema::{of_resource, typed};
use overlay::{overlay, same};
use piq_diagnostics::{Diagnostic, Diagnostics, Severity, Span};
use places::Places;
use process::{Phase, PythonOutput, run};

pub(super) use interpreter::Interpreter;

/// What the functions are run with.
pub(super) struct Runner<'a> {
    /// The section.
    pub section: &'a Section,
    /// Folders and environment.
    pub interpreter: Interpreter<'a>,
    /// What does not stop the load.
    pub warnings: &'a mut Vec<Diagnostic>,
}

impl Runner<'_> {
    /// The resources that the functions under `resources` make, as `resources` of a bundle. `tree` is the bundle with
    /// its values filled in.
    ///
    /// # Errors
    /// What the functions report, a key that the bundle has already, an interpreter or a package that is not there.
    pub(crate) fn made(&mut self, tree: &TreeNode) -> Result<TreeNode, Diagnostics> {
        let mut made = TreeNode::map(self.section.place.clone());
        if self.section.resources.is_empty() {
            return Ok(made);
        }
        let input = self.input(tree);
        let (output, places) = self.run(Phase::LoadResources, &input, tree)?;
        for (kind, key, value) in entries(&output) {
            let path = format!("resources.{kind}.{key}");
            let before = input.get("resources").and_then(|r| Some(&r.entry(kind)?.value.entry(key)?.value));
            // what was there already comes back as it was
            if before.is_some_and(|b| same(b, &places.node(value, &path)) && !places.has(&path)) {
                continue;
            }
            put(&mut made, kind, key, places.node(value, &path));
        }
        let wrapped = Map::from([("resources".to_owned(), TreeEntry { key: made.place.clone(), value: made.clone() })]);
        let mut defined = DefinedKeys::default();
        defined.add(tree);
        let errors = defined.add(&TreeNode::new(TreeValue::Map(wrapped), made.place.clone()));
        if errors.is_empty() { Ok(made) } else { Err(Diagnostics(errors)) }
    }

    /// `resources` as the functions under `mutators` leave them. What they do not change keeps its place.
    ///
    /// # Errors
    /// What the functions report.
    pub(crate) fn mutated(&mut self, tree: &TreeNode) -> Result<Option<TreeNode>, Diagnostics> {
        if self.section.mutators.is_empty() {
            return Ok(None);
        }
        let input = self.input(tree);
        let (output, places) = self.run(Phase::ApplyMutators, &input, tree)?;
        let Some(mut resources) = input.get("resources").cloned() else { return Ok(None) };
        for (kind, key, value) in entries(&output) {
            let path = format!("resources.{kind}.{key}");
            let Some(before) = resources.entry(kind).and_then(|e| e.value.entry(key)).cloned() else { continue };
            let after = overlay(&before.value, places.node(value, &path));
            if let Some(slot) = resources.as_map_mut().and_then(|m| m.get_mut(kind)?.value.as_map_mut()?.get_mut(key)) {
                slot.value = after;
            }
        }
        Ok(Some(resources))
    }

    fn run(
        &mut self,
        phase: Phase,
        input: &TreeNode,
        tree: &TreeNode,
    ) -> Result<(serde_json::Value, Places), Diagnostics> {
        let PythonOutput { output, findings, places } = run(&self.interpreter, self.section, phase, &input.to_json())?;
        let mut places = Places::new(&self.interpreter, self.section.fallback.clone(), &places);
        let mut errors = Vec::new();
        for finding in &findings {
            let found = finding.diagnostic(&mut places, tree, &self.section.place);
            if found.severity == Severity::Error {
                errors.push(found);
            } else {
                self.warnings.push(found);
            }
        }
        self.warnings.append(&mut places.unreadable);
        match output {
            Some(output) if errors.is_empty() => Ok((output, places)),
            _ => Err(Diagnostics(errors)),
        }
    }

    /// The bundle as the package reads it: resources in their types, variables that only the workspace knows as
    /// references to themselves. Older versions of the package read the section under `experimental`.
    fn input(&self, tree: &TreeNode) -> TreeNode {
        let mut input = tree.clone();
        for (kind, entry) in section_mut(&mut input, "resources") {
            let Some(shape) = of_resource(kind) else { continue };
            for (_, resource) in entry.value.as_map_mut().into_iter().flatten() {
                // what does not fit is reported when all of it is checked
                resource.value = typed(&resource.value, shape, "", &resource.key, &mut Vec::new());
            }
        }
        for (name, entry) in section_mut(&mut input, "variables") {
            if entry.value.as_map().is_some() && entry.value.get("value").is_none() {
                entry.value.set("value", TreeNode::string(format!("${{var.{name}}}"), entry.key.clone()));
            }
        }
        let place = self.section.place.clone();
        let mut experimental = input.get("experimental").cloned().unwrap_or_else(|| TreeNode::map(place));
        experimental.set("python", self.section.node.clone());
        input.set("experimental", experimental);
        input.set("python", self.section.node.clone());
        input
    }
}

/// The entries of a section.
fn section_mut<'a>(root: &'a mut TreeNode, name: &str) -> impl Iterator<Item = (&'a String, &'a mut TreeEntry)> {
    let section = root.as_map_mut().and_then(|map| map.get_mut(name));
    section.and_then(|entry| entry.value.as_map_mut()).into_iter().flatten()
}

/// Kind, key and value of every resource of an answer.
fn entries(output: &serde_json::Value) -> impl Iterator<Item = (&str, &str, &serde_json::Value)> {
    let kinds = output["resources"].as_object().into_iter().flatten();
    kinds.flat_map(|(kind, all)| {
        all.as_object().into_iter().flatten().map(move |(key, value)| (kind.as_str(), key.as_str(), value))
    })
}

/// Puts a resource into `resources`, its keys at its own place.
fn put(resources: &mut TreeNode, kind: &str, key: &str, value: TreeNode) {
    let Some(kinds) = resources.as_map_mut() else { return };
    let place = value.place.clone();
    let slot =
        kinds.entry(kind.to_owned()).or_insert_with(|| TreeEntry { key: place.clone(), value: TreeNode::map(place) });
    slot.value.set(key, value);
}

/// Whether a place is in a Python file: then Python code made the value.
pub(super) fn made_it(place: &Span) -> bool {
    Path::new(&place.source.path).extension().is_some_and(|e| e == "py")
}
