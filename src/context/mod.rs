//! What a command works with: global options, the environment, the project, the session with a workspace.

pub(crate) mod answers;
pub(crate) mod complete;
pub(crate) mod connection;
mod first_run;
pub(crate) mod git_source;
pub(crate) mod hooks;
pub(crate) mod identity_cache;
pub(crate) mod local_workspace;
pub(crate) mod lock_args;
pub(crate) mod lock_holder;
pub(crate) mod namespace;
pub(crate) mod options;
pub(crate) mod overrides;
pub(crate) mod pipeline;
pub(crate) mod project;
pub(crate) mod project_watch;
pub(crate) mod readiness;
pub(crate) mod required_version;
pub(crate) mod run_tables;
pub(crate) mod session;
pub(crate) mod signals;
pub(crate) mod warehouse;

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum as _};
use clap_complete::ArgValueCompleter;
use piq_bundle::LoadOptions;
use piq_diagnostics::env::Env;

use crate::context::complete::target_names;
use crate::output::format::OutputFormat;
use crate::output::printer::Printer;

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Look for the project in this folder and above: `databricks.yml` or `bundle/databricks.yml`
    #[arg(short = 'C', long = "directory", global = true, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Use this target of the bundle instead of the one with `default: true`
    #[arg(short, long, global = true, add = ArgValueCompleter::new(target_names))]
    pub target: Option<String>,
    /// Use this profile of `~/.databrickscfg` instead of DATABRICKS_CONFIG_PROFILE or the bundle's `workspace.profile`
    #[arg(short, long, global = true)]
    pub profile: Option<String>,
    /// Set a bundle variable; may be repeated
    #[arg(long = "var", global = true, value_name = "NAME=VALUE")]
    pub vars: Vec<String>,
    /// Print results and errors as text, json or github, `piq query` also as csv, `piq validate` also as sarif; `piq render` takes an output folder too
    #[arg(short, long = "output", global = true, value_name = "FORMAT", default_value = "text")]
    output_arg: OutputArg,
    /// Run no code of the bundle: its scripts, its Python code and the commands of its artifacts are refused
    #[arg(long, global = true)]
    pub no_run: bool,
    /// Print errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print each request (status, size, time; never headers, bodies or secrets) and the causes of an error
    #[arg(long, global = true)]
    pub debug: bool,
}

/// The value of `--output`: `piq render -o DIR` names a folder, as in other tools.
#[derive(Debug, Clone)]
enum OutputArg {
    Format(OutputFormat),
    Folder(PathBuf),
}

impl FromStr for OutputArg {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(OutputFormat::from_str(text, true).map_or_else(|_| Self::Folder(text.into()), Self::Format))
    }
}

impl Global {
    pub(crate) fn output(&self) -> OutputFormat {
        match self.output_arg {
            OutputArg::Format(format) => format,
            OutputArg::Folder(_) => OutputFormat::Text,
        }
    }

    /// The folder that `--output` names.
    pub(crate) fn output_folder(&self) -> Option<&Path> {
        match &self.output_arg {
            OutputArg::Format(_) => None,
            OutputArg::Folder(folder) => Some(folder),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub global: Global,
    pub env: Env,
    pub out: Printer,
}

impl Context {
    /// Where the search for the project starts: `-C`, else the official CLI's variable, else here.
    pub(crate) fn start_folder(&self) -> &Path {
        let set = self.global.directory.as_deref();
        set.or_else(|| self.env.get("DATABRICKS_BUNDLE_ROOT").map(Path::new)).unwrap_or(Path::new("."))
    }

    /// The same, without lines about progress.
    pub(crate) fn calm(&self) -> Self {
        Self { out: self.out.calm(), ..self.clone() }
    }

    /// How the bundle of this command line is loaded.
    pub(crate) fn load_options(&self) -> LoadOptions<'_> {
        let Global { target, vars, .. } = &self.global;
        LoadOptions { start: self.start_folder(), target: target.as_deref(), vars, env: &self.env }
    }
}
