//! Rules of a widget's spec: its type, version, encodings, colours and annotations.

use piq_diagnostics::closest;

use super::super::json::{JsonKind, JsonValue};
use super::super::report::{LintReport, opening};
use super::types::{WidgetType, forms, is_filter, names};

/// Types of charts that draw annotations.
const ANNOTATED: [&str; 5] = ["bar", "line", "area", "combo", "forecast-line"];

/// Types of the value of an annotation.
const DATA_TYPES: [&str; 4] = ["DATETIME", "STRING", "INTEGER", "DECIMAL"];

pub(super) fn check(widget: JsonValue<'_>, report: &mut LintReport<'_>) {
    let text = widget.get("multilineTextboxSpec").or_else(|| widget.get("textbox_spec"));
    let Some(spec) = widget.get("spec") else {
        if text.is_none() {
            let hint = "give it a `spec`, or `multilineTextboxSpec` for a text";
            report.error("dashboard-widget-type", opening(widget), "the widget has neither a spec nor a text", hint);
        }
        return;
    };
    if text.is_some() {
        let message = "a text widget has a `spec` too";
        report.error("dashboard-text-widget", opening(spec), message, "remove `spec`: Databricks draws one of the two");
        return;
    }
    if spec.kind() != JsonKind::Object {
        return report.error("dashboard-widget-type", spec.span(), "`spec` must be an object", "");
    }
    if ["viz_spec", "dashboard_parameter_spec"].iter().any(|old| spec.get(old).is_some()) {
        return;
    }
    let Some(kind) = spec.get_string("widgetType") else {
        let hint = "add `widgetType`, such as `bar` or `table`";
        return report.error("dashboard-widget-type", opening(spec), "the widget has no type", hint);
    };
    let forms = forms(&kind);
    if forms.is_empty() {
        let hint = match closest(&kind, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if kind == "text" => "a text is a widget with `multilineTextboxSpec` and no `spec`".to_owned(),
            None => "the section \"Types of widgets\" of docs/dashboards.md lists the types".to_owned(),
        };
        let span = spec.get("widgetType").map_or(opening(spec), |v| v.span());
        return report.error("dashboard-widget-type", span, format!("unknown widget type `{kind}`"), &hint);
    }
    let encodings = spec.get("encodings");
    let known = version(spec, &kind, &forms, report);
    // a filter that the editor has just added selects nothing yet
    let unbound = is_filter(&kind) && widget.get_items("queries").next().is_none();
    for (required, drawn) in known.map(|form| missing(encodings, form)).unwrap_or_default() {
        let span = encodings.map_or(opening(spec), opening);
        let message = format!("a widget of type `{kind}` needs a field in `{}`", required.replace('|', "` or `"));
        match (unbound, drawn) {
            (true, _) => {
                let hint = "choose a field or a parameter for the filter, or remove it";
                report.warning("dashboard-missing-encoding", span, message, hint);
            }
            (false, true) => report.warning("dashboard-missing-encoding", span, message, ""),
            (false, false) => {
                let hint = "without it Databricks shows \"no selected fields to visualize\"";
                report.error("dashboard-missing-encoding", span, message, hint);
            }
        }
    }
    if kind == "path-map"
        && let Some(path) = encodings.and_then(|e| e.get("path"))
    {
        path_map(path, report);
    }
    if kind == "counter"
        && let Some(colour) = encodings.and_then(|e| e.get("value")?.get("color"))
    {
        // an error by the rules of Databricks; public dashboards that run carry it
        let hint = "remove it: the colour of the number is `uiSettings.theme.fontColor`";
        report.warning("dashboard-counter-color", colour.span(), "the `value` of a counter has a `color`", hint);
    }
    if let Some(encodings) = encodings {
        mappings(encodings, report);
    }
    annotations(spec, &kind, report);
    if kind == "custom-vega-viz" {
        super::custom::check(widget, spec, report);
    }
    if !is_filter(&kind) {
        for query in widget.get_items("queries").filter_map(|q| q.get("query")) {
            if let Some(list) = query.get("parameters").filter(|p| p.items().next().is_some()) {
                let message = format!("the query of a `{kind}` lists parameters");
                let hint = "parameters belong to the dataset and to filter widgets; the chart may stay blank";
                report.warning("dashboard-chart-parameters", opening(list), message, hint);
            }
        }
    }
}

/// The encodings that a form needs and the widget lacks; and of each whether something is drawn without it.
fn missing(encodings: Option<JsonValue<'_>>, form: &WidgetType) -> Vec<(&'static str, bool)> {
    let named = |required: &str| {
        let mut paths = required.trim_start_matches('?').split('|');
        paths.any(|path| encodings.is_some_and(|e| names_field(e, path)))
    };
    let some = form.required.iter().any(|r| named(r));
    let lacking = form.required.iter().filter(|r| !named(r));
    lacking.map(|r| (r.trim_start_matches('?'), r.starts_with('?') && some)).collect()
}

/// Checks the version, and gives the form that the widget has; `None` if its version is newer than all that are known,
/// whose encodings may be others.
fn version(
    spec: JsonValue<'_>,
    kind: &str,
    forms: &[&'static WidgetType],
    report: &mut LintReport<'_>,
) -> Option<&'static WidgetType> {
    let all: Vec<i64> = forms.iter().flat_map(|f| f.versions).copied().collect();
    let expected = all.iter().map(i64::to_string).collect::<Vec<_>>().join(" or ");
    // what a widget without a usable version was meant to be shows in its encodings
    let encodings = spec.get("encodings");
    let fitting = forms.iter().find(|f| missing(encodings, f).is_empty()).or(forms.last()).copied();
    let newest = fitting.and_then(|f| f.versions.first()).copied().unwrap_or_default().to_string();
    let Some(version) = spec.get("version") else {
        let message = format!("the widget has no version: expected {expected}");
        report.warning("dashboard-widget-version", opening(spec), message, "");
        report.fix(opening(spec), format!("{{\"version\": {newest},"));
        return fitting;
    };
    let number = version.integer();
    if let Some(form) = number.and_then(|v| forms.iter().find(|f| f.versions.contains(&v))) {
        return Some(form);
    }
    let message = format!("expected version {expected} of a `{kind}`, found {}", version.raw());
    if number.is_some_and(|v| all.iter().all(|known| v > *known)) {
        let hint = "piq does not know this version and does not change it; a newer piq may";
        report.warning("dashboard-widget-version", version.span(), message, hint);
        return None;
    }
    report.warning("dashboard-widget-version", version.span(), message, "");
    report.fix(version.span(), newest);
    fitting
}

/// The types of paths, and whether one has a latitude and longitude in columns of their own.
const PATH_TYPES: [(&str, bool); 3] =
    [("longitude-latitude-sequence", true), ("geometry-point-sequence", false), ("geometry", false)];

fn path_map(path: JsonValue<'_>, report: &mut LintReport<'_>) {
    let Some(path_type) = path.get("pathType") else {
        let hint = "add `\"pathType\": \"longitude-latitude-sequence\"`, or one of the geometry types";
        return report.warning("dashboard-path", opening(path), "the path has no `pathType`", hint);
    };
    let Some((name, by_coordinates)) = PATH_TYPES.into_iter().find(|(name, _)| path_type.is(name)) else {
        let known: Vec<String> = PATH_TYPES.iter().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!("expected a path type, found {}", path_type.raw());
        let hint = format!("available: {}", known.join(", "));
        return report.warning("dashboard-path", path_type.span(), message, &hint);
    };
    let needed: &[&str] = if by_coordinates { &["latitude", "longitude"] } else { &["fieldName"] };
    for key in needed {
        let named = if by_coordinates { names_field(path, key) } else { path.get_string(key).is_some() };
        if !named {
            let message = format!("a path of the type `{name}` needs `{key}`");
            report.error("dashboard-missing-encoding", opening(path), message, "without it no path is drawn");
        }
    }
    if name != "geometry" && !names_field(path, "order") {
        let message = format!("a path of the type `{name}` has no `order`");
        report.warning("dashboard-path", opening(path), message, "name the field that orders its points");
    }
}

/// Whether the encoding at `path` names a field: itself, in a list, or in one of its parts.
fn names_field(encodings: JsonValue<'_>, path: &str) -> bool {
    let mut at = Some(encodings);
    for key in path.split('.') {
        at = at.and_then(|v| v.get(key));
    }
    at.is_some_and(|value| has_field(value, 0))
}

fn has_field(value: JsonValue<'_>, depth: usize) -> bool {
    if depth > 8 {
        return false;
    }
    match value.kind() {
        JsonKind::Array => value.items().any(|v| has_field(v, depth + 1)),
        JsonKind::Object => {
            let own =
                ["fieldName", "parameterName"].iter().any(|key| value.get_string(key).is_some_and(|n| !n.is_empty()));
            // a counter of version 2 may count rows
            let rows = value.get("countRows").is_some() || value.get("rowCount").is_some();
            own || rows || value.members().any(|(key, v)| !key.is("scale") && has_field(v, depth + 1))
        }
        _ => false,
    }
}

/// Colours of values: only a bare hexadecimal text counts.
fn mappings(encodings: JsonValue<'_>, report: &mut LintReport<'_>) {
    let mut open = vec![encodings];
    while let Some(value) = open.pop() {
        match value.kind() {
            JsonKind::Array => open.extend(value.items()),
            JsonKind::Object => open.extend(value.members().map(|(_, v)| v)),
            _ => continue,
        }
        for colour in value.get_items("mappings").filter_map(|m| m.get("color")) {
            if colour.kind() != JsonKind::Object {
                continue;
            }
            let message = "the colour of a value is an object, which Databricks drops";
            report.warning("dashboard-color-object", opening(colour), message, "write a text such as `\"#00A972\"`");
            if let Some(hex) = colour.get("hex").filter(|h| h.kind() == JsonKind::String) {
                report.fix(colour.span(), hex.raw());
            }
        }
    }
}

fn annotations(spec: JsonValue<'_>, kind: &str, report: &mut LintReport<'_>) {
    for annotation in spec.get_items("annotations") {
        if !ANNOTATED.contains(&kind) {
            let message = format!("a `{kind}` draws no annotations");
            report.warning("dashboard-annotation", opening(annotation), message, "remove it");
        }
        if let Some(shape) = annotation.get("type").filter(|t| !t.is("vertical-line")) {
            let message = format!("expected the annotation type `vertical-line`, found {}", shape.raw());
            report.warning("dashboard-annotation", shape.span(), message, "");
        }
        let Some(encodings) = annotation.get("encodings") else { continue };
        for place in ["x", "y"].iter().filter_map(|axis| encodings.get(axis)) {
            if let Some(value) = place.get("dataValue").filter(|v| v.kind() != JsonKind::String) {
                let message = format!("expected a text in `dataValue`, found {}", value.raw());
                report.warning("dashboard-annotation", value.span(), message, "");
                if value.kind() == JsonKind::Number {
                    report.fix(value.span(), format!("\"{}\"", value.raw()));
                }
            }
            let data_type = place.get("dataType");
            if let Some(data_type) = data_type.filter(|t| !DATA_TYPES.iter().any(|known| t.is(known))) {
                let message =
                    format!("expected one of {} in `dataType`, found {}", DATA_TYPES.join(", "), data_type.raw());
                report.warning("dashboard-annotation", data_type.span(), message, "");
            }
        }
    }
}
