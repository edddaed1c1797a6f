//! What a cell for a real workspace only adds to tables: the local engine lacks the statements around it, but its
//! tables must gain the columns.

use super::command::{AddedColumn, Command, command};
use super::tokens::tokens;
use crate::local::engine::EngineError;

/// A table's name and the columns that it gains.
pub type Additions = (Vec<String>, Vec<AddedColumn>);

/// The `ALTER TABLE … ADD COLUMNS` statements in a cell, wherever they stand in it.
pub fn additions(sql: &str) -> Result<Vec<Additions>, EngineError> {
    let tokens = tokens(sql);
    let mut found = Vec::new();
    for (at, pair) in tokens.windows(2).enumerate() {
        if !(pair[0].is("ALTER") && pair[1].is("TABLE")) {
            continue;
        }
        let end = tokens[at..].iter().find(|t| t.is_symbol(";")).map_or(sql.len(), |t| t.start);
        if let Command::AddColumns { table, columns } = command(&sql[pair[0].start..end])? {
            found.push((table, columns));
        }
    }
    Ok(found)
}
