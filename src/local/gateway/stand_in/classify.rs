//! `ai_classify`: the label whose words the text uses most.

use std::collections::HashMap;

use super::Prompt;
use super::words::{stem, words};
use crate::local::gateway::request::Answer;

/// What labels are also called. Left: a word of a label; right: words that speak for it.
const ALSO: [(&str, &[&str]); 24] = [
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
    ("technical", &["network", "private link", "bug", "error", "technical"]),
    ("budget", &["budget", "frozen", "funding", "money", "price"]),
    ("stakeholder", &["new head", "sponsor", "champion left", "executive", "stakeholder"]),
    ("partner", &["partner has", "integrator", "partner"]),
    ("data", &["source data", "incomplete", "data quality", "late"]),
    ("timelines", &["delay", "postpone", "schedule", "pushed", "timeline"]),
    ("integration", &["connector", "interface", "integrate", "integration"]),
    ("competition", &["competitor", "competition", "favourite"]),
    ("planning", &["plan", "milestone", "dates"]),
    ("funding", &["credits", "funding", "invest"]),
    ("resource", &["people", "staff", "capacity"]),
    ("engagement", &["meeting", "board", "executive", "sponsor"]),
];

pub(super) fn answer(prompt: &Prompt<'_>, labels: &[String]) -> Answer {
    let Some(last) = labels.last() else { return Err("ai_classify was given no labels".into()) };
    let text = prompt.sections.iter().map(|s| s.text).collect::<Vec<_>>().join(" \n").to_lowercase();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for word in words(&text) {
        *seen.entry(stem(&word).to_owned()).or_default() += 1;
    }
    let other = labels.iter().find(|l| l.eq_ignore_ascii_case("other")).unwrap_or(last);
    let mut best = (0, other);
    for label in labels.iter().filter(|l| *l != other) {
        let score: usize = words(label).filter(|w| w != "and").map(|word| points(&word, &text, &seen)).sum();
        if score > best.0 {
            best = (score, label);
        }
    }
    Ok(best.1.clone())
}

fn points(word: &str, text: &str, seen: &HashMap<String, usize>) -> usize {
    let said = seen.get(stem(word)).copied().unwrap_or(0).min(2) * 2;
    let also = ALSO.iter().filter(|(of, _)| *of == word).flat_map(|(_, phrases)| phrases.iter());
    said + also.filter(|phrase| text.contains(**phrase)).count() * 3
}
