//! Releases, rollback, and the guards of production.

use serde_json::{Value, json};

use super::rig::{Rig, good, text};

fn path(rig: &Rig) -> String {
    rig.jobs()[0]["settings"]["tasks"][0]["notebook_task"]["notebook_path"].as_str().expect("a path").to_owned()
}

fn release(rig: &Rig, n: u32) -> String {
    rig.project.write("src/first.sql", &format!("-- Databricks notebook source\nSELECT {n}\n"));
    let report = good(&rig.as_principal(&["deploy", "-t", "prod", "-o", "json"]));
    report["release"].as_str().expect("a release").to_owned()
}

fn folders(rig: &Rig) -> usize {
    let list = rig.workspace.get("/api/2.0/workspace/list?path=/Shared/.bundle/shop/prod/files");
    list["objects"].as_array().map_or(0, Vec::len)
}

#[test]
fn the_release_before_comes_back_and_five_are_kept() {
    let rig = Rig::new();
    let ids: Vec<String> = (1..=7).map(|n| release(&rig, n)).collect();
    assert_eq!(folders(&rig), 5);
    good(&rig.as_principal(&["rollback", "-t", "prod", "-o", "json"]));
    assert!(path(&rig).contains(&ids[5]), "{}", path(&rig));
    let status = good(&rig.as_principal(&["status", "-t", "prod", "-o", "json"]));
    assert_eq!(status["release"], ids[5].as_str());
    good(&rig.as_principal(&["rollback", "-t", "prod", "-o", "json"]));
    assert!(path(&rig).contains(&ids[4]));
    good(&rig.as_principal(&["rollback", "-t", "prod", &ids[6][..8], "-o", "json"]));
    assert!(path(&rig).contains(&ids[6]));
    let out = rig.as_principal(&["rollback", "-t", "prod", &ids[0]]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("found no release"), "{}", text(&out.stderr));
    assert_eq!(release(&rig, 7), ids[6]);
    assert_eq!(rig.jobs().len(), 1);
}

#[test]
fn a_run_in_progress_keeps_its_release() {
    let rig = Rig::new();
    let first = release(&rig, 1);
    let id = rig.jobs()[0]["job_id"].clone();
    // a run that waits behind another one is in progress for good: the job's only place is taken by a slow one
    rig.workspace.post("/api/2.2/jobs/update", &json!({"job_id": id, "new_settings": {"max_concurrent_runs": 0}}));
    rig.workspace.post("/api/2.2/jobs/run-now", &json!({"job_id": id}));
    for n in 2..=8 {
        release(&rig, n);
    }
    let list = rig.workspace.get("/api/2.0/workspace/list?path=/Shared/.bundle/shop/prod/files");
    let names: Vec<&str> = list["objects"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|o| o["path"].as_str()?.rsplit('/').next())
        .collect();
    assert!(names.contains(&first.as_str()), "{names:?}");
    assert_eq!(names.len(), 6);
}

#[test]
fn production_wants_its_branch_and_a_clean_tree_and_force_names_what_it_overrides() {
    let rig = Rig::new();
    rig.project.edit(
        "databricks.yml",
        "    mode: production",
        "    mode: production\n    bundle: {git: {branch: main}}",
    );
    let deploy = |more: &[&str], env: &[(&str, &str)]| {
        let mut args = vec!["deploy", "-t", "prod", "-o", "json"];
        args.extend(more);
        let mut command = rig.workspace.principal_command(&rig.project, &args);
        command.envs(env.iter().copied()).output().expect("piq starts")
    };
    let refused = |out: &std::process::Output, what: &str| {
        assert_eq!(out.status.code(), Some(1), "{}", text(&out.stderr));
        assert!(text(&out.stderr).contains(what), "{}", text(&out.stderr));
    };
    refused(&deploy(&[], &[]), "name a branch");
    rig.project.git(&["init"]);
    rig.project.git(&["add", "."]);
    refused(&deploy(&[], &[]), "uncommitted changes");
    rig.project.git(&["commit", "-m", "all"]);
    rig.project.git(&["checkout", "-q", "-b", "topic"]);
    refused(&deploy(&[], &[]), "branch `main`, this is `topic`");
    let forced = deploy(&["--force"], &[]);
    let report: Value = good(&forced);
    assert!(report["release"].is_string());
    assert!(text(&forced.stderr).contains("forced (branch)"), "{}", text(&forced.stderr));
    // as a CI has it: a commit, and the branch in a variable
    rig.project.git(&["checkout", "--detach"]);
    refused(&deploy(&[], &[]), "name a branch");
    let github = |branch| [("GITHUB_ACTIONS", "true"), ("GITHUB_REF_NAME", branch), ("GITHUB_REF_TYPE", "branch")];
    refused(&deploy(&[], &github("topic")), "this is `topic`");
    let gitlab = [("GITLAB_CI", "true"), ("CI_COMMIT_BRANCH", "main")];
    let azure = [("TF_BUILD", "True"), ("BUILD_SOURCEBRANCH", "refs/heads/main")];
    let jenkins = [("JENKINS_URL", "x"), ("GIT_BRANCH", "origin/main")];
    let bitbucket = [("BITBUCKET_BRANCH", "main")];
    let circle = [("CIRCLE_BRANCH", "main")];
    let change = [("JENKINS_URL", "x"), ("GIT_BRANCH", "origin/main"), ("CHANGE_BRANCH", "topic")];
    refused(&deploy(&[], &change), "this is `topic`");
    refused(&deploy(&["--branch", "topic"], &circle), "this is `topic`");
    good(&deploy(&["--branch", "main"], &[]));
    for ci in [&github("main")[..], &gitlab, &azure, &jenkins, &bitbucket, &circle] {
        good(&deploy(&[], ci));
    }
}

#[test]
fn a_person_does_not_deploy_production_into_a_folder_of_their_own() {
    let rig = Rig::new();
    rig.project.edit(
        "databricks.yml",
        "/Workspace/Shared/.bundle/shop/prod",
        "/Workspace/Users/${workspace.current_user.userName}/prod",
    );
    let out = rig.piq(&["deploy", "-t", "prod"]);
    assert_eq!(out.status.code(), Some(1));
    let said = text(&out.stderr);
    assert!(
        said.contains("personal folder") && said.contains("`piq deploy --override personal-path` overrides this check"),
        "{said}"
    );
    let forced = rig.piq(&["deploy", "-t", "prod", "--force"]);
    let said = text(&forced.stderr);
    assert_eq!(forced.status.code(), Some(0), "{said}");
    assert!(said.contains("forced (personal-path)") && said.contains("forced (no-run-as)"), "{said}");
}

#[test]
fn a_check_is_overridden_by_its_name_on_the_command_line_or_in_the_bundle() {
    let rig = Rig::new();
    rig.project.edit(
        "databricks.yml",
        "/Workspace/Shared/.bundle/shop/prod",
        "/Workspace/Users/${workspace.current_user.userName}/prod",
    );
    let deploy = |more: &[&str]| rig.piq(&[&["deploy", "-t", "prod"], more].concat());
    let valid = rig.piq(&["validate", "-t", "prod"]);
    assert_eq!(valid.status.code(), Some(0));
    assert!(
        ["no-run-as", "personal-path"].iter().all(|check| text(&valid.stderr).contains(&format!("(`{check}`"))),
        "{}",
        text(&valid.stdout)
    );
    let one = deploy(&["--override", "personal-path"]);
    let said = text(&one.stderr);
    assert_eq!(one.status.code(), Some(1), "{said}");
    assert!(said.contains("`run_as`") && !said.contains("forced (personal-path)"), "{said}");
    let unknown = deploy(&["--override", "personal-pathh"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("did you mean `personal-path`?"), "{}", text(&unknown.stderr));
    let both = deploy(&["--override", "personal-path", "--override", "no-run-as"]);
    let said = text(&both.stderr);
    assert_eq!(both.status.code(), Some(0), "{said}");
    assert!(said.contains("forced (personal-path)") && said.contains("forced (no-run-as)"), "{said}");
    // the bundle says it once for everybody
    let bundle = rig.project.read("databricks.yml");
    let with = |names: &str| format!("{bundle}\nvariables: {{piq_override: {{default: '{names}'}}}}\n");
    rig.project.write("databricks.yml", &with("personal-path, no-run-as"));
    assert_eq!(deploy(&[]).status.code(), Some(0));
    let valid = rig.piq(&["validate", "-t", "prod"]);
    assert!(!text(&valid.stderr).contains("a person cannot deploy"), "{}", text(&valid.stderr));
    rig.project.write("databricks.yml", &with("no-runas"));
    for out in [deploy(&[]), rig.piq(&["validate", "-t", "prod"])] {
        assert_eq!(out.status.code(), Some(1));
        assert!(text(&out.stderr).contains("unknown check `no-runas`"), "{}", text(&out.stderr));
    }
}
