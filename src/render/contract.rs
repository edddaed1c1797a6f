//! What the rendered pipeline creates, and the dashboards held against it.

use crate::dashboard::contract::{Column, Contract, Table, add_created};
use crate::dashboard::{check_contract, check_names, files, lint};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::pipeline::{Content, Registry};
use crate::project::Project;

use super::rendered_notebooks;

/// The tables and views of the target's pipeline: read from the SQL of its notebooks, with the values that enrichments
/// and reference tables allow. None if the project has no pipeline.
///
/// # Errors
/// Every fault of templates and pipeline files.
pub fn contract(project: &Project, content: &Content) -> Result<Option<Contract>, Diagnostics> {
    let Some((registry, notebooks)) = rendered_notebooks(project, content)? else { return Ok(None) };
    let texts: Vec<&str> = notebooks.values().map(|n| n.text.as_str()).collect();
    Ok(Some(of_pipeline(&registry, &texts)))
}

fn of_pipeline(registry: &Registry, notebooks: &[&str]) -> Contract {
    let mut contract = Contract::default();
    contract.tables.insert(registry.config.source_table.to_lowercase(), source(registry));
    // twice: the views of the first pass show no allowed values, as these are known of tables only
    add_created(&mut contract, notebooks);
    allow(registry, &mut contract);
    add_created(&mut contract, notebooks);
    allow(registry, &mut contract);
    contract.tables.remove(&registry.config.source_table.to_lowercase());
    contract
}

fn source(registry: &Registry) -> Table {
    let columns = registry.source_columns.rows.iter().filter_map(|row| {
        let column = Column { sql_type: row.get("type")?.clone(), allowed: Vec::new() };
        Some((row.get("column")?.to_lowercase(), column))
    });
    Table { columns: columns.collect(), open: false }
}

/// Fills in the values of columns.
fn allow(registry: &Registry, contract: &mut Contract) {
    for (name, reference) in &registry.reference {
        let Some(table) = contract.tables.get_mut(&name.to_lowercase()) else { continue };
        for (column, known) in &mut table.columns {
            let values = reference.rows.iter().filter_map(|row| row.get(column));
            if known.sql_type == "STRING" {
                known.allowed = values.cloned().collect();
            }
        }
    }
    let columns = registry.enrichments.iter().flat_map(|e| &e.columns);
    for (name, column) in columns.filter(|(_, c)| !c.allowed_values.is_empty()) {
        for table in contract.tables.values_mut() {
            if let Some(known) = table.columns.get_mut(&name.to_lowercase()).filter(|k| k.sql_type == "STRING") {
                known.allowed.clone_from(&column.allowed_values);
            }
        }
    }
}

/// Checks every dashboard file of a project: its own rules, the lock of names, and the contract if there is one.
pub fn lint_dashboards(content: &Content, contract: Option<&Contract>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut names = Vec::new();
    for (path, source) in content {
        let Some(name) = path.strip_prefix("dashboards/").filter(|n| n.ends_with(files::EXTENSION)) else { continue };
        names.push(name.to_owned());
        found.extend(lint(path, source.text.as_bytes()));
        if let Some(contract) = contract {
            found.extend(check_contract(path, source.text.as_bytes(), contract));
        }
    }
    if let Some(lock) = content.get(files::NAMES_LOCK) {
        found.extend(check_names(files::NAMES_LOCK, &lock.text, &names));
    }
    found
}
