//! Keys that no schema has.

use super::super::node::{TreeEntry, TreeNode};
use super::super::outputs::read_only;
use super::{ValueType, fields};
use piq_diagnostics::{Diagnostic, closest};

/// Finds unknown keys under `node`, however deep. A typing slip is an error; a field that may be newer than this
/// program is passed on with a warning.
pub(crate) fn unknown_fields(
    node: &TreeNode,
    schema: &'static str,
    title: &str,
    errors: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) {
    let known = fields(schema);
    for (name, entry) in node.as_map().into_iter().flatten() {
        match known.iter().find(|f| f.name == name) {
            Some(field) => inside(&entry.value, &field.kind, &format!("`{name}`"), errors, warnings),
            None if schema == "Job" && name == SET_BY_DEPLOY => {
                let message = format!("`{name}` of {title} has no effect: the deploy sets it itself");
                warnings.push(Diagnostic::warning("no-effect", message).at(entry.key.clone()).hint("take it out"));
            }
            None => unknown(name, entry, schema, title, errors, warnings),
        }
    }
}

/// The field by which the workspace shows a job as part of a bundle.
pub(crate) const SET_BY_DEPLOY: &str = "deployment";

fn inside(
    node: &TreeNode,
    kind: &ValueType,
    title: &str,
    errors: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) {
    match kind {
        ValueType::Fields(schema) => unknown_fields(node, schema, title, errors, warnings),
        ValueType::List(kind) => {
            let title = singular(title);
            node.as_list().into_iter().flatten().for_each(|item| inside(item, kind, &title, errors, warnings));
        }
        ValueType::Map(kind) => {
            node.as_map().into_iter().flatten().for_each(|(_, e)| inside(&e.value, kind, title, errors, warnings));
        }
        _ => {}
    }
}

/// What an item of a list is called: an item of `tasks` is a task.
pub(super) fn singular(title: &str) -> String {
    match title.trim_matches('`') {
        "tasks" => "a task".to_owned(),
        "parameters" => "a parameter".to_owned(),
        "permissions" => "a permission".to_owned(),
        "job_clusters" => "a job cluster".to_owned(),
        "depends_on" => "a dependency".to_owned(),
        _ => format!("an item of {title}"),
    }
}

fn unknown(
    name: &str,
    entry: &TreeEntry,
    schema: &'static str,
    title: &str,
    errors: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) {
    if read_only(schema, name) {
        errors.push(
            Diagnostic::error("read-only", format!("`{name}` of {title} is set by the workspace"))
                .at(entry.key.clone())
                .hint(format!("remove it, and refer to it as `${{resources.KIND.KEY.{name}}}`")),
        );
        return;
    }
    if let Some(near) = closest(name, fields(schema).iter().map(|f| f.name)) {
        errors.push(
            Diagnostic::error("unknown-key", format!("unknown key `{name}` in {title}"))
                .label(entry.key.clone(), format!("not a key of {title}"))
                .hint(format!("did you mean `{near}`?")),
        );
        return;
    }
    let message = format!("unknown field `{name}` in {title} is passed on as it is");
    warnings.push(Diagnostic::warning("unknown-field", message).at(entry.key.clone()));
}
