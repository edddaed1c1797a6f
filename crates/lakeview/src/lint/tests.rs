//! Each rule on a dashboard that breaks it.

use super::{LintSettings, check_names};
use piq_diagnostics::Severity;

fn lint(path: &str, bytes: &[u8]) -> Vec<piq_diagnostics::Diagnostic> {
    super::lint(path, bytes, LintSettings { use_head: true }, None)
}

/// A dashboard without findings.
const CLEAN: &str = r#"{
"datasets": [{"name": "d", "queryLines": [
  "USE CATALOG IDENTIFIER(:catalog);\n",
  "USE SCHEMA IDENTIFIER(:schema);\n",
  "SELECT owner, value FROM uses WHERE region = :region"],
  "parameters": [
   {"keyword": "catalog", "dataType": "STRING", "defaultSelection": {"values": {"values": [{"value": "main"}]}}},
   {"keyword": "schema", "dataType": "STRING", "defaultSelection": {"values": {"values": [{"value": "piq"}]}}},
   {"keyword": "region", "dataType": "STRING"}]}],
"pages": [{"name": "p", "pageType": "PAGE_TYPE_CANVAS", "layoutVersion": "GRID_V1", "layout": [
 {"widget": {"name": "w1", "queries": [{"name": "main", "query": {"datasetName": "d", "fields": [{"name": "sum", "expression": "SUM(`value`)"}]}}],
   "spec": {"version": 2, "widgetType": "counter", "encodings": {"value": {"fieldName": "sum"}}}},
  "position": {"x": 0, "y": 0, "width": 6, "height": 3}},
 {"widget": {"name": "w2", "queries": [{"name": "q", "query": {"datasetName": "d", "parameters": [{"name": "r", "keyword": "region"}]}}],
   "spec": {"version": 2, "widgetType": "filter-single-select", "encodings": {"fields": [{"parameterName": "r", "queryName": "q"}]}, "selection": {"defaultSelection": {"values": {}}}}},
  "position": {"x": 6, "y": 0, "width": 6, "height": 3}}]}]}
"#;

/// The findings after a replacement: code, and the text at the place.
fn after(from: &str, to: &str) -> Vec<(&'static str, String)> {
    assert!(CLEAN.contains(from), "{from}");
    let text = CLEAN.replacen(from, to, 1);
    let found = lint("a.lvdash.json", text.as_bytes());
    found.iter().map(|d| (d.code, text[d.labels[0].place.span.clone()].to_owned())).collect()
}

fn one(from: &str, to: &str) -> (&'static str, String) {
    let mut found = after(from, to);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn a_clean_dashboard_has_no_findings() {
    assert_eq!(lint("a", CLEAN.as_bytes()), []);
}

#[test]
fn the_head_is_required_in_order_and_of_plain_strings() {
    assert_eq!(after("USE SCHEMA IDENTIFIER(:schema);", "")[0], ("dashboard-use-head", "USE".to_owned()));
    let swapped = "\"USE CATALOG IDENTIFIER(:catalog);\\n\",\n  \"USE SCHEMA IDENTIFIER(:schema);\\n\"";
    let order = "\"USE SCHEMA IDENTIFIER(:schema);\\n\",\n  \"USE CATALOG IDENTIFIER(:catalog);\\n\"";
    assert_eq!(one(swapped, order), ("dashboard-use-head", "USE SCHEMA IDENTIFIER(:schema)".to_owned()));
    let number = "{\"keyword\": \"schema\", \"dataType\": \"DECIMAL\"";
    assert_eq!(one("{\"keyword\": \"schema\", \"dataType\": \"STRING\"", number).1, "\"DECIMAL\"");
    assert_eq!(one("[{\"value\": \"main\"}]", "[]"), ("dashboard-head-parameter", "[".to_owned()));
}

#[test]
fn a_dashboard_without_heads_is_told_once_and_a_dataset_without_one_each() {
    let bare = r#"{"datasets": [{"name": "a", "query": "SELECT 1"}, {"name": "b", "query": "SELECT 2"}]}"#;
    let found = lint("a.lvdash.json", bare.as_bytes());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.contains("none of the 2 queries"), "{}", found[0].message);
    let more = "\"datasets\": [{\"name\": \"e\", \"query\": \"SELECT 1\"}, ";
    assert_eq!(one("\"datasets\": [", more), ("dashboard-use-head", "SELECT".to_owned()));
}

#[test]
fn a_slider_names_the_column_whose_ends_it_asks_for() {
    let slider = |column: &str| {
        let text = format!(
            r#"{{"name": "w3", "queries": [{{"name": "q", "query": {{"datasetName": "d", "fields": [
              {{"name": "min(value)", "expression": "MIN(`value`)"}}, {{"name": "max(value)", "expression": "MAX(`value`)"}}]}}}}],
              "spec": {{"version": 2, "widgetType": "range-slider", "encodings": {{"fields": [{{"fieldName": "{column}", "queryName": "q"}}]}}}}}}"#
        );
        after(
            "\"pages\": [",
            &format!(
                "\"pages\": [{{\"name\": \"s\", \"pageType\": \"PAGE_TYPE_CANVAS\", \"layout\": [{{\"widget\": {text}, \"position\": {{\"x\": 0, \"y\": 0, \"width\": 1, \"height\": 1}}}}]}}, "
            ),
        )
    };
    assert_eq!(slider("value"), []);
    assert_eq!(slider("other"), [("dashboard-dangling-name", "\"other\"".to_owned())]);
}

#[test]
fn parameters_are_declared_and_used() {
    let found = after("= :region", "= :regio");
    let codes: Vec<_> = found.iter().map(|(code, text)| (*code, text.as_str())).collect();
    assert_eq!(codes, [("dashboard-undeclared-parameter", ":regio"), ("dashboard-unused-parameter", "\"region\"")]);
}

#[test]
fn one_statement_without_a_catalog_of_its_own() {
    assert_eq!(one("= :region", "= :region; SELECT 2"), ("dashboard-statements", "SELECT".to_owned()));
    assert_eq!(one("FROM uses", "FROM dev.x.uses"), ("dashboard-hard-coded-catalog", "dev".to_owned()));
    assert_eq!(after("FROM uses", "FROM dev.x.uses JOIN `DEV`.x.more").len(), 1, "one catalog, one finding");
    assert!(after("FROM uses", "FROM system.billing.usage").is_empty());
    assert!(after("= :region", "= :region;\\n-- the end").is_empty());
}

#[test]
fn names_lead_somewhere() {
    for (from, to, text) in [
        ("\"datasetName\": \"d\", \"fields\"", "\"datasetName\": \"e\", \"fields\"", "\"e\""),
        ("\"fieldName\": \"sum\"", "\"fieldName\": \"summ\"", "\"summ\""),
        ("\"queryName\": \"q\"", "\"queryName\": \"x\"", "\"x\""),
        ("\"parameterName\": \"r\"", "\"parameterName\": \"x\"", "\"x\""),
        ("\"name\": \"r\", \"keyword\": \"region\"", "\"name\": \"r\", \"keyword\": \"regions\"", "\"regions\""),
    ] {
        assert_eq!(one(from, to), ("dashboard-dangling-name", text.to_owned()));
    }
}

#[test]
fn versions_overrides_and_duplicates() {
    assert_eq!(
        one("\"version\": 2, \"widgetType\": \"counter\"", "\"version\": 3, \"widgetType\": \"counter\"").1,
        "3"
    );
    let schema = "\"name\": \"r\", \"keyword\": \"schema\"";
    assert_eq!(one("\"name\": \"r\", \"keyword\": \"region\"", schema).0, "dashboard-widget-override");
    let fixed = "\"parameterValues\": [{\"keyword\": \"catalog\"}], \"fields\"";
    assert_eq!(one("\"fields\": [{\"name\": \"sum\"", &format!("{fixed}: [{{\"name\": \"sum\"")).1, "\"catalog\"");
    assert_eq!(one("\"name\": \"w2\"", "\"name\": \"w1\""), ("dashboard-duplicate-name", "\"w1\"".to_owned()));
}

#[test]
fn the_grid_is_kept() {
    assert_eq!(one("{\"x\": 6, \"y\": 0", "{\"x\": 5, \"y\": 2").0, "dashboard-overlap");
    assert_eq!(one("{\"x\": 6, \"y\": 0", "{\"x\": 7, \"y\": 0").0, "dashboard-position");
    assert_eq!(one("\"layoutVersion\": \"GRID_V1\", ", "").0, "dashboard-position", "six columns");
    assert_eq!(one("{\"x\": 6, \"y\": 0", "{\"x\": 6.5, \"y\": 0").0, "dashboard-position");
    assert_eq!(one("\"width\": 6", "\"width\": 9223372036854775807").0, "dashboard-position");
}

#[test]
fn limits_are_counted() {
    let pages = format!(
        "\"pages\": [{}",
        (0..15).map(|i| format!("{{\"name\": \"p{i}\", \"pageType\": \"PAGE_TYPE_CANVAS\"}}, ")).collect::<String>()
    );
    assert_eq!(one("\"pages\": [", &pages).0, "dashboard-limit");
}

#[test]
fn a_locked_name_must_stay() {
    let files = ["piq_main.lvdash.json".to_owned(), "new.lvdash.json".to_owned()];
    let found = check_names("dashboards/names.lock", "# names\npiq_mains.lvdash.json # main\n", &files);
    let seen: Vec<_> = found.iter().map(|d| (d.code, d.severity, d.labels[0].place.line_column())).collect();
    assert_eq!(seen[0], ("dashboard-renamed", Severity::Error, (2, 1)));
    assert_eq!(seen.len(), 3);
    assert!(found[0].hints[0].contains("piq_main.lvdash.json"));
    assert_eq!(check_names("l", "piq_main.lvdash.json\r\nnew.lvdash.json", &files), []);
}

/// The public dashboards run on Databricks. In five of them widgets read what is no longer there (each seen to be so).
#[test]
fn public_dashboards_give_no_false_alarm() {
    let mut dangling = 0;
    let mut others = Vec::new();
    for path in piq_testing::public_dashboards() {
        let bytes = std::fs::read(&path).expect("a file");
        let mut found = super::lint(&path.to_string_lossy(), &bytes, LintSettings::default(), None);
        // a warning of their SQL would be as wrong: it runs
        found.retain(|d| d.severity == Severity::Error || d.code == "dashboard-sql");
        // columns that an edit of the query took away, and names that lead nowhere
        let stale = |d: &&piq_diagnostics::Diagnostic| {
            ["dashboard-dangling-name", "dashboard-unknown-column"].contains(&d.code)
        };
        dangling += usize::from(found.iter().any(|d| stale(&d)));
        others.extend(found.iter().filter(|d| !stale(d)).map(ToString::to_string));
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
    assert!(dangling <= 5, "{dangling}");
}
