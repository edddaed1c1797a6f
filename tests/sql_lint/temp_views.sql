-- Databricks notebook source
-- DBTITLE 1,good: a temporary view
CREATE OR REPLACE TEMPORARY VIEW recent AS SELECT * FROM t

-- COMMAND ----------

-- DBTITLE 1,good: one over another
CREATE OR REPLACE TEMPORARY VIEW best AS SELECT * FROM recent

-- COMMAND ----------

-- DBTITLE 1,good: a lasting view over a table, with a part that is named alike
CREATE OR REPLACE VIEW v AS WITH recent AS (SELECT 1 AS a) SELECT * FROM recent JOIN t ON true

-- COMMAND ----------

-- DBTITLE 1,bad: a lasting view over a temporary one
CREATE OR REPLACE VIEW v AS SELECT r.* FROM t JOIN recent AS r ON r.id = t.id
