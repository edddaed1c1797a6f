//! `piq docs pipeline`: the pages that are made from the files in `sql/`.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use piq_diagnostics::FailureContext as _;

use super::{Context, Failure};
use pipelineiq::pipeline::pages;
use pipelineiq::render::{read_content, render};
use piq_bundle::{LoadOptions, load};

/// Every enrichment, and two diagrams, from the files in sql/: docs/enrichments.md, docs/pipeline_overview.svg and
/// docs/pipeline_architecture.svg
#[derive(Debug, Clone, Args)]
pub(super) struct PipelineArgs {
    /// Writes nothing: exit code 1 if a file is not what would be written
    #[arg(long)]
    check: bool,
}

/// Runs `piq docs pipeline`.
///
/// # Errors
/// The diagnostics of the project, and files that cannot be written.
pub(super) fn cmd_docs_pipeline(context: &Context, args: &PipelineArgs) -> Result<ExitCode, Failure> {
    let global = &context.global;
    let start = global.directory.as_deref().unwrap_or(Path::new("."));
    let project =
        load(&LoadOptions { start, target: global.target.as_deref(), vars: &global.vars, env: &context.env })?;
    let registry = render(&project, &read_content(&project.project_dir)?)?
        .registry
        .context("the project has no sql/pipeline.yml, so it has no pipeline to document")?;
    let mut stale = false;
    for (path, text) in pages(&registry) {
        let file = project.project_dir.join(path);
        if std::fs::read_to_string(&file).is_ok_and(|known| known == text) {
            continue;
        }
        stale = true;
        if args.check {
            context.out.error(&format!("{path} is stale: `piq docs pipeline` makes it anew"));
            continue;
        }
        if let Some(dir) = file.parent() {
            std::fs::create_dir_all(dir).with_context(|| format!("failed to create {}", dir.display()))?;
        }
        std::fs::write(&file, text).with_context(|| format!("failed to write {}", file.display()))?;
        context.out.result(&format!("wrote {path}\n"));
    }
    Ok(if args.check && stale { ExitCode::from(1) } else { ExitCode::SUCCESS })
}
