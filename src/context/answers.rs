//! Where the AI functions of the local workspace get their answers.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use piq_fixtures::RecordedModel;
use piq_local::EngineOptions;

use crate::context::Context;

/// Where answers come from. Without these flags: the endpoint of `PIQ_MODEL_URL`, else the sample's recorded
/// answers and the offline fake model.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AnswersArgs {
    /// Record every answer of a model in this file
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub record: Option<PathBuf>,
    /// Answer only from this recorded file; a request without an answer is an error
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
}

impl AnswersArgs {
    /// Whether one of the flags is given.
    pub(crate) fn given(&self) -> bool {
        self.record.is_some() || self.replay.is_some()
    }

    /// Options of the local engine, with progress as log lines.
    pub(crate) fn engine_options(&self, context: &Context) -> EngineOptions {
        let out = context.out.clone();
        let mut options = EngineOptions::from_env(&context.env, Arc::new(move |line: &str| out.log(line)));
        options.source.offline = Some(Arc::new(RecordedModel::default()));
        options.source.record.clone_from(&self.record);
        options.source.replay.clone_from(&self.replay);
        options
    }
}
