//! Carries a plan out: uploads, resources in the order of their references, deletions, the state.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{try_join, try_join_all, try_join3};
use serde_json::Value;

use super::access::set_access;
use super::implied_dependencies::volume_of;
use super::key::split_key;
use super::kinds::{self, Applied, ResourceHandler};
use super::observe::Observed;
use super::outputs::output;
use super::progress::{Event, Progress};
use super::spec::recorded_spec;
use super::state::{DeployState, previous_path};
use super::state_record::next_state;
use super::{
    DeployError, Desired, DesiredResource, FileChange, Metadata, Plan, PlanAction, ResourceChange, empty_folders,
    releases,
};
use piq_bundle::{ResourceKind, fill_outputs, output_references, unfilled};
use piq_databricks::workspace::{Content, Import, Workspace, WorkspaceError};

/// How often a create whose answer was lost is looked for and tried again.
const TRIES: u32 = 6;
/// How long after a failure the next try comes, times the number of tries.
const PAUSE: Duration = Duration::from_millis(50);
/// The longest wait that a workspace may ask for between two tries.
const LONGEST: Duration = Duration::from_secs(60);

/// One carrying out of one plan.
pub(super) struct Apply<'a> {
    workspace: &'a dyn Workspace,
    desired: &'a Desired,
    plan: &'a Plan,
    observed: &'a Observed,
    progress: &'a dyn Progress,
    /// What is known of the resources, and what became of those that changed.
    applied: Mutex<BTreeMap<String, Applied>>,
}

impl<'a> Apply<'a> {
    pub(super) fn new(
        workspace: &'a dyn Workspace,
        desired: &'a Desired,
        plan: &'a Plan,
        observed: &'a Observed,
        progress: &'a dyn Progress,
    ) -> Self {
        let known = observed
            .resources
            .iter()
            .map(|(full, found)| (full.clone(), Applied { id: found.id.clone(), etag: found.etag.clone() }));
        let assumed = observed.state.iter().flat_map(|s| &s.resources).filter(|(k, _)| observed.assumed.contains(*k));
        let assumed = assumed.map(|(k, r)| (k.clone(), Applied { id: r.id.clone(), etag: r.etag.clone() }));
        let known = known.chain(assumed);
        Self { workspace, desired, plan, observed, progress, applied: Mutex::new(known.collect()) }
    }

    pub(super) fn state(&self) -> Option<&DeployState> {
        self.observed.state.as_ref()
    }

    /// The state that piq wrote; what it took over from the official CLI is none yet.
    pub(super) fn written_state(&self) -> Option<&DeployState> {
        self.state().filter(|s| s.serial > 0)
    }

    /// Whether the files go to another folder than the current ones.
    fn new_root(&self) -> bool {
        self.state().is_none_or(|s| s.files_root != self.desired.files_root)
    }

    /// Folders that something goes to and that are not known to be there.
    pub(super) fn missing_folders(&self) -> Vec<String> {
        let listed = |folder: &String| self.observed.folders.get(folder).is_some_and(Option::is_some);
        let now = self.uploads().into_iter().filter(|(path, _)| self.new_volume(path).is_none());
        let mut folders: Vec<String> = now.map(|(path, _)| self.desired.folder_of(path)).collect();
        let created = self.plan.resources.iter().filter(|c| c.action == PlanAction::Create);
        let wanted = created.filter_map(|c| self.desired.resources.get(&c.key));
        for dashboard in wanted.filter(|w| w.kind == ResourceKind::Dashboard) {
            folders.extend(dashboard.spec["parent_path"].as_str().map(str::to_owned));
        }
        folders.sort();
        folders.dedup();
        folders.retain(|f| !listed(f));
        // a folder comes with those above it
        let all: BTreeSet<String> = folders.iter().cloned().collect();
        folders.retain(|f| {
            let below = format!("{f}/");
            all.range(below.clone()..).next().is_none_or(|next| !next.starts_with(&below))
        });
        folders
    }

    fn uploads(&self) -> Vec<(&String, Option<&FileChange>)> {
        if self.desired.in_place {
            return Vec::new();
        }
        let changes: BTreeMap<&String, &FileChange> =
            self.plan.files.iter().filter(|c| c.upload).map(|c| (&c.path, c)).collect();
        if self.state().is_none_or(|s| s.manifest_of(&self.desired.files_root).is_none()) {
            return self.desired.files.keys().map(|path| (path, changes.get(path).copied())).collect();
        }
        changes.into_iter().map(|(path, change)| (path, Some(change))).collect()
    }

    /// The volume of the bundle that a file goes into, if this deploy makes it.
    fn new_volume(&self, path: &str) -> Option<&str> {
        let volume = volume_of(self.desired, &self.desired.place(path))?;
        let made = self.plan.resources.iter().find(|c| c.action == PlanAction::Create && c.key == volume)?;
        Some(&made.key)
    }

    /// Uploads what is missing, but for what goes into a volume that is still to be made. Doing it twice does no harm.
    pub(super) async fn upload(&self) -> Result<(), DeployError> {
        self.upload_to(&|volume| volume.is_none()).await
    }

    /// Uploads what is missing, where it goes to a volume of this deploy or to none.
    async fn upload_to(&self, wanted: &dyn Fn(Option<&str>) -> bool) -> Result<(), DeployError> {
        let mut uploads = self.uploads();
        uploads.retain(|(path, _)| wanted(self.new_volume(path)));
        let (total, done) = (uploads.len(), AtomicUsize::new(0));
        let each = uploads.into_iter().filter_map(|(path, change)| {
            let file = self.desired.files.get(path)?;
            let done = &done;
            Some(async move {
                let full = self.desired.place(path);
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

    /// Creates and changes what the workspace itself guards against a second time: it may be done before it is known
    /// whether another deploy came between.
    pub(super) async fn early(&self) -> Result<(), DeployError> {
        let stages = self.stages();
        let first = stages.into_iter().next().unwrap_or_default();
        let guarded = first.into_iter().filter(|c| is_guarded(&c.key));
        let guarded = try_join_all(guarded.map(|change| self.spec(change)));
        // where nothing is new that it names, all ids are known
        try_join3(guarded, self.write_metadata(!self.creates_named()), self.keep_state()).await.map(drop)
    }

    /// Whether something is made whose id stands in `metadata.json`.
    fn creates_named(&self) -> bool {
        self.plan.resources.iter().any(|c| c.action == PlanAction::Create && Metadata::names(&c.key))
    }

    /// Does the rest: creates and changes, publishes, deletes, and writes the state.
    pub(super) async fn finish(&self) -> Result<DeployState, DeployError> {
        let mut stages = self.stages();
        let made: Vec<Vec<&str>> = stages.iter().map(|s| s.iter().map(|c| c.key.as_str()).collect()).collect();
        let mut early = Vec::new();
        if let Some(first) = stages.first_mut() {
            let (guarded, rest): (Vec<_>, Vec<_>) = first.iter().copied().partition(|c| is_guarded(&c.key));
            early = guarded;
            *first = rest;
        }
        let settle = try_join_all(early.into_iter().map(|change| self.settle(change)));
        let rest = async {
            for (stage, made) in stages.into_iter().zip(made) {
                let each = stage.into_iter().map(|change| async move {
                    self.spec(change).await?;
                    self.settle(change).await
                });
                try_join_all(each).await?;
                self.upload_to(&|volume| volume.is_some_and(|v| made.contains(&v))).await?;
            }
            Ok::<_, DeployError>(())
        };
        try_join3(settle, rest, self.folder()).await?;
        try_join(self.delete_resources(), self.delete_files()).await?;
        let mut state = {
            let applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
            next_state(self.state(), self.desired, &applied, self.plan.selected.as_deref())?
        };
        releases::record(&mut state, self.desired, self.now())?;
        releases::prune(self.workspace, &self.desired.site, &mut state).await?;
        releases::sweep(&mut state);
        // before the state: a deploy that is killed in between writes it again
        self.write_metadata(self.creates_named()).await?;
        self.write(&self.desired.site.state_path(), &state).await?;
        Ok(state)
    }

    /// Changes grouped so that each group needs only those before it.
    fn stages(&self) -> Vec<Vec<&ResourceChange>> {
        let changes: Vec<&ResourceChange> =
            self.plan.resources.iter().filter(|c| c.action != PlanAction::Delete).collect();
        let at: HashMap<&str, usize> = changes.iter().enumerate().map(|(i, c)| (c.key.as_str(), i)).collect();
        let mut waits_for = vec![0; changes.len()];
        let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); changes.len()];
        for (i, change) in changes.iter().enumerate() {
            let needs = self.desired.resources.get(&change.key).map(|r| r.needs.as_slice()).unwrap_or_default();
            for other in needs.iter().filter_map(|n| at.get(n.as_str()).copied()).filter(|other| *other != i) {
                waits_for[i] += 1;
                needed_by[other].push(i);
            }
        }
        let mut stages = Vec::new();
        let mut now: Vec<usize> = (0..changes.len()).filter(|i| waits_for[*i] == 0).collect();
        while !now.is_empty() {
            let mut next = Vec::new();
            for i in now.iter().flat_map(|done| &needed_by[*done]) {
                waits_for[*i] -= 1;
                if waits_for[*i] == 0 {
                    next.push(*i);
                }
            }
            stages.push(now.into_iter().map(|i| changes[i]).collect());
            next.sort_unstable();
            now = next;
        }
        // a cycle of references is refused when the bundle is loaded
        let left: Vec<&ResourceChange> = (0..changes.len()).filter(|i| waits_for[*i] > 0).map(|i| changes[i]).collect();
        stages.extend((!left.is_empty()).then_some(left));
        stages
    }

    fn desired_of(
        &self,
        change: &ResourceChange,
    ) -> Result<(&DesiredResource, &'static dyn ResourceHandler), DeployError> {
        let wanted = self.desired.resources.get(&change.key);
        let wanted = wanted.ok_or_else(|| DeployError::refused(format!("`{}` is not in the bundle", change.key)))?;
        Ok((wanted, kinds::of(wanted.kind)))
    }

    /// The spec as the API takes it: what it refers to and the folder of the files filled in.
    async fn sent(&self, wanted: &DesiredResource, full: &str) -> Result<Value, DeployError> {
        let record = self.state().and_then(|s| s.resources.get(full));
        let spec = recorded_spec(record, wanted, Some(&self.desired.site.me));
        let mut outputs = BTreeMap::new();
        for (other, field) in output_references(&spec) {
            let applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner).get(&other).cloned();
            let Some(applied) = applied else { continue };
            let mut value = output(self.workspace.host(), &other, &applied.id, &Value::Null, &field);
            if value.is_none()
                && let Some((kind, _)) = split_key(&other)
            {
                let read = kinds::of(kind).read(self.workspace, &applied.id).await;
                let read = read.map_err(DeployError::during(format!("cannot read `{other}`")))?;
                value = read.and_then(|r| output(self.workspace.host(), &other, &r.id, &r.spec, &field));
            }
            if let Some(value) = value {
                outputs.insert((other, field), value);
            }
        }
        let spec = fill_outputs(wanted.kind, &spec, &|other, field| {
            outputs.get(&(other.to_owned(), field.to_owned())).cloned()
        });
        match unfilled(&spec) {
            Some(name) => {
                Err(DeployError::refused(format!("`{full}` needs `${{{name}}}`, and the workspace has no such value"))
                    .hint("refer to another field, or write the value"))
            }
            None => Ok(self.desired.site.placed(&spec, &self.desired.files_root)),
        }
    }

    /// Puts the spec of a resource in place.
    async fn spec(&self, change: &ResourceChange) -> Result<(), DeployError> {
        let (wanted, kind) = self.desired_of(change)?;
        let spec = self.sent(wanted, &change.key).await?;
        let found = self.observed.resources.get(&change.key);
        let applied = match (found, change.action) {
            (Some(found), PlanAction::Update | PlanAction::Adopt) if !change.fields.is_empty() => {
                let updated = kind.update(self.workspace, found, &spec).await;
                updated.map_err(DeployError::during(format!("cannot update `{}`", change.key)))?
            }
            (Some(found), PlanAction::Update | PlanAction::Adopt) => {
                Applied { id: found.id.clone(), etag: found.etag.clone() }
            }
            _ => self.create(change, &spec).await?,
        };
        self.applied.lock().unwrap_or_else(PoisonError::into_inner).insert(change.key.clone(), applied);
        self.progress.event(Event::Changed(change.action.verb(), &change.key));
        Ok(())
    }

    /// Creates a resource. When the answer is lost, or its name is taken, ours is looked for before anything else.
    async fn create(&self, change: &ResourceChange, spec: &Value) -> Result<Applied, DeployError> {
        let failed = || DeployError::during(format!("cannot create `{}`", change.key));
        let (wanted, kind) = self.desired_of(change)?;
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match kind.create(self.workspace, spec).await {
                Ok(applied) => return Ok(applied),
                Err(e) if (e.may_have_acted() && tries < TRIES) || e.is_taken() => e,
                Err(e) => return Err(failed()(e)),
            };
            if !error.is_taken() {
                tokio::time::sleep(error.retry_after().unwrap_or_default().clamp(PAUSE * tries, LONGEST)).await;
            }
            let found = kind.find(self.workspace, &self.desired.site, wanted).await.map_err(failed())?;
            if let Some(found) = found.into_iter().next() {
                return Ok(Applied { id: found.id, etag: found.etag });
            }
            if error.is_taken() {
                return Err(failed()(error));
            }
        }
    }

    /// Publishes, and sets permissions and grants.
    async fn settle(&self, change: &ResourceChange) -> Result<(), DeployError> {
        let (wanted, kind) = self.desired_of(change)?;
        let applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner).get(&change.key).cloned();
        let Some(applied) = applied else { return Ok(()) };
        let settle = async {
            if kind.settles() && (!change.fields.is_empty() || change.unfinished || change.action != PlanAction::Update)
            {
                let spec = self.sent(wanted, &change.key).await?;
                let settled = visible(change, async || kind.settle(self.workspace, &applied.id, &spec).await).await;
                settled.map_err(DeployError::during(format!("cannot publish `{}`", change.key)))?;
            }
            Ok::<_, DeployError>(())
        };
        let record = self.state().and_then(|s| s.resources.get(&change.key));
        let access = async {
            let me = &self.desired.site.me;
            let set = async || set_access(self.workspace, me, change, wanted, record, &applied.id).await;
            visible(change, set)
                .await
                .map_err(DeployError::during(format!("cannot set the permissions of `{}`", change.key)))
        };
        try_join(settle, access).await.map(drop)
    }

    /// Sets the permissions of the bundle's folder.
    async fn folder(&self) -> Result<(), DeployError> {
        let site = &self.desired.site;
        if !self.plan.folder_permissions {
            return Ok(());
        }
        let failed = || DeployError::during("cannot set the permissions of the bundle's folder");
        let folder = self.workspace.status(&site.root).await.map_err(failed())?;
        let Some(folder) = folder else { return Ok(()) };
        let owner = || kinds::owner_only(ResourceKind::Dashboard, &site.me);
        let list = self.desired.folder_permissions.clone().unwrap_or_else(owner);
        let set = self.workspace.set_permissions("directories", &folder.object_id.to_string(), &list).await;
        set.map_err(failed())
    }

    async fn delete_resources(&self) -> Result<(), DeployError> {
        for stage in kinds::deletion_stages(self.plan.deletions(), |change| &change.key) {
            let each = stage.into_iter().filter_map(|change| {
                let kind = kinds::of(split_key(&change.key)?.0);
                let id = change.id.as_ref()?;
                Some(async move {
                    let deleted = kind.delete(self.workspace, id).await;
                    deleted.map_err(DeployError::with_recorded("delete", &change.key))?;
                    self.progress.event(Event::Changed(PlanAction::Delete.verb(), &change.key));
                    Ok::<_, DeployError>(())
                })
            });
            try_join_all(each).await?;
        }
        Ok(())
    }

    /// Deletes files that are no longer wanted. Files of earlier releases stay: runs may read them.
    async fn delete_files(&self) -> Result<(), DeployError> {
        if self.new_root() {
            return Ok(());
        }
        let gone = self.plan.files.iter().filter(|c| c.action == PlanAction::Delete);
        let each = gone.map(|change| async move {
            let full = self.desired.place(&change.path);
            let deleted = self.workspace.delete(&full).await;
            deleted.map(drop).map_err(DeployError::during(format!("cannot delete `{}`", change.path)))
        });
        try_join_all(each).await?;
        let gone = self.plan.files.iter().filter(|c| c.action == PlanAction::Delete);
        empty_folders::remove(self.workspace, self.desired, gone.map(|c| c.path.as_str())).await
    }

    /// The time in UTC, by the workspace's clock; by this machine's if no answer said what time it is.
    fn now(&self) -> String {
        let told = self.workspace.clock().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        told.unwrap_or_else(jiff::Timestamp::now).strftime("%FT%TZ").to_string()
    }

    /// Whether `metadata.json` is there as it is to be.
    fn metadata_holds(&self) -> bool {
        let other_ids = self.plan.resources.iter().any(|c| c.action != PlanAction::Update && Metadata::names(&c.key));
        let digest = self.desired.metadata.as_ref().map(|m| m.digest(&self.desired.files_root));
        self.observed.metadata_kept && !other_ids && digest == self.state().and_then(|s| s.metadata.clone())
    }

    /// Writes `metadata.json` if it is the time for it.
    async fn write_metadata(&self, now: bool) -> Result<(), DeployError> {
        let Some(metadata) = self.desired.metadata.as_ref().filter(|_| now && !self.metadata_holds()) else {
            return Ok(());
        };
        let bytes = {
            let applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
            metadata.bytes(&self.desired.files_root, &|full| applied.get(full).map(|a| a.id.clone()))
        };
        let path = super::owner_tag::metadata_path(&self.desired.site.state_dir);
        let import = Import { path: &path, content: Content::File, bytes: &bytes, overwrite: true };
        self.workspace.import(import).await.map(drop).map_err(DeployError::during("cannot write metadata.json"))
    }

    /// Keeps the state that is about to be replaced beside the new one.
    async fn keep_state(&self) -> Result<(), DeployError> {
        match self.written_state() {
            Some(state) => self.write(&previous_path(&self.desired.site.state_dir), state).await,
            None => Ok(()),
        }
    }

    async fn write(&self, path: &str, state: &DeployState) -> Result<(), DeployError> {
        let bytes = state.bytes()?;
        let import = Import { path, content: Content::File, bytes: &bytes, overwrite: true };
        self.workspace.import(import).await.map(drop).map_err(DeployError::during("cannot write the state"))
    }
}

/// Does something with a resource. One that was just created may be missing for a moment.
async fn visible(
    change: &ResourceChange,
    work: impl AsyncFn() -> Result<(), WorkspaceError>,
) -> Result<(), WorkspaceError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match work().await {
            Err(e) if e.is_missing() && change.action == PlanAction::Create && tries < TRIES => {
                tokio::time::sleep(PAUSE * 2_u32.pow(tries)).await;
            }
            done => return done,
        }
    }
}

/// Names and versions guard these kinds: a second create or a late change is refused.
fn is_guarded(full: &str) -> bool {
    matches!(split_key(full), Some((ResourceKind::Dashboard | ResourceKind::Schema | ResourceKind::Volume, _)))
}
