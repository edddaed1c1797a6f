//! The part of a failed cell that an error is about.

use piq_sql::fault_in;

/// Lines of SQL that are shown.
const LINES: usize = 15;

/// What a trace says before the SQL of its cell, and at most fifteen lines of the SQL around the fault.
pub(crate) fn excerpt(trace: &str, error: &str) -> String {
    let trace = trace.trim_end();
    let (head, sql) = trace.split_once("\n\n").unwrap_or(("", trace));
    let lines: Vec<&str> = sql.lines().collect();
    let fault = fault_in(sql, error).map_or(0, |range| sql[..range.start].matches('\n').count());
    let start = fault.saturating_sub(LINES / 2).min(lines.len().saturating_sub(LINES));
    let end = (start + LINES).min(lines.len());
    let mut shown: Vec<String> = lines[start..end].iter().map(|line| (*line).to_owned()).collect();
    if start > 0 {
        shown.insert(0, format!("… {start} lines before; `--debug` shows all"));
    }
    if end < lines.len() {
        shown.push(format!("… {} lines after; `--debug` shows all", lines.len() - end));
    }
    let head = if head.is_empty() { String::new() } else { format!("{head}\n\n") };
    format!("{head}{}\n", shown.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn fifteen_lines_around_the_fault_are_shown() {
        let sql: Vec<String> = (1..=100).map(|n| format!("  column_{n},")).collect();
        let trace = format!("cell 2 failed\n\n{}\n", sql.join("\n"));
        let shown = excerpt(&trace, "cannot find the column `column_50`");
        assert!(shown.starts_with("cell 2 failed\n\n… 42 lines before"), "{shown}");
        assert!(shown.contains("  column_43,\n") && shown.contains("  column_57,\n… 43 lines after"), "{shown}");
        assert_eq!(shown.lines().count(), 19);
        assert_eq!(excerpt("cell 2 failed\n\nSELECT 1\n", "x"), "cell 2 failed\n\nSELECT 1\n");
        assert_eq!(excerpt("just words", "x"), "just words\n");
    }
}
