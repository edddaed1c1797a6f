//! The one reader of SQL: tokens, statements, relations, columns, literals, functions, the notebook format, and the rules
//! that every engine needs. Pure.

mod arity;
mod canonical;
mod create;
mod cursor;
mod effects;
mod fault;
mod files;
mod functions;
mod grammar;
mod joined;
mod keywords;
mod lexer;
pub mod lint;
mod literal;
pub mod notebook;
mod pieces;
mod relations;
mod sources;
mod statement;
mod structure;
mod token;
mod word_map;

pub use arity::arity;
pub use canonical::canonical;
pub use create::{ColumnDefinition, Create, column_definitions};
pub use cursor::{Cursor, closing, name_end, name_parts, opening};
pub use effects::{statement_words, writes_at};
pub use fault::{Faults, fault_in, faults_in};
pub use files::{FileAccess, file_access};
pub use functions::{FunctionKind, is_function, result_type};
pub use grammar::{SyntaxFault, expression_fault, query_fault};
pub use joined::{Joined, JoinedSource, joined};
pub use keywords::{ends_expression, is_keyword};
pub(crate) use lexer::tokens_and_open_ends;
pub use lexer::{is_blank_sql, lex, tokens, tokens_one_by_one};
pub use literal::{sql_ident, sql_name, sql_string};
pub use pieces::{pieces, split_at_commas};
pub use relations::{CommonTable, Relation, common_tables, relations};
pub use sources::{FromItem, FromSource, alias_at, from_items};
pub use statement::statements;

pub(crate) use statement::is_script;
pub use structure::{Clause, Frame, Item, Select, Structure};
pub use token::{Token, TokenKind, written};
