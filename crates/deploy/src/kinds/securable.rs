//! Schemas and volumes of Unity Catalog. Their id is their full name.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::{Applied, Comparison, Conflict, ResourceHandler, Result};
use crate::diff::{Filled, differences};
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
        match workspace.create_securable(self.0, spec).await {
            Ok(_) => {}
            Err(WorkspaceError::Api { status, code, message, method, path, retry_after })
                if message.contains("already exists") =>
            {
                let what = self.0.singular();
                let message = format!(
                    "{message}; it has no owner tag of this bundle: take it over with `piq bind`, or choose another name for the {what}"
                );
                return Err(WorkspaceError::Api { status, code, message, method, path, retry_after });
            }
            Err(e) => return Err(e),
        }
        Ok(Applied { id: full_name(self.0, spec), etag: None })
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
        workspace.update_securable(self.0, &found.id, &Value::Object(changes)).await?;
        Ok(Applied { id: found.id.clone(), etag: None })
    }

    async fn delete(&self, workspace: &dyn Workspace, id: &str) -> Result<bool> {
        workspace.delete_securable(self.0, id, false).await
    }

    async fn destroy(&self, workspace: &dyn Workspace, id: &str) -> Result<bool> {
        workspace.delete_securable(self.0, id, self.0 == Securable::Schema).await
    }

    fn filled(&self) -> Filled {
        |path, _| !(path == "comment" || path.starts_with("properties."))
    }

    fn compare(&self, _: Option<&ResourceRecord>, old: Option<&Value>, new: &Value, found: &Found) -> Comparison {
        let mut fields = differences(old, new, &found.spec, self.filled());
        // the workspace writes locations in its own way
        fields.retain(|f| !matches!(f.path.as_str(), "storage_root" | "storage_location") || f.old != f.new);
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
