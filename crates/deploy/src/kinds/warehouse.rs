//! SQL warehouses.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Applied, Comparison, ResourceHandler, Result};
use crate::diff::{Filled, differences};
use crate::remote_resource::Found;
use crate::state::ResourceRecord;
use crate::{DesiredResource, Site, owner_tag};
use piq_databricks::workspace::{RemoteWarehouse, Workspace};

/// SQL warehouses. Names are unique in a workspace; marks are custom tags.
pub(super) struct WarehouseKind;

fn found(warehouse: RemoteWarehouse) -> Found {
    Found { id: warehouse.id.to_string(), name: warehouse.name, spec: warehouse.settings, ..Found::default() }
}

/// Custom tags as a map.
fn tags(settings: &Value) -> Value {
    let mut tags = json!({});
    for tag in settings["tags"]["custom_tags"].as_array().into_iter().flatten() {
        if let Some(key) = tag["key"].as_str() {
            tags[key] = tag["value"].clone();
        }
    }
    json!({"tags": tags})
}

#[async_trait]
impl ResourceHandler for WarehouseKind {
    async fn find(&self, workspace: &dyn Workspace, site: &Site, wanted: &DesiredResource) -> Result<Vec<Found>> {
        let all = workspace.warehouses().await?;
        let ours =
            |w: &RemoteWarehouse| w.name == wanted.name && owner_tag::ours(&tags(&w.settings), site, &wanted.key);
        Ok(all.into_iter().filter(ours).map(found).collect())
    }

    async fn read(&self, workspace: &dyn Workspace, id: &str) -> Result<Option<Found>> {
        Ok(workspace.warehouse(&id.into()).await?.map(found))
    }

    async fn create(&self, workspace: &dyn Workspace, spec: &Value) -> Result<Applied> {
        Ok(Applied { id: workspace.create_warehouse(spec).await?.to_string(), etag: None })
    }

    async fn update(&self, workspace: &dyn Workspace, found: &Found, spec: &Value) -> Result<Applied> {
        workspace.edit_warehouse(&found.id.as_str().into(), spec).await?;
        Ok(Applied { id: found.id.clone(), etag: None })
    }

    async fn delete(&self, workspace: &dyn Workspace, id: &str) -> Result<bool> {
        workspace.delete_warehouse(&id.into()).await
    }

    fn filled(&self) -> Filled {
        // its state, addresses, clusters and every default come with it
        |_, _, _| true
    }

    fn compare(&self, _: Option<&ResourceRecord>, old: Option<&Value>, new: &Value, found: &Found) -> Comparison {
        let mut fields = differences(old, new, &found.spec, self.filled());
        // the service says who made it, whatever it is told
        fields.retain(|field| field.path != "creator_name");
        Comparison { fields, ..Comparison::default() }
    }

    fn unmarked(&self, there: &Value) -> Option<Value> {
        let mut settings = there.clone();
        let marks = [owner_tag::BUNDLE, owner_tag::TARGET, owner_tag::KEY];
        let list = settings["tags"]["custom_tags"].as_array_mut()?;
        list.retain(|tag| !tag["key"].as_str().is_some_and(|key| marks.contains(&key)));
        Some(settings)
    }

    fn permission_object(&self) -> Option<&'static str> {
        Some("warehouses")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_made_a_warehouse_is_not_compared() {
        let wanted = json!({"name": "w", "auto_stop_mins": 10, "creator_name": "mara@example.com"});
        let there = |stop: u32| Found {
            spec: json!({"name": "w", "auto_stop_mins": stop, "creator_name": "ben@example.com", "state": "RUNNING"}),
            ..Found::default()
        };
        let fields = |stop| WarehouseKind.compare(None, Some(&wanted), &wanted, &there(stop)).fields;
        assert_eq!(fields(10), []);
        assert_eq!(fields(20).into_iter().map(|f| f.path).collect::<Vec<_>>(), ["auto_stop_mins"]);
    }
}
