//! Sample data in the local workspace.

use std::collections::BTreeMap;

use piq_fixtures::{MoveKind, moves};
use serde_json::Value;

use super::usecases::SOURCE;
use super::{Lab, Project, command};

fn written(lab: &Lab, args: &[&str]) -> Value {
    let out = lab.succeed(&[&["sample-data", "-o", "json"], args].concat());
    serde_json::from_str(&out).expect("JSON")
}

/// Live date, stage and dollars by use case.
fn pipeline(lab: &Lab) -> BTreeMap<String, String> {
    lab.map(&format!(
        "SELECT usecase_id, concat_ws(' ', CAST(target_live_date AS STRING), stage, CAST(estimated_monthly_dollar_dbus AS STRING)) FROM {SOURCE}"
    ))
}

#[test]
fn engine_sample_data_goes_on_from_the_rows_and_the_seed_that_are_there() {
    let lab = Lab::new();
    let said = command(&lab.project, &["sample-data", "--mutate"]).output().expect("piq starts");
    let why = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.code() == Some(1) && why.contains("cannot go on with the sample"), "{why}");

    let first = written(&lab, &["--rows", "30", "--seed", "9", "--as-of", "2026-03-02"]);
    assert_eq!((&first["rows"], &first["day"], &first["seed"]), (&30.into(), &0.into(), &9.into()));
    let next = written(&lab, &["--mutate", "3"]);
    assert_eq!((&next["rows"], &next["snapshot_date"], &next["seed"]), (&33.into(), &"2026-03-05".into(), &9.into()));
    let (third, seventh) = (pipeline(&lab), written(&lab, &["--mutate", "4"]));
    assert_eq!((&seventh["rows"], &seventh["day"]), (&37.into(), &7.into()));
    assert_ne!(pipeline(&lab), third);
    let gone_on = pipeline(&lab);
    written(&lab, &["--rows", "30", "--seed", "9", "--as-of", "2026-03-02", "--mutate", "7"]);
    assert_eq!(pipeline(&lab), gone_on, "the same as from the start");

    // the weeks of the use cases that are written by hand
    let week = written(&lab, &["--week", "-1"]);
    assert_eq!((&week["hand_written"], &week["rows"], &week["day"]), (&true.into(), &57.into(), &(-7).into()));
    let before = pipeline(&lab);
    assert_eq!(written(&lab, &["--mutate"])["rows"], 60);
    let now = pipeline(&lab);
    let changed = |id: &str| before.get(id) != now.get(id);
    for moved in moves(-1, 0) {
        assert!(changed(&moved.usecase_id), "{moved:?}");
        assert_eq!(moved.kind == MoveKind::New, !before.contains_key(&moved.usecase_id), "{moved:?}");
    }
    let moved = moves(-1, 0).into_iter().map(|m| m.usecase_id).collect::<std::collections::BTreeSet<_>>();
    assert!(now.keys().filter(|id| changed(id)).all(|id| moved.contains(id)), "nothing else happened");

    let other = Project::new();
    let said = command(&other, &["sample-data", "--week", "-9"]).output().expect("piq starts");
    assert_eq!(said.status.code(), Some(2), "{}", String::from_utf8_lossy(&said.stderr));
}
