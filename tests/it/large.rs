//! Bundles of thousands of values, good ones and slips: the time grows with the size and no faster. Each would take
//! minutes where every value or error looks at all others; a limit on the whole run tells the two apart.

use std::fmt::Write as _;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::kit::{Running, piq};

const MANY: usize = 20_000;

/// Far more than it takes, and far less than the square of [`MANY`] takes.
const LIMIT: Duration = Duration::from_secs(300);

const TASKS: &str = "tasks: [{task_key: t, notebook_task: {notebook_path: /Shared/x}}]";

/// Some text for each of [`MANY`] numbers.
fn each(line: impl Fn(usize) -> String) -> String {
    (0..MANY).fold(String::new(), |mut all, i| {
        let _ = writeln!(all, "{}", line(i));
        all
    })
}

/// What `validate -o json` says of a bundle of these files: its exit code, and the findings.
fn validated(files: &[(String, String)]) -> (i32, Vec<serde_json::Value>) {
    let dir = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let said = dir.path().with_extension("said");
    let errors = fs::File::create(&said).expect("a file");
    let mut piq = piq(dir.path(), &["validate", "-o", "json"]);
    let mut piq = Running(piq.stdout(Stdio::null()).stderr(errors).spawn().expect("piq starts"));
    let start = Instant::now();
    let exit = loop {
        match piq.0.try_wait().expect("a process") {
            Some(exit) => break exit,
            None if start.elapsed() > LIMIT => panic!("more than {LIMIT:?} for a bundle of {MANY} values"),
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let text = fs::read_to_string(&said).expect("readable");
    fs::remove_file(said).expect("removed");
    let findings = text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    (exit.code().expect("a code"), findings)
}

fn bundle(rest: &str) -> Vec<(String, String)> {
    vec![("databricks.yml".to_owned(), format!("bundle: {{name: large}}\n{rest}"))]
}

fn job(fields: &str) -> Vec<(String, String)> {
    bundle(&format!("resources:\n  jobs:\n    j:\n      {TASKS}\n{fields}"))
}

/// Every one of [`MANY`] slips is named, at its own line.
fn named(files: &[(String, String)], code: &str) {
    let (exit, findings) = validated(files);
    let mut lines: Vec<u64> =
        findings.iter().filter(|f| f["code"] == code).filter_map(|f| f["line"].as_u64()).collect();
    lines.dedup();
    assert_eq!((exit, lines.len()), (1, MANY), "{:?}", findings.first());
}

fn valid(files: &[(String, String)]) {
    let (exit, findings) = validated(files);
    assert_eq!((exit, findings.len()), (0, 0), "{:?}", findings.first());
}

#[test]
fn thousands_of_unknown_keys_are_named() {
    named(&bundle(&format!("resources:\n{}", each(|i| format!("  kind_{i}: {{}}")))), "unknown-key");
    // outside of resources a key like no known one is a warning, as for the official CLI
    let line: Vec<String> = (0..MANY).map(|i| format!("nam_{i}: x")).collect();
    let (exit, findings) =
        validated(&[("databricks.yml".to_owned(), format!("{{bundle: {{name: s}}, {}}}", line.join(", ")))]);
    assert_eq!((exit, findings.len()), (0, MANY));
    assert!(findings.iter().all(|f| f["code"] == "unknown-key" && f["severity"] == "warning"), "{:?}", findings[0]);
    assert!(findings.windows(2).all(|w| w[0]["column"].as_u64() < w[1]["column"].as_u64()));
}

#[test]
fn thousands_of_unknown_variables_are_named() {
    let variables = format!("variables:\n{}", each(|i| format!("  var_{i}: {{default: x}}")));
    let parameters = each(|i| format!("        - {{name: p{i}, default: '${{var.vra_{i}}}'}}"));
    named(
        &bundle(&format!("{variables}resources:\n  jobs:\n    j:\n      {TASKS}\n      parameters:\n{parameters}")),
        "unknown-variable",
    );
    let over = each(|i| format!("      vra_{i}: y"));
    named(&bundle(&format!("{variables}targets:\n  dev:\n    variables:\n{over}")), "unknown-variable");
}

#[test]
fn thousands_of_duplicates_are_named() {
    let jobs = format!("resources:\n  jobs:\n{}", each(|i| format!("    j{i}: {{name: j{i}, {TASKS}}}")));
    let mut files = bundle("include: [a.yml, b.yml]\n");
    files.extend(["a.yml", "b.yml"].map(|name| (name.to_owned(), jobs.clone())));
    named(&files, "duplicate-resource");
    let (exit, findings) = validated(&job(&format!("      tags:\n{}", each(|i| format!("        a: b{i}")))));
    assert_eq!((exit, findings.len()), (1, MANY - 1));
}

#[test]
fn thousands_of_unknown_parameters_are_named() {
    let parameters = each(|i| format!("        - {{name: p{i}, default: x}}"));
    let used = each(|i| format!("              b{i}: '{{{{job.parameters.zz{i}}}}}'"));
    let task = "      tasks:\n        - task_key: t\n          notebook_task:\n            notebook_path: /Shared/x\n            base_parameters:\n";
    named(
        &bundle(&format!("resources:\n  jobs:\n    j:\n      parameters:\n{parameters}{task}{used}")),
        "unknown-parameter",
    );
}

#[test]
fn thousands_of_includes_resources_and_references_are_read() {
    let mut files = bundle("include: [r/*.yml]\n");
    files.extend(
        (0..MANY).map(|i| (format!("r/j{i}.yml"), format!("resources: {{jobs: {{j{i}: {{name: j{i}, {TASKS}}}}}}}\n"))),
    );
    valid(&files);
    valid(&bundle(&format!(
        "resources:\n  jobs:\n{}",
        each(|i| match i {
            0 => format!("    j0: {{name: j0, {TASKS}}}"),
            _ => format!(
                "    j{i}: {{name: j{i}, tasks: [{{task_key: t, run_job_task: {{job_id: '${{resources.jobs.j{}.id}}'}}}}]}}",
                i - 1
            ),
        })
    )));
}

#[test]
fn thousands_of_fields_of_one_variable_are_read() {
    let map = format!(
        "variables:\n  l: {{default: '${{var.m}}'}}\n  m:\n    default:\n{}",
        each(|i| format!("      k{i}: x{i}"))
    );
    let fields = each(|i| format!("        - {{name: p{i}, default: '${{var.l.k{i}}}'}}"));
    valid(&bundle(&format!("{map}resources:\n  jobs:\n    j:\n      {TASKS}\n      parameters:\n{fields}")));
    let list = format!("variables:\n  l:\n    default:\n{}", each(|i| format!("      - x{i}")));
    let items = each(|i| format!("        - {{name: p{i}, default: '${{var.l[{i}]}}'}}"));
    valid(&bundle(&format!("{list}resources:\n  jobs:\n    j:\n      {TASKS}\n      parameters:\n{items}")));
}

#[test]
fn a_text_of_thousands_of_references_is_filled() {
    let lines = each(|_| "            ${var.v} {{job.parameters.p}}".to_owned());
    valid(&bundle(&format!(
        "variables: {{v: {{default: x}}}}\nresources:\n  jobs:\n    j:\n      {TASKS}\n      parameters:\n        - name: p\n          default: |\n{lines}"
    )));
}
