use std::collections::BTreeMap;

use super::*;
use crate::engine::Parameter;

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, Parameter> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), Parameter::text(*v))).collect()
}

#[test]
fn markers_are_bound_but_not_in_strings_comments_casts_and_paths() {
    let sql = "SELECT :a, ':a', \":a\", x::INT, v:a, `:a` -- :a\n/* :a */ WHERE y=:b";
    let bound = bind(sql, &values(&[("a", "it's \\ \n"), ("b", "2")])).unwrap();
    assert_eq!(bound, "SELECT 'it\\'s \\\\ \\n', ':a', \":a\", x::INT, v:a, `:a` -- :a\n/* :a */ WHERE y='2'");
    assert_eq!(bind("SELECT :c", &values(&[])).unwrap_err().class, "UNBOUND_SQL_PARAMETER");
}

#[test]
fn identifiers_become_quoted_names() {
    let given = values(&[("c", "main"), ("t", "a.`b.c`.d"), ("odd", "my catalog")]);
    let bound = |sql| bind(sql, &given).unwrap();
    assert_eq!(bound("USE CATALOG IDENTIFIER(:c)"), "USE CATALOG `main`");
    assert_eq!(bound("SELECT * FROM IDENTIFIER( :t )"), "SELECT * FROM `a`.`b.c`.`d`");
    assert_eq!(bound("SELECT * FROM IDENTIFIER('a.b')"), "SELECT * FROM `a`.`b`");
    assert_eq!(bound("USE CATALOG IDENTIFIER(:odd)"), "USE CATALOG `my catalog`");
}

#[test]
fn typed_parameters_are_cast_and_types_are_checked() {
    let typed = |value: Option<&str>, kind: &str| {
        let parameter = Parameter { value: value.map(str::to_owned), type_text: Some(kind.into()) };
        bind("SELECT :x", &BTreeMap::from([("x".to_owned(), parameter)]))
    };
    assert_eq!(typed(Some("5"), "INT").unwrap(), "SELECT CAST('5' AS INT)");
    assert_eq!(typed(None, "DATE").unwrap(), "SELECT CAST(NULL AS DATE)");
    assert_eq!(typed(Some("5"), "INT) --").unwrap_err().class, "INVALID_PARAMETER_TYPE");
}

fn names(sql: &str) -> Vec<String> {
    references(sql).into_iter().map(|r| r.parts.join(".")).collect()
}

#[test]
fn relations_are_found_where_they_stand() {
    assert_eq!(
        names("SELECT a.x, (SELECT max(y) FROM S.T) FROM Cat.s.`A b` AS a, b JOIN c ON a.x = c.x WHERE a IN (1, 2)"),
        ["s.t", "cat.s.a b", "b", "c"]
    );
    assert_eq!(
        names("MERGE INTO t AS t USING (SELECT * FROM s) AS s ON t.a = s.a WHEN MATCHED THEN UPDATE SET a = s.a"),
        ["t", "s"]
    );
    assert_eq!(names("INSERT INTO t SELECT 1 FROM (VALUES (1)) AS v(a)"), ["t"]);
    assert_eq!(names("WITH c AS (SELECT * FROM t) SELECT * FROM c LEFT ANTI JOIN d"), ["t", "d"]);
    assert_eq!(names("SELECT * FROM (a JOIN b) LATERAL VIEW explode(x) e AS f"), ["a", "b"]);
    assert_eq!(names("SELECT * FROM range(3)"), Vec::<String>::new());
    assert_eq!(names("DELETE FROM t WHERE x = 'FROM y' -- FROM z"), ["t"]);
    assert_eq!(names("SELECT x FROM a UNION ALL SELECT y, z FROM b"), ["a", "b"]);
}

#[test]
fn statements_that_change_the_catalog_are_known() {
    let known = |sql: &str| command(sql).unwrap();
    assert_eq!(known("use catalog `My Cat`"), Command::UseCatalog("my cat".into()));
    assert_eq!(known("USE a.b"), Command::UseSchema(vec!["a".into(), "b".into()]));
    let sql = "CREATE OR REPLACE TABLE A.T USING DELTA AS SELECT 1 AS location";
    let Command::CreateTable(made) = known(sql) else { panic!("not a table") };
    assert_eq!((made.name.join("."), made.replace), ("a.t".into(), true));
    assert_eq!((&sql[..made.place.0], made.place.1), ("CREATE OR REPLACE TABLE A.T USING DELTA", ""));
    let sql = "CREATE TABLE IF NOT EXISTS t (a STRING COMMENT 'USING x') COMMENT 'c'";
    let Command::CreateTable(made) = known(sql) else { panic!("not a table") };
    assert!(made.if_not_exists);
    let wanted = "CREATE TABLE IF NOT EXISTS t (a STRING COMMENT 'USING x')";
    assert_eq!((&sql[..made.place.0], made.place.1), (wanted, " USING DELTA"));
    let sql = "CREATE TABLE t (a INT) TBLPROPERTIES ('x' = 'y') AS SELECT 1";
    let Command::CreateTable(made) = known(sql) else { panic!("not a table") };
    assert_eq!(made.properties.map(|at| &sql[at..]), Some("'x' = 'y') AS SELECT 1"));
    assert!(confined("CREATE TABLE t USING PARQUET AS SELECT 1").is_err());
    assert!(matches!(known("CREATE OR REPLACE TEMPORARY VIEW v AS SELECT 1"), Command::CreateTemporaryView(_)));
    assert!(matches!(known("-- remark\nCREATE VIEW v AS SELECT 1"), Command::CreateView(_)));
    assert_eq!(known("DESC TABLE EXTENDED s.t"), Command::Describe(vec!["s".into(), "t".into()]));
    assert_eq!(known("SELECT 1"), Command::Other);
}

#[test]
fn added_columns_are_found_within_a_script() {
    let sql = "BEGIN\n IF NOT EXISTS (SELECT 1) THEN\n  ALTER TABLE p ADD COLUMNS (a ARRAY<STRUCT<x: STRING, y: DECIMAL(5,2)>> COMMENT 'It\\'s, (new)', b INT);\n END IF;\nEND";
    let found = additions(sql, &BTreeMap::new()).unwrap();
    let [Command::AddColumns { table, columns }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(table, &["p"]);
    assert_eq!(columns[0].type_text, "ARRAY<STRUCT<x: STRING, y: DECIMAL(5,2)>>");
    assert_eq!(columns[0].comment.as_deref(), Some("It's, (new)"));
    assert_eq!((columns[1].name.as_str(), columns[1].type_text.as_str()), ("b", "INT"));
}

#[test]
fn a_schema_made_within_a_script_is_found_and_kept_if_it_exists() {
    let sql = "BEGIN\n IF NOT EXISTS (SELECT 1 FROM information_schema.schemata WHERE schema_name = lower(:schema)) THEN\n  CREATE SCHEMA IDENTIFIER(:schema);\n END IF;\nEND";
    let values = BTreeMap::from([("schema".to_owned(), Parameter::text("dana o'neil"))]);
    let made = Command::CreateSchema { name: vec!["dana o'neil".into()], if_not_exists: true };
    assert_eq!(additions(sql, &values).unwrap(), [made]);
    assert!(additions(sql, &BTreeMap::new()).is_err());
}
