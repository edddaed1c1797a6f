use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Limits, Remote, connect};
use crate::auth::Settings;
use crate::workspace::{
    Access, Content, DashboardDraft, DashboardsApi, Files, Identity, Import, ImportOutcome, Jobs, Language, Runs,
    StatementsApi, Warehouses, Workspace,
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

fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
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
    let tasks: Vec<_> = (0..230)
        .map(|n| json!({"task_key": format!("t{n}"), "notebook_task": {"notebook_path": "/Shared/n"}}))
        .collect();
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
    let request = crate::workspace::StatementRequest::new(warehouses[0].id.clone(), "SELECT 1");
    let error = rig.remote.execute_statement(&request).await.unwrap_err();
    assert!(error.to_string().contains("the statement failed"), "{error}");
    rig.server.stop().await;
}

#[tokio::test]
async fn without_credentials_the_error_says_what_was_tried() {
    let error = connect(&Settings::default(), Limits { retry: Duration::ZERO, ..Limits::default() }).await.unwrap_err();
    let failure = piq_diagnostics::Failure::from(error);
    assert!(failure.message.contains("DATABRICKS_TOKEN"), "{failure:?}");
    assert!(failure.hints.iter().any(|h| h.contains("a profile (-p)")), "{failure:?}");
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

    let draft = DashboardDraft { serialized: "{\"datasets\": [{\"name\": \"e\"}]}".into(), ..draft };
    let lost = r.update_dashboard(&made.id, &draft, Some(&made.etag)).await.unwrap_err();
    assert!(lost.may_have_acted(), "{lost}");
    let stale = r.update_dashboard(&made.id, &draft, Some(&made.etag)).await.unwrap_err();
    assert!(stale.is_outdated() && !stale.is_taken(), "{stale}");
    let now = r.dashboard(&made.id).await.unwrap().unwrap();
    assert_ne!(now.etag, made.etag);

    let published = r.publish_dashboard(&made.id, false, Some(&"w2".into())).await.unwrap();
    assert!(published.shows(&now), "repeated after the lost answer");
    assert_eq!((published.embed_credentials, published.warehouse_id), (false, Some("w2".into())));
    let changed = r.update_dashboard(&made.id, &draft, Some(&now.etag)).await.unwrap();
    assert!(!r.published_dashboard(&made.id).await.unwrap().unwrap().shows(&changed));
    assert!(r.unpublish_dashboard(&made.id).await.unwrap());
    assert!(!r.unpublish_dashboard(&made.id).await.unwrap());
    assert!(r.trash_dashboard(&made.id).await.unwrap());
    assert!(r.dashboard(&made.id).await.unwrap().unwrap().trashed);
    assert_eq!(r.dashboard(&"none".into()).await.unwrap(), None);
    rig.server.stop().await;
}

/// A server that gives each connection the next of these answers, the last one again and again.
async fn scripted(answers: Vec<String>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut at = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let answer = &answers[at.min(answers.len() - 1)];
            let _ = stream.write_all(answer.as_bytes()).await;
            at += 1;
        }
    });
    host
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

async fn speaks(answers: Vec<String>) -> Remote {
    let host = scripted(answers).await;
    let limits = Limits { retry: Duration::from_secs(5), ..Limits::default() };
    connect(&Settings::local(&host, "dapi-secret"), limits).await.unwrap()
}

#[tokio::test]
async fn a_success_that_says_nothing_is_not_believed() {
    for body in ["", "{}", r#"{"error_code":"INTERNAL_ERROR","message":"no"}"#, "<html>sign in</html>"] {
        let remote = speaks(vec![answer("200 OK", "", body)]).await;
        let published = remote.publish_dashboard(&"d".into(), false, None).await.unwrap_err();
        let permissions = remote.set_permissions("jobs", "7", &[]).await.unwrap_err();
        for error in [published, permissions] {
            assert!(error.to_string().starts_with("cannot read the answer of P"), "{error}");
        }
    }
    let error = r#"{"error_code":"PERMISSION_DENIED","message":"no"}"#;
    let remote = speaks(vec![answer("200 OK", "", error)]).await;
    assert!(remote.delete_job(number("7")).await.is_err() && remote.trash_dashboard(&"d".into()).await.is_err());
    let import = Import { path: "/Workspace/a", content: Content::File, bytes: b"x", overwrite: true };
    assert!(remote.import(import).await.is_err());
}

#[tokio::test]
async fn a_wait_of_any_length_is_an_error_when_it_is_too_long() {
    let patience = format!("Retry-After: {}\r\n", u64::MAX);
    let remote = speaks(vec![answer("429 Slow", &patience, "{}")]).await;
    assert!(remote.me().await.unwrap_err().to_string().contains("429"));
    assert_eq!(remote.stats().requests, 1);
}

#[tokio::test]
async fn another_host_is_sent_nothing() {
    let elsewhere = scripted(vec![answer("200 OK", "", r#"{"job_id":1}"#)]).await;
    let location = format!("Location: {elsewhere}/api/2.2/jobs/create\r\n");
    let remote = speaks(vec![answer("307 Moved", &location, "")]).await;
    let error = remote.create_job(&json!({"name": "j"})).await.unwrap_err().to_string();
    assert!(error.contains("redirects to another host"), "{error}");
    let same = speaks(vec![
        answer("307 Moved", "Location: /api/2.2/jobs/create\r\n", ""),
        answer("200 OK", "", r#"{"job_id":1}"#),
    ]);
    assert_eq!(same.await.create_job(&json!({"name": "j"})).await, Ok(number("1")));
}

#[tokio::test]
async fn an_error_that_repeats_the_token_is_shown_without_it() {
    let body = r#"{"error_code":"BAD_REQUEST","message":"token dapi-secret is not good"}"#;
    for status in ["400 Bad", "401 No"] {
        let remote = speaks(vec![answer(status, "", body)]).await;
        let text = remote.me().await.unwrap_err().to_string();
        assert!(text.contains("token ******** is not good"), "{text}");
    }
}

#[tokio::test]
async fn only_the_latest_attempt_of_a_task_is_read() {
    let task = |attempt: u32, result: &str| {
        json!({"task_key": "a", "run_id": attempt + 10, "attempt_number": attempt,
            "status": {"state": "TERMINATED", "termination_details": {"code": result}}})
    };
    for tasks in
        [[task(1, "SUCCESS"), task(0, "RUN_EXECUTION_ERROR")], [task(0, "RUN_EXECUTION_ERROR"), task(1, "SUCCESS")]]
    {
        let body = json!({"run_id": 1, "job_id": 2, "status": {"state": "RUNNING"}, "tasks": tasks}).to_string();
        let run = speaks(vec![answer("200 OK", "", &body)]).await.run(number("1")).await.unwrap().unwrap();
        let tasks: Vec<_> = run.tasks.iter().map(|t| (t.run_id, t.state.word())).collect();
        assert_eq!((run.over(), tasks), (false, vec![(number("11"), "SUCCESS")]));
    }
}

#[tokio::test]
async fn a_page_for_people_is_named() {
    for page in ["<html>sign in</html>", "\u{feff}\r\n <!DOCTYPE HTML><title>x</title>"] {
        let remote = speaks(vec![answer("200 OK", "Content-Type: text/html\r\n", page)]).await;
        let error = remote.me().await.unwrap_err().to_string();
        assert!(error.contains("found a web page; check the host http://127.0.0.1"), "{error}");
        assert!(error.contains("`?o=ID`"), "{error}");
    }
    let remote = speaks(vec![answer("200 OK", "", "<xml/>")]).await;
    assert!(!remote.me().await.unwrap_err().to_string().contains("web page"));
}

#[tokio::test]
async fn a_redirect_to_the_login_page_is_not_followed() {
    for (to, said) in [
        ("/login.html?error=private-link-validation-error:12", "by private link only"),
        ("/login.html?next_url=%2Fapi", "redirects to the login page"),
        ("https://other.example.com/login.html?error=private-link-validation-error%3A12", "by private link only"),
    ] {
        let redirect = answer("303 See Other", &format!("Location: {to}\r\n"), "");
        let remote = speaks(vec![redirect]).await;
        for error in [remote.me().await.unwrap_err(), remote.export("/Workspace/a").await.unwrap_err()] {
            assert!(error.to_string().contains(said), "{to}: {error}");
        }
    }
}
