//! How much a query sends to a model, as a query: what the ledger counts is what the model is given.

use std::fmt::Write as _;
use std::ops::Range;

use super::sql_text::literal_chars;
use piq_sql::{Token, tokens};

/// What a query sends and adds, measured instead of asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Measured {
    /// A query with one row for each call: `usecase_id`, `sent_chars` (text, labels and form of the answer) and
    /// `own_chars` (what the query puts around the answer).
    pub sql: String,
    /// Characters of the literals among what is sent, of the branch that has most.
    pub literal_chars: usize,
}

/// Measures the calls of `function` in the select lists of `body`; nothing if they stand elsewhere.
pub(super) fn measured(body: &str, function: &str) -> Option<Measured> {
    let all = tokens(body);
    let mut found = Measured::default();
    for branch in branches(&all) {
        let depths = depths(&all[branch.clone()]);
        let here = &all[branch];
        let from = (0..here.len()).find(|i| depths[*i] == 0 && here[*i].is_word("from"))?;
        let (mut sent, mut own) = (Vec::new(), Vec::new());
        for item in split(here, &depths, 1..from) {
            let calls = calls(here, item.clone(), function);
            for call in &calls {
                sent.extend(arguments(body, here, call.clone(), function)?);
            }
            if !calls.is_empty() {
                own.push(without_calls(body, here, value(here, &depths, item), &calls));
            }
        }
        if sent.is_empty() {
            continue;
        }
        if !found.sql.is_empty() {
            found.sql.push_str("\nUNION ALL\n");
        }
        let lengths = |parts: &[String]| parts.iter().map(|p| format!("coalesce(length({p}), 0)")).collect::<Vec<_>>();
        let rest = &body[here[from].span.start..here[here.len() - 1].span.end];
        // writing to a string does not fail
        let _ = write!(
            found.sql,
            "SELECT usecase_id, CAST({} AS BIGINT) AS sent_chars, CAST({} AS BIGINT) AS own_chars\n{rest}",
            lengths(&sent).join(" + "),
            lengths(&own).join(" + ")
        );
        found.literal_chars = found.literal_chars.max(sent.iter().map(|p| literal_chars(p)).sum());
    }
    (!found.sql.is_empty()).then_some(found)
}

/// The parts between `UNION ALL`.
fn branches(all: &[Token<'_>]) -> Vec<Range<usize>> {
    let depths = depths(all);
    let mut found = Vec::new();
    let mut start = 0;
    for i in 0..all.len().saturating_sub(1) {
        if depths[i] == 0 && all[i].is_word("union") && all[i + 1].is_word("all") {
            found.push(start..i);
            start = i + 2;
        }
    }
    found.push(start..all.len());
    found.retain(|r| !r.is_empty());
    found
}

/// In how many brackets each token stands; a bracket counts as outside.
fn depths(all: &[Token<'_>]) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut found = Vec::with_capacity(all.len());
    for token in all {
        if token.is(")") || token.is("]") {
            depth = depth.saturating_sub(1);
        }
        found.push(depth);
        if token.is("(") || token.is("[") {
            depth += 1;
        }
    }
    found
}

/// The parts of a range between the commas at the depth of its first token.
fn split(all: &[Token<'_>], depths: &[usize], range: Range<usize>) -> Vec<Range<usize>> {
    let depth = depths.get(range.start).copied().unwrap_or_default();
    let mut found = Vec::new();
    let mut start = range.start;
    for i in range.clone().filter(|i| depths[*i] == depth && all[*i].is(",")) {
        found.push(start..i);
        start = i + 1;
    }
    found.push(start..range.end);
    found.retain(|r| !r.is_empty());
    found
}

/// The calls of `function`, each from its name to its bracket.
fn calls(all: &[Token<'_>], range: Range<usize>, function: &str) -> Vec<Range<usize>> {
    let depths = depths(all);
    let opens = |i: &usize| all[*i].is_word(function) && all.get(i + 1).is_some_and(|t| t.is("("));
    range
        .clone()
        .filter(opens)
        .filter_map(|i| {
            let end = (i + 2..range.end).find(|j| depths[*j] == depths[i] && all[*j].is(")"))?;
            Some(i..end + 1)
        })
        .collect()
}

/// SQL of all that one call gives to the model.
fn arguments(body: &str, all: &[Token<'_>], call: Range<usize>, function: &str) -> Option<Vec<String>> {
    let depths = depths(all);
    let given: Vec<Range<usize>> = split(all, &depths, call.start + 2..call.end - 1);
    let text = |r: &Range<usize>| body[all[r.start].span.start..all[r.end - 1].span.end].to_owned();
    Some(match function {
        "ai_query" => {
            let mut found = vec![text(given.get(1)?)];
            found.extend(
                given.iter().filter(|r| all[r.start].is_word("responseFormat")).map(|r| text(&(r.start + 3..r.end))),
            );
            found
        }
        "ai_classify" => vec![text(given.first()?), format!("array_join({}, '')", text(given.get(1)?))],
        _ => vec![text(given.first()?)],
    })
}

/// An item of a select list without its name.
fn value(all: &[Token<'_>], depths: &[usize], item: Range<usize>) -> Range<usize> {
    let named = item.clone().rev().find(|i| depths[*i] == depths[item.start] && all[*i].is_word("as"));
    item.start..named.unwrap_or(item.end)
}

/// SQL of an expression in which every call gives an empty text.
fn without_calls(body: &str, all: &[Token<'_>], value: Range<usize>, calls: &[Range<usize>]) -> String {
    let mut out = String::new();
    let mut at = all[value.start].span.start;
    for call in calls {
        out.push_str(&body[at..all[call.start].span.start]);
        out.push_str("''");
        at = all[call.end - 1].span.end;
    }
    out.push_str(&body[at..all[value.end - 1].span.end]);
    out
}

#[cfg(test)]
mod tests {
    use super::measured;

    fn sql(body: &str, function: &str) -> String {
        measured(body, function).expect("measured").sql
    }

    #[test]
    fn all_that_a_call_gives_the_model_counts_and_nothing_else() {
        let body = "SELECT\n  usecase_id,\n  ai_query('model', concat('Say (why), ', x), responseFormat => '{}', failOnError => false) AS answer\nFROM filtered_usecases";
        let found = measured(body, "ai_query").expect("measured");
        assert_eq!(
            found.sql,
            "SELECT usecase_id, CAST(coalesce(length(concat('Say (why), ', x)), 0) + coalesce(length('{}'), 0) AS BIGINT) AS sent_chars, \
             CAST(coalesce(length(''), 0) AS BIGINT) AS own_chars\nFROM filtered_usecases"
        );
        assert_eq!(found.literal_chars, 13);
    }

    #[test]
    fn what_stands_around_an_answer_is_told_from_it() {
        let body = "SELECT usecase_id, concat(CAST(n AS STRING), ' open: ', ai_summarize(x, 30)) AS s, y FROM filtered_usecases";
        assert_eq!(
            sql(body, "ai_summarize"),
            "SELECT usecase_id, CAST(coalesce(length(x), 0) AS BIGINT) AS sent_chars, \
             CAST(coalesce(length(concat(CAST(n AS STRING), ' open: ', '')), 0) AS BIGINT) AS own_chars\nFROM filtered_usecases"
        );
    }

    #[test]
    fn each_branch_is_measured_with_its_condition() {
        let body = "SELECT usecase_id, ai_classify(x, array('a', 'bc')) AS l, CAST(NULL AS STRING) AS r FROM u WHERE p\nUNION ALL\n\
                    SELECT usecase_id, CAST(NULL AS STRING), ai_classify(x, array('d')) AS r FROM u WHERE q";
        let found = measured(body, "ai_classify").expect("measured");
        assert_eq!(found.sql.matches("UNION ALL").count(), 1);
        assert!(found.sql.contains("length(array_join(array('a', 'bc'), ''))"), "{}", found.sql);
        assert!(found.sql.contains("FROM u WHERE p\n") && found.sql.ends_with("FROM u WHERE q"), "{}", found.sql);
        assert_eq!(found.literal_chars, 3);
    }

    #[test]
    fn a_call_elsewhere_is_not_measured() {
        assert_eq!(
            measured("SELECT usecase_id, a FROM (SELECT usecase_id, ai_gen(x) AS a FROM u) AS g", "ai_gen"),
            None
        );
        assert_eq!(measured("SELECT 1", "ai_gen"), None);
    }
}
