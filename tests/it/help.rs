//! The whole help, as people see it.

use super::kit::{Project, code, text, whole};

/// The commands that a help text lists, under `Commands:` or in groups above the options.
fn commands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|l| !l.starts_with("Usage:")).skip(1);
    let listed = listed.take_while(|l| !["Options:", "Global options:", "Arguments:", "Examples:"].contains(l));
    // a long description goes on in the next line, further to the right
    let names = listed.filter(|l| l.starts_with("  ") && !l.starts_with("   "));
    names.filter_map(|l| l.split_whitespace().next().map(str::to_owned)).filter(|name| name != "help").collect()
}

/// The help of a command and of those below it.
fn help_of(project: &Project, command: &[String], page: &mut String) {
    let mut args: Vec<&str> = command.iter().map(String::as_str).collect();
    args.push("--help");
    let out = project.piq(&args);
    assert_eq!(code(&out), 0, "{args:?}");
    let help = text(&out.stdout);
    page.push_str(&format!("$ piq {}\n{help}\n", args.join(" ")));
    for inner in commands(&help) {
        help_of(project, &[command, &[inner]].concat(), page);
    }
}

#[test]
fn the_whole_help_is_pinned() {
    let mut page = String::new();
    help_of(&Project::empty(), &[], &mut page);
    insta::assert_snapshot!(page);
}

#[test]
fn the_page_of_commands_is_up_to_date() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cli.md");
    let out = Project::empty().piq(&["docs", "cli", "--check", "--write", page]);
    assert_eq!(code(&out), 0, "{}", text(&out.stderr));
}

#[test]
fn piq_alone_is_a_page_to_start_from() {
    let project = Project::empty();
    insta::assert_snapshot!(whole(&project.piq(&[])));
    let help = text(&project.piq(&["help", "deploy"]).stdout);
    assert_eq!(help, text(&project.piq(&["deploy", "--help"]).stdout));
    assert!(help.contains("\nExamples:\n  piq deploy\n") && help.contains("\nGlobal options:\n"), "{help}");
    let short = text(&project.piq(&["deploy", "-h"]).stdout);
    assert!(!short.contains("Examples:") && short.lines().count() < help.lines().count(), "{short}");
}

#[test]
fn man_pages_are_written_for_every_command() {
    let project = Project::empty();
    let out = project.piq(&["docs", "man", project.path("man").to_str().expect("UTF-8")]);
    assert_eq!(code(&out), 0, "{}", text(&out.stderr));
    let page = |name: &str| std::fs::read_to_string(project.path("man").join(name)).expect(name);
    assert!(page("piq.1").contains(".TH piq 1") && page("piq-workspace-start.1").contains("piq workspace start"));
}

/// What a shell that completes a command line gets, by way of the variable that its script sets.
fn completed(project: &Project, line: &[&str]) -> Vec<String> {
    let mut command = project.command(&[&["--", "piq"][..], line].concat());
    let index = line.len().to_string();
    let out = command
        .envs([("COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", index.as_str()), ("_CLAP_COMPLETE_COMP_TYPE", "9")])
        .envs([("_CLAP_COMPLETE_SPACE", "false"), ("_CLAP_IFS", "\n")])
        .output()
        .expect("piq starts");
    text(&out.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn shells_complete_targets_jobs_dashboards_and_columns_of_the_project() {
    let project = Project::empty();
    assert_eq!(code(&project.piq(&["init", "."])), 0);
    assert_eq!(completed(&project, &["plan", "-t", "pr"]), ["prod"]);
    assert_eq!(completed(&project, &["run", "-t", "local", "incremental"]), ["incremental_pipeline_job"]);
    let resources = completed(&project, &["bind", "-t", "prod", "dashboards."]);
    assert!(resources.len() > 1 && resources.iter().all(|r| r.starts_with("dashboards.")), "{resources:?}");
    assert_eq!(completed(&project, &["new", "enrichment", "x", "--inputs", "usecase_na"]), ["usecase_name"]);
    let script = text(&project.piq(&["completions", "bash"]).stdout);
    assert!(script.contains("COMPLETE=") && script.contains("complete "), "{script}");
}
