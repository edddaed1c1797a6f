//! Calls and comparisons that every engine refuses, or that are never true.

use piq_sql::{Clause, FunctionKind, Structure, Token, TokenKind, is_function, is_keyword};

use super::names::NameFault;

/// Window functions that number rows, or read a row beside.
const WINDOW_ONLY: [&str; 8] =
    ["row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead"];

/// All faults of calls and comparisons, in their order.
pub(super) fn call_faults(all: &[Token<'_>], structure: &Structure) -> Vec<NameFault> {
    let one = |i: usize| call(all, structure, i).or_else(|| null(all, i)).or_else(|| between(all, i));
    (0..all.len()).filter_map(one).collect()
}

/// The calls of functions that make one value of many rows, where an expression has one row.
pub(super) fn aggregates_of_one_row(all: &[Token<'_>], structure: &Structure) -> Vec<NameFault> {
    let is_outside = |i: usize| query_around(structure, i).is_some_and(|(frame, _)| frame == 0);
    let found = (0..all.len()).filter(|i| is_aggregate(all, structure, *i) && is_outside(*i));
    found
        .map(|i| {
            let message = format!("`{}` reads many rows, where the expression is about one", all[i].raw);
            fault(all, i, "sql-aggregate", message, "compute it in a query, and read its column")
        })
        .collect()
}

/// A fault of one token.
pub(super) fn fault(all: &[Token<'_>], i: usize, code: &'static str, message: String, hint: &str) -> NameFault {
    NameFault { code, span: all[i].span.clone(), name: all[i].content(), message, hint: Some(hint.to_owned()) }
}

/// The innermost query around a token, and the clause of it.
pub(super) fn query_around(structure: &Structure, i: usize) -> Option<(usize, Clause)> {
    structure.around(i).find(|(frame, _)| structure.frames[*frame].query)
}

/// Whether a token is the name of a function that is called.
pub(super) fn is_call(all: &[Token<'_>], i: usize) -> bool {
    let after_dot = i > 0 && all[i - 1].is(".");
    all[i].kind == TokenKind::Word && !after_dot && all.get(i + 1).is_some_and(|t| t.is("("))
}

/// The token behind the call whose name is at `i`, and behind its order, its FILTER and the words about nulls.
pub(super) fn behind(all: &[Token<'_>], structure: &Structure, i: usize) -> Option<usize> {
    let mut at = structure.call(i)?.tokens.end + 1;
    if all.get(at).is_some_and(|t| t.is_word("within")) && all.get(at + 1).is_some_and(|t| t.is_word("group")) {
        at = structure.call(at + 1)?.tokens.end + 1;
    }
    if all.get(at).is_some_and(|t| t.is_word("filter")) {
        at = structure.call(at)?.tokens.end + 1;
    }
    while all.get(at).is_some_and(|t| t.is_any(&["ignore", "respect", "nulls"])) {
        at += 1;
    }
    Some(at)
}

pub(super) fn is_aggregate(all: &[Token<'_>], structure: &Structure, i: usize) -> bool {
    let over = |at: usize| all.get(at).is_some_and(|t| t.is_word("over"));
    is_call(all, i)
        && is_function(all[i].raw, FunctionKind::Aggregate)
        && behind(all, structure, i).is_some_and(|at| !over(at))
}

fn call(all: &[Token<'_>], structure: &Structure, i: usize) -> Option<NameFault> {
    if !is_call(all, i) {
        return None;
    }
    let name = all[i].raw.to_ascii_lowercase();
    // a keyword before a bracket is rarely a function
    if is_keyword(&name) && !["if", "left", "right"].contains(&name.as_str()) {
        return None;
    }
    if WINDOW_ONLY.contains(&name.as_str()) {
        let at = behind(all, structure, i)?;
        if !all.get(at).is_some_and(|t| t.is_word("over")) {
            let message = format!("`{name}` lacks its window");
            return Some(fault(all, i, "sql-window", message, "write OVER (PARTITION BY … ORDER BY …) behind it"));
        }
    }
    if is_aggregate(all, structure, i)
        && let Some((_, clause @ (Clause::Where | Clause::On))) = query_around(structure, i)
    {
        let place = if clause == Clause::Where { "WHERE" } else { "ON" };
        let message = format!("`{name}` reads many rows, but {place} is about one");
        return Some(fault(all, i, "sql-aggregate", message, "compare it in HAVING, or compute it in a subquery"));
    }
    None
}

/// `= NULL` and `<> NULL`.
fn null(all: &[Token<'_>], i: usize) -> Option<NameFault> {
    if !all[i].is_word("null") || i == 0 {
        return None;
    }
    let before = |n: usize, symbol: &str| i.checked_sub(n).is_some_and(|at| all[at].is(symbol));
    let equal = before(1, "=") && !["<", ">", "!"].iter().any(|s| before(2, s));
    let unequal = before(2, "<") && before(1, ">") || before(2, "!") && before(1, "=");
    let (operator, instead) = match (equal, unequal) {
        (true, _) => ("=", "IS NULL"),
        (_, true) => ("<>", "IS NOT NULL"),
        _ => return None,
    };
    let message = format!("`{operator} NULL` is never true");
    Some(fault(all, i, "sql-null", message, &format!("write {instead}")))
}

/// `BETWEEN 10 AND 2`.
fn between(all: &[Token<'_>], i: usize) -> Option<NameFault> {
    if !all[i].is_word("between") || !all.get(i + 2)?.is_word("and") {
        return None;
    }
    let number = |at: usize| all.get(at).filter(|t| t.kind == TokenKind::Number)?.raw.parse::<f64>().ok();
    // a longer expression may follow
    let ends = all.get(i + 4).is_none_or(|t| !["+", "-", "*", "/", "%"].iter().any(|s| t.is(s)));
    (ends && number(i + 1)? > number(i + 3)?).then(|| {
        let message = format!("`BETWEEN {} AND {}` is never true", all[i + 1].raw, all[i + 3].raw);
        fault(all, i, "sql-between", message, "write the smaller value first")
    })
}

#[cfg(test)]
mod tests {
    use piq_sql::{Structure, tokens};

    use super::{aggregates_of_one_row, call_faults};

    fn found(sql: &str) -> Vec<String> {
        let all = tokens(sql);
        call_faults(&all, &Structure::of(&all)).into_iter().map(|f| format!("{} {}", f.code, f.name)).collect()
    }

    #[test]
    fn what_engines_refuse_is_found() {
        for (sql, expected) in [
            ("SELECT row_number() AS n FROM t", "sql-window row_number"),
            ("SELECT lag(a) FROM t", "sql-window lag"),
            ("SELECT a FROM t WHERE count(*) > 1", "sql-aggregate count"),
            ("SELECT a FROM t JOIN u ON max(t.a) = u.a", "sql-aggregate max"),
            ("a = NULL", "sql-null NULL"),
            ("a <> NULL", "sql-null NULL"),
            ("a != null", "sql-null null"),
            ("a BETWEEN 10 AND 2", "sql-between BETWEEN"),
        ] {
            assert_eq!(found(sql), [expected], "{sql}");
        }
    }

    #[test]
    fn what_engines_run_is_good() {
        for sql in [
            "a <=> NULL AND b IS NOT NULL AND c BETWEEN 2 AND 10 AND d BETWEEN 5 AND 2 + x",
            "SELECT row_number() OVER (ORDER BY a), lag(a) IGNORE NULLS OVER w, sum(a) OVER (PARTITION BY b) FROM t",
            "SELECT a FROM t WHERE b = (SELECT max(b) FROM u) GROUP BY a HAVING count(*) > 1",
            "SELECT count(*) FILTER (WHERE a > 1), max_by(a, b), if(a, 1, 2), left(a, 2) FROM t LEFT JOIN u ON (a = b)",
            "SELECT trim(BOTH ' ' FROM a), substr(a FROM 2), extract(YEAR FROM b), main.s.round(1, 2, 3), t.size FROM t",
            "dateadd(DAY, 1, a) > date_diff(MONTH, a, b) AND EXISTS (SELECT 1 FROM t) AND f(x => NULL)",
        ] {
            assert_eq!(found(sql), [] as [String; 0], "{sql}");
        }
    }

    #[test]
    fn an_expression_about_one_row_has_no_aggregate() {
        let of = |sql: &str| {
            let all = tokens(sql);
            aggregates_of_one_row(&all, &Structure::of(&all)).len()
        };
        assert_eq!(of("count(*) > 0"), 1);
        assert_eq!(of("a > (SELECT max(b) FROM t)"), 0);
        assert_eq!(of("array_max(a) > 1"), 0);
    }
}
