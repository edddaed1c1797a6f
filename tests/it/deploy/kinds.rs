//! Dashboards, schemas, volumes, warehouses, permissions and grants.

use serde_json::{Value, json};

use super::lab::Lab;

const PAGE: &str = r#"{"datasets":[],"pages":[{"name":"p"}]}"#;

fn all(lab: &Lab) -> Value {
    lab.write("dashboards/sales.lvdash.json", PAGE);
    json!({
        "schemas": {"raw": {"name": "raw", "catalog_name": "main", "comment": "as it comes",
            "grants": [{"principal": "users", "privileges": ["USE_SCHEMA", "SELECT"]}]}},
        "volumes": {"files": {"name": "files", "catalog_name": "main", "schema_name": "${resources.schemas.raw.name}"}},
        "sql_warehouses": {"small": {"name": "small", "cluster_size": "2X-Small", "auto_stop_mins": 10}},
        "dashboards": {"sales": {"display_name": "Sales", "file_path": "../dashboards/sales.lvdash.json",
            "warehouse_id": "${resources.sql_warehouses.small.id}"}},
    })
}

async fn lab() -> Lab {
    let lab = Lab::new().await;
    let all = all(&lab);
    lab.resources(&all);
    lab
}

async fn get(lab: &Lab, path: &str) -> Value {
    lab.raw("GET", path, &json!({})).await
}

#[tokio::test]
async fn every_kind_is_created_in_the_order_of_its_references_and_found_again() {
    let lab = lab().await;
    let desired = lab.desired("prod").await;
    let report = lab.deploy(&desired, 1).await.expect("deployed");
    assert_eq!(report.changes.created, 4);
    let volume = get(&lab, "/api/2.1/unity-catalog/volumes/main.raw.files").await;
    assert_eq!(volume["volume_type"], "MANAGED");
    let grants = get(&lab, "/api/2.1/unity-catalog/permissions/schema/main.raw").await;
    assert_eq!(
        grants["privilege_assignments"],
        json!([{"principal": "users", "privileges": ["SELECT", "USE_SCHEMA"]}])
    );
    let warehouses = get(&lab, "/api/2.0/sql/warehouses").await;
    let small = warehouses["warehouses"].as_array().expect("a list").iter().find(|w| w["name"] == "small");
    let id = small.expect("the warehouse")["id"].clone();
    let dashboards = get(&lab, "/api/2.0/lakeview/dashboards").await;
    assert_eq!(dashboards["dashboards"][0]["warehouse_id"], id);
    assert_eq!(lab.deploy(&desired, 2).await.expect("deployed").changes.unchanged, 4);

    // without the state everything is found by its marks, its name or its place
    let root = &desired.site.state_dir;
    lab.raw("POST", "/api/2.0/workspace/delete", &json!({"path": root, "recursive": true})).await;
    let report = lab.deploy(&desired, 3).await.expect("deployed");
    assert_eq!(report.changes.created, 0, "{report:?}");
    assert_eq!(lab.deploy(&desired, 4).await.expect("deployed").changes.unchanged, 4);
    lab.server.stop().await;
}

#[tokio::test]
async fn an_edited_dashboard_stops_the_deploy_and_force_overwrites_it() {
    let lab = lab().await;
    let desired = lab.desired("dev").await;
    lab.deploy(&desired, 1).await.expect("deployed");
    let list = get(&lab, "/api/2.0/lakeview/dashboards").await;
    let id = list["dashboards"][0]["dashboard_id"].as_str().expect("an id").to_owned();
    let at = format!("/api/2.0/lakeview/dashboards/{id}");
    let edit = json!({"display_name": desired.resources["dashboards.sales"].name, "serialized_dashboard": r#"{"pages":[{"name":"by hand"}]}"#});
    lab.raw("PATCH", &at, &edit).await;
    let error = lab.deploy(&desired, 2).await.expect_err("an edit").to_string();
    assert!(error.contains("edited in the workspace") && error.contains("piq dashboards pull"), "{error}");
    let forced = piq_deploy::Options { force: true, ..super::lab::options(3) };
    piq_deploy::deploy(&lab.control, &desired, &forced, &piq_deploy::Silent).await.expect("forced");
    let now = get(&lab, &at).await;
    assert!(!now["serialized_dashboard"].as_str().expect("a text").contains("by hand"));
    assert_eq!(get(&lab, &format!("{at}/published")).await["embed_credentials"], false);

    lab.raw("DELETE", &at, &json!({})).await;
    let error = lab.deploy(&desired, 4).await.expect_err("in the trash").to_string();
    assert!(error.contains("in the trash"), "{error}");
    lab.server.stop().await;
}

#[tokio::test]
async fn a_schema_of_somebody_else_is_not_taken_and_its_name_does_not_change_in_place() {
    let lab = lab().await;
    lab.raw("POST", "/api/2.1/unity-catalog/schemas", &json!({"name": "raw", "catalog_name": "main"})).await;
    let desired = lab.desired("prod").await;
    let error = lab.deploy(&desired, 1).await.expect_err("taken").to_string();
    assert!(error.contains("piq bind"), "{error}");
    lab.clear().await;
    let desired = lab.desired("prod").await;
    lab.deploy(&desired, 2).await.expect("deployed");
    let mut other = all(&lab);
    other["schemas"]["raw"]["comment"] = json!("changed");
    lab.resources(&other);
    let desired = lab.desired("prod").await;
    assert_eq!(lab.deploy(&desired, 3).await.expect("deployed").changes.updated, 1);
    assert_eq!(get(&lab, "/api/2.1/unity-catalog/schemas/main.raw").await["comment"], "changed");
    other["schemas"]["raw"]["name"] = json!("cooked");
    lab.resources(&other);
    let desired = lab.desired("prod").await;
    let error = lab.deploy(&desired, 4).await.expect_err("a new name").to_string();
    assert!(error.contains("piq does not change `name` of a schema"), "{error}");
    lab.server.stop().await;
}

#[tokio::test]
async fn permissions_of_the_bundle_reach_its_jobs_and_its_folder_and_a_person_may_be_made_owner() {
    let lab = Lab::new().await;
    lab.write("bundle/src/a.sql", "-- Databricks notebook source\nSELECT 1\n");
    lab.write(
        "bundle/databricks.yml",
        "bundle: {name: shop}\n\
         targets: {dev: {mode: development, permissions: [{level: CAN_RUN, group_name: users}]}}\n\
         resources: {jobs: {a: {name: a, tasks: [{task_key: t, notebook_task: {notebook_path: ./src/a.sql}}]}}}\n",
    );
    let desired = lab.desired("dev").await;
    lab.deploy(&desired, 1).await.expect("deployed");
    let jobs = get(&lab, "/api/2.2/jobs/list").await;
    let list = get(&lab, &format!("/api/2.0/permissions/jobs/{}", jobs["jobs"][0]["job_id"])).await;
    let levels: Vec<&str> = list["access_control_list"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|e| e["all_permissions"][0]["inherited"] == false)
        .filter_map(|e| e["all_permissions"][0]["permission_level"].as_str())
        .collect();
    assert_eq!(levels, ["CAN_MANAGE_RUN", "IS_OWNER"]);
    let folder = get(&lab, &format!("/api/2.0/workspace/get-status?path={}", desired.site.root)).await;
    let list = get(&lab, &format!("/api/2.0/permissions/directories/{}", folder["object_id"])).await;
    assert_eq!(list["access_control_list"][0]["group_name"], "users");
    assert_eq!(list["access_control_list"][0]["all_permissions"][0]["permission_level"], "CAN_RUN");
    assert_eq!(lab.deploy(&desired, 2).await.expect("deployed").changes.unchanged, 2);
    lab.server.stop().await;
}

#[tokio::test]
async fn an_empty_list_of_grants_takes_none_away_at_first_and_every_other_one_later() {
    let lab = Lab::new().await;
    let schema = |grants: Value| json!({"schemas": {"raw": {"name": "Raw", "catalog_name": "Main", "grants": grants}}});
    let one = json!([{"principal": "users", "privileges": ["USE SCHEMA", "SELECT", "SELECT"]}]);
    let at = "/api/2.1/unity-catalog/permissions/schema/main.raw";
    let by_hand = json!({"changes": [{"principal": "guests", "add": ["SELECT"]}]});
    let refresh = |pid| piq_deploy::Options { refresh: true, ..super::lab::options(pid) };
    lab.resources(&schema(json!([])));
    let desired = lab.desired("prod").await;
    lab.deploy(&desired, 1).await.expect("deployed");
    lab.raw("PATCH", at, &by_hand).await;
    assert_eq!(lab.deploy(&desired, 2).await.expect("deployed").changes.updated, 0, "the record decides");
    let report = piq_deploy::deploy(&lab.control, &desired, &refresh(3), &piq_deploy::Silent).await.expect("deployed");
    assert_eq!(report.changes.updated, 1);
    assert_eq!(get(&lab, at).await["privilege_assignments"], json!([]));
    // order, repetition and blanks are no difference to what the workspace answers
    lab.resources(&schema(one));
    let desired = lab.desired("prod").await;
    assert_eq!(lab.deploy(&desired, 4).await.expect("deployed").changes.updated, 1);
    let report = piq_deploy::deploy(&lab.control, &desired, &refresh(5), &piq_deploy::Silent).await.expect("deployed");
    assert_eq!(report.changes.unchanged, 1);
    lab.raw("PATCH", at, &by_hand).await;
    lab.resources(&schema(json!([])));
    let desired = lab.desired("prod").await;
    assert_eq!(lab.deploy(&desired, 6).await.expect("deployed").changes.updated, 1);
    assert_eq!(get(&lab, at).await["privilege_assignments"], json!([]));
    lab.server.stop().await;
}

#[tokio::test]
async fn what_somebody_adds_to_a_cluster_goes_and_the_order_of_webhooks_does_not_count() {
    let lab = Lab::new().await;
    lab.resources(&json!({"jobs": {"j": {"name": "j",
        "webhook_notifications": {"on_failure": [{"id": "a"}, {"id": "b"}]},
        "job_clusters": [{"job_cluster_key": "c", "new_cluster":
            {"spark_version": "15.4.x-scala2.12", "node_type_id": "m5.large", "num_workers": 1}}],
        "tasks": [{"task_key": "t", "job_cluster_key": "c", "notebook_task": {"notebook_path": "/Shared/n"}}]}}}));
    let desired = lab.desired("prod").await;
    lab.deploy(&desired, 1).await.expect("deployed");
    let change = async |edit: &dyn Fn(&mut Value)| {
        let job = get(&lab, "/api/2.2/jobs/list?expand_tasks=true").await["jobs"][0].clone();
        let mut settings = job["settings"].clone();
        edit(&mut settings);
        lab.raw("POST", "/api/2.2/jobs/reset", &json!({"job_id": job["job_id"], "new_settings": settings})).await;
    };
    change(&|settings| {
        settings["webhook_notifications"]["on_failure"].as_array_mut().expect("a list").reverse();
        settings["job_clusters"][0]["new_cluster"]["aws_attributes"] = json!({"zone_id": "auto"});
    })
    .await;
    assert_eq!(lab.deploy(&desired, 2).await.expect("deployed").changes.updated, 0);
    change(&|settings| settings["job_clusters"][0]["new_cluster"]["spark_conf"] = json!({"spark.x": "1"})).await;
    assert_eq!(lab.deploy(&desired, 3).await.expect("deployed").changes.updated, 1);
    let jobs = get(&lab, "/api/2.2/jobs/list").await;
    assert_eq!(jobs["jobs"][0]["settings"]["job_clusters"][0]["new_cluster"].get("spark_conf"), None);
    lab.server.stop().await;
}

#[tokio::test]
async fn a_dashboard_in_the_trash_says_so_and_a_destroy_names_only_what_it_deleted() {
    let lab = lab().await;
    let desired = lab.desired("dev").await;
    lab.deploy(&desired, 1).await.expect("deployed");
    let list = get(&lab, "/api/2.0/lakeview/dashboards").await;
    let id = list["dashboards"][0]["dashboard_id"].as_str().expect("an id").to_owned();
    lab.raw("DELETE", &format!("/api/2.0/lakeview/dashboards/{id}"), &json!({})).await;
    let observed = piq_deploy::observe(&lab.control, &desired, None, false).await.expect("observed");
    let plan = piq_deploy::plan(&desired, &observed);
    assert_eq!(plan.resources.iter().map(|r| r.reason.as_str()).collect::<Vec<_>>(), ["in the trash"]);
    lab.raw("DELETE", "/api/2.1/unity-catalog/volumes/main.dev_dana_local_raw.files", &json!({})).await;
    let out = lab.piq(&["destroy", "--auto-approve", "-t", "dev"]).output().await.expect("piq starts");
    let (said, log) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(said.contains("deleted schemas.raw") && !said.contains("volumes.files"), "{said}{log}");
    assert!(log.contains("`volumes.files` was deleted before"), "{log}");
    lab.server.stop().await;
}

#[tokio::test]
async fn a_bound_dashboard_shows_what_it_has_and_where_it_stays() {
    let lab = lab().await;
    let desired = lab.desired("dev").await;
    let draft = json!({"display_name": "Mine", "parent_path": "/Workspace/Shared", "serialized_dashboard": PAGE});
    let made = lab.raw("POST", "/api/2.0/lakeview/dashboards", &draft).await;
    let bind = ["bind", "dashboards.sales", made["dashboard_id"].as_str().expect("an id"), "-t", "dev"];
    let out = lab.piq(&bind).output().await.expect("piq starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let observed = piq_deploy::observe(&lab.control, &desired, None, false).await.expect("observed");
    let plan = piq_deploy::plan(&desired, &observed);
    let bound = plan.resources.iter().find(|r| r.key == "dashboards.sales").expect("in the plan");
    assert_eq!(bound.reason, "differs in the workspace");
    let name = bound.fields.iter().find(|f| f.path == "display_name").expect("the name differs");
    assert_eq!(name.remote, Some(json!("Mine")));
    assert!(bound.fields.iter().all(|f| f.path != "parent_path"), "the deploy does not move it");
    assert!(plan.notes.iter().any(|note| note.contains("is in `/Shared`, not in")), "{:?}", plan.notes);
    lab.server.stop().await;
}
