//! Commands from outside: exit codes, streams, files.

use serde_json::Value;

use super::kit::{Project, text};

#[test]
fn rendered_files_are_the_same_twice_and_complete() {
    let project = Project::new();
    for dir in ["one", "two"] {
        let out = project.piq(&["render", "-t", "prod", "-o", dir]);
        assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    }
    for file in ["databricks.yml", "notebooks/0_create_ref_tables.sql", "notebooks/1_incremental_pipeline.sql"] {
        let one = std::fs::read(project.path("one").join(file)).expect(file);
        assert_eq!(one, std::fs::read(project.path("two").join(file)).expect(file));
    }
    let again = project.piq(&["render", "-t", "prod", "-o", "one"]);
    assert_eq!(again.status.code(), Some(0));
}

#[test]
fn a_rendered_bundle_loads_and_renders_to_itself() {
    let project = Project::new();
    assert_eq!(project.piq(&["render", "-t", "prod", "-o", "out"]).status.code(), Some(0));
    let out = project.piq(&["-C", "out", "validate", "-t", "prod", "-o", "json"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let result: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert!(result["resources"]["jobs"]["incremental_pipeline_job"].is_object(), "{result:#}");
}

#[test]
fn a_folder_that_piq_did_not_write_is_not_replaced() {
    let project = Project::new();
    let out = project.piq(&["render", "-o", "sql"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("files that piq did not write"));
    assert!(project.path("sql/pipeline.yml").is_file());
}

#[test]
fn each_fault_is_one_diagnostic_with_its_place_and_nothing_is_written() {
    type Break = fn(&Project);
    type Case = (&'static str, Break, &'static [&'static str], &'static str, &'static str, (u64, u64));
    let cases: [Case; 4] = [
        (
            "variable",
            |p| p.edit("bundle/workflows.yml", "${var.schema}", "${var.shema}"),
            &[],
            "unknown-variable",
            "bundle/workflows.yml",
            (18, 20),
        ),
        (
            "key",
            |p| p.edit("bundle/databricks.yml", "include:", "inclde:"),
            &[],
            "unknown-key",
            "bundle/databricks.yml",
            (4, 1),
        ),
        (
            "template",
            |p| {
                p.edit(
                    "templates/notebooks/2_field_manager_summary_view.sql.j2",
                    "{% include 'context_cells.sql.j2' %}",
                    "{{ leeder }}",
                )
            },
            &[],
            "template",
            "templates/notebooks/2_field_manager_summary_view.sql.j2",
            (6, 4),
        ),
        (
            "notebook",
            |p| p.edit("bundle/workflows.yml", "0_create_ref_tables.sql", "0_create_tables.sql"),
            &[],
            "missing-notebook",
            "bundle/workflows.yml",
            (22, 28),
        ),
    ];
    for (name, break_it, extra, code, file, (line, column)) in cases {
        let project = Project::new();
        break_it(&project);
        let mut args = vec!["render", "-t", "local", "--output", "json"];
        args.extend(extra);
        let out = project.piq(&args);
        assert_eq!(out.status.code(), Some(1), "{name}");
        let errors: Vec<Value> = text(&out.stderr).lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
        assert_eq!(errors.len(), 1, "{name}: {errors:?}");
        let error = &errors[0];
        assert_eq!(error["code"], code, "{name}: {errors:?}");
        assert_eq!(
            (error["file"].as_str(), error["line"].as_u64(), error["column"].as_u64()),
            (Some(file), Some(line), Some(column)),
            "{name}: {error}"
        );
        assert!(!project.path(".piq").exists(), "{name}");
    }
}

#[test]
fn an_unknown_form_of_output_is_a_usage_error() {
    let project = Project::new();
    let out = project.piq(&["validate", "-o", "xml"]);
    assert_eq!(out.status.code(), Some(2));
}

#[test]
fn a_name_that_the_project_does_not_have_is_refused_before_anybody_signs_in() {
    let project = Project::new();
    // a host that answers nothing: asking it would fail otherwise, and later
    let env = [("DATABRICKS_HOST", "http://127.0.0.1:9"), ("DATABRICKS_TOKEN", "t")];
    let cases: [(&[&str], &str); 6] = [
        (&["retry", "--enrichment", "nope"], "unknown enrichment `nope`; available: ai_blockers"),
        (&["retry", "--enrichment", "ai_context,parsed_confidence"], "unknown enrichment `parsed_confidence`"),
        (&["try", "nope"], "unknown enrichment `nope`"),
        (&["try", "parsed_confidence"], "it asks no model"),
        (&["try", "ai_context", "--model", "m"], "takes no model"),
        (&["run", "--only", "incremental_pipeline,nope"], "unknown task `nope` of the job `incremental_pipeline_job`"),
    ];
    for (args, said) in cases {
        let out = project.command(&[args, &["-t", "dev"]].concat()).envs(env).output().expect("piq starts");
        assert_eq!(out.status.code(), Some(2), "{args:?}: {}", text(&out.stderr));
        assert!(text(&out.stderr).contains(said), "{args:?}: {}", text(&out.stderr));
    }
}
