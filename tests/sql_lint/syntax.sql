-- Databricks notebook source
-- DBTITLE 1,good: quotes and brackets in strings and comments
SELECT 'it\'s (', `a)b`, "]" -- it's (
/* ( /* nested */ ' */

-- COMMAND ----------

-- DBTITLE 1,good: one statement and a last semicolon
SELECT 1;

-- COMMAND ----------

-- DBTITLE 1,good: only a comment; nothing runs
-- SELECT 1; SELECT 2

-- COMMAND ----------

-- DBTITLE 1,bad: a string without end
SELECT 'its
FROM t

-- COMMAND ----------

-- DBTITLE 1,bad: a name without end
SELECT `a FROM t

-- COMMAND ----------

-- DBTITLE 1,bad: a comment without end
SELECT 1 /* and so on

-- COMMAND ----------

-- DBTITLE 1,bad: a bracket without end
SELECT count(*
FROM t

-- COMMAND ----------

-- DBTITLE 1,bad: a bracket too many
SELECT count(*)) FROM t

-- COMMAND ----------

-- DBTITLE 1,bad: brackets that do not match
SELECT array(1, 2]

-- COMMAND ----------

-- DBTITLE 1,bad: two statements
DELETE FROM t WHERE a = 1;
SELECT 1

-- COMMAND ----------

-- DBTITLE 1,bad: another language
-- MAGIC %python
-- MAGIC print(1)

-- COMMAND ----------

-- DBTITLE 1,bad: nothing else is said of a cell that has no end
SELECT 'a''b', :p, (1
