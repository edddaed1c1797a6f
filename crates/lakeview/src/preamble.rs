//! Statements that stand before the query of a dataset. A viewer asks one statement at a time, so that what they set is
//! put into the query itself: variables and functions become their expressions, `USE` becomes the names' namespace.

use std::collections::BTreeMap;

use piq_sql::{Token, TokenKind, closing, statements, tokens};

use super::use_head::Namespace;

/// How deep functions and variables may refer to each other.
const DEPTH: usize = 8;

/// The query of a dataset with what the statements before it set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prepared {
    /// The query: one statement.
    pub sql: String,
    /// Catalogs and schemas that `USE` names, in their order.
    pub uses: Vec<(Namespace, String)>,
}

/// Why a dataset's text is not a query after statements that can be put into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unprepared {
    /// It has no statement.
    Empty,
    /// A statement before the query is none of `USE`, `SET`, `DECLARE` and `CREATE TEMPORARY FUNCTION`; its first byte.
    Other(usize),
}

#[derive(Debug, Default)]
struct Macros {
    variables: BTreeMap<String, String>,
    /// Parameters and body by name.
    functions: BTreeMap<String, (Vec<String>, String)>,
}

/// Reads the text of a dataset after its head. Parameters stay as they are.
pub fn prepare(sql: &str) -> Result<Prepared, Unprepared> {
    let all = tokens(sql);
    let parts = statements(&all);
    let Some((query, before)) = parts.split_last() else { return Err(Unprepared::Empty) };
    let (mut prepared, mut macros) = (Prepared::default(), Macros::default());
    for statement in before {
        if !(used(statement, &mut prepared.uses)
            || set(sql, statement, &mut macros)
            || function(sql, statement, &mut macros))
        {
            return Err(Unprepared::Other(statement.first().map_or(0, |t| t.span.start)));
        }
    }
    let start = query.first().map_or(0, |t| t.span.start);
    let last = query.last().map_or(start, |t| t.span.end);
    // comments after the query belong to it, what follows its semicolon does not
    let end = all.iter().find(|t| t.is(";") && t.span.start >= last).map_or(sql.len(), |t| t.span.start);
    let text = &sql[start..end];
    prepared.sql = if macros.variables.is_empty() && macros.functions.is_empty() {
        text.trim_end().to_owned()
    } else {
        macros.expand(text.trim_end(), DEPTH)
    };
    Ok(prepared)
}

/// `USE CATALOG name`, `USE [SCHEMA] name` or `USE catalog.schema`; of a parameter nothing is known here.
fn used(statement: &[Token<'_>], uses: &mut Vec<(Namespace, String)>) -> bool {
    let Some((_, rest)) = statement.split_first().filter(|(f, _)| f.is_word("use")) else { return false };
    let (catalog, rest) = match rest {
        [what, rest @ ..] if what.is_word("catalog") => (true, rest),
        [what, rest @ ..] if what.is_any(&["schema", "database"]) => (false, rest),
        rest => (false, rest),
    };
    match rest {
        [name] if name.is_name() || name.kind == TokenKind::String => {
            uses.push((if catalog { Namespace::Catalog } else { Namespace::Schema }, name.content()));
        }
        [of, dot, name] if !catalog && of.is_name() && dot.is(".") && name.is_name() => {
            uses.push((Namespace::Catalog, of.content()));
            uses.push((Namespace::Schema, name.content()));
        }
        _ => {}
    }
    true
}

/// `SET …`, `DECLARE …`. A setting of the session changes nothing that a preview shows.
fn set(sql: &str, statement: &[Token<'_>], macros: &mut Macros) -> bool {
    let Some((first, rest)) = statement.split_first().filter(|(f, _)| f.is_any(&["set", "declare"])) else {
        return false;
    };
    let declared = first.is_word("declare");
    let mut rest = rest;
    while let [word, more @ ..] = rest
        && word.is_any(&["or", "replace", "var", "variable", "session"])
        && more.first().is_some_and(Token::is_name)
    {
        rest = more;
    }
    let Some((name, rest)) = rest.split_first().filter(|(n, _)| n.is_name()) else { return true };
    let sign = rest.iter().position(|t| t.is("=") || t.is_word("default"));
    let plain = rest.first().is_some_and(|t| t.is("="));
    if !declared && !plain {
        // `SET timezone …`, `SET spark.x = …`
        return true;
    }
    let value = match sign.and_then(|at| rest.get(at + 1..)) {
        Some(value) => text_of(sql, value),
        None => "NULL".to_owned(),
    };
    let kind = text_of(sql, &rest[..sign.unwrap_or(rest.len())]);
    let value = if kind.is_empty() || !declared { format!("({value})") } else { format!("CAST(({value}) AS {kind})") };
    macros.variables.insert(name.content().to_lowercase(), value);
    true
}

/// `CREATE [OR REPLACE] TEMPORARY FUNCTION name(a TYPE, …) [RETURNS …] RETURN expression`
fn function(sql: &str, statement: &[Token<'_>], macros: &mut Macros) -> bool {
    let head = statement.iter().take(7).position(|t| t.is_word("function"));
    let Some(head) = head.filter(|at| {
        statement.first().is_some_and(|t| t.is_word("create"))
            && statement[..*at].iter().any(|t| t.is_any(&["temporary", "temp"]))
    }) else {
        return false;
    };
    let Some(open) = statement.iter().position(|t| t.is("(")).filter(|at| *at > head + 1) else { return false };
    let name = statement[open - 1].content().to_lowercase();
    let close = closing(statement, open);
    let parameters = by_comma(&statement[open + 1..close.min(statement.len())])
        .iter()
        .filter_map(|p| p.first().map(|t| t.content().to_lowercase()))
        .collect();
    let Some(at) = statement.iter().rposition(|t| t.is_word("return")).filter(|at| *at > close) else { return false };
    macros.functions.insert(name, (parameters, text_of(sql, &statement[at + 1..])));
    true
}

impl Macros {
    fn expand(&self, text: &str, depth: usize) -> String {
        let all = tokens(text);
        let (mut out, mut copied, mut at) = (String::new(), 0, 0);
        while let Some(token) = all.get(at).filter(|_| depth > 0) {
            let next = all.get(at + 1);
            let free = token.is_name() && !(at > 0 && all[at - 1].is("."));
            let name = if free { token.content().to_lowercase() } else { String::new() };
            let called = next.is_some_and(|n| n.is("("));
            let mut end = at;
            let put = if let Some((parameters, body)) = self.functions.get(&name).filter(|_| free && called) {
                end = closing(&all, at + 1).min(all.len() - 1);
                let given = by_comma(&all[at + 2..end.max(at + 2)]);
                let inner = Macros {
                    variables: parameters
                        .iter()
                        .zip(&given)
                        .map(|(p, g)| (p.clone(), format!("({})", self.expand(&text_of(text, g), depth - 1))))
                        .collect(),
                    functions: BTreeMap::new(),
                };
                Some(format!("({})", self.expand(&inner.expand(body, 1), depth - 1)))
            } else {
                let alone = free && !called && !next.is_some_and(|n| n.is("."));
                self.variables.get(&name).filter(|_| alone).map(|value| self.expand_value(value, &name, depth))
            };
            if let Some(put) = put {
                out.push_str(&text[copied..token.span.start]);
                out.push_str(&put);
                copied = all[end].span.end;
                at = end;
            }
            at += 1;
        }
        out + &text[copied..]
    }

    /// A value of a variable may name others, and not itself.
    fn expand_value(&self, value: &str, name: &str, depth: usize) -> String {
        let mut others = self.variables.clone();
        others.remove(name);
        if depth < DEPTH || others.is_empty() {
            return value.to_owned();
        }
        Macros { variables: others, functions: BTreeMap::new() }.expand(value, depth - 1)
    }
}

/// The parts between commas outside of brackets.
fn by_comma<'t, 's>(all: &'t [Token<'s>]) -> Vec<&'t [Token<'s>]> {
    let (mut found, mut start, mut depth) = (Vec::new(), 0, 0usize);
    for (at, token) in all.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
        } else if token.is(",") && depth == 0 {
            found.push(&all[start..at]);
            start = at + 1;
        }
    }
    if start < all.len() {
        found.push(&all[start..]);
    }
    found
}

fn text_of(sql: &str, all: &[Token<'_>]) -> String {
    match (all.first(), all.last()) {
        (Some(first), Some(last)) => sql[first.span.start..last.span.end].to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Namespace, Prepared, Unprepared, prepare};

    fn sql(text: &str) -> String {
        prepare(text).unwrap_or_else(|e| panic!("{text}: {e:?}")).sql
    }

    #[test]
    fn what_stands_before_the_query_is_put_into_it() {
        assert_eq!(sql("SELECT 1 -- one\n"), "SELECT 1 -- one");
        assert_eq!(sql("SELECT 1; -- the end\n/* x */ ;"), "SELECT 1");
        assert_eq!(sql("SET TIME ZONE 'UTC'; SET spark.x = 1; SELECT x"), "SELECT x");
        assert_eq!(
            sql("DECLARE VARIABLE d DATE DEFAULT current_date(); SELECT d, t.d, d.x FROM t"),
            "SELECT CAST((current_date()) AS DATE), t.d, d.x FROM t"
        );
        assert_eq!(sql("DECLARE OR REPLACE n = 3; SET VAR n = 4; SELECT n + :n"), "SELECT (4) + :n");
        assert_eq!(
            sql(
                "CREATE TEMPORARY FUNCTION f(a INT, b INT) RETURNS INT RETURN a * b + 1; SELECT f(x, g(y, 2)), f FROM t"
            ),
            "SELECT ((x) * (g(y, 2)) + 1), f FROM t"
        );
        assert_eq!(sql("CREATE TEMP FUNCTION f(a INT) RETURN a + 1; SELECT f(f(1))"), "SELECT ((((1) + 1)) + 1)");
        let Prepared { uses, .. } = prepare("USE CATALOG `a b`; USE c.d; USE e; SELECT 1").expect("a query");
        let names: Vec<_> = uses.iter().map(|(n, name)| (*n == Namespace::Catalog, name.as_str())).collect();
        assert_eq!(names, [(true, "a b"), (true, "c"), (false, "d"), (false, "e")]);
    }

    #[test]
    fn other_statements_and_loops_are_refused_or_end() {
        assert_eq!(prepare(" -- nothing\n;"), Err(Unprepared::Empty));
        assert_eq!(prepare("SELECT 1; SELECT 2"), Err(Unprepared::Other(0)));
        assert_eq!(prepare("SET x = 1; DROP TABLE t; SELECT 2"), Err(Unprepared::Other(11)));
        let looping = "CREATE TEMP FUNCTION f(a INT) RETURN f(a); SELECT f(1)";
        assert!(sql(looping).len() < 500);
    }
}
