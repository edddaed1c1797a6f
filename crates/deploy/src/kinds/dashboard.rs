//! Dashboards. Their address hangs on their id, so that they are changed in place and never replaced.

use async_trait::async_trait;
use futures_util::future::try_join;
use serde_json::{Value, json};

use super::{Applied, Comparison, Conflict, ResourceHandler, Result};
use crate::diff::{FieldChange, Filled, Reason, differences};
use crate::owner_tag::normal;
use crate::remote_resource::Found;
use crate::sha256;
use crate::state::ResourceRecord;
use crate::{DesiredResource, Site};
use piq_databricks::workspace::{DashboardDraft, DashboardId, Published, RemoteDashboard, WarehouseId, Workspace};
use piq_lakeview::pull::{Defaults, edits, pull};

/// Dashboards.
pub(super) struct DashboardKind;

/// Lines of an edit that are shown.
const SHOWN: usize = 20;

/// Begins the hash that a record has in place of the text.
const HASH: &str = "sha256:";

fn is_hash(text: &str) -> bool {
    text.starts_with(HASH)
}

/// Why a dashboard whose draft needs no change is published.
const UNPUBLISHED: &str = "its draft is up to date: publish it";

/// The text of a dashboard in its spec.
pub(crate) const TEXT: &str = "serialized_dashboard";

fn found(d: RemoteDashboard) -> Found {
    let mut spec = json!({"display_name": d.display_name, "parent_path": d.parent_path, TEXT: d.serialized});
    if let Some(warehouse) = &d.warehouse_id {
        spec["warehouse_id"] = json!(warehouse);
    }
    Found {
        id: d.id.to_string(),
        name: d.display_name,
        spec,
        etag: Some(d.etag),
        trashed: d.trashed,
        ..Found::default()
    }
}

fn draft(spec: &Value) -> DashboardDraft {
    let text = |field: &str| spec[field].as_str().map(str::to_owned);
    DashboardDraft {
        display_name: text("display_name").unwrap_or_default(),
        warehouse_id: WarehouseId::of(spec, "warehouse_id"),
        serialized: text(TEXT).unwrap_or_default(),
        dataset_catalog: text("dataset_catalog"),
        dataset_schema: text("dataset_schema"),
    }
}

fn applied(d: &RemoteDashboard) -> Applied {
    Applied { id: d.id.to_string(), etag: Some(d.etag.clone()) }
}

/// Whether the draft in the workspace holds what is wanted. The service adds to the text, and writes it in its own way:
/// what it adds does not count.
fn holds(there: &Value, wanted: &Value) -> bool {
    let same = |field: &str| there[field] == wanted[field];
    same("display_name") && same("warehouse_id") && holds_text(there, wanted)
}

fn holds_text(there: &Value, wanted: &Value) -> bool {
    match (wanted[TEXT].as_str(), there[TEXT].as_str()) {
        (Some(wanted_text), Some(text)) => {
            pull(wanted_text, text, defaults(wanted)).is_ok_and(|pulled| pulled == wanted_text)
        }
        (wanted, there) => wanted == there,
    }
}

/// What somebody changed in the workspace beside the text: an update overwrites it.
fn settings_drift(old: &Value, new: &Value, there: &Value) -> Vec<FieldChange> {
    let drift = |path: &str| {
        let (old, new, remote) = (old.get(path), new.get(path)?, there.get(path).filter(|v| !v.is_null()));
        let differs = remote != Some(new) && remote != old;
        differs.then(|| FieldChange {
            path: path.to_owned(),
            old: old.cloned(),
            new: Some(new.clone()),
            remote: remote.cloned(),
            reason: Reason::Drift,
        })
    };
    ["display_name", "warehouse_id"].into_iter().filter_map(drift).collect()
}

/// How what is published differs from what a deploy publishes.
fn published_drift(published: Option<&Published>, wanted: &Value) -> Option<&'static str> {
    let Some(published) = published else { return Some("not published") };
    let embedded = wanted["embed_credentials"] == true;
    let warehouse = WarehouseId::of(wanted, "warehouse_id");
    if published.embed_credentials != embedded {
        return Some("published with other credentials than the bundle says");
    }
    let other = warehouse.is_some() && published.warehouse_id != warehouse;
    other.then_some("published with another warehouse than the bundle says")
}

/// Says of a dashboard in another folder than it is said to be in that it stays there. One that was bound may never have
/// been in that of the bundle.
fn elsewhere(said: &Value, there: &Found, bound: bool) -> Option<String> {
    let (said, is) = (said["parent_path"].as_str()?, there.spec["parent_path"].as_str()?);
    let (name, differs) = (&there.name, normal(said).trim_end_matches('/') != normal(is).trim_end_matches('/'));
    differs.then(|| match bound {
        true => format!("dashboard `{name}` is in `{is}`, not in `{said}`, and stays there"),
        false => format!("dashboard `{name}` was moved to `{is}` in the workspace and stays there"),
    })
}

/// How what is there differs from what is wanted, where nothing is recorded. What the service does not tell counts as
/// different; the folder is not changed.
fn unrecorded(there: &Found, wanted: &Value) -> Vec<FieldChange> {
    let known = DashboardKind.recorded(&there.spec);
    let fresh = DashboardKind.recorded(wanted);
    let embedded = there.published.as_ref().map(|p| json!(p.embed_credentials));
    let change = |(path, new): (&String, &Value)| {
        let remote = match path.as_str() {
            "parent_path" => return None,
            TEXT if holds_text(&there.spec, wanted) => return None,
            "embed_credentials" => embedded.clone().or(Some(json!(false))),
            field => known.get(field).filter(|v| !v.is_null()).cloned(),
        };
        let (path, reason) = (path.clone(), Reason::Unrecorded);
        (remote.as_ref() != Some(new)).then(|| FieldChange { path, old: None, new: Some(new.clone()), remote, reason })
    };
    fresh.as_object().into_iter().flatten().filter_map(change).collect()
}

/// What the service was told to write into the datasets.
fn defaults(spec: &Value) -> Defaults<'_> {
    Defaults { dataset_catalog: spec["dataset_catalog"].as_str(), dataset_schema: spec["dataset_schema"].as_str() }
}

/// The lines by which the draft in the workspace differs from what is wanted.
fn differing(there: &Value, wanted: &Value) -> Vec<String> {
    match (wanted[TEXT].as_str(), there[TEXT].as_str()) {
        (Some(wanted_text), Some(text)) => edits(wanted_text, text, defaults(wanted), SHOWN),
        _ => Vec::new(),
    }
}

#[async_trait]
impl ResourceHandler for DashboardKind {
    fn found_by_name(&self) -> bool {
        false
    }

    async fn find(&self, workspace: &dyn Workspace, _: &Site, wanted: &DesiredResource) -> Result<Vec<Found>> {
        let parent = wanted.spec["parent_path"].as_str().unwrap_or_default();
        let path = format!("{}/{}.lvdash.json", parent.trim_end_matches('/'), wanted.name);
        let Some(id) = workspace.status(&path).await?.and_then(|o| o.resource_id) else { return Ok(Vec::new()) };
        Ok(self.read(workspace, &id).await?.into_iter().collect())
    }

    async fn read(&self, workspace: &dyn Workspace, id: &str) -> Result<Option<Found>> {
        let id = DashboardId::from(id);
        let (draft, published) = try_join(workspace.dashboard(&id), workspace.published_dashboard(&id)).await?;
        Ok(draft.map(|draft| Found { published, ..found(draft) }))
    }

    async fn observe(&self, workspace: &dyn Workspace, id: &str, changes: bool) -> Result<Option<Found>> {
        match changes {
            // it is published again whatever is published now
            true => Ok(workspace.dashboard(&id.into()).await?.map(found)),
            false => self.read(workspace, id).await,
        }
    }

    async fn create(&self, workspace: &dyn Workspace, spec: &Value) -> Result<Applied> {
        let draft = draft(spec);
        let folder = spec["parent_path"].as_str().unwrap_or_default();
        let error = match workspace.create_dashboard(folder, &draft).await {
            Ok(created) => return Ok(applied(&created)),
            Err(e) if e.is_taken() => e,
            Err(e) => return Err(e),
        };
        // ours from an earlier deploy: the folder is the bundle's own
        let path = format!("{}/{}.lvdash.json", folder.trim_end_matches('/'), draft.display_name);
        let id = workspace.status(&path).await?.and_then(|o| o.resource_id);
        let there = match id {
            Some(id) => self.read(workspace, &id).await?,
            None => None,
        };
        match there {
            Some(there) if holds(&there.spec, spec) => Ok(Applied { id: there.id, etag: there.etag }),
            Some(there) => self.update(workspace, &there, spec).await,
            None => Err(error),
        }
    }

    async fn update(&self, workspace: &dyn Workspace, there: &Found, spec: &Value) -> Result<Applied> {
        let etag = there.etag.clone().unwrap_or_default();
        let draft = draft(spec);
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match workspace.update_dashboard(&there.id.as_str().into(), &draft, Some(&etag)).await {
                Ok(updated) => return Ok(applied(&updated)),
                Err(e) => e,
            };
            let refused = error.is_outdated();
            if !(error.may_have_acted() || refused) || tries > 5 {
                return Err(error);
            }
            // an earlier try may have had its effect although its answer was lost
            tokio::time::sleep(error.retry_after().unwrap_or_default()).await;
            match self.read(workspace, &there.id).await? {
                Some(now) if now.etag != there.etag && holds(&now.spec, spec) => {
                    return Ok(Applied { id: now.id, etag: now.etag });
                }
                Some(now) if now.etag == there.etag && !refused => {}
                _ => return Err(error),
            }
        }
    }

    async fn settle(&self, workspace: &dyn Workspace, id: &str, spec: &Value) -> Result<()> {
        let embed = spec["embed_credentials"] == true;
        let warehouse = WarehouseId::of(spec, "warehouse_id");
        workspace.publish_dashboard(&id.into(), embed, warehouse.as_ref()).await.map(drop)
    }

    fn settles(&self) -> bool {
        true
    }

    async fn delete(&self, workspace: &dyn Workspace, id: &str) -> Result<bool> {
        workspace.trash_dashboard(&id.into()).await
    }

    fn filled(&self) -> Filled {
        |_, _, _| true
    }

    fn recorded(&self, spec: &Value) -> Value {
        let mut spec = spec.clone();
        // the text of a record whose own is not at hand is a hash already
        if let Some(text) = spec.get_mut(TEXT)
            && let Some(plain) = text.as_str().filter(|t| !is_hash(t))
        {
            *text = json!(format!("{HASH}{}", sha256(plain.as_bytes())));
        }
        spec
    }

    fn compare(&self, record: Option<&ResourceRecord>, old: Option<&Value>, new: &Value, there: &Found) -> Comparison {
        let conflict =
            |why: String, forcible| Comparison { conflict: Some(Conflict { why, forcible }), ..Comparison::default() };
        if there.trashed {
            return conflict(
                format!(
                    "dashboard `{}` is in the trash: restore it there to keep its address, or run `piq unbind` and deploy a new one",
                    there.name
                ),
                false,
            );
        }
        if new[TEXT].as_str().is_some_and(is_hash) {
            // a rollback leaves it as it is
            return Comparison::default();
        }
        let fresh = self.recorded(new);
        let edited = record.is_some_and(|r| r.etag.is_some() && r.etag != there.etag);
        if edited && holds(&there.spec, new) {
            // its author, or an earlier deploy that was interrupted, wrote it
            return Comparison { unfinished: Some(UNPUBLISHED), ..Comparison::default() };
        }
        let Some(old) = old else {
            let note = elsewhere(new, there, true);
            return match holds(&there.spec, new) {
                true => Comparison { unfinished: Some(UNPUBLISHED), note, ..Comparison::default() },
                false => Comparison { fields: unrecorded(there, new), note, ..Comparison::default() },
            };
        };
        // what was applied is what is there, as long as the etag is the recorded one
        let mut fields = differences(Some(old), &fresh, old, |_, _, _| false);
        let drift = settings_drift(old, &fresh, &there.spec);
        fields.retain(|field| drift.iter().all(|d| d.path != field.path));
        fields.extend(drift);
        let note = elsewhere(old, there, record.is_some_and(|r| r.bound));
        if edited && !holds_text(&there.spec, new) {
            let remote = Some(json!(there.etag));
            let old = record.and_then(|r| r.etag.clone()).map(Value::String);
            fields.push(FieldChange { path: "etag".into(), old, new: None, remote, reason: Reason::Drift });
            let mut why = format!(
                "dashboard `{}` was edited in the workspace since the last deploy: take the edit over with `piq dashboards pull`, or overwrite it with `--force`",
                there.name
            );
            for line in differing(&there.spec, new) {
                why.push('\n');
                why.push_str(&line);
            }
            return Comparison { fields, conflict: Some(Conflict { why, forcible: true }), unfinished: None, note };
        }
        if fields.iter().any(|f| f.path == "parent_path") {
            let mut fixed = conflict(
                "the folder of a dashboard cannot be changed: it would be a new one with another address".to_owned(),
                false,
            );
            fixed.fields = fields;
            return fixed;
        }
        let unfinished = published_drift(there.published.as_ref(), new).filter(|_| fields.is_empty());
        Comparison { fields, unfinished, note, conflict: None }
    }

    fn holds_content(&self, there: &Found, spec: &Value) -> bool {
        holds_text(&there.spec, spec)
    }

    fn permission_object(&self) -> Option<&'static str> {
        Some("dashboards")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(text: &str) -> Value {
        json!({"display_name": "Sales", "warehouse_id": "w", "dataset_catalog": "main", TEXT: text})
    }

    #[test]
    fn what_the_service_adds_is_no_edit() {
        let wanted = spec(r#"{"datasets": [{"name": "d"}], "pages": [{"name": "p"}]}"#);
        let there = json!({"display_name": "Sales", "warehouse_id": "w",
            TEXT: r#"{"pages":[{"pageType":"PAGE_TYPE_CANVAS","name":"p"}],"datasets":[{"name":"d","catalog":"main"}]}"#});
        assert!(holds(&there, &wanted));
        let other = json!({"display_name": "Sales", "warehouse_id": "w",
            TEXT: r#"{"pages":[{"name":"q"}],"datasets":[{"name":"d","catalog":"main"}]}"#});
        assert!(!holds(&other, &wanted));
        let added = json!({"display_name": "Sales", "warehouse_id": "w",
            TEXT: r#"{"pages":[{"name":"p","displayName":"Mine"}],"datasets":[{"name":"d","catalog":"main"}]}"#});
        assert!(!holds(&added, &wanted), "what somebody only added is an edit too");
    }

    fn record(etag: &str, spec: &Value) -> ResourceRecord {
        ResourceRecord {
            id: "i".into(),
            spec: DashboardKind.recorded(spec),
            sha256: String::new(),
            etag: Some(etag.into()),
            permissions: None,
            grants: None,
            bound: false,
        }
    }

    fn there(etag: &str, text: &str) -> Found {
        let spec = json!({"display_name": "Sales", "warehouse_id": "w", TEXT: text});
        Found {
            id: "i".into(),
            name: "Sales".into(),
            spec,
            etag: Some(etag.into()),
            published: Some(published(false, "w")),
            ..Found::default()
        }
    }

    fn published(embed_credentials: bool, warehouse: &str) -> Published {
        let revision_create_time = "2026-11-24T08:00:00Z".into();
        Published { embed_credentials, warehouse_id: Some(warehouse.into()), revision_create_time }
    }

    #[test]
    fn what_is_published_is_compared_too() {
        let wanted = spec(r#"{"pages":[]}"#);
        let record = record("5", &wanted);
        let old = record.spec.clone();
        let unfinished = |published: Option<Published>| {
            let found = Found { published, ..there("5", r#"{"pages":[]}"#) };
            DashboardKind.compare(Some(&record), Some(&old), &wanted, &found).unfinished
        };
        assert_eq!(unfinished(Some(published(false, "w"))), None);
        assert_eq!(unfinished(None), Some("not published"));
        assert!(unfinished(Some(published(true, "w"))).is_some_and(|why| why.contains("credentials")));
        assert!(unfinished(Some(published(false, "other"))).is_some_and(|why| why.contains("warehouse")));
    }

    #[test]
    fn a_name_or_warehouse_changed_in_the_workspace_is_drift_and_a_move_is_said() {
        let wanted = spec(r#"{"pages":[]}"#);
        let record = record("5", &wanted);
        let old = record.spec.clone();
        for etag in ["5", "6"] {
            let mut found = there(etag, r#"{"pages":[]}"#);
            found.spec["display_name"] = json!("Mine");
            let compared = DashboardKind.compare(Some(&record), Some(&old), &wanted, &found);
            let fields: Vec<_> = compared.fields.iter().map(|f| (f.path.as_str(), f.reason)).collect();
            assert_eq!((fields, compared.conflict), (vec![("display_name", Reason::Drift)], None));
        }
        let mut placed = old.clone();
        placed["parent_path"] = json!("/Workspace/a/");
        let mut found = there("5", r#"{"pages":[]}"#);
        found.spec["parent_path"] = json!("/a");
        assert_eq!(elsewhere(&placed, &found, false), None);
        found.spec["parent_path"] = json!("/b");
        assert!(elsewhere(&placed, &found, false).is_some_and(|note| note.contains("moved to `/b`")));
    }

    #[test]
    fn a_bound_dashboard_shows_what_it_has_and_stays_in_its_folder() {
        let mut wanted = spec(r#"{"pages":[]}"#);
        wanted["parent_path"] = json!("/Workspace/a");
        wanted["embed_credentials"] = json!(false);
        let mut found = there("5", r#"{"pages":[{"name":"p"}]}"#);
        found.spec["display_name"] = json!("Mine");
        found.spec["parent_path"] = json!("/b");
        let compared = DashboardKind.compare(None, None, &wanted, &found);
        let fields: Vec<_> = compared.fields.iter().map(|f| (f.path.as_str(), f.remote.clone())).collect();
        let hash = DashboardKind.recorded(&found.spec)[TEXT].clone();
        assert_eq!(fields, [("display_name", Some(json!("Mine"))), ("dataset_catalog", None), (TEXT, Some(hash))]);
        let note = compared.note.expect("a note");
        assert_eq!(note, "dashboard `Sales` is in `/b`, not in `/Workspace/a`, and stays there");
        // and after the deploy it is in the same place, where nobody moved it to
        let record = ResourceRecord { bound: true, ..record("6", &wanted) };
        let later = there("6", r#"{"pages":[]}"#);
        let later = Found {
            spec: json!({"parent_path": "/b", "display_name": "Sales", "warehouse_id": "w", TEXT: later.spec[TEXT]}),
            ..later
        };
        let compared = DashboardKind.compare(Some(&record), Some(&record.spec), &wanted, &later);
        assert_eq!((compared.fields, compared.note), (Vec::new(), Some(note)));
    }

    #[test]
    fn an_edit_in_the_workspace_is_a_conflict_and_an_interrupted_deploy_is_not() {
        let (one, two) = (spec(r#"{"pages":[]}"#), spec(r#"{"pages":[1]}"#));
        let record = record("5", &one);
        let old = record.spec.clone();
        let compare = |new: &Value, found: &Found| DashboardKind.compare(Some(&record), Some(&old), new, found);
        assert_eq!(compare(&one, &there("5", r#"{"pages":[]}"#)), Comparison::default());
        let changed = compare(&two, &there("5", r#"{"pages":[]}"#));
        assert_eq!((changed.fields.len(), changed.conflict), (1, None));
        let edited = compare(&one, &there("6", r#"{"pages":[9]}"#));
        let conflict = edited.conflict.expect("a conflict");
        assert!(
            conflict.forcible && conflict.why.ends_with("\n     1 - {\"pages\":[]}\n     1 + {\"pages\":[9]}"),
            "{}",
            conflict.why
        );
        let resumed = compare(&two, &there("6", r#"{"pages":[1]}"#));
        assert!(resumed.conflict.is_none() && resumed.unfinished.is_some() && resumed.fields.is_empty());
        let mut gone = there("5", "{}");
        gone.trashed = true;
        assert!(compare(&one, &gone).conflict.is_some_and(|c| !c.forcible));
    }
}
