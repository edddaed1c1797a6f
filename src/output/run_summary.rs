//! What a run of the pipeline did and what came out of it, as a person reads them.

use pipelineiq::insight::estimate::LastRun;
use pipelineiq::insight::run_report::{Outcome, PipelineRun};
use serde_json::json;

use crate::output::number::{dollars, plural, thousands};
use crate::output::report::{Report, amount, count, state, text};

/// What the run did, in a few lines. `source` names where the answers come from, if that is known.
pub(crate) fn run_text(run: &PipelineRun, source: Option<&str>, estimate: Option<&LastRun>) -> String {
    let mut out = Report::new();
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

/// Levels of confidence, and the use cases most at risk.
pub(crate) fn outcome_text(outcome: &Outcome) -> String {
    let mut out = Report::new();
    let dollars = || amount("monthly_dollars").titled("$ a month");
    out.section("Confidence", "")
        .rows(&outcome.levels, &[state("level"), count("usecases").titled("use cases"), dollars()]);
    if outcome.at_risk.is_empty() {
        return out.finish();
    }
    let columns = [
        text("usecase_id").titled("use case"),
        dollars(),
        count("slip_risk_score").titled("risk"),
        state("level").titled("confidence"),
        text("account_name").titled("account"),
    ];
    out.section("Most at risk", "").rows(&outcome.at_risk, &columns).section("What to do", "");
    for case in outcome.at_risk.iter().filter(|c| !c.next_action.is_empty()) {
        let owner = if case.owner_role.is_empty() { String::new() } else { format!("{}: ", case.owner_role) };
        out.field(2, &case.usecase_id, Some(&format!("{owner}{}", case.next_action)));
    }
    out.finish()
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
