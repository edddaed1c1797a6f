//! The account as a text for people.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Answer, Call, Confidence, Disagreement, Explanation, State};
use crate::insight::ink::{Side, bold, cut, dim, dollars, green, plural, red, table, thousands, yellow};
use crate::insight::score::{Arithmetic, Line};

/// Longest piece of a quote, an input or an answer that is shown.
const SHOWN: usize = 72;

/// The whole account.
pub fn text(e: &Explanation) -> String {
    let mut out = head(e);
    if let Some(confidence) = &e.confidence {
        out.push_str(&self::confidence(confidence));
    } else {
        let _ = writeln!(out, "\n{}", yellow("Not enriched yet: the next run of the pipeline asks about it."));
    }
    out.push_str(&slip(e));
    out.push_str(&next(e));
    out.push_str(&answers(&e.answers));
    out.push_str(&history(&e.history));
    let t = &e.totals;
    let _ = writeln!(
        out,
        "\n{} {}, {} tokens in, {} out, {} (estimates of the ledger)",
        bold("So far"),
        plural(t.calls, "call", "calls"),
        thousands(t.input_tokens),
        thousands(t.output_tokens),
        dollars(t.cost_usd)
    );
    out
}

fn head(e: &Explanation) -> String {
    let u = &e.usecase;
    let mut out = format!("{}  {}\n", bold(&u.usecase_id), u.usecase_name.as_deref().unwrap_or_default());
    if !u.in_scope {
        let _ = writeln!(
            out,
            "{}",
            yellow("Not in scope: not in the latest snapshot, or left out by `scope` in sql/pipeline.yml.")
        );
    } else {
        let live = match (u.target_live_date.as_deref(), u.days_to_live) {
            (Some(date), Some(days)) if days < 0 => Some(format!("live {date}, {} days ago", -days)),
            (Some(date), Some(days)) => Some(format!("live {date}, in {days} days")),
            (Some(date), None) => Some(format!("live {date}")),
            _ => None,
        };
        let parts = [
            u.account_name.clone(),
            u.stage.clone(),
            u.monthly_dollars.map(|d| format!("${} a month", thousands(d.max(0.0).round() as u64))),
            live,
            u.implementation_status.clone(),
        ];
        let _ = writeln!(out, "{}", parts.into_iter().flatten().collect::<Vec<_>>().join(" · "));
        let who = |role: &str, name: &Option<String>| format!("{role} {}", name.as_deref().unwrap_or("unassigned"));
        let _ =
            writeln!(out, "{} · {}", who("sales manager", &u.sales_manager), who("field manager", &u.field_manager));
    }
    if let Some(at) = &e.scored_at {
        let _ = writeln!(out, "{}", dim(&format!("written by the run of {}", time(at))));
    }
    out
}

fn level(word: &str) -> String {
    match word {
        "High" => green(word),
        "Medium" => yellow(word),
        "Low" => red(word),
        other => dim(other),
    }
}

fn confidence(c: &Confidence) -> String {
    let score = c.score.map_or("–".to_owned(), |s| s.to_string());
    let delta = match c.delta {
        Some(d) if d != 0 => format!("  ({d:+} at the last change)"),
        _ => String::new(),
    };
    let mut out = format!(
        "\n{} {}  {}{delta}\n",
        bold("Confidence"),
        bold(&score),
        level(c.level.as_deref().unwrap_or("Not computed"))
    );
    match &c.arithmetic {
        Some(a) => out.push_str(&arithmetic(a)),
        None => {
            let why = c.status.as_deref().unwrap_or("no answer");
            let _ = writeln!(out, "  not computed: the status is `{why}`");
        }
    }
    out.push_str(&disagreements(&c.disagreements));
    if let Some(rationale) = &c.rationale {
        let _ = writeln!(out, "  {} {}", dim("the model's reason:"), cut(rationale, 400));
    }
    out
}

fn quote(line: &Line) -> String {
    match (&line.quote, line.supported) {
        (Some(q), true) => format!("{} “{}”", green("✓"), cut(q, SHOWN)),
        (Some(q), false) => format!("{} “{}” {}", red("✗"), cut(q, SHOWN), red("not a quote of the notes")),
        (None, _) if line.score.is_none() => dim("nothing known"),
        (None, _) => format!("{} {}", red("✗"), red("no quote")),
    }
}

fn arithmetic(a: &Arithmetic) -> String {
    let number = |n: Option<i64>| n.map_or("–".to_owned(), |n| n.to_string());
    let heading = ["dimension", "weight", "said", "counts", "points", "quote"].map(str::to_owned).to_vec();
    let mut rows = vec![heading];
    for l in &a.lines {
        rows.push(vec![
            l.dimension.clone(),
            format!("{}", l.weight),
            number(l.model_score.filter(|n| *n >= 0)),
            l.counted.to_string(),
            format!("{:.1}", l.points),
            quote(l),
        ]);
    }
    let sum = |rows: &mut Vec<Vec<String>>, what: String, points: String, note: String| {
        rows.push(vec![what, String::new(), String::new(), String::new(), points, note]);
    };
    sum(&mut rows, "base".into(), format!("{:.1}", a.base), dim("weights × counts / 10"));
    let blockers = format!("major blockers {} of 10", a.major_blockers_score);
    sum(&mut rows, "blockers".into(), format!("−{:.1}", a.blockers_cost), dim(&blockers));
    sum(&mut rows, "raw".into(), a.raw.to_string(), dim("rounded, within 0 and 100"));
    let mut so_far = a.raw;
    // rules that cap nothing limit the level: they are among the gates
    for o in a.overrides.iter().filter(|o| o.cap < 100) {
        let caps = format!("caps at {}: {}", o.cap, o.description);
        // a cap that is not reached is shown, so that one sees it was looked at
        let note =
            if o.cap < so_far { format!("{} {caps}", yellow(&o.code)) } else { dim(&format!("{} {caps}", o.code)) };
        so_far = so_far.min(o.cap);
        sum(&mut rows, "override".into(), so_far.to_string(), note);
    }
    sum(&mut rows, "score".into(), bold(&a.score.to_string()), format!("coverage {:.2}", a.coverage));
    use Side::{Left, Right};
    let mut out = table(&[Left, Right, Right, Right, Right, Left], &rows);
    for gate in &a.gates {
        let mark = if gate.passed { green("✓") } else { red("✗") };
        let _ = writeln!(out, "  {mark} gate: {}", gate.text);
    }
    out
}

fn disagreements(all: &[Disagreement]) -> String {
    let mut out = String::new();
    for d in all {
        let what = format!("  ! {}: stored {}, computed again {}", d.column, d.stored, d.computed);
        let _ = writeln!(out, "{}", red(&what));
    }
    out
}

fn slip(e: &Explanation) -> String {
    let mut out = String::new();
    if let Some(s) = &e.slip {
        let score = s.score.map_or("–".to_owned(), |s| s.to_string());
        let likely = match s.likely {
            Some(true) => red("likely to slip"),
            Some(false) => green("not likely to slip"),
            None => dim("not computed"),
        };
        let category = s.category.as_deref().map(|c| format!(" · {c}")).unwrap_or_default();
        let _ = writeln!(out, "\n{} {}  {likely}{category}", bold("Slip risk"), bold(&score));
        let rows: Vec<Vec<String>> =
            std::iter::once(vec!["signal".to_owned(), "points".into(), String::new()])
                .chain(s.signals.iter().map(|s| {
                    vec![s.code.clone(), s.points.map_or("?".into(), |p| p.to_string()), s.description.clone()]
                }))
                .collect();
        let mut rows = rows;
        if s.signals.len() > 1 {
            let all: i64 = s.signals.iter().filter_map(|s| s.points).sum();
            let note = if all > 100 { dim("at most 100 counts") } else { String::new() };
            rows.push(vec!["sum".into(), all.to_string(), note]);
        }
        if s.signals.is_empty() {
            let _ = writeln!(out, "  no signal fired");
        } else {
            out.push_str(&table(&[Side::Left, Side::Right, Side::Left], &rows));
        }
        out.push_str(&disagreements(&s.disagreements));
    }
    if let Some(a) = &e.acceleration {
        let said = match a.possible {
            Some(true) => {
                let by = a.days.map(|d| format!(", by {d} days")).unwrap_or_default();
                let how = a.category.as_deref().map(|c| format!(" · {c}")).unwrap_or_default();
                format!("{} {}{by}{how}", green("possible"), a.score.map(|s| s.to_string()).unwrap_or_default())
            }
            Some(false) => dim("no candidate"),
            None => dim("not computed"),
        };
        let _ = writeln!(out, "\n{} {said}", bold("Acceleration"));
    }
    out
}

fn next(e: &Explanation) -> String {
    let Some(n) = &e.next_action else { return String::new() };
    let Some(action) = &n.recommendation else { return String::new() };
    let owner = n.owner_role.as_deref().unwrap_or("nobody named");
    let due = n.due_days.map(|d| format!(" within {d} days")).unwrap_or_default();
    let mut out = format!("\n{} {owner}{due}\n  {action}\n", bold("Next action"));
    for (label, value) in [("why", &n.rationale), ("ask", &n.next_question), ("lifts", &n.target_dimension)] {
        if let Some(value) = value {
            let _ = writeln!(out, "  {} {value}", dim(&format!("{label}:")));
        }
    }
    out
}

fn state(answer: &Answer) -> String {
    match answer.state {
        State::Current => green("current"),
        State::Retry => yellow("asked again next run"),
        State::Blocked => red("blocked"),
        State::Changed => yellow("changed since"),
        State::Never => yellow("not asked yet"),
        State::NotInScope => dim("not in scope"),
    }
}

fn answers(all: &[Answer]) -> String {
    let mut out = format!("\n{}\n", bold("Answers"));
    let heading = ["enrichment", "state", "status", "tries", "cost", "model", "answered"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for a in all {
        let none = Call::default();
        let last = a.last.as_ref().unwrap_or(&none);
        rows.push(vec![
            a.enrichment.clone(),
            state(a),
            last.status.clone(),
            if a.last.is_some() { last.attempts.to_string() } else { String::new() },
            dollars(a.cost_usd),
            last.model.clone().unwrap_or_default(),
            last.finished_at.as_deref().map(time).unwrap_or_default(),
        ]);
    }
    use Side::{Left, Right};
    out.push_str(&table(&[Left, Left, Left, Right, Right, Left, Left], &rows));
    for a in all {
        let hash = a.input_hash.as_deref().map(|h| h.chars().take(12).collect()).unwrap_or_else(|| "–".to_owned());
        let _ = writeln!(out, "\n  {} {} {}", bold(&a.enrichment), dim(&a.function), dim(&format!("inputs {hash}")));
        let filled: Vec<_> = a.inputs.iter().filter(|i| !shown(&i.value).is_empty()).collect();
        for input in &filled {
            let _ = writeln!(out, "    {} {}", dim(&format!("{}:", input.column)), cut(&shown(&input.value), SHOWN));
        }
        let empty = a.inputs.len() - filled.len();
        if empty > 0 {
            let _ = writeln!(out, "    {}", dim(&format!("{empty} of {} inputs are empty", a.inputs.len())));
        }
        if let Some(output) = &a.output {
            let _ = writeln!(out, "    → {}", cut(&shown(output), 2 * SHOWN));
        }
        if let Some(error) = a.last.as_ref().and_then(|l| l.error.as_deref()) {
            let _ = writeln!(out, "    {}", red(&cut(error, 2 * SHOWN)));
        }
    }
    out
}

/// A value on one line; nothing for NULL.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(s) => s.trim().to_owned(),
        Value::Object(fields) => {
            let one = |(k, v): (&String, &Value)| format!("{k}: {}", shown(v));
            if fields.len() == 1 {
                fields.values().map(shown).collect()
            } else {
                fields.iter().map(one).collect::<Vec<_>>().join("; ")
            }
        }
        other => other.to_string(),
    }
}

/// What each run did, oldest first.
fn history(calls: &[Call]) -> String {
    if calls.is_empty() {
        return String::new();
    }
    let mut runs: Vec<(&str, Vec<&Call>)> = Vec::new();
    for call in calls {
        match runs.iter_mut().find(|(run, _)| *run == call.run_id) {
            Some((_, calls)) => calls.push(call),
            None => runs.push((&call.run_id, vec![call])),
        }
    }
    let mut out = format!("\n{}\n", bold("History"));
    for (run, calls) in runs {
        let at = calls.last().and_then(|c| c.finished_at.as_deref()).map(time).unwrap_or_default();
        let cost = calls.iter().map(|c| c.cost_usd).fold(0.0, |a, b| a + b);
        let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
        for call in &calls {
            match groups.iter_mut().find(|(status, _)| *status == call.status) {
                Some((_, names)) => names.push(&call.enrichment),
                None => groups.push((&call.status, vec![&call.enrichment])),
            }
        }
        let _ = writeln!(out, "  {at}  {}  {}", dim(&format!("run {run}")), dollars(cost));
        for (status, names) in groups {
            let word = if ["failed", "invalid", "blocked"].contains(&status) { red(status) } else { status.to_owned() };
            let _ = writeln!(out, "    {word}: {}", names.join(", "));
        }
    }
    out
}

/// `2026-03-02 06:00:12` of a timestamp in any of the engines' forms.
fn time(at: &str) -> String {
    let text: String = at.chars().take(19).collect();
    text.replace('T', " ")
}
