//! AI functions whose answer has another type from call to call: that of `ai_query` depends on the model that it names,
//! that of `ai_classify` on the version. A function of the engine has one type.

use piq_sql::{Structure, Token, TokenKind, tokens};

/// The statement with other functions in place of `ai_query` where its model, a literal, gives a STRING, and of
/// `ai_classify` where it is called in version 2: with labels as a text, or with options.
pub(super) fn with_typed_results(sql: &str, gives_text: impl Fn(&str) -> bool) -> String {
    let all = tokens(sql);
    let mut changes: Vec<(usize, usize, String)> = Vec::new();
    for call in all.windows(3) {
        let names_model = call[0].is_word("ai_query") && call[1].is("(") && call[2].kind == TokenKind::String;
        if names_model && gives_text(&call[2].content()) {
            changes.push((call[0].span.start, call[0].span.end, "piq_ai_query_text".to_owned()));
        }
    }
    if all.iter().any(|t| t.is_word("ai_classify")) {
        let structure = Structure::of(&all);
        for at in (0..all.len()).filter(|i| all[*i].is_word("ai_classify")) {
            changes.extend(classified(&all, &structure, at).into_iter().flatten());
        }
    }
    changes.sort();
    let mut out = String::with_capacity(sql.len());
    let mut at = 0;
    for (start, end, text) in changes {
        out.push_str(&sql[at..start]);
        out.push_str(&text);
        at = end;
    }
    out.push_str(&sql[at..]);
    out
}

/// What changes at a call of version 2, as start, end and new text.
fn classified(all: &[Token<'_>], structure: &Structure, at: usize) -> Option<Vec<(usize, usize, String)>> {
    let arguments = structure.arguments(all, at)?;
    let (labels, options) = match arguments.as_slice() {
        [_, labels] if all.get(labels.start)?.kind == TokenKind::String => (labels, None),
        [_, labels, options] => (labels, Some(options)),
        _ => return None,
    };
    let close = all.get(structure.call(at)?.tokens.end)?;
    let mut changes = vec![(all[at].span.start, all[at].span.end, "parse_json(piq_ai_classify_2".to_owned())];
    match options {
        Some(options) => {
            let first = all.get(options.start)?.span.start;
            changes.push((first, first, "to_json(".to_owned()));
            changes.push((close.span.start, close.span.end, ")))".to_owned()));
        }
        None => {
            let last = all.get(labels.end.checked_sub(1)?)?.span.end;
            changes.push((last, last, ", '{}'".to_owned()));
            changes.push((close.span.start, close.span.end, "))".to_owned()));
        }
    }
    Some(changes)
}

#[cfg(test)]
mod tests {
    use super::with_typed_results;

    #[test]
    fn only_the_calls_of_such_a_model_change() {
        let sql = "SELECT ai_query('a', x), AI_QUERY ( 'b', 'ai_query(\\'b\\')')";
        let expected = "SELECT ai_query('a', x), piq_ai_query_text ( 'b', 'ai_query(\\'b\\')')";
        assert_eq!(with_typed_results(sql, |model| model == "b"), expected);
        assert_eq!(with_typed_results("SELECT 1", |_| true), "SELECT 1");
    }

    #[test]
    fn only_the_calls_of_version_2_change() {
        for (call, expected) in [
            ("ai_classify(x, array('a', 'b'))", "ai_classify(x, array('a', 'b'))"),
            ("ai_classify(x, labels)", "ai_classify(x, labels)"),
            ("ai_classify(f(x, y), '[\"a\"]')", "parse_json(piq_ai_classify_2(f(x, y), '[\"a\"]', '{}'))"),
            (
                "concat(to_json(ai_classify(x, l, map('version', '2.0'))), 'b')",
                "concat(to_json(parse_json(piq_ai_classify_2(x, l, to_json(map('version', '2.0'))))), 'b')",
            ),
        ] {
            assert_eq!(
                with_typed_results(&format!("SELECT {call} FROM t"), |_| false),
                format!("SELECT {expected} FROM t")
            );
        }
    }
}
