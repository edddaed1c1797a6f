//! Paths in jobs: what a bundle writes as a path on disk stands in the workspace below the folder of the files, or of
//! the libraries.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::DesiredFile;
use super::libraries::Libraries;
use super::sync::classify;
use super::workspace_paths::{FILES_TOKEN, LIBRARIES_TOKEN};
use piq_bundle::{TargetBundle, TreeNode, local_archive, local_library, local_package, local_requirements, relative};
use piq_diagnostics::{Diagnostic, closest};

/// What a path must lead to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leads {
    Notebook,
    File,
    Folder,
    /// A file or a folder.
    Either,
}

/// Rewrites the paths of one job.
pub(super) struct Paths<'a> {
    pub project: &'a TargetBundle,
    /// Folder that the paths of files start from.
    pub root: PathBuf,
    /// Every file that was read from there.
    pub read: &'a BTreeMap<String, Vec<u8>>,
    /// What is uploaded, by its place in the workspace.
    pub files: &'a BTreeMap<String, DesiredFile>,
    /// The file behind each of them.
    pub from: &'a BTreeMap<String, String>,
    pub libraries: &'a Libraries,
    pub errors: Vec<Diagnostic>,
}

impl Paths<'_> {
    /// Rewrites all paths of a job; `json` is the job as JSON, `node` the same with places.
    pub(super) fn job(&mut self, node: &TreeNode, json: &mut Value) {
        let from_git = node.get("git_source").is_some_and(|g| !g.is_null());
        let tasks = node.get("tasks").and_then(TreeNode::as_list).unwrap_or_default();
        for (i, task) in tasks.iter().enumerate() {
            if let Some(json) = json.pointer_mut(&format!("/tasks/{i}")) {
                self.task(task, json, from_git);
            }
        }
        let environments = node.get("environments").and_then(TreeNode::as_list).unwrap_or_default();
        for (i, environment) in environments.iter().enumerate() {
            if let Some(list) = environment.get("spec.dependencies").and_then(TreeNode::as_list) {
                let packages = list.iter().flat_map(|package| self.package(package)).collect();
                if let Some(at) = json.pointer_mut(&format!("/environments/{i}/spec/dependencies")) {
                    *at = packages;
                }
            }
        }
        let variables = node.get("environment_variables").and_then(TreeNode::as_list).unwrap_or_default();
        for (i, set) in variables.iter().enumerate() {
            for (n, file) in set.get("spec.files").and_then(TreeNode::as_list).unwrap_or_default().iter().enumerate() {
                self.place(file, json.pointer_mut(&format!("/environment_variables/{i}/spec/files/{n}")), Leads::File);
            }
        }
    }

    /// What a package of an environment stands for: some files, a file of requirements, or itself.
    fn package(&mut self, node: &TreeNode) -> Vec<Value> {
        let Some(text) = node.as_str() else { return vec![node.to_json()] };
        if let Some((path, extras)) = local_package(text) {
            let names = self.libraries.named(self.project, node, path);
            return names.iter().map(|name| json!(format!("{LIBRARIES_TOKEN}/{name}{extras}"))).collect();
        }
        let mut placed = json!(text);
        if let Some((flag, path)) = local_requirements(text) {
            let leads = if flag == "-e" { Leads::Either } else { Leads::File };
            self.place(&TreeNode::string(path, node.span().clone()), Some(&mut placed), leads);
            if let Some(at) = placed.as_str().filter(|t| t.starts_with(FILES_TOKEN)) {
                // pip reads a blank as the end of the path
                placed = json!(if at.contains(' ') { format!("{flag} \"{at}\"") } else { format!("{flag} {at}") });
            }
        }
        vec![placed]
    }

    fn task(&mut self, task: &TreeNode, json: &mut Value, from_git: bool) {
        if let (Some(inner), Some(json)) = (task.get("for_each_task.task"), json.pointer_mut("/for_each_task/task")) {
            self.task(inner, json, from_git);
        }
        for (kind, field, leads) in [
            ("notebook_task", "notebook_path", Leads::Notebook),
            ("spark_python_task", "python_file", Leads::File),
            ("dbt_task", "project_directory", Leads::Folder),
            ("alert_task", "workspace_path", Leads::File),
        ] {
            let Some(node) = task.get(&format!("{kind}.{field}")) else { continue };
            let source = task.str_at(&format!("{kind}.source"));
            if source == Some("GIT") || (from_git && source != Some("WORKSPACE")) {
                continue;
            }
            self.place(node, json.pointer_mut(&format!("/{kind}/{field}")), leads);
        }
        if let Some(node) = task.get("sql_task.file.path") {
            let source = task.str_at("sql_task.file.source");
            if source != Some("GIT") && !(from_git && source != Some("WORKSPACE")) {
                self.place(node, json.pointer_mut("/sql_task/file/path"), Leads::File);
            }
        }
        if let Some(node) = task.get("ai_runtime_task.code_source_path")
            && let Some(text) = node.as_str().filter(|text| local_archive(text))
            && let Some(json) = json.pointer_mut("/ai_runtime_task/code_source_path")
            && let Some(name) = self.libraries.named(self.project, node, text).first()
        {
            *json = Value::String(format!("{LIBRARIES_TOKEN}/{name}"));
        }
        let scripts = task.get("ai_runtime_task.deployments").and_then(TreeNode::as_list).unwrap_or_default();
        for (i, script) in scripts.iter().enumerate() {
            if let Some(node) = script.get("command_path") {
                let at = format!("/ai_runtime_task/deployments/{i}/command_path");
                self.place(node, json.pointer_mut(&at), Leads::File);
            }
        }
        if let Some(list) = task.get("libraries").and_then(TreeNode::as_list)
            && let Some(Value::Array(libraries)) = json.get_mut("libraries")
        {
            let before = std::mem::take(libraries);
            *libraries = list.iter().zip(before).flat_map(|(node, json)| self.library(node, json)).collect();
        }
    }

    /// What a library of a task stands for: some files, or itself.
    fn library(&mut self, node: &TreeNode, mut json: Value) -> Vec<Value> {
        for field in ["whl", "jar"] {
            if let Some((node, text)) =
                node.get(field).and_then(|n| Some((n, n.as_str().filter(|t| local_library(t))?)))
            {
                let names = self.libraries.named(self.project, node, text);
                return names.iter().map(|name| json!({field: format!("{LIBRARIES_TOKEN}/{name}")})).collect();
            }
        }
        for field in ["egg", "requirements"] {
            if let Some(node) = node.get(field) {
                self.place(node, json.get_mut(field), Leads::File);
            }
        }
        vec![json]
    }

    /// Rewrites one path if it is one on disk.
    fn place(&mut self, node: &TreeNode, json: Option<&mut Value>, leads: Leads) {
        let (Some(text), Some(json)) = (node.as_str(), json) else { return };
        if text.starts_with('/') || text.contains("://") || text.starts_with("dbfs:") || text.contains("${") {
            return;
        }
        let path = relative(&self.project.dir_of(node).join(text), &self.root);
        let at = match leads {
            Leads::Notebook => match self.notebook(node, text, &path) {
                Ok(at) => at,
                Err(d) => {
                    self.errors.push(*d);
                    return;
                }
            },
            Leads::File => self.files.contains_key(&path).then(|| path.clone()),
            Leads::Either if self.files.contains_key(&path) => Some(path.clone()),
            Leads::Folder | Leads::Either => {
                let prefix = format!("{path}/");
                let whole = path.is_empty() || path == ".";
                let inside = || self.files.range(prefix.clone()..).next().is_some_and(|(f, _)| f.starts_with(&prefix));
                (whole || inside()).then(|| if whole { String::new() } else { path.clone() })
            }
        };
        match at {
            Some(at) => *json = Value::String(format!("{FILES_TOKEN}/{at}").trim_end_matches('/').to_owned()),
            None => self.missing(node, text, &path, leads),
        }
    }

    /// The place of the notebook that a path names, extension included.
    fn notebook(&self, node: &TreeNode, text: &str, path: &str) -> Result<Option<String>, Box<Diagnostic>> {
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        let read_from = |at: &str| self.from.get(at).filter(|_| self.files.get(at).is_some_and(DesiredFile::notebook));
        if let Some(at) = [stem, path].into_iter().find(|at| read_from(at).is_some_and(|from| from == path)) {
            return Ok(Some(at.to_owned()));
        }
        let fault = |code, message: String| Diagnostic::error(code, message).at(node.span().clone());
        if let Some(from) = read_from(path) {
            let whole = format!("{text}{}", from.strip_prefix(path).unwrap_or_default());
            let d = fault("missing-file", format!("no file is `{text}`"));
            return Err(Box::new(d.hint(format!("did you mean `{whole}`?"))));
        }
        if self.files.contains_key(path) {
            let d = fault("not-a-notebook", format!("`{text}` is a file, not a notebook"));
            return Err(Box::new(d.hint("a notebook begins with a line such as `-- Databricks notebook source`")));
        }
        Ok(None)
    }

    /// The file that may have been meant: of the same folder and name with another extension, of the same name in
    /// another folder, or of the same folder.
    fn near(&self, path: &str) -> Option<&str> {
        fn split(path: &str) -> (&str, &str) {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            (folder, name.split('.').next().unwrap_or_default())
        }
        let (folder, stem) = split(path);
        let all = self.from.values().map(String::as_str);
        // each of many missing files would look through all of them
        if all.len().saturating_mul(self.errors.len()) > 1_000_000 {
            return None;
        }
        let among = |alike: &dyn Fn((&str, &str)) -> bool| closest(path, all.clone().filter(|p| alike(split(p))));
        among(&|p| p == (folder, stem)).or_else(|| among(&|p| p.1 == stem)).or_else(|| among(&|p| p.0 == folder))
    }

    /// Whether a file gave its place in the workspace to another one: both are named where that is found.
    fn displaced(&self, path: &str) -> bool {
        let Some(bytes) = self.read.get(path) else { return false };
        let (at, _) = classify(path, bytes.clone());
        self.from.get(&at).is_some_and(|from| from != path)
    }

    fn missing(&mut self, node: &TreeNode, text: &str, path: &str, leads: Leads) {
        if self.displaced(path) {
            return;
        }
        let there = self.root.join(path).exists();
        let outside = path.starts_with("..");
        let message = match (there, leads) {
            (true, _) => format!("`{text}` is not uploaded"),
            (false, Leads::Notebook) => format!("no notebook is `{text}`"),
            (false, Leads::File) => format!("no file is `{text}`"),
            (false, Leads::Either) => format!("no file or folder is `{text}`"),
            (false, Leads::Folder) => format!("no folder is `{text}`"),
        };
        let d = Diagnostic::error("missing-file", message).at(node.span().clone());
        let near = self.near(path).filter(|_| !there && leads != Leads::Folder);
        self.errors.push(match near {
            Some(near) => {
                let folder = self.project.dir_of(node);
                d.hint(format!("did you mean `{}`?", relative(&self.root.join(near), &folder)))
            }
            None if there && outside => d.hint("it is outside the bundle: add its folder to `sync.paths`"),
            None if there => d.hint("`.gitignore`, `sync.exclude` or `sync.paths` excludes it"),
            None => d.hint("paths start at the file that names them"),
        });
    }
}
