//! Dashboard files from outside: normalise, lint, render.

use std::process::Output;

use serde_json::Value;

use super::kit::{Project, code, text};

const MAIN: &str = "dashboards/piq_main.lvdash.json";
const MANAGERS: &str = "dashboards/piq_sales_managers.lvdash.json";

/// Code, file, line and column of every finding.
fn findings(out: &Output) -> Vec<(String, String, u64, u64)> {
    let field = |d: &Value, key: &str| d[key].as_str().unwrap_or_default().to_owned();
    text(&out.stderr)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|d| {
            (
                field(&d, "code"),
                field(&d, "file"),
                d["line"].as_u64().unwrap_or_default(),
                d["column"].as_u64().unwrap_or_default(),
            )
        })
        .collect()
}

#[test]
fn only_prod_has_dashboards_and_they_carry_its_values() {
    let project = Project::new();
    for target in ["local", "dev"] {
        let out = project.piq(&["render", "-t", target, "-o", target]);
        assert_eq!(code(&out), 0, "{}", text(&out.stderr));
        assert!(!project.path(target).join("dashboards").exists(), "{target}");
    }
    assert_eq!(code(&project.piq(&["render", "-t", "prod", "-o", "out"])), 0);
    for name in [MAIN, MANAGERS] {
        let committed = std::fs::read(project.path(name)).expect("the file");
        let rendered = std::fs::read(project.path("out").join(name)).expect("the file");
        assert!(committed == rendered, "{name}: what is committed carries the values of prod");
    }
    let bundle = std::fs::read_to_string(project.path("out/databricks.yml")).expect("the bundle");
    for part in
        ["file_path: ./dashboards/piq_main.lvdash.json", "warehouse: Serverless Starter Warehouse", "- dashboards/**"]
    {
        assert!(bundle.contains(part), "{part} is not in\n{bundle}");
    }
    assert_eq!(code(&project.piq(&["render", "-t", "prod", "--var", "catalog=other", "-o", "out"])), 0);
    let rendered = std::fs::read_to_string(project.path("out").join(MAIN)).expect("the file");
    let committed = std::fs::read_to_string(project.path(MAIN)).expect("the file");
    assert_eq!(rendered, committed.replace("\"home_luis_herrera\"", "\"other\""));
}

#[test]
fn a_dashboard_that_is_not_there_is_named_with_its_place() {
    let project = Project::new();
    project.edit("bundle/dashboards.yml", "piq_main.lvdash.json", "piq_mein.lvdash.json");
    let out = project.piq(&["render", "-t", "prod", "--output", "json"]);
    assert_eq!(code(&out), 1);
    assert_eq!(findings(&out), [("missing-dashboard".into(), "bundle/dashboards.yml".into(), 13, 18)]);
    assert!(text(&out.stderr).contains("piq_main.lvdash.json"), "the closest name is a hint");
}

#[test]
fn the_committed_dashboards_carry_the_main_values() {
    let out = Project::new().piq(&["dashboards", "normalise", "--check"]);
    assert_eq!(code(&out), 0, "{}", text(&out.stderr));
}

#[test]
fn normalise_takes_the_values_of_a_target() {
    let project = Project::new();
    let before = std::fs::read(project.path(MAIN)).expect("the file");
    assert_eq!(code(&project.piq(&["dashboards", "normalise", "-t", "local"])), 1);
    assert!(std::fs::read_to_string(project.path(MAIN)).expect("the file").contains("\"value\": \"main\""));
    let unknown = project.piq(&["dashboards", "normalise", "-t", "dev"]);
    assert_eq!(code(&unknown), 2, "the schema hangs on the user");
    assert!(text(&unknown.stderr).contains("--var schema=…"));
    assert_eq!(code(&project.piq(&["dashboards", "normalise", "-t", "dev", "--schema", "ana"])), 1);
    assert!(std::fs::read_to_string(project.path(MAIN)).expect("the file").contains("\"value\": \"ana\""));
    assert_eq!(code(&project.piq(&["dashboards", "normalise", "-t", "dev", "--var", "schema=ana"])), 0);
    assert_eq!(code(&project.piq(&["dashboards", "normalise"])), 1);
    assert!(before == std::fs::read(project.path(MAIN)).expect("the file"), "back at the main values: the same bytes");
}

/// Every kind of input that cannot be read: the bytes stay, the exit code is 2, and the message has a place.
#[test]
fn what_is_not_a_dashboard_stays_as_it_is() {
    let project = Project::new();
    let deep = "[".repeat(10_000);
    let cases: [(&str, &[u8], (u64, u64)); 7] = [
        ("empty", b"", (1, 1)),
        ("cut", b"{\n \"datasets\": [", (2, 15)),
        ("latin", b"{\"datasets\": [\"\xe9\"]}", (1, 16)),
        ("nul", b"{\"datasets\": [\"a\0\"]}", (1, 17)),
        ("list", b"[1, 2]", (1, 1)),
        ("two", b"{\"datasets\": []} {}", (1, 18)),
        ("deep", deep.as_bytes(), (1, 10_001)),
    ];
    for (name, bytes, place) in cases {
        let file = format!("{name}.lvdash.json");
        std::fs::write(project.path(&file), bytes).expect("written");
        let out = project.piq(&["dashboards", "normalise", &file, "-o", "json"]);
        assert_eq!(code(&out), 2, "{name}");
        let found = findings(&out);
        assert_eq!(found.iter().map(|f| (f.2, f.3)).collect::<Vec<_>>(), [place], "{name}: {found:?}");
        assert!(std::fs::read(project.path(&file)).expect("the file") == bytes, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn links_and_modes_are_kept_and_a_write_protected_file_is_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let project = Project::new();
    let (real, link) = (project.path("real.lvdash.json"), project.path("link.lvdash.json"));
    std::fs::copy(project.path(MAIN), &real).expect("copied");
    symlink("real.lvdash.json", &link).expect("a link");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).expect("a mode");
    let set = |value: &str| project.piq(&["dashboards", "normalise", "link.lvdash.json", "--catalog", value]);
    assert_eq!(code(&set("other")), 1);
    assert!(link.symlink_metadata().expect("the link").is_symlink());
    assert!(std::fs::read_to_string(&real).expect("the file").contains("\"value\": \"other\""));
    assert_eq!(real.metadata().expect("the file").permissions().mode() & 0o777, 0o640);
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o440)).expect("a mode");
    let before = std::fs::read(&real).expect("the file");
    let out = set("third");
    assert_eq!(code(&out), 2);
    assert!(text(&out.stderr).contains("write-protected"), "{}", text(&out.stderr));
    assert!(before == std::fs::read(&real).expect("the file"));
    assert_eq!(code(&set("other")), 0, "nothing to change: nothing to write");
}

#[test]
fn fifty_megabytes_go_through_the_filter_and_back() {
    let project = Project::new();
    let small = std::fs::read_to_string(project.path(MAIN)).expect("the file");
    let filler = format!("{{\n  \"filler\": \"{}\",", "é".repeat(25 << 20));
    let large = small.replacen('{', &filler, 1);
    let file = "large.lvdash.json";
    project.write(file, &large);
    let normalise = |value: &str| project.piq(&["dashboards", "normalise", file, "--catalog", value]);
    assert_eq!(code(&normalise("other")), 1);
    let changed = std::fs::read_to_string(project.path(file)).expect("the file");
    assert!(changed == large.replace("\"home_luis_herrera\"", "\"other\""));
    assert_eq!(code(&normalise("home_luis_herrera")), 1);
    assert!(std::fs::read_to_string(project.path(file)).expect("the file") == large);
}

/// The public dashboards, through the binary: none has our head, so nothing may change.
#[test]
fn public_dashboards_are_left_alone() {
    let project = Project::new();
    let mut names = Vec::new();
    for path in piq_testing::public_dashboards() {
        let name = format!("{}.lvdash.json", names.len());
        std::fs::copy(&path, project.path(&name)).expect("copied");
        names.push((name, path));
    }
    if names.is_empty() {
        return;
    }
    let mut args = vec!["dashboards", "normalise", "--catalog", "a", "--schema", "b"];
    args.extend(names.iter().map(|(name, _)| name.as_str()));
    let out = project.piq(&args);
    assert_eq!(code(&out), 0, "{}", text(&out.stderr));
    for (name, original) in &names {
        let same = std::fs::read(project.path(name)).expect("copy") == std::fs::read(original).expect("original");
        assert!(same, "{}", original.display());
    }
}

/// Where a text stands in a file: line and column, from 1.
fn place(project: &Project, file: &str, text: &str) -> (u64, u64) {
    let content = std::fs::read_to_string(project.path(file)).expect("the file");
    let at = content.find(text).unwrap_or_else(|| panic!("{file} holds no {text}"));
    let line_start = content[..at].rfind('\n').map_or(0, |n| n + 1);
    let line = content[..at].matches('\n').count() + 1;
    (line as u64, content[line_start..at].chars().count() as u64 + 1)
}

/// The one finding of `piq dashboards lint`, which `piq validate` has too.
fn one_finding(project: &Project) -> (String, String, (u64, u64)) {
    let lint = project.piq(&["dashboards", "lint", "-o", "json"]);
    assert_eq!(code(&lint), 1, "{}", text(&lint.stderr));
    let found = findings(&lint);
    assert_eq!(found.len(), 1, "{found:?}");
    let validate = project.piq(&["validate", "-o", "json"]);
    assert_eq!(code(&validate), 1);
    assert!(findings(&validate).contains(&found[0]), "{}", text(&validate.stderr));
    let (code, file, line, column) = found[0].clone();
    (code, file, (line, column))
}

#[test]
fn the_committed_dashboards_fit_the_pipeline() {
    let project = Project::new();
    let out = project.piq(&["dashboards", "lint", "-o", "json"]);
    assert_eq!(code(&out), 0, "{}", text(&out.stderr));
    let summary: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!(summary, serde_json::json!({"files": 2, "errors": 0, "warnings": 0, "planned": 0}));
    assert_eq!(code(&project.piq(&["validate"])), 0);
}

#[test]
fn a_renamed_dashboard_is_an_error_at_its_line_of_the_lock() {
    let project = Project::new();
    std::fs::rename(project.path(MANAGERS), project.path("dashboards/piq_managers.lvdash.json")).expect("renamed");
    let lint = project.piq(&["dashboards", "lint", "-o", "json"]);
    assert_eq!(code(&lint), 1);
    let at = place(&project, "dashboards/names.lock", "piq_sales_managers.lvdash.json");
    let found = findings(&lint);
    assert_eq!(found[0], ("dashboard-renamed".into(), "dashboards/names.lock".into(), at.0, at.1), "{found:?}");
    assert_eq!(code(&project.piq(&["validate"])), 1);
}

#[test]
fn a_column_that_an_enrichment_no_longer_has_is_found_where_the_dashboard_reads_it() {
    let project = Project::new();
    std::fs::remove_file(project.path("sql/enrichments/ai_soundbyte.sql")).expect("removed");
    let (code, file, at) = one_finding(&project);
    assert_eq!((code.as_str(), file.as_str()), ("dashboard-unknown-column", MAIN));
    assert_eq!(at, place(&project, MAIN, "soundbyte,"));
}

#[test]
fn a_truth_value_is_never_maybe() {
    let project = Project::new();
    project.edit(MAIN, "CASE WHEN likely_to_slip THEN 1", "CASE WHEN likely_to_slip = 'maybe' THEN 1");
    let (code, file, at) = one_finding(&project);
    assert_eq!((code.as_str(), file.as_str()), ("dashboard-impossible-literal", MAIN));
    assert_eq!(at, place(&project, MAIN, "'maybe'"));
}

#[test]
fn a_label_that_no_reference_table_has_is_found_in_queries_filters_and_colours() {
    for (from, to, wrong) in [
        ("WHERE is_open AND", "WHERE confidence_level_normalized <> 'Hihg' AND is_open AND", "'Hihg'"),
        ("`risk_level` IN ('At risk')", "`risk_level` IN ('at risk')", "'at risk'"),
        ("\"value\": \"Not computed\"", "\"value\": \"None computed\"", "\"None computed\""),
        ("\"literal\": \"High\"", "\"literal\": \"Hihg\"", "\"Hihg\""),
    ] {
        let project = Project::new();
        // colours of what is noted down of earlier runs are not checked: such a table may hold labels of its time
        let text = project.read(MAIN);
        let start = if from.contains("\"value\"") { text.find("pulse_months").expect("the chart") } else { 0 };
        project.write(MAIN, &format!("{}{}", &text[..start], text[start..].replacen(from, to, 1)));
        let (code, file, at) = one_finding(&project);
        assert_eq!((code.as_str(), file.as_str()), ("dashboard-impossible-literal", MAIN), "{wrong}");
        assert_eq!(at, place(&project, MAIN, wrong), "{wrong}");
    }
}
