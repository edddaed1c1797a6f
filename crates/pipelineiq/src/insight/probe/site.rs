//! Where a probe writes, and how that goes again. Everything that a probe makes has its name, so that it is found also
//! by a later probe, after one that was killed.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use piq_databricks::workspace::{FileKind, Securable, Workspace, WorkspaceError};

/// How folders of probes begin, in the home of whoever probes.
const PREFIX: &str = ".piq-probe-";
/// How the time is written in names.
const TIME: &str = "%Y%m%dt%H%M%S";
/// A probe that began longer ago is over.
const LONGEST: SignedDuration = SignedDuration::from_hours(6);

/// The folder, job and schema of one probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeSite {
    /// The folder.
    pub folder: String,
    /// Name of the job.
    pub job: String,
    /// Full name of the schema.
    pub schema: String,
    /// Its catalog.
    pub catalog: String,
}

impl ProbeSite {
    /// The site of a probe that begins now, in a process of this number.
    pub fn new(home: &str, catalog: &str, now: Timestamp, process: u32) -> Self {
        let time = now.to_zoned(TimeZone::UTC).strftime(TIME).to_string();
        Self::named(home, catalog, &format!("{time}-{process:x}"))
    }

    fn named(home: &str, catalog: &str, name: &str) -> Self {
        Self {
            folder: format!("{home}/{PREFIX}{name}"),
            job: format!("piq probe {name}"),
            schema: format!("{catalog}.piq_probe_{}", name.replace('-', "_")),
            catalog: catalog.to_owned(),
        }
    }

    /// The schema without its catalog.
    pub(super) fn schema_name(&self) -> &str {
        self.schema.rsplit('.').next().unwrap_or(&self.schema)
    }
}

/// The name of a probe that is over, by the name of its folder.
fn ended_probe(folder: &str, now: Timestamp) -> Option<&str> {
    let name = folder.rsplit('/').next()?.strip_prefix(PREFIX)?;
    let (time, process) = name.split_once('-')?;
    u32::from_str_radix(process, 16).ok()?;
    let began = DateTime::strptime(TIME, time).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    (now.duration_since(began) > LONGEST).then_some(name)
}

/// Sites of probes that were killed before they could clean up.
pub(super) async fn abandoned(
    workspace: &dyn Workspace,
    home: &str,
    catalog: &str,
    now: Timestamp,
) -> Result<Vec<ProbeSite>, WorkspaceError> {
    let folders = workspace.list(home).await?.unwrap_or_default();
    let names = folders.iter().filter(|o| o.kind == FileKind::Directory).filter_map(|o| ended_probe(&o.path, now));
    Ok(names.map(|name| ProbeSite::named(home, catalog, name)).collect())
}

/// Deletes all that a probe made, and gives what could not be deleted. The folder goes last: while it is there, a later
/// probe tries again.
pub async fn clean_up(workspace: &dyn Workspace, site: &ProbeSite) -> Vec<String> {
    let mut left = Vec::new();
    if let Err(e) = delete_jobs(workspace, &site.job).await {
        left.push(format!("job `{}`: {e}", site.job));
    }
    if let Err(e) = delete_schema(workspace, &site.schema).await {
        left.push(format!("schema `{}`: {e}", site.schema));
    }
    if !left.is_empty() {
        return left;
    }
    if let Err(e) = delete_folder(workspace, &site.folder).await {
        left.push(format!("folder `{}`: {e}", site.folder));
    }
    left
}

async fn delete_jobs(workspace: &dyn Workspace, name: &str) -> Result<(), WorkspaceError> {
    for job in workspace.jobs_named(name).await? {
        for run in workspace.active_runs(job.id).await? {
            workspace.cancel_run(run.id).await?;
        }
        workspace.delete_job(job.id).await?;
    }
    Ok(())
}

async fn delete_schema(workspace: &dyn Workspace, name: &str) -> Result<(), WorkspaceError> {
    match workspace.securable(Securable::Schema, name).await {
        Ok(Some(_)) => workspace.delete_securable(Securable::Schema, name, true).await.map(drop),
        Ok(None) => Ok(()),
        // whoever may not even see the catalog made nothing in it
        Err(e) if e.is_denied() => Ok(()),
        Err(e) => Err(e),
    }
}

async fn delete_folder(workspace: &dyn Workspace, folder: &str) -> Result<(), WorkspaceError> {
    for object in workspace.list(folder).await?.unwrap_or_default() {
        if let (FileKind::Dashboard, Some(id)) = (object.kind, &object.resource_id) {
            workspace.trash_dashboard(&id.as_str().into()).await?;
        }
    }
    workspace.delete(folder).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::{ProbeSite, ended_probe};

    #[test]
    fn a_probe_is_known_by_its_name_and_left_alone_while_it_may_run() {
        let began = "2026-11-24T08:30:00Z".parse().expect("a time");
        let site = ProbeSite::new("/Workspace/Users/a@example.com", "users", began, 0x1f);
        assert_eq!(site.folder, "/Workspace/Users/a@example.com/.piq-probe-20261124t083000-1f");
        assert_eq!(site.schema, "users.piq_probe_20261124t083000_1f");
        let at = |time: &str| ended_probe(&site.folder, time.parse().expect("a time"));
        assert_eq!(at("2026-11-24T14:00:00Z"), None);
        assert_eq!(at("2026-11-24T15:00:00Z"), Some("20261124t083000-1f"));
        for other in ["/a/.piq-probe-notes", "/a/.piq-probe-20261124t083000", "/a/b", "/a/.piq-probe-2026-1"] {
            assert_eq!(ended_probe(other, "2027-01-01T00:00:00Z".parse().expect("a time")), None, "{other}");
        }
    }
}
