//! What a template opens and does not end.

use std::ops::Range;

/// Tags that another must end; `set` only without a value.
const BLOCKS: [&str; 7] = ["for", "if", "macro", "call", "filter", "block", "autoescape"];

/// A tag or comment without its end: where it begins, and what would end it.
pub(super) fn open_tag(text: &str) -> Option<(Range<usize>, String)> {
    let mut open: Vec<(Range<usize>, &str)> = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find('{').map(|i| at + i) {
        let rest = &text[next..];
        let (end, is_tag) = match rest.as_bytes().get(1) {
            Some(b'#') => ("#}", false),
            Some(b'{') => ("}}", false),
            Some(b'%') => ("%}", true),
            _ => {
                at = next + 1;
                continue;
            }
        };
        let Some(length) = rest[2..].find(end).map(|i| i + 2) else {
            return Some((next..next + 2, end.to_owned()));
        };
        at = next + length + 2;
        if !is_tag {
            continue;
        }
        let inside = rest[2..length].trim_matches(|c: char| c.is_whitespace() || c == '-' || c == '+');
        let word = inside.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        let tag = next..at;
        if word == "raw" {
            let end = ["{% endraw", "{%- endraw"].iter().filter_map(|e| text[at..].find(e)).min();
            match end {
                Some(end) => at += end + 2,
                None => return Some((tag, "{% endraw %}".to_owned())),
            }
        } else if BLOCKS.contains(&word) || word == "set" && !inside.contains('=') {
            open.push((tag, word));
        } else if let Some(of) = word.strip_prefix("end").filter(|of| *of != "raw") {
            match open.pop() {
                Some((_, last)) if last == of => {}
                Some((tag, last)) => return Some((tag, format!("{{% end{last} %}}"))),
                None => return None,
            }
        }
    }
    open.pop().map(|(tag, word)| (tag, format!("{{% end{word} %}}")))
}

#[cfg(test)]
mod tests {
    use super::open_tag;

    #[test]
    fn the_innermost_tag_without_an_end_is_found() {
        for (text, expected) in [
            ("{% for a in b %}{% if a %}x{% endif %}", Some(("{% for a in b %}", "{% endfor %}"))),
            ("{%- macro m() -%}{%- for a in b -%}x{%- endmacro -%}", Some(("{%- for a in b -%}", "{% endfor %}"))),
            ("a {# b", Some(("{#", "#}"))),
            ("ü {%} b", Some(("{%", "%}"))),
            ("a {{ b", Some(("{{", "}}"))),
            ("{% set a %}x", Some(("{% set a %}", "{% endset %}"))),
            ("{% if a %}{% elif b %}{% else %}{% endif %}{% set a = 1 %}{# {% for #}{ a }", None),
            ("{% raw %}{% for {{ {% endraw %}", None),
        ] {
            let found = open_tag(text).map(|(span, end)| (text[span].to_owned(), end));
            assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())), "{text}");
        }
    }
}
