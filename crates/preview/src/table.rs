//! Tables.

use serde_json::Value;

use super::cell::{Data, TableCell};
use super::format::Format;
use super::html;
use super::palette::{Palette, hex};
use super::picture::{Grid, Head, Item};
use super::rule::{condition_holds, style_rule};
use super::value::{display_value, list, text};

/// Rows that a table shows at once if its file does not say.
const PAGE: usize = 25;

struct GridColumn<'a> {
    index: usize,
    title: String,
    hint: Option<String>,
    format: Format,
    right: bool,
    scale: Option<ColourScale>,
    spec: &'a Value,
}

/// Draws a table: the columns of its encodings, or all that the result has.
pub(crate) fn table(spec: &Value, data: &Data, palette: &Palette) -> Result<Grid, String> {
    let columns = columns(spec, data, palette)?;
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

fn columns<'a>(spec: &'a Value, data: &Data, palette: &Palette) -> Result<Vec<GridColumn<'a>>, String> {
    let mut specs: Vec<&Value> = list(&spec["encodings"]["columns"]).iter().filter(|c| c["visible"] != false).collect();
    if specs.is_empty() {
        let plain = |(index, name): (usize, &String)| GridColumn {
            index,
            title: name.clone(),
            hint: None,
            format: Format::default(),
            right: data.is_numeric(index),
            scale: None,
            spec: &Value::Null,
        };
        return Ok(data.names().iter().enumerate().map(plain).collect());
    }
    specs.sort_by_key(|c| c["order"].as_i64().unwrap_or(0));
    let mut found = Vec::new();
    for spec in specs {
        let name = display_value(&spec["fieldName"]).or_else(|| display_value(&spec["name"])).unwrap_or_default();
        let index = data.column(&name).ok_or_else(|| format!("the widget's query has no field `{name}`"))?;
        let title = display_value(&spec["title"]).or_else(|| display_value(&spec["displayName"])).unwrap_or(name);
        let right = match spec["alignContent"].as_str() {
            Some("right") => true,
            // the editor writes `left` for texts and for columns that it never looked at
            _ => data.is_numeric(index),
        };
        let format = Format::of_encoding(spec);
        let scale = ColourScale::of_column(spec, data, index, palette);
        found.push(GridColumn { index, title, hint: display_value(&spec["description"]), format, right, scale, spec });
    }
    Ok(found)
}

fn item(column: &GridColumn<'_>, data: &Data, row: usize, palette: &Palette) -> Item {
    let cell = data.cell(row, column.index);
    let mut item = Item { text: column.format.text(cell), sort: cell.sort_key(), ..Item::default() };
    if let TableCell::Bool(b) = cell
        && let [no, yes] = list(&column.spec["booleanValues"])
    {
        item.text = text(if *b { yes } else { no }).unwrap_or(item.text);
    }
    let fill = |value: &Value| text(value).map(|t| template(&t, cell, data, row)).filter(|t| !t.is_empty());
    match column.spec["displayAs"].as_str().or_else(|| column.spec["display"]["type"].as_str()) {
        Some("link") => {
            let address = &column.spec["linkUrlTemplate"];
            set_link(&mut item, address, fill(address).unwrap_or_else(|| cell.raw()));
            item.text = fill(&column.spec["linkTextTemplate"]).unwrap_or(item.text);
        }
        Some("image") => {
            let address = fill(&column.spec["imageUrlTemplate"]).unwrap_or_else(|| cell.raw());
            item.html = Some(html::picture(&address, &item.text));
        }
        Some("json") => item.text = pretty(&item.text).unwrap_or(item.text),
        // a cell that is markup is drawn as what it says, cleaned
        Some("html") => item.html = Some(html::safe(&cell.raw())),
        _ if column.spec["allowHTML"] == true && item.text.contains('<') => item.html = Some(html::safe(&cell.raw())),
        _ => {}
    }
    let address = &column.spec["link"]["templatedURL"];
    if let Some(filled) = fill(address) {
        set_link(&mut item, address, filled);
    }
    item.tip = fill(&column.spec["tooltip"]["templatedText"]);
    let older = &column.spec["cellFormat"];
    let rule = list(&older["rules"]).iter().find(|r| condition_holds(&r["if"], data, row));
    let chosen = rule.map_or(&older["default"], |r| &r["value"]);
    let style = &column.spec["style"];
    let rule = style_rule(style, cell, data, row).unwrap_or(&Value::Null);
    let colour = |value: &Value| palette.resolve(value).or_else(|| hex(value));
    item.color = [&rule["color"], &rule["foregroundColor"], &chosen["foregroundColor"], &style["color"]]
        .into_iter()
        .find_map(|c| palette.resolve(c));
    item.background =
        [&rule["backgroundColor"], &chosen["backgroundColor"], &style["backgroundColor"]].into_iter().find_map(colour);
    if item.background.is_none() {
        item.background = column.scale.as_ref().and_then(|scale| scale.shade(cell));
    }
    item
}

/// Gives the item its address, if a page may lead to it.
fn set_link(item: &mut Item, template: &Value, address: String) {
    item.link = link(&address);
    // what stands in a cell could choose the host, or be told to it
    item.guarded = item.link.is_some() && text(template).is_none_or(|t| t.contains("{{"));
}

fn pretty(json: &str) -> Option<String> {
    let value: Value = serde_json::from_str(json).ok().filter(|v: &Value| v.is_object() || v.is_array())?;
    serde_json::to_string_pretty(&value).ok()
}

/// The column's cells by size, as backgrounds of one colour.
struct ColourScale {
    low: f64,
    high: f64,
    colour: String,
}

impl ColourScale {
    /// The scale of a column that is displayed as one; nothing without numbers.
    fn of_column(spec: &Value, data: &Data, index: usize, palette: &Palette) -> Option<Self> {
        let wanted = [&spec["displayAs"], &spec["display"]["type"], &spec["style"]["type"]];
        if !wanted.into_iter().any(|kind| kind == "color-scale") {
            return None;
        }
        let numbers = (0..data.rows.len()).filter_map(|row| data.cell(row, index).number());
        let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), n| (l.min(n), h.max(n)));
        let ramps = [&spec["colorRamp"], &spec["display"]["colorRamp"], &spec["style"]["colorRamp"]];
        let end = ramps.into_iter().find_map(|ramp| palette.resolve(&ramp["colors"]["end"]));
        // the strength follows the six digits
        let end = end.filter(|colour| colour.len() == 7);
        (low <= high).then(|| Self { low, high, colour: end.unwrap_or_else(|| palette.at(0).to_owned()) })
    }

    /// The background of a cell: the colour, the stronger the greater its number.
    fn shade(&self, cell: &TableCell) -> Option<String> {
        let number = cell.number()?;
        let share = if self.high > self.low { (number - self.low) / (self.high - self.low) } else { 1.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 20 and 200")]
        let strength = (20.0 + 180.0 * share) as u8;
        Some(format!("{}{strength:02X}", self.colour))
    }
}

/// Fills `{{ @ }}` with the cell and `{{ name }}` with another column of the row.
fn template(text: &str, cell: &TableCell, data: &Data, row: usize) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else { break };
        out.push_str(&rest[..start]);
        let name = rest[start + 2..start + length].trim();
        let value = if name == "@" { Some(cell) } else { data.column(name).map(|c| data.cell(row, c)) };
        if let Some(value) = value.filter(|v| **v != TableCell::Null) {
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::cell::Data;
    use super::super::palette::Palette;
    use super::super::picture::Grid;
    use super::super::statement::{QueryColumn, QueryTable};
    use super::{link, table};

    fn drawn(spec: &Value) -> Result<Grid, String> {
        let column = |name: &str, type_name: &str| QueryColumn { name: name.into(), type_name: type_name.into() };
        let result = QueryTable {
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
    fn newer_columns_have_links_tips_rules_and_scales() {
        let style =
            json!({"rules": [{"condition": {"operator": ">", "operand": {"value": 1000}}, "color": "#FF3621"}]});
        let spec = json!({"encodings": {"columns": [
            {"fieldName": "id", "link": {"templatedURL": "https://example.com/{{@}}"}, "tooltip": {"templatedText": "{{n}} of {{@}}"}},
            {"fieldName": "n", "style": style},
            {"fieldName": "n", "displayAs": "color-scale"}]}});
        let row = &drawn(&spec).expect("a table").rows[0];
        assert_eq!((row[0].link.as_deref(), row[0].guarded), (Some("https://example.com/a"), true));
        assert_eq!(row[0].tip.as_deref(), Some("1200 of a"));
        assert_eq!(row[1].color.as_deref(), Some("#FF3621"));
        assert_eq!(row[2].background.as_deref(), Some("#077A9DC8"));
    }

    #[test]
    fn markup_of_cells_is_drawn_only_where_the_column_allows_it_and_is_cleaned() {
        let column = QueryColumn { name: "h".into(), type_name: "STRING".into() };
        let markup = r#"<b style="color:#f00">late</b><img src=x onerror=alert(1)>"#;
        let result = QueryTable { columns: vec![column], rows: vec![vec![Some(markup.into())]] };
        let data = Data::new(result, Vec::new(), 10);
        let html = |allow: bool| {
            let spec = json!({"encodings": {"columns": [{"fieldName": "h", "allowHTML": allow}]}});
            table(&spec, &data, &Palette::default()).expect("a table").rows[0][0].html.clone()
        };
        assert_eq!(html(true).as_deref(), Some(r#"<b style="color:#f00">late</b><img>"#));
        assert_eq!(html(false), None);
    }

    #[test]
    fn only_harmless_addresses_are_links() {
        assert!(link("https://example.com").is_some() && link("#page=usecase&f_usecase~choice=UC-1").is_some());
        for wrong in ["javascript:alert(1)", "data:text/html,x", "//example.com", "https://a\nb", " JavaScript:x"] {
            assert_eq!(link(wrong), None, "{wrong}");
        }
    }
}
