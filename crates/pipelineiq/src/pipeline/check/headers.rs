//! Statements of a question's YAML header that contradict each other.

use piq_diagnostics::{Diagnostic, Span, closest};
use piq_sql::{Structure, TokenKind, tokens};

use crate::pipeline::answer_fields::Property;
use crate::pipeline::enrichment::{AnswerColumn, Enrichment};
use crate::pipeline::placed::placed;

/// Types of SQL whose values are whole numbers.
const WHOLE: [&str; 6] = ["INT", "INTEGER", "BIGINT", "LONG", "SMALLINT", "TINYINT"];

/// Types of SQL, in front of their brackets, whose values are other numbers.
const NUMBERS: [&str; 3] = ["DOUBLE", "FLOAT", "DECIMAL"];

/// All of them for one question.
pub(super) fn faults(e: &Enrichment) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for name in e.empty_when.iter().filter(|name| !e.inputs.contains(name)) {
        let d = Diagnostic::error("empty-when", format!("`{name}` of `empty_when` is not among the inputs"));
        let hint = closest(name, e.inputs.iter().map(String::as_str)).map_or_else(
            || "add it to `inputs`, or name inputs only".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        found.push(placed(d.hint(hint), e.place_after(&["empty_when", name])));
    }
    for (name, property) in &e.answer {
        found.extend(bounds(e, name, property));
    }
    for (name, column) in &e.columns {
        found.extend(unlisted(e, name, column));
        if let Some(property) = e.answer.get(name).filter(|_| column.value.is_none() && !column.json) {
            found.extend(other_type(e, name, column, property));
        }
    }
    found
}

/// Bounds that no answer fulfils.
fn bounds(e: &Enrichment, name: &str, property: &Property) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut crossed = |low: &str, least: i64, high: &str, most: i64| {
        if least > most {
            let message = format!("no answer has a `{low}` of {least} and a `{high}` of {most} in the field `{name}`");
            let d = Diagnostic::error("answer-bounds", message).hint(format!("write a `{low}` up to the `{high}`"));
            found.push(placed(d, e.place_in_answer(&[name, low])));
        }
    };
    if let (Some(least), Some(most)) = (property.minimum, property.maximum) {
        crossed("minimum", least, "maximum", most);
    }
    if let (Some(least), Some(most)) = (property.min_length, property.max_length) {
        crossed("minLength", least.into(), "maxLength", most.into());
    }
    found
}

/// Values that are given, but are not among those that are allowed.
fn unlisted(e: &Enrichment, name: &str, column: &AnswerColumn) -> Vec<Diagnostic> {
    let allowed = &column.allowed_values;
    if allowed.is_empty() {
        return Vec::new();
    }
    let by = column.allowed.as_deref().unwrap_or("also_allowed");
    let mut found = Vec::new();
    let mut unlisted = |what: &str, value: &str, place: Option<Span>| {
        let message = format!("`{value}`, of `{what}` of `{name}`, is not one of the allowed values of {by}");
        let hint = closest(value, allowed.iter().map(String::as_str)).map_or_else(
            || "name an allowed value, or add it to `also_allowed`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        found.push(placed(Diagnostic::error("not-allowed", message).hint(hint), place));
    };
    if let Some(value) = column.on_empty.as_deref().and_then(literal)
        && !allowed.contains(&value)
    {
        unlisted("on_empty", &value, e.place_after(&["columns", name, "on_empty", &value]));
    }
    // a value that is converted is another one when it is stored
    if let Some(property) = e.answer.get(name).filter(|_| column.value.is_none()) {
        for value in property.values.iter().filter(|value| !allowed.contains(value)) {
            unlisted("enum", value, e.place_in_answer(&[name, "enum", value]));
        }
    }
    found
}

/// A text of `on_empty` that is not among the labels that the query asks for. It may be meant: then it is worth a look.
pub(in crate::pipeline) fn unasked_labels(e: &Enrichment) -> Vec<Diagnostic> {
    let Some(labels) = labels(&e.body) else { return Vec::new() };
    let mut found = Vec::new();
    for name in &e.classified {
        let Some(column) = e.columns.get(name).filter(|c| c.allowed.is_none() && c.value.is_none()) else { continue };
        let Some(value) = column.on_empty.as_deref().and_then(literal) else { continue };
        if labels.contains(&value) || column.also_allowed.contains(&value) {
            continue;
        }
        let message = format!("`{value}`, of `on_empty` of `{name}`, is not one of the labels that the query asks for");
        let hint = closest(&value, labels.iter().map(String::as_str)).map_or_else(
            || format!("name a label ({}), or list it in `also_allowed`", labels.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        let place = e.place_after(&["columns", name, "on_empty", &value]);
        found.push(placed(Diagnostic::warning("not-allowed", message).hint(hint), place));
    }
    found
}

/// The labels of all calls of `ai_classify`; `None` where a call does not write them out.
fn labels(body: &str) -> Option<Vec<String>> {
    let all = tokens(body);
    let structure = Structure::of(&all);
    let mut found = Vec::new();
    for call in (0..all.len()).filter(|i| all[*i].is_word("ai_classify")) {
        let given = structure.arguments(&all, call)?.get(1)?.clone();
        let [only] = &all[given] else { return None };
        match serde_json::from_str(&only.content()).ok()? {
            serde_json::Value::Array(list) => found.extend(list.iter().filter_map(|l| l.as_str()).map(str::to_owned)),
            serde_json::Value::Object(map) => found.extend(map.keys().cloned()),
            _ => return None,
        }
    }
    Some(found)
}

/// The text of an expression that is one literal.
fn literal(sql: &str) -> Option<String> {
    match tokens(sql).as_slice() {
        [one] if one.kind == TokenKind::String => Some(one.content()),
        _ => None,
    }
}

/// A column of another type than the field of the answer that it keeps.
fn other_type(e: &Enrichment, name: &str, column: &AnswerColumn, property: &Property) -> Option<Diagnostic> {
    let upper = column.sql_type.trim().to_uppercase();
    let base = upper.split(['(', '<']).next().unwrap_or_default();
    let (whole, number) = (WHOLE.contains(&base), NUMBERS.contains(&base));
    let digits = !property.values.is_empty() && property.values.iter().all(|v| v.trim().parse::<f64>().is_ok());
    let fits = match property.kind.as_str() {
        "integer" => whole || number,
        _ => !(whole || number) || digits,
    };
    if fits {
        return None;
    }
    let message = format!(
        "the column `{name}` has the type {}, and its field of the answer the type {}",
        column.sql_type, property.kind
    );
    let d = Diagnostic::error("answer-type", message)
        .hint("give both the same kind of type, or convert the answer with `value`");
    Some(placed(d, e.place_after(&["columns", name, "type", column.sql_type.trim()])))
}
