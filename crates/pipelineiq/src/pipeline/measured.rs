//! How much a query sends to a model, as a query: what the ledger counts is what the model is given.

use std::fmt::Write as _;
use std::ops::Range;

use piq_sql::{Clause, Structure, Token, TokenKind, tokens, written};
use serde::Serialize;

/// What a query sends and adds, measured instead of asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Measured {
    /// A query with one row for each call: `usecase_id`, `sent_chars` (text, labels and form of the answer) and
    /// `own_chars` (what the query puts around the answer).
    pub sql: String,
    /// The same as expressions over the rows, where the query reads them under their own name and joins nothing.
    pub inline: Option<MeasuredInline>,
    /// Characters of the literals among what is sent, of the branch that has most.
    pub literal_chars: usize,
}

/// What a query sends and adds, as expressions over `filtered_usecases`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MeasuredInline {
    /// SQL of the characters that the calls about a row send.
    pub sent: String,
    /// SQL of the characters that the query puts around their answers.
    pub own: String,
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
    let mut inline: Option<Vec<MeasuredInline>> = Some(Vec::new());
    for select in structure.selects.iter().filter(|s| s.frame == 0) {
        let (mut sent, mut own) = (Vec::new(), Vec::new());
        for item in &select.items {
            let calls = query.calls(item.tokens.clone());
            for call in &calls {
                sent.extend(query.arguments(call)?);
            }
            if !calls.is_empty() {
                own.extend(query.around(item.value.clone(), &calls));
            }
        }
        let from = all.get(select.rest.start).filter(|t| t.is_word("from"))?;
        if sent.is_empty() {
            continue;
        }
        // what follows a UNION ALL is another branch
        let end = structure.direct(0, select.rest.clone()).find(|i| structure.at[*i].1 == Clause::Head);
        let end = end.unwrap_or(select.rest.end);
        let rest = written(body, &all[select.rest.start..end]);
        if !found.sql.is_empty() {
            found.sql.push_str("\nUNION ALL\n");
        }
        let sum = MeasuredInline { sent: sent_chars(&sent), own: own_chars(&own) };
        // writing to a string does not fail
        let _ = write!(
            found.sql,
            "SELECT usecase_id, CAST({} AS BIGINT) AS sent_chars, CAST({} AS BIGINT) AS own_chars\n{rest}",
            sum.sent, sum.own
        );
        let after = from.span.end..all[end - 1].span.end;
        let condition = condition_alone(&body[after]);
        inline = inline.zip(condition).map(|(mut branches, condition)| {
            branches.push(match condition {
                "" => sum,
                c => MeasuredInline {
                    sent: format!("CASE WHEN {c} THEN {} ELSE 0 END", sum.sent),
                    own: format!("CASE WHEN {c} THEN {} ELSE 0 END", sum.own),
                },
            });
            branches
        });
        let literals = |part: &Sent| part.literal_chars + literal_chars(&part.rest.join(" "));
        found.literal_chars = found.literal_chars.max(sent.iter().map(literals).sum());
    }
    found.inline = inline.map(|branches| {
        let joined = |of: fn(&MeasuredInline) -> &String| {
            branches.iter().map(|b| of(b).as_str()).collect::<Vec<_>>().join(" + ")
        };
        MeasuredInline { sent: joined(|b| &b.sent), own: joined(|b| &b.own) }
    });
    (!found.sql.is_empty()).then_some(found)
}

/// The condition of a query that reads `filtered_usecases` under this name and nothing else; empty without one.
fn condition_alone(after_from: &str) -> Option<&str> {
    let all = tokens(after_from);
    let [table, rest @ ..] = all.as_slice() else { return None };
    if !table.is_word("filtered_usecases") {
        return None;
    }
    match rest {
        [] => Some(""),
        [keyword, condition @ ..] if keyword.is_word("where") => {
            let ends = ["group", "order", "limit", "having", "qualify", "window"];
            let is_plain = !condition.iter().any(|t| ends.iter().any(|word| t.is_word(word)));
            is_plain.then(|| written(after_from, condition))
        }
        _ => None,
    }
}

/// One text that a call sends: how long its literals are, and the SQL of its other parts.
#[derive(Debug, Default)]
struct Sent {
    literal_chars: usize,
    rest: Vec<String>,
}

/// SQL of the characters of all that is sent. A text that has a part that is NULL is NULL, and sends nothing.
fn sent_chars(sent: &[Sent]) -> String {
    let always: usize = sent.iter().filter(|s| s.rest.is_empty()).map(|s| s.literal_chars).sum();
    let computed = sent.iter().filter(|s| !s.rest.is_empty()).map(|s| {
        let text = match s.rest.as_slice() {
            [one] => one.clone(),
            parts => format!("concat({})", parts.join(", ")),
        };
        match s.literal_chars {
            0 => format!("coalesce(length({text}), 0)"),
            more => format!("coalesce(length({text}) + {more}, 0)"),
        }
    });
    let mut parts: Vec<String> = computed.collect();
    if always > 0 || parts.is_empty() {
        parts.push(always.to_string());
    }
    parts.join(" + ")
}

fn own_chars(own: &[String]) -> String {
    let lengths: Vec<String> = own.iter().map(|text| format!("coalesce(length({text}), 0)")).collect();
    if lengths.is_empty() { "0".to_owned() } else { lengths.join(" + ") }
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

    /// All texts that one call gives to the model.
    fn arguments(&self, call: &Range<usize>) -> Option<Vec<Sent>> {
        let given = self.structure.arguments(self.all, call.start)?;
        let first = given.first().cloned()?;
        Some(match self.function {
            "ai_query" => {
                let named = given.iter().filter(|r| self.all[r.start].is_word("responseFormat"));
                let mut found = vec![self.sent(given.get(1).cloned()?)];
                found.extend(named.map(|r| self.sent(r.start + 3..r.end)));
                found
            }
            "ai_classify" | "ai_mask" => vec![self.sent(first), self.labels(given.get(1).cloned()?)],
            _ => vec![self.sent(first)],
        })
    }

    /// A text in its parts: the literals that `concat` puts in are counted now, so that a prompt is not written twice.
    fn sent(&self, text: Range<usize>) -> Sent {
        let mut found = Sent::default();
        self.add(text, &mut found);
        found
    }

    fn add(&self, text: Range<usize>, to: &mut Sent) {
        match self.all.get(text.clone()) {
            Some([one]) if one.kind == TokenKind::String => to.literal_chars += one.content().chars().count(),
            _ => match self.whole_call(&text, "concat") {
                Some(parts) => parts.into_iter().for_each(|part| self.add(part, to)),
                None => to.rest.push(self.text(text)),
            },
        }
    }

    /// The labels of `ai_classify` and `ai_mask`: an array, of which they are sent one after the other, or a JSON text.
    fn labels(&self, list: Range<usize>) -> Sent {
        if self.all.get(list.start).is_some_and(|first| first.kind == TokenKind::String) {
            return self.sent(list);
        }
        let literals = self.whole_call(&list, "array").and_then(|labels| {
            let chars = labels.into_iter().map(|label| match self.all.get(label) {
                Some([one]) if one.kind == TokenKind::String => Some(one.content().chars().count()),
                _ => None,
            });
            chars.sum::<Option<usize>>()
        });
        match literals {
            Some(literal_chars) => Sent { literal_chars, rest: Vec::new() },
            None => Sent { literal_chars: 0, rest: vec![format!("array_join({}, '')", self.text(list))] },
        }
    }

    /// The arguments of a call that is all of an expression.
    fn whole_call(&self, text: &Range<usize>, function: &str) -> Option<Vec<Range<usize>>> {
        self.all.get(text.start).filter(|t| t.is_word(function))?;
        (self.structure.call(text.start)?.tokens.end + 1 == text.end).then_some(())?;
        self.structure.arguments(self.all, text.start)
    }

    /// SQL of an expression in which every call gives an empty text; nothing if a call is all of it, or all of its JSON.
    fn around(&self, value: Range<usize>, calls: &[Range<usize>]) -> Option<String> {
        let as_json = self.whole_call(&value, "to_json").unwrap_or_default();
        if calls == std::slice::from_ref(&value) || !as_json.is_empty() && calls == as_json.as_slice() {
            return None;
        }
        let mut out = String::new();
        let mut at = self.all[value.start].span.start;
        for call in calls {
            out.push_str(&self.body[at..self.all[call.start].span.start]);
            out.push_str("''");
            at = self.all[call.end - 1].span.end;
        }
        out.push_str(&self.body[at..self.all[value.end - 1].span.end]);
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::{MeasuredInline, measured};

    fn inline(body: &str, function: &str) -> MeasuredInline {
        measured(body, function).and_then(|m| m.inline).expect("measured")
    }

    #[test]
    fn all_that_a_call_gives_the_model_counts_and_a_prompt_is_counted_instead_of_written_again() {
        let body = "SELECT\n  usecase_id,\n  ai_query('model', concat('Say (why), ', x, concat('<', y, '>'), coalesce(z, 'ab')), responseFormat => '{}', failOnError => false) AS answer\nFROM filtered_usecases";
        let found = measured(body, "ai_query").expect("measured");
        assert_eq!(
            found.sql,
            "SELECT usecase_id, CAST(coalesce(length(concat(x, y, coalesce(z, 'ab'))) + 13, 0) + 2 AS BIGINT) AS sent_chars, \
             CAST(0 AS BIGINT) AS own_chars\nFROM filtered_usecases"
        );
        let sent = "coalesce(length(concat(x, y, coalesce(z, 'ab'))) + 13, 0) + 2".to_owned();
        assert_eq!(found.inline, Some(MeasuredInline { sent, own: "0".to_owned() }));
        assert_eq!(found.literal_chars, 17);
    }

    #[test]
    fn what_stands_around_an_answer_is_told_from_it() {
        let body = "SELECT usecase_id, concat(CAST(n AS STRING), ' open: ', ai_summarize(x, 30)) AS s, y FROM filtered_usecases";
        let own = "coalesce(length(concat(CAST(n AS STRING), ' open: ', '')), 0)".to_owned();
        assert_eq!(inline(body, "ai_summarize"), MeasuredInline { sent: "coalesce(length(x), 0)".to_owned(), own });
    }

    #[test]
    fn each_branch_is_measured_with_its_condition() {
        let body = "SELECT usecase_id, ai_classify(x, array('a', 'bc')) AS l, CAST(NULL AS STRING) AS r FROM filtered_usecases WHERE p\nUNION ALL\n\
                    SELECT usecase_id, CAST(NULL AS STRING), ai_classify(x, array('d', y)) AS r FROM filtered_usecases WHERE q";
        let found = measured(body, "ai_classify").expect("measured");
        assert_eq!(found.sql.matches("UNION ALL").count(), 1);
        assert!(
            found.sql.contains("FROM filtered_usecases WHERE p\n") && found.sql.ends_with("WHERE q"),
            "{}",
            found.sql
        );
        assert_eq!(
            inline(body, "ai_classify").sent,
            "CASE WHEN p THEN coalesce(length(x), 0) + 3 ELSE 0 END + \
             CASE WHEN q THEN coalesce(length(x), 0) + coalesce(length(array_join(array('d', y), '')), 0) ELSE 0 END"
        );
        assert_eq!(found.literal_chars, 3);
    }

    #[test]
    fn labels_as_a_text_are_sent_as_they_are_and_the_json_of_the_answer_adds_nothing() {
        let body = r#"SELECT usecase_id, to_json(ai_classify(x, '["a", "bc"]', map('version', '2.0'))) AS l FROM filtered_usecases"#;
        let expected = MeasuredInline { sent: "coalesce(length(x), 0) + 11".to_owned(), own: "0".to_owned() };
        assert_eq!(inline(body, "ai_classify"), expected);
    }

    #[test]
    fn a_query_that_joins_or_renames_what_it_reads_is_measured_as_a_query() {
        for from in [
            "filtered_usecases AS u",
            "filtered_usecases JOIN t ON true",
            "(SELECT 1) AS x",
            "filtered_usecases LIMIT 1",
        ] {
            let found =
                measured(&format!("SELECT usecase_id, ai_gen(x) AS a FROM {from}"), "ai_gen").expect("measured");
            assert!(found.sql.ends_with(from) && found.inline.is_none(), "{from}: {found:?}");
        }
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
