//! The head of a dataset's query: `USE CATALOG IDENTIFIER(:kw); USE SCHEMA IDENTIFIER(:kw);`.

use std::ops::Range;

use piq_sql::{Token, TokenKind, tokens_one_by_one};

/// What a `USE` statement chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// `USE CATALOG`
    Catalog,
    /// `USE SCHEMA`, or `USE DATABASE`, which means the same
    Schema,
}

/// One statement of the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// What it chooses.
    pub namespace: Namespace,
    /// The parameter that it reads.
    pub keyword: String,
    /// Its bytes in the query, without the semicolon.
    pub span: Range<usize>,
}

/// The leading `USE … IDENTIFIER(:kw)` statements, and where the rest of the query begins.
pub fn use_head(sql: &str) -> (Vec<Use>, usize) {
    let mut rest = tokens_one_by_one(sql);
    let mut found = Vec::new();
    let mut body = 0;
    while let Some(one) = use_statement(&rest.by_ref().take(LENGTH).collect::<Vec<_>>()) {
        match rest.next() {
            None => body = sql.len(),
            Some(end) if end.is(";") => body = end.span.end,
            // something follows before the semicolon: not a statement of the head
            Some(_) => break,
        }
        found.push(one);
    }
    (found, body)
}

/// Tokens of `USE CATALOG IDENTIFIER(:kw)`.
const LENGTH: usize = 6;

fn use_statement(all: &[Token<'_>]) -> Option<Use> {
    let [first, what, identifier, open, keyword, close] = all else { return None };
    let namespace = if what.is_word("catalog") {
        Namespace::Catalog
    } else if what.is_any(&["schema", "database"]) {
        Namespace::Schema
    } else {
        return None;
    };
    let fits = first.is_word("use")
        && identifier.is_word("identifier")
        && open.is("(")
        && keyword.kind == TokenKind::Parameter
        && close.is(")");
    fits.then(|| Use { namespace, keyword: keyword.content(), span: first.span.start..close.span.end })
}

#[cfg(test)]
mod tests {
    use super::{Namespace, use_head};

    fn keywords(sql: &str) -> Vec<(Namespace, String)> {
        use_head(sql).0.into_iter().map(|u| (u.namespace, u.keyword)).collect()
    }

    #[test]
    fn letter_case_blanks_and_comments_do_not_matter() {
        let sql = "-- team's; own\n/* a /* b */ ; */ Use\tCatalog identifier ( :cat ) ;\r\nUSE -- x\n SCHEMA IDENTIFIER(:sch);\nSELECT 1";
        assert_eq!(keywords(sql), [(Namespace::Catalog, "cat".to_owned()), (Namespace::Schema, "sch".to_owned())]);
        assert_eq!(sql[use_head(sql).1..].trim(), "SELECT 1");
    }

    #[test]
    fn only_the_head_counts() {
        assert!(keywords("SELECT * FROM IDENTIFIER(:catalog || '.x')").is_empty());
        assert!(keywords("SELECT 1; USE CATALOG IDENTIFIER(:catalog);").is_empty());
        assert!(keywords("-- USE CATALOG IDENTIFIER(:catalog);\nSELECT 1").is_empty());
        assert!(keywords("USE CATALOG main; USE SCHEMA IDENTIFIER(:schema);").is_empty());
        assert!(keywords("USE CATALOG IDENTIFIER(:a || 'x');").is_empty());
        assert!(keywords("USER CATALOG IDENTIFIER(:a);").is_empty());
        assert!(keywords("USE CATALOG IDENTIFIER(:a) SELECT 1").is_empty());
        assert!(keywords("/* no end USE CATALOG IDENTIFIER(:a);").is_empty());
        assert_eq!(keywords("use schema identifier(:s)").len(), 1);
    }
}
