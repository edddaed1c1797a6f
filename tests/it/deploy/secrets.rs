//! Secrets appear nowhere: not in output, plans, state, or anything else that a deploy leaves.

use serde_json::{Value, json};

use super::rig::{Rig, text};

/// Content of every file below a folder of the workspace.
fn contents(rig: &Rig, folder: &str, out: &mut String) {
    let list = rig.workspace.get(&format!("/api/2.0/workspace/list?path={folder}"));
    for object in list["objects"].as_array().into_iter().flatten() {
        let path = object["path"].as_str().expect("a path");
        if object["object_type"] == "DIRECTORY" {
            contents(rig, path, out);
        } else {
            let (_, text) =
                rig.workspace.send("GET", &format!("/api/2.0/workspace/export?path={path}&direct_download=true"), "");
            out.push_str(&match text {
                Value::String(text) => text,
                other => other.to_string(),
            });
        }
    }
}

#[test]
fn no_command_shows_or_leaves_a_token_or_a_secret() {
    let rig = Rig::new();
    let mut said = String::new();
    let run = |said: &mut String, args: &[&str], principal: bool| {
        let out = if principal { rig.as_principal(args) } else { rig.piq(args) };
        said.push_str(&text(&out.stdout));
        said.push_str(&text(&out.stderr));
    };
    let plan = rig.project.path("plan.json");
    let plan = plan.to_str().expect("UTF-8");
    for args in [
        &["auth", "describe"][..],
        &["auth", "check"],
        &["plan", "--out", plan],
        &["deploy", "--stats"],
        &["deploy", "-o", "json"],
        &["status"],
        &["run", "--no-wait"],
        &["run", "load", "--only", "second"],
        &["open", "load", "--print"],
        &["bind", "load", "1"],
        &["unbind", "load"],
    ] {
        run(&mut said, args, false);
    }
    for args in [&["deploy", "-t", "prod"][..], &["status", "-t", "prod"], &["rollback", "-t", "prod"]] {
        run(&mut said, args, true);
    }
    // failures too: no answer, a refusal, a wrong token
    rig.faults(&json!([{"method": "POST", "count": 1000, "action": {"fail": {"status": 403}}}]));
    rig.project.edit("resources/load.yml", "team: sales", "team: finance");
    run(&mut said, &["deploy", "--retry-timeout", "0s"], false);
    rig.faults(&json!([{"count": 1000, "action": "drop"}]));
    run(&mut said, &["deploy", "--retry-timeout", "0s"], false);
    rig.faults(&json!([]));
    contents(&rig, "/Users/dana.local@example.com", &mut said);
    contents(&rig, "/Shared", &mut said);
    said.push_str(&std::fs::read_to_string(plan).expect("the plan"));
    run(&mut said, &["destroy", "--auto-approve"], false);
    assert!(said.contains("piq_bundle"), "the state and the plan were read");
    for secret in [rig.workspace.token(), rig.workspace.client_secret()] {
        assert!(!said.contains(secret), "a secret is shown");
    }
}
