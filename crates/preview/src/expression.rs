//! Field expressions: what they mean to a `GROUP BY`, and how they read as plain SQL.

use indexmap::IndexMap;

use piq_sql::{FunctionKind, Token, TokenKind, is_function, lex, sql_string, tokens};

/// How deep calculations may refer to each other.
const DEPTH: usize = 8;

/// Unit of a truncated time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// A year.
    Year,
    /// Three months.
    Quarter,
    /// A month.
    Month,
    /// A week from Monday.
    Week,
    /// A day.
    Day,
    /// An hour.
    Hour,
    /// A minute.
    Minute,
}

/// A field expression as SQL.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    /// The SQL.
    pub sql: String,
    /// Over a group of rows.
    pub aggregate: bool,
    /// Only there for the editor's own use: not to be read.
    pub helper: bool,
    /// The unit that a time is truncated to.
    pub unit: Option<Unit>,
    /// The width of the bins that a number is put in.
    pub bin: Option<f64>,
}

impl Expression {
    /// Reads an expression; calculations of the dataset are put in where they are named.
    pub(crate) fn read(text: &str, calculations: &IndexMap<String, String>) -> Result<Self, String> {
        read(text, calculations, DEPTH)
    }
}

fn read(text: &str, calculations: &IndexMap<String, String>, depth: usize) -> Result<Expression, String> {
    let all = tokens(text);
    closed(text, &all)?;
    let mut found = Expression { sql: String::new(), aggregate: false, helper: false, unit: None, bin: None };
    if all.iter().any(|t| t.kind == TokenKind::Quoted && t.content() == "associative_filter_predicate_group") {
        found.helper = true;
        return Ok(found);
    }
    if let Some((column, width)) = bin_floor(&all) {
        found.sql = format!("FLOOR({column} / {width}) * {width}");
        found.bin = width.parse().ok();
        return Ok(found);
    }
    found.unit = truncated(&all);
    let mut at = 0;
    while at < all.len() {
        let token = &all[at];
        let called = |t: &Token<'_>| t.kind == TokenKind::Word && all.get(at + 1).is_some_and(|n| n.is("("));
        if called(token) && is_function(token.raw, FunctionKind::Aggregate) {
            found.aggregate = true;
        }
        if let Some((name, length)) = measure(&all[at..])
            && let Some(inner) = calculations.get(&name)
        {
            put(&mut found, inner, &name, calculations, depth)?;
            at += length;
            if all.get(at).is_some_and(|next| next.span.start > all[at - 1].span.end) {
                found.sql.push(' ');
            }
            continue;
        }
        let qualified = at > 0 && all[at - 1].is(".");
        match token.kind {
            TokenKind::Quoted if token.content() == "*" => found.sql.push('*'),
            TokenKind::Quoted if !qualified && calculations.contains_key(&token.content()) => {
                let name = token.content();
                // a calculation may have the name of the column that it reads
                let inner = calculations.get(&name).filter(|i| !mentions(i, &name));
                match inner {
                    Some(inner) => put(&mut found, inner, &name, calculations, depth)?,
                    None => found.sql.push_str(token.raw),
                }
            }
            TokenKind::String if token.raw.starts_with('"') => found.sql.push_str(&sql_string(&token.content())),
            _ => found.sql.push_str(token.raw),
        }
        if all.get(at + 1).is_some_and(|next| next.span.start > token.span.end) {
            found.sql.push(' ');
        }
        at += 1;
    }
    Ok(found)
}

/// Puts a calculation in, in brackets.
fn put(
    found: &mut Expression,
    inner: &str,
    name: &str,
    calculations: &IndexMap<String, String>,
    depth: usize,
) -> Result<(), String> {
    let depth = depth.checked_sub(1).ok_or_else(|| format!("the calculation `{name}` refers to itself"))?;
    let inner = read(inner, calculations, depth)?;
    found.aggregate |= inner.aggregate;
    found.sql.push_str(&format!("({})", inner.sql));
    Ok(())
}

/// Whether an expression names that column; one that is qualified is not a calculation.
fn mentions(expression: &str, name: &str) -> bool {
    let all = tokens(expression);
    let qualified = |at: usize| at.checked_sub(1).is_some_and(|before| all[before].is("."));
    all.iter().enumerate().any(|(at, t)| t.is_name() && t.content() == name && !qualified(at))
}

/// `MEASURE(name)` at the start, and how many tokens it has.
fn measure(all: &[Token<'_>]) -> Option<(String, usize)> {
    let [function, open, name, close, ..] = all else { return None };
    (function.is_word("measure") && open.is("(") && name.is_name() && close.is(")")).then(|| (name.content(), 4))
}

/// The column and the width of `BIN_FLOOR(column, width)`.
fn bin_floor<'s>(all: &[Token<'s>]) -> Option<(&'s str, &'s str)> {
    let [function, open, column, comma, width, close] = all else { return None };
    let right = function.is_word("bin_floor") && open.is("(") && column.is_name() && comma.is(",") && close.is(")");
    let width_ok = width.kind == TokenKind::Number && width.raw.parse::<f64>().is_ok_and(|w| w > 0.0);
    (right && width_ok).then_some((column.raw, width.raw))
}

fn truncated(all: &[Token<'_>]) -> Option<Unit> {
    let [function, open, unit, comma, ..] = all else { return None };
    let whole = function.is_word("date_trunc") && open.is("(") && comma.is(",") && all.last()?.is(")");
    if !whole {
        return None;
    }
    match unit.content().to_ascii_uppercase().as_str() {
        "YEAR" => Some(Unit::Year),
        "QUARTER" => Some(Unit::Quarter),
        "MONTH" => Some(Unit::Month),
        "WEEK" => Some(Unit::Week),
        "DAY" => Some(Unit::Day),
        "HOUR" => Some(Unit::Hour),
        "MINUTE" => Some(Unit::Minute),
        _ => None,
    }
}

/// An error unless the text is one closed expression, so that it cannot end the statement that it is put in.
pub(super) fn closed(text: &str, all: &[Token<'_>]) -> Result<(), String> {
    let fault = |why: &str| Err(format!("{why} in `{}`", text.trim()));
    let mut depth = 0usize;
    for token in all {
        if token.is(";") {
            return fault("a `;`");
        } else if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return fault("a `)` without its `(`"),
            }
        }
    }
    if depth > 0 {
        return fault("a `(` without its `)`");
    }
    // an open quote or comment would swallow what follows
    if lex(text).iter().any(|t| t.open) {
        return fault("a quote or comment that does not end");
    }
    if all.is_empty() {
        return Err("an expression is empty".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::{Expression, Unit};

    fn read(text: &str) -> Expression {
        let calculations = IndexMap::from([
            ("Error Count".to_owned(), "COUNT_IF(log_level = 'ERROR')".to_owned()),
            ("Rate".to_owned(), "`Error Count` / COUNT(*)".to_owned()),
            ("Loop".to_owned(), "`Pool` + 1".to_owned()),
            ("Pool".to_owned(), "`Loop` + 1".to_owned()),
            ("level".to_owned(), "upper(`level`)".to_owned()),
        ]);
        Expression::read(text, &calculations).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn the_patterns_of_dashboards_become_sql() {
        let cases = [
            ("`region`", "`region`", false),
            ("SUM(`a b`)", "SUM(`a b`)", true),
            ("COUNT(`*`)", "COUNT(*)", true),
            ("COUNT(DISTINCT `x`)", "COUNT(DISTINCT `x`)", true),
            ("AVG(`x`)", "AVG(`x`)", true),
            ("MIN(`x`)", "MIN(`x`)", true),
            ("MAX(`x`)", "MAX(`x`)", true),
            ("MEDIAN(`x`)", "MEDIAN(`x`)", true),
            ("PERCENTILE(`x`, 0.95)", "PERCENTILE(`x`, 0.95)", true),
            ("COUNT_IF(`x`)", "COUNT_IF(`x`)", true),
            ("DATE_TRUNC(\"MONTH\", `d`)", "DATE_TRUNC('MONTH', `d`)", false),
            ("BIN_FLOOR(`x`, 0.5)", "FLOOR(`x` / 0.5) * 0.5", false),
            ("MEASURE(`Unknown`)", "MEASURE(`Unknown`)", true),
            ("MEASURE(`Error Count`)", "(COUNT_IF(log_level = 'ERROR'))", true),
            ("MEASURE(`Rate`)", "((COUNT_IF(log_level = 'ERROR')) / COUNT(*))", true),
            ("`level`", "`level`", false),
            ("`min`", "`min`", false),
        ];
        for (text, sql, aggregate) in cases {
            let found = read(text);
            assert_eq!((found.sql.as_str(), found.aggregate), (sql, aggregate), "{text}");
        }
        assert!(read("COUNT_IF(`associative_filter_predicate_group`)").helper);
        assert_eq!(read("DATE_TRUNC(\"WEEK\", `d`)").unit, Some(Unit::Week));
        assert_eq!(read("BIN_FLOOR(`x`, 2)").bin, Some(2.0));
    }

    #[test]
    fn what_would_leave_its_place_is_refused() {
        let none = IndexMap::new();
        for text in ["", "1; DROP TABLE t", "x) FROM t --", "(x", "'x", "`x", "x /* y", "'x\\'"] {
            assert!(Expression::read(text, &none).is_err(), "{text}");
        }
        let looping = IndexMap::from([("A".to_owned(), "`B`".to_owned()), ("B".to_owned(), "`A`".to_owned())]);
        assert!(Expression::read("`A`", &looping).expect_err("a loop").contains("refers to itself"));
    }
}
