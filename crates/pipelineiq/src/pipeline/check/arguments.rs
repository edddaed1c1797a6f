//! How many arguments a call has, and how many variables its lambda.

use std::ops::Range;

use piq_sql::{FunctionKind, Structure, Token, TokenKind, arity, is_function, is_keyword};

use super::calls::{fault, is_call};
use super::names::NameFault;

/// Functions that take lambdas: the argument that is one, counted from 0, with the least and the most variables.
const LAMBDAS: [(&str, usize, usize, usize); 16] = [
    ("transform", 1, 1, 2),
    ("filter", 1, 1, 2),
    ("exists", 1, 1, 1),
    ("forall", 1, 1, 1),
    ("aggregate", 2, 2, 2),
    ("aggregate", 3, 1, 1),
    ("reduce", 2, 2, 2),
    ("reduce", 3, 1, 1),
    ("zip_with", 2, 2, 2),
    ("map_filter", 1, 2, 2),
    ("transform_keys", 1, 2, 2),
    ("transform_values", 1, 2, 2),
    ("map_zip_with", 2, 3, 3),
    ("array_sort", 1, 2, 2),
    ("any_match", 1, 1, 1),
    ("all_match", 1, 1, 1),
];

/// Functions whose arguments are pairs.
const PAIRS: [&str; 2] = ["named_struct", "map"];

/// Words of the functions that are also words of other clauses; behind these a bracket is of something else.
const OTHER_BEFORE: [&str; 8] = ["as", "like", "ilike", "into", "table", "overwrite", "update", "with"];

const REFERENCE: &str = "look the function up in the reference of Databricks SQL";

/// All faults of the numbers of arguments and of variables, in their order.
pub(super) fn argument_faults(all: &[Token<'_>], structure: &Structure) -> Vec<NameFault> {
    let one = |i: usize| of_call(all, structure, i);
    (0..all.len()).filter(|i| is_call(all, *i)).filter_map(one).collect()
}

fn of_call(all: &[Token<'_>], structure: &Structure, i: usize) -> Option<NameFault> {
    let name = all[i].raw.to_ascii_lowercase();
    if is_other(all, structure, i) {
        return None;
    }
    let given = structure.arguments(all, i)?;
    // `(SELECT …)`, the condition of FILTER, and arguments with their names
    let first = |argument: &Range<usize>| &all[argument.start];
    let is_named = |a: &Range<usize>| all.get(a.start + 1).is_some_and(|t| t.is("=")) && all[a.start + 2].is(">");
    if given
        .iter()
        .any(|a| first(a).is_any(&["select", "with", "where", "from", "values"]) || a.len() > 2 && is_named(a))
    {
        return None;
    }
    // all columns, or all fields of a struct, are more than one argument
    let is_star = |a: &Range<usize>| all[a.end - 1].is("*") && (a.len() == 1 || all[a.end - 2].is("."));
    if given.iter().any(is_star) {
        return None;
    }
    let own_word = |at: usize| all[at].is_any(&["from", "in", "placing"]);
    let frame = structure.frames.iter().position(|f| f.callee == Some(i))?;
    if is_function(&name, FunctionKind::FromArgument)
        && structure.direct(frame, structure.frames[frame].tokens.clone()).any(own_word)
    {
        return None;
    }
    let count = given.len();
    if PAIRS.contains(&name.as_str()) && count % 2 == 1 {
        let message = format!("expected pairs of arguments of `{name}`, found {count}");
        return Some(fault(all, i, "sql-arguments", message, "write a name, or a key, before each value"));
    }
    if let Some((least, most)) = arity(&name)
        && !(least..=most).contains(&count)
    {
        let message = format!("expected {} of `{name}`, found {count}", wanted(least, most, "argument"));
        return Some(fault(all, i, "sql-arguments", message, REFERENCE));
    }
    given.iter().enumerate().find_map(|(place, argument)| lambda(all, &name, place, argument.clone()))
}

/// Whether a word before a bracket is part of a clause, a type or an alias instead of a function.
fn is_other(all: &[Token<'_>], structure: &Structure, i: usize) -> bool {
    let before = i.checked_sub(1).map(|b| &all[b]);
    if before.is_some_and(|t| t.is_any(&OTHER_BEFORE) || t.is(":")) {
        return true;
    }
    // an alias with its columns, which follows a query or a name
    let ends_source = before.is_some_and(|t| {
        t.is(")") || t.kind == TokenKind::Quoted || t.kind == TokenKind::Word && !is_keyword(t.raw) && !t.is_word("div")
    });
    // `name (columns) AS (…)`
    let close = structure.call(i).map_or(all.len(), |f| f.tokens.end);
    let is_common =
        all.get(close + 1).is_some_and(|t| t.is_word("as")) && all.get(close + 2).is_some_and(|t| t.is("("));
    ends_source || is_common && before.is_none_or(|t| t.is(","))
}

/// `no argument`, `one argument`, `2 to 3 arguments`.
fn wanted(least: usize, most: usize, what: &str) -> String {
    match (least, most) {
        (0, 0) => format!("no {what}"),
        (1, 1) => format!("one {what}"),
        (least, usize::MAX) => format!("at least {least} {what}{}", if least == 1 { "" } else { "s" }),
        (least, most) if least == most => format!("{least} {what}s"),
        (least, most) => format!("{least} to {most} {what}s"),
    }
}

/// A lambda that has another number of variables than its function gives it, or that stands where the array belongs.
fn lambda(all: &[Token<'_>], name: &str, place: usize, argument: Range<usize>) -> Option<NameFault> {
    let arrow = (argument.start..argument.end.saturating_sub(1)).find(|i| all[*i].is("-") && all[*i + 1].is(">"))?;
    let variables = &all[argument.start..arrow];
    let is_list = variables.iter().all(|t| t.is_name() || t.is(",") || t.is("(") || t.is(")"));
    if !is_list || variables.is_empty() {
        return None;
    }
    let count = variables.iter().filter(|t| t.is_name()).count();
    if place == 0 && LAMBDAS.iter().any(|(function, ..)| *function == name) {
        let message = format!("expected the array or map as the first argument of `{name}`, found a lambda");
        return Some(fault(all, argument.start, "sql-arguments", message, "write the lambda behind it"));
    }
    let (_, _, least, most) = LAMBDAS.iter().find(|(function, at, ..)| *function == name && *at == place)?;
    (!(*least..=*most).contains(&count)).then(|| {
        let message =
            format!("expected {} of the lambda of `{name}`, found {count}", wanted(*least, *most, "variable"));
        fault(all, argument.start, "sql-arguments", message, REFERENCE)
    })
}

#[cfg(test)]
mod tests {
    use piq_sql::{Structure, tokens};

    use super::argument_faults;

    fn found(sql: &str) -> Vec<String> {
        let all = tokens(sql);
        argument_faults(&all, &Structure::of(&all)).into_iter().map(|f| format!("{}: {}", f.name, f.message)).collect()
    }

    #[test]
    fn another_number_than_the_function_takes_is_found() {
        for (sql, function) in [
            ("datediff(a)", "datediff"),
            ("if(a, 1)", "if"),
            ("coalesce()", "coalesce"),
            ("SELECT round(a, 1, 2) FROM t", "round"),
            ("substr(stage)", "substr"),
            ("concat_ws()", "concat_ws"),
            ("greatest(1)", "greatest"),
            ("trim()", "trim"),
            ("named_struct('a')", "named_struct"),
            ("named_struct('cap', a, b, 'code')", ""),
            ("map('a', 1, 'b')", "map"),
            ("filter(array(1))", "filter"),
            ("exists(array(1))", "exists"),
            ("aggregate(array(1), 0)", "aggregate"),
            ("year(a, 1)", "year"),
            ("current_date(1)", "current_date"),
            ("min()", "min"),
            ("sum(DISTINCT a, b) OVER (PARTITION BY c)", "sum"),
            ("max_by(a)", "max_by"),
            ("ai_gen('x', 45)", "ai_gen"),
            ("to_char(1)", "to_char"),
            ("now(1)", "now"),
            ("transform(a, (x, i, z) -> x)", "("),
            ("exists(a, (x, y) -> x = y)", "("),
            ("aggregate(a, 0, x -> x, y -> y)", "x"),
            ("filter(n -> n > 1, a)", "n"),
            ("map_filter(m, k -> k > 1)", "k"),
        ] {
            let all = found(sql);
            let ok = if function.is_empty() { all.is_empty() } else { all.len() == 1 && all[0].starts_with(function) };
            assert!(ok, "{sql}: {all:?}");
        }
        assert_eq!(found("round(a, 1, 2)"), ["round: expected 1 to 2 arguments of `round`, found 3"]);
    }

    #[test]
    fn every_form_of_a_call_is_good() {
        for sql in [
            "SELECT count(*) FILTER (WHERE a > 1), count(DISTINCT a, b), max_by(a, b), if(a, 1, 2), left(a, 2) FROM t",
            "SELECT trim(BOTH ' ' FROM a), substr(a FROM 2), extract(YEAR FROM b), main.s.round(1, 2, 3), t.size FROM t",
            "dateadd(DAY, 1, a) > date_diff(MONTH, a, b) AND EXISTS (SELECT 1 FROM t) AND f(x => NULL)",
            "overlay(a PLACING 'x' FROM 1 FOR 1) || position('a' IN b) || make_interval(days => 3) || mask(a, upperChar => 'X')",
            "SELECT array_agg(DISTINCT a), listagg(a, ',') WITHIN GROUP (ORDER BY b), percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM t",
            "SELECT first(a, true), any_value(a) IGNORE NULLS, mode() WITHIN GROUP (ORDER BY a), ntile(4) OVER (ORDER BY a) FROM t",
            "WITH rank (a, b, c) AS (SELECT 1, 2, 3), size (x, y) AS (SELECT 1, 2) SELECT v.a FROM (VALUES (1, 2)) length(a, b)",
            "CAST(a AS CHAR(3)) || b::VARCHAR(4) || CAST(c AS DECIMAL(10, 2)) || x LIKE ANY ('a', 'b', 'c')",
            "aggregate(a, 0, (x, y) -> x + y, z -> z * 2) + size(zip_with(a, b, (l, r) -> l + r))",
            "transform(a, (x, i) -> x + i) || filter(a, x -> x > 1) || array_sort(a, (l, r) -> 1) || array_sort(a)",
            "SELECT struct(*), hash(*), concat_ws(',', t.*), named_struct('a', 1, 'b', 2), map() FROM t",
            "transform_values(m, (k, v) -> v) || map_zip_with(m, n, (k, v, w) -> v) || exists(a, x -> x IN (1, 2))",
            "pow(1, 2) + power(1, 2) + log(2, 3) + ceil(1.5) + ceil(1.55, 1) + unix_timestamp() + rand() + decode(a, 1, 2, 3)",
        ] {
            assert_eq!(found(sql), [] as [&str; 0], "{sql}");
        }
    }
}
