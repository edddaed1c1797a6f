//! The models that `ai_query` asks, by role, and what is known of each.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a question is for: each role may have a model of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ModelRole {
    /// Reads fields out of a text.
    #[default]
    Extract,
    /// Weighs what several texts say.
    Reason,
    /// Writes for managers.
    Brief,
}

/// A parameter of `ai_query` that a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModelParameter {
    /// Always 0.
    Temperature,
    /// Greatest length of the answer.
    MaxTokens,
}

/// What a model takes. The defaults are the form that every model is known to take.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelTraits {
    /// Parameters that it takes; without an entry, none is sent.
    #[serde(default)]
    pub parameters: Vec<ModelParameter>,
    /// Whether it takes batch inference, as every statement over a table is.
    #[serde(default = "yes")]
    pub batch: bool,
}

fn yes() -> bool {
    true
}

impl Default for ModelTraits {
    fn default() -> Self {
        Self { parameters: Vec::new(), batch: true }
    }
}

/// The model of a role.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AskedModel {
    /// Serving endpoint, or a name of `system.ai`.
    pub name: String,
    /// What it takes.
    #[serde(flatten)]
    pub traits: ModelTraits,
}

/// The model of every role: that of `roles`, else `model`.
pub(super) fn asked_models(
    model: &str,
    roles: &IndexMap<ModelRole, String>,
    known: &IndexMap<String, ModelTraits>,
) -> IndexMap<ModelRole, AskedModel> {
    let all = [ModelRole::Extract, ModelRole::Reason, ModelRole::Brief];
    let of = |role: &ModelRole| {
        let name = roles.get(role).map_or(model, String::as_str).to_owned();
        let traits = known.get(&name).cloned().unwrap_or_default();
        AskedModel { name, traits }
    };
    all.iter().map(|role| (*role, of(role))).collect()
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::{ModelParameter, ModelRole, ModelTraits, asked_models};

    #[test]
    fn a_role_has_its_own_model_and_an_unknown_model_gets_no_parameter() {
        let traits = ModelTraits { parameters: vec![ModelParameter::MaxTokens], batch: true };
        let known = IndexMap::from([("known".to_owned(), traits)]);
        let roles = IndexMap::from([(ModelRole::Reason, "new".to_owned())]);
        let asked = asked_models("known", &roles, &known);
        assert_eq!(asked[&ModelRole::Brief].name, "known");
        assert_eq!(asked[&ModelRole::Extract].traits.parameters, [ModelParameter::MaxTokens]);
        assert_eq!(asked[&ModelRole::Reason].name, "new");
        assert_eq!(asked[&ModelRole::Reason].traits.parameters, [] as [ModelParameter; 0]);
    }
}
