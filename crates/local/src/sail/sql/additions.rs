//! What a cell for a real workspace only adds to tables: the local engine lacks the statements around it, but its
//! tables must gain the columns.

use super::command::{AddedColumn, Command, command};
use crate::engine::EngineError;
use piq_sql::tokens;

/// A table's name and the columns that it gains.
pub(super) type Additions = (Vec<String>, Vec<AddedColumn>);

/// The `ALTER TABLE … ADD COLUMNS` statements in a cell, wherever they stand in it.
pub(crate) fn additions(sql: &str) -> Result<Vec<Additions>, EngineError> {
    let tokens = tokens(sql);
    let mut found = Vec::new();
    for (at, pair) in tokens.windows(2).enumerate() {
        if !(pair[0].is_word("ALTER") && pair[1].is_word("TABLE")) {
            continue;
        }
        let end = tokens[at..].iter().find(|t| t.is(";")).map_or(sql.len(), |t| t.span.start);
        if let Command::AddColumns { table, columns } = command(&sql[pair[0].span.start..end])? {
            found.push((table, columns));
        }
    }
    Ok(found)
}
