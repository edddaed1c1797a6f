//! The account of one use case as a person reads it.

use pipelineiq::insight::explain::{
    Arithmetic, Call, ConfidenceExplained, Disagreement, Explanation, Input, LedgerAnswer, Slip, UseCase,
};
use serde_json::{Value, json};

use crate::output::number::{cut, dollars, plural, thousands, whole_dollars};
use crate::output::report::{ReportTable, cost, count, mark, remark, state, text};
use crate::output::style::{bold, coloured, dim, green, red, yellow};

/// Longest piece of an input or an answer that is shown.
const SHOWN: usize = 160;

/// The whole account.
pub(crate) fn explanation_report(e: &Explanation) -> String {
    let mut out = ReportTable::new();
    head(&mut out, &e.usecase);
    if let Some(at) = &e.scored_at {
        out.top(&dim(&format!("written by the run of {}", time(at))));
    }
    match &e.confidence {
        Some(c) => confidence(&mut out, c),
        None => {
            out.top("").top(&yellow("Not enriched yet: the next run of the pipeline asks about it."));
        }
    }
    if let Some(s) = &e.slip {
        slip(&mut out, s);
    }
    if let Some(a) = &e.acceleration {
        let by = a.days.map(|d| format!("by {d} days"));
        let score = a.score.map(|s| s.to_string());
        let said = match a.possible {
            Some(true) => joined([Some(green("possible")), score, by, a.category.clone()]),
            Some(false) => dim("not a candidate"),
            None => dim("not computed"),
        };
        out.section("Acceleration", &said);
    }
    if let Some((n, action)) = e.next_action.as_ref().and_then(|n| Some((n, n.recommendation.as_deref()?))) {
        let due = n.due_days.map(|d| format!(" within {d} days")).unwrap_or_default();
        out.section("Next action", &format!("{}{due}", n.owner_role.as_deref().unwrap_or("without an owner")))
            .line(action)
            .field(2, "why", n.rationale.as_deref())
            .field(2, "ask", n.next_question.as_deref())
            .field(2, "raises", n.target_dimension.as_deref());
    }
    answers(&mut out, &e.answers);
    history(&mut out, &e.history);
    let t = &e.totals;
    out.section(
        "So far",
        &format!(
            "{}, {} tokens in, {} out, {} (estimates of the ledger)",
            plural(t.calls, "call", "calls"),
            thousands(t.input_tokens),
            thousands(t.output_tokens),
            dollars(t.cost_usd)
        ),
    );
    out.finish()
}

fn joined<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn head(out: &mut ReportTable, u: &UseCase) {
    out.section(&u.usecase_id, u.usecase_name.as_deref().unwrap_or_default());
    if !u.in_scope {
        let why = "Not in scope: not in the latest snapshot, or excluded by `scope` in sql/pipeline.yml.";
        out.top(&yellow(why));
        return;
    }
    let live = u.target_live_date.as_deref().map(|date| match u.days_to_live {
        Some(days) if days < 0 => format!("live {date}, {} days ago", -days),
        Some(days) => format!("live {date}, in {days} days"),
        None => format!("live {date}"),
    });
    let dollars = u.monthly_dollars.map(|d| format!("{} a month", whole_dollars(d)));
    let status = u.implementation_status.clone();
    out.top(&joined([u.account_name.clone(), u.stage.clone(), dollars, live, status]));
    let who = |role: &str, name: &Option<String>| format!("{role} {}", name.as_deref().unwrap_or("unassigned"));
    out.top(&joined([Some(who("sales manager", &u.sales_manager)), Some(who("field manager", &u.field_manager))]));
}

fn shown_score(score: Option<i64>) -> String {
    score.map_or("–".to_owned(), |s| s.to_string())
}

fn confidence(out: &mut ReportTable, c: &ConfidenceExplained) {
    let delta = c.delta.filter(|d| *d != 0).map(|d| format!("  ({d:+} at the last change)")).unwrap_or_default();
    let level = coloured(c.level.as_deref().unwrap_or("Not computed"));
    out.section("Confidence", &format!("{}  {level}{delta}", bold(&shown_score(c.score))));
    match &c.arithmetic {
        Some(a) => arithmetic(out, a),
        None => {
            let why = c.status.as_deref().unwrap_or("no answer");
            out.line(&format!("not computed: the status is `{why}`"));
        }
    }
    disagreements(out, &c.disagreements);
    out.field(2, "the model's reason", c.rationale.as_deref());
}

fn arithmetic(out: &mut ReportTable, a: &Arithmetic) {
    let line = |l: &pipelineiq::insight::explain::ScoreLine| {
        let quote = match (&l.quote, l.supported) {
            (Some(quote), true) => format!("“{quote}”"),
            (Some(quote), false) => format!("“{quote}” (not in the notes)"),
            (None, _) if l.score.is_none() => "nothing known".to_owned(),
            (None, _) => "no quote".to_owned(),
        };
        let supported = (l.quote.is_some() || l.score.is_some()).then_some(l.supported);
        json!({
            "dimension": l.dimension, "weight": l.weight, "said": shown_score(l.model_score), "counts": l.counted,
            "points": format!("{:.1}", l.points), "supported": supported, "quote": quote,
        })
    };
    let sum = |what: &str, points: String, note: String| json!({"dimension": what, "points": points, "quote": note});
    let mut rows: Vec<Value> = a.lines.iter().map(line).collect();
    rows.push(sum("base", format!("{:.1}", a.base), "weights × counts / 10".into()));
    let blockers = format!("major blockers {} of 10", a.major_blockers_score);
    rows.push(sum("blockers", format!("−{:.1}", a.blockers_cost), blockers));
    for o in &a.overrides {
        let limit = match &o.highest_level {
            Some(level) if o.cap >= 100 => format!("the level to {level}"),
            _ => format!("the score to {}", o.cap),
        };
        let shown = if o.applied && o.cap < 100 { o.cap.to_string() } else { String::new() };
        rows.push(sum("rule", shown, format!("{} limits {limit}: {}", o.code, o.description)));
    }
    let coverage = a.coverage.map_or_else(String::new, |c| format!("rounded; coverage {c:.2}"));
    rows.push(sum("score", shown_score(a.score), coverage));
    let columns = [
        text("dimension"),
        count("weight"),
        text("said").right(),
        count("counts"),
        text("points").right(),
        mark("supported"),
        text("quote"),
    ];
    out.rows(&rows, &columns);
    out.field(2, "level", a.reason.as_deref());
}

fn disagreements(out: &mut ReportTable, all: &[Disagreement]) {
    for d in all {
        out.painted(red, &format!("! {}: stored {}, computed {}", d.column, d.stored, d.computed));
    }
}

fn slip(out: &mut ReportTable, s: &Slip) {
    let likely = match s.likely {
        Some(true) => red("likely to slip"),
        Some(false) => green("not likely to slip"),
        None => dim("not computed"),
    };
    let said = joined([Some(format!("{}  {likely}", bold(&shown_score(s.score)))), s.category.clone()]);
    out.section("Slip risk", &said);
    if s.signals.is_empty() {
        out.line("no signal");
    }
    let mut rows: Vec<Value> = s.signals.iter().map(|signal| json!(signal)).collect();
    if rows.len() > 1 {
        let all: i64 = s.signals.iter().filter_map(|s| s.points).sum();
        let note = if all > 100 { "the score is at most 100" } else { "" };
        rows.push(json!({"code": "sum", "points": all, "description": note}));
    }
    out.rows(&rows, &[text("code").titled("signal"), count("points"), text("description").titled("")]);
    disagreements(out, &s.disagreements);
}

fn answers(out: &mut ReportTable, all: &[LedgerAnswer]) {
    let row = |a: &LedgerAnswer| {
        let mut row = json!(a);
        row["answered"] = json!(a.last.as_ref().and_then(|l| l.finished_at.as_deref()).map(time));
        row
    };
    let columns = [
        text("enrichment"),
        state("state"),
        state("last.status"),
        count("last.attempts").titled("tries"),
        cost("cost_usd").titled("cost"),
        text("answered"),
    ];
    out.section("Answers", "").rows(&all.iter().map(row).collect::<Vec<_>>(), &columns);
    for a in all {
        let hash = a.input_hash.as_deref().map_or("–", |h| h.get(..12).unwrap_or(h));
        let model = a.last.as_ref().and_then(|l| l.model.as_deref()).filter(|m| *m != a.function);
        let model = model.map(|m| format!(" of {m}")).unwrap_or_default();
        out.section(&format!("  {}", a.enrichment), &dim(&format!("{}{model}, inputs {hash}", a.function)));
        let filled: Vec<(&Input, String)> =
            a.inputs.iter().map(|i| (i, one_line(&i.value))).filter(|(_, text)| !text.is_empty()).collect();
        for (input, text) in &filled {
            out.field(4, &input.column, Some(&cut(text, SHOWN)));
        }
        let empty = a.inputs.len() - filled.len();
        if empty > 0 {
            out.field(4, "empty", Some(&format!("{empty} of {} inputs", a.inputs.len())));
        }
        out.field(4, "answer", a.output.as_ref().map(|o| cut(&one_line(o), 2 * SHOWN)).as_deref());
        let error = a.last.as_ref().and_then(|l| l.error.as_deref()).map(|e| red(&cut(e, 2 * SHOWN)));
        out.field(4, "error", error.as_deref());
    }
}

/// A value on one line; nothing for NULL.
fn one_line(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(s) => s.trim().to_owned(),
        Value::Object(fields) if fields.len() == 1 => fields.values().map(one_line).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(k, v)| format!("{k}: {}", one_line(v))).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// What each run did, oldest first: one row for each status of its calls.
fn history(out: &mut ReportTable, calls: &[Call]) {
    let mut rows: Vec<Value> = Vec::new();
    for run in calls.chunk_by(|a, b| a.run_id == b.run_id) {
        let at = run.last().and_then(|c| c.finished_at.as_deref()).map(time);
        let cost = run.iter().map(|c| c.cost_usd).fold(0.0, |a, b| a + b);
        let mut statuses: Vec<&str> = run.iter().map(|c| c.status.word()).collect();
        statuses.sort_unstable();
        statuses.dedup();
        for (i, status) in statuses.into_iter().enumerate() {
            let names: Vec<&str> =
                run.iter().filter(|c| c.status.word() == status).map(|c| c.enrichment.as_str()).collect();
            let mut row = json!({"status": status, "enrichments": names.join(", ")});
            if i == 0 {
                row["finished"] = json!(at);
                row["cost"] = json!(cost);
                row["run"] = json!(run[0].run_id);
            }
            rows.push(row);
        }
    }
    if !rows.is_empty() {
        let columns =
            [text("finished"), cost("cost"), state("status"), text("enrichments"), remark("run").titled("run")];
        out.section("History", "").rows(&rows, &columns);
    }
}

/// `2026-03-02 06:00:12` of a timestamp in any of the engines' formats.
fn time(at: &str) -> String {
    at.chars().take(19).collect::<String>().replace('T', " ")
}
