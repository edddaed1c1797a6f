//! Clusters that come up otherwise than their author may think.

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
