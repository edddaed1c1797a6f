-- Databricks notebook source
-- DBTITLE 1,good: catalog
USE CATALOG IDENTIFIER(:catalog)

-- COMMAND ----------

-- DBTITLE 1,good: schema
USE SCHEMA IDENTIFIER(:schema)

-- COMMAND ----------

-- DBTITLE 1,good: casts, named arguments and types are no parameters
SELECT a::INT, f(x => b) FROM t

-- COMMAND ----------

-- DBTITLE 1,bad: a value
SELECT * FROM t WHERE region = :region

-- COMMAND ----------

-- DBTITLE 1,bad: a name
SELECT * FROM IDENTIFIER('t')

-- COMMAND ----------

-- DBTITLE 1,bad: a name from a parameter
USE CATALOG IDENTIFIER(:catalog || '_dev')
