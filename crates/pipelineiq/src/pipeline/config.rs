//! `sql/pipeline.yml`: what the pipeline reads, which use cases are in scope, and its limits.

use std::sync::Arc;

use indexmap::IndexMap;
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};

use super::models::{AskedModel, ModelRole, ModelTraits};
use super::thresholds::EvalThresholds;
use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span};

/// The whole file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Full name of the table of use cases, `catalog.schema.table`.
    pub source_table: String,
    /// Model that `ai_query` asks: a serving endpoint, or a name of `system.ai`.
    pub model: String,
    /// Models of single roles, where it is not `model`.
    #[serde(default)]
    pub roles: IndexMap<ModelRole, String>,
    /// What is known of models, by name.
    #[serde(default)]
    pub models: IndexMap<String, ModelTraits>,
    /// The model of every role.
    #[serde(skip_deserializing)]
    #[schemars(skip)]
    pub asked: IndexMap<ModelRole, AskedModel>,
    /// Which use cases are enriched.
    pub scope: ScopeSettings,
    /// How a confidence score is made of what a model read.
    pub confidence: ConfidenceSettings,
    /// When a use case counts as likely to slip, in a project whose templates are older than `ref_risk_bands`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slippage: Option<Slippage>,
    /// Where rows of dashboards lead.
    #[serde(default)]
    pub links: Links,
    /// Bounds.
    pub limits: Limits,
    /// How good answers must be.
    #[serde(default)]
    pub eval: EvalThresholds,
}

/// Read by templates of older projects only: now `ref_risk_bands` says from which `slip_risk_score` on a use case counts as
/// likely to slip.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slippage {
    /// Least `slip_risk_score`.
    pub likely_from: u32,
}

/// Where rows of dashboards lead: patterns with `{usecase_id}`. An empty one makes no link.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Links {
    /// The page about one use case, such as
    /// `https://HOST/dashboardsv3/ID/published/pages/usecase?f_usecase~usecase_choice={usecase_id}`.
    pub usecase: String,
    /// The record in the CRM, such as `https://crm.example.com/usecases/{usecase_id}`.
    pub crm: String,
}

/// Numbers of the confidence score that belong to no dimension; the rest is in `ref_confidence_rubric`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfidenceSettings {
    /// Points of 100 that each point of `major_blockers_score` takes away.
    pub blocker_points: f64,
    /// A quote must have this many characters to count.
    pub min_quote_chars: u32,
    /// Dimensions that one quote, or a part of it, can support: the first of the rubric that it is given for.
    #[serde(default = "usual_dimensions")]
    pub max_dimensions_per_quote: u32,
}

/// Which use cases are enriched.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeSettings {
    /// Least estimated dollars a month.
    pub min_monthly_dollars: u64,
    /// Stages that are left out, such as `U6`.
    pub excluded_stages: Vec<String>,
    /// How far ahead the target live date may lie, in days.
    pub horizon_days: u32,
}

/// Bounds of what a model is given and of how often it is asked again.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Characters of one field that reach a model.
    pub text_chars: u32,
    /// Attempts on the same input before it is `blocked`. The repair of an invalid answer is part of its attempt.
    pub max_attempts: u32,
    /// Calls of AI functions that one run may make; the use cases with most dollars come first.
    pub max_calls_per_run: u64,
    /// Estimated US dollars that one run may spend.
    pub max_usd_per_run: f64,
    /// Share of an enrichment's calls, 0 to 1, that may be refused, fail or be invalid: more than that fails the task,
    /// after the good answers are stored.
    #[serde(default = "usual_bad_share")]
    pub max_bad_share: f64,
}

fn usual_dimensions() -> u32 {
    2
}

fn usual_bad_share() -> f64 {
    0.2
}

/// The JSON schema of `sql/pipeline.yml`.
pub fn config_schema() -> serde_json::Value {
    schema_for!(Config).to_value()
}

/// Reads YAML into `T`; the fault has its place.
pub(super) fn from_yaml<T: for<'de> Deserialize<'de>>(
    yaml: &str,
    source: &Arc<Source>,
    line_offset: usize,
) -> Result<T, Diagnostics> {
    serde_saphyr::from_str(yaml).map_err(|e| {
        let message = e.without_snippet().to_string();
        let message = message.split(" at line ").next().unwrap_or(&message).trim_end_matches([',', ' ']).to_owned();
        let d = Diagnostic::error("yaml", message);
        match e.location() {
            Some(l) => {
                let line = usize::try_from(l.line()).unwrap_or(1) + line_offset;
                let column = usize::try_from(l.column()).unwrap_or(1);
                d.at(Span::point(source, line, column)).into()
            }
            None => d.at(Span::new(source, 0..0)).into(),
        }
    })
}
