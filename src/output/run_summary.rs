//! What a run of the pipeline did, as a person reads it.

use indexmap::IndexMap;
use pipelineiq::insight::estimate::LastRun;
use pipelineiq::insight::run_report::{OpenAnswers, PipelineRun};
use serde_json::json;

use crate::output::number::{dollars, plural, thousands};
use crate::output::report::{ReportTable, count, text};

/// Characters of an error that a summary shows.
const ERROR_CHARS: usize = 120;

/// What is known of a run beside its tables.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunContext<'a> {
    /// Where the answers come from, if that is known.
    pub(crate) source: Option<&'a str>,
    /// What the run was estimated at.
    pub(crate) estimate: Option<&'a LastRun>,
    /// Whether all tasks succeeded.
    pub(crate) succeeded: bool,
}

/// What the run did, in a few lines, and what has no answer after it.
pub(crate) fn run_text(run: &PipelineRun, of: RunContext<'_>) -> String {
    let mut out = ReportTable::new();
    let by = of.source.map(|s| format!(" ({s})")).unwrap_or_default();
    out.top(&format!("use cases   {} selected, {} merged", thousands(run.selected), thousands(run.merged)));
    if run.calls.is_empty() {
        out.top(&format!("AI calls    0{by}: {}", why_nothing_was_asked(of.succeeded, &run.open)));
    } else {
        let refused = match run.refused {
            0 => String::new(),
            refused => format!(", {} of them refused", thousands(refused)),
        };
        let failed = match run.failed {
            0 => String::new(),
            failed => format!(", {} without a valid answer{refused}", thousands(failed)),
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
    if let Some(estimate) = of.estimate {
        out.top(&format!("estimate    {}", compared(estimate)));
    }
    for line in open_lines(&run.open) {
        out.top(&line);
    }
    if let Some(most) = run.without_text.values().max() {
        let names = run.without_text.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        out.top(&format!(
            "no notes    {most} of {} use cases have nothing to read for {names}",
            thousands(run.selected)
        ));
        out.top(
            "            no model was asked; where nearly no use case has notes, scores come from stage, age and dates, and say so",
        );
        out.top("            `piq doctor source` shows which columns are empty");
    }
    out.finish()
}

fn why_nothing_was_asked(succeeded: bool, open: &[OpenAnswers]) -> &'static str {
    match (succeeded, open.is_empty()) {
        (false, _) => "the run ended before it asked a question",
        (true, false) => "it asked no question",
        (true, true) => "nothing that a model reads has changed since the last run",
    }
}

/// What has no answer, one line for each enrichment, and what to do about it.
pub(crate) fn open_lines(open: &[OpenAnswers]) -> Vec<String> {
    let mut by_enrichment: IndexMap<&str, (Vec<String>, Option<&str>)> = IndexMap::new();
    for one in open {
        let (counts, error) = by_enrichment.entry(&one.enrichment).or_default();
        counts.push(format!("{} {}", thousands(one.usecases), one.status));
        *error = error.or(one.error.as_deref());
    }
    let width = by_enrichment.keys().map(|name| name.len()).max().unwrap_or(0);
    let mut lines: Vec<String> = by_enrichment
        .iter()
        .enumerate()
        .map(|(at, (enrichment, (counts, error)))| {
            let head = if at == 0 { "unanswered" } else { "" };
            let error = error.map_or(String::new(), |e| format!(" ({})", start_of(e)));
            format!("{head:<11} {enrichment:<width$} {}{error}", counts.join(", "))
        })
        .collect();
    let blocked = open.iter().any(|one| one.status == "blocked");
    let asked_again = open.iter().any(|one| one.status != "blocked");
    match (blocked, asked_again) {
        (true, true) => {
            lines.push("            `piq retry` opens the blocked ones; the next run asks the others again".into())
        }
        (true, false) => lines.push("            `piq retry` opens the blocked ones for the next run".into()),
        (false, true) => lines.push("            the next run asks them again".into()),
        (false, false) => {}
    }
    lines
}

/// The start of an error, on one line.
fn start_of(error: &str) -> String {
    let line = error.split_whitespace().collect::<Vec<_>>().join(" ");
    let start: String = line.chars().take(ERROR_CHARS).collect();
    if start.len() < line.len() { format!("{start}…") } else { start }
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
    use pipelineiq::insight::run_report::{OpenAnswers, PipelineRun};

    use super::{RunContext, run_text};

    const SUCCEEDED: RunContext<'static> = RunContext { source: None, estimate: None, succeeded: true };

    fn open(status: &str, usecases: u64, error: Option<&str>) -> OpenAnswers {
        OpenAnswers { enrichment: "ai_a".into(), status: status.into(), usecases, error: error.map(str::to_owned) }
    }

    #[test]
    fn a_run_without_calls_says_why() {
        let text = run_text(&PipelineRun::default(), RunContext { source: Some("fake model"), ..SUCCEEDED });
        assert!(text.contains("0 (fake model): nothing that a model reads has changed"), "{text}");
        let text = run_text(&PipelineRun::default(), RunContext::default());
        assert!(text.contains("the run ended before it asked a question"), "{text}");
        let left = vec![open("blocked", 60, None), open("refused", 12, Some("403 no\n access"))];
        let text = run_text(&PipelineRun { open: left, ..PipelineRun::default() }, SUCCEEDED);
        assert!(!text.contains("changed"), "{text}");
        assert!(text.contains("unanswered  ai_a 60 blocked, 12 refused (403 no access)\n"), "{text}");
        assert!(text.contains("`piq retry` opens the blocked ones; the next run asks the others again"), "{text}");
    }

    #[test]
    fn calls_without_a_valid_answer_are_counted() {
        let calls = [("ai_b".to_owned(), 1200)].into_iter().collect();
        let empty = [("ai_confidence".to_owned(), 3)].into_iter().collect();
        let bare = PipelineRun { selected: 3, without_text: empty, ..PipelineRun::default() };
        let text = run_text(&bare, SUCCEEDED);
        assert!(text.contains("no notes    3 of 3 use cases have nothing to read for ai_confidence\n"), "{text}");
        let run = PipelineRun { selected: 3, calls, failed: 2, refused: 1, ..PipelineRun::default() };
        let text = run_text(&run, SUCCEEDED);
        assert!(text.contains("AI calls    1,200, 2 without a valid answer, 1 of them refused\n"), "{text}");
    }
}
