//! Statements about the catalog itself, carried out without Sail.

use serde_json::{Value, json};

use super::engine::SailEngine;
use super::host::decoded;
use super::metastore::{FullName, RelationKind, missing, no_catalog, no_schema};
use super::session::SailSession;
use super::sql::{AddedColumn, Command};
use crate::engine::{EngineColumn, EngineError, EngineTable, Load, RelationInfo, SessionId};
use piq_sql::sql_name;

impl SailEngine {
    /// A statement about catalogs, schemas, or what is in them.
    pub(super) async fn catalog_command(
        &self,
        id: SessionId,
        session: &mut SailSession,
        sql: &str,
        command: Command,
    ) -> Result<EngineTable, EngineError> {
        let metastore = self.metastore()?;
        let done = Ok(EngineTable::default());
        match command {
            Command::UseCatalog(name) => session.use_catalog(metastore, name).and(done),
            Command::UseSchema(parts) => session.use_schema(metastore, &parts).and(done),
            Command::CreateCatalog { name, if_not_exists } => {
                if metastore.schemas(&name).is_some() {
                    return if if_not_exists { done } else { Err(already("CATALOG", &name)) };
                }
                metastore.create_catalog(&name).and(done)
            }
            Command::DropCatalog { name, if_exists, cascade } => match metastore.schemas(&name) {
                None => {
                    if if_exists {
                        done
                    } else {
                        Err(no_catalog(&name))
                    }
                }
                Some(schemas) if !cascade && schemas.iter().any(|s| s != "default") => Err(not_empty("CATALOG", &name)),
                Some(_) => metastore.drop_catalog(&name).and(done),
            },
            Command::CreateSchema { name, if_not_exists } => {
                let (catalog, schema) = session.schema_name(&name)?;
                if metastore.has_schema(&catalog, &schema) {
                    return if if_not_exists { done } else { Err(already("SCHEMA", &format!("{catalog}.{schema}"))) };
                }
                metastore.create_schema(&catalog, &schema).and(done)
            }
            Command::DropSchema { name, if_exists, cascade } => {
                let (catalog, schema) = session.schema_name(&name)?;
                if !metastore.has_schema(&catalog, &schema) {
                    return if if_exists { done } else { Err(no_schema(&catalog, &schema)) };
                }
                if !cascade && !metastore.relations(&catalog, &schema).is_empty() {
                    return Err(not_empty("SCHEMA", &format!("{catalog}.{schema}")));
                }
                metastore.drop_schema(&catalog, &schema).and(done)
            }
            Command::Drop { name, if_exists, view } => self.drop_relation(id, session, &name, if_exists, view).await,
            Command::Describe(name) => self.describe(id, session, sql, &name).await,
            Command::ShowColumns(name) => {
                let described = self.describe(id, session, sql, &name).await?;
                Ok(listing(&["col_name"], described.rows.into_iter().map(|row| row.into_iter().take(1).collect())))
            }
            Command::ShowCatalogs => {
                Ok(listing(&["catalog"], metastore.catalogs().into_iter().map(|c| vec![json!(c)])))
            }
            Command::ShowSchemas(within) => {
                let catalog = within.map_or_else(|| session.catalog.clone(), |parts| parts.join("."));
                let schemas = metastore.schemas(&catalog).ok_or_else(|| no_catalog(&catalog))?;
                Ok(listing(&["databaseName"], schemas.into_iter().map(|s| vec![json!(s)])))
            }
            Command::ShowTables { schema, views_only } => {
                let here = vec![session.catalog.clone(), session.schema.clone()];
                let (catalog, schema) = session.schema_name(&schema.unwrap_or(here))?;
                if !metastore.has_schema(&catalog, &schema) {
                    return Err(no_schema(&catalog, &schema));
                }
                let relations = metastore.relations(&catalog, &schema).into_iter();
                let rows = relations
                    .filter(|(_, r)| !views_only || matches!(r.kind, RelationKind::View(_)))
                    .map(|(name, _)| vec![json!(schema), json!(name), json!(false)]);
                let temporary = session.temporary.keys().map(|name| vec![json!(""), json!(name), json!(true)]);
                let name = if views_only { "viewName" } else { "tableName" };
                let mut table = listing(&["database", name, "isTemporary"], rows.chain(temporary));
                table.columns[2].type_text = "BOOLEAN".into();
                Ok(table)
            }
            // statements that make or change relations do not come here
            _ => self.query(id, session, sql).await,
        }
    }

    async fn drop_relation(
        &self,
        id: SessionId,
        session: &mut SailSession,
        name: &[String],
        if_exists: bool,
        view: bool,
    ) -> Result<EngineTable, EngineError> {
        if let [temporary] = name
            && session.temporary.contains_key(temporary)
        {
            let drop = format!("DROP VIEW {}", sql_name(&[temporary]));
            let result = self.query(id, session, &drop).await?;
            session.temporary.remove(temporary);
            return Ok(result);
        }
        let metastore = self.metastore()?;
        let full = session.full_name(name)?;
        match metastore.get(&full).map(|r| matches!(r.kind, RelationKind::View(_))) {
            None if if_exists => Ok(EngineTable::default()),
            None => Err(missing(&full)),
            Some(is_view) if is_view == view => metastore.remove(&full).map(|()| EngineTable::default()),
            Some(is_view) => {
                let (is, other) = if is_view { ("view", "VIEW") } else { ("table", "TABLE") };
                let message = format!("`{full}` is a {is}: use DROP {other}");
                Err(EngineError { class: "WRONG_COMMAND_FOR_OBJECT_TYPE".into(), message })
            }
        }
    }

    async fn describe(
        &self,
        id: SessionId,
        session: &mut SailSession,
        sql: &str,
        name: &[String],
    ) -> Result<EngineTable, EngineError> {
        if let [temporary] = name
            && session.temporary.contains_key(temporary)
        {
            let describe = format!("DESCRIBE TABLE {}", sql_name(&[temporary]));
            return self.query(id, session, &describe).await;
        }
        let full = session.full_name(name)?;
        let Some(relation) = self.metastore()?.get(&full) else {
            // columns of a query, a catalog or a function are Sail's to tell
            return if full.catalog == "system" { self.query(id, session, sql).await } else { Err(missing(&full)) };
        };
        let rows =
            relation.columns.iter().map(|c| vec![json!(c.name), json!(c.type_text.to_lowercase()), json!(c.comment)]);
        Ok(listing(&["col_name", "data_type", "comment"], rows))
    }

    /// Adds the columns that a table lacks.
    pub(super) async fn add_columns(
        &self,
        session: &SailSession,
        table: &[String],
        columns: &[AddedColumn],
    ) -> Result<(), EngineError> {
        let metastore = self.metastore()?;
        let name = session.full_name(table)?;
        let relation = metastore.get(&name).ok_or_else(|| missing(&name))?;
        let RelationKind::Table(folder) = relation.kind else {
            let message = format!("`{name}` is a view: columns are added to tables only");
            return Err(EngineError { class: "WRONG_COMMAND_FOR_OBJECT_TYPE".into(), message });
        };
        let has = |c: &&AddedColumn| !relation.columns.iter().any(|known| known.name.eq_ignore_ascii_case(&c.name));
        let new: Vec<Value> = columns
            .iter()
            .filter(has)
            .map(|c| json!({"name": c.name, "type": c.type_text, "comment": c.comment}))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let request = json!({"op": "add_columns", "path": metastore.path(&folder), "columns": new});
        self.host().await?.ask(request).await?;
        self.put_table(&name, folder).await
    }

    /// Makes a table from a file, or adds the file's rows to one.
    pub(super) async fn load_table(&self, load: Load<'_>) -> Result<u64, EngineError> {
        let metastore = self.metastore()?;
        let [catalog, schema, name] = load.table.map(str::to_lowercase);
        if load.append {
            let name = FullName { catalog, schema, name };
            let Some(RelationKind::Table(folder)) = metastore.get(&name).map(|r| r.kind) else {
                return Err(missing(&name));
            };
            let columns: Vec<Value> = load.columns.iter().map(|c| json!({"name": c.name})).collect();
            let path = metastore.path(&folder);
            let request = json!({"op": "append", "path": path, "file": load.file, "columns": columns});
            let rows: u64 = decoded(self.host().await?.ask(request).await?)?;
            self.put_table(&name, folder).await?;
            return Ok(rows);
        }
        if metastore.schemas(&catalog).is_none() {
            metastore.create_catalog(&catalog)?;
        }
        metastore.create_schema(&catalog, &schema)?;
        let (folder, path) = metastore.new_folder(&name);
        let columns: Vec<Value> =
            load.columns.iter().map(|c| json!({"name": c.name, "type": c.type_text, "comment": c.comment})).collect();
        let request =
            json!({"op": "load", "path": path, "file": load.file, "columns": columns, "comment": load.comment});
        let rows: u64 = decoded(self.host().await?.ask(request).await?)?;
        self.put_table(&FullName { catalog, schema, name }, folder).await?;
        Ok(rows)
    }

    /// What a schema holds.
    pub(super) fn describe_all(&self, catalog: &str, schema: &str) -> Vec<RelationInfo> {
        let Ok(metastore) = self.metastore() else { return Vec::new() };
        let relations = metastore.relations(catalog, schema).into_iter();
        relations
            .map(|(name, r)| RelationInfo {
                name: [catalog.to_owned(), schema.to_owned(), name],
                is_view: matches!(r.kind, RelationKind::View(_)),
                columns: r.columns,
                comment: r.comment,
                created: r.created,
            })
            .collect()
    }
}

fn listing(columns: &[&str], rows: impl Iterator<Item = Vec<Value>>) -> EngineTable {
    let columns =
        columns.iter().map(|name| EngineColumn { name: (*name).into(), type_text: "STRING".into() }).collect();
    EngineTable { columns, rows: rows.collect() }
}

fn already(kind: &str, name: &str) -> EngineError {
    EngineError { class: format!("{kind}_ALREADY_EXISTS"), message: format!("`{name}` already exists") }
}

fn not_empty(kind: &str, name: &str) -> EngineError {
    EngineError {
        class: format!("{kind}_NOT_EMPTY"),
        message: format!("`{name}` is not empty: add CASCADE to drop all in it"),
    }
}
