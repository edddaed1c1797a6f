//! What tables and views there are, and where. Kept in one file that is replaced as a whole, so that a killed server
//! leaves the catalog as it was before or after a statement.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::engine::{ColumnInfo, EngineError};
use crate::store::write_atomically;

/// Catalog, schema and name of a table or view, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct FullName {
    /// Catalog.
    pub catalog: String,
    /// Schema.
    pub schema: String,
    /// Table or view.
    pub name: String,
}

impl FullName {
    /// The parts in order.
    pub(super) fn parts(&self) -> [&str; 3] {
        [&self.catalog, &self.schema, &self.name]
    }
}

impl std::fmt::Display for FullName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.catalog, self.schema, self.name)
    }
}

/// A table or a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Relation {
    /// Number of the change that made it what it is.
    pub version: u64,
    /// Number of the change that created it: grants belong to it. `ALTER VIEW` keeps it.
    #[serde(default)]
    pub created: u64,
    /// Table or view.
    pub kind: RelationKind,
    /// Its columns.
    pub columns: Vec<ColumnInfo>,
    /// Its comment.
    #[serde(default)]
    pub comment: Option<String>,
}

/// What kind of relation it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RelationKind {
    /// A Delta table in a folder of the warehouse.
    Table(String),
    /// A view: the statement that makes it, with full names.
    View(String),
}

type Schema = BTreeMap<String, Relation>;
type Catalog = BTreeMap<String, Schema>;

#[derive(Debug, Default, Serialize, Deserialize)]
struct MetastoreState {
    last: u64,
    catalogs: BTreeMap<String, Catalog>,
}

/// The catalog of the local engine.
#[derive(Debug)]
pub(super) struct Metastore {
    file: PathBuf,
    warehouse: PathBuf,
    state: Mutex<MetastoreState>,
}

impl Metastore {
    /// Opens the catalog in `dir`. Folders of tables that are no longer in it are removed.
    pub(super) fn open(dir: &Path) -> Result<Self, EngineError> {
        let warehouse = dir.join("tables");
        std::fs::create_dir_all(&warehouse).map_err(|e| fault("create", &warehouse, &e))?;
        let warehouse = warehouse.canonicalize().map_err(|e| fault("find", &warehouse, &e))?;
        let file = dir.join("catalog.json");
        let mut state = match std::fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).map_err(|e| fault("read", &file, &e))?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => MetastoreState::default(),
            Err(e) => return Err(fault("read", &file, &e)),
        };
        state.catalogs.entry("main".into()).or_default().entry("default".into()).or_default();
        let metastore = Self { file, warehouse, state: Mutex::new(state) };
        metastore.remove_unused();
        Ok(metastore)
    }

    fn state(&self) -> MutexGuard<'_, MetastoreState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, state: &MetastoreState) -> Result<(), EngineError> {
        let text = serde_json::to_vec(state).map_err(|e| fault("encode", &self.file, &e))?;
        write_atomically(&self.file, &text).map_err(|e| EngineError { class: "IO".into(), message: e.to_string() })
    }

    /// Removes folders that no table uses; only when no statement runs.
    pub(super) fn remove_unused(&self) {
        let used = self.paths();
        for entry in std::fs::read_dir(&self.warehouse).into_iter().flatten().flatten() {
            if !used.contains(&entry.path()) {
                // what cannot be removed now is tried again at the next start
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Folders of all tables.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        let state = self.state();
        let relations = state.catalogs.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values);
        let folders = relations.filter_map(|r| match &r.kind {
            RelationKind::Table(folder) => Some(self.warehouse.join(folder)),
            RelationKind::View(_) => None,
        });
        folders.collect()
    }

    /// Names of the catalogs.
    pub(super) fn catalogs(&self) -> Vec<String> {
        self.state().catalogs.keys().cloned().collect()
    }

    /// Names of a catalog's schemas, if there is such a catalog.
    pub(super) fn schemas(&self, catalog: &str) -> Option<Vec<String>> {
        self.state().catalogs.get(catalog).map(|c| c.keys().cloned().collect())
    }

    /// Whether there is such a schema.
    pub(super) fn has_schema(&self, catalog: &str, schema: &str) -> bool {
        self.state().catalogs.get(catalog).is_some_and(|c| c.contains_key(schema))
    }

    /// A table or view.
    pub(super) fn get(&self, name: &FullName) -> Option<Relation> {
        self.state().catalogs.get(&name.catalog)?.get(&name.schema)?.get(&name.name).cloned()
    }

    /// Tables and views of a schema.
    pub(super) fn relations(&self, catalog: &str, schema: &str) -> Vec<(String, Relation)> {
        let state = self.state();
        let schema = state.catalogs.get(catalog).and_then(|c| c.get(schema));
        schema.into_iter().flatten().map(|(name, r)| (name.clone(), r.clone())).collect()
    }

    /// Makes a catalog, with its schema `default`.
    pub(super) fn create_catalog(&self, name: &str) -> Result<(), EngineError> {
        let mut state = self.state();
        state.catalogs.entry(name.to_owned()).or_default().entry("default".into()).or_default();
        self.save(&state)
    }

    /// Makes a schema in a catalog that is there.
    pub(super) fn create_schema(&self, catalog: &str, schema: &str) -> Result<(), EngineError> {
        let mut state = self.state();
        let Some(found) = state.catalogs.get_mut(catalog) else { return Err(no_catalog(catalog)) };
        found.entry(schema.to_owned()).or_default();
        self.save(&state)
    }

    /// Removes a catalog and all in it.
    pub(super) fn drop_catalog(&self, name: &str) -> Result<(), EngineError> {
        let mut state = self.state();
        state.catalogs.remove(name);
        self.save(&state)
    }

    /// Removes a schema and all in it.
    pub(super) fn drop_schema(&self, catalog: &str, schema: &str) -> Result<(), EngineError> {
        let mut state = self.state();
        state.catalogs.get_mut(catalog).and_then(|c| c.remove(schema));
        self.save(&state)
    }

    /// A folder for a new table and its place.
    pub(super) fn new_folder(&self, name: &str) -> (String, PathBuf) {
        let mut state = self.state();
        state.last += 1;
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        // a crash may leave a folder whose number was not yet saved: never use a folder twice
        let mut folder = format!("{plain}-{}", state.last);
        while self.warehouse.join(&folder).exists() {
            state.last += 1;
            folder = format!("{plain}-{}", state.last);
        }
        (folder.clone(), self.warehouse.join(folder))
    }

    /// Place of a table's folder.
    pub(super) fn path(&self, folder: &str) -> PathBuf {
        self.warehouse.join(folder)
    }

    /// Puts a table or view in place of what had its name. Its schema must be there.
    pub(super) fn put(
        &self,
        name: &FullName,
        kind: RelationKind,
        columns: Vec<ColumnInfo>,
        comment: Option<String>,
    ) -> Result<(), EngineError> {
        let mut state = self.state();
        state.last += 1;
        let relation = Relation { version: state.last, created: state.last, kind, columns, comment };
        let Some(schema) = state.catalogs.get_mut(&name.catalog).and_then(|c| c.get_mut(&name.schema)) else {
            return Err(no_schema(&name.catalog, &name.schema));
        };
        schema.insert(name.name.clone(), relation);
        self.save(&state)
    }

    /// Gives a view another query; it stays the same view.
    pub(super) fn alter_view(
        &self,
        name: &FullName,
        query: String,
        columns: Vec<ColumnInfo>,
    ) -> Result<(), EngineError> {
        let mut state = self.state();
        state.last += 1;
        let version = state.last;
        let view = state.catalogs.get_mut(&name.catalog).and_then(|c| c.get_mut(&name.schema)?.get_mut(&name.name));
        if let Some(view) = view {
            *view = Relation { version, kind: RelationKind::View(query), columns, ..view.clone() };
        }
        self.save(&state)
    }

    /// Removes a table or view.
    pub(super) fn remove(&self, name: &FullName) -> Result<(), EngineError> {
        let mut state = self.state();
        state.catalogs.get_mut(&name.catalog).and_then(|c| c.get_mut(&name.schema)?.remove(&name.name));
        self.save(&state)
    }
}

fn fault(what: &str, path: &Path, e: &dyn std::fmt::Display) -> EngineError {
    EngineError { class: "IO".into(), message: format!("cannot {what} {}: {e}", path.display()) }
}

/// There is no such catalog.
pub(super) fn no_catalog(name: &str) -> EngineError {
    let hint = "create it with CREATE CATALOG or the Unity Catalog API";
    EngineError { class: "CATALOG_NOT_FOUND".into(), message: format!("there is no catalog `{name}`: {hint}") }
}

/// There is no such table or view.
pub(super) fn missing(name: &FullName) -> EngineError {
    EngineError { class: "TABLE_OR_VIEW_NOT_FOUND".into(), message: format!("there is no table or view `{name}`") }
}

/// There is no such schema.
pub(super) fn no_schema(catalog: &str, schema: &str) -> EngineError {
    let message = format!("there is no schema `{catalog}`.`{schema}`: create it with CREATE SCHEMA");
    EngineError { class: "SCHEMA_NOT_FOUND".into(), message }
}
