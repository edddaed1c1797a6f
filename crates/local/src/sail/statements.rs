//! What happens to each kind of statement.

use serde::Deserialize;
use serde_json::{Value, json};

use super::engine::SailEngine;
use super::host::decoded;
use super::metastore::{FullName, Metastore, RelationKind, missing, no_schema};
use super::session::{Naming, SailSession, location};
use super::sql::{Command, Creates, additions, bind, command, confined};
use super::writes::{CONFLICT, RETRIES};
use crate::engine::{ColumnInfo, EngineColumn, EngineError, EngineStatement, EngineTable, SessionId};
use piq_sql::{sql_name, sql_string};

impl SailEngine {
    /// Runs a statement in a session.
    pub(super) async fn run(
        &self,
        id: SessionId,
        session: &mut SailSession,
        statement: &EngineStatement,
    ) -> Result<EngineTable, EngineError> {
        if statement.workspace_only {
            for addition in additions(&statement.sql, &statement.parameters)? {
                match addition {
                    Command::AddColumns { table, columns } => self.add_columns(session, &table, &columns).await?,
                    other => drop(self.catalog_command(id, session, &statement.sql, other).await?),
                }
            }
            return Ok(EngineTable::default());
        }
        let sql = confined(&bind(&statement.sql, &statement.parameters)?)?;
        let sql = &self.gateway.typed_results(&sql);
        match command(sql)? {
            Command::Other => self.query(id, session, sql).await,
            Command::Change(table) => self.change(id, session, sql, &table).await,
            Command::CreateTable(made) => self.create_table(id, session, sql, &made).await,
            Command::CreateView(made) => self.create_view(id, session, sql, &made).await,
            Command::CreateTemporaryView(made) => self.create_temporary_view(id, session, sql, &made).await,
            Command::AddColumns { table, columns } => {
                self.add_columns(session, &table, &columns).await?;
                Ok(EngineTable::default())
            }
            other => self.catalog_command(id, session, sql, other).await,
        }
    }

    /// A statement that leaves the catalog as it is.
    pub(super) async fn query(
        &self,
        id: SessionId,
        session: &mut SailSession,
        sql: &str,
    ) -> Result<EngineTable, EngineError> {
        let metastore = self.metastore()?;
        let sql = session.named(metastore, sql, Naming::AsWritten)?;
        self.ask(id, session, &sql, &sql, Vec::new(), Vec::new()).await
    }

    /// A statement that changes rows of a table, when it is its turn. Rows that others add meanwhile make it start over.
    async fn change(
        &self,
        id: SessionId,
        session: &mut SailSession,
        sql: &str,
        table: &[String],
    ) -> Result<EngineTable, EngineError> {
        let _turn = self.writes.turn(session.full_name(table)?).await;
        let mut tries = 0;
        loop {
            let result = self.query(id, session, sql).await;
            tries += 1;
            match &result {
                Err(e) if e.class == CONFLICT && tries <= RETRIES => {}
                _ => return result,
            }
        }
    }

    /// Lets Sail run `sql` after what makes it ready for the relations in `reads` and after `before`; `after` runs in
    /// any case.
    async fn ask(
        &self,
        id: SessionId,
        session: &mut SailSession,
        sql: &str,
        reads: &str,
        before: Vec<String>,
        after: Vec<String>,
    ) -> Result<EngineTable, EngineError> {
        let host = self.connect(id, session).await?;
        let metastore = self.metastore()?;
        let mut setup = session.setup(metastore, reads)?;
        setup.extend(before);
        let request = json!({"op": "run", "session": id.0, "setup": setup, "sql": sql, "after": after});
        match host.ask(request).await {
            Ok(answer) => table_of(answer),
            Err(e) => {
                if let Some(known) = &mut session.known {
                    known.doubt();
                }
                Err(explained(metastore, session, reads, e))
            }
        }
    }

    /// Makes a table in a new folder, which takes the place of an older one only when it is complete.
    async fn create_table(
        &self,
        id: SessionId,
        session: &mut SailSession,
        sql: &str,
        made: &Creates,
    ) -> Result<EngineTable, EngineError> {
        let metastore = self.metastore()?;
        let name = self.target(session, made)?;
        match metastore.get(&name) {
            Some(_) if made.if_not_exists => return Ok(EngineTable::default()),
            Some(r) if !made.replace || matches!(r.kind, RelationKind::View(_)) => return Err(exists(&name)),
            _ => {}
        }
        let (folder, path) = metastore.new_folder(&name.name);
        let stand_in = FullName { name: format!("piq_new_{folder}"), ..name.clone() };
        let place = sql_string(&location(&path));
        let rest = session.named(metastore, &placed(sql, made, &place), Naming::AsWritten)?;
        let create = format!("CREATE TABLE {}{rest}", sql_name(&stand_in.parts()));
        let drop = format!("DROP TABLE IF EXISTS {}", sql_name(&stand_in.parts()));
        self.ask_schema(session, &name, id).await?;
        let result = self.ask(id, session, &create, &rest, Vec::new(), vec![drop]).await;
        let result = result.map_err(|e| EngineError { message: e.message.replace(&stand_in.name, &name.name), ..e })?;
        self.put_table(&name, folder).await?;
        Ok(result)
    }

    /// Sail must know the schema of a table that is made outside of the current one.
    async fn ask_schema(&self, session: &mut SailSession, name: &FullName, id: SessionId) -> Result<(), EngineError> {
        if (name.catalog.as_str(), name.schema.as_str()) == (session.catalog.as_str(), session.schema.as_str()) {
            return Ok(());
        }
        let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", sql_name(&[&name.catalog, &name.schema]));
        self.ask(id, session, &sql, "", Vec::new(), Vec::new()).await.map(drop)
    }

    /// Takes a complete table into the catalog.
    pub(super) async fn put_table(&self, name: &FullName, folder: String) -> Result<(), EngineError> {
        let metastore = self.metastore()?;
        let path = metastore.path(&folder);
        let answer = self.host().await?.ask(json!({"op": "columns", "path": path})).await?;
        let described: Described = decoded(answer)?;
        metastore.put(name, RelationKind::Table(folder), described.columns, described.comment)
    }

    async fn create_view(
        &self,
        id: SessionId,
        session: &mut SailSession,
        sql: &str,
        made: &Creates,
    ) -> Result<EngineTable, EngineError> {
        let metastore = self.metastore()?;
        let name = self.target(session, made)?;
        match metastore.get(&name) {
            Some(_) if made.if_not_exists => return Ok(EngineTable::default()),
            None if made.alters => return Err(missing(&name)),
            Some(r) if !(made.replace || made.alters) || matches!(r.kind, RelationKind::Table(_)) => {
                return Err(exists(&name));
            }
            _ => {}
        }
        let rest = session.named(metastore, &sql[made.span.end..], Naming::View)?;
        let create = format!("CREATE OR REPLACE VIEW {}{rest}", sql_name(&name.parts()));
        self.ask_schema(session, &name, id).await?;
        if let Some(known) = &mut session.known {
            known.forget(&name);
        }
        // a view is looked into before it counts: one that cannot be read is refused, as in a real workspace
        let describe = format!("DESCRIBE TABLE {}", sql_name(&name.parts()));
        let looked = self.ask(id, session, &describe, &rest, vec![create.clone()], Vec::new()).await?;
        let text = |v: &Value| v.as_str().map(str::to_owned);
        let columns = looked.rows.iter().map(|row| ColumnInfo {
            name: text(&row[0]).unwrap_or_default(),
            type_text: text(&row[1]).unwrap_or_default().to_uppercase(),
            nullable: true,
            comment: text(&row[2]),
        });
        if made.alters {
            metastore.alter_view(&name, create, columns.collect())?;
        } else {
            metastore.put(&name, RelationKind::View(create), columns.collect(), None)?;
        }
        Ok(EngineTable::default())
    }

    async fn create_temporary_view(
        &self,
        id: SessionId,
        session: &mut SailSession,
        sql: &str,
        made: &Creates,
    ) -> Result<EngineTable, EngineError> {
        let [name] = made.name.as_slice() else {
            let message = format!("a temporary view has a name of one part, not `{}`", made.name.join("."));
            return Err(EngineError { class: "INVALID_TEMP_VIEW_NAME".into(), message });
        };
        if session.temporary.contains_key(name) && !made.replace {
            return Err(exists_temporary(name));
        }
        let rest = session.named(self.metastore()?, &sql[made.span.end..], Naming::TemporaryView)?;
        let create = format!("CREATE OR REPLACE TEMPORARY VIEW {}{rest}", sql_name(&[name]));
        let result = self.ask(id, session, &create, &rest, Vec::new(), Vec::new()).await?;
        session.temporary.insert(name.clone(), create);
        Ok(result)
    }

    fn target(&self, session: &SailSession, made: &Creates) -> Result<FullName, EngineError> {
        let name = session.full_name(&made.name)?;
        if self.metastore()?.has_schema(&name.catalog, &name.schema) {
            Ok(name)
        } else {
            Err(no_schema(&name.catalog, &name.schema))
        }
    }
}

/// What makes Sail leave checkpoints of a table alone: a statement that reads the table while one is written fails.
/// The engine writes them when it starts.
const NO_CHECKPOINTS: &str = "'delta.checkpointInterval' = '1000000'";

/// A statement that makes a table, from after the table's name on, with the table's place and properties in it.
fn placed(sql: &str, made: &Creates, place: &str) -> String {
    let (at, words) = made.place;
    let properties = match made.properties {
        Some(_) => String::new(),
        None => format!(" TBLPROPERTIES ({NO_CHECKPOINTS})"),
    };
    let start = format!("{}{words} LOCATION {place}{properties}", &sql[made.span.end..at]);
    match made.properties {
        Some(inside) => format!("{start}{}{NO_CHECKPOINTS}, {}", &sql[at..inside], &sql[inside..]),
        None => format!("{start}{}", &sql[at..]),
    }
}

#[derive(Deserialize)]
struct Described {
    columns: Vec<ColumnInfo>,
    comment: Option<String>,
}

#[derive(Deserialize)]
struct StatementAnswer {
    columns: Vec<StatementColumn>,
    rows: Vec<Vec<Value>>,
}

#[derive(Deserialize)]
struct StatementColumn {
    name: String,
    type_text: String,
}

fn table_of(answer: Value) -> Result<EngineTable, EngineError> {
    if answer.is_null() {
        return Ok(EngineTable::default());
    }
    let answer: StatementAnswer = decoded(answer)?;
    let columns = answer.columns.into_iter().map(|c| EngineColumn { name: c.name, type_text: c.type_text }).collect();
    Ok(EngineTable { columns, rows: answer.rows })
}

fn exists_temporary(name: &str) -> EngineError {
    EngineError {
        class: "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS".into(),
        message: format!("the temporary view `{name}` already exists: choose another name, or write OR REPLACE"),
    }
}

fn exists(name: &FullName) -> EngineError {
    EngineError {
        class: "TABLE_OR_VIEW_ALREADY_EXISTS".into(),
        message: format!("`{name}` already exists: choose another name, or write IF NOT EXISTS"),
    }
}

/// Says in full which table a statement did not find.
fn explained(metastore: &Metastore, session: &SailSession, sql: &str, error: EngineError) -> EngineError {
    if error.class != "TABLE_OR_VIEW_NOT_FOUND" {
        return error;
    }
    let missing = super::sql::references(sql).into_iter().find_map(|r| match r.parts.as_slice() {
        [name] if session.temporary.contains_key(name) => None,
        parts => session.full_name(parts).ok().filter(|full| metastore.get(full).is_none()),
    });
    match missing {
        Some(name) => EngineError { message: format!("there is no table or view `{name}`"), ..error },
        None => error,
    }
}
