//! The whole help, as people see it.

use super::kit::{Project, code, text};

/// The commands that a help text lists.
fn commands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|l| *l != "Commands:").skip(1).take_while(|l| !l.is_empty());
    // a long description goes on in the next line, further to the right
    let names = listed.filter(|l| l.starts_with("  ") && !l.starts_with("   "));
    names.filter_map(|l| l.split_whitespace().next().map(str::to_owned)).collect()
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
