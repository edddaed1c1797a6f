//! The Git source of a deploy: branch, commit and changed files, from Git and CI variables.

use std::path::Path;
use std::process::{Command, Stdio};

use piq_bundle::TargetBundle;
use piq_deploy::{SourceRevision, check_source};
use piq_diagnostics::Failure;
use piq_diagnostics::env::Env;

use crate::context::Context;
use crate::context::overrides::Overrides;

pub(crate) fn read_source(project: &TargetBundle, env: &Env) -> SourceRevision {
    let status = git(&project.project_dir, env, &["status", "--porcelain", "--untracked-files=normal", "--", "."]);
    let dirty = status.map(|text| text.lines().filter_map(|l| l.get(3..)).map(str::to_owned).collect());
    SourceRevision { branch: project.git.branch.clone(), commit: project.git.commit.clone(), dirty }
}

/// The output of Git; none without Git or a repository. What a repository says to run meanwhile is not run: it may be a
/// stranger's.
pub(crate) fn git(dir: &Path, env: &Env, args: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
    command.args(args).current_dir(dir).env_clear().stdin(Stdio::null()).stderr(Stdio::null());
    for name in ["PATH", "HOME", "USERPROFILE", "SYSTEMROOT"] {
        if let Some(value) = env.get(name) {
            command.env(name, value);
        }
    }
    let output = command.output().ok().filter(|o| o.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Refuses a source that must not be deployed to a production target; of checks that are overridden it only logs why.
pub(crate) fn check_git_source(
    context: &Context,
    project: &TargetBundle,
    branch: Option<&str>,
    overrides: &Overrides,
) -> Result<(), Failure> {
    let mut source = read_source(project, &context.env);
    source.branch = branch.map(str::to_owned).or(source.branch);
    let (overridden, objections): (Vec<_>, Vec<_>) =
        check_source(project, &source).into_iter().partition(|o| overrides.has(o.name));
    if objections.is_empty() {
        for objection in &overridden {
            context.out.log(&format!("forced ({}): {}", objection.name, objection.message));
        }
        return Ok(());
    }
    let messages: Vec<&str> = objections.iter().map(|o| o.message.as_str()).collect();
    let flags: Vec<String> = objections.iter().map(|o| format!("--override {}", o.name)).collect();
    Err(Failure::refused(format!("{}; nothing was changed", messages.join("; ")))
        .hint(format!("`piq deploy {}` overrides this, `piq deploy --force` overrides all checks", flags.join(" "))))
}
