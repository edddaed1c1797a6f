-- Databricks notebook source
-- DBTITLE 1,good: all named arguments
INSERT INTO t SELECT id, ai_query('m', note, responseFormat => '{}', modelParameters => named_struct('temperature', 0.0), failOnError => false) AS answer FROM n

-- COMMAND ----------

-- DBTITLE 1,good: in any order, any letter case
INSERT INTO t SELECT AI_QUERY('m', note, failonerror => FALSE, modelparameters => named_struct('max_tokens', 5), responseformat => '{}') FROM n

-- COMMAND ----------

-- DBTITLE 1,good: the error of the answer
SELECT nullif(answer.errorMessage, '') AS error, nullif(trim(a.errormessage), '') FROM t AS a WHERE answer.result IS NULL

-- COMMAND ----------

-- DBTITLE 1,bad: without named arguments
INSERT INTO t SELECT ai_query('m', note) FROM n

-- COMMAND ----------

-- DBTITLE 1,bad: fails on error
INSERT INTO t SELECT ai_query('m', note, responseFormat => '{}', modelParameters => named_struct('temperature', 0.0), failOnError => true) FROM n

-- COMMAND ----------

-- DBTITLE 1,bad: the error as it is
SELECT id FROM t WHERE answer.errorMessage IS NULL
