//! What an AI function asks, and how requests are told apart.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What a function is told besides the text; the same for all rows of a request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// `ai_query`: the serving endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// `ai_summarize`: the most words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_words: Option<i64>,
    /// `ai_classify`: the labels to choose from. `ai_mask`: what is masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// `ai_classify` in version 2: the labels as the call wrote them, a JSON list, or an object with their descriptions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_text: Option<String>,
    /// `ai_classify` in version 2: what the model is told of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// `ai_query`: the form of the answer, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_format: Option<String>,
    /// `ai_query`: such as temperature and `max_tokens`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_parameters: Option<Value>,
}

impl Options {
    /// The name of the form of the answer, if it has one.
    pub(super) fn schema_name(&self) -> Option<String> {
        let format: Value = serde_json::from_str(self.response_format.as_deref()?).ok()?;
        format.pointer("/json_schema/name")?.as_str().map(str::to_owned)
    }

    /// The JSON schema of the answer, if one is asked for.
    pub fn schema(&self) -> Option<Value> {
        let format: Value = serde_json::from_str(self.response_format.as_deref()?).ok()?;
        format.get("json_schema")?.get("schema").cloned()
    }
}

/// The most tokens of a call that only tries whether a model answers.
const TRIAL_TOKENS: u64 = 16;

/// One call of an AI function.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// `ai_summarize` and the like.
    pub function: String,
    /// What it is told besides the text.
    pub options: std::sync::Arc<Options>,
    /// The text.
    pub prompt: String,
}

/// An answer, or why there is none.
pub type ModelAnswer = Result<String, String>;

/// Tells requests apart: the same for the same function, options and text.
pub(super) type Key = [u8; 16];

impl Request {
    /// Its key.
    pub fn key(&self) -> Key {
        let mut hash = Sha256::new();
        // options are small; serialising a value of known types does not fail
        let options = serde_json::to_string(&*self.options).unwrap_or_default();
        for part in [self.function.as_str(), &options, &self.prompt] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        key
    }

    /// Whether it asks for so few tokens that it only tries whether a model answers.
    pub fn is_trial(&self) -> bool {
        let parameters = self.options.model_parameters.as_ref();
        parameters.and_then(|p| p.get("max_tokens")?.as_u64()).is_some_and(|n| n <= TRIAL_TOKENS)
    }

    /// Characters that it sends: the text, the labels, the form of the answer.
    pub fn sent_chars(&self) -> u64 {
        let labels = match &self.options.label_text {
            Some(text) => vec![text.as_str()],
            None => self.options.labels.iter().flatten().map(String::as_str).collect(),
        };
        let told = labels.into_iter().chain(self.options.instructions.as_deref());
        let parts = told.chain(self.options.response_format.as_deref()).chain([self.prompt.as_str()]);
        parts.map(|part| part.chars().count() as u64).sum()
    }

    /// A few words that let a person find it.
    pub fn label(&self) -> String {
        let start: String = self.prompt.chars().take(80).collect();
        let model = self.options.model.as_deref().map_or_else(String::new, |m| format!(" of {m}"));
        format!("{}{model} about “{start}…” (request {})", self.function, hex(&self.key()))
    }
}

/// A key as text.
pub(super) fn hex(key: &Key) -> String {
    key.iter().map(|b| format!("{b:02x}")).collect()
}

/// A key from its text.
pub(super) fn unhex(text: &str) -> Option<Key> {
    let mut key = [0; 16];
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    for (byte, at) in key.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(key)
}
