//! The section of `piq plan` about the cost of the next run.

use pipelineiq::insight::estimate::{Estimate, read, text};
use pipelineiq::insight::tables::Tables;
use piq_diagnostics::Failure;
use piq_local::engine_state;
use serde_json::{Value, json};

use crate::context::Context;
use crate::context::pipeline::{Pipeline, has_pipeline};
use crate::context::project::is_local;
use crate::context::session::Session;
use crate::context::warehouse::choose_warehouse;

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
        let pipeline = Pipeline::of(&session.project)?;
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
            Cost::Known(estimate) => format!("\n{}", text(estimate)),
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
