//! The spec of a resource as it is applied and recorded.

use serde_json::{Value, json};

use super::DesiredResource;
use super::state::ResourceRecord;
use piq_bundle::ResourceKind;

/// The spec to apply, as it is recorded. A job whose `run_as` was taken out of the bundle is given back to whoever
/// deploys: leaving the field out would change nothing.
pub(super) fn recorded_spec(
    record: Option<&ResourceRecord>,
    wanted: &DesiredResource,
    me: Option<&piq_databricks::workspace::Me>,
) -> Value {
    let mut spec = wanted.spec.clone();
    if let Some(record) = record
        && wanted.kind == ResourceKind::Job
        && record.spec.get("run_as").is_some()
        && spec.get("run_as").is_none()
    {
        spec["run_as"] = match me {
            Some(me) if me.service_principal => json!({"service_principal_name": me.user_name}),
            Some(me) => json!({"user_name": me.user_name}),
            None => record.spec["run_as"].clone(),
        };
    }
    spec
}
