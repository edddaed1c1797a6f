//! Whether a statement only reads.

use super::cursor::closing;
use super::token::Token;

/// Keywords that start a statement which changes nothing.
const READS: [&str; 7] = ["select", "values", "table", "show", "describe", "desc", "list"];

/// Keywords that start a statement which changes something, or can.
const WRITES: [&str; 41] = [
    "add", "alter", "analyze", "begin", "cache", "call", "clear", "comment", "convert", "copy", "create", "declare",
    "delete", "deny", "drop", "execute", "fsck", "grant", "insert", "load", "merge", "msck", "optimize", "put",
    "refresh", "remove", "reorg", "repair", "replace", "reset", "restore", "revoke", "set", "sync", "truncate",
    "uncache", "undrop", "unset", "update", "use", "vacuum",
];

/// All keywords that are known to start a statement.
pub fn statement_words() -> impl Iterator<Item = &'static str> {
    READS.into_iter().chain(["explain", "with", "from"]).chain(WRITES)
}

/// The place, among its tokens, of the keyword that makes a statement more than a reader; none for `SELECT`, `SHOW`,
/// `DESCRIBE`, `EXPLAIN` and the like. A statement that is not known counts as one that writes.
pub fn writes_at(statement: &[Token<'_>]) -> Option<usize> {
    let first = statement.iter().position(|t| !t.is("("))?;
    let token = &statement[first];
    let within = |start: usize| writes_at(&statement[start..]).map(|at| start + at);
    if token.is_any(&READS) {
        None
    } else if token.is_word("explain") {
        // an engine carries out what it analyses
        let analyzed = statement.get(first + 1).is_some_and(|t| t.is_word("analyze"));
        if analyzed { within(first + 2) } else { None }
    } else if token.is_word("with") {
        body_of_with(statement, first).map_or(Some(first), within)
    } else if token.is_word("from") {
        outside_brackets(statement, first).find(|at| inserts(statement, *at))
    } else {
        Some(first)
    }
}

/// The indexes of the tokens from `start` that are in no bracket which opens after it.
fn outside_brackets(statement: &[Token<'_>], start: usize) -> impl Iterator<Item = usize> {
    let mut at = start;
    std::iter::from_fn(move || {
        let here = at;
        let token = statement.get(here)?;
        at = if token.is("(") { closing(statement, here) + 1 } else { here + 1 };
        Some(here)
    })
}

/// Where the statement begins that common tables are for: after the bracket of the last one.
fn body_of_with(statement: &[Token<'_>], with: usize) -> Option<usize> {
    outside_brackets(statement, with)
        .skip(1)
        .find(|at| statement[at - 1].is(")") && !statement[*at].is_word("as") && !statement[*at].is(","))
}

/// Whether `INSERT INTO` or `INSERT OVERWRITE` stands at `at`.
fn inserts(statement: &[Token<'_>], at: usize) -> bool {
    let named = at > 0 && (statement[at - 1].is(".") || statement[at - 1].is_word("as"));
    !named && statement[at].is_word("insert") && statement.get(at + 1).is_some_and(|t| t.is_any(&["into", "overwrite"]))
}

#[cfg(test)]
mod tests {
    use super::writes_at;
    use crate::tokens;

    fn word(sql: &str) -> Option<String> {
        let all = tokens(sql);
        writes_at(&all).map(|at| all[at].raw.to_uppercase())
    }

    #[test]
    fn readers_are_told_from_statements_that_change_something() {
        for sql in [
            "SELECT 1",
            "(SELECT 1) UNION (SELECT 2)",
            "with a as (select 1), b(x) AS (SELECT 2) SELECT * FROM a, b",
            "WITH RECURSIVE a AS (SELECT 1) (SELECT * FROM a)",
            "WITH a AS (SELECT 1) FROM a SELECT *",
            "FROM t SELECT `insert`, x AS insert",
            "FROM (SELECT 1) |> WHERE true",
            "VALUES (1), (2)",
            "TABLE t",
            "SHOW TABLES",
            "DESCRIBE TABLE t",
            "EXPLAIN INSERT INTO t SELECT 1",
            "SELECT 'DELETE FROM t' -- ; DROP TABLE t",
            "",
        ] {
            assert_eq!(word(sql), None, "{sql}");
        }
        for (sql, expected) in [
            ("INSERT INTO t SELECT 1", "INSERT"),
            ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "INSERT"),
            ("WITH a (x) AS (SELECT 1) DELETE FROM t", "DELETE"),
            ("WITH a", "WITH"),
            ("FROM t INSERT INTO a SELECT * INSERT OVERWRITE b SELECT *", "INSERT"),
            ("EXPLAIN ANALYZE DELETE FROM t", "DELETE"),
            ("MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", "MERGE"),
            ("CREATE TABLE t AS SELECT 1", "CREATE"),
            ("BEGIN SELECT 1; END", "BEGIN"),
            ("CALL p()", "CALL"),
            ("EXECUTE IMMEDIATE 'DROP TABLE t'", "EXECUTE"),
            ("SET x = 1", "SET"),
            ("OPTIMIZE t", "OPTIMIZE"),
        ] {
            assert_eq!(word(sql).as_deref(), Some(expected), "{sql}");
        }
    }
}
