//! A session: where its unqualified names are looked up, and what Sail's side of it has been told so far. Sail keeps a
//! catalog for each session, so tables and views are made known to it when a statement first names them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::host::Host;
use super::information_schema;
use super::metastore::{FullName, Metastore, Relation, RelationKind, no_catalog, no_schema};
use super::sql::{Reference, references};
use crate::engine::EngineError;
use piq_sql::{sql_name, sql_string};

/// State of one session.
#[derive(Debug)]
pub(super) struct SailSession {
    /// Current catalog.
    pub catalog: String,
    /// Current schema.
    pub schema: String,
    /// Its temporary views, each with the statement that makes it.
    pub temporary: BTreeMap<String, String>,
    /// Sail's side, once a statement needed it.
    pub known: Option<Known>,
}

/// What Sail's side of a session knows.
#[derive(Debug)]
pub(super) struct Known {
    /// The process that has the session.
    pub host: Arc<Host>,
    /// Catalogs of the server that it is on.
    pub catalogs: Vec<String>,
    current: Option<(String, String)>,
    schemas: HashSet<(String, String)>,
    relations: HashMap<FullName, (u64, bool)>,
}

impl Known {
    /// A session that knows nothing yet.
    pub(super) fn new(host: Arc<Host>, catalogs: Vec<String>) -> Self {
        Self { host, catalogs, current: None, schemas: HashSet::new(), relations: HashMap::new() }
    }

    /// Relies on nothing that Sail was told: a statement failed, perhaps before it was told all.
    pub(super) fn doubt(&mut self) {
        self.current = None;
        self.schemas.clear();
        self.relations.values_mut().for_each(|(version, _)| *version = 0);
    }

    /// Forgets a relation: what Sail has under its name is not to be relied on.
    pub(super) fn forget(&mut self, name: &FullName) {
        if let Some((version, _)) = self.relations.get_mut(name) {
            *version = 0;
        }
    }
}

/// How the names of a statement are written for Sail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// As the statement has them: it runs once, in the current schema.
    AsWritten,
    /// In full, temporary views aside: a temporary view keeps its tables when the current schema changes.
    TemporaryView,
    /// In full; a view cannot read temporary ones.
    View,
}

impl SailSession {
    pub(super) fn new() -> Self {
        Self { catalog: "main".into(), schema: "default".into(), temporary: BTreeMap::new(), known: None }
    }

    /// The full name that a name of one to three parts stands for here.
    pub(super) fn full_name(&self, parts: &[String]) -> Result<FullName, EngineError> {
        let (catalog, schema, name) = match parts {
            [name] => (self.catalog.clone(), self.schema.clone(), name.clone()),
            [schema, name] => (self.catalog.clone(), schema.clone(), name.clone()),
            [catalog, schema, name] => (catalog.clone(), schema.clone(), name.clone()),
            _ => {
                let message = format!("`{}` is not a name of a table: it has {} parts", parts.join("."), parts.len());
                return Err(EngineError { class: "INVALID_IDENTIFIER".into(), message });
            }
        };
        Ok(FullName { catalog, schema, name })
    }

    /// Catalog and schema that a name of one or two parts stands for.
    pub(super) fn schema_name(&self, parts: &[String]) -> Result<(String, String), EngineError> {
        match parts {
            [schema] => Ok((self.catalog.clone(), schema.clone())),
            [catalog, schema] => Ok((catalog.clone(), schema.clone())),
            _ => Err(EngineError {
                class: "INVALID_IDENTIFIER".into(),
                message: format!("`{}` is not a name of a schema", parts.join(".")),
            }),
        }
    }

    /// Makes a catalog current.
    pub(super) fn use_catalog(&mut self, metastore: &Metastore, name: String) -> Result<(), EngineError> {
        if metastore.schemas(&name).is_none() {
            return Err(no_catalog(&name));
        }
        self.catalog = name;
        self.schema = "default".into();
        Ok(())
    }

    /// Makes a schema current.
    pub(super) fn use_schema(&mut self, metastore: &Metastore, parts: &[String]) -> Result<(), EngineError> {
        let (catalog, schema) = self.schema_name(parts)?;
        if metastore.schemas(&catalog).is_none() {
            return Err(no_catalog(&catalog));
        }
        if !metastore.has_schema(&catalog, &schema) {
            return Err(no_schema(&catalog, &schema));
        }
        self.catalog = catalog;
        self.schema = schema;
        Ok(())
    }

    /// The statement with the names of its relations as Sail knows them.
    pub(super) fn named(&self, metastore: &Metastore, sql: &str, naming: Naming) -> Result<String, EngineError> {
        let qualify = naming != Naming::AsWritten;
        let mut out = String::with_capacity(sql.len());
        let mut copied = 0;
        for Reference { parts, span } in references(sql) {
            let wanted = match parts.as_slice() {
                [name] if self.temporary.contains_key(name) => {
                    if naming == Naming::View {
                        let message = format!("a view cannot read the temporary view `{name}`");
                        return Err(EngineError { class: "INVALID_TEMP_OBJ_REFERENCE".into(), message });
                    }
                    sql_name(&[name])
                }
                _ => {
                    let full = self.full_name(&parts)?;
                    if metastore.get(&full).is_none() && !information_schema::has(&full) {
                        continue;
                    }
                    if qualify { sql_name(&full.parts()) } else { sql_name(&parts) }
                }
            };
            let written = &sql[span.clone()];
            if qualify || written != written.to_lowercase() {
                out.push_str(&sql[copied..span.start]);
                out.push_str(&wanted);
                copied = span.end;
            }
        }
        out.push_str(&sql[copied..]);
        Ok(out)
    }

    /// Statements that make Sail's side ready for `sql`: current schema, tables and views.
    pub(super) fn setup(&mut self, metastore: &Metastore, sql: &str) -> Result<Vec<String>, EngineError> {
        let mut setup = Vec::new();
        self.prepare(metastore, sql, &mut setup, &mut Vec::new())?;
        let here = (self.catalog.clone(), self.schema.clone());
        self.introduce_schema(&here.0, &here.1, &mut setup);
        if let Some(known) = &mut self.known
            && known.current.as_ref() != Some(&here)
        {
            setup.push(format!("USE CATALOG {}", sql_name(&[&here.0])));
            setup.push(format!("USE SCHEMA {}", sql_name(&[&here.1])));
            known.current = Some(here);
        }
        Ok(setup)
    }

    /// Makes known what `sql` reads. A temporary view is made again each time, after what it reads: Sail pins it to the
    /// rows of its tables at the time when it was made, where Spark and Databricks read the tables at each use.
    fn prepare(
        &mut self,
        metastore: &Metastore,
        sql: &str,
        setup: &mut Vec<String>,
        made: &mut Vec<String>,
    ) -> Result<(), EngineError> {
        for reference in references(sql) {
            if let [name] = reference.parts.as_slice()
                && let Some(create) = self.temporary.get(name).cloned()
            {
                if !made.contains(name) {
                    made.push(name.clone());
                    self.prepare(metastore, &create, setup, made)?;
                    setup.push(create);
                }
                continue;
            }
            let full = self.full_name(&reference.parts)?;
            self.introduce(metastore, &full, setup)?;
        }
        Ok(())
    }

    fn introduce_schema(&mut self, catalog: &str, schema: &str, setup: &mut Vec<String>) {
        if let Some(known) = &mut self.known
            && known.schemas.insert((catalog.to_owned(), schema.to_owned()))
        {
            setup.push(format!("CREATE SCHEMA IF NOT EXISTS {}", sql_name(&[catalog, schema])));
        }
    }

    /// Makes a table known, or a view and what it reads, unless it already is as it is now.
    pub(super) fn introduce(
        &mut self,
        metastore: &Metastore,
        name: &FullName,
        setup: &mut Vec<String>,
    ) -> Result<(), EngineError> {
        if let Some(view) = information_schema::definition(metastore, name).filter(|_| information_schema::has(name)) {
            self.introduce_schema(&name.catalog, &name.schema, setup);
            setup.push(view);
            return Ok(());
        }
        let Some(relation) = metastore.get(name) else {
            self.withdraw(name, setup);
            return Ok(());
        };
        self.introduce_schema(&name.catalog, &name.schema, setup);
        if let RelationKind::View(sql) = &relation.kind {
            for reference in references(sql) {
                self.introduce(metastore, &self.full_name(&reference.parts)?, setup)?;
            }
        }
        let Some(known) = &mut self.known else { return Ok(()) };
        let is_view = matches!(relation.kind, RelationKind::View(_));
        if known.relations.get(name) == Some(&(relation.version, is_view)) {
            return Ok(());
        }
        withdraw(known, name, setup);
        known.relations.insert(name.clone(), (relation.version, is_view));
        setup.push(definition(metastore, name, &relation));
        Ok(())
    }

    /// Takes from Sail's side what is no longer in the catalog.
    fn withdraw(&mut self, name: &FullName, setup: &mut Vec<String>) {
        if let Some(known) = &mut self.known {
            withdraw(known, name, setup);
        }
    }
}

fn withdraw(known: &mut Known, name: &FullName, setup: &mut Vec<String>) {
    if let Some((_, is_view)) = known.relations.remove(name) {
        let kind = if is_view { "VIEW" } else { "TABLE" };
        setup.push(format!("DROP {kind} IF EXISTS {}", sql_name(&name.parts())));
    }
}

/// The statement that makes a relation known to Sail.
fn definition(metastore: &Metastore, name: &FullName, relation: &Relation) -> String {
    match &relation.kind {
        RelationKind::View(sql) => sql.clone(),
        RelationKind::Table(folder) => {
            let place = sql_string(&location(&metastore.path(folder)));
            format!("CREATE TABLE IF NOT EXISTS {} USING DELTA LOCATION {place}", sql_name(&name.parts()))
        }
    }
}

/// A folder as a URL.
pub(super) fn location(path: &Path) -> String {
    let mut url = String::from("file://");
    let text = path.to_string_lossy().replace('\\', "/");
    if !text.starts_with('/') {
        url.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b':' => url.push(char::from(byte)),
            b if b.is_ascii_alphanumeric() => url.push(char::from(b)),
            b => url.push_str(&format!("%{b:02X}")),
        }
    }
    url
}
