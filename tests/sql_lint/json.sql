-- Databricks notebook source
-- DBTITLE 1,good: functions read JSON
SELECT get_json_object(a, '$.b'), variant_get(v, '$.c', 'INT'), CAST(a AS STRUCT<x: INT, y:STRING>) FROM t

-- COMMAND ----------

-- DBTITLE 1,good: a cast
SELECT a.b::INT, (c)::STRING FROM t

-- COMMAND ----------

-- DBTITLE 1,good: a required field
SELECT from_json(a, 'score INT').score IS NULL, coalesce(from_json(a, 'score INT').score, 0) FROM t

-- COMMAND ----------

-- DBTITLE 1,good: a slice of a map type
SELECT from_json(a, 'MAP<STRING, INT>') AS m, CAST(NULL AS ARRAY<STRUCT<a:INT>>) FROM t

-- COMMAND ----------

-- DBTITLE 1,bad: a path
SELECT payload:customer.name FROM t

-- COMMAND ----------

-- DBTITLE 1,bad: a path into a list
SELECT items[0]:name, f(x):y FROM t

-- COMMAND ----------

-- DBTITLE 1,bad: from_json and NULL
SELECT * FROM t WHERE from_json(a, 'score INT') IS NOT NULL

-- COMMAND ----------

-- DBTITLE 1,bad: from_json and a default
SELECT coalesce(from_json(a, 'score INT'), named_struct('score', 0)) FROM t
