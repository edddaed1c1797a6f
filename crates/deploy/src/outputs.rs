//! Fields of resources that exist, for those that refer to them.

use serde_json::{Value, json};

use super::address::address;
use super::key::split_key;
use piq_bundle::ResourceKind;

/// A field of a resource: its id, its address, or what the workspace says of it in `there`.
pub(super) fn output(host: &str, full: &str, id: &str, there: &Value, field: &str) -> Option<Value> {
    let (kind, _) = split_key(full)?;
    match (kind, field) {
        (_, "id") | (ResourceKind::Job, "job_id") | (ResourceKind::Dashboard, "dashboard_id") => Some(json!(id)),
        (_, "url") => Some(json!(address(host, kind, id))),
        _ => {
            let path = field.replace('[', ".").replace(']', "");
            let found = path.split('.').try_fold(there, |at, step| match at {
                Value::Array(items) => items.get(step.parse::<usize>().ok()?),
                other => other.get(step),
            })?;
            Some(found.clone()).filter(|v| v.is_string() || v.is_number() || v.is_boolean())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::output;

    #[test]
    fn fields_are_found_by_their_path() {
        let there = json!({"jdbc_url": "jdbc:x", "odbc_params": {"hostname": "h", "port": 443}, "tags": {}});
        let of = |field: &str| output("https://w", "sql_warehouses.a", "abc", &there, field);
        assert_eq!(of("id"), Some(json!("abc")));
        assert_eq!(of("jdbc_url"), Some(json!("jdbc:x")));
        assert_eq!(of("odbc_params.port"), Some(json!(443)));
        assert_eq!((of("tags"), of("state")), (None, None));
        assert!(of("url").is_some_and(|u| u.as_str().is_some_and(|u| u.starts_with("https://w/"))));
        assert_eq!(output("", "jobs.j", "7", &json!({}), "job_id"), Some(json!("7")));
    }
}
