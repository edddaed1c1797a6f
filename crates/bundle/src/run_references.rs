//! `{{…}}` in tasks: values that a run fills in. Those that name a parameter or a task of the job are checked.

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use super::names::some_of;
use super::node::TreeNode;
use super::resource::Resource;
use piq_diagnostics::{Diagnostic, closest_of};

/// Checks the `{{job.parameters.x}}` and `{{tasks.a.…}}` of one job.
pub(super) fn check(job: &Resource, errors: &mut Vec<Diagnostic>) {
    let list = |name: &str| job.spec.get(name).and_then(TreeNode::as_list).unwrap_or_default();
    let parameters: IndexSet<&str> = list("parameters").iter().filter_map(|p| p.str_at("name")).collect();
    let tasks = list("tasks");
    let needs: HashMap<&str, Vec<&str>> = tasks
        .iter()
        .filter_map(|t| {
            let on = t.get("depends_on").and_then(TreeNode::as_list).unwrap_or_default();
            Some((t.str_at("task_key")?, on.iter().filter_map(|d| d.str_at("task_key")).collect()))
        })
        .collect();
    for task in tasks {
        let Some(key) = task.str_at("task_key") else { continue };
        visit(task, &mut |node, name, range| {
            let place = || node.place_of(range.clone());
            if let Some(parameter) = name.strip_prefix("job.parameters.") {
                if simple(parameter) && !parameters.contains(parameter) {
                    let d = Diagnostic::error(
                        "unknown-parameter",
                        format!("job `{}` has no parameter `{parameter}`", job.key),
                    )
                    .at(place());
                    errors.push(match closest_of(parameter, parameters.iter().copied(), errors.len()) {
                        Some(near) => d.hint(format!("did you mean `{near}`?")),
                        None if parameters.is_empty() => d.hint("declare it under `parameters` of the job"),
                        None => d.hint(format!("it has {}", some_of(parameters.iter().copied()))),
                    });
                }
            } else if let Some((other, _)) = name.strip_prefix("tasks.").and_then(|rest| rest.split_once('.'))
                && simple(other)
            {
                if !needs.contains_key(other) {
                    let d = Diagnostic::error("unknown-task", format!("job `{}` has no task `{other}`", job.key))
                        .at(place());
                    errors.push(match closest_of(other, needs.keys().copied(), errors.len()) {
                        Some(near) => d.hint(format!("did you mean `{near}`?")),
                        None => d,
                    });
                } else if !upstream(key, other, &needs) {
                    errors.push(
                        Diagnostic::error("task-order", format!("task `{key}` does not wait for `{other}`"))
                            .at(place())
                            .hint(format!("add `depends_on: [{{task_key: {other}}}]` to task `{key}`")),
                    );
                }
            }
        });
    }
}

/// A name that needs no quoting; others are left to the workspace.
fn simple(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

/// Whether `task` waits for `other`, be it through others.
fn upstream(task: &str, other: &str, needs: &HashMap<&str, Vec<&str>>) -> bool {
    let mut open: Vec<&str> = needs.get(task).cloned().unwrap_or_default();
    let mut seen = HashSet::new();
    while let Some(next) = open.pop() {
        if next == other {
            return true;
        }
        if seen.insert(next) {
            open.extend(needs.get(next).into_iter().flatten());
        }
    }
    false
}

/// Calls `each` with every `{{name}}` of the texts under a node, and where it stands in the text.
fn visit(node: &TreeNode, each: &mut dyn FnMut(&TreeNode, &str, std::ops::Range<usize>)) {
    if let Some(text) = node.as_str() {
        let mut at = 0;
        while let Some(open) = text[at..].find("{{").map(|i| at + i) {
            let Some(close) = text[open..].find("}}").map(|i| open + i) else { break };
            each(node, text[open + 2..close].trim(), open..close + 2);
            at = close + 2;
        }
    }
    node.as_list().into_iter().flatten().for_each(|i| visit(i, each));
    node.as_map().into_iter().flatten().for_each(|(_, e)| visit(&e.value, each));
}
