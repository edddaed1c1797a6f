//! Schemas and volumes of Unity Catalog. Their id is their full name.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::{Applied, Comparison, Conflict, ResourceHandler, Result};
use crate::diff::{Filled, Leaves, differences};
use crate::remote_resource::Found;
use crate::state::ResourceRecord;
use crate::{DesiredResource, Site, owner_tag};
use piq_databricks::workspace::{Securable, Workspace, WorkspaceError};

/// Schemas.
pub(super) const SCHEMA: SecurableKind = SecurableKind(Securable::Schema);
/// Volumes.
pub(super) const VOLUME: SecurableKind = SecurableKind(Securable::Volume);

/// A kind of Unity Catalog.
pub(super) struct SecurableKind(Securable);

/// Fields whose values the catalog writes in small letters.
const NAMES: [&str; 3] = ["catalog_name", "schema_name", "name"];
/// Fields that hold a path, which the catalog ends without a slash.
const LOCATIONS: [&str; 2] = ["storage_root", "storage_location"];
/// What the API takes and never gives back.
const INPUT_ONLY: [&str; 1] = ["custom_max_retention_hours"];

/// How a schema that holds something goes, or stays; `key` is its key with a blank before it, or nothing.
pub(crate) fn kept(key: &str) -> String {
    format!(
        "a deploy deletes a schema only if it is empty: `piq unbind{key}` keeps it and stops managing it; to delete it, drop \
         what it holds, then deploy again"
    )
}

/// Fields that can be changed; the others are set once.
const CHANGEABLE: [&str; 5] =
    ["comment", "properties", "enable_predictive_optimization", "owner", "custom_max_retention_hours"];

fn full_name(kind: Securable, spec: &Value) -> String {
    let text = |field: &str| spec[field].as_str().unwrap_or_default();
    match kind {
        Securable::Schema => format!("{}.{}", text("catalog_name"), text("name")),
        Securable::Volume | Securable::Table => {
            format!("{}.{}.{}", text("catalog_name"), text("schema_name"), text("name"))
        }
    }
}

/// The same object in the spelling of the bundle, where the catalog says no more than that it writes it in its own way.
fn as_spelled(there: &Value, wanted: &Value) -> Value {
    let mut there = there.clone();
    let Some(fields) = there.as_object_mut() else { return there };
    let folded = |field: &str, text: &str| match LOCATIONS.contains(&field) {
        true => text.trim_end_matches('/').to_owned(),
        false => text.to_lowercase(),
    };
    for field in NAMES.into_iter().chain(LOCATIONS) {
        if let (Some(Value::String(text)), Some(said)) = (fields.get_mut(field), wanted[field].as_str())
            && folded(field, text) == folded(field, said)
        {
            said.clone_into(text);
        }
    }
    there
}

/// Whether a property of a schema is one that the catalog itself sets for the tables in it.
fn is_set_by_catalog(property: &str) -> bool {
    property.strip_prefix("unity.catalog.managed.").is_some_and(|rest| rest.contains(".defaults."))
}

fn filled(path: &str, _: &Value, _: &Leaves) -> bool {
    path != "comment" && path.strip_prefix("properties.").is_none_or(is_set_by_catalog)
}

/// Adds properties that the catalog set to those that replace them.
fn keep_set_by_catalog(properties: &mut Value, there: &Value) {
    let kept = there["properties"].as_object().into_iter().flatten().filter(|(name, _)| is_set_by_catalog(name));
    if let Some(properties) = properties.as_object_mut() {
        for (name, value) in kept {
            properties.entry(name).or_insert_with(|| value.clone());
        }
    }
}

/// The same refusal with what to do about it.
fn advised(error: WorkspaceError, advice: &str) -> WorkspaceError {
    match error {
        WorkspaceError::Api { status, code, message, method, path, retry_after } => {
            let message = format!("{}; {advice}", message.trim_end_matches('.'));
            WorkspaceError::Api { status, code, message, method, path, retry_after }
        }
        other => other,
    }
}

fn says(error: &WorkspaceError, words: &str) -> bool {
    matches!(error, WorkspaceError::Api { message, .. } if message.contains(words))
}

fn found(value: Value) -> Found {
    let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
    Found { id: text("full_name"), name: text("name"), spec: value, ..Found::default() }
}

#[async_trait]
impl ResourceHandler for SecurableKind {
    async fn find(&self, workspace: &dyn Workspace, site: &Site, wanted: &DesiredResource) -> Result<Vec<Found>> {
        let name = full_name(self.0, &wanted.spec);
        let Some(there) = workspace.securable(self.0, &name).await? else { return Ok(Vec::new()) };
        // a schema carries our marks; a volume has no place for them, but it has a maker
        let ours = match self.0 {
            Securable::Schema => owner_tag::ours(&json!({"tags": there["properties"]}), site, &wanted.key),
            Securable::Volume | Securable::Table => there["owner"] == site.me.user_name.as_str(),
        };
        Ok(if ours { vec![found(there)] } else { Vec::new() })
    }

    async fn read(&self, workspace: &dyn Workspace, id: &str) -> Result<Option<Found>> {
        Ok(workspace.securable(self.0, id).await?.map(found))
    }

    async fn create(&self, workspace: &dyn Workspace, spec: &Value) -> Result<Applied> {
        let made = workspace.create_securable(self.0, spec).await.map_err(|e| {
            if !says(&e, "already exists") {
                return e;
            }
            let what = self.0.singular();
            let advice = format!(
                "it has no owner tag of this bundle: take it over with `piq bind`, or choose another name for the {what}"
            );
            advised(e, &advice)
        })?;
        // the catalog spells the name in its own way
        let id = made["full_name"].as_str().map_or_else(|| full_name(self.0, spec).to_lowercase(), str::to_owned);
        Ok(Applied { id, etag: None })
    }

    async fn update(&self, workspace: &dyn Workspace, found: &Found, spec: &Value) -> Result<Applied> {
        let mut changes = Map::new();
        for field in CHANGEABLE {
            match (spec.get(field), found.spec.get(field)) {
                (Some(value), _) => changes.insert(field.to_owned(), value.clone()),
                // what the bundle no longer says is emptied
                (None, Some(Value::String(_))) if field == "comment" => changes.insert(field.to_owned(), json!("")),
                (None, Some(Value::Number(_))) => changes.insert(field.to_owned(), Value::Null),
                (None, Some(Value::Object(_))) => changes.insert(field.to_owned(), json!({})),
                _ => None,
            };
        }
        if let Some(properties) = changes.get_mut("properties") {
            keep_set_by_catalog(properties, &found.spec);
        }
        workspace.update_securable(self.0, &found.id, &Value::Object(changes)).await?;
        Ok(Applied { id: found.id.clone(), etag: None })
    }

    async fn delete(&self, workspace: &dyn Workspace, id: &str) -> Result<bool> {
        let deleted = workspace.delete_securable(self.0, id, false).await;
        deleted.map_err(|e| if says(&e, "not empty") { advised(e, &kept("")) } else { e })
    }

    async fn destroy(&self, workspace: &dyn Workspace, id: &str) -> Result<bool> {
        workspace.delete_securable(self.0, id, self.0 == Securable::Schema).await
    }

    fn filled(&self) -> Filled {
        filled
    }

    fn input_only(&self) -> &'static [&'static str] {
        &INPUT_ONLY
    }

    fn folded(&self, name: &str) -> String {
        name.to_lowercase()
    }

    fn compare(&self, _: Option<&ResourceRecord>, old: Option<&Value>, new: &Value, found: &Found) -> Comparison {
        let old = old.map(|old| as_spelled(old, new));
        let mut fields = differences(old.as_ref(), new, &as_spelled(&found.spec, new), self.filled());
        // the workspace may add to locations
        fields.retain(|f| !LOCATIONS.contains(&f.path.as_str()) || f.old != f.new);
        let fixed = fields.iter().find(|f| !CHANGEABLE.contains(&f.path.split(['.', '[']).next().unwrap_or_default()));
        let conflict = fixed.map(|f| Conflict {
            why: format!(
                "piq does not change `{}` of a {}: a new one would lose its data; create one under another key{}",
                f.path,
                self.0.singular(),
                if f.path == "name" { ", or rename it in the workspace and bind it again" } else { "" }
            ),
            forcible: false,
        });
        Comparison { fields, conflict, ..Comparison::default() }
    }

    fn unmarked(&self, there: &Value) -> Option<Value> {
        let mut spec = there.clone();
        let properties = spec.get_mut("properties")?.as_object_mut()?;
        for name in [owner_tag::BUNDLE, owner_tag::TARGET, owner_tag::KEY] {
            properties.shift_remove(name);
        }
        Some(spec)
    }

    fn securable(&self) -> Option<Securable> {
        Some(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Reason;

    fn compared(kind: &SecurableKind, old: Option<&Value>, new: &Value, there: Value) -> Comparison {
        kind.compare(None, old, new, &Found { spec: there, ..Found::default() })
    }

    #[test]
    fn the_catalog_writes_names_in_small_letters_and_locations_without_a_slash() {
        let schema = json!({"catalog_name": "Main", "name": "MySchema", "storage_root": "s3://bucket/x/"});
        let there = json!({"catalog_name": "main", "name": "myschema", "full_name": "main.myschema", "storage_root": "s3://bucket/x"});
        assert_eq!(compared(&SCHEMA, Some(&schema), &schema, there.clone()), Comparison::default());
        // bound, and later spelled in another way
        assert_eq!(compared(&SCHEMA, None, &schema, there.clone()), Comparison::default());
        let respelled = json!({"catalog_name": "main", "name": "MYSCHEMA", "storage_root": "s3://bucket/x"});
        assert_eq!(compared(&SCHEMA, Some(&schema), &respelled, there.clone()), Comparison::default());
        let volume = json!({"catalog_name": "MAIN", "schema_name": "Raw", "name": "Files", "volume_type": "MANAGED"});
        let kept = json!({"catalog_name": "main", "schema_name": "raw", "name": "files", "volume_type": "MANAGED"});
        assert_eq!(compared(&VOLUME, Some(&volume), &volume, kept), Comparison::default());
        let renamed = json!({"catalog_name": "main", "name": "Other", "storage_root": "s3://bucket/x"});
        let compared = compared(&SCHEMA, Some(&schema), &renamed, there);
        assert_eq!(
            compared.fields.iter().map(|f| (f.path.as_str(), f.reason)).collect::<Vec<_>>(),
            [("name", Reason::Bundle)]
        );
        assert!(compared.conflict.is_some());
        assert!(super::super::same_name(&SCHEMA, "main.MySchema", "Main.myschema"));
    }

    #[test]
    fn properties_that_the_catalog_sets_are_no_drift_and_stay() {
        let wanted = json!({"properties": {"team": "sales"}});
        let tracking = "unity.catalog.managed.delta.defaults.delta.enableRowTracking";
        let there = json!({"properties": {"team": "sales", tracking: "true"}});
        assert_eq!(compared(&SCHEMA, Some(&wanted), &wanted, there.clone()).fields, []);
        let by_hand = json!({"properties": {"team": "sales", tracking: "true", "unity.catalog.managed.x": "1"}});
        assert_eq!(compared(&SCHEMA, Some(&wanted), &wanted, by_hand).fields.len(), 1);
        let mut sent = json!({"team": "supply"});
        keep_set_by_catalog(&mut sent, &there);
        assert_eq!(sent, json!({"team": "supply", tracking: "true"}));
        let mut own = json!({tracking: "false"});
        keep_set_by_catalog(&mut own, &there);
        assert_eq!(own, json!({tracking: "false"}));
    }
}
