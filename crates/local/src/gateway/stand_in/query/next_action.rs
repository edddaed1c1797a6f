//! The next best action: first what blocks the use case, else the first dimension that is missing.

use super::super::Prompt;
use super::super::prompt::sentences;
use super::super::words::first_words;

/// What is done about a dimension: the dimension, who acts, the action, the question.
const PLAYS: [(&str, &str, &str, &str); 10] = [
    (
        "identify_pain",
        "AE",
        "Ask the business owner in a call which problem costs them most, and write the answer down with an amount.",
        "Which problem does this solve, and who loses money while it lasts?",
    ),
    (
        "champion",
        "AE",
        "Find the person inside who gains most, and prepare one slide that they can present for us.",
        "Who sells this for us when we are not in the room?",
    ),
    (
        "implementation_plan",
        "SA",
        "Write a plan with owner and date for each step to going live, and agree on it with the customer's team.",
        "Which steps are left until it is live, and who owns each?",
    ),
    (
        "economic_buyer",
        "SLM",
        "Arrange a meeting with the person who releases the money, and confirm the amount and the date.",
        "Who signs, and when did we last speak to them?",
    ),
    (
        "metrics",
        "SA",
        "Agree with the customer on one number that shows success, with its value today and its target.",
        "By which number will the customer call this a success?",
    ),
    (
        "decision_process",
        "AE",
        "Write down with the champion each step to the decision, and who takes part in it.",
        "Which steps lead to the decision, and on which dates?",
    ),
    (
        "urgency",
        "AE",
        "Work out with the customer what each month of waiting costs, and tie the live date to an event of theirs.",
        "What happens if this goes live a quarter later?",
    ),
    (
        "decision_criteria",
        "SA",
        "Get the written criteria, and answer each with evidence from the trial.",
        "By what will they compare us?",
    ),
    (
        "paper_process",
        "AE",
        "Ask purchasing for the list of open steps, and send what is missing.",
        "Which signature is still open, and with whom does it lie?",
    ),
    (
        "competition",
        "SLM",
        "Find out which other options are on the table, and prepare the comparison that the champion needs.",
        "What else do they look at, doing nothing included?",
    ),
];

/// Who acts on a blocker, by a word of its category.
const OWNERS: [(&str, &str); 5] =
    [("technical", "SA"), ("budget", "Customer"), ("stakeholder", "FLM"), ("partner", "Partner"), ("data", "Customer")];

/// The play of a use case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Play {
    pub action: String,
    pub why: String,
    pub owner: &'static str,
    pub due_days: i64,
    pub dimension: &'static str,
    pub question: String,
}

pub(super) fn play(prompt: &Prompt<'_>) -> Play {
    let due_days = if prompt.question.contains("(in the past)") {
        1
    } else if prompt.question.contains("(in less than 30 days)") {
        3
    } else if prompt.question.contains("(in 30 to 59 days)") {
        7
    } else {
        14
    };
    blocked(prompt, due_days).unwrap_or_else(|| gap(prompt, due_days))
}

fn blocked(prompt: &Prompt<'_>, due_days: i64) -> Option<Play> {
    let summary = prompt.field("blockers_summary");
    let (_, what) = summary.split_once(" open: ")?;
    let what = sentences(what).into_iter().max_by_key(|s| s.len()).unwrap_or(what).trim_end_matches('.');
    let lower = summary.to_lowercase();
    let owner = OWNERS.iter().find(|(word, _)| lower.contains(word)).map_or("AE", |(_, owner)| *owner);
    Some(Play {
        action: format!("Agree on an owner and a date for what blocks it: {}.", first_words(what, 25)),
        why: format!("It cannot go live before this is solved: {}.", first_words(what, 40)),
        owner,
        due_days: due_days.min(7),
        dimension: "implementation_plan",
        question: format!("Who removes this, and by when: {}?", first_words(what, 25)),
    })
}

fn gap(prompt: &Prompt<'_>, due_days: i64) -> Play {
    let missing = prompt.question.split("Missing dimensions: ").nth(1).unwrap_or_default();
    let first = missing.split([',', '.']).next().unwrap_or_default().trim();
    let known = PLAYS.iter().find(|(dimension, ..)| *dimension == first);
    let (dimension, owner, action, question) = known.unwrap_or(&PLAYS[2]);
    let why = match known {
        Some(_) => format!("Nothing is known yet about the {}.", dimension.replace('_', " ")),
        None => "Every dimension is known; the plan decides whether the date holds.".to_owned(),
    };
    Play { action: (*action).to_owned(), why, owner, due_days, dimension, question: (*question).to_owned() }
}
