//! The code of its own that a bundle would run: scripts, Python functions, commands of artifacts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::discover::discover;
use super::include::matching;
use super::node::TreeNode;
use super::yaml::parse;
use piq_diagnostics::Source;

/// The bundle's folder, and a line for each piece of code, as it is written: nothing is filled in, and nothing runs.
/// Nothing of a bundle that cannot be read: loading it says what is wrong.
pub fn code_of(start: &Path) -> Option<(PathBuf, Vec<String>)> {
    let found = discover(start).ok()?;
    let text = std::fs::read_to_string(&found.file).ok()?;
    let mut code = Vec::new();
    if !names_code(&text) && !text.contains("include") {
        return Some((found.bundle_dir, code));
    }
    let root = parse(&Source::new("databricks.yml", text)).ok()?.root;
    collect(&root, &mut code);
    let targets = || root.get("targets").and_then(TreeNode::as_map).into_iter().flatten().map(|(_, e)| &e.value);
    let include = std::iter::once(&root).chain(targets()).filter_map(|section| section.get("include")?.as_list());
    let files: BTreeSet<PathBuf> =
        include.flatten().filter_map(|pattern| matching(&found.bundle_dir, pattern).ok()).flatten().collect();
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        if names_code(&text)
            && let Ok(document) = parse(&Source::new(file.display().to_string(), text))
        {
            collect(&document.root, &mut code);
        }
    }
    Some((found.bundle_dir, code))
}

/// Whether a text may hold one of the sections: most files of a large bundle need no reading.
fn names_code(text: &str) -> bool {
    ["scripts", "artifacts", "python:", "python\""].iter().any(|word| text.contains(word))
}

/// The code that one file names, for all its targets.
fn collect(root: &TreeNode, code: &mut Vec<String>) {
    let targets = root.get("targets").and_then(TreeNode::as_map).into_iter().flatten().map(|(_, e)| &e.value);
    for section in std::iter::once(root).chain(targets) {
        for (name, entry) in section.get("experimental.scripts").and_then(TreeNode::as_map).into_iter().flatten() {
            code.push(format!("script {name}: {}", display_value(&entry.value)));
        }
        for python in [section.get("python"), section.get("experimental.python")].into_iter().flatten() {
            for list in ["resources", "mutators"] {
                let functions = python.get(list).and_then(TreeNode::as_list).into_iter().flatten();
                code.extend(functions.map(|function| format!("Python function {}", display_value(function))));
            }
        }
        for (name, entry) in section.get("artifacts").and_then(TreeNode::as_map).into_iter().flatten() {
            if let Some(build) = entry.value.get("build").filter(|b| !b.is_null()) {
                code.push(format!("build of artifact {name}: {}", display_value(build)));
            } else if entry.value.str_at("type") == Some("whl") && entry.value.get("files").is_none() {
                code.push(format!("build of artifact {name}: setup.py"));
            }
        }
    }
}

fn display_value(node: &TreeNode) -> String {
    node.as_str().map_or_else(|| node.to_json().to_string(), |text| text.trim().replace('\n', "; "))
}
