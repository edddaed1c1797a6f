//! `information_schema`, which Sail lacks: views of literals, made from the catalog when a statement names them.

use super::metastore::{FullName, Metastore, RelationKind};
use piq_sql::{sql_name, sql_string, tokens};

/// The schema's name.
const SCHEMA: &str = "information_schema";

/// Whether a name is of one of the views that there are.
pub(super) fn has(name: &FullName) -> bool {
    name.schema == SCHEMA && columns(&name.name).is_some()
}

/// The statement that makes the view as the catalog is now.
pub(super) fn definition(metastore: &Metastore, name: &FullName) -> Option<String> {
    let columns = columns(&name.name)?;
    let rows = rows(metastore, name);
    let names: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let casts: Vec<String> = columns.iter().map(|(name, kind)| format!("CAST({name} AS {kind}) AS {name}")).collect();
    // a list of values has at least one row: the first is left out again
    let mut values = vec![format!("(0, {})", vec!["NULL"; columns.len()].join(", "))];
    values.extend(rows.iter().map(|row| format!("(1, {})", row.join(", "))));
    Some(format!(
        "CREATE OR REPLACE VIEW {} AS SELECT {} FROM (VALUES {}) AS v(piq_row, {}) WHERE piq_row = 1",
        sql_name(&name.parts()),
        casts.join(", "),
        values.join(", "),
        names.join(", ")
    ))
}

fn columns(view: &str) -> Option<&'static [(&'static str, &'static str)]> {
    Some(match view {
        "schemata" => &[("catalog_name", "STRING"), ("schema_name", "STRING")],
        "tables" => &[
            ("table_catalog", "STRING"),
            ("table_schema", "STRING"),
            ("table_name", "STRING"),
            ("table_type", "STRING"),
            ("comment", "STRING"),
        ],
        "views" => &[
            ("table_catalog", "STRING"),
            ("table_schema", "STRING"),
            ("table_name", "STRING"),
            ("view_definition", "STRING"),
        ],
        "columns" => &[
            ("table_catalog", "STRING"),
            ("table_schema", "STRING"),
            ("table_name", "STRING"),
            ("column_name", "STRING"),
            ("ordinal_position", "INT"),
            ("is_nullable", "STRING"),
            ("data_type", "STRING"),
            ("full_data_type", "STRING"),
            ("comment", "STRING"),
        ],
        _ => return None,
    })
}

fn rows(metastore: &Metastore, name: &FullName) -> Vec<Vec<String>> {
    let catalog = &name.catalog;
    let optional = |text: &Option<String>| text.as_deref().map_or_else(|| "NULL".into(), sql_string);
    let mut rows = Vec::new();
    for schema in metastore.schemas(catalog).unwrap_or_default() {
        if name.name == "schemata" {
            rows.push(vec![sql_string(catalog), sql_string(&schema)]);
            continue;
        }
        for (table, relation) in metastore.relations(catalog, &schema) {
            let start = [sql_string(catalog), sql_string(&schema), sql_string(&table)];
            let with = |more: Vec<String>| start.iter().cloned().chain(more).collect();
            match (name.name.as_str(), &relation.kind) {
                ("tables", kind) => {
                    let kind = if matches!(kind, RelationKind::View(_)) { "VIEW" } else { "MANAGED" };
                    rows.push(with(vec![sql_string(kind), optional(&relation.comment)]));
                }
                ("views", RelationKind::View(sql)) => rows.push(with(vec![sql_string(sql)])),
                ("columns", _) => rows.extend(relation.columns.iter().enumerate().map(|(n, c)| {
                    let word = tokens(&c.type_text).first().map_or(String::new(), |t| t.raw.to_uppercase());
                    let nullable = sql_string(if c.nullable { "YES" } else { "NO" });
                    let full = sql_string(&c.type_text.to_lowercase());
                    with(vec![
                        sql_string(&c.name),
                        n.to_string(),
                        nullable,
                        sql_string(&word),
                        full,
                        optional(&c.comment),
                    ])
                })),
                _ => {}
            }
        }
    }
    rows
}
