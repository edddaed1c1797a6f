//! From the answers of the source to the report.

use super::contract::{Fit, Mapping, strangers};
use super::{ColumnReport, Snapshots, SourceFinding, SourceReport, SourceScope, ValueCount};
use crate::insight::query::Rows;
use crate::pipeline::Registry;
use piq_databricks::workspace::ResultColumn;

/// Statuses that the rules of the pipeline speak of; NULL is not a status.
const STATUSES: [&str; 3] = ["Green", "Yellow", "Red"];

/// What the source answered to [`super::Queries`].
#[derive(Debug, Clone, Default)]
pub struct SourceAnswers {
    /// To `snapshots`.
    pub snapshots: Option<Rows>,
    /// To `totals`.
    pub totals: Rows,
    /// To `stages`.
    pub stages: Option<Rows>,
    /// To `statuses`.
    pub statuses: Option<Rows>,
    /// To `left_out`.
    pub left_out: Option<Rows>,
    /// Use cases in scope; none if it could not be asked.
    pub in_scope: Option<u64>,
}

/// Makes the report.
pub fn report(
    registry: &Registry,
    found: &[ResultColumn],
    columns: Vec<Mapping>,
    answers: &SourceAnswers,
) -> SourceReport {
    let totals = answers.totals.first();
    let count = |column: &str| totals.map_or(0, |r| r.count(column));
    let (rows, usecases, without_id) = (count("rows"), count("usecases"), count("without_id"));
    let columns: Vec<ColumnReport> = columns
        .into_iter()
        .enumerate()
        .map(|(n, mapping)| {
            let counted = rows > 0 && mapping.fit != Fit::Missing;
            let null_share = counted.then(|| count(&format!("null_{n}")) as f64 / rows as f64);
            ColumnReport { mapping, null_share }
        })
        .collect();
    let codes: Vec<&str> = registry
        .reference
        .get("ref_stage")
        .map(|t| t.rows.iter().filter_map(|r| r.get("code")).map(String::as_str).collect())
        .unwrap_or_default();
    let values = |rows: &Option<Rows>, known: &dyn Fn(Option<&str>, Option<&str>) -> bool| -> Vec<ValueCount> {
        let one = |r: crate::insight::query::Row<'_>| ValueCount {
            known: known(r.text("value"), r.text("code")),
            value: r.text("value").map(str::to_owned),
            code: r.text("code").map(str::to_owned),
            rows: r.count("rows"),
        };
        rows.iter().flat_map(Rows::iter).map(one).collect()
    };
    let stages = values(&answers.stages, &|_, code| code.is_some_and(|c| codes.contains(&c)));
    let statuses = values(&answers.statuses, &|value, _| value.is_none_or(|v| STATUSES.contains(&v)));
    let snapshots = answers.snapshots.as_ref().and_then(Rows::first).map(|r| Snapshots {
        count: r.count("count"),
        first: r.text("first").map(str::to_owned),
        latest: r.text("latest").map(str::to_owned),
    });
    let scope = answers.in_scope.map(|usecases| {
        let out = answers.left_out.as_ref().and_then(Rows::first);
        let count = |column: &str| out.map_or(0, |r| r.count(column));
        SourceScope {
            usecases,
            too_small: count("too_small"),
            excluded_stage: count("excluded_stage"),
            beyond_horizon: count("beyond_horizon"),
        }
    });
    let mut report = SourceReport {
        source_table: registry.config.source_table.clone(),
        columns,
        other_columns: strangers(&registry.source_columns, found),
        snapshots,
        rows,
        usecases,
        duplicates: rows.saturating_sub(without_id + usecases),
        without_id,
        stages,
        statuses,
        scope,
        findings: Vec::new(),
    };
    report.findings = findings(&report);
    report
}

fn findings(r: &SourceReport) -> Vec<SourceFinding> {
    let mut found = Vec::new();
    let mut add = |error, message: String, advice: String| found.push(SourceFinding { error, message, advice });
    for c in r.columns.iter().map(|c| &c.mapping).filter(|m| m.is_fault()) {
        let (column, wanted) = (&c.column, &c.expected_type);
        match (&c.found_type, &c.closest) {
            (Some(found), _) => add(
                true,
                format!("column `{column}`: expected type {wanted}, found {found}"),
                format!("convert it in sql/source.sql, such as try_cast({column} AS {wanted}) AS {column}"),
            ),
            (None, Some(near)) => add(
                true,
                format!("required column `{column}` is missing"),
                format!("did you mean `{near}`? write {near} AS {column} in sql/source.sql"),
            ),
            (None, None) => add(
                true,
                format!("required column `{column}` is missing"),
                format!("give a column or an expression of type {wanted} its name in sql/source.sql"),
            ),
        }
    }
    if r.rows == 0 {
        add(false, "the source has no row".into(), "the pipeline runs, and finds nothing to do".into());
    }
    if r.without_id > 0 {
        add(false, format!("{} rows have no usecase_id", r.without_id), "these rows are ignored".into());
    }
    if r.duplicates > 0 {
        let message = format!("{} rows repeat a use case of the latest snapshot", r.duplicates);
        add(false, message, "of each use case the row modified last counts".into());
    }
    let unknown = |values: &[ValueCount]| -> Vec<String> {
        let name = |v: &ValueCount| format!("`{}`", v.value.as_deref().unwrap_or("NULL"));
        values.iter().filter(|v| !v.known).map(name).collect()
    };
    let stages = unknown(&r.stages);
    if !stages.is_empty() {
        add(
            false,
            format!("stages that ref_stage does not know: {}", stages.join(", ")),
            "map them in sql/source.sql, or add them to sql/reference/ref_stage.csv".into(),
        );
    }
    let statuses = unknown(&r.statuses);
    if !statuses.is_empty() {
        add(
            false,
            format!("statuses that no rule knows: {}", statuses.join(", ")),
            "map them to Green, Yellow or Red in sql/source.sql".into(),
        );
    }
    if r.rows > 0 && r.scope.as_ref().is_some_and(|s| s.usecases == 0) {
        add(false, "no use case is in scope".into(), "widen `scope` in sql/pipeline.yml".into());
    }
    found.sort_by_key(|f| !f.error);
    found
}
