//! Which part of a statement an engine complains of.

use std::ops::Range;

use super::cursor::{closing, name_end, name_parts};
use super::lexer::tokens;
use super::token::{Token, TokenKind};

/// What an engine's message can be about, in bytes of the statement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults {
    /// The places, in the order of the text.
    pub ranges: Vec<Range<usize>>,
    /// Whether the message names what is wrong there: each place is about it. Otherwise it is one of the places.
    pub named: bool,
}

/// The places of `sql` that an engine's message can be about: the token at the line and position that it gives, the longest
/// name or text in quotes that stands in the statement, or the divisions or casts that can have failed.
pub fn faults_in(sql: &str, message: &str) -> Faults {
    let all = tokens(sql);
    if let Some((line, column)) = position(message) {
        let start: usize = sql.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let at = start + sql[start.min(sql.len())..].char_indices().nth(column).map_or(0, |(i, _)| i);
        if let Some(token) = all.iter().find(|t| t.span.end > at) {
            return Faults { ranges: vec![token.span.clone()], named: true };
        }
    }
    // what such a message quotes is advice, not what is wrong
    if message.contains("DIVIDE_BY_ZERO") {
        let divisions = all.iter().filter(|t| t.is("/") || t.is("%") || t.is_any(&["div", "mod", "pmod"]));
        return Faults { ranges: divisions.map(|t| t.span.clone()).collect(), named: false };
    }
    // engines quote names and texts in one way or another
    let quoted = ['`', '\'', '"'].into_iter().flat_map(|quote| message.split(quote).skip(1).step_by(2));
    // a value that cannot be cast may stand in other places of the statement too
    let is_cast = message.contains("CAST_INVALID_INPUT");
    let longest = quoted
        .map(|text| {
            let mut found = places_of(&all, text);
            found.retain(|range| {
                !is_cast || all[range.start].kind != TokenKind::String || is_argument(&all, range.start)
            });
            found
        })
        .filter(|found| !found.is_empty());
    if let Some(found) = longest.min_by_key(|found| std::cmp::Reverse(found[0].len())) {
        let ranges = found.into_iter().map(|range| all[range.start].span.start..all[range.end - 1].span.end);
        return Faults { ranges: ranges.collect(), named: true };
    }
    let ranges = if is_cast { casts(&all, message) } else { calls(&all, message) };
    Faults { ranges, named: false }
}

/// The bytes of `sql` that an engine's message is about, if it is clear which.
pub fn fault_in(sql: &str, message: &str) -> Option<Range<usize>> {
    let Faults { ranges, named } = faults_in(sql, message);
    let clear = named || ranges.len() == 1;
    ranges.into_iter().next().filter(|_| clear)
}

/// Whether a token is the first in a bracket that is not a list of `IN`.
fn is_argument(all: &[Token<'_>], at: usize) -> bool {
    at > 1 && all[at - 1].is("(") && !all[at - 2].is_word("in")
}

/// The tokens that are this text: a string, or a name, or the last parts of a name that the engine has completed. Of
/// several the longest.
fn places_of(all: &[Token<'_>], text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, token) in all.iter().enumerate() {
        let continues = at > 0 && all[at - 1].is(".");
        let end = match token.kind {
            TokenKind::String if token.content() == text => at + 1,
            _ if token.is_name() && !continues => name_end(all, at).unwrap_or(at + 1),
            _ => continue,
        };
        let is_same = token.kind == TokenKind::String || {
            let name = name_parts(&all[at..end]).collect::<Vec<_>>().join(".").to_lowercase();
            let text = text.to_lowercase();
            text == name || text.ends_with(&format!(".{name}"))
        };
        if is_same {
            found.push(at..end);
        }
    }
    let longest = found.iter().map(Range::len).max().unwrap_or(0);
    found.retain(|range| range.len() == longest);
    if found.is_empty() {
        // a column that the engine names without its table
        let is_it = |t: &Token<'_>| t.is_name() && t.content().eq_ignore_ascii_case(text);
        found.extend(all.iter().enumerate().filter(|(_, t)| is_it(t)).map(|(at, _)| at..at + 1));
    }
    found
}

/// Each call of a function that the message writes as one, such as `map(k1, v1, …)`, or else has among its words, as in
/// `size expects ARRAY or MAP`. Engines write types in capitals.
fn calls(all: &[Token<'_>], message: &str) -> Vec<Range<usize>> {
    let is_inside = |c: char| c.is_alphanumeric() || c == '_';
    let before = message.match_indices('(').map(|(at, _)| &message[..at]);
    let written: Vec<&str> = before.map(|text| &text[text.trim_end_matches(is_inside).len()..]).collect();
    let words: Vec<&str> = message.split(|c| !is_inside(c)).filter(|word| !word.is_empty()).collect();
    let is_call = |at: usize| all.get(at + 1).is_some_and(|next| next.is("("));
    let of = |names: &[&str]| -> Vec<Range<usize>> {
        let called = all.iter().enumerate().filter(|(at, t)| t.is_name() && is_call(*at));
        let named = called.filter(|(_, t)| names.contains(&t.content().to_lowercase().as_str()));
        named.map(|(_, t)| t.span.clone()).collect()
    };
    // such as `STRING > ARRAY<INT>`
    let operators = ["<=>", ">=", "<=", "<>", "!=", "||", ">", "<", "=", "+", "-", "*", "/"];
    let operator = || operators.into_iter().find(|o| message.contains(&format!(" {o} ")));
    let of_operator = || match operator() {
        Some(operator) => all.iter().filter(|t| t.is(operator)).map(|t| t.span.clone()).collect(),
        None => Vec::new(),
    };
    let candidates: [&dyn Fn() -> Vec<Range<usize>>; 3] = [&|| of(&written), &|| of(&words), &of_operator];
    candidates.into_iter().map(|find| find()).find(|found| !found.is_empty()).unwrap_or_default()
}

/// Each `CAST(… AS TYPE)` or `…::TYPE` of the type that the message says.
fn casts(all: &[Token<'_>], message: &str) -> Vec<Range<usize>> {
    let words: Vec<&str> = message.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let is_type = |at: usize| all.get(at).is_some_and(|t| words.iter().any(|w| t.is_word(w)));
    let cast = |at: usize| {
        if all[at].is_word("cast") && all.get(at + 1).is_some_and(|t| t.is("(")) {
            let close = closing(all, at + 1);
            let of = (at..close).rev().find(|i| all[*i].is_word("as"))?;
            return is_type(of + 1)
                .then(|| all[at].span.start..all.get(close).map_or(all[of].span.end, |t| t.span.end));
        }
        let typed = at > 0 && all[at - 1].is(":") && all[at].is(":") && is_type(at + 1);
        typed.then(|| all[at - 1].span.start..all[at + 1].span.end)
    };
    (0..all.len()).filter_map(cast).collect()
}

/// The line, from 1, and the position in it, from 0, of `(line 3, pos 7)` or `line 3 pos 7`, as Spark and Databricks write
/// them.
fn position(message: &str) -> Option<(usize, usize)> {
    message.match_indices("line ").find_map(|(at, word)| {
        let (line, rest) = number(&message[at + word.len()..])?;
        let rest = rest.strip_prefix(',').unwrap_or(rest).strip_prefix(" pos ")?;
        Some((Some(line).filter(|l| *l > 0)?, number(rest)?.0))
    })
}

fn number(text: &str) -> Option<(usize, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..digits].parse().ok()?, &text[digits..]))
}

#[cfg(test)]
mod tests {
    use super::fault_in;

    #[test]
    fn a_message_leads_to_its_token() {
        let sql = "SELECT\n  colour\nFROM t";
        let found = |message: &str| fault_in(sql, message).map(|range| &sql[range]);
        assert_eq!(found("[X] there is no column `colour`"), Some("colour"));
        assert_eq!(found("[PARSE_SYNTAX_ERROR] near 'x'. (line 2, pos 2)"), Some("colour"));
        assert_eq!(found("[UNRESOLVED_COLUMN] `x`. SQLSTATE: 42703; line 3 pos 5;\n'Project"), Some("t"));
        assert_eq!(found("a line of words; line 1 pos 0"), Some("SELECT"));
        assert_eq!(found("[DIVIDE_BY_ZERO] division by zero"), None);
    }

    #[test]
    fn names_texts_divisions_and_casts_are_found() {
        for (sql, message, expected) in [
            ("SELECT t.colour FROM main.a.t", "cannot find the column `t.colour`", Some("t.colour")),
            ("SELECT t.colour FROM t", "cannot find the column `colour`", Some("colour")),
            ("SELECT 1 FROM Nowhere", "there is no table or view `main.default.nowhere`", Some("Nowhere")),
            ("SELECT 1 FROM `a`.b", "there is no table or view `main.a.b`", Some("`a`.b")),
            ("SELECT CAST('abc' AS INT)", "[CAST_INVALID_INPUT] cannot cast 'abc' to INT", Some("'abc'")),
            (
                "SELECT CAST(x AS DATE), CAST(y AS INT)",
                "[CAST_INVALID_INPUT] cannot cast 'z' to INT",
                Some("CAST(y AS INT)"),
            ),
            ("SELECT x::INT", "[CAST_INVALID_INPUT] cannot cast 'z' to INT", Some("::INT")),
            ("SELECT CAST(x AS INT), CAST(y AS INT)", "[CAST_INVALID_INPUT] cannot cast 'z' to INT", None),
            (
                "SELECT CAST(x AS INT) WHERE y IN ('z')",
                "[CAST_INVALID_INPUT] cannot cast 'z' to INT",
                Some("CAST(x AS INT)"),
            ),
            ("SELECT nullif(a, 1) / b", "[DIVIDE_BY_ZERO] division by zero; use `nullif` to get NULL", Some("/")),
            ("SELECT a / b, c / d", "[DIVIDE_BY_ZERO] division by zero", None),
            ("SELECT nofunc(1)", "unknown function `nofunc`", Some("nofunc")),
        ] {
            assert_eq!(fault_in(sql, message).map(|range| &sql[range]), expected, "{sql}: {message}");
        }
    }
}
