//! Literals and quoted names: from text to SQL and back.

use std::ops::Range;

/// A SQL string literal. Escapes with a backslash, which every engine reads the same way: doubled quotes are two
/// adjacent literals on some of them.
pub fn sql_string(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('\'');
    for c in value.chars() {
        match c {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// A quoted SQL identifier.
pub fn sql_ident(value: &str) -> String {
    format!("`{}`", value.replace('`', "``"))
}

/// A name of several parts, each quoted, with dots between.
pub fn sql_name<S: AsRef<str>>(parts: &[S]) -> String {
    parts.iter().map(|part| sql_ident(part.as_ref())).collect::<Vec<_>>().join(".")
}

/// What the quotes of `raw` enclose: the first `start` bytes open it, and one byte closes it unless it is open.
pub(crate) fn between(raw: &str, start: usize, open: bool) -> &str {
    let end = raw.len() - usize::from(!open && raw.len() > start);
    raw.get(start..end).unwrap_or_default()
}

/// The value of a string token, with or without a prefix.
pub(crate) fn string_content(raw: &str, open: bool) -> String {
    if let Some(rest) = raw.strip_prefix('$') {
        let tag = rest.find('$').map_or(raw.len(), |n| n + 2);
        let end = raw.len() - if open { 0 } else { tag };
        return raw.get(tag..end).unwrap_or_default().to_owned();
    }
    let start = 1 + raw.find(['\'', '"']).unwrap_or_default();
    let inner = between(raw, start, open);
    if start > 1 {
        // a raw string has no escapes, and hexadecimal digits need none
        return inner.to_owned();
    }
    unescaped(inner, raw.chars().next())
}

fn unescaped(inner: &str, quote: Option<char>) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c == '\\' {
            let (text, length) = escape(rest);
            out.push_str(&text);
            rest = &rest[length..];
        } else {
            if Some(c) == quote {
                // the second of a doubled quote
                rest = rest.get(1..).unwrap_or_default();
            }
            out.push(c);
        }
    }
    out
}

/// What follows a backslash: the text that it stands for, and how many bytes it takes.
fn escape(rest: &str) -> (String, usize) {
    let Some(first) = rest.chars().next() else { return (String::new(), 0) };
    let code = |range: Range<usize>, radix: u32| {
        let digits = rest.get(range.clone()).filter(|d| d.chars().all(|c| c.is_digit(radix)))?;
        let letter = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
        Some((letter.to_string(), range.end))
    };
    let coded = match first {
        'u' => code(1..5, 16),
        'U' => code(1..9, 16),
        '0'..='3' => code(0..3, 8),
        _ => None,
    };
    coded.unwrap_or_else(|| {
        let text = match first {
            'b' => "\u{8}".to_owned(),
            'n' => "\n".to_owned(),
            'r' => "\r".to_owned(),
            't' => "\t".to_owned(),
            'Z' => "\u{1a}".to_owned(),
            '0' => "\0".to_owned(),
            // wildcards of LIKE that stand for themselves
            '%' | '_' => format!("\\{first}"),
            other => other.to_string(),
        };
        (text, first.len_utf8())
    })
}

#[cfg(test)]
mod tests {
    use super::{sql_ident, sql_name, sql_string};

    #[test]
    fn strings_and_identifiers_are_escaped() {
        assert_eq!(sql_string("it's a \\ b\n"), r"'it\'s a \\ b\n'");
        assert_eq!(sql_ident("a`b"), "`a``b`");
        assert_eq!(sql_name(&["a", "b c"]), "`a`.`b c`");
    }
}
