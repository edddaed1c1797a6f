//! Words that `docs/style.md` rules out do not come back.

use std::path::{Path, PathBuf};

/// In no file of the project.
const NOWHERE: [&str; 5] = ["dearest", "stands in force", "none of what", "nobody knows", "names nobody"];

/// In no page that people write.
const NOT_IN_DOCS: [&str; 12] = [
    "anew",
    "asked anew",
    "says not",
    "stand-in",
    "is no",
    "of what does not",
    "mend",
    "hand-over",
    "lets in",
    "no way to authenticate",
    "nothing to run",
    "talk",
];

/// Pages that code generates, and the page that names the words.
const OTHERS: [&str; 3] = ["cli.md", "enrichments.md", "style.md"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            // the page's packages and what is built of them
            if name != "web" {
                files(&path, found)
            }
        } else if [".rs", ".md", ".sql", ".j2", ".yml", ".csv", ".ipynb"].iter().any(|end| name.ends_with(end)) {
            found.push(path);
        }
    }
}

/// Lines that hold one of the words, as whole words in any letter case.
fn lines_with(words: &[&str], files: &[PathBuf]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        for (at, line) in text.lines().enumerate() {
            let plain: String = line.to_lowercase().replace(|c: char| !c.is_alphanumeric() && c != '-', " ");
            let plain = format!(" {plain} ");
            found.extend(
                words
                    .iter()
                    .filter(|word| plain.contains(&format!(" {word} ")))
                    .map(|word| format!("{}:{}: {word}", file.display(), at + 1)),
            );
        }
    }
    found
}

#[test]
fn words_that_the_style_rules_out_do_not_come_back() {
    let root = piq_testing::root();
    let (mut all, mut pages) = (Vec::new(), Vec::new());
    for folder in ["src", "crates", "templates", "sql", "bundle"] {
        files(&root.join(folder), &mut all);
    }
    files(&root.join("docs"), &mut pages);
    pages.retain(|page| page.file_name().is_none_or(|name| !OTHERS.iter().any(|other| name == *other)));
    pages.extend(["README.md", "ARCHITECTURE.md", "CHANGELOG.md"].map(|name| root.join(name)));
    all.extend(pages.clone());
    let found = [lines_with(&NOWHERE, &all), lines_with(&NOT_IN_DOCS, &pages)].concat();
    assert!(found.is_empty(), "see docs/style.md:\n{}", found.join("\n"));
}
