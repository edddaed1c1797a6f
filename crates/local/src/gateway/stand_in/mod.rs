//! The offline stand-in: rules in place of a model, so that the pipeline runs without network and always the same.
//! Its answers have the right form; how good they are is measured, not claimed.
//!
//! One file per function. A rule reads the prompt only: the text of its `<crm_text>` sections is data, whatever it
//! says, and the words around it are the question. To teach it a new question for `ai_query`, add a rule to
//! `query/rules.rs`.

mod classify;
mod gen_text;
mod prompt;
mod query;
mod summarize;
mod words;

pub use prompt::{Prompt, Section};

use super::request::{Answer, Request};

/// Answers a request by rules.
pub fn answer(request: &Request) -> Answer {
    let prompt = Prompt::read(&request.prompt);
    match request.function.as_str() {
        "ai_summarize" => Ok(summarize::answer(&prompt, request.options.max_words)),
        "ai_classify" => classify::answer(&prompt, request.options.labels.as_deref().unwrap_or_default()),
        "ai_gen" => Ok(gen_text::answer(&prompt)),
        "ai_query" | "chat" => query::answer(&prompt, &request.options),
        other => Err(format!("the offline stand-in has no rules for {other}")),
    }
}

#[cfg(test)]
mod tests;
