//! Asks the question, and reads the old answers.

use futures_util::future::try_join;
use piq_databricks::workspace::WorkspaceError;
use piq_sql::sql_string;
use serde_json::Value;

use super::check::reasons;
use super::statement::{asking, batch, selected, unanswered};
use super::values::values_of;
use super::{Trial, TrialOutcome, TriedUseCase};
use crate::insight::query::{Row, Rows};
use crate::insight::relations::Relations;
use crate::insight::tables::Tables;
use crate::pipeline::Enrichment;

/// What a trial is about.
#[derive(Debug, Clone, Copy)]
pub struct TrialAsked<'a> {
    /// The question.
    pub enrichment: &'a Enrichment,
    /// All enrichments: a question may read their answers.
    pub enrichments: &'a [Enrichment],
    /// The one use case to ask about; the largest ones without it.
    pub usecase: Option<&'a str>,
    /// Use cases at most.
    pub limit: usize,
}

/// Of so many use cases for each one that is asked for, those are tried first for which the question asks a model.
const CANDIDATES: usize = 10;

/// Tries a question: `relations` are those of the pipeline's notebook. `None` where the notebook does not ask the question.
///
/// # Errors
/// What the workspace says.
pub async fn read(
    tables: &Tables<'_>,
    relations: &Relations,
    asked: TrialAsked<'_>,
) -> Result<Option<Trial>, WorkspaceError> {
    let e = asked.enrichment;
    let Some(question) = asking(relations, e) else { return Ok(None) };
    let condition = asked.usecase.map(|id| format!(" WHERE usecase_id = {}", sql_string(id))).unwrap_or_default();
    let most = asked.limit.saturating_mul(CANDIDATES);
    let candidates = tables
        .ask(&format!(
            "SELECT usecase_id, usecase_name FROM piq_scope{condition} ORDER BY estimated_monthly_dollar_dbus DESC, usecase_id LIMIT {most}"
        ))
        .await?;
    let ids: Vec<String> = candidates.iter().filter_map(|r| r.text("usecase_id")).map(str::to_owned).collect();
    let mut trial = Trial {
        enrichment: e.name.clone(),
        function: e.function.clone().unwrap_or_default(),
        model: e.model.clone(),
        prompt_version: e.prompt_version.clone(),
        answered_by: None,
        usecases: Vec::new(),
        input_tokens: 0,
        output_tokens: 0,
        cost_usd: 0.0,
    };
    if ids.is_empty() {
        return Ok(Some(trial));
    }
    let mut batch_rows = Rows::default();
    let Some(mut instead) = unanswered(relations, e, asked.enrichments) else { return Ok(None) };
    // what a statement needs of the use cases is read once and written into the next one: an engine that puts the
    // definitions of views into each other would compute the whole scope for every mention
    let (Some(selected), Some(batch)) = (selected(relations, &ids), batch(relations)) else { return Ok(None) };
    for (relation, definition) in [("piq_selected", selected), ("piq_batch", batch)] {
        instead.insert(relation.to_owned(), definition);
        let rows = tables.ask_with(&format!("SELECT * FROM {relation}"), &instead).await?;
        instead.insert(relation.to_owned(), values_of(&rows, |_| true));
        if relation == "piq_batch" {
            batch_rows = rows;
        }
    }
    let name = sql_string(&e.name);
    let actions = tables
        .ask_with(&format!("SELECT usecase_id, action FROM piq_wave_{} WHERE enrichment = {name}", e.wave), &instead)
        .await?;
    let action = |id: &str| actions.iter().find(|r| r.text("usecase_id") == Some(id))?.text("action");
    let asks = |id: &&String| action(id) == Some("ask");
    let rest = ids.iter().filter(|id| !asks(id));
    let chosen: Vec<String> = ids.iter().filter(asks).chain(rest).take(asked.limit).cloned().collect();
    let list: Vec<String> = chosen.iter().map(|id| sql_string(id)).collect();
    let old = format!(
        "SELECT usecase_id, output, model, CAST(finished_at AS STRING) AS finished_at
FROM (
  SELECT c.*, row_number() OVER (PARTITION BY usecase_id ORDER BY finished_at DESC) AS piq_rank
  FROM piq_ai_calls AS c
  WHERE enrichment = {name} AND status IN ('ok', 'skipped_empty', 'bootstrapped') AND usecase_id IN ({})
) AS ranked
WHERE piq_rank = 1",
        list.join(", ")
    );
    let is_chosen = |row: &Row<'_>| row.text("usecase_id").is_some_and(|id| chosen.iter().any(|c| c == id));
    instead.insert("piq_batch".to_owned(), values_of(&batch_rows, is_chosen));
    let (new, old) = try_join(tables.ask_with(&question, &instead), tables.ask(&old)).await?;
    let columns: Vec<&str> =
        relations.columns("piq_ai_calls").unwrap_or_default().iter().map(|(name, _)| name.as_str()).collect();
    for id in &chosen {
        let usecase_name =
            candidates.iter().find(|r| r.text("usecase_id") == Some(id)).and_then(|r| r.text("usecase_name"));
        let row = new.iter().map(|row| LedgerRow { row, columns: &columns }).find(|r| r.text("usecase_id") == Some(id));
        let mut tried = tried(e, id, row, action(id));
        tried.usecase_name = usecase_name.map(str::to_owned);
        add_old(&mut tried, e, &old);
        trial.input_tokens += tried.input_tokens;
        trial.output_tokens += tried.output_tokens;
        trial.cost_usd += tried.cost_usd;
        trial.usecases.push(tried);
    }
    Ok(Some(trial))
}

/// A row whose columns are those of the ledger, whatever names the query gives them.
struct LedgerRow<'a> {
    row: Row<'a>,
    columns: &'a [&'a str],
}

impl<'a> LedgerRow<'a> {
    fn text(&self, column: &str) -> Option<&'a str> {
        self.row.at(self.columns.iter().position(|c| *c == column)?)
    }

    fn number(&self, column: &str) -> f64 {
        self.text(column).and_then(|text| text.parse().ok()).unwrap_or(0.0)
    }
}

fn tried(e: &Enrichment, id: &str, row: Option<LedgerRow<'_>>, action: Option<&str>) -> TriedUseCase {
    let mut tried = TriedUseCase {
        usecase_id: id.to_owned(),
        usecase_name: None,
        outcome: TrialOutcome::Skipped,
        reasons: Vec::new(),
        old: None,
        old_model: None,
        old_finished_at: None,
        new: None,
        input_tokens: 0,
        output_tokens: 0,
        cost_usd: 0.0,
    };
    let Some(row) = row else {
        let (outcome, reason) = match action {
            Some("later") => (TrialOutcome::OverLimit, "the limits of a run in sql/pipeline.yml leave no call for it"),
            _ => (
                TrialOutcome::Skipped,
                "no model is asked: what the question reads is empty, or `ask_when` does not hold",
            ),
        };
        tried.outcome = outcome;
        tried.reasons.push(reason.to_owned());
        return tried;
    };
    let (output, error) = (row.text("output"), row.text("error"));
    tried.outcome = match (row.text("status"), output) {
        (Some("ok"), _) => TrialOutcome::Ok,
        (Some("refused"), _) => TrialOutcome::Refused,
        (_, None) => TrialOutcome::Failed,
        (_, Some(_)) => TrialOutcome::Invalid,
    };
    match tried.outcome {
        TrialOutcome::Ok => {}
        TrialOutcome::Invalid => tried.reasons = reasons(e, output),
        _ => tried.reasons.push(error.unwrap_or("the model gave neither an answer nor an error").to_owned()),
    }
    tried.new = output.map(|text| fields(e, text));
    tried.input_tokens = row.number("est_input_tokens") as u64;
    tried.output_tokens = row.number("est_output_tokens") as u64;
    tried.cost_usd = row.number("est_cost_usd");
    tried
}

fn add_old(tried: &mut TriedUseCase, e: &Enrichment, old: &Rows) {
    let Some(row) = old.iter().find(|r| r.text("usecase_id") == Some(&tried.usecase_id)) else { return };
    tried.old = row.text("output").map(|text| fields(e, text));
    tried.old_model = row.text("model").map(str::to_owned);
    tried.old_finished_at = row.text("finished_at").map(str::to_owned);
}

/// An answer of the ledger as an object of its fields. One that is not JSON is the text of the first column.
fn fields(e: &Enrichment, text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(object @ Value::Object(_)) => object,
        Ok(other) => serde_json::json!({e.name.clone(): other}),
        Err(_) => {
            let first = e.columns.keys().next().unwrap_or(&e.name).clone();
            serde_json::json!({first: text})
        }
    }
}
