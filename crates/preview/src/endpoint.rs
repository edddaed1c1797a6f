//! A SQL warehouse of a workspace as the endpoint of a preview.

use std::sync::Arc;

use async_trait::async_trait;

use super::statement::{QueryColumn, QueryTable, WidgetQueries, WidgetStatement};
use piq_databricks::workspace::{StatementRequest, StatementsApi, WarehouseId, WorkspaceError};

/// A warehouse.
pub struct WarehouseEndpoint {
    statements: Arc<dyn StatementsApi>,
    id: WarehouseId,
    probe: Option<WidgetStatement>,
}

impl WarehouseEndpoint {
    /// The warehouse with this id.
    pub fn new(statements: Arc<dyn StatementsApi>, id: WarehouseId) -> Self {
        Self { statements, id, probe: None }
    }

    /// Looks for new data with this statement every few seconds. Not for a warehouse that costs while it is awake.
    pub fn with_probe(self, probe: WidgetStatement) -> Self {
        Self { probe: Some(probe), ..self }
    }
}

#[async_trait]
impl WidgetQueries for WarehouseEndpoint {
    async fn run(&self, statement: &WidgetStatement) -> Result<QueryTable, String> {
        let request = StatementRequest {
            warehouse_id: self.id.clone(),
            statement: statement.sql.clone(),
            parameters: statement.parameters.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect(),
            catalog: statement.catalog.clone(),
            schema: statement.schema.clone(),
            row_limit: None,
        };
        let result = self.statements.execute_statement(&request).await.map_err(|e| match e {
            // what the endpoint says, without a frame around it
            WorkspaceError::Statement(text) => text,
            other => other.to_string(),
        })?;
        let columns = result
            .columns
            .into_iter()
            .map(|c| QueryColumn { name: c.name, type_name: type_name(&c.type_text) })
            .collect();
        Ok(QueryTable { columns, rows: result.rows })
    }

    async fn data_version(&self) -> Option<String> {
        let probe = self.probe.as_ref()?;
        // a table that is not there yet is a version too: that it appears is news
        Some(match self.run(probe).await {
            Ok(table) => format!("{:?}", table.rows),
            Err(error) => error,
        })
    }
}

/// The name of a type without its precision, as the API has it.
fn type_name(type_text: &str) -> String {
    let word = type_text.split(['(', '<', ' ']).next().unwrap_or_default().to_ascii_uppercase();
    match word.as_str() {
        "BIGINT" => "LONG",
        "SMALLINT" => "SHORT",
        "TINYINT" => "BYTE",
        "INTEGER" => "INT",
        "REAL" => "FLOAT",
        "NUMERIC" | "DEC" => "DECIMAL",
        other => other,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;

    use super::super::statement::{WidgetQueries, WidgetStatement};
    use super::{WarehouseEndpoint, type_name};
    use piq_databricks::workspace::{ResultColumn, ResultSet, StatementRequest, StatementsApi, WorkspaceError};

    struct Echo;

    #[async_trait]
    impl StatementsApi for Echo {
        async fn execute_statement(&self, request: &StatementRequest) -> Result<ResultSet, WorkspaceError> {
            if request.statement == "bad" {
                return Err(WorkspaceError::Statement("[NO] such table".to_owned()));
            }
            let values: Vec<_> = request.parameters.iter().map(|(name, p)| (name, &p.value)).collect();
            let said = format!("{} {} {values:?}", request.warehouse_id, request.statement);
            let columns = vec![ResultColumn { name: "c0".to_owned(), type_text: "DECIMAL(10,2)".to_owned() }];
            Ok(ResultSet { columns, rows: vec![vec![Some(said)]], truncated: false })
        }
    }

    #[tokio::test]
    async fn statements_reach_the_warehouse_with_their_values() {
        let warehouse = WarehouseEndpoint::new(Arc::new(Echo), "w1".into());
        let mut statement = WidgetStatement { sql: "good".to_owned(), ..WidgetStatement::default() };
        statement.bind("x");
        let table = warehouse.run(&statement).await.expect("a result");
        assert_eq!(table.rows[0][0].as_deref(), Some("w1 good [(\"piq_0\", \"x\")]"));
        assert_eq!(table.columns[0].type_name, "DECIMAL");
        assert_eq!(warehouse.data_version().await, None);
        let probing = WarehouseEndpoint::new(Arc::new(Echo), "w1".into()).with_probe(statement.clone());
        assert!(probing.data_version().await.is_some_and(|v| v.contains("w1 good")));
        statement.sql = "bad".to_owned();
        assert_eq!(warehouse.run(&statement).await, Err("[NO] such table".to_owned()));
    }

    #[test]
    fn types_have_one_name() {
        let names = ["bigint", "DECIMAL(18,2)", "ARRAY<STRING>", "timestamp_ntz", "int"].map(type_name);
        assert_eq!(names, ["LONG", "DECIMAL", "ARRAY", "TIMESTAMP_NTZ", "INT"]);
    }
}
