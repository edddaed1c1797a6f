//! The source that is deployed: branch, commit and tree, from Git and from the CI's variables.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Context, Failure};
use crate::deploy::{Source, check_source};
use crate::env::Env;
use crate::project::Project;

/// Variables in which a CI names the branch, the first that is set counts: of GitHub, GitLab and Azure DevOps. A pull
/// request is built from its source branch.
const BRANCH: [&str; 6] = [
    "GITHUB_HEAD_REF",
    "GITHUB_REF",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    "CI_COMMIT_BRANCH",
    "SYSTEM_PULLREQUEST_SOURCEBRANCH",
    "BUILD_SOURCEBRANCH",
];

/// Reads what is known of the project's source.
pub(super) fn read(project: &Project, env: &Env) -> Source {
    let dir = &project.project_dir;
    let branch = git(dir, env, &["symbolic-ref", "--quiet", "--short", "HEAD"]).or_else(|| ci_branch(env));
    let commit = git(dir, env, &["rev-parse", "--verify", "HEAD"]);
    let status = git(dir, env, &["status", "--porcelain", "--untracked-files=normal", "--", "."]);
    let dirty = status.map(|text| text.lines().filter_map(|l| l.get(3..)).map(str::to_owned).collect());
    Source { branch, commit, dirty }
}

/// The branch that a CI checked out without being on it.
fn ci_branch(env: &Env) -> Option<String> {
    let reference = BRANCH.iter().find_map(|name| env.get(name))?;
    if reference.starts_with("refs/tags/") || reference.starts_with("refs/pull/") {
        return None;
    }
    Some(reference.strip_prefix("refs/heads/").unwrap_or(reference).to_owned())
}

/// What Git says; nothing if there is no Git or no repository.
fn git(dir: &Path, env: &Env, args: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command.args(args).current_dir(dir).env_clear().stdin(Stdio::null()).stderr(Stdio::null());
    for name in ["PATH", "HOME", "USERPROFILE", "SYSTEMROOT"] {
        if let Some(value) = env.get(name) {
            command.env(name, value);
        }
    }
    let output = command.output().ok().filter(|o| o.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Refuses a source that a production target must not be deployed from; with `force` says what is overridden.
pub(super) fn guard(context: &Context, project: &Project, force: bool) -> Result<(), Failure> {
    let objections = check_source(project, &read(project, &context.env));
    if objections.is_empty() {
        return Ok(());
    }
    if force {
        for objection in &objections {
            context.out.talk(&format!("forced ({}): {}", objection.name, objection.message));
        }
        return Ok(());
    }
    let messages: Vec<&str> = objections.iter().map(|o| o.message.as_str()).collect();
    let names: Vec<&str> = objections.iter().map(|o| o.name).collect();
    let text = format!(
        "{}; nothing was changed\nhint: `--force` overrides the checks of: {}",
        messages.join("; "),
        names.join(", ")
    );
    Err(Failure::Other(anyhow::Error::msg(text)))
}

#[cfg(test)]
mod tests {
    use super::ci_branch;
    use crate::env::Env;

    #[test]
    fn each_ci_names_its_branch() {
        let of = |pairs: &[(&str, &str)]| ci_branch(&Env::from_pairs(pairs.iter().copied()));
        assert_eq!(of(&[("GITHUB_REF", "refs/heads/main"), ("GITHUB_HEAD_REF", "")]).as_deref(), Some("main"));
        assert_eq!(of(&[("GITHUB_REF", "refs/pull/7/merge"), ("GITHUB_HEAD_REF", "topic")]).as_deref(), Some("topic"));
        assert_eq!(of(&[("GITHUB_REF", "refs/tags/v1")]), None);
        assert_eq!(of(&[("CI_COMMIT_BRANCH", "main")]).as_deref(), Some("main"));
        assert_eq!(of(&[("BUILD_SOURCEBRANCH", "refs/heads/release/1")]).as_deref(), Some("release/1"));
        assert_eq!(of(&[]), None);
    }
}
