//! `docs/enrichments.md`: every enrichment with its inputs, columns and limits, and every reference table.

use std::fmt::Write;

use crate::pipeline::{AnswerColumn, Enrichment, Registry};

pub(super) fn page(registry: &Registry) -> String {
    let mut out = String::from(
        "# Enrichments\n\nMade by `piq docs pipeline` from `sql/`: edit the files there, not this page.\n\n\
         | view | wave | asks | adds | reads answers of |\n|---|---|---|---|---|\n",
    );
    for e in &registry.enrichments {
        let columns = e.columns.keys().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
        let reads = e.depends_on.iter().map(|d| format!("`{d}`")).collect::<Vec<_>>().join(", ");
        line(&mut out, format_args!("| [`{0}`](#{0}) | {1} | {2} | {columns} | {reads} |", e.name, e.wave, asks(e)));
    }
    for e in registry.enrichments.iter().chain(&registry.summaries) {
        section(&mut out, e);
    }
    out.push_str("\n## Reference tables\n\n| table | rows | columns |\n|---|---|---|\n");
    for (name, table) in &registry.reference {
        let columns = table.columns.iter().map(|(c, t)| format!("`{c}` {t}")).collect::<Vec<_>>().join(", ");
        line(&mut out, format_args!("| `{name}` | {} | {columns} |", table.rows.len()));
    }
    out
}

fn asks(e: &Enrichment) -> String {
    e.function.as_ref().map_or_else(|| "computed in SQL".into(), |f| format!("`{f}`"))
}

fn section(out: &mut String, e: &Enrichment) {
    line(out, format_args!("\n## {}\n\n{}\n", e.name, e.summary));
    let names = |list: &[String]| list.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    line(
        out,
        format_args!(
            "- {}",
            if e.function.is_some() { format!("Asks {}.", asks(e)) } else { "Computed in SQL.".into() }
        ),
    );
    if e.source_inputs.is_empty() && e.answer_inputs.is_empty() {
        line(out, format_args!("- Reads {}.", names(&e.inputs)));
    }
    for (what, list) in [("the source", &e.source_inputs), ("answers", &e.answer_inputs)] {
        if !list.is_empty() {
            line(out, format_args!("- Reads of {what}: {}.", names(list)));
        }
    }
    if let Some(condition) = &e.ask_when {
        line(out, format_args!("- Asks only where `{condition}`."));
    }
    if e.function.is_some() && e.empty_when != e.inputs && !e.empty_when.is_empty() {
        line(out, format_args!("- Asks nothing where {} are empty.", names(&e.empty_when)));
    }
    out.push_str("\n| column | type | what it is | limits |\n|---|---|---|---|\n");
    for (name, c) in &e.columns {
        line(
            out,
            format_args!("| `{name}` | `{}` | {} | {} |", cell(&c.sql_type), cell(&c.comment), limits(e, name, c)),
        );
    }
}

/// What a value of a column is held to.
fn limits(e: &Enrichment, name: &str, c: &AnswerColumn) -> String {
    let mut found = Vec::new();
    if let Some(allowed) = &c.allowed {
        found.push(format!("one of `{allowed}`"));
    }
    if let Some(p) = e.answer.get(name) {
        match (p.minimum, p.maximum) {
            (Some(low), Some(high)) => found.push(format!("{low} to {high}")),
            (Some(low), None) => found.push(format!("at least {low}")),
            (None, Some(high)) => found.push(format!("at most {high}")),
            (None, None) => {}
        }
        if let Some(most) = p.max_length {
            found.push(format!("at most {most} characters"));
        }
        if !p.values.is_empty() && c.allowed.is_none() {
            found.push(format!("one of {}", p.values.join(", ")));
        }
    }
    if let Some(valid) = &c.valid {
        found.push(format!("`{}`", cell(valid)));
    }
    found.join("; ")
}

/// Text within a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // writing to a string cannot fail
    let _ = writeln!(out, "{text}");
}
