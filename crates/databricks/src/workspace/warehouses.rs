//! SQL warehouses.

use async_trait::async_trait;
use serde_json::Value;

use super::error::Result;
use super::ids::WarehouseId;

/// A SQL warehouse as the workspace has it.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteWarehouse {
    /// Its id.
    pub id: WarehouseId,
    /// Its name.
    pub name: String,
    /// `RUNNING`, `STOPPED`, …
    pub state: String,
    /// All its settings as the API gives them.
    pub settings: Value,
}

/// Reads and changes warehouses.
#[async_trait]
pub trait Warehouses: Send + Sync {
    /// All warehouses that the caller may see.
    async fn warehouses(&self) -> Result<Vec<RemoteWarehouse>>;

    /// One warehouse.
    async fn warehouse(&self, id: &WarehouseId) -> Result<Option<RemoteWarehouse>>;

    /// Creates a warehouse and gives its id. It is not repeated when the answer is lost.
    async fn create_warehouse(&self, spec: &Value) -> Result<WarehouseId>;

    /// Changes a warehouse.
    async fn edit_warehouse(&self, id: &WarehouseId, spec: &Value) -> Result<()>;

    /// Deletes a warehouse; whether it was there.
    async fn delete_warehouse(&self, id: &WarehouseId) -> Result<bool>;
}
