//! Checks of jobs: what the API would refuse, and what it would accept to nobody's good.

use std::collections::{HashMap, HashSet};

use super::names::some_of;
use super::node::TreeNode;
use super::resource::{Resource, ResourceKind};
use super::{clusters, limits, run_references, schema, zone};
use piq_diagnostics::{Diagnostic, Span, closest_of};

/// Checks every job.
pub(super) fn check(resources: &[Resource], errors: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) {
    for job in resources.iter().filter(|r| r.kind == ResourceKind::Job) {
        let before = errors.len();
        limits::check(job, errors);
        if errors.len() > before {
            continue;
        }
        tasks(job, errors, warnings);
        keyed(job, "parameters", "name", errors);
        keyed(job, "job_clusters", "job_cluster_key", errors);
        keyed(job, "environments", "environment_key", errors);
        triggers(job, errors);
        if let Some(git) = job.spec.get("git_source") {
            at_most_one(git, "git_source", &["git_branch", "git_tag", "git_commit"], errors);
        }
        clusters::check(job, warnings);
        clusters::old_for_libraries(job, errors);
        run_references::check(job, errors);
    }
}

fn triggers(job: &Resource, errors: &mut Vec<Diagnostic>) {
    let list = job.spec.get("triggers").and_then(TreeNode::as_list).unwrap_or_default();
    let schedules = list.iter().filter_map(|t| t.get("schedule")).chain(job.spec.get("schedule"));
    errors.extend(schedules.clone().filter_map(|s| zone::check(s.get("timezone_id")?)));
    for cron in schedules.filter_map(|s| s.get("quartz_cron_expression")) {
        if let Some(text) = cron.as_str().filter(|t| !t.contains("${"))
            && let Err(why) = super::cron::check(text)
        {
            errors.push(
                Diagnostic::error("bad-cron", format!("not a Quartz cron expression: {why}"))
                    .at(cron.place.clone())
                    .hint("seconds minutes hours day-of-month month day-of-week [year], such as `0 0 6 * * ?`"),
            );
        }
    }
    for other in ["schedule", "trigger"] {
        at_most_one(&job.spec, &format!("job `{}`", job.key), &["continuous", other], errors);
    }
}

/// Fields of which the API takes one only.
fn at_most_one(node: &TreeNode, title: &str, names: &[&str], errors: &mut Vec<Diagnostic>) {
    let found: Vec<_> = names.iter().filter_map(|n| Some((n, node.entry(n).filter(|e| !e.value.is_null())?))).collect();
    if let [(a, first), (b, second), ..] = found.as_slice() {
        errors.push(
            Diagnostic::error("exclusive-fields", format!("{title} has both `{a}` and `{b}`"))
                .label(second.key.clone(), "the second")
                .label(first.key.clone(), "the first"),
        );
    }
}

/// Items of a list must differ in their key.
fn keyed(job: &Resource, list: &str, key: &str, errors: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<String, &TreeNode> = HashMap::new();
    for name in job.spec.get(list).and_then(TreeNode::as_list).unwrap_or_default().iter().filter_map(|i| i.get(key)) {
        match seen.get(&name.to_json().to_string()) {
            Some(first) => errors.push(
                Diagnostic::error(
                    "duplicate-item",
                    format!("two `{list}` of job `{}` are named `{}`", job.key, name.as_str().unwrap_or_default()),
                )
                .label(name.place.clone(), "named again")
                .label(first.place.clone(), "first named here"),
            ),
            None => {
                seen.insert(name.to_json().to_string(), name);
            }
        }
    }
}

/// Place of the task that stands first in the map, for a task has no place of its own.
fn start(task: &TreeNode) -> Span {
    task.as_map().and_then(|m| m.first()).map_or_else(|| task.place.clone(), |(_, e)| e.key.clone())
}

fn tasks(job: &Resource, errors: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) {
    let tasks = job.spec.get("tasks").and_then(TreeNode::as_list).unwrap_or_default();
    let mut keys: Vec<(&str, &TreeNode)> = Vec::new();
    for task in tasks {
        // a task without a key has been reported with its shape
        let Some((node, key)) = task.get("task_key").and_then(|n| Some((n, n.as_str()?))) else { continue };
        if let Some((_, first)) = keys.iter().find(|(k, _)| *k == key) {
            errors.push(
                Diagnostic::error("duplicate-task", format!("two tasks of job `{}` are named `{key}`", job.key))
                    .label(node.place.clone(), "named again")
                    .label(first.place.clone(), "first named here"),
            );
        }
        keys.push((key, node));
        one_task(job, task, key, errors);
        if let Some(inner) = task.get("for_each_task.task").filter(|t| t.as_map().is_some()) {
            one_task(job, inner, inner.str_at("task_key").unwrap_or(key), errors);
            retries(task, key, errors, warnings);
        }
    }
    depends_on(tasks, &keys, errors);
}

fn one_task(job: &Resource, task: &TreeNode, key: &str, errors: &mut Vec<Diagnostic>) {
    task_type(task, key, errors);
    compute(task, key, errors);
    at_most_one(task, &format!("task `{key}`"), &["job_cluster_key", "new_cluster", "existing_cluster_id"], errors);
    declared(job, task, "job_cluster_key", "job_clusters", errors);
    declared(job, task, "environment_key", "environments", errors);
}

/// Actions that run on a cluster or in an environment, and nowhere without one (checks of the official CLI).
const NEEDS_COMPUTE: [&str; 5] =
    ["python_wheel_task", "dbt_task", "spark_jar_task", "spark_submit_task", "spark_python_task"];

fn compute(task: &TreeNode, key: &str, errors: &mut Vec<Diagnostic>) {
    let actions = task.as_map().into_iter().flatten().filter(|(name, _)| name.ends_with("_task")).count();
    if actions != 1 {
        // reported with its actions
        return;
    }
    let set = |field: &str| task.get(field).is_some_and(|n| !n.is_null());
    let Some(action) = NEEDS_COMPUTE.into_iter().find(|action| set(action)) else { return };
    if ["environment_key", "job_cluster_key", "existing_cluster_id", "new_cluster"].into_iter().any(set) {
        return;
    }
    errors.push(
        Diagnostic::error("no-compute", format!("task `{key}` has a `{action}` and no cluster or environment"))
            .at(start(task))
            .hint("name an `environment_key`, a `job_cluster_key`, an `existing_cluster_id` or a `new_cluster`"),
    );
}

/// The attempts of a task that repeats another are those of the inner one: the API refuses `max_retries` and ignores
/// the rest (checks of the official CLI).
fn retries(task: &TreeNode, key: &str, errors: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) {
    for field in ["max_retries", "min_retry_interval_millis", "retry_on_timeout"] {
        let Some(entry) = task.entry(field).filter(|e| !e.value.is_null()) else { continue };
        let message = format!("`{field}` of task `{key}` belongs to the task that it repeats");
        let hint = format!("move it to `for_each_task.task.{field}`");
        if field == "max_retries" {
            errors.push(Diagnostic::error("for-each-retries", message).at(entry.key.clone()).hint(hint));
        } else {
            warnings.push(Diagnostic::warning("for-each-retries", message).at(entry.key.clone()).hint(hint));
        }
    }
}

/// What a task names must stand in a list of its job.
fn declared(job: &Resource, task: &TreeNode, key: &str, list: &str, errors: &mut Vec<Diagnostic>) {
    let Some((node, name)) = task.get(key).and_then(|n| Some((n, n.as_str()?))) else { return };
    let items = job.spec.get(list).and_then(TreeNode::as_list).unwrap_or_default();
    let known: Vec<&str> = items.iter().filter_map(|i| i.str_at(key)).collect();
    if name.contains("${") || known.iter().any(|n| *n == name || n.contains("${")) {
        return;
    }
    let message = format!("`{name}` is not among the `{list}` of job `{}`", job.key);
    let d = Diagnostic::error("unknown-key-reference", message).at(node.place.clone());
    errors.push(match closest_of(name, known.iter().copied(), errors.len()) {
        Some(near) => d.hint(format!("did you mean `{near}`?")),
        None if known.is_empty() => d.hint(format!("the job has no `{list}`")),
        None => d.hint(format!("there is {}", some_of(known.into_iter()))),
    });
}

fn task_type(task: &TreeNode, key: &str, errors: &mut Vec<Diagnostic>) {
    let types: Vec<_> = task.as_map().into_iter().flatten().filter(|(k, _)| k.ends_with("_task")).collect();
    match types.as_slice() {
        [] => errors.push(
            Diagnostic::error("task-type", format!("task `{key}` has no action"))
                .at(start(task))
                .hint(format!("give it one of {}", schema::task_types().collect::<Vec<_>>().join(", "))),
        ),
        [_] => {}
        [(a, first), (b, second), ..] => errors.push(
            Diagnostic::error("task-type", format!("task `{key}` has both `{a}` and `{b}`"))
                .label(second.key.clone(), "a second action")
                .label(first.key.clone(), "the first"),
        ),
    }
}

fn depends_on(tasks: &[TreeNode], keys: &[(&str, &TreeNode)], errors: &mut Vec<Diagnostic>) {
    let mut edges: Vec<Edge<'_>> = Vec::new();
    for task in tasks {
        let key = task.str_at("task_key").unwrap_or_default();
        for dependency in task.get("depends_on").and_then(TreeNode::as_list).unwrap_or_default() {
            let Some(node) = dependency.get("task_key") else { continue };
            let Some(name) = node.as_str().filter(|n| !n.contains("${")) else { continue };
            if keys.iter().any(|(k, _)| *k == name) {
                edges.push((key, name, node));
                outcome(tasks, dependency, name, errors);
            } else {
                let d = Diagnostic::error(
                    "unknown-task",
                    format!("task `{key}` depends on `{name}`, which does not exist"),
                )
                .at(node.place.clone());
                errors.push(match closest_of(name, keys.iter().map(|(k, _)| *k), errors.len()) {
                    Some(near) => d.hint(format!("did you mean `{near}`?")),
                    None => d,
                });
            }
        }
    }
    if let Some(cycle) = cycle(&edges) {
        let chain: Vec<String> =
            cycle.iter().map(|(from, _, _)| *from).chain([cycle[0].0]).map(|key| format!("`{key}`")).collect();
        let mut d = Diagnostic::error("task-cycle", format!("tasks wait for each other: {}", chain.join(" -> ")));
        for (from, to, node) in &cycle {
            d = d.label(node.place.clone(), format!("`{from}` waits for `{to}`"));
        }
        errors.push(d);
    }
}

/// Only a condition has an outcome to wait for.
fn outcome(tasks: &[TreeNode], dependency: &TreeNode, on: &str, errors: &mut Vec<Diagnostic>) {
    let Some(outcome) = dependency.get("outcome").filter(|o| !o.is_null()) else { return };
    let condition = tasks.iter().any(|t| t.str_at("task_key") == Some(on) && t.get("condition_task").is_some());
    if !condition {
        errors.push(
            Diagnostic::error("bad-outcome", format!("task `{on}` is not a condition task and has no outcome"))
                .at(outcome.place.clone()),
        );
    } else if !matches!(outcome.as_str(), Some("true" | "false")) && !outcome.as_str().is_some_and(|o| o.contains("${"))
    {
        let found = outcome.as_str().unwrap_or(outcome.form());
        errors.push(schema::one_of("outcome", found, &["true", "false"], &outcome.place));
    }
}

/// From a task, to the one that it waits for, where that is written.
type Edge<'a> = (&'a str, &'a str, &'a TreeNode);

/// The edges of a cycle in their order: of what is left after taking away, again and again, the tasks that wait for
/// nothing or that nothing waits for.
fn cycle<'a>(edges: &[Edge<'a>]) -> Option<Vec<Edge<'a>>> {
    let mut left = edges.to_vec();
    loop {
        let before = left.len();
        let waiting: HashSet<&str> = left.iter().map(|(from, _, _)| *from).collect();
        left.retain(|(_, to, _)| waiting.contains(to));
        let needed: HashSet<&str> = left.iter().map(|(_, to, _)| *to).collect();
        left.retain(|(from, _, _)| needed.contains(from));
        if left.len() == before {
            break;
        }
    }
    // from any task that is left, the way leads on until it comes back
    let mut way = vec![*left.first()?];
    loop {
        let next = *left.iter().find(|(from, _, _)| *from == way[way.len() - 1].1)?;
        if let Some(start) = way.iter().position(|(from, _, _)| *from == next.0) {
            return Some(way.split_off(start));
        }
        way.push(next);
    }
}
