//! SQL as tokens, by the lexical rules of Databricks SQL: strings with backslash escapes or doubled quotes, raw
//! strings, hexadecimal and dollar-quoted ones, names in backquotes, bracketed comments that nest, `:name` markers.

use super::token::{Token, TokenKind};

/// All tokens of `sql`, white space and comments too: together they are the text. Whatever the text, there is an
/// answer: what has no end runs to the end of the text and is marked as open.
pub fn lex(sql: &str) -> Vec<Token<'_>> {
    read(sql, |_| true)
}

/// The tokens of `sql` that mean something: without white space and comments.
pub fn tokens(sql: &str) -> Vec<Token<'_>> {
    read(sql, Token::is_significant)
}

/// As [`tokens`], with the comments and quotes that have no end.
pub(crate) fn tokens_and_open_ends(sql: &str) -> Vec<Token<'_>> {
    read(sql, |t| t.is_significant() || t.open)
}

/// Whether `sql` is nothing but white space and comments.
pub fn is_blank_sql(sql: &str) -> bool {
    tokens_one_by_one(sql).next().is_none()
}

/// As [`tokens`], for whoever needs the first few of many.
pub fn tokens_one_by_one(sql: &str) -> impl Iterator<Item = Token<'_>> {
    Lexer { sql, at: 0, before: None }.filter(Token::is_significant)
}

/// The tokens that `is_kept`.
fn read<'s>(sql: &'s str, is_kept: impl Fn(&Token<'s>) -> bool) -> Vec<Token<'s>> {
    // most tokens of our SQL have more bytes than that: the list grows at most once
    let mut found: Vec<Token<'_>> = Vec::with_capacity(sql.len() / 5);
    found.extend(Lexer { sql, at: 0, before: None }.filter(is_kept));
    found
}

/// All tokens of a text, one after the other.
struct Lexer<'s> {
    sql: &'s str,
    at: usize,
    /// The last token that means something.
    before: Option<Token<'s>>,
}

impl<'s> Iterator for Lexer<'s> {
    type Item = Token<'s>;

    fn next(&mut self) -> Option<Token<'s>> {
        let rest = &self.sql[self.at..];
        let (kind, length, open) = next(rest, rest.chars().next()?, self.at, self.before.as_ref());
        let token = Token { kind, raw: &rest[..length], span: self.at..self.at + length, open };
        self.at += length;
        if token.is_significant() {
            self.before = Some(token.clone());
        }
        Some(token)
    }
}

fn next(rest: &str, first: char, at: usize, before: Option<&Token<'_>>) -> (TokenKind, usize, bool) {
    let closed = |kind, length| (kind, length, false);
    let ended = |kind, end: Option<usize>| (kind, end.unwrap_or(rest.len()), end.is_none());
    match first {
        c if is_blank(c) => closed(TokenKind::Blank, rest.find(|c| !is_blank(c)).unwrap_or(rest.len())),
        '-' if rest.starts_with("--") => closed(TokenKind::Comment, line_comment(rest)),
        '/' if rest.starts_with("/*") => ended(TokenKind::Comment, bracketed_comment(rest)),
        '\'' | '"' => ended(TokenKind::String, quoted(rest, 0, true)),
        'r' | 'R' if rest[1..].starts_with(['\'', '"']) => ended(TokenKind::String, raw_string(rest)),
        'x' | 'X' if rest[1..].starts_with(['\'', '"']) => ended(TokenKind::String, quoted(rest, 1, false)),
        '$' if dollar_tag(rest).is_some() => ended(TokenKind::String, dollar_string(rest)),
        '`' => ended(TokenKind::Quoted, quoted(rest, 0, false)),
        c if c.is_ascii_digit() => closed(TokenKind::Number, number(rest)),
        '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) && !touches(at, before) => {
            closed(TokenKind::Number, number(rest))
        }
        c if c.is_alphabetic() || c == '_' => closed(TokenKind::Word, name(rest)),
        // `column:field` is a path and `::type` a cast
        ':' if name(&rest[1..]) > 0 && !touches(at, before) => closed(TokenKind::Parameter, 1 + name(&rest[1..])),
        ':' if rest[1..].starts_with('`') && !touches(at, before) => {
            ended(TokenKind::Parameter, quoted(rest, 1, false))
        }
        c => closed(TokenKind::Symbol, c.len_utf8()),
    }
}

/// Whether the token before ends a value right before the byte `at`, which so continues it.
fn touches(at: usize, before: Option<&Token<'_>>) -> bool {
    before.is_some_and(|t| {
        t.span.end == at
            && (t.is_name()
                || t.is(")")
                || t.is("]")
                || t.is(":")
                || matches!(t.kind, TokenKind::String | TokenKind::Number))
    })
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// Length of a comment to the end of its line; a backslash before the line feed continues it.
fn line_comment(text: &str) -> usize {
    let mut at = 0;
    while let Some(n) = text[at..].find(['\n', '\r']) {
        if !text[at..at + n].ends_with('\\') || text[at + n..].starts_with('\r') {
            return at + n;
        }
        at += n + 1;
    }
    text.len()
}

/// Length of the comment that `text` starts with; such comments nest.
fn bracketed_comment(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0usize, 0);
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => {
                depth += 1;
                at += 2;
            }
            Some(b"*/") => {
                depth = depth.saturating_sub(1);
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
    None
}

/// Length of what stands in quotes from the byte `start` on. A doubled quote does not end it.
fn quoted(text: &str, start: usize, backslash: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = bytes[start];
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if backslash => at += 2,
            b if b == quote && bytes.get(at + 1) == Some(&b) => at += 2,
            b if b == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// Length of `r'…'`, which has no escapes at all.
fn raw_string(text: &str) -> Option<usize> {
    let quote = char::from(text.as_bytes()[1]);
    text[2..].find(quote).map(|n| n + 3)
}

/// `$$` or `$tag$` at the start of `text`.
fn dollar_tag(text: &str) -> Option<&str> {
    let length = 2 + name(&text[1..]);
    text.get(..length).filter(|tag| tag.ends_with('$') && !tag[1..].starts_with(|c: char| c.is_ascii_digit()))
}

fn dollar_string(text: &str) -> Option<usize> {
    let tag = dollar_tag(text)?;
    text[tag.len()..].find(tag).map(|n| n + 2 * tag.len())
}

fn name(text: &str) -> usize {
    // nearly all names are ASCII
    let bytes = text.as_bytes();
    let end = bytes.iter().position(|b| !(b.is_ascii_alphanumeric() || *b == b'_')).unwrap_or(bytes.len());
    if bytes.get(end).is_none_or(u8::is_ascii) {
        return end;
    }
    text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())
}

/// Length of a number with its fraction, exponent and type letters. A name may follow without a blank (`1st`): it is
/// part of the token, since such text is not a number in any case.
fn number(text: &str) -> usize {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let mut end = text.find(|c| !part(c)).unwrap_or(text.len());
    let exponent = text[..end].ends_with(['e', 'E']) && !text.starts_with("0x");
    if exponent && text[end..].starts_with(['+', '-']) {
        let digits = &text[end + 1..];
        if digits.starts_with(|c: char| c.is_ascii_digit()) {
            end += 1 + digits.find(|c| !part(c)).unwrap_or(digits.len());
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::TokenKind::{self, Blank, Comment, Number, Parameter, Quoted, String, Symbol, Word};
    use super::{is_blank_sql, lex, tokens};

    fn kinds(sql: &str) -> Vec<(TokenKind, &str)> {
        tokens(sql).into_iter().map(|t| (t.kind, t.raw)).collect()
    }

    fn content(sql: &str) -> std::string::String {
        let found = tokens(sql);
        assert_eq!((found.len(), found[0].kind), (1, String), "{sql}");
        found[0].content()
    }

    #[test]
    fn strings_names_and_parameters_are_told_apart() {
        let found =
            tokens("SELECT `a``b`, 'it''s \\'x\\'', col:field::int, :p, x=:q -- :no\n/* :no */ FROM t.u WHERE 1.5e3");
        let parameters: Vec<_> = found.iter().filter(|t| t.kind == Parameter).map(super::Token::content).collect();
        assert_eq!(parameters, ["p", "q"]);
        assert_eq!(found[1].content(), "a`b");
        assert_eq!(found[3].content(), "it's 'x'");
        assert!(found.iter().any(|t| t.kind == Number && t.raw == "1.5e3"));
    }

    #[test]
    fn strings_have_escapes_and_prefixes() {
        assert_eq!(content(r"'a\'b\\c\nd'"), "a'b\\c\nd");
        assert_eq!(content(r"'50\% a\_b \q'"), r"50\% a\_b q", "patterns keep their backslash");
        assert_eq!(content(r"'\u00e9\U0001F600\101\b\u12'"), "é😀A\u{8}u12");
        assert_eq!(content(r#""it's ""here""""#), "it's \"here\"");
        assert_eq!(content(r"r'\d+\'"), r"\d+\");
        assert_eq!(content("R\"a'b\""), "a'b");
        assert_eq!(content("X'1F'"), "1F");
        assert_eq!(content("$$it's; $x$$"), "it's; $x");
        assert_eq!(content("$tag$ $$ $tag$"), " $$ ");
        // letters before a quote that are not a prefix are a name
        assert_eq!(kinds("DATE'2026-01-01'"), [(Word, "DATE"), (String, "'2026-01-01'")]);
        assert_eq!(kinds("r 'x'").len(), 2);
    }

    #[test]
    fn comments_nest_and_a_backslash_continues_a_line() {
        assert_eq!(kinds("/* a /* b; ' */ c */ 1"), [(Number, "1")]);
        assert_eq!(kinds("-- it's\n1 -- \\\n2\n3"), [(Number, "1"), (Number, "3")]);
        assert_eq!(kinds("a--b"), [(Word, "a")]);
        assert_eq!(kinds("a -- b\rc -- d\\\r\ne"), [(Word, "a"), (Word, "c"), (Word, "e")]);
        assert_eq!(kinds("'--' '/*'").len(), 2);
        assert!(lex("-- x\n")[0].kind == Comment && lex("-- x\n")[1].kind == Blank);
    }

    #[test]
    fn numbers_have_fractions_exponents_and_types() {
        for text in ["1", "0.5", ".5", "1e-3", "2.5E+10", "10BD", "1.0D", "7L", "0x1F", "1_000"] {
            assert_eq!(kinds(text), [(Number, text)], "{text}");
        }
        assert_eq!(kinds("1-2"), [(Number, "1"), (Symbol, "-"), (Number, "2")]);
        assert_eq!(kinds("1e-x").len(), 3, "an exponent needs digits; a name is not one");
        assert_eq!(kinds("a[0].b")[2..], [(Number, "0"), (Symbol, "]"), (Symbol, "."), (Word, "b")]);
        assert_eq!(kinds("t.1x")[1], (Symbol, "."));
    }

    #[test]
    fn a_marker_stands_alone_and_a_named_argument_is_two_characters() {
        assert_eq!(kinds("(:a)")[1], (Parameter, ":a"));
        assert_eq!(tokens("= :`Time Window`.min")[1].content(), "Time Window");
        assert!(kinds("payload:`a b`").iter().all(|(k, _)| *k != Parameter));
        assert_eq!(kinds("x => :a"), [(Word, "x"), (Symbol, "="), (Symbol, ">"), (Parameter, ":a")]);
        assert_eq!(kinds("a::INT"), [(Word, "a"), (Symbol, ":"), (Symbol, ":"), (Word, "INT")]);
        assert_eq!(kinds("1::INT").len(), 4);
        assert!(kinds("payload:items[0]:name").iter().all(|(k, _)| *k != Parameter));
        assert_eq!(kinds("naïve_Ü"), [(Word, "naïve_Ü")]);
    }

    #[test]
    fn what_has_no_end_is_open() {
        for sql in ["'", "`", "'a\\", "/*", "/* /* */", "'é", "\"x", "r'", "$a$ x", "X'1", "'it''"] {
            let found = lex(sql);
            assert!(found.last().is_some_and(|t| t.open), "{sql}");
            found.iter().for_each(|t| drop(t.content()));
        }
        for sql in ["''", "``", "/**/", "--", ":", "é", "$", "$1$", "r", "x", "."] {
            let found = lex(sql);
            assert!(found.iter().all(|t| !t.open), "{sql}");
            found.iter().for_each(|t| drop(t.content()));
        }
        assert_eq!(lex("`")[0].kind, Quoted);
    }

    proptest! {
        #[test]
        fn tokens_are_the_text(sql in "[a-zA-Z0-9é'\"`\\\\/*:;.,$()_\\[\\]=> \n-]{0,80}") {
            let mut at = 0;
            for token in lex(&sql) {
                prop_assert_eq!(token.span.start, at);
                prop_assert!(token.span.end > at);
                prop_assert_eq!(token.raw, &sql[token.span.clone()]);
                drop(token.content());
                at = token.span.end;
            }
            prop_assert_eq!(at, sql.len());
            prop_assert_eq!(is_blank_sql(&sql), tokens(&sql).is_empty());
        }

        #[test]
        fn any_text_has_tokens(sql in any::<std::string::String>()) {
            prop_assert_eq!(lex(&sql).iter().map(|t| t.raw).collect::<std::string::String>(), sql);
        }

        #[test]
        fn a_string_that_templates_write_is_read_back(text in any::<std::string::String>()) {
            let literal = crate::sql_string(&text);
            let found = tokens(&literal);
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(found[0].content(), text);
        }
    }
}
