//! `piq sample-data`: use cases with a known truth, in the local workspace.

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use pipelineiq::render::{read_content, render};
use piq_bundle::{LoadOptions, load};
use piq_diagnostics::{Failure, FailureContext as _};
use piq_fixtures::{SampleOptions, mutated, size};
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::context::answers::AnswersArgs;
use crate::context::local_workspace::LocalWorkspace;
use crate::context::pipeline::no_pipeline;
use crate::context::project::LOCAL;
use crate::context::signals::block_on;

/// Write sample use cases and their truth into the local workspace
///
/// The use cases go into the source table, their truth into `use_case_truth` beside it; existing tables are replaced. The same
/// seed and day give the same use cases; more rows only add to them. All names are made up.
#[derive(Debug, Clone, Args)]
pub(crate) struct SampleDataArgs {
    /// Number of use cases
    #[arg(long, default_value_t = Self::default().rows)]
    pub rows: u64,
    /// Seed of the random numbers
    #[arg(long, default_value_t = Self::default().seed)]
    pub seed: u64,
    /// Day of the snapshot, such as `2026-03-02`; today (UTC) by default
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<jiff::civil::Date>,
    /// Write the sample as of this many days later (7 without a number): notes edited, dates postponed, use cases opened
    /// and closed
    #[arg(long, value_name = "DAYS", num_args = 0..=1, default_missing_value = "7", default_value_t = 0, hide_default_value = true)]
    pub mutate: u32,
}

impl Default for SampleDataArgs {
    fn default() -> Self {
        Self { rows: 200, seed: 1, as_of: None, mutate: 0 }
    }
}

/// What was written.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    /// The source table.
    pub table: String,
    /// The table with the truth.
    pub truth_table: String,
    /// Day of the snapshot.
    pub as_of: jiff::civil::Date,
    /// Use cases.
    pub rows: u64,
}

pub(crate) fn cmd_sample_data(context: &Context, args: &SampleDataArgs) -> Result<ExitCode, Failure> {
    let written = block_on(async |signals| signals.or_stop(sample_data(context, args)).await)?;
    if context.out.json() {
        let Written { table, truth_table, as_of, rows } = &written;
        let result = json!({"table": table, "truth_table": truth_table, "rows": rows, "seed": args.seed,
            "as_of": as_of.to_string()});
        context.out.result(&format!("{result}\n"));
    } else {
        let Written { table, truth_table, rows, .. } = &written;
        context.out.result(&format!("Wrote {rows} use cases to {table}, and their truth to {truth_table}\n"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the sample into the running local workspace of the project, or into one that is started for it.
pub(crate) async fn sample_data(context: &Context, args: &SampleDataArgs) -> Result<Written, Failure> {
    let target = context.global.target.as_deref().unwrap_or(LOCAL);
    if target != LOCAL {
        return Err(Failure::usage(format!("expected the target `local` for sample data, found `{target}`")));
    }
    let project = load(&LoadOptions { target: Some(target), ..context.load_options() })?;
    let bundle = render(&project, &read_content(&project.project_dir)?)?;
    let registry = bundle.registry.ok_or_else(no_pipeline)?;
    let dir = project.project_dir.join(".piq/workspace");
    let workspace = LocalWorkspace::open(context, &dir, &AnswersArgs::default()).await?;
    let dir = dir.canonicalize().context("cannot find the folder of the workspace")?;
    let as_of = args.as_of.unwrap_or_else(|| jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date());
    let table = registry.config.source_table.clone();
    let truth_table = match table.rsplit_once('.') {
        Some((schema, _)) => format!("{schema}.use_case_truth"),
        None => return Err(Failure::refused(format!("the source table `{table}` has no schema"))),
    };
    let options = SampleOptions { rows: args.rows, seed: args.seed, as_of };
    let columns =
        registry.source_columns.rows.iter().map(|row| json!({"name": row["column"], "type_text": row["type"]}));
    let comment =
        format!("{} sample use cases, seed {}. All names are made up.", size(options, args.mutate), args.seed);
    let rows = mutated(options, args.mutate).map(|u| u.row);
    let loaded = write(&workspace, &dir, &table, columns.collect(), &comment, rows).await;
    let truth = mutated(options, args.mutate).map(|u| u.truth);
    let comment = "What is true of each sample use case: the yardstick of the enrichments.";
    let loaded = match loaded {
        Ok(()) => write(&workspace, &dir, &truth_table, truth_columns(options), comment, truth).await,
        failed => failed,
    };
    workspace.close().await;
    loaded?;
    Ok(Written { table, truth_table, as_of, rows: size(options, args.mutate) })
}

/// Columns of the truth, typed by the values of the first use cases.
fn truth_columns(options: SampleOptions) -> Vec<Value> {
    let mut types: indexmap::IndexMap<String, &str> = indexmap::IndexMap::new();
    for usecase in mutated(SampleOptions { rows: 200, ..options }, 0) {
        for (name, value) in usecase.truth {
            let found = match value {
                Value::Null => None,
                Value::Bool(_) => Some("BOOLEAN"),
                Value::Number(n) if n.is_i64() => Some("INT"),
                Value::Number(_) => Some("DOUBLE"),
                _ => Some("STRING"),
            };
            let known = types.entry(name).or_insert("");
            *known = found.unwrap_or(known);
        }
    }
    let columns = types.into_iter().map(|(name, kind)| {
        let kind = if kind.is_empty() { "STRING" } else { kind };
        json!({"name": name, "type_text": kind})
    });
    columns.collect()
}

/// Makes a table of rows. They go through a file beside the workspace's own.
async fn write(
    workspace: &LocalWorkspace,
    dir: &Path,
    table: &str,
    columns: Vec<Value>,
    comment: &str,
    rows: impl Iterator<Item = Map<String, Value>>,
) -> Result<(), Failure> {
    let names: Vec<&str> = columns.iter().filter_map(|c| c["name"].as_str()).collect();
    let mut file = tempfile::NamedTempFile::new_in(dir).context("cannot make a file for the sample")?;
    write_lines(file.as_file_mut(), &names, rows).context("cannot write the sample")?;
    Ok(workspace.control.load(table, file.path(), &columns, comment).await?)
}

/// Rows as JSON lines with these columns, each value a string or NULL.
fn write_lines(
    file: &mut std::fs::File,
    names: &[&str],
    rows: impl Iterator<Item = Map<String, Value>>,
) -> std::io::Result<()> {
    let mut out = BufWriter::new(file);
    for mut row in rows {
        let texts: Map<String, Value> = names
            .iter()
            .map(|name| {
                let text = match row.remove(*name).unwrap_or(Value::Null) {
                    Value::Null => Value::Null,
                    Value::String(text) => Value::String(text),
                    other => Value::String(other.to_string()),
                };
                ((*name).to_owned(), text)
            })
            .collect();
        serde_json::to_writer(&mut out, &texts)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}
