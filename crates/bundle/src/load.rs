//! From files to a [`Loaded`] bundle: read, choose the target, lay it over the rest, run the bundle's Python code.

use std::path::Path;
use std::sync::Arc;

use super::discover::{Found, discover};
use super::facts::ResolveStage;
use super::files::{self, Files};
use super::git::git_facts;
use super::layers::{self, Overlay};
use super::loaded::{Layer, Loaded, Sources};
use super::node::{Map, TreeEntry, TreeNode};
use super::python::{self, Interpreter, Runner};
use super::resolve::Resolver;
use super::settings::Mode;
use super::target_bundle::TargetBundle;
use super::{capture, merge::merge_key, scripts, unknown_keys, variables};
use piq_diagnostics::env::Env;
use piq_diagnostics::{Diagnostic, Diagnostics, Severity, closest};

/// What to load.
#[derive(Debug, Clone, Copy)]
pub struct LoadOptions<'a> {
    /// Folder from which the bundle is searched upwards.
    pub start: &'a Path,
    /// The target; the default one if none.
    pub target: Option<&'a str>,
    /// `NAME=VALUE` settings of variables.
    pub vars: &'a [String],
    /// The environment.
    pub env: &'a Env,
}

/// Loads a bundle for one target, and resolves what can be resolved offline.
///
/// # Errors
/// Everything that is wrong with it, each with its file and line.
pub fn load(options: &LoadOptions<'_>) -> Result<TargetBundle, Diagnostics> {
    read(options, false)?.offline()
}

/// Loads a bundle for one target to render it: resources of kinds that piq does not deploy are handed on, with a warning.
///
/// # Errors
/// As [`load`].
pub fn load_to_render(options: &LoadOptions<'_>) -> Result<TargetBundle, Diagnostics> {
    read(options, true)?.offline()
}

fn read(options: &LoadOptions<'_>, other_kinds: bool) -> Result<Loaded, Diagnostics> {
    let found = discover(options.start)?;
    let files = files::read(&found, options.env)?;
    Loader { found, files, errors: Vec::new() }.load(options, other_kinds)
}

/// Names of the targets of a bundle, and the one that a command takes: named by the options or the environment, or the
/// default.
///
/// # Errors
/// Everything that is wrong with the files themselves, an unknown target, two defaults.
pub fn targets(options: &LoadOptions<'_>) -> Result<(Vec<String>, Option<String>), Diagnostics> {
    let files = files::read(&discover(options.start)?, options.env)?;
    let names =
        files.root.get("targets").and_then(TreeNode::as_map).into_iter().flatten().map(|(k, _)| k.clone()).collect();
    match choose(&files.root, wanted(options)) {
        Ok((chosen, _)) => Ok((names, Some(chosen))),
        Err(Diagnostics(found)) if found.iter().all(|d| d.code == NO_TARGET) => Ok((names, None)),
        Err(found) => Err(found),
    }
}

/// The target that the options name, or else the environment.
fn wanted<'a>(options: &LoadOptions<'a>) -> Option<&'a str> {
    let by_variable = || ["DATABRICKS_BUNDLE_TARGET", "DATABRICKS_BUNDLE_ENV"].iter().find_map(|v| options.env.get(v));
    options.target.or_else(by_variable)
}

struct Loader {
    found: Found,
    files: Files,
    errors: Vec<Diagnostic>,
}

impl Loader {
    fn load(mut self, options: &LoadOptions<'_>, other_kinds: bool) -> Result<Loaded, Diagnostics> {
        let (target, mut over) = choose(&self.files.root, wanted(options))?;
        self.modes(&target);
        if let Some(include) = over.as_mut().and_then(|o| o.as_map_mut()?.shift_remove("include")) {
            let found = self.found.clone();
            self.files.include(&found, Some(&include.value), &mut self.errors);
        }
        self.stop_on_errors()?;
        let mut root = self.files.root.clone();
        root.as_map_mut().and_then(|m| m.shift_remove("targets"));
        let mode = over.as_ref().and_then(|o| o.str_at("mode")).and_then(Mode::read);
        let Overlay { mut base, over } = layers::overlay(root, over, &mut self.errors, &mut self.files.warnings);
        scripts::check(&mut base, &mut self.errors, &mut self.files.warnings);
        let (git, unread) = git_facts(&self.found.bundle_dir, options.env);
        self.files.warnings.extend(unread);
        let lookups = self.variables(&mut base, options, &target);
        let layers = layers::all(base, over, &target, mode, &git, &mut self.errors);
        self.stop_on_errors()?;
        let mut layers = self.python(layers, options.env)?;
        capture::full_paths(&mut layers, &mut self.files.warnings);
        capture::schemas_of_volumes(&mut layers);
        if let Some(id) = options.env.get("DATABRICKS_CLUSTER_ID") {
            self.cluster_of_environment(&mut layers, id, mode);
        }
        let Self { found, files, .. } = self;
        Ok(Loaded(Arc::new(Sources { found, files, layers, target, mode, lookups, git, other_kinds })))
    }

    /// A mode that is none is an error of its target alone: the others can be used.
    fn modes(&mut self, chosen: &str) {
        for (name, entry) in self.files.root.get("targets").and_then(TreeNode::as_map).into_iter().flatten() {
            match unknown_keys::mode_fault(&entry.value) {
                Some(fault) if name == chosen => self.errors.push(fault),
                Some(fault) => self.files.warnings.push(Diagnostic { severity: Severity::Warning, ..fault }),
                None => {}
            }
        }
    }

    fn stop_on_errors(&mut self) -> Result<(), Diagnostics> {
        if self.errors.is_empty() { Ok(()) } else { Err(Diagnostics(std::mem::take(&mut self.errors))) }
    }

    /// The cluster that the environment names for all tasks of a development target.
    fn cluster_of_environment(&mut self, layers: &mut Vec<Layer>, id: &str, mode: Option<Mode>) {
        if mode == Some(Mode::Development) {
            layers.push(Layer { root: layers::section("bundle", &[("cluster_id", Some(id))]), unsets: false });
        } else {
            let message =
                "the environment variable DATABRICKS_CLUSTER_ID is ignored: the target is not in `mode: development`";
            self.files.warnings.push(Diagnostic::warning("no-effect", message));
        }
    }

    /// Puts every variable's value into the tree as `variables.NAME.value`; gives those that are looked up.
    fn variables(&mut self, root: &mut TreeNode, options: &LoadOptions<'_>, target: &str) -> Vec<String> {
        let overrides = variables::overrides(&self.found.bundle_dir, target);
        self.files.sources.extend(overrides.clone());
        let given = variables::Given { vars: options.vars, env: options.env, overrides };
        let mut declared = root.get("variables").cloned().unwrap_or_else(|| TreeNode::map(root.place.clone()));
        let map = declared.as_map().cloned().unwrap_or_default();
        let values = variables::values(&map, &given, &mut self.errors);
        let mut lookups = Vec::new();
        for (name, entry) in declared.as_map_mut().into_iter().flatten() {
            match values.get(name) {
                Some(value) => entry.value.set("value", value.clone()),
                None => lookups.push(name.clone()),
            }
        }
        root.set("variables", declared);
        lookups
    }

    /// Runs the bundle's Python code: what it makes is added, and what it changes is changed.
    fn python(&mut self, mut layers: Vec<Layer>, env: &Env) -> Result<Vec<Layer>, Diagnostics> {
        let named = |layer: &Layer| layer.root.get("python").or(layer.root.get("experimental.python")).is_some();
        if !layers.iter().any(named) {
            return Ok(layers);
        }
        let tree = self.before_python(&layers);
        let section = python::section(&tree, &mut self.errors);
        self.stop_on_errors()?;
        let Some(section) = section else { return Ok(layers) };
        let Found { bundle_dir, project_dir, .. } = self.found.clone();
        let interpreter = Interpreter { bundle_dir: &bundle_dir, project_dir: &project_dir, env };
        let mut warnings = Vec::new();
        let mut runner = Runner { section: &section, interpreter, warnings: &mut warnings };
        let made = runner.made(&tree)?;
        let place = made.place.clone();
        merge_key(&mut layers[layers::BASE].root, "resources", TreeEntry { key: place, value: made });
        let tree = self.before_python(&layers);
        self.stop_on_errors()?;
        if let Some(resources) = runner.mutated(&tree)? {
            // they hold what the target says
            for layer in &mut layers {
                layer.root.as_map_mut().and_then(|m| m.shift_remove("resources"));
            }
            layers[layers::BASE].root.set("resources", resources);
        }
        self.files.warnings.append(&mut warnings);
        Ok(layers)
    }

    fn before_python(&mut self, layers: &[Layer]) -> TreeNode {
        let mut resolver = Resolver::new(layers, ResolveStage::Python);
        let tree = resolver.tree(&self.files.root.place);
        self.errors.append(&mut resolver.errors);
        tree
    }
}

/// The fault of a bundle whose target is still to be named.
const NO_TARGET: &str = "no-target";

/// The target to load and its section.
fn choose(root: &TreeNode, wanted: Option<&str>) -> Result<(String, Option<TreeNode>), Diagnostics> {
    let empty = Map::new();
    let targets = root.get("targets").and_then(TreeNode::as_map).unwrap_or(&empty);
    let names = || targets.keys().map(String::as_str);
    let list = names().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    if let Some(wanted) = wanted {
        return match targets.get(wanted) {
            Some(entry) => Ok((wanted.to_owned(), Some(entry.value.clone()))),
            None if targets.is_empty() && wanted == "default" => Ok((wanted.to_owned(), None)),
            None => {
                let d = Diagnostic::error("unknown-target", format!("unknown target `{wanted}`"))
                    .at(root.entry("targets").map_or_else(|| root.place.clone(), |e| e.key.clone()));
                Err(match closest(wanted, names()) {
                    Some(name) => d.hint(format!("did you mean `{name}`?")),
                    None => d.hint(format!("available: {list}")),
                }
                .into())
            }
        };
    }
    let defaults: Vec<_> =
        targets.iter().filter(|(_, e)| e.value.get("default").and_then(TreeNode::as_bool) == Some(true)).collect();
    match (defaults.as_slice(), targets.len()) {
        ([(name, entry)], _) => Ok(((*name).clone(), Some(entry.value.clone()))),
        ([(_, a), (_, b), ..], _) => Err(Diagnostic::error("two-defaults", "two targets have `default: true`")
            .label(b.key.clone(), "default again")
            .label(a.key.clone(), "first default")
            .into()),
        ([], 0) => Ok(("default".to_owned(), None)),
        ([], 1) => targets.first().map(|(n, e)| (n.clone(), Some(e.value.clone()))).ok_or_else(Diagnostics::default),
        ([], _) => Err(Diagnostic::error(NO_TARGET, "`-t` is missing, and no target has `default: true`")
            .at(root.entry("targets").map_or_else(|| root.place.clone(), |e| e.key.clone()))
            .hint(format!("pass `-t` with one of {list}"))
            .into()),
    }
}
