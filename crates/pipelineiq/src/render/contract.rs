//! What the rendered pipeline creates, and the dashboards compared with it.

use std::collections::BTreeSet;

use crate::pipeline::{Content, Registry, RenderedPipeline};
use piq_bundle::{ResourceKind, TargetBundle};
use piq_diagnostics::{Diagnostic, Diagnostics, parallel};
use piq_lakeview::contract::{Contract, ContractTable, TableColumn, add_created};
use piq_lakeview::{LintSettings, check_names, files, lint};

use super::{dashboard_files, rendered_notebooks};

/// The tables and views of the target's pipeline: read from the SQL of its notebooks, with the values that enrichments
/// and reference tables allow. None if the project has no pipeline.
///
/// # Errors
/// Every fault of templates and pipeline files.
pub fn contract(project: &TargetBundle, content: &Content) -> Result<Option<Contract>, Diagnostics> {
    Ok(rendered_notebooks(project, content)?.as_ref().map(of_pipeline))
}

pub(super) fn of_pipeline(pipeline: &RenderedPipeline) -> Contract {
    let registry = &pipeline.registry;
    let notebooks: Vec<&str> = pipeline.notebooks.values().map(|n| n.text.as_str()).collect();
    let mut contract = Contract::default();
    contract.tables.insert(registry.config.source_table.to_lowercase(), source(registry));
    add_created(&mut contract, &notebooks, |contract| allow(registry, contract));
    contract.tables.remove(&registry.config.source_table.to_lowercase());
    contract
}

fn source(registry: &Registry) -> ContractTable {
    let columns = registry.source_columns.rows.iter().filter_map(|row| {
        let column = TableColumn { sql_type: row.get("type")?.clone(), allowed: Vec::new() };
        Some((row.get("column")?.to_lowercase(), column))
    });
    ContractTable { columns: columns.collect(), open: false }
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
    for enrichment in &registry.enrichments {
        for (name, column) in &enrichment.columns {
            let answers = enrichment.answer.get(name).map(|p| p.values.as_slice()).unwrap_or_default();
            let values = if column.allowed_values.is_empty() { answers } else { &column.allowed_values };
            if values.is_empty() {
                continue;
            }
            for table in contract.tables.values_mut() {
                if let Some(known) = table.columns.get_mut(&name.to_lowercase()).filter(|k| k.sql_type == "STRING") {
                    known.allowed = values.to_vec();
                }
            }
        }
    }
}

/// The dashboard files whose resources say the catalog and schema of unqualified names themselves
/// (`dataset_catalog`, `dataset_schema`).
///
/// # Errors
/// A resource whose file is missing.
pub fn own_namespace(project: &TargetBundle, content: &Content) -> Result<BTreeSet<String>, Diagnostics> {
    let own = |key: &String| {
        let resource = project.resource(ResourceKind::Dashboard, key);
        resource.is_some_and(|r| ["dataset_catalog", "dataset_schema"].iter().all(|f| r.spec.str_at(f).is_some()))
    };
    let files = dashboard_files(project, content)?;
    Ok(files.into_iter().filter(|(key, _)| own(key)).map(|(_, path)| path).collect())
}

/// Checks every dashboard file of a project: its own rules, the lock of names, and the contract if there is one. Files
/// in `own_namespace` need no head.
pub fn lint_dashboards(
    content: &Content,
    contract: Option<&Contract>,
    settings: LintSettings,
    own_namespace: &BTreeSet<String>,
) -> Vec<Diagnostic> {
    let all: Vec<_> =
        content.iter().filter_map(|(path, source)| Some((path, path.strip_prefix("dashboards/")?, source))).collect();
    let found = parallel::map(&all, |(path, name, source)| {
        if !name.ends_with(files::EXTENSION) {
            return files::misnamed(path).into_iter().collect();
        }
        let settings = LintSettings { use_head: settings.use_head && !own_namespace.contains(*path) };
        lint(path, source.text.as_bytes(), settings, contract)
    });
    let mut found: Vec<Diagnostic> = found.into_iter().flatten().collect();
    if let Some(lock) = content.get(files::NAMES_LOCK) {
        let names = all.iter().map(|(_, name, _)| *name).filter(|name| name.ends_with(files::EXTENSION));
        let names: Vec<String> = names.map(str::to_owned).collect();
        found.extend(check_names(files::NAMES_LOCK, &lock.text, &names));
    }
    found
}

#[cfg(test)]
mod tests {

    use super::contract;
    use crate::render::read_content;
    use piq_bundle::{LoadOptions, load};
    use piq_diagnostics::env::Env;

    /// The contract of the committed project: every table and view that dashboards may read is known, with its types.
    #[test]
    fn the_pipelines_own_sql_tells_every_column_of_its_views() {
        let start = piq_testing::root();
        let env = Env::default();
        let project =
            load(&LoadOptions { start: &start, target: Some("prod"), vars: &[], env: &env }).expect("a project");
        let content = read_content(&project.project_dir).expect("its files");
        let contract = contract(&project, &content).expect("it renders").expect("a pipeline");
        let open: Vec<&String> = contract.tables.iter().filter(|(_, t)| t.open).map(|(name, _)| name).collect();
        assert_eq!(open, [] as [&String; 0], "tables whose columns cannot be told");
        let column = |table: &str, column: &str| {
            let table = contract.tables.get(table).unwrap_or_else(|| panic!("no table {table}"));
            table
                .columns
                .get(column)
                .unwrap_or_else(|| panic!("no column {column}: {:?}", table.columns.keys()))
                .clone()
        };
        let view = |name: &str| column("pipelineiq_view", name);
        assert_eq!(view("likely_to_slip").sql_type, "BOOLEAN");
        assert_eq!(view("is_stale").sql_type, "BOOLEAN");
        assert_eq!(view("target_live_date").sql_type, "DATE");
        assert_eq!(view("estimated_monthly_dollar_dbus").sql_type, "DECIMAL(18,2)");
        assert_eq!(view("confidence_level_normalized").allowed, ["High", "Medium", "Low", "Not computed"]);
        assert!(view("slippage_category").allowed.contains(&"Technical".to_owned()));
        assert!(view("nba_owner_role").allowed.contains(&"SLM".to_owned()));
        assert!(view("usecase_type").allowed.contains(&"Streaming".to_owned()));
        for role in ["sales_manager", "field_manager"] {
            let summary = format!("{role}_summary_view");
            assert_eq!(column(&summary, "usecase_count").sql_type, "BIGINT");
            assert_eq!(column(&summary, "coaching_brief").allowed, [] as [&str; 0]);
            column(&summary, "talking_points");
        }
        assert_eq!(column("slippage_categories", "type").allowed.len(), 12);
    }
}
