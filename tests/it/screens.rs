//! What a person sees at a terminal, at 80 and at 120 columns, with the styles. Colours are the terminal's own eight, so a
//! light and a dark terminal each choose readable ones; a test holds that no other colour is used.

use super::kit::terminal::{Shown, Terminal};
use super::kit::{Project, Workspace, piq, said};

const BUNDLE: &str = "\
bundle:
  name: flower_shop
targets:
  dev:
    default: true
    mode: development
resources:
  jobs:
    load_orders:
      name: load the orders of the day before and compare them with the stock
      tasks:
        - task_key: orders
          notebook_task:
            notebook_path: ./orders.sql
        - task_key: stock
          depends_on:
            - task_key: orders
          notebook_task:
            notebook_path: ./stock.sql
";

fn flower_shop() -> Project {
    let project = Project::empty();
    project.write("databricks.yml", BUNDLE);
    project.write("orders.sql", "-- Databricks notebook source\nSELECT 1\n");
    project.write("stock.sql", "-- Databricks notebook source\nSELECT 2\n");
    project
}

/// The screen at the end of a command, without what differs between two runs.
fn screen(project: &Project, columns: u16, args: &[&str], variables: &[(&str, &str)]) -> (u32, Shown) {
    Terminal::start_with(&project.path(""), columns, args, variables).finish()
}

/// Lines wrap between words: every word of the screen is a word of what a pipe gets, where nothing wraps.
fn wraps_between_words(project: &Project, args: &[&str], variables: &[(&str, &str)], shown: &Shown) {
    let mut command = piq(&project.path(""), args);
    let plain = said(&command.envs(variables.iter().copied()).output().expect("piq starts"));
    let words: Vec<&str> = plain.split_whitespace().collect();
    for word in shown.text.split_whitespace() {
        assert!(words.contains(&word), "`{word}` is part of a word:\n{}", shown.text);
    }
}

/// The eight colours of every terminal, and the grey one.
fn uses_the_terminals_own_colours(shown: &Shown) {
    for marks in shown.styled.split('{').skip(1).filter_map(|part| part.split('}').next()) {
        assert!(!marks.contains('#') && !marks.contains("colour ") && !marks.contains("on "), "{marks}");
        assert!(!marks.ends_with("white") && !marks.ends_with("black") || marks == "bright black", "{marks}");
    }
}

#[test]
fn the_first_page_the_help_and_errors_fit_any_width() {
    let project = flower_shop();
    project.edit("databricks.yml", "notebook_path: ./stock.sql", "notebook_pth: ./stock.sql");
    project.edit("databricks.yml", "mode: development", "mode: developement");
    for columns in [80, 120] {
        for (name, args, code) in
            [("start", &[][..], 0), ("deploy_help", &["deploy", "-h"], 0), ("errors", &["validate"], 1)]
        {
            let (ended, shown) = screen(&project, columns, args, &[]);
            assert_eq!(ended, code, "{}", shown.text);
            uses_the_terminals_own_colours(&shown);
            if name != "deploy_help" {
                wraps_between_words(&project, args, &[], &shown);
            }
            insta::assert_snapshot!(format!("{name}_{columns}"), shown.styled);
        }
    }
}

#[test]
fn a_plan_and_a_deploy_fit_any_width() {
    for columns in [80, 120] {
        let (project, workspace) = (flower_shop(), Workspace::start());
        let variables = [("DATABRICKS_HOST", workspace.host()), ("DATABRICKS_TOKEN", workspace.token())];
        for (name, args) in [("plan", &["plan"][..]), ("deploy", &["deploy"]), ("plan_of_nothing", &["plan"])] {
            let (ended, shown) = screen(&project, columns, args, &variables);
            assert_eq!(ended, 0, "{}", shown.text);
            uses_the_terminals_own_colours(&shown);
            if name != "deploy" {
                wraps_between_words(&project, args, &variables, &shown);
            }
            insta::assert_snapshot!(format!("{name}_{columns}"), shown.styled);
        }
    }
}
