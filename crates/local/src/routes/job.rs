//! A job as it is kept.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::http::ApiError;
use crate::ids::JobId;
use crate::store::Tables;

pub(super) const JOBS: &str = "jobs";

/// A job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Job {
    pub job_id: JobId,
    pub creator_user_name: String,
    pub created_time: u64,
    pub settings: Map<String, Value>,
}

impl Job {
    pub(super) fn tasks(&self) -> &[Value] {
        self.settings.get("tasks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        self.settings.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn run_as(&self) -> Value {
        let run_as = self.settings.get("run_as");
        let named = run_as.and_then(|r| r.get("user_name").or_else(|| r.get("service_principal_name"))).cloned();
        named.unwrap_or_else(|| json!(self.creator_user_name))
    }
}

/// The job with this number, or the API's odd error.
pub(super) fn existing(t: &Tables, job_id: JobId) -> Result<Job, ApiError> {
    t.get(JOBS, &job_id.key()).ok_or_else(|| ApiError::invalid(format!("Job {job_id} does not exist.")))
}
