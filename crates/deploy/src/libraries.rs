//! Wheels and jars of tasks and environments: which files a bundle means, and what is in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use globset::GlobBuilder;

use super::artifacts::{Built, versioned};
use super::sync::{LARGEST_FILE, too_large};
use piq_bundle::{ResourceKind, TargetBundle, TreeNode, clean, local_archive, local_library, local_package};
use piq_diagnostics::{Diagnostic, Diagnostics, Span};

/// Files to upload to the folder of libraries.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Libraries {
    /// The names of the files that a pattern stands for, by its absolute path.
    expanded: BTreeMap<PathBuf, Vec<String>>,
    /// Bytes by name.
    pub(super) files: BTreeMap<String, Vec<u8>>,
}

impl Libraries {
    /// The names of the files that a text of the bundle stands for.
    pub(super) fn named(&self, project: &TargetBundle, node: &TreeNode, text: &str) -> &[String] {
        self.expanded.get(&pattern(project, node, text)).map_or(&[], Vec::as_slice)
    }
}

/// Finds and reads what the jobs of a bundle refer to, and what its artifacts consist of.
///
/// # Errors
/// A library that is not there, two of one name, a file that cannot be read.
pub fn read_libraries(project: &TargetBundle, built: &Built) -> Result<Libraries, Diagnostics> {
    let mut found = Libraries::default();
    let mut from: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut errors = Vec::new();
    let inside = project.allowed_folders();
    let dynamic = &built.dynamic;
    let dynamic: BTreeMap<PathBuf, &Span> =
        dynamic.iter().flat_map(|(p, place)| matching(p).into_iter().map(move |path| (path, place))).collect();
    let mut names: BTreeMap<PathBuf, String> = BTreeMap::new();
    let wanted = references(project);
    let wanted = wanted.iter().map(|(node, text)| (pattern(project, node, text), Some((*node, *text))));
    for (pattern, node) in wanted.chain(built.files.iter().map(|p| (p.clone(), None))) {
        if found.expanded.contains_key(&pattern) {
            continue;
        }
        let paths = matching(&pattern);
        if let Some(path) = paths.iter().find(|path| !inside.holds(path)) {
            errors.push(outside(path, node.map(|(n, _)| n)));
            continue;
        }
        if let (true, Some((node, text))) = (paths.is_empty(), node) {
            errors.push(missing(project, node, text));
        }
        for path in paths.iter().filter(|path| !names.contains_key(*path)).collect::<Vec<_>>() {
            let (name, bytes) = read(path, dynamic.get(path).copied())?;
            match from.insert(name.clone(), path.clone()) {
                Some(other) => errors.push(twice(&name, &other, path, node.map(|(n, _)| n))),
                None => {
                    found.files.insert(name.clone(), bytes);
                }
            }
            names.insert(path.clone(), name);
        }
        found.expanded.insert(pattern, paths.iter().filter_map(|p| names.get(p).cloned()).collect());
    }
    if errors.is_empty() { Ok(found) } else { Err(Diagnostics(errors)) }
}

/// What the jobs of a bundle refer to, where nothing is built yet: patterns without a file stand for themselves.
pub(super) fn unbuilt(project: &TargetBundle) -> Libraries {
    let mut found = Libraries::default();
    for (node, text) in references(project) {
        let pattern = pattern(project, node, text);
        let mut names: Vec<String> = matching(&pattern).iter().map(|path| file_name(path)).collect();
        if names.is_empty() {
            names.push(file_name(&pattern));
        }
        found.expanded.insert(pattern, names);
    }
    found
}

/// The files on disk that jobs and artifacts name, also those that git ignores.
pub fn library_files(project: &TargetBundle) -> Vec<PathBuf> {
    let inside = project.allowed_folders();
    let named = references(project).into_iter().map(|(node, text)| pattern(project, node, text));
    let artifacts = project.artifacts.as_ref().and_then(TreeNode::as_map).into_iter().flatten();
    let sources = artifacts.flat_map(|(_, artifact)| {
        let files = artifact.value.get("files").and_then(TreeNode::as_list).unwrap_or_default();
        files.iter().filter_map(|file| Some(pattern(project, file.get("source")?, file.str_at("source")?)))
    });
    let found = named.chain(sources).flat_map(|pattern| matching(&pattern));
    found.filter(|path| inside.holds(path)).collect()
}

/// The name that a file has in the workspace, and its bytes.
fn read(path: &Path, dynamic: Option<&Span>) -> Result<(String, Vec<u8>), Diagnostic> {
    let name = file_name(path);
    let unreadable = |e| Diagnostic::error("unreadable", format!("cannot read {}: {e}", path.display()));
    let size = path.metadata().map_err(unreadable)?.len();
    if size > LARGEST_FILE {
        return Err(too_large(&path.display().to_string(), size));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let Some(place) = dynamic else { return Ok((name, bytes)) };
    versioned(&name, &bytes).map_err(|why| {
        Diagnostic::error("bad-wheel", format!("cannot set the dynamic version of {}: {why}", path.display()))
            .at(place.clone())
            .hint("build a wheel, or leave `dynamic_version` out")
    })
}

/// Every library and package that is a file on disk, with the text that names it.
fn references(project: &TargetBundle) -> Vec<(&TreeNode, &str)> {
    fn list(node: Option<&TreeNode>) -> &[TreeNode] {
        node.and_then(TreeNode::as_list).unwrap_or_default()
    }
    let mut found = Vec::new();
    for job in project.resources.iter().filter(|r| r.kind == ResourceKind::Job) {
        for task in list(job.spec.get("tasks")) {
            for task in std::iter::once(task).chain(task.get("for_each_task.task")) {
                let code = task.get("ai_runtime_task.code_source_path");
                found.extend(code.and_then(|n| Some((n, n.as_str().filter(|t| local_archive(t))?))));
                for library in list(task.get("libraries")) {
                    let files = ["whl", "jar"].iter().filter_map(|field| library.get(field));
                    found.extend(files.filter_map(|n| Some((n, n.as_str().filter(|t| local_library(t))?))));
                }
            }
        }
        for environment in list(job.spec.get("environments")) {
            for package in list(environment.get("spec.dependencies")) {
                found.extend(package.as_str().and_then(local_package).map(|(path, _)| (package, path)));
            }
        }
    }
    found
}

fn pattern(project: &TargetBundle, node: &TreeNode, text: &str) -> PathBuf {
    clean(&project.dir_of(node).join(text))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The files of a pattern in the order of their names; of several builds of one wheel the latest.
fn matching(pattern: &Path) -> Vec<PathBuf> {
    if pattern.is_file() {
        return vec![pattern.to_owned()];
    }
    let text = pattern.to_string_lossy();
    let Ok(glob) = GlobBuilder::new(&text).literal_separator(true).build() else { return Vec::new() };
    let glob = glob.compile_matcher();
    let fixed: PathBuf = pattern.iter().take_while(|p| !p.to_string_lossy().contains(['*', '?', '[', '{'])).collect();
    let mut found: Vec<PathBuf> = ignore::WalkBuilder::new(fixed)
        .standard_filters(false)
        .max_depth(Some(8))
        .build()
        .filter_map(Result::ok)
        .map(ignore::DirEntry::into_path)
        .filter(|p| p.is_file() && glob.is_match(p))
        .collect();
    found.sort();
    let age = |p: &Path| p.metadata().and_then(|m| m.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut latest: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in found {
        let name = file_name(&path);
        let key = match name.strip_suffix(".whl").and_then(|stem| stem.split_once('-')) {
            Some((distribution, _)) => format!("{}/{distribution}", path.with_file_name("").display()),
            None => path.display().to_string(),
        };
        match latest.get(&key) {
            Some(other) if age(other) > age(&path) => {}
            _ => {
                latest.insert(key, path);
            }
        }
    }
    latest.into_values().collect()
}

fn missing(project: &TargetBundle, node: &TreeNode, text: &str) -> Diagnostic {
    let hint = if project.artifacts.is_some() {
        "no artifact of the bundle builds it: compare `path` and `build` under `artifacts`"
    } else {
        "build it first, or let the bundle build it: `artifacts: {NAME: {type: whl, build: COMMAND}}`"
    };
    Diagnostic::error("missing-library", format!("cannot find `{text}`")).at(node.span().clone()).hint(hint)
}

fn outside(path: &Path, node: Option<&TreeNode>) -> Diagnostic {
    let d = Diagnostic::error("outside", format!("{} is outside the bundle and its repository", path.display()))
        .hint("copy the file into the bundle, or name its folder under `sync.paths`");
    match node {
        Some(node) => d.at(node.span().clone()),
        None => d,
    }
}

fn twice(name: &str, first: &Path, second: &Path, node: Option<&TreeNode>) -> Diagnostic {
    let d = Diagnostic::error("one-place", format!("two libraries are named `{name}`")).hint(format!(
        "{} and {} would have the same path in the workspace: rename one",
        first.display(),
        second.display()
    ));
    match node {
        Some(node) => d.at(node.span().clone()),
        None => d,
    }
}

#[cfg(test)]
mod tests {
    use super::matching;

    #[test]
    fn of_several_builds_of_a_wheel_the_latest_counts() {
        let dir = tempfile::tempdir().expect("folder");
        let at = |seconds| std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        for (name, age) in [("a-2-py3-none-any.whl", 20), ("a-10-py3-none-any.whl", 30), ("b-1-py3-none-any.whl", 10)] {
            let file = std::fs::File::create(dir.path().join(name)).expect("file");
            file.set_modified(at(age)).expect("time");
        }
        std::fs::write(dir.path().join("c.txt"), "").expect("file");
        let found = matching(&dir.path().join("*.whl"));
        let names: Vec<_> = found.iter().map(|p| super::file_name(p)).collect();
        assert_eq!(names, ["a-10-py3-none-any.whl", "b-1-py3-none-any.whl"]);
    }
}
