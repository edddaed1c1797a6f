//! Reads dashboard files. Reading is tolerant: what is missing or strange is left out, and a widget that cannot be
//! drawn says so itself.

use indexmap::IndexMap;
use piq_lakeview::json::Document;
use piq_lakeview::metric_view::{MetricView, SOURCE};
use piq_sql::tokens;
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
    let sql = if lines.is_empty() { words(&value["query"]) } else { lines };
    let view = metric_view(&value["config"]).filter(|_| sql.trim().is_empty());
    let own = list(&value["columns"]).iter().filter_map(|c| Some((text(&c["displayName"])?, text(&c["expression"])?)));
    DatasetModel {
        name: words(&value["name"]),
        sql,
        asset: display_value(&value["asset_name"]),
        parameters: list(&value["parameters"]).iter().map(parameter).collect(),
        calculations: match &view {
            Some(view) => fields_of_view(view),
            None => own.collect(),
        },
        view,
        catalog: display_value(&value["catalog"]),
        schema: display_value(&value["schema"]),
    }
}

/// The metric view in the `config` of a dataset.
pub(crate) fn metric_view(config: &Value) -> Option<MetricView> {
    let text = config.is_object().then(|| config.to_string())?;
    MetricView::read(Document::parse(&text).ok()?.root())
}

/// The fields of a metric view as calculations. A field may have the name of the column that it reads.
fn fields_of_view(view: &MetricView) -> IndexMap<String, String> {
    let all = view.dimensions.iter().chain(&view.measures);
    all.map(|(name, sql)| (name.clone(), with_source(sql, name))).collect()
}

/// An expression with `source.` before each column of that name.
fn with_source(sql: &str, name: &str) -> String {
    let all = tokens(sql);
    let (mut out, mut copied) = (String::new(), 0);
    for (at, token) in all.iter().enumerate() {
        let beside = |i: Option<usize>, sign: &str| i.and_then(|i| all.get(i)).is_some_and(|t| t.is(sign));
        let free = !beside(at.checked_sub(1), ".") && !beside(Some(at + 1), "(") && !beside(Some(at + 1), ".");
        if token.is_name() && free && token.content().eq_ignore_ascii_case(name) {
            out.push_str(&sql[copied..token.span.start]);
            out.push_str(&format!("{SOURCE}.{}", token.raw));
            copied = token.span.end;
        }
    }
    out + &sql[copied..]
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
    let said = |flag: &str, key: &str| frame[flag].as_bool().unwrap_or(true).then(|| shown_text(&frame[key])).flatten();
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

/// A title or description: a text, or an object whose `value` is the text.
fn shown_text(value: &Value) -> Option<String> {
    display_value(if value.is_object() { &value["value"] } else { value })
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
    fn titles_are_texts_or_objects_with_one() {
        let text = r#"{"pages": [{"name": "p", "layout": [
            {"widget": {"name": "a", "spec": {"frame": {"title": {"value": "Sales", "fields": []},
                "description": {"value": " of the week ", "fields": []}}}}},
            {"widget": {"name": "b", "spec": {"frame": {"title": {"fields": []}, "description": "plain"}}}}]}]}"#;
        let read = DashboardModel::read(text).expect("a dashboard");
        let of =
            |n: usize| (read.pages[0].widgets[n].title.as_deref(), read.pages[0].widgets[n].description.as_deref());
        assert_eq!(of(0), (Some("Sales"), Some("of the week")));
        assert_eq!(of(1), (None, Some("plain")));
    }

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
