//! A question reduced to a few tokens: it tells whether a model takes the form of the question before anything is spent.

use piq_sql::{Structure, TokenKind, tokens};

/// The most tokens that a trial asks for; some models take no less.
const TOKENS: &str = "16";

/// The column that holds what a trial asks. Not a literal: an engine may evaluate a call of literals only, whether it is
/// due or not.
const QUESTION: &str = "piq_question";

/// The first call of `ai_query` in `body` with a short question in place of its own and few tokens for the answer,
/// everything else as it is; `None` if there is no such call.
pub(super) fn trial(body: &str) -> Option<String> {
    let all = tokens(body);
    let structure = Structure::of(&all);
    let call = all.iter().position(|t| t.is_word("ai_query"))?;
    let end = structure.call(call)?.tokens.end;
    let question = structure.arguments(&all, call)?.get(1).cloned()?;
    let limit = (call..end).find(|i| {
        let words = (all.get(*i), all.get(i + 1), all.get(i + 2));
        matches!(words, (Some(name), Some(comma), Some(number))
            if name.kind == TokenKind::String && name.content() == "max_tokens" && comma.is(",") && number.kind == TokenKind::Number)
    });
    let mut changes = vec![(all[question.start].span.start..all[question.end - 1].span.end, QUESTION)];
    changes.extend(limit.map(|i| (all[i + 2].span.clone(), TOKENS)));
    changes.sort_by_key(|(span, _)| span.start);
    let mut out = String::new();
    let mut at = all[call].span.start;
    for (span, text) in changes {
        out.push_str(&body[at..span.start]);
        out.push_str(text);
        at = span.end;
    }
    out.push_str(&body[at..all.get(end)?.span.end]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::trial;

    #[test]
    fn a_trial_has_the_form_of_the_question_but_not_its_text() {
        let body = "SELECT usecase_id, ai_query('m', concat('Say, ', x), responseFormat => '{}', \
                    modelParameters => named_struct('max_tokens', 700, 'temperature', CAST(0.0 AS DOUBLE)), failOnError => false) AS answer FROM u";
        let expected = "ai_query('m', piq_question, responseFormat => '{}', \
                        modelParameters => named_struct('max_tokens', 16, 'temperature', CAST(0.0 AS DOUBLE)), failOnError => false)";
        assert_eq!(trial(body).as_deref(), Some(expected));
        let bare = "SELECT ai_query('m', x, failOnError => false) AS answer FROM u";
        assert_eq!(trial(bare).as_deref(), Some("ai_query('m', piq_question, failOnError => false)"));
        assert_eq!(trial("SELECT ai_gen(x) FROM u"), None);
    }
}
