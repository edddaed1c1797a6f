//! The section of `piq plan` about the cost of the next run.

use pipelineiq::insight::estimate::{Estimate, read};
use pipelineiq::insight::tables::Tables;
use piq_diagnostics::Failure;
use piq_local::engine_state;
use serde_json::{Value, json};

use crate::context::Context;
use crate::context::pipeline::{LoadedPipeline, has_pipeline};
use crate::context::project::is_local;
use crate::context::session::Session;
use crate::context::warehouse::choose_warehouse;
use crate::output::number::{dollars, plural, thousands};
use crate::output::report::{ReportTable, cost, count, remark, text};
use crate::output::run_summary::compared;
use crate::output::style::{dim, yellow};

/// What can be said about the cost.
pub(crate) enum Cost {
    /// The project has no pipeline, or the estimate was not wanted.
    None,
    /// The estimate.
    Known(Box<Estimate>),
    /// Why it cannot be estimated; the plan does not depend on it.
    Unknown(String),
}

impl Cost {
    /// Estimates the next run.
    ///
    /// # Errors
    /// Faults of the pipeline's files.
    pub(crate) async fn of(context: &Context, session: &Session) -> Result<Self, Failure> {
        if !has_pipeline(&session.project) {
            return Ok(Cost::None);
        }
        // a plan should be quick, so it does not install an engine
        if is_local(&session.project) && !engine_state(&context.env).ready {
            return Ok(Cost::Unknown("the local SQL engine is not prepared yet: the first run does it".into()));
        }
        let pipeline = LoadedPipeline::of(&session.project)?;
        let made = async {
            let id = choose_warehouse(session).await?;
            let tables = Tables::open(pipeline.at(session, &id), &pipeline.relations).await?;
            read(&tables, &pipeline.registry).await.map_err(Failure::from)
        };
        Ok(match made.await {
            Ok(estimate) => Cost::Known(Box::new(estimate)),
            Err(failure) => Cost::Unknown(failure.message),
        })
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        match self {
            Cost::None => String::new(),
            Cost::Known(estimate) => format!("\n{}", estimate_text(estimate)),
            Cost::Unknown(why) => format!("\nThe cost of the next run is not known: {why}\n"),
        }
    }

    /// For programs: the estimate, `{"unknown": WHY}`, or null.
    pub(crate) fn json(&self) -> serde_json::Result<Value> {
        Ok(match self {
            Cost::None => Value::Null,
            Cost::Known(estimate) => serde_json::to_value(estimate)?,
            Cost::Unknown(why) => json!({"unknown": why}),
        })
    }
}

/// The section of `piq plan` about the pipeline.
fn estimate_text(e: &Estimate) -> String {
    let mut out = ReportTable::new();
    let in_scope = plural(e.in_scope, "use case", "use cases");
    out.section(
        "Pipeline",
        &format!("{in_scope} in scope, {} new, changed or without an answer", thousands(e.selected)),
    );
    if e.enrichments.is_empty() {
        out.line("the next run asks nothing");
    } else {
        let mut rows: Vec<Value> = e.enrichments.iter().map(|one| json!(one)).collect();
        for row in rows.iter_mut().filter(|row| row["upper_bound"] == true) {
            row["note"] = json!("at most");
        }
        let mut total = json!(e.total);
        total["enrichment"] = json!("total");
        rows.push(total);
        let columns = [
            text("enrichment"),
            count("calls"),
            count("input_tokens").titled("tokens in"),
            count("output_tokens").titled("tokens out"),
            cost("usd").titled("cost"),
            remark("note"),
        ];
        out.rows(&rows, &columns);
        if e.enrichments.iter().any(|one| one.upper_bound) {
            out.painted(dim, "at most: these questions read answers that do not exist yet");
        }
    }
    let limits =
        format!("{} calls and {} a run", thousands(e.limits.max_calls_per_run), dollars(e.limits.max_usd_per_run));
    let waiting = e.selected.saturating_sub(e.in_run);
    if waiting > 0 {
        let now = plural(e.in_run, "use case", "use cases");
        out.painted(
            yellow,
            &format!(
                "limits of {limits}: the {now} with most dollars now, {} later (together {} calls, {})",
                thousands(waiting),
                thousands(e.total_selected.calls),
                dollars(e.total_selected.usd)
            ),
        );
    } else if !e.enrichments.is_empty() {
        out.painted(dim, &format!("within the limits of {limits}"));
    }
    if let Some(last) = &e.last_run {
        out.painted(dim, &format!("the last run was estimated at {}", compared(last)));
    }
    out.finish()
}
