//! Window functions and aggregates in places where engines refuse them.

use std::collections::BTreeSet;

use piq_sql::{Clause, Select, Structure, Token, TokenKind, common_tables, is_keyword};

use super::ambiguous::{is_plain_name, query_of};
use super::calls::{behind, fault, is_aggregate, is_call, query_around};
use super::names::NameFault;
use super::scope::{Found, Scopes};

/// Functions that need an order of their rows.
const ORDERED: [&str; 8] = ["row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead"];

/// All of them, in no order.
pub(super) fn window_faults(all: &[Token<'_>], structure: &Structure, scopes: &Scopes<'_>) -> Vec<NameFault> {
    let mut found: Vec<NameFault> = (0..all.len())
        .filter(|i| is_call(all, *i))
        .filter_map(|i| window(all, structure, i).or_else(|| aggregate(all, structure, i)))
        .collect();
    for select in &structure.selects {
        found.extend(grouped_aggregates(all, structure, scopes, select));
        found.extend(having_alone(all, structure, select));
    }
    found
}

/// A window function where no window can be yet, or without the order that it needs.
fn window(all: &[Token<'_>], structure: &Structure, i: usize) -> Option<NameFault> {
    let over = behind(all, structure, i).filter(|at| all.get(*at).is_some_and(|t| t.is_word("over")))?;
    let name = all[i].raw.to_ascii_lowercase();
    let place = match query_around(structure, i)?.1 {
        Clause::Where => Some("WHERE"),
        Clause::Having => Some("HAVING"),
        Clause::GroupBy => Some("GROUP BY"),
        Clause::On => Some("ON"),
        _ => None,
    };
    // an expression alone has a clause of the query that it is put into
    if let Some(place) = place {
        let message = format!("{place} cannot have the window of `{name}`: windows are made of the rows that it finds");
        let hint = "compute it in a subquery, and compare its column around it";
        return Some(fault(all, i, "sql-window", message, hint));
    }
    if all.get(i + 2).is_some_and(|t| t.is_word("distinct")) {
        let message = format!("a window cannot count each value once: `{name}` has DISTINCT and OVER");
        let hint = "count in a subquery with GROUP BY, or write size(collect_set(…) OVER (…))";
        return Some(fault(all, i, "sql-window", message, hint));
    }
    if !ORDERED.contains(&name.as_str()) {
        return None;
    }
    let is_ordered = if all.get(over + 1)?.is("(") {
        let frame = structure.frames.iter().position(|f| f.tokens.start == over + 2)?;
        let range = structure.frames[frame].tokens.clone();
        let first = all.get(range.start).filter(|_| !range.is_empty());
        // the name of a window that it is based on
        let based = first.is_some_and(|t| {
            t.kind == TokenKind::Quoted || t.is_name() && !is_keyword(t.raw) && !t.is_any(&["distribute", "rows"])
        });
        based || structure.direct(frame, range).any(|at| all[at].is_any(&["order", "sort"]))
    } else {
        let named = all[over + 1].content().to_lowercase();
        let windows = common_tables(all);
        let window = windows.iter().find(|w| !w.is_query && w.name == named)?;
        let body = &all[window.body.clone()];
        let based = body.first().is_some_and(|t| t.is_name() && !is_keyword(t.raw));
        based || body.iter().any(|t| t.is_any(&["order", "sort"]))
    };
    (!is_ordered).then(|| {
        let message = format!("the window of `{name}` lacks an ORDER BY");
        fault(all, i, "sql-window", message, "write OVER (PARTITION BY … ORDER BY …)")
    })
}

/// An aggregate within another, or within GROUP BY.
fn aggregate(all: &[Token<'_>], structure: &Structure, i: usize) -> Option<NameFault> {
    if !is_aggregate(all, structure, i) {
        return None;
    }
    let inside = structure.around(i).map(|(frame, _)| &structure.frames[frame]).take_while(|frame| !frame.query);
    let outer = inside.filter_map(|frame| frame.callee).find(|callee| is_aggregate(all, structure, *callee));
    if let Some(outer) = outer {
        let message =
            format!("`{}` cannot take the result of `{}`, which is an aggregate too", all[outer].raw, all[i].raw);
        let hint = "compute the inner one in a subquery with GROUP BY";
        return Some(fault(all, i, "sql-aggregate", message, hint));
    }
    let (frame, clause) = query_around(structure, i)?;
    // the clause WINDOW follows the groups
    let is_window = |at: usize| all[at].is_word("window") && all.get(at + 1).is_some_and(Token::is_name);
    let here = structure.selects.iter().find(|s| s.frame == frame && s.rest.contains(&i));
    let of_query = here.is_some_and(|s| !structure.direct(frame, s.rest.start..i).any(is_window));
    (clause == Clause::GroupBy && of_query).then(|| {
        let message = format!("`{}` is computed of groups, and cannot make them", all[i].raw);
        fault(all, i, "sql-aggregate", message, "group by columns; compare aggregates in HAVING")
    })
}

/// The tokens of a clause of a query, without those of queries within it.
fn of_clause(structure: &Structure, select: &Select, clause: Clause) -> Vec<usize> {
    let of = |i: &usize| structure.around(*i).find(|(frame, _)| *frame == select.frame).map(|(_, clause)| clause);
    select.rest.clone().filter(|i| of(i) == Some(clause) && query_of(structure, *i) == select.frame).collect()
}

/// Aliases and numbers in GROUP BY that mean an aggregate of the list.
fn grouped_aggregates(
    all: &[Token<'_>],
    structure: &Structure,
    scopes: &Scopes<'_>,
    select: &Select,
) -> Vec<NameFault> {
    let own = |i: usize| is_aggregate(all, structure, i) && query_of(structure, i) == select.frame;
    let aggregates: Vec<bool> = select.items.iter().map(|item| item.value.clone().any(own)).collect();
    if !aggregates.contains(&true) {
        return Vec::new();
    }
    let named: BTreeSet<String> = select
        .items
        .iter()
        .zip(&aggregates)
        .filter(|(item, is)| **is && item.is_alias)
        .filter_map(|(item, _)| item.name.as_ref())
        .map(|name| name.to_lowercase())
        .collect();
    let is_star = select.items.iter().any(|item| all[item.tokens.end - 1].is("*"));
    let by = of_clause(structure, select, Clause::GroupBy);
    let by: Vec<usize> = by.into_iter().filter(|i| structure.at[*i].0 == select.frame).collect();
    let is_wrong = |i: usize| {
        if all[i].kind == TokenKind::Number {
            let number = all[i].raw.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            let alone = all[i - 1].is(",") || all[i - 1].is_word("by");
            let ends = all.get(i + 1).is_none_or(|t| t.is(",") || t.is(")") || t.is(";") || is_keyword(t.raw));
            return !is_star && alone && ends && number.and_then(|n| aggregates.get(n)) == Some(&true);
        }
        let name = all[i].content().to_lowercase();
        // a column of the tables goes before an alias
        let is_alias = |i: usize| {
            let scope = scopes.outwards(i).next();
            scope.is_some_and(|s| {
                !s.is_open && s.relations.iter().all(|r| r.columns.as_ref().is_some_and(|c| !c.contains_key(&name)))
            })
        };
        is_plain_name(all, i) && named.contains(&name) && scopes.column(i, &name) != Found::Open && is_alias(i)
    };
    let one = |i: usize| {
        let message = format!(
            "`{}` of GROUP BY is an aggregate of the list: it is computed of groups, and cannot make them",
            all[i].content()
        );
        fault(all, i, "sql-aggregate", message, "group by columns only")
    };
    by.into_iter().filter(|i| is_wrong(*i)).map(one).collect()
}

/// HAVING in a query that has neither groups nor aggregates, but reads columns.
fn having_alone(all: &[Token<'_>], structure: &Structure, select: &Select) -> Option<NameFault> {
    let having = of_clause(structure, select, Clause::Having);
    let first = having.first().copied().filter(|i| all[*i].is_word("having"))?;
    let items = select.items.iter().flat_map(|item| item.tokens.clone());
    let whole: Vec<usize> =
        items.chain(having.iter().copied()).filter(|i| query_of(structure, *i) == select.frame).collect();
    // what is not known may be an aggregate of the project's own
    let may_be_aggregate = |i: &usize| {
        is_call(all, *i) && piq_sql::is_function(all[*i].raw, piq_sql::FunctionKind::Aggregate)
            || all[*i].is(".") && all.get(i + 2).is_some_and(|t| t.is("("))
    };
    let grouped = !of_clause(structure, select, Clause::GroupBy).is_empty();
    let reads = having.iter().any(|i| is_plain_name(all, *i) || all[*i].is("."));
    if grouped || !reads || whole.iter().any(may_be_aggregate) {
        return None;
    }
    let message = "HAVING is about groups, and this query has neither GROUP BY nor an aggregate".to_owned();
    Some(fault(all, first, "sql-grouping", message, "write WHERE for a condition about rows"))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use piq_sql::{Structure, tokens};

    use super::super::scope::Scopes;
    use super::window_faults;

    fn found(sql: &str) -> Vec<String> {
        let set = |names: &str| -> BTreeSet<String> { names.split_whitespace().map(str::to_owned).collect() };
        let relations = BTreeMap::from([("t".to_owned(), set("id a b s"))]);
        let all = tokens(sql);
        let (structure, shapes) = (Structure::of(&all), BTreeMap::new());
        let scopes = Scopes::of(&all, &structure, &relations, &shapes).expect("scopes");
        window_faults(&all, &structure, &scopes).into_iter().map(|f| format!("{} {}", f.code, f.name)).collect()
    }

    #[test]
    fn windows_and_aggregates_where_they_cannot_be_are_found() {
        for (sql, expected) in [
            ("SELECT rank() OVER (PARTITION BY a) AS r FROM t", "sql-window rank"),
            ("SELECT row_number() OVER () AS r FROM t", "sql-window row_number"),
            ("SELECT lag(a) IGNORE NULLS OVER (PARTITION BY a) AS r FROM t", "sql-window lag"),
            ("SELECT ntile(4) OVER w AS r FROM t WINDOW w AS (PARTITION BY a)", "sql-window ntile"),
            ("SELECT id FROM t WHERE row_number() OVER (ORDER BY a) = 1", "sql-window row_number"),
            ("SELECT id FROM t GROUP BY id HAVING sum(a) OVER (ORDER BY a) = 1", "sql-window sum"),
            ("SELECT count(DISTINCT a) OVER (PARTITION BY b) AS n FROM t", "sql-window count"),
            ("SELECT sum(count(*)) AS n FROM t GROUP BY id", "sql-aggregate count"),
            ("SELECT max(coalesce(sum(a), 0)) AS n FROM t", "sql-aggregate sum"),
            ("SELECT count(*) AS n FROM t GROUP BY id, max(a)", "sql-aggregate max"),
            ("SELECT id, count(*) AS n FROM t GROUP BY id, n", "sql-aggregate n"),
            ("SELECT id, count(*) AS n FROM t GROUP BY 1, 2", "sql-aggregate 2"),
            ("SELECT id FROM t HAVING a > 1", "sql-grouping HAVING"),
        ] {
            assert_eq!(found(sql), [expected], "{sql}");
        }
    }

    #[test]
    fn what_engines_run_is_good() {
        for sql in [
            "SELECT rank() OVER (PARTITION BY a ORDER BY b) AS r, sum(a) OVER (PARTITION BY b), lead(a) OVER (SORT BY b) FROM t",
            "SELECT rank() OVER w, lag(a) OVER (w) AS l FROM t WINDOW w AS (PARTITION BY a ORDER BY b)",
            "SELECT first_value(a) OVER (PARTITION BY b), count(*) OVER () FROM t QUALIFY row_number() OVER (ORDER BY a) = 1",
            "SELECT sum(sum(a)) OVER (PARTITION BY b), rank() OVER (ORDER BY count(*) DESC) FROM t GROUP BY b",
            "SELECT id FROM t WHERE id IN (SELECT id FROM (SELECT id, rank() OVER (ORDER BY a) AS r FROM t) WHERE r = 1)",
            "SELECT max((SELECT count(*) FROM t)) AS n FROM t",
            "SELECT id, count(*) AS a FROM t GROUP BY id, a",
            "SELECT id, rank() OVER w AS r FROM t GROUP BY id WINDOW w AS (ORDER BY count(*))",
            "SELECT id, count(*) AS n FROM elsewhere GROUP BY id, n",
            "SELECT id, count(*) AS n FROM t GROUP BY id HAVING n > 1 ORDER BY n",
            "SELECT 'x' AS k, max(a) AS n FROM t HAVING count(*) > 0",
            "SELECT 1 AS n FROM t HAVING our.tools.total(a) > 1",
            "SELECT aggregate(collect_list(a), 0, (x, y) -> x + y) AS n FROM t GROUP BY ALL",
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) AS m FROM t",
        ] {
            assert_eq!(found(sql), [] as [&str; 0], "{sql}");
        }
    }
}
