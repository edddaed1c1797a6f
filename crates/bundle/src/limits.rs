//! Sizes that the API refuses.

use super::node::TreeNode;
use super::resource::Resource;
use piq_diagnostics::Diagnostic;

/// Lists and maps of a job, and how many items each takes at most.
const COUNTS: [(&str, usize, &str); 3] = [
    ("tasks", 1000, "split the job, and start the parts with `run_job_task`"),
    ("job_clusters", 100, "tasks can share a cluster"),
    // three more say to whom the job belongs
    ("tags", 22, "a job takes 25 tags, and three of them say to which bundle it belongs"),
];

/// Texts of a job, and how many bytes each takes at most.
const LENGTHS: [(&str, usize); 2] = [("name", 4096), ("description", 27_700)];

/// How many characters the key of a task takes.
const KEY: usize = 100;

/// How many runs of a job there may be at a time.
const RUNS: i64 = 1000;

/// Checks the sizes of one job.
pub(super) fn check(job: &Resource, errors: &mut Vec<Diagnostic>) {
    let mut too_large = |node: &TreeNode, message: String, hint: &str| {
        let d = Diagnostic::error("too-large", message).at(node.place.clone());
        errors.push(if hint.is_empty() { d } else { d.hint(hint) });
    };
    for (field, most, hint) in COUNTS {
        let Some(entry) = job.spec.entry(field) else { continue };
        let count = entry.value.as_list().map(<[_]>::len).or(entry.value.as_map().map(indexmap::IndexMap::len));
        if let Some(count) = count.filter(|count| *count > most) {
            let at = TreeNode { place: entry.key.clone(), ..entry.value.clone() };
            too_large(&at, format!("job `{}` has {count} `{field}`; {most} is the most", job.key), hint);
        }
    }
    for (field, most) in LENGTHS {
        if let Some(node) = job.spec.get(field)
            && let Some(bytes) = node.as_str().map(str::len).filter(|bytes| *bytes > most)
        {
            too_large(node, format!("`{field}` of job `{}` has {bytes} bytes; {most} is the most", job.key), "");
        }
    }
    for key in job.spec.get("tasks").and_then(TreeNode::as_list).into_iter().flatten().filter_map(|t| t.get("task_key"))
    {
        let length = key.as_str().unwrap_or_default().chars().count();
        if length > KEY {
            too_large(key, format!("a `task_key` of job `{}` has {length} characters; {KEY} is the most", job.key), "");
        }
    }
    if let Some(runs) = job.spec.get("max_concurrent_runs")
        && let Some(count) = runs.as_i64().filter(|n| !(0..=RUNS).contains(n))
    {
        too_large(runs, format!("`max_concurrent_runs` is between 0 and {RUNS}, not {count}"), "");
    }
}
