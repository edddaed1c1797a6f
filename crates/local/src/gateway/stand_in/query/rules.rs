//! Rules for single fields by name. Add one here when a new question needs better than the general rule of `fill`.

use serde_json::{Value, json};

use super::super::Prompt;
use super::super::words::first_words;
use super::brief::brief;
use super::business::subject;
use super::next_action::play;

/// Words of a stop.
const STOPS: [(&str, i64); 12] = [
    ("frozen", 3),
    ("withdrawn", 4),
    ("has left", 3),
    ("champion left", 4),
    ("not opened", 2),
    ("no people", 2),
    ("incomplete", 2),
    ("late", 1),
    ("again", 1),
    ("blocked", 3),
    ("stopped", 5),
    ("cannot", 2),
];

/// The value that a rule gives to a field, if there is one for it.
pub(super) fn value(prompt: &Prompt<'_>, name: &str, _field: &Value) -> Option<Value> {
    match name {
        "major_blockers_score" => Some(json!(blockers(prompt))),
        "rationale" => Some(json!(rationale(prompt))),
        "business_usecase_type" => Some(json!(subject(prompt).0)),
        "business_usecase_family" => Some(json!(subject(prompt).1)),
        "next_best_action_recommendation" => Some(json!(play(prompt).action)),
        "nba_rationale" => Some(json!(play(prompt).why)),
        "nba_owner_role" => Some(json!(play(prompt).owner)),
        "nba_due_days" => Some(json!(play(prompt).due_days)),
        "nba_target_dimension" => Some(json!(play(prompt).dimension)),
        "nba_next_question" => Some(json!(play(prompt).question)),
        "coaching_brief" => Some(json!(brief(prompt))),
        _ => None,
    }
}

fn blockers(prompt: &Prompt<'_>) -> i64 {
    let text = prompt.sentences().join(" ").to_lowercase();
    STOPS.iter().filter(|(words, _)| text.contains(words)).map(|(_, points)| points).sum::<i64>().min(10)
}

fn rationale(prompt: &Prompt<'_>) -> String {
    let notes = prompt.sections.iter().filter(|s| !["usecase_name", "usecase_description"].contains(&s.field));
    let sentences: Vec<&str> = notes.flat_map(|s| super::super::prompt::sentences(s.text)).collect();
    let sentences: Vec<&str> =
        sentences.into_iter().filter(|s| !super::super::prompt::is_instruction(s)).take(3).collect();
    if sentences.is_empty() { "The notes say nothing.".into() } else { first_words(&sentences.join(" "), 60) }
}
