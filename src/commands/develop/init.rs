//! `piq init`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use pipelineiq::starter::{
    self, Answers, CiProvider, NewProject, StarterError, check_model, check_name, check_table, check_title,
};
use piq_diagnostics::Failure;
use serde_json::json;

use crate::context::Context;
use crate::context::signals::block_on;
use crate::output::prompt::{ask_choice, ask_text, is_interactive, until_signal};

/// Write a PipelineIQ project into a folder: bundle, SQL, dashboards, CI file
///
/// On a terminal it asks for what the flags do not give, before it writes anything; elsewhere, and with `--no-input`, the
/// defaults apply. Templates stay in piq; `piq new template` copies one to change it. `piq upgrade` takes over later what a
/// new version of piq changes.
#[derive(Debug, Clone, Args)]
pub(crate) struct InitArgs {
    /// Folder to write to; created if it does not exist, and must not have a project yet
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Catalog of the tables of `prod`
    #[arg(long, value_name = "NAME", value_parser = name)]
    prod_catalog: Option<String>,
    /// Schema of the tables of `prod`
    #[arg(long, value_name = "NAME", value_parser = name)]
    prod_schema: Option<String>,
    /// Catalog of the tables of `dev`
    #[arg(long, value_name = "NAME", value_parser = name)]
    dev_catalog: Option<String>,
    /// Schema of the tables of `dev`; by default one named after each user
    #[arg(long, value_name = "NAME", value_parser = name)]
    dev_schema: Option<String>,
    /// Table of use cases that the pipeline reads, as `catalog.schema.table`
    #[arg(long, value_name = "TABLE", value_parser = table)]
    source_table: Option<String>,
    /// Model that is asked: a serving endpoint, or a name of `system.ai`
    #[arg(long, value_name = "NAME", value_parser = model)]
    model: Option<String>,
    /// SQL warehouse that the dashboards ask, by its name
    #[arg(long, value_name = "NAME", value_parser = title)]
    warehouse: Option<String>,
    /// CI that deploys the project
    #[arg(long, value_name = "CI")]
    ci: Option<CiArg>,
    /// Ask nothing
    #[arg(long)]
    no_input: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum CiArg {
    /// No CI file
    None,
    /// `.github/workflows/pipelineiq.yml`
    Github,
    /// `.gitlab-ci.yml`
    Gitlab,
    /// `azure-pipelines.yml`
    Azure,
}

impl From<CiArg> for CiProvider {
    fn from(ci: CiArg) -> Self {
        match ci {
            CiArg::None => Self::None,
            CiArg::Github => Self::Github,
            CiArg::Gitlab => Self::Gitlab,
            CiArg::Azure => Self::Azure,
        }
    }
}

fn name(text: &str) -> Result<String, String> {
    check_name(text).map(|()| text.to_owned())
}

fn table(text: &str) -> Result<String, String> {
    check_table(text).map(|()| text.to_owned())
}

fn model(text: &str) -> Result<String, String> {
    check_model(text).map(|()| text.to_owned())
}

fn title(text: &str) -> Result<String, String> {
    check_title(text).map(|()| text.to_owned())
}

pub(crate) fn cmd_init(context: &Context, args: &InitArgs) -> Result<ExitCode, Failure> {
    let folder = match &context.global.directory {
        Some(start) => start.join(&args.folder),
        None => args.folder.clone(),
    };
    let asks = is_interactive() && !args.no_input && !context.out.json();
    if asks && let Some(there) = starter::occupied(&folder) {
        // before anybody answers questions for nothing
        return Err(StarterError::Exists(there).into());
    }
    let answers = match asks {
        true => {
            let args = args.clone();
            block_on(async |signals| until_signal(signals, move || ask(&args)).await)?
        }
        false => args.answers(),
    };
    let new = starter::write(&folder, &answers, env!("CARGO_PKG_VERSION"))?;
    if context.out.json() {
        context.out.result(&format!("{}\n", json!({"dir": folder, "files": new.written, "kept": new.kept})));
        return Ok(ExitCode::SUCCESS);
    }
    log_written(context, &folder, &new);
    context.out.log("next:");
    if folder != Path::new(".") {
        context.out.log(&format!("  cd {}", folder.display()));
    }
    context.out.log("  piq demo              run everything on this machine, without an account");
    context.out.log("  piq doctor -t dev     check the connection to your workspace");
    context.out.log("  piq deploy -t dev     deploy a copy of your own");
    Ok(ExitCode::SUCCESS)
}

/// Says what was written, and what was there before.
pub(crate) fn log_written(context: &Context, folder: &Path, new: &NewProject) {
    context.out.log(&format!("wrote the PipelineIQ project to {} ({} files)", folder.display(), new.written.len()));
    if !new.kept.is_empty() {
        context.out.log(&format!("kept your own {}", new.kept.join(", ")));
    }
}

impl InitArgs {
    /// The flags, and the defaults for the others.
    fn answers(&self) -> Answers {
        let default = Answers::default();
        let or = |given: &Option<String>, default: String| given.clone().unwrap_or(default);
        Answers {
            prod_catalog: or(&self.prod_catalog, default.prod_catalog),
            prod_schema: or(&self.prod_schema, default.prod_schema),
            dev_catalog: or(&self.dev_catalog, default.dev_catalog),
            dev_schema: or(&self.dev_schema, default.dev_schema),
            source_table: or(&self.source_table, default.source_table),
            model: or(&self.model, default.model),
            warehouse: or(&self.warehouse, default.warehouse),
            ci: self.ci.map_or(default.ci, CiProvider::from),
        }
    }
}

/// Asks for everything that the flags do not give.
fn ask(args: &InitArgs) -> Result<Answers, Failure> {
    let text = |given: &Option<String>, question, default: &str, check| match given {
        Some(given) => Ok(given.clone()),
        None => ask_text(question, default, check),
    };
    let answers = args.answers();
    Ok(Answers {
        source_table: text(&args.source_table, "Source table", &answers.source_table, check_table)?,
        prod_catalog: text(&args.prod_catalog, "Catalog of prod", &answers.prod_catalog, check_name)?,
        prod_schema: text(&args.prod_schema, "Schema of prod", &answers.prod_schema, check_name)?,
        dev_catalog: text(&args.dev_catalog, "Catalog of dev", &answers.dev_catalog, check_name)?,
        dev_schema: text(&args.dev_schema, "Schema of dev", &answers.dev_schema, check_name)?,
        model: text(&args.model, "Model (serving endpoint)", &answers.model, check_model)?,
        warehouse: text(&args.warehouse, "SQL warehouse of the dashboards", &answers.warehouse, check_title)?,
        ci: match args.ci {
            Some(given) => given.into(),
            None => {
                const CHOICES: [(CiProvider, &str); 4] = [
                    (CiProvider::None, "none"),
                    (CiProvider::Github, "GitHub Actions"),
                    (CiProvider::Gitlab, "GitLab"),
                    (CiProvider::Azure, "Azure DevOps"),
                ];
                CHOICES[ask_choice("CI that deploys the project", &CHOICES.map(|(_, line)| line), 0)?].0
            }
        },
    })
}
