//! Rules of text widgets and of texts in lines: lines are joined as they are.

use super::super::json::{JsonKind, JsonValue};
use super::super::report::{LintReport, opening};

pub(super) fn check(widget: JsonValue<'_>, report: &mut LintReport<'_>) {
    let Some(text) = widget.get("multilineTextboxSpec") else { return };
    let Some(lines) = text.get("lines").filter(|l| l.kind() == JsonKind::Array) else {
        return report.error("dashboard-text-widget", opening(text), "a text widget needs a list `lines`", "");
    };
    joined(lines, report);
}

/// Two entries without a line end between them stand on one line.
fn joined(lines: JsonValue<'_>, report: &mut LintReport<'_>) {
    let all: Vec<JsonValue<'_>> = lines.items().collect();
    for pair in all.windows(2) {
        let [line, next] = pair else { continue };
        let (Some(text), Some(after)) = (line.string(), next.string()) else { continue };
        if !text.ends_with('\n') && !text.trim().is_empty() && !after.starts_with('\n') && !after.trim().is_empty() {
            let message = "this line and the next stand on one line: lines are joined as they are";
            report.warning("dashboard-joined-lines", line.span(), message, "end the line with `\\n`");
            let raw = line.raw();
            report.fix(line.span(), format!("{}\\n\"", &raw[..raw.len() - 1]));
        }
    }
}

/// A line of SQL that ends in a comment swallows the next one.
pub(super) fn swallowed(dataset: JsonValue<'_>, report: &mut LintReport<'_>) {
    let lines: Vec<JsonValue<'_>> = dataset.get_items("queryLines").collect();
    for line in lines.iter().take(lines.len().saturating_sub(1)) {
        let Some(text) = line.string().filter(|t| !t.ends_with('\n')) else { continue };
        let last = text.rsplit('\n').next().unwrap_or_default();
        let comment =
            piq_sql::lex(last).iter().any(|t| t.kind == piq_sql::TokenKind::Comment && t.raw.starts_with("--"));
        if comment {
            let message = "the comment swallows the next line: lines are joined as they are";
            report.warning("dashboard-joined-lines", line.span(), message, "end the line with `\\n`");
            let raw = line.raw();
            report.fix(line.span(), format!("{}\\n\"", &raw[..raw.len() - 1]));
        }
    }
}
