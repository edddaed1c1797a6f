//! References to what is known only during a deploy: filled in with the type of the field they land in, and never sent as
//! they are written.

use serde_json::{Value, json};

use super::lab::Lab;

#[tokio::test]
async fn values_that_come_late_have_the_type_of_their_field_and_none_is_sent_as_a_reference() {
    let lab = Lab::new().await;
    lab.write("bundle/src/a.sql", "-- Databricks notebook source\nSELECT 1\n");
    lab.write("dashboards/sales.lvdash.json", r#"{"datasets":[],"pages":[{"name":"p"}]}"#);
    let task = |parameters: Value| json!({"task_key": "t", "notebook_task": {"notebook_path": "./src/a.sql", "base_parameters": parameters}});
    lab.resources(&json!({
        "schemas": {"raw": {"name": "raw", "catalog_name": "main"}},
        "volumes": {"v": {"catalog_name": "main", "schema_name": "${resources.schemas.raw.name}", "name": "va"}},
        "dashboards": {"d": {"display_name": "D", "file_path": "../dashboards/sales.lvdash.json", "warehouse_id": "0123456789abcdef"}},
        "jobs": {
            "k": {"name": "k", "tasks": [task(json!({}))]},
            "j": {
                "name": "j",
                "tags": {"of": "${resources.jobs.k.id}"},
                "parameters": [
                    {"name": "job", "default": "${resources.jobs.k.id}"},
                    {"name": "place", "default": "${resources.volumes.v.volume_path}/in"},
                    {"name": "dashboard", "default": "${resources.dashboards.d.dashboard_id}"},
                    {"name": "schema", "default": "${resources.schemas.raw.full_name}"},
                ],
                "tasks": [
                    task(json!({"job": "${resources.jobs.k.id}", "page": "see ${resources.dashboards.d.url}"})),
                    {"task_key": "u", "run_job_task": {"job_id": "${resources.jobs.k.id}"}},
                ],
            },
        },
    }));
    let desired = lab.desired("prod").await;
    lab.deploy(&desired, 1).await.expect("deployed");
    let jobs = lab.raw("GET", "/api/2.2/jobs/list?expand_tasks=true&limit=100", &json!({})).await;
    assert!(!jobs.to_string().contains("${"), "{jobs}");
    let all = jobs["jobs"].as_array().expect("jobs");
    let named = |name: &str| all.iter().find(|job| job["settings"]["name"] == name).expect("the job");
    let (k, j) = (named("k")["job_id"].clone(), &named("j")["settings"]);
    let text = json!(k.to_string());
    let list = lab.raw("GET", "/api/2.0/lakeview/dashboards", &json!({})).await;
    let dashboard = &list["dashboards"][0]["dashboard_id"];
    assert_eq!(j["tags"]["of"], text);
    let values: Vec<&Value> = j["parameters"].as_array().expect("a list").iter().map(|p| &p["default"]).collect();
    assert_eq!(values, [&text, &json!("/Volumes/main/raw/va/in"), dashboard, &json!("main.raw")]);
    let given = &j["tasks"][0]["notebook_task"]["base_parameters"];
    assert_eq!(given["job"], text);
    let page = given["page"].as_str().expect("a text");
    assert!(page.starts_with("see http") && page.contains(dashboard.as_str().expect("an id")), "{page}");
    // a number stays one where a number belongs
    assert_eq!(j["tasks"][1]["run_job_task"]["job_id"], k);
    let again = lab.deploy(&desired, 2).await.expect("deployed");
    assert_eq!((again.changes.created, again.changes.updated), (0, 0));
    lab.server.stop().await;
}
