//! `piq eval`

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use pipelineiq::insight::eval::{self, AccuracyCheck, Bound, Distribution, Evaluation, TRUTH, verdict};
use pipelineiq::insight::query::is_missing_table;
use pipelineiq::insight::tables::Tables;
use piq_diagnostics::{Failure, FailureContext as _};
use serde::Serialize;
use serde_json::{Value, json};

use crate::context::Context;
use crate::context::options::WorkspaceOptions;
use crate::context::pipeline::LoadedPipeline;
use crate::context::project::load_project;
use crate::context::session::{Session, read_in_session};
use crate::context::warehouse::choose_warehouse;
use crate::output::number::{plural, thousands, whole_dollars};
use crate::output::report::{ReportTable, count, mark, percent, points, text};
use crate::output::style::bold;

/// Measure the answers against the known truth of sample data
///
/// Reads what earlier runs stored; asks no model. Shows how the open use cases spread over the levels of confidence and risk, with
/// the thresholds of the reference tables, then the accuracy. The truth is the table `use_case_truth` beside the source, which
/// `piq sample-data` writes. Exit code: 0 all thresholds of `eval` in sql/pipeline.yml are met; 1 one is not, or nothing can
/// be measured.
#[derive(Debug, Clone, Args)]
pub(crate) struct EvalArgs {
    /// Full name of the table with the truth, if it is not `use_case_truth` beside the source
    #[arg(long, value_name = "TABLE")]
    truth: Option<String>,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

pub(crate) fn cmd_eval(context: &Context, args: &EvalArgs) -> Result<ExitCode, Failure> {
    let project = load_project(context)?;
    let work = async |session: &Arc<Session>| evaluate(session, args.truth.as_deref()).await;
    let evaluation = read_in_session(context, project, args.workspace.session(), work)?;
    if context.out.json() {
        let mut value = serde_json::to_value(&evaluation).context("cannot write the evaluation as JSON")?;
        value["passed"] = json!(evaluation.passed());
        context.out.result(&format!("{value}\n"));
    } else {
        context.out.result(&evaluation_report(&evaluation));
    }
    Ok(ExitCode::from(u8::from(!evaluation.passed())))
}

async fn evaluate(session: &Session, truth: Option<&str>) -> Result<Evaluation, Failure> {
    let pipeline = LoadedPipeline::of(&session.project)?;
    let registry = &pipeline.registry;
    let truth = truth.map_or_else(|| beside(&registry.config.source_table), str::to_owned);
    let warehouse = choose_warehouse(session).await?;
    let tables = Tables::open(pipeline.at(session, &warehouse), &pipeline.relations).await?;
    let columns = match tables.run(&format!("SELECT * FROM {truth} LIMIT 0")).await {
        Ok(rows) => rows.columns.into_iter().map(|c| c.name).collect::<Vec<_>>(),
        Err(e) if is_missing_table(&e) => {
            return Err(Failure::refused(format!("cannot find the table with the truth, {truth}"))
                .hint("write sample data with `piq sample-data`, or name your table with `--truth`"));
        }
        Err(e) => return Err(e.into()),
    };
    if tables.is_new() {
        return Err(Failure::refused(format!(
            "{}.{} has no enriched use cases yet",
            pipeline.catalog, pipeline.schema
        ))
        .hint("run `piq run` first"));
    }
    let mut evaluation = eval::evaluate(&tables, registry, &truth, &columns).await?;
    evaluation.answered_by = answered_by(session, &evaluation).await;
    evaluation.checks = verdict(&evaluation.overall, &registry.config.eval);
    Ok(evaluation)
}

/// Why the agreement says less than it seems to, if it does.
fn caveat(e: &Evaluation) -> Option<&'static str> {
    let recorded = e.answered_by.contains("recorded answers of the sample");
    let by_rules = e.answered_by.contains("fake model");
    let written = e.shapes.iter().any(|g| g.shape == "hand_written");
    match (written, by_rules || recorded) {
        (true, true) => Some(
            "note: one hand wrote the recorded answers and the truth of these use cases: only answers of a model measure a model",
        ),
        (false, true) => Some("note: rules answered: this measures the fake model, not a model"),
        (_, false) => None,
    }
}

fn evaluation_report(e: &Evaluation) -> String {
    // an error is in points of a score, all else is a share
    let shown = |bound: Bound, value: f64| match bound {
        Bound::AtMost => format!("{value:.2}"),
        Bound::AtLeast => format!("{:.0} %", 100.0 * value),
    };
    let check = |c: &AccuracyCheck| {
        json!({
            "measure": c.measure.replace('_', " "),
            "value": c.value.map_or_else(|| "–".to_owned(), |v| shown(c.bound, v)),
            "threshold": format!("{} {}", if c.bound == Bound::AtMost { "at most" } else { "at least" }, shown(c.bound, c.threshold)),
            "passed": c.passed,
        })
    };
    let usecases = plural(e.overall.usecases, "use case", "use cases");
    let mut report = ReportTable::new();
    report.section("Accuracy", &format!("on the hidden truth of {usecases}; answers of {}", bold(&e.answered_by)));
    if let Some(caveat) = caveat(e) {
        report.top(caveat);
    }
    report
        .rows(
            &e.checks.iter().map(check).collect::<Vec<_>>(),
            &[mark("passed"), text("measure"), text("value").right(), text("threshold")],
        )
        .section("By confidence", &distribution_line(&e.distribution))
        .rows(
            &e.distribution.levels.iter().map(|l| with_dollars(l, l.monthly_dollars)).collect::<Vec<_>>(),
            &[
                text("level"),
                count("min_score").titled("from score"),
                percent("min_coverage").titled("quotes"),
                count("min_core_score").titled("core"),
                count("usecases").titled("use cases"),
                percent("share"),
                text("dollars").titled("$ a month").right(),
                percent("likely_to_slip_share").titled("likely to slip"),
            ],
        )
        .section("By risk", "")
        .rows(
            &e.distribution.risks.iter().map(|r| with_dollars(r, r.monthly_dollars)).collect::<Vec<_>>(),
            &[
                text("level"),
                count("min_points").titled("from points"),
                count("usecases").titled("use cases"),
                percent("share"),
                text("dollars").titled("$ a month").right(),
            ],
        )
        .section("By dimension", "")
        .rows(&e.dimensions, &[text("dimension"), points("error"), count("missed"), count("invented")])
        .section("By shape of the notes", "")
        .rows(
            &e.shapes,
            &[
                text("shape"),
                count("usecases").titled("use cases"),
                points("dimension_error").titled("error"),
                percent("level_agreement").titled("level"),
                percent("type_accuracy").titled("type"),
            ],
        )
        .section("By prompt version", "")
        .rows(
            &e.versions,
            &[
                text("enrichment"),
                text("prompt_version").titled("version"),
                text("model"),
                count("calls"),
                percent("valid_answers").titled("valid"),
                points("dimension_error").titled("error"),
            ],
        )
        .finish()
}

fn distribution_line(d: &Distribution) -> String {
    let share = if d.usecases > 0 { 100.0 * d.likely_to_slip as f64 / d.usecases as f64 } else { 0.0 };
    let all = plural(d.usecases, "open use case", "open use cases");
    format!("{all}, {} likely to slip ({share:.0} %)", thousands(d.likely_to_slip))
}

/// A row with its dollars as people read them.
fn with_dollars(row: &impl Serialize, dollars: f64) -> Value {
    let mut row = json!(row);
    row["dollars"] = json!(whole_dollars(dollars));
    row
}

/// Who answered: the model source of the local workspace, or the models in the ledger.
async fn answered_by(session: &Session, evaluation: &Evaluation) -> String {
    if let Some(source) = session.answer_source().await {
        let common = source == "fake model" || source.starts_with("recorded answers");
        return if common { format!("the {source}") } else { source };
    }
    let mut models: Vec<&str> = evaluation.versions.iter().map(|v| v.model.as_str()).collect();
    models.sort_unstable();
    models.dedup();
    if models.is_empty() { "nobody yet".to_owned() } else { models.join(", ") }
}

/// The table of truth in the schema of the source.
fn beside(source_table: &str) -> String {
    match source_table.rsplit_once('.') {
        Some((schema, _)) => format!("{schema}.{TRUTH}"),
        None => TRUTH.to_owned(),
    }
}
