//! Pivots: rows and columns of values, measures in the cells, and totals that the endpoint counted.

use std::cmp::Ordering;
use std::collections::HashMap;

use serde_json::Value;

use super::cell::{Data, TableCell};
use super::chart::Channel;
use super::picture::{Grid, Head, Item};
use super::value::{list, text};

/// Columns that a pivot shows at most.
const COLUMNS: usize = 200;

/// Which totals a pivot shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// A last row.
    pub row: bool,
    /// Last columns.
    pub column: bool,
}

/// The fields of a part of a pivot: a list, or since version 4 a list in `fields`.
fn fields_of(part: &Value) -> &[Value] {
    if part.is_array() { list(part) } else { list(&part["fields"]) }
}

/// What stands in the cells: one field or several, `cells` since version 4.
fn cell_fields(spec: &Value) -> &[Value] {
    let encodings = &spec["encodings"];
    let cell = if encodings["cells"].is_null() { &encodings["cell"] } else { &encodings["cells"] };
    if cell["fieldName"].is_string() { std::slice::from_ref(cell) } else { fields_of(cell) }
}

/// The names of the fields of one side, `rows` or `columns`.
pub(crate) fn side(spec: &Value, name: &str) -> Vec<String> {
    fields_of(&spec["encodings"][name]).iter().filter_map(|e| e["fieldName"].as_str().map(str::to_owned)).collect()
}

/// The totals that a pivot asks for.
pub(crate) fn totals(spec: &Value) -> Totals {
    let wanted = |name: &str| fields_of(&spec["encodings"][name]).iter().any(|e| e["displayTotal"] == true);
    Totals { row: wanted("rows"), column: wanted("columns") }
}

/// The results that a pivot is made of: by rows and columns, by rows alone, by columns alone, and over all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Results<'a> {
    /// By rows and columns.
    pub cells: &'a Data,
    /// By rows alone.
    pub rows: Option<&'a Data>,
    /// By columns alone.
    pub columns: Option<&'a Data>,
    /// Over all.
    pub all: Option<&'a Data>,
}

type Key = Vec<String>;

/// One side of a pivot: its fields, and its keys in order.
struct Side<'a> {
    channels: Vec<Channel<'a>>,
    keys: Vec<Key>,
}

/// Draws a pivot. The text says what was left out, if anything was.
pub(crate) fn pivot(spec: &Value, results: Results<'_>) -> Result<(Grid, Option<String>), String> {
    let data = results.cells;
    let measures = channels(data, cell_fields(spec))?;
    if measures.is_empty() {
        return Err("the widget has no field for its cells".to_owned());
    }
    let rows = Side::read(data, &spec["encodings"]["rows"], &measures, results.rows)?;
    let mut columns = Side::read(data, &spec["encodings"]["columns"], &measures, results.columns)?;
    let left = columns.keys.len().saturating_sub(COLUMNS);
    columns.keys.truncate(COLUMNS);
    let note = (left > 0).then(|| format!("the first {COLUMNS} of {} columns", COLUMNS + left));

    let by = |data: &Data, sides: &[&Side<'_>]| index(data, sides);
    let cells = by(data, &[&rows, &columns]);
    let row_totals = results.rows.map(|d| (d, by(d, &[&rows])));
    let column_totals = results.columns.map(|d| (d, by(d, &[&columns])));
    let all = results.all.map(|d| (d, by(d, &[])));

    let mut grid = Grid {
        head: head(&rows, &columns, &measures, row_totals.is_some()),
        heads: rows.channels.len(),
        ..Grid::default()
    };
    let value = |found: Option<(&Data, usize)>, measure: &Channel<'_>, total: bool| match found {
        Some((data, row)) => {
            let name = &results.cells.names()[measure.column];
            let cell = data.column(name).map_or(&TableCell::Null, |c| data.cell(row, c));
            Item { text: measure.format.text(cell), sort: cell.sort_key(), total, ..Item::default() }
        }
        None => Item { total, ..Item::default() },
    };
    for key in &rows.keys {
        let mut line: Vec<Item> =
            key.iter().map(|k| Item { text: k.clone(), sort: k.clone().into(), ..Item::default() }).collect();
        for column in &columns.keys {
            let wanted: Key = key.iter().chain(column).cloned().collect();
            line.extend(measures.iter().map(|m| value(cells.get(&wanted).map(|r| (data, *r)), m, false)));
        }
        if let Some((data, index)) = &row_totals {
            line.extend(measures.iter().map(|m| value(index.get(key).map(|r| (*data, *r)), m, true)));
        }
        grid.rows.push(line);
    }
    if let Some((data, index)) = &column_totals {
        let mut line: Vec<Item> = rows.channels.iter().map(|_| Item { total: true, ..Item::default() }).collect();
        if let Some(first) = line.first_mut() {
            first.text = "Total".to_owned();
        }
        for column in &columns.keys {
            line.extend(measures.iter().map(|m| value(index.get(column).map(|r| (*data, *r)), m, true)));
        }
        if let (Some((data, index)), true) = (&all, row_totals.is_some()) {
            line.extend(measures.iter().map(|m| value(index.get(&Key::new()).map(|r| (*data, *r)), m, true)));
        }
        grid.rows.push(line);
    }
    Ok((grid, note))
}

fn channels<'a>(data: &Data, encodings: &'a [Value]) -> Result<Vec<Channel<'a>>, String> {
    encodings.iter().filter_map(|e| Channel::read(data, e, e).transpose()).collect()
}

impl<'a> Side<'a> {
    /// Reads the keys of one side. `alone` is the result by this side alone, if the pivot shows its totals: an average of
    /// averages is not what the column of totals shows.
    fn read(data: &Data, encodings: &'a Value, measures: &[Channel<'_>], alone: Option<&Data>) -> Result<Self, String> {
        let channels = channels(data, fields_of(encodings))?;
        let measure = measures.get(sort_measure(&channels)).or_else(|| measures.first());
        let mut keys: Vec<SideKey> = Vec::new();
        let mut known: HashMap<Key, usize> = HashMap::new();
        for row in 0..data.rows.len() {
            let cells: Vec<TableCell> = channels.iter().map(|c| data.cell(row, c.column).clone()).collect();
            let key: Key = channels.iter().zip(&cells).map(|(c, v)| c.category(v)).collect();
            let measured = measure.and_then(|m| data.cell(row, m.column).number()).unwrap_or(0.0);
            let at = *known.entry(key.clone()).or_insert_with(|| {
                keys.push(SideKey { key, cells, total: 0.0 });
                keys.len() - 1
            });
            keys[at].total += measured;
        }
        let mut side = Self { channels, keys: Vec::new() };
        if let (Some(alone), Some(measure)) = (alone, measure)
            && let Some(column) = alone.column(&data.names()[measure.column])
        {
            let rows = index(alone, &[&side]);
            for key in &mut keys {
                key.total = rows.get(&key.key).and_then(|row| alone.cell(*row, column).number()).unwrap_or(key.total);
            }
        }
        keys.sort_by(|a, b| {
            let levels = side.channels.iter().enumerate().map(|(level, channel)| by_sort(channel, level, a, b));
            levels.fold(Ordering::Equal, Ordering::then)
        });
        side.keys = keys.into_iter().map(|k| k.key).collect();
        if side.keys.is_empty() {
            side.keys.push(Key::new());
        }
        Ok(side)
    }
}

/// A key of a side while its order is not settled.
struct SideKey {
    key: Key,
    cells: Vec<TableCell>,
    total: f64,
}

/// Which measure decides an order by cells: `"sort": {"by": "cell", "field": {"index": 1}}`.
fn sort_measure(channels: &[Channel<'_>]) -> usize {
    let index = |c: &Channel<'_>| c.encoding["scale"]["sort"]["field"]["index"].as_u64();
    channels.iter().find_map(index).and_then(|i| usize::try_from(i).ok()).unwrap_or(0)
}

/// The order of two keys at one level of a side.
fn by_sort(channel: &Channel<'_>, level: usize, a: &SideKey, b: &SideKey) -> Ordering {
    let sort = &channel.encoding["scale"]["sort"];
    match sort["by"].as_str().unwrap_or_default() {
        "cell-reversed" => b.total.total_cmp(&a.total),
        "cell" => a.total.total_cmp(&b.total),
        "alphabetical-reversed" => b.cells[level].compare(&a.cells[level]),
        "custom-order" => {
            let wanted: Vec<String> = list(&sort["orderedValues"]).iter().filter_map(text).collect();
            let place = |k: &SideKey| wanted.iter().position(|w| *w == k.key[level]).unwrap_or(usize::MAX);
            place(a).cmp(&place(b)).then_with(|| a.cells[level].compare(&b.cells[level]))
        }
        _ => a.cells[level].compare(&b.cells[level]),
    }
}

/// The row of each key in a result.
fn index(data: &Data, sides: &[&Side<'_>]) -> HashMap<Key, usize> {
    let mut found = HashMap::new();
    for row in 0..data.rows.len() {
        let key = sides.iter().flat_map(|s| &s.channels).map(|channel| {
            // results of totals have their own columns
            let name = channel.encoding["fieldName"].as_str().unwrap_or_default();
            data.column(name).map_or(String::new(), |c| channel.category(data.cell(row, c)))
        });
        found.insert(key.collect(), row);
    }
    found
}

fn head(rows: &Side<'_>, columns: &Side<'_>, measures: &[Channel<'_>], totals: bool) -> Vec<Vec<Head>> {
    let cell = |text: &str, span: usize, right: bool| Head { text: text.to_owned(), title: None, span, right };
    let named = measures.len() > 1 || columns.channels.is_empty();
    let mut head = Vec::new();
    for level in 0..columns.channels.len() {
        let mut line: Vec<Head> = rows.channels.iter().map(|_| cell("", 1, false)).collect();
        if !named && level + 1 == columns.channels.len() {
            line = rows.channels.iter().map(|r| cell(&r.title, 1, false)).collect();
        }
        for (n, key) in columns.keys.iter().enumerate() {
            let same = n > 0 && columns.keys[n - 1].get(..=level) == key.get(..=level);
            match (same, line.last_mut()) {
                (true, Some(last)) => last.span += measures.len(),
                _ => line.push(cell(key.get(level).map_or("", String::as_str), measures.len(), true)),
            }
        }
        if totals {
            line.push(cell(if level == 0 { "Total" } else { "" }, measures.len(), true));
        }
        head.push(line);
    }
    if named {
        let mut line: Vec<Head> = rows.channels.iter().map(|r| cell(&r.title, 1, false)).collect();
        let groups = columns.keys.len() + usize::from(totals);
        for _ in 0..groups {
            line.extend(measures.iter().map(|m| cell(&m.title, 1, true)));
        }
        head.push(line);
    }
    head
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::cell::Data;
    use super::super::statement::{QueryColumn, QueryTable};
    use super::{Results, Totals, pivot, side, totals};

    fn data(columns: &[(&str, &str)], rows: &[&[&str]]) -> Data {
        let columns = columns.iter().map(|(n, t)| QueryColumn { name: (*n).into(), type_name: (*t).into() }).collect();
        let rows = rows.iter().map(|r| r.iter().map(|v| Some((*v).to_owned())).collect()).collect();
        Data::new(QueryTable { columns, rows }, Vec::new(), 100)
    }

    #[test]
    fn cells_and_totals_stand_under_their_heads() {
        let cells = data(
            &[("owner", "STRING"), ("level", "STRING"), ("avg", "DOUBLE")],
            &[&["Ada", "High", "10"], &["Ada", "Low", "2"], &["Bob", "High", "30"]],
        );
        let rows = data(&[("owner", "STRING"), ("avg", "DOUBLE")], &[&["Bob", "30"], &["Ada", "6"]]);
        let columns = data(&[("level", "STRING"), ("avg", "DOUBLE")], &[&["High", "20"], &["Low", "2"]]);
        let all = data(&[("avg", "DOUBLE")], &[&["14"]]);
        let spec = json!({"encodings": {
            "rows": [{"fieldName": "owner", "displayName": "Owner", "scale": {"sort": {"by": "cell-reversed"}}}],
            "columns": [{"fieldName": "level"}],
            "cell": {"fields": [{"fieldName": "avg", "displayName": "Average"}]}}});
        let results = Results { cells: &cells, rows: Some(&rows), columns: Some(&columns), all: Some(&all) };
        let (grid, note) = pivot(&spec, results).expect("a pivot");
        let head: Vec<_> = grid.head[0].iter().map(|h| h.text.as_str()).collect();
        assert_eq!(head, ["Owner", "High", "Low", "Total"]);
        let text: Vec<Vec<_>> = grid.rows.iter().map(|r| r.iter().map(|i| i.text.as_str()).collect()).collect();
        assert_eq!(text, [vec!["Bob", "30", "", "30"], vec!["Ada", "10", "2", "6"], vec!["Total", "20", "2", "14"]]);
        assert_eq!((grid.heads, note), (1, None));
    }

    #[test]
    fn an_order_by_cells_follows_its_measure_and_the_totals_that_are_shown() {
        let cells = data(
            &[("owner", "STRING"), ("level", "STRING"), ("n", "LONG"), ("avg", "DOUBLE")],
            &[
                &["Ada", "Low", "9", "1"],
                &["Bob", "High", "1", "5"],
                &["Bob", "Medium", "1", "5"],
                &["Cy", "Low", "1", "8"],
            ],
        );
        let sort = |by: serde_json::Value| {
            let spec = json!({"encodings": {
                "rows": [{"fieldName": "owner", "scale": {"sort": by}}],
                "columns": [{"fieldName": "level",
                    "scale": {"sort": {"by": "custom-order", "orderedValues": ["High", "Medium", "Low"]}}}],
                "cell": {"fields": [{"fieldName": "n"}, {"fieldName": "avg"}]}}});
            let totals = data(
                &[("owner", "STRING"), ("n", "LONG"), ("avg", "DOUBLE")],
                &[&["Ada", "9", "1"], &["Bob", "2", "5"], &["Cy", "1", "8"]],
            );
            let results = Results { cells: &cells, rows: Some(&totals), columns: None, all: None };
            let (grid, _) = pivot(&spec, results).expect("a pivot");
            let owners: Vec<String> = grid.rows.iter().map(|r| r[0].text.clone()).collect();
            let levels: Vec<String> = grid.head[0].iter().map(|h| h.text.clone()).filter(|t| !t.is_empty()).collect();
            (owners.join(" "), levels.join(" "))
        };
        let levels = "High Medium Low Total";
        let by = |index: u32| json!({"by": "cell-reversed", "field": {"index": index}});
        assert_eq!(sort(by(0)), ("Ada Bob Cy".into(), levels.into()));
        assert_eq!(sort(by(1)), ("Cy Bob Ada".into(), levels.into()), "an average is not a sum of averages");
        assert_eq!(sort(json!({"by": "alphabetical-reversed"})).0, "Cy Bob Ada");
    }

    #[test]
    fn version_4_keeps_its_fields_in_lists() {
        let cells = data(
            &[("owner", "STRING"), ("level", "STRING"), ("n", "LONG")],
            &[&["Ada", "Low", "9"], &["Bob", "High", "1"]],
        );
        let spec = json!({"version": 4, "encodings": {
            "rows": {"fields": [{"fieldName": "owner", "displayTotal": true}]}, "columns": {"fields": [{"fieldName": "level"}]},
            "cells": {"fields": [{"fieldName": "n", "cellType": "text"}], "displayAs": "rows"}}});
        let (grid, _) = pivot(&spec, Results { cells: &cells, rows: None, columns: None, all: None }).expect("a pivot");
        assert_eq!(grid.head[0].iter().map(|h| h.text.as_str()).collect::<Vec<_>>(), ["owner", "High", "Low"]);
        let rows: Vec<Vec<&str>> = grid.rows.iter().map(|r| r.iter().map(|i| i.text.as_str()).collect()).collect();
        assert_eq!(rows, [["Ada", "", "9"], ["Bob", "1", ""]]);
        assert_eq!((side(&spec, "rows"), side(&spec, "columns")), (vec!["owner".to_owned()], vec!["level".to_owned()]));
        assert_eq!(totals(&spec), Totals { row: true, column: false });
        let without = json!({"encodings": {"rows": {"fields": [{"fieldName": "owner"}]}, "columns": {"fields": []},
            "cells": {"fields": [{"fieldName": "n"}]}}});
        assert!(pivot(&without, Results { cells: &cells, rows: None, columns: None, all: None }).is_ok());
    }

    #[test]
    fn several_measures_have_their_names_in_the_head() {
        let cells = data(&[("owner", "STRING"), ("a", "LONG"), ("b", "LONG")], &[&["Ada", "1", "2"]]);
        let spec = json!({"encodings": {"rows": [{"fieldName": "owner"}],
            "cell": {"fields": [{"fieldName": "a", "displayName": "A"}, {"fieldName": "b", "displayName": "B"}]}}});
        let (grid, _) = pivot(&spec, Results { cells: &cells, rows: None, columns: None, all: None }).expect("a pivot");
        assert_eq!(grid.head.len(), 1);
        assert_eq!(grid.head[0].iter().map(|h| h.text.as_str()).collect::<Vec<_>>(), ["owner", "A", "B"]);
        assert_eq!(grid.rows[0].len(), 3);
    }
}
