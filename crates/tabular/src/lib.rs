//! Files of rows: CSV and JSON, with column types inferred over the whole file. Every value knows its place in the file,
//! so that one that does not fit its type is shown there. Pure.

mod column_type;
mod csv;
mod date_order;
mod infer;
mod json;
mod names;
mod rows;
mod typed;

pub use column_type::ColumnType;
pub use csv::read_csv;
pub use date_order::DateOrder;
pub use json::read_json;
pub use names::column_names;
pub use rows::{Rows, Value};
pub use typed::{TypedColumn, TypedRows};
