//! Every failure in each of its forms: standard error holds the text, JSON lines or GitHub annotations, which say the
//! same; standard output stays data.

use std::process::Output;

use serde_json::Value;

use super::kit::{Project, Workspace, said};

/// A command line that fails: its exit code, the kind, and a part of the message.
struct Case {
    args: &'static [&'static str],
    exit_code: i32,
    kind: &'static str,
    message: &'static str,
}

const fn case(args: &'static [&'static str], exit_code: i32, kind: &'static str, message: &'static str) -> Case {
    Case { args, exit_code, kind, message }
}

/// No case needs more than the local workspace, which is started once.
const CASES: &[Case] = &[
    case(&["--no-such-flag"], 2, "usage", "unexpected argument '--no-such-flag'"),
    case(&["plan", "--concurency", "2"], 2, "usage", "unexpected argument '--concurency'"),
    case(&["plan", "--concurrency", "0"], 2, "usage", "invalid value '0'"),
    case(&["deploi"], 2, "usage", "unrecognized subcommand 'deploi'"),
    case(&["bind"], 2, "usage", "required arguments were not provided"),
    case(&["new"], 2, "usage", "requires a subcommand"),
    case(&["validate", "-t", "staging"], 1, "refused", "staging"),
    case(&["validate", "--var", "no_such=1"], 1, "refused", "no_such"),
    case(&["-C", "/nowhere-at-all", "validate"], 1, "refused", "databricks.yml"),
    case(&["render", "-t", "dev", "-C", "sql", "--var", "x"], 1, "refused", "x"),
    case(&["plan", "-t", "prod", "-p", "nobody"], 4, "authentication", "nobody"),
    case(&["plan", "-t", "dev"], 4, "authentication", "all authentication methods failed"),
    case(&["auth", "check", "-t", "dev"], 4, "authentication", "all authentication methods failed"),
    case(&["demo", "-t", "prod"], 2, "usage", "expected the target `local`"),
    case(&["sample-data", "-t", "prod"], 2, "usage", "prod"),
    case(&["bootstrap", "--from", "x"], 2, "usage", "CATALOG.SCHEMA.TABLE"),
    case(&["dashboards", "preview", "no.lvdash.json", "-t", "local"], 2, "usage", "no.lvdash.json"),
    case(&["dashboards", "lint", "no.lvdash.json"], 1, "refused", "no.lvdash.json"),
    case(&["deploy", "-t", "local", "--plan", "no-such-plan.json"], 1, "refused", "no-such-plan.json"),
    case(&["deploy", "-t", "local", "--select", "no_such_key"], 1, "refused", "no_such_key"),
    case(&["run", "no_such_job", "-t", "local"], 1, "refused", "no_such_job"),
    case(&["open", "incremental_pipeline_job", "-t", "local"], 1, "refused", "is not deployed"),
    case(&["rollback", "-t", "local"], 1, "refused", "local"),
    case(&["unbind", "jobs.incremental_pipeline_job", "-t", "local"], 1, "refused", "incremental_pipeline_job"),
    case(&["init"], 1, "refused", "exists already"),
];

/// The failure's lines on standard error, of the JSON form.
fn failure_lines(out: &Output) -> Vec<Value> {
    let stderr = String::from_utf8_lossy(&out.stderr);
    let lines = stderr.lines().filter(|l| l.starts_with('{'));
    lines.map(|l| serde_json::from_str::<Value>(l).expect("JSON")).filter(|v| v.get("kind").is_some()).collect()
}

#[test]
fn each_failure_is_json_and_its_other_forms_say_the_same() {
    let project = Project::new();
    for Case { args, exit_code, kind, message } in CASES {
        let of = |form: &str| {
            let out = project.piq(&[*args, &["-o", form][..]].concat());
            assert_eq!(out.status.code(), Some(*exit_code), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
            out
        };
        let json = of("json");
        let lines = failure_lines(&json);
        assert!(!lines.is_empty(), "{args:?}: {}", String::from_utf8_lossy(&json.stderr));
        let (text, github) = (of("text").stderr, of("github").stderr);
        let (text, github) = (String::from_utf8_lossy(&text), String::from_utf8_lossy(&github));
        for line in &lines {
            let strings = |name: &str| line[name].as_str().unwrap_or_else(|| panic!("{args:?}: no {name}: {line}"));
            assert_eq!(strings("kind"), *kind, "{args:?}: {line}");
            assert_eq!(line["exit_code"], *exit_code, "{args:?}: {line}");
            let code = strings("code");
            assert!(github.contains(&format!("title={code}::")), "{args:?}: {github}");
            for said in [strings("message")]
                .into_iter()
                .chain(line["hints"].as_array().expect("hints").iter().filter_map(Value::as_str))
            {
                let first = said.lines().next().unwrap_or_default();
                assert!(github.contains(&first.replace('%', "%25")), "{args:?}: {first}: {github}");
                // clap words its own hints
                assert!(text.contains(first) || *kind == "usage", "{args:?}: {first}: {text}");
            }
        }
        assert!(
            lines.iter().any(|l| l["message"].as_str().unwrap_or_default().contains(message)),
            "{args:?}: {lines:?}"
        );
    }
}

#[test]
fn a_dead_host_and_a_bad_token_are_json_too() {
    let (project, workspace) = (Project::new(), Workspace::start());
    let cases = [
        ("http://127.0.0.1:9", 1, "refused", "no answer from http://127.0.0.1:9"),
        (workspace.host(), 4, "authentication", "does not accept the credentials"),
    ];
    for (host, exit_code, kind, message) in cases {
        let args = ["plan", "-t", "dev", "-o", "json", "--retry-timeout", "0s"];
        let mut command = project.command(&args);
        let out = command.env("DATABRICKS_HOST", host).env("DATABRICKS_TOKEN", "wrong").output().expect("piq starts");
        let lines = failure_lines(&out);
        assert_eq!((lines.len(), out.status.code()), (1, Some(exit_code)), "{}", said(&out));
        assert_eq!(lines[0]["kind"], kind);
        assert!(lines[0]["message"].as_str().is_some_and(|m| m.contains(message)), "{}", lines[0]);
        assert!(out.stdout.is_empty(), "{}", said(&out));
    }
}
