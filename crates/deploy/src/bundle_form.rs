//! A resource of the workspace as a bundle writes it: without what the service fills in by itself, and with the files
//! that it names as files of the bundle.

use serde_json::{Map, Value, json};

use super::owner_tag;

/// Fields that a reader looks for first.
const FIRST: [&str; 7] =
    ["name", "display_name", "task_key", "job_cluster_key", "environment_key", "description", "depends_on"];
/// What the service says of every job.
const SERVICE: [&str; 4] = ["format", "edit_mode", "deployment", "parent_path"];

/// A file of the workspace that a job names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// Where in the settings, as a JSON pointer.
    pub pointer: String,
    /// Its path in the workspace.
    pub path: String,
    /// Whether it is a notebook.
    pub notebook: bool,
}

/// The settings of a job as a bundle writes them.
pub fn described_job(settings: &Value) -> Value {
    let mut settings = settings.clone();
    owner_tag::leave_out(&mut settings);
    if let Some(fields) = settings.as_object_mut() {
        fields.retain(|name, _| !SERVICE.contains(&name.as_str()));
    }
    let git = settings["git_source"].is_object();
    if settings["git_source"].is_null() {
        settings.as_object_mut().map(|fields| fields.shift_remove("git_source"));
    }
    tidy(&settings, "", git).unwrap_or_else(|| json!({}))
}

/// A value without defaults and without what is empty, in a reader's order; nothing if nothing is left of it.
fn tidy(value: &Value, name: &str, git: bool) -> Option<Value> {
    match value {
        Value::Null => None,
        // the text `${x}` is not a reference
        Value::String(text) => Some(json!(text.replace("${", "$${"))),
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => Some(items.iter().filter_map(|i| tidy(i, name, git)).collect()),
        Value::Object(fields) => {
            let first = FIRST.iter().filter_map(|name| Some((*name, fields.get(*name)?)));
            let rest = fields.iter().map(|(k, v)| (k.as_str(), v)).filter(|(k, _)| !FIRST.contains(k));
            let kept = first.chain(rest).filter(|(k, v)| !by_itself(k, v, name, git));
            let out: Map<String, Value> = kept.filter_map(|(k, v)| Some((k.to_owned(), tidy(v, k, git)?))).collect();
            (!out.is_empty()).then_some(Value::Object(out))
        }
        other => Some(other.clone()),
    }
}

/// Whether the service has this value by itself.
fn by_itself(field: &str, value: &Value, inside: &str, git: bool) -> bool {
    match field {
        "max_concurrent_runs" => value == 1,
        "queue" => value == &json!({"enabled": true}),
        "run_if" => value == "ALL_SUCCESS",
        "source" => value == if git { "GIT" } else { "WORKSPACE" },
        "timeout_seconds" => value == 0,
        "pause_status" => value == "UNPAUSED",
        _ => inside.ends_with("notification_settings") && value == false,
    }
}

/// The notebooks and files of the workspace that the tasks of a job name.
pub fn named_files(settings: &Value) -> Vec<NamedFile> {
    let git = settings["git_source"].is_object();
    let mut found = Vec::new();
    for i in 0..settings["tasks"].as_array().map_or(0, Vec::len) {
        for task in [format!("/tasks/{i}"), format!("/tasks/{i}/for_each_task/task")] {
            for (at, field, notebook) in [
                ("notebook_task", "notebook_path", true),
                ("spark_python_task", "python_file", false),
                ("sql_task/file", "path", false),
            ] {
                let Some(holder) = settings.pointer(&format!("{task}/{at}")) else { continue };
                let from_git = holder["source"] == "GIT" || (git && holder["source"] != "WORKSPACE");
                let path = holder[field].as_str().filter(|p| p.starts_with('/') && !p.starts_with("/Volumes/"));
                if let Some(path) = path.filter(|_| !from_git) {
                    found.push(NamedFile { pointer: format!("{task}/{at}/{field}"), path: path.to_owned(), notebook });
                }
            }
        }
    }
    found
}

/// Paths of the workspace below the folder that holds all of them.
pub fn below_common_folder(paths: &[&str]) -> Vec<String> {
    let steps = |path| owner_tag::normal(path).split('/').filter(|step| !["", ".", ".."].contains(step)).collect();
    let all: Vec<Vec<&str>> = paths.iter().map(|path| steps(path)).collect();
    let folder = |steps: &[&str]| steps.len().saturating_sub(1);
    let first = all.first().map(Vec::as_slice).unwrap_or_default();
    let shared = |other: &Vec<&str>| {
        let alike = first.iter().zip(other).take_while(|(a, b)| a == b).count();
        alike.min(folder(first)).min(folder(other))
    };
    let common = all.iter().map(shared).min().unwrap_or_default();
    all.iter().map(|steps| steps.iter().skip(common).copied().collect::<Vec<_>>().join("/")).collect()
}

/// A key for a resource of a name: its letters and digits, with `_` between them.
pub fn key_of(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let key = words.join("_");
    if key.is_empty() || key.starts_with(|c: char| c.is_ascii_digit()) { format!("r_{key}") } else { key }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{below_common_folder, described_job, key_of, named_files};

    #[test]
    fn files_keep_the_folders_that_they_do_not_share() {
        let below = |paths: &[&str]| below_common_folder(paths).join(" ");
        assert_eq!(below(&["/Workspace/Users/ada/load/nb"]), "nb");
        assert_eq!(below(&["/Users/ada/a/nb", "/Workspace/Users/ada/b/nb", "/Users/ada/a/x"]), "a/nb b/nb a/x");
        assert_eq!(below(&["/Users/ada/a", "/Users/ada/a/nb"]), "a a/nb");
        assert_eq!(below(&["/Shared/x", "/Users/y"]), "Shared/x Users/y");
        assert_eq!(below(&["/a/../../x", "/a/b"]), "x b");
        assert_eq!(below(&["/a/n", "/a/n"]), "n n");
        assert_eq!(below(&[]), "");
    }

    #[test]
    fn what_the_service_fills_in_is_left_out() {
        let settings = json!({
            "email_notifications": {}, "format": "MULTI_TASK", "edit_mode": "UI_LOCKED", "max_concurrent_runs": 1,
            "queue": {"enabled": true}, "timeout_seconds": 0, "tags": {"piq_key": "k", "team": "sales"},
            "deployment": {"kind": "BUNDLE"}, "notification_settings": {"no_alert_for_skipped_runs": false},
            "schedule": {"quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "UTC", "pause_status": "UNPAUSED"},
            "tasks": [{
                "run_if": "ALL_SUCCESS", "task_key": "a",
                "notebook_task": {"notebook_path": "/Users/ada@example.com/n", "source": "WORKSPACE", "base_parameters": {"home": "${HOME}"}},
            }],
            "name": "Night load",
        });
        let described = described_job(&settings);
        assert_eq!(
            described.to_string(),
            r#"{"name":"Night load","tags":{"team":"sales"},"schedule":{"quartz_cron_expression":"0 0 6 * * ?","timezone_id":"UTC"},"tasks":[{"task_key":"a","notebook_task":{"notebook_path":"/Users/ada@example.com/n","base_parameters":{"home":"$${HOME}"}}}]}"#
        );
        let files = named_files(&described);
        assert_eq!(files.len(), 1);
        assert_eq!((files[0].pointer.as_str(), files[0].notebook), ("/tasks/0/notebook_task/notebook_path", true));
    }

    #[test]
    fn files_of_a_repository_or_a_volume_stay_where_they_are() {
        let settings = json!({"git_source": {"git_url": "x"}, "tasks": [
            {"notebook_task": {"notebook_path": "/a"}},
            {"spark_python_task": {"python_file": "/Workspace/b.py", "source": "WORKSPACE"}},
            {"for_each_task": {"task": {"sql_task": {"file": {"path": "/Volumes/m/s/v/c.sql", "source": "WORKSPACE"}}}}},
        ]});
        assert_eq!(named_files(&settings).into_iter().map(|f| f.path).collect::<Vec<_>>(), ["/Workspace/b.py"]);
    }

    #[test]
    fn keys_are_made_from_names() {
        assert_eq!(key_of("[dev ada] Night load (EU)"), "dev_ada_night_load_eu");
        assert_eq!(key_of("7 days"), "r_7_days");
        assert_eq!(key_of("日本"), "r_");
    }
}
