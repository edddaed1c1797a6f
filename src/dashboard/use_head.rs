//! The head of a dataset's query: `USE CATALOG IDENTIFIER(:kw); USE SCHEMA IDENTIFIER(:kw);`.

use std::ops::Range;

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
    let mut found = Vec::new();
    let mut body = 0;
    loop {
        let mut cursor = Cursor { sql, at: body };
        let Some(one) = cursor.use_statement() else { return (found, body) };
        let end = cursor.at;
        cursor.skip();
        let ended = cursor.eat(";");
        if !ended && cursor.at < sql.len() {
            // something follows before the semicolon: not a statement of the head
            return (found, body);
        }
        body = if ended { cursor.at } else { end };
        found.push(one);
        if !ended {
            return (found, sql.len());
        }
    }
}

struct Cursor<'s> {
    sql: &'s str,
    at: usize,
}

impl<'s> Cursor<'s> {
    fn rest(&self) -> &'s str {
        &self.sql[self.at..]
    }

    /// Skips blanks and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n', '\u{a0}']).len();
            let rest = self.rest();
            if rest.starts_with("--") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.at += bracketed_comment(rest);
            } else {
                return;
            }
        }
    }

    fn eat(&mut self, mark: &str) -> bool {
        let found = self.rest().starts_with(mark);
        if found {
            self.at += mark.len();
        }
        found
    }

    fn word(&mut self) -> Option<&'s str> {
        self.skip();
        self.name()
    }

    fn name(&mut self) -> Option<&'s str> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        self.at += end;
        (end > 0).then(|| &rest[..end])
    }

    fn mark(&mut self, mark: &str) -> Option<()> {
        self.skip();
        self.eat(mark).then_some(())
    }

    fn use_statement(&mut self) -> Option<Use> {
        self.skip();
        let start = self.at;
        self.word().filter(|w| w.eq_ignore_ascii_case("use"))?;
        let what = self.word()?;
        let namespace = if what.eq_ignore_ascii_case("catalog") {
            Namespace::Catalog
        } else if what.eq_ignore_ascii_case("schema") || what.eq_ignore_ascii_case("database") {
            Namespace::Schema
        } else {
            return None;
        };
        self.word().filter(|w| w.eq_ignore_ascii_case("identifier"))?;
        self.mark("(")?;
        self.mark(":")?;
        let keyword = self.name()?.to_owned();
        self.mark(")")?;
        Some(Use { namespace, keyword, span: start..self.at })
    }
}

/// Length of the comment that `text` starts with; they nest.
pub(super) fn bracketed_comment(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0usize, 0);
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => {
                depth += 1;
                at += 2;
            }
            Some(b"*/") => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
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
