//! The views and pinned tables of notebooks as queries that can be asked without running it, so that what piq says
//! about a run before it starts is computed by the run's own SQL.

use indexmap::IndexMap;

use piq_sql::notebook::{CellKind, cells};
use piq_sql::{Create, column_definitions, relations, tokens, written};

/// What notebooks define, by name.
#[derive(Debug, Clone, Default)]
pub struct Relations {
    queries: IndexMap<String, String>,
    tables: IndexMap<String, TableUse>,
}

/// A table that is kept from run to run.
#[derive(Debug, Clone)]
struct TableUse {
    columns: Vec<(String, String)>,
    statement: String,
}

impl Relations {
    /// Reads the cells of rendered notebooks. Where a name is defined twice, the last definition holds.
    pub fn read<'n>(notebooks: impl IntoIterator<Item = &'n str>) -> Self {
        let mut found = Self::default();
        let all = notebooks.into_iter().flat_map(cells);
        for cell in all.filter(|c| c.kind == CellKind::Sql && !c.workspace_only) {
            let words = tokens(&cell.text);
            let Some(made) = Create::read(&words) else { continue };
            let name = words[made.name.end - 1].content();
            if let Some(list) = made.list.filter(|_| !made.is_view) {
                let columns = column_definitions(&words, list).into_iter();
                let columns =
                    columns.map(|c| (c.name, written(&cell.text, &words[c.type_tokens]).to_owned())).collect();
                found.tables.insert(name, TableUse { columns, statement: cell.text.clone() });
            } else if let Some(query) = made.query {
                found.queries.insert(name, written(&cell.text, &words[query]).to_owned());
            }
        }
        found
    }

    /// The definition of a view or pinned table.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.queries.get(name).map(String::as_str)
    }

    /// Names of the tables that are kept from run to run.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    /// Columns of such a table: name and type.
    pub fn columns(&self, table: &str) -> Option<&[(String, String)]> {
        self.tables.get(table).map(|t| t.columns.as_slice())
    }

    /// The statement that creates such a table if it is not there.
    pub fn statement(&self, table: &str) -> Option<&str> {
        self.tables.get(table).map(|t| t.statement.as_str())
    }

    /// A query with the columns of such a table and no row, for when it does not exist yet.
    pub fn empty(&self, table: &str) -> Option<String> {
        let columns = self.columns(table)?.iter().map(|(name, kind)| format!("CAST(NULL AS {kind}) AS {name}"));
        Some(format!("SELECT {} WHERE false", columns.collect::<Vec<_>>().join(", ")))
    }

    /// `query` with the definition of everything that it reads in front, directly or through others. `instead` gives
    /// other definitions for some names, such as an empty one for a table that is not there.
    pub fn with(&self, query: &str, instead: &IndexMap<String, String>) -> String {
        let mut needed: Vec<(&str, &str)> = Vec::new();
        self.collect(query, instead, &mut Vec::new(), &mut needed);
        if needed.is_empty() {
            return query.to_owned();
        }
        let parts: Vec<String> = needed.iter().map(|(name, body)| format!("{name} AS (\n{body}\n)")).collect();
        format!("WITH {}\n{query}", parts.join(",\n"))
    }

    fn collect<'a>(
        &'a self,
        query: &str,
        instead: &'a IndexMap<String, String>,
        open: &mut Vec<&'a str>,
        needed: &mut Vec<(&'a str, &'a str)>,
    ) {
        for name in sources(query) {
            let Some((name, body)) = instead.get_key_value(&name).or_else(|| self.queries.get_key_value(&name)) else {
                continue;
            };
            // what reads itself reads the table of that name
            if open.contains(&name.as_str()) || needed.iter().any(|(n, _)| n == name) {
                continue;
            }
            open.push(name);
            self.collect(body, instead, open, needed);
            open.pop();
            needed.push((name, body));
        }
    }
}

/// A query that stands for the use cases of a batch: the stored ones that `condition` selects (over `pipelineiq AS p`),
/// with the rules that match today. A use case that is no longer in scope keeps the rules that are stored.
pub(crate) fn stored_rules(condition: &str) -> String {
    format!(
        "SELECT p.usecase_id, CASE WHEN s.usecase_id IS NULL THEN concat_ws(',', p.override_code, p.gate_code) ELSE s.override_rules END AS override_rules,
  CASE WHEN s.usecase_id IS NULL THEN array_join(p.slip_signals, ',') ELSE s.slip_rules END AS slip_rules, s.stage_code
FROM pipelineiq AS p LEFT JOIN piq_scope AS s ON s.usecase_id = p.usecase_id WHERE {condition}"
    )
}

/// Plain names of what a query reads.
fn sources(query: &str) -> Vec<String> {
    let read = relations(&tokens(query)).into_iter().filter(|r| r.is_source && !r.is_common && !r.is_call);
    read.filter(|r| r.parts.len() == 1).flat_map(|r| r.parts).collect()
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::Relations;

    const NOTEBOOK: &str = "-- Databricks notebook source
-- MAGIC %md text

-- COMMAND ----------
CREATE TABLE IF NOT EXISTS ledger (
  id STRING NOT NULL COMMENT 'Use case, (an id).',
  cost DECIMAL(18, 2) COMMENT 'Cost.',
  tags ARRAY<STRUCT<a: STRING, b: INT>> COMMENT 'Tags.'
) USING DELTA COMMENT 'All calls.'

-- COMMAND ----------
CREATE OR REPLACE TEMPORARY VIEW scope AS
SELECT * FROM main.crm.use_cases WHERE name <> 'FROM ledger'

-- COMMAND ----------
CREATE OR REPLACE TEMPORARY VIEW answers AS SELECT 'old' AS old FROM ledger

-- COMMAND ----------
CREATE OR REPLACE TABLE batch USING DELTA AS
SELECT s.* FROM scope AS s LEFT ANTI JOIN answers AS a ON a.id = s.id

-- COMMAND ----------
CREATE OR REPLACE TEMPORARY VIEW answers AS SELECT id FROM ledger

-- COMMAND ----------
INSERT INTO ledger SELECT id FROM batch
";

    #[test]
    fn a_query_brings_the_definitions_that_it_reads() {
        let relations = Relations::read([NOTEBOOK]);
        let sql = relations.with("SELECT count(*) FROM batch", &IndexMap::new());
        let order: Vec<_> = ["scope AS (", "answers AS (\nSELECT id FROM ledger", "batch AS (", "SELECT count(*)"]
            .iter()
            .map(|part| sql.find(part).unwrap_or_else(|| panic!("{part} in {sql}")))
            .collect();
        assert!(order.is_sorted(), "{sql}");
        assert!(!sql.contains("ledger AS"), "a table that is there stays a table: {sql}");
        assert_eq!(relations.with("SELECT 1", &IndexMap::new()), "SELECT 1");
    }

    #[test]
    fn a_table_that_is_not_there_can_be_empty() {
        let relations = Relations::read([NOTEBOOK]);
        let empty = relations.empty("ledger").expect("a table");
        assert_eq!(
            empty,
            "SELECT CAST(NULL AS STRING) AS id, CAST(NULL AS DECIMAL(18, 2)) AS cost, \
             CAST(NULL AS ARRAY<STRUCT<a: STRING, b: INT>>) AS tags WHERE false"
        );
        let instead = IndexMap::from([("ledger".to_owned(), empty)]);
        let sql = relations.with("SELECT * FROM answers", &instead);
        assert!(sql.starts_with("WITH ledger AS (\nSELECT CAST"), "{sql}");
        assert_eq!(relations.tables().collect::<Vec<_>>(), ["ledger"]);
        assert_eq!(relations.empty("scope"), None);
    }
}
