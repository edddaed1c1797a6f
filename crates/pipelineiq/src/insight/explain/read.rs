//! Reads what the account is made of.

use futures_util::future::{try_join, try_join3, try_join5};
use serde_json::Value;

use super::build::Material;
use super::score::{SCORE, stored_readings};
use super::views::UsecaseViews;
use crate::insight::input_hashes::input_hashes;
use crate::insight::query::Rows;
use crate::insight::tables::Tables;
use crate::pipeline::Registry;
use piq_databricks::workspace::WorkspaceError;
use piq_sql::sql_string;

/// Reads the material for the account of one use case.
///
/// # Errors
/// What the workspace says.
pub async fn read<'a>(
    tables: &Tables<'_>,
    registry: &'a Registry,
    usecase_id: &'a str,
) -> Result<Material<'a>, WorkspaceError> {
    let id = sql_string(usecase_id);
    let whole_row =
        |relation: &str| format!("SELECT to_json(struct(*)) AS row FROM {relation} WHERE usecase_id = {id}");
    let (scope, changed, stored, inputs, ledger) = (
        whole_row("piq_scope"),
        format!("SELECT piq_changed FROM piq_selected WHERE usecase_id = {id}"),
        whole_row("pipelineiq"),
        input_hashes(&format!("usecase_id = {id}")),
        format!(
            "SELECT run_id, enrichment, input_hash, prompt_version, model, status, error, attempts, output, \
             est_input_tokens, est_output_tokens, est_cost_usd, CAST(finished_at AS STRING) AS finished_at \
             FROM piq_ai_calls WHERE usecase_id = {id} ORDER BY finished_at, enrichment, attempts"
        ),
    );
    let rows = try_join5(
        tables.ask(&scope),
        tables.ask(&changed),
        tables.ask(&stored),
        tables.ask(&inputs),
        tables.ask(&ledger),
    );
    let (readings, reported) = (stored_readings(&id), whole_row("pipelineiq_view"));
    let score = try_join(tables.ask_with(SCORE, &readings), tables.ask(&reported));
    let ((scope, changed, stored, inputs, ledger), (computed, reported), views) =
        try_join3(rows, score, UsecaseViews::read(tables, &id)).await?;
    let row = |rows: &Rows| rows.first().and_then(|r| r.json("row")).unwrap_or(Value::Null);
    let changed = changed.value().unwrap_or_default();
    Ok(Material {
        registry,
        usecase_id,
        usecase: row(&scope),
        changed: changed.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        stored: row(&stored),
        computed: row(&computed),
        reported: row(&reported),
        views,
        inputs,
        ledger,
    })
}
