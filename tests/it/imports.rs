//! Modules import one way: no file of a crate imports another that, directly or not, imports it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A module's path in its crate; the crate itself has none.
type Module = Vec<String>;

/// A crate's folder, and modules of it that reach each other.
type Circle = (String, Vec<String>);

/// Circles that are still there: the folder of a crate, and its modules.
const KNOWN: &[(&str, &[&str])] = &[];

struct Crate {
    /// Text of each module's file, without its tests.
    text: BTreeMap<Module, String>,
    /// Where names that a module hands on are defined.
    handed_on: BTreeMap<Module, BTreeMap<String, Module>>,
}

fn read(folder: &Path, module: &Module, root: bool, text: &mut BTreeMap<Module, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            read(&path, &[module.clone(), vec![name]].concat(), false, text);
        } else if let Some(stem) = name.strip_suffix(".rs").filter(|s| !s.ends_with("_test") && !s.ends_with("_tests"))
        {
            let own = if root { ["lib", "main"].contains(&stem) } else { stem == "mod" };
            let module = if own { module.clone() } else { [module.clone(), vec![stem.to_owned()]].concat() };
            if stem != "tests" {
                text.insert(module, code(&std::fs::read_to_string(&path).expect("a file")));
            }
        }
    }
}

/// A file without its tests and comments.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// All paths that a text names, groups in braces taken apart, and whether each is handed on.
fn paths(text: &str) -> Vec<(Vec<String>, bool)> {
    let mut found = Vec::new();
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    while let Some(next) = text[at..].find(|c: char| c.is_alphabetic()).map(|i| at + i) {
        let end = text[next..].find(|c| !word(c)).map_or(text.len(), |i| next + i);
        let first = &text[next..end];
        at = end;
        if first == "use" {
            let before = text[..next].trim_end();
            let line = &before[before.rfind([';', '}', ']', '{']).map_or(0, |i| i + 1)..];
            let stop = text[end..].find(';').map_or(text.len(), |i| end + i);
            let mut all = Vec::new();
            group(&text[end..stop], &[], &mut all);
            found.extend(all.into_iter().map(|path| (path, line.trim_start().starts_with("pub"))));
            at = stop;
        } else if text[end..].starts_with("::") && ["crate", "super", "self"].contains(&first) {
            let stop = text[end..].find(|c: char| !word(c) && c != ':').map_or(text.len(), |i| end + i);
            let steps = text[next..stop].split("::").filter(|s| !s.is_empty()).map(str::to_owned).collect();
            found.push((steps, false));
            at = stop;
        }
    }
    found
}

fn group(text: &str, before: &[String], found: &mut Vec<Vec<String>>) {
    let text = text.trim();
    if let Some((head, rest)) = text.split_once('{').filter(|(head, _)| !head.contains(',')) {
        let inner = rest.trim_end().strip_suffix('}').unwrap_or(rest);
        let steps = head.split("::").map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned);
        let before: Vec<String> = before.iter().cloned().chain(steps).collect();
        let (mut depth, mut start) = (0, 0);
        for (i, c) in inner.char_indices().chain([(inner.len(), ',')]) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    if !inner[start..i].trim().is_empty() {
                        group(&inner[start..i], &before, found);
                    }
                    start = (i + 1).min(inner.len());
                }
                _ => {}
            }
        }
        return;
    }
    let name = text.split(" as ").next().unwrap_or_default();
    let steps = name.split("::").map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned);
    found.push(before.iter().cloned().chain(steps).collect());
}

impl Crate {
    fn read(src: &Path) -> Self {
        let mut text = BTreeMap::new();
        read(src, &Vec::new(), true, &mut text);
        let mut this = Self { text, handed_on: BTreeMap::new() };
        let mut handed_on: BTreeMap<Module, BTreeMap<String, Module>> = BTreeMap::new();
        for (module, text) in &this.text {
            for (path, _) in paths(text).into_iter().filter(|(_, on)| *on) {
                if let (Some(to), Some(name)) = (this.module(module, &path), path.last()) {
                    handed_on.entry(module.clone()).or_default().insert(name.clone(), to);
                }
            }
        }
        this.handed_on = handed_on;
        this
    }

    /// The module whose file defines what a path names, seen from a module; none outside of the crate.
    fn module(&self, from: &Module, path: &[String]) -> Option<Module> {
        let mut at = from.clone();
        let mut steps = path.iter().peekable();
        match steps.peek().map(|s| s.as_str())? {
            "crate" => {
                at.clear();
                steps.next();
            }
            "self" => {
                steps.next();
            }
            "super" => {}
            first if self.text.contains_key(&[at.clone(), vec![first.to_owned()]].concat()) => {}
            _ => return None,
        }
        while steps.next_if(|s| *s == "super").is_some() {
            at.pop()?;
        }
        for step in steps {
            let below = [at.clone(), vec![step.clone()]].concat();
            if self.text.contains_key(&below) {
                at = below;
            } else {
                if let Some(defined) = self.handed_on.get(&at).and_then(|names| names.get(step)) {
                    at = defined.clone();
                }
                break;
            }
        }
        Some(at)
    }

    fn imports(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let of = |(from, text): (&Module, &String)| {
            let named = paths(text).into_iter().filter(|(_, on)| !*on).filter_map(|(p, _)| self.module(from, &p));
            (from.clone(), named.filter(|to| to != from).collect())
        };
        self.text.iter().map(of).collect()
    }
}

/// Groups of modules that reach each other.
fn circles(imports: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Vec<Module>> {
    let reach = |from: &Module| {
        let mut open: Vec<&Module> = imports.get(from).into_iter().flatten().collect();
        let mut seen = BTreeSet::new();
        while let Some(next) = open.pop() {
            if seen.insert(next.clone()) {
                open.extend(imports.get(next).into_iter().flatten());
            }
        }
        seen
    };
    let all: BTreeMap<&Module, BTreeSet<Module>> = imports.keys().map(|m| (m, reach(m))).collect();
    let circle = |m: &Module| -> Vec<Module> {
        all[m].iter().filter(|o| all.get(o).is_some_and(|back| back.contains(m))).cloned().collect()
    };
    imports.keys().filter(|m| all[m].contains(*m)).map(circle).collect()
}

#[test]
fn paths_are_read_with_their_groups() {
    let text = "use super::{a::{B, c::D as E}, f};\npub(super) use x::Y;\nfn z() { crate::g::h(1) }\n";
    let shown: Vec<String> =
        paths(text).iter().map(|(p, on)| format!("{}{}", p.join("::"), if *on { " on" } else { "" })).collect();
    assert_eq!(shown, ["super::a::B", "super::a::c::D", "super::f", "x::Y on", "crate::g::h"]);
}

#[test]
fn a_circle_is_found() {
    let module = |name: &str| vec![name.to_owned()];
    let edges = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "a")];
    let mut imports: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (from, to) in edges {
        imports.entry(module(from)).or_default().insert(module(to));
    }
    assert_eq!(circles(&imports), [vec![module("b"), module("c")]].into());
}

#[test]
fn modules_of_a_crate_import_one_way() {
    let root = piq_testing::root();
    let crates = std::fs::read_dir(root.join("crates")).expect("crates").flatten().map(|e| e.path().join("src"));
    let mut found = BTreeSet::new();
    for src in crates.chain([root.join("src")]) {
        let name = src.strip_prefix(&root).expect("below the root").display().to_string();
        let imports = Crate::read(&src).imports();
        assert!(
            src.ends_with("testing/src") || imports.values().any(|to| !to.is_empty()),
            "no import is seen in {name}"
        );
        for circle in circles(&imports) {
            found.insert((name.clone(), circle.iter().map(|m| m.join("/")).collect::<Vec<_>>()));
        }
    }
    let known: BTreeSet<Circle> =
        KNOWN.iter().map(|(name, c)| ((*name).to_owned(), c.iter().map(|&m| m.to_owned()).collect())).collect();
    let shown = |all: &BTreeSet<Circle>, other: &BTreeSet<Circle>| {
        all.difference(other).map(|(name, c)| format!("{name}: {}", c.join(" <-> "))).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(shown(&found, &known), "", "modules that import each other");
    assert_eq!(shown(&known, &found), "", "circles that are gone: take them off the list");
}
