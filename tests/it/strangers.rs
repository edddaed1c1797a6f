//! A stranger's bundle: what it may read, how much it may take, and what it runs.

use std::process::Output;

use super::kit::{Project, text};

fn said(out: &Output) -> String {
    text(&out.stderr)
}

fn refused(project: &Project, code: &str) -> String {
    let out = project.piq(&["validate"]);
    assert_eq!(out.status.code(), Some(1), "{}", said(&out));
    assert!(said(&out).contains(&format!("error[{code}]")), "{}", said(&out));
    said(&out)
}

#[test]
fn a_small_file_does_not_become_a_large_one() {
    let project = Project::empty();
    let lists = |reference: &dyn Fn(usize) -> String| {
        let level = |i: usize| format!("  v{i}: {{default: [{}]}}\n", vec![reference(i); 10].join(", "));
        let levels: String = (1..9).map(level).collect();
        format!("bundle: {{name: s}}\nvariables:\n  v0: {{default: [x, x, x, x, x, x, x, x, x, x]}}\n{levels}")
    };
    project.write("databricks.yml", &lists(&|i| format!("\"${{var.v{}}}\"", i - 1)));
    refused(&project, "reference-size");
    let anchors: String =
        (1..9).map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(", "))).collect();
    project.write("databricks.yml", &format!("bundle: {{name: s}}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n{anchors}"));
    refused(&project, "yaml-too-large");
    project.write("databricks.yml", &format!("a:\n {}x\n", "- ".repeat(1000)));
    refused(&project, "yaml-too-deep");
    // many unknown fields are many warnings, and no more work than that
    let fields: String = (0..20_000).map(|i| format!("      zzz_{i}: 1\n")).collect();
    project.write("databricks.yml", &format!("bundle: {{name: s}}\nresources:\n  jobs:\n    j:\n{fields}"));
    let out = project.piq(&["validate", "-o", "json"]);
    assert_eq!(out.status.code(), Some(0));
    assert_eq!(said(&out).lines().filter(|l| l.contains("unknown-field")).count(), 20_000);
}

#[cfg(unix)]
#[test]
fn files_outside_are_not_read_unless_sync_paths_names_their_folder() {
    use std::os::unix::fs::symlink;
    let outer = Project::empty();
    outer.write("home/.ssh/id_rsa", "SECRET\n");
    outer.write("home/extra.yml", "variables: {x: {default: SECRET}}\n");
    outer.write("home/lib.whl", "SECRET\n");
    let job = "resources: {jobs: {j: {tasks: [{task_key: t, existing_cluster_id: c, spark_python_task: {python_file: run.py}, libraries: [{whl: ../home/lib.whl}]}]}}}\n";
    let bundle = |more: &str| outer.write("bundle_dir/databricks.yml", &format!("bundle: {{name: s}}\n{more}"));
    outer.write("bundle_dir/run.py", "x = 1\n");
    let validate = || outer.piq(&["-C", "bundle_dir", "validate"]);
    for (more, what) in [
        ("include: [../home/extra.yml]\n", "`../home/extra.yml` is outside"),
        ("include: ['../home/*.yml']\n", "is outside the bundle and its repository"),
        (job, "home/lib.whl is outside"),
    ] {
        bundle(more);
        let out = validate();
        assert_eq!(out.status.code(), Some(1));
        assert!(said(&out).contains("error[outside]") && said(&out).contains(what), "{}", said(&out));
        bundle(&format!("sync: {{paths: [., ../home]}}\n{more}"));
        let out = validate();
        assert_eq!(out.status.code(), Some(0), "{more}: {}", said(&out));
    }
    bundle("");
    symlink(outer.path("home/.ssh/id_rsa"), outer.path("bundle_dir/notes.txt")).expect("a link");
    symlink(outer.path("home"), outer.path("bundle_dir/data")).expect("a link");
    symlink(outer.path("bundle_dir/run.py"), outer.path("bundle_dir/again.py")).expect("a link");
    let made = std::process::Command::new("mkfifo").arg(outer.path("bundle_dir/pipe")).status().expect("mkfifo");
    assert!(made.success());
    let out = outer.piq(&["-C", "bundle_dir", "render", "-o", "out"]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    for name in ["notes.txt leads out", "data leads out", "pipe is not a regular file"] {
        assert!(said(&out).contains(name), "{name}: {}", said(&out));
    }
    let here = |name: &str| outer.path("out").join(name).exists();
    assert!(!here("notes.txt") && !here("data") && !here("pipe") && here("again.py"));
}

#[cfg(unix)]
#[test]
fn git_runs_nothing_that_the_repository_names() {
    let project = Project::empty();
    project.write("databricks.yml", "bundle: {name: s}\ntargets: {prod: {mode: production}}\n");
    project.git(&["init", "-q", "-b", "main"]);
    let trap = format!("touch {}; false", project.path("ran").display());
    project.git(&["config", "core.fsmonitor", &trap]);
    project.piq(&["plan", "-t", "prod"]);
    project.piq(&["dashboards", "pull"]);
    assert!(!project.path("ran").exists());
}

#[cfg(unix)]
const CODE: [(&str, &str); 3] = [
    ("experimental: {scripts: {preinit: touch ran}}\n", "script preinit: touch ran"),
    ("artifacts: {a: {build: touch ran, files: [{source: a.jar}]}}\n", "build of artifact a: touch ran"),
    ("python: {resources: ['made:all']}\n", "Python function made:all"),
];

#[cfg(unix)]
#[test]
fn code_is_named_before_it_runs_for_the_first_time() {
    for (section, line) in CODE {
        let project = Project::empty();
        project.write("databricks.yml", &format!("bundle: {{name: s}}\n{section}"));
        let state = tempfile::tempdir().expect("a folder");
        let run = || {
            let mut command = project.command(&["validate"]);
            said(&command.env("XDG_STATE_HOME", state.path()).output().expect("piq starts"))
        };
        let first = run();
        assert!(first.contains("has code that commands of piq run here") && first.contains(line), "{first}");
        assert!(!run().contains(line), "named once");
        let changed = section.replace("touch ran", "touch other").replace("made:all", "made:more");
        project.write("databricks.yml", &format!("bundle: {{name: s}}\n{changed}"));
        assert!(run().contains("has code that commands of piq run here"), "other code is named again");
    }
}

#[cfg(unix)]
#[test]
fn no_code_runs_where_that_is_not_wanted() {
    for (section, _) in CODE {
        for by_flag in [true, false] {
            let project = Project::empty();
            project.write("databricks.yml", &format!("bundle: {{name: s}}\n{section}"));
            let command = if section.starts_with("artifacts") { "deploy" } else { "validate" };
            let workspace = super::kit::Workspace::start();
            let mut piq = workspace.command(&project, &[command]);
            if by_flag {
                piq.arg("--no-run");
            } else {
                piq.env("DATABRICKS_BUNDLE_RESTRICTED_CODE_EXECUTION", "1");
            }
            let out = piq.output().expect("piq starts");
            assert_eq!(out.status.code(), Some(1), "{section}");
            assert!(said(&out).contains("code of the bundle is not run: `--no-run` was passed"), "{}", said(&out));
            assert!(!project.path("ran").exists(), "{section}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_the_project_brings_along_is_not_followed_for_writing() {
    use std::os::unix::fs::symlink;
    for link in [".piq", ".piq/render", ".piq/workspace"] {
        let (project, elsewhere) = (Project::new(), Project::empty());
        let at = project.path(link);
        std::fs::create_dir_all(at.parent().expect("a folder")).expect("made");
        symlink(elsewhere.path(""), &at).expect("a link");
        let commands: &[&[&str]] = match link {
            ".piq/render" => &[&["render"]],
            ".piq/workspace" => &[&["plan", "-t", "local"], &["sample-data"]],
            _ => &[&["render"], &["plan", "-t", "local"]],
        };
        for args in commands {
            let out = project.piq(args);
            assert_ne!(out.status.code(), Some(0), "{link}: {args:?}: {}", said(&out));
            assert!(said(&out).contains("is a link"), "{link}: {args:?}: {}", said(&out));
            let made: Vec<_> = std::fs::read_dir(elsewhere.path("")).expect("a folder").flatten().collect();
            assert!(made.is_empty(), "{link}: {args:?} wrote {made:?}");
        }
    }
}
