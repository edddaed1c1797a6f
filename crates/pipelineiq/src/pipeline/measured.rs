//! How much a query sends to a model, as a query: what the ledger counts is what the model is given.

use std::fmt::Write as _;
use std::ops::Range;

use piq_sql::{Clause, Structure, Token, TokenKind, tokens, written};

/// What a query sends and adds, measured instead of asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Measured {
    /// A query with one row for each call: `usecase_id`, `sent_chars` (text, labels and form of the answer) and
    /// `own_chars` (what the query puts around the answer).
    pub sql: String,
    /// Characters of the literals among what is sent, of the branch that has most.
    pub literal_chars: usize,
}

/// Characters within the string literals of a query.
pub(super) fn literal_chars(sql: &str) -> usize {
    tokens(sql).iter().filter(|t| t.kind == TokenKind::String).map(|t| t.content().chars().count()).sum()
}

/// Measures the calls of `function` in the select lists of `body`; nothing if they stand elsewhere.
pub(super) fn measured(body: &str, function: &str) -> Option<Measured> {
    let all = tokens(body);
    let structure = Structure::of(&all);
    let query = MeasuredQuery { body, all: &all, structure: &structure, function };
    let mut found = Measured::default();
    for select in structure.selects.iter().filter(|s| s.frame == 0) {
        let (mut sent, mut own) = (Vec::new(), Vec::new());
        for item in &select.items {
            let calls = query.calls(item.tokens.clone());
            for call in &calls {
                sent.extend(query.arguments(call)?);
            }
            if !calls.is_empty() {
                own.push(query.without_calls(item.value.clone(), &calls));
            }
        }
        all.get(select.rest.start).filter(|t| t.is_word("from"))?;
        if sent.is_empty() {
            continue;
        }
        // what follows a UNION ALL is another branch
        let end = structure.direct(0, select.rest.clone()).find(|i| structure.at[*i].1 == Clause::Head);
        let rest = written(body, &all[select.rest.start..end.unwrap_or(select.rest.end)]);
        if !found.sql.is_empty() {
            found.sql.push_str("\nUNION ALL\n");
        }
        let lengths = |parts: &[String]| parts.iter().map(|p| format!("coalesce(length({p}), 0)")).collect::<Vec<_>>();
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

struct MeasuredQuery<'q> {
    body: &'q str,
    all: &'q [Token<'q>],
    structure: &'q Structure,
    function: &'q str,
}

impl MeasuredQuery<'_> {
    fn text(&self, tokens: Range<usize>) -> String {
        written(self.body, &self.all[tokens]).to_owned()
    }

    /// The calls of the function, each from its name to its bracket.
    fn calls(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let named = range.clone().filter(|i| self.all[*i].is_word(self.function));
        named
            .filter_map(|i| {
                let end = self.structure.call(i)?.tokens.end;
                (end < range.end).then_some(i..end + 1)
            })
            .collect()
    }

    /// SQL of all that one call gives to the model.
    fn arguments(&self, call: &Range<usize>) -> Option<Vec<String>> {
        let given = self.structure.arguments(self.all, call.start)?;
        let first = given.first().cloned()?;
        Some(match self.function {
            "ai_query" => {
                let named = given.iter().filter(|r| self.all[r.start].is_word("responseFormat"));
                let mut found = vec![self.text(given.get(1).cloned()?)];
                found.extend(named.map(|r| self.text(r.start + 3..r.end)));
                found
            }
            "ai_classify" => vec![self.text(first), format!("array_join({}, '')", self.text(given.get(1).cloned()?))],
            _ => vec![self.text(first)],
        })
    }

    /// SQL of an expression in which every call gives an empty text.
    fn without_calls(&self, value: Range<usize>, calls: &[Range<usize>]) -> String {
        let mut out = String::new();
        let mut at = self.all[value.start].span.start;
        for call in calls {
            out.push_str(&self.body[at..self.all[call.start].span.start]);
            out.push_str("''");
            at = self.all[call.end - 1].span.end;
        }
        out.push_str(&self.body[at..self.all[value.end - 1].span.end]);
        out
    }
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
