//! An endpoint that makes up data for whatever dashboards ask, so that a file can be looked at without any workspace.

mod types;
mod values;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use async_trait::async_trait;
use piq_sql::{FunctionKind, TokenKind, closing, is_function, tokens};
use serde_json::Value;

use self::types::{Learned, plain};
use super::statement::{QueryColumn, QueryTable, WidgetQueries, WidgetStatement};

/// Rows of an answer with groups.
const ROWS: usize = 24;

/// Made-up data: the same for the same question, with the types that queries and widgets show.
#[derive(Debug, Default)]
pub struct Synthetic {
    learned: Learned,
}

impl Synthetic {
    /// An endpoint for these dashboards, as JSON.
    pub fn of(dashboards: &[Value]) -> Self {
        Self::of_texts(dashboards.iter().map(Value::to_string))
    }

    /// An endpoint for these files. What cannot be read teaches nothing: the preview says so in its place.
    pub fn of_files(paths: &[PathBuf]) -> Self {
        let texts = paths.iter().filter_map(|p| std::fs::read_to_string(p).ok());
        Self::of_texts(texts)
    }

    fn of_texts(texts: impl Iterator<Item = String>) -> Self {
        let mut learned = Learned::default();
        texts.for_each(|text| learned.learn(&text));
        Self { learned }
    }

    /// The columns of a statement: expression and name of each.
    fn columns(&self, statement: &WidgetStatement) -> Vec<(String, String)> {
        let head = statement.sql.split("\nFROM ").next().unwrap_or_default();
        let list = head.trim_start_matches("SELECT ").trim_start_matches("DISTINCT ");
        if list != "*" {
            return split(list);
        }
        let whole = self.learned.whole.iter().filter(|(start, _)| statement.sql.contains(start.as_str()));
        let names: BTreeSet<&String> = whole.flat_map(|w| &w.1).collect();
        names.into_iter().map(|n| (format!("`{n}`"), n.clone())).collect()
    }
}

#[async_trait]
impl WidgetQueries for Synthetic {
    async fn run(&self, statement: &WidgetStatement) -> Result<QueryTable, String> {
        let columns = self.columns(statement);
        let types: Vec<&str> = columns.iter().map(|(sql, _)| self.learned.type_of(sql)).collect();
        let measures: Vec<bool> = columns.iter().map(|(sql, _)| is_measure(sql)).collect();
        let rows = if measures.iter().all(|m| *m) { 1 } else { ROWS };
        // groups are there once each
        let grouped = statement.sql.starts_with("SELECT DISTINCT") || measures.contains(&true);
        let mut groups = HashSet::new();
        let mut made = Vec::new();
        for row in 0..rows {
            let mut dimension = 0;
            // the same expression twice, as a text and as itself, has one value
            let mut steps: HashMap<String, usize> = HashMap::new();
            let mut group = Vec::new();
            let mut values = Vec::new();
            for (n, (sql, _)) in columns.iter().enumerate() {
                let bare = inside_cast(sql);
                let kind = self.learned.type_of(&bare);
                let is_number = matches!(kind, "DOUBLE" | "LONG");
                let value = if is_number {
                    values::number(&bare, row, n, kind, self.learned.place_of(&bare))
                } else if measures[n] {
                    // the last value of a column, or the first
                    values::dimension(&bare, if bare.to_uppercase().starts_with("MAX(") { 11 } else { row }, kind)
                } else {
                    let step = if dimension == 0 { row } else { row / 12 + dimension };
                    dimension += 1;
                    values::dimension(&bare, *steps.entry(plain(&bare)).or_insert(step), kind)
                };
                if !measures[n] {
                    group.push(value.clone());
                }
                values.push(Some(value));
            }
            if !grouped || groups.insert(group) {
                made.push(values);
            }
        }
        let named = |((_, name), kind): ((String, String), &str)| QueryColumn { name, type_name: kind.to_owned() };
        Ok(QueryTable { columns: columns.into_iter().zip(types.iter().copied()).map(named).collect(), rows: made })
    }
}

/// Whether an expression makes one value of a group of rows.
fn is_measure(sql: &str) -> bool {
    let all = tokens(sql);
    (0..all.len()).any(|at| {
        let called = all[at].kind == TokenKind::Word && all.get(at + 1).is_some_and(|t| t.is("("));
        // over a window each row keeps its own value
        let of_window = || all.get(closing(&all, at + 1) + 1).is_some_and(|t| t.is_word("over"));
        called && is_function(all[at].raw, FunctionKind::Aggregate) && !of_window()
    })
}

/// Splits the list that the preview writes: `a AS c0, b AS c1`.
fn split(list: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = list;
    for n in 0.. {
        let mark = format!(" AS c{n}");
        let Some(at) = rest.find(&mark) else { break };
        found.push((rest[..at].trim_start_matches(", ").to_owned(), format!("c{n}")));
        rest = &rest[at + mark.len()..];
    }
    found
}

/// `CAST(x AS STRING)` as `x`: the values that a filter offers are asked for in both forms.
fn inside_cast(sql: &str) -> String {
    let inner = sql.strip_prefix("CAST(").and_then(|rest| rest.strip_suffix(" AS STRING)"));
    inner.unwrap_or(sql).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::statement::{QueryTable, WidgetQueries as _, WidgetStatement};
    use super::Synthetic;

    #[tokio::test]
    async fn types_follow_the_queries_and_values_follow_the_names() {
        let sql = "SELECT CAST(x AS DATE) AS due, region, count(*) AS n, win_rate FROM t GROUP BY ALL";
        let dashboard = json!({"datasets": [{"name": "d", "query": sql}], "pages": []});
        let endpoint = Synthetic::of(&[dashboard]);
        let ask = "SELECT `due` AS c0, `region` AS c1, `n` AS c2, SUM(`win_rate`) AS c3\nFROM (x) AS d";
        let table =
            endpoint.run(&WidgetStatement { sql: ask.to_owned(), ..WidgetStatement::default() }).await.expect("data");
        let types: Vec<&str> = table.columns.iter().map(|c| c.type_name.as_str()).collect();
        assert_eq!(types, ["DATE", "STRING", "LONG", "DOUBLE"]);
        let first: Vec<&str> = table.rows[0].iter().flatten().map(String::as_str).collect();
        assert_eq!((first[0], first[1]), ("2026-01-01", "AMER"));
        assert!(first[2].parse::<i64>().is_ok() && first[3].parse::<f64>().is_ok_and(|n| n < 1.0), "{first:?}");
        assert_eq!(table.rows.len(), super::ROWS);
        let again = endpoint.run(&WidgetStatement { sql: ask.to_owned(), ..WidgetStatement::default() }).await;
        assert_eq!(again, Ok(table));
    }

    /// The rows of a question to a dashboard with one widget.
    async fn asked(dataset: Value, spec: Value, fields: &[&str], ask: &str) -> QueryTable {
        let fields: Vec<Value> = fields.iter().map(|f| json!({"name": f.replace('`', ""), "expression": f})).collect();
        let widget = json!({"name": "w", "queries": [{"query": {"datasetName": "d", "fields": fields}}], "spec": spec});
        let dashboard = json!({"datasets": [dataset], "pages": [{"layout": [{"widget": widget}]}]});
        let statement = WidgetStatement { sql: format!("{ask}\nFROM (x) AS d"), ..WidgetStatement::default() };
        Synthetic::of(&[dashboard]).run(&statement).await.expect("data")
    }

    #[tokio::test]
    async fn coordinates_are_numbers_and_each_place_is_a_group_of_its_own() {
        let dataset = json!({"name": "d", "query": "SELECT * FROM shops"});
        let side = |name: &str| json!({"fieldName": name});
        let spec = json!({"widgetType": "symbol-map", "encodings": {"coordinates": {"latitude": side("north"), "longitude": side("east")}}});
        let ask = "SELECT `north` AS c0, `east` AS c1, COUNT(*) AS c2";
        let table = asked(dataset, spec, &["`north`", "`east`", "COUNT(*)"], ask).await;
        assert_eq!(table.rows.len(), super::ROWS);
        let number = |row: &Vec<Option<String>>, n: usize| row[n].as_ref().and_then(|v| v.parse::<f64>().ok());
        for row in &table.rows {
            assert!(
                number(row, 0).is_some_and(|n| n.abs() <= 90.0) && number(row, 1).is_some_and(|n| n.abs() <= 180.0),
                "{row:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_format_of_numbers_makes_a_number_and_a_case_of_texts_a_text() {
        let label = "CASE WHEN amount > 1 THEN 'High' ELSE 'Low' END";
        let dataset = json!({"name": "d", "query": "SELECT * FROM shops",
            "columns": [{"displayName": "Label", "expression": label}]});
        let spec = json!({"widgetType": "counter", "encodings": {"value": {"fieldName": "total",
            "format": {"type": "number-currency"}}}});
        let ask =
            format!("SELECT `total` AS c0, ({label}) AS c1, MAX(`day`) AS c2, CAST(MAX(`total`) AS STRING) AS c3");
        let table = asked(dataset, spec, &["`total`"], &ask).await;
        let types: Vec<&str> = table.columns.iter().map(|c| c.type_name.as_str()).collect();
        assert_eq!(types, ["DOUBLE", "STRING", "STRING", "STRING"]);
        let first: Vec<&str> = table.rows[0].iter().flatten().map(String::as_str).collect();
        assert!(
            first[0].parse::<f64>().is_ok() && first[1].parse::<f64>().is_err() && first[3].parse::<f64>().is_ok(),
            "{first:?}"
        );
    }

    #[tokio::test]
    async fn a_metric_view_shows_its_types() {
        let dataset = json!({"name": "d", "config": {"source": "shops", "dimensions": [{"name": "opened", "expr": "CAST(o AS DATE)"}],
            "measures": [{"name": "n", "expr": "COUNT(*)"}]}});
        let ask = "SELECT (source.city) AS c0, (COUNT(*)) AS c1, `opened` AS c2";
        let table = asked(dataset, json!({}), &[], ask).await;
        let types: Vec<&str> = table.columns.iter().map(|c| c.type_name.as_str()).collect();
        assert_eq!(types, ["STRING", "LONG", "DATE"]);
    }

    #[tokio::test]
    async fn a_dataset_that_is_read_whole_has_the_columns_of_its_query() {
        let query = "SELECT id AS deal_id, amount FROM t WHERE d > :start";
        let whole = json!({"datasetName": "d", "fields": []});
        let widget = json!({"name": "w", "queries": [{"query": whole}], "spec": {"widgetType": "table"}});
        let dashboard =
            json!({"datasets": [{"name": "d", "query": query}], "pages": [{"layout": [{"widget": widget}]}]});
        let ask = format!("SELECT *\nFROM (\n{query}\n) AS d\nLIMIT 10");
        let table = Synthetic::of(&[dashboard])
            .run(&WidgetStatement { sql: ask, ..WidgetStatement::default() })
            .await
            .expect("data");
        let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["amount", "deal_id"]);
    }
}
