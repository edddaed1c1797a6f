//! Names of tables and views in a statement, wherever they stand: after FROM, JOIN, INTO and the like, in subqueries and
//! common table expressions too.

use std::collections::BTreeSet;
use std::ops::Range;

use super::cursor::{closing, name_end, name_parts, opening};
use super::functions::{FunctionKind, is_function};
use super::structure::is_comparison;
use super::token::Token;

/// A name where a statement reads or writes a table, a view, or what a function gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The tokens of its name.
    pub tokens: Range<usize>,
    /// The parts of its name, as written.
    pub parts: Vec<String>,
    /// Whether it is read: it follows FROM, JOIN or the USING of a MERGE.
    pub is_source: bool,
    /// Whether it is read and arguments follow: a function that gives a table.
    pub is_call: bool,
    /// Whether a WITH of the statement gives the name.
    pub is_common: bool,
}

/// A query that has a name of its own: `name [(columns)] AS (…)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommonTable {
    /// Its name, in lower case.
    pub name: String,
    /// The token of its name.
    pub at: usize,
    /// Names of its columns, where they are listed, in lower case.
    pub columns: Vec<String>,
    /// What stands in its brackets.
    pub body: Range<usize>,
    /// Whether that is a query; a window has a name too.
    pub is_query: bool,
}

/// Words after which a relation comes that is not read, or not only.
const TARGETS: [&str; 6] = ["into", "overwrite", "update", "table", "optimize", "vacuum"];
/// Words that end a list of relations.
const ENDS: [&str; 18] = [
    "where",
    "group",
    "order",
    "having",
    "limit",
    "offset",
    "union",
    "except",
    "minus",
    "intersect",
    "select",
    "set",
    "when",
    "window",
    "sort",
    "cluster",
    "distribute",
    "qualify",
];
/// Words that end the search for a relation where one may stand.
const NO_RELATION: [&str; 4] = ["select", "with", "values", "set"];
/// Words that may stand before the name of a relation.
const BEFORE_NAME: [&str; 7] = ["if", "not", "exists", "extended", "formatted", "only", "lateral"];

/// The relations that a statement names, in their order.
pub fn relations(tokens: &[Token<'_>]) -> Vec<Relation> {
    let common: BTreeSet<String> = common_tables(tokens).into_iter().filter(|c| c.is_query).map(|c| c.name).collect();
    let mut found = Vec::new();
    // for each open bracket: whether a comma continues a list of relations, and whether FROM is part of its function
    let mut open = vec![(false, false)];
    let mut expected = None;
    let mut merges = false;
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        let Some((list, own_from)) = open.last_mut() else { break };
        let qualified = at > 0 && tokens[at - 1].is(".");
        let is_no_clause = token.is_word("from") && (*own_from || is_comparison(tokens, at));
        at += 1;
        if token.is("(") {
            let own = at > 1 && is_function(tokens[at - 2].raw, FunctionKind::FromArgument);
            open.push((expected.is_some(), own));
        } else if token.is(")") {
            if open.len() > 1 {
                open.pop();
            }
            expected = None;
        } else if token.is(",") {
            expected = list.then_some(true);
        } else if qualified || !token.is_name() || is_no_clause {
            expected = None;
        } else if token.is_any(&["from", "join"]) {
            expected = Some(true);
            *list = true;
        } else if token.is_word("using") && merges {
            expected = Some(true);
        } else if token.is_any(&TARGETS) {
            expected = Some(false);
        } else if token.is_word("lateral") && (expected.is_none() || tokens.get(at).is_some_and(|t| t.is_word("view")))
        {
            (expected, *list) = (None, false);
        } else if let Some(is_source) = expected {
            if token.is_any(&NO_RELATION) {
                (expected, *list) = (None, false);
            } else if !token.is_any(&BEFORE_NAME)
                && let Some(end) = name_end(tokens, at - 1)
            {
                let parts: Vec<String> = name_parts(&tokens[at - 1..end]).collect();
                let is_common = parts.len() == 1 && common.contains(&parts[0].to_lowercase());
                let is_call = is_source && tokens.get(end).is_some_and(|t| t.is("("));
                found.push(Relation { tokens: at - 1..end, parts, is_source, is_call, is_common });
                expected = None;
                at = end;
            }
        } else if token.is_any(&ENDS) {
            *list = false;
        } else {
            merges |= token.is_word("merge");
        }
    }
    found
}

/// The queries and windows to which a statement gives names.
pub fn common_tables(tokens: &[Token<'_>]) -> Vec<CommonTable> {
    (1..tokens.len())
        .filter(|at| tokens[*at].is_word("as") && tokens.get(at + 1).is_some_and(|t| t.is("(")))
        .filter_map(|at| {
            let mut name = at - 1;
            let mut columns = Vec::new();
            if tokens[name].is(")") {
                let start = opening(tokens, name)?;
                let listed = tokens[start..name].iter().filter(|t| t.is_name());
                columns = listed.map(|t| t.content().to_lowercase()).collect();
                name = start.checked_sub(1)?;
            }
            let named = tokens[name].is_name().then(|| tokens[name].content().to_lowercase())?;
            let is_query = tokens.get(at + 2).is_some_and(starts_query);
            Some(CommonTable { name: named, at: name, columns, body: at + 2..closing(tokens, at + 1), is_query })
        })
        .collect()
}

/// Whether a query can begin with this token.
pub(crate) fn starts_query(token: &Token<'_>) -> bool {
    token.is_any(&["select", "with", "from", "values", "table"]) || token.is("(")
}

#[cfg(test)]
mod tests {
    use super::super::tokens;
    use super::{common_tables, relations};

    /// Names of what is read, then of the rest after `|`.
    fn names(sql: &str) -> String {
        let found = relations(&tokens(sql));
        let of = |source: bool| {
            let these = found.iter().filter(|r| r.is_source == source && !r.is_common && !r.is_call);
            these.map(|r| r.parts.join(".")).collect::<Vec<_>>().join(" ")
        };
        format!("{} | {}", of(true), of(false))
    }

    #[test]
    fn relations_are_found_where_they_stand() {
        for (sql, expected) in [
            (
                "SELECT a.x, (SELECT max(y) FROM S.T) FROM Cat.s.`A b` AS a, b JOIN c ON a.x = c.x, d WHERE a IN (1, 2)",
                "S.T Cat.s.A b b c d | ",
            ),
            ("MERGE INTO t AS t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET a = s.a, b = 1", "s | t"),
            ("MERGE INTO t USING (SELECT * FROM s) AS s ON t.a = s.a WHEN NOT MATCHED THEN INSERT *", "s | t"),
            ("INSERT INTO t SELECT 1 FROM (VALUES (1)) AS v(a)", " | t"),
            ("INSERT OVERWRITE TABLE t (a, b) SELECT a, b FROM u, v", "u v | t"),
            ("WITH c AS (SELECT * FROM t), e (x) AS (SELECT 1) SELECT * FROM c LEFT ANTI JOIN d, e", "t d | "),
            ("SELECT * FROM (a JOIN b USING (k, l)) LATERAL VIEW explode(x) e AS f, g", "a b | "),
            ("SELECT * FROM range(3), LATERAL (SELECT 1 FROM u), w", "u w | "),
            ("DELETE FROM t WHERE x = 'FROM y' -- FROM z", "t | "),
            ("SELECT x FROM a UNION ALL SELECT y, z FROM b", "a b | "),
            ("SELECT extract(year FROM d), trim(BOTH ' ' FROM e), a IS NOT DISTINCT FROM b FROM t", "t | "),
            ("SELECT * FROM t PIVOT (sum(x) FOR y IN (1, 2)), u TABLESAMPLE (5 ROWS), v", "t u v | "),
            ("FROM text.`/x` SELECT *", "text./x | "),
            ("TABLE text.`/x`", " | text./x"),
            ("DESCRIBE TABLE EXTENDED s.t", " | s.t"),
            ("DROP TABLE IF EXISTS t", " | t"),
            ("CREATE TABLE IF NOT EXISTS t (a INT, b INT) USING delta", " | t"),
            ("SELECT x.from, y.join FROM t", "t | "),
        ] {
            assert_eq!(names(sql), expected, "{sql}");
        }
    }

    #[test]
    fn queries_and_windows_have_names() {
        let sql =
            "WITH a AS (SELECT 1), B (x, y) AS (VALUES (1, 2)) SELECT sum(x) OVER w FROM a WINDOW w AS (ORDER BY x)";
        let found = common_tables(&tokens(sql));
        let short: Vec<_> = found.iter().map(|c| (c.name.as_str(), c.columns.len(), c.is_query)).collect();
        assert_eq!(short, [("a", 0, true), ("b", 2, true), ("w", 0, false)]);
    }
}
