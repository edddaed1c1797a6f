//! Clusters that come up otherwise than their author may think.

use super::local::local_library;
use super::node::TreeNode;
use super::resource::Resource;
use piq_diagnostics::Diagnostic;

/// A cluster without workers runs Spark only if it is told to run on one machine.
pub(super) fn check(job: &Resource, warnings: &mut Vec<Diagnostic>) {
    let shared = job.spec.get("job_clusters").and_then(TreeNode::as_list).into_iter().flatten();
    let tasks = job.spec.get("tasks").and_then(TreeNode::as_list).into_iter().flatten();
    let tasks = tasks.flat_map(|task| [task.get("new_cluster"), task.get("for_each_task.task.new_cluster")]);
    for cluster in shared.map(|c| c.get("new_cluster")).chain(tasks).flatten().filter(|c| c.as_map().is_some()) {
        if !waits_for_ever(cluster) {
            continue;
        }
        let place = cluster.entry("num_workers").map_or(&cluster.place, |e| &e.value.place);
        warnings.push(
            Diagnostic::warning("single-node", format!("a cluster of job `{}` has no workers", job.key))
                .at(place.clone())
                .hint("set `num_workers` or `autoscale`, or say that one machine is meant: `spark_conf: {spark.databricks.cluster.profile: singleNode, spark.master: 'local[*]'}` and `custom_tags: {ResourceClass: SingleNode}`"),
        );
    }
}

/// The first Databricks Runtime that installs libraries which are files of the workspace: the official CLI refuses
/// older ones (`bundle/trampoline/python_dbr_warning.go`).
const INSTALLS_WORKSPACE_FILES: (u32, u32) = (13, 1);

/// A task with a library of the bundle needs a runtime that can install it.
pub(super) fn old_for_libraries(job: &Resource, errors: &mut Vec<Diagnostic>) {
    let list = |node: Option<&TreeNode>| node.and_then(TreeNode::as_list).unwrap_or_default().to_vec();
    let shared = list(job.spec.get("job_clusters"));
    for task in list(job.spec.get("tasks")) {
        let inner = task.get("for_each_task.task").cloned();
        for task in std::iter::once(task).chain(inner) {
            let is_local = |l: &TreeNode| ["whl", "jar"].iter().any(|f| l.str_at(f).is_some_and(local_library));
            if !list(task.get("libraries")).iter().any(is_local) {
                continue;
            }
            let key = task.str_at("job_cluster_key");
            let of_job = shared.iter().filter(|c| key.is_some() && c.str_at("job_cluster_key") == key);
            let clusters = task.get("new_cluster").into_iter().chain(of_job.filter_map(|c| c.get("new_cluster")));
            for version in clusters.filter_map(|c| c.get("spark_version")).filter(|v| v.as_str().is_some_and(is_old)) {
                let name = task.str_at("task_key").unwrap_or_default();
                let message = format!(
                    "task `{name}` has a library of the bundle, and Databricks Runtime {} cannot install it",
                    version.as_str().unwrap_or_default()
                );
                errors.push(
                    Diagnostic::error("old-runtime", message)
                        .at(version.place.clone())
                        .hint("use Databricks Runtime 13.3 LTS or later"),
                );
            }
        }
    }
}

fn is_old(version: &str) -> bool {
    let mut parts = version.split('.');
    let Some(major) = parts.next().and_then(|p| p.parse().ok()) else { return false };
    let minor = match parts.next() {
        Some(minor) if minor.starts_with('x') => Some(u32::MAX),
        Some(minor) => minor.parse().ok(),
        None => None,
    };
    minor.is_some_and(|minor| (major, minor) < INSTALLS_WORKSPACE_FILES)
}

fn waits_for_ever(cluster: &TreeNode) -> bool {
    let set = |field: &str| cluster.get(field).is_some_and(|n| !n.is_null());
    let map = |field: &str, key: &str| cluster.get(field).and_then(|m| m.entry(key)?.value.as_str());
    let workers = cluster.get("num_workers").filter(|n| !n.is_null());
    let none = workers.is_none_or(|n| n.as_i64() == Some(0));
    let single = map("spark_conf", "spark.databricks.cluster.profile") == Some("singleNode")
        && map("spark_conf", "spark.master").is_some_and(|m| m.starts_with("local"))
        && map("custom_tags", "ResourceClass") == Some("SingleNode");
    // a policy may set all of it
    none && !set("autoscale") && !set("policy_id") && !set("is_single_node") && !single
}
