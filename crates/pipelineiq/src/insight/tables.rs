//! The pipeline's tables as they are, also before the first run: what is not there yet reads as empty.

use futures_util::future::try_join_all;
use indexmap::IndexMap;

use super::query::{QueryRunner, Rows, WarehouseQueries, is_missing_table};
use super::relations::Relations;
use piq_databricks::workspace::WorkspaceError;

/// A warehouse that knows the relations of the notebooks.
pub struct Tables<'a> {
    warehouse: WarehouseQueries<'a>,
    relations: &'a Relations,
    empty: IndexMap<String, String>,
}

impl<'a> Tables<'a> {
    /// Looks which of the pipeline's tables are there.
    ///
    /// # Errors
    /// What the workspace says, apart from a catalog, schema or table that is not there.
    pub async fn open(mut warehouse: WarehouseQueries<'a>, relations: &'a Relations) -> Result<Self, WorkspaceError> {
        if !is_there(&warehouse, "SELECT 1").await? {
            warehouse.schema = None;
            if !is_there(&warehouse, "SELECT 1").await? {
                warehouse.catalog = None;
            }
        }
        let no_schema = warehouse.schema.is_none();
        let look = |table: &'a str| async move {
            let there = !no_schema && is_there(&warehouse, &format!("SELECT 1 FROM {table} LIMIT 0")).await?;
            Ok::<_, WorkspaceError>((table, there))
        };
        let found = try_join_all(relations.tables().map(look)).await?;
        let missing = found.into_iter().filter(|(_, there)| !there);
        let empty = missing.filter_map(|(table, _)| Some((table.to_owned(), relations.empty(table)?))).collect();
        Ok(Self { warehouse, relations, empty })
    }

    /// Whether the notebooks' table of this name is there.
    pub fn has(&self, table: &str) -> bool {
        self.relations.columns(table).is_some() && !self.empty.contains_key(table)
    }

    /// Whether no run of the pipeline has made its tables yet.
    pub fn is_new(&self) -> bool {
        self.relations.tables().all(|t| !self.has(t))
    }

    /// Asks a query over the notebooks' tables and views.
    ///
    /// # Errors
    /// What the workspace says.
    pub async fn ask(&self, query: &str) -> Result<Rows, WorkspaceError> {
        self.ask_with(query, &IndexMap::new()).await
    }

    /// Asks a query where some of the notebooks' views are defined otherwise: `instead` has their queries by name.
    ///
    /// # Errors
    /// What the workspace says.
    pub(crate) async fn ask_with(
        &self,
        query: &str,
        instead: &IndexMap<String, String>,
    ) -> Result<Rows, WorkspaceError> {
        let mut all = self.empty.clone();
        all.extend(instead.clone());
        self.warehouse.query(&self.relations.with(query, &all)).await
    }

    /// Runs a statement as it is.
    ///
    /// # Errors
    /// What the workspace says.
    pub async fn run(&self, statement: &str) -> Result<Rows, WorkspaceError> {
        self.warehouse.query(statement).await
    }
}

async fn is_there(warehouse: &WarehouseQueries<'_>, probe: &str) -> Result<bool, WorkspaceError> {
    match warehouse.query(probe).await {
        Ok(_) => Ok(true),
        Err(e) if is_missing_table(&e) => Ok(false),
        Err(e) => Err(e),
    }
}
