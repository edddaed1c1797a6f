//! `ai_classify`: the label whose words the text uses most.

use std::collections::HashMap;

use super::Prompt;
use super::words::{stem, words};
use crate::gateway::request::Answer;

/// What labels are also called. Left: a word of a label; right: words that speak for it.
const ALSO: [(&str, &[&str]); 25] = [
    ("forecasting", &["predict", "forecast", "demand"]),
    ("migration", &["leave", "move", "older", "legacy", "warehouse", "migrate"]),
    ("fraud", &["dishonest", "anomaly", "suspicious", "fraud"]),
    ("customer", &["view of each customer", "customer", "profile"]),
    ("assistant", &["draft", "language model", "chatbot", "answers", "llm"]),
    ("vision", &["image", "camera", "video", "picture", "inspection"]),
    ("streaming", &["event", "sensor", "continuously", "telemetry", "stream"]),
    ("intelligence", &["dashboard", "report", "self-service"]),
    ("recommendation", &["suggest", "next best", "offer", "recommend"]),
    ("sharing", &["suppliers", "share", "partner"]),
    ("language", &["contracts", "search", "document", "plain language"]),
    ("governance", &["lineage", "access rules", "catalogue", "govern"]),
    ("technical", &["network", "private link", "bug", "error", "technical", "security", "security review"]),
    ("budget", &["budget", "frozen", "funding", "money", "price"]),
    ("stakeholder", &["new head", "sponsor", "champion left", "executive", "stakeholder"]),
    ("partner", &["partner has", "integrator", "partner"]),
    ("data", &["source data", "incomplete", "data quality", "arrives late"]),
    ("timelines", &["delay", "postpone", "schedule", "pushed", "timeline", "milestones", "too tight", "ran late"]),
    ("external", &["regulator", "supplier", "merger", "authority has to"]),
    ("integration", &["connector", "interface", "integrate", "integration"]),
    ("competition", &["competitor", "competition", "favourite"]),
    ("planning", &["plan", "milestone", "dates"]),
    ("funding", &["credits", "funding", "invest"]),
    ("resource", &["people", "staff", "capacity"]),
    ("engagement", &["meeting", "board", "executive", "sponsor"]),
];

/// Words about somebody on the customer's side who is missing.
const NOBODY: [&str; 5] = ["no champion", "champion left", "no sponsor", "sponsor left", "find the person inside"];

pub(super) fn answer(prompt: &Prompt<'_>, labels: &[String]) -> Answer {
    let Some(last) = labels.last() else { return Err("ai_classify was given no labels".into()) };
    let other = labels.iter().find(|l| l.eq_ignore_ascii_case("other")).unwrap_or(last);
    if let Some(label) = cause(prompt, labels, other) {
        return Ok(label.clone());
    }
    let text = prompt.sections.iter().map(|s| s.text).collect::<Vec<_>>().join(" \n");
    // a name says in a few words what it is, and so counts twice
    Ok(best(&[&text, prompt.field("usecase_name")], labels, other).unwrap_or(other).clone())
}

/// Why a use case slips: what blocks it, else somebody who is missing, else its dates.
fn cause<'l>(prompt: &Prompt<'_>, labels: &'l [String], other: &String) -> Option<&'l String> {
    if prompt.field("slip_signals").is_empty() {
        return None;
    }
    if let Some((_, blocker)) = prompt.field("blockers_summary").split_once(" open: ") {
        return best(&[blocker], labels, other);
    }
    let text = prompt.sections.iter().map(|s| s.text).collect::<Vec<_>>().join(" \n").to_lowercase();
    let word = if NOBODY.iter().any(|phrase| text.contains(phrase)) { "stakeholder" } else { "timelines" };
    labels.iter().find(|label| words(label).any(|w| w == word))
}

/// The label with most points in the texts together; none if no label has any.
fn best<'l>(texts: &[&str], labels: &'l [String], other: &String) -> Option<&'l String> {
    let mut best = (0, None);
    let read: Vec<(String, HashMap<String, usize>)> = texts.iter().map(|text| counted(text)).collect();
    for label in labels.iter().filter(|l| *l != other) {
        let words: Vec<String> = words(label).filter(|w| w != "and").collect();
        let score = read.iter().map(|(text, seen)| words.iter().map(|w| points(w, text, seen)).sum::<usize>()).sum();
        if score > best.0 {
            best = (score, Some(label));
        }
    }
    best.1
}

/// A text in lower case, and how often each word of it occurs.
fn counted(text: &str) -> (String, HashMap<String, usize>) {
    let text = text.to_lowercase();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for word in words(&text) {
        *seen.entry(stem(&word).to_owned()).or_default() += 1;
    }
    (text, seen)
}

fn points(word: &str, text: &str, seen: &HashMap<String, usize>) -> usize {
    let said = seen.get(stem(word)).copied().unwrap_or(0).min(2) * 2;
    let also = ALSO.iter().filter(|(of, _)| *of == word).flat_map(|(_, phrases)| phrases.iter());
    said + also.filter(|phrase| text.contains(**phrase)).count() * 3
}
