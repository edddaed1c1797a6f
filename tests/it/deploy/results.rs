//! Results of `-o json` follow the schemas in `docs/schema`, and the schemas know every field.

use std::collections::BTreeSet;

use serde_json::Value;

use super::rig::{Rig, good, text};
use crate::kit::follows_schema;

/// The schemas of files that people write, which `schema.rs` tests, and of results that need an engine or a change of a
/// file, whose tests compare them.
const ELSEWHERE: [&str; 12] = [
    "enrichment",
    "pipeline",
    "bootstrap",
    "dev",
    "doctor_source",
    "doctor_probe",
    "eval",
    "explain",
    "load",
    "query",
    "retry",
    "try",
];

/// The schemas that results were compared with.
#[derive(Default)]
struct Compared(BTreeSet<String>);

impl Compared {
    fn follows(&mut self, name: &str, result: &Value) {
        follows_schema(name, result);
        self.0.insert(name.to_owned());
    }
}

#[test]
fn every_result_follows_its_schema() {
    let (rig, mut compared) = (Rig::new(), Compared::default());
    compared.follows("workspace_start", &rig.workspace.record);
    compared.follows("validate", &good(&rig.piq(&["validate", "--include-locations", "-o", "json"])));
    let plan = ["plan", "-o", "json"];
    compared.follows("plan", &good(&rig.piq(&plan)));
    compared.follows("status", &good(&rig.piq(&["status", "-o", "json"])));
    compared.follows("deploy", &rig.deploy(&[]));
    rig.project.edit("resources/load.yml", "timeout_seconds: 60", "timeout_seconds: 61");
    rig.project.write("src/first.sql", "-- Databricks notebook source\nSELECT 2\n");
    let changed = good(&rig.piq(&plan));
    assert_eq!(changed["resources"][0]["fields"][0]["new"], 61, "{changed}");
    compared.follows("plan", &changed);
    compared.follows("status", &good(&rig.piq(&["status", "-o", "json"])));
    // the notebooks need an engine, which this workspace lacks: the run fails, and says how
    let run = rig.piq(&["run", "load", "--only", "second", "-o", "json"]);
    compared.follows("run", &serde_json::from_slice(&run.stdout).expect("JSON"));

    let mut small = |name: &str, args: &[&str]| {
        let result = good(&rig.piq(&[args, &["-o", "json"]].concat()));
        compared.follows(name, &result);
        result
    };
    small("open", &["open", "jobs.load", "--print"]);
    small("run_started", &["run", "load", "--no-wait"]);
    small("run_cancelled", &["run", "load", "--cancel"]);
    let id = small("unbind", &["unbind", "jobs.load"])["id"].as_str().expect("an id").to_owned();
    small("bind", &["bind", "jobs.load", &id]);
    small("destroy", &["destroy", "--auto-approve"]);
    small("render", &["render"]);
    small("init", &["init", "another"]);
    small("upgrade", &["-C", "another", "upgrade"]);

    rig.project.edit("resources/load.yml", "timeout_seconds", "timeout_secnds");
    for args in
        [&["validate", "-o", "json"][..], &["run", "lod", "-o", "json"], &["plan", "--no-such-flag", "-o", "json"]]
    {
        let out = rig.piq(args);
        let said = text(&out.stderr);
        let lines: Vec<&str> = said.lines().filter(|line| line.starts_with('{')).collect();
        assert!(!lines.is_empty(), "{args:?}: {said}");
        for line in lines {
            compared.follows("diagnostic", &serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")));
        }
    }
    let files = std::fs::read_dir(piq_testing::root().join("docs/schema")).expect("a folder").flatten();
    let name = |file: &str| file.strip_suffix(".schema.json").map(str::to_owned);
    let committed: BTreeSet<String> = files.filter_map(|f| name(&f.file_name().to_string_lossy())).collect();
    assert_eq!(committed, compared.0.into_iter().chain(ELSEWHERE.map(str::to_owned)).collect());
}
