//! Carries a plan out: uploads, resources in the order of their references, deletions, the state.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::{try_join, try_join_all};
use serde_json::Value;

use super::desired::split_key;
use super::observe::Observed;
use super::plan::{fill_ids, recorded_spec};
use super::progress::{Event, Progress};
use super::state::{FILES_TOKEN, FileRecord, ResourceRecord, State, replace_prefix, spec_hash};
use super::{Action, DeployError, Desired, FileChange, Plan, ResourceChange, kinds, random_name};
use crate::workspace::{Content, Import, Workspace};

/// How often a create whose answer was lost is looked for and tried again.
const TRIES: u32 = 6;

/// One carrying out of one plan.
pub(super) struct Apply<'a> {
    pub workspace: &'a dyn Workspace,
    pub desired: &'a Desired,
    pub plan: &'a Plan,
    pub observed: &'a Observed,
    pub progress: &'a dyn Progress,
}

/// Ids of the resources, known ones and new ones.
type Ids = Mutex<BTreeMap<String, String>>;

impl Apply<'_> {
    fn state(&self) -> Option<&State> {
        self.observed.state.as_ref()
    }

    /// Whether the files go to a folder of their own beside those in force.
    fn new_root(&self) -> bool {
        self.state().is_none_or(|s| s.files_root != self.desired.files_root)
    }

    /// Folders that files go to and that are not known to be there.
    pub(super) fn missing_folders(&self) -> Vec<String> {
        let listed = |folder: &String| self.observed.folders.get(folder).is_some_and(Option::is_some);
        let mut folders: Vec<String> = self.uploads().iter().map(|(path, _)| self.desired.folder_of(path)).collect();
        folders.sort();
        folders.dedup();
        folders.retain(|f| !listed(f));
        // a folder comes with those above it
        let all = folders.clone();
        folders.retain(|f| !all.iter().any(|other| other.starts_with(&format!("{f}/"))));
        folders
    }

    fn uploads(&self) -> Vec<(&String, Option<&FileChange>)> {
        let change = |path: &String| self.plan.files.iter().find(|c| c.path == *path && c.action != Action::Delete);
        let changes: BTreeMap<&String, &FileChange> =
            self.plan.files.iter().filter(|c| c.action != Action::Delete).map(|c| (&c.path, c)).collect();
        if self.new_root() {
            return self.desired.files.keys().map(|path| (path, change(path))).collect();
        }
        changes.into_iter().map(|(path, change)| (path, Some(change))).collect()
    }

    /// Uploads what is missing. Doing it twice does no harm.
    pub(super) async fn upload(&self) -> Result<(), DeployError> {
        let uploads = self.uploads();
        let (total, done) = (uploads.len(), AtomicUsize::new(0));
        let each = uploads.into_iter().filter_map(|(path, change)| {
            let file = self.desired.files.get(path)?;
            let done = &done;
            Some(async move {
                let full = format!("{}/{path}", self.desired.files_root);
                if change.is_some_and(|c| c.replaces) {
                    self.workspace.delete(&full).await?;
                }
                let import = Import { path: &full, content: file.content, bytes: &file.bytes, overwrite: true };
                self.workspace.import(import).await.map_err(DeployError::during(format!("cannot upload `{path}`")))?;
                self.progress.event(Event::Uploaded(done.fetch_add(1, Ordering::Relaxed) + 1, total));
                Ok::<_, DeployError>(())
            })
        });
        try_join_all(each).await.map(drop)
    }

    /// Creates and changes resources, deletes what is gone, writes the state.
    pub(super) async fn finish(&self) -> Result<State, DeployError> {
        let known = self.observed.resources.iter().map(|(full, found)| (full.clone(), found.id.clone()));
        let ids: Ids = Mutex::new(known.collect());
        for stage in self.stages() {
            try_join_all(stage.into_iter().map(|change| self.resource(change, &ids))).await?;
        }
        try_join(self.delete_resources(), self.delete_files()).await?;
        let ids = ids.into_inner().unwrap_or_else(PoisonError::into_inner);
        let state = self.next_state(&ids)?;
        self.write(&state).await?;
        Ok(state)
    }

    /// Changes grouped so that each group needs only those before it.
    fn stages(&self) -> Vec<Vec<&ResourceChange>> {
        let mut left: Vec<&ResourceChange> =
            self.plan.resources.iter().filter(|c| c.action != Action::Delete).collect();
        let mut stages = Vec::new();
        while !left.is_empty() {
            let waiting: Vec<&str> = left.iter().map(|c| c.key.as_str()).collect();
            let waits = |change: &&ResourceChange| {
                let needs = self.desired.resources.get(&change.key).map(|r| r.needs.as_slice()).unwrap_or_default();
                needs.iter().any(|n| n != &change.key && waiting.contains(&n.as_str()))
            };
            let (later, now): (Vec<_>, Vec<_>) = left.iter().partition(|c| waits(c));
            if now.is_empty() {
                // a cycle of references is refused when the bundle is loaded
                stages.push(later);
                break;
            }
            stages.push(now);
            left = later;
        }
        stages
    }

    async fn resource(&self, change: &ResourceChange, ids: &Ids) -> Result<(), DeployError> {
        let wanted = self.desired.resources.get(&change.key);
        let kind = wanted.and_then(|w| kinds::of(w.kind));
        let (Some(wanted), Some(kind)) = (wanted, kind) else { return Ok(()) };
        let record = self.state().and_then(|s| s.resources.get(&change.key));
        let spec = recorded_spec(record, wanted, Some(&self.desired.site.me));
        let spec = replace_prefix(&spec, FILES_TOKEN, &self.desired.files_root);
        let spec = {
            let ids = ids.lock().unwrap_or_else(PoisonError::into_inner);
            fill_ids(&spec, &|full| ids.get(full).cloned())
        };
        let failed = |what: &str| DeployError::during(format!("cannot {what} `{}`", change.key));
        let id = match (&change.id, change.action) {
            (Some(id), Action::Update | Action::Adopt) => {
                if !change.fields.is_empty() {
                    kind.update(self.workspace, id, &spec).await.map_err(failed("update"))?;
                }
                id.clone()
            }
            _ => self.create(change, &spec).await?,
        };
        ids.lock().unwrap_or_else(PoisonError::into_inner).insert(change.key.clone(), id.clone());
        self.progress.event(Event::Changed(change.action.verb(), &change.key));
        if change.permissions
            && let Some(object) = kind.permission_object()
        {
            let list =
                wanted.permissions.clone().unwrap_or_else(|| kinds::owner_only(wanted.kind, &self.desired.site.me));
            let set = self.workspace.set_permissions(object, &id, &list).await;
            set.map_err(failed("set the permissions of"))?;
        }
        Ok(())
    }

    /// Creates a resource. When the answer is lost, it is looked for before it is created again.
    async fn create(&self, change: &ResourceChange, spec: &Value) -> Result<String, DeployError> {
        let failed = || DeployError::during(format!("cannot create `{}`", change.key));
        let wanted = self.desired.resources.get(&change.key);
        let kind = wanted.and_then(|w| kinds::of(w.kind));
        let (Some(wanted), Some(kind)) = (wanted, kind) else {
            return Err(DeployError::refused(format!("`{}` is of no kind that piq deploys", change.key)));
        };
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match kind.create(self.workspace, spec).await {
                Ok(id) => return Ok(id),
                Err(e) if e.may_have_acted() && tries < TRIES => e,
                Err(e) => return Err(failed()(e)),
            };
            tokio::time::sleep(error.retry_after().unwrap_or_default()).await;
            let found = kind.find(self.workspace, &self.desired.site, wanted).await.map_err(failed())?;
            if let Some(found) = found.into_iter().next() {
                return Ok(found.id);
            }
        }
    }

    async fn delete_resources(&self) -> Result<(), DeployError> {
        let each = self.plan.deletions().filter_map(|change| {
            let kind = kinds::of(split_key(&change.key)?.0)?;
            let id = change.id.as_ref()?;
            Some(async move {
                let deleted = kind.delete(self.workspace, id).await;
                deleted.map_err(DeployError::during(format!("cannot delete `{}`", change.key)))?;
                self.progress.event(Event::Changed(Action::Delete.verb(), &change.key));
                Ok::<_, DeployError>(())
            })
        });
        try_join_all(each).await.map(drop)
    }

    /// Deletes files that are no longer wanted. Files of earlier releases stay: runs may read them.
    async fn delete_files(&self) -> Result<(), DeployError> {
        if self.new_root() {
            return Ok(());
        }
        let gone = self.plan.files.iter().filter(|c| c.action == Action::Delete);
        let each = gone.map(|change| async move {
            let full = format!("{}/{}", self.desired.files_root, change.path);
            let deleted = self.workspace.delete(&full).await;
            deleted.map(drop).map_err(DeployError::during(format!("cannot delete `{}`", change.path)))
        });
        try_join_all(each).await.map(drop)
    }

    /// The state after the plan.
    fn next_state(&self, ids: &BTreeMap<String, String>) -> Result<State, DeployError> {
        let site = &self.desired.site;
        let mut state = match self.state() {
            Some(state) => state.clone(),
            None => State::new(random_name()?, &site.bundle, &site.target),
        };
        state.serial += 1;
        state.files_root.clone_from(&self.desired.files_root);
        state.files = self
            .desired
            .files
            .iter()
            .map(|(path, f)| {
                (path.clone(), FileRecord { sha256: f.sha256.clone(), notebook: f.content != Content::File })
            })
            .collect();
        let mut resources = BTreeMap::new();
        for (full, wanted) in &self.desired.resources {
            let Some(id) = ids.get(full) else { continue };
            let record = self.state().and_then(|s| s.resources.get(full));
            let spec = recorded_spec(record, wanted, Some(&site.me));
            let record = ResourceRecord {
                id: id.clone(),
                sha256: spec_hash(&spec),
                spec,
                permissions: wanted.permissions.clone(),
                grants: wanted.grants.clone(),
                bound: record.is_some_and(|r| r.bound),
            };
            resources.insert(full.clone(), record);
        }
        state.resources = resources;
        Ok(state)
    }

    async fn write(&self, state: &State) -> Result<(), DeployError> {
        let path = self.desired.site.state_path();
        let bytes = state.bytes();
        let import = Import { path: &path, content: Content::File, bytes: &bytes, overwrite: true };
        self.workspace.import(import).await.map(drop).map_err(DeployError::during("cannot write the state"))
    }
}
