//! The report as a text for people.

use std::fmt::Write as _;

use super::contract::Fit;
use super::{ColumnReport, SourceReport, Value};
use crate::insight::ink::{Side, bold, dim, green, plural, red, table, thousands, yellow};

/// The whole report.
pub fn text(r: &SourceReport) -> String {
    use Side::{Left, Right};
    let mut out = format!("{} {}\n", bold("Source"), r.source_table);
    let heading = ["", "column", "required", "wanted", "found", "NULLs", ""].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(heading).chain(r.columns.iter().map(column)).collect();
    out.push_str(&table(&[Left, Left, Left, Left, Left, Right, Left], &rows));
    if !r.other_columns.is_empty() {
        let _ = writeln!(out, "  {}", dim(&format!("not read: {}", r.other_columns.join(", "))));
    }
    if let Some(s) = &r.snapshots {
        let (first, latest) = (s.first.as_deref().unwrap_or("–"), s.latest.as_deref().unwrap_or("–"));
        let span = if s.count > 1 { format!(", from {first}; {latest} is read") } else { format!(", {latest}") };
        let _ = writeln!(out, "\n{} {}{span}", bold("Snapshots"), thousands(s.count));
    }
    let _ = writeln!(
        out,
        "\n{} {}, {}; {} repeated, {} without an id",
        bold("Rows"),
        thousands(r.rows),
        plural(r.usecases, "use case", "use cases"),
        thousands(r.duplicates),
        thousands(r.without_id)
    );
    out.push_str(&values("Stages", &r.stages));
    out.push_str(&values("Statuses", &r.statuses));
    if let Some(s) = &r.scope {
        let _ = writeln!(
            out,
            "\n{} {} of {}; left out: {} too small, {} in a stage that is excluded, {} beyond the horizon",
            bold("In scope"),
            thousands(s.usecases),
            thousands(r.usecases),
            thousands(s.too_small),
            thousands(s.excluded_stage),
            thousands(s.beyond_horizon)
        );
    }
    if r.findings.is_empty() {
        let _ = writeln!(out, "\n{}", green("The source keeps its contract."));
    }
    for f in &r.findings {
        let word = if f.error { red("error") } else { yellow("warning") };
        let _ = write!(out, "\n{word}: {}\n  {}\n", f.message, f.advice);
    }
    out
}

fn column(c: &ColumnReport) -> Vec<String> {
    let m = &c.mapping;
    let (mark, note) = match m.fit {
        Fit::Present => (green("✓"), String::new()),
        Fit::WrongType => (red("✗"), red("wrong type")),
        Fit::Missing if m.required => (red("✗"), red("missing")),
        Fit::Missing => (dim("–"), dim("reads as NULL")),
    };
    let note = match &m.closest {
        Some(near) => format!("{note}; is it {near}?"),
        None => note,
    };
    let required = if m.required { "yes" } else { "" };
    let share = c.null_share.map_or(String::new(), |s| format!("{:.0} %", 100.0 * s));
    vec![
        mark,
        m.column.clone(),
        required.to_owned(),
        m.expected_type.clone(),
        m.found_type.clone().unwrap_or_default(),
        share,
        note,
    ]
}

fn values(title: &str, all: &[Value]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut out = format!("\n{}\n", bold(title));
    let heading = ["value", "rows", ""].map(str::to_owned).to_vec();
    let row = |v: &Value| {
        let note = if v.known { String::new() } else { yellow("not known to the pipeline") };
        vec![v.value.clone().unwrap_or_else(|| dim("NULL")), thousands(v.rows), note]
    };
    let rows: Vec<Vec<String>> = std::iter::once(heading).chain(all.iter().map(row)).collect();
    out.push_str(&table(&[Side::Left, Side::Right, Side::Left], &rows));
    out
}
