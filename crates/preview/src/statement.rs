//! What the preview asks of a SQL endpoint, and what comes back.

use async_trait::async_trait;
use serde::Serialize;

/// One statement with the values of its `:name` markers, all of them strings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WidgetStatement {
    /// The SQL.
    pub sql: String,
    /// Values by marker.
    pub parameters: Vec<(String, String)>,
    /// Catalog of unqualified names.
    pub catalog: Option<String>,
    /// Schema of unqualified names.
    pub schema: Option<String>,
}

impl WidgetStatement {
    /// Binds a text and gives its marker.
    pub fn bind(&mut self, value: &str) -> String {
        let at = self.parameters.iter().position(|(_, v)| v == value).unwrap_or_else(|| {
            self.parameters.push((format!("piq_{}", self.parameters.len()), value.to_owned()));
            self.parameters.len() - 1
        });
        format!(":{}", self.parameters[at].0)
    }

    /// The statement as a person reads it: with the values in comments after it.
    pub fn shown(&self) -> String {
        let mut text = self.sql.clone();
        for (name, value) in &self.parameters {
            text.push_str(&format!("\n-- :{name} = '{}'", value.replace(['\n', '\r'], " ")));
        }
        text
    }
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueryColumn {
    /// Its name.
    pub name: String,
    /// Its type as the API names it: `STRING`, `LONG`, `DECIMAL`, `DATE`, `TIMESTAMP` …
    pub type_name: String,
}

/// A result: every value as text, or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryTable {
    /// The columns.
    pub columns: Vec<QueryColumn>,
    /// The rows, each with one value per column.
    pub rows: Vec<Vec<Option<String>>>,
}

/// A SQL endpoint. An error is the text that the endpoint gave.
#[async_trait]
pub trait WidgetQueries: Send + Sync {
    /// Runs one statement and gives its whole result.
    async fn run(&self, statement: &WidgetStatement) -> Result<QueryTable, String>;

    /// A text that changes when the data may have changed; nothing if the endpoint cannot tell.
    async fn data_version(&self) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::WidgetStatement;

    #[test]
    fn a_value_is_bound_once_and_never_becomes_sql() {
        let mut statement = WidgetStatement::default();
        assert_eq!(statement.bind("x' OR 1=1 --"), ":piq_0");
        assert_eq!(statement.bind("y\nz"), ":piq_1");
        assert_eq!(statement.bind("x' OR 1=1 --"), ":piq_0");
        statement.sql = "SELECT :piq_0".to_owned();
        assert_eq!(statement.shown(), "SELECT :piq_0\n-- :piq_0 = 'x' OR 1=1 --'\n-- :piq_1 = 'y z'");
    }
}
