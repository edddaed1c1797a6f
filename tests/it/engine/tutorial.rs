//! The tutorial, run as it is written: every command in its order.

use super::{Lab, Project, start};

const TUTORIAL: &str = include_str!("../../../docs/tutorial.md");

#[test]
fn engine_every_command_of_the_tutorial_runs_in_its_order() {
    let project = Project::empty();
    let init = commands().into_iter().find(|c| c.starts_with("piq init")).expect("it makes a project");
    let words: Vec<&str> = init.split_whitespace().skip(1).collect();
    let out = project.piq(&words);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    // `cd` into the new project: here its files come up into the folder of the test
    for entry in std::fs::read_dir(project.path(words[1])).expect("the project").flatten() {
        std::fs::rename(entry.path(), project.path(&entry.file_name().to_string_lossy())).expect("moved");
    }
    let workspace = start(&project);
    let lab = Lab { project, workspace };
    let mut runs = Vec::new();
    for line in commands() {
        if line.starts_with("cd ") || line.starts_with("piq init") {
            continue;
        }
        let args: Vec<&str> = line.split_whitespace().skip(1).collect();
        lab.succeed(&args);
        if line.starts_with("piq run") {
            runs.push(lab.asked());
        }
    }
    // the first run asks everything, the second nothing, and the third the new question alone
    assert_eq!(runs.len(), 3, "the tutorial runs the job three times");
    assert!(runs[0].len() > 2, "{runs:?}");
    assert!(runs[1].is_empty(), "{runs:?}");
    assert_eq!(runs[2].len(), 1, "{runs:?}");
    assert!(lab.project.path("dashboards.html").is_file());
}

fn commands() -> Vec<&'static str> {
    let mut in_block = false;
    let lines = TUTORIAL.lines().filter(|line| {
        if line.starts_with("```") {
            in_block = *line == "```sh";
            return false;
        }
        in_block && !line.trim().is_empty()
    });
    lines.collect()
}
