//! What was taken along, as a text for people.

use std::fmt::Write as _;

use super::Outcome;
use crate::insight::ink::{Side, bold, dim, plural, table, thousands, yellow};

/// The whole outcome.
pub fn text(o: &Outcome) -> String {
    let answers: u64 = o.answers.iter().map(|(_, n)| n).sum();
    let mut out = if o.rows == 0 && answers == 0 {
        format!("Nothing new in {}: everything that matches was taken along before\n", o.from)
    } else {
        format!(
            "{} {} from {}: {} into pipelineiq, {} that no model is asked for\n",
            bold("Bootstrap"),
            plural(o.matched.copied.len() as u64, "column", "columns"),
            o.from,
            plural(o.rows, "row", "rows"),
            plural(answers, "answer", "answers")
        )
    };
    if !o.answers.is_empty() {
        let heading = vec!["enrichment".to_owned(), "answers".into()];
        let rows = o.answers.iter().map(|(name, n)| vec![name.clone(), thousands(*n)]);
        out.push_str(&table(&[Side::Left, Side::Right], &std::iter::once(heading).chain(rows).collect::<Vec<_>>()));
    }
    for r in &o.matched.retyped {
        let _ = writeln!(out, "  {} is {} where {} is wanted: not copied", yellow(&r.column), r.found, r.wanted);
    }
    for a in &o.matched.asked {
        let _ = writeln!(out, "  {} is asked for: no {}", yellow(&a.enrichment), a.lacks.join(", "));
    }
    if !o.matched.missing.is_empty() {
        let _ = writeln!(out, "  {}", dim(&format!("not in the older table: {}", o.matched.missing.join(", "))));
    }
    if !o.matched.unknown.is_empty() {
        let _ = writeln!(out, "  {}", dim(&format!("not known to the pipeline: {}", o.matched.unknown.join(", "))));
    }
    if answers > 0 {
        let _ = writeln!(out, "The next run takes these answers into its ledger with the status `bootstrapped`.");
    }
    out
}
