//! `ai_summarize`: the first sentences that fit.

use super::prompt::{Prompt, is_instruction, sentences};
use super::words::first_words;

/// The most words if the caller names no number, as on Databricks.
const WORDS: i64 = 50;

pub(super) fn answer(prompt: &Prompt<'_>, max_words: Option<i64>) -> String {
    // zero or less sets no limit
    let most = match max_words.unwrap_or(WORDS) {
        n if n > 0 => usize::try_from(n).unwrap_or(usize::MAX),
        _ => usize::MAX,
    };
    let mut summary = Vec::new();
    let mut used = 0;
    for section in prompt.sections.iter().filter(|s| !s.text.is_empty()) {
        for sentence in sentences(section.text).into_iter().filter(|s| !is_instruction(s)) {
            let length = sentence.split_whitespace().count();
            if used + length > most {
                if summary.is_empty() {
                    return first_words(sentence, most);
                }
                return summary.join(" ");
            }
            used += length;
            summary.push(ended(sentence));
        }
    }
    if summary.is_empty() && prompt.sections.iter().any(|s| !s.text.is_empty()) {
        return NOTHING.into();
    }
    summary.join(" ")
}

/// The answer when the text only tells its reader what to do.
const NOTHING: &str = "Nothing to summarize.";

/// A sentence with an end, so that what follows does not run into it.
fn ended(sentence: &str) -> String {
    if sentence.ends_with(['.', '!', '?', ';', ':']) { sentence.to_owned() } else { format!("{sentence}.") }
}
