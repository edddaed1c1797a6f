//! `sql/pipeline.yml`: what the pipeline reads, which use cases are in scope, and its limits.

use std::sync::Arc;

use indexmap::IndexMap;
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};

use super::models::{AskedModel, ModelRole, ModelTraits};
use super::placed::placed;
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

/// Values with which a run could do no work, or that mean something else than they say; each with its place.
pub(super) fn out_of_range(config: &Config, source: &Arc<Source>) -> Vec<Diagnostic> {
    let share = 0.0..=1.0;
    let any = 0.0..=f64::INFINITY;
    let at_least_one = 1.0..=f64::INFINITY;
    let (confidence, limits, eval) = (&config.confidence, &config.limits, &config.eval);
    let numbers = [
        ("scope", "horizon_days", f64::from(config.scope.horizon_days), &at_least_one, "a number from 1 on"),
        ("confidence", "blocker_points", confidence.blocker_points, &any, "a number from 0 on"),
        (
            "confidence",
            "max_dimensions_per_quote",
            f64::from(confidence.max_dimensions_per_quote),
            &at_least_one,
            "a number from 1 on",
        ),
        ("limits", "text_chars", f64::from(limits.text_chars), &at_least_one, "a number from 1 on"),
        ("limits", "max_attempts", f64::from(limits.max_attempts), &at_least_one, "a number from 1 on"),
        ("limits", "max_usd_per_run", limits.max_usd_per_run, &any, "a number from 0 on"),
        ("limits", "max_bad_share", limits.max_bad_share, &share, "a share from 0 to 1"),
        ("eval", "max_dimension_error", eval.max_dimension_error, &any, "a number from 0 on"),
        ("eval", "min_level_agreement", eval.min_level_agreement, &share, "a share from 0 to 1"),
        ("eval", "min_type_accuracy", eval.min_type_accuracy, &share, "a share from 0 to 1"),
        ("eval", "min_slippage_accuracy", eval.min_slippage_accuracy, &share, "a share from 0 to 1"),
        ("eval", "min_valid_answers", eval.min_valid_answers, &share, "a share from 0 to 1"),
    ];
    let fault = |path: &[&str], message: String, hint: &str| {
        let d = Diagnostic::error("setting-range", message);
        let d = if hint.is_empty() { d } else { d.hint(hint) };
        placed(d, value_place(source, path))
    };
    let mut found: Vec<Diagnostic> = numbers
        .into_iter()
        .filter(|(_, _, value, range, _)| !range.contains(value) || value.is_infinite())
        .map(|(section, key, value, range, expected)| {
            let percent = std::ptr::eq(range, &share) && value > 1.0 && value <= 100.0;
            let hint = if percent { format!("write {value} % as {}", value / 100.0) } else { String::new() };
            fault(&[section, key], format!("expected {expected} for `{section}.{key}`, found {value}"), &hint)
        })
        .collect();
    let empty = "name a serving endpoint, or a model of system.ai";
    if config.model.trim().is_empty() {
        found.push(fault(&["model"], "expected a model, found an empty text".into(), empty));
    }
    for (role, model) in config.roles.iter().filter(|(_, model)| model.trim().is_empty()) {
        let role = serde_json::to_value(role).unwrap_or_default();
        let role = role.as_str().unwrap_or_default();
        let message = format!("expected a model for the role `{role}`, found `{model}`");
        found.push(fault(&["roles", role], message, "name a model, or take the role away: `model` answers then"));
    }
    if !is_table_name(&config.source_table) {
        let message = format!("expected one to three names with dots between them, found `{}`", config.source_table);
        found.push(fault(&["source_table"], message, "name the table of use cases as catalog.schema.table"));
    }
    found
}

/// Whether a text is the name of a table, or a call that gives one.
fn is_table_name(text: &str) -> bool {
    if text.contains('(') {
        return true;
    }
    let mut quoted = false;
    let mut parts = vec![String::new()];
    for c in text.trim().chars() {
        match c {
            '`' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            c if c.is_whitespace() && !quoted => return false,
            c => parts.iter_mut().next_back().into_iter().for_each(|part| part.push(c)),
        }
    }
    !quoted && parts.len() <= 3 && parts.iter().all(|part| !part.is_empty())
}

/// Where the value of a key stands, under the keys above it.
fn value_place(source: &Arc<Source>, path: &[&str]) -> Option<Span> {
    let text = &source.text;
    let mut from = 0;
    for key in path {
        from = key_end(text, from, key)?;
    }
    let rest = &text[from..];
    let start = from + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
    let value = &text[start..];
    let end = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].find(quote).map_or(value.len(), |i| i + 2),
        _ => value.find(['\n', '\r', ',', '}', '#']).unwrap_or(value.len()),
    };
    Some(Span::new(source, start..start + value[..end].trim_end().len()))
}

/// Where an item of the list under a key stands; the key, if a template makes the item.
pub(super) fn item_place(source: &Arc<Source>, path: &[&str], item: &str) -> Option<Span> {
    let mut from = 0;
    for key in path {
        from = key_end(&source.text, from, key)?;
    }
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let rest = &source.text[from..];
    let found = rest
        .match_indices(item)
        .map(|(i, _)| i)
        .find(|i| !item.is_empty() && !rest[..*i].ends_with(part) && !rest[i + item.len()..].starts_with(part));
    Some(found.map_or(Span::new(source, from..from), |i| Span::new(source, from + i..from + i + item.len())))
}

/// The end of `key:` after `from`, where it is a key and not a part of a comment or a value.
fn key_end(text: &str, from: usize, key: &str) -> Option<usize> {
    text[from..].match_indices(key).find_map(|(i, _)| {
        let at = from + i;
        let line = text[..at].rsplit('\n').next().unwrap_or_default();
        let before = line.trim_end_matches(['"', '\'']).trim_end();
        let after = text[at + key.len()..].trim_start_matches(['"', '\'']);
        let begins = before.is_empty() || before.ends_with(['{', ',']);
        let ends = after.strip_prefix(':')?;
        (begins && !line.trim_start().starts_with('#')).then(|| text.len() - ends.len())
    })
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
