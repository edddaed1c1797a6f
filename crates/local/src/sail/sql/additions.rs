//! What a cell for a real workspace only adds to the catalog: the local engine lacks the statements around it, but its
//! tables must gain the columns, and its catalog the schema.

use std::collections::BTreeMap;

use super::command::{Command, command};
use super::parameters::bind;
use crate::engine::{EngineError, Parameter};
use piq_sql::tokens;

/// The `ALTER TABLE … ADD COLUMNS` and `CREATE SCHEMA` statements in a cell, wherever they stand in it. The conditions
/// around them are not evaluated, so a schema is made only if it is missing.
pub(crate) fn additions(sql: &str, parameters: &BTreeMap<String, Parameter>) -> Result<Vec<Command>, EngineError> {
    let tokens = tokens(sql);
    let mut found = Vec::new();
    for (at, pair) in tokens.windows(2).enumerate() {
        let adds = pair[0].is_word("ALTER") && pair[1].is_word("TABLE");
        let makes = pair[0].is_word("CREATE") && pair[1].is_word("SCHEMA");
        if !(adds || makes) {
            continue;
        }
        let end = tokens[at..].iter().find(|t| t.is(";")).map_or(sql.len(), |t| t.span.start);
        match command(&bind(&sql[pair[0].span.start..end], parameters)?)? {
            add @ Command::AddColumns { .. } => found.push(add),
            Command::CreateSchema { name, .. } => found.push(Command::CreateSchema { name, if_not_exists: true }),
            _ => {}
        }
    }
    Ok(found)
}
