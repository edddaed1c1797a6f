//! `piq schema`: JSON schemas of the files that piq reads, for editors, and of results, for scripts.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use pipelineiq::insight::result_schemas;
use pipelineiq::pipeline::{config_schema, header_schema};
use piq_bundle::json_schema;
use piq_diagnostics::{Failure, FailureContext as _};

use crate::context::Context;

/// Print the JSON schema of a file that piq reads, or of a result
///
/// Editors read it from a line such as `# yaml-language-server: $schema=bundle.schema.json` at the top of the file.
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// What to describe
    file: SchemaOf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemaOf {
    /// `databricks.yml` and the files that it includes
    Bundle,
    /// `sql/pipeline.yml`
    Pipeline,
    /// The header of a file in `sql/enrichments/`
    Enrichment,
    /// The result of `piq explain -o json`
    Explain,
    /// The result of `piq eval -o json`
    Eval,
    /// The result of `piq doctor source -o json`
    DoctorSource,
    /// The result of `piq doctor --probe -o json`
    DoctorProbe,
    /// The result of `piq bootstrap -o json`
    Bootstrap,
    /// The result of `piq try -o json`
    Try,
}

pub(crate) fn cmd_schema(context: &Context, args: &SchemaArgs) -> Result<ExitCode, Failure> {
    let [explain, eval, doctor_source, bootstrap, tried, doctor_probe] = result_schemas();
    let schema = match args.file {
        SchemaOf::Bundle => json_schema(),
        SchemaOf::Pipeline => config_schema(),
        SchemaOf::Enrichment => header_schema(),
        SchemaOf::Explain => explain,
        SchemaOf::Eval => eval,
        SchemaOf::DoctorSource => doctor_source,
        SchemaOf::DoctorProbe => doctor_probe,
        SchemaOf::Bootstrap => bootstrap,
        SchemaOf::Try => tried,
    };
    let text = serde_json::to_string_pretty(&schema).context("cannot write the schema")?;
    context.out.result(&format!("{text}\n"));
    Ok(ExitCode::SUCCESS)
}
