//! Widgets of version 0, which older dashboards still carry, in the present form.

use serde_json::{Value, json};

use super::model::WidgetQuery;
use super::value::{list, text};

/// The present form of a `viz_spec` or `dashboard_parameter_spec`; nothing if the spec has the present form.
pub(crate) fn modern(spec: &Value, queries: &[WidgetQuery]) -> Option<Value> {
    if let Some(control) = spec.get("dashboard_parameter_spec") {
        return Some(parameter_control(control));
    }
    let visual = spec.get("viz_spec")?;
    let options: Value =
        visual["serialized_options"].as_str().and_then(|o| serde_json::from_str(o).ok()).unwrap_or_default();
    let mut modern = match visual["viz_type"].as_str().unwrap_or_default() {
        "COUNTER" => counter(&options, queries),
        "TABLE" => json!({"widgetType": "table", "encodings": {"columns": options["columns"]}}),
        "CHART" => chart(&options, queries),
        other => json!({"widgetType": format!("legacy {}", other.to_lowercase())}),
    };
    modern["frame"] = json!({"title": visual["display_name"], "description": visual["description"]});
    Some(modern)
}

fn parameter_control(control: &Value) -> Value {
    let kind = match control["control_type"].as_str().unwrap_or_default() {
        "DATE_PICKER" => "filter-date-picker",
        "DATE_RANGE_PICKER" => "filter-date-range-picker",
        "MULTI_SELECT" => "filter-multi-select",
        _ => "filter-single-select",
    };
    let fields: Vec<Value> = list(&control["query_and_parameter_keywords"])
        .iter()
        .map(|p| json!({"parameterName": p["keyword"], "queryName": p["query_name"]}))
        .collect();
    json!({"widgetType": kind, "encodings": {"fields": fields}, "frame": {"title": control["display_name"]}})
}

fn counter(options: &Value, queries: &[WidgetQuery]) -> Value {
    let prefix = text(&options["stringPrefix"]).unwrap_or_default();
    let suffix = text(&options["stringSuffix"]).unwrap_or_default();
    let column = text(&options["counterColName"]).unwrap_or_default();
    let mut value = json!({"fieldName": column, "displayName": options["counterLabel"]});
    if options["countRow"] == true {
        // the number of rows stands in for a column
        value["countRows"] = json!(true);
    } else if !queries.iter().flat_map(|q| &q.fields).any(|f| f.name == column) {
        let only = queries.first().filter(|q| q.fields.len() == 1).and_then(|q| q.fields.first());
        value["fieldName"] = json!(only.map_or(column.as_str(), |f| f.name.as_str()));
    }
    if let Some(row) = options["rowNumber"].as_u64() {
        value["rowNumber"] = json!(row);
    }
    if let Some(places) = options["stringDecimal"].as_u64() {
        value["format"] = json!({"type": "number-plain", "decimalPlaces": {"type": "exact", "places": places}});
    }
    if !prefix.is_empty() || !suffix.is_empty() {
        value["formatTemplate"] = json!(format!("{prefix}{{{{ @formatted }}}}{suffix}"));
    }
    json!({"widgetType": "counter", "encodings": {"value": value}})
}

fn chart(options: &Value, queries: &[WidgetQuery]) -> Value {
    let kind = match options["globalSeriesType"].as_str().unwrap_or_default() {
        "column" => "bar",
        "bubble" => "scatter",
        other => other,
    };
    let columns = &options["columnConfigurationMap"];
    let field = |column: &Value| -> Option<String> {
        let names = || queries.iter().flat_map(|q| &q.fields).map(|f| &f.name);
        let wanted = [text(&column["id"]), text(&column["column"])];
        let named = wanted.iter().flatten().find(|w| names().any(|n| n == *w)).cloned();
        named.or_else(|| text(&column["column"]))
    };
    let title = |axis: &Value| text(&axis["title"]["text"]).map_or(json!({}), |t| json!({"title": t}));
    let named = |column: &Value| -> Option<Value> {
        let name = field(column)?;
        let series = &options["seriesOptions"][name.as_str()];
        let shown = text(&series["name"]).or_else(|| text(&column["column"])).unwrap_or_else(|| name.clone());
        Some(json!({"fieldName": name, "displayName": shown}))
    };
    let measures: Vec<Value> = list(&columns["y"]).iter().filter_map(named).collect();
    let mappings: Vec<Value> = options["valuesOptions"]
        .as_object()
        .map(|all| all.iter().map(|(value, o)| json!({"value": value, "color": o["color"]})).collect())
        .unwrap_or_default();
    let x = field(&columns["x"]).unwrap_or_default();
    let x_shown = text(&columns["x"]["column"]).unwrap_or_else(|| x.clone());
    let category = json!({"type": "categorical", "mappings": mappings});
    if kind == "pie" {
        let mut angle = measures.first().cloned().unwrap_or_default();
        angle["scale"] = json!({"type": "quantitative"});
        return json!({"widgetType": "pie", "encodings": {
            "angle": angle,
            "color": {"fieldName": x, "displayName": x_shown, "scale": category},
            "label": {"show": options["showDataLabels"]},
        }});
    }
    let mut encodings = json!({
        "x": {"fieldName": x, "displayName": x_shown, "scale": {"type": "automatic"}, "axis": title(&options["xAxis"])},
        "y": {"scale": {"type": "quantitative"}, "axis": title(&options["yAxis"][0])},
        "label": {"show": options["showDataLabels"]},
    });
    match measures.as_slice() {
        [one] => {
            encodings["y"]["fieldName"] = one["fieldName"].clone();
            encodings["y"]["displayName"] = one["displayName"].clone();
        }
        many => encodings["y"]["fields"] = json!(many),
    }
    for (from, to) in [("series", "color"), ("size", "size")] {
        if let Some(name) = field(&columns[from]) {
            let scale = if to == "color" { category.clone() } else { json!({"type": "quantitative"}) };
            encodings[to] = json!({"fieldName": name, "displayName": columns[from]["column"], "scale": scale});
        }
    }
    if options["swappedAxes"] == true {
        let x = encodings["x"].take();
        encodings["x"] = encodings["y"].take();
        encodings["y"] = x;
    }
    let layout = if options["series"]["stacking"] == "stack" { "stack" } else { "group" };
    json!({"widgetType": kind, "encodings": encodings, "mark": {"layout": layout}})
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::model::{FieldModel, WidgetQuery};
    use super::modern;

    fn queries() -> Vec<WidgetQuery> {
        let field = |name: &str| FieldModel { name: name.into(), expression: format!("`{name}`") };
        vec![WidgetQuery { fields: vec![field("x"), field("column_1")], ..WidgetQuery::default() }]
    }

    #[test]
    fn charts_find_their_columns_by_id_or_name() {
        let options = json!({"globalSeriesType": "column", "columnConfigurationMap":
            {"x": {"column": "x", "id": "column_0"}, "y": [{"column": "amount", "id": "column_1"}]}});
        let spec = json!({"version": 0, "viz_spec": {"viz_type": "CHART", "display_name": "T",
            "serialized_options": options.to_string()}});
        let modern = modern(&spec, &queries()).expect("the present form");
        assert_eq!(modern["widgetType"], "bar");
        assert_eq!(modern["encodings"]["x"]["fieldName"], "x");
        assert_eq!(modern["encodings"]["y"]["fieldName"], "column_1");
        assert_eq!(modern["frame"]["title"], "T");
    }

    #[test]
    fn present_specs_stay_and_unknown_ones_keep_their_name() {
        assert_eq!(modern(&json!({"widgetType": "bar"}), &queries()), None);
        let sankey = json!({"viz_spec": {"viz_type": "SANKEY"}});
        assert_eq!(modern(&sankey, &queries()).expect("a form")["widgetType"], "legacy sankey");
    }
}
