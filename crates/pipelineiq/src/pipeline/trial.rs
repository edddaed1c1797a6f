//! A question reduced to a few tokens: it tells whether a model takes the form of the question before anything is spent.

use std::collections::BTreeSet;
use std::ops::Range;

use piq_sql::{Structure, Token, TokenKind, sql_string, tokens};
use serde_json::Value;

/// The most tokens that a trial asks for; some models take no less.
const TOKENS: &str = "16";

/// The column that holds what a trial asks. Not a literal: an engine may evaluate a call of literals only, whether it is
/// due or not.
const QUESTION: &str = "piq_question";

/// The first call of `ai_query` in `body` with a short question in place of its own, few tokens for the answer, and of the
/// form of the answer one field of each kind; everything else as it is. `None` if there is no such call.
pub(super) fn trial(body: &str) -> Option<String> {
    let all = tokens(body);
    let structure = Structure::of(&all);
    let call = all.iter().position(|t| t.is_word("ai_query"))?;
    let end = structure.call(call)?.tokens.end;
    let given = structure.arguments(&all, call)?;
    // a forgotten comma makes the model and the question one: the next argument is named, and no question
    let question = given.get(1).filter(|r| !r.is_empty() && named_in(&all, r).is_empty())?.clone();
    let form = given.iter().find(|r| all[r.start].is_word("responseFormat") && r.len() == 4).map(|r| &all[r.end - 1]);
    let form = form.filter(|t| t.kind == TokenKind::String);
    let limit = (call..end).find(|i| {
        let words = (all.get(*i), all.get(i + 1), all.get(i + 2));
        matches!(words, (Some(name), Some(comma), Some(number))
            if name.kind == TokenKind::String && name.content() == "max_tokens" && comma.is(",") && number.kind == TokenKind::Number)
    });
    let mut changes = vec![(all[question.start].span.start..all[question.end - 1].span.end, QUESTION.to_owned())];
    changes.extend(limit.map(|i| (all[i + 2].span.clone(), TOKENS.to_owned())));
    changes.extend(form.and_then(|t| Some((t.span.clone(), sql_string(&reduced(&t.content())?)))));
    changes.sort_by_key(|(span, _)| span.start);
    let mut out = String::new();
    let mut at = all[call].span.start;
    for (span, text) in changes {
        // never a change within another
        if span.start < at {
            return None;
        }
        out.push_str(&body[at..span.start]);
        out.push_str(&text);
        at = span.end;
    }
    out.push_str(&body[at..all.get(end)?.span.end]);
    Some(out)
}

/// The names in front of each `=>` of an argument, outside its brackets.
pub(super) fn named_in(all: &[Token<'_>], argument: &Range<usize>) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for i in argument.clone() {
        if ["(", "["].iter().any(|s| all[i].is(s)) {
            depth += 1;
        } else if [")", "]"].iter().any(|s| all[i].is(s)) {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && all[i].is("=") && all.get(i + 1).is_some_and(|t| t.is(">")) {
            found.extend(i.checked_sub(1).filter(|name| argument.contains(name)));
        }
    }
    found
}

/// The form of an answer with one field of each kind, described in a word: an endpoint that refuses a word of a schema
/// refuses this one too. `None` if it is not JSON.
fn reduced(form: &str) -> Option<String> {
    let mut form: Value = serde_json::from_str(form).ok()?;
    reduce(&mut form);
    Some(form.to_string())
}

fn reduce(value: &mut Value) {
    let Some(map) = value.as_object_mut() else { return };
    if let Some(Value::Object(fields)) = map.get_mut("properties") {
        let mut seen = BTreeSet::new();
        let kind = |field: &Value| {
            let words: Vec<&String> = field.as_object().into_iter().flat_map(|f| f.keys()).collect();
            format!("{} {words:?}", field["type"])
        };
        fields.retain(|_, field| seen.insert(kind(field)));
        for field in fields.values_mut().filter_map(Value::as_object_mut) {
            if let Some(Value::Array(values)) = field.get_mut("enum") {
                values.truncate(1);
            }
            if let Some(description) = field.get_mut("description") {
                *description = "x".into();
            }
        }
        let kept: Vec<String> = fields.keys().cloned().collect();
        if let Some(Value::Array(required)) = map.get_mut("required") {
            required.retain(|name| name.as_str().is_some_and(|n| kept.iter().any(|k| k == n)));
        }
    }
    map.values_mut().for_each(reduce);
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
        // with a comma forgotten
        for broken in ["'m' concat(x), responseFormat => '{}'", "'m', x responseFormat => '{}'", "'m',", "'m'", ""] {
            assert_eq!(trial(&format!("SELECT ai_query({broken}, failOnError => false) AS answer FROM u")), None);
        }
    }

    #[test]
    fn a_trial_has_one_field_of_each_kind() {
        let form = r#"{"schema": {"type": "object", "properties": {"a": {"type": "string", "description": "Long \'it\'"}, "b": {"type": "string", "description": "Longer"}, "c": {"type": "integer"}, "d": {"type": "string", "enum": ["e", "f"]}}, "required": ["a", "b", "c", "d"]}}"#;
        let body = format!("SELECT ai_query('m', x, responseFormat => '{form}') AS answer FROM u");
        let expected = r#"ai_query('m', piq_question, responseFormat => '{"schema":{"type":"object","properties":{"a":{"type":"string","description":"x"},"c":{"type":"integer"},"d":{"type":"string","enum":["e"]}},"required":["a","c","d"]}}')"#;
        assert_eq!(trial(&body).as_deref(), Some(expected));
        let other = "ai_query('m', piq_question, responseFormat => 'STRUCT<a: STRING>')";
        assert_eq!(
            trial("SELECT ai_query('m', x, responseFormat => 'STRUCT<a: STRING>') FROM u").as_deref(),
            Some(other)
        );
    }
}
