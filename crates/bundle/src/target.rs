//! From a loaded bundle to its project: every section filled in once, as a tree, then taken apart and checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::facts::{ResolveStage, TargetFacts};
use super::loaded::{Layer, Loaded, Sources};
use super::mode;
use super::node::{TreeNode, TreeValue};
use super::prefix::Prefix;
use super::resolve::{Resolver, SECTIONS};
use super::resource::{Lookup, Need, Resource, ResourceKind};
use super::settings::{Mode, Presets, Sync, WorkspaceSettings};
use super::target_bundle::{TargetBundle, folder_of};
use super::{graph, guards, jobs, layers, other_sections, resources, scripts, unknown_keys};
use piq_diagnostics::{Diagnostic, Diagnostics};

impl Loaded {
    /// The bundle without mode and presets, with references to what only the workspace knows left in place.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its file and line.
    pub fn offline(&self) -> Result<TargetBundle, Diagnostics> {
        project(self, ResolveStage::Bundle)
    }

    /// The same with another cluster for all tasks that want one.
    #[must_use]
    pub fn on_cluster(&self, id: &str) -> Self {
        let mut sources = (*self.0).clone();
        sources.layers.push(Layer { root: layers::section("bundle", &[("cluster_id", Some(id))]), unsets: false });
        Self(Arc::new(sources))
    }

    /// The bundle as its target deploys it: all that is known filled in, then mode and presets, then checks.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its file and line.
    pub fn for_target(&self, facts: &TargetFacts) -> Result<TargetBundle, Diagnostics> {
        project(self, ResolveStage::Target(facts))
    }
}

/// Fills in and checks one target.
///
/// # Errors
/// Everything that is wrong, each with its file and line.
fn project(loaded: &Loaded, stage: ResolveStage<'_>) -> Result<TargetBundle, Diagnostics> {
    let sources = &*loaded.0;
    let mut resolver = Resolver::new(&sources.layers, stage);
    let mut root = TreeNode::map(sources.files.root.place.clone());
    let presets = presets(&mut resolver, &mut root, sources.mode, stage);
    for section in SECTIONS.into_iter().filter(|s| !["presets", "experimental"].contains(s)) {
        if let Some(node) = resolver.section(section) {
            root.set(section, node);
        }
    }
    let mut build = Build {
        sources,
        stage,
        errors: std::mem::take(&mut resolver.errors),
        warnings: sources.files.warnings.clone(),
    };
    build.warnings.append(&mut resolver.warnings);
    build.stop_on_errors()?;
    let user_name = resolver.user_name();
    let needs = std::mem::take(&mut resolver.needs);
    build.project(loaded, &root, presets, needs, &user_name)
}

fn without_resources(root: &TreeNode) -> TreeNode {
    let sections = root.as_map().into_iter().flatten().filter(|(name, _)| *name != "resources");
    TreeNode::new(TreeValue::Map(sections.map(|(k, e)| (k.clone(), e.clone())).collect()), root.place.clone())
}

/// The presets of the target, which the names of resources depend on.
fn presets(resolver: &mut Resolver<'_>, root: &mut TreeNode, mode: Option<Mode>, stage: ResolveStage<'_>) -> Presets {
    for section in ["presets", "experimental"] {
        if let Some(node) = resolver.section(section) {
            root.set(section, node);
        }
    }
    let written = root.get("presets").map(|node| Presets::read(&resources::section(node, "presets", "Presets")));
    let skip = root.get("experimental.skip_name_prefix_for_schema").and_then(TreeNode::as_bool);
    let mut presets = Presets { skip_schema_prefix: skip == Some(true), ..written.unwrap_or_default() };
    let mut applied = presets.clone();
    if let ResolveStage::Target(facts) = stage {
        mode::presets(&mut presets, mode, &facts.user_field("short_name").unwrap_or_default());
        applied = presets.clone();
    } else {
        mode::presets(&mut applied, mode, "");
    }
    resolver.prefix = Prefix::of(&applied);
    presets
}

struct Build<'a> {
    sources: &'a Sources,
    stage: ResolveStage<'a>,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl Build<'_> {
    fn stop_on_errors(&mut self) -> Result<(), Diagnostics> {
        if self.errors.is_empty() { Ok(()) } else { Err(Diagnostics(std::mem::take(&mut self.errors))) }
    }

    fn project(
        mut self,
        loaded: &Loaded,
        root: &TreeNode,
        presets: Presets,
        needs: BTreeMap<String, Vec<Need>>,
        user_name: &str,
    ) -> Result<TargetBundle, Diagnostics> {
        other_sections::as_written(&self.sources.layers, &mut self.warnings);
        other_sections::check(root, &mut self.errors, &mut self.warnings);
        mode::check(root, self.sources.mode, &mut self.errors, &mut self.warnings);
        let root = &resources::sections(root, &mut self.errors, &mut self.warnings);
        let section = |name: &str| root.get(name).cloned().unwrap_or_else(|| TreeNode::map(root.place.clone()));
        let present = |name: &str| root.get(name).filter(|n| !n.is_null()).cloned();
        let (variables, lookups) = self.variables(&section("variables"));
        let (mut all, other_resources) = self.resources(&section("resources"), needs);
        resources::check(&mut all, root.get("permissions"), &mut self.errors, &mut self.warnings);
        let cluster_id = ["cluster_id", "compute_id"]
            .iter()
            .find_map(|key| root.str_at(&format!("bundle.{key}")))
            .filter(|c| !c.is_empty())
            .map(str::to_owned);
        if let ResolveStage::Target(_) = self.stage {
            all.iter_mut().for_each(|r| mode::apply(r, &presets, cluster_id.as_deref()));
        }
        resources::same_keys(&all, &mut self.warnings);
        resources::same_names(&all, &mut self.errors, &mut self.warnings);
        jobs::check(&all, &mut self.errors, &mut self.warnings);
        graph::check(&mut all, &mut self.errors);
        scripts::same_names(root, &mut self.errors);
        guards::check(&variables, &mut self.errors);
        self.stop_on_errors()?;
        resources::distinct(&mut self.warnings);
        let branch = self.sources.layers.iter().filter_map(|l| l.root.get("bundle.git.branch"));
        let branch_is_written = branch.filter(|b| !b.is_null() && b.place.source.path != "(default)").count() > 0;
        let found = &self.sources.found;
        Ok(TargetBundle {
            loaded: loaded.clone(),
            bundle_dir: found.bundle_dir.clone(),
            project_dir: found.project_dir.clone(),
            name: root.str_at("bundle.name").unwrap_or_default().to_owned(),
            target: self.sources.target.clone(),
            mode: self.sources.mode,
            variables,
            lookups,
            sections: without_resources(root),
            workspace: WorkspaceSettings::read(&section("workspace"), user_name),
            resources: all,
            other_resources,
            presets,
            artifacts: present("artifacts"),
            hooks: scripts::hooks(root),
            scripts: scripts::named(root),
            run_as: present("run_as"),
            permissions: present("permissions"),
            sync: Sync::read(&section("sync")),
            git_branch: root
                .str_at("bundle.git.branch")
                .filter(|b| branch_is_written && !b.is_empty())
                .map(str::to_owned),
            git: self.sources.git.clone(),
            cluster_id,
            fail_on_active_runs: root.get("bundle.deployment.fail_on_active_runs").and_then(TreeNode::as_bool)
                == Some(true),
            warnings: self.warnings,
            sources: self.sources.files.sources.clone(),
        })
    }

    /// Values of variables, and those that are still to be looked up.
    fn variables(&self, declared: &TreeNode) -> (IndexMap<String, TreeNode>, Vec<Lookup>) {
        let mut values = IndexMap::new();
        let mut pending = Vec::new();
        for (name, entry) in declared.as_map().into_iter().flatten() {
            if let Some(value) = entry.value.get("value") {
                values.insert(name.clone(), value.clone());
            } else if self.sources.lookups.contains(name)
                && let Some((kind, what)) = entry.value.get("lookup").and_then(TreeNode::as_map).and_then(|m| m.first())
                && unknown_keys::has("Lookup", kind)
            {
                match self.stage {
                    ResolveStage::Target(facts) if facts.lookups.contains_key(name) => {
                        values.insert(name.clone(), TreeNode::string(&facts.lookups[name], what.value.place.clone()));
                    }
                    _ => {
                        pending.push(Lookup { variable: name.clone(), kind: kind.clone(), name: what.value.clone() });
                    }
                }
            }
        }
        (values, pending)
    }

    /// Resources that piq deploys, and the others by their kinds.
    fn resources(
        &mut self,
        section: &TreeNode,
        mut needs: BTreeMap<String, Vec<Need>>,
    ) -> (Vec<Resource>, IndexMap<String, TreeNode>) {
        let mut all = Vec::new();
        let mut others = IndexMap::new();
        for (kind, entries) in section.as_map().into_iter().flatten() {
            let Some(kind) = ResourceKind::read(kind) else {
                // an empty section of a known kind has no resources
                if !unknown_keys::OTHER_KINDS.contains(&kind.as_str())
                    || entries.value.as_map().is_none_or(|m| !m.is_empty())
                {
                    let handed_on = self.sources.other_kinds;
                    resources::other_kind(kind, &entries.key, handed_on, &mut self.errors, &mut self.warnings);
                    others.insert(kind.clone(), entries.value.clone());
                }
                continue;
            };
            for (key, entry) in entries.value.as_map().into_iter().flatten() {
                if key.contains("${") {
                    let message = format!("the key `{key}` of a resource holds a reference");
                    let d = Diagnostic::error("reference-in-key", message).at(entry.key.clone());
                    self.errors.push(d.hint("write the key out; the resource's name may hold references"));
                    continue;
                }
                if !matches!(entry.value.value, TreeValue::Map(_)) {
                    let message = format!("expected a map for `{}.{key}`, found {}", kind.as_str(), entry.value.form());
                    self.errors.push(Diagnostic::error("wrong-type", message).at(entry.key.clone()));
                    continue;
                }
                let defined_in = folder_of(&entry.key, &self.sources.found.project_dir, &self.sources.found.bundle_dir);
                let needs = needs.remove(&format!("{}.{key}", kind.as_str())).unwrap_or_default();
                let (spec, place) = (entry.value.clone(), entry.key.clone());
                all.push(Resource { kind, key: key.clone(), spec, place, defined_in, needs });
            }
        }
        (all, others)
    }
}
