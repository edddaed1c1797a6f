//! `piq query` on the engine: results as table, CSV and JSON; errors at their line and column of the user's text.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{Lab, command};
use crate::kit::{text, whole};

impl Lab {
    fn query(&self, args: &[&str]) -> String {
        whole(&self.piq(&[&["query", "-t", "local"], args].concat()))
    }
}

#[test]
fn engine_query_prints_results_and_refuses_what_is_not_one_reading_statement() {
    let lab = Lab::with_sample(3);
    const SQL: &str = r"SELECT 12 AS n, 1.50 AS d, 'it\'s; x' AS t, NULL AS x, array(1, 2) AS a, DATE '2026-03-02' AS day,
        true AS b";
    let commands: [&[&str]; 9] = [
        &[SQL],
        &[SQL, "-o", "csv"],
        &["SELECT usecase_id FROM main.gtm_silver.use_case_detail ORDER BY 1", "--limit", "2"],
        &["DELETE FROM main.gtm_silver.use_case_detail"],
        &["SELCT 1"],
        &["SELECT 1;\nSELECT 2"],
        &["SELECT 'a"],
        &["SELECT :n, :m", "--param", "n=1"],
        &["SELECT :amount", "--param", "amount=1", "--param", "amuont=1"],
    ];
    let shown: Vec<String> = commands.iter().map(|args| format!("piq query {args:?}\n{}", lab.query(args))).collect();
    insta::assert_snapshot!("query", shown.join("\n"));

    let schema = std::fs::read_to_string(piq_testing::root().join("docs/schema/query.schema.json")).expect("a schema");
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).expect("JSON")).expect("a schema");
    let result: Value = serde_json::from_str(&lab.succeed(&["query", "-t", "local", "-o", "json", SQL])).expect("JSON");
    assert!(schema.is_valid(&result), "{result}");
    assert_eq!(
        result["rows"],
        json!([{"n": 12, "d": 1.5, "t": "it's; x", "x": null, "a": [1, 2], "day": "2026-03-02", "b": true}])
    );
    assert_eq!(result["columns"][0], json!({"name": "n", "type": "INT"}));

    // markers have types; a file and standard input are read as an argument is
    let typed = "SELECT usecase_id FROM main.gtm_silver.use_case_detail ORDER BY 1 LIMIT :n";
    lab.project.write("top.sql", &format!("-- the first\n{typed};\n"));
    let shown = lab.succeed(&["query", "-t", "local", "-f", "top.sql", "--param", "n:INT=1", "-o", "csv"]);
    assert_eq!(shown.lines().count(), 2, "{shown}");
    let mut piped = command(&lab.project, &["query", "-t", "local", "-o", "csv"]);
    let mut child = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("piq starts");
    child.stdin.take().expect("piped").write_all(b"SELECT 1 AS one").expect("written");
    assert_eq!(text(&child.wait_with_output().expect("ended").stdout), "one\n1\n");

    // a result of several chunks arrives whole
    let long = "SELECT x.id AS id FROM range(25000) AS x ORDER BY id";
    let long = lab.succeed(&["query", "-t", "local", "-o", "csv", long]);
    assert_eq!((long.lines().count(), long.lines().last()), (25_001, Some("24999")));

    // writing is allowed where it is asked for
    let make = "CREATE TABLE main.gtm_silver.mine USING DELTA AS SELECT 1 AS a";
    assert!(!lab.piq(&["query", "-t", "local", make]).status.success());
    lab.succeed(&["query", "-t", "local", "--write", make]);
    assert_eq!(lab.number("SELECT count(*) FROM main.gtm_silver.mine"), 1);
}

#[test]
fn engine_query_shows_each_error_at_its_place_in_plain_words() {
    let lab = Lab::with_sample(1);
    const FROM: &str = "FROM main.gtm_silver.use_case_detail";
    for (sql, line, column, said) in [
        (format!("SELECT usecase_id,\n  t.colour {FROM} t"), 2, 3, "cannot find the column `t.colour`"),
        (
            format!("SELECT usecase_id\n{FROM} a JOIN main.gtm_silver.use_case_detail b ON a.stage = b.stage"),
            1,
            8,
            "several tables",
        ),
        ("SELECT 1\nFROM nowhere".to_owned(), 2, 6, "there is no table or view"),
        ("SELECT 'é',, x FROM y".to_owned(), 1, 12, "syntax error at or near ','"),
        ("SELECT a FROM (SELECT 1 AS a)\nWHERE a = = 2".to_owned(), 2, 11, "syntax error at or near '='"),
        ("SELECT CASE WHEN true THEN 2".to_owned(), 1, 28, "the statement ends too early"),
        ("SELECT 1,\n  1 / 0".to_owned(), 2, 5, "division by zero"),
        ("SELECT 1, CAST(x AS INT) FROM VALUES ('1'), ('z9') AS t(x)".to_owned(), 1, 46, "cannot cast 'z9' to INT"),
        (format!("SELECT 1, CAST(usecase_id AS INT) {FROM}"), 1, 11, "cannot cast 'UC-000001' to INT"),
        ("SELECT 1, nofunc(1)".to_owned(), 1, 11, "unknown function `nofunc`"),
        (format!("SELECT count(*), usecase_id {FROM}"), 1, 1, "neither in GROUP BY nor in an aggregate function"),
    ] {
        let out = lab.piq(&["query", "-t", "local", "-o", "json", &sql]);
        let error: Value = serde_json::from_slice(&out.stderr).unwrap_or_else(|e| panic!("{e}: {}", text(&out.stderr)));
        assert_eq!(error["code"], "sql-refused", "{sql}: {error}");
        assert_eq!((&error["line"], &error["column"]), (&json!(line), &json!(column)), "{sql}: {error}");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains(said), "{sql}: {message}");
        for inner in ["ObjectName", "Identifier(", "Int32", "Utf8", "#0", "invalid argument"] {
            assert!(!message.contains(inner), "{sql}: {message}");
        }
    }
}
