//! `ai_query`: fills the JSON schema of `responseFormat`, field by field.

mod brief;
mod business;
mod dimensions;
mod fill;
mod next_action;
mod rules;

use serde_json::{Map, Value};

use super::Prompt;
use super::words::first_words;
use crate::gateway::request::{Answer, Options};

pub(super) fn answer(prompt: &Prompt<'_>, options: &Options) -> Answer {
    let Some(schema) = options.schema() else {
        // without a schema a chat answers in words
        return Ok(first_words(&prompt.sentences().join(" "), 60));
    };
    let mut object = Map::new();
    let fields = schema["properties"].as_object().ok_or("the schema of responseFormat has no properties")?;
    for (name, field) in fields {
        let value = dimensions::value(prompt, name, fields)
            .or_else(|| rules::value(prompt, name, field))
            .unwrap_or_else(|| fill::value(prompt, name, field));
        object.insert(name.clone(), fill::fitted(value, field));
    }
    Ok(Value::Object(object).to_string())
}
