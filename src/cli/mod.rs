//! The command line: one file per command, each with its `Args` (whose doc comments are the help) and `cmd_x`.

mod answers;
mod auth;
mod bind;
mod bootstrap;
mod completions;
mod connection;
mod cost;
mod dashboard_files;
mod dashboards;
mod dashboards_lint;
mod dashboards_plan;
mod dashboards_pull;
mod demo;
#[cfg(feature = "preview")]
mod demo_dashboards;
mod deploy;
mod destroy;
mod docs;
mod docs_pipeline;
mod doctor;
mod eval;
mod explain;
mod holder;
mod hooks;
mod init;
mod local;
mod new;
mod open;
mod outcome;
mod parameters;
mod plan;
mod plan_markdown;
mod preview;
#[cfg(feature = "preview")]
mod preview_page;
mod printer;
mod progress;
mod render;
mod rendered;
mod rollback;
mod run;
mod sample_data;
mod schema;
mod script;
mod session;
mod signals;
mod source;
mod status;
mod tables;
mod unbind;
mod usage;
mod validate;
mod workspace;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use answers::AnswersArgs;
pub(crate) use piq_diagnostics::Failure;
use piq_diagnostics::Format;
use piq_diagnostics::env::Env;
pub(crate) use printer::Printer;

/// Renders, checks, deploys and runs PipelineIQ on Databricks or on this laptop.
#[derive(Debug, Parser)]
#[command(name = "piq", version, propagate_version = false, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Folder of the project; it is searched upwards for `databricks.yml` or `bundle/databricks.yml`
    #[arg(short = 'C', long = "directory", global = true, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Target of the bundle; the one with `default: true` if left out
    #[arg(short, long, global = true)]
    pub target: Option<String>,
    /// Profile of `~/.databrickscfg`; before DATABRICKS_CONFIG_PROFILE and the bundle's `workspace.profile`
    #[arg(short, long, global = true)]
    pub profile: Option<String>,
    /// Sets a variable of the bundle; may be repeated
    #[arg(long = "var", global = true, value_name = "NAME=VALUE")]
    pub vars: Vec<String>,
    /// Form of results and diagnostics: text, json or github. `piq render` also takes a folder to write to
    #[arg(short, long = "output", global = true, value_name = "FORM", default_value = "text")]
    output_arg: OutputArg,
    /// Says only what went wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Shows every request to the workspace with its answer's status, size and time; never headers, bodies or secrets
    #[arg(long, global = true)]
    pub debug: bool,
}

/// The value of `--output`: `piq render -o DIR` writes to a folder, as the flag is known elsewhere.
#[derive(Debug, Clone)]
enum OutputArg {
    Form(Output),
    Folder(PathBuf),
}

impl std::str::FromStr for OutputArg {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Output::from_str(text, true).map_or_else(|_| Self::Folder(text.into()), Self::Form))
    }
}

impl Global {
    /// Form of results and diagnostics.
    pub(crate) fn output(&self) -> Output {
        match self.output_arg {
            OutputArg::Form(form) => form,
            OutputArg::Folder(_) => Output::Text,
        }
    }

    /// The folder that `--output` names.
    pub(crate) fn output_folder(&self) -> Option<&std::path::Path> {
        match &self.output_arg {
            OutputArg::Form(_) => None,
            OutputArg::Folder(folder) => Some(folder),
        }
    }
}

/// Form of results and diagnostics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For a person.
    Text,
    /// One JSON document on standard output.
    Json,
    /// Diagnostics as GitHub annotations.
    Github,
}

impl Output {
    fn diagnostics(self) -> Format {
        match self {
            Output::Text => Format::Text,
            Output::Json => Format::Json,
            Output::Github => Format::Github,
        }
    }
}

/// What every command is given.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// Global options.
    pub global: Global,
    /// The environment.
    pub env: Env,
    /// Where results and talk go.
    pub out: Printer,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArgs),
    Init(init::InitArgs),
    New(new::NewArgs),
    Render(render::RenderArgs),
    Validate(validate::ValidateArgs),
    Plan(plan::PlanArgs),
    Deploy(deploy::DeployArgs),
    Run(Box<run::RunArgs>),
    #[command(visible_alias = "summary")]
    Status(status::StatusArgs),
    Open(open::OpenArgs),
    Rollback(rollback::RollbackArgs),
    Bind(bind::BindArgs),
    Unbind(unbind::UnbindArgs),
    Destroy(destroy::DestroyArgs),
    Explain(explain::ExplainArgs),
    Eval(eval::EvalArgs),
    Doctor(doctor::DoctorArgs),
    Bootstrap(bootstrap::BootstrapArgs),
    Auth(auth::AuthArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
    Dashboards(dashboards::DashboardsArgs),
    SampleData(sample_data::SampleDataArgs),
    Workspace(workspace::WorkspaceArgs),
    #[command(hide = true)]
    Docs(docs::DocsArgs),
}

/// Runs one command line and gives the exit code (`docs/reference.md` lists them).
pub(crate) fn main(args: impl IntoIterator<Item = OsString>, env: Env) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(e) => return usage::report(&e, &args),
    };
    let out = Printer::new(cli.global.output(), cli.global.quiet, cli.global.debug);
    let context = Context { global: cli.global, env, out };
    if let Some(folder) = context.global.output_folder()
        && !matches!(cli.command, Command::Render(_))
    {
        let text = format!("expected text, json or github for `--output`, found `{}`", folder.display());
        return context.out.failure(&Failure::usage(text));
    }
    match run(&context, cli.command) {
        Ok(code) => code,
        Err(failure) => context.out.failure(&failure),
    }
}

fn run(context: &Context, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Demo(args) => demo::cmd_demo(context, &args),
        Command::Init(args) => init::cmd_init(context, &args),
        Command::New(args) => new::cmd_new(context, args),
        Command::Render(args) => render::cmd_render(context, &args),
        Command::Validate(args) => validate::cmd_validate(context, &args),
        Command::Plan(args) => plan::cmd_plan(context, &args),
        Command::Deploy(args) => deploy::cmd_deploy(context, &args),
        Command::Run(args) => run::cmd_run(context, &args),
        Command::Status(args) => status::cmd_status(context, &args),
        Command::Open(args) => open::cmd_open(context, &args),
        Command::Rollback(args) => rollback::cmd_rollback(context, &args),
        Command::Bind(args) => bind::cmd_bind(context, &args),
        Command::Unbind(args) => unbind::cmd_unbind(context, &args),
        Command::Destroy(args) => destroy::cmd_destroy(context, &args),
        Command::Explain(args) => explain::cmd_explain(context, &args),
        Command::Eval(args) => eval::cmd_eval(context, &args),
        Command::Doctor(args) => doctor::cmd_doctor(context, &args),
        Command::Bootstrap(args) => bootstrap::cmd_bootstrap(context, &args),
        Command::Schema(args) => schema::cmd_schema(context, &args),
        Command::Completions(args) => completions::cmd_completions(context, &args),
        Command::Auth(args) => auth::cmd_auth(context, &args),
        Command::Dashboards(args) => dashboards::cmd_dashboards(context, args),
        Command::Docs(args) => docs::cmd_docs(context, &args),
        Command::SampleData(args) => sample_data::cmd_sample_data(context, &args),
        Command::Workspace(args) => workspace::cmd_workspace(context, args),
    }
}
