-- Databricks notebook source
-- DBTITLE 1,good: what runs everywhere
SELECT region, count(*) FILTER (WHERE x > 0) AS n, exists(a, v -> v > 1) AS e FROM t LATERAL VIEW explode(b) AS c GROUP BY region

-- COMMAND ----------

-- DBTITLE 1,good: a table that is made with columns
CREATE TABLE IF NOT EXISTS pairs (a INT COMMENT 'A.', b INT COMMENT 'B.') USING DELTA

-- COMMAND ----------

-- DBTITLE 1,good: all columns
INSERT INTO pairs (a, b) SELECT 1, 2

-- COMMAND ----------

-- DBTITLE 1,good: a column of that name comes first
SELECT a + 1 AS b, b * 2 AS c FROM pairs

-- COMMAND ----------

-- DBTITLE 1,good: names that are words elsewhere
SELECT t.qualify, session_id, cache FROM t WHERE `set` = 1

-- COMMAND ----------

-- DBTITLE 1,good: a temporary view
CREATE OR REPLACE TEMPORARY VIEW v AS SELECT a AS x FROM pairs

-- COMMAND ----------

-- DBTITLE 1,good: a script in a workspace
-- piq: workspace-only
BEGIN
  IF 1 = 1 THEN SELECT 1; END IF;
END

-- COMMAND ----------

-- DBTITLE 1,bad: QUALIFY
SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1

-- COMMAND ----------

-- DBTITLE 1,bad: GROUP BY ALL
SELECT a, count(*) FROM t GROUP BY ALL

-- COMMAND ----------

-- DBTITLE 1,bad: all but some columns
SELECT * EXCEPT (a) FROM t

-- COMMAND ----------

-- DBTITLE 1,bad: a pipe
SELECT a FROM t |> WHERE a > 1

-- COMMAND ----------

-- DBTITLE 1,bad: a lateral alias
SELECT a + 1 AS d, d * 2 AS e FROM pairs

-- COMMAND ----------

-- DBTITLE 1,bad: a lateral alias over a view
SELECT x + 1 AS y, upper(y) AS z FROM v

-- COMMAND ----------

-- DBTITLE 1,bad: a lateral alias over a subquery
SELECT n / 2 AS half, half + 1 AS more FROM (SELECT count(*) AS n FROM t) AS s

-- COMMAND ----------

-- DBTITLE 1,bad: a subset of the columns
INSERT INTO pairs (b) VALUES (1)

-- COMMAND ----------

-- DBTITLE 1,bad: a session variable
DECLARE OR REPLACE VARIABLE x INT DEFAULT 1

-- COMMAND ----------

-- DBTITLE 1,bad: reads a session variable
SELECT session.x

-- COMMAND ----------

-- DBTITLE 1,bad: SET
SET spark.sql.ansi.enabled = true

-- COMMAND ----------

-- DBTITLE 1,bad: a script
BEGIN
  SELECT 1;
  SELECT 2;
END

-- COMMAND ----------

-- DBTITLE 1,bad: EXECUTE IMMEDIATE
EXECUTE IMMEDIATE 'SELECT 1'

-- COMMAND ----------

-- DBTITLE 1,bad: a temporary table
CREATE OR REPLACE TEMPORARY TABLE t AS SELECT 1 AS a

-- COMMAND ----------

-- DBTITLE 1,bad: CACHE
CACHE TABLE t

-- COMMAND ----------

-- DBTITLE 1,bad: WITH before MERGE
WITH s AS (SELECT 1 AS a) MERGE INTO t USING s ON t.a = s.a WHEN NOT MATCHED THEN INSERT (a) VALUES (s.a)

-- COMMAND ----------

-- DBTITLE 1,bad: schema evolution
MERGE WITH SCHEMA EVOLUTION INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET *
