//! `ai_gen`: one sentence made of what the prompt's fields say.

use super::Prompt;
use super::prompt::{is_instruction, sentences};
use super::words::first_words;

/// Words of the answer: below what prompts of the pipeline allow.
const WORDS: usize = 40;

pub(super) fn answer(prompt: &Prompt<'_>) -> String {
    let mut parts = Vec::new();
    let account = prompt.field("account_name");
    if !account.is_empty() {
        parts.push(format!("{account}:"));
    }
    for section in prompt.sections.iter().filter(|s| s.field != "account_name" && !s.text.is_empty()) {
        if let Some(sentence) = sentences(section.text).into_iter().find(|s| !is_instruction(s)) {
            let sentence = sentence.trim_end_matches(['.', '…']);
            // a type or a name of a word or two follows what it belongs to
            if parts.len() > 1 && sentence.split_whitespace().count() < 4 {
                parts.push(format!("({sentence})"));
            } else {
                parts.push(sentence.to_owned());
            }
        }
    }
    let text = first_words(&parts.join(" "), WORDS);
    if text.is_empty() || text.ends_with('…') { text } else { format!("{text}.") }
}
