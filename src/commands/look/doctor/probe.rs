//! `piq doctor --probe`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use pipelineiq::insight::probe::{
    ProbeFinding, ProbeReport, ProbeSite, ProbeStatus, ProbeSubject, Probed, asked_forms, asked_functions, clean_up,
    probe, probe_cost, with_model_lines,
};
use pipelineiq::insight::query::WarehouseQueries;
use piq_databricks::workspace::Workspace as _;
use piq_diagnostics::own_folder::OwnFolder;
use piq_diagnostics::{Failure, FailureContext as _, atomic_file};

use super::ProbeArgs;
use super::machine::{CheckLine, Status, check_lines};
use crate::context::Context;
use crate::context::options::WorkspaceOptions;
use crate::context::pipeline::LoadedPipeline;
use crate::context::project::load_project;
use crate::context::readiness::needs;
use crate::context::session::{Session, in_session};
use crate::context::signals::Signals;
use crate::context::warehouse::{choose_warehouse, named_warehouse};
use crate::output::number::{dollars, plural};
use crate::output::printer::confirm;
use crate::output::prompt::until_signal;

/// The file that says what models take.
const SETTINGS: &str = "sql/pipeline.yml";

pub(super) fn probe_workspace(
    context: &Context,
    args: &ProbeArgs,
    options: &WorkspaceOptions,
) -> Result<ExitCode, Failure> {
    let project = load_project(context)?;
    let (dir, target) = (project.project_dir.clone(), project.target.clone());
    let work = async |session: &Arc<Session>, signals: &Signals| run(context, args, session, signals).await;
    let mut report = in_session(context, project, options.session(), work)?;
    if args.write && !report.model_lines.is_empty() {
        write_lines(&dir, &mut report)?;
    }
    let file = save(args.report.as_deref(), &OwnFolder::of(&dir, ""), &format!("probe-{target}.json"), &report)?;
    context.out.report(&report, |report| text(report, &file))?;
    Ok(ExitCode::from(u8::from(report.needs_change())))
}

async fn run(
    context: &Context,
    args: &ProbeArgs,
    session: &Session,
    signals: &Signals,
) -> Result<ProbeReport, Failure> {
    let pipeline = LoadedPipeline::of(&session.project)?;
    let warehouse = signals.or_stop(choose_warehouse(session)).await?;
    let (models, functions) = (asked_forms(&pipeline.registry), asked_functions(&pipeline.registry));
    let home = format!("/Workspace/Users/{}", session.me.user_name);
    let began = Timestamp::now();
    let site = ProbeSite::new(&home, &pipeline.catalog, began, std::process::id());
    let (calls, usd) = probe_cost(&pipeline.registry, &models, &functions);
    let names = models.iter().map(|m| m.name.as_str()).chain(functions.iter().map(String::as_str));
    for line in [
        format!("The probe of {} as {}:", session.workspace.host(), session.me.user_name),
        format!("  starts SQL warehouse {warehouse} if it is stopped, and asks it about {} statements", calls / 2 + 3),
        format!(
            "  makes {} ({}), about {} at the prices of ref_model_prices",
            plural(calls, "call of a model", "calls of models"),
            names.collect::<Vec<_>>().join(", "),
            dollars(usd)
        ),
        format!(
            "  makes schema {} with a view, and folder {} with two notebooks and a dashboard",
            site.schema, site.folder
        ),
        format!("  makes job `{}` and runs it once on the compute of the pipeline's job", site.job),
        "  deletes all of it, also when it is interrupted".to_owned(),
    ] {
        context.out.log(&line);
    }
    let may = args.yes || until_signal(signals, || Ok(confirm("Probe?"))).await?;
    if !may {
        return Err(Failure::refused("nothing was probed").hint("confirm at a terminal, or pass `--yes`"));
    }
    let sql = WarehouseQueries { workspace: &session.workspace, id: &warehouse, catalog: None, schema: None };
    let compute = named_warehouse(&session.project);
    let subject = ProbeSubject {
        workspace: &session.workspace,
        sql: &sql,
        site: &site,
        me: &session.me,
        home: &home,
        root: &session.site.root,
        models: &models,
        functions: &functions,
        warehouse: compute.as_ref(),
        began,
        progress: &|line| context.out.log(line),
    };
    let probed = signals.or_stop(async { Ok(probe(subject).await?) }).await;
    let left = clean_up(&session.workspace, &site).await;
    for thing in &left {
        context.out.log(&format!("cannot delete {thing}"));
    }
    let probed = probed?;
    let model_lines = probed.model_lines();
    let Probed { models, findings } = probed;
    let asked = signals.or_stop(async { Ok(needs(session, &pipeline).await) }).await?;
    Ok(ProbeReport {
        workspace: session.workspace.host().to_owned(),
        user: session.me.user_name.clone(),
        at: began.strftime("%FT%TZ").to_string(),
        findings: asked.into_iter().map(ProbeFinding::of).chain(findings).collect(),
        models,
        model_lines,
        written: false,
        left,
    })
}

/// Writes the lines of models to the settings. What they say is then no longer to be changed.
fn write_lines(dir: &Path, report: &mut ProbeReport) -> Result<(), Failure> {
    let path = dir.join(SETTINGS);
    let before = std::fs::read_to_string(&path).with_context(|| format!("cannot read {SETTINGS}"))?;
    let after = with_model_lines(&before, &report.model_lines).ok_or_else(|| {
        Failure::refused(format!("cannot change {SETTINGS}: `models` is not a block with one entry for each line"))
            .hint(format!("write these entries yourself: {}", report.model_lines.join("; ")))
    })?;
    atomic_file::replace(&path, after.as_bytes()).with_context(|| format!("cannot write {SETTINGS}"))?;
    report.written = true;
    let adapted = report.models.iter().filter(|m| m.answers && m.differs()).map(|m| format!("model {}", m.name));
    let adapted: Vec<String> = adapted.collect();
    for finding in report.findings.iter_mut().filter(|f| f.status == ProbeStatus::Change && adapted.contains(&f.name)) {
        if finding.advice.as_deref().is_some_and(|advice| advice.contains("--write")) {
            (finding.status, finding.advice) = (ProbeStatus::Ok, None);
        }
    }
    Ok(())
}

/// Writes the findings to the file that was named, else to piq's own folder.
fn save(named: Option<&Path>, own: &OwnFolder, name: &str, report: &ProbeReport) -> Result<PathBuf, Failure> {
    let file = named.map_or_else(|| own.file(name), Path::to_owned);
    let what = || format!("cannot write the findings to {}", file.display());
    let json = serde_json::to_string_pretty(report).with_context(what)?;
    let json = format!("{json}\n");
    match named {
        None => own.write(name, json.as_bytes()).map(drop).with_context(what)?,
        Some(named) => {
            if let Some(folder) = named.parent() {
                std::fs::create_dir_all(folder).with_context(what)?;
            }
            atomic_file::replace(named, json.as_bytes()).with_context(what)?;
        }
    }
    Ok(file)
}

fn text(report: &ProbeReport, file: &Path) -> String {
    let line = |f: &'_ ProbeFinding| match f.status {
        ProbeStatus::Ok => Status::Ok,
        ProbeStatus::Change => Status::Error,
        ProbeStatus::Unknown => Status::Warning,
    };
    let lines = report.findings.iter().map(|f| CheckLine {
        status: line(f),
        name: &f.name,
        found: &f.found,
        advice: f.advice.as_deref(),
    });
    let mut out = check_lines(&lines.collect::<Vec<_>>());
    if !report.model_lines.is_empty() {
        let head = if report.written { "written to" } else { "to paste under `models` of" };
        out.push_str(&format!("\n{head} {SETTINGS}:\n"));
        report.model_lines.iter().for_each(|line| out.push_str(&format!("  {line}\n")));
    }
    for thing in &report.left {
        out.push_str(&format!("\nnot deleted: {thing}\n"));
    }
    out.push_str(&format!("\nThe findings are in {}\n", file.display()));
    out
}
