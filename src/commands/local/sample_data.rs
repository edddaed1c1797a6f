//! `piq sample-data`: use cases with a known truth, in the local workspace.

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use pipelineiq::pipeline::Registry;
use pipelineiq::render::{read_content, render};
use piq_bundle::{LoadOptions, load};
use piq_diagnostics::{Failure, FailureContext as _};
use piq_fixtures::{Sample, SampleOptions};
use serde_json::{Map, Value, json};

use crate::commands::local::stored_sample::StoredSample;
use crate::context::Context;
use crate::context::answers::AnswersArgs;
use crate::context::local_workspace::LocalWorkspace;
use crate::context::pipeline::no_pipeline;
use crate::context::project::LOCAL;
use crate::context::signals::block_on;

/// Write sample use cases and their truth into the local workspace
///
/// Without `--rows` these are sixty use cases that are written by hand, with four weeks of history (`--week`) and recorded
/// answers, which the local workspace gives when no model is set. With `--rows` they are generated: the same seed and day give
/// the same use cases, and more rows only add to them. The use cases go into the source table, their truth into
/// `use_case_truth` beside it; existing tables are replaced. All names are made up.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SampleDataArgs {
    /// Generate this many use cases; without it, write the sixty by hand
    #[arg(long)]
    pub rows: Option<u64>,
    /// Seed of what is generated, and of what `--mutate` makes happen; 1 by default
    #[arg(long)]
    pub seed: Option<u64>,
    /// The sample's today, such as `2026-03-02`; today (UTC) by default
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<jiff::civil::Date>,
    /// Write the sample as it was so many weeks ago, from -4 to 0
    #[arg(long, value_name = "WEEK", allow_hyphen_values = true, conflicts_with = "rows",
        value_parser = clap::value_parser!(i8).range(-4..=0))]
    pub week: Option<i8>,
    /// Go on by so many days (7 without a number): notes edited, dates postponed, use cases opened and closed. Goes on with
    /// the sample that is there, or with the one that the other options name
    #[arg(long, value_name = "DAYS", num_args = 0..=1, default_missing_value = "7",
        value_parser = clap::value_parser!(u32).range(0..=3650))]
    pub mutate: Option<u32>,
}

/// What was written.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    /// The source table.
    pub table: String,
    /// The table with the truth.
    pub truth_table: String,
    /// Use cases.
    pub rows: u64,
    /// Which sample it is, and its day.
    pub stored: StoredSample,
}

pub(crate) fn cmd_sample_data(context: &Context, args: &SampleDataArgs) -> Result<ExitCode, Failure> {
    let written = block_on(async |signals| signals.or_stop(sample_data(context, args)).await)?;
    let Written { table, truth_table, rows, stored } = &written;
    if context.out.json() {
        let result = json!({"table": table, "truth_table": truth_table, "rows": rows, "seed": stored.seed(),
            "hand_written": stored.is_written(), "as_of": stored.sample.date(0).to_string(), "day": stored.day,
            "snapshot_date": stored.sample.date(stored.day).to_string()});
        context.out.result(&format!("{result}\n"));
    } else {
        let date = stored.sample.date(stored.day);
        context
            .out
            .result(&format!("Wrote {rows} use cases as of {date} to {table}, and their truth to {truth_table}\n"));
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
    let workspace = LocalWorkspace::of_project(context, &project.project_dir, &AnswersArgs::default()).await?;
    let dir =
        project.project_dir.join(".piq/workspace").canonicalize().context("cannot find the folder of the workspace")?;
    let written = write_sample(&workspace, &dir, &registry, args).await;
    workspace.close().await;
    written
}

async fn write_sample(
    workspace: &LocalWorkspace,
    dir: &Path,
    registry: &Registry,
    args: &SampleDataArgs,
) -> Result<Written, Failure> {
    let table = registry.config.source_table.clone();
    let truth_table = match table.rsplit_once('.') {
        Some((schema, _)) => format!("{schema}.use_case_truth"),
        None => return Err(Failure::refused(format!("the source table `{table}` has no schema"))),
    };
    let stored = sample_to_write(workspace, &table, args).await?;
    let columns =
        registry.source_columns.rows.iter().map(|row| json!({"name": row["column"], "type_text": row["type"]}));
    let mut rows = 0;
    let usecases = stored.sample.on(stored.day).map(|u| {
        rows += 1;
        u.row
    });
    write(workspace, dir, &table, columns.collect(), &stored.comment(), usecases).await?;
    let truth = stored.sample.on(stored.day).map(|u| u.truth);
    let comment = "What is true of each sample use case: the yardstick of the enrichments.";
    write(workspace, dir, &truth_table, truth_columns(stored.sample), comment, truth).await?;
    Ok(Written { table, truth_table, rows, stored })
}

/// The sample that the options name, or the one that is there some days later.
async fn sample_to_write(
    workspace: &LocalWorkspace,
    table: &str,
    args: &SampleDataArgs,
) -> Result<StoredSample, Failure> {
    let named = args.rows.is_some() || args.seed.is_some() || args.as_of.is_some() || args.week.is_some();
    if let (Some(days), false) = (args.mutate, named) {
        let comment = workspace.control.table_comment(table).await?;
        let known = comment.as_deref().and_then(StoredSample::read).ok_or_else(|| {
            Failure::refused(format!("cannot go on with the sample: {table} is not one"))
                .hint("write one with `piq sample-data`, or name one with `--rows` and `--seed`")
        })?;
        return Ok(StoredSample { day: known.day + i64::from(days), ..known });
    }
    let as_of = args.as_of.unwrap_or_else(|| jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date());
    let seed = args.seed.unwrap_or(1);
    let sample = match args.rows {
        Some(rows) => Sample::Generated(SampleOptions { rows, seed, as_of }),
        None => Sample::Written { as_of, seed },
    };
    let day = 7 * i64::from(args.week.unwrap_or(0)) + i64::from(args.mutate.unwrap_or(0));
    Ok(StoredSample { sample, day })
}

/// Columns of the truth, typed by the values of the first use cases.
fn truth_columns(sample: Sample) -> Vec<Value> {
    let mut types: indexmap::IndexMap<String, &str> = indexmap::IndexMap::new();
    let typical = match sample {
        // a column that is NULL in a small sample has its type all the same
        Sample::Generated(options) => Sample::Generated(SampleOptions { rows: 200, ..options }),
        written @ Sample::Written { .. } => written,
    };
    for usecase in typical.on(0) {
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
pub(super) async fn write(
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
pub(super) fn write_lines(
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
