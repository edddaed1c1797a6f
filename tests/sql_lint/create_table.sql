-- Databricks notebook source
-- DBTITLE 1,good: if not exists, with comments
CREATE TABLE IF NOT EXISTS t (
  id STRING NOT NULL COMMENT 'Key.',
  price DECIMAL(10, 2) COMMENT 'Dollars.',
  parts ARRAY<STRUCT<a: INT, b: STRING>> COMMENT 'Parts.'
) USING DELTA COMMENT 'A table.'

-- COMMAND ----------

-- DBTITLE 1,good: or replace, from a query
CREATE OR REPLACE TABLE t USING DELTA AS SELECT 1 AS comment

-- COMMAND ----------

-- DBTITLE 1,good: what only a workspace can do
-- piq: workspace-only
ALTER TABLE t ADD COLUMNS (b INT)

-- COMMAND ----------

-- DBTITLE 1,good: a clustered table in a workspace
-- piq: workspace-only
ALTER TABLE t CLUSTER BY (id)

-- COMMAND ----------

-- DBTITLE 1,bad: no USING DELTA
CREATE TABLE IF NOT EXISTS t (id STRING COMMENT 'Key.')

-- COMMAND ----------

-- DBTITLE 1,bad: no USING DELTA, from a query
CREATE OR REPLACE TABLE t AS SELECT 1 AS a

-- COMMAND ----------

-- DBTITLE 1,bad: fails when it runs again
CREATE TABLE t USING DELTA AS SELECT 1 AS a

-- COMMAND ----------

-- DBTITLE 1,bad: comment and location in the form from a query
CREATE OR REPLACE TABLE t USING DELTA COMMENT 'x' LOCATION '/x' AS SELECT 1 AS a

-- COMMAND ----------

-- DBTITLE 1,bad: a column without a comment
CREATE TABLE IF NOT EXISTS t (
  id STRING NOT NULL COMMENT 'Key.',
  price DECIMAL(10, 2)
) USING DELTA

-- COMMAND ----------

-- DBTITLE 1,bad: clustered
CREATE TABLE IF NOT EXISTS t (id STRING COMMENT 'Key.') USING DELTA CLUSTER BY (id)

-- COMMAND ----------

-- DBTITLE 1,bad: a column more
ALTER TABLE t ADD COLUMNS (b INT COMMENT 'B.')
