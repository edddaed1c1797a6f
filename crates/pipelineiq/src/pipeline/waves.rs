//! The order of enrichments: a DAG by what they read.

use std::collections::BTreeMap;

use super::enrichment::Enrichment;
use super::placed::placed;
use piq_diagnostics::{Diagnostic, Diagnostics, closest};

/// Fills in what each enrichment reads from where, `depends_on`, `changed_by` and `wave`, and sorts by wave, computed views after the calls they read.
///
/// # Errors
/// An input that nobody provides, a column that two provide, a cycle.
pub(super) fn arrange(
    mut all: Vec<Enrichment>,
    source_columns: &[String],
    daily: &[String],
) -> Result<Vec<Enrichment>, Diagnostics> {
    let mut problems = Vec::new();
    let mut producer: BTreeMap<String, usize> = BTreeMap::new();
    for (i, e) in all.iter().enumerate() {
        for column in e.columns.keys() {
            if let Some(other) = producer.insert(column.clone(), i) {
                let message = format!("column `{column}` of `{}` is also added by `{}`", e.name, all[other].name);
                problems.push(located(Diagnostic::error("duplicate-column", message), e, column));
            }
        }
    }
    let mut needs: Vec<Vec<usize>> = Vec::new();
    for e in &all {
        let mut mine = Vec::new();
        for input in &e.inputs {
            if let Some(i) = producer.get(input) {
                if !mine.contains(i) {
                    mine.push(*i);
                }
            } else if daily.contains(input) {
                let message =
                    format!("the input `{input}` changes daily, so every use case would be asked again daily");
                let d = Diagnostic::error("daily-input", message);
                problems.push(
                    located(d, e, input)
                        .hint("read a band of it, such as `live_date_band`; the query may still compute with it"),
                );
            } else if !source_columns.contains(input) {
                let known = source_columns.iter().chain(producer.keys()).map(String::as_str);
                let mut d = Diagnostic::error("unknown-input", format!("nothing provides the input `{input}`"));
                if let Some(near) = closest(input, known) {
                    d = d.hint(format!("did you mean `{near}`?"));
                }
                problems.push(located(d, e, input));
            }
        }
        needs.push(mine);
    }
    if !problems.is_empty() {
        return Err(Diagnostics(problems));
    }
    // Longest path to each enrichment; a call adds one, a computed view adds nothing.
    let mut wave: Vec<Option<usize>> = vec![None; all.len()];
    let mut depth = vec![0; all.len()];
    for round in 1..=all.len() {
        for i in 0..all.len() {
            if wave[i].is_some() || needs[i].iter().any(|n| wave[*n].is_none()) {
                continue;
            }
            let before = needs[i].iter().filter_map(|n| wave[*n]).max().unwrap_or(0);
            wave[i] = Some(if all[i].function.is_some() { before + 1 } else { before.max(1) });
            depth[i] = round;
        }
    }
    if let Some(i) = wave.iter().position(Option::is_none) {
        return Err(cycle(i, &all, &needs, &wave).into());
    }
    let names: Vec<String> = all.iter().map(|e| e.name.clone()).collect();
    for (i, e) in all.iter_mut().enumerate() {
        e.wave = wave[i].unwrap_or(1);
        e.depends_on = needs[i].iter().map(|n| names[*n].clone()).collect();
        let (answers, source) = e.inputs.iter().cloned().partition(|input| producer.contains_key(input));
        (e.answer_inputs, e.source_inputs) = (answers, source);
        e.changed_by = reached(i, &needs).into_iter().map(|n| names[n].clone()).collect();
    }
    let mut order: Vec<(usize, bool, usize, Enrichment)> =
        all.into_iter().enumerate().map(|(i, e)| (e.wave, e.function.is_none(), depth[i], e)).collect();
    order.sort_by(|a, b| (a.0, a.1, a.2, &a.3.name).cmp(&(b.0, b.1, b.2, &b.3.name)));
    Ok(order.into_iter().map(|(.., e)| e).collect())
}

/// The cycle that an enrichment without a wave is in, or reads from: the whole way round.
fn cycle(mut at: usize, all: &[Enrichment], needs: &[Vec<usize>], wave: &[Option<usize>]) -> Diagnostic {
    let mut way: Vec<usize> = Vec::new();
    let start = loop {
        if let Some(start) = way.iter().position(|before| *before == at) {
            break start;
        }
        way.push(at);
        // one that has no wave needs another that has none
        match needs[at].iter().find(|n| wave[**n].is_none()) {
            Some(next) => at = *next,
            None => break 0,
        }
    };
    let round = &way[start..];
    let names: Vec<String> = round.iter().chain(round.first()).map(|i| format!("`{}`", all[*i].name)).collect();
    let message = format!("enrichments read what they add, through others: {}", names.join(" reads "));
    let d = Diagnostic::error("enrichment-cycle", message).hint("take one of these inputs away");
    let first = &all[round.first().copied().unwrap_or(at)];
    let next = &all[round.get(1).or(round.first()).copied().unwrap_or(at)];
    let input = first.inputs.iter().find(|input| next.columns.contains_key(*input));
    placed(d, first.place_after(&["inputs", input.map_or("inputs", String::as_str)]))
}

/// `start` and everything it needs, directly or through others.
fn reached(start: usize, needs: &[Vec<usize>]) -> Vec<usize> {
    let mut found = vec![start];
    let mut next = 0;
    while let Some(i) = found.get(next).copied() {
        next += 1;
        for n in &needs[i] {
            if !found.contains(n) {
                found.push(*n);
            }
        }
    }
    found
}

fn located(d: Diagnostic, e: &Enrichment, word: &str) -> Diagnostic {
    placed(d, e.place_of(word))
}
