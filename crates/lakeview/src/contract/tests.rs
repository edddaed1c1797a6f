//! Each kind of finding, and silence where the check cannot tell.

use piq_diagnostics::Diagnostic;

use super::Contract;
use crate::{LintSettings, lint};

/// What the contract alone finds.
fn check_contract(path: &str, bytes: &[u8], contract: &Contract) -> Vec<Diagnostic> {
    let codes = ["dashboard-unknown-table", "dashboard-unknown-column", "dashboard-impossible-literal"];
    let mut found = lint(path, bytes, LintSettings::default(), Some(contract));
    found.retain(|d| codes.contains(&d.code));
    found
}

fn contract() -> Contract {
    serde_json::from_str(
        r#"{"tables": {"uses": {"columns": {
            "id": {"type": "STRING"}, "region": {"type": "STRING", "allowed": ["EMEA", "AMER"]},
            "is_open": {"type": "BOOLEAN"}, "value": {"type": "DECIMAL(18,2)"}, "closes_on": {"type": "DATE"}}},
          "owners": {"columns": {"id": {"type": "STRING"}, "owner": {"type": "STRING"}}}}}"#,
    )
    .expect("a contract")
}

/// Findings of a dashboard with that query and widget field: code and the text at the place.
fn found(sql: &str, field: &str) -> Vec<(&'static str, String)> {
    let text = serde_json::json!({
        "datasets": [{"name": "d", "queryLines": ["USE CATALOG IDENTIFIER(:c);\n", "USE SCHEMA IDENTIFIER(:s);\n", sql]}],
        "pages": [{"layout": [{"widget": {"queries": [{"query": {"datasetName": "d",
            "fields": [{"name": "f", "expression": field}],
            "filters": [{"expression": "`region` IN ('EMEA')"}]}}]}}]}],
    })
    .to_string();
    let found = check_contract("a", text.as_bytes(), &contract());
    found.iter().map(|d| (d.code, text[d.labels[0].place.span.clone()].to_owned())).collect()
}

fn in_query(sql: &str) -> Vec<(&'static str, String)> {
    found(&format!("{sql} -- \n"), "1")
        .into_iter()
        // the filter of the widget is not what these tests are about
        .filter(|(code, text)| *code != "dashboard-unknown-column" || text != "`region`")
        .collect()
}

#[test]
fn columns_and_tables_that_nothing_creates() {
    let column = |name: &str| vec![("dashboard-unknown-column", name.to_owned())];
    assert_eq!(in_query("SELECT regio FROM uses"), column("regio"));
    assert_eq!(in_query("SELECT u.id, u.ovner FROM uses u JOIN owners o ON u.id = o.id"), column("ovner"));
    assert_eq!(in_query("WITH a AS (SELECT valu AS v FROM uses) SELECT v FROM a"), column("valu"));
    assert_eq!(in_query("SELECT id FROM use_"), [("dashboard-unknown-table", "use_".to_owned())]);
    assert_eq!(in_query("SELECT id FROM uses WHERE `is open`"), column("`is open`"));
}

#[test]
fn literals_that_a_column_never_holds() {
    let literal = |text: &str| vec![("dashboard-impossible-literal", text.to_owned())];
    assert_eq!(in_query("SELECT id FROM uses WHERE is_open = 'maybe'"), literal("'maybe'"));
    assert_eq!(in_query("SELECT id FROM uses WHERE is_open = 'yes' OR is_open IN ('N', '0')"), [], "Spark casts these");
    assert_eq!(in_query("SELECT id FROM uses WHERE region IN ('EMEA', 'APAC')"), literal("'APAC'"));
    assert_eq!(in_query("SELECT id FROM uses u WHERE u.region <> 'emea'"), literal("'emea'"));
    assert_eq!(in_query("SELECT id FROM uses WHERE 'x' = value"), literal("'x'"));
    assert_eq!(in_query("SELECT id FROM uses WHERE value = '10' AND is_open = 'TRUE' AND region = 'AMER'"), []);
}

#[test]
fn what_cannot_be_told_gives_no_finding() {
    for sql in [
        "WITH a (k, v) AS (SELECT id, max(value) FROM uses GROUP BY 1) SELECT k key, v total FROM a ORDER BY total DESC",
        "SELECT date_trunc('month', closes_on) m, count(*) n FROM uses GROUP BY ALL HAVING n > 1",
        "SELECT x FROM range(10) WHERE x = 'y'",
        "SELECT c.thing FROM other.catalog.things c, uses WHERE anything = 1",
        "SELECT filter(array(value), v -> v > 1) AS big, aggregate(array(1), 0, (acc, e) -> acc + e) s FROM uses",
        "SELECT CASE WHEN is_open THEN 'APAC' ELSE region END AS region FROM uses WHERE region || 'x' = 'APACx'",
        "SELECT lower(region) AS region FROM (SELECT region FROM uses) q WHERE region = 'emea'",
        "SELECT CAST(value AS INT) v, value::string w, closes_on + INTERVAL 3 DAYS d FROM uses WHERE region = :region",
        "SELECT id FROM uses UNION ALL SELECT id FROM owners",
        "SELECT sum(value) OVER (PARTITION BY region ORDER BY closes_on ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) r FROM uses",
    ] {
        assert_eq!(in_query(sql), [], "{sql}");
    }
}

#[test]
fn widgets_read_what_the_dataset_gives() {
    let unknown = |name: &str| vec![("dashboard-unknown-column", name.to_owned())];
    assert_eq!(found("SELECT * FROM uses", "SUM(`value`)"), []);
    assert_eq!(found("SELECT * FROM uses", "SUM(`valeu`)"), unknown("`valeu`"));
    assert_eq!(found("SELECT region, sum(value) AS total FROM uses GROUP BY 1", "SUM(`total`)"), []);
    assert_eq!(found("SELECT region FROM uses", "COUNT_IF(`associative_filter_predicate_group`)"), []);
    assert_eq!(found("SELECT region FROM uses", "`value`"), unknown("`value`"));
    assert_eq!(found("WITH a AS (SELECT region, id FROM uses) SELECT * FROM a", "`value`"), unknown("`value`"));
    assert_eq!(found("SELECT region, sum(value) FROM uses GROUP BY 1", "`sum(value)`"), [], "unnamed: cannot be told");
}

#[test]
fn a_name_after_an_operator_is_not_an_alias() {
    for list in [
        "-value",
        "value + id",
        "NOT is_open",
        "region || id",
        "value = id",
        "value DIV id",
        "value % id",
        "is_open AND value > 1",
    ] {
        let sql = format!("SELECT {list} FROM uses");
        assert_eq!(found(&sql, "`(any name)`"), [], "{sql}");
    }
    for list in [
        "-value shown",
        "(value) shown",
        "CASE WHEN is_open THEN 1 END shown",
        "'x' shown",
        "value + id AS shown",
        "split(id, ',')[0] shown",
    ] {
        let sql = format!("SELECT region, {list} FROM uses");
        assert_eq!(found(&sql, "`shown`"), [], "{sql}");
        assert_eq!(found(&sql, "`show`"), [("dashboard-unknown-column", "`show`".to_owned())], "{sql}");
    }
}

#[test]
fn columns_that_a_query_makes_of_values_or_steps_cannot_be_told() {
    for sql in [
        "SELECT * FROM (SELECT id, region FROM uses) PIVOT (count(id) FOR region IN ('EMEA', 'AMER'))",
        "SELECT * FROM (SELECT id, value FROM uses) UNPIVOT (amount FOR kind IN (value))",
        "SELECT region FROM uses |> EXTEND value * 2 AS double",
        "FROM uses |> AGGREGATE sum(value) AS total GROUP BY region",
        "SELECT id, region FROM uses UNION ALL BY NAME SELECT id, owner, 1 AS more FROM owners",
        "SELECT * FROM (SELECT id, region FROM uses) AS t (key, area)",
        "SELECT * FROM uses AS t (a, b, c, d, e)",
    ] {
        assert_eq!(found(sql, "`anything`"), [], "{sql}");
    }
    let listed = "WITH a (k, v) AS (SELECT id, region FROM uses) SELECT * FROM a";
    let unknown = |name: &str| ("dashboard-unknown-column", name.to_owned());
    assert_eq!(found(listed, "`k`"), [unknown("`region`")], "of the filter");
    assert_eq!(found(listed, "`id`"), [unknown("`id`"), unknown("`region`")]);
}

#[test]
fn a_statement_before_the_query_does_not_hide_its_columns() {
    let unknown = |name: &str| vec![("dashboard-unknown-column", name.to_owned())];
    for before in ["SET use_cached_result = false;", "USE CATALOG main;", "DECLARE least INT DEFAULT 3;"] {
        let sql = format!("{before} SELECT region, value FROM uses WHERE value > 1");
        assert_eq!(found(&sql, "SUM(`value`)"), [], "{sql}");
        assert_eq!(found(&sql, "SUM(`valeu`)"), unknown("`valeu`"), "{sql}");
    }
    let variable = "DECLARE least_value INT DEFAULT 3; SELECT region FROM uses WHERE value > least_value";
    assert_eq!(found(variable, "`region`"), []);
    assert_eq!(found("SET a = 1; SELECT region, valu FROM uses", "`region`"), unknown("valu"));
    assert_eq!(found("DROP TABLE t; SELECT region FROM uses", "`other`"), [], "not what Databricks runs there");
}

#[test]
fn an_entry_without_a_colour_changes_nothing() {
    let with = |mapping: &str, rule: &str| {
        let text = format!(
            r#"{{"datasets": [{{"name": "d", "query": "SELECT region FROM uses"}}], "pages": [{{"layout": [{{"widget": {{
            "queries": [{{"query": {{"datasetName": "d", "fields": [{{"name": "region", "expression": "`region`"}}]}}}}],
            "spec": {{"encodings": {{"x": {{"fieldName": "region", "scale": {{"mappings": [{mapping}]}},
            "cellFormat": {{"rules": [{rule}]}}}}}}}}}}}}]}}]}}"#
        );
        check_contract("a", text.as_bytes(), &contract()).len()
    };
    let rule = |color: &str| format!(r#"{{"if": {{"fn": "=", "column": "region", "literal": ""}}, "color": {color}}}"#);
    assert_eq!(with("", &rule("null")), 0);
    assert_eq!(with("", &rule("\"#00A972\"")), 1);
    assert_eq!(with(r#"{"value": "", "color": null}"#, ""), 0);
    assert_eq!(with(r##"{"value": "APAC", "color": "#00A972"}"##, ""), 1);
}

#[test]
fn public_dashboards_do_not_make_it_panic() {
    for path in piq_testing::public_dashboards() {
        let bytes = std::fs::read(&path).expect("a file");
        let found = check_contract(&path.to_string_lossy(), &bytes, &contract());
        assert!(found.iter().all(|d| !d.labels.is_empty()));
    }
}
