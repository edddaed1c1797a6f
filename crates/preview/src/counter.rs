//! Counters: one number of the result, compared with another one.

use serde_json::Value;

use super::cell::{Data, TableCell};
use super::chart::Channel;
use super::format::Format;
use super::palette::Palette;
use super::picture::Counter;
use super::rule::style_rule;
use super::value::display_value;

/// Draws a counter.
pub(crate) fn counter(spec: &Value, data: &Data, palette: &Palette) -> Result<Counter, String> {
    let encodings = &spec["encodings"];
    let encoding = &encodings["value"];
    if encoding["countRows"] == true {
        let rows = data.rows.len();
        let cell = TableCell::read(Some(&rows.to_string()), "LONG");
        return Ok(Counter {
            value: Format::of_encoding(encoding).text(&cell),
            raw: rows.to_string(),
            ..Counter::default()
        });
    }
    // a counter may have nothing but what it would be compared to, or its period
    let candidates = [encoding, &encodings["target"], &encodings["period"]];
    let encoding = candidates.into_iter().find(|e| display_value(&e["fieldName"]).is_some()).unwrap_or(encoding);
    let value = Channel::required(data, encoding, "value")?;
    let period = Channel::read(data, &encodings["period"], &encodings["period"])?;
    let mut order: Vec<usize> = (0..data.rows.len()).collect();
    if let Some(period) = &period {
        // the latest period is the one that counts
        order.sort_by(|a, b| data.cell(*b, period.column).compare(data.cell(*a, period.column)));
    }
    let at = |encoding: &Value| {
        let row = encoding["rowNumber"].as_u64().unwrap_or(1).max(1);
        usize::try_from(row - 1).ok().and_then(|r| order.get(r).copied())
    };
    let row = at(encoding);
    let cell = row.map_or(&TableCell::Null, |r| data.cell(r, value.column));
    let style = &encoding["style"];
    let mut counter = Counter {
        value: value.format.text(cell),
        raw: cell.raw(),
        label: display_value(&encoding["displayName"])
            .filter(|l| Some(l) != display_value(&spec["frame"]["title"]).as_ref()),
        color: row
            .and_then(|r| style_rule(style, cell, data, r))
            .and_then(|rule| palette.resolve(&rule["color"]))
            .or_else(|| palette.resolve(&style["color"]))
            .or_else(|| palette.resolve(&encoding["color"]["default"])),
        ..Counter::default()
    };
    let target = Channel::read(data, &encodings["target"], &encodings["target"])?;
    let target = target.filter(|t| !std::ptr::eq(t.encoding, encoding));
    let (before, name, format) = match (&target, &period) {
        (Some(target), _) => {
            let row = at(target.encoding).or(row);
            (row.map(|r| data.cell(r, target.column)), target.title.clone(), &target.format)
        }
        (None, Some(period)) => {
            let before = order.get(1).copied().filter(|_| period.column != value.column);
            let name = before.map(|r| period.category(data.cell(r, period.column))).unwrap_or_default();
            (before.map(|r| data.cell(r, value.column)), name, &value.format)
        }
        (None, None) => return Ok(counter),
    };
    let Some(before) = before else { return Ok(counter) };
    let format = if format.is_automatic() { &value.format } else { format };
    counter.target = Some(format!("{name}: {}", format.text(before)));
    if let (Some(now), Some(then)) = (cell.number(), before.number())
        && then != 0.0
    {
        let change = (now - then) / then.abs() * 100.0;
        counter.change = Some(format!("{change:+.1}%"));
        counter.trend = Some(if change > 0.05 {
            1
        } else if change < -0.05 {
            -1
        } else {
            0
        });
    }
    Ok(counter)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::cell::Data;
    use super::super::palette::Palette;
    use super::super::statement::{QueryColumn, QueryTable};
    use super::counter;

    fn data() -> Data {
        let column = |name: &str, type_name: &str| QueryColumn { name: name.into(), type_name: type_name.into() };
        let row = |month: &str, n: &str| vec![Some(month.to_owned()), Some(n.to_owned())];
        let table = QueryTable {
            columns: vec![column("month", "DATE"), column("n", "LONG")],
            rows: vec![row("2026-01-01", "100"), row("2026-03-01", "150"), row("2026-02-01", "200")],
        };
        Data::new(table, Vec::new(), 10)
    }

    #[test]
    fn the_row_asked_for_is_shown() {
        let spec = json!({"encodings": {"value": {"fieldName": "n", "rowNumber": 2, "displayName": "Cases"}}});
        let counter = counter(&spec, &data(), &Palette::default()).expect("a counter");
        assert_eq!((counter.value.as_str(), counter.label.as_deref()), ("150", Some("Cases")));
    }

    #[test]
    fn the_latest_period_is_compared_with_the_one_before() {
        let spec = json!({"encodings": {"value": {"fieldName": "n"}, "period": {"fieldName": "month"}}});
        let counter = counter(&spec, &data(), &Palette::default()).expect("a counter");
        assert_eq!(counter.value, "150");
        assert_eq!(counter.target.as_deref(), Some("2026-02-01: 200"));
        assert_eq!((counter.change.as_deref(), counter.trend), (Some("-25.0%"), Some(-1)));
    }

    #[test]
    fn a_rule_that_holds_colours_the_number() {
        let rules = json!([{"condition": {"operator": ">=", "operand": {"value": 150}}, "color": "#00A972"}]);
        let style = json!({"color": "#FF3621", "rules": rules});
        let color = |row: u64| {
            let spec = json!({"encodings": {"value": {"fieldName": "n", "rowNumber": row, "style": style}}});
            counter(&spec, &data(), &Palette::default()).expect("a counter").color
        };
        assert_eq!((color(2).as_deref(), color(1).as_deref()), (Some("#00A972"), Some("#FF3621")));
    }

    #[test]
    fn no_row_is_a_dash_and_a_wrong_field_an_error() {
        let spec = json!({"encodings": {"value": {"fieldName": "n"}}});
        assert_eq!(
            counter(&spec, &Data::new(QueryTable { rows: vec![], ..table() }, vec![], 1), &Palette::default())
                .expect("a counter")
                .value,
            "–"
        );
        let wrong = json!({"encodings": {"value": {"fieldName": "m"}}});
        assert!(counter(&wrong, &data(), &Palette::default()).expect_err("wrong").contains("no field `m`"));
    }

    fn table() -> QueryTable {
        QueryTable { columns: vec![QueryColumn { name: "n".into(), type_name: "LONG".into() }], rows: vec![] }
    }
}
