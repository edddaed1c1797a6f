//! Columns of a grouped query that are neither grouped nor made one value of the group's rows.

use std::collections::BTreeSet;
use std::ops::Range;

use piq_sql::{Clause, FunctionKind, Select, Structure, Token, TokenKind, is_function, is_keyword};

use super::ambiguous::query_of;
use super::calls::is_aggregate;
use super::lambdas::lambda_variables;
use super::names::{NameFault, Readable};
use super::scope::{Scope, Scopes};

/// The columns of select lists that engines refuse beside an aggregate. Only columns of known relations are named: another
/// name may be of a lambda, or of the statement itself.
pub(super) fn grouping_faults(
    all: &[Token<'_>],
    structure: &Structure,
    readable: &Readable,
    scopes: &Scopes<'_>,
) -> Vec<NameFault> {
    let selects = structure.selects.iter().zip(scopes.each());
    selects.flat_map(|(select, scope)| of_select(all, structure, &Known { readable, scope }, select)).collect()
}

/// Columns that a query can read.
struct Known<'k> {
    readable: &'k Readable,
    scope: &'k Scope,
}

impl Known<'_> {
    /// Whether a relation that is known has a column of this name.
    fn has(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let of_query =
            || self.scope.relations.iter().any(|r| r.columns.as_ref().is_some_and(|c| c.contains_key(&name)));
        self.readable.columns.contains(&name)
            || self.readable.relations.values().any(|columns| columns.contains(&name))
            || of_query()
    }
}

fn of_select(all: &[Token<'_>], structure: &Structure, known: &Known<'_>, select: &Select) -> Vec<NameFault> {
    let by = group_by(all, structure, select);
    let is_own_aggregate = |i: usize| is_aggregate(all, structure, i) && query_of(structure, i) == select.frame;
    let aggregated = || select.items.iter().any(|item| item.value.clone().any(is_own_aggregate));
    if by.is_none() && !aggregated() {
        return Vec::new();
    }
    let by = by.unwrap_or(select.rest.end..select.rest.end);
    if all[by.clone()].iter().any(|t| t.is_word("all")) {
        return Vec::new();
    }
    let grouped = grouped_names(all, known, by.clone(), select);
    // a later item may read an earlier one
    let aliases: BTreeSet<String> = names(select.items.iter().filter(|i| i.is_alias).filter_map(|i| i.name.clone()));
    let variables = lambda_variables(all);
    let is_wrong = |i: usize| {
        is_column(all, i, known)
            && query_of(structure, i) == select.frame
            && !in_one_value(all, structure, select, i)
            && !path(all, i).any(|part| variables.contains(&all[part].content()))
            && path(all, i).all(|part| {
                let name = all[part].content().to_lowercase();
                !grouped.contains(&name) && !aliases.contains(&name)
            })
    };
    let fault = |i: usize| {
        let name = all[i].content();
        let hint = if by.is_empty() {
            format!("add GROUP BY {name}, or write any_value({name})")
        } else {
            format!("add it to GROUP BY, or write any_value({name})")
        };
        NameFault {
            code: "sql-grouping",
            span: all[i].span.clone(),
            message: format!("`{name}` has many values in a group: it is neither grouped nor in an aggregate"),
            name,
            hint: Some(hint),
        }
    };
    let in_having = |i: &usize| structure.around(*i).any(|(frame, c)| frame == select.frame && c == Clause::Having);
    let having = select.rest.clone().filter(in_having);
    select.items.iter().flat_map(|item| item.value.clone()).chain(having).filter(|i| is_wrong(*i)).map(fault).collect()
}

fn names(found: impl Iterator<Item = String>) -> BTreeSet<String> {
    found.map(|name| name.to_lowercase()).collect()
}

/// What stands behind GROUP BY.
fn group_by(all: &[Token<'_>], structure: &Structure, select: &Select) -> Option<Range<usize>> {
    let is_group = |i: &usize| structure.at[*i].1 == Clause::GroupBy;
    let word = structure.direct(select.frame, select.rest.clone()).find(is_group)?;
    let mut behind = structure.direct(select.frame, word..select.rest.end);
    let end = behind.find(|i| !is_group(i) || all[*i].is_any(&["union", "intersect", "except", "window"]));
    Some(word + 2..end.unwrap_or(select.rest.end).max(word + 2))
}

/// Every name in the groups: those that stand there, and those of the items that they mean by a number or an alias.
fn grouped_names(all: &[Token<'_>], known: &Known<'_>, by: Range<usize>, select: &Select) -> BTreeSet<String> {
    let is_table = |i: usize| all.get(i + 1).is_some_and(|t| t.is(".")) && !known.has(&all[i].content());
    let in_range =
        |range: Range<usize>| names(range.filter(|i| all[*i].is_name() && !is_table(*i)).map(|i| all[i].content()));
    let mut grouped = in_range(by.clone());
    for (number, item) in select.items.iter().enumerate() {
        let is_number = |t: &Token<'_>| t.kind == TokenKind::Number && t.raw == (number + 1).to_string();
        let is_alias = item.is_alias && item.name.as_ref().is_some_and(|name| grouped.contains(&name.to_lowercase()));
        if is_alias || all[by.clone()].iter().any(is_number) {
            grouped.extend(in_range(item.value.clone()));
        }
    }
    grouped
}

/// The tokens of the names before and behind a dot, the one at `i` among them.
fn path(all: &[Token<'_>], i: usize) -> impl Iterator<Item = usize> {
    let is_dot = |at: usize| all.get(at).is_some_and(|t| t.is("."));
    let before = std::iter::successors(Some(i), move |at| at.checked_sub(2).filter(|_| is_dot(at - 1)));
    let behind = std::iter::successors(Some(i), move |at| Some(at + 2).filter(|_| is_dot(at + 1)));
    before.chain(behind).filter(|at| all.get(*at).is_some_and(Token::is_name))
}

/// Whether a token is the name of a column, by itself or behind the name of its table.
fn is_column(all: &[Token<'_>], i: usize, known: &Known<'_>) -> bool {
    let is = |at: usize, symbol: &str| all.get(at).is_some_and(|t| t.is(symbol));
    let keyword = all[i].kind == TokenKind::Word && is_keyword(all[i].raw);
    let before = |back: usize, symbol: &str| i.checked_sub(back).is_some_and(|at| is(at, symbol));
    let is_argument = is(i + 1, "=") && is(i + 2, ">");
    if !all[i].is_name() || keyword || is(i + 1, "(") || is(i + 1, ".") || is_argument || before(3, ".") {
        return false;
    }
    // the field of a VARIANT, the type of a cast, an alias within an argument
    if before(1, ":") || i.checked_sub(1).is_some_and(|at| all[at].is_word("as")) {
        return false;
    }
    known.has(&all[i].content())
}

/// Whether a token is in what makes one value of a group: an aggregate with its FILTER, a window, or a function that piq
/// does not know.
fn in_one_value(all: &[Token<'_>], structure: &Structure, select: &Select, i: usize) -> bool {
    let frames = structure.around(i).map(|(frame, _)| frame).take_while(|frame| *frame != select.frame);
    frames.filter_map(|frame| structure.frames[frame].callee).any(|callee| {
        let own = callee.checked_sub(1).is_some_and(|at| all[at].is("."));
        let window = all[callee].is_any(&["over", "filter", "group", "grouping"]);
        own || window || is_function(all[callee].raw, FunctionKind::Aggregate)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use piq_sql::{Structure, tokens};

    use super::super::names::Readable;
    use super::super::scope::Scopes;
    use super::grouping_faults;

    fn found(sql: &str) -> Vec<String> {
        let set = |names: &str| -> BTreeSet<String> { names.split_whitespace().map(str::to_owned).collect() };
        let relations = BTreeMap::from([("t".to_owned(), set("id a b s")), ("u".to_owned(), set("id c"))]);
        let all = tokens(sql);
        let readable = Readable { relations, ..Readable::default() };
        let structure = Structure::of(&all);
        let scopes = Scopes::of(&all, &structure, &readable.relations, &readable.shapes).expect("scopes");
        grouping_faults(&all, &structure, &readable, &scopes).into_iter().map(|f| f.name).collect()
    }

    #[test]
    fn a_column_beside_an_aggregate_is_grouped() {
        for (sql, expected) in [
            ("SELECT id, a, count(*) FROM t GROUP BY id", vec!["a"]),
            ("SELECT id, count(*) AS n FROM t", vec!["id"]),
            ("SELECT upper(t.a) AS x, max(b) FROM t GROUP BY t.id", vec!["a"]),
            ("SELECT id, a FROM t GROUP BY 1", vec!["a"]),
            ("SELECT id FROM t JOIN (SELECT id, c, max(id) AS m FROM u GROUP BY id) AS x ON x.id = t.id", vec!["c"]),
            ("SELECT id, sum(a) + b AS n FROM t GROUP BY id HAVING sum(a) > 1 ORDER BY n", vec!["b"]),
            ("SELECT id, CASE WHEN a > 1 THEN 'x' END AS k, min(b) FROM t GROUP BY id", vec!["a"]),
            ("WITH x AS (SELECT a, count(*) AS n FROM t) SELECT a FROM x", vec!["a"]),
            ("SELECT a, count(*) FROM t GROUP BY a UNION ALL SELECT b, count(*) FROM t GROUP BY a", vec!["b"]),
            ("SELECT id, count(*) AS n FROM t GROUP BY id HAVING a > 1 AND n > 1", vec!["a"]),
            ("SELECT max(a) AS m FROM t HAVING b > 1", vec!["b"]),
            ("SELECT lower(k) AS l, count(*) AS n FROM (SELECT a AS k, id FROM t) AS s GROUP BY id", vec!["k"]),
            ("SELECT id, s.kind, count(*) FROM t GROUP BY id", vec!["kind"; 0]),
        ] {
            assert_eq!(found(sql), expected, "{sql}");
        }
    }

    #[test]
    fn what_engines_run_is_good() {
        for sql in [
            "SELECT a, upper(b) AS k, count(*) FROM t GROUP BY a, upper(b)",
            "SELECT a, upper(b) AS k, count(*) FROM t GROUP BY a, k",
            "SELECT a, upper(b) AS k, count(*) FROM t GROUP BY 1, 2",
            "SELECT id, count(*) AS n FROM t GROUP BY id HAVING id > 1 AND max(a) > 1 AND n > (SELECT max(c) FROM u)",
            "SELECT a, b, count(*) FROM t GROUP BY ALL",
            "SELECT a, b, count(*), grouping(a) FROM t GROUP BY ROLLUP (a, b)",
            "SELECT id, row_number() OVER (PARTITION BY a ORDER BY b) AS r, sum(a) OVER (ORDER BY b) FROM t",
            "SELECT id, sum(sum(a)) OVER (PARTITION BY b) FROM t GROUP BY id",
            "SELECT id, count(*) FILTER (WHERE a > 1), max_by(a, b), transform(collect_list(b), a -> a + 1) FROM t GROUP BY id",
            "SELECT id, (SELECT max(c) FROM u WHERE u.id = t.id) AS m, a FROM t",
            "SELECT s.kind, count(*) FROM t GROUP BY s.kind",
            "SELECT t.id, any_value(a) AS a, a || 'x' AS k FROM t GROUP BY t.id",
            "SELECT id, main.tools.our_sum(a) FROM t GROUP BY id",
            "SELECT id, CAST(max(a) AS STRING), first_value(b) FROM t GROUP BY id",
            "SELECT id, transform(collect_list(named_struct('a', a)), x -> x.a) AS all FROM t GROUP BY id",
            "SELECT 1 AS one, count(*) FROM t",
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM t",
            "SELECT DISTINCT a, b FROM t",
            "SELECT lower(k) AS l, max(s.n) FROM (SELECT a AS k, b AS n FROM t) AS s GROUP BY lower(k) HAVING l <> 'x'",
            "SELECT s.k, (SELECT max(c + s.k) FROM u) AS m FROM (SELECT a AS k FROM t) AS s",
            "SELECT a, count(*) FROM t GROUP BY a WINDOW w AS (ORDER BY a)",
        ] {
            assert_eq!(found(sql), [] as [&str; 0], "{sql}");
        }
    }
}
