//! Which types columns have, as far as a dashboard shows it: in the SQL of its datasets, and in the scales of its widgets.

use std::collections::HashMap;

use indexmap::IndexMap;
use piq_sql::{Structure, Token, TokenKind, closing, result_type, tokens};
use serde_json::Value;

use super::super::reader::metric_view;
use super::super::stream::each_part;
use super::super::value::list;

/// What dashboards teach about their columns.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// Kinds that widgets expect of expressions: `temporal`, `quantitative`, `categorical`, `latitude`, `longitude`.
    scales: HashMap<String, String>,
    /// Types that datasets' queries give to the names in their select lists.
    named: HashMap<String, &'static str>,
    /// Columns of datasets that are read as a whole: the start of the dataset's query, and the columns.
    pub(super) whole: Vec<(String, Vec<String>)>,
}

impl Learned {
    /// Reads the text of a file twice: the datasets may stand behind the pages. What is not JSON teaches nothing.
    pub(super) fn learn(&mut self, text: &str) {
        let mut queries: IndexMap<String, String> = IndexMap::new();
        let read = each_part(text, |key, dataset| {
            if key == "datasets" {
                let name = dataset["name"].as_str().unwrap_or_default().to_owned();
                queries.entry(name).or_insert_with(|| sql_of(&dataset));
            }
        });
        if read.is_err() {
            return;
        }
        for (name, kind) in queries.values().flat_map(|sql| outputs(sql)) {
            if let Some(kind) = kind {
                self.named.insert(name.to_lowercase(), kind);
            }
        }
        let again = each_part(text, |key, page| {
            if key == "pages" {
                list(&page["layout"]).iter().for_each(|item| self.learn_widget(&queries, &item["widget"]));
            }
        });
        debug_assert!(again.is_ok(), "it was read before");
    }

    fn learn_widget(&mut self, queries: &IndexMap<String, String>, widget: &Value) {
        let mut wanted = Vec::new();
        fields(&widget["spec"], "", &mut wanted);
        for query in list(&widget["queries"]).iter().map(|q| &q["query"]) {
            for field in list(&query["fields"]) {
                let (Some(name), Some(sql)) = (field["name"].as_str(), field["expression"].as_str()) else { continue };
                if let Some((_, kind)) = wanted.iter().find(|(n, kind)| n == name && !kind.is_empty()) {
                    self.scales.insert(plain(sql), kind.clone());
                }
            }
            let sql = query["datasetName"].as_str().and_then(|name| queries.get(name));
            if let Some(sql) = sql.filter(|_| list(&query["fields"]).is_empty()) {
                let mut columns: Vec<String> = wanted.iter().map(|(n, _)| n.clone()).collect();
                if columns.is_empty() {
                    columns = outputs(sql).into_iter().map(|(name, _)| name).collect();
                }
                // up to the first parameter: its value is put in later
                let start = sql.trim().trim_end_matches(';').split(':').next().unwrap_or_default().to_owned();
                self.whole.push((start, columns));
            }
        }
    }

    /// The type of an expression over a dataset, as the API names it.
    pub(super) fn type_of(&self, sql: &str) -> &'static str {
        let upper = sql.to_uppercase();
        let column = sql.trim_matches('`').to_lowercase();
        match self.scales.get(&plain(sql)).map(String::as_str) {
            Some("temporal") => return "TIMESTAMP",
            Some("quantitative" | "latitude" | "longitude") => return "DOUBLE",
            Some("categorical") if !self.named.contains_key(&column) => return "STRING",
            _ => {}
        }
        if let Some(kind) = self.named.get(&column) {
            return kind;
        }
        let all = tokens(sql);
        let all = inside_brackets(&all);
        if let [.., name] = all
            && name.is_name()
            && (all.len() == 1 || all.iter().rev().nth(1).is_some_and(|t| t.is(".")))
        {
            return self.named.get(&name.content().to_lowercase()).copied().unwrap_or("STRING");
        }
        if let [function, open, name, close] = all
            && function.is_any(&["min", "max", "any_value", "first", "last", "mode"])
            && open.is("(")
            && close.is(")")
        {
            // it is one of the values of its column
            return self.type_of(name.raw);
        }
        match upper {
            _ if upper.starts_with("CAST(") => "STRING",
            _ if upper.starts_with("DATE_TRUNC(") => "TIMESTAMP",
            _ if upper.starts_with("COUNT") => "LONG",
            _ => type_of_value(all).unwrap_or("DOUBLE"),
        }
    }

    /// `latitude` or `longitude`, if a map reads the expression as such.
    pub(super) fn place_of(&self, sql: &str) -> Option<&str> {
        self.scales.get(&plain(sql)).map(String::as_str).filter(|kind| ["latitude", "longitude"].contains(kind))
    }
}

/// The tokens within the brackets around all of them.
fn inside_brackets<'t, 's>(all: &'t [Token<'s>]) -> &'t [Token<'s>] {
    match all {
        [open, inner @ .., _] if open.is("(") && closing(all, 0) + 1 == all.len() => inside_brackets(inner),
        all => all,
    }
}

/// An expression without what may differ between a file and the preview's own SQL.
pub(super) fn plain(sql: &str) -> String {
    sql.replace('"', "'").split_whitespace().collect()
}

fn sql_of(dataset: &Value) -> String {
    let lines: String = list(&dataset["queryLines"]).iter().filter_map(Value::as_str).collect();
    let query = if lines.is_empty() { dataset["query"].as_str().unwrap_or_default().to_owned() } else { lines };
    match metric_view(&dataset["config"]).filter(|_| query.trim().is_empty()) {
        Some(view) => view.sql(),
        None => query,
    }
}

/// Names in the select lists of a text of SQL, with their types where these can be told.
fn outputs(sql: &str) -> Vec<(String, Option<&'static str>)> {
    let all = tokens(sql);
    let structure = Structure::of(&all);
    let items = structure.selects.into_iter().flat_map(|s| s.items);
    items.filter_map(|item| Some((item.name?, type_of_value(&all[item.value])))).collect()
}

fn type_of_value(value: &[Token<'_>]) -> Option<&'static str> {
    let first = value.first()?;
    if first.is_word("cast") || first.is_word("try_cast") {
        let at = value.iter().rposition(|t| t.is_word("as"))?;
        return api_type(value.get(at + 1)?.raw);
    }
    let is_text = |t: &Token<'_>| t.kind == TokenKind::String;
    if first.is_any(&["case", "if", "coalesce", "nvl", "ifnull"]) {
        // a text among what it can give; what follows a comparison is not given
        let given = value.windows(2).filter(|w| w[0].is_any(&["then", "else"]) || w[0].is(",")).map(|w| &w[1]);
        return given.filter(|t| is_text(t)).map(|_| "STRING").next();
    }
    if value.windows(2).any(|w| w[0].is("|") && w[1].is("|")) {
        return Some("STRING");
    }
    match first.kind {
        TokenKind::Number if value.len() == 1 => Some("DOUBLE"),
        TokenKind::String if value.len() == 1 => Some("STRING"),
        _ if first.is_word("date_trunc") => Some("TIMESTAMP"),
        _ if first.is_any(&["sum", "avg", "round", "median", "percentile"]) => Some("DOUBLE"),
        _ if first.is_any(&["date", "current_date"]) => Some("DATE"),
        _ => result_type(first.raw).and_then(api_type),
    }
}

fn api_type(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_uppercase();
    Some(match name.as_str() {
        "STRING" | "VARCHAR" | "CHAR" => "STRING",
        "INT" | "INTEGER" | "BIGINT" | "LONG" | "SMALLINT" | "TINYINT" => "LONG",
        "DOUBLE" | "FLOAT" | "DECIMAL" | "NUMERIC" => "DOUBLE",
        "DATE" => "DATE",
        "TIMESTAMP" | "TIMESTAMP_NTZ" => "TIMESTAMP",
        "BOOLEAN" => "BOOLEAN",
        _ => return None,
    })
}

/// Every field that a spec names, with the type of the scale beside or around it, or what else shows its type.
fn fields(value: &Value, around: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            let number = value["format"]["type"].as_str().is_some_and(|t| t.starts_with("number"));
            let own = value["scale"]["type"].as_str().unwrap_or(if number { "quantitative" } else { around });
            for key in ["fieldName", "name"] {
                if let Some(name) = map.get(key).and_then(Value::as_str) {
                    found.push((name.to_owned(), own.to_owned()));
                }
            }
            for side in ["latitude", "longitude"] {
                if let Some(name) = value[side]["fieldName"].as_str() {
                    found.push((name.to_owned(), side.to_owned()));
                }
            }
            // in a chart that its author wrote
            if let (Some(name), Some(kind)) = (value["field"].as_str(), value["type"].as_str()) {
                found.push((name.to_owned(), if kind == "nominal" { "categorical" } else { kind }.to_owned()));
            }
            if let Some(chart) = value["jsonSpec"]["spec"].as_str()
                && let Ok(chart) = serde_json::from_str::<Value>(chart)
            {
                fields(&chart, around, found);
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
