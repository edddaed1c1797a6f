//! What a bundle means, case by case: the tests that hold each meaning. A case of `tests/corpus` pins the resolved bundle
//! and the bodies that a deploy sends.

use super::kit::named_tests::is_test;

const CASES: &[(&str, &[&str])] = &[
    (
        "what a target lays over a whole variable is merged, items of keyed lists by key",
        &[
            "tests/corpus/a1_merge_into_variables.bundle",
            "tests/corpus/a1_key_is_a_variable.bundle",
            "crates/bundle/src/tests/values.rs:a_target_merges_into_what_a_variable_stands_for",
        ],
    ),
    (
        "a variable in a target replaces the one of the bundle, and a list is laid over no variable",
        &[
            "tests/corpus/variable_of_a_target_replaces_one.bundle",
            "tests/corpus/list_over_a_variable.bundle",
            "tests/corpus/file_lays_a_list_over_a_variable.bundle",
            "crates/bundle/src/tests/values.rs:a_variable_in_a_target_replaces_the_one_of_the_bundle",
            "crates/bundle/src/tests/values.rs:a_list_is_not_laid_over_a_text",
        ],
    ),
    (
        "every field of another resource can be referred to, and one that never exists is an error",
        &[
            "tests/corpus/a2_volume_path.bundle",
            "tests/corpus/a2_late_fields.bundle",
            "tests/corpus/a2_no_such_field.bundle",
            "tests/it/deploy/late_values.rs:values_that_come_late_have_the_type_of_their_field_and_none_is_sent_as_a_reference",
        ],
    ),
    (
        "a late value keeps the type of its field, and a scalar is no map",
        &[
            "tests/corpus/a3_scalar_for_a_map.bundle",
            "crates/bundle/src/tests/values.rs:a_scalar_does_not_go_where_a_map_belongs",
            "tests/it/deploy/late_values.rs:values_that_come_late_have_the_type_of_their_field_and_none_is_sent_as_a_reference",
        ],
    ),
    (
        "resources that wait for each other are refused",
        &[
            "tests/corpus/a4_cycle.bundle",
            "tests/corpus/a4_itself.bundle",
            "crates/bundle/src/tests/values.rs:resources_that_wait_for_each_other_are_refused",
        ],
    ),
    (
        "the cluster of a target may be looked up",
        &[
            "tests/corpus/a5_cluster_of_the_target.bundle",
            "crates/bundle/src/tests/values.rs:a_looked_up_cluster_replaces_those_of_the_tasks",
        ],
    ),
    (
        "a plain decimal where a text belongs stays as it is written, and other numbers become decimal",
        &[
            "tests/corpus/a6_numbers_as_text.bundle",
            "tests/corpus/numbers_with_underscores.bundle",
            "crates/bundle/src/tests/values.rs:numbers_are_texts_as_they_were_written",
        ],
    ),
    (
        "rules on paths see the filled-in value",
        &[
            "tests/corpus/a7_paths.bundle",
            "crates/bundle/src/tests/values.rs:rules_on_paths_see_the_filled_in_value",
            "tests/it/deploy/which_files.rs:the_folder_of_the_bundle_may_stand_in_a_variable",
        ],
    ),
    (
        "null in a target takes a value away",
        &[
            "tests/corpus/a8_null_unsets.bundle",
            "crates/bundle/src/tests/values.rs:null_in_a_target_takes_a_value_away",
        ],
    ),
    (
        "an identity is not empty",
        &["tests/corpus/a9_empty_identity.bundle", "crates/bundle/src/tests/values.rs:an_identity_is_not_empty"],
    ),
    (
        "prefixes, tags and defaults are those of the official CLI",
        &[
            "tests/corpus/a10_prefixes.bundle",
            "tests/corpus/warehouse.bundle",
            "tests/corpus/cluster_of_a_pool.bundle",
            "tests/corpus/cluster_without_workers.bundle",
            "tests/corpus/job_empty.bundle",
            "tests/corpus/anchors_and_merge_keys.bundle",
            "crates/bundle/src/tests/values.rs:a_variable_may_have_a_fixed_value",
            "crates/bundle/src/discover.rs:the_closest_root_file_upwards_wins",
            "tests/it/deploy/metadata.rs:jobs_name_the_file_and_the_file_names_the_jobs",
            "tests/it/deploy/which_files.rs:a_single_file_or_a_folder_beside_the_bundle_can_be_named",
        ],
    ),
    (
        "which files are ignored is what git says",
        &[
            "tests/it/deploy/which_files.rs:what_git_ignores_stays_here_whichever_file_says_so",
            "tests/it/deploy/which_files.rs:outside_of_a_repository_only_the_bundles_own_files_count",
        ],
    ),
    (
        "patterns start at the file that names them, and one without a file is a warning",
        &[
            "tests/it/deploy/which_files.rs:patterns_start_at_the_file_that_names_them_and_count_in_order",
            "tests/corpus/include_without_a_match.bundle",
            "crates/bundle/src/tests/values.rs:a_pattern_of_include_without_a_file_is_a_warning",
        ],
    ),
    (
        "notebooks are known by header and extension, in any case; empty folders go; links are followed or named",
        &[
            "crates/deploy/src/sync.rs:notebooks_are_known_by_header_and_extension",
            "tests/it/deploy/which_files.rs:a_visual_notebook_keeps_its_whole_name",
            "tests/it/deploy/which_files.rs:a_folder_goes_with_its_last_file_unless_somebody_uses_it",
            "tests/it/deploy/which_files.rs:links_are_followed_or_named",
        ],
    ),
    (
        "validate finds offline what a deploy refuses",
        &[
            "tests/it/validate.rs:every_file_that_is_not_there_is_named_at_once",
            "tests/it/validate.rs:a_notebook_is_a_file_with_its_header_and_its_extension",
            "tests/it/validate.rs:what_is_not_uploaded_is_told_from_what_is_not_there",
            "tests/it/validate.rs:two_things_for_one_place_are_refused",
            "tests/it/validate.rs:a_dashboard_must_be_one",
            "tests/it/validate.rs:values_that_the_api_refuses_are_refused",
            "tests/corpus/notebook_beside_a_folder.bundle",
            "tests/corpus/two_files_for_one_place.bundle",
            "tests/corpus/warehouse_without_a_name.bundle",
            "tests/corpus/cron_and_zone_slips.bundle",
            "tests/corpus/inputs_that_are_a_list.bundle",
        ],
    ),
];

#[test]
fn each_meaning_of_a_bundle_has_its_tests() {
    let wrong: Vec<String> = CASES
        .iter()
        .flat_map(|(what, tests)| tests.iter().filter(|t| !is_test(t)).map(move |t| format!("{what}: {t}")))
        .collect();
    assert!(wrong.is_empty(), "no test that runs:\n{}", wrong.join("\n"));
}
