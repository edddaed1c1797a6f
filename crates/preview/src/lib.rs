//! The preview: every widget of a dashboard as the picture of its data, and the page that shows them.

mod assets;
mod body;
mod cache;
mod cell;
mod chart;
mod counter;
mod draw;
mod endpoint;
mod expression;
mod files;
mod filter;
mod filters;
mod format;
mod grid;
mod html;
mod legacy;
mod mark;
mod model;
mod moment;
mod page;
mod palette;
mod picture;
mod pivot;
mod query;
mod reader;
mod selection;
mod server;
mod session;
mod statement;
mod value;

pub use body::Namespaces;
pub use endpoint::Warehouse;
pub use page::Target;
pub use server::{Server, serve};
pub use session::{Clock, Coverage, Preview};
pub use statement::{Column, Query, Statement, Table};
