//! Where the YAML header of an enrichment stands in its template: the comment that the file begins with, after template
//! tags.

use std::ops::Range;

use piq_sql::{TokenKind, lex};

/// The bytes of the header's comment; none if something else comes first.
pub(super) fn header_comment(template: &str) -> Option<Range<usize>> {
    let mut at = 0;
    loop {
        let rest = &template[at..];
        let blank = rest.len() - rest.trim_start().len();
        at += blank;
        let rest = &template[at..];
        if rest.starts_with("{#") {
            at += rest.find("#}")? + 2;
        } else if rest.starts_with("{%") {
            at += tag_end(rest)?;
        } else {
            let comment = lex(rest).into_iter().next()?;
            let bracketed = comment.kind == TokenKind::Comment && comment.raw.starts_with("/*") && !comment.open;
            return bracketed.then(|| at..at + comment.span.end);
        }
    }
}

/// The end of the tag that a text begins with; texts in quotes do not end it.
fn tag_end(text: &str) -> Option<usize> {
    let all = lex(text);
    let end = all.windows(2).find(|pair| pair[0].raw == "%" && pair[1].raw == "}")?;
    Some(end[1].span.end)
}

#[cfg(test)]
mod tests {
    use super::header_comment;

    #[test]
    fn the_header_is_the_first_comment_after_tags() {
        for (template, expected) in [
            ("/* a */ SELECT 1", Some("/* a */")),
            ("{%- set marks = ['/*', '%}'] -%}\n{# /* no */ #}\n/* a {# b #} */\nSELECT", Some("/* a {# b #} */")),
            ("SELECT '/* a */'", None),
            ("-- a line\n/* a */", None),
            ("/* open", None),
            ("{% set a = 1", None),
        ] {
            assert_eq!(header_comment(template).map(|span| &template[span]), expected, "{template}");
        }
    }
}
