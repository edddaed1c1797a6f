//! What a run of the pipeline did, as a person reads it.

use pipelineiq::insight::estimate::LastRun;
use pipelineiq::insight::run_report::PipelineRun;
use serde_json::json;

use crate::output::number::{dollars, plural, thousands};
use crate::output::report::{ReportTable, count, text};

/// What the run did, in a few lines. `source` names where the answers come from, if that is known.
pub(crate) fn run_text(run: &PipelineRun, source: Option<&str>, estimate: Option<&LastRun>) -> String {
    let mut out = ReportTable::new();
    let by = source.map(|s| format!(" ({s})")).unwrap_or_default();
    out.top(&format!("use cases   {} selected, {} merged", thousands(run.selected), thousands(run.merged)));
    if run.calls.is_empty() {
        out.top(&format!("AI calls    0{by}: nothing that a model reads has changed since the last run"));
    } else {
        let failed = match run.failed {
            0 => String::new(),
            failed => format!(", {} without a valid answer", thousands(failed)),
        };
        out.top(&format!("AI calls    {}{failed}{by}", thousands(run.all_calls())));
        let rows: Vec<_> = run.calls.iter().map(|(name, calls)| json!({"name": name, "calls": calls})).collect();
        out.rows(&rows, &[text("name").titled(""), count("calls").titled("")]);
        out.top(&format!(
            "tokens      {} sent, {} received, about ${:.2} at the prices of ref_model_prices",
            thousands(run.input_tokens),
            thousands(run.output_tokens),
            run.est_cost_usd
        ));
    }
    if let Some(estimate) = estimate {
        out.top(&format!("estimate    {}", compared(estimate)));
    }
    out.finish()
}

/// A run's estimate beside its ledger, in one line.
pub(crate) fn compared(last: &LastRun) -> String {
    let error = match last.error_percent {
        Some(percent) => format!(": {:.0} % {}", percent.abs(), if percent < 0.0 { "too low" } else { "too high" }),
        None => String::new(),
    };
    format!(
        "{} and {}; its ledger has {} and {}{error}",
        plural(last.estimated_calls, "call", "calls"),
        dollars(last.estimated_usd),
        plural(last.calls, "call", "calls"),
        dollars(last.usd)
    )
}

#[cfg(test)]
mod tests {
    use pipelineiq::insight::run_report::PipelineRun;

    use super::run_text;

    #[test]
    fn a_run_without_calls_says_so() {
        let text = run_text(&PipelineRun::default(), Some("fake model"), None);
        assert!(text.contains("0 (fake model): nothing that a model reads has changed"), "{text}");
        let calls = [("ai_b".to_owned(), 1200)].into_iter().collect();
        let text = run_text(&PipelineRun { selected: 3, calls, failed: 2, ..PipelineRun::default() }, None, None);
        assert!(text.contains("AI calls    1,200, 2 without a valid answer\n"), "{text}");
    }
}
