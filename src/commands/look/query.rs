//! `piq query`

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use pipelineiq::insight::query::is_missing_table;
use piq_databricks::workspace::{ResultSet, StatementParameter, StatementRequest, WarehouseId, WorkspaceError};
use piq_diagnostics::{Diagnostic, Failure, FailureContext as _, Source, Span, closest};
use piq_sql::{Token, TokenKind, fault_in, lint, name_parts, statement_words, statements, tokens, writes_at};

use crate::context::Context;
use crate::context::namespace::Namespace;
use crate::context::options::WorkspaceOptions;
use crate::context::project::load_project;
use crate::context::session::{Session, in_session};
use crate::context::signals::Signals;
use crate::context::warehouse::choose_warehouse;
use crate::output::format::OutputFormat;
use crate::output::number::plural;
use crate::output::query_result::{as_csv, as_json, as_table};

/// Rows that a table on a terminal shows without `--limit`.
const SHOWN: u64 = 1000;

/// Run one SQL statement and print its result
///
/// Works on every target; names without a schema are in the pipeline's. A statement that writes needs `--write`. Prints a
/// table of at most 1,000 rows, or with `-o csv` or `-o json` all rows; NULL is an empty field in CSV, an empty text is `""`.
/// Errors are shown at their line and column.
#[derive(Debug, Clone, Args)]
pub(crate) struct QueryArgs {
    /// The statement; `-`, or none, reads standard input
    sql: Option<String>,
    /// Read the statement from a file
    #[arg(short, long, value_name = "FILE", conflicts_with = "sql")]
    file: Option<PathBuf>,
    /// Give the marker `:NAME` a value, a string unless a type such as `n:INT` is named; may be repeated
    #[arg(long = "param", value_name = "NAME[:TYPE]=VALUE", value_parser = parse_parameter)]
    parameters: Vec<(String, StatementParameter)>,
    /// Print at most this many rows
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Allow a statement that changes something
    #[arg(long)]
    write: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

fn parse_parameter(text: &str) -> Result<(String, StatementParameter), String> {
    let expected = || format!("expected NAME=VALUE or NAME:TYPE=VALUE, found `{text}`");
    let (name, value) = text.split_once('=').ok_or_else(expected)?;
    let (name, type_text) = match name.split_once(':') {
        Some((name, kind)) => (name, Some(kind.trim().to_uppercase())),
        None => (name, None),
    };
    if name.trim().is_empty() || type_text.as_deref() == Some("") {
        return Err(expected());
    }
    Ok((name.trim().to_owned(), StatementParameter { value: value.to_owned(), type_text }))
}

pub(crate) fn cmd_query(context: &Context, args: &QueryArgs) -> Result<ExitCode, Failure> {
    let source = read_statement(args)?;
    let parameters = parameters(&args.parameters)?;
    let statement = checked(&source, &parameters, args.write)?;
    let format = context.global.output();
    let limit = args.limit.or((format != OutputFormat::Json && format != OutputFormat::Csv).then_some(SHOWN));
    let on =
        |warehouse| StatementRequest { parameters, row_limit: limit, ..StatementRequest::new(warehouse, statement) };
    let project = load_project(context)?;
    let result = in_session(context, project, args.workspace.session(), async |session, signals| {
        run(session, signals, on, &source).await
    })?;
    match format {
        OutputFormat::Csv => context.out.data(&as_csv(&result)),
        OutputFormat::Json => context.out.result(&as_json(&result)?),
        _ => context.out.result(&as_table(&result)),
    }
    if result.truncated {
        let rows = result.rows.len() as u64;
        context.out.log(&format!("only the first {}: there are more; see `--limit`", plural(rows, "row", "rows")));
    } else if result.columns.is_empty() {
        context.out.log("done");
    } else {
        context.out.log(&plural(result.rows.len() as u64, "row", "rows"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The text of the statement and the name to show for it.
fn read_statement(args: &QueryArgs) -> Result<Arc<Source>, Failure> {
    let from_input = || {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read the statement from standard input")?;
        Ok(Source::new("<stdin>", text))
    };
    match (&args.sql, &args.file) {
        (_, Some(path)) if path == Path::new("-") => from_input(),
        (_, Some(path)) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
            Ok(Source::new(path.display().to_string(), text))
        }
        (Some(sql), None) if sql != "-" => Ok(Source::new("<query>", sql)),
        (None, None) if std::io::stdin().is_terminal() => Err(Failure::usage("expected a SQL statement")
            .hint("give one as an argument, in a file with `--file`, or on standard input")),
        _ => from_input(),
    }
}

fn parameters(given: &[(String, StatementParameter)]) -> Result<BTreeMap<String, StatementParameter>, Failure> {
    let mut all = BTreeMap::new();
    for (name, parameter) in given {
        if all.insert(name.clone(), parameter.clone()).is_some() {
            return Err(Failure::usage(format!("found two values for the parameter `{name}`")));
        }
    }
    Ok(all)
}

/// The one statement of the text, if it may be sent: it can be read, changes nothing unless that is allowed, and has a
/// value for each marker.
fn checked(
    source: &Arc<Source>,
    parameters: &BTreeMap<String, StatementParameter>,
    write: bool,
) -> Result<String, Failure> {
    let text = &source.text;
    let fault = |code, message: String, range: std::ops::Range<usize>, hint: &str| {
        Failure::from(Diagnostic::error(code, message).at(Span::new(source, range)).hint(hint))
    };
    if let Some(range) = lint::unmatched(text) {
        let message = "found a quote, comment or bracket without its other end";
        return Err(fault("sql-unmatched", message.into(), range, "close it"));
    }
    let all = tokens(text);
    let parts = statements(&all);
    let [statement] = parts.as_slice() else {
        let Some(second) = parts.get(1) else {
            return Err(Failure::usage("expected a SQL statement, found an empty text"));
        };
        let message = format!("expected one statement, found {}", parts.len());
        return Err(fault("sql-statements", message, second[0].span.clone(), "run them one by one"));
    };
    if let (Some(at), false) = (writes_at(statement), write) {
        let (word, range) = (statement[at].raw, statement[at].span.clone());
        if !statement_words().any(|known| known.eq_ignore_ascii_case(word)) && !is_labelled(&statement[at..]) {
            let hint = match closest(word, statement_words()) {
                Some(near) => format!("did you mean `{}`?", near.to_uppercase()),
                None => "statements start with a word such as SELECT, SHOW or DESCRIBE".to_owned(),
            };
            return Err(fault("sql-unknown", format!("unknown SQL statement `{word}`"), range, &hint));
        }
        let message = format!("expected a statement that only reads, found {}", word.to_uppercase());
        return Err(fault("sql-writes", message, range, "add `--write` to let it change something"));
    }
    let mut used = Vec::new();
    for token in statement.iter().filter(|t| t.kind == TokenKind::Parameter) {
        let name = token.content();
        if !parameters.contains_key(&name) {
            let message = format!("the marker :{name} has no value");
            let hint = format!("add `--param {name}=VALUE`");
            return Err(fault("sql-parameter", message, token.span.clone(), &hint));
        }
        used.push(name);
    }
    if let Some(unused) = parameters.keys().find(|name| !used.contains(name)) {
        let failure = Failure::usage(format!("the statement has no marker :{unused}"));
        return Err(match closest(unused, used.iter().map(String::as_str)) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure,
        });
    }
    // from the start, so that the engine counts lines as the user does; without the semicolon at the end
    Ok(text[..statement.last().map_or(0, |t| t.span.end)].to_owned())
}

/// Whether a script starts with a label.
fn is_labelled(statement: &[Token<'_>]) -> bool {
    statement.get(1).is_some_and(|t| t.is(":"))
}

/// Runs the statement with the pipeline's catalog and schema as the current ones, as far as they exist.
async fn run(
    session: &Session,
    signals: &Signals,
    on: impl FnOnce(WarehouseId) -> StatementRequest,
    source: &Arc<Source>,
) -> Result<ResultSet, Failure> {
    let Namespace { catalog, schema } = Namespace::of_project(&session.project)?;
    let mut request = on(signals.or_stop(choose_warehouse(session)).await?);
    let mut tries = vec![(catalog.clone(), schema.clone()), (catalog.clone(), None), (None, None)];
    tries.dedup();
    let mut tries = tries.into_iter().peekable();
    while let Some((catalog, schema)) = tries.next() {
        request.catalog = catalog;
        request.schema = schema;
        match session.workspace.execute_until(&request, signals.cancel.wait()).await {
            Ok(Some(result)) => return Ok(result),
            Ok(None) => return Err(Failure::interrupted()),
            Err(e) if tries.peek().is_some() && lacks_namespace(&e) => {}
            Err(e) => return Err(refused(session, &request, source, e)),
        }
    }
    Err(Failure::interrupted())
}

/// Whether a statement could not start, or not find a name, as a catalog or schema does not exist.
fn lacks_namespace(error: &WorkspaceError) -> bool {
    is_missing_table(error) && !error.to_string().contains("TABLE_OR_VIEW_NOT_FOUND")
}

/// What the engine says, at its place in the statement.
fn refused(session: &Session, request: &StatementRequest, source: &Arc<Source>, error: WorkspaceError) -> Failure {
    let WorkspaceError::Statement(said) = &error else { return error.into() };
    let statement = &request.statement;
    let first = || tokens(statement).first().map_or(0..0, |t| t.span.clone());
    let place = fault_in(statement, said);
    let message = said.lines().next().unwrap_or_default().trim();
    let range = place.clone().unwrap_or_else(first);
    // the start of the statement needs a word about what is wrong there: nothing
    let label = if place.is_some() { "" } else { "in this statement" };
    let diagnostic = Diagnostic::error("sql-refused", message).label(Span::new(source, range.clone()), label);
    if !is_missing_table(&error) {
        return diagnostic.into();
    }
    let target = &session.project.target;
    let name: Vec<String> = name_parts(&tokens(&statement[range])).collect();
    let within = match (name.as_slice(), &request.catalog, &request.schema) {
        ([catalog, schema, _], _, _) => Some(format!("{catalog}.{schema}")),
        ([schema, _], Some(catalog), _) => Some(format!("{catalog}.{schema}")),
        ([_], Some(catalog), Some(schema)) => Some(format!("{catalog}.{schema}")),
        _ => None,
    };
    let hint = match within {
        Some(within) => format!("`piq query \"SHOW TABLES IN {within}\" -t {target}` lists its tables"),
        None => format!("the pipeline's schema does not exist yet: `piq run -t {target}` makes it and its tables"),
    };
    diagnostic.hint(hint).into()
}
