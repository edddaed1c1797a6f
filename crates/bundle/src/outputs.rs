//! Fields that a resource has once it exists, and where their values go: a late value takes the type of its field.

use serde_json::Value;

use super::reference::{references, whole_reference};
use super::resource::ResourceKind;
use super::schema::{ValueType, fields, of_resource};

/// Fields of the API's answers, by kind, beside those that a bundle can set.
const OUTPUTS: &[(&str, &[&str])] = &[
    (
        "jobs",
        &[
            "id",
            "url",
            "job_id",
            "created_time",
            "creator_user_name",
            "run_as_user_name",
            "effective_budget_policy_id",
            "effective_usage_policy_id",
        ],
    ),
    ("dashboards", &["id", "url", "dashboard_id", "etag", "path", "create_time", "update_time", "lifecycle_state"]),
    (
        "schemas",
        &[
            "id",
            "url",
            "full_name",
            "schema_id",
            "owner",
            "created_at",
            "created_by",
            "updated_at",
            "updated_by",
            "metastore_id",
            "catalog_type",
            "storage_location",
            "browse_only",
        ],
    ),
    (
        "volumes",
        &[
            "id",
            "url",
            "full_name",
            "volume_id",
            "volume_path",
            "owner",
            "created_at",
            "created_by",
            "updated_at",
            "updated_by",
            "metastore_id",
            "storage_location",
            "browse_only",
        ],
    ),
    (
        "sql_warehouses",
        &[
            "id",
            "url",
            "jdbc_url",
            "odbc_params",
            "state",
            "num_clusters",
            "num_active_sessions",
            "creator_name",
            "health",
        ],
    ),
];

/// Whether a resource of a kind has a field once it exists. Kinds that piq does not deploy are left to the official CLI.
pub(super) fn has(kind: &str, field: &str) -> bool {
    match OUTPUTS.iter().find(|(k, _)| *k == kind) {
        Some((_, names)) => {
            let input = || of_resource(kind).is_some_and(|s| fields(s).iter().any(|f| f.name == field));
            names.contains(&field) || input()
        }
        None => true,
    }
}

/// Whether the workspace alone sets a field of a resource with this schema.
pub(super) fn read_only(schema: &str, field: &str) -> bool {
    let of = OUTPUTS.iter().find(|(kind, _)| of_resource(kind) == Some(schema));
    of.is_some_and(|(_, names)| names.contains(&field)) && !fields(schema).iter().any(|f| f.name == field)
}

/// Whether a field follows from what the bundle writes.
pub(super) fn early(kind: &str, field: &str) -> bool {
    matches!(
        (kind, field),
        (_, "name" | "display_name")
            | ("schemas" | "volumes", "id" | "full_name")
            | ("volumes", "volume_path")
            | ("dashboards", "parent_path" | "path")
    )
}

/// Fills `${resources.KIND.KEY.FIELD}` in a spec of a kind as far as `value` knows them, each in the type of the field
/// that it lands in. A reference to nothing (`null`) is nothing: within a text an empty one.
#[must_use]
pub fn fill_outputs(kind: ResourceKind, spec: &Value, value: &dyn Fn(&str, &str) -> Option<Value>) -> Value {
    let kind = of_resource(kind.as_str()).map_or(ValueType::Any, ValueType::Fields);
    filled(spec, &kind, value)
}

/// Whether the bundle may set a field of a kind, and only the bundle: the workspace gives it no value of its own.
pub fn only_written(kind: ResourceKind, field: &str) -> bool {
    let kind = kind.as_str();
    let input = of_resource(kind).is_some_and(|s| fields(s).iter().any(|f| f.name == field));
    input && !OUTPUTS.iter().any(|(k, names)| *k == kind && names.contains(&field))
}

/// The references to resources in a spec: `KIND.KEY` and the field.
pub fn output_references(spec: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    visit(spec, &mut |text| {
        found.extend(references(text).iter().filter_map(|r| split(&r.name)).map(|(a, b)| (a.to_owned(), b.to_owned())));
    });
    found
}

/// The first reference of the bundle that is still in a spec: nothing with one may be sent.
pub fn unfilled(spec: &Value) -> Option<String> {
    let mut found = None;
    visit(spec, &mut |text| {
        let ours = |name: &str| name.split_once('.').is_some_and(|(root, _)| super::reference::ROOTS.contains(&root));
        found = found.take().or_else(|| references(text).into_iter().map(|r| r.name).find(|name| ours(name)));
    });
    found
}

fn visit(spec: &Value, each: &mut dyn FnMut(&str)) {
    match spec {
        Value::String(text) if text.contains("${") => each(text),
        Value::Array(items) => items.iter().for_each(|i| visit(i, each)),
        Value::Object(map) => map.values().for_each(|v| visit(v, each)),
        _ => {}
    }
}

/// `KIND.KEY` and the field of `resources.KIND.KEY.FIELD`.
fn split(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix("resources.")?;
    let (kind, tail) = rest.split_once('.')?;
    let (key, field) = tail.split_once('.')?;
    Some((&rest[..kind.len() + 1 + key.len()], field))
}

fn filled(spec: &Value, kind: &ValueType, value: &dyn Fn(&str, &str) -> Option<Value>) -> Value {
    match spec {
        Value::String(text) if text.contains("${resources.") => text_filled(text, kind, value),
        Value::Array(items) => {
            let inner = if let ValueType::List(inner) = kind { inner } else { &ValueType::Any };
            items.iter().map(|i| filled(i, inner, value)).collect()
        }
        Value::Object(map) => {
            let known = if let ValueType::Fields(shape) = kind { fields(shape) } else { &[] };
            let inner = |name: &str| match kind {
                ValueType::Map(inner) => inner,
                _ => known.iter().find(|f| f.name == name).map_or(&ValueType::Any, |f| &f.kind),
            };
            Value::Object(map.iter().map(|(k, v)| (k.clone(), filled(v, inner(k), value))).collect())
        }
        other => other.clone(),
    }
}

fn text_filled(text: &str, kind: &ValueType, value: &dyn Fn(&str, &str) -> Option<Value>) -> Value {
    let mut out = String::new();
    let mut at = 0;
    for r in references(text) {
        let Some(found) = split(&r.name).and_then(|(resource, field)| value(resource, field)) else { continue };
        out.push_str(&text[at..r.range.start]);
        match &found {
            Value::Null if r.range == (0..text.len()) => return Value::Null,
            Value::Null => {}
            Value::String(part) => out.push_str(part),
            part => out.push_str(&part.to_string()),
        }
        at = r.range.end;
    }
    out.push_str(&text[at..]);
    let typed = match kind {
        ValueType::Int if whole_reference(text).is_some() => out.parse::<i64>().ok().map(Value::from),
        ValueType::Number if whole_reference(text).is_some() => out.parse::<f64>().ok().map(Value::from),
        ValueType::Bool if whole_reference(text).is_some() => out.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    typed.unwrap_or(Value::String(out))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{fill_outputs, output_references, unfilled};
    use crate::ResourceKind;

    #[test]
    fn late_values_take_the_type_of_their_field() {
        let spec = json!({
            "tags": {"after": "${resources.jobs.k.id}"},
            "parameters": [{"name": "p", "default": "${resources.jobs.k.id}"}],
            "tasks": [
                {"run_job_task": {"job_id": "${resources.jobs.k.id}", "job_parameters": {"x": "${resources.jobs.k.id}"}}},
                {"notebook_task": {"base_parameters": {"v": "at ${resources.jobs.k.url}"}}}
            ],
            "newer": "${resources.jobs.k.id}"
        });
        let filled = fill_outputs(ResourceKind::Job, &spec, &|resource, field| match (resource, field) {
            ("jobs.k", "id") => Some(json!("410000000012")),
            ("jobs.k", "url") => Some(json!("https://x/jobs/1")),
            _ => None,
        });
        assert_eq!(
            filled,
            json!({
                "tags": {"after": "410000000012"},
                "parameters": [{"name": "p", "default": "410000000012"}],
                "tasks": [
                    {"run_job_task": {"job_id": 410_000_000_012_i64, "job_parameters": {"x": "410000000012"}}},
                    {"notebook_task": {"base_parameters": {"v": "at https://x/jobs/1"}}}
                ],
                "newer": "410000000012"
            })
        );
        assert_eq!(unfilled(&filled), None);
        assert_eq!(unfilled(&spec).as_deref(), Some("resources.jobs.k.id"));
        assert_eq!(unfilled(&json!(["${HOME} $${var.x}", {"a": "x${var.y}"}])).as_deref(), Some("var.y"));
        assert_eq!(output_references(&json!("${resources.jobs.k.url}")), [("jobs.k".to_owned(), "url".to_owned())]);
    }
}
