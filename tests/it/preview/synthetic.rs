//! An endpoint that makes up data for whatever a dashboard asks, with the types that its widgets expect.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use piq_preview::{Column, Query, Statement, Table};
use serde_json::Value;

/// How expressions over groups of rows begin.
const AGGREGATES: [&str; 9] = ["SUM(", "COUNT", "AVG(", "MIN(", "MAX(", "MEDIAN(", "PERCENTILE(", "MEASURE(", "(("];

const NAMES: [&str; 5] = ["Alder", "Birch", "Cedar", "Dogwood", "Elm"];

/// Made-up data.
#[derive(Debug, Default)]
pub(super) struct Synthetic {
    /// Types that widgets expect of expressions, as their scales say.
    types: BTreeMap<String, String>,
    /// Columns of datasets that are read as a whole: the start of the dataset's query, and the columns.
    whole: Vec<(String, Vec<String>)>,
    /// A text in a statement that makes it fail.
    pub broken: Option<String>,
}

impl Synthetic {
    /// An endpoint for these dashboards.
    pub(super) fn of(dashboards: &[Value]) -> Self {
        let mut found = Self::default();
        dashboards.iter().for_each(|d| found.learn(d));
        found
    }

    fn learn(&mut self, dashboard: &Value) {
        for item in list(&dashboard["pages"]).iter().flat_map(|p| list(&p["layout"])) {
            let widget = &item["widget"];
            let mut wanted = Vec::new();
            fields(&widget["spec"], "", &mut wanted);
            for query in list(&widget["queries"]) {
                let query = &query["query"];
                for field in list(&query["fields"]) {
                    let (Some(name), Some(sql)) = (field["name"].as_str(), field["expression"].as_str()) else {
                        continue;
                    };
                    if let Some((_, kind)) = wanted.iter().find(|(n, kind)| n == name && !kind.is_empty()) {
                        self.types.insert(plain(sql), kind.clone());
                    }
                }
                if list(&query["fields"]).is_empty() {
                    let dataset = list(&dashboard["datasets"]).iter().find(|d| d["name"] == query["datasetName"]);
                    let columns: Vec<String> = wanted.iter().map(|(n, _)| n.clone()).collect();
                    if let Some(start) = dataset.map(beginning)
                        && !columns.is_empty()
                    {
                        self.whole.push((start, columns));
                    }
                }
            }
        }
    }

    fn type_of(&self, sql: &str) -> &str {
        let upper = sql.to_uppercase();
        match self.types.get(&plain(sql)).map(String::as_str) {
            Some("temporal") => "TIMESTAMP",
            Some("quantitative") => "DOUBLE",
            Some("categorical") => "STRING",
            _ if upper.starts_with("DATE_TRUNC(") => "TIMESTAMP",
            _ if upper.starts_with('`') => "STRING",
            _ if upper.contains('(') => "DOUBLE",
            _ => "STRING",
        }
    }
}

#[async_trait]
impl Query for Synthetic {
    async fn run(&self, statement: &Statement) -> Result<Table, String> {
        if self.broken.as_ref().is_some_and(|text| statement.sql.contains(text.as_str())) {
            return Err("[TABLE_OR_VIEW_NOT_FOUND] The table or view cannot be found.".to_owned());
        }
        let head = statement.sql.split("\nFROM ").next().unwrap_or_default();
        let list = head.trim_start_matches("SELECT ").trim_start_matches("DISTINCT ");
        let columns: Vec<(String, String)> = if list == "*" {
            let whole = self.whole.iter().filter(|(start, _)| statement.sql.contains(start.as_str()));
            let names: BTreeSet<String> = whole.flat_map(|w| w.1.clone()).collect();
            names.into_iter().map(|n| (format!("`{n}`"), n)).collect()
        } else {
            columns(list)
        };
        let types: Vec<&str> = columns.iter().map(|(sql, _)| self.type_of(sql)).collect();
        let is_measure = |sql: &String| AGGREGATES.iter().any(|a| sql.to_uppercase().starts_with(a));
        let rows = if columns.iter().all(|(sql, _)| is_measure(sql)) { 1 } else { 24 };
        let mut made = Vec::new();
        for row in 0..rows {
            let mut dimension = 0;
            let values = types.iter().enumerate().map(|(n, kind)| {
                let step = if dimension == 0 { row } else { row / 12 + dimension };
                match *kind {
                    "DOUBLE" if columns[n].0.starts_with("FLOOR(") => Some((row * 7).to_string()),
                    "DOUBLE" => Some(format!("{}", (row * 37 + n * 11) % 90 + 10)),
                    "TIMESTAMP" => {
                        dimension += 1;
                        Some(format!("2026-{:02}-01T00:00:00.000Z", step % 12 + 1))
                    }
                    _ => {
                        dimension += 1;
                        Some(NAMES[step % NAMES.len()].to_owned())
                    }
                }
            });
            made.push(values.collect());
        }
        let named = |((_, name), kind): ((String, String), &str)| Column { name, type_name: kind.to_owned() };
        Ok(Table { columns: columns.into_iter().zip(types.iter().copied()).map(named).collect(), rows: made })
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Every field that a spec names, with the type of the scale beside or around it.
fn fields(value: &Value, around: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            let own = value["scale"]["type"].as_str().unwrap_or(around);
            for key in ["fieldName", "name"] {
                if let Some(name) = map.get(key).and_then(Value::as_str) {
                    found.push((name.to_owned(), own.to_owned()));
                }
            }
            // the serialized options of older widgets
            if let Some(options) = map.get("serialized_options").and_then(Value::as_str)
                && let Ok(options) = serde_json::from_str::<Value>(options)
            {
                columns_of_options(&options, found);
                fields(&options, around, found);
            }
            map.values().for_each(|v| fields(v, own, found));
        }
        Value::Array(all) => all.iter().for_each(|v| fields(v, around, found)),
        _ => {}
    }
}

fn columns_of_options(options: &Value, found: &mut Vec<(String, String)>) {
    let map = &options["columnConfigurationMap"];
    let mut add = |column: &Value, kind: &str| {
        for key in ["id", "column"] {
            if let Some(name) = column[key].as_str() {
                found.push((name.to_owned(), kind.to_owned()));
            }
        }
    };
    add(&map["x"], "categorical");
    add(&map["series"], "categorical");
    list(&map["y"]).iter().for_each(|y| add(y, "quantitative"));
    add(&map["size"], "quantitative");
    if let Some(name) = options["counterColName"].as_str() {
        found.push((name.to_owned(), "quantitative".to_owned()));
    }
}

/// The start of a dataset's query, up to its first parameter.
fn beginning(dataset: &Value) -> String {
    let lines: String = list(&dataset["queryLines"]).iter().filter_map(Value::as_str).collect();
    let sql = if lines.is_empty() { dataset["query"].as_str().unwrap_or_default().to_owned() } else { lines };
    let sql = sql.trim().trim_end_matches(';');
    sql.split(':').next().unwrap_or_default().to_owned()
}

fn plain(sql: &str) -> String {
    sql.replace('"', "'").split_whitespace().collect()
}

/// Splits `a AS c0, b AS c1`.
fn columns(list: &str) -> Vec<(String, String)> {
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
