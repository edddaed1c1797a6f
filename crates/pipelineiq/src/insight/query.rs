//! Reading tables: one statement in, rows by column name out.

use async_trait::async_trait;

use piq_databricks::workspace::{ResultColumn, ResultSet, StatementRequest, WarehouseId, Workspace, WorkspaceError};

/// Runs SQL where a target keeps its tables.
#[async_trait]
pub trait QueryRunner: Send + Sync {
    /// Runs one statement to its end and gives the whole result.
    ///
    /// # Errors
    /// What the workspace says; [`is_missing_table`] tells a table that is not there.
    async fn query(&self, sql: &str) -> Result<Rows, WorkspaceError>;
}

/// A warehouse of a workspace, with its current catalog and schema.
#[derive(Clone, Copy)]
pub struct WarehouseQueries<'a> {
    /// The workspace.
    pub workspace: &'a dyn Workspace,
    /// The warehouse that runs the statements.
    pub id: &'a WarehouseId,
    /// Catalog of unqualified names; none when it is not there.
    pub catalog: Option<&'a str>,
    /// Schema of unqualified names; none when it is not there.
    pub schema: Option<&'a str>,
}

#[async_trait]
impl QueryRunner for WarehouseQueries<'_> {
    async fn query(&self, sql: &str) -> Result<Rows, WorkspaceError> {
        let request = StatementRequest {
            catalog: self.catalog.map(str::to_owned),
            schema: self.schema.map(str::to_owned),
            ..StatementRequest::new(self.id.clone(), sql)
        };
        Ok(Rows::from(self.workspace.execute_statement(&request).await?))
    }
}

/// Whether a statement failed because a table, view, schema or catalog that it names is not there.
pub fn is_missing_table(error: &WorkspaceError) -> bool {
    let WorkspaceError::Statement(text) = error else { return error.is_missing() };
    [
        "TABLE_OR_VIEW_NOT_FOUND",
        "SCHEMA_NOT_FOUND",
        "NO_SUCH_SCHEMA",
        "NO_SUCH_CATALOG",
        "CATALOG_NOT_FOUND",
        "DATABASE_NOT_FOUND",
    ]
    .iter()
    .any(|class| text.contains(class))
}

/// A result, read by the names of its columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// The columns.
    pub columns: Vec<ResultColumn>,
    rows: Vec<Vec<Option<String>>>,
}

impl From<ResultSet> for Rows {
    fn from(result: ResultSet) -> Self {
        Self { columns: result.columns, rows: result.rows }
    }
}

impl Rows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The first value of the first row.
    pub fn value(&self) -> Option<&str> {
        self.rows.first()?.first()?.as_deref()
    }

    /// The rows.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|values| Row { columns: &self.columns, values })
    }

    /// The first row.
    pub fn first(&self) -> Option<Row<'_>> {
        self.iter().next()
    }
}

/// One row of a result. A value that is NULL, of no such column or not of the asked type is `None`.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    columns: &'a [ResultColumn],
    values: &'a [Option<String>],
}

impl<'a> Row<'a> {
    /// The value as text.
    pub fn text(&self, column: &str) -> Option<&'a str> {
        let at = self.columns.iter().position(|c| c.name.eq_ignore_ascii_case(column))?;
        self.values.get(at)?.as_deref()
    }

    /// The value at a position, for a result whose columns have no names of their own.
    pub fn at(&self, position: usize) -> Option<&'a str> {
        self.values.get(position)?.as_deref()
    }

    /// The value as a number.
    pub fn number(&self, column: &str) -> Option<f64> {
        self.text(column)?.trim().parse().ok().filter(|n: &f64| n.is_finite())
    }

    /// The value as a whole number; one written with a fraction of zero counts.
    pub fn integer(&self, column: &str) -> Option<i64> {
        let text = self.text(column)?.trim();
        let whole = text.split_once('.').filter(|(_, f)| f.chars().all(|c| c == '0')).map_or(text, |(w, _)| w);
        whole.parse().ok()
    }

    /// The value as a count: a whole number that is not negative, 0 for none.
    pub fn count(&self, column: &str) -> u64 {
        self.integer(column).and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
    }

    /// The value as a truth value.
    pub fn flag(&self, column: &str) -> Option<bool> {
        match self.text(column)?.trim().to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The value as JSON, for what a query made with `to_json`.
    pub fn json(&self, column: &str) -> Option<serde_json::Value> {
        serde_json::from_str(self.text(column)?).ok()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use super::{Rows, is_missing_table};
    use piq_databricks::workspace::{ResultColumn, ResultSet, WorkspaceError};

    /// Rows of text for tests: columns by name, `NULL` for none.
    pub(crate) fn rows(columns: &[&str], values: &[&[&str]]) -> Rows {
        let column = |name: &&str| ResultColumn { name: (*name).into(), type_text: "STRING".into() };
        let value = |v: &&str| (*v != "NULL").then(|| (*v).to_owned());
        Rows::from(ResultSet {
            columns: columns.iter().map(column).collect(),
            rows: values.iter().map(|r| r.iter().map(value).collect()).collect(),
            ..ResultSet::default()
        })
    }

    #[test]
    fn values_are_read_by_name_and_type() {
        let rows = rows(
            &["a", "B", "c", "d", "e"],
            &[&["12", "1.50", "true", "NULL", "{\"x\":[1]}"], &["3.00", "x", "", "-1", "["]],
        );
        let first = rows.first().expect("a row");
        assert_eq!((first.integer("a"), first.number("b"), first.flag("c")), (Some(12), Some(1.5), Some(true)));
        assert_eq!((first.text("d"), first.text("nowhere"), first.count("d")), (None, None, 0));
        assert_eq!(first.json("e").expect("JSON")["x"][0], 1);
        let second = rows.iter().nth(1).expect("a row");
        assert_eq!((second.integer("a"), second.number("b"), second.flag("c")), (Some(3), None, None));
        assert_eq!((second.count("d"), second.json("e")), (0, None));
        assert_eq!(rows.len(), 2);
        assert_eq!(rows.columns.iter().map(|c| (c.name.clone(), 1)).collect::<BTreeMap<_, _>>().len(), 5);
    }

    #[test]
    fn a_missing_table_is_told_from_other_faults() {
        let failed = |text: &str| WorkspaceError::Statement(text.into());
        assert!(is_missing_table(&failed("[TABLE_OR_VIEW_NOT_FOUND] piq_ai_calls")));
        assert!(is_missing_table(&failed("[SCHEMA_NOT_FOUND] main.x")));
        assert!(!is_missing_table(&failed("[PARSE_SYNTAX_ERROR] near FROM")));
        assert!(!is_missing_table(&WorkspaceError::Auth("no token".into())));
    }
}
