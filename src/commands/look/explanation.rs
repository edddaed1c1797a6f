//! The account of one use case as a person reads it.

use pipelineiq::insight::explain::{
    Call, ConfidenceExplained, DimensionEvidence, Disagreement, Explanation, Fact, Input, LedgerAnswer, PastRun, Slip,
    UseCase,
};
use serde_json::{Value, json};

use crate::output::number::{cut, dollars, plural, thousands, whole_dollars};
use crate::output::report::{ReportTable, cost, count, remark, state, text};
use crate::output::style::{bold, coloured, dim, green, red, yellow};

/// Longest piece of an input or an answer that is shown.
const SHOWN: usize = 160;

/// The whole account: what the page about the use case shows, then what went into its answers.
pub(crate) fn explanation_report(e: &Explanation) -> String {
    let mut out = ReportTable::new();
    head(&mut out, &e.usecase);
    if let Some(at) = &e.scored_at {
        out.top(&dim(&format!("written by the run of {}", time(at))));
    }
    for c in &e.contradictions {
        out.top(&red(&format!("! contradiction {}: {}", c.code, c.description)));
    }
    lines(&mut out, "What is known", &e.facts);
    lines(&mut out, "What to do next", &e.action);
    match &e.confidence {
        Some(c) => confidence(&mut out, c),
        None => {
            out.top("").top(&yellow("Not enriched yet: the next run of the pipeline asks about it."));
        }
    }
    if let Some(s) = &e.slip {
        slip(&mut out, s);
    }
    if !e.rules.is_empty() {
        let columns = [text("acts_on"), text("code"), text("effect"), text("reason")];
        out.section("Rules that fired", "").rows(&e.rules, &columns);
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
    if !e.questions.is_empty() {
        let columns = [text("dimension"), count("weight"), text("question"), text("evidence").titled("why")];
        out.section("Open questions", "").rows(&e.questions, &columns);
    }
    history(&mut out, &e.history);
    answers(&mut out, &e.answers);
    calls(&mut out, &e.calls);
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

fn lines(out: &mut ReportTable, title: &str, facts: &[Fact]) {
    if !facts.is_empty() {
        out.section(title, "").rows(facts, &[text("what").titled(""), text("said").titled("")]);
    }
}

/// What each run found, newest first.
fn history(out: &mut ReportTable, runs: &[PastRun]) {
    if runs.is_empty() {
        return;
    }
    let row = |r: &PastRun| {
        let mut row = json!(r);
        row["dollars"] = json!(r.monthly_dollars.map(whole_dollars));
        row["confidence"] = json!(joined([r.confidence_score.map(|s| s.to_string()), r.confidence_level.clone()]));
        row["risk"] = json!(joined([r.slip_risk_score.map(|s| s.to_string()), r.risk_level.clone()]));
        row
    };
    let columns = [
        text("as_of"),
        text("pipeline_state").titled("state"),
        text("stage"),
        text("dollars").titled("$ a month").right(),
        text("target_live_date").titled("going live"),
        text("implementation_status").titled("status"),
        count("blockers"),
        text("confidence"),
        text("risk"),
    ];
    out.section("History", "").rows(&runs.iter().map(row).collect::<Vec<_>>(), &columns);
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
    out.top(&joined([u.account_name.clone(), u.stage.clone(), dollars, live]));
}

fn shown_score(score: Option<i64>) -> String {
    score.map_or("–".to_owned(), |s| s.to_string())
}

fn confidence(out: &mut ReportTable, c: &ConfidenceExplained) {
    let delta = c.delta.filter(|d| *d != 0).map(|d| format!("  ({d:+} at the last change)")).unwrap_or_default();
    let level = coloured(c.level.as_deref().unwrap_or("Not computed"));
    out.section("Confidence", &format!("{}  {level}{delta}", bold(&shown_score(c.score))));
    if c.arithmetic.is_empty() {
        let why = c.status.as_deref().unwrap_or("no answer");
        out.line(&format!("not computed: the status is `{why}`"));
    }
    let columns = [
        text("dimension"),
        count("weight"),
        text("said").right(),
        count("counts"),
        text("points").right(),
        text("evidence"),
        text("quote"),
    ];
    out.rows(&c.dimensions.iter().map(dimension).collect::<Vec<_>>(), &columns);
    if !c.arithmetic.is_empty() {
        let step = |s: &pipelineiq::insight::explain::ArithmeticStep| json!({"what": s.what, "points": s.points.map(|p| format!("{p:.1}")), "note": s.note});
        let columns = [text("what").titled("step"), text("points").right(), text("note")];
        out.top("").rows(&c.arithmetic.iter().map(step).collect::<Vec<_>>(), &columns);
    }
    disagreements(out, &c.disagreements);
}

fn dimension(d: &DimensionEvidence) -> Value {
    let mut row = json!(d);
    row["said"] = json!(shown_score(d.said));
    row["points"] = json!(format!("{:.1}", d.points));
    row["quote"] = json!(d.quote.as_ref().map(|q| format!("“{q}”")));
    row
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
    let level = s.level.clone().unwrap_or_default();
    let said = joined([Some(format!("{}  {level}", bold(&shown_score(s.score)))), Some(likely), s.category.clone()]);
    out.section("Slip risk", &said);
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

/// What each run asked, oldest first: one row for each status of its calls.
fn calls(out: &mut ReportTable, calls: &[Call]) {
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
        out.section("Calls", "").rows(&rows, &columns);
    }
}

/// `2026-03-02 06:00:12` of a timestamp in any of the engines' formats.
fn time(at: &str) -> String {
    at.chars().take(19).collect::<String>().replace('T', " ")
}
