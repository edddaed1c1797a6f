//! What is deployed, and where to look at it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::address::address;
use super::key::split_key;
use super::named_resources::find_all;
use super::observe::read_state;
use super::releases::in_force;
use super::{DeployError, DesiredResource, Site};
use piq_bundle::ResourceKind;
use piq_databricks::workspace::Workspace;

/// What is deployed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The bundle.
    pub bundle: String,
    /// The target.
    pub target: String,
    /// Address of the workspace.
    pub host: String,
    /// Who asks.
    pub user: String,
    /// Folder of the bundle.
    pub root_path: String,
    /// Serial of the state; nothing if nothing is deployed.
    pub serial: Option<u64>,
    /// The current release, for a production target.
    pub release: Option<String>,
    /// The resources of the bundle and those that were deployed.
    pub resources: Vec<SummaryResource>,
}

/// A resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SummaryResource {
    /// Its kind, such as `jobs`.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its id; nothing if it is not deployed.
    pub id: Option<String>,
    /// Where a browser shows it.
    pub url: Option<String>,
    /// Whether the bundle still has it.
    pub in_bundle: bool,
}

/// Reads what is deployed: from the state, and by names and marks where it has nothing.
///
/// # Errors
/// What the workspace refuses.
pub async fn summary(
    workspace: &dyn Workspace,
    site: &Site,
    wanted: &BTreeMap<String, DesiredResource>,
) -> Result<Summary, DeployError> {
    let state = read_state(workspace, site).await?;
    let recorded = |full: &str| state.as_ref().and_then(|s| s.resources.get(full)).map(|r| r.id.clone());
    let unknown = wanted.iter().filter(|(full, _)| recorded(full).is_none());
    let found = find_all(workspace, site, unknown.collect()).await?;
    let found: BTreeMap<String, String> =
        found.into_iter().filter_map(|(full, list)| Some((full, list.into_iter().next()?.id))).collect();
    let mut resources = Vec::new();
    let entry = |kind: ResourceKind, key: &str, name: &str, id: Option<String>, in_bundle| SummaryResource {
        kind: kind.as_str().to_owned(),
        key: key.to_owned(),
        name: name.to_owned(),
        url: id.as_ref().map(|id| address(workspace.host(), kind, id)),
        id,
        in_bundle,
    };
    for (full, w) in wanted {
        let id = recorded(full).or_else(|| found.get(full).cloned());
        resources.push(entry(w.kind, &w.key, &w.name, id, true));
    }
    for (full, record) in state.iter().flat_map(|s| &s.resources).filter(|(full, _)| !wanted.contains_key(*full)) {
        if let Some((kind, key)) = split_key(full) {
            let name = record.spec[kind.name_field()].as_str().unwrap_or_default();
            resources.push(entry(kind, key, name, Some(record.id.clone()), false));
        }
    }
    Ok(Summary {
        bundle: site.bundle.clone(),
        target: site.target.clone(),
        host: workspace.host().to_owned(),
        user: site.me.user_name.clone(),
        root_path: site.root.clone(),
        serial: state.as_ref().map(|s| s.serial),
        release: state.as_ref().and_then(|s| in_force(s, site)).map(|r| r.id.clone()),
        resources,
    })
}
