//! `piq run` of scripts and of commands.

use std::io::{BufRead as _, BufReader};
use std::process::{Output, Stdio};

use super::rig::{Rig, text};
use crate::kit::signal;

const BUNDLE: &str = "
bundle: {name: shop}
include: [resources/*.yml]
variables: {region: {default: north}}
scripts:
  hello:
    content: |
      echo \"$REGION $WHO $DATABRICKS_BUNDLE_TARGET ${HOME:+home} $EXTRA\"
      basename \"$PWD\"
      echo \"$DATABRICKS_HOST $DATABRICKS_TOKEN $DATABRICKS_CLIENT_ID\"
    env: {REGION: '${var.region}', WHO: '${workspace.current_user.short_name}'}
  ends: {content: cat; exit 7; echo never}
targets:
  dev: {default: true, mode: development}
  local: {}
";

fn rig() -> Rig {
    let rig = Rig::new();
    std::fs::remove_file(rig.project.path("databricks.yml")).expect("removed");
    rig.project.write("bundle/databricks.yml", BUNDLE);
    std::fs::rename(rig.project.path("resources"), rig.project.path("bundle/resources")).expect("moved");
    std::fs::rename(rig.project.path("src"), rig.project.path("bundle/src")).expect("moved");
    rig
}

fn lines(out: &Output) -> Vec<String> {
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    text(&out.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn a_script_runs_in_the_bundle_with_the_authentication_of_the_target() {
    let rig = rig();
    let mut command = rig.command(&rig.project, &["run", "hello", "--debug"]);
    let out = command.env("EXTRA", "more").output().expect("piq starts");
    let (host, token) = (rig.workspace.host(), rig.workspace.token());
    assert_eq!(lines(&out), ["north dana_local dev home more", "bundle", &format!("{host} {token} ")]);
    assert!(!text(&out.stderr).contains(token), "only the script has seen it");

    // a profile is what the environment was: its settings, and none of another way
    let profile = format!("[shop]\nhost = {host}\ntoken = {token}\n");
    rig.project.write(".databrickscfg", &profile);
    let mut command = rig.command(&rig.project, &["run", "hello", "-p", "shop"]);
    command.env_remove("DATABRICKS_HOST").env_remove("DATABRICKS_TOKEN");
    assert_eq!(lines(&command.output().expect("piq starts"))[2], format!("{host} {token} "));
    assert_eq!(rig.piq(&["run", "ends"]).status.code(), Some(7), "its exit code is piq's");
}

#[test]
fn a_command_runs_where_piq_runs() {
    let rig = rig();
    rig.requests();
    let shown =
        ["run", "--", "sh", "-c", "echo $DATABRICKS_TOKEN $DATABRICKS_BUNDLE_TARGET $1; ls -d bundle", "x", "--y"];
    assert_eq!(lines(&rig.piq(&shown)), [&format!("{} dev --y", rig.workspace.token()), "bundle"]);
    assert!(rig.requests().is_empty(), "nobody is asked who that is");
    let out = rig.piq(&["run", "--", "no-such-program-here"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("cannot run `no-such-program-here`"), "{}", text(&out.stderr));

    // the workspace of this machine lives as long as the command
    let mut command = rig.command(&rig.project, &["run", "-t", "local", "--", "sh", "-c", "echo $DATABRICKS_HOST"]);
    command.env_remove("DATABRICKS_HOST").env_remove("DATABRICKS_TOKEN");
    let out = command.output().expect("piq starts");
    assert!(lines(&out)[0].starts_with("http://127.0.0.1:"), "{}", text(&out.stdout));
}

#[test]
fn what_is_for_jobs_is_refused() {
    let rig = rig();
    for (args, part) in [
        (&["run", "hello", "--", "a"][..], "the script `hello` takes no arguments"),
        (&["run", "hello", "--no-wait"], "--no-wait is for jobs"),
        (&["run", "hello", "--params", "a=b"], "a flag for parameters is for jobs"),
        (&["run", "--only", "first", "--", "true"], "--only is for jobs"),
    ] {
        let out = rig.piq(args);
        assert_eq!(out.status.code(), Some(2), "{args:?}: {}", text(&out.stderr));
        assert!(text(&out.stderr).contains(part), "{args:?}: {}", text(&out.stderr));
    }
}

#[test]
fn a_signal_reaches_the_script_which_ends_in_its_own_way() {
    let rig = rig();
    let waits = "trap \"kill \\$p; echo ended; exit 3\" TERM; sleep 600 >/dev/null 2>&1 & p=$!; echo ready; wait $p";
    rig.project.edit("bundle/databricks.yml", "cat; exit 7; echo never", &format!("'{waits}'"));
    let mut child = rig.command(&rig.project, &["run", "ends"]).stdout(Stdio::piped()).spawn().expect("piq starts");
    let mut said = BufReader::new(child.stdout.take().expect("piped")).lines();
    assert_eq!(said.next().expect("a line").expect("text"), "ready");
    for name in ["-INT", "-TERM"] {
        signal(name, child.id());
    }
    assert_eq!(said.next().expect("a line").expect("text"), "ended", "Ctrl-C alone is the script's own affair");
    assert_eq!(child.wait().expect("ended").code(), Some(3));
}
