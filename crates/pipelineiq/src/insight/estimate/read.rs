//! Asks for the estimate.

use super::{Amounts, EnrichmentEstimate, Estimate, LastRun, RunLimits};
use crate::insight::query::{Rows, is_missing_table};
use crate::insight::tables::Tables;
use crate::pipeline::{Enrichment, Registry};
use piq_databricks::workspace::WorkspaceError;

/// Characters of one token, as the ledger counts them.
const CHARS_PER_TOKEN: f64 = 4.0;

const IN_SCOPE: &str = "SELECT count(*) AS in_scope FROM piq_scope";

/// Managers of both kinds with a use case that changes.
const MANAGERS: &str = "SELECT count(DISTINCT nullif(trim(sales_manager), '')) + count(DISTINCT nullif(trim(field_manager), '')) AS managers
FROM piq_selected
WHERE piq_changed <> ''";

/// Usual characters of what a summary of a manager reads: ten lines about use cases.
const SUMMARY_CHARS: f64 = 1500.0;

/// What each use case asks: one row for each question, and one without an enrichment for the use case itself.
const QUESTIONS: &str = "SELECT usecase_id, explode(concat(
    array(named_struct('enrichment', CAST(NULL AS STRING), 'input_chars', CAST(0 AS BIGINT), 'est_usd', 0.0D)), piq_asked)) AS x
  FROM piq_estimated";

/// Sums over `rows` by enrichment.
fn sums(rows: &str) -> String {
    format!(
        "SELECT q.x.enrichment AS enrichment, count(*) AS calls, sum(q.x.input_chars) AS chars, sum(q.x.est_usd) AS usd
FROM (
  {rows}
) AS q
GROUP BY q.x.enrichment"
    )
}

/// Estimates the next run.
///
/// # Errors
/// What the workspace says; a source that is not there among it.
pub async fn read(tables: &Tables<'_>, registry: &Registry) -> Result<Estimate, WorkspaceError> {
    let in_scope = tables.ask(IN_SCOPE).await?.first().map_or(0, |r| r.count("in_scope"));
    let all = tables.ask(&sums(QUESTIONS)).await?;
    let mut estimate = make(registry, in_scope, &all, &all);
    if estimate.is_over_limits() {
        let here = format!("SELECT q.x FROM ({QUESTIONS}) AS q JOIN piq_batch AS b ON b.usecase_id = q.usecase_id");
        estimate = make(registry, in_scope, &all, &tables.ask(&sums(&here)).await?);
    }
    let briefs = registry.summaries.iter().filter(|s| s.function.is_some());
    if estimate.selected > 0 && briefs.clone().next().is_some() {
        let managers = tables.ask(MANAGERS).await?.first().map_or(0, |r| r.count("managers"));
        briefs.for_each(|s| summary(&mut estimate, s, managers));
    }
    estimate.first_run = tables.is_new();
    estimate.last_run = if estimate.first_run { None } else { last_run(tables).await? };
    Ok(estimate)
}

/// From the sums over all that is selected, and over what one run takes of it.
fn make(registry: &Registry, in_scope: u64, all: &Rows, here: &Rows) -> Estimate {
    let limits = &registry.config.limits;
    let usecases = |rows: &Rows| rows.iter().find(|r| r.text("enrichment").is_none()).map_or(0, |r| r.count("calls"));
    let mut estimate = Estimate {
        in_scope,
        selected: usecases(all),
        in_run: usecases(here),
        limits: RunLimits { max_calls_per_run: limits.max_calls_per_run, max_usd_per_run: limits.max_usd_per_run },
        ..Estimate::default()
    };
    for e in registry.enrichments.iter().filter(|e| e.function.is_some()) {
        add(&mut estimate.total_selected, amounts(e, all));
        let amounts = amounts(e, here);
        add(&mut estimate.total, amounts);
        if amounts.calls > 0 {
            estimate.enrichments.push(EnrichmentEstimate {
                enrichment: e.name.clone(),
                function: e.function.clone().unwrap_or_default(),
                amounts,
                upper_bound: !e.answer_inputs.is_empty(),
            });
        }
    }
    estimate
}

/// What a summary of each manager may ask: a manager whose list of use cases stays the same is not asked about. One run
/// asks as many as its use cases leave.
fn summary(estimate: &mut Estimate, s: &Enrichment, managers: u64) {
    let one = of_managers(s, 1);
    let left = estimate.limits.max_usd_per_run - estimate.total.usd;
    let affordable = if one.usd > 0.0 { (left / one.usd).max(0.0) as u64 } else { managers };
    let calls = managers.min(estimate.limits.max_calls_per_run.saturating_sub(estimate.total.calls)).min(affordable);
    let amounts = of_managers(s, calls);
    add(&mut estimate.total, amounts);
    add(&mut estimate.total_selected, of_managers(s, managers));
    if calls > 0 {
        let function = s.function.clone().unwrap_or_default();
        estimate.enrichments.push(EnrichmentEstimate {
            enrichment: s.name.clone(),
            function,
            amounts,
            upper_bound: true,
        });
    }
}

/// So many calls about managers.
fn of_managers(s: &Enrichment, calls: u64) -> Amounts {
    let (input, output) =
        ((SUMMARY_CHARS + s.prompt_chars as f64) / CHARS_PER_TOKEN, f64::from(s.answer_chars) / CHARS_PER_TOKEN);
    let many = calls as f64;
    Amounts {
        calls,
        input_tokens: (many * input) as u64,
        output_tokens: (many * output) as u64,
        usd: many * (input * s.price.input + output * s.price.output) / 1_000_000.0,
    }
}

fn amounts(e: &Enrichment, sums: &Rows) -> Amounts {
    let Some(row) = sums.iter().find(|r| r.text("enrichment") == Some(e.name.as_str())) else {
        return Amounts::default();
    };
    let calls = row.count("calls");
    let input = row.number("chars").unwrap_or(0.0);
    Amounts {
        calls,
        input_tokens: (input / CHARS_PER_TOKEN) as u64,
        output_tokens: (calls as f64 * f64::from(e.answer_chars) / CHARS_PER_TOKEN) as u64,
        usd: row.number("usd").unwrap_or(0.0),
    }
}

fn add(to: &mut Amounts, one: Amounts) {
    to.calls += one.calls;
    to.input_tokens += one.input_tokens;
    to.output_tokens += one.output_tokens;
    to.usd += one.usd;
}

/// Holds the last run's estimate, which its batch keeps, against its ledger; none before the first run, or when the
/// last one found nothing to do.
///
/// # Errors
/// What the workspace says.
pub async fn last_run(tables: &Tables<'_>) -> Result<Option<LastRun>, WorkspaceError> {
    // the table itself, not its definition: `run` puts nothing in front
    match tables.run(LastRun::SQL).await {
        Ok(rows) => Ok(LastRun::read(&rows)),
        Err(e) if is_missing_table(&e) => Ok(None),
        Err(e) => Err(e),
    }
}

impl LastRun {
    /// Asks for it: one row, or none if the last run found nothing to do.
    pub const SQL: &str = "SELECT b.run_id, b.usecases, b.estimated_calls, b.estimated_usd, coalesce(c.calls, 0) AS calls, coalesce(c.usd, 0.0D) AS usd
FROM (
  SELECT max(piq_run_id) AS run_id, count(*) AS usecases, sum(piq_est_calls) AS estimated_calls, sum(piq_est_usd) AS estimated_usd
  FROM piq_batch
) AS b
LEFT JOIN (
  SELECT run_id, count(*) AS calls, sum(est_cost_usd) AS usd FROM piq_ai_calls WHERE attempts > 0 GROUP BY run_id
) AS c ON c.run_id = b.run_id
WHERE b.run_id IS NOT NULL";

    /// Reads the answer to [`Self::SQL`].
    pub fn read(rows: &Rows) -> Option<Self> {
        let row = rows.first()?;
        let run = Self {
            run_id: row.text("run_id")?.to_owned(),
            usecases: row.count("usecases"),
            estimated_calls: row.count("estimated_calls"),
            calls: row.count("calls"),
            estimated_usd: row.number("estimated_usd").unwrap_or(0.0),
            usd: row.number("usd").unwrap_or(0.0),
            error_percent: None,
        };
        Some(run.with_error())
    }
}

#[cfg(test)]
mod tests {
    use super::LastRun;
    use crate::insight::query::tests::rows;

    #[test]
    fn the_error_is_in_percent_of_the_ledger() {
        let columns = ["run_id", "usecases", "estimated_calls", "estimated_usd", "calls", "usd"];
        let run = LastRun::read(&rows(&columns, &[&["r1", "10", "120", "0.9", "118", "1.0"]])).expect("a run");
        assert_eq!((run.estimated_calls, run.calls, run.error_percent.map(f64::round)), (120, 118, Some(-10.0)));
        let free = LastRun::read(&rows(&columns, &[&["r1", "10", "0", "0", "0", "0"]])).expect("a run");
        assert_eq!(free.error_percent, None);
        assert_eq!(LastRun::read(&rows(&columns, &[])), None);
    }
}
