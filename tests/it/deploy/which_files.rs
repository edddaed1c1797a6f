//! Which files of a bundle reach the workspace: what git ignores, what `sync` names, links, and what is gone.

use std::collections::BTreeSet;

use serde_json::json;

use super::rig::{Rig, counts, good, text};

const FILES: &str = "/Workspace/Users/dana.local@example.com/.bundle/shop/dev/files";

/// Everything below the folder of the files, folders with a `/` at their end.
fn uploaded(rig: &Rig) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![FILES.to_owned()];
    while let Some(folder) = open.pop() {
        let list = rig.workspace.get(&format!("/api/2.0/workspace/list?path={folder}"));
        for object in list["objects"].as_array().into_iter().flatten() {
            let path = object["path"].as_str().expect("a path");
            let full = if path.starts_with("/Workspace") { path.to_owned() } else { format!("/Workspace{path}") };
            let shown = full.strip_prefix(FILES).expect("below").trim_start_matches('/');
            if object["object_type"] == "DIRECTORY" {
                open.push(full.clone());
                found.insert(format!("{shown}/"));
            } else {
                found.insert(shown.to_owned());
            }
        }
    }
    found
}

fn deploy(rig: &Rig, args: &[&str]) -> (String, BTreeSet<String>) {
    let out = rig.command(&rig.project, &[&["deploy", "-t", "dev", "-o", "json"], args].concat());
    let mut out = out;
    let out = out.env("HOME", rig.project.path("home")).output().expect("piq starts");
    good(&out);
    (text(&out.stderr), uploaded(rig))
}

fn has(all: &BTreeSet<String>, name: &str) -> bool {
    all.contains(name)
}

#[test]
fn what_git_ignores_stays_here_whichever_file_says_so() {
    let rig = Rig::new();
    rig.project.git(&["init", "-q", "-b", "main"]);
    for name in
        ["by_exclude.env", "by_core.env", "by_home.env", "by_ignore.env", "kept.env", "src/again.tmp", "src/no.tmp"]
    {
        rig.project.write(name, "x\n");
    }
    rig.project.write(".git/info/exclude", "by_exclude.env\nhome/\n");
    rig.project.write(".gitignore", "by_ignore.env\n*.env\n!kept.env\n*.tmp\n");
    rig.project.write("src/.gitignore", "!again.tmp\n");
    let (_, all) = deploy(&rig, &[]);
    assert!(has(&all, "kept.env") && has(&all, "src/again.tmp"), "{all:?}");
    for name in ["by_exclude.env", "by_ignore.env", "src/no.tmp", ".git/"] {
        assert!(!has(&all, name), "{name}: {all:?}");
    }
    // the user's own file counts, until the repository names another
    rig.project.write(".gitignore", "");
    rig.project
        .write("home/.gitconfig", &format!("[core]\n\texcludesFile = {}\n", rig.project.path("home/ignore").display()));
    rig.project.write("home/ignore", "by_home.env\n");
    rig.project.write("home/other", "by_core.env\n");
    let (_, all) = deploy(&rig, &[]);
    assert!(!has(&all, "by_home.env") && has(&all, "by_core.env"), "{all:?}");
    rig.project.git(&["config", "core.excludesFile", "~/other"]);
    let (_, all) = deploy(&rig, &[]);
    assert!(has(&all, "by_home.env") && !has(&all, "by_core.env"), "{all:?}");
}

#[test]
fn outside_of_a_repository_only_the_bundles_own_files_count() {
    let rig = Rig::new();
    rig.project.write(".gitignore", "*\n");
    let inner = ["databricks.yml", "resources/load.yml", "src/first.sql", "src/second.py", "src/data.csv"];
    for name in inner {
        let content = std::fs::read_to_string(rig.project.path(name)).expect("there");
        rig.project.write(&format!("inner/{name}"), &content);
    }
    rig.project.write("inner/.gitignore", "*.csv\n");
    rig.project.write("inner/src/.gitignore", "*.tmp\n");
    rig.project.write("inner/src/a.tmp", "x\n");
    let out = rig.piq(&["-C", "inner", "deploy", "-t", "dev", "-o", "json"]);
    good(&out);
    let all = uploaded(&rig);
    assert!(has(&all, "src/first") && has(&all, "src/second") && !has(&all, "src/data.csv"), "{all:?}");
    assert!(!has(&all, "src/a.tmp"), "{all:?}");
}

#[test]
fn patterns_start_at_the_file_that_names_them_and_count_in_order() {
    let rig = Rig::new();
    rig.project.edit("databricks.yml", "[resources/*.yml]", "[resources/*.yml, conf/*.yml]");
    rig.project.write("conf/sync.yml", "sync: {include: [../dist/*.txt, '!../dist/no.txt', ../nothing/*.txt], exclude: ['here/*', '!here/kept.txt']}\n");
    rig.project.write(".gitignore", "dist/\n");
    for name in ["dist/a.txt", "dist/no.txt", "conf/here/gone.txt", "conf/here/kept.txt", "here/other.txt"] {
        rig.project.write(name, "x\n");
    }
    let (said, all) = deploy(&rig, &[]);
    let names = ["dist/a.txt", "dist/no.txt", "conf/here/gone.txt", "conf/here/kept.txt", "here/other.txt"];
    assert_eq!(names.map(|n| has(&all, n)), [true, false, false, true, true], "{all:?}");
    assert!(said.contains("`../nothing/*.txt` under `sync.include` matches no file"), "{said}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_or_named() {
    use std::os::unix::fs::symlink;
    let rig = Rig::new();
    rig.project.write("common/tool.py", "x = 1\n");
    symlink(rig.project.path("common"), rig.project.path("src/shared")).expect("a link");
    symlink(rig.project.path("common/tool.py"), rig.project.path("src/one.py")).expect("a link");
    symlink("nowhere", rig.project.path("src/broken")).expect("a link");
    symlink("..", rig.project.path("src/up")).expect("a link");
    let (said, all) = deploy(&rig, &[]);
    assert!(has(&all, "src/shared/tool.py") && has(&all, "src/one.py"), "{all:?}");
    assert!(said.contains("src/broken is broken") && said.contains("src/up points to a folder above it"), "{said}");
}

#[test]
fn a_single_file_or_a_folder_beside_the_bundle_can_be_named() {
    let rig = Rig::new();
    rig.project.write(
        "databricks.yml",
        "bundle: {name: shop}\nsync: {paths: [only.py]}\ntargets: {dev: {mode: development}}\n",
    );
    rig.project.write("only.py", "x = 1\n");
    let (_, all) = deploy(&rig, &[]);
    assert_eq!(all, BTreeSet::from(["only.py".to_owned()]));
    let rig = Rig::new();
    rig.project.write(
        "inner/databricks.yml",
        "bundle: {name: shop}\nsync: {paths: [../src]}\ntargets: {dev: {mode: development}}\n",
    );
    good(&rig.piq(&["-C", "inner", "deploy", "-t", "dev", "-o", "json"]));
    assert!(has(&uploaded(&rig), "src/first"), "{:?}", uploaded(&rig));
}

#[test]
fn a_folder_goes_with_its_last_file_unless_somebody_uses_it() {
    let rig = Rig::new();
    for name in ["a/b/one.txt", "a/b/two.txt", "c/d/three.txt"] {
        rig.project.write(name, "x\n");
    }
    deploy(&rig, &[]);
    let mine = json!({"path": format!("{FILES}/c/mine.txt"), "format": "RAW", "content": "eA==", "overwrite": true});
    rig.workspace.post("/api/2.0/workspace/import", &mine);
    for name in ["a", "c"] {
        std::fs::remove_dir_all(rig.project.path(name)).expect("removed");
    }
    let (_, all) = deploy(&rig, &[]);
    assert!(!all.iter().any(|p| p.starts_with("a/")) && !has(&all, "c/d/"), "{all:?}");
    assert!(has(&all, "c/mine.txt"), "{all:?}");
}

#[test]
fn a_visual_notebook_keeps_its_whole_name() {
    let rig = Rig::new();
    rig.project
        .write("src/prep.designer.ipynb", r#"{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}"#);
    rig.project.edit("resources/load.yml", "../src/second.py", "../src/prep.designer.ipynb");
    let (_, all) = deploy(&rig, &[]);
    assert!(has(&all, "src/prep.designer.ipynb"), "{all:?}");
    let path = rig.jobs()[0]["settings"]["tasks"][1]["notebook_task"]["notebook_path"].clone();
    assert_eq!(path, format!("{FILES}/src/prep.designer.ipynb"));
}

#[test]
fn a_wheel_waits_for_the_volume_that_it_goes_into() {
    let rig = Rig::new();
    rig.project.write(
        "databricks.yml",
        "
bundle: {name: shop}
resources:
  schemas: {s: {catalog_name: main, name: wheels}}
  volumes: {v: {catalog_name: main, schema_name: '${resources.schemas.s.name}', name: libs}}
  jobs:
    j:
      name: j
      tasks: [{task_key: t, existing_cluster_id: c, spark_python_task: {python_file: run.py}, libraries: [{whl: a-1-py3-none-any.whl}]}]
targets:
  dev: {mode: development, workspace: {artifact_path: '${resources.volumes.v.volume_path}'}}
",
    );
    for old in ["resources", "src"] {
        std::fs::remove_dir_all(rig.project.path(old)).expect("removed");
    }
    rig.project.write("run.py", "x = 1\n");
    rig.project.write("a-1-py3-none-any.whl", "wheel");
    let report = rig.deploy(&[]);
    assert_eq!(counts(&report)[0], 6, "two files, a library and three resources: {report}");
    let wheel = rig.jobs()[0]["settings"]["tasks"][0]["libraries"][0]["whl"].as_str().expect("a wheel").to_owned();
    assert_eq!(wheel, "/Volumes/main/dev_dana_local_wheels/libs/.internal/a-1-py3-none-any.whl");
    let (status, _) = rig.workspace.send("GET", &format!("/api/2.0/fs/files{wheel}"), "");
    assert_eq!(status, 200);
    assert_eq!(counts(&rig.deploy(&[]))[..3], [0, 0, 0]);
}

#[test]
fn the_folder_of_the_bundle_may_stand_in_a_variable() {
    let rig = Rig::new();
    std::fs::create_dir_all(rig.project.path("elsewhere")).expect("a folder");
    let run = |dir: &str| {
        let mut command = rig.command(&rig.project, &["validate"]);
        command.current_dir(rig.project.path("elsewhere")).env("DATABRICKS_BUNDLE_ROOT", rig.project.path(dir));
        command.output().expect("piq starts")
    };
    assert!(text(&run(".").stdout).starts_with("Bundle shop, target dev: valid"));
}
