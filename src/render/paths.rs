//! Paths of a bundle in the folder that it is rendered to: where its files lie there, and how resources name them.

use std::path::{Component, Path, PathBuf};

use crate::project::{Node, Project, Value};

/// The folder that the files of a bundle are uploaded from, and that the rendered folder stands for: the bundle's own,
/// or what all `sync.paths` have in common.
pub(super) fn root(project: &Project) -> PathBuf {
    let paths = project.sync.paths.iter().filter_map(|node| Some((node, node.as_str()?)));
    let mut folders = paths.map(|(node, text)| lexical(&project.dir_of(node).join(text)));
    let Some(first) = folders.next() else { return lexical(&project.bundle_dir) };
    folders.fold(first, |root, folder| {
        root.components().zip(folder.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    })
}

/// The path without `.` and `..`.
pub(super) fn lexical(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut out, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            other => out.push(other),
        }
        out
    })
}

/// A path with `/` on every system.
pub(super) fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// Fields that name files on disk, whatever they stand in.
const FIELDS: &[&str] =
    &["notebook_path", "python_file", "project_directory", "profiles_directory", "whl", "jar", "egg", "requirements"];

/// A resource as it stands in the rendered file: each relative path starts at the rendered folder instead of at the
/// file that names it.
pub(super) fn rebased(project: &Project, spec: &Node) -> Node {
    let from_git = spec.get("git_source").is_some_and(|g| !g.is_null());
    Rebase { project, root: root(project), from_git }.node(spec)
}

/// An artifact with its folder from the rendered folder; without `path` it is that of the file that declares it.
pub(super) fn artifacts(project: &Project, artifacts: &Node) -> Node {
    let mut out = artifacts.clone();
    for (_, entry) in out.as_map_mut().into_iter().flatten() {
        let rebase = Rebase { project, root: root(project), from_git: false };
        let here = Node::string(".", entry.value.place.clone());
        let path = rebase.path(entry.value.get("path").filter(|p| !p.is_null()).unwrap_or(&here));
        if entry.value.as_map().is_some() {
            entry.value.set("path", path);
        }
    }
    out
}

struct Rebase<'a> {
    project: &'a Project,
    root: PathBuf,
    from_git: bool,
}

impl Rebase<'_> {
    fn node(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::List(items) => Value::List(items.iter().map(|i| self.node(i)).collect()),
            Value::Map(map) => {
                let source = node.str_at("source");
                let git = source == Some("GIT") || (self.from_git && source != Some("WORKSPACE"));
                let mut map = map.clone();
                for (key, entry) in &mut map {
                    entry.value = match key.as_str() {
                        // what comes from a repository has its paths there
                        "notebook_path" | "python_file" | "path" | "project_directory" if git => continue,
                        // of an SQL task, and the libraries of a pipeline
                        "file" | "notebook" if entry.value.get("path").is_some() => self.file(&entry.value),
                        "dependencies" => self.dependencies(&entry.value),
                        name if FIELDS.contains(&name) => self.path(&entry.value),
                        _ => self.node(&entry.value),
                    };
                }
                Value::Map(map)
            }
            other => other.clone(),
        };
        Node::new(value, node.place.clone())
    }

    /// A map with a `path`.
    fn file(&self, file: &Node) -> Node {
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

    /// Packages of an environment: those that start with a dot are files.
    fn dependencies(&self, list: &Node) -> Node {
        let mut out = list.clone();
        for item in out.as_list_mut().into_iter().flatten() {
            if item.as_str().is_some_and(|t| t.starts_with("./") || t.starts_with("../")) {
                *item = self.path(item);
            }
        }
        out
    }

    fn path(&self, node: &Node) -> Node {
        let Some(text) = node.as_str() else { return node.clone() };
        if text.starts_with('/') || text.contains("://") || text.starts_with("dbfs:") || text.contains("${") {
            return node.clone();
        }
        let path = lexical(&self.project.dir_of(node).join(text));
        match path.strip_prefix(&self.root) {
            Ok(inside) => Node::string(format!("./{}", slashes(inside)), node.place.clone()),
            // outside of what is uploaded: a deploy says so
            Err(_) => node.clone(),
        }
    }
}
