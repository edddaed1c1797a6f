//! The tables and views that SQL notebooks create: what is read is what is rendered, so it cannot be out of date.

use std::collections::{BTreeMap, BTreeSet};

use super::infer::text;
use super::model::Columns;
use super::model::{Contract, ContractTable, TableColumn};
use super::select;
use piq_diagnostics::parallel;
use piq_sql::notebook::{CellKind, NotebookCell, cells};
use piq_sql::{Create, Token, closing, column_definitions, statements, tokens};

/// Adds to `contract` what the notebooks create, in their order; then `allow` says which values columns have. Temporary
/// views are seen by the notebook that makes them, and are not part of the contract.
pub fn add_created(contract: &mut Contract, notebooks: &[&str], allow: impl Fn(&mut Contract)) {
    let cells: Vec<Vec<NotebookCell>> = parallel::map(notebooks, |source| cells(source));
    let read: Vec<Vec<Vec<Token<'_>>>> = cells.iter().map(|cells| read(cells)).collect();
    let read: Vec<Vec<&[Token<'_>]>> = read.iter().map(|cells| needed(cells)).collect();
    // tables first: views show the values that are known of them
    let declared: Vec<Vec<&[Token<'_>]>> =
        read.iter().map(|all| all.iter().copied().filter(|statement| declares(statement)).collect()).collect();
    for statements in [declared, read] {
        add(contract, &statements);
        allow(contract);
    }
}

fn read(cells: &[NotebookCell]) -> Vec<Vec<Token<'_>>> {
    let sql: Vec<&NotebookCell> = cells.iter().filter(|c| c.kind == CellKind::Sql).collect();
    parallel::map(&sql, |cell| tokens(&cell.text))
}

/// Whether a statement says columns and their types itself.
fn declares(statement: &[Token<'_>]) -> bool {
    Create::read(statement).map_or_else(|| adds_columns(statement), |create| create.query.is_none())
}

fn adds_columns(all: &[Token<'_>]) -> bool {
    all.first().is_some_and(|t| t.is_word("alter")) && !all.get(1).is_some_and(|t| t.is_word("view"))
}

/// The statements of a notebook that the contract needs, in their order: those that create what other notebooks and
/// dashboards see, and the temporary views that one of them names, directly or through others. Most of a notebook's
/// temporary views are steps of a query that writes to a table whose columns are declared, and need not be read.
fn needed<'a, 'c>(cells: &'a [Vec<Token<'c>>]) -> Vec<&'a [Token<'c>]> {
    let all: Vec<&[Token<'_>]> = cells.iter().flat_map(|cell| statements(cell)).collect();
    let mut named: BTreeSet<String> = BTreeSet::new();
    let mut needed = Vec::new();
    for statement in all.into_iter().rev() {
        let create = Create::read(statement);
        let is_step = create.as_ref().is_some_and(|c| c.temporary && !named.contains(c.last_name()));
        if is_step {
            continue;
        }
        if let Some(query) = create.and_then(|c| c.query) {
            named.extend(statement[query].iter().filter(|t| t.is_name()).map(|t| t.content().to_lowercase()));
        }
        needed.push(statement);
    }
    needed.reverse();
    needed
}

fn add(contract: &mut Contract, notebooks: &[Vec<&[Token<'_>]>]) {
    for statements in notebooks {
        let mut temporary: BTreeMap<String, Option<ContractTable>> = BTreeMap::new();
        for statement in statements {
            if let Some((name, before)) = apply(statement, contract) {
                temporary.entry(name).or_insert(before);
            }
        }
        for (name, before) in temporary {
            match before {
                Some(table) => contract.tables.insert(name, table),
                None => contract.tables.remove(&name),
            };
        }
    }
}

/// Applies one statement. Of a temporary view gives the name and what had that name before.
fn apply(all: &[Token<'_>], contract: &mut Contract) -> Option<(String, Option<ContractTable>)> {
    if adds_columns(all) {
        add_columns(all, contract);
        return None;
    }
    let create = Create::read(all)?;
    let name = create.last_name().to_owned();
    let listed = create.list.clone().map(|list| columns(all, list));
    let selected = create.query.clone().map(|query| select::columns(all, query, contract));
    let table = match (selected, listed) {
        // a view's own list renames its columns: the names are known, of the values nothing is
        (Some(_), Some(names)) if create.is_view => {
            let columns = names.into_keys().map(|name| (name, TableColumn::default())).collect();
            ContractTable { columns, open: false }
        }
        (Some(Some(columns)), _) => ContractTable { columns, open: false },
        (Some(None), _) => ContractTable { columns: Columns::new(), open: true },
        (None, Some(columns)) => ContractTable { columns, open: false },
        (None, None) => ContractTable { columns: Columns::new(), open: true },
    };
    let before = if create.if_not_exists && contract.tables.contains_key(&name) {
        None
    } else {
        contract.tables.insert(name.clone(), table)
    };
    create.temporary.then_some((name, before))
}

/// `ALTER TABLE name ADD COLUMN[S] (…)`
fn add_columns(all: &[Token<'_>], contract: &mut Contract) {
    let Some(add) =
        all.windows(3).position(|w| w[0].is_word("add") && w[1].is_any(&["column", "columns"]) && w[2].is("("))
    else {
        return;
    };
    let Some(name) = add.checked_sub(1).map(|i| all[i].content().to_lowercase()) else { return };
    if let Some(table) = contract.tables.get_mut(&name) {
        for (column, known) in columns(all, add + 3..closing(all, add + 2)) {
            table.columns.entry(column).or_insert(known);
        }
    }
}

fn columns(all: &[Token<'_>], list: std::ops::Range<usize>) -> Columns {
    let known = |sql_type: String| TableColumn { sql_type, allowed: Vec::new() };
    let definitions = column_definitions(all, list).into_iter();
    definitions.map(|d| (d.name.to_lowercase(), known(text(&all[d.type_tokens]).to_uppercase()))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Contract;
    use super::add_created;

    const NOTEBOOK: &str = "-- Databricks notebook source
USE SCHEMA IDENTIFIER(:schema)

-- COMMAND ----------

CREATE TABLE IF NOT EXISTS answers (id STRING NOT NULL COMMENT 'key, of all', score DECIMAL(5,2), points ARRAY<STRUCT<a: INT, b: STRING>> COMMENT 'x') USING DELTA

-- COMMAND ----------

ALTER TABLE answers ADD COLUMNS (level STRING COMMENT 'l', score INT)

-- COMMAND ----------

CREATE OR REPLACE TEMP VIEW latest AS
SELECT r.*, row_number() OVER (PARTITION BY id ORDER BY day DESC) AS place FROM main.crm.uses AS r

-- COMMAND ----------

CREATE OR REPLACE VIEW everything AS
WITH best AS (SELECT id, max(score) AS score FROM answers GROUP BY id)
SELECT s.*, a.level, best.score, coalesce(a.level, 'None') AS shown,
  CASE WHEN a.score > 3 THEN 'yes' WHEN s.day IS NULL THEN CASE WHEN true THEN 'odd' END ELSE 'no' END AS good,
  datediff(current_date(), s.day) > 14 AS is_stale, count(*) AS n, CAST(a.score AS INT) whole
FROM (SELECT * FROM latest) s
JOIN answers AS a ON a.id = s.id LEFT JOIN best ON best.id = a.id
LATERAL VIEW explode(a.points) p AS point
WHERE s.place = 1
";

    #[test]
    fn views_have_the_columns_of_their_select_lists() {
        let mut contract: Contract = serde_json::from_str(
            r#"{"tables": {"main.crm.uses": {"columns": {"id": {"type": "STRING"}, "day": {"type": "DATE"}}}}}"#,
        )
        .expect("a contract");
        add_created(&mut contract, &[NOTEBOOK], |_| {});
        let names: Vec<&str> = contract.tables.keys().map(String::as_str).collect();
        assert_eq!(names, ["answers", "everything", "main.crm.uses"], "others do not see a temporary view");
        let answers = &contract.tables["answers"].columns;
        assert_eq!(answers["points"].sql_type, "ARRAY<STRUCT<A:INT,B:STRING>>");
        assert_eq!(answers["score"].sql_type, "DECIMAL(5,2)");
        let view: Vec<(&str, &str)> =
            contract.tables["everything"].columns.iter().map(|(n, c)| (n.as_str(), c.sql_type.as_str())).collect();
        assert_eq!(
            view,
            [
                ("day", "DATE"),
                ("good", "STRING"),
                ("id", "STRING"),
                ("is_stale", "BOOLEAN"),
                ("level", "STRING"),
                ("n", "BIGINT"),
                ("place", "BIGINT"),
                ("score", "DECIMAL(5,2)"),
                ("shown", "STRING"),
                ("whole", "INT"),
            ]
        );
        assert_eq!(contract.tables["everything"].columns["good"].allowed, ["yes", "odd", "no"]);
        assert!(contract.tables["everything"].columns["shown"].allowed.is_empty(), "any level");
    }

    #[test]
    fn what_cannot_be_told_is_open() {
        let mut contract = Contract::default();
        let source = "-- Databricks notebook source\nCREATE VIEW v AS SELECT * FROM range(3)\n";
        add_created(&mut contract, &[source], |_| {});
        assert!(contract.tables["v"].open);
    }
}
