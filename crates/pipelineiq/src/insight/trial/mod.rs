//! One question, asked for a few use cases without a trace: the notebook's own statement as a query, so that nothing is
//! written. The old answer is the ledger's.

mod check;
mod read;
mod statement;
mod values;

pub use read::{TrialAsked, read};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// What a question was answered for some use cases.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Trial {
    /// The enrichment.
    pub enrichment: String,
    /// Its AI function.
    pub function: String,
    /// The model that was asked, or the function.
    pub model: String,
    /// Version of its prompt.
    pub prompt_version: String,
    /// Where the answers come from, if the workspace is the local one.
    pub answered_by: Option<String>,
    /// The use cases, most dollars first.
    pub usecases: Vec<TriedUseCase>,
    /// Estimated tokens in.
    pub input_tokens: u64,
    /// Estimated tokens out.
    pub output_tokens: u64,
    /// Estimated dollars.
    pub cost_usd: f64,
}

/// How a trial of one use case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrialOutcome {
    /// A valid answer.
    Ok,
    /// The answer does not fit what was asked for.
    Invalid,
    /// The model gave no answer.
    Failed,
    /// The endpoint refused the call or was out of reach.
    Refused,
    /// No model is asked: there is nothing to read, or the condition of the question does not hold.
    Skipped,
    /// The limits of a run leave no call.
    OverLimit,
    /// The fake model has no rule for the question.
    NoRule,
}

impl TrialOutcome {
    /// Whether the question works for the use case.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Ok | Self::Skipped)
    }
}

/// One use case.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TriedUseCase {
    /// Its id.
    pub usecase_id: String,
    /// Its name.
    pub usecase_name: Option<String>,
    /// How it ended.
    pub outcome: TrialOutcome,
    /// What is wrong with the answer, one sentence each.
    pub reasons: Vec<String>,
    /// The latest good answer of the ledger, field by field; none if there is none.
    pub old: Option<Value>,
    /// Who gave it.
    pub old_model: Option<String>,
    /// When.
    pub old_finished_at: Option<String>,
    /// The new answer, field by field.
    pub new: Option<Value>,
    /// Estimated tokens in.
    pub input_tokens: u64,
    /// Estimated tokens out.
    pub output_tokens: u64,
    /// Estimated dollars.
    pub cost_usd: f64,
}

impl Trial {
    /// Whether the question works for every use case.
    pub fn passed(&self) -> bool {
        self.usecases.iter().all(|u| u.outcome.is_good())
    }

    /// Takes the answers away that a fake model without a rule has made up.
    pub fn without_guesses(&mut self) {
        for usecase in self.usecases.iter_mut().filter(|u| u.outcome != TrialOutcome::Skipped) {
            usecase.outcome = TrialOutcome::NoRule;
            usecase.new = None;
            usecase.reasons = vec!["the fake model has no rule for this question".to_owned()];
        }
    }
}
