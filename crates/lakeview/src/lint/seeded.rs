//! Faults that were put into a clean dashboard, at least one for each rule: how many of them the lint finds.

use piq_diagnostics::Severity;

use super::{LintSettings, fixed, lint};

/// A clean dashboard; `WIDGETS` stands for more widgets.
const BASE: &str = r##"{
"datasets": [{"name": "d", "displayName": "Sales", "queryLines": [
  "USE CATALOG IDENTIFIER(:catalog);\n",
  "USE SCHEMA IDENTIFIER(:schema);\n",
  "SELECT CAST(r AS STRING) AS region, CAST(a AS DOUBLE) AS amount, CAST(t AS DATE) AS day, x > 1 AS good\n",
  "FROM sales WHERE array_contains(:levels, level) AND t BETWEEN :days.min AND :days.max AND owner = :owner"],
  "columns": [{"displayName": "Rate", "expression": "SUM(amount) / COUNT(*)"}],
  "parameters": [
   {"keyword": "catalog", "dataType": "STRING", "defaultSelection": {"values": {"values": [{"value": "main"}]}}},
   {"keyword": "schema", "dataType": "STRING", "defaultSelection": {"values": {"values": [{"value": "piq"}]}}},
   {"keyword": "levels", "dataType": "STRING", "complexType": "MULTI"},
   {"keyword": "days", "dataType": "DATE", "complexType": "RANGE"},
   {"keyword": "owner", "dataType": "STRING"}]}],
"pages": [{"name": "p", "pageType": "PAGE_TYPE_CANVAS", "layoutVersion": "GRID_V1", "layout": [
 {"widget": {"name": "bars", "queries": [{"name": "main_query", "query": {"datasetName": "d", "disaggregated": false, "fields": [
    {"name": "region", "expression": "`region`"}, {"name": "sum(amount)", "expression": "SUM(`amount`)"}]}}],
   "spec": {"version": 3, "widgetType": "bar", "encodings": {"x": {"fieldName": "region", "scale": {"type": "categorical"}},
     "y": {"fieldName": "sum(amount)", "scale": {"type": "quantitative"}}, "color": {"fieldName": "region", "scale": {"type":
     "categorical", "mappings": [{"value": "EMEA", "color": "#00A972"}]}}},
     "annotations": [{"type": "vertical-line", "encodings": {"x": {"dataValue": "EMEA", "dataType": "STRING"}}}]}},
  "position": {"x": 0, "y": 0, "width": 6, "height": 3}},
 {"widget": {"name": "owner", "queries": [{"name": "q", "query": {"datasetName": "d", "disaggregated": false, "parameters": [{"name": "o", "keyword": "owner"}]}}],
   "spec": {"version": 2, "widgetType": "filter-single-select", "encodings": {"fields": [{"parameterName": "o", "queryName": "q"}]}}},
  "position": {"x": 6, "y": 0, "width": 6, "height": 1}},
 {"widget": {"name": "note", "multilineTextboxSpec": {"lines": ["One\n", "two"]}}, "position": {"x": 6, "y": 1, "width": 6, "height": 2}}WIDGETS]}]}
"##;

const SETTINGS: LintSettings = LintSettings { use_head: true };

fn replaced(from: &str, to: &str) -> String {
    assert_eq!(BASE.matches(from).count(), 1, "{from}");
    BASE.replace(from, to).replace("WIDGETS", "")
}

/// The clean dashboard with one more widget over the dataset.
fn with(name: &str, query: &str, spec: &str) -> String {
    let widget = format!(
        r#",
 {{"widget": {{"name": "{name}", "queries": [{{"name": "main_query", "query": {{"datasetName": "d", {query}}}}}], "spec": {spec}}},
  "position": {{"x": 0, "y": 3, "width": 6, "height": 3}}}}"#
    );
    BASE.replace("WIDGETS", &widget)
}

/// A chart with its encodings over the given expressions, each named as it reads.
fn chart(kind: &str, version: u8, expressions: &[&str], encodings: &str) -> String {
    let field = |e: &&str| format!(r#"{{"name": "{}", "expression": "{e}"}}"#, e.replace('`', ""));
    let fields: Vec<String> = expressions.iter().map(field).collect();
    let query = format!(r#""disaggregated": false, "fields": [{}]"#, fields.join(", "));
    with("w", &query, &format!(r#"{{"version": {version}, "widgetType": "{kind}", "encodings": {{{encodings}}}}}"#))
}

/// A table of rows as they are over the given expressions.
fn as_rows(expressions: &[&str]) -> String {
    chart("table", 2, expressions, "").replacen(
        "\"name\": \"w\", \"queries\": [{\"name\": \"main_query\", \"query\": {\"datasetName\": \"d\", \"disaggregated\": false",
        "\"name\": \"w\", \"queries\": [{\"name\": \"main_query\", \"query\": {\"datasetName\": \"d\", \"disaggregated\": true",
        1,
    )
}

/// The clean dashboard with another type and a default of its parameter `owner`.
fn with_default(data_type: &str, default: &str) -> String {
    let parameter = format!("\"dataType\": \"{data_type}\", \"defaultSelection\": {default}}}]}}],");
    replaced(
        "{\"keyword\": \"owner\", \"dataType\": \"STRING\"}]}],",
        &format!("{{\"keyword\": \"owner\", {parameter}"),
    )
}

fn custom(disaggregated: bool, listed: &str, data: &str, json_spec: &str) -> String {
    let query =
        format!(r#""disaggregated": {disaggregated}, "fields": [{{"name": "region", "expression": "`region`"}}]"#);
    let spec = format!(
        r#"{{"version": 1, "widgetType": "custom-vega-viz", "encodings": {{"fields": [{listed}]}}{data}, "jsonSpec": {json_spec}}}"#
    );
    with("w", &query, &spec)
}

const LISTED: &str = r#"{"fieldName": "region"}"#;
const DATA: &str = r#", "data": {"queryName": "main_query"}"#;
const VEGA: &str =
    r#"{"type": "vega-lite", "spec": "{\"data\": {\"name\": \"databricks_query\"}, \"mark\": \"bar\"}"}"#;

const VEGA_OF_REGION: &str = r#"{"type": "vega-lite", "spec": "{\"data\": {\"name\": \"databricks_query\"}, \"mark\": \"bar\", \"encoding\": {\"x\": {\"field\": \"region\"}}}"}"#;

/// Code of the rule, and the dashboard that breaks it.
fn seeds() -> Vec<(&'static str, String)> {
    let xy = r#""x": {"fieldName": "region"}, "y": {"fieldName": "SUM(amount)"}"#;
    let only_x = r#""x": {"fieldName": "region"}"#;
    let both: &[&str] = &["`region`", "SUM(`amount`)"];
    let missing = "dashboard-missing-encoding";
    let mut seeds = vec![
        // the file
        ("dashboard-not-json", replaced("\"pages\": [", "\"pages\": ")),
        ("dashboard-shape", "[1]".to_owned()),
        ("dashboard-shape", "{\"datasets\": {}}".to_owned()),
        ("dashboard-shape", "{\"pages\": \"none\"}".to_owned()),
        // the head
        ("dashboard-use-head", replaced("  \"USE SCHEMA IDENTIFIER(:schema);\\n\",\n", "")),
        ("dashboard-use-head", replaced("USE SCHEMA IDENTIFIER(:schema)", "USE CATALOG IDENTIFIER(:schema)")),
        (
            "dashboard-head-parameter",
            replaced(
                "\"keyword\": \"schema\", \"dataType\": \"STRING\"",
                "\"keyword\": \"schema\", \"dataType\": \"DATE\"",
            ),
        ),
        ("dashboard-head-parameter", replaced("[{\"value\": \"main\"}]", "[]")),
        ("dashboard-hard-coded-catalog", replaced("FROM sales", "FROM dev.x.sales")),
        (
            "dashboard-widget-override",
            replaced(
                "\"disaggregated\": false, \"fields\"",
                "\"disaggregated\": false, \"parameterValues\": [{\"keyword\": \"catalog\"}], \"fields\"",
            ),
        ),
        // datasets
        ("dashboard-statements", replaced("= :owner\"", "= :owner; SELECT 2\"")),
        ("dashboard-no-query", replaced("\"datasets\": [", "\"datasets\": [{\"name\": \"e\"}, ")),
        ("dashboard-display-name", replaced("\"displayName\": \"Sales\"", "\"displayName\": \"\"")),
        (
            "dashboard-duplicate-name",
            replaced("\"datasets\": [", "\"datasets\": [{\"name\": \"d\", \"asset_name\": \"main.a.b\"}, "),
        ),
        (
            "dashboard-duplicate-name",
            replaced(
                "{\"keyword\": \"owner\", \"dataType\": \"STRING\"}",
                "{\"keyword\": \"owner\"}, {\"keyword\": \"owner\"}",
            ),
        ),
        ("dashboard-undeclared-parameter", replaced("owner = :owner", "owner = :owner AND x = :other")),
        ("dashboard-undeclared-parameter", replaced("owner = :owner", "owner = :owner AND x = :`no such`")),
        ("dashboard-unused-parameter", replaced("owner = :owner", "owner = 'me'")),
        ("dashboard-joined-lines", replaced("AS good\\n\"", "AS good -- all\"")),
        // parameters
        ("dashboard-parameter-use", replaced("array_contains(:levels, level)", "level IN (:levels)")),
        ("dashboard-parameter-use", replaced("array_contains(:levels, level)", "level = :levels")),
        ("dashboard-parameter-use", replaced("BETWEEN :days.min AND :days.max", "= :days")),
        ("dashboard-parameter-use", replaced("owner = :owner", "owner = :owner.min")),
        (
            "dashboard-chart-parameters",
            replaced(
                "\"disaggregated\": false, \"fields\"",
                "\"disaggregated\": false, \"parameters\": [{\"name\": \"o\", \"keyword\": \"owner\"}], \"fields\"",
            ),
        ),
        // SQL that no engine reads, and values that are none of their type
        ("dashboard-sql", replaced("array_contains(:levels, level)", "array_contains(:levels, level")),
        ("dashboard-sql", replaced("owner = :owner\"", "owner = :owner AND note = 'open\"")),
        ("dashboard-sql", replaced("SELECT CAST(r AS STRING)", "SELEC CAST(r AS STRING)")),
        ("dashboard-sql", replaced("FROM sales WHERE", "FROM sales WHER")),
        ("dashboard-sql", replaced("AS region, CAST", "AS region CAST")),
        ("dashboard-sql", replaced("AS good\\n", "AS good,\\n")),
        ("dashboard-no-query", replaced("\"datasets\": [", "\"datasets\": [{\"name\": \"e\", \"query\": \"\"}, ")),
        (
            "dashboard-no-query",
            replaced("\"datasets\": [", "\"datasets\": [{\"name\": \"e\", \"queryLines\": [\" -- \"]}, "),
        ),
        ("dashboard-no-query", replaced("\"datasets\": [", "\"datasets\": [{\"name\": \"e\", \"config\": {}}, ")),
        ("dashboard-parameter-default", with_default("DATE", r#"{"values": {"values": [{"value": "soon"}]}}"#)),
        (
            "dashboard-parameter-default",
            with_default("DATETIME", r#"{"values": {"values": [{"value": "2026-13-01"}]}}"#),
        ),
        ("dashboard-parameter-default", with_default("INTEGER", r#"{"values": {"values": [{"value": "1.5"}]}}"#)),
        ("dashboard-parameter-default", with_default("DECIMAL", r#"{"range": {"min": {"value": "low"}}}"#)),
        // names
        (
            "dashboard-dangling-name",
            replaced(
                "\"datasetName\": \"d\", \"disaggregated\": false, \"fields\"",
                "\"datasetName\": \"e\", \"disaggregated\": false, \"fields\"",
            ),
        ),
        (
            "dashboard-dangling-name",
            replaced("\"y\": {\"fieldName\": \"sum(amount)\"", "\"y\": {\"fieldName\": \"Sum(amount)\""),
        ),
        ("dashboard-dangling-name", replaced("\"queryName\": \"q\"", "\"queryName\": \"x\"")),
        ("dashboard-dangling-name", replaced("\"parameterName\": \"o\"", "\"parameterName\": \"x\"")),
        (
            "dashboard-dangling-name",
            replaced("\"name\": \"o\", \"keyword\": \"owner\"", "\"name\": \"o\", \"keyword\": \"owners\""),
        ),
        (
            "dashboard-duplicate-name",
            replaced("{\"name\": \"sum(amount)\", \"expression\"", "{\"name\": \"region\", \"expression\""),
        ),
        // pages
        ("dashboard-page-type", replaced("\"pageType\": \"PAGE_TYPE_CANVAS\", ", "")),
        ("dashboard-page-type", replaced("PAGE_TYPE_CANVAS", "PAGE_TYPE_OTHER")),
        ("dashboard-page-type", replaced("GRID_V1", "GRID_V9")),
        ("dashboard-position", replaced("\"layoutVersion\": \"GRID_V1\", ", "")),
        ("dashboard-position", replaced("{\"x\": 6, \"y\": 0, \"width\": 6", "{\"x\": 7, \"y\": 0, \"width\": 6")),
        ("dashboard-position", replaced("{\"x\": 6, \"y\": 0, \"width\": 6", "{\"x\": 6, \"y\": 0, \"width\": \"6\"")),
        ("dashboard-overlap", replaced("{\"x\": 6, \"y\": 1", "{\"x\": 5, \"y\": 1")),
        ("dashboard-duplicate-name", replaced("\"name\": \"note\"", "\"name\": \"bars\"")),
        ("dashboard-widget-name", replaced("\"name\": \"note\", ", "")),
        ("dashboard-widget-name", replaced("\"name\": \"note\"", "\"name\": \"my note!\"")),
        ("dashboard-widget-name", replaced("\"name\": \"note\"", &format!("\"name\": \"{}\"", "n".repeat(61)))),
        (
            "dashboard-limit",
            replaced("\"pages\": [", &format!("\"pages\": [{}", "{\"pageType\": \"PAGE_TYPE_CANVAS\"}, ".repeat(15))),
        ),
        // types and versions
        ("dashboard-widget-type", replaced("\"widgetType\": \"bar\"", "\"widgetType\": \"barr\"")),
        ("dashboard-widget-type", replaced("\"widgetType\": \"bar\", ", "")),
        ("dashboard-widget-type", with("w", "\"fields\": []", "{\"widgetType\": \"text\", \"version\": 1}")),
        ("dashboard-widget-type", with("w", "\"fields\": []", "{\"widgetType\": \"filter\", \"version\": 2}")),
        ("dashboard-widget-type", replaced("\"multilineTextboxSpec\"", "\"textSpec\"")),
        ("dashboard-widget-type", with("w", "\"fields\": []", "\"bar\"")),
        ("dashboard-widget-version", replaced("\"version\": 3", "\"version\": 2")),
        ("dashboard-widget-version", replaced("\"version\": 3, ", "")),
        ("dashboard-widget-version", replaced("\"version\": 3", "\"version\": \"3\"")),
        (
            "dashboard-widget-version",
            chart("counter", 1, &["SUM(`amount`)"], r#""value": {"fieldName": "SUM(amount)"}"#),
        ),
        (
            "dashboard-widget-version",
            chart("counter", 3, &["SUM(`amount`)"], r#""value": {"fieldName": "SUM(amount)"}"#),
        ),
        (
            "dashboard-widget-version",
            chart("combo", 3, both, r#""x": {"fieldName": "region"}, "y": {"primary": {"fieldName": "SUM(amount)"}}"#),
        ),
        ("dashboard-text-widget", replaced("{\"lines\": [\"One\\n\", \"two\"]}", "{\"lines\": \"One\"}")),
        (
            "dashboard-text-widget",
            replaced("\"multilineTextboxSpec\"", "\"spec\": {\"widgetType\": \"text\"}, \"multilineTextboxSpec\""),
        ),
        ("dashboard-joined-lines", replaced("\"One\\n\"", "\"One\"")),
        // encodings of a value
        (
            "dashboard-counter-color",
            chart(
                "counter",
                2,
                &["SUM(`amount`)"],
                r##""value": {"fieldName": "SUM(amount)", "color": {"default": "#f00"}}"##,
            ),
        ),
        ("dashboard-color-object", replaced("\"color\": \"#00A972\"", "\"color\": {\"hex\": \"#00A972\"}")),
        (
            "dashboard-color-object",
            replaced(
                "\"color\": \"#00A972\"",
                "\"color\": {\"themeColorType\": \"visualizationColors\", \"position\": 2}",
            ),
        ),
        ("dashboard-annotation", replaced("vertical-line", "horizontal-band")),
        ("dashboard-annotation", replaced("\"dataValue\": \"EMEA\"", "\"dataValue\": 7")),
        ("dashboard-annotation", replaced("\"dataType\": \"STRING\"}}}]", "\"dataType\": \"NUMBER\"}}}]")),
        // queries of widgets
        (
            "dashboard-expression",
            chart(
                "bar",
                3,
                &["`region`", "SUM(CAST(`amount` AS INT))"],
                r#""x": {"fieldName": "region"}, "y": {"fieldName": "SUM(CAST(amount AS INT))"}"#,
            ),
        ),
        (
            "dashboard-expression",
            chart(
                "bar",
                3,
                &["`region`", "SUM(`amount`) / 2"],
                r#""x": {"fieldName": "region"}, "y": {"fieldName": "SUM(amount) / 2"}"#,
            ),
        ),
        (
            "dashboard-expression",
            replaced(
                "\"disaggregated\": false, \"fields\"",
                "\"disaggregated\": false, \"filters\": [\"`region` = 'x'\"], \"fields\"",
            ),
        ),
        (
            "dashboard-expression",
            replaced("{\"name\": \"region\", \"expression\": \"`region`\"}", "{\"name\": \"region\"}"),
        ),
        ("dashboard-expression", chart("table", 2, &["COUNT_IF(`associative_filter_predicate_group`)"], "")),
        ("dashboard-expression", chart("table", 2, &[""], "")),
        ("dashboard-expression", chart("table", 2, &["SUM(`amount`"], "")),
        ("dashboard-expression", chart("table", 2, &["SUM(`amount)"], "")),
        ("dashboard-expression", chart("table", 2, &["SUM()"], "")),
        ("dashboard-expression", chart("table", 2, &["SUMM(`amount`)"], "")),
        ("dashboard-aggregation", as_rows(&["`region`", "SUM(`amount`)"])),
        ("dashboard-aggregation", as_rows(&["`Rate`", "`day`"])),
        ("dashboard-field-type", replaced("SUM(`amount`)", "SUM(`region`)")),
        ("dashboard-unknown-column", replaced("SUM(`amount`)", "SUM(`amout`)")),
        (
            "dashboard-unknown-column",
            replaced(
                "\"disaggregated\": false, \"fields\"",
                "\"disaggregated\": false, \"filters\": [{\"expression\": \"`regions` = 'x'\"}], \"fields\"",
            ),
        ),
        (
            "dashboard-unknown-column",
            replaced(
                "\"disaggregated\": false, \"fields\"",
                "\"disaggregated\": false, \"orders\": [{\"expression\": \"SUM(`amout`)\"}], \"fields\"",
            ),
        ),
        ("dashboard-measure", chart("counter", 2, &["MEASURE(`Rat`)"], r#""value": {"fieldName": "MEASURE(Rat)"}"#)),
        (
            "dashboard-measure",
            with(
                "w",
                r#""disaggregated": true, "fields": [{"name": "r", "expression": "MEASURE(`Rate`)"}]"#,
                r#"{"version": 2, "widgetType": "counter", "encodings": {"value": {"fieldName": "r"}}}"#,
            ),
        ),
        (
            "dashboard-impossible-literal",
            replaced(
                "\"disaggregated\": false, \"fields\"",
                "\"disaggregated\": false, \"filters\": [{\"expression\": \"`good` = 'maybe'\"}], \"fields\"",
            ),
        ),
        // filters
        (
            "dashboard-filter",
            replaced("\"disaggregated\": false, \"parameters\"", "\"disaggregated\": true, \"parameters\""),
        ),
        (
            "dashboard-filter",
            chart(
                "filter-date-picker",
                2,
                &["`region`"],
                r#""fields": [{"fieldName": "region", "queryName": "main_query"}]"#,
            ),
        ),
        (
            "dashboard-filter",
            chart(
                "range-slider",
                2,
                &["`amount`"],
                r#""fields": [{"fieldName": "amount", "queryName": "main_query"}]"#,
            ),
        ),
        (
            "dashboard-filter",
            chart(
                "range-slider",
                2,
                &["MIN(`region`)", "MAX(`region`)"],
                r#""fields": [{"fieldName": "region", "queryName": "main_query"}]"#,
            ),
        ),
        // custom charts
        ("dashboard-custom-viz", custom(true, "", DATA, VEGA_OF_REGION)),
        ("dashboard-custom-viz", custom(true, LISTED, "", VEGA)),
        ("dashboard-custom-viz", custom(true, LISTED, r#", "data": {"queryName": "other"}"#, VEGA)),
        ("dashboard-custom-viz", custom(false, LISTED, DATA, VEGA)),
        ("dashboard-custom-viz", custom(true, LISTED, DATA, r#"{"type": "vega", "spec": "{}"}"#)),
        ("dashboard-custom-viz", custom(true, LISTED, DATA, r#"{"type": "vega-lite", "spec": {"mark": "bar"}}"#)),
        ("dashboard-custom-viz", custom(true, LISTED, DATA, r#"{"type": "vega-lite", "spec": "{mark"}"#)),
        (
            "dashboard-custom-viz",
            custom(
                true,
                LISTED,
                DATA,
                r#"{"type": "vega-lite", "spec": "{\"data\": {\"name\": \"databricks_query\"}}"}"#,
            ),
        ),
        (
            "dashboard-custom-viz",
            custom(true, LISTED, DATA, r#"{"type": "vega-lite", "spec": "{\"data\": {\"name\": \"source\"}}"}"#),
        ),
        (
            "dashboard-custom-viz",
            custom(
                true,
                LISTED,
                DATA,
                r#"{"type": "vega-lite", "spec": "{\"data\": {\"url\": \"https://e.com/x\"}, \"d\": {\"name\": \"databricks_query\"}}"}"#,
            ),
        ),
        (
            "dashboard-custom-viz",
            custom(
                true,
                LISTED,
                DATA,
                r#"{"type": "vega-lite", "spec": "{\"data\": {\"name\": \"databricks_query\"}, \"params\": [{\"name\": \"databricks_mark_selection\", \"select\": \"point\"}], \"layer\": []}"}"#,
            ),
        ),
    ];
    // an encoding that each type needs
    for (kind, version, encodings) in [
        ("bar", 3, only_x),
        ("line", 3, only_x),
        ("area", 3, only_x),
        ("scatter", 3, only_x),
        ("pie", 3, r#""angle": {"fieldName": "SUM(amount)"}"#),
        ("counter", 2, ""),
        ("histogram", 3, ""),
        ("heatmap", 3, xy),
        ("combo", 1, only_x),
        ("forecast-line", 1, r#""x": {"fieldName": "region"}, "y": {"original": {"fieldName": "SUM(amount)"}}"#),
        ("choropleth-map", 1, r#""color": {"fieldName": "SUM(amount)"}"#),
        ("symbol-map", 2, r#""color": {"fieldName": "region"}"#),
        ("sankey", 1, r#""value": {"fieldName": "SUM(amount)"}"#),
        ("funnel", 1, only_x),
        ("waterfall", 1, only_x),
        ("box", 1, only_x),
        ("pivot", 3, r#""cell": {"fieldName": "SUM(amount)"}"#),
        ("pivot", 4, r#""rows": {"fields": [{"fieldName": "region"}]}, "cell": {"fieldName": "SUM(amount)"}"#),
        ("pivot", 3, r#""rows": [{"fieldName": "region"}], "cells": {"fields": [{"fieldName": "SUM(amount)"}]}"#),
        ("path-map", 1, r#""color": {"fieldName": "region"}"#),
        (
            "path-map",
            1,
            r#""path": {"pathType": "longitude-latitude-sequence", "latitude": {"fieldName": "region"}, "order": {"fieldName": "region"}}"#,
        ),
        ("path-map", 1, r#""path": {"pathType": "geometry", "order": {"fieldName": "region"}}"#),
        ("filter-multi-select", 2, ""),
    ] {
        seeds.push((missing, chart(kind, version, both, encodings)));
    }
    seeds
}

#[test]
fn a_clean_dashboard_has_no_findings() {
    let clean = BASE.replace("WIDGETS", "");
    assert_eq!(lint("a", clean.as_bytes(), SETTINGS, None), []);
    assert_eq!(fixed(&clean, SETTINGS), (clean.clone(), 0));
    for good in [
        custom(true, LISTED, DATA, VEGA),
        chart("box", 3, &["`region`", "`amount`"], r#""x": {"fieldName": "region"}, "y": {"fieldName": "amount"}"#),
    ] {
        assert_eq!(lint("a", good.as_bytes(), SETTINGS, None), [], "{good}");
    }
}

#[test]
fn what_the_editor_writes_has_no_findings() {
    let both: &[&str] = &["`region`", "SUM(`amount`)"];
    let pivot = r#""rows": {"fields": [{"fieldName": "region"}]}, "columns": {"fields": []},
        "cells": {"fields": [{"fieldName": "SUM(amount)", "cellType": "text"}], "displayAs": "rows"}"#;
    let path =
        r#""path": {"pathType": "geometry-point-sequence", "fieldName": "region", "order": {"fieldName": "region"}}"#;
    let line = r#""path": {"pathType": "longitude-latitude-sequence", "latitude": {"fieldName": "region"},
        "longitude": {"fieldName": "region"}, "order": {"fieldName": "region"}}"#;
    let hover =
        r#"{"type": "vega-lite", "spec": "{\"data\": {\"name\": \"databricks_query\"}, \"layer\": [{\"mark\": \"bar\",
        \"params\": [{\"name\": \"hover\", \"select\": \"point\"}]}]}"}"#
            .replace('\n', " ");
    for good in [
        chart("pivot", 4, both, pivot),
        chart("path-map", 1, &["`region`"], path),
        chart("path-map", 1, &["`region`"], line),
        custom(true, LISTED, DATA, &hover),
        custom(true, "", DATA, VEGA),
        with_default("DATE", r#"{"values": {"values": [{"value": "now-7d/d"}]}}"#),
        with_default("DATE", r#"{"values": {"values": [{"value": ""}]}}"#),
        with_default(
            "DATETIME",
            r#"{"range": {"min": {"value": "2026-01-31T08:00:00.000"}, "max": {"value": "now"}}}"#,
        ),
        with_default("DECIMAL", r#"{"values": {"values": [{"value": "-1.5"}]}}"#),
        as_rows(&["`region`", "`amount`"]),
        as_rows(&["SUM(`amount`)", "COUNT(`*`)"]),
        replaced(
            "\"disaggregated\": false, \"fields\"",
            "\"disaggregated\": false, \"orders\": [{\"expression\": \"`sum(amount)`\"}, {\"expression\": \"`day`\"}], \"fields\"",
        ),
    ] {
        let found = lint("a", good.replace("WIDGETS", "").as_bytes(), SETTINGS, None);
        assert_eq!(found, [], "{good}");
    }
}

#[test]
fn a_version_that_is_not_known_yet_is_not_changed() {
    let both: &[&str] = &["`region`", "SUM(`amount`)"];
    let xy = r#""x": {"fieldName": "region"}, "y": {"fieldName": "SUM(amount)"}"#;
    for (kind, version, encodings) in [("pivot", 5, r#""grid": {}"#), ("bar", 4, ""), ("counter", 3, "")] {
        let text = chart(kind, version, both, encodings);
        let found = lint("a", text.as_bytes(), SETTINGS, None);
        let codes: Vec<_> = found.iter().map(|d| (d.code, d.severity)).collect();
        assert_eq!(codes, [("dashboard-widget-version", Severity::Warning)], "{kind}");
        assert_eq!(fixed(&text, SETTINGS), (text.clone(), 0), "{kind}");
    }
    let (raised, count) = fixed(&chart("bar", 2, both, xy), SETTINGS);
    assert_eq!(
        (
            raised.contains(
                "\"version\": 3, \"widgetType\": \"bar\", \"encodings\": {\"x\": {\"fieldName\": \"region\"}"
            ),
            count
        ),
        (true, 1)
    );
    let cells = r#""rows": {"fields": [{"fieldName": "region"}]}, "cells": {"fields": [{"fieldName": "SUM(amount)"}]}"#;
    let (raised, _) = fixed(&chart("pivot", 2, both, cells), SETTINGS);
    assert!(raised.contains("\"version\": 4"), "the version follows what the widget has");
}

#[test]
fn a_filter_that_is_not_bound_yet_is_a_warning() {
    for encodings in ["{}", "{\"fields\": []}"] {
        let widget = format!(
            r#",{{"widget": {{"name": "new", "spec": {{"version": 2, "widgetType": "filter-multi-select", "encodings": {encodings}}}}},
             "position": {{"x": 0, "y": 3, "width": 2, "height": 1}}}}"#
        );
        let found = lint("a", BASE.replace("WIDGETS", &widget).as_bytes(), SETTINGS, None);
        let codes: Vec<_> = found.iter().map(|d| (d.code, d.severity)).collect();
        assert_eq!(codes, [("dashboard-missing-encoding", Severity::Warning)]);
    }
}

/// A dashboard with one metric view of its own and a counter over it.
fn local_view(source: &str, expression: &str) -> String {
    format!(
        r#"{{"datasets": [{{"name": "stores", "config": {{"version": 1.1, "source": "{source}",
  "dimensions": [{{"name": "city", "expr": "source.town"}}, {{"name": "year", "expr": "YEAR(opened)"}}],
  "measures": [{{"name": "total_stores", "expr": "COUNT(*)"}}]}}}}],
"pages": [{{"name": "p", "pageType": "PAGE_TYPE_CANVAS", "layout": [{{"widget": {{"name": "w", "queries": [{{"name": "main_query",
  "query": {{"datasetName": "stores", "disaggregated": false, "fields": [{{"name": "v", "expression": "{expression}"}}]}}}}],
  "spec": {{"version": 2, "widgetType": "counter", "encodings": {{"value": {{"fieldName": "v"}}}}}}}},
  "position": {{"x": 0, "y": 0, "width": 2, "height": 2}}}}]}}]}}"#
    )
}

#[test]
fn a_metric_view_of_the_dashboard_is_a_dataset() {
    let contract = serde_json::from_str(
        r#"{"tables": {"stores": {"columns": {"town": {"type": "STRING"}, "opened": {"type": "DATE"}}}}}"#,
    )
    .expect("a contract");
    let codes = |source: &str, expression: &str| -> Vec<(&'static str, String)> {
        let text = local_view(source, expression);
        let found = lint("a", text.as_bytes(), LintSettings::default(), Some(&contract));
        found.iter().map(|d| (d.code, text[d.labels[0].place.span.clone()].to_owned())).collect()
    };
    for source in
        ["stores", "shop.stores", "SELECT town, opened FROM stores", "WITH a AS (SELECT * FROM stores) SELECT * FROM a"]
    {
        assert_eq!(codes(source, "MEASURE(`total_stores`)"), [], "{source}");
        assert_eq!(codes(source, "`city`"), [], "{source}");
    }
    let one = |code: &'static str, place: &str| vec![(code, place.to_owned())];
    assert_eq!(codes("stores", "MEASURE(`total_store`)")[0].0, "dashboard-measure");
    assert_eq!(codes("stores", "`total_stores`"), one("dashboard-measure", "`total_stores`"));
    assert_eq!(codes("stores", "`town`"), one("dashboard-unknown-column", "`town`"));
    assert_eq!(codes("store", "`city`"), one("dashboard-unknown-table", "store"));
    assert_eq!(codes("SELECT town, open FROM stores", "`city`")[0], ("dashboard-unknown-column", "open".to_owned()));
    assert_eq!(codes("SELECT town FROM stores", "`city`"), one("dashboard-unknown-column", "opened"));
    let text = local_view("stores", "MEASURE(`total_store`)");
    let found = lint("a", text.as_bytes(), LintSettings::default(), None);
    assert!(found.iter().any(|d| d.hints.iter().any(|h| h.contains("total_stores"))), "{found:?}");
}

#[test]
fn seeded_faults_are_found() {
    let seeds = seeds();
    assert!(seeds.len() >= 80, "{}", seeds.len());
    let missed: Vec<String> = seeds
        .iter()
        .filter(|(code, text)| !lint("a", text.as_bytes(), SETTINGS, None).iter().any(|d| d.code == *code))
        .map(|(code, text)| {
            format!(
                "{code}: {:?}",
                lint("a", text.as_bytes(), SETTINGS, None).iter().map(|d| d.code).collect::<Vec<_>>()
            )
        })
        .collect();
    assert!(missed.len() * 20 <= seeds.len(), "{} of {} missed: {missed:#?}", missed.len(), seeds.len());
    assert_eq!(missed, [] as [String; 0], "known to be missed: none");
}

#[test]
fn corrections_remove_their_finding_and_read_back() {
    let mut corrected = 0;
    for (code, text) in seeds() {
        let (after, count) = fixed(&text, SETTINGS);
        if count == 0 {
            assert_eq!(after, text);
            continue;
        }
        corrected += 1;
        let codes: Vec<_> = lint("a", after.as_bytes(), SETTINGS, None).iter().map(|d| d.code).collect();
        assert!(!codes.contains(&"dashboard-not-json"), "{code}: {after}");
        let before = lint("a", text.as_bytes(), SETTINGS, None).len();
        assert!(codes.len() < before, "{code}: {before} findings, then {codes:?}");
        assert_eq!(fixed(&after, SETTINGS).1, 0, "{code}: a second run changes nothing");
    }
    assert!(corrected >= 12, "{corrected}");
}

#[test]
fn elsewhere_only_what_stays_blank_is_an_error() {
    let errors = |text: &str| {
        let found = super::lint_elsewhere("a", text.as_bytes());
        found.iter().filter(|d| d.severity == Severity::Error).map(|d| d.code).collect::<Vec<_>>()
    };
    for text in [
        replaced("FROM sales", "FROM dev.x.sales"),
        replaced("  \"USE SCHEMA IDENTIFIER(:schema);\\n\",\n", ""),
        replaced("{\"x\": 6, \"y\": 1", "{\"x\": 5, \"y\": 1"),
        replaced("\"name\": \"note\"", "\"name\": \"bars\""),
    ] {
        assert_eq!(errors(&text), [""; 0], "{text}");
    }
    assert_eq!(errors(&replaced("SUM(`amount`)", "SUM(`amout`)")), ["dashboard-unknown-column"]);
    assert_eq!(errors("[1]"), ["dashboard-shape"]);
}
