//! The official Python SDK reads what piq deployed to development and to production.

use serde_json::{Value, json};

use super::kit::{Project, Workspace, ended_well};

const READERS: &str = "      - level: CAN_VIEW\n        group_name: ${var.readers}\n";

/// What production gets besides the committed project, so that there is something to read of each.
const MORE: &str = "      - {level: CAN_RUN, user_name: ops@example.com}
    run_as: {service_principal_name: SP}
";
const PRESET: &str = "      trigger_pause_status: UNPAUSED\n";

struct Rig {
    workspace: Workspace,
    project: Project,
}

impl Rig {
    fn new() -> Self {
        let rig = Self { workspace: Workspace::start(), project: Project::new() };
        let more = MORE.replace("SP", rig.workspace.client_id());
        rig.project.edit("bundle/databricks.yml", READERS, &format!("{READERS}{more}"));
        rig.project.edit("bundle/databricks.yml", PRESET, &format!("{PRESET}      tags: {{cost: sales}}\n"));
        rig.project.write(".gitignore", ".piq/\n");
        rig.project.commit();
        rig
    }

    /// What the client sees of a job.
    fn seen(&self, job: &str) -> Value {
        self.workspace.sdk("sdk_deploy.py", &[job])
    }
}

/// The job as it must look, with what differs between the targets.
fn job(root: &str, files: &str, mut differing: Value) -> Value {
    let task = |after: &[&str], notebook: &str| json!([after, format!("{files}/notebooks/{notebook}"), "NOTEBOOK"]);
    differing["edit_mode"] = json!("UI_LOCKED");
    differing["deployment"] = json!({"kind": "BUNDLE", "metadata_file_path": format!("{root}/state/metadata.json")});
    differing["tasks"] = json!({
        "create_ref_tables": task(&[], "0_create_ref_tables"),
        "incremental_pipeline": task(&["create_ref_tables"], "1_incremental_pipeline"),
        "sales_manager_summary_view": task(&["incremental_pipeline"], "2_sales_manager_summary_view"),
        "field_manager_summary_view": task(&["incremental_pipeline"], "2_field_manager_summary_view"),
    });
    differing
}

#[test]
fn the_official_client_reads_development_as_it_must_be() {
    let rig = Rig::new();
    // the committed job sets how many runs may overlap; this one leaves it to the target
    rig.project.edit("bundle/workflows.yml", "      max_concurrent_runs: 1\n", "");
    ended_well(&mut rig.workspace.command(&rig.project, &["deploy", "-t", "dev"]));
    let name = "[dev dana_local] incremental_pipeline_job";
    let seen = rig.seen(name);
    let root = "/Workspace/Users/dana.local@example.com/.bundle/pipelineiq/dev";
    let differing = json!({
        "parameters": {"catalog": "users", "schema": "dana_local"},
        "tags": {
            "dev": "dana_local", "piq_bundle": "pipelineiq", "piq_key": "incremental_pipeline_job", "piq_target": "dev",
        },
        "schedule": {"quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "UTC", "pause_status": "PAUSED"},
        "max_concurrent_runs": 4,
        "run_as": null,
        "permissions": [["dana.local@example.com", ["IS_OWNER"]]],
    });
    assert_eq!(seen["jobs"][name], job(root, &format!("{root}/files"), differing));
    assert_eq!(seen["dashboards"], json!({}), "development has no dashboards");
    assert_eq!(seen["workspace"], json!([4_100_000_000_000_000_u64, "main"]));
}

#[test]
fn the_official_client_reads_production_as_it_must_be() {
    let rig = Rig::new();
    let id = rig.workspace.client_id();
    ended_well(&mut rig.workspace.principal_command(&rig.project, &["deploy", "-t", "prod"]));
    let seen = rig.seen("incremental_pipeline_job");
    let root = &format!("/Workspace/Users/{id}/.bundle/pipelineiq/prod");
    let first = seen["jobs"]["incremental_pipeline_job"]["tasks"]["create_ref_tables"][1].as_str().expect("a path");
    let release = first.strip_prefix(&format!("{root}/files/")).and_then(|p| p.split('/').next()).expect("a release");
    let differing = json!({
        "parameters": {"catalog": "home_luis_herrera", "schema": "pipelineiq"},
        "tags": {
            "cost": "sales", "piq_bundle": "pipelineiq", "piq_key": "incremental_pipeline_job", "piq_target": "prod",
        },
        "schedule": {"quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "UTC", "pause_status": "UNPAUSED"},
        "max_concurrent_runs": 1,
        "run_as": {"service_principal_name": id},
        "permissions": [[id, ["IS_OWNER"]], ["ops@example.com", ["CAN_MANAGE_RUN"]], ["users", ["CAN_VIEW"]]],
    });
    assert_eq!(seen["jobs"]["incremental_pipeline_job"], job(root, &format!("{root}/files/{release}"), differing));
    let dashboards = seen["dashboards"].as_object().expect("a map");
    assert_eq!(dashboards.keys().collect::<Vec<_>>(), ["PipelineIQ 1.0", "PipelineIQ Sales Managers 1.0"]);
    for dashboard in dashboards.values() {
        assert_eq!(dashboard["embed_credentials"], false);
        let permissions = dashboard["permissions"].as_array().expect("a list");
        let readers = json!(["users", ["CAN_READ"]]);
        assert!(permissions.contains(&readers), "no {readers} in {permissions:?}");
        // the bundle's CAN_RUN is a level of jobs: the official CLI sets nothing for it on a dashboard
        assert!(permissions.iter().all(|p| p[0] != "ops@example.com"), "{permissions:?}");
    }
}
