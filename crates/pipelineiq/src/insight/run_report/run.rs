//! The work of a run: use cases, calls, tokens and dollars.

use indexmap::IndexMap;
use serde::Serialize;

use super::OpenAnswers;
use crate::insight::query::Rows;

/// Percent of the use cases of a run that count as nearly all.
const NEARLY_ALL: u64 = 90;

/// What a run of the pipeline did. Tokens and dollars are the ledger's estimates.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PipelineRun {
    /// Use cases that the run pinned.
    pub selected: u64,
    /// Use cases that it wrote.
    pub merged: u64,
    /// Attempts by enrichment, in the order of their names. Answers that needed no model are not among them.
    pub calls: IndexMap<String, u64>,
    /// Attempts without a valid answer.
    pub failed: u64,
    /// Those of them that the endpoint refused: they cost nothing and do not count as an attempt.
    pub refused: u64,
    /// What is unanswered after the run, from earlier runs too.
    pub open: Vec<OpenAnswers>,
    /// Use cases for which a question had nothing to read, by enrichment, where that is nearly all of the run.
    pub without_text: IndexMap<String, u64>,
    /// Tokens sent.
    pub input_tokens: u64,
    /// Tokens received.
    pub output_tokens: u64,
    /// US dollars.
    pub est_cost_usd: f64,
}

impl PipelineRun {
    /// Counts the use cases of a run that started at `start`, milliseconds since 1970. One row.
    pub fn use_cases(start: i64) -> String {
        format!(
            "SELECT count(*) AS selected, count(p.usecase_id) AS merged
FROM piq_batch AS b
LEFT JOIN pipelineiq AS p ON p.usecase_id = b.usecase_id AND p.piq_last_updated = b.piq_started_at
WHERE b.piq_started_at >= timestamp_millis({start})"
        )
    }

    /// Counts the calls since `start`, milliseconds since 1970, and the questions that needed none: those about use cases
    /// and those about managers. One row for each enrichment.
    pub fn calls_since(start: i64) -> String {
        format!(
            "SELECT enrichment, count(model) AS calls, count_if(model IS NOT NULL AND status <> 'ok') AS failed,
  count_if(status = 'refused') AS refused, count_if(status = 'skipped_empty') AS skipped,
  sum(est_input_tokens) AS input_tokens, sum(est_output_tokens) AS output_tokens, sum(est_cost_usd) AS dollars
FROM piq_ai_calls
WHERE finished_at >= timestamp_millis({start})
GROUP BY enrichment
ORDER BY enrichment"
        )
    }

    /// Reads the results of [`Self::use_cases`] and [`Self::calls_since`].
    pub fn read(use_cases: &Rows, calls: &Rows, open: Vec<OpenAnswers>) -> Self {
        let mut report = Self { open, ..Self::default() };
        if let Some(row) = use_cases.first() {
            report.selected = row.count("selected");
            report.merged = row.count("merged");
        }
        for row in calls.iter() {
            let (enrichment, calls, skipped) =
                (row.text("enrichment").unwrap_or_default(), row.count("calls"), row.count("skipped"));
            if calls > 0 {
                report.calls.insert(enrichment.to_owned(), calls);
            }
            if skipped > 0 && skipped * 100 >= report.selected * NEARLY_ALL {
                report.without_text.insert(enrichment.to_owned(), skipped);
            }
            report.failed += row.count("failed");
            report.refused += row.count("refused");
            report.input_tokens += row.count("input_tokens");
            report.output_tokens += row.count("output_tokens");
            report.est_cost_usd += row.number("dollars").unwrap_or_default();
        }
        report
    }

    /// Attempts of all enrichments.
    pub fn all_calls(&self) -> u64 {
        self.calls.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::PipelineRun;
    use crate::insight::query::tests::rows;

    #[test]
    fn calls_add_up_and_null_is_nothing() {
        let use_cases = rows(&["selected", "merged"], &[&["4", "3"]]);
        let calls = rows(
            &["enrichment", "calls", "failed", "input_tokens", "output_tokens", "dollars"],
            &[&["ai_a", "4", "1", "100", "NULL", "0.5"], &["ai_b", "2", "0", "10", "5", "0.25"]],
        );
        let report = PipelineRun::read(&use_cases, &calls, Vec::new());
        assert_eq!((report.selected, report.merged, report.failed, report.all_calls()), (4, 3, 1, 6));
        assert_eq!((report.input_tokens, report.output_tokens), (110, 5));
        assert!((report.est_cost_usd - 0.75).abs() < 1e-9);
    }

    #[test]
    fn a_question_that_nearly_always_has_nothing_to_read_is_named() {
        let use_cases = rows(&["selected", "merged"], &[&["10", "10"]]);
        let calls = rows(
            &["enrichment", "calls", "skipped"],
            &[&["ai_a", "0", "10"], &["ai_b", "1", "9"], &["ai_c", "2", "8"], &["ai_d", "10", "0"]],
        );
        let report = PipelineRun::read(&use_cases, &calls, Vec::new());
        assert_eq!(report.calls.keys().collect::<Vec<_>>(), ["ai_b", "ai_c", "ai_d"]);
        assert_eq!(
            report.without_text.into_iter().collect::<Vec<_>>(),
            [("ai_a".to_owned(), 10), ("ai_b".to_owned(), 9)]
        );
    }

    #[test]
    fn a_run_that_selected_nothing_did_nothing() {
        let empty =
            PipelineRun::read(&rows(&["selected", "merged"], &[&["0", "0"]]), &rows(&["enrichment"], &[]), Vec::new());
        assert_eq!(empty, PipelineRun::default());
    }
}
