//! How strict the local workspace is, seen from the official Python SDK; and a table that names, for each way in which a
//! real workspace is strict, the tests that show it.

use serde_json::{Value, json};

use super::engine::Lab;
use super::kit::Workspace;
use super::kit::named_tests::is_test;

/// What a refusal says must contain the words, and its class must be the one that the client has for it.
fn refused(found: &Value, name: &str, class: &str, words: &str) {
    let (kind, said) = (&found[name][0], found[name][1].as_str().unwrap_or_default());
    assert_eq!(kind, class, "{name}: {said}");
    assert!(said.contains(words), "{name}: expected `{words}` in `{said}`");
}

#[test]
fn the_official_client_is_refused_what_a_real_workspace_refuses() {
    let workspace = Workspace::start();
    let kim = workspace.post("/piq/users", &json!({"user_name": "kim@example.com"}));
    let found = workspace.sdk("sdk_strict.py", &[kim["token"].as_str().expect("a token")]);
    for (name, class, words) in [
        ("gone_get", "PermissionDenied", "job 12345"),
        ("gone_delete", "PermissionDenied", "job 12345"),
        ("gone_for_an_administrator", "ResourceDoesNotExist", "does not exist"),
        ("missing_file", "ResourceDoesNotExist", "doesn't exist"),
        ("int_as_text", "BadRequest", "expected an integer"),
        ("no_work", "InvalidParameterValue", "has no work"),
        ("unknown_enum", "InvalidParameterValue", "expected one of ALL_SUCCESS"),
        ("unknown_cluster", "InvalidParameterValue", "is not defined"),
        ("unknown_warehouse", "InvalidParameterValue", "does not exist"),
        ("bogus_cron", "InvalidParameterValue", "cron expression"),
        ("bogus_zone", "InvalidParameterValue", "Invalid timezone"),
        ("empty_principal", "InvalidParameterValue", "must not be empty"),
        ("no_notebook", "InvalidParameterValue", "notebook"),
        ("large_notebook", "BadRequest", ""),
        ("long_statement", "InvalidParameterValue", "16 MiB"),
        ("ambiguous", "InvalidParameterValue", "Ambiguous"),
        ("level_with_a_blank", "InvalidParameterValue", "expected one of CAN_VIEW"),
        ("right_lost", "PermissionDenied", ""),
        ("home", "PermissionDenied", ""),
        ("retired", "ResourceDoesNotExist", ""),
        ("unknown_model", "ResourceDoesNotExist", ""),
        ("unity_gateway", "PermissionDenied", "Unity Gateway"),
        ("bounds", "BadRequest", "'minimum' is not supported"),
        ("temperature", "BadRequest", "`temperature` is not supported"),
        ("temperature_of_its_own", "nothing", ""),
    ] {
        refused(&found, name, class, words);
    }
    for (name, expected) in [
        ("job_inherits", json!([["admins", "CAN_MANAGE"]])),
        ("shared_overwritten", json!(true)),
        ("shared_inherits", json!([["admins", "CAN_MANAGE"], ["users", "CAN_MANAGE"]])),
        ("home_inherits", json!([["admins", "CAN_MANAGE"], ["dana.local@example.com", "CAN_MANAGE"]])),
        ("dashboard_form", json!([["catalog", "name", "queryLines", "schema"], "PAGE_TYPE_CANVAS", true, "/Shared"])),
        ("title_keeps_the_etag", json!([true, true])),
        ("content_changes_the_etag", json!(true)),
        ("defaults_are_sent_again", json!(true)),
        ("published", json!([true, true, true])),
        ("first_read_is_old", json!([false, true])),
        ("attempts", json!([0, 1])),
        ("states", json!(["FAILED", "TERMINATED", "RUN_EXECUTION_ERROR"])),
    ] {
        assert_eq!(found[name], expected, "{name}");
    }
}

#[test]
fn engine_the_official_client_finds_sql_as_strict_as_in_a_real_workspace() {
    let lab = Lab::new();
    let found = lab.workspace.sdk("sdk_strict_sql.py", &[]);
    for (name, words) in [
        ("schema_missing", "SCHEMA_NOT_FOUND"),
        ("catalog_missing", "nowhere"),
        ("table_schema_missing", "nowhere"),
        ("batch", "not supported for batch inference"),
        ("retired", "was retired"),
        ("temperature", "`temperature` is not supported"),
        ("bounds", "'minimum' is not supported"),
    ] {
        let said = found[name].as_str().unwrap_or_else(|| panic!("{name}: {}", found[name]));
        assert!(said.contains(words), "{name}: {said}");
    }
    assert_eq!(found["altered"], json!([["users", ["SELECT"]]]));
    assert_eq!(found["replaced"], json!([]));
    assert_eq!(found["string"], json!(["string", "string"]));
    assert!(found["struct"][0].as_str().expect("a type").starts_with("struct<"), "{}", found["struct"]);
    assert_eq!(found["classify"], json!([["string"]]));
    let answer: Value = serde_json::from_str(found["classify_2"][0][0].as_str().expect("a text")).expect("JSON");
    assert_eq!(answer, json!({"response": ["a"], "error_message": null}));
    for (name, expected) in [
        ("classify_many", "expected an ARRAY of 2 to 20 labels, found 21"),
        ("classify_one", "expected 2 to 500 labels, found 1"),
        ("classify_option", "unknown option `versoin`; available: instructions, multilabel, version"),
    ] {
        assert!(found[name].as_str().is_some_and(|said| said.contains(expected)), "{name}: {}", found[name]);
    }
    assert_ne!(found["classic"], "CLASSIC");
}

/// How a real workspace is strict; the file and name of each test that shows it; and the names under which the official
/// client tried it in the two tests above.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

const STRICT: &[Row] = &[
    (
        "retired models, unknown names, and models behind Unity Gateway are refused",
        &[
            "crates/local/src/gateway/models.rs:each_model_refuses_what_it_is_known_to_refuse",
            "tests/it/deploy/first_contact.rs:a_first_run_needs_the_catalog_and_the_source_and_says_before_it_starts_what_is_missing",
        ],
        &["retired", "unknown_model", "unity_gateway"],
    ),
    (
        "some models take no statement over a table",
        &[
            "tests/it/engine/refusals.rs:engine_an_endpoint_that_misbehaves_fails_the_run_and_each_question_is_answered_once_it_is_well",
            "tests/it/engine/probe.rs:engine_a_probe_writes_what_models_take_and_names_what_a_person_must_change",
        ],
        &["batch"],
    ),
    (
        "some models refuse bounds in a form, or temperature",
        &[
            "crates/local/src/gateway/models.rs:each_model_refuses_what_it_is_known_to_refuse",
            "tests/it/engine/probe.rs:engine_a_probe_finds_what_each_model_takes_and_how_the_workspace_behaves",
        ],
        &["bounds", "temperature", "temperature_of_its_own"],
    ),
    (
        "some models give a STRING instead of a STRUCT",
        &["crates/local/src/gateway/typed_results.rs:only_the_calls_of_such_a_model_change"],
        &["string", "struct"],
    ),
    (
        "ai_classify gives a STRING in version 1, and an object of labels and an error in version 2; each has its limits",
        &[
            "tests/it/engine/probe.rs:engine_a_probe_finds_what_each_model_takes_and_how_the_workspace_behaves",
            "tests/it/engine/failures.rs:engine_a_refused_call_is_no_attempt_costs_nothing_fails_the_run_and_is_asked_again",
            "crates/local/src/gateway/typed_results.rs:only_the_calls_of_version_2_change",
        ],
        &["classify", "classify_2", "classify_many", "classify_one", "classify_option"],
    ),
    (
        "schemas and catalogs are not made by a statement that uses them",
        &[
            "tests/it/deploy/first_contact.rs:a_first_run_needs_the_catalog_and_the_source_and_says_before_it_starts_what_is_missing",
            "tests/it/engine/statements.rs:engine_catalogs_and_schemas_are_the_same_for_sql_and_the_api",
        ],
        &["schema_missing", "catalog_missing", "table_schema_missing"],
    ),
    (
        "a replaced view loses its grants, an altered one keeps them",
        &["tests/it/engine/probe.rs:engine_a_probe_finds_what_each_model_takes_and_how_the_workspace_behaves"],
        &["altered", "replaced"],
    ),
    (
        "statements, notebooks and dashboards have a greatest size",
        &["crates/local/src/server/tests/strict.rs:a_notebook_is_one_and_has_a_limit"],
        &["long_statement", "large_notebook"],
    ),
    (
        "a job that is gone is forbidden to whoever is not an administrator",
        &[
            "crates/local/src/server/tests/strict.rs:who_is_not_listed_any_more_loses_the_right_and_a_gone_job_is_forbidden",
        ],
        &["gone_get", "gone_delete", "gone_for_an_administrator"],
    ),
    (
        "a retried task is listed once for each attempt, with `state` and `status`",
        &["crates/local/src/server/tests/more_runs.rs:a_retried_task_is_listed_once_for_each_attempt"],
        &["attempts", "states"],
    ),
    (
        "a missing thing has many forms",
        &["crates/local/src/server/tests/files.rs:folders_and_files_follow_the_rules_of_the_api"],
        &["missing_file", "gone_for_an_administrator"],
    ),
    (
        "wrong types, unknown values and names, and what is no notebook are refused",
        &[
            "crates/local/src/server/tests/strict.rs:settings_of_a_wrong_type_or_value_are_refused_with_the_field",
            "crates/local/src/server/tests/strict.rs:a_notebook_is_one_and_has_a_limit",
        ],
        &[
            "int_as_text",
            "no_work",
            "unknown_enum",
            "unknown_cluster",
            "unknown_warehouse",
            "bogus_cron",
            "bogus_zone",
            "empty_principal",
            "no_notebook",
            "level_with_a_blank",
        ],
    ),
    (
        "the first read after a write may give what was there before",
        &["tests/it/engine/probe.rs:engine_a_probe_writes_what_models_take_and_names_what_a_person_must_change"],
        &["first_read_is_old"],
    ),
    (
        "a list of permissions is replaced, names each principal once, and shows what is inherited",
        &[
            "crates/local/src/server/tests/strict.rs:lists_of_permissions_name_known_levels_and_each_principal_once",
            "crates/local/src/server/tests/strict.rs:who_is_not_listed_any_more_loses_the_right_and_a_gone_job_is_forbidden",
        ],
        &["ambiguous", "right_lost", "job_inherits"],
    ),
    (
        "everybody may change what is below /Shared, and nobody else what is in a home",
        &["tests/it/engine/probe.rs:engine_a_probe_writes_what_models_take_and_names_what_a_person_must_change"],
        &["shared_overwritten", "shared_inherits", "home", "home_inherits"],
    ),
    (
        "the etag of a dashboard follows its content, and what is published has a state of its own",
        &[
            "crates/local/src/server/tests/strict.rs:the_etag_of_a_dashboard_follows_its_content",
            "crates/local/src/server/tests/dashboards.rs:publishing_makes_a_revision_that_is_as_new_as_the_draft",
        ],
        &["title_keeps_the_etag", "content_changes_the_etag", "published"],
    ),
    (
        "a dashboard comes back in the form of the server, and its defaults are sent with each update",
        &["tests/it/dashboards_sdk.rs:the_official_client_finds_the_dashboards_api_as_it_knows_it"],
        &["dashboard_form", "defaults_are_sent_again"],
    ),
];

#[test]
fn each_way_in_which_a_workspace_is_strict_has_its_tests() {
    let root = piq_testing::root();
    let scripts = ["sdk_strict.py", "sdk_strict_sql.py"]
        .map(|name| std::fs::read_to_string(root.join("tests/python").join(name)).expect("a script"));
    let own = std::fs::read_to_string(root.join("tests/it/strict_sdk.rs")).expect("this file");
    let (asserted, _) = own.split_once("type Row").expect("the table");
    let mut wrong = Vec::new();
    for (what, tests, tried) in STRICT {
        for test in *tests {
            if !is_test(test) {
                wrong.push(format!("{what}: `{test}` is not a test that runs"));
            }
        }
        for name in *tried {
            let is_tried = scripts.iter().any(|script| script.contains(&format!("found[\"{name}\"]")));
            if !is_tried || !asserted.contains(&format!("\"{name}\"")) {
                wrong.push(format!("{what}: the official client does not try `{name}`"));
            }
        }
    }
    // what the client tries is in the table
    let named: Vec<&str> = STRICT.iter().flat_map(|(_, _, tried)| tried.iter().copied()).collect();
    for script in &scripts {
        for name in script.split("found[\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            if !named.contains(&name) && name != "classic" {
                wrong.push(format!("no row of the table names `{name}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
