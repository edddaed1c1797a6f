-- Databricks notebook source
-- DBTITLE 1,good: written to a table
INSERT INTO answers SELECT id, ai_gen(concat('Say: ', note)) AS answer FROM notes WHERE note IS NOT NULL

-- COMMAND ----------

-- DBTITLE 1,good: the answer is looked at in the list of a query around
INSERT INTO answers
SELECT id, answer, CASE WHEN answer IS NULL THEN 'failed' ELSE 'ok' END
FROM (SELECT id, ai_gen(note) AS answer FROM notes) AS asked
WHERE id > 0

-- COMMAND ----------

-- DBTITLE 1,good: a new table
CREATE OR REPLACE TABLE answers USING DELTA AS SELECT id, ai_summarize(note, 30) AS answer FROM notes

-- COMMAND ----------

-- DBTITLE 1,good: over an aggregate of a subquery
INSERT INTO answers SELECT m, ai_gen(notes) FROM (SELECT m, max(note) AS notes FROM n GROUP BY m) AS x

-- COMMAND ----------

-- DBTITLE 1,good: a CASE keeps rows from being asked
INSERT INTO answers SELECT id, CASE WHEN note <> '' THEN ai_gen(concat('Say: ', note)) END FROM notes

-- COMMAND ----------

-- DBTITLE 1,good: a column that is only named so
SELECT ai_gen, note AS ai_query FROM answers

-- COMMAND ----------

-- DBTITLE 1,bad: behind a view
CREATE OR REPLACE VIEW v AS SELECT id, ai_gen(concat('Say: ', note)) AS answer FROM notes

-- COMMAND ----------

-- DBTITLE 1,bad: behind a temporary view
CREATE OR REPLACE TEMPORARY VIEW v AS
SELECT id, ai_gen(concat('Say: ', note)) AS answer FROM notes

-- COMMAND ----------

-- DBTITLE 1,bad: not kept
SELECT ai_gen(concat('Say: ', note)) FROM notes

-- COMMAND ----------

-- DBTITLE 1,bad: in WHERE
INSERT INTO t SELECT id FROM notes WHERE ai_classify(note, array('a', 'b')) = 'a'

-- COMMAND ----------

-- DBTITLE 1,bad: in a subquery of WHERE
INSERT INTO t SELECT id FROM notes WHERE id IN (SELECT ai_gen(concat('Say: ', note)) FROM n)

-- COMMAND ----------

-- DBTITLE 1,bad: in the condition of a join
INSERT INTO t SELECT a.id FROM a JOIN b ON ai_similarity(a.x, b.x) > 0.9

-- COMMAND ----------

-- DBTITLE 1,bad: in ORDER BY
INSERT INTO t SELECT id FROM notes ORDER BY ai_gen(concat('Say: ', note))

-- COMMAND ----------

-- DBTITLE 1,bad: over an aggregate
INSERT INTO t SELECT manager, ai_summarize(array_join(collect_list(note), ' '), 50) FROM notes GROUP BY manager

-- COMMAND ----------

-- DBTITLE 1,bad: filtered by its answer
INSERT INTO t SELECT id, answer
FROM (SELECT id, ai_gen(note) AS answer FROM notes) AS asked
WHERE answer <> ''

-- COMMAND ----------

-- DBTITLE 1,bad: filtered by what is made of its answer
INSERT INTO t SELECT id, ok
FROM (SELECT id, answer IS NOT NULL AS ok FROM (SELECT id, ai_gen(note) AS answer FROM notes) AS a) AS b
WHERE b.ok

-- COMMAND ----------

-- DBTITLE 1,bad: in a MERGE
MERGE INTO t USING (SELECT id, ai_gen(concat('Say: ', note)) AS a FROM notes) AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = s.a

-- COMMAND ----------

-- DBTITLE 1,good: behind a temporary view that only goes into a table
CREATE OR REPLACE TEMPORARY VIEW asked AS SELECT id, ai_gen(concat('Say: ', note)) AS answer FROM due

-- COMMAND ----------

-- DBTITLE 1,good: a view that reads it once
CREATE OR REPLACE TEMPORARY VIEW checked AS SELECT id, answer, length(answer) AS chars FROM asked

-- COMMAND ----------

-- DBTITLE 1,good: what is due goes into the table
INSERT INTO answers SELECT * FROM checked

-- COMMAND ----------

-- DBTITLE 1,good: what is due by then goes into the table
INSERT INTO answers SELECT * FROM checked

-- COMMAND ----------

-- DBTITLE 1,bad: a temporary view that one statement reads twice
CREATE OR REPLACE TEMPORARY VIEW twice AS SELECT id, ai_gen(concat('Say: ', note)) AS answer FROM due

-- COMMAND ----------

-- DBTITLE 1,good: but for what it reads twice
INSERT INTO answers SELECT a.id, b.answer FROM twice AS a JOIN twice AS b ON b.id = a.id

-- COMMAND ----------

-- DBTITLE 1,bad: a temporary view that is looked at too
CREATE OR REPLACE TEMPORARY VIEW seen AS SELECT id, ai_gen(concat('Say: ', note)) AS answer FROM due

-- COMMAND ----------

-- DBTITLE 1,good: goes into the table
INSERT INTO answers SELECT * FROM seen

-- COMMAND ----------

-- DBTITLE 1,good: but for whom it asks again
SELECT count(*) FROM seen
