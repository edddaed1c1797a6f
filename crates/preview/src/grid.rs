//! Tables.

use serde_json::Value;

use super::cell::{Cell, Data};
use super::format::Format;
use super::palette::{Palette, hex};
use super::picture::{Grid, Head, Item};
use super::value::{list, shown, text};

/// Rows that a table shows at once if its file does not say.
const PAGE: usize = 25;

struct Column<'a> {
    index: usize,
    title: String,
    hint: Option<String>,
    format: Format,
    right: bool,
    spec: &'a Value,
}

/// Draws a table: the columns of its encodings, or all that the result has.
pub(crate) fn table(spec: &Value, data: &Data, palette: &Palette) -> Result<Grid, String> {
    let columns = columns(spec, data)?;
    let head = columns.iter().map(|c| Head { text: c.title.clone(), title: c.hint.clone(), span: 1, right: c.right });
    let row = |n: usize| columns.iter().map(|c| item(c, data, n, palette)).collect();
    let page = spec["itemsPerPage"].as_u64().or_else(|| spec["rowsPerPage"].as_u64());
    Ok(Grid {
        head: vec![head.collect()],
        rows: (0..data.rows.len()).map(row).collect(),
        heads: 0,
        page: page.and_then(|p| usize::try_from(p).ok()).filter(|p| *p > 0).unwrap_or(PAGE),
    })
}

fn columns<'a>(spec: &'a Value, data: &Data) -> Result<Vec<Column<'a>>, String> {
    let mut specs: Vec<&Value> = list(&spec["encodings"]["columns"]).iter().filter(|c| c["visible"] != false).collect();
    if specs.is_empty() {
        let plain = |(index, name): (usize, &String)| Column {
            index,
            title: name.clone(),
            hint: None,
            format: Format::default(),
            right: data.is_numeric(index),
            spec: &Value::Null,
        };
        return Ok(data.names().iter().enumerate().map(plain).collect());
    }
    specs.sort_by_key(|c| c["order"].as_i64().unwrap_or(0));
    let mut found = Vec::new();
    for spec in specs {
        let name = shown(&spec["fieldName"]).or_else(|| shown(&spec["name"])).unwrap_or_default();
        let index = data.column(&name).ok_or_else(|| format!("the widget's query has no field `{name}`"))?;
        let title = shown(&spec["title"]).or_else(|| shown(&spec["displayName"])).unwrap_or(name);
        let right = match spec["alignContent"].as_str() {
            Some("right") => true,
            // the editor writes `left` for texts and for columns that it never looked at
            _ => data.is_numeric(index),
        };
        let format = Format::of_encoding(spec);
        found.push(Column { index, title, hint: shown(&spec["description"]), format, right, spec });
    }
    Ok(found)
}

fn item(column: &Column<'_>, data: &Data, row: usize, palette: &Palette) -> Item {
    let cell = data.cell(row, column.index);
    let mut item = Item { text: column.format.text(cell), sort: cell.sort_key(), ..Item::default() };
    if let Cell::Bool(b) = cell
        && let [no, yes] = list(&column.spec["booleanValues"])
    {
        item.text = text(if *b { yes } else { no }).unwrap_or(item.text);
    }
    if column.spec["displayAs"] == "link" {
        let fill = |key: &str| text(&column.spec[key]).map(|t| template(&t, cell, data, row)).filter(|t| !t.is_empty());
        item.link = link(&fill("linkUrlTemplate").unwrap_or_else(|| item.text.clone()));
        item.text = fill("linkTextTemplate").unwrap_or(item.text);
    }
    let style = &column.spec["cellFormat"];
    let rule = list(&style["rules"]).iter().find(|r| holds(&r["if"], data, row));
    let chosen = rule.map_or(&style["default"], |r| &r["value"]);
    item.color = palette.resolve(&chosen["foregroundColor"]);
    item.background = palette.resolve(&chosen["backgroundColor"]).or_else(|| hex(&chosen["backgroundColor"]));
    item
}

/// Fills `{{ @ }}` with the cell and `{{ name }}` with another column of the row.
fn template(text: &str, cell: &Cell, data: &Data, row: usize) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else { break };
        out.push_str(&rest[..start]);
        let name = rest[start + 2..start + length].trim();
        let value = if name == "@" { Some(cell) } else { data.column(name).map(|c| data.cell(row, c)) };
        if let Some(value) = value.filter(|v| **v != Cell::Null) {
            out.push_str(&value.raw());
        }
        rest = &rest[start + length + 2..];
    }
    out + rest
}

/// An address that a page may lead to: elsewhere, or `#page=…` to another page of the same dashboard.
pub(super) fn link(address: &str) -> Option<String> {
    let lower = address.trim().to_ascii_lowercase();
    let allowed = ["https://", "http://", "mailto:", "#page="].iter().any(|start| lower.starts_with(start));
    (allowed && !address.chars().any(char::is_control)).then(|| address.trim().to_owned())
}

/// Whether the condition of a rule holds in a row.
fn holds(condition: &Value, data: &Data, row: usize) -> bool {
    let Some(cell) = text(&condition["column"]).and_then(|n| data.column(&n)).map(|c| data.cell(row, c)) else {
        return false;
    };
    let Some(wanted) = text(&condition["literal"]) else {
        return match condition["fn"].as_str() {
            Some("is_null" | "isNull") => *cell == Cell::Null,
            Some("is_not_null" | "isNotNull") => *cell != Cell::Null,
            _ => false,
        };
    };
    let order = match (cell.number(), wanted.trim().parse::<f64>()) {
        (Some(a), Ok(b)) => a.total_cmp(&b),
        _ if *cell == Cell::Null => return false,
        _ => cell.raw().cmp(&wanted),
    };
    match condition["fn"].as_str() {
        Some("=" | "==") => order.is_eq(),
        Some("!=" | "<>") => order.is_ne(),
        Some(">") => order.is_gt(),
        Some(">=") => order.is_ge(),
        Some("<") => order.is_lt(),
        Some("<=") => order.is_le(),
        Some("contains") => cell.raw().contains(&wanted),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::cell::Data;
    use super::super::palette::Palette;
    use super::super::picture::Grid;
    use super::super::statement::{Column, Table};
    use super::{link, table};

    fn drawn(spec: &Value) -> Result<Grid, String> {
        let column = |name: &str, type_name: &str| Column { name: name.into(), type_name: type_name.into() };
        let result = Table {
            columns: vec![column("id", "STRING"), column("n", "LONG"), column("ok", "BOOLEAN")],
            rows: vec![
                vec![Some("a".into()), Some("1200".into()), Some("true".into())],
                vec![Some("b".into()), None, Some("false".into())],
            ],
        };
        table(spec, &Data::new(result, Vec::new(), 10), &Palette::default())
    }

    #[test]
    fn columns_keep_order_title_and_format() {
        let spec = json!({"itemsPerPage": 5, "encodings": {"columns": [
            {"fieldName": "n", "title": "Number", "numberFormat": "$0.00", "order": 2},
            {"fieldName": "id", "displayAs": "link", "linkUrlTemplate": "https://example.com/{{ @ }}?n={{ n }}", "order": 1},
            {"fieldName": "ok", "visible": false}]}});
        let grid = drawn(&spec).expect("a table");
        let heads: Vec<_> = grid.head[0].iter().map(|h| (h.text.as_str(), h.right)).collect();
        assert_eq!(heads, [("id", false), ("Number", true)]);
        assert_eq!(grid.rows[0][1].text, "$1,200.00");
        assert_eq!(grid.rows[1][1].text, "–");
        assert_eq!(grid.rows[0][0].link.as_deref(), Some("https://example.com/a?n=1200"));
        assert_eq!(grid.page, 5);
    }

    #[test]
    fn rules_colour_cells_and_all_columns_are_shown_without_encodings() {
        let rule =
            json!({"if": {"column": "n", "fn": ">=", "literal": "1000"}, "value": {"foregroundColor": "#00A972"}});
        let spec = json!({"encodings": {"columns": [{"fieldName": "n", "cellFormat": {"default": {"foregroundColor": null}, "rules": [rule]}}]}});
        let grid = drawn(&spec).expect("a table");
        assert_eq!(grid.rows[0][0].color.as_deref(), Some("#00A972"));
        assert_eq!(grid.rows[1][0].color, None);
        assert_eq!(drawn(&json!({})).expect("a table").head[0].len(), 3);
        assert!(drawn(&json!({"encodings": {"columns": [{"fieldName": "x"}]}})).is_err());
    }

    #[test]
    fn only_harmless_addresses_are_links() {
        assert!(link("https://example.com").is_some() && link("#page=usecase&f_usecase~choice=UC-1").is_some());
        for wrong in ["javascript:alert(1)", "data:text/html,x", "//example.com", "https://a\nb", " JavaScript:x"] {
            assert_eq!(link(wrong), None, "{wrong}");
        }
    }
}
