//! Jobs.

use async_trait::async_trait;
use serde_json::Value;

use super::{Applied, ResourceHandler, Result};
use crate::diff::{Filled, Leaves};
use crate::remote_resource::Found;
use crate::{DesiredResource, Site, owner_tag};
use piq_databricks::workspace::{Job, JobId, Workspace, WorkspaceError};

/// Jobs.
pub(super) struct JobKind;

/// A job as what was found.
pub(crate) fn found(job: Job) -> Found {
    Found { id: job.id.to_string(), name: job.name().to_owned(), spec: job.settings, ..Found::default() }
}

/// A job of the right name, if it is ours or that of another bundle with the same target and key.
pub(crate) fn found_of(job: Job, site: &Site, key: &str) -> Option<Found> {
    if owner_tag::ours(&job.settings, site, key) {
        return Some(found(job));
    }
    let other_bundle = owner_tag::other_bundle(&job.settings, site, key)?;
    Some(Found { other_bundle: Some(other_bundle), ..found(job) })
}

fn number(id: &str) -> Result<JobId> {
    id.parse().map_err(|_| WorkspaceError::Answer {
        method: "GET",
        path: "/api/2.2/jobs/get".into(),
        why: format!("expected the id of a job, found `{id}`"),
    })
}

#[async_trait]
impl ResourceHandler for JobKind {
    async fn find(&self, workspace: &dyn Workspace, site: &Site, wanted: &DesiredResource) -> Result<Vec<Found>> {
        let jobs = workspace.jobs_named(&wanted.name).await?;
        Ok(jobs.into_iter().filter(|j| owner_tag::ours(&j.settings, site, &wanted.key)).map(found).collect())
    }

    async fn find_with_others(
        &self,
        workspace: &dyn Workspace,
        site: &Site,
        wanted: &DesiredResource,
    ) -> Result<Vec<Found>> {
        let jobs = workspace.jobs_named(&wanted.name).await?;
        Ok(jobs.into_iter().filter_map(|job| found_of(job, site, &wanted.key)).collect())
    }

    async fn read(&self, workspace: &dyn Workspace, id: &str) -> Result<Option<Found>> {
        Ok(workspace.job(number(id)?).await?.map(found))
    }

    async fn create(&self, workspace: &dyn Workspace, spec: &Value) -> Result<Applied> {
        Ok(Applied { id: workspace.create_job(spec).await?.to_string(), etag: None })
    }

    async fn update(&self, workspace: &dyn Workspace, found: &Found, spec: &Value) -> Result<Applied> {
        workspace.reset_job(number(&found.id)?, spec).await?;
        Ok(Applied { id: found.id.clone(), etag: None })
    }

    async fn delete(&self, workspace: &dyn Workspace, id: &str) -> Result<bool> {
        workspace.delete_job(number(id)?).await
    }

    fn filled(&self) -> Filled {
        filled
    }

    fn input_only(&self) -> &'static [&'static str] {
        &INPUT_ONLY
    }

    fn unmarked(&self, there: &Value) -> Option<Value> {
        let mut settings = there.clone();
        owner_tag::remove(&mut settings);
        Some(settings)
    }

    fn permission_object(&self) -> Option<&'static str> {
        Some("jobs")
    }
}

/// What the Jobs API takes and never gives back.
const INPUT_ONLY: [&str; 5] = [
    "trigger.table_update.condition",
    "triggers.table_update.condition",
    "job_clusters.new_cluster.apply_policy_default_values",
    "tasks.new_cluster.apply_policy_default_values",
    "tasks.for_each_task.task.new_cluster.apply_policy_default_values",
];

/// What the service sets in a cluster that has none: attributes of the cloud it is in, and the fields named here.
const CLOUDS: [&str; 3] = ["aws_attributes.", "azure_attributes.", "gcp_attributes."];
const CLUSTER_DEFAULTS: [&str; 6] = [
    "data_security_mode",
    "driver_instance_pool_id",
    "driver_node_type_id",
    "enable_elastic_disk",
    "enable_local_disk_encryption",
    "node_type_id",
];
/// How the service writes `is_single_node`.
const SINGLE_NODE: [&str; 3] =
    ["custom_tags.ResourceClass", "spark_conf.spark.databricks.cluster.profile", "spark_conf.spark.master"];

/// Whether the service added this field to a cluster. A policy may set any field.
fn filled_in_cluster(at: &str, field: &str, wanted: &Leaves) -> bool {
    let own = |name: &str| wanted.get(&format!("{at}new_cluster.{name}"));
    let policy = own("policy_id").and_then(Value::as_str).is_some_and(|id| !id.is_empty());
    let single = || own("is_single_node").is_some_and(|v| v == true) && SINGLE_NODE.contains(&field);
    policy || CLOUDS.iter().any(|cloud| field.starts_with(cloud)) || CLUSTER_DEFAULTS.contains(&field) || single()
}

/// What the Jobs API answers although nobody set it.
fn filled(path: &str, value: &Value, wanted: &Leaves) -> bool {
    if let Some((at, field)) = path.split_once("new_cluster.") {
        return filled_in_cluster(at, field, wanted);
    }
    let last = path.rsplit('.').next().unwrap_or(path);
    let text = value.as_str().unwrap_or_default();
    match last {
        "format" | "edit_mode" => true,
        "max_concurrent_runs" => value == 1,
        "enabled" => path == "queue.enabled" && value == true,
        "run_if" => text == "ALL_SUCCESS",
        "source" => text == "WORKSPACE" || text == "GIT",
        "pause_status" => text == "UNPAUSED",
        "performance_target" => path == "performance_target",
        "budget_policy_id" | "usage_policy_id" => true,
        _ => path.starts_with("run_as."),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::JobKind;
    use crate::diff::{Leaves, Reason, differences};
    use crate::kinds::ResourceHandler as _;

    fn filled(path: &str, value: &serde_json::Value) -> bool {
        super::filled(path, value, &Leaves::new())
    }

    #[test]
    fn defaults_of_the_service_are_known_and_other_values_are_not() {
        assert!(filled("queue.enabled", &json!(true)));
        assert!(filled("tasks[a].run_if", &json!("ALL_SUCCESS")));
        assert!(filled("job_clusters[c].new_cluster.aws_attributes.zone_id", &json!("auto")));
        assert!(!filled("tasks[a].run_if", &json!("ALL_DONE")));
        assert!(!filled("schedule.pause_status", &json!("PAUSED")));
        assert!(!filled("description", &json!("x")));
        assert!(!filled("max_concurrent_runs", &json!(7)));
    }

    #[test]
    fn what_a_person_adds_to_a_cluster_is_drift_unless_a_policy_may_have_set_it() {
        let added = json!({"spark_conf": {"spark.x": "1"}, "custom_tags": {"who": "me"}, "docker_image": {"url": "u"},
            "init_scripts": [{"workspace": {"destination": "/a.sh"}}], "node_type_id": "m5", "num_workers": 1,
            "enable_elastic_disk": true, "gcp_attributes": {"zone_id": "z"}, "data_security_mode": "SINGLE_USER"});
        let clusters = |cluster: &serde_json::Value| {
            json!({"job_clusters": [{"job_cluster_key": "c", "new_cluster": cluster}],
                "tasks": [{"task_key": "t", "for_each_task": {"task": {"new_cluster": cluster}}}]})
        };
        let drift = |wanted: serde_json::Value| {
            let (wanted, mut there) = (clusters(&wanted), added.clone());
            there["policy_id"] = wanted["job_clusters"][0]["new_cluster"]["policy_id"].clone();
            let changes = differences(Some(&wanted), &wanted, &clusters(&there), JobKind.filled());
            assert!(changes.iter().all(|c| c.reason == Reason::Drift && c.new.is_none()));
            changes.into_iter().map(|c| c.path.replace("tasks[t].for_each_task.task", "T")).collect::<Vec<_>>()
        };
        let fields =
            ["custom_tags.who", "docker_image.url", "init_scripts[0].workspace.destination", "spark_conf.spark.x"];
        let expected: Vec<String> = ["T", "job_clusters[c]"]
            .iter()
            .flat_map(|at| fields.iter().map(move |field| format!("{at}.new_cluster.{field}")))
            .collect();
        let mut found = drift(json!({"num_workers": 1}));
        found.sort();
        assert_eq!(found, expected);
        assert_eq!(drift(json!({"num_workers": 1, "policy_id": ""})).len(), 8);
        assert_eq!(drift(json!({"num_workers": 1, "policy_id": "p"})), Vec::<String>::new());
    }

    #[test]
    fn a_single_node_is_written_out_by_the_service() {
        let cluster = |more: serde_json::Value| json!({"tasks": [{"task_key": "t", "new_cluster": more}]});
        let written = json!({"is_single_node": true, "custom_tags": {"ResourceClass": "SingleNode"},
            "spark_conf": {"spark.master": "local[*]", "spark.databricks.cluster.profile": "singleNode"}});
        let wanted = cluster(json!({"is_single_node": true}));
        assert_eq!(differences(Some(&wanted), &wanted, &cluster(written.clone()), JobKind.filled()), []);
        let several = cluster(json!({"num_workers": 2}));
        let mut there = written;
        there["num_workers"] = json!(2);
        there["is_single_node"] = json!(false);
        assert_eq!(differences(Some(&several), &several, &cluster(there), JobKind.filled()).len(), 3);
    }
}
