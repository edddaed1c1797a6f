//! What a use case is for the business: the first subject whose words its name or description uses.

use super::super::Prompt;

/// Words of a subject, what it is for, its family.
const SUBJECTS: [(&[&str], &str, &str); 15] = [
    (&["forecast", "predict demand"], "Demand planning", "Demand Planning"),
    (&["fraud", "dishonest", "laundering"], "Stopping dishonest payments", "Fraud and Financial Crime"),
    (&["camera", "inspection", "faulty"], "Fewer faulty parts", "Manufacturing and Quality"),
    (&["next best", "suggest the next"], "Next best offer", "Personalisation"),
    (&["service desk", "draft answers", "assistant"], "Faster service answers", "Assistants and Automation"),
    (&["customer 360", "view of each customer"], "One view of customers", "Customer Experience"),
    (&["telemetry", "sensor"], "Watching machines live", "Telemetry and IoT"),
    (&["sharing", "suppliers"], "Sharing data with partners", "Data Products and Sharing"),
    (&["contracts", "document"], "Finding what documents say", "Knowledge and Documents"),
    (&["lineage", "access rules", "catalogue"], "Trusted and governed data", "Regulatory and Compliance"),
    (&["dashboard", "self-service"], "Same numbers for everybody", "Reporting and Self-Service"),
    (&["migration", "older warehouse", "legacy"], "Leaving the older platform", "Data Platform Modernisation"),
    (&["credit", "risk"], "Better credit decisions", "Risk and Credit"),
    (&["campaign", "marketing"], "Better campaigns", "Marketing and Growth"),
    (&["inventory", "logistics", "supply"], "Smoother supply chain", "Supply Chain"),
];

/// What it is for and its family.
pub(super) fn subject(prompt: &Prompt<'_>) -> (&'static str, &'static str) {
    let text = prompt.sections.iter().map(|s| s.text).collect::<Vec<_>>().join(" ").to_lowercase();
    SUBJECTS
        .iter()
        .find(|(words, ..)| words.iter().any(|word| text.contains(word)))
        .map_or(("Not clear yet", "Other"), |(_, kind, family)| (kind, family))
}
