//! `:name` markers. A value becomes a literal at the place of its marker; `IDENTIFIER(:name)` becomes a name.

use std::collections::BTreeMap;

use crate::engine::{EngineError, Parameter};
use piq_sql::{Token, TokenKind, name_end, name_parts, sql_name, sql_string, tokens};

/// The statement with its values in place. A marker without a value is an error.
pub(crate) fn bind(sql: &str, parameters: &BTreeMap<String, Parameter>) -> Result<String, EngineError> {
    let tokens = tokens(sql);
    let mut out = String::with_capacity(sql.len());
    let (mut copied, mut at) = (0, 0);
    while let Some(token) = tokens.get(at) {
        let replaced = match identifier(&tokens[at..], parameters)? {
            None if token.kind == TokenKind::Parameter => Some((literal(value_of(&token.content(), parameters)?)?, 1)),
            other => other,
        };
        if let Some((text, used)) = &replaced {
            out.push_str(&sql[copied..token.span.start]);
            out.push_str(text);
            copied = tokens[at + used - 1].span.end;
        }
        at += replaced.map_or(1, |(_, used)| used);
    }
    out.push_str(&sql[copied..]);
    Ok(out)
}

/// The name that `IDENTIFIER(:name)` or `IDENTIFIER('a.b')` stands for, and how many tokens that is.
fn identifier(
    tokens: &[Token<'_>],
    values: &BTreeMap<String, Parameter>,
) -> Result<Option<(String, usize)>, EngineError> {
    let [word, open, value, close, ..] = tokens else { return Ok(None) };
    if !word.is_word("IDENTIFIER") || !open.is("(") || !close.is(")") {
        return Ok(None);
    }
    let name = match value.kind {
        TokenKind::Parameter => {
            let marker = value.content();
            let given = value_of(&marker, values)?.value.clone();
            given.ok_or_else(|| error("IDENTIFIER_NULL", format!("the parameter `{marker}` is NULL, not a name")))?
        }
        TokenKind::String => value.content(),
        _ => return Ok(None),
    };
    if name.is_empty() {
        return Err(error("INVALID_IDENTIFIER", "an empty text is not a name".into()));
    }
    let parts = self::tokens(&name);
    // what is not a list of plain names is one name, whatever it holds
    let names: Vec<String> =
        if name_end(&parts, 0) == Some(parts.len()) { name_parts(&parts).collect() } else { vec![name] };
    Ok(Some((sql_name(&names), 4)))
}

fn value_of<'v>(name: &str, values: &'v BTreeMap<String, Parameter>) -> Result<&'v Parameter, EngineError> {
    values.get(name).ok_or_else(|| {
        error(
            "UNBOUND_SQL_PARAMETER",
            format!("the statement has the marker :{name}, but the parameter `{name}` was not given"),
        )
    })
}

fn error(class: &str, message: String) -> EngineError {
    EngineError { class: class.into(), message }
}

fn literal(parameter: &Parameter) -> Result<String, EngineError> {
    let text = parameter.value.as_deref().map_or_else(|| "NULL".into(), sql_string);
    match parameter.type_text.as_deref() {
        None => Ok(text),
        Some(kind) if kind.eq_ignore_ascii_case("STRING") && parameter.value.is_some() => Ok(text),
        Some(kind) if kind.chars().all(|c| c.is_ascii_alphanumeric() || " (),_<>:".contains(c)) => {
            Ok(format!("CAST({text} AS {kind})"))
        }
        Some(kind) => Err(error("INVALID_PARAMETER_TYPE", format!("`{kind}` is not a SQL type"))),
    }
}
