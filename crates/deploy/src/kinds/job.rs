//! Jobs.

use async_trait::async_trait;
use serde_json::Value;

use super::{Applied, ResourceHandler, Result};
use crate::diff::Filled;
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

    fn unmarked(&self, there: &Value) -> Option<Value> {
        let mut settings = there.clone();
        owner_tag::remove(&mut settings);
        Some(settings)
    }

    fn permission_object(&self) -> Option<&'static str> {
        Some("jobs")
    }
}

/// What the Jobs API answers although nobody set it. Clusters get attributes of the cloud.
fn filled(path: &str, value: &Value) -> bool {
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
        _ => path.contains("new_cluster.") || path.starts_with("run_as."),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::filled;

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
}
