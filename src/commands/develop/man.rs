//! `piq docs man`: man pages from the commands themselves.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use clap_mangen::Man;
use piq_diagnostics::{Failure, FailureContext as _};

use crate::context::Context;

/// Write the man pages, one for each command
#[derive(Debug, Clone, Args)]
pub(crate) struct ManArgs {
    /// Folder for the pages
    folder: PathBuf,
}

pub(crate) fn cmd_docs_man(context: &Context, args: &ManArgs, mut root: clap::Command) -> Result<ExitCode, Failure> {
    let folder = &args.folder;
    std::fs::create_dir_all(folder).with_context(|| format!("failed to create {}", folder.display()))?;
    root.build();
    let written = write_page(&root, "piq", folder)?;
    context.out.log(&format!("wrote {written} man pages to {}", folder.display()));
    Ok(ExitCode::SUCCESS)
}

/// Writes the page of a command and of those below it; gives their number.
fn write_page(command: &clap::Command, name: &str, folder: &Path) -> Result<usize, Failure> {
    let path = folder.join(format!("{name}.1"));
    let mut page = Vec::new();
    Man::new(command.clone()).title(name).render(&mut page).context("cannot render a man page")?;
    std::fs::write(&path, page).with_context(|| format!("failed to write {}", path.display()))?;
    let mut written = 1;
    for inner in command.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
        written += write_page(inner, &format!("{name}-{}", inner.get_name()), folder)?;
    }
    Ok(written)
}
