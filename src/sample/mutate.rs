//! A sample some days later: people edit notes, put dates off, move use cases on, close them and open new ones.
//! What happens to a use case on a day depends on the seed, the use case and the day alone.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::notes;
use super::rng::Rng;
use super::usecase::{BLOCKERS, SampleOptions, UseCase, one};

/// One new use case a day for so many that exist.
const NEW_FOR: u64 = 100;

/// How many use cases there are after so many days.
pub fn size(options: SampleOptions, days: u32) -> u64 {
    options.rows + u64::from(days) * options.rows.div_ceil(NEW_FOR)
}

/// The use cases of `options`, `days` days after `options.as_of`, with those that were opened since, one by one.
pub fn mutated(options: SampleOptions, days: u32) -> impl Iterator<Item = UseCase> {
    let daily = options.rows.div_ceil(NEW_FOR);
    let opened = (1..=u64::from(days)).flat_map(move |day| (0..daily).map(move |i| (day, (day - 1) * daily + i)));
    let new = opened.map(move |(day, i)| {
        let mut usecase = one(&options, options.rows + i);
        let date = later(options.as_of, day);
        usecase.row.insert("created_date".into(), json!(date.to_string()));
        touched(&mut usecase.row, date);
        lived(&options, options.rows + i, usecase, day, u64::from(days))
    });
    (0..options.rows).map(move |i| lived(&options, i, one(&options, i), 0, u64::from(days))).chain(new)
}

/// A use case after each day from `from`, which is past, to `to`.
fn lived(options: &SampleOptions, index: u64, mut usecase: UseCase, from: u64, to: u64) -> UseCase {
    for day in from + 1..=to {
        let mut rng = Rng::new(options.seed ^ day.wrapping_mul(0x9E37_79B9_7F4A_7C15), index);
        if closed(&usecase.row) {
            break;
        }
        if event(&mut usecase, &mut rng, later(options.as_of, day)) {
            touched(&mut usecase.row, later(options.as_of, day));
        }
    }
    usecase.row.insert("snapshot_date".into(), json!(later(options.as_of, to).to_string()));
    usecase
}

/// What happens on one day, if anything.
fn event(usecase: &mut UseCase, rng: &mut Rng, date: Date) -> bool {
    let UseCase { row, truth } = usecase;
    match rng.between(1, 1000) {
        1..=40 => edit_notes(row, truth, rng, date),
        41..=65 => append(row, "demand_plan_stage_next_steps", &format!("{date}: call with the team is set.")),
        66..=85 => postpone(row, rng),
        86..=95 => append(row, "usecase_description", "A second region joins in a later step."),
        96..=110 => block(row, rng, date),
        111..=120 => unblock(row, date),
        121..=135 => advance(row, date),
        136..=143 => close(row, rng, date),
        _ => return false,
    }
    true
}

/// Somebody writes down something new about one dimension.
fn edit_notes(row: &mut Map<String, Value>, truth: &mut Map<String, Value>, rng: &mut Rng, date: Date) {
    let dimension = usize::try_from(rng.between(0, 9)).unwrap_or(0);
    let score = rng.between(0, 10);
    let sentence = notes::sentence(dimension, score);
    append(row, "implementation_notes", &format!("{date}: {sentence}"));
    let key = format!("{}_score", notes::SENTENCES[dimension].0);
    // of two statements the worse one counts
    let known = truth.get(&key).and_then(Value::as_i64);
    truth.insert(key, json!(known.map_or(score, |k| k.min(score))));
}

fn postpone(row: &mut Map<String, Value>, rng: &mut Rng) {
    let days = rng.between(14, 60);
    for key in ["target_live_date", "target_onboarding_date"] {
        if let Some(date) = row.get(key).and_then(Value::as_str).and_then(|d| d.parse::<Date>().ok()) {
            row.insert(key.into(), json!(date.saturating_add(days.days()).to_string()));
        }
    }
    add(row, "target_live_date_push_count", 1);
}

fn block(row: &mut Map<String, Value>, rng: &mut Rng, date: Date) {
    let (category, comment, _) = *rng.pick(&BLOCKERS);
    add(row, "num_of_blockers", 1);
    row.insert("last_modified_blocker_category".into(), json!(category));
    row.insert("last_modified_blocker_comment".into(), json!(comment));
    row.insert("blockers_last_modified_date".into(), json!(date.to_string()));
}

fn unblock(row: &mut Map<String, Value>, date: Date) {
    if add(row, "num_of_blockers", -1) == 0 {
        for key in ["last_modified_blocker_category", "last_modified_blocker_comment"] {
            row.insert(key.into(), Value::Null);
        }
    }
    row.insert("blockers_last_modified_date".into(), json!(date.to_string()));
}

fn advance(row: &mut Map<String, Value>, date: Date) {
    let next = match row.get("stage_number").and_then(Value::as_i64) {
        Some(1) => "U2 - Qualifying",
        Some(2) => "U3 - Scoping",
        Some(3) => "U4 - Confirming",
        Some(4) => "U5 - Onboarding",
        _ => "U6 - Live",
    };
    enter(row, next, date);
}

fn close(row: &mut Map<String, Value>, rng: &mut Rng, date: Date) {
    let stage = if rng.chance(60) { "Lost" } else { "Disqualified" };
    enter(row, stage, date);
    row.insert("is_active_ind".into(), json!(false));
}

fn enter(row: &mut Map<String, Value>, stage: &str, date: Date) {
    row.insert("stage".into(), json!(stage));
    row.insert("stage_number".into(), json!(stage.get(1..2).and_then(|n| n.parse::<i64>().ok())));
    row.insert("stage_entered_date".into(), json!(date.to_string()));
    row.insert("days_in_stage".into(), json!(0));
    if stage.starts_with("U6") {
        row.insert("live_date".into(), json!(date.to_string()));
    }
}

fn closed(row: &Map<String, Value>) -> bool {
    row.get("stage").and_then(Value::as_str).is_none_or(|s| !s.starts_with('U') || s.starts_with("U6"))
}

fn append(row: &mut Map<String, Value>, key: &str, text: &str) {
    let known = row.get(key).and_then(Value::as_str).unwrap_or_default();
    let joined = if known.is_empty() { text.to_owned() } else { format!("{known} {text}") };
    row.insert(key.into(), json!(joined));
}

/// Adds to a count, which does not fall below zero; gives the sum.
fn add(row: &mut Map<String, Value>, key: &str, more: i64) -> i64 {
    let sum = (row.get(key).and_then(Value::as_i64).unwrap_or(0) + more).max(0);
    row.insert(key.into(), json!(sum));
    sum
}

fn touched(row: &mut Map<String, Value>, date: Date) {
    row.insert("last_modified_date".into(), json!(date.to_string()));
    row.insert("last_modified_ts".into(), json!(format!("{date} 17:30:00")));
}

fn later(date: Date, days: u64) -> Date {
    date.saturating_add(i64::try_from(days).unwrap_or(0).days())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Map, Value};

    use super::{mutated, size};
    use crate::sample::{SampleOptions, generate};

    fn options() -> SampleOptions {
        SampleOptions { rows: 300, seed: 7, as_of: jiff::civil::date(2026, 3, 2) }
    }

    fn rows(days: u32) -> BTreeMap<String, Map<String, Value>> {
        mutated(options(), days).map(|u| (u.row["usecase_id"].to_string(), u.row)).collect()
    }

    /// Columns that differ between two days, but for the snapshot's own date.
    fn changes(
        earlier: &BTreeMap<String, Map<String, Value>>,
        later: &BTreeMap<String, Map<String, Value>>,
    ) -> BTreeMap<String, usize> {
        let mut changed = BTreeMap::new();
        for (id, row) in earlier {
            for (column, value) in row {
                if column != "snapshot_date" && later[id].get(column) != Some(value) {
                    *changed.entry(column.clone()).or_default() += 1;
                }
            }
        }
        changed
    }

    #[test]
    fn no_day_is_the_sample_and_the_same_day_is_always_the_same() {
        let plain: BTreeMap<_, _> = generate(options()).map(|u| (u.row["usecase_id"].to_string(), u.row)).collect();
        assert_eq!(rows(0), plain);
        assert_eq!(rows(3), rows(3));
        assert_eq!(rows(3).len(), usize::try_from(size(options(), 3)).expect("fits"));
    }

    #[test]
    fn a_day_changes_few_use_cases_and_adds_some() {
        let (third, fourth) = (rows(3), rows(4));
        assert_eq!(fourth.len(), third.len() + 3);
        let changed = changes(&third, &fourth);
        assert!((5..90).contains(&changed["last_modified_date"]), "{changed:?}");
        assert!(third.keys().all(|id| fourth.contains_key(id)), "no use case vanishes");
    }

    #[test]
    fn a_week_has_every_kind_of_event() {
        let changed = changes(&rows(0), &rows(7));
        for column in [
            "implementation_notes",
            "demand_plan_stage_next_steps",
            "usecase_description",
            "target_live_date",
            "target_live_date_push_count",
            "num_of_blockers",
            "stage",
        ] {
            assert!(changed.contains_key(column), "{column}: {changed:?}");
        }
        let stages: Vec<_> = rows(7).values().map(|r| r["stage"].to_string()).collect();
        assert!(stages.iter().any(|s| s.contains("Lost") || s.contains("Disqualified")));
    }
}
