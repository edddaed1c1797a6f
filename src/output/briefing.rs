//! The last screen of a demo: what to do now, as a leader reads it aloud, and what it took.

use std::fmt::Write as _;

use pipelineiq::insight::run_report::{AtRisk, EnrichmentOutcome, PipelineRun};

use crate::output::number::{thousands, whole_dollars};
use crate::output::run_summary::open_lines;

/// Use cases of a briefing.
const LINES: usize = 5;

/// The use cases that need somebody now, each with who does what, and the pipeline by level in one line.
pub(crate) fn briefing_text(outcome: &EnrichmentOutcome) -> String {
    let mut out = String::from("What to do now\n");
    if outcome.at_risk.is_empty() {
        out.push_str("  Nothing is at risk.\n");
    }
    for (number, case) in (1..).zip(outcome.at_risk.iter().take(LINES)) {
        let _ = writeln!(out, "  {number}. {}", line(case));
    }
    let levels = outcome.levels.iter().map(|level| {
        format!("{} {} ({} a month)", thousands(level.usecases), level.level, whole_dollars(level.monthly_dollars))
    });
    let levels: Vec<String> = levels.collect();
    if !levels.is_empty() {
        let _ = writeln!(out, "\nThe pipeline by confidence: {}", levels.join(", "));
    }
    out
}

/// What several runs took, a line each, and where the answers come from.
pub(crate) fn work_text<'a>(
    runs: impl Iterator<Item = (&'static str, &'a PipelineRun)>,
    source: Option<&str>,
) -> String {
    let mut out = String::from("\nWhat it took\n");
    for (when, run) in runs {
        let failed = if run.failed == 0 { String::new() } else { format!(", {} without a valid answer", run.failed) };
        let _ = match run.all_calls() {
            0 if run.open.is_empty() => {
                writeln!(out, "  {when:<11} 0 AI calls: nothing that a model reads has changed")
            }
            0 => writeln!(out, "  {when:<11} 0 AI calls"),
            calls => writeln!(
                out,
                "  {when:<11} {} use cases, {} AI calls{failed}, about ${:.2} at the prices of ref_model_prices",
                thousands(run.selected),
                thousands(calls),
                run.est_cost_usd
            ),
        };
        open_lines(&run.open).iter().for_each(|line| {
            let _ = writeln!(out, "  {line}");
        });
    }
    if let Some(source) = source {
        let _ = writeln!(out, "  {:<11} {source}", "Answers");
    }
    out
}

fn line(case: &AtRisk) -> String {
    let live = match case.target_live_date.as_str() {
        "" => String::new(),
        date => format!(", live {date}"),
    };
    let name = if case.usecase_name.is_empty() { &case.usecase_id } else { &case.usecase_name };
    let action = match case.next_action.as_str() {
        "" => "no next action is known.",
        action => action,
    };
    format!("{}, {name} ({} a month{live}): {action}", case.account_name, whole_dollars(case.monthly_dollars))
}

#[cfg(test)]
mod tests {
    use pipelineiq::insight::run_report::{AtRisk, EnrichmentOutcome, Level, PipelineRun};

    use super::{briefing_text, work_text};

    #[test]
    fn five_use_cases_say_who_does_what() {
        let case = |n: u32| AtRisk {
            usecase_id: format!("UC-{n}"),
            usecase_name: "Leak detection".into(),
            account_name: format!("Firm {n}"),
            target_live_date: "2026-12-04".into(),
            monthly_dollars: 96_000.0,
            next_action: format!("Ada (SLM) calls Bo by 2 Dec, {}", "and asks again ".repeat(8)),
            ..AtRisk::default()
        };
        let levels = vec![Level { level: "High".into(), usecases: 11, monthly_dollars: 1234.0 }];
        let text = briefing_text(&EnrichmentOutcome { levels, at_risk: (1..=7).map(case).collect() });
        assert!(
            text.contains("\n  5. Firm 5, Leak detection ($96,000 a month, live 2026-12-04): Ada (SLM) calls"),
            "{text}"
        );
        assert!(!text.contains("6. "), "{text}");
        assert!(text.ends_with("The pipeline by confidence: 11 High ($1,234 a month)\n"), "{text}");
        assert!(briefing_text(&EnrichmentOutcome::default()).contains("Nothing is at risk."));
    }

    #[test]
    fn several_runs_take_a_line_each() {
        let calls = [("ai_b".to_owned(), 1200)].into_iter().collect();
        let first = PipelineRun { selected: 57, calls, ..PipelineRun::default() };
        let text = work_text([("A week ago", &first), ("Now", &PipelineRun::default())].into_iter(), Some("recorded"));
        assert!(text.contains("A week ago  57 use cases, 1,200 AI calls, about $0.00"), "{text}");
        assert!(text.contains("Now         0 AI calls") && text.contains("Answers     recorded\n"), "{text}");
    }
}
