//! Dynamic references such as `{{job.parameters.region}}` in the values of task parameters.

use super::model::{Run, TaskRun};

/// Replaces the references that the local workspace knows; an unknown one is an error that names it.
pub(super) fn resolve(text: &str, run: &Run, task: &TaskRun) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else { break };
        let name = rest[start + 2..start + length].trim();
        out.push_str(&rest[..start]);
        out.push_str(&value(name, run, task).ok_or_else(|| {
            format!("the local workspace does not know the reference {{{{{name}}}}} of task `{}`", task.task_key)
        })?);
        rest = &rest[start + length + 2..];
    }
    out.push_str(rest);
    Ok(out)
}

fn value(name: &str, run: &Run, task: &TaskRun) -> Option<String> {
    if let Some(parameter) = name.strip_prefix("job.parameters.") {
        return run.parameters.get(parameter).cloned();
    }
    let start = || jiff::Timestamp::from_millisecond(i64::try_from(run.start_time).ok()?).ok();
    Some(match name {
        "job.id" | "job_id" => run.job_id.to_string(),
        "job.name" => run.name.clone(),
        "job.run_id" | "run.id" | "parent_run_id" => run.run_id.to_string(),
        "task.name" | "task_key" => task.task_key.clone(),
        "task.run_id" | "run_id" => task.run_id.to_string(),
        "task.execution_count" => (task.attempt + 1).to_string(),
        "job.repair_count" => run.repairs.len().to_string(),
        "task_retry_count" => task.attempt.to_string(),
        "job.trigger.type" => "one_time".into(),
        "job.start_time.timestamp_ms" | "job.trigger.time.timestamp_ms" => run.start_time.to_string(),
        "job.start_time.iso_date" | "job.trigger.time.iso_date" | "start_date" => start()?.strftime("%F").to_string(),
        "job.start_time.iso_datetime" | "job.trigger.time.iso_datetime" => start()?.strftime("%FT%T").to_string(),
        _ => return None,
    })
}
