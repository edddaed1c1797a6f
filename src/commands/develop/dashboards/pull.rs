//! `piq dashboards pull`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use clap_complete::ArgValueCompleter;
use pipelineiq::render::{dashboard_files, read_project_content};
use piq_bundle::{Resource, ResourceKind, TargetBundle, TreeEntry, with_text, with_tree};
use piq_databricks::workspace::{DashboardsApi as _, Files as _, RemoteDashboard, WarehouseId};
use piq_diagnostics::env::Env;
use piq_diagnostics::own_folder::OwnFolder;
use piq_diagnostics::{Diagnostic, Failure, FailureContext as _, FailureKind};
use piq_lakeview::pull::{Defaults, DiffLine, differing_lines, pull};
use piq_lakeview::{files, set_parameters};
use serde_json::{Value, json};

use crate::commands::look::status::read_summary;
use crate::context::Context;
use crate::context::complete::dashboard_keys;
use crate::context::git_source::git;
use crate::context::options::WorkspaceOptions;
use crate::context::project::load_project;
use crate::context::session::{Session, in_session, read_in_session};
use crate::context::signals::Signals;

/// Differing lines of a file that are shown.
const SHOWN: usize = 20;

/// Pause between two looks at the workspace.
const BETWEEN: Duration = Duration::from_secs(2);

/// Where the file as it was is kept, in `.piq`.
const KEPT: &str = "before-pull";

/// Bring edits made in the workspace into the dashboard files
///
/// Unchanged parts keep their bytes and order; new parts follow the file's own style, with the main catalog and schema in
/// the files of the folder `dashboards`. A file with uncommitted changes is an error without `--force`. The old file is
/// kept in `.piq/before-pull/`.
#[derive(Debug, Clone, Args)]
pub(crate) struct PullArgs {
    /// Keys of dashboard resources; by default all of the target
    #[arg(add = ArgValueCompleter::new(dashboard_keys))]
    keys: Vec<String>,
    /// Write nothing; exit with code 3 if the workspace has edits that a file lacks
    #[arg(long)]
    check: bool,
    /// Also change files that are not committed
    #[arg(long)]
    force: bool,
    /// Go on until Ctrl-C: bring each edit within seconds while somebody works in the browser
    #[arg(long, conflicts_with = "check")]
    watch: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

pub(crate) fn cmd_pull(context: &Context, args: &PullArgs) -> Result<ExitCode, Failure> {
    let project = load_project(context)?;
    if args.watch {
        return in_session(context, project, args.workspace.session(), async |session, signals| {
            watch(context, args, session, signals).await
        });
    }
    let work = async |session: &Arc<Session>| fetch(session, &args.keys).await;
    let (pulled, notes) = read_in_session(context, project, args.workspace.session(), work)?;
    notes.iter().for_each(|line| context.out.log(line));
    take(context, args, &pulled, !args.check && !args.force)?;
    let changed = pulled.iter().any(Pulled::changed);
    if context.out.json() {
        let list: Vec<Value> = pulled.iter().map(Pulled::json).collect();
        context.out.result(&format!("{}\n", json!({"dashboards": list})));
    } else if !changed {
        context.out.log("the files match the workspace");
    }
    Ok(if args.check && changed { ExitCode::from(FailureKind::Pending.exit_code()) } else { ExitCode::SUCCESS })
}

/// Writes what changed, unless it is only to be told.
fn take(context: &Context, args: &PullArgs, pulled: &[Pulled], only_committed: bool) -> Result<(), Failure> {
    // all of them are read before the first is written
    if only_committed {
        pulled.iter().filter(|p| p.changed()).try_for_each(|p| p.committed(&context.env))?;
    }
    for one in pulled.iter().filter(|p| p.changed()) {
        let verb = if args.check { "would change" } else { "changed" };
        let (added, removed) = one.lines();
        if !args.check {
            one.write()?;
        }
        context.out.log(&format!("{}: {verb}, {added} lines added, {removed} removed", one.shown));
        let lines = differing_lines(&one.before, &one.after);
        lines.iter().take(SHOWN).for_each(|line| context.out.log(&line.to_string()));
        if lines.len() > SHOWN {
            context.out.log(&format!("       … {} more lines", lines.len() - SHOWN));
        }
    }
    Ok(())
}

/// Pulls again and again. A file that somebody else changes meanwhile ends it: two hands on one file lose work.
async fn watch(
    context: &Context,
    args: &PullArgs,
    session: &Arc<Session>,
    signals: &Signals,
) -> Result<ExitCode, Failure> {
    let mut written: BTreeMap<String, String> = BTreeMap::new();
    loop {
        let (pulled, notes) = signals.or_stop(fetch(session, &args.keys)).await?;
        if written.is_empty() {
            notes.iter().for_each(|line| context.out.log(line));
            context.out.log("watching the workspace until you press Ctrl-C");
        }
        if let Some(other) = pulled.iter().find(|p| written.get(&p.key).is_some_and(|text| *text != p.before)) {
            let message = format!("`{}` was changed on disk while it was watched", other.shown);
            return Err(Failure::refused(message).hint("deploy or undo that change, then watch again"));
        }
        take(context, args, &pulled, written.is_empty() && !args.force)?;
        written = pulled.into_iter().map(|p| (p.key, p.after)).collect();
        tokio::select! {
            () = tokio::time::sleep(BETWEEN) => {}
            () = signals.cancel.wait() => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// A dashboard with its file before and after.
struct Pulled {
    key: String,
    id: String,
    /// The project's folder.
    folder: PathBuf,
    /// The file from there.
    shown: String,
    before: String,
    after: String,
}

impl Pulled {
    fn changed(&self) -> bool {
        self.before != self.after
    }

    /// Lines added and removed.
    fn lines(&self) -> (usize, usize) {
        let lines = differing_lines(&self.before, &self.after);
        let removed = lines.iter().filter(|l| matches!(l, DiffLine::Removed(..))).count();
        (lines.len() - removed, removed)
    }

    /// Refuses a file whose content git does not have.
    fn committed(&self, env: &Env) -> Result<(), Failure> {
        // outside of a repository the copy in `.piq/before-pull/` is enough
        if git(&self.folder, env, &["status", "--porcelain", "--", &self.shown]).is_none_or(|out| out.is_empty()) {
            return Ok(());
        }
        let fault =
            Diagnostic::error("file-not-committed", format!("`{}` has changes that are not committed", self.shown))
                .hint("commit them first, or pass `--force`");
        Err(fault.into())
    }

    fn write(&self) -> Result<(), Failure> {
        let kept = OwnFolder::of(&self.folder, KEPT);
        let name = Path::new(&self.shown).file_name().unwrap_or_default().to_string_lossy();
        kept.write(&name, self.before.as_bytes())
            .with_context(|| format!("cannot write `{}`", kept.file(&name).display()))?;
        files::replace(&self.folder.join(&self.shown), self.after.as_bytes())
    }

    fn json(&self) -> Value {
        let (added, removed) = self.lines();
        json!({"key": self.key, "id": self.id, "file": self.shown, "changed": self.changed(), "added": added, "removed": removed})
    }
}

/// The dashboards with their files, and what else differs, for people to read.
async fn fetch(session: &Session, keys: &[String]) -> Result<(Vec<Pulled>, Vec<String>), Failure> {
    let project = &session.project;
    let content = read_project_content(project)?;
    let named = dashboard_files(project, &content)?;
    let all: Vec<&Resource> = project.resources.iter().filter(|r| r.kind == ResourceKind::Dashboard).collect();
    if let Some(key) = keys.iter().find(|k| all.iter().all(|r| r.key != **k)) {
        let names: Vec<String> = all.iter().map(|r| format!("`{}`", r.key)).collect();
        let message = format!("target `{}` has no dashboard `{key}`", project.target);
        return Err(Failure::usage(message).hint(format!("available: {}", names.join(", "))));
    }
    let deployed = read_summary(session).await?;
    let main = files::main_values(&project.project_dir)?;
    let (mut pulled, mut told) = (Vec::new(), Vec::new());
    for resource in all.into_iter().filter(|r| keys.is_empty() || keys.contains(&r.key)) {
        let key = &resource.key;
        let inline = resource.spec.entry("serialized_dashboard").filter(|e| !e.value.is_null());
        let (path, before) = match (named.get(key), inline) {
            (Some(path), _) => (path.clone(), content.get(path).map(|s| s.text.clone()).unwrap_or_default()),
            (None, Some(entry)) => ("serialized_dashboard".to_owned(), inline_text(entry)),
            (None, None) => continue,
        };
        let recorded = deployed.resources.iter().find(|r| r.kind == "dashboards" && r.key == *key);
        let remote = remote(session, resource, recorded.and_then(|r| r.id.clone())).await?;
        let text = |field: &str| resource.spec.str_at(field);
        let (catalog, schema) = (text("dataset_catalog"), text("dataset_schema"));
        let defaults = Defaults { dataset_catalog: catalog, dataset_schema: schema };
        // a file elsewhere in the bundle is deployed as it is, and comes back as it is
        let main = if path.starts_with("dashboards/") { main.clone() } else { files::MainValues::default() };
        let after = merge(&path, &before, &remote.serialized, defaults, &main)?;
        let (path, before, after) = match inline.filter(|_| !named.contains_key(key)) {
            Some(entry) => in_yaml(key, entry, &before, &after)?,
            None => (path, before, after),
        };
        if let Some(other) = pulled.iter().find(|p: &&Pulled| p.shown == path && p.changed() && before != after) {
            let message = format!("the dashboards `{}` and `{key}` of `{path}` both have edits", other.key);
            return Err(Failure::refused(message).hint(format!("pull them one by one: `piq dashboards pull {key}`")));
        }
        for (what, there, here) in [
            ("display name", Some(remote.display_name.as_str()), text("display_name")),
            (
                "warehouse",
                remote.warehouse_id.as_ref().map(WarehouseId::as_str),
                text("warehouse_id").filter(|w| !w.contains("${")),
            ),
        ] {
            if let (Some(there), Some(here)) = (there, here)
                && there != here
            {
                told.push(format!("{key}: the {what} is `{there}` in the workspace and `{here}` in the bundle"));
            }
        }
        pulled.push(Pulled {
            key: key.clone(),
            id: remote.id.to_string(),
            folder: project.project_dir.clone(),
            shown: path,
            before,
            after,
        });
    }
    Ok((pulled, told))
}

/// The text of a dashboard in the YAML of the bundle; one that is written as YAML is text as a file would have it.
fn inline_text(entry: &TreeEntry) -> String {
    entry.value.as_str().map_or_else(|| format!("{:#}\n", entry.value.to_json()), str::to_owned)
}

/// The YAML file that holds the text of a dashboard: its path, and its text before and after.
fn in_yaml(key: &str, entry: &TreeEntry, before: &str, after: &str) -> Result<(String, String, String), Failure> {
    let source = &entry.value.place.source;
    let file = source.text.clone();
    if before == after {
        return Ok((source.path.clone(), file.clone(), file));
    }
    let changed = match entry.value.as_str() {
        Some(_) => with_text(entry, after),
        None => serde_json::from_str(after).ok().and_then(|wanted| with_tree(entry, &wanted)),
    };
    let changed = changed.ok_or_else(|| cannot_rewrite(key, entry))?;
    Ok((source.path.clone(), file, changed))
}

fn cannot_rewrite(key: &str, entry: &TreeEntry) -> Failure {
    let message = format!(
        "cannot write edits of dashboard `{key}` into its YAML: what changed holds a reference, is shared by an alias, or \
         comes from another file"
    );
    let fault = Diagnostic::error("dashboard-in-yaml", message).at(entry.value.place.clone());
    fault.hint("write it as a block (`serialized_dashboard: |`) without references, or move it to a file and name that in `file_path`").into()
}

/// The dashboard of a resource: by the id that is on record, else by its path.
async fn remote(session: &Session, resource: &Resource, id: Option<String>) -> Result<RemoteDashboard, Failure> {
    let not_there = |what: &str| {
        let message = format!("dashboard `{}` {what}", resource.key);
        Failure::from(Diagnostic::error("dashboard-not-deployed", message).at(resource.spec.span().clone()))
    };
    let id = match id {
        Some(id) => id,
        None => {
            let path = asset_path(&session.project, resource);
            let object = session.workspace.status(&path).await?;
            object
                .and_then(|o| o.resource_id)
                .ok_or_else(|| not_there(&format!("is not deployed: cannot find `{path}`")))?
        }
    };
    match session.workspace.dashboard(&id.as_str().into()).await? {
        Some(found) if found.trashed => {
            Err(not_there(&format!("({id}) is in the trash of the workspace: restore it there")))
        }
        Some(found) => Ok(found),
        None => Err(not_there(&format!("({id}) no longer exists"))),
    }
}

fn asset_path(project: &TargetBundle, resource: &Resource) -> String {
    let folder = resource.spec.str_at("parent_path").unwrap_or(&project.workspace.resource_path);
    let name = resource.spec.str_at("display_name").unwrap_or_default();
    format!("{}/{name}{}", folder.trim_end_matches('/'), files::EXTENSION)
}

/// The file's new text. What cannot be normalised comes as it is: the lint will say why.
fn merge(
    path: &str,
    local: &str,
    remote: &str,
    defaults: Defaults<'_>,
    main: &files::MainValues,
) -> Result<String, Failure> {
    let name = format!("{path} (in the workspace)");
    let normal = match (&main.catalog, &main.schema) {
        (Some(catalog), Some(schema)) => set_parameters(&name, remote.as_bytes(), catalog, schema).ok(),
        _ => None,
    };
    let bytes = normal.map_or_else(|| remote.as_bytes().to_vec(), |n| n.bytes.into_owned());
    let remote = String::from_utf8(bytes).context("the workspace's dashboard is not UTF-8")?;
    pull(local, &remote, defaults).map_err(|fault| {
        let (what, fault) = match fault {
            Ok(fault) => (path, fault),
            Err(fault) => (name.as_str(), fault),
        };
        let diagnostic = Diagnostic::error("dashboard-not-json", format!("`{what}` is not JSON: {}", fault.message));
        Failure::from(diagnostic)
    })
}
