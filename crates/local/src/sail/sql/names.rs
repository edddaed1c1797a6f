//! Names of relations in a statement that the catalog may know.

use std::ops::Range;

use piq_sql::{relations, tokens};

/// A name of a relation and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Its parts in lower case.
    pub parts: Vec<String>,
    /// Its bytes in the statement.
    pub span: Range<usize>,
}

/// The relations that a statement names, without those of its own `WITH` and functions that give tables.
pub(crate) fn references(sql: &str) -> Vec<Reference> {
    let tokens = tokens(sql);
    let named = relations(&tokens).into_iter().filter(|r| !r.is_call && !r.is_common);
    named
        .map(|r| Reference {
            parts: r.parts.iter().map(|part| part.to_lowercase()).collect(),
            span: tokens[r.tokens.start].span.start..tokens[r.tokens.end - 1].span.end,
        })
        .collect()
}
