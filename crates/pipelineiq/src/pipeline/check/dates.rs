//! Dates, times and their units: literals that cannot be, and units in the wrong place.

use piq_sql::{Structure, Token, TokenKind};

use super::calls::{fault, is_call};
use super::names::NameFault;

/// Functions whose unit is a plain word in front of two arguments.
const WITH_UNIT: [&str; 6] = ["datediff", "date_diff", "dateadd", "date_add", "timestampdiff", "timestampadd"];

/// Units, without the S of more than one.
const UNITS: [&str; 12] = [
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "dayofyear",
    "hour",
    "minute",
    "second",
    "millisecond",
    "microsecond",
    "nanosecond",
];

/// Texts that name a day or a moment.
const SPECIAL: [&str; 5] = ["epoch", "now", "today", "yesterday", "tomorrow"];

/// All faults of dates, in their order.
pub(super) fn date_faults(all: &[Token<'_>], structure: &Structure) -> Vec<NameFault> {
    (0..all.len()).filter_map(|i| literal(all, i).or_else(|| unit(all, structure, i))).collect()
}

/// `DATE '2026-02-30'`, `TIMESTAMP '2026-01-01 25:00'`, `INTERVAL '3 dayz'`.
fn literal(all: &[Token<'_>], i: usize) -> Option<NameFault> {
    let text = all.get(i + 1).filter(|t| t.kind == TokenKind::String)?;
    if i > 0 && (all[i - 1].is(".") || all[i - 1].is_word("as")) {
        return None;
    }
    let content = text.content();
    let what = if all[i].is_word("date") {
        "date"
    } else if all[i].is_any(&["timestamp", "timestamp_ntz", "timestamp_ltz"]) {
        "time"
    } else if all[i].is_word("interval") {
        return interval(all, i + 1, content.trim());
    } else {
        return None;
    };
    let is_special = SPECIAL.iter().any(|s| content.trim().to_ascii_lowercase().starts_with(s));
    if is_special || is_moment(content.trim(), what == "time") {
        return None;
    }
    let message = format!("`{content}` cannot be a {what}");
    let hint =
        if what == "date" { "write it as DATE '2026-01-31'" } else { "write it as TIMESTAMP '2026-01-31 18:30:00'" };
    Some(fault(all, i + 1, "sql-date", message, hint))
}

/// Whether a text may be a date, with a time where `has_time`. What is written in another way than usual may be.
fn is_moment(text: &str, has_time: bool) -> bool {
    // a time alone
    if has_time && text.strip_prefix('T').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        return true;
    }
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '-' || c == '+')).unwrap_or(text.len());
    let (date, rest) = text.split_at(end);
    if date.is_empty() {
        return false;
    }
    let signed = date.starts_with(['-', '+']);
    let parts: Vec<&str> = date.trim_start_matches(['-', '+']).split('-').collect();
    let number = |at: usize| parts.get(at).map_or(Some(1), |p| p.parse::<u32>().ok());
    // a time alone, or a zone right behind the day
    if signed || parts.len() > 3 || rest.starts_with(':') {
        return has_time || signed;
    }
    let (Some(year), Some(month), Some(day)) = (number(0), number(1), number(2)) else { return false };
    if !(4..=7).contains(&parts[0].len()) || !(1..=12).contains(&month) || day == 0 || day > days_of(year, month) {
        return false;
    }
    if !has_time {
        return rest.is_empty() || rest.starts_with(['T', ' ']);
    }
    let time = rest.trim_start_matches(['T', ' ']);
    let end = time.find(|c: char| !(c.is_ascii_digit() || c == ':')).unwrap_or(time.len());
    let limits = [23, 59, 59];
    time[..end].split(':').zip(limits).all(|(part, most)| part.is_empty() || part.parse().is_ok_and(|n: u32| n <= most))
}

fn days_of(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

/// An interval in a text: numbers with units, or one that the unit behind it belongs to.
fn interval(all: &[Token<'_>], text: usize, content: &str) -> Option<NameFault> {
    let hint = "write it as INTERVAL '3' DAY, or INTERVAL '3 days 4 hours'";
    if !content.contains(|c: char| c.is_ascii_digit()) {
        let message = format!("the interval `{content}` lacks a number");
        return Some(fault(all, text, "sql-date", message, hint));
    }
    let mut words = content.split_whitespace().filter(|w| w.starts_with(|c: char| c.is_ascii_alphabetic()));
    let unknown = words.find(|word| !word.eq_ignore_ascii_case("interval") && !is_unit(word))?;
    Some(fault(all, text, "sql-date", format!("unknown unit `{unknown}` of an interval"), hint))
}

fn is_unit(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let one = word.strip_suffix('s').unwrap_or(&word);
    UNITS.contains(&one)
}

/// Units in quotes or behind the dates, and dates in front of the unit.
fn unit(all: &[Token<'_>], structure: &Structure, i: usize) -> Option<NameFault> {
    if !is_call(all, i) {
        return None;
    }
    let name = all[i].raw.to_ascii_lowercase();
    let given = structure.arguments(all, i)?;
    let alone = |at: usize| given.get(at).filter(|a| a.len() == 1).map(|a| a.start);
    let is_text = |at: &usize| all[*at].kind == TokenKind::String;
    let is_word = |at: &usize| all[*at].kind == TokenKind::Word && is_unit(all[*at].raw);
    if WITH_UNIT.contains(&name.as_str()) {
        if given.len() == 3 {
            if let Some(at) = alone(0).filter(is_text).filter(|at| is_unit(&all[*at].content())) {
                let unit = all[at].content().to_ascii_uppercase();
                let message = format!("the unit of `{name}` is a word, not a text");
                return Some(fault(all, at, "sql-unit", message, &format!("write {name}({unit}, …)")));
            }
            if let Some(at) = alone(2).filter(is_word)
                && !alone(0).is_some_and(|first| is_word(&first))
            {
                let unit = all[at].raw.to_ascii_uppercase();
                let message = format!("the unit of `{name}` comes before the other arguments");
                return Some(fault(all, at, "sql-unit", message, &format!("write {name}({unit}, …)")));
            }
        } else if given.len() == 2
            && (name == "dateadd" || name == "date_add")
            && let Some(at) = alone(0).filter(|at| all[*at].kind == TokenKind::Number)
        {
            let message = format!("`{name}` takes the date first, and then the number of days");
            return Some(fault(all, at, "sql-unit", message, "write the date first"));
        }
    }
    let is_unit_text = |at: &usize| is_text(at) && is_unit(&all[*at].content());
    let swapped = match name.as_str() {
        "date_trunc" => alone(1).filter(is_unit_text).filter(|_| !alone(0).is_some_and(|first| is_text(&first))),
        "trunc" => alone(0).filter(is_unit_text).filter(|_| !alone(1).is_some_and(|second| is_text(&second))),
        _ => None,
    }?;
    let order = if name == "date_trunc" { "date_trunc('MONTH', day)" } else { "trunc(day, 'MONTH')" };
    let message = format!("the arguments of `{name}` are in the wrong order");
    Some(fault(all, swapped, "sql-unit", message, &format!("write {order}")))
}

#[cfg(test)]
mod tests {
    use piq_sql::{Structure, tokens};

    use super::date_faults;

    fn found(sql: &str) -> Vec<String> {
        let all = tokens(sql);
        date_faults(&all, &Structure::of(&all)).into_iter().map(|f| f.name).collect()
    }

    #[test]
    fn what_cannot_be_is_found() {
        for (sql, expected) in [
            ("DATE '2026-13-01'", "2026-13-01"),
            ("date'2026-02-30'", "2026-02-30"),
            ("DATE '2025-02-29'", "2025-02-29"),
            ("DATE 'abc'", "abc"),
            ("DATE '01/03/2026'", "01/03/2026"),
            ("TIMESTAMP '2026-01-01 25:00'", "2026-01-01 25:00"),
            ("TIMESTAMP '2026-01-01T10:61:00Z'", "2026-01-01T10:61:00Z"),
            ("INTERVAL '3 dayz'", "3 dayz"),
            ("INTERVAL 'x' DAY", "x"),
            ("datediff('day', a, b)", "day"),
            ("dateadd('DAY', 1, a)", "DAY"),
            ("datediff(a, b, DAY)", "DAY"),
            ("dateadd(1, a)", "1"),
            ("date_trunc(a, 'MONTH')", "MONTH"),
            ("trunc('MONTH', a)", "MONTH"),
        ] {
            assert_eq!(found(sql), [expected], "{sql}");
        }
    }

    #[test]
    fn what_engines_read_is_good() {
        for sql in [
            "DATE '2024-02-29' > DATE'2026-1-5' AND DATE '2026' < DATE '2026-03' AND DATE '2026-01-01T00:00' > DATE 'today'",
            "TIMESTAMP '2026-01-01 10:00:00.123456' > TIMESTAMP '2026-01-01T10:00:00+02:00' OR TIMESTAMP '2026-01-01 9:5:1 Europe/Berlin' > x",
            "TIMESTAMP '2026-01-01' > TIMESTAMP_NTZ '2026-01-01 00:00:00Z' OR TIMESTAMP 'now' > TIMESTAMP '23:59:59'",
            "INTERVAL '30' DAY + INTERVAL '1-2' YEAR TO MONTH + INTERVAL '3 days 4 hours' + INTERVAL '-1 10:00:00' DAY TO SECOND",
            "datediff(DAY, a, b) + dateadd(MONTH, 1, a) + timestampdiff(HOUR, a, b) + datediff(a, b) + date_add(a, 3)",
            "date_trunc('MONTH', a) > trunc(a, 'MONTH') AND date_trunc('day', '2026-01-01') > date_trunc(u, a)",
            "SELECT a AS date, 'x' FROM t WHERE t.date > 'x' AND dateadd('2026-01-01', 5) > x",
        ] {
            assert_eq!(found(sql), [] as [&str; 0], "{sql}");
        }
    }
}
