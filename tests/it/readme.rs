//! Every command in the README works.

use super::kit::Project;

const README: &str = include_str!("../../README.md");

/// Lines of shell blocks.
fn commands() -> Vec<&'static str> {
    let mut in_block = false;
    let lines = README.lines().filter(|line| {
        if line.starts_with("```") {
            in_block = *line == "```sh";
            return false;
        }
        in_block && !line.trim().is_empty()
    });
    lines.collect()
}

/// The main job is run by a test of its own, with the engine; `cargo test` is what runs here.
#[test]
fn the_readme_has_two_commands_and_each_is_run() {
    assert_eq!(commands(), ["cargo run --release -- demo", "cargo test"]);
}

/// Commands of the table, with a use case for its placeholder: each is one that piq knows.
#[test]
fn the_table_names_commands_that_exist() {
    let mut seen = 0;
    for line in README.lines().filter(|l| l.starts_with("| ") && l.contains("| `piq ")) {
        let command = line.split('`').nth(1).expect("a command");
        // what stands in quotes is one word
        let parts = command.split('"').enumerate();
        let words =
            parts.flat_map(|(at, part)| if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() });
        let words: Vec<&str> = words.skip(1).chain(["--help"]).collect();
        let out = Project::empty().piq(&words);
        assert!(out.status.success(), "{command}: {}", String::from_utf8_lossy(&out.stderr));
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} commands found");
}
