//! Paths of a bundle in the folder that it is rendered to: where its files lie there, and how resources name them.

use std::path::{Path, PathBuf};

use piq_bundle::{TargetBundle, TreeNode, TreeValue, clean, local_library, local_package, local_requirements};

/// A path with `/` on every system.
pub(super) fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// Fields that name files on disk, whatever they stand in.
const FIELDS: &[&str] = &[
    "notebook_path",
    "python_file",
    "project_directory",
    "workspace_path",
    "command_path",
    "egg",
    "requirements",
    // of kinds that only the official CLI deploys: pipelines, apps, alerts
    "root_path",
    "source_code_path",
    "file_path",
];

/// A resource as it stands in the rendered file: each relative path starts at the rendered folder instead of at the
/// file that names it.
pub(super) fn rebased(project: &TargetBundle, spec: &TreeNode) -> TreeNode {
    let from_git = spec.get("git_source").is_some_and(|g| !g.is_null());
    Rebase { project, root: project.sync_root(), from_git }.node(spec)
}

/// Artifacts with their folders and files from the rendered folder; one without `path` has the bundle's folder.
pub(super) fn artifacts(project: &TargetBundle, artifacts: &TreeNode) -> TreeNode {
    let rebase = Rebase { project, root: project.sync_root(), from_git: false };
    let bundle = clean(&project.bundle_dir);
    let here = bundle.strip_prefix(&rebase.root).map_or_else(|_| "./".to_owned(), |p| format!("./{}", slashes(p)));
    let mut out = artifacts.clone();
    for (_, entry) in out.as_map_mut().into_iter().flatten() {
        let artifact = &mut entry.value;
        let path = match artifact.get("path").filter(|p| !p.is_null()) {
            Some(path) => rebase.path(path),
            None => TreeNode::string(here.as_str(), artifact.place.clone()),
        };
        let files = artifact.get("files").and_then(TreeNode::as_list).map(|files| {
            let file = |f: &TreeNode| {
                let mut file = f.clone();
                if let Some(source) = f.get("source") {
                    file.set("source", rebase.path(source));
                }
                file
            };
            TreeNode::new(TreeValue::List(files.iter().map(file).collect()), artifact.place.clone())
        });
        if artifact.as_map().is_some() {
            artifact.set("path", path);
        }
        if let Some(files) = files {
            artifact.set("files", files);
        }
    }
    out
}

struct Rebase<'a> {
    project: &'a TargetBundle,
    root: PathBuf,
    from_git: bool,
}

impl Rebase<'_> {
    fn node(&self, node: &TreeNode) -> TreeNode {
        let value = match &node.value {
            TreeValue::List(items) => TreeValue::List(items.iter().map(|i| self.node(i)).collect()),
            TreeValue::Map(map) => {
                let source = node.str_at("source");
                let git = source == Some("GIT") || (self.from_git && source != Some("WORKSPACE"));
                let mut map = map.clone();
                for (key, entry) in &mut map {
                    entry.value = match key.as_str() {
                        // what comes from a repository has its paths there
                        "notebook_path" | "python_file" | "path" | "project_directory" if git => continue,
                        // of an SQL task, and the libraries of a pipeline
                        "file" | "notebook" if entry.value.get("path").is_some() => self.file(&entry.value),
                        "glob" if entry.value.get("include").is_some() => self.glob(&entry.value),
                        "dependencies" => self.dependencies(&entry.value),
                        "environment_variables" => self.variables(&entry.value),
                        "whl" | "jar" if !entry.value.as_str().is_some_and(local_library) => continue,
                        "whl" | "jar" => self.path(&entry.value),
                        name if FIELDS.contains(&name) => self.path(&entry.value),
                        _ => self.node(&entry.value),
                    };
                }
                TreeValue::Map(map)
            }
            other => other.clone(),
        };
        TreeNode::new(value, node.place.clone())
    }

    /// A map with a `path`.
    fn file(&self, file: &TreeNode) -> TreeNode {
        let source = file.str_at("source");
        let mut out = file.clone();
        if let Some(path) = file.get("path")
            && source != Some("GIT")
            && !(self.from_git && source != Some("WORKSPACE"))
        {
            out.set("path", self.path(path));
        }
        out
    }

    /// Files of a pipeline by a pattern.
    fn glob(&self, glob: &TreeNode) -> TreeNode {
        let mut out = glob.clone();
        if let Some(include) = glob.get("include") {
            out.set("include", self.path(include));
        }
        out
    }

    /// Packages of an environment: some are files.
    fn dependencies(&self, list: &TreeNode) -> TreeNode {
        let mut out = list.clone();
        for item in out.as_list_mut().into_iter().flatten() {
            let Some(text) = item.as_str() else { continue };
            let (before, path, after) = match (local_package(text), local_requirements(text)) {
                (Some((path, extras)), _) => (String::new(), path, extras),
                (None, Some((flag, path))) => (format!("{flag} "), path, ""),
                (None, None) => continue,
            };
            let path = self.path(&TreeNode::string(path, item.place.clone()));
            *item =
                TreeNode::string(format!("{before}{}{after}", path.as_str().unwrap_or_default()), item.place.clone());
        }
        out
    }

    /// Sets of environment variables: their `files` are files.
    fn variables(&self, list: &TreeNode) -> TreeNode {
        let mut out = list.clone();
        for set in out.as_list_mut().into_iter().flatten() {
            let spec = set.as_map_mut().and_then(|m| m.get_mut("spec")).and_then(|e| e.value.as_map_mut());
            let files = spec.and_then(|s| s.get_mut("files")).and_then(|e| e.value.as_list_mut());
            files.into_iter().flatten().for_each(|file| *file = self.path(file));
        }
        out
    }

    fn path(&self, node: &TreeNode) -> TreeNode {
        let Some(text) = node.as_str() else { return node.clone() };
        if text.starts_with('/') || text.contains("://") || text.starts_with("dbfs:") || text.contains("${") {
            return node.clone();
        }
        let path = clean(&self.project.dir_of(node).join(text));
        match path.strip_prefix(&self.root) {
            Ok(inside) => TreeNode::string(format!("./{}", slashes(inside)), node.place.clone()),
            // outside of what is uploaded: a deploy says so
            Err(_) => node.clone(),
        }
    }
}
