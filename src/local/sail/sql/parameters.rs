//! `:name` markers. A value becomes a literal at the place of its marker; `IDENTIFIER(:name)` becomes a name.

use std::collections::BTreeMap;

use super::tokens::{Kind, Token, quote, string, tokens};
use crate::local::engine::{EngineError, Parameter};

/// The statement with its values in place. A marker without a value is an error.
pub fn bind(sql: &str, parameters: &BTreeMap<String, Parameter>) -> Result<String, EngineError> {
    let tokens = tokens(sql);
    let mut out = String::with_capacity(sql.len());
    let mut copied = 0;
    let mut at = 0;
    while at < tokens.len() {
        let replaced = identifier(&tokens, at, parameters)?.or(marker(sql, &tokens, at, parameters)?);
        match replaced {
            Some((text, used)) => {
                out.push_str(&sql[copied..tokens[at].start]);
                out.push_str(&text);
                at += used;
                copied = tokens[at - 1].end();
            }
            None => at += 1,
        }
    }
    out.push_str(&sql[copied..]);
    Ok(out)
}

type Replaced = Option<(String, usize)>;

/// `IDENTIFIER(:name)` or `IDENTIFIER('a.b')`.
fn identifier(tokens: &[Token<'_>], at: usize, values: &BTreeMap<String, Parameter>) -> Result<Replaced, EngineError> {
    let symbol = |n: usize, s: &str| tokens.get(at + n).is_some_and(|t| t.is_symbol(s));
    if !tokens[at].is("IDENTIFIER") || !symbol(1, "(") {
        return Ok(None);
    }
    let (name, used) = if symbol(2, ":") && symbol(4, ")") {
        let Some(marker) = tokens.get(at + 3).and_then(Token::name) else { return Ok(None) };
        let value = value_of(&marker, values)?.value.clone();
        (value.ok_or_else(|| error("IDENTIFIER_NULL", format!("the parameter `{marker}` is NULL, not a name")))?, 5)
    } else if let Some(text) = tokens.get(at + 2).and_then(Token::string).filter(|_| symbol(3, ")")) {
        (text, 4)
    } else {
        return Ok(None);
    };
    let parts = self::tokens(&name);
    let mut names = Vec::new();
    for (n, part) in parts.iter().enumerate() {
        match (n % 2, part.name()) {
            (0, Some(name)) => names.push(name),
            (1, _) if part.is_symbol(".") => {}
            _ => return Ok(Some((quote(&[name.as_str()]), used))),
        }
    }
    if names.is_empty() {
        return Err(error("INVALID_IDENTIFIER", format!("`{name}` is not a name")));
    }
    Ok(Some((quote(&names), used)))
}

fn marker(
    sql: &str,
    tokens: &[Token<'_>],
    at: usize,
    values: &BTreeMap<String, Parameter>,
) -> Result<Replaced, EngineError> {
    let Some(name) = tokens.get(at + 1).filter(|t| t.kind == Kind::Word && t.start == tokens[at].end()) else {
        return Ok(None);
    };
    if !tokens[at].is_symbol(":") {
        return Ok(None);
    }
    // `a::INT` is a cast, `a:b` a path into a variant, `STRUCT<a:INT>` a field
    let before = sql[..tokens[at].start].chars().next_back();
    if before.is_some_and(|c| c == ':' || c == ')' || c == ']' || c == '`' || c == '_' || c.is_alphanumeric()) {
        return Ok(None);
    }
    Ok(Some((literal(value_of(name.text, values)?)?, 2)))
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
    let text = parameter.value.as_deref().map_or_else(|| "NULL".into(), string);
    match parameter.type_text.as_deref() {
        None => Ok(text),
        Some(kind) if kind.eq_ignore_ascii_case("STRING") && parameter.value.is_some() => Ok(text),
        Some(kind) if kind.chars().all(|c| c.is_ascii_alphanumeric() || " (),_<>:".contains(c)) => {
            Ok(format!("CAST({text} AS {kind})"))
        }
        Some(kind) => Err(error("INVALID_PARAMETER_TYPE", format!("`{kind}` is not a SQL type"))),
    }
}
