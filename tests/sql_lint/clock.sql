-- Databricks notebook source
-- DBTITLE 1,good: the source's own times
SELECT * FROM s WHERE s.last_modified_ts > seen.last_modified_ts AND target_live_date <= current_date()

-- COMMAND ----------

-- DBTITLE 1,good: a column, not a selection
SELECT datediff(current_date(), last_modified_date) > 14 AS is_stale FROM s

-- COMMAND ----------

-- DBTITLE 1,bad: the last run
SELECT * FROM s JOIN p ON p.id = s.id WHERE s.last_modified_date > p.piq_last_updated

-- COMMAND ----------

-- DBTITLE 1,bad: the other way around
SELECT * FROM s WHERE current_timestamp() >= s.last_modified_ts
