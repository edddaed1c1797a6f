//! The pipeline on an engine: sample use cases in, notebooks run cell by cell, tables out.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::ToSpan;
use pipelineiq::pipeline::Registry;
use pipelineiq::render::{read_content, render};
use piq_bundle::{LoadOptions, load};
use piq_diagnostics::env::Env;
use piq_fixtures::{SampleOptions, generate};
use piq_local::engine::{ColumnInfo, Engine, EngineError, EngineStatement, EngineTable, Load, Parameter};
use piq_local::gateway::Gateway;
use piq_sql::notebook::{CellKind, cells};
use serde_json::{Map, Value};

use super::engine::CATALOG;
use crate::kit::Project;

/// The notebooks of the job, in an order in which they may run.
const NOTEBOOKS: [&str; 4] = [
    "notebooks/0_create_ref_tables.sql",
    "notebooks/1_incremental_pipeline.sql",
    "notebooks/2_sales_manager_summary_view.sql",
    "notebooks/2_field_manager_summary_view.sql",
];

/// The pipeline of a copy of the committed project, in schemas of its own.
pub(super) struct Lab {
    /// What runs it.
    pub engine: Arc<dyn Engine>,
    /// The project.
    pub project: Project,
    name: String,
    runs: u32,
}

/// A cell that failed.
#[derive(Debug)]
pub(super) struct Failed {
    /// Notebook and cell.
    pub cell: String,
    /// What the engine said.
    pub error: EngineError,
}

impl Lab {
    /// A lab whose schemas are named after `name`.
    pub(super) fn new(engine: Arc<dyn Engine>, name: &str) -> Self {
        Self { engine, project: Project::new(), name: name.to_owned(), runs: 0 }
    }

    /// The source table.
    pub(super) fn source(&self) -> String {
        format!("{CATALOG}.{}_silver.use_case_detail", self.name)
    }

    /// The gateway that counts.
    pub(super) fn gateway(&self) -> Arc<Gateway> {
        self.engine.gateway().expect("a gateway")
    }

    /// Calls that models were really asked.
    pub(super) fn asked(&self) -> u64 {
        self.gateway().counted().functions.values().map(|c| c.asked).sum()
    }

    /// The rendered files, and the pipeline.
    pub(super) fn render(&self) -> (BTreeMap<String, String>, Registry) {
        let vars =
            [format!("catalog={CATALOG}"), format!("schema={}", self.name), format!("source_table={}", self.source())];
        let env = Env::default();
        let root: PathBuf = self.project.path("");
        let project = load(&LoadOptions { start: &root, target: Some("local"), vars: &vars, env: &env });
        let project = project.unwrap_or_else(|e| panic!("{e}"));
        let content = read_content(&project.project_dir).unwrap_or_else(|e| panic!("{e}"));
        let bundle = render(&project, &content).unwrap_or_else(|e| panic!("{e}"));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let files = bundle.files.into_iter().map(|(path, file)| (path, text(file.bytes))).collect();
        (files, bundle.registry.expect("a pipeline"))
    }

    /// Fills the source table with sample use cases of today.
    pub(super) async fn load_sample(&self, rows: u64) {
        let (_, registry) = self.render();
        let columns: Vec<ColumnInfo> = registry
            .source_columns
            .rows
            .iter()
            .map(|row| ColumnInfo {
                name: row["column"].clone(),
                type_text: row["type"].clone(),
                nullable: true,
                comment: None,
            })
            .collect();
        let as_of = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        // Spark does not see files whose name begins with a dot
        let mut file = tempfile::Builder::new().prefix("rows-").suffix(".json").tempfile().expect("file");
        let mut write = |mut row: Map<String, Value>| {
            let texts: Map<String, Value> = columns
                .iter()
                .map(|c| match row.remove(&c.name).unwrap_or_default() {
                    text @ (Value::String(_) | Value::Null) => (c.name.clone(), text),
                    other => (c.name.clone(), other.to_string().into()),
                })
                .collect();
            writeln!(file, "{}", Value::Object(texts)).expect("written");
        };
        generate(SampleOptions { rows, seed: 11, as_of }).for_each(|u| write(u.row));
        // an older snapshot of the same use cases: only the latest counts
        let older = SampleOptions { rows: rows / 3, seed: 12, as_of: as_of.saturating_sub(7.days()) };
        generate(older).for_each(|u| write(u.row));
        file.flush().expect("written");
        self.engine.create_namespace(CATALOG, None).expect("a catalog");
        let schema = format!("{}_silver", self.name);
        let table = [CATALOG, schema.as_str(), "use_case_detail"];
        let load = Load { table, file: file.path(), columns: &columns, comment: None, append: false };
        let loaded = self.engine.load(load).await.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(loaded, rows + rows / 3);
    }

    /// Runs all notebooks, each in a session of its own, as the job does.
    pub(super) async fn try_run(&mut self) -> Result<(), Failed> {
        self.runs += 1;
        let (files, _) = self.render();
        for path in NOTEBOOKS {
            let session = self.engine.open_session(Some(&format!("{}-{}-{path}", self.name, self.runs))).await;
            let session = session.unwrap_or_else(|e| panic!("{e}"));
            let parameters = [("catalog", CATALOG), ("schema", &self.name)];
            let parameters: BTreeMap<String, Parameter> =
                parameters.into_iter().map(|(name, value)| (name.to_owned(), Parameter::text(value))).collect();
            let mut result = Ok(());
            for cell in cells(&files[path]).iter().filter(|c| c.kind == CellKind::Sql) {
                let statement = EngineStatement {
                    sql: cell.text.clone(),
                    parameters: parameters.clone(),
                    workspace_only: cell.workspace_only,
                };
                if let Err(error) = self.engine.execute(session, &statement).await {
                    result = Err(Failed { cell: format!("{path}, {}:\n{}", cell.label(), cell.text), error });
                    break;
                }
            }
            self.engine.close_session(session).await;
            result?;
        }
        Ok(())
    }

    /// Runs all notebooks; they must end well.
    pub(super) async fn run(&mut self) {
        if let Err(Failed { cell, error }) = self.try_run().await {
            panic!("{error}\n{}", cell.chars().take(1500).collect::<String>());
        }
    }

    /// The result of a statement, in the schema of the lab.
    pub(super) async fn table(&self, sql: &str) -> EngineTable {
        let session = self.engine.open_session(Some("read")).await.unwrap_or_else(|e| panic!("{e}"));
        let sql = sql.replace("{source}", &self.source()).replace("{schema}", &format!("{CATALOG}.{}", self.name));
        let statement = EngineStatement { sql: sql.clone(), ..EngineStatement::default() };
        let result = self.engine.execute(session, &statement).await;
        self.engine.close_session(session).await;
        result.unwrap_or_else(|e| panic!("{sql}\nfailed: {e}"))
    }

    /// The only value of a result, as a number.
    pub(super) async fn number(&self, sql: &str) -> i64 {
        let table = self.table(sql).await;
        table.rows[0][0].as_i64().unwrap_or_else(|| panic!("{sql}: {:?}", table.rows))
    }

    /// The first column of a result.
    pub(super) async fn texts(&self, sql: &str) -> Vec<String> {
        let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
        self.table(sql).await.rows.iter().map(|row| text(&row[0])).collect()
    }

    /// Enrichments of use cases that asked a model in the last run, with the number of calls.
    pub(super) async fn asked_in_last_run(&self) -> BTreeMap<String, i64> {
        let sql = "SELECT enrichment, count(*) FROM {schema}.piq_ai_calls \
                   WHERE run_id = (SELECT max(piq_run_id) FROM {schema}.piq_batch) AND attempts > 0 GROUP BY enrichment";
        let rows = self.table(sql).await.rows;
        rows.iter().map(|r| (r[0].as_str().unwrap_or_default().to_owned(), r[1].as_i64().unwrap_or(-1))).collect()
    }
}

/// Names of the enrichments that ask a model and read one of these columns, and of those that depend on them.
pub(super) fn readers(registry: &Registry, columns: &[&str]) -> BTreeSet<String> {
    let mut changed: BTreeSet<String> = columns.iter().map(|c| (*c).to_owned()).collect();
    let mut found = BTreeSet::new();
    // they are in an order in which each comes after what it reads
    for e in &registry.enrichments {
        if e.inputs.iter().any(|input| changed.contains(input)) {
            changed.extend(e.columns.keys().cloned());
            if e.function.is_some() {
                found.insert(e.name.clone());
            }
        }
    }
    found
}
