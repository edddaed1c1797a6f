//! `piq schema`: JSON schemas of the files that only piq reads, for editors.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use pipelineiq::pipeline::{config_schema, header_schema};
use piq_diagnostics::{Failure, FailureContext as _};

use crate::context::Context;

/// Print the JSON schema of a file that piq reads
///
/// The bundle itself follows the schema of the official CLI (`databricks bundle schema`).
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// File to describe
    file: SchemaFile,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemaFile {
    /// `sql/pipeline.yml`
    Pipeline,
    /// The header of a file in `sql/enrichments/`
    Enrichment,
}

pub(crate) fn cmd_schema(context: &Context, args: &SchemaArgs) -> Result<ExitCode, Failure> {
    let schema = match args.file {
        SchemaFile::Pipeline => config_schema(),
        SchemaFile::Enrichment => header_schema(),
    };
    let text = serde_json::to_string_pretty(&schema).context("cannot write the schema")?;
    context.out.result(&format!("{text}\n"));
    Ok(ExitCode::SUCCESS)
}
