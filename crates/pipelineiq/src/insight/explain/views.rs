//! Rows of the views that the page "One use case" shows. One list here says what is read of each; the dashboards read the
//! same views, and a test compares both.

use futures_util::future::{try_join, try_join4};
use schemars::JsonSchema;
use serde::Serialize;

use crate::insight::query::{Row, Rows};
use crate::insight::tables::Tables;
use piq_databricks::workspace::WorkspaceError;

/// One line of what is known: a row of `piq_usecase_facts` or `piq_usecase_action`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fact {
    /// What it is about, such as `Stage`.
    pub what: String,
    /// What is known.
    pub said: String,
}

/// One dimension's part of the score: a row of `piq_usecase_dimensions`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DimensionEvidence {
    /// The dimension's name in the rubric.
    pub dimension: String,
    /// Its weight; the weights add up to 100.
    pub weight: f64,
    /// What it asks.
    pub question: Option<String>,
    /// The model's score, 0 to 10; none if it found nothing.
    pub said: Option<i64>,
    /// What the claim is worth after its quote was looked up; none if nothing is known.
    pub score: Option<i64>,
    /// The score that counts, 0 to 10.
    pub counts: i64,
    /// Points of 100: weight × counts / 10.
    pub points: f64,
    /// The model's quote.
    pub quote: Option<String>,
    /// Whether the notes contain the quote: `Found in the notes`, `Not in the notes`, `No quote` or `Nothing known`.
    pub evidence: String,
}

/// A step from the dimensions to the level: a row of `piq_usecase_arithmetic`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ArithmeticStep {
    /// The step, such as `Open issues`.
    pub what: String,
    /// Points of 100; none for the level.
    pub points: Option<f64>,
    /// How it is computed.
    pub note: Option<String>,
}

/// A rule that fired: a row of `piq_usecase_rules`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleThatFired {
    /// `Risk`, `Score` or `Level`.
    pub acts_on: String,
    /// Its code in `ref_slip_signals` or `ref_override_rules`, or the band that it failed.
    pub code: String,
    /// Points of risk; none for a rule that limits.
    pub points: Option<i64>,
    /// What it does.
    pub effect: Option<String>,
    /// Why it fired.
    pub reason: Option<String>,
}

/// A dimension that no true quote shows: a row of `piq_usecase_questions`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OpenQuestion {
    /// The dimension.
    pub dimension: String,
    /// What to ask.
    pub question: Option<String>,
    /// Its weight.
    pub weight: f64,
    /// Why it is open: `Not in the notes`, `No quote` or `Nothing known`.
    pub evidence: String,
}

/// Two statements that contradict each other: a row of `piq_contradictions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Contradiction {
    /// Its code in `ref_contradictions`.
    pub code: String,
    /// Both statements in words.
    pub description: String,
}

/// The use case as one run found it: a row of `piq_history`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PastRun {
    /// Date of the snapshot.
    pub as_of: String,
    /// The run.
    pub run_id: String,
    /// `Open`, `Won`, `Lost`, `Out of scope` or `Gone`.
    pub pipeline_state: String,
    /// Stage.
    pub stage: Option<String>,
    /// Dollars a month.
    pub monthly_dollars: Option<f64>,
    /// Target live date.
    pub target_live_date: Option<String>,
    /// Implementation status.
    pub implementation_status: Option<String>,
    /// Open blockers.
    pub blockers: Option<i64>,
    /// Level of the confidence.
    pub confidence_level: Option<String>,
    /// Its score.
    pub confidence_score: Option<i64>,
    /// Why the level was what it was.
    pub level_reason: Option<String>,
    /// Level of the risk.
    pub risk_level: Option<String>,
    /// Its points, 0 to 100.
    pub slip_risk_score: Option<i64>,
}

/// Everything that the views know of one use case.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UsecaseViews {
    pub(super) facts: Vec<Fact>,
    pub(super) action: Vec<Fact>,
    pub(super) dimensions: Vec<DimensionEvidence>,
    pub(super) arithmetic: Vec<ArithmeticStep>,
    pub(super) rules: Vec<RuleThatFired>,
    pub(super) questions: Vec<OpenQuestion>,
    pub(super) contradictions: Vec<Contradiction>,
    pub(super) history: Vec<PastRun>,
}

impl UsecaseViews {
    /// Reads the views for the use case with this id (an SQL text).
    ///
    /// # Errors
    /// What the workspace says.
    pub(super) async fn read(tables: &Tables<'_>, id: &str) -> Result<Self, WorkspaceError> {
        let of = |relation: &str, columns: &str, order: &str| {
            format!("SELECT {columns} FROM {relation} WHERE usecase_id = {id} ORDER BY {order}")
        };
        let facts = of("piq_usecase_facts", "what, said", "place");
        let action = of("piq_usecase_action", "what, said", "place");
        let dimensions = of(
            "piq_usecase_dimensions",
            "dimension, weight, question, said, score, counts, points, quote, evidence",
            "weight DESC, dimension",
        );
        let arithmetic = of("piq_usecase_arithmetic", "what, points, note", "step");
        let rules = of("piq_usecase_rules", "acts_on, code, points, effect, reason", "acts_on, points DESC, code");
        let questions = of("piq_usecase_questions", "dimension, question, weight, evidence", "weight DESC, dimension");
        let contradictions = of("piq_contradictions", "code, description", "code");
        let history = of(
            "piq_history",
            "CAST(as_of AS STRING) AS as_of, run_id, pipeline_state, stage_code, monthly_dollars, \
             CAST(target_live_date AS STRING) AS target_live_date, implementation_status, blockers, confidence_level, \
             confidence_score, level_reason, risk_level, slip_risk_score",
            "run_started_at DESC, run_id DESC",
        );
        let score = try_join4(tables.ask(&facts), tables.ask(&dimensions), tables.ask(&arithmetic), tables.ask(&rules));
        let rest =
            try_join4(tables.ask(&action), tables.ask(&questions), tables.ask(&contradictions), tables.ask(&history));
        let ((facts, dimensions, arithmetic, rules), (action, questions, contradictions, history)) =
            try_join(score, rest).await?;
        let line = |row: &Row<'_>| Fact { what: owned(row, "what"), said: owned(row, "said") };
        Ok(Self {
            facts: all(&facts, line),
            action: all(&action, line),
            dimensions: all(&dimensions, dimension),
            arithmetic: all(&arithmetic, |row| ArithmeticStep {
                what: owned(row, "what"),
                points: row.number("points"),
                note: maybe(row, "note"),
            }),
            rules: all(&rules, |row| RuleThatFired {
                acts_on: owned(row, "acts_on"),
                code: owned(row, "code"),
                points: row.integer("points"),
                effect: maybe(row, "effect"),
                reason: maybe(row, "reason"),
            }),
            questions: all(&questions, |row| OpenQuestion {
                dimension: owned(row, "dimension"),
                question: maybe(row, "question"),
                weight: row.number("weight").unwrap_or(0.0),
                evidence: owned(row, "evidence"),
            }),
            contradictions: all(&contradictions, |row| Contradiction {
                code: owned(row, "code"),
                description: owned(row, "description"),
            }),
            history: all(&history, past_run),
        })
    }
}

fn all<T>(rows: &Rows, read: impl Fn(&Row<'_>) -> T) -> Vec<T> {
    rows.iter().map(|row| read(&row)).collect()
}

fn maybe(row: &Row<'_>, column: &str) -> Option<String> {
    row.text(column).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

fn owned(row: &Row<'_>, column: &str) -> String {
    row.text(column).unwrap_or_default().to_owned()
}

fn dimension(row: &Row<'_>) -> DimensionEvidence {
    DimensionEvidence {
        dimension: owned(row, "dimension"),
        weight: row.number("weight").unwrap_or(0.0),
        question: maybe(row, "question"),
        said: row.integer("said"),
        score: row.integer("score"),
        counts: row.integer("counts").unwrap_or(0),
        points: row.number("points").unwrap_or(0.0),
        quote: maybe(row, "quote"),
        evidence: owned(row, "evidence"),
    }
}

fn past_run(row: &Row<'_>) -> PastRun {
    PastRun {
        as_of: owned(row, "as_of"),
        run_id: owned(row, "run_id"),
        pipeline_state: owned(row, "pipeline_state"),
        stage: maybe(row, "stage_code"),
        monthly_dollars: row.number("monthly_dollars"),
        target_live_date: maybe(row, "target_live_date"),
        implementation_status: maybe(row, "implementation_status"),
        blockers: row.integer("blockers"),
        confidence_level: maybe(row, "confidence_level"),
        confidence_score: row.integer("confidence_score"),
        level_reason: maybe(row, "level_reason"),
        risk_level: maybe(row, "risk_level"),
        slip_risk_score: row.integer("slip_risk_score"),
    }
}
