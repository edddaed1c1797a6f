//! Numbers of columns: those that a query gives, against those that its place takes.

use std::ops::Range;

use piq_sql::{Clause, Item, Select, Structure, Token, TokenKind, split_at_commas};

use super::ambiguous::query_of;
use super::calls::fault;
use super::generators::{default_columns, is_generator};
use super::names::NameFault;

/// All faults of select lists.
pub(super) fn select_faults(all: &[Token<'_>], structure: &Structure) -> Vec<NameFault> {
    let mut found = Vec::new();
    for (at, select) in structure.selects.iter().enumerate() {
        found.extend(positions(all, structure, select));
        found.extend(generators(all, structure, select));
        found.extend(subquery(all, structure, select));
        // the query before it in one UNION
        if let Some(before) = structure.selects[..at].iter().rev().find(|s| s.frame == select.frame) {
            found.extend(union(all, before, select));
        }
    }
    found.extend(repeated(all, structure));
    found
}

/// How many columns a list gives, if that can be told.
fn width(all: &[Token<'_>], select: &Select) -> Option<usize> {
    let is_open = |item: &Item| {
        let list = &all[item.tokens.clone()];
        let is_star = |i: usize| list[i].is("*") && (i == 0 || list[i - 1].is("."));
        let is_list = |i: usize| list[i].is_word("as") && list.get(i + 1).is_some_and(|t| t.is("("));
        let gives_several = default_columns(&list[0]).is_some() || list[0].is_any(&["inline", "inline_outer"]);
        gives_several || (0..list.len()).any(|i| is_star(i) || is_list(i))
    };
    (!select.items.is_empty() && !select.items.iter().any(is_open)).then_some(select.items.len())
}

/// `ORDER BY 9` of two columns.
fn positions(all: &[Token<'_>], structure: &Structure, select: &Select) -> Vec<NameFault> {
    let Some(width) = width(all, select) else { return Vec::new() };
    let direct: Vec<usize> = structure.direct(select.frame, select.rest.clone()).collect();
    let is_start = |i: &usize| all[*i].is_any(&["order", "group"]) && all.get(i + 1).is_some_and(|t| t.is_word("by"));
    let is_end = |i: &usize| {
        all[*i].is_any(&[
            "limit",
            "offset",
            "window",
            "order",
            "having",
            "qualify",
            "sort",
            "union",
            "except",
            "intersect",
            "minus",
        ]) || all[*i].is(";")
    };
    let mut found = Vec::new();
    for start in direct.iter().copied().filter(is_start) {
        let end = direct.iter().copied().find(|i| *i > start && is_end(i)).unwrap_or(select.rest.end);
        for piece in split_at_commas(all, start + 2..end) {
            let Some(token) = all.get(piece.start).filter(|t| t.kind == TokenKind::Number) else { continue };
            let alone = piece.len() == 1 || all[piece.start + 1].is_any(&["asc", "desc", "nulls"]);
            let Some(number) = token.raw.parse::<usize>().ok().filter(|_| alone) else { continue };
            if number == 0 || number > width {
                let what = all[start].raw.to_ascii_uppercase();
                let message = format!("{what} BY {number} of a list with {}", columns(width));
                found.push(fault(all, piece.start, "sql-columns", message, "name the column instead of its number"));
            }
        }
    }
    found
}

fn columns(number: usize) -> String {
    if number == 1 { "one column".to_owned() } else { format!("{number} columns") }
}

/// Two generators in one list.
fn generators(all: &[Token<'_>], structure: &Structure, select: &Select) -> Option<NameFault> {
    let tokens = select.items.iter().flat_map(|item| item.tokens.clone());
    let mut found = tokens.filter(|i| is_generator(all, *i) && query_of(structure, *i) == select.frame);
    let (first, second) = (found.next()?, found.next()?);
    let (one, other) = (all[first].raw, all[second].raw);
    let message = format!("one SELECT can have one function that makes rows, and this has `{one}` and `{other}`");
    Some(fault(all, first, "sql-generator", message, "make the rows of each in a subquery of its own"))
}

/// Queries of a UNION that give different numbers of columns.
fn union(all: &[Token<'_>], before: &Select, select: &Select) -> Option<NameFault> {
    let (first, second) = (width(all, before)?, width(all, select)?);
    if first == second {
        return None;
    }
    let surplus = select.items.get(first).unwrap_or(&select.items[0]);
    let message = format!("the queries of a UNION give {} and {}", columns(first), columns(second));
    let hint = "give both the same columns in the same order; CAST(NULL AS …) fills what one lacks";
    Some(fault(all, surplus.tokens.start, "sql-columns", message, hint))
}

/// A subquery of two columns where one value is compared or computed with.
fn subquery(all: &[Token<'_>], structure: &Structure, select: &Select) -> Option<NameFault> {
    let frame = &structure.frames[select.frame];
    let open = frame.tokens.start.checked_sub(1)?;
    let before = &all[open.checked_sub(1)?];
    let (parent, clause) = frame.parent?;
    let is_first = structure.selects.iter().find(|s| s.frame == select.frame) == Some(select);
    let width = width(all, select).filter(|width| *width > 1 && is_first)?;
    if !structure.frames[parent].query && clause == Clause::From
        || clause == Clause::Head && structure.frames[parent].query
    {
        return None;
    }
    let is_list = before.is_word("in");
    let is_argument = before.is(">") && open >= 2 && all[open - 2].is("=");
    let is_value = !is_argument && ["=", "<", ">", "+", "-", "/", "|"].iter().any(|s| before.is(s))
        || before.is_any(&["select", "when", "then", "else", "and", "or", "between", "where", "having"])
        || before.is(",") && clause == Clause::Select && structure.frames[parent].query;
    if is_list {
        // several columns can be compared at once: `(a, b) IN (SELECT …)`
        let negated = usize::from(open >= 2 && all[open - 2].is_word("not"));
        let left = open.checked_sub(2 + negated).map(|at| &all[at])?;
        if !left.is_name() {
            return None;
        }
    } else if !is_value {
        return None;
    }
    let message = format!("a subquery here gives one column, and this one gives {width}");
    let hint = if is_list { "select the one column that is compared" } else { "select one value" };
    Some(fault(all, select.items[1].tokens.start, "sql-columns", message, hint))
}

/// A name that the outermost list gives twice.
fn repeated(all: &[Token<'_>], structure: &Structure) -> Vec<NameFault> {
    let Some(select) = structure.selects.iter().find(|s| s.frame == 0) else { return Vec::new() };
    let mut found = Vec::new();
    for (at, item) in select.items.iter().enumerate() {
        let Some(name) = &item.name else { continue };
        let is_same = |other: &Item| other.name.as_ref().is_some_and(|n| n.eq_ignore_ascii_case(name));
        if select.items[..at].iter().any(is_same) {
            let place: Range<usize> = item.tokens.end - 1..item.tokens.end;
            let message = format!("the query gives two columns of the name `{name}`");
            found.push(fault(all, place.start, "sql-columns", message, "give each a name of its own, or remove one"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use piq_sql::{Structure, tokens};

    use super::select_faults;

    fn found(sql: &str) -> Vec<String> {
        let all = tokens(sql);
        select_faults(&all, &Structure::of(&all)).into_iter().map(|f| format!("{} {}", f.code, f.name)).collect()
    }

    #[test]
    fn lists_of_another_width_are_found() {
        for (sql, expected) in [
            ("SELECT a, b FROM t ORDER BY 9", "sql-columns 9"),
            ("SELECT a, b FROM t ORDER BY 1, 3 DESC LIMIT 5", "sql-columns 3"),
            ("SELECT a, count(*) FROM t GROUP BY 4", "sql-columns 4"),
            ("SELECT a, b FROM t UNION ALL SELECT a FROM u", "sql-columns a"),
            ("SELECT a FROM t UNION SELECT a, b FROM u", "sql-columns b"),
            ("SELECT k FROM (SELECT a AS k, 1 AS x FROM t EXCEPT SELECT c FROM u) AS s", "sql-columns c"),
            ("SELECT a FROM t WHERE a IN (SELECT b, c FROM u)", "sql-columns c"),
            ("SELECT a FROM t WHERE a NOT IN (SELECT b, c FROM u)", "sql-columns c"),
            ("SELECT a, (SELECT max(b), 1 FROM u) AS m FROM t", "sql-columns 1"),
            ("SELECT a FROM t WHERE a = (SELECT b, c FROM u)", "sql-columns c"),
            ("SELECT explode(a) AS x, explode(b) AS y FROM t", "sql-generator explode"),
            ("SELECT a, b AS A FROM t", "sql-columns A"),
        ] {
            assert_eq!(found(sql), [expected], "{sql}");
        }
    }

    #[test]
    fn what_engines_run_is_good() {
        for sql in [
            "SELECT a, b FROM t ORDER BY 2 DESC NULLS LAST, a LIMIT 10 OFFSET 20",
            "SELECT * FROM t ORDER BY 9",
            "SELECT t.*, 1 AS x FROM t UNION ALL SELECT a, b, c FROM u ORDER BY 3",
            "SELECT a, posexplode(b) FROM t UNION ALL SELECT 1, 2, 3",
            "SELECT explode(a) AS (k, v) FROM t UNION ALL SELECT 1, 2",
            "SELECT a FROM t WHERE (a, b) IN (SELECT c, d FROM u) AND EXISTS (SELECT 1, 2 FROM u)",
            "SELECT a FROM t WHERE a = (SELECT max(b) FROM u) AND upper(a) IN (SELECT c FROM u)",
            "(SELECT a, b FROM t) UNION ALL (SELECT c, d FROM u)",
            "SELECT x.a FROM (SELECT a, b FROM t) AS x, (SELECT c, d FROM u) AS y JOIN (SELECT 1 AS e, 2 AS f) AS z ON true",
            "WITH c AS (SELECT a, b FROM t), d (x, y) AS (SELECT 1, 2) SELECT a, x FROM c, d",
            "SELECT a FROM t EXCEPT (SELECT b FROM u)",
            "SELECT a, explode(b) AS x FROM (SELECT a, explode(c) AS b FROM t) AS s",
            "SELECT s.a FROM (SELECT a, a FROM t) AS s",
            "SELECT a FROM t WHERE struct(1, 2) IN (SELECT struct(a, b) FROM u) ORDER BY 1 + 9",
        ] {
            assert_eq!(found(sql), [] as [&str; 0], "{sql}");
        }
    }
}
