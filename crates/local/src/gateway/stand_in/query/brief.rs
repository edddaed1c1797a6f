//! A manager's coaching brief: the first use cases of the list, what is wrong with each, and the question to ask.

use super::super::Prompt;
use super::super::words::first_words;

/// Use cases of a brief, and words of each: together below what the prompt allows.
const USECASES: usize = 4;
const WORDS: usize = 26;

pub(super) fn brief(prompt: &Prompt<'_>) -> String {
    let lines = prompt.field("top_list").split(" | ").filter(|line| line.starts_with('['));
    let entries: Vec<String> = lines.take(USECASES).map(|line| first_words(line, WORDS)).collect();
    if entries.is_empty() { "Nothing is at risk.".to_owned() } else { entries.join(" ") }
}
