//! Every command in the README works.

use super::support::Project;

#[test]
fn every_command_of_the_readme_runs() {
    let readme = include_str!("../../README.md");
    let mut in_block = false;
    let mut seen = 0;
    for line in readme.lines() {
        if line.starts_with("```") {
            in_block = line == "```sh";
            continue;
        }
        if !in_block || line.trim().is_empty() {
            continue;
        }
        seen += 1;
        // this test is `cargo test`, run on what `cargo build` made
        if ["cargo build --release", "cargo test"].contains(&line) {
            continue;
        }
        let args =
            line.strip_prefix("cargo run --release -- ").unwrap_or_else(|| panic!("not run by this test: {line}"));
        let project = Project::new();
        let out = project.piq(&args.split_whitespace().collect::<Vec<_>>());
        assert!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
    }
    assert!(seen >= 4, "only {seen} commands found");
}
