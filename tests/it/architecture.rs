//! The walls between the crates: what ARCHITECTURE.md says is what cargo knows, and what crates may do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::kit::ended_well;

/// Name, folder and the crates of this workspace that a crate depends on (not in its tests only).
struct Package {
    name: String,
    folder: String,
    uses: Vec<String>,
}

fn workspace() -> BTreeMap<String, Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]).current_dir(piq_testing::root());
    let metadata: Value = serde_json::from_slice(&ended_well(&mut command).stdout).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let packages = metadata["packages"].as_array().expect("packages").iter().map(|package| {
        let dependencies = package["dependencies"].as_array().expect("a list").iter();
        let own = dependencies.filter(|d| d["path"].is_string() && d["kind"].is_null());
        let mut uses: Vec<String> = own.map(|d| text(&d["name"])).collect();
        uses.sort();
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        let folder = manifest.parent().and_then(|p| p.strip_prefix(piq_testing::root()).ok()).expect("below the root");
        Package { name: text(&package["name"]), folder: folder.display().to_string(), uses }
    });
    packages.map(|p| (p.name.clone(), p)).collect()
}

/// The rows of the table of crates: name, folder, what it uses. In the document's order.
fn documented() -> Vec<Package> {
    let text = std::fs::read_to_string(piq_testing::root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let rows = text.lines().skip_while(|l| !l.starts_with("| crate |")).skip(2).take_while(|l| l.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, name, folder, uses, ..] = cells[..] else { panic!("not a row of the table: {row}") };
        let [name, folder] = [name, folder].map(|cell| names(cell).concat());
        let mut uses = names(uses);
        uses.sort();
        Package { name, folder: folder.trim_matches('/').replace("src", ""), uses }
    })
    .collect()
}

#[test]
fn the_document_names_every_crate_and_what_it_uses_and_arrows_point_down() {
    let mut found = workspace();
    let rows = documented();
    for (at, row) in rows.iter().enumerate() {
        let Some(package) = found.remove(&row.name) else {
            panic!("ARCHITECTURE.md names {}, cargo does not", row.name)
        };
        assert_eq!(row.folder, package.folder, "folder of {}", row.name);
        assert_eq!(row.uses, package.uses, "what {} uses: ARCHITECTURE.md (left) and cargo (right)", row.name);
        for used in &row.uses {
            let below = rows[at + 1..].iter().any(|r| r.name == *used);
            assert!(below, "{} uses {used}, which the table does not have below it", row.name);
        }
    }
    assert!(found.is_empty(), "ARCHITECTURE.md lacks {:?}", found.keys());
}

/// Source files of a folder, without those that hold tests only.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            sources(&path, found);
        } else if name.ends_with(".rs")
            && !name.ends_with("_test.rs")
            && !name.ends_with("_tests.rs")
            && name != "tests.rs"
        {
            found.push(path);
        }
    }
}

/// Lines of code below `src/` of each crate that is part of piq, with file and number; the tests of a file come last.
fn lines(skip: &[&str], mut look: impl FnMut(&str, usize, &str)) {
    let root = piq_testing::root();
    for package in workspace().values().filter(|p| p.folder.starts_with("crates/") && p.name != "piq-testing") {
        let mut files = Vec::new();
        sources(&root.join(&package.folder).join("src"), &mut files);
        for file in files {
            let shown = file.strip_prefix(&root).expect("below the root").display().to_string();
            if skip.contains(&shown.as_str()) {
                continue;
            }
            let text = std::fs::read_to_string(&file).expect("a file");
            let code = text.split("\nmod tests {").next().unwrap_or_default();
            code.lines().enumerate().for_each(|(at, line)| look(&shown, at + 1, line));
        }
    }
}

#[test]
fn no_crate_reads_the_environment_or_ends_the_process() {
    let forbidden = [
        "env::var",
        "env::args",
        "env::current_dir",
        "env::home_dir",
        "env::set_current_dir",
        "process::exit",
        "process::abort",
        "println!(",
        "eprintln!(",
        "io::stdin(",
    ];
    let mut found = Vec::new();
    // the one place that turns the environment into a value, for `main` alone
    lines(&["crates/diagnostics/src/env.rs"], |file, at, line| {
        let code = line.trim_start();
        if !code.starts_with("//") && forbidden.iter().any(|f| code.contains(f)) {
            found.push(format!("{file}:{at}: {code}"));
        }
    });
    assert!(found.is_empty(), "only `src/` prints, reads the environment and exits:\n{}", found.join("\n"));
}

#[test]
fn the_tool_does_not_know_the_application() {
    let names = ["1_incremental_pipeline", "piq_last_updated", "pipelineiq_view", "piq_ai_calls"];
    let mut found = Vec::new();
    lines(&[], |file, at, line| {
        let code = line.trim_start();
        let own = file.starts_with("crates/pipelineiq/") || file.starts_with("crates/fixtures/");
        if !own && !code.starts_with("//") && names.iter().any(|n| code.contains(n)) {
            found.push(format!("{file}:{at}: {code}"));
        }
    });
    assert!(found.is_empty(), "names of the application stand in the tool:\n{}", found.join("\n"));
}
