//! What piq asks of a Databricks workspace, and the one module that speaks HTTP to it.
