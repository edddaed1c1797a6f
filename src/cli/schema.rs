//! `piq schema`: what an editor needs to help with the files that only piq reads.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use piq_diagnostics::FailureContext as _;

use super::{Context, Failure};
use pipelineiq::pipeline::{config_schema, header_schema};

/// Prints the JSON schema of a file that piq reads
///
/// The bundle itself follows the schema of the official CLI (`databricks bundle schema`).
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Which file
    file: SchemaFile,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemaFile {
    /// `sql/pipeline.yml`
    Pipeline,
    /// The header of a file in `sql/enrichments/`
    Enrichment,
}

/// Runs `piq schema`.
///
/// # Errors
/// None that a user can cause.
pub(super) fn cmd_schema(context: &Context, args: &SchemaArgs) -> Result<ExitCode, Failure> {
    let schema = match args.file {
        SchemaFile::Pipeline => config_schema(),
        SchemaFile::Enrichment => header_schema(),
    };
    let text = serde_json::to_string_pretty(&schema).context("cannot write the schema")?;
    context.out.result(&format!("{text}\n"));
    Ok(ExitCode::SUCCESS)
}
