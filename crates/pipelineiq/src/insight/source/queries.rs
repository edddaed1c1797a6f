//! What is asked of the source. Only columns that are there are named.

use std::fmt::Write as _;

use super::contract::{Fit, Mapping};
use crate::pipeline::Registry;
use piq_sql::sql_string;

/// The statements, for a source with some of the contract's columns.
#[derive(Debug, Clone)]
pub struct Queries {
    /// Snapshots of the whole source: `count`, `first`, `latest`. Only with `snapshot_date`.
    pub snapshots: Option<String>,
    /// One row: `rows`, `usecases`, `without_id`, and `null_N` for the contract's column number N.
    pub totals: String,
    /// `value`, `code`, `rows`. Only with `stage`.
    pub stages: Option<String>,
    /// `value`, `rows`. Only with `implementation_status`.
    pub statuses: Option<String>,
    /// One row of [`super::Scope`] without the use cases. Only if the columns for it are there.
    pub left_out: Option<String>,
}

/// Different values of a column that are shown.
const VALUES: u32 = 100;

impl Queries {
    /// The query that gives the columns of the mapping.
    pub fn columns(mapping_sql: &str) -> String {
        format!("SELECT * FROM (\n{mapping_sql}\n) AS piq_mapping LIMIT 0")
    }

    /// The statements over the mapping (`sql/source.sql`, rendered), whose columns fare as `columns` says.
    pub fn new(mapping_sql: &str, columns: &[Mapping], registry: &Registry) -> Self {
        let usable = |name: &str| columns.iter().any(|m| m.column == name && m.fit == Fit::Present);
        let from = |alias: &str| format!("(\n{mapping_sql}\n) AS {alias}");
        let latest = if usable("snapshot_date") {
            let newest = from("piq_newest");
            format!("{} WHERE snapshot_date = (SELECT max(snapshot_date) FROM {newest})", from("piq_source"))
        } else {
            from("piq_source")
        };
        let ids = if usable("usecase_id") {
            "count(DISTINCT usecase_id) AS usecases, count_if(usecase_id IS NULL) AS without_id"
        } else {
            "0 AS usecases, 0 AS without_id"
        };
        let mut totals = format!("SELECT count(*) AS rows, {ids}");
        for (n, m) in columns.iter().enumerate().filter(|(_, m)| m.fit != Fit::Missing) {
            let name = &m.column;
            let is_text = m.fit == Fit::Present && m.expected_type.eq_ignore_ascii_case("STRING");
            let empty = if is_text { format!("coalesce(trim({name}), '') = ''") } else { format!("{name} IS NULL") };
            let _ = write!(totals, ", count_if({empty}) AS null_{n}");
        }
        let _ = write!(totals, " FROM {latest}");
        let code = stage_code(registry);
        let distinct = |column: &str, more: &str| {
            format!(
                "SELECT {column} AS value, {more}count(*) AS rows FROM {latest} GROUP BY {column} ORDER BY rows DESC, value LIMIT {VALUES}"
            )
        };
        Self {
            snapshots: usable("snapshot_date").then(|| {
                format!(
                    "SELECT count(DISTINCT snapshot_date) AS count, CAST(min(snapshot_date) AS STRING) AS first, \
                     CAST(max(snapshot_date) AS STRING) AS latest FROM {}",
                    from("piq_source")
                )
            }),
            totals,
            stages: usable("stage").then(|| distinct("stage", &format!("max({code}) AS code, "))),
            statuses: usable("implementation_status").then(|| distinct("implementation_status", "")),
            left_out: ["estimated_monthly_dollar_dbus", "stage", "target_live_date"]
                .into_iter()
                .all(usable)
                .then(|| left_out(registry, code, &latest)),
        }
    }
}

/// The expression that makes a code of `stage`.
fn stage_code(registry: &Registry) -> &str {
    let row = registry.derived_columns.rows.iter().find(|r| r.get("column").is_some_and(|c| c == "stage_code"));
    row.and_then(|r| r.get("expression")).map_or("stage", String::as_str)
}

fn left_out(registry: &Registry, code: &str, latest: &str) -> String {
    let scope = &registry.config.scope;
    let excluded: Vec<String> = scope.excluded_stages.iter().map(|s| sql_string(s)).collect();
    let excluded =
        if excluded.is_empty() { "false".to_owned() } else { format!("({code}) IN ({})", excluded.join(", ")) };
    format!(
        "SELECT count_if(NOT coalesce(estimated_monthly_dollar_dbus >= {}, false)) AS too_small, \
         count_if(coalesce({excluded}, false)) AS excluded_stage, \
         count_if(NOT coalesce(target_live_date <= date_add(current_date(), {}), false)) AS beyond_horizon FROM {latest}",
        scope.min_monthly_dollars, scope.horizon_days
    )
}
