//! How a query reads its parameters: one value, several, or a range.

use piq_sql::{Token, TokenKind};

use super::super::json::{JsonKind, JsonValue};
use super::super::query::QueryText;
use super::super::report::LintReport;

const CODE: &str = "dashboard-parameter-use";

pub(super) fn check(dataset: JsonValue<'_>, all: &[Token<'_>], query: &QueryText, report: &mut LintReport<'_>) {
    for (at, token) in all.iter().enumerate().filter(|(_, t)| t.kind == TokenKind::Parameter) {
        let keyword = token.content();
        let declared = dataset.get_items("parameters").find(|p| p.get("keyword").is_some_and(|k| k.is(&keyword)));
        let Some(declared) = declared else { continue };
        let shape = declared.get_string("complexType").unwrap_or_default();
        let end = match (all.get(at + 1), all.get(at + 2)) {
            (Some(dot), Some(end)) => dot.is(".") && end.is_any(&["min", "max"]),
            _ => false,
        };
        let before = |n: usize| at.checked_sub(n).and_then(|i| all.get(i));
        let listed = before(1).is_some_and(|t| t.is("(")) && before(2).is_some_and(|t| t.is_word("in"));
        let compared = before(1).is_some_and(|t| t.is("=") || t.is("<") || t.is(">") || t.is_word("like"));
        let place = query.in_file(&token.span);
        match shape.as_ref() {
            "MULTI" if listed || compared => {
                let message = format!("`:{keyword}` holds several values and is an ARRAY");
                let hint = format!("write `array_contains(:{keyword}, column)`, and let an empty list pass");
                report.error(CODE, place, message, &hint);
            }
            "RANGE" if !end => {
                let message = format!("`:{keyword}` is a range");
                report.error(CODE, place, message, &format!("read its ends, `:{keyword}.min` and `:{keyword}.max`"));
            }
            "" | "SINGLE" if end => {
                let message = format!("`:{keyword}` is one value and has no ends");
                report.error(CODE, place, message, "declare it with `\"complexType\": \"RANGE\"`");
            }
            _ => {}
        }
    }
}

/// A default must be a value of the parameter's type: the widgets that read it would fail until somebody selects.
pub(super) fn default(parameter: JsonValue<'_>, keyword: &str, report: &mut LintReport<'_>) {
    let data_type = parameter.get_string("dataType").unwrap_or_default();
    let Some(selection) = parameter.get("defaultSelection") else { return };
    let listed = selection.get("values").into_iter().flat_map(|v| v.get_items("values"));
    let ends = selection.get("range").into_iter().flat_map(|r| [r.get("min"), r.get("max")]).flatten();
    for value in listed.chain(ends).filter_map(|v| v.get("value")) {
        let text = match value.kind() {
            JsonKind::String => value.string().unwrap_or_default(),
            JsonKind::Number => value.raw().into(),
            _ => continue,
        };
        let text = text.trim();
        // nothing is chosen, or every value is
        let open = text.is_empty() || text == "*" || text.eq_ignore_ascii_case("null");
        let (expected, fits) = match data_type.as_ref() {
            "DATE" => ("a date such as `2026-11-29` or `now-7d/d`", is_time(text)),
            "DATETIME" | "TIMESTAMP" => ("a time such as `2026-11-29T08:00:00` or `now-1h`", is_time(text)),
            "INTEGER" | "BIGINT" => ("a whole number", text.parse::<f64>().is_ok_and(|n| n.fract() == 0.0)),
            "DECIMAL" | "DOUBLE" | "FLOAT" | "NUMBER" => ("a number", text.parse::<f64>().is_ok_and(f64::is_finite)),
            _ => continue,
        };
        if !open && !fits {
            let message = format!("expected {expected} as the default of the parameter `{keyword}`, found `{text}`");
            report.error("dashboard-parameter-default", value.span(), message, "");
        }
    }
}

/// Whether it is a date, a time, or one relative to now.
fn is_time(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix("now") {
        return rest.chars().all(|c| c.is_ascii_alphanumeric() || "+-/".contains(c));
    }
    let mut parts = text.splitn(3, '-');
    let number = |part: &str, most: u32| part.parse::<u32>().is_ok_and(|n| n > 0 && n <= most);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(year), Some(month), Some(rest)) => {
            let day: String = rest.chars().take_while(char::is_ascii_digit).collect();
            let time = rest.get(day.len()..).unwrap_or_default();
            let joined = time.is_empty() || time.starts_with(['T', ' ']);
            number(year, 9999) && number(month, 12) && number(&day, 31) && joined
        }
        _ => false,
    }
}
