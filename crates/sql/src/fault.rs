//! Which part of a statement an engine complains of.

use std::ops::Range;

use super::cursor::{closing, name_end, name_parts};
use super::lexer::tokens;
use super::token::{Token, TokenKind};

/// The bytes of `sql` that an engine's message is about: the token at the line and position that it gives, the longest name
/// or text in quotes that stands in the statement, or the one division or cast that can have failed. None if the message
/// gives none of these.
pub fn fault_in(sql: &str, message: &str) -> Option<Range<usize>> {
    let all = tokens(sql);
    if let Some((line, column)) = position(message) {
        let start: usize = sql.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let at = start + sql[start.min(sql.len())..].char_indices().nth(column).map_or(0, |(i, _)| i);
        if let Some(token) = all.iter().find(|t| t.span.end > at) {
            return Some(token.span.clone());
        }
    }
    // engines quote names and texts in one way or another
    let quoted = ['`', '\'', '"'].into_iter().flat_map(|quote| message.split(quote).skip(1).step_by(2));
    let named = quoted.filter_map(|text| place_of(&all, text)).min_by_key(|range| std::cmp::Reverse(range.len()));
    let named = named.map(|range| all[range.start].span.start..all[range.end - 1].span.end);
    named.or_else(|| only_division(&all, message)).or_else(|| only_cast(&all, message))
}

/// The first tokens that are this text: a string, or a name, or the last parts of a name that the engine has completed.
fn place_of(all: &[Token<'_>], text: &str) -> Option<Range<usize>> {
    let mut longest: Option<Range<usize>> = None;
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
        if is_same && longest.as_ref().is_none_or(|found| found.len() < end - at) {
            longest = Some(at..end);
        }
    }
    // a column that the engine names without its table
    longest.or_else(|| {
        let at = all.iter().position(|t| t.is_name() && t.content().eq_ignore_ascii_case(text))?;
        Some(at..at + 1)
    })
}

fn only_division(all: &[Token<'_>], message: &str) -> Option<Range<usize>> {
    if !message.contains("DIVIDE_BY_ZERO") {
        return None;
    }
    let mut divisions = all.iter().filter(|t| t.is("/") || t.is("%") || t.is_any(&["div", "mod", "pmod"]));
    divisions.next().filter(|_| divisions.next().is_none()).map(|t| t.span.clone())
}

/// `CAST(… AS TYPE)` or `…::TYPE` of the type that the message says, if there is one of it.
fn only_cast(all: &[Token<'_>], message: &str) -> Option<Range<usize>> {
    if !message.contains("CAST_INVALID_INPUT") {
        return None;
    }
    let words: Vec<&str> = message.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let is_type = |at: usize| all.get(at).is_some_and(|t| words.iter().any(|w| t.is_word(w)));
    let mut casts = (0..all.len()).filter_map(|at| {
        if all[at].is_word("cast") && all.get(at + 1).is_some_and(|t| t.is("(")) {
            let close = closing(all, at + 1);
            let of = (at..close).rev().find(|i| all[*i].is_word("as"))?;
            return is_type(of + 1)
                .then(|| all[at].span.start..all.get(close).map_or(all[of].span.end, |t| t.span.end));
        }
        let typed = at > 0 && all[at - 1].is(":") && all[at].is(":") && is_type(at + 1);
        typed.then(|| all[at - 1].span.start..all[at + 1].span.end)
    });
    casts.next().filter(|_| casts.next().is_none())
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
            ("SELECT a / b", "[DIVIDE_BY_ZERO] division by zero", Some("/")),
            ("SELECT a / b, c / d", "[DIVIDE_BY_ZERO] division by zero", None),
            ("SELECT nofunc(1)", "unknown function `nofunc`", Some("nofunc")),
        ] {
            assert_eq!(fault_in(sql, message).map(|range| &sql[range]), expected, "{sql}: {message}");
        }
    }
}
