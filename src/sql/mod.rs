//! SQL texts: lexer, statements, the notebook format, and the rules that every engine needs. Pure.

mod lexer;
pub mod notebook;
mod statement;
mod token;

pub use lexer::{lex, tokens};
pub use statement::{is_script, statements};
pub use token::{Token, TokenKind};
