//! How a query reads its parameters: one value, several, or a range.

use piq_sql::{Token, TokenKind};

use super::super::json::JsonValue;
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
