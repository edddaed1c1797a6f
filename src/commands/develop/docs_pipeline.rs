//! `piq docs pipeline`: the pages that are made from the files in `sql/`.

use std::process::ExitCode;

use clap::Args;
use pipelineiq::pipeline::pages;
use pipelineiq::render::{read_content, render};
use piq_bundle::load;
use piq_diagnostics::{Failure, FailureContext as _};

use crate::context::Context;
use crate::context::pipeline::no_pipeline;

/// Write the page of enrichments and two diagrams from the files in sql/
///
/// The files are docs/enrichments.md, docs/pipeline_overview.svg and docs/pipeline_architecture.svg.
#[derive(Debug, Clone, Args)]
pub(crate) struct PipelineArgs {
    /// Write nothing; exit with code 1 if a file would change
    #[arg(long)]
    check: bool,
}

pub(crate) fn cmd_docs_pipeline(context: &Context, args: &PipelineArgs) -> Result<ExitCode, Failure> {
    let project = load(&context.load_options())?;
    let registry = render(&project, &read_content(&project.project_dir)?)?.registry.ok_or_else(no_pipeline)?;
    let mut stale = false;
    for (path, text) in pages(&registry) {
        let file = project.project_dir.join(path);
        if std::fs::read_to_string(&file).is_ok_and(|known| known == text) {
            continue;
        }
        stale = true;
        if args.check {
            context
                .out
                .failure(&Failure::refused(format!("{path} is stale")).hint("update it with `piq docs pipeline`"));
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
