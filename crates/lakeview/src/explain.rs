//! The statements by which an engine plans the queries of a dashboard, without running them.

use piq_diagnostics::Span;
use piq_sql::{TokenKind, sql_string, tokens};

use super::contract::config_of;
use super::json::{JsonKind, JsonValue};
use super::metric_view::MetricView;
use super::query::QueryText;
use super::source::{LazySource, read_json, read_text};
use super::use_head::use_head;

/// One query of a dataset, to be planned.
#[derive(Debug, Clone)]
pub struct Explain {
    /// The dataset's name.
    pub dataset: String,
    /// `EXPLAIN` with the query; parameters have their default values.
    pub statement: String,
    /// Where the query begins, after its head.
    pub place: Span,
    /// Places of the statement's parts: where each begins in the statement, and its place in the file.
    parts: Vec<(usize, Span)>,
}

impl Explain {
    /// The place in the file of a byte of the statement.
    pub fn place_of(&self, at: usize) -> &Span {
        let next = self.parts.partition_point(|(start, _)| *start <= at);
        next.checked_sub(1).and_then(|i| self.parts.get(i)).map_or(&self.place, |(_, place)| place)
    }
}

/// The queries of a dashboard's datasets, in the order of the file. A file that cannot be read has none.
pub fn explain(path: &str, bytes: &[u8]) -> Vec<Explain> {
    let Ok(document) = read_text(path, bytes).and_then(|text| read_json(path, text)) else { return Vec::new() };
    let source = LazySource::new(path, document.text());
    let datasets = document.root().get_items("datasets");
    datasets.filter_map(|dataset| of_config(dataset, &source).or_else(|| of_query(dataset, &source))).collect()
}

/// The statement that plans a query, which is the same for all who plan one.
const EXPLAIN: &str = "EXPLAIN ";

fn of_query(dataset: JsonValue<'_>, source: &LazySource<'_>) -> Option<Explain> {
    let query = QueryText::of_dataset(dataset)?;
    let (_, body) = use_head(&query.text);
    let all = tokens(&query.text[body..]);
    let first = all.first()?.span.clone();
    let end = all.iter().rev().find(|t| !t.is(";")).map_or(first.start, |t| t.span.end);
    let mut statement = String::from(EXPLAIN);
    let mut parts = Vec::new();
    let mut at = first.start;
    for token in all.iter().take_while(|t| t.span.start < end) {
        statement.push_str(query.text.get(body + at..body + token.span.start).unwrap_or_default());
        parts.push((statement.len(), source.span_of(query.in_file(&(body + token.span.start..body + token.span.end)))));
        if token.kind == TokenKind::Parameter {
            statement.push_str(&default_of(dataset, &token.content()));
        } else {
            statement.push_str(token.raw);
        }
        at = token.span.end;
    }
    let place = source.span_of(query.in_file(&(body + first.start..body + first.end)));
    Some(Explain { dataset: dataset.get_string("name").unwrap_or_default().into_owned(), statement, place, parts })
}

/// The query that a metric view of the dataset's own is.
fn of_config(dataset: JsonValue<'_>, source: &LazySource<'_>) -> Option<Explain> {
    let config = config_of(dataset)?;
    let sql = MetricView::read(config)?.sql();
    let mut statement = String::from(EXPLAIN);
    let mut at = 0;
    for token in tokens(&sql).iter().filter(|t| t.kind == TokenKind::Parameter) {
        statement.push_str(&sql[at..token.span.start]);
        statement.push_str(&default_of(dataset, &token.content()));
        at = token.span.end;
    }
    statement.push_str(&sql[at..]);
    let place = source.span_of(config.get("source").map_or(config.span(), |s| s.span()));
    let dataset = dataset.get_string("name").unwrap_or_default().into_owned();
    Some(Explain { dataset, statement, place, parts: Vec::new() })
}

/// The default of a parameter as a literal; NULL if it has none.
fn default_of(dataset: JsonValue<'_>, keyword: &str) -> String {
    let parameter = dataset.get_items("parameters").find(|p| p.get("keyword").is_some_and(|k| k.is(keyword)));
    let Some(parameter) = parameter else { return "NULL".to_owned() };
    let kind = parameter.get_string("dataType").unwrap_or_default();
    let selection = parameter.get("defaultSelection");
    if parameter.get("complexType").is_some_and(|c| c.is("RANGE")) {
        let range = selection.and_then(|s| s.get("range"));
        let end = |name: &str| literal(range.and_then(|r| r.get(name)?.get("value")), &kind);
        return format!("named_struct('min', {}, 'max', {})", end("min"), end("max"));
    }
    let values: Vec<String> = selection
        .and_then(|s| s.get("values"))
        .into_iter()
        .flat_map(|v| v.get_items("values"))
        .map(|v| literal(v.get("value"), &kind))
        .collect();
    if parameter.get("complexType").is_some_and(|c| c.is("MULTI")) {
        return format!("array({})", values.join(", "));
    }
    values.into_iter().next().unwrap_or_else(|| literal(None, &kind))
}

/// A value as SQL. What is not a value of its type becomes NULL of it: planning asks for the type alone.
fn literal(value: Option<JsonValue<'_>>, kind: &str) -> String {
    let text = value.filter(|v| v.kind() == JsonKind::String).and_then(|v| v.string());
    let number = text.as_deref().is_some_and(|t| t.parse::<f64>().is_ok_and(f64::is_finite));
    match (kind, &text) {
        ("INTEGER" | "DECIMAL" | "FLOAT" | "DOUBLE", Some(text)) if number => text.to_string(),
        ("INTEGER", _) => "CAST(NULL AS BIGINT)".to_owned(),
        ("DECIMAL" | "FLOAT" | "DOUBLE", _) => "CAST(NULL AS DOUBLE)".to_owned(),
        // dates are often relative, such as `now-7d/d`
        ("DATE", _) => "current_date()".to_owned(),
        ("DATETIME" | "TIMESTAMP", _) => "current_timestamp()".to_owned(),
        (_, Some(text)) => sql_string(text),
        _ => "CAST(NULL AS STRING)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::explain;

    #[test]
    fn parameters_become_their_defaults_and_places_are_those_of_the_file() {
        let text = r#"{"datasets": [{"name": "d",
 "queryLines": ["USE CATALOG IDENTIFIER(:c);\n", "-- why\n", "SELECT ':n' FROM t WHERE a = :n AND b IN (:s) AND c > :r.min ;\n"],
 "parameters": [{"keyword": "n", "dataType": "INTEGER", "defaultSelection": {"values": {"values": [{"value": "7"}]}}},
  {"keyword": "s", "dataType": "STRING", "defaultSelection": {"values": {"values": [{"value": "it's \\"}]}}},
  {"keyword": "r", "dataType": "DATE", "complexType": "RANGE"}]}, {"name": "none"}]}"#;
        let found = explain("a.lvdash.json", text.as_bytes());
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].statement,
            "EXPLAIN SELECT ':n' FROM t WHERE a = 7 AND b IN ('it\\'s \\\\') AND c > \
             named_struct('min', current_date(), 'max', current_date()).min"
        );
        assert_eq!(found[0].place.line_column(), (2, 63));
        let at = found[0].statement.find("b IN").expect("a condition");
        let place = found[0].place_of(at);
        assert_eq!(&text[place.span.clone()], "b", "what follows a parameter has its own place");
        assert_eq!(&text[found[0].place_of(at + 6).span.clone()], ":s");
    }

    #[test]
    fn a_metric_view_of_the_dashboard_is_planned_as_one_query() {
        let text = r#"{"datasets": [{"name": "m", "config": {"source": "shop.orders",
            "measures": [{"name": "n", "expr": "COUNT(*)"}]}}]}"#;
        let found = explain("a", text.as_bytes());
        assert_eq!(found[0].statement, "EXPLAIN SELECT COUNT(*) AS `n` FROM shop.orders AS `source`");
        assert_eq!(&text[found[0].place_of(20).span.clone()], "\"shop.orders\"");
    }

    #[test]
    fn public_dashboards_give_a_statement_each() {
        for path in piq_testing::public_dashboards() {
            let bytes = std::fs::read(&path).expect("a file");
            assert!(explain("a", &bytes).iter().all(|e| e.statement.len() > "EXPLAIN ".len()));
        }
    }
}
