//! What the pipeline creates, as far as dashboards can read it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What the pipeline creates: tables and views by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Tables and views; names in lower case.
    pub tables: BTreeMap<String, ContractTable>,
}

/// The columns of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractTable {
    /// Columns by name; names in lower case.
    #[serde(default)]
    pub columns: BTreeMap<String, TableColumn>,
    /// Whether it has other columns, which are not known.
    #[serde(default)]
    pub open: bool,
}

/// One column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableColumn {
    /// SQL type, such as `STRING` or `DECIMAL(18,2)`.
    #[serde(rename = "type")]
    pub sql_type: String,
    /// The only values that it takes; empty if any.
    #[serde(default)]
    pub allowed: Vec<String>,
}

/// Columns by their names in lower case.
pub(crate) type Columns = BTreeMap<String, TableColumn>;
