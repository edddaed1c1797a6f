//! `piq dashboards`: changes and checks of dashboard files.

mod chosen_files;
#[cfg(feature = "preview")]
pub(crate) mod kept_filters;
mod lint;
pub(crate) mod preview;
mod preview_args;
#[cfg(feature = "preview")]
pub(crate) mod preview_export;
#[cfg(feature = "preview")]
pub(crate) mod preview_page;
mod pull;
mod query_plans;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use pipelineiq::render::target_value;
use piq_bundle::{LoadOptions, load};
use piq_diagnostics::{Diagnostics, Failure, FailureContext as _, FailureKind};
use piq_lakeview::files::{self, MainValues};
use piq_lakeview::{Normalised, set_parameters};
use serde_json::json;

use self::chosen_files::{chosen_files, start_folder};
use self::lint::{LintArgs, cmd_lint};
use self::preview_args::PreviewArgs;
use self::pull::{PullArgs, cmd_pull};
use crate::context::Context;

/// Change and check dashboard files
#[derive(Debug, Args)]
pub(crate) struct DashboardsArgs {
    #[command(subcommand)]
    command: DashboardsCommand,
}

#[derive(Debug, Subcommand)]
enum DashboardsCommand {
    Normalise(NormaliseArgs),
    Lint(LintArgs),
    Pull(PullArgs),
    Preview(PreviewArgs),
}

/// Set the main catalog and schema in dashboards; keep every other byte
///
/// Sets only the parameters that the `USE CATALOG IDENTIFIER(:kw)` / `USE SCHEMA IDENTIFIER(:kw)` head of a dataset names. The
/// values come from `dashboards/normalise.yml`, or with `-t TARGET` from the variables `catalog` and `schema` of that target.
/// Exit code: 0 nothing to change, 1 changed (with `--check`: would change), 2 error. With `--stdin` and without `--check`
/// the exit code is 0 after a change too, because git filters need it.
#[derive(Debug, Args)]
struct NormaliseArgs {
    /// Dashboard files; by default `dashboards/*.lvdash.json` of the project
    files: Vec<PathBuf>,
    /// Show what would change; write nothing
    #[arg(long)]
    check: bool,
    /// Read one dashboard from standard input and write it to standard output
    #[arg(long, conflicts_with = "files")]
    stdin: bool,
    /// Set this catalog instead of the configured one
    #[arg(long)]
    catalog: Option<String>,
    /// Set this schema instead of the configured one
    #[arg(long)]
    schema: Option<String>,
}

pub(crate) fn cmd_dashboards(context: &Context, args: DashboardsArgs) -> Result<ExitCode, Failure> {
    match args.command {
        DashboardsCommand::Normalise(args) => normalise(context, &args).or_else(|e| stop(context, e)),
        DashboardsCommand::Preview(args) => preview::cmd_preview(context, &args),
        DashboardsCommand::Lint(args) => cmd_lint(context, &args),
        DashboardsCommand::Pull(args) => cmd_pull(context, &args),
    }
}

/// Exit code 1 means changed here, so every failure exits with 2.
fn stop(context: &Context, failure: Failure) -> Result<ExitCode, Failure> {
    match failure.kind {
        FailureKind::Refused => {
            context.out.failure(&failure);
            Ok(ExitCode::from(2))
        }
        _ => Err(failure),
    }
}

fn values(context: &Context, args: &NormaliseArgs) -> Result<MainValues, Failure> {
    let start = start_folder(context)?;
    let configured = match (&args.catalog, &args.schema) {
        (Some(_), Some(_)) => MainValues::default(),
        _ if context.global.target.is_some() => of_target(context, args, &start)?,
        _ => match files::project(&start) {
            Some(project) => files::main_values(&project)?,
            None => MainValues::default(),
        },
    };
    let catalog = args.catalog.clone().or(configured.catalog).filter(|c| !c.is_empty());
    let schema = args.schema.clone().or(configured.schema).filter(|s| !s.is_empty());
    if catalog.is_none() || schema.is_none() {
        return Err(Failure::usage("expected a catalog and a schema to set").hint(format!(
            "pass `--catalog` and `--schema`, or `-t TARGET`, or set `main_catalog` and `main_schema` in `{}`",
            files::MAIN_VALUES
        )));
    }
    Ok(MainValues { catalog, schema, use_head: None })
}

/// The variables `catalog` and `schema` of the target, unless the arguments give them.
fn of_target(context: &Context, args: &NormaliseArgs, start: &Path) -> Result<MainValues, Failure> {
    let project = load(&LoadOptions { start, ..context.load_options() })?;
    let value = |given: &Option<String>, name: &str| match given {
        Some(_) => Ok(None),
        None => target_value(&project, name).map_err(Diagnostics::from),
    };
    let catalog = value(&args.catalog, "catalog")?;
    Ok(MainValues { catalog, schema: value(&args.schema, "schema")?, use_head: None })
}

fn normalise(context: &Context, args: &NormaliseArgs) -> Result<ExitCode, Failure> {
    let values = values(context, args)?;
    if args.stdin {
        return filter(args, &values);
    }
    let mut report = Vec::new();
    let (mut changed, mut failed) = (false, false);
    for path in chosen_files(context, &args.files)? {
        let shown = path.display().to_string();
        let done = one_file(&path, &shown, &values, args.check);
        match done {
            Ok(outcome) => {
                changed |= outcome.changed();
                say(context, &shown, &outcome, args.check);
                report.push(entry(&shown, &outcome));
            }
            Err(failure) => {
                failed = true;
                context.out.failure(&failure);
                report.push(json!({"file": shown, "error": true}));
            }
        }
    }
    if context.out.json() {
        context.out.result(&format!("{}\n", json!({"files": report})));
    }
    Ok(ExitCode::from(if failed { 2 } else { u8::from(changed) }))
}

fn one_file(path: &Path, shown: &str, values: &MainValues, check: bool) -> Result<Normalised<'static>, Failure> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{shown}`"))?;
    let outcome = set(shown, &bytes, values)?;
    if outcome.changed() && !check {
        files::replace(path, &outcome.bytes)?;
    }
    Ok(Normalised { bytes: Vec::new().into(), edits: outcome.edits })
}

fn set<'a>(shown: &str, bytes: &'a [u8], values: &MainValues) -> Result<Normalised<'a>, Failure> {
    let (catalog, schema) = (values.catalog.as_deref(), values.schema.as_deref());
    Ok(set_parameters(shown, bytes, catalog.unwrap_or_default(), schema.unwrap_or_default())?)
}

fn filter(args: &NormaliseArgs, values: &MainValues) -> Result<ExitCode, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
    let outcome = set("<stdin>", &bytes, values)?;
    if args.check {
        return Ok(ExitCode::from(u8::from(outcome.changed())));
    }
    // not through the printer, which would strip terminal escapes
    let mut out = std::io::stdout().lock();
    out.write_all(&outcome.bytes).and_then(|()| out.flush()).context("cannot write to standard output")?;
    Ok(ExitCode::SUCCESS)
}

fn say(context: &Context, shown: &str, outcome: &Normalised<'_>, check: bool) {
    let verb = if check { "would be set" } else { "set" };
    let mut lines: Vec<String> = Vec::new();
    for edit in &outcome.edits {
        let line = format!("{shown}: `{}` {verb} from `{}` to `{}`", edit.keyword, edit.from, edit.to);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    for line in lines {
        context.out.log(&line);
    }
}

fn entry(shown: &str, outcome: &Normalised<'_>) -> serde_json::Value {
    let edits: Vec<serde_json::Value> = outcome
        .edits
        .iter()
        .map(|e| json!({"dataset": e.dataset, "keyword": e.keyword, "from": e.from, "to": e.to}))
        .collect();
    json!({"file": shown, "changed": outcome.changed(), "edits": edits})
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;
    use std::path::Path;
    use std::process::ExitCode;

    use piq_diagnostics::env::Env;

    const DEV: &str = r#"{"datasets": [{"name": "d", "query": "USE CATALOG IDENTIFIER(:c); SELECT 1", "parameters": [{"keyword": "c", "defaultSelection": {"values": {"values": [{"value": "dev"}]}}}]}]}"#;

    fn piq(folder: &Path, args: &[&str]) -> ExitCode {
        run(folder, "normalise", args)
    }

    fn run(folder: &Path, command: &str, args: &[&str]) -> ExitCode {
        let head =
            [OsString::from("piq"), "-q".into(), "-C".into(), folder.into(), "dashboards".into(), command.into()];
        crate::commands::main(head.into_iter().chain(args.iter().map(OsString::from)), Env::default())
    }

    #[test]
    fn exit_codes_tell_clean_changed_and_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::create_dir(root.join("dashboards")).expect("a folder");
        fs::write(root.join("databricks.yml"), "").expect("a file");
        let file = root.join("dashboards/a.lvdash.json");
        fs::write(&file, DEV).expect("a file");

        assert_eq!(piq(root, &[]), ExitCode::from(2), "no values are known");
        fs::write(root.join("dashboards/normalise.yml"), "main_catalog: home\nmain_schema: piq\n").expect("a file");
        assert_eq!(piq(root, &["--check"]), ExitCode::from(1));
        assert_eq!(fs::read_to_string(&file).expect("the file"), DEV);
        assert_eq!(piq(root, &[]), ExitCode::from(1));
        assert_eq!(fs::read_to_string(&file).expect("the file"), DEV.replace("dev", "home"));
        assert_eq!(piq(root, &[]), ExitCode::SUCCESS);
        assert_eq!(piq(root, &["--check", "--catalog", "dev"]), ExitCode::from(1));

        fs::write(root.join("dashboards/b.lvdash.json"), "{").expect("a file");
        fs::write(&file, DEV).expect("a file");
        assert_eq!(piq(root, &[]), ExitCode::from(2));
        assert_eq!(fs::read_to_string(root.join("dashboards/b.lvdash.json")).expect("the file"), "{");
        assert_eq!(fs::read_to_string(&file).expect("the file"), DEV.replace("dev", "home"), "the others are done");
        assert_eq!(piq(root, &["no-such-file.lvdash.json"]), ExitCode::from(2));
    }
    #[test]
    fn lint_fails_on_errors_and_on_a_renamed_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::create_dir(root.join("dashboards")).expect("a folder");
        fs::write(root.join("databricks.yml"), "").expect("a file");
        let file = root.join("dashboards/a.lvdash.json");
        fs::write(&file, r#"{"datasets": [], "pages": []}"#).expect("a file");
        assert_eq!(run(root, "lint", &[]), ExitCode::SUCCESS);
        fs::write(root.join("dashboards/names.lock"), "b.lvdash.json\n").expect("a file");
        assert_eq!(run(root, "lint", &[]), ExitCode::from(1));
        fs::write(root.join("dashboards/names.lock"), "a.lvdash.json\n").expect("a file");
        assert_eq!(run(root, "lint", &[]), ExitCode::SUCCESS);
        fs::write(&file, DEV).expect("a file");
        assert_eq!(run(root, "lint", &[]), ExitCode::from(1), "no USE SCHEMA");

        let text = r#"{"datasets": [{"name": "d", "query": "USE CATALOG IDENTIFIER(:c); USE SCHEMA IDENTIFIER(:s); SELECT x FROM t",
            "parameters": [{"keyword": "c", "dataType": "STRING", "defaultSelection": {"values": {"values": [{"value": "c"}]}}},
            {"keyword": "s", "dataType": "STRING", "defaultSelection": {"values": {"values": [{"value": "s"}]}}}]}]}"#;
        fs::write(&file, text).expect("a file");
        let contract = root.join("contract.json");
        let contract_arg = contract.to_string_lossy().into_owned();
        fs::write(&contract, r#"{"tables": {"t": {"columns": {"x": {"type": "INT"}}}}}"#).expect("a file");
        assert_eq!(run(root, "lint", &["--contract", &contract_arg]), ExitCode::SUCCESS);
        fs::write(&contract, r#"{"tables": {"t": {"columns": {"y": {"type": "INT"}}}}}"#).expect("a file");
        assert_eq!(run(root, "lint", &["--contract", &contract_arg]), ExitCode::from(1));
    }

    #[test]
    fn the_files_that_resources_name_are_checked_wherever_they_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::create_dir(root.join("src")).expect("a folder");
        let bundle = "bundle: {name: shop}\nworkspace: {host: \"https://shop.cloud.databricks.com\"}\nresources:\n  dashboards:\n    \
            sales: {display_name: Sales, warehouse_id: w, file_path: src/sales.lvdash.json}\n";
        fs::write(root.join("databricks.yml"), bundle).expect("a file");
        let file = root.join("src/sales.lvdash.json");
        let good = r#"{"datasets": [{"name": "d", "query": "SELECT a FROM main.shop.sales"}], "pages": []}"#;
        fs::write(&file, good).expect("a file");
        let validate = || {
            let args = ["piq", "-q", "-C"].map(OsString::from).into_iter().chain([root.into(), "validate".into()]);
            crate::commands::main(args, Env::default())
        };
        assert_eq!(run(root, "lint", &[]), ExitCode::SUCCESS, "a query may name its catalog here");
        assert_eq!(validate(), ExitCode::SUCCESS);
        fs::write(&file, good.replace("SELECT a", "SELECT (a")).expect("a file");
        assert_eq!(run(root, "lint", &[]), ExitCode::from(1));
        assert_eq!(validate(), ExitCode::from(1));
    }
}
