use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::{Limits, Remote, connect};
use crate::auth::Settings;
use crate::workspace::{
    Content, DashboardDraft, Dashboards, Files, Identity, Import, ImportOutcome, Jobs, Language, Statements,
    Warehouses, Workspace,
};
use piq_local::{NoEngine, RunningServer, ServerConfig, serve};

struct Rig {
    _dir: tempfile::TempDir,
    server: RunningServer,
    remote: Remote,
}

impl Rig {
    async fn new(faults: serde_json::Value) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = ServerConfig { dir: dir.path().join("w"), ..ServerConfig::default() };
        let server = serve(config, Arc::new(NoEngine)).await.unwrap();
        server.set_faults(faults).unwrap();
        let settings = Settings::local(&server.host, &server.token);
        let remote = connect(&settings, Limits::default()).await.unwrap();
        Self { _dir: dir, server, remote }
    }
}

#[tokio::test]
async fn a_notebook_and_a_file_go_in_and_come_out() {
    let rig = Rig::new(json!([])).await;
    let r = &rig.remote;
    assert!(!r.me().await.unwrap().service_principal);
    r.mkdirs("/Workspace/Shared/a b").await.unwrap();
    let source = b"-- Databricks notebook source\nSELECT 1\n";
    let notebook = Import {
        path: "/Workspace/Shared/a b/n",
        content: Content::Source(Language::Sql),
        bytes: source,
        overwrite: false,
    };
    assert_eq!(r.import(notebook).await.unwrap(), ImportOutcome::Done);
    assert_eq!(r.import(notebook).await.unwrap(), ImportOutcome::Taken);
    let file = Import { path: "/Workspace/Shared/a b/f.txt", content: Content::File, bytes: b"x", overwrite: false };
    assert_eq!(r.import(file).await.unwrap(), ImportOutcome::Done);
    assert_eq!(r.import(file).await.unwrap(), ImportOutcome::Taken);
    assert_eq!(r.export("/Workspace/Shared/a b/n").await.unwrap().unwrap(), source);
    assert_eq!(r.export("/Workspace/Shared/a b/f.txt").await.unwrap().unwrap(), b"x");
    assert_eq!(r.list("/Workspace/Shared/a b").await.unwrap().unwrap().len(), 2);
    assert_eq!(r.list("/Workspace/Shared/none").await.unwrap(), None);
    assert!(r.delete("/Workspace/Shared/a b").await.unwrap());
    assert!(!r.delete("/Workspace/Shared/a b").await.unwrap());
    assert_eq!(r.stats().requests, r.stats().round_trips);
    rig.server.stop().await;
}

#[tokio::test]
async fn lost_answers_are_asked_for_again_but_a_create_is_not() {
    let faults = json!([
        {"method": "GET", "path": "scim", "count": 2, "action": "drop"},
        {"method": "POST", "path": "jobs/create", "when": "after", "action": "drop"},
        {"method": "POST", "path": "mkdirs", "count": 1, "action": {"fail": {"status": 429, "retry_after": 0}}},
    ]);
    let rig = Rig::new(faults).await;
    let r = &rig.remote;
    r.me().await.unwrap();
    assert_eq!((r.stats().requests, r.stats().round_trips), (3, 3));
    r.mkdirs("/Workspace/Shared/x").await.unwrap();
    let error = r.create_job(&json!({"name": "j"})).await.unwrap_err();
    assert!(error.may_have_acted(), "{error}");
    assert_eq!(r.jobs_named("j").await.unwrap().len(), 1);
    rig.server.stop().await;
}

#[tokio::test]
async fn a_job_with_more_tasks_than_a_page_is_read_whole() {
    let rig = Rig::new(json!([])).await;
    let r = &rig.remote;
    let tasks: Vec<_> = (0..230).map(|n| json!({"task_key": format!("t{n}")})).collect();
    let id = r.create_job(&json!({"name": "many", "tasks": tasks})).await.unwrap();
    let job = r.job(id).await.unwrap().unwrap();
    assert_eq!(job.settings["tasks"].as_array().unwrap().len(), 230);
    assert!(r.delete_job(id).await.unwrap());
    assert!(!r.delete_job(id).await.unwrap());
    assert!(r.job(id).await.unwrap().is_none());
    rig.server.stop().await;
}

#[tokio::test]
async fn a_failed_statement_says_why() {
    let rig = Rig::new(json!([])).await;
    let warehouses = rig.remote.warehouses().await.unwrap();
    let request = crate::workspace::StatementRequest {
        warehouse_id: warehouses[0].id.clone(),
        statement: "SELECT 1".into(),
        ..Default::default()
    };
    let error = rig.remote.execute_statement(&request).await.unwrap_err();
    assert!(error.to_string().contains("the statement failed"), "{error}");
    rig.server.stop().await;
}

#[tokio::test]
async fn without_credentials_the_error_says_what_was_tried() {
    let error = connect(&Settings::default(), Limits { retry: Duration::ZERO, ..Limits::default() }).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("DATABRICKS_TOKEN") && text.contains("a profile (-p)"), "{text}");
}

#[tokio::test]
async fn a_dashboard_is_created_guarded_by_its_etag_published_and_trashed() {
    let faults = json!([
        {"method": "PATCH", "path": "lakeview", "when": "after", "count": 1, "action": "drop"},
        {"method": "POST", "path": "published", "when": "after", "count": 1, "action": "drop"},
    ]);
    let rig = Rig::new(faults).await;
    let r = &rig.remote;
    let draft = DashboardDraft {
        display_name: "Pulse".into(),
        warehouse_id: Some("w1".into()),
        serialized: "{\"datasets\": [{\"name\": \"d\"}]}".into(),
        dataset_catalog: Some("main".into()),
        dataset_schema: None,
    };
    let made = r.create_dashboard("/Workspace/Shared", &draft).await.unwrap();
    assert_eq!(made.serialized, "{\"datasets\":[{\"name\":\"d\",\"catalog\":\"main\"}]}\n");
    assert_eq!((made.parent_path.as_str(), made.trashed), ("/Shared", false));
    assert!(r.create_dashboard("/Workspace/Shared", &draft).await.unwrap_err().is_taken());
    assert_eq!(r.published_dashboard(&made.id).await.unwrap(), None);

    let lost = r.update_dashboard(&made.id, &draft, Some(&made.etag)).await.unwrap_err();
    assert!(lost.may_have_acted(), "{lost}");
    let stale = r.update_dashboard(&made.id, &draft, Some(&made.etag)).await.unwrap_err();
    assert!(stale.is_outdated() && !stale.is_taken(), "{stale}");
    let now = r.dashboard(&made.id).await.unwrap().unwrap();
    assert_ne!(now.etag, made.etag);

    let published = r.publish_dashboard(&made.id, false, Some("w2")).await.unwrap();
    assert!(published.shows(&now), "repeated after the lost answer");
    assert_eq!((published.embed_credentials, published.warehouse_id.as_deref()), (false, Some("w2")));
    let changed = r.update_dashboard(&made.id, &draft, Some(&now.etag)).await.unwrap();
    assert!(!r.published_dashboard(&made.id).await.unwrap().unwrap().shows(&changed));
    assert!(r.unpublish_dashboard(&made.id).await.unwrap());
    assert!(!r.unpublish_dashboard(&made.id).await.unwrap());
    assert!(r.trash_dashboard(&made.id).await.unwrap());
    assert!(r.dashboard(&made.id).await.unwrap().unwrap().trashed);
    assert_eq!(r.dashboard("none").await.unwrap(), None);
    rig.server.stop().await;
}
