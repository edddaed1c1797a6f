//! The workflows of `docs/ci/`, step by step: as written, with the environment that they declare, against the local
//! workspace's token endpoint, with an identity token signed for the test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use piq_diagnostics::Source;
use serde_json::Value;

use super::kit::issuer::{Issuer, SUBJECT};
use super::kit::{Project, Workspace, said};

/// The request token of the runner.
const RUNNER: &str = "runner-request-token";

/// The checksum of the wheel that `pip download` gives here: a file with the text `wheel`.
const SHA256: &str = "ba59926159d2aa256eb8739b8da7e2b574b960e1202c6d624cbe981cef996c91";

/// What is installed: this version and no other.
const WHEEL: &str = concat!("pipelineiq==", env!("CARGO_PKG_VERSION"));

type Vars = BTreeMap<String, String>;

fn yaml(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(&path).expect("there");
    piq_bundle::parse(&Source::new("workflow", text)).expect("YAML").root.to_json()
}

fn vars(pairs: &[(&str, &str)]) -> Vars {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// A checked-out commit of the project, a workspace that trusts the issuer, and programs that a runner has.
struct Rig {
    checkout: Project,
    workspace: Workspace,
    issuer: Arc<Issuer>,
    bin: tempfile::TempDir,
}

impl Rig {
    fn new() -> Self {
        let rig = Self {
            checkout: Project::new(),
            workspace: Workspace::start(),
            issuer: Arc::new(Issuer::new()),
            bin: tempfile::tempdir().expect("folder"),
        };
        rig.issuer.trusted_by(&rig.workspace, SUBJECT);
        // what the workflow installs or calls besides piq: it only tells how it was called
        for name in ["pipx", "pip", "gh"] {
            let script = format!(
                "#!/bin/sh\necho \"{name} $*\" >> \"{}\"\nwhile [ $# -gt 0 ]; do\n  \
                 [ \"$1\" != --dest ] || {{ mkdir -p \"$2\"; printf wheel > \"$2/pipelineiq.whl\"; }}\n  shift\ndone\n",
                rig.bin.path().join("calls").display()
            );
            let path = rig.bin.path().join(name);
            std::fs::write(&path, script).expect("script");
            set_executable(&path);
        }
        let piq = Path::new(env!("CARGO_BIN_EXE_piq"));
        link(piq, &rig.bin.path().join("piq"));
        rig.checkout.commit();
        rig.checkout.git(&["checkout", "-q", "--detach"]);
        rig
    }

    /// Runs a script as the runner does; it must end well.
    fn bash(&self, name: &str, script: &str, env: &Vars) -> Output {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.bin.path().display());
        let out = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(self.checkout.path(""))
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.bin.path())
            .env("CI", "true")
            .envs(env)
            .output()
            .expect("bash starts");
        let text = said(&out);
        assert!(out.status.success(), "step `{name}` failed with {:?}:\n{text}", out.status.code());
        assert!(!text.contains(RUNNER) && !text.contains("eyJ"), "step `{name}` shows a token:\n{text}");
        out
    }

    /// How the programs beside piq were called.
    fn calls(&self) -> String {
        std::fs::read_to_string(self.bin.path().join("calls")).unwrap_or_default()
    }

    /// The jobs of the workspace by name, with who made them.
    fn jobs(&self) -> Vec<(String, String)> {
        let answer = self.workspace.get("/api/2.2/jobs/list");
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let jobs = answer["jobs"].as_array().cloned().unwrap_or_default();
        jobs.iter().map(|j| (text(&j["settings"]["name"]), text(&j["creator_user_name"]))).collect()
    }

    fn deployed_by_the_service_principal(&self) {
        let jobs = self.jobs();
        let found = jobs.iter().find(|(name, _)| name == "incremental_pipeline_job");
        assert_eq!(found.map(|(_, who)| who.as_str()), Some(self.workspace.client_id()), "{jobs:?}");
    }
}

#[cfg(unix)]
fn set_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("executable");
}

#[cfg(unix)]
fn link(to: &Path, at: &PathBuf) {
    std::os::unix::fs::symlink(to, at).expect("linked");
}

/// A text with `${{ name }}` filled in; a name that nobody knows is a fault of the workflow.
fn filled(text: &str, values: &Vars) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (name, tail) = after.split_once("}}").expect("closed");
        out.push_str(before);
        out.push_str(values.get(name.trim()).unwrap_or_else(|| panic!("no value for `{}`", name.trim())));
        rest = tail;
    }
    out + rest
}

/// `env` of a workflow, a job or a step.
fn env_of(node: &Value, values: &Vars) -> Vars {
    let map = node["env"].as_object().cloned().unwrap_or_default();
    map.iter().map(|(k, v)| (k.clone(), filled(v.as_str().expect("a text"), values))).collect()
}

/// What the runner of GitHub gives to each step.
fn github_env(rig: &Rig, more: &[(&str, &str)]) -> Vars {
    let url = rig.issuer.serve_github(RUNNER, SUBJECT);
    let mut env = vars(&[("GITHUB_ACTIONS", "true"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", RUNNER)]);
    env.insert("ACTIONS_ID_TOKEN_REQUEST_URL".to_owned(), url);
    env.insert("GITHUB_STEP_SUMMARY".to_owned(), rig.bin.path().join("summary.md").display().to_string());
    env.extend(vars(more));
    env
}

/// Runs the `run:` steps of one job of the GitHub workflow.
fn github_job(rig: &Rig, job: &str, event: &[(&str, &str)]) {
    let workflow = yaml("docs/ci/github.yml");
    let job = &workflow["jobs"][job];
    assert_eq!(job["permissions"]["id-token"], "write", "no identity without this permission");
    let mut values = vars(&[("github.token", "ghs-not-used"), ("github.event.pull_request.number", "7")]);
    values.insert("vars.PIQ_SHA256".to_owned(), SHA256.to_owned());
    values.insert("vars.DATABRICKS_HOST".to_owned(), rig.workspace.host().to_owned());
    values.insert("vars.DATABRICKS_CLIENT_ID".to_owned(), rig.workspace.client_id().to_owned());
    let mut base = github_env(rig, event);
    base.extend(env_of(&workflow, &values));
    base.extend(env_of(job, &values));
    let steps = job["steps"].as_array().expect("steps");
    assert!(steps.len() > 3);
    for step in steps {
        let Some(run) = step["run"].as_str() else {
            assert!(step["uses"].as_str().is_some_and(|u| u.starts_with("actions/checkout@")), "{step}");
            continue;
        };
        let mut env = base.clone();
        env.extend(env_of(step, &values));
        rig.bash(step["name"].as_str().expect("a name"), &filled(run, &values), &env);
    }
}

const PUSH: &[(&str, &str)] =
    &[("GITHUB_REF", "refs/heads/main"), ("GITHUB_REF_NAME", "main"), ("GITHUB_REF_TYPE", "branch")];
const PULL: &[(&str, &str)] =
    &[("GITHUB_REF", "refs/pull/7/merge"), ("GITHUB_REF_NAME", "7/merge"), ("GITHUB_HEAD_REF", "topic")];

#[test]
fn github_plans_a_pull_request_and_deploys_main_as_a_service_principal() {
    let rig = Rig::new();
    github_job(&rig, "plan", PULL);
    let plan = std::fs::read_to_string(rig.checkout.path("plan.md")).expect("a plan");
    assert!(plan.contains("incremental_pipeline_job") && plan.contains('|'), "not a plan in Markdown:\n{plan}");
    assert!(
        rig.calls().contains("gh pr comment 7 --edit-last --create-if-none --body-file plan.md"),
        "{}",
        rig.calls()
    );
    assert_eq!(rig.jobs(), [], "a plan changes nothing");
    std::fs::remove_file(rig.checkout.path("plan.md")).expect("removed");
    github_job(&rig, "deploy", PUSH);
    assert!(
        rig.calls().contains(WHEEL) && rig.calls().contains("pipx install --quiet piq-wheel/pipelineiq.whl\n"),
        "{}",
        rig.calls()
    );
    rig.deployed_by_the_service_principal();
}

#[test]
fn the_action_plans_and_deploys_in_one_step() {
    let rig = Rig::new();
    let action = yaml("action.yml");
    for (command, event) in [("plan", PULL), ("deploy", PUSH)] {
        let mut values: Vars = BTreeMap::new();
        for (name, input) in action["inputs"].as_object().expect("inputs") {
            values.insert(format!("inputs.{name}"), input["default"].as_str().unwrap_or_default().to_owned());
        }
        values.insert("inputs.command".to_owned(), command.to_owned());
        values.insert("inputs.sha256".to_owned(), SHA256.to_owned());
        values.insert("inputs.host".to_owned(), rig.workspace.host().to_owned());
        values.insert("inputs.client-id".to_owned(), rig.workspace.client_id().to_owned());
        for step in action["runs"]["steps"].as_array().expect("steps") {
            let mut env = github_env(&rig, event);
            env.extend(env_of(step, &values));
            rig.bash(step["name"].as_str().expect("a name"), step["run"].as_str().expect("a script"), &env);
        }
    }
    assert!(rig.calls().contains(WHEEL), "{}", rig.calls());
    let summary = std::fs::read_to_string(rig.bin.path().join("summary.md")).expect("a summary");
    assert!(summary.contains("incremental_pipeline_job"), "{summary}");
    rig.deployed_by_the_service_principal();
}

/// A text with `$NAME` filled in from the variables.
fn dollars(text: &str, env: &Vars) -> String {
    let mut out = text.to_owned();
    for (name, value) in env.iter().rev() {
        out = out.replace(&format!("${name}"), value);
    }
    out
}

/// Whether a rule of the form `$NAME == "value"` lets a job run.
fn rule_holds(rule: &str, env: &Vars) -> bool {
    let (name, value) = rule.split_once(" == ").expect("a comparison");
    env.get(name.trim_start_matches('$')).map(String::as_str) == Some(value.trim_matches('"'))
}

/// The jobs of the GitLab file that run for an event, each in one shell as GitLab runs it.
fn gitlab(rig: &Rig, event: &[(&str, &str)]) -> Vec<String> {
    let file = yaml("docs/ci/gitlab.yml");
    let mut ran = Vec::new();
    for stage in file["stages"].as_array().expect("stages") {
        for (name, job) in file.as_object().expect("jobs").iter().filter(|(_, j)| j["stage"] == *stage) {
            let parent = &file[job["extends"].as_str().expect("extends")];
            let mut env = vars(&[("GITLAB_CI", "true")]);
            env.extend(vars(event));
            env.insert("PIQ_SHA256".to_owned(), SHA256.to_owned());
            env.insert("DATABRICKS_HOST".to_owned(), rig.workspace.host().to_owned());
            env.insert("DATABRICKS_CLIENT_ID".to_owned(), rig.workspace.client_id().to_owned());
            if !rule_holds(job["rules"][0]["if"].as_str().expect("a rule"), &env) {
                continue;
            }
            for (variable, value) in parent["variables"].as_object().expect("variables") {
                env.insert(variable.clone(), value.as_str().expect("a text").to_owned());
            }
            for (variable, token) in parent["id_tokens"].as_object().expect("tokens") {
                let audience = dollars(token["aud"].as_str().expect("an audience"), &env);
                env.insert(variable.clone(), rig.issuer.token(SUBJECT, &audience));
            }
            let lines: Vec<&str> = [&parent["before_script"], &job["script"]]
                .iter()
                .flat_map(|list| list.as_array().expect("a list"))
                .map(|line| line.as_str().expect("a text"))
                .collect();
            rig.bash(name, &lines.join("\n"), &env);
            ran.push(name.clone());
        }
    }
    ran
}

#[test]
fn gitlab_plans_a_merge_request_and_deploys_main_as_a_service_principal() {
    let rig = Rig::new();
    let merge = [("CI_PIPELINE_SOURCE", "merge_request_event"), ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "topic")];
    assert_eq!(gitlab(&rig, &merge), ["plan"]);
    let plan = std::fs::read_to_string(rig.checkout.path("plan.md")).expect("a plan");
    assert!(plan.contains("incremental_pipeline_job"), "{plan}");
    assert_eq!(rig.jobs(), [], "a plan changes nothing");
    std::fs::remove_file(rig.checkout.path("plan.md")).expect("removed");
    assert_eq!(gitlab(&rig, &[("CI_PIPELINE_SOURCE", "push"), ("CI_COMMIT_BRANCH", "main")]), ["deploy"]);
    assert!(rig.calls().contains("pip install --quiet piq-wheel/pipelineiq.whl\n"), "{}", rig.calls());
    rig.deployed_by_the_service_principal();
}

/// The stages of the Azure DevOps file whose condition holds for a build, each script in a shell of its own.
fn azure(rig: &Rig, stage: &str, event: &[(&str, &str)]) {
    let file = yaml("docs/ci/azure.yml");
    let stages = file["stages"].as_array().expect("stages");
    let stage = stages.iter().find(|s| s["stage"] == stage).expect("the stage");
    let job = &stage["jobs"][0];
    let steps = job["steps"].as_array().or_else(|| job["strategy"]["runOnce"]["deploy"]["steps"].as_array());
    let mut base = vars(&[("TF_BUILD", "True"), ("SYSTEM_HOSTTYPE", "build")]);
    base.extend(rig.issuer.azure_variables(RUNNER, SUBJECT, &rig.workspace));
    base.extend(vars(event));
    for variable in file["variables"].as_array().expect("variables") {
        match (variable["group"].as_str(), variable["name"].as_str()) {
            (Some("pipelineiq"), _) => base.extend(vars(&[
                ("PIQ_SHA256", SHA256),
                ("DATABRICKS_HOST", rig.workspace.host()),
                ("DATABRICKS_CLIENT_ID", rig.workspace.client_id()),
            ])),
            (_, Some(name)) => {
                base.insert(name.to_owned(), variable["value"].as_str().expect("a value").to_owned());
            }
            _ => panic!("a variable without a name: {variable}"),
        }
    }
    for step in steps.expect("steps") {
        let Some(script) = step["script"].as_str() else {
            assert_eq!(step["checkout"], "self");
            continue;
        };
        let mut env = base.clone();
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            assert_eq!(value, "$(System.AccessToken)");
            env.insert(name.clone(), RUNNER.to_owned());
        }
        rig.bash(step["displayName"].as_str().expect("a name"), script, &env);
    }
}

#[test]
fn azure_plans_a_pull_request_and_deploys_main_as_a_service_principal() {
    let rig = Rig::new();
    azure(&rig, "plan", &[("SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/topic")]);
    let plan = std::fs::read_to_string(rig.checkout.path("plan.md")).expect("a plan");
    assert!(plan.contains("incremental_pipeline_job"), "{plan}");
    assert_eq!(rig.jobs(), [], "a plan changes nothing");
    std::fs::remove_file(rig.checkout.path("plan.md")).expect("removed");
    azure(&rig, "deploy", &[("BUILD_SOURCEBRANCH", "refs/heads/main")]);
    assert!(rig.calls().contains("pipx install --quiet piq-wheel/pipelineiq.whl\n"), "{}", rig.calls());
    rig.deployed_by_the_service_principal();
}

/// The scripts that install piq, in every file that people copy.
fn installs() -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for path in ["docs/ci/github.yml", "docs/ci/gitlab.yml", "docs/ci/azure.yml", "action.yml"] {
        let mut texts = Vec::new();
        scripts(&yaml(path), &mut texts);
        texts.retain(|text| text.contains("pip download"));
        assert!(!texts.is_empty(), "{path} installs nothing");
        found.extend(texts.into_iter().map(|text| (path, text)));
    }
    found
}

/// Texts of `run` and `script`, and lists of lines joined to one.
fn scripts(node: &Value, found: &mut Vec<String>) {
    match node {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "run" || name == "script" => found.push(text.clone()),
                    Value::Array(lines) if lines.iter().all(Value::is_string) && name == "before_script" => {
                        found.push(lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"));
                    }
                    other => scripts(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| scripts(item, found)),
        _ => {}
    }
}

#[test]
fn a_wheel_with_another_checksum_is_never_installed() {
    let rig = Rig::new();
    let other = "0".repeat(64);
    for (path, script) in installs() {
        for sum in [other.as_str(), ""] {
            let out = Command::new("bash")
                .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &script])
                .current_dir(rig.checkout.path(""))
                .env_clear()
                .env("PATH", format!("{}:/usr/bin:/bin", rig.bin.path().display()))
                .env("VERSION", env!("CARGO_PKG_VERSION"))
                .envs([("PIQ_SHA256", sum), ("SHA256", sum)])
                .output()
                .expect("bash starts");
            assert!(!out.status.success(), "{path} installs a wheel with another checksum");
        }
    }
    let calls = rig.calls();
    assert!(calls.contains("pip download") && !calls.contains(" install "), "{calls}");
}
