//! The environment as a value, so that nothing below `cli/` reads the process's own.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Every variable that piq reads, with its meaning; `*` stands for the rest of a name. Those of the official tools keep
/// the meaning that they have there.
pub const VARIABLES: &[(&str, &str)] = &[
    ("BUNDLE_VAR_*", "Value of the bundle variable named by the rest; `--var` wins."),
    (
        "GITHUB_REF_NAME, GITHUB_REF_TYPE, GITHUB_HEAD_REF",
        "Branch of a commit that GitHub Actions (GITHUB_ACTIONS) checked out without being on it.",
    ),
    ("GITHUB_RUN_ID, GITHUB_JOB", "Names the run of GitHub Actions that holds the lock of a deployment."),
    ("CI_COMMIT_BRANCH, CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "The same branch in GitLab (GITLAB_CI)."),
    ("CI_PIPELINE_ID, CI_JOB_NAME", "The same run in GitLab."),
    ("BUILD_SOURCEBRANCH, SYSTEM_PULLREQUEST_SOURCEBRANCH", "The same branch in Azure DevOps (TF_BUILD)."),
    ("BRANCH_NAME, CHANGE_BRANCH, GIT_BRANCH", "The same branch in Jenkins (JENKINS_URL)."),
    ("BITBUCKET_BRANCH", "The same branch in Bitbucket."),
    ("CIRCLE_BRANCH", "The same branch in CircleCI."),
    ("BUILD_BUILDID, SYSTEM_JOBNAME", "The same run in Azure DevOps."),
    ("PIQ_ALLOW_HTTP", "If set, credentials are sent to a host without encryption; this machine needs no permission."),
    ("PIQ_ENGINE_DIR", "Folder of the local engine's Python environment; by default a folder of the user's cache."),
    ("PIQ_ENGINE_MEMORY", "Memory that the local engine may take, such as `8G`; by default half of the machine's."),
    ("PIQ_PYTHON", "Python 3.10 or later that the local engine's environment is made with."),
    ("PIQ_PYPI_URL", "Mirror of the Python package index that the environment is made from."),
    ("PIQ_MODEL_URL", "Chat endpoint that AI functions of the local workspace ask; by default the fake model answers."),
    ("PIQ_MODEL_KEY", "Bearer token for `PIQ_MODEL_URL`."),
    ("PIQ_MODEL", "Model to ask there in place of those that the SQL names."),
    ("PIQ_MODEL_TIMEOUT", "Seconds that such a call may take; by default 180."),
    ("PIQ_MODEL_CONCURRENCY", "Calls that may wait there at the same time; by default 16."),
    ("VIRTUAL_ENV", "Virtual environment that runs the Python code of a bundle without `venv_path`."),
    (
        "DATABRICKS_BUNDLE_RESTRICTED_CODE_EXECUTION",
        "If set, the Python code, the `experimental.scripts` and the builds of a bundle are refused instead of run, as with `--no-run`.",
    ),
    ("DATABRICKS_BUNDLE_INCLUDES", "Files to include besides those under `include`, separated as in PATH."),
    ("DATABRICKS_BUNDLE_ROOT", "Folder where the search for the bundle starts; `-C` wins."),
    ("DATABRICKS_BUNDLE_TARGET", "Target of the bundle; `-t` wins. DATABRICKS_BUNDLE_ENV is its older name."),
];

/// A snapshot of environment variables.
#[derive(Debug, Clone, Default)]
pub struct Env {
    vars: BTreeMap<String, String>,
}

impl Env {
    /// The process's environment; variables that are not UTF-8 are left out.
    pub fn from_process() -> Self {
        let vars =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
        Self { vars }
    }

    /// An environment made of the given pairs.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { vars: pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect() }
    }

    /// The value of `name`; an empty value counts as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// The same with one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.vars.insert(name.to_owned(), value.to_owned());
        self
    }

    /// All variables whose name starts with `prefix`, with the prefix cut off.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
        self.vars.iter().filter_map(move |(k, v)| Some((k.strip_prefix(prefix)?, v.as_str())))
    }

    /// The user's home folder.
    pub fn home(&self) -> Option<PathBuf> {
        self.get("HOME").or_else(|| self.get("USERPROFILE")).map(PathBuf::from)
    }
}
