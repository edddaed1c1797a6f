//! Rules of `custom-vega-viz`: a spec of Vega-Lite that Databricks draws.

use std::collections::BTreeSet;

use super::super::json::{Document, JsonKind, JsonValue};
use super::super::report::{LintReport, opening};

const CODE: &str = "dashboard-custom-viz";

/// Keys of which every spec that draws something has one.
const VIEWS: [&str; 8] = ["mark", "layer", "facet", "repeat", "spec", "concat", "hconcat", "vconcat"];

/// The selection by which a click on the chart filters other widgets. Others stay within the chart.
const SELECTION: &str = "databricks_mark_selection";

pub(super) fn check(widget: JsonValue<'_>, spec: JsonValue<'_>, report: &mut LintReport<'_>) {
    let queries: Vec<JsonValue<'_>> = widget.get_items("queries").collect();
    match spec.get("data").and_then(|d| d.get("queryName")) {
        None => report.error(CODE, opening(spec), "the chart has no `queryName`", "add `\"data\": {\"queryName\": …}`"),
        Some(name) => {
            if !queries.iter().any(|q| q.get_string("name") == name.string()) {
                let message = format!("the widget has no query {}", name.raw());
                report.error(CODE, name.span(), message, "");
            }
        }
    }
    for query in queries.iter().filter_map(|q| q.get("query")) {
        if let Some(no) = query.get("disaggregated").filter(|d| d.raw() == "false") {
            let aggregated =
                query.get_items("fields").filter_map(|f| f.get_string("expression")).any(|e| e.contains('('));
            if !aggregated {
                report.warning(CODE, no.span(), "the rows are grouped although nothing is aggregated", "write `true`");
                report.fix(no.span(), "true");
            }
        }
    }
    let Some(custom) = spec.get("jsonSpec") else {
        return report.error(CODE, opening(spec), "the chart has no `jsonSpec`", "");
    };
    if !custom.get("type").is_some_and(|t| t.is("vega-lite")) {
        report.error(CODE, opening(custom), "`jsonSpec.type` must be `vega-lite`", "");
    }
    let Some(text) = custom.get("spec") else {
        return report.error(CODE, opening(custom), "`jsonSpec` has no `spec`", "");
    };
    let Some(decoded) = text.string() else {
        let hint = "write the JSON of the spec as a text";
        return report.error(CODE, opening(text), "`jsonSpec.spec` must be a text", hint);
    };
    match Document::parse(&decoded) {
        Err(fault) => report.error(CODE, opening(text), format!("`jsonSpec.spec` is not JSON: {}", fault.message), ""),
        Ok(inner) => {
            fields(spec, &queries, inner.root(), report);
            vega(inner.root(), text, report);
        }
    }
}

/// `encodings.fields` lists every column of the query that the chart reads.
fn fields(spec: JsonValue<'_>, queries: &[JsonValue<'_>], chart: JsonValue<'_>, report: &mut LintReport<'_>) {
    let list = spec.get("encodings").and_then(|e| e.get("fields"));
    let listed: BTreeSet<_> =
        list.into_iter().flat_map(JsonValue::items).filter_map(|f| f.get_string("fieldName")).collect();
    let all = queries.iter().filter_map(|q| q.get("query")).flat_map(|q| q.get_items("fields"));
    for name in all.filter_map(|f| f.get("name")) {
        if name.string().is_some_and(|n| !listed.contains(&n) && reads(chart, &n)) {
            let message = format!("`encodings.fields` does not list the column {}, which the chart reads", name.raw());
            report.error(CODE, name.span(), message, "the chart sees only the columns that are listed");
        }
    }
}

/// Whether a text in the chart, such as a field or an expression, has the name in it.
fn reads(chart: JsonValue<'_>, name: &str) -> bool {
    let mut open = vec![chart];
    while let Some(value) = open.pop() {
        match value.kind() {
            JsonKind::Array => open.extend(value.items()),
            JsonKind::Object => open.extend(value.members().map(|(_, member)| member)),
            JsonKind::String if value.string().is_some_and(|text| text.contains(name)) => return true,
            _ => {}
        }
    }
    false
}

/// What the sandbox of Databricks does not draw. Places inside the text are not known to the file: all are its start.
fn vega(root: JsonValue<'_>, text: JsonValue<'_>, report: &mut LintReport<'_>) {
    let mut open = vec![root];
    let (mut outside, mut named) = (None, false);
    while let Some(value) = open.pop() {
        match value.kind() {
            JsonKind::Array => open.extend(value.items()),
            JsonKind::Object => {
                for (key, member) in value.members() {
                    let address = member.string().filter(|m| !m.starts_with("data:"));
                    if key.is("url") && address.is_some() {
                        outside = address.map(|a| a.into_owned());
                    }
                    named |= key.is("name") && member.is("databricks_query");
                    open.push(member);
                }
            }
            _ => {}
        }
    }
    if let Some(url) = outside {
        let hint = "the sandbox loads nothing: put data into the query and pictures into `data:` addresses";
        report.error(CODE, opening(text), format!("the chart loads `{url}`"), hint);
    }
    if !named {
        let hint = "write `\"data\": {\"name\": \"databricks_query\"}`";
        report.error(CODE, opening(text), "the chart does not read `databricks_query`", hint);
    }
    if !VIEWS.iter().any(|key| root.get(key).is_some()) {
        let message = "the chart draws nothing: it has neither a mark nor layers nor views";
        report.error(CODE, opening(text), message, "add a `mark`");
    }
    let selects = root.get_items("params").chain(root.get_items("layer").flat_map(|l| l.get_items("params")));
    let reserved = |p: &JsonValue<'_>| p.get("name").is_some_and(|n| n.is(SELECTION)) && p.get("select").is_some();
    if root.get("layer").is_some() && selects.filter(reserved).count() > 0 {
        let message = format!("a chart of layers with the selection `{SELECTION}` stays blank");
        report.warning(CODE, opening(text), message, "remove the selection or the layers");
    }
}
