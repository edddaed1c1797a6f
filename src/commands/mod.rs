//! The command line: one file per command, each with its `Args` (whose doc comments are the help) and `cmd_x`, in folders
//! by what people do.

mod deploy;
mod develop;
mod examples;
mod groups;
mod local;
mod look;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use clap_complete::CompleteEnv;
use piq_diagnostics::Failure;
use piq_diagnostics::env::Env;

use self::deploy::{bind, bootstrap, destroy, plan, retry, rollback, run, state, unbind};
use self::develop::{completions, dashboards, dev, docs, generate, init, new, render, schema, upgrade, validate};
use self::local::{demo, load, sample_data, workspace};
use self::look::{auth, doctor, eval, explain, open, query, status, try_question};
use crate::context::required_version::check_required_version;
use crate::context::{Context, Global};
use crate::output::format::OutputFormat;
use crate::output::printer::Printer;
use crate::output::usage;

/// Render, check, deploy and run PipelineIQ on Databricks or on this machine.
#[derive(Debug, Parser)]
#[command(name = "piq", version, propagate_version = false)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// The whole command line: the commands with their examples, in groups.
pub(crate) fn command_line() -> clap::Command {
    groups::with_groups(examples::with_examples(Cli::command(), ""))
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArgs),
    Init(init::InitArgs),
    Dev(dev::DevArgs),
    Upgrade(upgrade::UpgradeArgs),
    New(new::NewArgs),
    Generate(generate::GenerateArgs),
    Render(render::RenderArgs),
    Validate(validate::ValidateArgs),
    Plan(plan::PlanArgs),
    Deploy(deploy::deploy::DeployArgs),
    Run(Box<run::RunArgs>),
    Retry(retry::RetryArgs),
    #[command(visible_alias = "summary")]
    Status(status::StatusArgs),
    Open(open::OpenArgs),
    Query(query::QueryArgs),
    Try(try_question::TryArgs),
    Rollback(rollback::RollbackArgs),
    Bind(bind::BindArgs),
    Unbind(unbind::UnbindArgs),
    State(state::StateArgs),
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
    Load(load::LoadArgs),
    Workspace(workspace::WorkspaceArgs),
    #[command(hide = true)]
    Docs(docs::DocsArgs),
}

impl Command {
    /// Whether the command works on a project, so that the project may require a version of piq. `doctor` finds out what is
    /// wrong, and the others do not look at a project.
    fn needs_project(&self) -> bool {
        !matches!(
            self,
            Self::Init(_)
                | Self::Doctor(_)
                | Self::Schema(_)
                | Self::Completions(_)
                | Self::Docs(_)
                | Self::Workspace(_)
        )
    }
}

/// Runs one command line and gives the exit code (`docs/reference.md` lists them).
pub(crate) fn main(args: impl IntoIterator<Item = OsString>, env: Env) -> ExitCode {
    // a shell that completes a command line asks by a variable, and gets its answer here
    CompleteEnv::with_factory(command_line).complete();
    let args: Vec<OsString> = args.into_iter().collect();
    if asks_for_version(&args) {
        let out = Printer::new(OutputFormat::Text, false, false);
        out.result(concat!("piq ", env!("CARGO_PKG_VERSION"), "\n"));
        return out.lost().map_or(ExitCode::SUCCESS, |failure| out.failure(&failure));
    }
    let parsed = command_line().try_get_matches_from(&args).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(e) => return usage::report(&e, &args),
    };
    let out = Printer::new(cli.global.output(), cli.global.quiet, cli.global.debug);
    let env = if cli.global.no_run { env.with(piq_bundle::shell::RESTRICTED, "1") } else { env };
    let context = Context { global: cli.global, env, out };
    if let Some(folder) = context.global.output_folder()
        && !matches!(cli.command, Some(Command::Render(_)))
    {
        let text = format!("expected text, json, csv, github or sarif for `--output`, found `{}`", folder.display());
        return context.out.failure(&Failure::usage(text));
    }
    let Some(command) = cli.command else {
        context.out.result(&groups::start_page(&command_line()));
        return ExitCode::SUCCESS;
    };
    if context.global.output() == OutputFormat::Sarif && !matches!(command, Command::Validate(_)) {
        return context.out.failure(&Failure::usage("`-o sarif` is for `piq validate`"));
    }
    if context.global.output() == OutputFormat::Csv && !matches!(command, Command::Query(_)) {
        return context.out.failure(&Failure::usage("`-o csv` is for `piq query`"));
    }
    let ready = if command.needs_project() { check_required_version(&context) } else { Ok(()) };
    match ready.and_then(|()| dispatch(&context, command)) {
        Ok(code) => context.out.lost().map_or(code, |failure| context.out.failure(&failure)),
        Err(failure) => context.out.failure(&failure),
    }
}

/// Whether the version is all that is asked for. Wrappers and prompts ask often: no command is made ready for that.
fn asks_for_version(args: &[OsString]) -> bool {
    matches!(args, [_, only] if only == "--version" || only == "-V")
}

fn dispatch(context: &Context, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Demo(args) => demo::cmd_demo(context, &args),
        Command::Init(args) => init::cmd_init(context, &args),
        Command::Dev(args) => dev::cmd_dev(context, &args),
        Command::Upgrade(args) => upgrade::cmd_upgrade(context, &args),
        Command::New(args) => new::cmd_new(context, args),
        Command::Generate(args) => generate::cmd_generate(context, &args),
        Command::Render(args) => render::cmd_render(context, &args),
        Command::Validate(args) => validate::cmd_validate(context, &args),
        Command::Plan(args) => plan::cmd_plan(context, &args),
        Command::Deploy(args) => deploy::deploy::cmd_deploy(context, &args),
        Command::Run(args) => run::cmd_run(context, &args),
        Command::Status(args) => status::cmd_status(context, &args),
        Command::Open(args) => open::cmd_open(context, &args),
        Command::Query(args) => query::cmd_query(context, &args),
        Command::Try(args) => try_question::cmd_try(context, &args),
        Command::Rollback(args) => rollback::cmd_rollback(context, &args),
        Command::Bind(args) => bind::cmd_bind(context, &args),
        Command::Unbind(args) => unbind::cmd_unbind(context, &args),
        Command::State(args) => state::cmd_state(context, &args),
        Command::Destroy(args) => destroy::cmd_destroy(context, &args),
        Command::Explain(args) => explain::cmd_explain(context, &args),
        Command::Eval(args) => eval::cmd_eval(context, &args),
        Command::Doctor(args) => doctor::cmd_doctor(context, &args),
        Command::Retry(args) => retry::cmd_retry(context, &args),
        Command::Bootstrap(args) => bootstrap::cmd_bootstrap(context, &args),
        Command::Schema(args) => schema::cmd_schema(context, &args),
        Command::Completions(args) => completions::cmd_completions(context, &args),
        Command::Auth(args) => auth::cmd_auth(context, &args),
        Command::Dashboards(args) => dashboards::cmd_dashboards(context, args),
        Command::Docs(args) => docs::cmd_docs(context, &args, command_line()),
        Command::Load(args) => load::cmd_load(context, &args),
        Command::SampleData(args) => sample_data::cmd_sample_data(context, &args),
        Command::Workspace(args) => workspace::cmd_workspace(context, args),
    }
}
