//! What a bundle builds before it is deployed: wheels and jars, each by a command of its author's.

mod build;
mod wheel;

pub use build::{Built, build_artifacts};
pub(super) use wheel::versioned;

use std::path::PathBuf;

use globset::GlobBuilder;
use piq_bundle::{ResourceKind, TargetBundle, TreeNode, clean, local_library};
use piq_diagnostics::{Diagnostic, Span};

/// What builds a wheel whose author names no command.
const SETUP: &str = "python3 setup.py bdist_wheel";

/// One artifact.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Artifact {
    /// Its key in the bundle.
    pub name: String,
    /// Where it is declared.
    pub place: Span,
    /// Folder in which the command runs.
    pub dir: PathBuf,
    /// The command, if anything has to be built.
    pub command: Option<String>,
    /// The shell that runs it, if the bundle names one.
    pub shell: Option<&'static str>,
    /// Patterns of the files that it consists of.
    pub files: Vec<PathBuf>,
    /// Whether its version says what is in it.
    pub dynamic: bool,
}

/// The artifacts of a bundle. Without any, a `setup.py` beside the bundle is one as soon as a task wants a wheel.
///
/// # Errors
/// An artifact that is neither built nor there, and a shell that is none.
pub(super) fn artifacts(project: &TargetBundle) -> Result<Vec<Artifact>, Vec<Diagnostic>> {
    let Some(declared) = project.artifacts.as_ref().and_then(TreeNode::as_map) else { return Ok(implicit(project)) };
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for (name, entry) in declared {
        match one(project, name, &entry.value, &entry.key) {
            Ok(artifact) => found.push(artifact),
            Err(d) => errors.push(d),
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// Whether the bundle builds anything.
///
/// # Errors
/// As [`artifacts`].
pub(super) fn declared(project: &TargetBundle) -> Result<bool, Vec<Diagnostic>> {
    Ok(artifacts(project)?.iter().any(|a| a.command.is_some()))
}

fn one(project: &TargetBundle, name: &str, node: &TreeNode, place: &Span) -> Result<Artifact, Diagnostic> {
    let wheel = node.str_at("type") == Some("whl");
    let dir = match node.get("path").filter(|p| p.as_str().is_some_and(|t| !t.is_empty())) {
        Some(path) => clean(&project.dir_of(path).join(path.as_str().unwrap_or_default())),
        None => clean(&project.bundle_dir),
    };
    let listed = node.get("files").and_then(TreeNode::as_list).unwrap_or_default();
    let sources = listed.iter();
    let sources = sources.filter_map(|f| f.get("source").filter(|s| s.as_str().is_some_and(|t| !t.is_empty())));
    let sources: Vec<&TreeNode> = sources.collect();
    if let Some((source, why)) = sources.iter().find_map(|s| Some((s, bad_pattern(s.as_str()?)?))) {
        return Err(
            Diagnostic::error("bad-pattern", format!("cannot read the pattern: {why}")).at(source.span().clone())
        );
    }
    let mut files: Vec<PathBuf> =
        sources.iter().map(|s| clean(&project.dir_of(s).join(s.as_str().unwrap_or_default()))).collect();
    // `true` is a command too
    let build = node.get("build");
    let build = build.and_then(|b| b.as_str().map(str::to_owned).or_else(|| Some(b.as_bool()?.to_string())));
    let mut command = build.filter(|b| !b.trim().is_empty());
    if command.is_none() && files.is_empty() && !listed.is_empty() {
        let message = format!("`files` of artifact `{name}` name no `source`");
        return Err(Diagnostic::error("empty-artifact", message).at(place.clone()).hint("give each a `source`"));
    }
    if command.is_none() && files.is_empty() {
        if !wheel {
            return Err(Diagnostic::error(
                "empty-artifact",
                format!("artifact `{name}` has neither `build` nor `files`"),
            )
            .at(place.clone())
            .hint("give it `build`, the command that makes it, or `files`"));
        }
        command = Some(SETUP.to_owned());
    }
    if wheel && files.is_empty() {
        files.push(dir.join("dist/*.whl"));
    }
    let shell = match node.get("executable").and_then(TreeNode::as_str) {
        None | Some("") => None,
        Some("bash") => Some("bash"),
        Some("sh") => Some("sh"),
        Some("cmd") => Some("cmd"),
        Some(other) => {
            let place = node.get("executable").map_or(place, |n| &n.place);
            return Err(Diagnostic::error("bad-value", format!("`executable` cannot be `{other}`"))
                .at(place.clone())
                .hint("it is one of `bash`, `sh`, `cmd`"));
        }
    };
    let dynamic = project.presets.artifacts_dynamic_version
        || node.get("dynamic_version").and_then(TreeNode::as_bool).unwrap_or(false);
    let dynamic = wheel && dynamic;
    Ok(Artifact { name: name.to_owned(), place: place.clone(), dir, command, shell, files, dynamic })
}

/// Why a pattern cannot be read, if it cannot.
fn bad_pattern(text: &str) -> Option<String> {
    GlobBuilder::new(text).literal_separator(true).build().err().map(|e| e.kind().to_string())
}

fn implicit(project: &TargetBundle) -> Vec<Artifact> {
    let wanted = || {
        let jobs = project.resources.iter().filter(|r| r.kind == ResourceKind::Job);
        let tasks = jobs.flat_map(|j| j.spec.get("tasks").and_then(TreeNode::as_list).unwrap_or_default());
        let libraries = tasks.flat_map(|t| t.get("libraries").and_then(TreeNode::as_list).unwrap_or_default());
        libraries.filter_map(|l| l.get("whl")).find(|w| w.as_str().is_some_and(local_library))
    };
    let dir = clean(&project.bundle_dir);
    let Some(node) = wanted().filter(|_| project.artifacts.is_none() && dir.join("setup.py").is_file()) else {
        return Vec::new();
    };
    vec![Artifact {
        name: "python_artifact".to_owned(),
        place: node.place.clone(),
        files: vec![dir.join("dist/*.whl")],
        dir,
        command: Some(SETUP.to_owned()),
        shell: None,
        dynamic: false,
    }]
}
