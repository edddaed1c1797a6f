//! Where the AI functions of the local workspace get their answers: shared by the commands that start one.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::Context;
use piq_fixtures::FakeModel;
use piq_local::EngineOptions;

/// Where answers come from. Without these flags: the endpoint that `PIQ_MODEL_URL` names, else the offline stand-in.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AnswersArgs {
    /// Writes every answer of a model to this file, to be replayed later
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub record: Option<PathBuf>,
    /// Answers from this file of recorded answers only; a request that it lacks is an error
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
}

impl AnswersArgs {
    /// Whether a flag says something.
    pub(crate) fn given(&self) -> bool {
        self.record.is_some() || self.replay.is_some()
    }

    /// Options of the local engine, with progress as talk.
    pub(crate) fn engine_options(&self, context: &Context) -> EngineOptions {
        let out = context.out.clone();
        let mut options = EngineOptions::from_env(&context.env, Arc::new(move |line: &str| out.talk(line)));
        options.source.offline = Some(Arc::new(FakeModel));
        options.source.record.clone_from(&self.record);
        options.source.replay.clone_from(&self.replay);
        options
    }
}
