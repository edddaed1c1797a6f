//! Reads dashboard files. Reading is tolerant: what is missing or strange is left out, and a widget that cannot be
//! drawn says so itself.

use serde_json::Value;

use super::legacy;
use super::model::{
    DashboardModel, DatasetModel, FieldModel, GridPosition, Order, Page, Parameter, Shape, Widget, WidgetQuery,
    WidgetSpec,
};
use super::palette::Palette;
use super::selection::Selection;
use super::stream::each_part;
use super::value::{display_value, list, text};

impl DashboardModel {
    /// Reads the text of a file. An error says in one line why it is not a dashboard.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut read = Self { palette: Palette::of_theme(&Value::Null), ..Self::default() };
        each_part(text, |key, value| match key {
            "datasets" => read.datasets.push(dataset(&value)),
            "pages" => read.pages.push(page(&value)),
            "uiSettings" => read.palette = Palette::of_theme(&value["theme"]),
            _ => {}
        })?;
        Ok(read)
    }
}

fn words(value: &Value) -> String {
    text(value).unwrap_or_default()
}

fn dataset(value: &Value) -> DatasetModel {
    let lines: String = list(&value["queryLines"]).iter().filter_map(Value::as_str).collect();
    DatasetModel {
        name: words(&value["name"]),
        sql: if lines.is_empty() { words(&value["query"]) } else { lines },
        asset: display_value(&value["asset_name"]),
        parameters: list(&value["parameters"]).iter().map(parameter).collect(),
        calculations: list(&value["columns"])
            .iter()
            .filter_map(|c| Some((text(&c["displayName"])?, text(&c["expression"])?)))
            .collect(),
        catalog: display_value(&value["catalog"]),
        schema: display_value(&value["schema"]),
    }
}

fn parameter(value: &Value) -> Parameter {
    Parameter {
        keyword: words(&value["keyword"]),
        data_type: words(&value["dataType"]),
        shape: match value["complexType"].as_str() {
            Some("MULTI") => Shape::Multi,
            Some("RANGE") => Shape::Range,
            _ => Shape::Single,
        },
        default: Selection::of_file(&value["defaultSelection"]),
    }
}

fn page(value: &Value) -> Page {
    let name = words(&value["name"]);
    Page {
        title: display_value(&value["displayName"]).unwrap_or_else(|| name.clone()),
        name,
        global: value["pageType"] == "PAGE_TYPE_GLOBAL_FILTERS",
        columns: if value["layoutVersion"] == "GRID_V1" { 12 } else { 6 },
        widgets: list(&value["layout"]).iter().map(widget).collect(),
    }
}

fn widget(item: &Value) -> Widget {
    let (value, position) = (&item["widget"], &item["position"]);
    let cell = |key: &str| position[key].as_u64().unwrap_or(0).min(10_000);
    let queries: Vec<WidgetQuery> = list(&value["queries"]).iter().map(query).collect();
    let mut spec = value["spec"].clone();
    if let Some(modern) = legacy::modern(&spec, &queries) {
        spec = modern;
    }
    let frame = &spec["frame"];
    let said =
        |flag: &str, key: &str| frame[flag].as_bool().unwrap_or(true).then(|| display_value(&frame[key])).flatten();
    let markdown = markdown(value);
    Widget {
        name: words(&value["name"]),
        title: said("showTitle", "title"),
        description: said("showDescription", "description"),
        place: GridPosition { x: cell("x"), y: cell("y"), width: cell("width").max(1), height: cell("height").max(1) },
        kind: if markdown.is_some() { "text".to_owned() } else { words(&spec["widgetType"]) },
        text: markdown.unwrap_or_default(),
        queries,
        spec: WidgetSpec::of(&spec),
    }
}

fn markdown(value: &Value) -> Option<String> {
    if let Some(lines) = value["multilineTextboxSpec"]["lines"].as_array() {
        return Some(lines.iter().filter_map(Value::as_str).collect());
    }
    value["textbox_spec"].as_str().map(str::to_owned)
}

fn query(value: &Value) -> WidgetQuery {
    let inner = &value["query"];
    WidgetQuery {
        name: words(&value["name"]),
        dataset: words(&inner["datasetName"]),
        fields: list(&inner["fields"])
            .iter()
            .map(|f| FieldModel { name: words(&f["name"]), expression: words(&f["expression"]) })
            .collect(),
        disaggregated: inner["disaggregated"].as_bool().unwrap_or(false),
        filters: list(&inner["filters"]).iter().filter_map(|f| text(&f["expression"])).collect(),
        orders: list(&inner["orders"])
            .iter()
            .filter_map(|o| Some(Order { expression: text(&o["expression"])?, descending: o["direction"] == "DESC" }))
            .collect(),
        parameter_values: list(&inner["parameterValues"])
            .iter()
            .filter_map(|p| Some((text(&p["keyword"])?, Selection::of_file(&p["selection"]))))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{DashboardModel, Shape};

    #[test]
    fn what_is_missing_or_strange_is_left_out() {
        let text = "\u{feff}{\"datasets\": [{\"name\": \"d\", \"queryLines\": [\"SELECT\\n\", 1, \"x\"], \"parameters\": \
                    [{\"keyword\": \"p\", \"complexType\": \"MULTI\"}]}, 7], \"pages\": [{\"name\": \"p\", \"layout\": \
                    [{\"widget\": {\"textbox_spec\": \"# Hi\"}}, {}]}], \"later\": {}}";
        let dashboard = DashboardModel::read(text).expect("a dashboard");
        assert_eq!(dashboard.datasets[0].sql, "SELECT\nx");
        assert_eq!(dashboard.datasets[0].parameters[0].shape, Shape::Multi);
        let page = &dashboard.pages[0];
        assert_eq!((page.title.as_str(), page.columns, page.widgets.len()), ("p", 6, 2));
        assert_eq!((page.widgets[0].kind.as_str(), page.widgets[0].text.as_str()), ("text", "# Hi"));
        assert_eq!(page.widgets[0].place.width, 1);
        for broken in ["", "[]", "{", "3"] {
            assert!(DashboardModel::read(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn every_public_dashboard_is_read() {
        for path in piq_testing::public_dashboards() {
            let text = std::fs::read_to_string(&path).expect("a file");
            let dashboard = DashboardModel::read(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            for widget in dashboard.pages.iter().flat_map(|p| &p.widgets) {
                assert!(!widget.kind.is_empty(), "{}: `{}` has no kind", path.display(), widget.name);
            }
        }
    }
}
