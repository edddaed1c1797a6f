//! From what the tables hold to the account.

use serde_json::Value;

use super::fields::{integer, text};
use super::score::compare;
use super::views::{RuleThatFired, UsecaseViews};
use super::{
    Acceleration, AnswerState, Call, CallStatus, ConfidenceExplained, Disagreement, Explanation, Input, LedgerAnswer,
    NextAction, Slip, Totals, UseCase,
};
use crate::insight::query::{Row, Rows};
use crate::pipeline::{Enrichment, Registry};

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
    /// Its row of `pipelineiq_view`; `Null` if there is none.
    pub reported: Value,
    /// What the page about it shows.
    pub views: UsecaseViews,
    /// What the next run would find changed or not answered, by name of enrichment.
    pub changed: Vec<String>,
    /// Rows of `piq_input_hashes`: the hashes of what the stored answers were made from.
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
    let scored = !stored.is_null();
    let calls: Vec<Call> = history.into_iter().map(|(call, _)| call).collect();
    let UsecaseViews { facts, action, dimensions, arithmetic, rules, questions, contradictions, history } =
        material.views.clone();
    let reported = &material.reported;
    Some(Explanation {
        usecase: about(material.usecase_id, usecase),
        scored_at: text(stored, "piq_last_updated"),
        facts,
        action,
        confidence: scored.then(|| ConfidenceExplained {
            status: text(stored, "confidence_status"),
            score: integer(stored, "confidence_score"),
            level: text(stored, "confidence_level_normalized"),
            reason: text(stored, "level_reason"),
            delta: integer(stored, "confidence_delta"),
            rationale: text(stored, "rationale_for_confidence_score"),
            dimensions,
            arithmetic,
            disagreements: compare(&material.computed, stored),
        }),
        slip: scored.then(|| slip(stored, &rules)),
        acceleration: scored.then(|| Acceleration {
            possible: stored["can_be_accelerated"].as_bool(),
            score: integer(stored, "accel_score"),
            days: integer(stored, "accel_days"),
            category: text(stored, "accel_category"),
        }),
        next_action: (!reported.is_null()).then(|| next_action(reported)),
        rules,
        questions,
        contradictions,
        history,
        answers,
        totals: totals(&calls),
        calls,
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

/// Of a use case that is not open only what the view itself recommends is still true.
fn next_action(reported: &Value) -> NextAction {
    let open = reported["is_open"].as_bool() == Some(true);
    let while_open = |column: &str| text(reported, column).filter(|_| open);
    NextAction {
        recommendation: while_open("next_best_action_recommendation").or_else(|| text(reported, "recommendation")),
        rationale: while_open("nba_rationale"),
        owner: text(reported, "next_action_owner"),
        due: text(reported, "next_action_due"),
        target_dimension: while_open("nba_target_dimension"),
        next_question: while_open("nba_next_question"),
    }
}

fn slip(stored: &Value, rules: &[RuleThatFired]) -> Slip {
    let sum = rules.iter().filter_map(|rule| rule.points).sum::<i64>().min(100);
    let score = integer(stored, "slip_risk_score");
    let disagreement = score.filter(|s| *s != sum).map(|s| Disagreement {
        column: "slip_risk_score".into(),
        stored: s.to_string(),
        computed: sum.to_string(),
    });
    Slip {
        score,
        level: text(stored, "risk_level"),
        likely: stored["likely_to_slip"].as_bool(),
        category: text(stored, "slippage_category"),
        disagreements: disagreement.into_iter().collect(),
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
