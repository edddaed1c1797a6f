//! What the grammar refuses, with the keyword that was meant.

use piq_sql::{SyntaxFault, Token, TokenKind, is_keyword};

use super::names::NameFault;
use super::nearest::nearest;

/// Keywords that a slip of the keyboard makes a name for what stands before it.
const KEYWORDS: [&str; 28] = [
    "SELECT",
    "DISTINCT",
    "FROM",
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "QUALIFY",
    "LIMIT",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "JOIN",
    "LEFT",
    "INNER",
    "CROSS",
    "USING",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "BETWEEN",
    "LIKE",
    "AND",
    "OVER",
    "PARTITION",
    "INTERVAL",
    "DAYS",
];

/// The fault at its place: at a word before it, if that is nearly a keyword.
pub(super) fn syntax_fault(all: &[Token<'_>], found: SyntaxFault) -> NameFault {
    let slip = |at: usize| {
        let token = all.get(at).filter(|t| t.kind == TokenKind::Word && !is_keyword(&t.raw.to_lowercase()))?;
        let called = all.get(at + 1).is_some_and(|t| t.is("(") || t.is("."));
        if called || token.raw.len() < 3 {
            return None;
        }
        let word = token.raw.to_uppercase();
        // a letter that is missing at the end is likelier than another one
        let begun = KEYWORDS.iter().copied().find(|keyword| keyword.starts_with(&word));
        Some((at, begun.or_else(|| nearest(&word, KEYWORDS.iter().copied()))?))
    };
    if let Some((at, keyword)) = slip(found.token).or_else(|| slip(found.token.checked_sub(1)?)) {
        return NameFault {
            code: "sql-syntax",
            span: all[at].span.clone(),
            name: all[at].content(),
            message: format!("unknown keyword `{}`", all[at].raw),
            hint: Some(format!("did you mean {keyword}?")),
        };
    }
    let token = &all[found.token];
    NameFault {
        code: "sql-syntax",
        span: token.span.clone(),
        name: token.content(),
        message: found.message,
        hint: Some(found.hint.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use piq_sql::{query_fault, tokens};

    use super::syntax_fault;

    #[test]
    fn a_slip_of_a_keyword_is_named_where_it_stands() {
        for (sql, word, keyword) in [
            ("SELECT a FROM t WHER a > 1", "WHER", "WHERE"),
            ("SELECT a FROM t WEHRE a > 1", "WEHRE", "WHERE"),
            ("SELECT a FORM t", "FORM", "FROM"),
            ("SELECT a FROM t ODER BY a", "ODER", "ORDER"),
            ("SELECT a FROM t UNOIN ALL SELECT b FROM u", "UNOIN", "UNION"),
            ("SELECT a FROM t CROSS JION u", "JION", "JOIN"),
            ("SELECT a FROM t JION u ON a = b", "JION", "JOIN"),
            ("SELECT CASE WHEN a THEN 1 ESLE 2 END FROM t", "ESLE", "ELSE"),
            ("SELECT a FROM t GRUOP BY a", "GRUOP", "GROUP"),
        ] {
            let all = tokens(sql);
            let fault = query_fault(&all).unwrap_or_else(|| panic!("nothing found in {sql}"));
            let found = syntax_fault(&all, fault);
            assert_eq!((found.name.as_str(), found.hint), (word, Some(format!("did you mean {keyword}?"))), "{sql}");
        }
        let all = tokens("SELECT a b c FROM t");
        let found = syntax_fault(&all, query_fault(&all).expect("a fault"));
        assert_eq!((found.name.as_str(), found.message.starts_with("expected")), ("c", true));
    }
}
