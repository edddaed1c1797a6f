//! The author's scripts around the steps of a command.

use super::rig::{JOB, Rig, counts, good, text};

/// Every script writes its name and what it sees into a file beside the project.
fn rig() -> Rig {
    let rig = Rig::new();
    let said = |name: &str, words: &str, more: &str| {
        format!("{name}: 'echo {name} {words} | tee -a ../log; echo on {name} >&2{more}'")
    };
    let scripts = [
        said("preinit", "raw", "; mkdir -p more; cp ../extra more/extra.yml"),
        said("postinit", "${bundle.target} ${workspace.current_user.short_name}", ""),
        said("prebuild", "$WHO", "; echo 1 > made.csv"),
        said("postbuild", "$(cat built)", ""),
        said("predeploy", "$(cat built)", "; echo 2 > made.csv"),
        said("postdeploy", "$(basename $PWD)", ""),
    ]
    .join("\n    ");
    let bundle = format!(
        "bundle: {{name: shop}}\ninclude: ['more/*.yml']\nexperimental:\n  scripts:\n    {scripts}\n\
         artifacts: {{a: {{build: 'echo built > built', files: [{{source: built}}]}}}}\n\
         targets: {{dev: {{default: true, mode: development}}}}\n"
    );
    std::fs::remove_file(rig.project.path("databricks.yml")).expect("removed");
    std::fs::remove_dir_all(rig.project.path("src")).expect("removed");
    rig.project.write("bundle/databricks.yml", &bundle);
    rig.project.write("extra", &JOB.replace("../src/", "../"));
    rig.project.write("bundle/first.sql", "-- Databricks notebook source\nSELECT 1\n");
    rig.project.write("bundle/second.py", "# Databricks notebook source\nprint(2)\n");
    rig
}

fn log(rig: &Rig) -> Vec<String> {
    let text = std::fs::read_to_string(rig.project.path("log")).unwrap_or_default();
    let _ = std::fs::remove_file(rig.project.path("log"));
    text.lines().map(str::to_owned).collect()
}

fn made(rig: &Rig) -> serde_json::Value {
    let path = "/Workspace/Users/dana.local@example.com/.bundle/shop/dev/files/made.csv";
    rig.workspace.send("GET", &format!("/api/2.0/workspace/export?direct_download=true&path={path}"), "").1
}

#[test]
fn scripts_run_around_the_steps_of_each_command() {
    let rig = rig();
    let out = rig.command(&rig.project, &["deploy", "-o", "json"]).env("WHO", "ada").output().expect("piq starts");
    assert_eq!(counts(&good(&out))[0], 6, "the job that `preinit` has put there, and five files");
    let error = text(&out.stderr);
    assert!(error.contains("on preinit") && error.contains("predeploy built"), "{error}");
    assert_eq!(text(&out.stdout).lines().count(), 1, "results alone are on standard output");
    let all = ["preinit raw", "postinit dev dana_local", "prebuild ada", "postbuild built", "predeploy built"];
    assert_eq!(log(&rig), [&all[..], &["postdeploy bundle"]].concat());
    assert_eq!(made(&rig), 2, "what the last script has made is deployed");
    let ran = |args: &[&str]| {
        let out = rig.piq(args);
        assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
        log(&rig).iter().map(|l| l.split(' ').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ran(&["plan"]), ["preinit", "postinit", "prebuild", "postbuild"]);
    assert_eq!(ran(&["status"]), ["preinit", "postinit"]);
    assert_eq!(ran(&["validate"]), ["preinit"], "who deploys is not known offline");
    rig.project.edit("bundle/databricks.yml", " ${workspace.current_user.short_name}", "");
    assert_eq!(ran(&["validate"]), ["preinit", "postinit"]);
    assert_eq!(ran(&["render", "-o", "out"]), ["preinit", "postinit"]);
    let yaml = std::fs::read_to_string(rig.project.path("out/databricks.yml")).expect("rendered");
    assert!(yaml.contains("postdeploy") && !yaml.contains("preinit"), "{yaml}");
    let out = rig.piq(&["validate", "-q"]);
    assert_eq!(text(&out.stderr), "");
}

#[test]
fn a_script_that_fails_before_a_deploy_changes_nothing() {
    let rig = rig();
    rig.project.edit("bundle/databricks.yml", "echo predeploy", "echo no; exit 7; echo");
    rig.requests();
    let out = rig.piq(&["deploy", "-q"]);
    assert_eq!(out.status.code(), Some(1));
    let error = text(&out.stderr);
    for part in [
        "error[script-failed]: the script `predeploy` failed: exit code 7",
        "no",
        "bundle/databricks.yml:9:5",
        "nothing was changed in the workspace",
    ] {
        assert!(error.contains(part), "no {part} in {error}");
    }
    let written: Vec<_> = rig.requests().into_iter().filter(|r| !r.starts_with("GET")).collect();
    assert!(written.is_empty(), "{written:?}");
    let out = rig
        .command(&rig.project, &["validate"])
        .env("DATABRICKS_BUNDLE_RESTRICTED_CODE_EXECUTION", "1")
        .output()
        .expect("piq starts");
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("the script `preinit` was not run"), "{}", text(&out.stderr));
}

#[test]
fn a_script_that_fails_after_a_deploy_says_that_it_is_done() {
    let rig = rig();
    rig.project.edit("bundle/databricks.yml", "echo postdeploy", "false; echo");
    let out = rig.piq(&["deploy", "-o", "json"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("the deploy itself is done"), "{}", text(&out.stderr));
    assert!(text(&out.stdout).contains("\"created\":6"), "{}", text(&out.stdout));
    assert_eq!(rig.jobs().len(), 1);
}
