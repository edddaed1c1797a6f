//! How enrichments call `ai_classify`. In version 1 the labels are an array and the answer is a STRING; in version 2 the
//! labels are a JSON text and the answer is a VARIANT of the label and an error, which the notebook reads as JSON text.

use std::ops::Range;

use piq_diagnostics::Diagnostic;
use piq_sql::{Structure, Token, TokenKind, tokens};
use serde_json::Value;

use super::enrichment::Enrichment;

/// One call: where its name stands, its labels, and its version.
struct ClassifyCall {
    at: usize,
    end: usize,
    labels: Range<usize>,
    is_second: bool,
}

fn calls(all: &[Token<'_>], structure: &Structure) -> Vec<ClassifyCall> {
    let named = (0..all.len()).filter(|i| all[*i].is_word("ai_classify"));
    named
        .filter_map(|at| {
            let arguments = structure.arguments(all, at)?;
            let labels = arguments.get(1)?.clone();
            let is_second = arguments.len() > 2 || all.get(labels.start)?.kind == TokenKind::String;
            Some(ClassifyCall { at, end: structure.call(at)?.tokens.end + 1, labels, is_second })
        })
        .collect()
}

/// The columns that are a call of version 2 as JSON text and nothing else, each with the place of its call.
fn columns(all: &[Token<'_>], structure: &Structure) -> Vec<(String, usize)> {
    let selects: Vec<_> = structure.selects.iter().filter(|s| s.frame == 0).collect();
    let mut found = Vec::new();
    for call in calls(all, structure).into_iter().filter(|c| c.is_second) {
        for select in &selects {
            let whole = |item: &piq_sql::Item| {
                let value = &item.value;
                value.start + 2 == call.at && value.end == call.end + 1 && all[value.start].is_word("to_json")
            };
            // the first query of a UNION names the columns
            let position = select.items.iter().position(whole);
            let name = position.and_then(|i| selects.first()?.items.get(i)?.name.clone());
            found.extend(name.map(|name| (name, call.at)));
        }
    }
    found
}

/// The columns of a query that are what `ai_classify` gives in version 2, as JSON text.
pub(super) fn classified_columns(body: &str) -> Vec<String> {
    let all = tokens(body);
    let mut names: Vec<String> = Vec::new();
    for (name, _) in columns(&all, &Structure::of(&all)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What a workspace would refuse of the calls, and what the notebook could not read.
pub(super) fn faults(e: &Enrichment) -> Vec<Diagnostic> {
    let all = tokens(&e.body);
    let structure = Structure::of(&all);
    let read: Vec<usize> = columns(&all, &structure).into_iter().map(|(_, at)| at).collect();
    let mut found = Vec::new();
    for call in calls(&all, &structure) {
        let name = &all[call.at];
        let mut fault = |message: String, hint: &str| {
            let d = Diagnostic::error("classify-call", message).hint(hint);
            let place = ["ai_classify", "classified"].into_iter().find_map(|word| {
                let place = e.place_in_body(name.span.start, word)?;
                // where the macro is called, not where it is written
                (Some(&place.source.path) == e.source.as_ref().map(|s| &s.path)).then_some(place)
            });
            found.push(match place {
                Some(place) => d.at(place),
                None => d,
            });
        };
        if call.is_second && !read.contains(&call.at) {
            fault(
                "`ai_classify` in version 2 gives an object: expected `to_json(ai_classify(…))` as a whole column"
                    .to_owned(),
                "write {{ classified(text, labels) }} AS the column; `value` in the header changes the label",
            );
        }
        if let Some(why) = labels_fault(&all[call.labels.clone()], call.is_second) {
            fault(why, "name the labels of a reference table with {{ labels('TABLE', 'column') }}");
        }
    }
    found
}

/// What is wrong with labels that are written out.
fn labels_fault(labels: &[Token<'_>], is_second: bool) -> Option<String> {
    let [first, rest @ ..] = labels else { return None };
    if !is_second {
        let count = rest.iter().filter(|t| t.kind == TokenKind::String).count();
        let is_plain = first.is_word("array")
            && rest.iter().all(|t| t.kind == TokenKind::String || ["(", ")", ","].iter().any(|p| t.is(p)));
        let is_wrong = is_plain && !(2..=20).contains(&count);
        return is_wrong.then(|| format!("expected an array of 2 to 20 labels, found {count}"));
    }
    if first.kind != TokenKind::String || !rest.is_empty() {
        return None;
    }
    let expected = "expected the labels as a JSON text, a list or an object of labels and descriptions";
    let (names, descriptions): (Vec<String>, Vec<String>) = match serde_json::from_str(&first.content()) {
        Ok(Value::Array(list)) => {
            (list.iter().map(|l| l.as_str().map(str::to_owned)).collect::<Option<_>>()?, Vec::new())
        }
        Ok(Value::Object(map)) => {
            let texts = map.values().map(|d| d.as_str().map(str::to_owned)).collect::<Option<_>>();
            let Some(texts) = texts else { return Some(format!("{expected}, found a description that is not a text")) };
            (map.keys().cloned().collect(), texts)
        }
        Ok(_) => return Some(format!("{expected}, found another value")),
        Err(e) => return Some(format!("{expected}: {e}")),
    };
    if !(2..=500).contains(&names.len()) {
        return Some(format!("expected 2 to 500 labels, found {}", names.len()));
    }
    [("label", names, 100), ("description", descriptions, 1000)].into_iter().find_map(|(what, texts, most)| {
        let longest = texts.iter().map(|t| t.chars().count()).max().filter(|n| *n > most)?;
        Some(format!("expected a {what} of at most {most} characters, found one of {longest}"))
    })
}

#[cfg(test)]
mod tests {
    use super::{classified_columns, labels_fault};
    use piq_sql::tokens;

    #[test]
    fn only_columns_that_are_a_call_of_version_2_are_read_as_its_answer() {
        let second = "to_json(ai_classify(x, '[]', map('version', '2.0')))";
        for (list, expected) in [
            ("ai_classify(x, array('a', 'b')) AS a".to_owned(), vec![]),
            (format!("{second} AS a, upper(stage) AS b"), vec!["a"]),
            (format!("upper(stage) AS b, {second} AS a"), vec!["a"]),
            ("to_json(ai_classify(x, '[]')) AS a".to_owned(), vec!["a"]),
            (format!("concat({second}, 'x') AS a"), vec![]),
            ("ai_classify(x, '[]') AS a".to_owned(), vec![]),
            (format!("{second} AS a, NULL AS b FROM t UNION ALL SELECT u, NULL, {second}"), vec!["a", "b"]),
        ] {
            assert_eq!(classified_columns(&format!("SELECT u, {list} FROM t")), expected, "{list}");
        }
    }

    #[test]
    fn labels_that_a_workspace_refuses_are_said() {
        let long = "x".repeat(101);
        for (labels, is_second, expected) in [
            ("array('a', 'b')".to_owned(), false, None),
            ("array('a')".to_owned(), false, Some("expected an array of 2 to 20 labels, found 1")),
            (
                format!("array({})", vec!["'a'"; 21].join(", ")),
                false,
                Some("expected an array of 2 to 20 labels, found 21"),
            ),
            ("array('a', b)".to_owned(), false, None),
            (r#"'["a", "b"]'"#.to_owned(), true, None),
            (r#"'{"a": "b"}'"#.to_owned(), true, Some("expected 2 to 500 labels, found 1")),
            (
                format!("'[\"a\", \"{long}\"]'"),
                true,
                Some("expected a label of at most 100 characters, found one of 101"),
            ),
            ("a_column".to_owned(), true, None),
        ] {
            assert_eq!(labels_fault(&tokens(&labels), is_second).as_deref(), expected, "{labels}");
        }
        assert!(labels_fault(&tokens("'[1'"), true).is_some());
    }
}
