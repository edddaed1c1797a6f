//! Strings between their written and their real form.

use std::borrow::Cow;
use std::fmt::Write;

/// The real text of what stands between the quotes. A lone surrogate becomes U+FFFD.
pub(crate) fn unescape(inner: &str) -> Cow<'_, str> {
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(letter) = rest.chars().next() else { break };
        rest = &rest[letter.len_utf8()..];
        match letter {
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'u' => rest = unicode(rest, &mut out),
            other => out.push(other),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Decodes what follows `\u` (with the second half of a pair) and gives the rest.
fn unicode<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let Some(first) = unit(rest) else {
        out.push('\u{fffd}');
        return rest;
    };
    let rest = &rest[4..];
    if let Some(c) = char::from_u32(first) {
        out.push(c);
        return rest;
    }
    let second = rest.strip_prefix("\\u").and_then(unit);
    let pair = second.and_then(|low| {
        let units = [u16::try_from(first).ok()?, u16::try_from(low).ok()?];
        char::decode_utf16(units).next()?.ok()
    });
    out.push(pair.unwrap_or('\u{fffd}'));
    if pair.is_some() { &rest[6..] } else { rest }
}

fn unit(text: &str) -> Option<u32> {
    u32::from_str_radix(text.get(..4)?, 16).ok()
}

/// `text` as a JSON string with its quotes; with `ascii` all other characters are written as `\uXXXX`.
pub fn encode(text: &str, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' || ascii && !c.is_ascii() => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // writing to a string cannot fail
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::{encode, unescape};

    #[test]
    fn escapes_are_decoded() {
        assert_eq!(unescape(r#"a\/b\\\"\n\t\u00e9\ud83d\ude00"#), "a/b\\\"\n\té😀");
        assert_eq!(unescape(r"\ud800x\ud800\u0041\udc00"), "\u{fffd}x\u{fffd}A\u{fffd}");
    }

    #[test]
    fn encoding_and_decoding_give_the_text_back() {
        for text in ["plain", "a\"b\\c", "é😀\u{1}\n", "\u{7f}"] {
            for ascii in [false, true] {
                let written = encode(text, ascii);
                assert_eq!(unescape(&written[1..written.len() - 1]), text);
                assert!(!ascii || written.is_ascii());
            }
        }
    }
}
