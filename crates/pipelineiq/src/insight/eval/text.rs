//! The evaluation as a text for people.

use std::fmt::Write as _;

use super::{Check, Evaluation};
use crate::insight::ink::{Side, bold, green, plural, red, table, thousands};

/// The whole evaluation.
pub fn text(e: &Evaluation) -> String {
    use Side::{Left, Right};
    let mut out = format!(
        "{} on the hidden truth of {}; answers of {}\n",
        bold("Accuracy"),
        plural(e.overall.usecases, "use case", "use cases"),
        bold(&e.answered_by)
    );
    let mut rows = vec![heading(&["measure", "value", "threshold", ""])];
    rows.extend(e.checks.iter().map(check));
    out.push_str(&table(&[Left, Right, Left, Left], &rows));

    let _ = writeln!(out, "\n{}", bold("By dimension"));
    let mut rows = vec![heading(&["dimension", "error", "missed", "invented"])];
    rows.extend(
        e.dimensions
            .iter()
            .map(|d| vec![d.dimension.clone(), points(d.error), thousands(d.missed), thousands(d.invented)]),
    );
    out.push_str(&table(&[Left, Right, Right, Right], &rows));

    let _ = writeln!(out, "\n{}", bold("By shape of the notes"));
    let mut rows = vec![heading(&["shape", "use cases", "error", "level", "type"])];
    rows.extend(e.shapes.iter().map(|g| {
        let m = &g.measures;
        vec![
            g.shape.clone(),
            thousands(m.usecases),
            points(m.dimension_error),
            percent(m.level_agreement),
            percent(m.type_accuracy),
        ]
    }));
    out.push_str(&table(&[Left, Right, Right, Right, Right], &rows));

    let _ = writeln!(out, "\n{}", bold("By prompt version"));
    let mut rows = vec![heading(&["enrichment", "version", "asked", "calls", "valid", "error"])];
    rows.extend(e.versions.iter().map(|v| {
        let error = if v.dimension_error.is_some() { points(v.dimension_error) } else { String::new() };
        vec![
            v.enrichment.clone(),
            v.prompt_version.clone(),
            v.model.clone(),
            thousands(v.calls),
            percent(v.valid_answers),
            error,
        ]
    }));
    out.push_str(&table(&[Left, Left, Left, Right, Right, Right], &rows));
    out
}

fn heading(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|c| (*c).to_owned()).collect()
}

fn check(c: &Check) -> Vec<String> {
    // an error is in points of a score, all else is a share
    let shown = |v: Option<f64>| if c.bound == "at_most" { points(v) } else { percent(v) };
    let mark = if c.passed { green("✓") } else { red("✗ under the threshold") };
    let mark = if !c.passed && c.bound == "at_most" { red("✗ over the threshold") } else { mark };
    let bound = format!("{} {}", c.bound.replace('_', " "), shown(Some(c.threshold)));
    vec![c.measure.replace('_', " "), shown(c.value), bound, mark]
}

fn points(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |v| format!("{v:.2}"))
}

fn percent(share: Option<f64>) -> String {
    share.map_or("–".to_owned(), |s| format!("{:.0} %", 100.0 * s))
}
