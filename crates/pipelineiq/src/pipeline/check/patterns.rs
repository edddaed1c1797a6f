//! Regular expressions that every engine refuses: brackets without their other half. What one engine knows and another
//! does not, such as a look-around, is not judged.

use std::ops::Range;

use piq_sql::{Structure, TokenKind, tokens};

use super::names::NameFault;

/// Functions whose second argument is a regular expression.
const FUNCTIONS: [&str; 10] = [
    "regexp",
    "regexp_like",
    "rlike",
    "regexp_count",
    "regexp_extract",
    "regexp_extract_all",
    "regexp_instr",
    "regexp_replace",
    "regexp_substr",
    "split",
];

/// The literals of `sql` that are regular expressions and cannot be.
pub(super) fn pattern_faults(sql: &str) -> Vec<NameFault> {
    let all = tokens(sql);
    let structure = Structure::of(&all);
    let mut literals: Vec<Range<usize>> = Vec::new();
    for i in 0..all.len() {
        let after_dot = i > 0 && all[i - 1].is(".");
        if !after_dot && all[i].is_any(&FUNCTIONS) && all.get(i + 1).is_some_and(|t| t.is("(")) {
            literals.extend(structure.arguments(&all, i).and_then(|given| given.get(1).cloned()));
        } else if all[i].is_any(&["rlike", "regexp"]) {
            // more of an expression may follow, and make another text of it
            let joined =
                all.get(i + 2).is_some_and(|t| t.is("|") || t.kind == TokenKind::String || t.is_word("collate"));
            literals.extend((!joined && i + 1 < all.len()).then_some(i + 1..i + 2));
        }
    }
    let fault = |literal: Range<usize>| {
        let token = all.get(literal.start).filter(|t| literal.len() == 1 && t.kind == TokenKind::String)?;
        let why = pattern_fault(&token.content())?;
        Some(NameFault {
            code: "sql-pattern",
            span: token.span.clone(),
            name: token.content(),
            message: format!("{why} in the regular expression {}", token.raw),
            hint: Some(r"close it, or write \\ in front of what is meant as a character".to_owned()),
        })
    };
    literals.into_iter().filter_map(fault).collect()
}

/// What lacks its other half in a regular expression.
pub(super) fn pattern_fault(pattern: &str) -> Option<String> {
    // with comments in it, a bracket may be in one
    if pattern.match_indices("(?").any(|(at, _)| {
        let flags = pattern[at + 2..].chars().take_while(|c| c.is_ascii_alphabetic() || *c == '-');
        flags.into_iter().any(|c| c == 'x')
    }) {
        return None;
    }
    let mut open = Vec::new();
    let mut chars = pattern.char_indices().peekable();
    // whether a class has begun, so that `]` is one of its characters
    let mut begins = false;
    while let Some((at, c)) = chars.next() {
        let in_class = open.last().is_some_and(|(_, c)| *c == '[');
        match c {
            '\\' => match chars.next() {
                None => return Some("`\\` ends the text".to_owned()),
                Some((from, 'Q')) => {
                    let end = pattern[from..].find("\\E").map_or(pattern.len(), |i| from + i + 2);
                    while chars.peek().is_some_and(|(i, _)| *i < end) {
                        chars.next();
                    }
                }
                Some((_, 'c')) => {
                    chars.next();
                }
                Some(_) => {}
            },
            '[' => {
                open.push((at, '['));
                begins = true;
                if chars.peek().is_some_and(|(_, c)| *c == '^') {
                    chars.next();
                }
                continue;
            }
            ']' if in_class && !begins => {
                open.pop();
            }
            '(' if !in_class => open.push((at, '(')),
            ')' if !in_class && open.pop().is_none() => return Some("`)` closes nothing that is open".to_owned()),
            _ => {}
        }
        begins = false;
    }
    let (_, bracket) = open.last()?;
    Some(format!("`{bracket}` is not closed"))
}

#[cfg(test)]
mod tests {
    use super::{pattern_fault, pattern_faults};

    #[test]
    fn brackets_without_their_other_half_are_found() {
        for wrong in ["(a", "a)", "[a-", "[", "(a|(b)", "a[^]", "a\\", "[a[b]", "(?:x", "(?<n>a"] {
            assert!(pattern_fault(wrong).is_some(), "{wrong}");
        }
        for good in [
            "",
            "a|b",
            "(a(b)c)",
            "[a-z]",
            "[]a]",
            "[^]a]",
            "[(]",
            "[)]",
            "\\(",
            "\\[",
            "[\\]]",
            "\\Q([\\E",
            "\\Q(",
            "]",
            "a]",
            "(?=a)(?<!b)",
            "(?<n>a)\\k<n>",
            "[a-z&&[^b]]",
            "[[:alpha:]]",
            "(?x) a # (",
            "\\c(",
            "[a\\[]",
            "a{2}",
            "}",
            "\\p{L}",
        ] {
            assert_eq!(pattern_fault(good), None, "{good}");
        }
    }

    #[test]
    fn literals_that_are_patterns_are_read() {
        let found = |sql: &str| pattern_faults(sql).into_iter().map(|f| f.name).collect::<Vec<_>>();
        assert_eq!(found("a RLIKE '[a-' OR a REGEXP '(b'"), ["[a-", "(b"]);
        assert_eq!(found("regexp_replace(a, '(', '') || split(a, ')')[0]"), ["(", ")"]);
        for good in [
            "regexp_replace(a, 'x', '(')",
            "a LIKE '('",
            "a RLIKE '(' || 'x)'",
            "split(a, b)",
            "f.split(a, '(')",
            r"a RLIKE '\\('",
            "a RLIKE",
        ] {
            assert_eq!(found(good), [] as [&str; 0], "{good}");
        }
    }
}
