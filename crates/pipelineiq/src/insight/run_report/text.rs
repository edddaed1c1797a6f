//! A run and its outcome as a person reads them.

use std::fmt::Write as _;

use super::{Outcome, PipelineRun};

/// What the run did, in a few lines. `source` says where the answers come from, if that is known.
pub fn run_text(run: &PipelineRun, source: Option<&str>) -> String {
    let mut out = format!("use cases   {} selected, {} merged\n", run.selected, run.merged);
    let by = source.map(|s| format!(" ({s})")).unwrap_or_default();
    if run.calls.is_empty() {
        let _ = writeln!(out, "AI calls    0{by}: nothing that a model reads has changed since the last run");
        return out;
    }
    let failed = if run.failed == 0 { String::new() } else { format!(", {} without a valid answer", run.failed) };
    let _ = writeln!(out, "AI calls    {}{failed}{by}", grouped(run.all_calls()));
    let width = run.calls.keys().map(String::len).max().unwrap_or(0);
    for (enrichment, calls) in &run.calls {
        let _ = writeln!(out, "            {enrichment:<width$} {:>8}", grouped(*calls));
    }
    let _ = writeln!(
        out,
        "tokens      {} sent, {} received, about ${:.2} at the prices of ref_model_prices",
        grouped(run.input_tokens),
        grouped(run.output_tokens),
        run.est_cost_usd
    );
    out
}

/// Levels of confidence, and the use cases most at risk.
pub fn outcome_text(outcome: &Outcome) -> String {
    let mut out = String::from("Confidence        use cases    $ a month\n");
    for level in &outcome.levels {
        let _ = writeln!(
            out,
            "  {:<14} {:>10} {:>12}",
            level.level,
            grouped(level.usecases),
            dollars(level.monthly_dollars)
        );
    }
    if outcome.at_risk.is_empty() {
        return out;
    }
    out.push_str("\nMost at risk      $ a month  risk  confidence\n");
    for case in &outcome.at_risk {
        let _ = writeln!(
            out,
            "  {:<14} {:>10}  {:>4}  {:<13} {}",
            case.usecase_id,
            dollars(case.monthly_dollars),
            case.slip_risk_score,
            case.level,
            case.account_name
        );
        if !case.next_action.is_empty() {
            let owner = if case.owner_role.is_empty() { String::new() } else { format!("{}: ", case.owner_role) };
            let _ = writeln!(out, "      {owner}{}", case.next_action);
        }
    }
    out
}

fn dollars(amount: f64) -> String {
    // amounts far above any pipeline would only lose their last digits
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "negative amounts are shown as 0")]
    let whole = amount.max(0.0).round() as u64;
    format!("${}", grouped(whole))
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{grouped, run_text};
    use crate::insight::run_report::PipelineRun;

    #[test]
    fn digits_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_run_without_calls_says_so() {
        let text = run_text(&PipelineRun::default(), Some("offline stand-in"));
        assert!(text.contains("0 (offline stand-in): nothing that a model reads has changed"), "{text}");
        let calls = [("ai_b".to_owned(), 1200)].into_iter().collect();
        let text = run_text(&PipelineRun { selected: 3, calls, failed: 2, ..PipelineRun::default() }, None);
        assert!(text.contains("AI calls    1,200, 2 without a valid answer\n"), "{text}");
    }
}
