//! An endpoint that makes up data for whatever dashboards ask, so that a file can be looked at without any workspace.

mod types;
mod values;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use async_trait::async_trait;
use serde_json::Value;

use self::types::{Learned, plain};
use super::statement::{QueryColumn, QueryTable, WidgetQueries, WidgetStatement};

/// Rows of an answer with groups.
const ROWS: usize = 24;

/// How expressions over groups of rows begin.
const AGGREGATES: [&str; 9] = ["SUM(", "COUNT", "AVG(", "MIN(", "MAX(", "MEDIAN(", "PERCENTILE(", "MEASURE(", "(("];

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
        let is_measure = |sql: &str| AGGREGATES.iter().any(|a| sql.to_uppercase().starts_with(a));
        let rows = if columns.iter().all(|(sql, _)| is_measure(sql)) { 1 } else { ROWS };
        // groups are there once each
        let grouped = statement.sql.starts_with("SELECT DISTINCT") || columns.iter().any(|(sql, _)| is_measure(sql));
        let mut groups = HashSet::new();
        let mut made = Vec::new();
        for row in 0..rows {
            let mut dimension = 0;
            // the same expression twice, as a text and as itself, has one value
            let mut steps: HashMap<String, usize> = HashMap::new();
            let mut group = Vec::new();
            let values = columns.iter().zip(&types).enumerate().map(|(n, ((sql, _), kind))| {
                let step = if dimension == 0 { row } else { row / 12 + dimension };
                if is_measure(sql) || matches!(*kind, "DOUBLE" | "LONG") {
                    return Some(values::number(sql, row, n, kind));
                }
                let step = *steps.entry(plain(&inside_cast(sql))).or_insert(step);
                dimension += 1;
                let value = values::dimension(sql, step, kind);
                group.push(value.clone());
                Some(value)
            });
            let values: Vec<Option<String>> = values.collect();
            if !grouped || groups.insert(group) {
                made.push(values);
            }
        }
        let named = |((_, name), kind): ((String, String), &str)| QueryColumn { name, type_name: kind.to_owned() };
        Ok(QueryTable { columns: columns.into_iter().zip(types.iter().copied()).map(named).collect(), rows: made })
    }
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
    use serde_json::json;

    use super::super::statement::{WidgetQueries as _, WidgetStatement};
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
