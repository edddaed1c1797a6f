//! `piq generate`: YAML and files from what was made in the workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use piq_bundle::{TargetFacts, clean, load, relative};
use piq_databricks::workspace::{
    DashboardId, DashboardsApi as _, Files as _, JobId, Jobs as _, Language, Workspace as _,
};
use piq_deploy::{below_common_folder, bind, build_resources, check_bind, described_job, key_of, named_files};
use piq_diagnostics::{Failure, FailureContext as _};
use serde_json::{Value, json};

use crate::context::Context;
use crate::context::lock_args::LockArgs;
use crate::context::options::WorkspaceOptions;
use crate::context::project::load_project;
use crate::context::session::{Session, current_user, read_in_session};
use crate::output::progress::Lines;

/// Write YAML and files for something made in the workspace
#[derive(Debug, Clone, Args)]
pub(crate) struct GenerateArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// Write a job, with the notebooks and files of its tasks
    Job {
        /// Number of the job
        id: JobId,
        #[command(flatten)]
        to: ToArgs,
    },
    /// Write a dashboard, with its content as a file
    Dashboard {
        /// Id of the dashboard, or its path in the workspace
        id: String,
        #[command(flatten)]
        to: ToArgs,
    },
}

#[derive(Debug, Clone, Args)]
struct ToArgs {
    /// Key of the resource in the bundle instead of one made from its name
    #[arg(long)]
    key: Option<String>,
    /// Folder of the YAML file, from the bundle's folder
    #[arg(short = 'd', long, default_value = "resources", value_name = "DIR")]
    config_dir: PathBuf,
    /// Folder of notebooks, files and dashboards, from the bundle's folder
    #[arg(short = 's', long, default_value = "src", value_name = "DIR")]
    source_dir: PathBuf,
    /// Bind the resource, so that the next deploy updates it instead of creating another
    #[arg(long)]
    bind: bool,
    /// Overwrite files that are there
    #[arg(short, long)]
    force: bool,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// What is to be written: files by their path, and the resource that the first of them describes.
struct Generated {
    kind: &'static str,
    key: String,
    id: String,
    files: Vec<(PathBuf, Vec<u8>)>,
}

pub(crate) fn cmd_generate(context: &Context, args: &GenerateArgs) -> Result<ExitCode, Failure> {
    let (What::Job { to, .. } | What::Dashboard { to, .. }) = &args.what;
    let session = to.workspace.session_without_lookups();
    let (made, bound) = read_in_session(context, load_project(context)?, session, async |session| {
        let made = match &args.what {
            What::Job { id, to } => job(context, session, *id, to).await?,
            What::Dashboard { id, to } => dashboard(session, id, to).await?,
        };
        check_free(session, &made, to).await?;
        write(&made, to.force)?;
        let bound = match to.bind {
            true => Some(bound(context, session, &made, to).await?),
            false => None,
        };
        Ok((made, bound))
    })?;
    let full = format!("{}.{}", made.kind, made.key);
    let files: Vec<String> = made.files.iter().map(|(path, _)| path.display().to_string()).collect();
    if !included(context, &made) {
        let file = made.files.first().map(|(path, _)| path.display().to_string()).unwrap_or_default();
        context.out.log(&format!("the bundle does not include {file} yet: name it under `include`"));
    }
    if context.out.json() {
        let result = json!({"key": full, "id": made.id, "files": files, "bound": bound.is_some()});
        context.out.result(&format!("{result}\n"));
    } else {
        let mut text = files.iter().map(|file| format!("wrote {file}\n")).collect::<String>();
        text += &bound.map_or_else(String::new, |name| format!("{full} is bound to {} \"{name}\"\n", made.id));
        context.out.result(&text);
    }
    Ok(ExitCode::SUCCESS)
}

async fn job(context: &Context, session: &Session, id: JobId, to: &ToArgs) -> Result<Generated, Failure> {
    let job = session.workspace.job(id).await?;
    let job = job.ok_or_else(|| Failure::refused(format!("the workspace has no job {id}")))?;
    let mut settings = described_job(&job.settings);
    let key = key(to, job.name());
    let config = config_file(session, to, &key, "job");
    let from_git = settings["git_source"].is_object();
    let mut downloaded = Vec::new();
    for named in named_files(&settings) {
        match session.workspace.export(&named.path).await? {
            Some(bytes) => downloaded.push((named, bytes)),
            // such a job needs only its repository to be right
            None if from_git => {
                context.out.log(&format!("the workspace has no `{}`: its task keeps this path", named.path));
            }
            None => {
                return Err(Failure::refused(format!("the workspace has no `{}`, which the job names", named.path)));
            }
        }
    }
    let paths: Vec<&str> = downloaded.iter().map(|(named, _)| named.path.as_str()).collect();
    let places = below_common_folder(&paths);
    let mut files: BTreeMap<PathBuf, (String, Vec<u8>)> = BTreeMap::new();
    for ((named, bytes), place) in downloaded.into_iter().zip(places) {
        let extension = if named.notebook { session.extension(&named.path, &bytes).await? } else { "" };
        let mut path = session.project.bundle_dir.join(&to.source_dir).join(format!("{place}{extension}"));
        let name = place.rsplit('/').next().unwrap_or_default();
        let mut number = 1;
        // a notebook `a`, which is `a.py` here, beside a file `a.py`
        while files.get(&path).is_some_and(|(from, _)| *from != named.path) {
            number += 1;
            path = path.with_file_name(format!("{name}_{number}{extension}"));
        }
        let local = relative(&path, config.parent().unwrap_or(Path::new(".")));
        if let Some(at) = settings.pointer_mut(&named.pointer) {
            *at = json!(local);
        }
        files.insert(path, (named.path, bytes));
    }
    let yaml = yaml(session, &config, "jobs", &key, settings)?;
    let sources = files.into_iter().map(|(path, (_, bytes))| (path, bytes));
    Ok(Generated {
        kind: "jobs",
        id: id.to_string(),
        files: std::iter::once((config, yaml)).chain(sources).collect(),
        key,
    })
}

async fn dashboard(session: &Session, id: &str, to: &ToArgs) -> Result<Generated, Failure> {
    let missing = || Failure::refused(format!("the workspace has no dashboard `{id}`"));
    let id = if id.starts_with('/') {
        let found = session.workspace.status(id).await?;
        found.and_then(|object| object.resource_id).ok_or_else(missing)?
    } else {
        id.to_owned()
    };
    let id = DashboardId::from(id);
    let found = session.workspace.dashboard(&id).await?.filter(|d| !d.trashed).ok_or_else(missing)?;
    let key = key(to, &found.display_name);
    let config = config_file(session, to, &key, "dashboard");
    let file = session.project.bundle_dir.join(&to.source_dir).join(format!("{key}.lvdash.json"));
    let content: Value = serde_json::from_str(&found.serialized).context("the dashboard's content is not JSON")?;
    let content = serde_json::to_string_pretty(&content).context("cannot write the dashboard")? + "\n";
    let published = session.workspace.published_dashboard(&id).await?;
    let mut spec = json!({
        "display_name": found.display_name.replace("${", "$${"),
        "file_path": relative(&file, config.parent().unwrap_or(Path::new("."))),
    });
    if let Some(warehouse) = &found.warehouse_id {
        spec["warehouse_id"] = json!(warehouse);
    }
    if published.is_some_and(|p| p.embed_credentials) {
        spec["embed_credentials"] = json!(true);
    }
    let yaml = yaml(session, &config, "dashboards", &key, spec)?;
    let files = vec![(config, yaml), (file, content.into_bytes())];
    Ok(Generated { kind: "dashboards", key, id: id.to_string(), files })
}

fn key(to: &ToArgs, name: &str) -> String {
    to.key.clone().unwrap_or_else(|| key_of(name))
}

fn config_file(session: &Session, to: &ToArgs, key: &str, kind: &str) -> PathBuf {
    session.project.bundle_dir.join(&to.config_dir).join(format!("{key}.{kind}.yml"))
}

/// The file of a resource. Its first line tells editors the schema, where the project has it as `piq init` writes it.
fn yaml(session: &Session, config: &Path, kind: &str, key: &str, spec: Value) -> Result<Vec<u8>, Failure> {
    let root = json!({"resources": {kind: {key: spec}}});
    let text = serde_saphyr::to_string(&root).context("cannot write the YAML")?;
    let schema = session.project.project_dir.join("schema/bundle.schema.json");
    let first = match schema.is_file() {
        true => {
            let local = relative(&schema, config.parent().unwrap_or(Path::new(".")));
            format!("# yaml-language-server: $schema={local}\n")
        }
        false => String::new(),
    };
    Ok(format!("{first}{text}").into_bytes())
}

impl Session {
    /// The extension of a notebook, told by its first line, and for R by what the workspace says of it.
    async fn extension(&self, path: &str, bytes: &[u8]) -> Result<&'static str, Failure> {
        let first = bytes.split(|b| *b == b'\n').next().unwrap_or_default().trim_ascii_end();
        let is = |language: Language| first == language.header().as_bytes();
        if is(Language::Sql) {
            return Ok(".sql");
        }
        if is(Language::Scala) {
            return Ok(".scala");
        }
        let language = self.workspace.status(path).await?.and_then(|object| object.language);
        Ok(if language.as_deref() == Some(Language::R.as_str()) { ".r" } else { ".py" })
    }
}

/// Refuses a key that another file of the bundle has, and with `--bind` one that is bound, before anything is written.
async fn check_free(session: &Session, made: &Generated, to: &ToArgs) -> Result<(), Failure> {
    let full = format!("{}.{}", made.kind, made.key);
    let project = &session.project;
    let same = project.resources.iter().find(|r| r.kind.as_str() == made.kind && r.key == made.key);
    if let Some(resource) = same {
        let file = &resource.place.source.path;
        let own = made.files.first().is_some_and(|(config, _)| clean(config) == clean(&project.project_dir.join(file)));
        if !own {
            return Err(Failure::refused(format!("the bundle has `{full}` already, in {file}; nothing was written"))
                .hint(format!("pass another `--key`, or run `piq bind {full} {}`", made.id)));
        }
    }
    if to.bind {
        check_bind(&session.workspace, &session.site, &full, &made.id).await?;
    }
    Ok(())
}

/// Writes all files, or none if one of them is there already.
fn write(made: &Generated, force: bool) -> Result<(), Failure> {
    if let Some((path, _)) = made.files.iter().find(|(path, _)| path.exists() && !force) {
        return Err(Failure::refused(format!("{} exists already", path.display()))
            .hint("pass `--force` to overwrite it, or another `--key`, `--config-dir` or `--source-dir`"));
    }
    for (path, bytes) in &made.files {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        piq_diagnostics::atomic_file::replace(path, bytes)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Whether the bundle has the new resource.
fn included(context: &Context, made: &Generated) -> bool {
    load(&context.load_options())
        .is_ok_and(|p| p.resources.iter().any(|r| r.kind.as_str() == made.kind && r.key == made.key))
}

/// Binds the resource to what it was made from.
async fn bound(context: &Context, session: &Session, made: &Generated, to: &ToArgs) -> Result<String, Failure> {
    let facts = TargetFacts::of(current_user(&session.me), BTreeMap::new()).at(session.workspace.host());
    let project = load(&context.load_options())?.loaded.for_target(&facts)?;
    let full = format!("{}.{}", made.kind, made.key);
    let wanted = build_resources(&project, &session.site);
    let wanted = wanted.get(&full).ok_or_else(|| {
        Failure::refused(format!("cannot bind `{full}`: the bundle does not include the new file"))
            .hint(format!("name it under `include`, then `piq bind {full} {}`", made.id))
    })?;
    let lock = to.lock.options(context, session);
    let lines = Lines::new(&context.out, false);
    Ok(bind(&session.workspace, &session.site, &full, wanted, &made.id, &lock, &lines).await?)
}
