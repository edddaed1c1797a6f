use async_trait::async_trait;
use serde_json::Value;

use super::Remote;
use super::transport::Call;
use crate::workspace::error::Result;
use crate::workspace::{Lookups, WorkspaceError};

/// Where the things of one kind are listed, from the published API.
struct Listing {
    kind: &'static str,
    path: &'static str,
    list: &'static str,
    name: &'static str,
    id: &'static str,
}

const fn listing(
    kind: &'static str,
    path: &'static str,
    list: &'static str,
    name: &'static str,
    id: &'static str,
) -> Listing {
    Listing { kind, path, list, name, id }
}

const LISTINGS: [Listing; 12] = [
    listing("alert", "/api/2.0/sql/alerts", "results", "display_name", "id"),
    listing("cluster", "/api/2.1/clusters/list", "clusters", "cluster_name", "cluster_id"),
    listing("cluster_policy", "/api/2.0/policies/clusters/list", "policies", "name", "policy_id"),
    listing("dashboard", "/api/2.0/lakeview/dashboards", "dashboards", "display_name", "dashboard_id"),
    listing(
        "instance_pool",
        "/api/2.0/instance-pools/list",
        "instance_pools",
        "instance_pool_name",
        "instance_pool_id",
    ),
    listing("job", "/api/2.2/jobs/list", "jobs", "name", "job_id"),
    listing("metastore", "/api/2.1/unity-catalog/metastores", "metastores", "name", "metastore_id"),
    listing("notification_destination", "/api/2.0/notification-destinations", "results", "display_name", "id"),
    listing("pipeline", "/api/2.0/pipelines", "statuses", "name", "pipeline_id"),
    listing("query", "/api/2.0/sql/queries", "results", "display_name", "id"),
    listing(
        "service_principal",
        "/api/2.0/preview/scim/v2/ServicePrincipals",
        "Resources",
        "displayName",
        "applicationId",
    ),
    listing("warehouse", "/api/2.0/sql/warehouses", "warehouses", "name", "id"),
];

#[async_trait]
impl Lookups for Remote {
    async fn look_up(&self, kind: &str, name: &str) -> Result<Vec<String>> {
        let unknown = || WorkspaceError::Unsupported(format!("piq cannot look up a `{kind}` by its name"));
        let listing = LISTINGS.iter().find(|l| l.kind == kind).ok_or_else(unknown)?;
        let mut ids = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut call = Call::get(listing.path);
            match kind {
                "job" => call = call.query("name", name),
                "pipeline" => call = call.query("filter", format!("name LIKE '{}'", name.replace('\'', "''"))),
                "service_principal" => {
                    call = call.query("filter", format!("displayName eq \"{}\"", name.replace('"', "\\\"")));
                }
                _ => {}
            }
            if let Some(token) = &token {
                call = call.query("page_token", token.as_str());
            }
            let answer = self.transport.json(call).await?;
            for entry in answer[listing.list].as_array().into_iter().flatten() {
                let named = if kind == "job" { &entry["settings"][listing.name] } else { &entry[listing.name] };
                if named == name {
                    ids.extend(match &entry[listing.id] {
                        Value::String(id) => Some(id.clone()),
                        Value::Number(id) => Some(id.to_string()),
                        _ => None,
                    });
                }
            }
            match answer["next_page_token"].as_str().filter(|t| !t.is_empty()) {
                Some(next) => token = Some(next.to_owned()),
                None => return Ok(ids),
            }
        }
    }
}
