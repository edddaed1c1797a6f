//! Checks of jobs: what the API would refuse, and what it would accept to nobody's good.

use super::bundle::{Resource, ResourceKind};
use super::fields::TASK_TYPES;
use super::known::one_of;
use super::node::Node;
use crate::diagnostic::{Diagnostic, Place, closest};

const PAUSE: &[&str] = &["PAUSED", "UNPAUSED"];
const RUN_IF: &[&str] =
    &["ALL_DONE", "ALL_FAILED", "ALL_SUCCESS", "AT_LEAST_ONE_FAILED", "AT_LEAST_ONE_SUCCESS", "NONE_FAILED"];

/// Checks every job.
pub(super) fn check(resources: &[Resource], errors: &mut Vec<Diagnostic>) {
    for job in resources.iter().filter(|r| r.kind == ResourceKind::Job) {
        tasks(job, errors);
        for section in ["schedule", "trigger", "continuous"] {
            if let Some(status) = job.spec.get(&format!("{section}.pause_status")) {
                allowed("pause_status", status, PAUSE, errors);
            }
        }
        if let Some(cron) = job.spec.get("schedule.quartz_cron_expression")
            && let Some(text) = cron.as_str().filter(|t| !t.contains("${"))
            && let Err(why) = super::cron::check(text)
        {
            errors.push(
                Diagnostic::error("bad-cron", format!("not a Quartz cron expression: {why}"))
                    .at(cron.place.clone())
                    .hint("seconds minutes hours day-of-month month day-of-week [year], such as `0 0 6 * * ?`"),
            );
        }
    }
}

fn allowed(name: &str, node: &Node, values: &[&'static str], errors: &mut Vec<Diagnostic>) {
    let found = node.as_str().unwrap_or(node.form());
    if !values.contains(&found) && !found.contains("${") && !node.is_null() {
        errors.push(one_of(name, found, values, &node.place));
    }
}

/// Place of the task that stands first in the map, for a task has no place of its own.
fn start(task: &Node) -> Place {
    task.as_map().and_then(|m| m.first()).map_or_else(|| task.place.clone(), |(_, e)| e.key.clone())
}

fn tasks(job: &Resource, errors: &mut Vec<Diagnostic>) {
    let Some(list) = job.spec.get("tasks").filter(|n| !n.is_null()) else { return };
    let Some(tasks) = list.as_list() else {
        let message = format!("`tasks` is a list, not {}", list.form());
        errors.push(Diagnostic::error("wrong-type", message).at(list.place.clone()));
        return;
    };
    let mut keys: Vec<(&str, &Node)> = Vec::new();
    for task in tasks {
        let Some(node) = task.get("task_key") else {
            errors.push(Diagnostic::error("missing-field", "a task has no `task_key`").at(start(task)));
            continue;
        };
        let Some(key) = node.as_str() else {
            let message = format!("`task_key` is a text, not {}", node.form());
            errors.push(Diagnostic::error("wrong-type", message).at(node.place.clone()));
            continue;
        };
        if let Some((_, first)) = keys.iter().find(|(k, _)| *k == key) {
            errors.push(
                Diagnostic::error("duplicate-task", format!("two tasks of job `{}` are named `{key}`", job.key))
                    .label(node.place.clone(), "named again")
                    .label(first.place.clone(), "first named here"),
            );
        }
        keys.push((key, node));
        task_type(task, key, errors);
        if let Some(run_if) = task.get("run_if") {
            allowed("run_if", run_if, RUN_IF, errors);
        }
    }
    depends_on(tasks, &keys, errors);
}

fn task_type(task: &Node, key: &str, errors: &mut Vec<Diagnostic>) {
    let types: Vec<_> = task.as_map().into_iter().flatten().filter(|(k, _)| k.ends_with("_task")).collect();
    match types.as_slice() {
        [] => errors.push(
            Diagnostic::error("task-type", format!("task `{key}` says nothing to run"))
                .at(start(task))
                .hint(format!("give it one of {}", TASK_TYPES[..4].join(", ")) + ", notebook_task, sql_task, …"),
        ),
        [_] => {}
        [(a, first), (b, second), ..] => errors.push(
            Diagnostic::error("task-type", format!("task `{key}` has both `{a}` and `{b}`"))
                .label(second.key.clone(), "a second thing to run")
                .label(first.key.clone(), "the first"),
        ),
    }
}

fn depends_on(tasks: &[Node], keys: &[(&str, &Node)], errors: &mut Vec<Diagnostic>) {
    let mut edges: Vec<(&str, &str, &Node)> = Vec::new();
    for task in tasks {
        let key = task.str_at("task_key").unwrap_or_default();
        for dependency in task.get("depends_on").and_then(Node::as_list).unwrap_or_default() {
            let Some(node) = dependency.get("task_key") else {
                errors.push(Diagnostic::error("missing-field", "a dependency has no `task_key`").at(start(dependency)));
                continue;
            };
            let Some(name) = node.as_str() else { continue };
            if keys.iter().any(|(k, _)| *k == name) {
                edges.push((key, name, node));
            } else {
                let d = Diagnostic::error(
                    "unknown-task",
                    format!("task `{key}` depends on `{name}`, which does not exist"),
                )
                .at(node.place.clone());
                errors.push(match closest(name, keys.iter().map(|(k, _)| *k)) {
                    Some(near) => d.hint(format!("did you mean `{near}`?")),
                    None => d,
                });
            }
        }
    }
    if let Some((from, to, node)) = in_cycle(&edges) {
        errors.push(
            Diagnostic::error("task-cycle", format!("task `{from}` waits for `{to}`, which waits for `{from}`"))
                .at(node.place.clone()),
        );
    }
}

/// An edge that lies on a cycle: what is left after taking away, again and again, tasks that wait for nothing.
fn in_cycle<'a>(edges: &[(&'a str, &'a str, &'a Node)]) -> Option<(&'a str, &'a str, &'a Node)> {
    let mut left = edges.to_vec();
    loop {
        let before = left.len();
        let waiting: std::collections::HashSet<&str> = left.iter().map(|(from, _, _)| *from).collect();
        left.retain(|(_, to, _)| waiting.contains(to));
        let needed: std::collections::HashSet<&str> = left.iter().map(|(_, to, _)| *to).collect();
        left.retain(|(from, _, _)| needed.contains(from));
        if left.len() == before {
            return left.first().copied();
        }
    }
}
