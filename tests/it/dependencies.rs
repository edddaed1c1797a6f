//! What piq is built of: each dependency has a licence that `deny.toml` allows, comes from the registry, and has none of
//! the faults that were known when `tests/advisories.toml` was written. `cargo deny` and `cargo audit` say more, and run
//! before a release.

use std::process::Command;

use semver::{Version, VersionReq};
use serde_json::Value;
use toml_edit::DocumentMut;

/// All that Cargo.lock names, as `cargo metadata` tells it.
fn packages() -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let out = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(piq_testing::root())
        .output()
        .expect("cargo starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let metadata: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages").clone();
    assert!(packages.len() > 100, "{}", packages.len());
    packages
}

fn deny_toml() -> DocumentMut {
    let text = std::fs::read_to_string(piq_testing::root().join("deny.toml")).expect("deny.toml");
    text.parse().expect("TOML")
}

/// The licences that `deny.toml` allows.
fn allowed() -> Vec<String> {
    let file = deny_toml();
    let list = file["licenses"]["allow"].as_array().expect("a list");
    list.iter().map(|l| l.as_str().expect("a name").to_owned()).collect()
}

/// The parts of an expression that stand between ` word `, outside of brackets.
fn parts<'e>(expression: &'e str, word: &str) -> Vec<&'e str> {
    let between = format!(" {word} ");
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in expression.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ' ' if depth == 0 && at >= start && expression[at..].starts_with(&between) => {
                found.push(&expression[start..at]);
                start = at + between.len();
            }
            _ => {}
        }
    }
    found.push(&expression[start..]);
    found
}

/// Whether an SPDX expression can be met: one alternative of which every part is allowed.
fn is_met(expression: &str, allowed: &[String]) -> bool {
    let one = |name: &str| match name.trim().strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => is_met(inner, allowed),
        None => allowed.iter().any(|a| a == name.trim()),
    };
    parts(expression, "OR").into_iter().any(|all| parts(all, "AND").into_iter().all(one))
}

#[test]
fn every_dependency_has_an_allowed_licence_and_comes_from_the_registry() {
    let allowed = allowed();
    let mut wrong = Vec::new();
    for package in packages() {
        let name = format!("{} {}", package["name"], package["version"]);
        let licence = package["license"].as_str().unwrap_or("none").replace('/', " OR "); // older packages write a slash
        if !is_met(&licence, &allowed) {
            wrong.push(format!("{name}: the licence {licence} is not in deny.toml"));
        }
        let source = package["source"].as_str();
        if source.is_some_and(|s| s != "registry+https://github.com/rust-lang/crates.io-index") {
            wrong.push(format!("{name} comes from {}", source.unwrap_or_default()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_crate_that_is_banned_is_used_and_each_dependency_names_its_version() {
    let file = deny_toml();
    let banned: Vec<&str> = file["bans"]["deny"].as_array().expect("a list").iter().map(name_of_ban).collect();
    assert!(banned.contains(&"serde_yaml"), "{banned:?}");
    let mut wrong = Vec::new();
    for package in packages() {
        let name = package["name"].as_str().expect("a name");
        if banned.contains(&name) {
            wrong.push(format!("{name} is banned"));
        }
        let own = package["source"].is_null();
        let any = |d: &&Value| d["req"] == "*" && d["path"].is_null();
        let wild = package["dependencies"].as_array().into_iter().flatten().filter(any).filter(|_| own);
        wrong.extend(wild.map(|d| format!("{name} takes any version of {}", d["name"])));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn name_of_ban(ban: &toml_edit::Value) -> &str {
    ban.as_inline_table().and_then(|table| table.get("crate")?.as_str()).expect("a crate")
}

/// What is known of faults in one crate.
struct Advisory {
    id: String,
    package: String,
    /// Versions without the fault.
    good: Vec<VersionReq>,
}

impl Advisory {
    fn concerns(&self, package: &str, version: &Version) -> bool {
        self.package == package && !self.good.iter().any(|range| range.matches(version))
    }
}

fn advisories() -> Vec<Advisory> {
    let text = std::fs::read_to_string(piq_testing::root().join("tests/advisories.toml")).expect("advisories");
    let file: DocumentMut = text.parse().expect("TOML");
    let tables = file["advisory"].as_array_of_tables().expect("advisories");
    let read = |table: &toml_edit::Table| {
        let text = |key: &str| table[key].as_str().expect("a text").to_owned();
        let ranges = ["patched", "unaffected"].into_iter().filter_map(|key| table.get(key)?.as_array());
        let range = |text: &toml_edit::Value| text.as_str().expect("a range").parse().expect("a range");
        Advisory { id: text("id"), package: text("package"), good: ranges.flatten().map(range).collect() }
    };
    tables.iter().map(read).collect()
}

#[test]
fn no_dependency_has_a_fault_that_an_advisory_names() {
    let advisories = advisories();
    let mut wrong = Vec::new();
    for package in packages() {
        let (name, version) = (package["name"].as_str().expect("a name"), package["version"].as_str().expect("one"));
        let version: Version = version.parse().expect("a version");
        let found = advisories.iter().filter(|a| a.concerns(name, &version));
        wrong.extend(found.map(|a| format!("{name} {version}: {}", a.id)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // the check finds a version that has a fault
    let old = |package: &str, version: &str| {
        let version = version.parse().expect("a version");
        advisories.iter().any(|a| a.concerns(package, &version))
    };
    assert!(old("rustls", "0.23.0") && old("ammonia", "3.1.0") && !old("rustls", "0.23.46"));
}

#[test]
fn an_expression_is_met_by_one_of_its_alternatives() {
    let allowed = ["MIT".to_owned(), "Apache-2.0".to_owned()];
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0 OR MIT", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR Apache-2.0) AND GPL-3.0", false),
        ("GPL-3.0 OR (MIT AND Apache-2.0)", true),
        ("none", false),
    ] {
        assert_eq!(is_met(expression, &allowed), expected, "{expression}");
    }
}
