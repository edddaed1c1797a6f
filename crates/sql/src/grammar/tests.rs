use proptest::prelude::*;

use super::super::tokens;
use super::{expression_fault, query_fault};

/// The token at which the fault of `sql` is, with the message.
fn found(sql: &str) -> Option<(String, String)> {
    let all = tokens(sql);
    let is_query = all
        .first()
        .is_some_and(|t| t.is_any(&["select", "with", "values", "from"]) || t.is("(") && all[1].is_word("select"));
    let fault = if is_query { query_fault(&all) } else { expression_fault(&all) }?;
    Some((all[fault.token].raw.to_owned(), fault.message))
}

#[test]
fn what_no_engine_reads_is_found_where_it_stands() {
    for (sql, token) in [
        ("SELECT a, FROM t", ","),
        ("SELECT , a FROM t", ","),
        ("SELECT FROM t", "FROM"),
        ("f(a, , b)", ","),
        ("f(a,)", ","),
        ("f(, a)", ","),
        ("a = 3 AND", "AND"),
        ("(a = 3 OR) = b", "OR"),
        ("a =", "="),
        ("= 3", "="),
        ("SELECT a FROM t WHERE = 3", "WHERE"),
        ("a => 3", "="),
        ("a =! 3", "="),
        ("a =< 3", "="),
        ("a !== 3", "!"),
        ("a > > 3", ">"),
        ("a + * 3", "+"),
        ("a <>", "<"),
        ("a && b", "&"),
        ("p.[a]", "["),
        ("coalesce(a, ‘x’)", "‘"),
        ("CASE WHEN a THEN 1 ELSE 0", "CASE"),
        ("(CASE WHEN a THEN 1) + 1", "CASE"),
        ("CASE WHEN a 1 ELSE 0 END", "WHEN"),
        ("CASE a = 1 THEN 1 END", "CASE"),
        ("CASE WHEN a THEN END", "THEN"),
        ("CASE WHEN a THEN 1 ELSE END", "ELSE"),
        ("CASE WHEN a THEN 1 ELSE WHEN b THEN 2 END", "ELSE"),
        ("CASE WHEN a LIKE THEN 1 END", "LIKE"),
        ("a || ", "|"),
        ("a / , b", "/"),
        ("concat('a' b)", "b"),
        ("concat('a', b 'c')", "'c'"),
        ("concat(coalesce(a, 'x') coalesce(b, 'y'))", "coalesce"),
        ("coalesce(CAST(a AS STRING) 'unknown')", "'unknown'"),
        ("blockers 3", "3"),
        ("(a > 3) b + 1", "b"),
        ("a BETWEEN 2 TO 5", "BETWEEN"),
        ("a BETWEEN 1", "BETWEEN"),
        ("f(a BETWEEN 1, 3)", "BETWEEN"),
        ("a IS 'x'", "IS"),
        ("a NOT 'x'", "NOT"),
        ("a IN ()", "("),
        ("a IN 'x'", "'x'"),
        ("CAST(NULL STRING)", "STRING"),
        ("CAST(a)", ")"),
        ("CAST(a, STRING)", ","),
        ("CAST(a AS)", "AS"),
        ("count(*) FILTER (a > 1)", "a"),
        ("[a]", "["),
        ("a ? 1 : 0", "?"),
        ("x -> x + 1", "-"),
        ("INTERVAL 30", "30"),
        ("a + INTERVAL 3 DAYZ", "DAYZ"),
        ("SELECT 1 AS AS b", "AS"),
        ("SELECT DISTINCT ON (a) b FROM t", "ON"),
        ("SELECT a 'x' FROM t", "'x'"),
        ("SELECT a FROM t WHER a > 1", "a"),
        ("SELECT a FROM t ODER BY a", "BY"),
        ("SELECT a FROM t GROUP a", "a"),
        ("SELECT a FROM t WHERE a > 1 WHERE b > 1", "WHERE"),
        ("SELECT a FROM t GROUP BY a WHERE b > 1", "WHERE"),
        ("SELECT a FROM t ORDER BY a UNION ALL SELECT b FROM u", "UNION"),
        ("SELECT a FROM t UNION ALL", "UNION"),
        ("SELECT a FROM t WHERE a > 1, b = 2", ","),
        ("SELECT a FROM t JOIN u v v.a = t.a", "v"),
        ("SELECT a FROM t JOIN u ON", "ON"),
        ("SELECT a FROM t JOIN ON a = b", "JOIN"),
        ("SELECT a FROM t CROSS JION u", "JION"),
        ("SELECT a FROM", "FROM"),
        ("SELECT a FROM t,", ","),
        ("WITH a AS (SELECT 1), SELECT 2", ","),
        ("WITH a (SELECT 1) SELECT", "SELECT"),
        ("rank() OVER (PARTITION a ORDER BY b)", "PARTITION"),
        ("rank() OVER (PARTITION BY)", ")"),
        ("row_number() OVER", "OVER"),
        ("sum(a) OVER (ORDER BY b ROWS 3)", ")"),
        ("sum(a) OVER (ORDER BY b ROWS BETWEEN 1 PRECEDING)", ")"),
        ("SELECT a FROM t LIMIT", "LIMIT"),
        ("SELECT a b c FROM t", "c"),
        ("SELECT a FROM (SELECT b FROM t", "t"),
        ("f(x => )", "="),
        ("transform(a, x -> )", "-"),
        ("a[]", "]"),
    ] {
        let (at, message) = found(sql).unwrap_or_else(|| panic!("nothing found in {sql}"));
        assert_eq!(at, token, "{sql}: {message}");
    }
}

#[test]
fn what_engines_read_is_good() {
    for sql in [
        "SELECT count(*), a.*, -b, +c, DATE '2026-01-01' FROM t AS x, u WHERE a <=> NULL AND b <> -1 OR NOT c",
        "ai_query('m', request => 'x', modelParameters => named_struct('a', 1), failOnError => false)",
        "transform(a, (x, i) -> x + i)",
        "CASE a WHEN 1 THEN CASE WHEN b THEN 'x' END ELSE 'y' END || 'z'",
        "SELECT CASE WHEN a THEN 1 END end, b.case, b.`when` FROM t",
        "CAST(a AS ARRAY<STRUCT<b: STRING NOT NULL COMMENT 'x', c: DECIMAL(18,2), d MAP<STRING, ARRAY<INT>>>>)",
        "a >= 1 AND b != 2 AND c == 3 AND d BETWEEN 1 AND 2 AND e % 2 = 0 AND x:y.z::int > 1 AND x:['a b'][0]:c = 1",
        "SELECT * EXCEPT (a, b), t.* EXCEPT (c) FROM t LIMIT 5",
        "extract(DAY FROM a) = 1 AND trim(BOTH ' ' FROM b) = '' AND trim(LEADING FROM c) = trim(d)",
        "SELECT a FROM t UNION ALL SELECT b FROM u ORDER BY 1",
        "(SELECT a FROM t ORDER BY a) UNION ALL (SELECT b FROM u) ORDER BY 1 LIMIT 3 OFFSET 2",
        "a['x'] = b[1] AND c IN ('a', 'b') AND left(d, 1) = 'e' AND replace(a, 'b', 'c') = 'd' AND if(a, 1, 2) = 1",
        "substring(a FROM 1 FOR 2) || overlay(a PLACING 'x' FROM 1 FOR 2) || position('a' IN b)",
        "WITH a (x, y) AS (VALUES (1, 2), (3, 4)), RECURSIVE AS (SELECT 1) SELECT * FROM a",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r",
        "SELECT a FROM t JOIN u USING (id) LEFT SEMI JOIN v ON v.a = t.a NATURAL JOIN w CROSS JOIN x, y LATERAL VIEW OUTER \
         explode(z) q AS r, s WHERE a",
        "SELECT a FROM t JOIN u JOIN v ON u.a = v.a ON t.a = u.a",
        "SELECT a FROM t LEFT JOIN LATERAL (SELECT 1 AS b) AS l ON TRUE, LATERAL explode(array(1)) AS e(f)",
        "SELECT * FROM (SELECT a, b FROM t) PIVOT (sum(a) FOR b IN ('x' AS x)) UNPIVOT INCLUDE NULLS (v FOR n IN (c, d)) p",
        "SELECT a, sum(b) OVER w, row_number() OVER (PARTITION BY a, c ORDER BY d DESC NULLS LAST ROWS BETWEEN UNBOUNDED \
         PRECEDING AND CURRENT ROW) FROM t WINDOW w AS (PARTITION BY a), v AS (w ORDER BY b)",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a DESC) FILTER (WHERE b) OVER (PARTITION BY c) FROM t",
        "SELECT lag(a, 1) IGNORE NULLS OVER (ORDER BY b RANGE BETWEEN INTERVAL 3 DAYS PRECEDING AND 1 FOLLOWING), \
         first_value(a IGNORE NULLS) FROM t QUALIFY rank() OVER (ORDER BY a) = 1",
        "SELECT a, count(DISTINCT b, c) FROM t GROUP BY ROLLUP (a, b), CUBE (c), GROUPING SETS ((a), ()) HAVING count(*) > 1",
        "SELECT a FROM t GROUP BY ALL ORDER BY ALL DESC",
        "SELECT a FROM t GROUP BY a, b WITH ROLLUP",
        "SELECT a FROM cat.s.t VERSION AS OF 3 TABLESAMPLE (10 PERCENT) REPEATABLE (3) AS x WHERE EXISTS (SELECT 1 FROM u)",
        "SELECT a FROM t FOR TIMESTAMP AS OF '2026-01-01' x JOIN t@v3 y ON x.a = y.a",
        "SELECT a FROM IDENTIFIER(:t) WHERE :p IS NULL OR a = :p AND b IN (:list) AND c > :`Time Window`.min",
        "SELECT * FROM read_files('/a', format => 'csv') AS f, range(3), STREAM(t), STREAM u",
        "SELECT * FROM VALUES (1, 'a'), (2, 'b') AS v(n, x)",
        "SELECT a FROM ((SELECT 1 AS a) UNION (SELECT 2)) x JOIN ((SELECT 3 AS b) AS y JOIN z ON TRUE) ON TRUE",
        "((SELECT max(a) FROM t) + 1) * ((a + 1) - ((b)))",
        "a + INTERVAL '30' DAY - INTERVAL 2 WEEKS + INTERVAL '1-2' YEAR TO MONTH + INTERVAL 1 DAY 2 HOURS + INTERVAL '3 days' \
         + INTERVAL (n) DAY + INTERVAL -1 MONTH",
        "interval = 3 AND timestamp > TIMESTAMP '2026-01-01 10:00:00' AND date = DATE'2026-02-28' AND year > year(day)",
        "a LIKE '%50!%' ESCAPE '!' AND a ILIKE ANY ('%a%', '%b%') AND a NOT RLIKE '^A' AND a NOT BETWEEN 1 AND 3 AND b IS NOT \
         DISTINCT FROM 'U1' AND c IS NOT TRUE AND (a, b) NOT IN (('x', 1), ('y', 2)) AND d IN (SELECT e FROM f)",
        "NOT a <=> false AND !b AND a != c AND ~a & 3 | 4 ^ 5 = 1 AND a DIV 2 > 1 AND a << 1 > b >> 2 AND a >>> 1 = 1",
        "a IS NULL = b IS NULL AND a IN (1) = TRUE",
        "1.5e3 + 10L + 2.0BD + .5 || 'x' 'y' || r'\\d' || $$z$$",
        "array(1, 2)[0] + map('a', 1)['a'] + struct(a AS x, b).x + named_struct('n', 1).n + f(a).b.c[1].d",
        "aggregate(a, 0, (x, y) -> x + y, x -> x * 2) = 1 AND exists(a, x -> x > 1 AND x < 3) AND forall(a, x -> x IS NULL)",
        "listagg(DISTINCT a, ',') WITHIN GROUP (ORDER BY a) || array_join(collect_list(a), ',')",
        "a COLLATE UTF8_LCASE = 'x' AND `my column` > 1 AND `my function`(1) = 2 AND t.limit > 1 AND x.`a.b`.c = 1",
        "SELECT a AS `x y`, b AS value, c type, d AS year, e AS (f, g), h comment FROM t AS left_side",
        "SELECT limit, full, a AS limit FROM t ORDER BY limit.a DESC",
        "SELECT a FROM t |> WHERE a > 1 |> SELECT b",
        "SELECT a AS 2_periods_ago, b 3rd, t.4th FROM t AS 5_days WHERE 1_x > 1",
        "SELECT d FROM ai_forecast(TABLE(SELECT d, v FROM t), horizon => '2026-01-01', time_col => 'd') AS f",
        "SELECT TRANSFORM(a, b) ROW FORMAT DELIMITED USING 'cat' AS (c STRING) FROM t",
        "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
        "FROM t SELECT a",
        "SELECT 1;",
        "SELECT array(SELECT 1), coalesce((SELECT 2), 3), count(t.*), struct(*), to_json(struct(t.* EXCEPT (a))) FROM t",
        "CASE WHEN (CASE WHEN a THEN b END) = 1 THEN (SELECT CASE WHEN c THEN d END FROM e) ELSE f(CASE g WHEN 1 THEN 2 END) END",
        "SELECT current_date, current_timestamp(), a::DATE, (b)::DECIMAL(3, 1), 'x'::STRING, c::ARRAY<INT>[0] FROM t",
        "SELECT a FROM t MINUS SELECT b FROM u EXCEPT ALL SELECT c FROM v INTERSECT SELECT d FROM w",
        "SELECT from_json(a, 'b INT') AS j, j.b, a:b:c, `x`:y FROM t",
        "SELECT a sort, b cluster, c version, d timestamp, e window, f offset, g filter FROM t version, u offset",
    ] {
        assert_eq!(found(sql), None, "{sql}");
    }
}

#[test]
fn deep_and_long_texts_end() {
    let nested = |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    for sql in [
        nested("(", ")", 50_000),
        nested("f(", ")", 50_000),
        nested("(SELECT ", ")", 50_000),
        nested("CASE WHEN ", " THEN 1 END", 50_000),
        format!("SELECT {} FROM t", vec!["a"; 50_000].join(", ")),
        format!("1{}", " + 1".repeat(50_000)),
        format!("{}1", "- ".repeat(50_000)),
        format!("{}a", "NOT ".repeat(50_000)),
    ] {
        assert_eq!(found(&sql), None, "{}", &sql[..30]);
    }
}

proptest! {
    #[test]
    fn any_tokens_have_an_answer(words in prop::collection::vec(
        prop::sample::select(vec![
            "collate", "table", "struct", "filter", "within", "tablesample", "exists", "!", "|", "at", "time",
            "a", "1", "'x'", "(", ")", ",", ".", "*", "-", ">", "=", "<", ":", "[", "]", "select", "from", "where", "group", "by",
            "case", "when", "then", "else", "end", "and", "or", "not", "in", "between", "is", "null", "as", "join", "on", "over",
            "partition", "order", "with", "union", "all", "interval", "day", "cast", "lateral", "view", "limit", "values", "window",
        ]),
        1..30,
    )) {
        let sql = words.join(" ");
        let all = tokens(&sql);
        for fault in [query_fault(&all), expression_fault(&all)].into_iter().flatten() {
            prop_assert!(fault.token < all.len());
        }
    }
}
