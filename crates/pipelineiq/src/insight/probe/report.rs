//! What the probe found.

use schemars::JsonSchema;
use serde::Serialize;

use crate::insight::readiness::{Need, NeedStatus};
use crate::pipeline::{ModelParameter, ModelTraits};

/// What only the workspace itself can say, found out by trying it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProbeReport {
    /// Address of the workspace.
    pub workspace: String,
    /// Who asked.
    pub user: String,
    /// When, in UTC.
    pub at: String,
    /// What was found, one entry for each thing that was tried.
    pub findings: Vec<ProbeFinding>,
    /// What each model takes.
    pub models: Vec<ProbedModel>,
    /// Lines for `models` in sql/pipeline.yml, for models that take something else than the file says.
    pub model_lines: Vec<String>,
    /// Whether these lines were written to sql/pipeline.yml.
    pub written: bool,
    /// What the probe made and could not delete.
    pub left: Vec<String>,
}

impl ProbeReport {
    /// Whether somebody must change something.
    pub fn needs_change(&self) -> bool {
        !self.left.is_empty() || self.findings.iter().any(|f| f.status == ProbeStatus::Change)
    }
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProbeFinding {
    /// What it is about, such as `model databricks-gpt-oss-120b` or `view_grants`.
    pub name: String,
    /// Whether it is as the project needs it.
    pub status: ProbeStatus,
    /// What was found.
    pub found: String,
    /// What a person must change.
    pub advice: Option<String>,
}

/// How a thing is, compared to what the project needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProbeStatus {
    /// As it is needed.
    Ok,
    /// Something must be changed.
    Change,
    /// It was not found out.
    Unknown,
}

impl ProbeFinding {
    pub(super) fn ok(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self { name: name.into(), status: ProbeStatus::Ok, found: found.into(), advice: None }
    }

    pub(super) fn change(name: impl Into<String>, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { status: ProbeStatus::Change, advice: Some(advice.into()), ..Self::ok(name, found) }
    }

    pub(super) fn unknown(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self { status: ProbeStatus::Unknown, ..Self::ok(name, found) }
    }

    /// A finding of what is asked for without a probe.
    pub fn of(need: Need) -> Self {
        let status = match need.status {
            NeedStatus::Met => ProbeStatus::Ok,
            NeedStatus::Missing => ProbeStatus::Change,
            NeedStatus::Unknown => ProbeStatus::Unknown,
        };
        Self { name: need.name.to_owned(), status, found: need.found, advice: need.advice }
    }
}

/// What a model takes and gives.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProbedModel {
    /// Its name.
    pub name: String,
    /// Whether it answers at all.
    pub answers: bool,
    /// What it says instead of an answer.
    pub refusal: Option<String>,
    /// Whether it takes statements over a table.
    pub batch: Option<bool>,
    /// Parameters that it takes.
    pub parameters: Vec<ModelParameter>,
    /// Whether it takes bounds such as `minimum` and `maxLength` in the form of an answer.
    pub bounds: Option<bool>,
    /// Whether it takes the form of the project's own questions; null if none of them has a form.
    pub response_format: Option<bool>,
    /// What it says of that form, if it refuses it.
    pub format_refusal: Option<String>,
    /// SQL type of what `ai_query` gives for it.
    pub result_type: Option<String>,
    /// What sql/pipeline.yml says of it.
    pub configured: ModelTraits,
    /// What the file should say; null if the model does not answer.
    pub found: Option<ModelTraits>,
}

impl PartialEq for ProbedModel {
    fn eq(&self, other: &Self) -> bool {
        serde_json::to_value(self).ok() == serde_json::to_value(other).ok()
    }
}

impl ProbedModel {
    /// Whether sql/pipeline.yml says something else than what was found.
    pub fn differs(&self) -> bool {
        let sorted = |traits: &ModelTraits| {
            let mut names: Vec<String> = traits.parameters.iter().map(|p| format!("{p:?}")).collect();
            names.sort();
            (names, traits.batch)
        };
        self.found.as_ref().is_some_and(|found| sorted(found) != sorted(&self.configured))
    }
}
