//! The statement of a question, turned into a query about chosen use cases.

use indexmap::IndexMap;
use piq_sql::{closing, relations, sql_string, tokens};

use crate::insight::relations::Relations;
use crate::pipeline::Enrichment;

/// The table of answers, and the answers that an older table brings along.
const STORED: [(&str, &str); 2] = [("piq_ai_calls", "piq_no_calls"), ("piq_bootstrap", "piq_no_bootstrap")];

/// What the waves read of them.
const OF_STORED: [&str; 3] = ["piq_attempts", "piq_brought", "piq_spent"];

/// The query of what the notebook puts into the ledger when it asks `e`: its columns are those of the ledger. `None` if
/// the notebook does not ask it.
pub(super) fn asking(relations: &Relations, e: &Enrichment) -> Option<String> {
    let calls = format!("piq_calls_{}", e.name);
    relations.query(&calls).map(|_| format!("SELECT * FROM {calls}"))
}

/// Other definitions of the notebook's relations, as if nothing had been answered yet. Answers that a question reads are
/// those of the table of answers.
pub(super) fn unanswered(
    relations: &Relations,
    e: &Enrichment,
    all: &[Enrichment],
) -> Option<IndexMap<String, String>> {
    let mut instead = IndexMap::new();
    for other in all.iter().filter(|other| other.name != e.name) {
        let columns = other.columns.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let stored = format!("SELECT usecase_id, {columns}, 'ok' AS answer_status FROM pipelineiq");
        instead.insert(other.name.clone(), stored);
    }
    for relation in OF_STORED {
        instead.insert(relation.to_owned(), renamed(relations.query(relation)?));
    }
    for (table, none) in STORED {
        instead.insert(none.to_owned(), relations.empty(table)?);
    }
    Some(instead)
}

/// The selection of these use cases, whether something of them changed or not.
pub(super) fn selected(relations: &Relations, ids: &[String]) -> Option<String> {
    let list: Vec<String> = ids.iter().map(|id| sql_string(id)).collect();
    let selected = without_condition(relations.query("piq_selected")?);
    Some(format!("SELECT *\nFROM (\n{selected}\n) AS chosen\nWHERE usecase_id IN ({})", list.join(", ")))
}

/// The batch of all that is selected, whatever the limits of a run are.
pub(super) fn batch(relations: &Relations) -> Option<String> {
    Some(without_condition(relations.query("piq_batch")?))
}

/// The query up to its own WHERE, if it has one.
fn without_condition(query: &str) -> String {
    let all = tokens(query);
    let (mut at, mut condition) = (0, None);
    while at < all.len() {
        if all[at].is("(") {
            at = closing(&all, at);
        } else if all[at].is_word("where") {
            condition = Some(all[at].span.start);
        }
        at += 1;
    }
    query[..condition.unwrap_or(query.len())].trim_end().to_owned()
}

/// The query without the stored answers.
fn renamed(query: &str) -> String {
    let all = tokens(query);
    let mut out = String::with_capacity(query.len());
    let mut copied = 0;
    for relation in relations(&all).into_iter().filter(|r| r.is_source && !r.is_call) {
        let Some((_, none)) = STORED.iter().find(|(table, _)| relation.parts == [*table]) else { continue };
        let (start, end) = (all[relation.tokens.start].span.start, all[relation.tokens.end - 1].span.end);
        out.push_str(&query[copied..start]);
        out.push_str(none);
        copied = end;
    }
    out.push_str(&query[copied..]);
    out
}

#[cfg(test)]
mod tests {
    use super::{renamed, without_condition};

    #[test]
    fn queries_are_cut_and_renamed_outside_of_brackets() {
        assert_eq!(
            without_condition("SELECT * FROM (SELECT 1 WHERE a) AS b\nWHERE c <> ''"),
            "SELECT * FROM (SELECT 1 WHERE a) AS b"
        );
        assert_eq!(without_condition("SELECT 1"), "SELECT 1");
        assert_eq!(
            renamed("SELECT 'piq_ai_calls' FROM piq_ai_calls AS c JOIN (SELECT 1 FROM piq_bootstrap) AS b ON true"),
            "SELECT 'piq_ai_calls' FROM piq_no_calls AS c JOIN (SELECT 1 FROM piq_no_bootstrap) AS b ON true"
        );
    }
}
