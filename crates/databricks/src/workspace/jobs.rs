//! Jobs.

use async_trait::async_trait;
use serde_json::Value;

use super::error::Result;
use super::ids::JobId;

/// A job as the workspace has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// Its settings as the API gives them, all tasks among them.
    pub settings: Value,
}

impl Job {
    /// Its name.
    pub fn name(&self) -> &str {
        self.settings["name"].as_str().unwrap_or_default()
    }
}

/// A page of the list of all jobs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobsPage {
    /// Those of the page that were asked for, whole.
    pub jobs: Vec<Job>,
    /// Names the next page; nothing after the last one.
    pub next: Option<String>,
}

/// Tells by a job's settings whether it is wanted.
pub type JobFilter<'a> = &'a (dyn Fn(&Value) -> bool + Sync);

/// Reads and changes jobs.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Every job of exactly this name.
    async fn jobs_named(&self, name: &str) -> Result<Vec<Job>>;

    /// A page of all jobs of the workspace, of which only the wanted ones are kept.
    async fn jobs_page(&self, token: Option<&str>, wanted: JobFilter<'_>) -> Result<JobsPage>;

    /// A job by its number.
    async fn job(&self, id: JobId) -> Result<Option<Job>>;

    /// Creates a job. It is not repeated when the answer is lost: look for the job first.
    async fn create_job(&self, settings: &Value) -> Result<JobId>;

    /// Replaces all settings of a job.
    async fn reset_job(&self, id: JobId, settings: &Value) -> Result<()>;

    /// Deletes a job; whether it was there.
    async fn delete_job(&self, id: JobId) -> Result<bool>;
}
