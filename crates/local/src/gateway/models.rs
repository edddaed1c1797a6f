//! How foundation models differ: which are retired, and what each refuses. The offline model takes everything; a real
//! one does not, so the gateway refuses in its place.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::request::Request;

/// Where a model differs from one that takes everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelBehavior {
    /// It answers nothing any more.
    pub retired: bool,
    /// It refuses schemas with bounds: `minimum`, `maxLength` and the like.
    pub refuses_bounds: bool,
    /// It refuses `temperature`.
    pub refuses_temperature: bool,
    /// It refuses statements over a table, whatever `failOnError` says.
    pub refuses_batch: bool,
    /// `ai_query` gives its answer as a STRING, without an error beside it.
    pub text_result: bool,
}

/// Keywords of a JSON schema that bound a value.
const BOUNDS: [&str; 6] = ["minimum", "maximum", "minLength", "maxLength", "multipleOf", "pattern"];

/// Families of models that a workspace offers, by how their names start after `databricks-` or `system.ai.`.
const OFFERED: [&str; 12] = [
    "gpt-oss-120b",
    "gpt-oss-20b",
    "gpt-5",
    "meta-llama-3-3-70b-instruct",
    "meta-llama-3-1-8b-instruct",
    "llama-4-maverick",
    "qwen3",
    "gemma-3",
    "gemini-",
    "claude-sonnet-4",
    "claude-opus-4",
    "claude-haiku-4",
];

/// Models that were taken away.
const RETIRED: [&str; 3] = ["claude-sonnet-4", "claude-3-7-sonnet", "meta-llama-3-1-405b-instruct"];

/// Models that take no `temperature` other than their own.
const FIXED_TEMPERATURE: [&str; 4] = ["gpt-5", "claude-opus-4-7", "claude-sonnet-4-7", "claude-opus-4-8"];

/// What is known of a model by its name; `None` for a name of the workspace's own models that it does not offer.
fn usual(model: &str) -> Option<ModelBehavior> {
    let short = model.strip_prefix("databricks-").or_else(|| model.strip_prefix("system.ai."));
    // an endpoint that somebody made takes what its maker says
    let Some(short) = short else { return Some(ModelBehavior::default()) };
    let starts = |names: &[&str]| names.iter().any(|name| short.starts_with(name));
    if RETIRED.contains(&short) {
        return Some(ModelBehavior { retired: true, ..ModelBehavior::default() });
    }
    starts(&OFFERED).then(|| ModelBehavior {
        refuses_bounds: short.contains("claude"),
        refuses_temperature: starts(&FIXED_TEMPERATURE),
        text_result: short.starts_with("llama-4-maverick"),
        ..ModelBehavior::default()
    })
}

/// Models by name, where a test or a person said how they behave.
#[derive(Debug, Default)]
pub(super) struct Models(Mutex<BTreeMap<String, ModelBehavior>>);

impl Models {
    #[cfg(feature = "lab")]
    pub(super) fn set(&self, models: BTreeMap<String, ModelBehavior>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = models;
    }

    fn of(&self, model: &str) -> Option<ModelBehavior> {
        let set = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(model).cloned();
        set.or_else(|| usual(model))
    }

    /// Why a model takes no statement over a table, if so.
    pub(super) fn refuses_batch(&self, model: &str) -> Option<String> {
        self.of(model)?.refuses_batch.then(|| format!("The endpoint {model} is not supported for batch inference."))
    }

    /// Whether `ai_query` gives the model's answer as a STRING.
    pub(super) fn answers_as_text(&self, model: &str) -> bool {
        self.of(model).is_some_and(|m| m.text_result)
    }

    /// What the model says in place of an answer.
    pub(super) fn refusal(&self, request: &Request) -> Option<String> {
        let model = request.options.model.as_deref()?;
        let Some(behavior) = self.of(model) else {
            return Some(format!("404 RESOURCE_DOES_NOT_EXIST: The endpoint {model} does not exist."));
        };
        if behavior.retired {
            return Some(format!("404 NOT_FOUND: The model {model} was retired and is no longer available."));
        }
        if behavior.refuses_bounds
            && let Some(keyword) = request.options.schema().as_ref().and_then(bound)
        {
            return Some(format!(
                "400 BAD_REQUEST: output_config.format.schema: property '{keyword}' is not supported"
            ));
        }
        let parameters = request.options.model_parameters.as_ref();
        if behavior.refuses_temperature
            && parameters.and_then(|p| p.get("temperature")).is_some_and(|t| t.as_f64() != Some(1.0) && !t.is_null())
        {
            return Some("400 BAD_REQUEST: `temperature` is not supported with this model".to_owned());
        }
        None
    }
}

/// A bounds keyword of a schema: of the schema's own words, not of a property that is named like one.
fn bound(schema: &Value) -> Option<&'static str> {
    let found = BOUNDS.into_iter().find(|keyword| schema.get(keyword).is_some());
    found.or_else(|| match schema.get("properties") {
        Some(Value::Object(properties)) => properties.values().find_map(bound),
        _ => schema.get("items").and_then(bound),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::{ModelBehavior, Models};
    use crate::gateway::{Options, Request};

    fn refusal(models: &Models, model: &str, schema: &Value, parameters: Value) -> String {
        let format = json!({"type": "json_schema", "json_schema": {"schema": schema}}).to_string();
        let options = Options {
            model: Some(model.into()),
            response_format: Some(format),
            model_parameters: Some(parameters),
            ..Options::default()
        };
        let request = Request { function: "ai_query".into(), options: Arc::new(options), prompt: "x".into() };
        models.refusal(&request).unwrap_or_default()
    }

    #[test]
    fn each_model_refuses_what_it_is_known_to_refuse() {
        let models = Models::default();
        let bounded = json!({"properties": {"n": {"type": "integer", "minimum": 0}}});
        let plain = json!({"properties": {"minimum": {"type": "integer"}}});
        let cold = json!({"temperature": 0.0});
        for (model, schema, parameters, expected) in [
            ("databricks-claude-sonnet-4", &plain, json!({}), "404 NOT_FOUND: The model"),
            ("databricks-claude-sonnet-9000", &plain, json!({}), "404 RESOURCE_DOES_NOT_EXIST"),
            ("databricks-claude-sonnet-4-6", &bounded, json!({}), "'minimum' is not supported"),
            ("system.ai.claude-opus-4-7", &plain, cold.clone(), "`temperature` is not supported"),
            ("databricks-gpt-5", &plain, cold.clone(), "`temperature` is not supported"),
            ("databricks-gpt-5", &plain, json!({"temperature": 1.0}), ""),
            ("databricks-claude-sonnet-4-6", &plain, cold.clone(), ""),
            ("databricks-gpt-oss-120b", &bounded, cold.clone(), ""),
            ("an-endpoint-of-ours", &bounded, cold.clone(), ""),
        ] {
            let found = refusal(&models, model, schema, parameters);
            assert!(found.contains(expected) && expected.is_empty() == found.is_empty(), "{model}: {found}");
        }
        assert!(
            models.answers_as_text("databricks-llama-4-maverick") && !models.answers_as_text("databricks-gpt-oss-20b")
        );
    }

    #[test]
    fn a_behavior_that_is_set_wins() {
        let models = Models::default();
        let batch = ModelBehavior { refuses_batch: true, ..ModelBehavior::default() };
        models.set(BTreeMap::from([("m".to_owned(), batch)]));
        assert!(models.refuses_batch("m").is_some() && models.refuses_batch("n").is_none());
    }
}
