//! Use cases made for one question, and answers that a model may give to them.

use serde_json::{Map, Value, json};

use super::Lab;

pub(super) const SOURCE: &str = "main.gtm_silver.use_case_detail";
const COLUMNS: &str = include_str!("../../../sql/source_columns.csv");
const RUBRIC: &str = include_str!("../../../sql/reference/ref_confidence_rubric.csv");

/// SQL expressions by column; every other column of the contract is NULL.
pub(super) type Fields<'a> = Vec<(&'a str, String)>;

/// A string literal.
pub(super) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A use case in scope, on which no rule fires.
pub(super) fn calm(id: &str, more: Fields<'_>) -> String {
    let mut fields: Fields<'_> = vec![
        ("usecase_id", text(id)),
        ("snapshot_date", "current_date()".into()),
        ("usecase_name", text(&format!("Use case {id}"))),
        ("usecase_description", text("Predict demand for every store.")),
        ("account_name", text("Alder Foods")),
        ("sales_manager", text("Ada Winter")),
        ("field_manager", text("Bruno Sommer")),
        ("stage", text("U4 - Confirming")),
        ("stage_entered_date", "current_date()".into()),
        ("estimated_monthly_dollar_dbus", "1000".into()),
        ("target_onboarding_date", "date_add(current_date(), 90)".into()),
        ("target_live_date", "date_add(current_date(), 120)".into()),
        ("implementation_status", text("Green")),
        ("num_of_blockers", "0".into()),
        ("last_modified_date", "current_date()".into()),
    ];
    for (column, value) in more {
        fields.retain(|(known, _)| *known != column);
        fields.push((column, value));
    }
    let values: Vec<String> = COLUMNS
        .lines()
        .skip(1)
        .map(|line| {
            let (column, rest) = line.split_once(',').expect("column");
            let kind =
                rest.strip_prefix('"').map_or_else(|| rest.split(',').next(), |r| r.split('"').next()).expect("type");
            let value = fields.iter().find(|(name, _)| *name == column).map_or("NULL", |(_, value)| value.as_str());
            format!("CAST({value} AS {kind}) AS {column}")
        })
        .collect();
    format!("SELECT {}", values.join(", "))
}

impl Lab {
    /// A workspace whose source holds these use cases only.
    pub(crate) fn with_usecases(rows: &[String]) -> Self {
        let lab = Self::with_sample(1);
        lab.sql(&format!("DELETE FROM {SOURCE}"));
        lab.insert(rows);
        lab
    }

    pub(crate) fn insert(&self, rows: &[String]) {
        if !rows.is_empty() {
            self.sql(&format!("INSERT INTO {SOURCE} {}", rows.join(" UNION ALL ")));
        }
    }

    /// Whether `condition` holds for every use case that was enriched, of which there is at least one.
    pub(crate) fn holds_for_all(&self, condition: &str) {
        let broken =
            self.sql(&format!("SELECT usecase_id FROM pipelineiq_view WHERE NOT coalesce({condition}, false)"));
        assert!(broken.is_empty(), "{condition}: not for {broken:?}");
        assert!(self.number("SELECT count(*) FROM pipelineiq_view") > 0);
    }
}

/// The dimensions of the rubric.
pub(super) fn dimensions() -> impl Iterator<Item = &'static str> {
    RUBRIC.lines().skip(1).filter_map(|line| line.split(',').next())
}

/// A word for each dimension, so that each can have a quote of its own.
const FACTS: [&str; 10] =
    ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

/// Notes with a fact for each dimension, in the words of `fact`.
pub(super) fn facts(fact: &str) -> String {
    FACTS.map(|word| fact.replace("{}", word)).join(" ")
}

/// An answer about confidence: the same score for every dimension, and the quote with the dimension's own word for `{}`.
pub(super) fn scores(score: i64, quote: &str, blockers: i64) -> Map<String, Value> {
    let mut answer = Map::new();
    for (dimension, word) in dimensions().zip(FACTS) {
        answer.insert(format!("{dimension}_score"), json!(score));
        answer.insert(format!("{dimension}_evidence"), json!(quote.replace("{}", word)));
    }
    answer.insert("major_blockers_score".into(), json!(blockers));
    answer.insert("rationale".into(), json!("Because the notes say so."));
    answer
}

/// The model answers every question about confidence whose notes hold `marker` with `answer`.
pub(super) fn answered(marker: &str, answer: &str) -> Value {
    json!({"function": "ai_query", "contains": marker, "action": {"answer": answer}})
}
