//! An account of one use case: what the page "One use case" of the dashboards shows, read from the same views, and what
//! went into its answers and what they cost.

mod build;
mod call_status;
mod fields;
mod read;
mod score;
mod views;

pub use build::{Material, build};
pub use call_status::CallStatus;
pub use read::read;
pub use views::{
    ArithmeticStep, Contradiction, DimensionEvidence, Fact, OpenQuestion, PastRun, RuleThatFired, UsecaseViews,
};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The account.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Explanation {
    /// What the source says.
    pub usecase: UseCase,
    /// Start of the run that last wrote the row.
    pub scored_at: Option<String>,
    /// What is known of it, line by line; empty before the first run.
    pub facts: Vec<Fact>,
    /// What to do next, line by line; empty before the first run.
    pub action: Vec<Fact>,
    /// Confidence; none before the first run.
    pub confidence: Option<ConfidenceExplained>,
    /// Risk to slip; none before the first run.
    pub slip: Option<Slip>,
    /// The rules that fired, on the risk, the score and the level.
    pub rules: Vec<RuleThatFired>,
    /// Whether it could go live earlier; none before the first run.
    pub acceleration: Option<Acceleration>,
    /// What to do next, field by field; none before the first run.
    pub next_action: Option<NextAction>,
    /// Dimensions that no true quote shows, heaviest first.
    pub questions: Vec<OpenQuestion>,
    /// Statements of the pipeline about it that contradict each other.
    pub contradictions: Vec<Contradiction>,
    /// What each run found, newest first.
    pub history: Vec<PastRun>,
    /// Each question to a model, with its inputs and its latest answer.
    pub answers: Vec<LedgerAnswer>,
    /// Every row of the ledger, oldest first.
    pub calls: Vec<Call>,
    /// Sums over the ledger.
    pub totals: Totals,
}

/// What the source says about the use case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct UseCase {
    /// Its id.
    pub usecase_id: String,
    /// Whether the pipeline looks at it: in the latest snapshot and in scope.
    pub in_scope: bool,
    /// Its name.
    pub usecase_name: Option<String>,
    /// The account.
    pub account_name: Option<String>,
    /// Its stage.
    pub stage: Option<String>,
    /// Estimated dollars a month.
    pub monthly_dollars: Option<f64>,
    /// Target live date.
    pub target_live_date: Option<String>,
    /// Days until then.
    pub days_to_live: Option<i64>,
    /// Implementation status.
    pub implementation_status: Option<String>,
    /// Sales manager.
    pub sales_manager: Option<String>,
    /// Field manager.
    pub field_manager: Option<String>,
}

/// How the stored confidence comes about.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ConfidenceExplained {
    /// `ok`, or why there is no score.
    pub status: Option<String>,
    /// The stored score.
    pub score: Option<i64>,
    /// The stored level.
    pub level: Option<String>,
    /// Why the level is what it is, in one sentence.
    pub reason: Option<String>,
    /// Change of the score when the row was last written.
    pub delta: Option<i64>,
    /// Why the model sees it so.
    pub rationale: Option<String>,
    /// Each dimension of the rubric, heaviest first.
    pub dimensions: Vec<DimensionEvidence>,
    /// From the dimensions to the level, step by step; empty where there is no score.
    pub arithmetic: Vec<ArithmeticStep>,
    /// Stored values that differ from what the pipeline's SQL gives for the stored readings.
    pub disagreements: Vec<Disagreement>,
}

/// A stored value that the arithmetic does not give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Disagreement {
    /// The column.
    pub column: String,
    /// What is stored.
    pub stored: String,
    /// What comes out.
    pub computed: String,
}

/// The risk to slip.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Slip {
    /// The stored risk, 0 to 100.
    pub score: Option<i64>,
    /// Its level of `ref_risk_bands`.
    pub level: Option<String>,
    /// Whether it is likely to slip.
    pub likely: Option<bool>,
    /// The category, where it is likely to slip.
    pub category: Option<String>,
    /// Where the points of the rules that fired do not add up to what is stored.
    pub disagreements: Vec<Disagreement>,
}

/// Whether it could go live earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Acceleration {
    /// Whether it can.
    pub possible: Option<bool>,
    /// How well, 0 to 100.
    pub score: Option<i64>,
    /// By how many days.
    pub days: Option<i64>,
    /// By what.
    pub category: Option<String>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NextAction {
    /// The action; of a use case that is not open, that nothing is to do.
    pub recommendation: Option<String>,
    /// Why.
    pub rationale: Option<String>,
    /// Who, by name and role; the role alone if the source names nobody.
    pub owner: Option<String>,
    /// By when.
    pub due: Option<String>,
    /// Which dimension it is to lift.
    pub target_dimension: Option<String>,
    /// What to ask the account team.
    pub next_question: Option<String>,
}

/// How the latest answer stands to the present inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerState {
    /// It answers the present inputs.
    Current,
    /// The present inputs were asked about without a good answer, or not at all for want of budget: the next run asks.
    Retry,
    /// The attempts on the present inputs are used up: not asked again until they change.
    Blocked,
    /// The inputs, the prompt or the model changed since, or those of an answer that it reads: the next run asks again
    /// if they really differ.
    Changed,
    /// Never asked.
    Never,
    /// The use case is not in scope, so its present inputs are not looked at.
    NotInScope,
}

/// One question to a model.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LedgerAnswer {
    /// The enrichment.
    pub enrichment: String,
    /// Its AI function.
    pub function: String,
    /// Its wave.
    pub wave: usize,
    /// What the prompt reads now.
    pub inputs: Vec<Input>,
    /// Hash of the inputs, prompt and model of the last run that handled the use case.
    pub input_hash: Option<String>,
    /// How the latest answer stands to it.
    pub state: AnswerState,
    /// The latest good answer.
    pub output: Option<Value>,
    /// The latest row of the ledger.
    pub last: Option<Call>,
    /// Dollars for all attempts so far.
    pub cost_usd: f64,
}

/// A column that a prompt reads.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Input {
    /// Its name.
    pub column: String,
    /// Its present value.
    pub value: Value,
}

/// A row of the ledger.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Call {
    /// When the answer was written.
    pub finished_at: Option<String>,
    /// The run.
    pub run_id: String,
    /// The enrichment.
    pub enrichment: String,
    /// How it ended.
    pub status: CallStatus,
    /// What the call said when it failed.
    pub error: Option<String>,
    /// Attempts on the same input so far.
    pub attempts: i64,
    /// Version of the prompt.
    pub prompt_version: Option<String>,
    /// Who answered.
    pub model: Option<String>,
    /// Hash of the inputs.
    pub input_hash: String,
    /// Estimated tokens in.
    pub input_tokens: u64,
    /// Estimated tokens out.
    pub output_tokens: u64,
    /// Estimated dollars.
    pub cost_usd: f64,
}

/// Sums over the ledger.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Totals {
    /// Calls of models.
    pub calls: u64,
    /// Estimated tokens in.
    pub input_tokens: u64,
    /// Estimated tokens out.
    pub output_tokens: u64,
    /// Estimated dollars.
    pub cost_usd: f64,
}
