//! From files to a [`Project`]: read, choose the target, merge, resolve, check.

use std::path::Path;

use indexmap::IndexMap;

use super::bundle::{Lookup, Project, Resource, ResourceKind, folder_of};
use super::discover::{Found, discover};
use super::files::{self, Files};
use super::git::{GitFacts, git_facts};
use super::known;
use super::merge::{merge, merge_key};
use super::node::{Entry, Map, Node};
use super::python::{Interpreter, Runner};
use super::resolve::{Late, Resolver};
use super::settings::{Mode, Presets, Sync, WorkspaceSettings};
use super::{foreign, jobs, late, python, resources, scripts, variables};
use piq_diagnostics::env::Env;
use piq_diagnostics::{Diagnostic, Diagnostics, Place, Source, closest};

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

/// Loads a bundle for one target.
///
/// # Errors
/// Everything that is wrong with it, each with its place.
pub fn load(options: &LoadOptions<'_>) -> Result<Project, Diagnostics> {
    with(options, false)
}

/// Loads a bundle for one target to render it: resources of kinds that piq does not deploy are handed on, with a warning.
///
/// # Errors
/// As [`load`].
pub fn load_to_render(options: &LoadOptions<'_>) -> Result<Project, Diagnostics> {
    with(options, true)
}

fn with(options: &LoadOptions<'_>, other_kinds: bool) -> Result<Project, Diagnostics> {
    let found = discover(options.start)?;
    let files = files::read(&found)?;
    Loader { found, files, other_kinds, errors: Vec::new() }.load(options)
}

/// Names of the targets of a bundle, and the one taken when none is named.
///
/// # Errors
/// Everything that is wrong with the files themselves.
pub fn targets(start: &Path) -> Result<(Vec<String>, Option<String>), Diagnostics> {
    let files = files::read(&discover(start)?)?;
    let names =
        files.root.get("targets").and_then(Node::as_map).into_iter().flatten().map(|(k, _)| k.clone()).collect();
    Ok((names, choose(&files.root, None).ok().map(|(name, _)| name)))
}

struct Loader {
    found: Found,
    files: Files,
    /// Whether kinds of resources that piq does not deploy may pass.
    other_kinds: bool,
    errors: Vec<Diagnostic>,
}

impl Loader {
    fn load(mut self, options: &LoadOptions<'_>) -> Result<Project, Diagnostics> {
        let by_variable = ["DATABRICKS_BUNDLE_TARGET", "DATABRICKS_BUNDLE_ENV"].iter().find_map(|v| options.env.get(v));
        let (target, mut over) = choose(&self.files.root, options.target.or(by_variable))?;
        if let Some(include) = over.as_mut().and_then(|o| o.as_map_mut()?.shift_remove("include")) {
            let found = self.found.clone();
            self.files.include(&found, Some(&include.value), &mut self.errors);
        }
        self.stop_on_errors()?;
        let mut root = self.files.root.clone();
        root.as_map_mut().and_then(|m| m.shift_remove("targets"));
        let mut mode = None;
        if let Some(over) = over {
            mode = over.str_at("mode").and_then(Mode::read);
            root = self.lay_target(root, over);
        }
        foreign::check(&root, &mut self.errors, &mut self.files.warnings);
        scripts::check(&mut root, &mut self.errors, &mut self.files.warnings);
        let git = git_facts(&self.found.bundle_dir, options.env);
        let branch_is_written = root.get("bundle.git.branch").is_some_and(|b| !b.is_null());
        self.builtin(&mut root, &target, mode, &git);
        let lookups = self.variables(&mut root, options, &target);
        self.stop_on_errors()?;
        self.python(&mut root, mode, options.env)?;
        let resolved = self.resolve(&root, &late::rule(prefixed(&root, mode)));
        self.stop_on_errors()?;
        let mut project = self.finish(&resolved, target, mode, lookups)?;
        project.git_branch = project.git_branch.filter(|_| branch_is_written);
        project.git = git;
        Ok(project)
    }

    fn stop_on_errors(&mut self) -> Result<(), Diagnostics> {
        if self.errors.is_empty() { Ok(()) } else { Err(Diagnostics(std::mem::take(&mut self.errors))) }
    }

    /// Lays the target's sections on the bundle's.
    fn lay_target(&mut self, mut root: Node, mut over: Node) -> Node {
        let Some(map) = over.as_map_mut() else { return root };
        for own in ["default", "mode"] {
            map.shift_remove(own);
        }
        let clusters: Vec<_> =
            ["compute_id", "cluster_id"].into_iter().filter_map(|own| map.shift_remove(own)).collect();
        let run_as = map.shift_remove("run_as");
        let variables = map.shift_remove("variables");
        let git = map.shift_remove("git");
        root = merge(root, over);
        if let Some(run_as) = run_as.filter(|e| !e.value.is_null()) {
            root.set("run_as", run_as.value);
        }
        for Entry { key, value } in clusters {
            let place = value.place.clone();
            let wrapped = Node::new(
                super::Value::Map(Map::from([("cluster_id".to_owned(), Entry { key: key.clone(), value })])),
                place,
            );
            merge_key(&mut root, "bundle", Entry { key, value: wrapped });
        }
        if let Some(git) = git {
            let wrapped = Node::new(super::Value::Map(Map::from([("git".to_owned(), git.clone())])), git.value.place);
            merge_key(&mut root, "bundle", Entry { key: git.key, value: wrapped });
        }
        if let Some(over) = variables.as_ref().and_then(|e| e.value.as_map()) {
            let mut declared = root.get("variables").and_then(Node::as_map).cloned().unwrap_or_default();
            variables::lay_target(&mut declared, over, &mut self.errors);
            let place = root.get("variables").map_or_else(|| root.place.clone(), |n| n.place.clone());
            root.set("variables", Node::new(super::Value::Map(declared), place));
        }
        root
    }

    /// Adds what every bundle has without writing it.
    fn builtin(&mut self, root: &mut Node, target: &str, mode: Option<Mode>, git: &GitFacts) {
        let text = |s: &str| {
            let source = Source::new("(default)", s);
            Node::string(s, Place::new(&source, 0..s.len()))
        };
        match root.get("bundle.name") {
            Some(name) if name.as_str().is_some_and(|n| !n.is_empty()) => {}
            other => {
                let place = other.map(|n| &n.place).or(root.entry("bundle").map(|e| &e.key)).unwrap_or(&root.place);
                self.errors.push(
                    Diagnostic::error("missing-name", "the bundle has no name")
                        .at(place.clone())
                        .hint("add `bundle: {name: my_bundle}` to the root file"),
                );
            }
        }
        let mut bundle = vec![("target", target), ("environment", target)];
        bundle.extend(mode.map(|m| ("mode", m.as_str())));
        let mut section = root.get("bundle").cloned().unwrap_or_else(|| Node::map(root.place.clone()));
        for (key, value) in bundle {
            section.set(key, text(value));
        }
        let mut facts = section.get("git").cloned().unwrap_or_else(|| Node::map(root.place.clone()));
        for (key, value) in [("branch", &git.branch), ("commit", &git.commit), ("origin_url", &git.origin_url)] {
            if let Some(value) = value.as_deref().filter(|_| facts.get(key).is_none_or(Node::is_null)) {
                facts.set(key, text(value));
            }
        }
        section.set("git", facts);
        root.set("bundle", section);
        let mut workspace = root.get("workspace").cloned().unwrap_or_else(|| Node::map(root.place.clone()));
        for (key, default) in [
            (
                "root_path",
                "/Workspace/Users/${workspace.current_user.userName}/.bundle/${bundle.name}/${bundle.target}",
            ),
            ("file_path", "${workspace.root_path}/files"),
            ("state_path", "${workspace.root_path}/state"),
            ("resource_path", "${workspace.root_path}/resources"),
            ("artifact_path", "${workspace.root_path}/artifacts"),
        ] {
            match workspace.str_at(key).filter(|s| !s.is_empty()) {
                None => workspace.set(key, text(default)),
                Some(written) => {
                    if let Some(path) = expand(written)
                        && let Some(place) = workspace.get(key).map(|n| n.place.clone())
                    {
                        workspace.set(key, Node::string(path, place));
                    }
                }
            }
        }
        root.set("workspace", workspace);
    }

    /// Puts every variable's value into the tree as `variables.NAME.value`; gives those that are looked up.
    fn variables(&mut self, root: &mut Node, options: &LoadOptions<'_>, target: &str) -> Vec<String> {
        let overrides = variables::overrides(&self.found.bundle_dir, target);
        self.files.sources.extend(overrides.clone());
        let given = variables::Given { vars: options.vars, env: options.env, overrides };
        let mut declared = root.get("variables").cloned().unwrap_or_else(|| Node::map(root.place.clone()));
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
    fn python(&mut self, root: &mut Node, mode: Option<Mode>, env: &Env) -> Result<(), Diagnostics> {
        if root.get("python").is_none() && root.get("experimental.python").is_none() {
            return Ok(());
        }
        let rule = late::before_python(prefixed(root, mode));
        let tree = self.resolve(root, &rule);
        let section = python::section(&tree, &mut self.errors);
        self.stop_on_errors()?;
        let Some(section) = section else { return Ok(()) };
        let Found { bundle_dir, project_dir, .. } = self.found.clone();
        let interpreter = Interpreter { bundle_dir: &bundle_dir, project_dir: &project_dir, env };
        let mut warnings = Vec::new();
        let mut runner = Runner { section: &section, interpreter, warnings: &mut warnings };
        let made = runner.made(&tree)?;
        let place = made.place.clone();
        merge_key(root, "resources", Entry { key: place, value: made });
        let tree = self.resolve(root, &rule);
        self.stop_on_errors()?;
        if let Some(resources) = runner.mutated(&tree)? {
            root.set("resources", resources);
        }
        self.files.warnings.append(&mut warnings);
        Ok(())
    }

    fn resolve(&mut self, root: &Node, late: &Late<'_>) -> Node {
        let mut resolver = Resolver::new(root, late);
        let mut resolved = Node::map(root.place.clone());
        for section in [
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
        ] {
            if let Some(node) = root.get(section) {
                resolved.set(section, resolver.node(node));
            }
        }
        self.errors.append(&mut resolver.errors);
        resolved
    }

    fn finish(
        mut self,
        root: &Node,
        target: String,
        mode: Option<Mode>,
        lookups: Vec<String>,
    ) -> Result<Project, Diagnostics> {
        let root = &resources::sections(root, &mut self.errors, &mut self.files.warnings);
        let section = |name: &str| root.get(name).cloned().unwrap_or_else(|| Node::map(root.place.clone()));
        let present = |name: &str| root.get(name).filter(|n| !n.is_null()).cloned();
        let mut values = IndexMap::new();
        let mut pending = Vec::new();
        for (name, entry) in section("variables").as_map().into_iter().flatten() {
            if let Some(value) = entry.value.get("value") {
                values.insert(name.clone(), value.clone());
            } else if lookups.contains(name)
                && let Some((kind, what)) = entry.value.get("lookup").and_then(Node::as_map).and_then(|m| m.first())
                && known::has("Lookup", kind)
            {
                pending.push(Lookup { variable: name.clone(), kind: kind.clone(), name: what.value.clone() });
            }
        }
        let mut all = Vec::new();
        let mut others = IndexMap::new();
        for (kind, entries) in section("resources").as_map().into_iter().flatten() {
            let Some(kind) = ResourceKind::read(kind) else {
                if entries.value.as_map().is_none_or(|m| !m.is_empty()) {
                    resources::other_kind(
                        kind,
                        &entries.key,
                        self.other_kinds,
                        &mut self.errors,
                        &mut self.files.warnings,
                    );
                    others.insert(kind.clone(), entries.value.clone());
                }
                continue;
            };
            for (key, entry) in entries.value.as_map().into_iter().flatten() {
                if !matches!(entry.value.value, super::Value::Map(_)) {
                    let message = format!("`{}.{key}` is {}, not a map", kind.as_str(), entry.value.form());
                    self.errors.push(Diagnostic::error("wrong-type", message).at(entry.key.clone()));
                    continue;
                }
                let defined_in = folder_of(&entry.key, &self.found.project_dir, &self.found.bundle_dir);
                let (spec, place) = (entry.value.clone(), entry.key.clone());
                all.push(Resource { kind, key: key.clone(), spec, place, defined_in });
            }
        }
        resources::check(&mut all, &mut self.errors, &mut self.files.warnings);
        jobs::check(&all, &mut self.errors);
        scripts::same_names(root, &mut self.errors);
        self.stop_on_errors()?;
        Ok(Project {
            bundle_dir: self.found.bundle_dir,
            project_dir: self.found.project_dir,
            name: root.str_at("bundle.name").unwrap_or_default().to_owned(),
            target,
            mode,
            variables: values,
            lookups: pending,
            workspace: WorkspaceSettings::read(&section("workspace")),
            resources: all,
            other_resources: others,
            presets: Presets {
                skip_schema_prefix: root
                    .get("experimental.skip_name_prefix_for_schema")
                    .and_then(Node::as_bool)
                    .unwrap_or(false),
                ..Presets::read(&section("presets"))
            },
            artifacts: present("artifacts"),
            hooks: scripts::hooks(root),
            scripts: scripts::named(root),
            run_as: present("run_as"),
            permissions: present("permissions"),
            sync: Sync::read(&section("sync")),
            git_branch: root.str_at("bundle.git.branch").filter(|b| !b.is_empty()).map(str::to_owned),
            git: GitFacts::default(),
            cluster_id: ["cluster_id", "compute_id"]
                .iter()
                .find_map(|key| root.str_at(&format!("bundle.{key}")))
                .filter(|c| !c.is_empty())
                .map(str::to_owned),
            fail_on_active_runs: root.get("bundle.deployment.fail_on_active_runs").and_then(Node::as_bool)
                == Some(true),
            warnings: self.files.warnings,
            sources: self.files.sources,
        })
    }
}

/// Whether the target puts something before the names of resources.
fn prefixed(root: &Node, mode: Option<Mode>) -> bool {
    mode == Some(Mode::Development) || root.get("presets.name_prefix").is_some()
}

/// `~/x` is below the user's folder, and folders of users stand below `/Workspace`.
fn expand(path: &str) -> Option<String> {
    if let Some(rest) = path.strip_prefix('~').filter(|r| r.is_empty() || r.starts_with('/')) {
        return Some(format!("/Workspace/Users/${{workspace.current_user.userName}}{rest}"));
    }
    (path.starts_with("/Users/") || path.starts_with("/Shared/")).then(|| format!("/Workspace{path}"))
}

/// The target to load and its section.
fn choose(root: &Node, wanted: Option<&str>) -> Result<(String, Option<Node>), Diagnostics> {
    let empty = Map::new();
    let targets = root.get("targets").and_then(Node::as_map).unwrap_or(&empty);
    let names = || targets.keys().map(String::as_str);
    let list = names().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    if let Some(wanted) = wanted {
        return match targets.get(wanted) {
            Some(entry) => Ok((wanted.to_owned(), Some(entry.value.clone()))),
            None if targets.is_empty() && wanted == "default" => Ok((wanted.to_owned(), None)),
            None => {
                let d = Diagnostic::error("unknown-target", format!("no target is named `{wanted}`"))
                    .at(root.entry("targets").map_or_else(|| root.place.clone(), |e| e.key.clone()));
                Err(match closest(wanted, names()) {
                    Some(name) => d.hint(format!("did you mean `{name}`?")),
                    None => d.hint(format!("there is {list}")),
                }
                .into())
            }
        };
    }
    let defaults: Vec<_> =
        targets.iter().filter(|(_, e)| e.value.get("default").and_then(Node::as_bool) == Some(true)).collect();
    match (defaults.as_slice(), targets.len()) {
        ([(name, entry)], _) => Ok(((*name).clone(), Some(entry.value.clone()))),
        ([(_, a), (_, b), ..], _) => Err(Diagnostic::error("two-defaults", "two targets are the default")
            .label(b.key.clone(), "default again")
            .label(a.key.clone(), "first default")
            .into()),
        ([], 0) => Ok(("default".to_owned(), None)),
        ([], 1) => targets.first().map(|(n, e)| (n.clone(), Some(e.value.clone()))).ok_or_else(Diagnostics::default),
        ([], _) => Err(Diagnostic::error("no-target", "no target is named and none has `default: true`")
            .at(root.entry("targets").map_or_else(|| root.place.clone(), |e| e.key.clone()))
            .hint(format!("pass `-t` with one of {list}"))
            .into()),
    }
}
