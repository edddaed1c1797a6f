//! Commands of the bundle's author: `experimental.scripts`, which run around the steps of a command, and `scripts`,
//! which are run by their names. What runs when is the official CLI's (`bundle/scripts`, `bundle/phases` and
//! `bundle/config/validate/scripts.go` of databricks/cli).

use std::path::{Path, PathBuf};

use super::discover::discover;
use super::files::keys;
use super::include::slashes;
use super::node::{TreeEntry, TreeNode};
use super::reference::{ROOTS, references};
use super::schema::{typed, unknown_fields};
use super::yaml::parse;
use piq_diagnostics::{Diagnostic, Severity, Source, Span, closest};

/// When a script runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    /// Before the files that the root file includes are read.
    PreInit,
    /// Once the bundle is read, and it is known who deploys.
    PostInit,
    /// Before artifacts are built.
    PreBuild,
    /// After that.
    PostBuild,
    /// Before a deploy writes anything.
    PreDeploy,
    /// After a deploy.
    PostDeploy,
}

impl Hook {
    /// All of them.
    pub const ALL: [Hook; 6] =
        [Hook::PreInit, Hook::PostInit, Hook::PreBuild, Hook::PostBuild, Hook::PreDeploy, Hook::PostDeploy];

    /// The key under `experimental.scripts`.
    pub fn as_str(self) -> &'static str {
        match self {
            Hook::PreInit => "preinit",
            Hook::PostInit => "postinit",
            Hook::PreBuild => "prebuild",
            Hook::PostBuild => "postbuild",
            Hook::PreDeploy => "predeploy",
            Hook::PostDeploy => "postdeploy",
        }
    }
}

/// One command.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// Its key.
    pub name: String,
    /// Where the key was written.
    pub place: Span,
    /// What the shell is given.
    pub content: TreeNode,
    /// Variables that it gets besides the environment.
    pub env: Vec<(String, TreeNode)>,
}

impl Script {
    /// A reference of the bundle in the content that nothing has filled in.
    pub fn unknown(&self) -> Option<String> {
        references(self.content.as_str()?).into_iter().map(|r| r.name).find(|name| of_bundle(name))
    }
}

/// The script that runs before the bundle is read, and the folder in which it runs. It stands in the root file, as it is
/// written. A file that cannot be read has none: reading the bundle says what is wrong with it.
pub fn preinit(start: &Path) -> Option<(PathBuf, Script)> {
    let found = discover(start).ok()?;
    let shown = slashes(found.file.strip_prefix(&found.project_dir).unwrap_or(&found.file));
    let source = Source::new(shown, std::fs::read_to_string(&found.file).ok()?);
    let root = parse(&source).ok()?.root;
    let (_, script) = hooks(&root).into_iter().find(|(hook, _)| *hook == Hook::PreInit)?;
    Some((found.bundle_dir, script))
}

/// The scripts under `experimental.scripts`.
pub(super) fn hooks(root: &TreeNode) -> Vec<(Hook, Script)> {
    let scripts = root.get("experimental.scripts");
    Hook::ALL
        .into_iter()
        .filter_map(|hook| {
            let TreeEntry { key, value } = scripts?.entry(hook.as_str())?;
            value.as_str().filter(|text| !text.trim().is_empty())?;
            let name = hook.as_str().to_owned();
            Some((hook, Script { name, place: key.clone(), content: value.clone(), env: Vec::new() }))
        })
        .collect()
}

/// The scripts under `scripts`.
pub(super) fn named(root: &TreeNode) -> Vec<Script> {
    let all = root.get("scripts").and_then(TreeNode::as_map).into_iter().flatten();
    all.filter_map(|(name, entry)| {
        let content = entry.value.get("content")?.clone();
        let env = entry.value.get("env").and_then(TreeNode::as_map).into_iter().flatten();
        let env = env.map(|(name, entry)| (name.clone(), entry.value.clone())).collect();
        Some(Script { name: name.clone(), place: entry.key.clone(), content, env })
    })
    .collect()
}

/// Looks at both sections of a bundle whose references are not resolved yet; gives `scripts` in their types.
pub(super) fn check(root: &mut TreeNode, errors: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) {
    for (name, script) in root.get("experimental.scripts").and_then(TreeNode::as_map).into_iter().flatten() {
        if !Hook::ALL.iter().any(|hook| hook.as_str() == name) {
            let d = Diagnostic::warning("not-run", format!("no command runs the script `{name}`"));
            let near = closest(name, Hook::ALL.map(Hook::as_str));
            let hint = near.map_or_else(
                || format!("there is {}", Hook::ALL.map(Hook::as_str).join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            warnings.push(d.at(script.key.clone()).hint(hint));
        }
    }
    let Some(scripts) = root.as_map_mut().and_then(|m| m.get_mut("scripts")).and_then(|e| e.value.as_map_mut()) else {
        return;
    };
    for (name, TreeEntry { key, value }) in scripts {
        let title = format!("script `{name}`");
        unknown_fields(value, "Script", &title, errors, warnings);
        let mut found = Vec::new();
        *value = typed(value, "Script", &title, key, &mut found);
        errors.extend(found.into_iter().filter(|d| d.severity == Severity::Error));
        content(name, value, errors);
        for (_, TreeEntry { value, .. }) in value.get("env").and_then(TreeNode::as_map).into_iter().flatten() {
            for r in references(value.as_str().unwrap_or_default()) {
                let unknown = r.name.contains('.') && !of_bundle(&r.name);
                if unknown || r.name.starts_with("resources.") || r.name.starts_with("artifacts.") {
                    let message = format!("`${{{}}}` is not known when a script runs", r.name);
                    errors.push(
                        Diagnostic::error("bad-reference", message)
                            .at(value.place_of(r.range))
                            .hint("available: `${bundle.…}`, `${workspace.…}`, `${var.…}`"),
                    );
                }
            }
        }
    }
}

/// A script's content goes to the shell as it is.
fn content(name: &str, script: &TreeNode, errors: &mut Vec<Diagnostic>) {
    let Some(content) = script.get("content") else { return };
    let Some(text) = content.as_str().filter(|text| !text.trim().is_empty()) else {
        let message = format!("script `{name}` has no content");
        errors.push(Diagnostic::error("missing-field", message).at(content.place.clone()));
        return;
    };
    if let Some(r) = references(text).into_iter().find(|r| r.name.contains('.')) {
        errors.push(
            Diagnostic::error("bad-reference", format!("`${{{}}}` is not replaced inside a script", r.name))
                .at(content.place_of(r.range))
                .hint(format!("give it as a variable: `env: {{VALUE: '${{{}}}'}}`, and write `$VALUE`", r.name)),
        );
    }
}

/// Whether a reference is the bundle's, not the shell's.
fn of_bundle(name: &str) -> bool {
    name.split_once('.').is_some_and(|(first, _)| ROOTS.contains(&first))
}

/// A script and a resource with one name could not be told apart by `piq run NAME`.
pub(super) fn same_names(root: &TreeNode, errors: &mut Vec<Diagnostic>) {
    for (name, script) in root.get("scripts").and_then(TreeNode::as_map).into_iter().flatten() {
        for (kind, _, place) in keys(root).filter(|(_, key, _)| key == name) {
            errors.push(
                Diagnostic::error("duplicate-resource", format!("a script and `{kind}.{name}` have the same name"))
                    .label(script.key.clone(), "the script")
                    .label(place.clone(), "the resource"),
            );
        }
    }
}
