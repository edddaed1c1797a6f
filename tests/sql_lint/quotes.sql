-- Databricks notebook source
-- DBTITLE 1,good: a backslash escapes
SELECT 'it\'s', 'a\\', "it's", r'\d', ''

-- COMMAND ----------

-- DBTITLE 1,good: strings with something between
SELECT 'a' || 'b', concat('c', 'd')

-- COMMAND ----------

-- DBTITLE 1,bad: a doubled quote
SELECT 'it''s'

-- COMMAND ----------

-- DBTITLE 1,bad: doubled double quotes
SELECT "a""b"

-- COMMAND ----------

-- DBTITLE 1,bad: two strings side by side
SELECT 'a' 'b'
