//! SQL statements as a client of the warehouse sees them.

use serde_json::{Value, json};

use super::Lab;

#[test]
fn engine_values_errors_names_and_parameters_are_as_in_a_real_workspace() {
    let lab = Lab::new();
    let answer = lab.statement(
        "SELECT 1.50BD AS d, DATE'2024-02-29' AS day, TIMESTAMP'2024-01-01 01:02:03.5' AS at, array(1, NULL) AS a, \
         named_struct('x', 1, 'y', 'z') AS s, map('k', 2L) AS m, CAST(NULL AS STRING) AS n, true AS b, 9007199254740993 AS big, \
         CAST('NaN' AS DOUBLE) AS nan",
    );
    assert_eq!(
        answer["result"]["data_array"][0],
        json!([
            "1.50",
            "2024-02-29",
            "2024-01-01T01:02:03.500Z",
            "[1,null]",
            "{\"x\":1,\"y\":\"z\"}",
            "{\"k\":2}",
            null,
            "true",
            "9007199254740993",
            "NaN"
        ])
    );
    let types: Vec<&Value> =
        answer["manifest"]["schema"]["columns"].as_array().expect("columns").iter().map(|c| &c["type_name"]).collect();
    assert_eq!(
        types,
        ["DECIMAL", "DATE", "TIMESTAMP", "ARRAY", "STRUCT", "MAP", "STRING", "BOOLEAN", "LONG", "DOUBLE"]
    );

    let refused = |sql: &str| lab.statement(sql)["status"]["error"]["message"].as_str().unwrap_or_default().to_owned();
    assert!(
        refused("SELECT * FROM main.default.nothing")
            .contains("[TABLE_OR_VIEW_NOT_FOUND] there is no table or view `main.default.nothing`")
    );
    assert!(refused("USE CATALOG nowhere").starts_with("[CATALOG_NOT_FOUND]"));
    assert!(refused("USE SCHEMA main.nowhere").starts_with("[SCHEMA_NOT_FOUND]"));
    assert!(refused("SELEC 1").starts_with("[PARSE_SYNTAX_ERROR]"));
    assert!(
        refused("CREATE VIEW main.default.v AS SELECT * FROM main.default.nothing")
            .starts_with("[TABLE_OR_VIEW_NOT_FOUND]")
    );
    assert!(!refused("SELECT ai_query('m', 1/0)").contains("Traceback"));

    // names do not know case, and a replaced table may have other columns
    lab.sql("CREATE TABLE main.default.Mixed AS SELECT 1 AS a");
    lab.sql("CREATE OR REPLACE TABLE main.DEFAULT.mixed AS SELECT a, 'it''s' AS b, a + 1 AS c FROM Main.Default.MIXED");
    assert_eq!(lab.sql("SELECT Mixed.c FROM main.default.Mixed"), [[json!("2")]]);
    assert_eq!(lab.sql("SHOW COLUMNS IN main.default.mixed"), [[json!("a")], [json!("b")], [json!("c")]]);
    lab.sql("INSERT OVERWRITE main.default.mixed SELECT 5, 'x', 6");
    assert_eq!(lab.sql("SELECT c FROM main.default.mixed"), [[json!("6")]]);
    assert!(refused("CREATE TABLE main.default.mixed AS SELECT 1 AS a").starts_with("[TABLE_OR_VIEW_ALREADY_EXISTS]"));

    let body = json!({"warehouse_id": lab.workspace.record["warehouse_id"], "wait_timeout": "50s",
        "statement": "SELECT :text, :n + 1, ':text', array(1)[0]::STRING FROM IDENTIFIER(:t) -- :nothing",
        "parameters": [{"name": "text", "value": "it's \\ :n"}, {"name": "n", "value": "41", "type": "INT"}, {"name": "t", "value": "main.default.mixed"}]});
    let answer = lab.post("/api/2.0/sql/statements", &body);
    assert_eq!(answer["result"]["data_array"], json!([["it's \\ :n", "42", ":text", "1"]]), "{answer}");
}

#[test]
fn engine_statements_reach_tables_only() {
    let lab = Lab::new();
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret.txt");
    std::fs::write(&secret, "hush").expect("a file");
    let path = secret.display();
    lab.sql("CREATE TABLE main.default.t AS SELECT 1 AS a");
    for sql in [
        format!("SELECT * FROM text.`{path}`"),
        format!("SELECT a, (SELECT max(value) FROM TEXT.`{path}`) FROM main.default.t"),
        format!("WITH c AS (SELECT * FROM `csv`.`{path}`) SELECT * FROM c"),
        format!("SELECT 1 -- x\rUNION ALL SELECT * FROM text.`{path}`"),
        format!("SELECT * FROM IDENTIFIER('text.`{path}`')"),
        format!("SELECT * FROM IDENTIFIER(concat('text.`', '{path}`'))"),
        format!("SELECT r'\\', ' FROM text.`{path}` --'; SELECT * FROM text.`{path}`"),
        format!("MERGE INTO main.default.t USING text.`{path}` AS s ON true WHEN MATCHED THEN DELETE"),
        format!("CREATE OR REPLACE TEMPORARY VIEW v AS SELECT * FROM text.`{path}`"),
        format!("INSERT OVERWRITE DIRECTORY '{}' USING csv SELECT 1", folder.path().display()),
        format!("CREATE EXTERNAL TABLE main.default.e (value STRING) LOCATION '{path}'"),
        format!("CREATE TABLE main.default.e (value STRING) USING delta OPTIONS (path '{path}')"),
    ] {
        let answer = lab.statement(&sql);
        let message = answer["status"]["error"]["message"].as_str().unwrap_or_default();
        assert!(message.starts_with("[UNSUPPORTED_FEATURE]"), "{sql}: {answer}");
    }
    let message =
        lab.statement(&format!("SELECT r 'a\\' FROM text.`{path}` --'"))["status"]["error"]["message"].clone();
    assert!(message.as_str().is_some_and(|m| m.starts_with("[PARSE_SYNTAX_ERROR]")), "{message}");
    assert_eq!(std::fs::read_to_string(&secret).expect("it is still there"), "hush");
    // what the reader takes for a comment or a string is one for the engine too
    let hidden = format!("SELECT count(*) FROM main.default.t -- \\\n UNION ALL SELECT 2 FROM text.`{path}`");
    assert_eq!(lab.sql(&hidden), [[json!("1")]]);
    assert_eq!(
        lab.sql("SELECT r'\\', ' FROM x --', 1 /*/ FROM y --*/"),
        [[json!("\\"), json!(" FROM x --"), json!("1")]]
    );
}

#[test]
fn engine_catalogs_and_schemas_are_the_same_for_sql_and_the_api() {
    let lab = Lab::new();
    lab.post("/api/2.1/unity-catalog/catalogs", &json!({"name": "home_made"}));
    lab.post("/api/2.1/unity-catalog/schemas", &json!({"name": "one", "catalog_name": "home_made"}));
    lab.sql("CREATE TABLE home_made.one.t (a INT COMMENT 'first', b ARRAY<STRING>) COMMENT 'all'");
    lab.sql("CREATE VIEW home_made.one.v AS SELECT a FROM home_made.one.t");
    lab.sql("CREATE SCHEMA home_made.two");
    let listed = lab.get("/api/2.1/unity-catalog/tables?catalog_name=home_made&schema_name=one");
    assert_eq!(listed["tables"][0]["full_name"], "home_made.one.t");
    assert_eq!(listed["tables"][0]["comment"], "all");
    let columns = &listed["tables"][0]["columns"];
    assert_eq!(
        (&columns[0]["comment"], &columns[1]["type_text"], &columns[1]["type_name"]),
        (&json!("first"), &json!("array<string>"), &json!("ARRAY"))
    );
    assert_eq!(listed["tables"][1]["table_type"], "VIEW");
    assert_eq!(lab.get("/api/2.1/unity-catalog/schemas/home_made.two")["name"], "two");
    assert_eq!(lab.get("/api/2.1/unity-catalog/tables/home_made.one.v")["columns"][0]["name"], "a");
    let columns = "SELECT column_name, data_type, comment FROM home_made.INFORMATION_SCHEMA.columns WHERE table_name = 't' ORDER BY ordinal_position";
    assert_eq!(
        lab.sql(columns),
        [[json!("a"), json!("INT"), json!("first")], [json!("b"), json!("ARRAY"), json!(null)]]
    );
    assert_eq!(lab.number("SELECT count(*) FROM home_made.information_schema.views"), 1);
    assert_eq!(lab.number("SELECT count(*) FROM main.information_schema.tables"), 0);
    assert_eq!(lab.call("DELETE", "/api/2.1/unity-catalog/schemas/home_made.one", "")["error_code"], "INVALID_STATE");
    lab.sql("DROP SCHEMA home_made.one CASCADE");
    assert_eq!(lab.get("/api/2.1/unity-catalog/schemas/home_made.one")["error_code"], "SCHEMA_DOES_NOT_EXIST");
    lab.call("DELETE", "/api/2.1/unity-catalog/catalogs/home_made?force=true", "");
    assert!(
        lab.statement("SELECT * FROM home_made.one.t")["status"]["error"]["message"]
            .as_str()
            .expect("refused")
            .contains("TABLE_OR_VIEW_NOT_FOUND")
    );

    // models answer clients too
    let chat = json!({"messages": [{"role": "user", "content": "The plan is agreed."}]});
    let answer = lab.post("/serving-endpoints/databricks-claude-sonnet-4-6/invocations", &chat);
    assert_eq!(answer["choices"][0]["message"]["content"], "The plan is agreed.");
    assert_eq!(lab.gateway()["functions"]["chat"]["asked"], 1);
    assert_eq!(lab.post("/serving-endpoints/nobody/invocations", &chat)["error_code"], "RESOURCE_DOES_NOT_EXIST");
}

#[test]
fn engine_changes_of_one_table_at_the_same_time_all_count() {
    let lab = Lab::new();
    lab.sql("CREATE TABLE main.default.t (a INT, b INT) TBLPROPERTIES ('team' = 'sales')");
    lab.sql("INSERT INTO main.default.t VALUES (0, 0)");
    std::thread::scope(|scope| {
        for n in 1..=3 {
            let lab = &lab;
            scope.spawn(move || {
                for _ in 0..4 {
                    lab.sql(&format!("INSERT INTO main.default.t VALUES ({n}, 0)"));
                    lab.sql("MERGE INTO main.default.t AS t USING (SELECT 0 AS a) AS s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = t.b + 1");
                }
            });
        }
    });
    assert_eq!(lab.sql("SELECT count(*), max(b) FROM main.default.t"), [[json!("13"), json!("12")]]);
}

#[test]
fn engine_a_failing_cell_is_reported_with_its_sql() {
    let lab = Lab::new();
    lab.project.edit(
        "templates/manager_summary.sql.j2",
        "count(*) AS usecase_count",
        "count(no_such_column) AS usecase_count",
    );
    lab.succeed(&["sample-data", "--rows", "3"]);
    let job = lab.deploy();
    let run = lab.finished(lab.start_run(job));
    assert_eq!(run["state"]["result_state"], "FAILED");
    let said = lab.errors(&run);
    assert!(
        said.contains("sales_manager_summary_view") && said.contains("count(no_such_column) AS usecase_count"),
        "{said}"
    );
    assert!(said.contains("no_such_column") && !said.contains("Traceback"), "{said}");
}
