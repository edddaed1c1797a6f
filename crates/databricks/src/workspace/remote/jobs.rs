use async_trait::async_trait;
use serde_json::{Value, json};

use super::Remote;
use super::transport::Call;
use crate::workspace::error::Result;
use crate::workspace::{Job, JobFilter, JobId, Jobs, JobsPage, WorkspaceError};

/// Arrays of a job that come in pages.
const PAGED: [&str; 4] = ["tasks", "job_clusters", "environments", "parameters"];

/// A job as an answer shows it.
struct JobSummary {
    job: Job,
    /// Whether parts of it are missing.
    cut: bool,
}

fn job_of(mut answer: Value) -> Result<JobSummary> {
    let id = JobId::of(&answer).ok_or_else(|| WorkspaceError::Answer {
        method: "GET",
        path: "/api/2.2/jobs".into(),
        why: "the response has no job id".into(),
    })?;
    Ok(JobSummary { job: Job { id, settings: answer["settings"].take() }, cut: answer["has_more"] == true })
}

impl Remote {
    async fn page(&self, name: Option<&str>, token: Option<&str>, wanted: JobFilter<'_>) -> Result<JobsPage> {
        let mut call = Call::get("/api/2.2/jobs/list").query("expand_tasks", "true").query("limit", "100");
        for (field, value) in [("name", name), ("page_token", token)] {
            if let Some(value) = value {
                call = call.query(field, value);
            }
        }
        let mut answer = self.transport.json(call).await?;
        let mut jobs = Vec::new();
        for job in answer["jobs"].as_array_mut().into_iter().flatten().filter(|job| wanted(&job["settings"])) {
            let listed = job_of(job.take())?;
            // a job with many tasks is listed cut off
            match listed.cut {
                true => jobs.extend(self.job(listed.job.id).await?),
                false => jobs.push(listed.job),
            }
        }
        let next = answer["next_page_token"].as_str().filter(|t| !t.is_empty()).map(str::to_owned);
        Ok(JobsPage { jobs, next })
    }
}

#[async_trait]
impl Jobs for Remote {
    async fn jobs_named(&self, name: &str) -> Result<Vec<Job>> {
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        loop {
            // the filter of the API does not mind case
            let page = self.page(Some(name), token.as_deref(), &|settings| settings["name"] == name).await?;
            found.extend(page.jobs);
            match page.next {
                Some(next) => token = Some(next),
                None => return Ok(found),
            }
        }
    }

    async fn jobs_page(&self, token: Option<&str>, wanted: JobFilter<'_>) -> Result<JobsPage> {
        self.page(None, token, wanted).await
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>> {
        let get = |token: Option<String>| {
            let call = Call::get("/api/2.2/jobs/get").query("job_id", id.to_string());
            match token {
                Some(token) => call.query("page_token", token),
                None => call,
            }
        };
        let first = match self.transport.json(get(None)).await {
            Ok(answer) => answer,
            Err(e) if e.is_missing() => return Ok(None),
            Err(e) => return Err(e),
        };
        let mut token = first["next_page_token"].as_str().map(str::to_owned);
        let mut job = job_of(first)?.job;
        while let Some(next) = token.filter(|t| !t.is_empty()) {
            let page = self.transport.json(get(Some(next))).await?;
            for field in PAGED {
                let more = page["settings"][field].as_array().cloned().unwrap_or_default();
                if let Some(list) = job.settings[field].as_array_mut() {
                    list.extend(more);
                } else if !more.is_empty() {
                    job.settings[field] = json!(more);
                }
            }
            token = page["next_page_token"].as_str().map(str::to_owned);
        }
        Ok(Some(job))
    }

    async fn create_job(&self, settings: &Value) -> Result<JobId> {
        let answer = self.transport.json(Call::post("/api/2.2/jobs/create").body(settings)).await?;
        JobId::of(&answer).ok_or_else(|| WorkspaceError::Answer {
            method: "POST",
            path: "/api/2.2/jobs/create".into(),
            why: "the response has no job id".into(),
        })
    }

    async fn reset_job(&self, id: JobId, settings: &Value) -> Result<()> {
        let body = json!({"job_id": id, "new_settings": settings});
        self.transport.json(Call::post("/api/2.2/jobs/reset").body(&body).repeatable()).await.map(drop)
    }

    async fn delete_job(&self, id: JobId) -> Result<bool> {
        let call = Call::post("/api/2.2/jobs/delete").body(&json!({"job_id": id})).repeatable();
        match self.transport.json(call).await {
            Ok(_) => Ok(true),
            Err(e) if e.is_missing() => Ok(false),
            Err(e) => Err(e),
        }
    }
}
