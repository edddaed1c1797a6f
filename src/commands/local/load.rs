//! `piq load`: a file of rows becomes a table of the local workspace.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr as _;
use std::sync::Arc;

use clap::Args;
use pipelineiq::insight::source::{SourceMapping, guess_mapping, is_whole_table};
use pipelineiq::pipeline::Registry;
use pipelineiq::render::{read_content, render};
use piq_bundle::{LoadOptions, TargetBundle, load};
use piq_databricks::workspace::ResultColumn;
use piq_diagnostics::{Diagnostic, Failure, FailureContext as _, Source, Span, atomic_file, closest};
use piq_sql::{name_end, name_parts, tokens};
use piq_tabular::{ColumnType, Rows, TypedRows, Value as Cell, column_names, read_csv, read_json};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::commands::local::sample_data::{write, write_lines};
use crate::context::Context;
use crate::context::answers::AnswersArgs;
use crate::context::local_workspace::LocalWorkspace;
use crate::context::namespace::Namespace;
use crate::context::pipeline::no_pipeline;
use crate::context::project::LOCAL;
use crate::context::signals::block_on;
use crate::output::number::{cut, plural};
use crate::output::report::{ReportTable, count, remark, text};

/// The mapping of the source.
const SOURCE_SQL: &str = "sql/source.sql";

/// Load a CSV, JSON or Parquet file into a local table
///
/// Types of columns are inferred over the whole file: dates, times, numbers, booleans, else strings. Headings become names in
/// lower case with `_`; an empty value is NULL. A value that is not of its column's type is an error with its line, and
/// nothing is written.
#[derive(Debug, Clone, Args)]
pub(crate) struct LoadArgs {
    /// The file: .csv, .tsv, .json, .jsonl or .parquet
    file: PathBuf,
    /// Table to make, in the pipeline's catalog and schema if it names none; with `--as-source` the source table by default
    #[arg(required_unless_present = "as_source")]
    table: Option<String>,
    /// Replace a table that exists
    #[arg(long, conflicts_with = "append")]
    replace: bool,
    /// Add the rows to a table that exists; its columns give the types
    #[arg(long)]
    append: bool,
    /// Give a column this type, such as `amount=DECIMAL(18,2)` or `close_date=DATE(mdy)`; may be repeated
    #[arg(long = "type", value_name = "COLUMN=TYPE", value_parser = parse_type)]
    types: Vec<(String, ColumnType)>,
    /// Keep the headings as names of columns, to be written between backquotes
    #[arg(long)]
    keep_names: bool,
    /// Write sql/source.sql, so that the pipeline reads the table: columns are mapped by their names
    #[arg(long)]
    as_source: bool,
}

fn parse_type(text: &str) -> Result<(String, ColumnType), String> {
    let (column, kind) = text.rsplit_once('=').ok_or_else(|| format!("expected COLUMN=TYPE, found `{text}`"))?;
    Ok((column.trim().to_owned(), ColumnType::from_str(kind.trim())?))
}

/// A column as it was loaded.
#[derive(Debug, Serialize)]
struct LoadedColumn {
    name: String,
    #[serde(rename = "type")]
    type_text: String,
    heading: String,
    /// Rows without a value.
    empty: usize,
    example: Option<String>,
    remark: Option<String>,
}

/// What was loaded.
#[derive(Debug, Serialize)]
struct Loaded {
    table: String,
    /// `created`, `replaced` or `appended`
    mode: &'static str,
    rows: usize,
    columns: Vec<LoadedColumn>,
    mapping: Option<WrittenMapping>,
}

/// The mapping that was written.
#[derive(Debug, Serialize)]
struct WrittenMapping {
    path: &'static str,
    /// Columns of the contract with what they are read from.
    mapped: Vec<MappedColumn>,
    /// Required columns that nothing was found for.
    missing: Vec<String>,
    /// Columns of the table that are not read.
    unused: Vec<String>,
}

#[derive(Debug, Serialize)]
struct MappedColumn {
    column: String,
    from: String,
}

impl From<SourceMapping> for WrittenMapping {
    fn from(mapping: SourceMapping) -> Self {
        let mapped = mapping.mapped.into_iter().map(|(column, from)| MappedColumn { column, from }).collect();
        Self { path: SOURCE_SQL, mapped, missing: mapping.missing, unused: mapping.unused }
    }
}

pub(crate) fn cmd_load(context: &Context, args: &LoadArgs) -> Result<ExitCode, Failure> {
    let target = context.global.target.as_deref().unwrap_or(LOCAL);
    if target != LOCAL {
        return Err(elsewhere(args, target));
    }
    let file = DataFile::open(&args.file)?;
    let project = load(&LoadOptions { target: Some(target), ..context.load_options() })?;
    let registry = if args.as_source { Some(source_to_replace(&project)?) } else { None };
    let table = full_name(args.table.as_deref(), registry.as_ref(), &project)?;
    let loaded = block_on(async |signals| {
        signals.or_stop(load_file(context, args, file, &project, registry.as_ref(), table)).await
    })?;
    context.out.report(&loaded, loaded_report)?;
    Ok(ExitCode::SUCCESS)
}

/// How a file gets into another workspace.
fn elsewhere(args: &LoadArgs, target: &str) -> Failure {
    let (name, table) =
        (args.file.file_name().unwrap_or_default().to_string_lossy(), args.table.as_deref().unwrap_or("TABLE"));
    Failure::usage(format!("expected the target `local` to load a file, found `{target}`")).hint(format!(
        "in a workspace, put the file into a volume, then: piq query --write -t {target} \"CREATE TABLE {table} AS SELECT * FROM \
         read_files('/Volumes/CATALOG/SCHEMA/VOLUME/{name}')\""
    ))
}

/// A file whose rows are read, or one that the engine reads.
enum DataFile {
    Rows(Rows),
    Parquet(PathBuf),
}

impl DataFile {
    fn open(path: &Path) -> Result<Self, Failure> {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let shown = path.display().to_string();
        if !["csv", "tsv", "json", "jsonl", "ndjson", "parquet"].contains(&extension.as_str()) {
            return Err(Failure::usage(format!(
                "expected a file .csv, .tsv, .json, .jsonl or .parquet, found `{shown}`"
            )));
        }
        if extension == "parquet" {
            let full = path.canonicalize().with_context(|| format!("cannot read `{shown}`"))?;
            return Ok(Self::Parquet(full));
        }
        let bytes = std::fs::read(path).with_context(|| format!("cannot read `{shown}`"))?;
        let text = String::from_utf8(bytes).map_err(|e| {
            let good = String::from_utf8_lossy(&e.as_bytes()[..e.utf8_error().valid_up_to()]).into_owned();
            let (source, at) = (Source::new(shown.as_str(), good.clone()), good.len());
            Diagnostic::error("file-encoding", "expected UTF-8, found another encoding")
                .at(Span::new(&source, at..at))
                .hint("save the file as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8")
        })?;
        let source: Arc<Source> = Source::new(shown, text);
        Ok(Self::Rows(if extension.ends_with("sv") { read_csv(&source)? } else { read_json(&source)? }))
    }

    async fn rows(self, workspace: &LocalWorkspace, dir: &Path) -> Result<(Rows, Vec<Option<ColumnType>>), Failure> {
        let path = match self {
            Self::Rows(rows) => {
                let kinds = vec![None; rows.headers.len()];
                return Ok((rows, kinds));
            }
            Self::Parquet(path) => path,
        };
        let lines = tempfile::NamedTempFile::new_in(dir).context("cannot make a file for the rows")?;
        let columns = workspace.control.read_parquet(&path, lines.path()).await?;
        let text = std::fs::read_to_string(lines.path()).context("cannot read the rows")?;
        let mut rows = Vec::new();
        for line in text.lines() {
            let values: Vec<Option<String>> = serde_json::from_str(line).context("cannot read the rows")?;
            rows.push(values.into_iter().map(|v| v.map(|text| Cell { text, is_text: true })).collect());
        }
        let kinds = columns.iter().map(|(_, kind)| kind.parse().ok()).collect();
        let headers = columns.into_iter().map(|(name, _)| name).collect();
        Ok((Rows::without_places(&path.display().to_string(), headers, rows), kinds))
    }
}

/// The pipeline of a project whose mapping may be replaced.
fn source_to_replace(project: &TargetBundle) -> Result<Registry, Failure> {
    let path = project.project_dir.join(SOURCE_SQL);
    match std::fs::read_to_string(&path) {
        Ok(text) if !is_whole_table(&text) => {
            return Err(Failure::refused(format!("{SOURCE_SQL} has a mapping of your own"))
                .hint("move it away first, or load without `--as-source` and edit it"));
        }
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            return Err(e).with_context(|| format!("cannot read {SOURCE_SQL}"));
        }
        Ok(_) | Err(_) => {}
    }
    render(project, &read_content(&project.project_dir)?)?.registry.ok_or_else(no_pipeline)
}

/// Catalog, schema and name of the table.
fn full_name(asked: Option<&str>, registry: Option<&Registry>, project: &TargetBundle) -> Result<String, Failure> {
    let name = match (asked, registry) {
        (Some(name), _) => name.to_owned(),
        (None, Some(registry)) => registry.config.source_table.clone(),
        (None, None) => return Err(Failure::usage("expected the name of a table")),
    };
    let all = tokens(&name);
    let parts: Vec<String> = match name_end(&all, 0) == Some(all.len()) {
        true => name_parts(&all).map(|part| part.to_lowercase()).collect(),
        false => Vec::new(),
    };
    let namespace = || Namespace::of_project(project)?.complete();
    let parts = match parts.as_slice() {
        [_, _, _] => parts,
        [schema, table] => vec![namespace()?.0, schema.clone(), table.clone()],
        [table] => {
            let (catalog, schema) = namespace()?;
            vec![catalog, schema, table.clone()]
        }
        _ => return Err(Failure::usage(format!("expected a table such as `catalog.schema.table`, found `{name}`"))),
    };
    if let Some(bad) = parts.iter().find(|part| part.contains('.') || part.contains('/')) {
        return Err(Failure::usage(format!(
            "the name `{bad}` has a character that no table, schema or catalog may have"
        )));
    }
    Ok(parts.join("."))
}

async fn load_file(
    context: &Context,
    args: &LoadArgs,
    file: DataFile,
    project: &TargetBundle,
    registry: Option<&Registry>,
    table: String,
) -> Result<Loaded, Failure> {
    let workspace = LocalWorkspace::of_project(context, &project.project_dir, &AnswersArgs::default()).await?;
    let dir =
        project.project_dir.join(".piq/workspace").canonicalize().context("cannot find the folder of the workspace")?;
    let work = async {
        let existing = workspace.control.table_columns(&table).await?;
        let mode = match (&existing, args.replace, args.append) {
            (None, _, false) => "created",
            (Some(_), true, _) => "replaced",
            (Some(_), _, true) => "appended",
            (None, _, true) => {
                return Err(
                    Failure::refused(format!("{table} does not exist")).hint("load without `--append` to make it")
                );
            }
            (Some(_), false, false) => {
                return Err(Failure::refused(format!("{table} already exists"))
                    .hint("add `--replace` to replace it, or `--append` to add the rows to it"));
            }
        };
        let (rows, mut kinds) = file.rows(&workspace, &dir).await?;
        let mut names = column_names(&rows.headers, args.keep_names).map_err(|why| {
            Failure::refused(why).hint("rename one in the file, or keep the headings with `--keep-names`")
        })?;
        if args.append {
            fit_to_table(&table, existing.as_deref().unwrap_or_default(), &mut names, &mut kinds)?;
        }
        choose_types(&args.types, &rows.headers, &names, &mut kinds)?;
        let typed = rows.typed(&kinds)?;
        let mapping = registry.map(|registry| mapping_of(registry, &typed, &names, &table));
        store(&workspace, &dir, &table, &typed, &names, args).await?;
        if let Some(mapping) = &mapping {
            let written = atomic_file::replace(&project.project_dir.join(SOURCE_SQL), mapping.sql.as_bytes());
            written.with_context(|| format!("loaded {table}, but cannot write {SOURCE_SQL}"))?;
        }
        let (rows, columns) = (typed.rows.len(), loaded_columns(typed, names));
        Ok(Loaded { table: table.clone(), mode, rows, columns, mapping: mapping.map(WrittenMapping::from) })
    };
    let done = work.await;
    workspace.close().await;
    done
}

/// Gives the columns of a file the names and types of the table that they are added to.
fn fit_to_table(
    table: &str,
    existing: &[(String, String)],
    names: &mut [String],
    kinds: &mut [Option<ColumnType>],
) -> Result<(), Failure> {
    for (name, kind) in names.iter_mut().zip(kinds) {
        let Some((known, type_text)) = existing.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
            let failure = Failure::refused(format!("{table} has no column `{name}`"));
            return Err(match closest(name, existing.iter().map(|(known, _)| known.as_str())) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint("remove the column from the file, or replace the table with `--replace`"),
            });
        };
        let found = type_text.parse::<ColumnType>().map_err(|_| {
            Failure::refused(format!("cannot add to {table}: its column `{known}` has the type {type_text}"))
        })?;
        // the file says in which order its dates are
        let dates = matches!((&*kind, found), (None | Some(ColumnType::Date(_)), ColumnType::Date(_)));
        *kind = if dates { *kind } else { Some(found) };
        name.clone_from(known);
    }
    Ok(())
}

/// Lays the types of the command line over the columns, which are named by their headings or their names.
fn choose_types(
    asked: &[(String, ColumnType)],
    headers: &[String],
    names: &[String],
    kinds: &mut [Option<ColumnType>],
) -> Result<(), Failure> {
    for (column, kind) in asked {
        let at = names.iter().position(|n| n.eq_ignore_ascii_case(column));
        let Some(at) = at.or_else(|| headers.iter().position(|h| h == column)) else {
            let failure = Failure::usage(format!("the file has no column `{column}`"));
            return Err(match closest(column, names.iter().map(String::as_str)) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint(format!("available: {}", names.join(", "))),
            });
        };
        kinds[at] = Some(*kind);
    }
    Ok(())
}

fn mapping_of(registry: &Registry, typed: &TypedRows, names: &[String], table: &str) -> SourceMapping {
    let columns: Vec<ResultColumn> = names
        .iter()
        .zip(&typed.columns)
        .map(|(name, column)| ResultColumn { name: name.clone(), type_text: column.kind.to_string() })
        .collect();
    // by its variable, so that the mapping serves on other targets too
    let source = &registry.config.source_table;
    let from = if source.eq_ignore_ascii_case(table) { "{{ pipeline.source_table }}" } else { table };
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    guess_mapping(&registry.source_columns, &columns, from, today)
}

async fn store(
    workspace: &LocalWorkspace,
    dir: &Path,
    table: &str,
    typed: &TypedRows,
    names: &[String],
    args: &LoadArgs,
) -> Result<(), Failure> {
    let rows = typed.rows.iter().map(|row| {
        let values = row.iter().map(|value| value.clone().map_or(Value::Null, Value::String));
        names.iter().cloned().zip(values).collect::<Map<String, Value>>()
    });
    let columns: Vec<Value> = names
        .iter()
        .zip(&typed.columns)
        .map(|(name, column)| json!({"name": name, "type_text": column.kind.to_string()}))
        .collect();
    if !args.append {
        let comment = format!("Loaded from {}.", args.file.file_name().unwrap_or_default().to_string_lossy());
        return write(workspace, dir, table, columns, &comment, rows).await;
    }
    let mut file = tempfile::NamedTempFile::new_in(dir).context("cannot make a file for the rows")?;
    let plain: Vec<&str> = names.iter().map(String::as_str).collect();
    write_lines(file.as_file_mut(), &plain, rows).context("cannot write the rows")?;
    Ok(workspace.control.append(table, file.path(), &columns).await?)
}

fn loaded_columns(typed: TypedRows, names: Vec<String>) -> Vec<LoadedColumn> {
    let columns = names.into_iter().zip(typed.columns).map(|(name, column)| LoadedColumn {
        name,
        type_text: column.kind.to_string(),
        heading: column.header,
        empty: column.empty,
        example: column.example.map(|example| cut(&example, 40)),
        remark: column.remark,
    });
    columns.collect()
}

fn loaded_report(loaded: &Loaded) -> String {
    let rows = plural(loaded.rows as u64, "row", "rows");
    let done = match loaded.mode {
        "appended" => "added to",
        _ => "loaded into",
    };
    let mut report = ReportTable::new();
    report.section(&rows, &format!("{done} {}", loaded.table)).rows(
        &loaded.columns,
        &[text("name").titled("column"), text("type"), count("empty"), text("example"), remark("remark")],
    );
    if let Some(mapping) = &loaded.mapping {
        let mapped = plural(mapping.mapped.len() as u64, "column", "columns");
        report.section(mapping.path, &format!("maps {mapped}")).rows(&mapping.mapped, &[text("column"), text("from")]);
        if !mapping.missing.is_empty() {
            report.line(&format!("required columns that nothing was found for: {}", mapping.missing.join(", ")));
            report.line(&format!("add a line for each to {}, then run `piq validate`", mapping.path));
        }
        if !mapping.unused.is_empty() {
            report.line(&format!("not used: {}", mapping.unused.join(", ")));
        }
    }
    report.finish()
}
