//! Queries that Databricks SQL refuses, and those that it runs, with all checks of a query together.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Readable;
use super::shape::Shape;
use super::sql::query_faults;

fn readable() -> Readable {
    let set = |names: &str| -> BTreeSet<String> { names.split_whitespace().map(str::to_owned).collect() };
    let rows = "usecase_id account_name num_of_blockers target_live_date created_date stage sales_region dollars name \
                is_active_ind type evidence missing";
    let relations = BTreeMap::from([
        ("filtered_usecases".to_owned(), set(rows)),
        ("ref_stage".to_owned(), set("code rank name terminal")),
        ("piq_scope".to_owned(), set(rows)),
        ("piq_ai_calls".to_owned(), set("usecase_id status enrichment finished_at")),
    ]);
    let evidence = Shape::of_type("ARRAY<STRUCT<dimension: STRING, score: INT>>");
    Readable {
        relations,
        undeclared: set("vertical"),
        shapes: BTreeMap::from([("evidence".to_owned(), evidence)]),
        ..Readable::default()
    }
}

fn found(sql: &str) -> Vec<String> {
    query_faults(sql, &readable()).into_iter().map(|f| format!("{} {}", f.code, f.name)).collect()
}

#[test]
fn what_engines_refuse_is_found_once() {
    let rows = "FROM filtered_usecases";
    for (sql, expected) in [
        (format!("SELECT s.nope FROM (SELECT usecase_id, stage AS b {rows}) s"), "unknown-column nope"),
        (format!("SELECT stage FROM (SELECT usecase_id, count(*) AS n {rows} GROUP BY usecase_id) AS s"), "unknown-column stage"),
        (format!("SELECT a.nope FROM (WITH x AS (SELECT usecase_id {rows}) SELECT * FROM x) AS a"), "unknown-column nope"),
        (format!("WITH x AS (SELECT usecase_id AS k {rows}) SELECT usecase_id FROM x"), "unknown-column usecase_id"),
        (format!("WITH x AS (SELECT usecase_id AS k, 1 AS n {rows}) SELECT k FROM x WHERE x.m = 1"), "unknown-column m"),
        (format!("WITH x (k) AS (SELECT usecase_id {rows}) SELECT usecase_id FROM x"), "unknown-column usecase_id"),
        (format!("SELECT v.c FROM (SELECT 1 AS a) AS w CROSS JOIN (VALUES (1, 2)) AS v(a, b) {}", ""), "unknown-column c"),
        (format!("SELECT usecase_id {rows} WHERE stage IN (SELECT cod FROM ref_stage)"), "unknown-column cod"),
        (format!("SELECT u.usecase_id, t.n {rows} u JOIN (SELECT count(*) AS n FROM ref_stage r WHERE r.code = u.stage) t ON true"), "unknown-alias u"),
        (format!("SELECT r.rank {rows} u WHERE EXISTS (SELECT 1 FROM ref_stage r WHERE r.code = u.stage)"), "unknown-alias r"),
        (format!("SELECT u.usecase_id {rows} u JOIN ref_stage u ON true"), "duplicate-alias u"),
        (format!("SELECT usecase_id {rows} JOIN ref_stage USING (code)"), "unknown-column code"),
        ("WITH a AS (SELECT usecase_id FROM b), b AS (SELECT usecase_id FROM filtered_usecases) SELECT usecase_id FROM a".into(), "unknown-relation b"),
        ("SELECT usecase_id FROM piq_scop".into(), "unknown-relation piq_scop"),
        ("SELECT usecase_id FROM piq_ai_call".into(), "unknown-relation piq_ai_call"),
        ("SELECT a.x FROM (WITH piq_quoted AS (SELECT 1 AS x) SELECT x FROM piq_quotd) AS a".into(), "unknown-relation piq_quotd"),
        ("WITH latest AS (SELECT 1 AS x) SELECT x FROM latst".into(), "unknown-relation latst"),
        (format!("SELECT group_concat(stage) AS s {rows}"), "unknown-sql-function group_concat"),
        (format!("SELECT evidence[0].scor AS s {rows}"), "unknown-field scor"),
        (format!("SELECT size(filter(evidence, e -> e.scor > 1)) AS s {rows}"), "unknown-field scor"),
        (format!("SELECT explode(missing) AS x, explode(missing) AS y {rows}"), "sql-generator explode"),
        (format!("SELECT usecase_id, count(*) AS n {rows} GROUP BY usecase_id HAVING stage = 'U1'"), "sql-grouping stage"),
        (format!("SELECT usecase_id {rows} HAVING num_of_blockers > 1"), "sql-grouping HAVING"),
        (format!("SELECT x.usecase_id FROM (SELECT usecase_id {rows} UNION ALL SELECT usecase_id, 1 AS n {rows}) AS x"), "sql-columns 1"),
        (format!("SELECT usecase_id, CAST(stage AS STRNG) AS s {rows}"), "sql-type STRNG"),
        (format!("SELECT usecase_id, substr(stage) AS s {rows}"), "sql-arguments substr"),
        (format!("SELECT stage.lower() AS s {rows}"), "sql-method stage.lower"),
        (format!("SELECT s.k FROM (SELECT usecase_id AS k {rows}) AS s WHERE vertical = 'x'"), "unknown-column vertical"),
        (format!("SELECT s.k FROM (SELECT usecase_id AS k {rows} WHERE vertical = 'x') AS s"), "undeclared-input vertical"),
        (format!("SELECT o.usecase_id {rows}"), "unknown-column o"),
    ] {
        assert_eq!(found(&sql), [expected], "{sql}");
    }
}

#[test]
#[rustfmt::skip]
fn what_engines_run_is_good() {
    let rows = "FROM filtered_usecases";
    for select in [
        "usecase_id, num_of_blockers DIV 2 + num_of_blockers div 3 AS v",
        "usecase_id, parse_json('{\"a\":1}'):a::INT AS v, parse_json(stage):a.b[0].c::STRING AS w",
        "usecase_id, transform(split(stage, ' '), (x, i) -> length(x) + i) AS v, aggregate(array(1), 0, (a, x) -> a + x, a -> a * 2) AS w",
        "usecase_id, element_at(map_filter(map('a', 1, 'b', num_of_blockers), (k, v) -> v > 0), 'b') AS v",
        "usecase_id, struct(num_of_blockers, stage).num_of_blockers + struct(1, 2).col1 AS v",
        "usecase_id, size(array(struct(1 AS a)).a) AS v, named_struct('n', 1).n AS w, array(named_struct('n', 1))[0].n AS x",
        "usecase_id, CAST(array(named_struct('a', 1)) AS ARRAY<STRUCT<a: BIGINT>>)[0].a AS v",
        "usecase_id, num_of_blockers + 1 AS nb, nb * 2 AS v",
        "usecase_id, datediff(DAY, created_date, target_live_date) + extract(YEAR FROM target_live_date) AS v",
        "usecase_id, evidence.score[0] AS v, evidence[0].dimension AS w, exists(evidence, e -> e.score > 1) AS x",
        "usecase_id, from_json('{\"a\":1}', 'a INT').a AS v",
        "usecase_id, sum(num_of_blockers) OVER (PARTITION BY stage ORDER BY created_date ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS v",
        "usecase_id, (SELECT max(r.rank) FROM ref_stage AS r WHERE r.code = stage AND terminal = 0) AS v",
        "usecase_id, string_agg(stage, ', ') WITHIN GROUP (ORDER BY stage) OVER (PARTITION BY sales_region) AS v",
        "u.usecase_id, `u`.`stage` AS `v`",
        "*, 1 AS v",
        "u.*, upper(type) AS v",
        "USECASE_ID, U.STAGE AS v",
    ] {
        let sql = format!("SELECT {select} {rows} u");
        assert_eq!(found(&sql), [] as [&str; 0], "{sql}");
    }
    for sql in [
        "SELECT usecase_id, max(col) AS v FROM (SELECT usecase_id, explode(sequence(1, 3)) FROM filtered_usecases) GROUP BY usecase_id",
        "SELECT usecase_id, max(x.col) AS v FROM (SELECT usecase_id, explode(array(1)) FROM filtered_usecases) x GROUP BY usecase_id",
        "SELECT usecase_id, max(pos) AS v FROM (SELECT usecase_id, posexplode(array(1)) FROM filtered_usecases) GROUP BY usecase_id",
        "SELECT usecase_id, max(key) AS v FROM (SELECT usecase_id, explode(map('a',1)) FROM filtered_usecases) GROUP BY usecase_id",
        "SELECT usecase_id, max(a) AS v FROM (SELECT usecase_id, inline(array(struct(1 AS a, 2 AS b))) FROM filtered_usecases) GROUP BY usecase_id",
        "SELECT usecase_id, max(v) AS w FROM (SELECT usecase_id, explode(map('a',1)) AS (k, v) FROM filtered_usecases) GROUP BY usecase_id",
        "SELECT usecase_id, max(v) AS w FROM (SELECT usecase_id, stack(2, 'a', 1, 'b', 2) AS (k, v) FROM filtered_usecases) GROUP BY usecase_id",
        "SELECT usecase_id, max(col0) AS v FROM filtered_usecases LATERAL VIEW stack(1, 5) s GROUP BY usecase_id",
        "SELECT usecase_id, max(t.w) AS v FROM filtered_usecases LATERAL VIEW OUTER explode(split(stage, ' ')) t AS w GROUP BY usecase_id",
        "SELECT usecase_id, sum(p) AS v FROM filtered_usecases LATERAL VIEW posexplode(split(stage, ' ')) t AS p, w GROUP BY usecase_id",
        "SELECT usecase_id, `max(num_of_blockers)` AS v FROM (SELECT usecase_id, max(num_of_blockers) FROM filtered_usecases GROUP BY usecase_id)",
        "SELECT u.usecase_id, l.n AS v FROM filtered_usecases u, LATERAL (SELECT u.num_of_blockers + 1 AS n) AS l",
        "SELECT u.usecase_id, l.m FROM filtered_usecases u LEFT JOIN LATERAL (SELECT max(r.rank) AS m FROM ref_stage r WHERE r.code = u.stage) l ON true",
        "SELECT u.usecase_id, e.col AS v FROM filtered_usecases u, LATERAL explode(array(1)) AS e",
        "SELECT u.usecase_id, max(r.id) AS v FROM filtered_usecases u CROSS JOIN range(3) AS r GROUP BY u.usecase_id",
        "SELECT u.usecase_id, r.c FROM filtered_usecases u LEFT JOIN (SELECT stage, sales_region, grouping_id() AS g, count(*) AS c FROM filtered_usecases GROUP BY GROUPING SETS ((stage), (sales_region))) r ON r.stage = u.stage AND r.g = 1",
        "SELECT usecase_id, stage FROM filtered_usecases JOIN (SELECT usecase_id, stage AS st FROM filtered_usecases) b USING (usecase_id)",
        "SELECT u.usecase_id, p.points FROM filtered_usecases u JOIN (WITH p(code, points) AS (VALUES ('U1', 1)) SELECT * FROM p) AS p ON p.code = u.stage",
        "SELECT t.usecase_id, t.n FROM (WITH a AS (SELECT usecase_id, num_of_blockers AS n FROM filtered_usecases), b AS (SELECT * FROM a WHERE n > 0) SELECT * FROM b) AS t",
        "SELECT u.usecase_id, main.tools.score(o.anything) AS v FROM filtered_usecases u LEFT JOIN main.other.tab AS o ON o.id = u.usecase_id",
        "SELECT u.usecase_id, s.c FROM filtered_usecases u CROSS JOIN (SELECT count(*) AS c FROM filtered_usecases TABLESAMPLE (10 PERCENT)) s",
        "SELECT u.usecase_id, p.u1 AS v FROM filtered_usecases u LEFT JOIN (SELECT * FROM (SELECT account_name, stage, num_of_blockers FROM filtered_usecases) PIVOT (sum(num_of_blockers) FOR stage IN ('U1' AS u1))) AS p ON p.account_name = u.account_name",
        "SELECT usecase_id, max(val) AS v FROM (SELECT usecase_id, num_of_blockers AS a, length(stage) AS b FROM filtered_usecases) UNPIVOT (val FOR name IN (a, b)) GROUP BY usecase_id",
        "SELECT fu.usecase_id, fu.num_of_blockers FROM (FROM filtered_usecases SELECT usecase_id, num_of_blockers) AS fu",
        "SELECT usecase_id, a FROM (SELECT usecase_id, st.* FROM (SELECT usecase_id, struct(1 AS a, 2 AS b) AS st FROM filtered_usecases))",
        "SELECT usecase_id, year + date + timestamp + value AS v FROM (SELECT usecase_id, 1 AS year, 2 AS date, 3 AS timestamp, 4 AS value FROM filtered_usecases)",
        "SELECT usecase_id FROM filtered_usecases WHERE stage = 'U1' UNION SELECT usecase_id FROM piq_scope UNION DISTINCT SELECT usecase_id FROM piq_ai_calls ORDER BY usecase_id",
        "SELECT usecase_id AS k FROM filtered_usecases UNION ALL SELECT code FROM ref_stage ORDER BY k",
        "SELECT usecase_id, stage FROM filtered_usecases AS u WHERE NOT EXISTS (SELECT * FROM ref_stage WHERE ref_stage.code = u.stage AND terminal = 1)",
        "SELECT usecase_id, count(*) AS n FROM piq_ai_calls WHERE status IN (SELECT code FROM ref_stage WHERE name = enrichment) GROUP BY usecase_id HAVING n > 1 ORDER BY n",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT n FROM r",
        "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT r.n FROM r",
        "WITH a AS (SELECT 1 AS x), a2 AS (SELECT x + 1 AS y FROM a) SELECT a.x, a2.y FROM a CROSS JOIN a2",
        "SELECT t.x FROM (SELECT CAST(num_of_blockers AS INT), num_of_blockers::INT, 1 AS x FROM filtered_usecases) AS t WHERE t.num_of_blockers > 1",
        "SELECT s.a FROM (SELECT * FROM (SELECT 1 AS a) AS i CROSS JOIN main.x.y) AS s WHERE s.anything = b",
        "SELECT x.a, y.b FROM (filtered_usecases JOIN ref_stage ON true) JOIN (SELECT 1 AS a) x JOIN (SELECT 2 AS b) y",
        "SELECT usecase_id FROM filtered_usecases u WHERE u.dollars > (SELECT avg(dollars) FROM (SELECT dollars FROM filtered_usecases AS i WHERE i.stage = 'U1') AS q)",
        "SELECT usecase_id, rank() OVER w AS r FROM filtered_usecases WINDOW w AS (PARTITION BY stage ORDER BY dollars DESC NULLS LAST)",
        "SELECT piq_scope.usecase_id FROM piq_scope LEFT SEMI JOIN ref_stage ON ref_stage.code = piq_scope.stage",
        "SELECT h.c FROM filtered_usecases u LEFT JOIN (SELECT usecase_id, count(*) AS c FROM piq_live_dates GROUP BY usecase_id) h ON h.usecase_id = u.usecase_id",
        "SELECT x.k FROM (SELECT 1 AS k UNION ALL SELECT 2) AS x JOIN piq_things_of_ours ON true",
        "SELECT d.value, f.usecase_id FROM filtered_usecases AS f LATERAL VIEW explode(map('a', 1)) d",
        "SELECT c.col1, c.col2 FROM (VALUES (1, 2)) AS c",
        "SELECT t.a, t.b FROM (SELECT usecase_id, num_of_blockers FROM filtered_usecases) AS t(a, b)",
        "(SELECT usecase_id FROM filtered_usecases WHERE num_of_blockers > 0) UNION ALL (SELECT usecase_id FROM filtered_usecases)",
        "SELECT q.stage FROM ((SELECT stage FROM filtered_usecases) UNION (SELECT code FROM ref_stage)) AS q",
        "SELECT usecase_id, num_of_blockers FROM filtered_usecases SORT BY usecase_id LIMIT 5 OFFSET 2",
        "SELECT u.usecase_id, r.n FROM filtered_usecases u JOIN (SELECT code, rank AS n FROM ref_stage) r ON r.code = u.stage AND r.n > 1 OR left(u.stage, 1) = 'U'",
        "SELECT usecase_id, year(created_date) AS y, count(*) AS n FROM filtered_usecases GROUP BY usecase_id, y ORDER BY n, y",
    ] {
        assert_eq!(found(sql), [] as [&str; 0], "{sql}");
    }
}
