//! SQL texts: lexer, statements, the notebook format, and the rules that every engine needs. Pure.

mod lexer;
pub mod lint;
pub mod notebook;
mod quote;
mod statement;
mod structure;
mod token;

pub use lexer::{lex, tokens};
pub use quote::{sql_ident, sql_string};
pub use statement::{is_script, statements};
pub use structure::{Clause, Frame, Item, Select, Structure};
pub use token::{Token, TokenKind};
