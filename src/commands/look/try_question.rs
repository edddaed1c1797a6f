//! `piq try`

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use clap_complete::ArgValueCompleter;
use pipelineiq::insight::tables::Tables;
use pipelineiq::insight::trial::{Trial, TrialAsked, TrialOutcome, TriedUseCase, read};
use pipelineiq::pipeline::{Enrichment, Registry, with_model};
use pipelineiq::render::read_content;
use piq_diagnostics::{Failure, closest};
use serde_json::{Value, json};

use crate::context::Context;
use crate::context::complete::question_names;
use crate::context::options::WorkspaceOptions;
use crate::context::pipeline::{LoadedPipeline, registry_of};
use crate::context::project::load_project;
use crate::context::session::{Session, read_in_session};
use crate::context::warehouse::choose_warehouse;
use crate::output::number::{dollars, plural, thousands};
use crate::output::report::{ReportTable, text};
use crate::output::style::{bold, coloured};

/// Ask one question for a few use cases and write nothing
///
/// Renders the question from its file as it is now, asks the model with the notebook's own SQL, and shows the new answers
/// beside the stored ones. Writes nothing: no answer is stored, and no table is made. Exit code 1 if an answer is invalid,
/// with the reason.
#[derive(Debug, Clone, Args)]
pub(crate) struct TryArgs {
    /// The enrichment: a file of sql/enrichments/ without `.sql`
    #[arg(add = ArgValueCompleter::new(question_names))]
    enrichment: String,
    /// Ask about this many use cases, those with most dollars first
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    /// Ask about the use case with this id only
    #[arg(long, value_name = "ID")]
    use_case: Option<String>,
    /// Ask this model instead of the one of sql/pipeline.yml
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

pub(crate) fn cmd_try(context: &Context, args: &TryArgs) -> Result<ExitCode, Failure> {
    let project = load_project(context)?;
    // what the project alone can refuse needs no workspace
    let registry = registry_of(&project)?;
    takes_model(question(&registry, &args.enrichment)?, args)?;
    let work = async |session: &Arc<Session>| try_question(session, args).await;
    let trial = read_in_session(context, project, args.workspace.session(), work)?;
    context.out.report(&trial, trial_report)?;
    Ok(ExitCode::from(u8::from(!trial.passed())))
}

async fn try_question(session: &Session, args: &TryArgs) -> Result<Trial, Failure> {
    let content = read_content(&session.project.project_dir)?;
    let mut pipeline = LoadedPipeline::of_content(&session.project, &content)?;
    let asked = question(&pipeline.registry, &args.enrichment)?;
    if let Some(model) = &args.model {
        let content = with_model(&content, asked.role, model)?;
        pipeline = LoadedPipeline::of_content(&session.project, &content)?;
    }
    let enrichment = question(&pipeline.registry, &args.enrichment)?;
    let warehouse = choose_warehouse(session).await?;
    let tables = Tables::open(pipeline.at(session, &warehouse), &pipeline.relations).await?;
    let guesses = guesses(session).await?;
    let asked = TrialAsked {
        enrichment,
        enrichments: &pipeline.registry.enrichments,
        usecase: args.use_case.as_deref(),
        limit: args.limit as usize,
    };
    let trial = read(&tables, &pipeline.relations, asked).await?;
    let mut trial = trial.ok_or_else(|| {
        Failure::refused(format!(
            "the notebook 1_incremental_pipeline has no statement that asks `{}`",
            enrichment.name
        ))
        .hint("`piq render` writes the notebook; its template may be one of your own")
    })?;
    if trial.usecases.is_empty() {
        let source = &pipeline.registry.config.source_table;
        return Err(match &args.use_case {
            Some(id) => Failure::refused(format!(
                "unknown use case `{id}`: it is not in scope in the latest snapshot of {source}"
            )),
            None => {
                Failure::refused(format!("{source} has no use case in scope")).hint("`piq doctor source` shows why")
            }
        });
    }
    trial.answered_by = session.answer_source().await;
    if self::guesses(session).await? > guesses {
        trial.without_guesses();
    }
    Ok(trial)
}

/// Answers of the local workspace's fake model so far that no rule is behind.
async fn guesses(session: &Session) -> Result<u64, Failure> {
    match session.local() {
        Some(local) => Ok(local.control.guesses().await?),
        None => Ok(0),
    }
}

/// Refuses `--model` for a question that has none.
fn takes_model(asked: &Enrichment, args: &TryArgs) -> Result<(), Failure> {
    let function = asked.function.as_deref().unwrap_or_default();
    if args.model.is_none() || function == "ai_query" {
        return Ok(());
    }
    Err(Failure::usage(format!("`{}` asks {function}, which takes no model", asked.name))
        .hint("`--model` is for questions with `function: ai_query`"))
}

/// The enrichment of this name, if it asks a model about use cases.
fn question<'r>(registry: &'r Registry, name: &str) -> Result<&'r Enrichment, Failure> {
    let asks = || registry.enrichments.iter().filter(|e| e.function.is_some()).map(|e| e.name.as_str());
    if let Some(found) = registry.enrichments.iter().find(|e| e.name == name) {
        return match found.function {
            Some(_) => Ok(found),
            None => Err(Failure::usage(format!("`{name}` is computed: it asks no model"))
                .hint(format!("available: {}", asks().collect::<Vec<_>>().join(", ")))),
        };
    }
    if registry.summaries.iter().any(|s| s.name == name) {
        return Err(Failure::usage(format!("`{name}` is about managers; `piq try` asks about use cases"))
            .hint(format!("available: {}", asks().collect::<Vec<_>>().join(", "))));
    }
    let failure = Failure::usage(format!("unknown enrichment `{name}`"));
    Err(match closest(name, asks()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!("available: {}", asks().collect::<Vec<_>>().join(", "))),
    })
}

fn word(outcome: TrialOutcome) -> &'static str {
    match outcome {
        TrialOutcome::Ok => "ok",
        TrialOutcome::Invalid => "invalid",
        TrialOutcome::Failed => "failed",
        TrialOutcome::Refused => "refused",
        TrialOutcome::Skipped => "skipped",
        TrialOutcome::OverLimit => "over the limit",
        TrialOutcome::NoRule => "no rule",
    }
}

fn trial_report(trial: &Trial) -> String {
    let mut report = ReportTable::new();
    let by = trial.answered_by.as_ref().map(|by| format!("; answers of {by}")).unwrap_or_default();
    let asked = if trial.model == trial.function {
        trial.model.clone()
    } else {
        format!("{} with {}", trial.model, trial.function)
    };
    report.section(&trial.enrichment, &format!("version {} asks {asked}{by}", trial.prompt_version));
    for usecase in &trial.usecases {
        let name = usecase.usecase_name.as_deref().unwrap_or_default();
        report.section(&usecase.usecase_id, &format!("{name}  {}", coloured(word(usecase.outcome))));
        report.rows(&lines(usecase), &[text("field"), text("stored"), text("new")]);
        usecase.reasons.iter().for_each(|reason| {
            report.line(reason);
        });
    }
    let calls = trial.usecases.iter().filter(|u| u.input_tokens > 0).count() as u64;
    report.section(
        &plural(calls, "call", "calls"),
        &format!(
            "{} tokens sent, {} received, about {} at the prices of ref_model_prices; nothing was written",
            thousands(trial.input_tokens),
            thousands(trial.output_tokens),
            dollars(trial.cost_usd)
        ),
    );
    if trial.usecases.iter().any(|u| u.outcome == TrialOutcome::NoRule) {
        let advice =
            format!("{} an endpoint that answers this question: PIQ_MODEL_URL, PIQ_MODEL, PIQ_MODEL_KEY", bold("name"));
        report.line(&advice);
    }
    report.finish()
}

/// The fields of both answers, side by side.
fn lines(usecase: &TriedUseCase) -> Vec<Value> {
    let fields = |answer: &Option<Value>| answer.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    let (old, new) = (fields(&usecase.old), fields(&usecase.new));
    let mut names: Vec<&String> = new.keys().collect();
    names.extend(old.keys().filter(|name| !new.contains_key(*name)));
    let shown = |value: Option<&Value>| match value {
        None => "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    names
        .into_iter()
        .map(|name| json!({"field": name, "stored": shown(old.get(name)), "new": shown(new.get(name))}))
        .collect()
}
