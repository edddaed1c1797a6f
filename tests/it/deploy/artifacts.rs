//! Wheels and jars: built, uploaded where the official CLI has them, and named in jobs.

use std::process::Command;

use base64::Engine as _;
use serde_json::{Value, json};

use super::rig::{Rig, counts, good, text};
use crate::kit::venv::python;

const BUNDLE: &str = "
bundle: {name: pebbles}
artifacts:
  pebble:
    type: whl
    path: ./pebble
    build: mkdir -p dist && cp pebble.py dist/pebble-1.0-py3-none-any.whl
resources:
  jobs:
    sort:
      name: sort
      tasks:
        - task_key: one
          existing_cluster_id: c
          python_wheel_task: {package_name: pebble, entry_point: sort}
          libraries: [{whl: ./pebble/dist/*.whl}, {whl: cowsay}]
        - task_key: all
          for_each_task:
            inputs: '[1]'
            task:
              task_key: each
              existing_cluster_id: c
              python_wheel_task: {package_name: pebble, entry_point: sort}
              libraries: [{whl: ./pebble/dist/*.whl}]
      environments:
        - environment_key: e
          spec:
            environment_version: '4'
            dependencies: ['./pebble/dist/*.whl[extra]', -r ./requirements.txt, 'numpy>=1,<2']
      environment_variables:
        - {environment_variables_key: v, spec: {files: [./requirements.txt, /Volumes/a/b/c.env]}}
targets:
  dev: {default: true, mode: development}
  prod: {mode: production, workspace: {root_path: /Workspace/Shared/.bundle/pebbles/prod}}
";

fn rig(bundle: &str) -> Rig {
    let rig = Rig::new();
    for old in ["resources", "src"] {
        std::fs::remove_dir_all(rig.project.path(old)).expect("removed");
    }
    rig.project.write("databricks.yml", bundle);
    rig.project.write("pebble/pebble.py", "grey");
    rig.project.write("requirements.txt", "numpy\n");
    rig.project.write(".gitignore", "dist/\n");
    rig
}

fn settings(rig: &Rig) -> Value {
    rig.jobs()[0]["settings"].clone()
}

fn wheel(rig: &Rig) -> String {
    settings(rig)["tasks"][0]["libraries"][0]["whl"].as_str().expect("a wheel").to_owned()
}

fn content(rig: &Rig, path: &str) -> (u16, Value) {
    rig.workspace.send("GET", &format!("/api/2.0/workspace/export?direct_download=true&path={path}"), "")
}

#[test]
fn a_wheel_is_built_and_stands_where_the_official_cli_puts_it() {
    let rig = rig(BUNDLE);
    let root = "/Workspace/Users/dana.local@example.com/.bundle/pebbles/dev";
    assert_eq!(counts(&rig.deploy(&[]))[0], 5);
    let wheel = format!("{root}/artifacts/.internal/pebble-1.0-py3-none-any.whl");
    let settings = settings(&rig);
    assert_eq!(settings["tasks"][0]["libraries"], json!([{"whl": wheel}, {"whl": "cowsay"}]));
    assert_eq!(settings["tasks"][1]["for_each_task"]["task"]["libraries"], json!([{"whl": wheel}]));
    assert_eq!(
        settings["environments"][0]["spec"]["dependencies"],
        json!([format!("{wheel}[extra]"), format!("-r {root}/files/requirements.txt"), "numpy>=1,<2"])
    );
    assert_eq!(
        settings["environment_variables"][0]["spec"]["files"],
        json!([format!("{root}/files/requirements.txt"), "/Volumes/a/b/c.env"])
    );
    assert_eq!(content(&rig, &wheel), (200, json!("grey")));
    assert_eq!(counts(&rig.deploy(&[])), [0, 0, 0, 5], "the same wheel again is no change");
    rig.project.write("pebble/pebble.py", "white");
    assert_eq!(counts(&rig.deploy(&[])), [0, 2, 0, 3], "the source and the wheel");
    assert_eq!(content(&rig, &wheel), (200, json!("white")));
    rig.workspace.post("/api/2.0/workspace/delete", &json!({"path": wheel}));
    assert_eq!(counts(&rig.deploy(&[]))[0], 1, "a wheel that somebody deleted is uploaded again");
    good(&rig.piq(&["destroy", "--auto-approve", "-o", "json"]));
    assert_eq!(content(&rig, &wheel).0, 404);
}

#[test]
fn each_release_has_its_own_wheel() {
    let rig = rig(BUNDLE);
    let deploy = |color: &str| {
        rig.project.write("pebble/pebble.py", color);
        good(&rig.as_principal(&["deploy", "-t", "prod", "-o", "json"]));
        wheel(&rig)
    };
    let first = deploy("grey");
    let second = deploy("white");
    assert_ne!(first, second);
    assert_eq!(content(&rig, &first), (200, json!("grey")), "a run in progress keeps its wheel");
    assert_eq!(content(&rig, &second), (200, json!("white")));
    good(&rig.as_principal(&["rollback", "-t", "prod", "-o", "json"]));
    assert_eq!(wheel(&rig), first);
    for n in 0..6 {
        deploy(&format!("pale {n}"));
    }
    assert_eq!(content(&rig, &first).0, 404, "it goes with its release");
}

#[test]
fn libraries_may_stand_in_a_volume() {
    // in development everybody has a folder of their own there too
    let volume = "workspace: {artifact_path: \"/Volumes/main/default/libs/${workspace.current_user.short_name}\"}\n";
    let rig = rig(&BUNDLE.replace("bundle: {name: pebbles}\n", &format!("bundle: {{name: pebbles}}\n{volume}")));
    let missing = rig.piq(&["deploy", "-t", "dev"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("'main.default.libs' does not exist"), "{}", text(&missing.stderr));
    let volume = json!({"catalog_name": "main", "schema_name": "default", "name": "libs", "volume_type": "MANAGED"});
    rig.workspace.post("/api/2.1/unity-catalog/volumes", &volume);
    rig.deploy(&[]);
    let wheel = "/Volumes/main/default/libs/dana_local/.internal/pebble-1.0-py3-none-any.whl";
    assert_eq!(self::wheel(&rig), wheel);
    let file = || rig.workspace.send("GET", &format!("/api/2.0/fs/files{wheel}"), "");
    assert_eq!(file(), (200, json!("grey")));
    assert_eq!(counts(&rig.deploy(&[])), [0, 0, 0, 5]);
    good(&rig.piq(&["destroy", "--auto-approve", "-o", "json"]));
    assert_eq!(file().0, 404);
}

#[test]
fn a_build_that_fails_changes_nothing_and_shows_what_it_wrote() {
    let rig = rig(&BUNDLE.replace("mkdir -p dist", "echo no pebbles today >&2; exit 7"));
    let out = rig.piq(&["deploy", "-t", "dev"]);
    assert_eq!(out.status.code(), Some(1));
    let error = text(&out.stderr);
    for part in ["artifact `pebble` was not built", "exit code 7", "no pebbles today", "databricks.yml:4:3"] {
        assert!(error.contains(part), "no {part} in {error}");
    }
    assert!(rig.jobs().is_empty());
    let unbuilt = rig.project.path("databricks.yml");
    std::fs::write(unbuilt, BUNDLE.replace("cp pebble.py dist/", "cp pebble.py dist/x-")).expect("written");
    rig.project.edit(
        "databricks.yml",
        "./pebble/dist/*.whl}, {whl: cowsay",
        "./pebble/dist/pebble-*.whl}, {whl: cowsay",
    );
    let out = rig.piq(&["plan", "-t", "dev"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("cannot find `./pebble/dist/pebble-*.whl`"), "{}", text(&out.stderr));
}

#[test]
fn a_setup_py_beside_the_bundle_is_built_without_being_declared() {
    let start = BUNDLE.find("artifacts:").expect("there");
    let end = BUNDLE.find("resources:").expect("there");
    let bundle = format!("{}{}", &BUNDLE[..start], &BUNDLE[end..]).replace("./pebble/dist", "./dist");
    let rig = rig(&bundle);
    let setup = "import os\nos.makedirs('dist', exist_ok=True)\nopen('dist/pebble-1.0-py3-none-any.whl', 'w').write('set up')\n";
    rig.project.write("setup.py", setup);
    rig.deploy(&[]);
    assert_eq!(content(&rig, &wheel(&rig)), (200, json!("set up")));
}

#[test]
fn a_schema_goes_after_the_volume_in_it() {
    let bundle = "bundle: {name: shelf}\nresources:\n  schemas:\n    s: {catalog_name: main, name: shelf}\n  volumes:\n    v: {catalog_name: main, schema_name: shelf, name: books}\n";
    let rig = rig(bundle);
    good(&rig.piq(&["deploy", "-o", "json"]));
    rig.workspace.get("/api/2.1/unity-catalog/volumes/main.shelf.books");
    good(&rig.piq(&["destroy", "--auto-approve", "-o", "json"]));
    assert_eq!(rig.workspace.send("GET", "/api/2.1/unity-catalog/schemas/main.shelf", "").0, 404);
    good(&rig.piq(&["deploy", "-o", "json"]));
    rig.project.write("databricks.yml", "bundle: {name: shelf}\n");
    good(&rig.piq(&["deploy", "--allow-delete", "-o", "json"]));
    assert_eq!(rig.workspace.send("GET", "/api/2.1/unity-catalog/schemas/main.shelf", "").0, 404);
}

/// Packs a wheel of `pebble.py` as a builder does: with the time of the build in it.
const PACK: &str = "import base64, hashlib, os, time, zipfile
files = {'pebble.py': open('pebble.py').read(),
  'pebble-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\\nName: pebble\\nVersion: 1.0\\n',
  'pebble-1.0.dist-info/WHEEL': 'Wheel-Version: 1.0\\nGenerator: pack\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'}
def line(name, text):
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()
    return f'{name},sha256={digest},{len(text)}\\n'
files['pebble-1.0.dist-info/RECORD'] = ''.join(line(*f) for f in files.items()) + 'pebble-1.0.dist-info/RECORD,,\\n'
stamp = int(open('../stamp').read())
os.makedirs('dist', exist_ok=True)
with zipfile.ZipFile('dist/pebble-1.0-py3-none-any.whl', 'w', zipfile.ZIP_DEFLATED) as out:
    for name, text in files.items():
        out.writestr(zipfile.ZipInfo(name, (2000 + stamp, 1, 1, 0, 0, 0)), text)
";

#[test]
fn a_wheel_whose_content_changes_has_another_version() {
    let build = "build: mkdir -p dist && cp pebble.py dist/pebble-1.0-py3-none-any.whl";
    let rig = rig(&BUNDLE.replace(build, "build: python3 ../pack.py\n    dynamic_version: true"));
    rig.project.write("pebble/pebble.py", "COLOUR = 'grey'\n");
    rig.project.write("pack.py", PACK);
    rig.project.write("stamp", "20");
    rig.project.write(".gitignore", "dist/\nstamp\n");
    rig.deploy(&[]);
    let first = wheel(&rig);
    let version = first.rsplit("pebble-").next().and_then(|n| n.strip_suffix("-py3-none-any.whl")).expect("a name");
    assert!(version.starts_with("1.0+h"), "{first}");
    let dependencies = settings(&rig)["environments"][0]["spec"]["dependencies"].clone();
    assert_eq!(dependencies[0], format!("{first}[extra]"));

    // pip is the judge of what was uploaded
    let export = format!("/api/2.0/workspace/export?path={}", first.replace('+', "%2B"));
    let uploaded = rig.workspace.get(&export)["content"].as_str().expect("content").to_owned();
    let bytes = base64::prelude::BASE64_STANDARD.decode(uploaded).expect("base64");
    let file = rig.project.path("got").join(first.rsplit('/').next().expect("a name"));
    std::fs::create_dir_all(rig.project.path("got")).expect("made");
    std::fs::write(&file, bytes).expect("written");
    let python = python("plain", "");
    let target = rig.project.path("got/site");
    let install = ["-m", "pip", "install", "-q", "--no-index", "--no-deps", "--disable-pip-version-check", "--target"];
    let out = Command::new(&python).args(install).arg(&target).arg(&file).output().expect("pip starts");
    assert!(out.status.success(), "{}", text(&out.stderr));
    let ask = "import importlib.metadata as m, pebble; print(m.version('pebble'), pebble.COLOUR)";
    let out = Command::new(&python).args(["-c", ask]).env("PYTHONPATH", &target).output().expect("Python starts");
    assert_eq!(text(&out.stdout), format!("{version} grey\n"), "{}", text(&out.stderr));
    std::fs::remove_dir_all(rig.project.path("got")).expect("removed");

    rig.project.write("stamp", "21");
    assert_eq!(counts(&rig.deploy(&[]))[..3], [0, 0, 0], "built again a year later it is the same");
    rig.project.write("pebble/pebble.py", "COLOUR = 'white'\n");
    rig.deploy(&[]);
    assert_ne!(wheel(&rig), first);
    assert_eq!(content(&rig, &first.replace('+', "%2B")).0, 404, "in development the one before goes");

    rig.project.edit("databricks.yml", "python3 ../pack.py", "cp pebble.py dist/pebble-1.0-py3-none-any.whl");
    let out = rig.piq(&["plan", "-t", "dev"]);
    assert_eq!(out.status.code(), Some(1));
    for part in ["error[bad-wheel]", "cannot set the dynamic version", "databricks.yml:4:3"] {
        assert!(text(&out.stderr).contains(part), "no {part} in {}", text(&out.stderr));
    }
}
