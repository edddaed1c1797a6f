//! Pairs of fields `x_score` and `x_evidence`: a sentence of the notes that speaks of `x`, and how strongly.

use serde_json::{Map, Value, json};

use super::super::Prompt;

/// Words that speak of a dimension.
const SIGNS: [(&str, &[&str]); 10] = [
    ("identify_pain", &["pain", "problem", "lose ", "losing", "suffer", "struggle"]),
    ("champion", &["champion"]),
    ("implementation_plan", &["implementation plan", "milestone", "project plan", "rollout plan"]),
    ("economic_buyer", &["economic buyer", "cfo", "signs", "budget holder", "approved the budget"]),
    ("metrics", &["metrics", "measured", "percent", "kpi"]),
    ("decision_process", &["decision process", "steering committee", "approval steps"]),
    ("urgency", &["urgent", "urgency", "soon", "deadline", "end of the quarter"]),
    ("decision_criteria", &["decision criteria", "criteria"]),
    ("paper_process", &["legal", "procurement", "contract", "purchase order"]),
    ("competition", &["competition", "competitor"]),
];

/// Fields that say again what others say: no evidence of their own.
const RETOLD: [&str; 6] = [
    "usecase_name",
    "usecase_description",
    "context",
    "next_steps_summary",
    "implementation_notes_summary",
    "blockers_summary",
];
/// Words of something that is there in part, whatever it lacks.
const PARTLY: [&str; 4] = ["not yet", "without dates", "without owners", "without numbers"];
/// Words that deny what a sentence speaks of.
const DENIES: [&str; 18] = [
    "no ",
    "nobody",
    "not ",
    "n't",
    "without",
    "never",
    "unclear",
    "nothing",
    "none",
    "withdrawn",
    " left",
    "lost",
    "frozen",
    "favourite",
    "cannot",
    "missing",
    "too tight",
    "ran late",
];
/// Words that leave it open.
const HEDGES: [&str; 16] = [
    "may ",
    "might",
    "probably",
    "seems",
    "hope",
    "would like",
    "some ",
    "first ",
    "possibly",
    "perhaps",
    "likes",
    "one of",
    "was told",
    "in the race",
    "draft",
    "could",
];
/// Words that make it sure.
const ASSERTS: [&str; 14] = [
    "approved",
    "agreed",
    "has cleared",
    "ready",
    "written down",
    "owners and dates",
    "every",
    "signs this",
    "is measured",
    "it is urgent",
    "ruled out",
    "biggest",
    "presents",
    "confirmed",
];

/// The value of one field of such a pair; nothing if the field is not of a pair.
pub(super) fn value(prompt: &Prompt<'_>, field: &str, fields: &Map<String, Value>) -> Option<Value> {
    let (dimension, wants_score) = match (field.strip_suffix("_score"), field.strip_suffix("_evidence")) {
        (Some(dimension), _) if fields.contains_key(&format!("{dimension}_evidence")) => (dimension, true),
        (_, Some(dimension)) if fields.contains_key(&format!("{dimension}_score")) => (dimension, false),
        _ => return None,
    };
    let found = evidence(prompt, dimension);
    Some(match (wants_score, found) {
        (true, Some((_, score))) => json!(score),
        (true, None) => json!(-1),
        (false, Some((quote, _))) => json!(quote),
        (false, None) => json!(""),
    })
}

/// The sentence that speaks of a dimension and its score; the worst one if there are several, so that praise cannot
/// hide a doubt.
fn evidence<'a>(prompt: &Prompt<'a>, dimension: &str) -> Option<(&'a str, i64)> {
    let name = dimension.replace('_', " ");
    let own = [name.as_str()];
    let signs = SIGNS.iter().find(|(known, _)| *known == dimension).map_or(own.as_slice(), |(_, signs)| *signs);
    let mut best: Option<(&str, i64)> = None;
    for section in prompt.sections.iter().filter(|s| !RETOLD.contains(&s.field)) {
        for sentence in super::super::prompt::sentences(section.text) {
            let lower = sentence.to_lowercase();
            if super::super::prompt::is_instruction(sentence) || !signs.iter().any(|sign| lower.contains(sign)) {
                continue;
            }
            let score = strength(&lower);
            if best.is_none_or(|(_, known)| score < known) {
                best = Some((sentence, score));
            }
        }
    }
    best
}

fn strength(sentence: &str) -> i64 {
    let has = |words: &[&str]| words.iter().any(|word| sentence.contains(word));
    if has(&PARTLY) {
        return 5;
    }
    match (has(&ASSERTS), has(&DENIES), has(&HEDGES)) {
        (true, false, _) => 9,
        (_, true, _) => 1,
        (_, _, true) => 5,
        _ => 7,
    }
}
