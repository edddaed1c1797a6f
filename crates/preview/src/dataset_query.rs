//! The body of a dataset's query: without its head, one statement, with its parameters bound.

use jiff::civil::DateTime;

use super::expression::closed;
use super::model::{DatasetModel, Parameter, Shape};
use super::moment::{End, moment};
use super::selection::Selection;
use super::statement::WidgetStatement;
use piq_lakeview::preamble::{Unprepared, prepare};
use piq_lakeview::use_head::{Namespace, use_head};
use piq_sql::{TokenKind, tokens};

/// What the target puts in the place of the committed catalog and schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Namespaces {
    /// The catalog.
    pub catalog: Option<String>,
    /// The schema.
    pub schema: Option<String>,
}

/// The body as SQL that stands in brackets. Values are bound in `statement`; the head sets its catalog and schema.
///
/// `select` gives the selection of a parameter where its default does not hold.
pub(crate) fn body(
    dataset: &DatasetModel,
    namespaces: &Namespaces,
    select: impl Fn(&str) -> Option<Selection>,
    now: DateTime,
    statement: &mut WidgetStatement,
) -> Result<String, String> {
    let (head, start) = use_head(&dataset.sql);
    let mut selections: Vec<(String, Selection)> = Vec::new();
    let own = |keyword: &str| {
        let parameter = dataset.parameters.iter().find(|p| p.keyword == keyword);
        parameter.and_then(|p| p.default.first()).map(str::to_owned)
    };
    statement.catalog = dataset.catalog.clone().or_else(|| namespaces.catalog.clone());
    statement.schema = dataset.schema.clone().or_else(|| namespaces.schema.clone());
    for one in &head {
        let (target, place) = match one.namespace {
            Namespace::Catalog => (&namespaces.catalog, &mut statement.catalog),
            Namespace::Schema => (&namespaces.schema, &mut statement.schema),
        };
        let value = target.clone().or_else(|| own(&one.keyword));
        let value = value.ok_or_else(|| format!("the parameter `{}` of the head has no value", one.keyword))?;
        selections.push((one.keyword.clone(), Selection::of([value.clone()])));
        *place = Some(value);
    }
    let prepared = prepare(&dataset.sql[start..]).map_err(|e| match e {
        Unprepared::Empty => "the dataset has no query".to_owned(),
        Unprepared::Other(_) => "the dataset has more than one statement: only USE, SET, DECLARE and CREATE TEMPORARY \
                                 FUNCTION may come before its query"
            .to_owned(),
    })?;
    for (namespace, name) in prepared.uses {
        match namespace {
            Namespace::Catalog => statement.catalog = Some(name),
            Namespace::Schema => statement.schema = Some(name),
        }
    }
    let sql = prepared.sql.as_str();
    let all = tokens(sql);
    closed(sql, &all).map_err(|_| "brackets, quotes or comments of the dataset's query do not match".to_owned())?;
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while at < all.len() {
        let token = &all[at];
        at += 1;
        if token.kind != TokenKind::Parameter {
            continue;
        }
        let keyword = token.content();
        let mut end = token.span.end;
        let part = match (all.get(at), all.get(at + 1)) {
            (Some(dot), Some(word))
                if dot.is(".") && dot.span.start == end && (word.is_word("min") || word.is_word("max")) =>
            {
                end = word.span.end;
                at += 2;
                Some(if word.is_word("min") { End::Start } else { End::Last })
            }
            _ => None,
        };
        let Some(parameter) = dataset.parameters.iter().find(|p| p.keyword == keyword) else {
            return Err(format!("the query reads the parameter `{keyword}`, which the dataset does not declare"));
        };
        let fixed = selections.iter().find(|(k, _)| *k == keyword).map(|(_, s)| s.clone());
        let selection = fixed.or_else(|| select(&keyword)).unwrap_or_else(|| parameter.default.clone());
        out.push_str(&sql[copied..token.span.start]);
        out.push_str(&value(parameter, &selection, part, now, statement)?);
        copied = end;
    }
    out.push_str(&sql[copied..]);
    Ok(out)
}

/// The SQL of a parameter's value.
fn value(
    parameter: &Parameter,
    selection: &Selection,
    part: Option<End>,
    now: DateTime,
    statement: &mut WidgetStatement,
) -> Result<String, String> {
    let one = |text: &str, end: End, statement: &mut WidgetStatement| scalar(parameter, text, end, now, statement);
    match (parameter.shape, part, selection) {
        (_, Some(end), Selection::Range { min, max }) => match if end == End::Start { min } else { max } {
            Some(text) => one(text, end, statement),
            None => Ok(open_end(parameter, end)),
        },
        (Shape::Multi, None, Selection::Values { values }) if !values.is_empty() => {
            let mut items = Vec::new();
            for text in values {
                items.push(match text {
                    Some(text) => one(text, End::Start, statement)?,
                    None => "NULL".to_owned(),
                });
            }
            Ok(format!("array({})", items.join(", ")))
        }
        (Shape::Multi, None, _) => Ok("CAST(array() AS ARRAY<STRING>)".to_owned()),
        (_, None, Selection::Values { values }) => match values.first() {
            Some(Some(text)) => one(text, End::Start, statement),
            Some(None) => Ok("NULL".to_owned()),
            None => Err(missing(parameter)),
        },
        _ => Err(missing(parameter)),
    }
}

/// A bound that leaves every value in.
fn open_end(parameter: &Parameter, end: End) -> String {
    let (least, most) = match parameter.data_type.as_str() {
        "INTEGER" => ("-9223372036854775807", "9223372036854775807"),
        "DECIMAL" => ("-1.0E308D", "1.0E308D"),
        "DATE" => ("DATE '0001-01-01'", "DATE '9999-12-31'"),
        "DATETIME" | "TIMESTAMP" => ("TIMESTAMP '0001-01-01 00:00:00'", "TIMESTAMP '9999-12-31 23:59:59'"),
        _ => ("''", "'\u{10FFFF}'"),
    };
    if end == End::Start { least } else { most }.to_owned()
}

fn missing(parameter: &Parameter) -> String {
    format!("the parameter `{}` has no value: choose one in its filter", parameter.keyword)
}

/// The SQL of one value: numbers and times are read and formatted, texts are bound.
fn scalar(
    parameter: &Parameter,
    text: &str,
    end: End,
    now: DateTime,
    statement: &mut WidgetStatement,
) -> Result<String, String> {
    let wrong = |what: &str| format!("expected a {what} for the parameter `{}`, found `{text}`", parameter.keyword);
    match parameter.data_type.as_str() {
        "INTEGER" => text.trim().parse::<i64>().map(|n| n.to_string()).map_err(|_| wrong("whole number")),
        "DECIMAL" => number(text).ok_or_else(|| wrong("number")),
        "DATE" => {
            let at = moment(text, now, end).ok_or_else(|| wrong("date"))?;
            Ok(format!("DATE '{}'", at.date()))
        }
        "DATETIME" | "TIMESTAMP" => {
            let at = moment(text, now, end).ok_or_else(|| wrong("time"))?;
            Ok(format!("TIMESTAMP '{}'", at.strftime("%Y-%m-%d %H:%M:%S%.3f")))
        }
        _ => Ok(statement.bind(text)),
    }
}

/// A plain decimal number as it is, or nothing.
pub(super) fn number(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().any(|b| b.is_ascii_digit())
        && digits.bytes().filter(|b| *b == b'.').count() <= 1
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if plain {
        return Some(text.to_owned());
    }
    text.parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| format!("{n:?}"))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::model::{DatasetModel, Parameter, Shape};
    use super::super::selection::Selection;
    use super::super::statement::WidgetStatement;
    use super::{Namespaces, body, number};

    fn parameter(keyword: &str, data_type: &str, shape: Shape, default: Selection) -> Parameter {
        Parameter { keyword: keyword.into(), data_type: data_type.into(), shape, default }
    }

    fn dataset(sql: &str) -> DatasetModel {
        DatasetModel {
            sql: sql.into(),
            parameters: vec![
                parameter("catalog", "STRING", Shape::Single, Selection::of(["main"])),
                parameter("n", "INTEGER", Shape::Single, Selection::of(["10"])),
                parameter("levels", "STRING", Shape::Multi, Selection::of(["a", "b'"])),
                parameter("none", "STRING", Shape::Single, Selection::All),
                parameter(
                    "days",
                    "DATE",
                    Shape::Range,
                    Selection::Range { min: Some("now-1M/M".into()), max: Some("now/M".into()) },
                ),
            ],
            ..DatasetModel::default()
        }
    }

    fn run(sql: &str, namespaces: &Namespaces) -> Result<(String, WidgetStatement), String> {
        let mut statement = WidgetStatement::default();
        let text = body(&dataset(sql), namespaces, |_| None, date(2026, 11, 18).at(1, 0, 0, 0), &mut statement)?;
        Ok((text, statement))
    }

    #[test]
    fn the_head_sets_the_namespace_and_the_target_wins() {
        let sql = "-- note\nUSE CATALOG IDENTIFIER(:catalog);\nSELECT :catalog FROM t;\n";
        let (text, statement) = run(sql, &Namespaces::default()).expect("a body");
        assert_eq!((text.trim(), statement.catalog.as_deref()), ("SELECT :piq_0 FROM t", Some("main")));
        let target = Namespaces { catalog: Some("dev".into()), schema: Some("me".into()) };
        let (_, statement) = run(sql, &target).expect("a body");
        assert_eq!(statement.parameters, [("piq_0".to_owned(), "dev".to_owned())]);
        assert_eq!((statement.catalog.as_deref(), statement.schema.as_deref()), (Some("dev"), Some("me")));
    }

    #[test]
    fn values_are_bound_by_their_type() {
        let sql = "SELECT x::int FROM t WHERE array_contains(:levels, l) AND d BETWEEN :days.min AND :days.max LIMIT :n -- :none";
        let (text, statement) = run(sql, &Namespaces::default()).expect("a body");
        assert_eq!(
            text,
            "SELECT x::int FROM t WHERE array_contains(array(:piq_0, :piq_1), l) AND d BETWEEN DATE '2026-10-01' AND DATE '2026-11-30' LIMIT 10 -- :none"
        );
        assert_eq!(statement.parameters[1].1, "b'");
    }

    #[test]
    fn what_cannot_be_asked_says_why() {
        for (sql, why) in [
            ("SELECT 1; SELECT 2", "more than one statement"),
            ("SELECT 1) FROM (SELECT 2", "do not match"),
            ("", "no query"),
            ("SELECT :other", "does not declare"),
            ("SELECT :none", "choose one in its filter"),
        ] {
            let error = run(sql, &Namespaces::default()).expect_err(sql);
            assert!(error.contains(why), "{sql}: {error}");
        }
    }

    #[test]
    fn numbers_are_numbers() {
        assert_eq!(number(" -1.50 ").as_deref(), Some("-1.50"));
        assert_eq!(number("1e3").as_deref(), Some("1000.0"));
        for wrong in ["1; DROP", "", ".", "-", "NaN", "1.2.3"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }
}
