//! From what the tables hold to the account.

use indexmap::IndexMap;
use serde_json::Value;

use super::fields::{integer, text, texts};
use super::score::confidence;
use super::{
    Acceleration, AnswerState, Call, CallStatus, Disagreement, Explanation, Input, LedgerAnswer, NextAction, Signal,
    Slip, Totals, UseCase,
};
use crate::insight::query::{Row, Rows};
use crate::pipeline::{Enrichment, ReferenceTable, Registry};

/// What the account is made of.
#[derive(Debug, Clone)]
pub struct Material<'a> {
    /// The pipeline.
    pub registry: &'a Registry,
    /// The id that is asked about.
    pub usecase_id: &'a str,
    /// The use case as the pipeline sees it: columns of the source and derived ones. `Null` if it is not in scope.
    pub usecase: Value,
    /// Its row of `pipelineiq`; `Null` if there is none.
    pub stored: Value,
    /// What the pipeline's SQL gives for the stored readings; `Null` if there is no stored row.
    pub computed: Value,
    /// The lines of the score's sum.
    pub lines: Rows,
    /// What the next run would find changed or not answered, by name of enrichment.
    pub changed: Vec<String>,
    /// Rows of `piq_inputs`: the hashes of what the stored answers were made from.
    pub inputs: Rows,
    /// Its rows of the ledger, oldest first.
    pub ledger: Rows,
}

/// Makes the account; none if neither the source, nor the table, nor the ledger knows the id.
pub fn build(material: &Material<'_>) -> Option<Explanation> {
    let Material { registry, usecase, stored, .. } = material;
    let history: Vec<(Call, Option<&str>)> = material.ledger.iter().map(call).collect();
    if usecase.is_null() && stored.is_null() && history.is_empty() {
        return None;
    }
    let answers = registry
        .enrichments
        .iter()
        .filter_map(|e| Some(answer(material, e, e.function.as_deref()?, &history)))
        .collect();
    let raw = latest_good(&history, "ai_confidence").and_then(|(_, output)| serde_json::from_str((*output)?).ok());
    let scored = !stored.is_null();
    let calls: Vec<Call> = history.into_iter().map(|(call, _)| call).collect();
    Some(Explanation {
        usecase: about(material.usecase_id, usecase),
        scored_at: text(stored, "piq_last_updated"),
        confidence: scored.then(|| {
            let said = raw.as_ref().unwrap_or(&Value::Null);
            confidence(registry, usecase, stored, said, &material.computed, &material.lines)
        }),
        slip: scored.then(|| slip(registry, usecase, stored)),
        acceleration: scored.then(|| Acceleration {
            possible: stored["can_be_accelerated"].as_bool(),
            score: integer(stored, "accel_score"),
            days: integer(stored, "accel_days"),
            category: text(stored, "accel_category"),
        }),
        next_action: scored.then(|| NextAction {
            recommendation: text(stored, "next_best_action_recommendation"),
            rationale: text(stored, "nba_rationale"),
            owner_role: text(stored, "nba_owner_role"),
            due_days: integer(stored, "nba_due_days"),
            target_dimension: text(stored, "nba_target_dimension"),
            next_question: text(stored, "nba_next_question"),
        }),
        answers,
        totals: totals(&calls),
        history: calls,
    })
}

fn about(id: &str, row: &Value) -> UseCase {
    UseCase {
        usecase_id: id.to_owned(),
        in_scope: !row.is_null(),
        usecase_name: text(row, "usecase_name"),
        account_name: text(row, "account_name"),
        stage: text(row, "stage"),
        monthly_dollars: number(&row["estimated_monthly_dollar_dbus"]),
        target_live_date: text(row, "target_live_date"),
        days_to_live: integer(row, "days_to_live"),
        implementation_status: text(row, "implementation_status"),
        sales_manager: text(row, "sales_manager"),
        field_manager: text(row, "field_manager"),
    }
}

/// A number, which an engine may write as text to keep its decimals.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn slip(registry: &Registry, usecase: &Value, stored: &Value) -> Slip {
    let table = registry.reference.get("ref_slip_signals");
    let today = text(usecase, "slip_rules").unwrap_or_default();
    let signals: Vec<Signal> =
        texts(stored, "slip_signals").into_iter().map(|code| signal(table, &today, code)).collect();
    let computed = signals.iter().filter_map(|s| s.points).sum::<i64>().min(100);
    let score = integer(stored, "slip_risk_score");
    let disagreements = score
        .filter(|s| *s != computed)
        .map(|s| Disagreement {
            column: "slip_risk_score".into(),
            stored: s.to_string(),
            computed: computed.to_string(),
        })
        .into_iter()
        .collect();
    let category = text(stored, "slippage_category");
    Slip { score, likely: stored["likely_to_slip"].as_bool(), signals, computed, category, disagreements }
}

/// A signal with its points. Several rules may share a code: the one that holds today counts.
fn signal(table: Option<&ReferenceTable>, today: &str, code: String) -> Signal {
    let rows = || table.into_iter().flat_map(|t| &t.rows).filter(|r| r.get("code") == Some(&code));
    let holds = |r: &&IndexMap<String, String>| r.get("rule").is_some_and(|rule| today.split(',').any(|t| t == rule));
    let row = rows().find(holds).or_else(|| rows().next());
    let field = |name: &str| row.and_then(|r| r.get(name));
    Signal {
        points: field("points").and_then(|p| p.parse().ok()),
        description: field("description").map_or("not in ref_slip_signals", String::as_str).to_owned(),
        code,
    }
}

fn call(row: Row<'_>) -> (Call, Option<&str>) {
    let owned = |column| row.text(column).map(str::to_owned);
    let call = Call {
        finished_at: owned("finished_at"),
        run_id: owned("run_id").unwrap_or_default(),
        enrichment: owned("enrichment").unwrap_or_default(),
        status: CallStatus::of_word(row.text("status").unwrap_or_default()),
        error: owned("error"),
        attempts: row.integer("attempts").unwrap_or(0),
        prompt_version: owned("prompt_version"),
        model: owned("model"),
        input_hash: owned("input_hash").unwrap_or_default(),
        input_tokens: row.count("est_input_tokens"),
        output_tokens: row.count("est_output_tokens"),
        cost_usd: row.number("est_cost_usd").unwrap_or(0.0),
    };
    (call, row.text("output"))
}

/// The latest good row of an enrichment, and its output.
fn latest_good<'a>(history: &'a [(Call, Option<&'a str>)], enrichment: &str) -> Option<&'a (Call, Option<&'a str>)> {
    history.iter().rev().find(|(c, _)| c.enrichment == enrichment && c.status.is_answer())
}

fn answer(material: &Material<'_>, e: &Enrichment, function: &str, history: &[(Call, Option<&str>)]) -> LedgerAnswer {
    let mine = || history.iter().map(|(c, _)| c).filter(|c| c.enrichment == e.name);
    let input_hash = material
        .inputs
        .iter()
        .find(|r| r.text("enrichment") == Some(e.name.as_str()))
        .and_then(|r| r.text("input_hash").map(str::to_owned));
    let last = mine().next_back();
    let ended = |statuses: &[CallStatus]| last.is_some_and(|c| statuses.contains(&c.status));
    let state = if material.usecase.is_null() {
        AnswerState::NotInScope
    } else if last.is_none() {
        AnswerState::Never
    } else if material.changed.contains(&e.name)
        && ended(&[CallStatus::Failed, CallStatus::Invalid, CallStatus::Refused])
    {
        AnswerState::Retry
    } else if e.changed_by.iter().any(|n| material.changed.contains(n)) {
        AnswerState::Changed
    } else if ended(&[CallStatus::Blocked]) {
        AnswerState::Blocked
    } else {
        AnswerState::Current
    };
    let value = |column: &String| {
        let here = material.usecase.get(column).or_else(|| material.stored.get(column));
        Input { column: column.clone(), value: here.cloned().unwrap_or(Value::Null) }
    };
    LedgerAnswer {
        enrichment: e.name.clone(),
        function: function.to_owned(),
        wave: e.wave,
        inputs: e.inputs.iter().map(value).collect(),
        input_hash,
        state,
        output: latest_good(history, &e.name).and_then(|(_, output)| {
            Some(serde_json::from_str((*output)?).unwrap_or(Value::String((*output)?.to_owned())))
        }),
        last: last.cloned(),
        // a sum of floats that begins with 0, not -0
        cost_usd: mine().map(|c| c.cost_usd).fold(0.0, |a, b| a + b),
    }
}

fn totals(calls: &[Call]) -> Totals {
    calls.iter().fold(Totals::default(), |t, c| Totals {
        calls: t.calls + u64::from(c.model.is_some() && c.status.is_call()),
        input_tokens: t.input_tokens + c.input_tokens,
        output_tokens: t.output_tokens + c.output_tokens,
        cost_usd: t.cost_usd + c.cost_usd,
    })
}
