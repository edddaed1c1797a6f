//! What a command said.

use std::process::{Command, Output};

use serde_json::Value;

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn code(out: &Output) -> i32 {
    out.status.code().unwrap_or_else(|| panic!("killed: {}", text(&out.stderr)))
}

/// Standard output and standard error in one.
pub(crate) fn said(out: &Output) -> String {
    text(&out.stdout) + &text(&out.stderr)
}

/// Everything that a user sees of a command, for an inline snapshot.
pub(crate) fn whole(out: &Output) -> String {
    format!("exit code: {}\n--- stdout\n{}--- stderr\n{}", code(out), text(&out.stdout), text(&out.stderr))
}

/// The JSON result of a command that must have succeeded.
pub(crate) fn good(out: &Output) -> Value {
    assert_eq!(code(out), 0, "{}", said(out));
    let stdout = text(&out.stdout);
    serde_json::from_str(stdout.lines().last().unwrap_or_default()).expect("JSON")
}

/// Runs a command that must succeed.
pub(crate) fn ended_well(command: &mut Command) -> Output {
    let out = command.output().unwrap_or_else(|e| panic!("{command:?} does not start: {e}"));
    assert!(out.status.success(), "{command:?} failed:\n{}", said(&out));
    out
}

/// Compares a result of `-o json` with its schema in `docs/schema`, which must know every field.
pub(crate) fn follows_schema(name: &str, result: &Value) {
    let path = piq_testing::root().join(format!("docs/schema/{name}.schema.json"));
    let file = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut schema: Value = serde_json::from_str(&file).expect("JSON");
    close(&mut schema);
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = schema.iter_errors(result).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {result:#}\ndoes not follow its schema: {errors:#?}");
}

/// Lets a schema accept no field that it does not name.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.contains_key("properties") {
                map.insert("additionalProperties".into(), false.into());
            }
            map.values_mut().for_each(close);
        }
        Value::Array(list) => list.iter_mut().for_each(close),
        _ => {}
    }
}
