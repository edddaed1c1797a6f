//! The engine's catalogs, schemas, tables and views as objects of Unity Catalog.

use serde_json::{Map, Value, json};

use crate::engine::{ColumnInfo, RelationInfo};
use crate::http::App;

/// Objects of a kind that the engine has, by full name.
pub(super) fn objects(app: &App, kind: &str) -> Vec<(String, Value)> {
    let schemas = app.engine.schemas();
    let all = || schemas.iter().flat_map(|(catalog, inner)| inner.iter().map(move |schema| (catalog, schema)));
    match kind {
        "catalogs" => schemas.keys().map(|name| (name.clone(), catalog(name))).collect(),
        "schemas" => all().map(|(c, s)| (format!("{c}.{s}"), schema(c, s))).collect(),
        "tables" => {
            let relations = all().flat_map(|(c, s)| app.engine.relations(c, s));
            relations.map(|r| (r.name.join("."), relation(&r))).collect()
        }
        _ => Vec::new(),
    }
}

/// One of them.
pub(super) fn object(app: &App, kind: &str, full_name: &str) -> Option<Value> {
    let wanted = full_name.to_lowercase();
    if let ("tables", [catalog, schema, _]) = (kind, wanted.split('.').collect::<Vec<_>>().as_slice()) {
        let relations = app.engine.relations(catalog, schema);
        return relations.iter().find(|r| r.name.join(".") == wanted).map(relation);
    }
    objects(app, kind).into_iter().find(|(name, _)| *name == wanted).map(|(_, object)| object)
}

/// The number of a view: another one after the view was replaced, the same after it was altered.
pub(super) fn view_number(app: &App, kind: &str, full_name: &str) -> Option<u64> {
    let wanted = full_name.to_lowercase();
    let parts: Vec<&str> = wanted.split('.').collect();
    let ("tables", [catalog, schema, name]) = (kind, parts.as_slice()) else { return None };
    let relations = app.engine.relations(catalog, schema);
    relations.iter().find(|r| r.name[2] == *name && r.is_view).map(|r| r.created)
}

/// Whether an object that the API made was dropped by SQL since.
pub(super) fn gone(app: &App, kind: &str, full_name: &str) -> bool {
    // an engine without a catalog says nothing of what is there
    let has_catalog = !app.engine.schemas().is_empty();
    has_catalog && namespace(kind, full_name).is_some() && object(app, kind, full_name).is_none()
}

/// Catalog and schema that the full name of a catalog or schema stands for.
pub(super) fn namespace<'n>(kind: &str, full_name: &'n str) -> Option<(&'n str, Option<&'n str>)> {
    match kind {
        "catalogs" => Some((full_name, None)),
        "schemas" => full_name.split_once('.').map(|(catalog, schema)| (catalog, Some(schema))),
        _ => None,
    }
}

fn catalog(name: &str) -> Value {
    json!({"name": name, "full_name": name, "catalog_type": "MANAGED_CATALOG"})
}

fn schema(catalog: &str, name: &str) -> Value {
    json!({"name": name, "catalog_name": catalog, "full_name": format!("{catalog}.{name}")})
}

fn relation(relation: &RelationInfo) -> Value {
    let [catalog, schema, name] = &relation.name;
    let columns: Vec<Value> = relation.columns.iter().enumerate().map(|(n, c)| column(n, c)).collect();
    let mut shown = json!({"name": name, "catalog_name": catalog, "schema_name": schema,
        "full_name": relation.name.join("."), "columns": columns});
    let kind = if relation.is_view {
        json!({"table_type": "VIEW"})
    } else {
        json!({"table_type": "MANAGED", "data_source_format": "DELTA"})
    };
    let more = json!({"comment": relation.comment});
    for part in [kind, more] {
        let present = part.as_object().cloned().unwrap_or_default().into_iter().filter(|(_, v)| !v.is_null());
        if let Value::Object(fields) = &mut shown {
            fields.extend(present.collect::<Map<_, _>>());
        }
    }
    shown
}

fn column(position: usize, column: &ColumnInfo) -> Value {
    let mut shown = json!({"name": column.name, "type_text": column.type_text.to_lowercase(), "type_name": type_name(&column.type_text),
        "position": position, "nullable": column.nullable});
    if let Some(comment) = &column.comment {
        shown["comment"] = json!(comment);
    }
    shown
}

/// Name of a type in the API.
fn type_name(type_text: &str) -> String {
    super::statement_result::type_name(&type_text.to_uppercase()).to_owned()
}
