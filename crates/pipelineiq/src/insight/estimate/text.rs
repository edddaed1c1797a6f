//! The estimate as a text for people.

use std::fmt::Write as _;

use super::{Amounts, Estimate, LastRun};
use crate::insight::ink::{Side, bold, dim, dollars, plural, table, thousands, yellow};

/// The section of `piq plan` about the pipeline.
pub fn text(e: &Estimate) -> String {
    let mut out = format!(
        "{} {} in scope, {} new, changed or without an answer\n",
        bold("Pipeline"),
        plural(e.in_scope, "use case", "use cases"),
        thousands(e.selected)
    );
    if e.enrichments.is_empty() {
        let _ = writeln!(out, "  the next run asks nothing");
    } else {
        let heading = ["question", "calls", "tokens in", "tokens out", "cost", ""].map(str::to_owned).to_vec();
        let mut rows = vec![heading];
        for one in &e.enrichments {
            let note = if one.upper_bound { dim("at most") } else { String::new() };
            rows.push(row(&one.enrichment, one.amounts, note));
        }
        rows.push(row("in all", e.total, String::new()));
        use Side::{Left, Right};
        out.push_str(&table(&[Left, Right, Right, Right, Right, Left], &rows));
        if e.enrichments.iter().any(|one| one.upper_bound) {
            let _ = writeln!(out, "  {}", dim("at most: it reads answers that are not made yet"));
        }
    }
    let limits =
        format!("{} calls and {} a run", thousands(e.limits.max_calls_per_run), dollars(e.limits.max_usd_per_run));
    let waiting = e.selected.saturating_sub(e.in_run);
    if waiting > 0 {
        let _ = writeln!(
            out,
            "  {}",
            yellow(&format!(
                "limits of {limits}: the {} with most dollars now, {} later (in all {} calls, {})",
                plural(e.in_run, "use case", "use cases"),
                thousands(waiting),
                thousands(e.total_selected.calls),
                dollars(e.total_selected.usd)
            ))
        );
    } else if !e.enrichments.is_empty() {
        let _ = writeln!(out, "  {}", dim(&format!("within the limits of {limits}")));
    }
    if let Some(last) = &e.last_run {
        let _ = writeln!(out, "  {}", dim(&format!("the last run was estimated at {}", against(last))));
    }
    out
}

/// A run's estimate against its ledger, in one line.
pub fn against(last: &LastRun) -> String {
    let error = match last.error_percent {
        Some(percent) => format!(": {:.0} % {}", percent.abs(), if percent < 0.0 { "too low" } else { "too high" }),
        None => String::new(),
    };
    format!(
        "{} calls and {}; its ledger has {} calls and {}{error}",
        thousands(last.estimated_calls),
        dollars(last.estimated_usd),
        thousands(last.calls),
        dollars(last.usd)
    )
}

fn row(name: &str, a: Amounts, note: String) -> Vec<String> {
    vec![
        name.to_owned(),
        thousands(a.calls),
        thousands(a.input_tokens),
        thousands(a.output_tokens),
        dollars(a.usd),
        note,
    ]
}
