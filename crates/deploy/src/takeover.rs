//! What the official CLI left of a bundle in the same folder: its state names the resources that are the bundle's, so that
//! a deploy takes them over, renamed ones and removed ones too.

use std::collections::BTreeMap;

use serde_json::Value;

use super::key::{full_key, split_key};
use super::state::{FileRecord, ResourceRecord, spec_hash};
use super::{DeployError, DeployState, Site};
use piq_bundle::ResourceKind;
use piq_databricks::workspace::{ObjectInfo, Workspace};

/// The state of the CLI's own engine.
const DIRECT: &str = "resources.json";
/// The state of Terraform, which it used before.
const TERRAFORM: &str = "terraform.tfstate";
/// The files that it uploaded.
const FILES: &str = "deployment.json";

/// The state of the official CLI as one of ours, whose serial is 0 because piq has not deployed yet. `beside` is the
/// listing of the folder of the state.
///
/// # Errors
/// What the workspace refuses, and a state that cannot be read: what it names would be made a second time.
pub(super) async fn read(
    workspace: &dyn Workspace,
    site: &Site,
    beside: &[ObjectInfo],
) -> Result<Option<DeployState>, DeployError> {
    let there = |name: &str| beside.iter().any(|o| o.path.rsplit('/').next() == Some(name));
    let Some(name) = [DIRECT, TERRAFORM].into_iter().find(|name| there(name)) else { return Ok(None) };
    let (path, json) = json(workspace, site, name).await?;
    let resources = if name == DIRECT { direct(&json) } else { terraform(&json) };
    let resources = resources.ok_or_else(|| {
        DeployError::refused(format!("`{path}`, the state of the official CLI, has a form that piq does not know"))
            .hint("move the file away if nothing of it is to be taken over")
    })?;
    let lineage = json["lineage"].as_str().unwrap_or("databricks-cli").to_owned();
    let mut state = DeployState::new(lineage, &site.bundle, &site.target);
    state.serial = 0;
    state.files_root.clone_from(&site.file_dir);
    state.resources = resources.into_iter().map(|(full, id)| (full, record(id))).collect();
    if there(FILES) {
        state.files = files(&self::json(workspace, site, FILES).await?.1);
    }
    Ok(Some(state))
}

async fn json(workspace: &dyn Workspace, site: &Site, name: &str) -> Result<(String, Value), DeployError> {
    let path = format!("{}/{name}", site.state_dir);
    let failed = || DeployError::during(format!("cannot read `{path}`, which the official CLI left"));
    let bytes = workspace.export(&path).await.map_err(failed())?.unwrap_or_default();
    match serde_json::from_slice(&bytes) {
        Ok(json) => Ok((path, json)),
        Err(e) => Err(DeployError::refused(format!("`{path}`, which the official CLI left, is not JSON: {e}"))),
    }
}

fn record(id: String) -> ResourceRecord {
    // what was sent last is not known in our form
    ResourceRecord {
        id,
        spec: Value::Null,
        sha256: spec_hash(&Value::Null),
        etag: None,
        permissions: None,
        grants: None,
        bound: false,
    }
}

/// `state: {resources.KIND.KEY: {__id__: ID}}`.
fn direct(json: &Value) -> Option<BTreeMap<String, String>> {
    let entries = json["state"].as_object()?.iter();
    let known = entries.filter_map(|(name, entry)| {
        let full = name.strip_prefix("resources.")?;
        let (_, key) = split_key(full)?;
        // permissions and grants stand below their resource
        (!key.contains('.')).then(|| Some((full.to_owned(), entry["__id__"].as_str()?.to_owned())))?
    });
    Some(known.collect())
}

/// `resources: [{type: databricks_job, name: KEY, instances: [{attributes: {id: ID}}]}]`.
fn terraform(json: &Value) -> Option<BTreeMap<String, String>> {
    let entries = json["resources"].as_array()?.iter().filter(|r| r["mode"] != "data");
    let known = entries.filter_map(|entry| {
        let kind = match entry["type"].as_str()? {
            "databricks_job" => ResourceKind::Job,
            "databricks_dashboard" => ResourceKind::Dashboard,
            "databricks_schema" => ResourceKind::Schema,
            "databricks_volume" => ResourceKind::Volume,
            "databricks_sql_endpoint" => ResourceKind::SqlWarehouse,
            _ => return None,
        };
        let id = entry["instances"][0]["attributes"]["id"].as_str()?;
        Some((full_key(kind, entry["name"].as_str()?), id.to_owned()))
    });
    Some(known.collect())
}

/// `files: [{local_path: src/n.py, is_notebook: true}]`.
fn files(json: &Value) -> BTreeMap<String, FileRecord> {
    let entries = json["files"].as_array().into_iter().flatten();
    let file = |entry: &Value| {
        let path = entry["local_path"].as_str()?;
        let notebook = entry["is_notebook"] == true;
        let at = if notebook { path.rsplit_once('.').map_or(path, |(stem, _)| stem) } else { path };
        Some((at.to_owned(), FileRecord { sha256: String::new(), notebook }))
    };
    entries.filter_map(file).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{direct, files, terraform};

    #[test]
    fn both_forms_name_the_resources_that_piq_deploys() {
        let state = json!({"state_version": 1, "lineage": "l", "serial": 4, "state": {
            "resources.jobs.load": {"__id__": "7", "state": {"name": "load"}},
            "resources.jobs.load.permissions": {"__id__": "/jobs/7", "state": {}},
            "resources.pipelines.live": {"__id__": "p"},
            "resources.schemas.s": {"__id__": "main.s"}
        }});
        let found: Vec<_> = direct(&state).expect("known").into_iter().collect();
        assert_eq!(found, [("jobs.load".into(), "7".into()), ("schemas.s".into(), "main.s".into())]);
        let state = json!({"version": 4, "resources": [
            {"mode": "managed", "type": "databricks_job", "name": "load", "instances": [{"attributes": {"id": "7"}}]},
            {"mode": "managed", "type": "databricks_sql_endpoint", "name": "w", "instances": [{"attributes": {"id": "ab"}}]},
            {"mode": "managed", "type": "databricks_permissions", "name": "x", "instances": [{"attributes": {"id": "/jobs/7"}}]},
        ]});
        let found: Vec<_> = terraform(&state).expect("known").into_iter().collect();
        assert_eq!(found, [("jobs.load".into(), "7".into()), ("sql_warehouses.w".into(), "ab".into())]);
        assert_eq!(direct(&json!({"state": []})), None);
        assert_eq!(terraform(&json!({})), None);
    }

    #[test]
    fn notebooks_stand_without_their_extension() {
        let list = json!({"files": [{"local_path": "src/n.py", "is_notebook": true}, {"local_path": "a.txt"}]});
        let found = files(&list);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["a.txt", "src/n"]);
        assert!(found["src/n"].notebook);
    }
}
