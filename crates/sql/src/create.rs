//! `CREATE … TABLE`, `CREATE … VIEW` and `ALTER VIEW … AS`, and the columns that they list.

use std::ops::Range;

use super::cursor::{Cursor, closing};
use super::relations::starts_query;
use super::token::{Token, TokenKind};

/// `CREATE [OR REPLACE] [TEMPORARY] TABLE|VIEW [IF NOT EXISTS] name [(…)] … [AS query]`, or `ALTER VIEW name AS query`,
/// which gives a view that is there another query and keeps its grants; all ranges are of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// A view, not a table.
    pub is_view: bool,
    /// OR REPLACE
    pub replace: bool,
    /// ALTER VIEW: the view must be there.
    pub alters: bool,
    /// TEMPORARY
    pub temporary: bool,
    /// IF NOT EXISTS
    pub if_not_exists: bool,
    /// The name.
    pub name: Range<usize>,
    /// The parts of the name, in lower case.
    pub parts: Vec<String>,
    /// What stands in the brackets after the name: column definitions of a table, names of a view.
    pub list: Option<Range<usize>>,
    /// What stands between the list and the query.
    pub clauses: Range<usize>,
    /// The query.
    pub query: Option<Range<usize>>,
}

impl Create {
    /// Reads a statement; nothing if it defines neither a table nor a view.
    pub fn read(statement: &[Token<'_>]) -> Option<Self> {
        let mut c = Cursor::new(statement);
        if c.take(&["alter", "view"]) {
            return Self::altered(statement, c);
        }
        if !c.take(&["create"]) {
            return None;
        }
        let replace = c.take(&["or", "replace"]);
        let mut temporary = false;
        loop {
            if c.take_any(&["temporary", "temp"]) {
                temporary = true;
            } else if !c.take_any(&["global", "external", "materialized", "streaming", "live", "private"]) {
                break;
            }
        }
        let is_view = c.take(&["view"]);
        if !is_view && !c.take(&["table"]) {
            return None;
        }
        let if_not_exists = c.take(&["if", "not", "exists"]);
        let start = c.position();
        let parts = c.name()?;
        let name = start..c.position();
        let next = statement.get(name.end + 1);
        let has_list =
            c.peek().is_some_and(|t| t.is("(")) && !next.is_some_and(|t| starts_query(t) && !t.is_word("table"));
        if has_list {
            c.skip_group();
        }
        let list = has_list.then(|| name.end + 1..closing(statement, name.end));
        let from = c.position();
        let (end, query) =
            query(statement, from).map_or((statement.len(), None), |(end, start)| (end, Some(start..statement.len())));
        let alters = false;
        Some(Self { is_view, replace, alters, temporary, if_not_exists, name, parts, list, clauses: from..end, query })
    }

    /// What follows `ALTER VIEW`: nothing if it changes something else than the query.
    fn altered(statement: &[Token<'_>], mut c: Cursor<'_, '_>) -> Option<Self> {
        let start = c.position();
        let parts = c.name()?;
        let name = start..c.position();
        if !c.take(&["as"]) {
            return None;
        }
        let query = Some(c.position()..statement.len());
        let clauses = name.end..name.end;
        let (is_view, alters) = (true, true);
        Some(Self {
            is_view,
            replace: false,
            alters,
            temporary: false,
            if_not_exists: false,
            name,
            parts,
            list: None,
            clauses,
            query,
        })
    }

    /// The last part of the name.
    pub fn last_name(&self) -> &str {
        self.parts.last().map_or("", String::as_str)
    }

    /// Whether these keywords stand among the clauses, outside of brackets: the index of the first.
    pub fn clause(&self, statement: &[Token<'_>], words: &[&str]) -> Option<usize> {
        let clauses = &statement[self.clauses.clone()];
        let mut at = 0;
        while at < clauses.len() {
            if clauses[at].is("(") {
                at = closing(clauses, at);
            } else if words.iter().enumerate().all(|(i, w)| clauses.get(at + i).is_some_and(|t| t.is_word(w))) {
                return Some(self.clauses.start + at);
            }
            at += 1;
        }
        None
    }
}

/// Where the clauses end and where the query starts: after AS, or where a query begins without it.
fn query(statement: &[Token<'_>], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    while at < statement.len() {
        let token = &statement[at];
        let next = statement.get(at + 1);
        if token.is_word("as") && !statement[at - 1].is_word("stored") {
            return Some((at, at + 1));
        }
        let bare = token.is_word("select")
            || token.is("(") && next.is_some_and(|t| t.is_any(&["select", "with", "from", "values"]));
        if bare {
            return Some((at, at));
        }
        at = if token.is("(") { closing(statement, at) } else { at } + 1;
    }
    None
}

/// A column that a statement defines; all ranges are of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDefinition {
    /// Its name, as written.
    pub name: String,
    /// All of the definition.
    pub tokens: Range<usize>,
    /// Its type; empty in the list of a view.
    pub type_tokens: Range<usize>,
    /// Its comment.
    pub comment: Option<String>,
}

/// Words that end the type of a column.
const AFTER_TYPE: [&str; 13] = [
    "not",
    "null",
    "comment",
    "default",
    "generated",
    "first",
    "after",
    "primary",
    "foreign",
    "references",
    "unique",
    "mask",
    "constraint",
];

/// The columns in a list of definitions: `name TYPE [NOT NULL] [COMMENT '…'], …`. Constraints are left out.
pub fn column_definitions(statement: &[Token<'_>], list: Range<usize>) -> Vec<ColumnDefinition> {
    let mut found = Vec::new();
    let mut start = list.start;
    let mut after_type = None;
    // commas in STRUCT<a: INT, b: INT> and DECIMAL(10, 2) separate nothing
    let mut depth = 0usize;
    let end = list.end.min(statement.len());
    for at in list.start..=end {
        let token = statement.get(at).filter(|_| at < end);
        match token {
            Some(t) if t.is("(") || t.is("<") || t.is("[") => depth += 1,
            Some(t) if t.is(")") || t.is(">") || t.is("]") => depth = depth.saturating_sub(1),
            Some(t) if depth == 0 && at > start && after_type.is_none() && t.is_any(&AFTER_TYPE) => {
                after_type = Some(at);
            }
            Some(t) if !(depth == 0 && t.is(",")) => {}
            _ => {
                found.extend(definition(statement, start..at, after_type.take().unwrap_or(at)));
                start = at + 1;
            }
        }
    }
    found
}

fn definition(statement: &[Token<'_>], tokens: Range<usize>, type_end: usize) -> Option<ColumnDefinition> {
    let all = &statement[tokens.clone()];
    let name = all.first().filter(|t| t.is_name())?;
    let key = all.get(1).is_some_and(|t| t.is_word("key") || t.is("("));
    let constraint = name.is_word("constraint") || name.is_any(&["primary", "foreign", "unique", "check"]) && key;
    if name.kind == TokenKind::Word && constraint {
        return None;
    }
    let comment = (type_end..tokens.end.saturating_sub(1))
        .find(|i| statement[*i].is_word("comment"))
        .map(|i| &statement[i + 1])
        .filter(|t| t.kind == TokenKind::String)
        .map(Token::content);
    Some(ColumnDefinition { name: name.content(), type_tokens: tokens.start + 1..type_end, tokens, comment })
}

#[cfg(test)]
mod tests {
    use super::super::{Token, tokens};
    use super::{Create, column_definitions};

    fn text(tokens: &[Token<'_>]) -> String {
        tokens.iter().map(|t| t.raw).collect::<Vec<_>>().join(" ")
    }

    fn shape(sql: &str) -> String {
        let all = tokens(sql);
        let Some(c) = Create::read(&all) else { return "nothing".into() };
        let part = |range: Option<std::ops::Range<usize>>| range.map_or("-".into(), |r| text(&all[r]));
        format!("{} | {} | {} | {}", c.parts.join("."), part(c.list), part(Some(c.clauses)), part(c.query))
    }

    #[test]
    fn name_list_clauses_and_query_are_told_apart() {
        for (sql, expected) in [
            (
                "CREATE TABLE IF NOT EXISTS A.`t b` (a INT) USING DELTA COMMENT 'as'",
                "a.t b | a INT | USING DELTA COMMENT 'as' | -",
            ),
            ("CREATE OR REPLACE TABLE t USING DELTA AS SELECT 1", "t | - | USING DELTA | SELECT 1"),
            (
                "CREATE TEMP VIEW v (a, b) AS WITH c AS (SELECT 1) SELECT *",
                "v | a , b |  | WITH c AS ( SELECT 1 ) SELECT *",
            ),
            ("CREATE TABLE t STORED AS parquet SELECT 1", "t | - | STORED AS parquet | SELECT 1"),
            ("CREATE TABLE t (SELECT 1)", "t | - |  | ( SELECT 1 )"),
            ("CREATE EXTERNAL TABLE t (a INT) LOCATION 'x'", "t | a INT | LOCATION 'x' | -"),
            ("ALTER VIEW a.v AS SELECT 1", "a.v | - |  | SELECT 1"),
            ("ALTER VIEW v RENAME TO w", "nothing"),
            ("CREATE SCHEMA s", "nothing"),
            ("CREATE TABLE", "nothing"),
        ] {
            assert_eq!(shape(sql), expected, "{sql}");
        }
    }

    #[test]
    fn columns_have_names_types_and_comments() {
        let sql = "id STRING NOT NULL COMMENT 'Use case, (an id).', cost DECIMAL(18, 2) DEFAULT 1, `t s` ARRAY<STRUCT<a: STRING \
                   COMMENT 'x', b: INT>> COMMENT 'Tags.', PRIMARY KEY (id), CONSTRAINT c CHECK (a > 1), primary INT";
        let all = tokens(sql);
        let found: Vec<_> = column_definitions(&all, 0..all.len())
            .into_iter()
            .map(|c| (c.name, text(&all[c.type_tokens]), c.comment))
            .collect();
        assert_eq!(
            found,
            [
                ("id".into(), "STRING".into(), Some("Use case, (an id).".into())),
                ("cost".into(), "DECIMAL ( 18 , 2 )".into(), None),
                ("t s".into(), "ARRAY < STRUCT < a : STRING COMMENT 'x' , b : INT > >".into(), Some("Tags.".into())),
                ("primary".to_owned(), "INT".to_owned(), None),
            ]
        );
    }
}
