//! The text that the engine gets: it says what the reader of SQL saw, and nothing in it reaches beyond tables.

use crate::engine::EngineError;
use piq_sql::{Token, TokenKind, file_access, lex, sql_string, tokens};

/// The statement as the engine may have it, without a semicolon at its end. Comments are blank, and strings have no
/// prefix, as engines disagree about where these end.
///
/// # Errors
/// A statement that reads or writes files, or that engines may read in another way than piq.
pub(crate) fn confined(sql: &str) -> Result<String, EngineError> {
    let all = tokens(sql);
    if let Some(found) = file_access(&all) {
        let message = format!(
            "the local workspace reads and writes its own tables only: leave {} out, and name tables as `catalog.schema.table`",
            found.what
        );
        return Err(error("UNSUPPORTED_FEATURE", message));
    }
    // a computed name is known to the engine only
    if all.windows(2).any(|w| w[0].is_name() && w[0].content().eq_ignore_ascii_case("identifier") && w[1].is("(")) {
        let message = "IDENTIFIER() takes one string or one parameter in the local workspace";
        return Err(error("UNSUPPORTED_FEATURE", message.into()));
    }
    // Sail takes any letter before a quote for a prefix, blanks or not, and `U&`: each has rules of its own
    if let Some(pair) = all.windows(2).find(|w| is_prefix(&w[0]) && w[1].kind == TokenKind::String) {
        let message = format!("unexpected string {} after `{}`", first_line(pair[1].raw), pair[0].raw);
        return Err(error("PARSE_SYNTAX_ERROR", message));
    }
    let end = all.iter().rev().find(|t| !t.is(";")).map_or(0, |t| t.span.end);
    let mut out = String::with_capacity(end);
    for token in lex(sql) {
        if token.open || token.is("$") {
            let message = format!("unclosed quote or comment: `{}`", first_line(token.raw));
            return Err(error("PARSE_SYNTAX_ERROR", message));
        }
        match token.kind {
            _ if token.span.start >= end => {}
            TokenKind::Comment => out.extend(token.raw.chars().map(|c| if c == '\n' { c } else { ' ' })),
            TokenKind::String if !token.raw.starts_with(['\'', '"']) => out.push_str(&unprefixed(&token)?),
            _ => out.push_str(token.raw),
        }
    }
    Ok(out)
}

fn is_prefix(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Word && token.raw.len() == 1 || token.is("&")
}

fn unprefixed(token: &Token<'_>) -> Result<String, EngineError> {
    let content = token.content();
    if !token.raw.starts_with(['x', 'X']) {
        return Ok(sql_string(&content));
    }
    if content.chars().all(|c| c.is_ascii_hexdigit()) {
        return Ok(token.raw.to_owned());
    }
    Err(error("PARSE_SYNTAX_ERROR", format!("expected hexadecimal digits, found {}", first_line(token.raw))))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(40).collect()
}

fn error(class: &str, message: String) -> EngineError {
    EngineError { class: class.into(), message }
}

#[cfg(test)]
mod tests {
    use super::confined;

    #[test]
    fn the_engine_sees_what_the_reader_saw() {
        for (sql, expected) in [
            ("SELECT 1 -- it's\n, 'a' /* é */; -- b", "SELECT 1        \n, 'a'"),
            (r"SELECT r'\d+\', 'x'", r"SELECT '\\d+\\', 'x'"),
            ("SELECT $$it's$$, X'1F'", "SELECT 'it\\'s', X'1F'"),
            ("SELECT 'a\\_b', \"it's\", `-- x`", "SELECT 'a\\_b', \"it's\", `-- x`"),
        ] {
            assert_eq!(confined(sql).expect(sql), expected);
        }
    }

    #[test]
    fn text_that_engines_read_in_two_ways_cannot_hide_a_path() {
        // each hides a path from one reader and shows it to another
        for (sql, expected) in [
            ("SELECT 1 -- \\\nFROM text.`/x`\n, 2", "SELECT 1     \n              \n, 2"),
            ("SELECT 1 /*/ FROM text.`/x` --*/", "SELECT 1"),
            ("SELECT 1 /* /* */ FROM text.`/x` */", "SELECT 1"),
            (r"SELECT r'\', ' FROM text.`/x` --'", r"SELECT '\\', ' FROM text.`/x` --'"),
            ("SELECT $a$ ' $a$, ' FROM text.`/x` '", r"SELECT ' \' ', ' FROM text.`/x` '"),
        ] {
            assert_eq!(confined(sql).expect(sql), expected, "{sql}");
        }
        for sql in [
            "SELECT 1 -- x\rUNION ALL SELECT * FROM text.`/etc/passwd`",
            r"SELECT X'\', ' FROM text.`/etc/passwd` --'",
            "SELECT $ ' $ ' $ ' $ FROM text.`/etc/passwd` '",
            "SELECT 1 /*/ FROM text.`/etc/passwd` /*/",
            r"SELECT r 'a\' FROM text.`/x` --'",
            r"SELECT t.r/**/'a\' FROM text.`/x` --'",
            r"SELECT U&'a\' FROM text.`/x` --'",
            r"SELECT u & 'a\' FROM text.`/x` --'",
            "CREATE SCHEMA s LOCATION b'/x'",
            "SELECT * FROM IDENTIFIER(concat('text.`/etc', '/passwd`'))",
            "SELECT * FROM IDENTIFIER('text.`' '/etc/passwd`')",
        ] {
            assert!(confined(sql).is_err(), "{sql}");
        }
    }
}
