//! `piq new`: files that a project begins with.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::ArgValueCompleter;
use pipelineiq::pipeline::scaffold::{AiFunction, NewEnrichment, scaffold};
use pipelineiq::render::{read_content, render};
use pipelineiq::starter::{BASE, built_in_templates, pack, unpack};
use piq_bundle::{discover, load};
use piq_diagnostics::{Failure, FailureContext as _, Source, atomic_file};
use serde_json::json;

use crate::context::Context;
use crate::context::complete::input_columns;
use crate::context::pipeline::no_pipeline;

/// Create new files of the project
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    #[command(subcommand)]
    command: NewCommand,
}

#[derive(Debug, Subcommand)]
enum NewCommand {
    Enrichment(EnrichmentArgs),
    Template(TemplateArgs),
}

/// Write a template that comes with piq to `templates/`, to change it
///
/// The file takes the place of the one in piq. `piq upgrade` merges later versions of it. Delete the file to return to the one
/// in piq.
#[derive(Debug, Args)]
struct TemplateArgs {
    /// Path below `templates/`, such as `notebooks/0_create_ref_tables.sql.j2`
    name: String,
}

/// Write `sql/enrichments/NAME.sql`: one more question, one more column
///
/// The new file renders and passes the checks as it is, and explains itself. The column is named like the file, without a
/// leading `ai_`. Never replaces an existing file, column or view.
#[derive(Debug, Args)]
struct EnrichmentArgs {
    /// Name of the file and of the view, such as `competitor_position`
    name: String,
    /// The AI function to ask
    #[arg(long, value_enum, default_value_t = FunctionArg::Gen)]
    function: FunctionArg,
    /// Columns that the prompt reads, of the source or of other enrichments
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,…", add = ArgValueCompleter::new(input_columns))]
    inputs: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FunctionArg {
    /// Free text after an instruction of your own
    #[value(name = "ai_gen")]
    Gen,
    /// One of a list of labels
    #[value(name = "ai_classify")]
    Classify,
    /// The same text without names of persons and addresses
    #[value(name = "ai_mask")]
    Mask,
    /// A summary of a given length
    #[value(name = "ai_summarize")]
    Summarize,
    /// JSON of a given schema
    #[value(name = "ai_query")]
    Query,
}

impl From<FunctionArg> for AiFunction {
    fn from(function: FunctionArg) -> Self {
        match function {
            FunctionArg::Gen => AiFunction::Gen,
            FunctionArg::Classify => AiFunction::Classify,
            FunctionArg::Mask => AiFunction::Mask,
            FunctionArg::Summarize => AiFunction::Summarize,
            FunctionArg::Query => AiFunction::Query,
        }
    }
}

pub(crate) fn cmd_new(context: &Context, args: NewArgs) -> Result<ExitCode, Failure> {
    match args.command {
        NewCommand::Enrichment(args) => enrichment(context, args),
        NewCommand::Template(args) => template(context, &args.name),
    }
}

fn template(context: &Context, name: &str) -> Result<ExitCode, Failure> {
    let project = discover(context.start_folder())?.project_dir;
    let name = name.strip_prefix(TEMPLATES).unwrap_or(name);
    let Some((path, text)) = built_in_templates().find(|(path, _)| path.strip_prefix(TEMPLATES) == Some(name)) else {
        let names: Vec<String> =
            built_in_templates().filter_map(|(path, _)| Some(format!("`{}`", path.strip_prefix(TEMPLATES)?))).collect();
        return Err(Failure::usage(format!("unknown template `{name}`; available: {}", names.join(", "))));
    };
    write(&project, path, text)?;
    // the base of a later merge
    let base = project.join(BASE);
    if base.is_file() {
        let packed = std::fs::read(&base).with_context(|| format!("cannot read {BASE}"))?;
        let mut files = unpack(&packed).with_context(|| format!("cannot read {BASE}"))?;
        files.insert(path.to_owned(), text.as_bytes().to_vec());
        let packed = pack(&files).with_context(|| format!("cannot write {BASE}"))?;
        atomic_file::replace(&base, &packed).with_context(|| format!("cannot write {BASE}"))?;
    }
    if context.out.json() {
        context.out.result(&format!("{}\n", json!({"path": path})));
    } else {
        context.out.result(&format!("Wrote {path}: it takes the place of the one in piq\n"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The folder of templates in a project.
const TEMPLATES: &str = "templates/";

fn enrichment(context: &Context, args: EnrichmentArgs) -> Result<ExitCode, Failure> {
    let project = load(&context.load_options())?;
    context.out.findings(&project.warnings);
    let mut content = read_content(&project.project_dir)?;
    let registry = render(&project, &content)?.registry.ok_or_else(no_pipeline)?;
    let new = NewEnrichment { name: args.name, function: args.function.into(), inputs: args.inputs };
    let made = scaffold(&new, &registry)?;
    // render the whole project with the new file before it is written
    content.insert(made.path.clone(), Source::new(made.path.clone(), made.text.clone()));
    let wave = render(&project, &content)?
        .registry
        .and_then(|r| r.enrichments.iter().find(|e| e.name == new.name).map(|e| e.wave))
        .unwrap_or(1);
    write(&project.project_dir, &made.path, &made.text)?;
    if context.out.json() {
        let result = json!({"path": made.path, "name": new.name, "column": made.column, "wave": wave});
        context.out.result(&format!("{result}\n"));
    } else {
        context.out.result(&format!("Wrote {}: column `{}`, wave {wave}\n", made.path, made.column));
        context.out.log("next: edit its prompt, then run `piq validate` and `piq plan`");
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the whole file or nothing, and never replaces another.
fn write(project: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = project.join(name);
    let failed = || format!("failed to write {name}");
    let folder = path.parent().unwrap_or(project);
    std::fs::create_dir_all(folder).with_context(|| format!("failed to create {}", folder.display()))?;
    let mut file = std::fs::File::create_new(&path).with_context(failed)?;
    if let Err(e) = file.write_all(text.as_bytes()) {
        drop(file);
        let _ = std::fs::remove_file(&path);
        return Err(e).with_context(failed);
    }
    Ok(())
}
