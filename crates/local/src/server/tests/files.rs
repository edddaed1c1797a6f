use super::*;

const IMPORT: &str = "/api/2.0/workspace/import";

#[tokio::test]
async fn folders_and_files_follow_the_rules_of_the_api() {
    let w = Workspace::start().await;
    let file = |path: &str| json!({"path": path, "format": "RAW", "content": STANDARD.encode("hello")});
    let missing = w.refused(Method::POST, IMPORT, Some(file("/a/b/f.txt"))).await;
    assert_eq!(missing, (404, "RESOURCE_DOES_NOT_EXIST".into()));
    w.post("/api/2.0/workspace/mkdirs", json!({"path": "/Workspace/a/b"})).await;
    w.post(IMPORT, file("/a/b/f.txt")).await;
    let taken = w.refused(Method::POST, IMPORT, Some(file("/a/b/f.txt"))).await;
    assert_eq!(taken, (400, "RESOURCE_ALREADY_EXISTS".into()));
    let list = w.get("/api/2.0/workspace/list?path=/a/b").await;
    assert_eq!(list["objects"][0]["path"], "/a/b/f.txt");
    assert_eq!(list["objects"][0]["object_type"], "FILE");
    let full = w.refused(Method::POST, "/api/2.0/workspace/delete", Some(json!({"path": "/a"}))).await;
    assert_eq!(full, (400, "DIRECTORY_NOT_EMPTY".into()));
    w.post("/api/2.0/workspace/delete", json!({"path": "/a", "recursive": true})).await;
    let gone = w.refused(Method::GET, "/api/2.0/workspace/get-status?path=/a/b", None).await;
    assert_eq!(gone, (404, "RESOURCE_DOES_NOT_EXIST".into()));
}

#[tokio::test]
async fn a_notebook_comes_back_as_it_went_in_also_after_a_restart() {
    let w = Workspace::start().await;
    let source = "-- Databricks notebook source\nSELECT 1\n";
    w.notebook("/nb/one", source).await;
    let before = w.get("/api/2.0/workspace/get-status?path=/nb/one").await;
    assert_eq!((before["object_type"].as_str(), before["language"].as_str()), (Some("NOTEBOOK"), Some("SQL")));
    let w = w.restart().await;
    let export = w.get("/api/2.0/workspace/export?path=/nb/one&format=SOURCE").await;
    let content = STANDARD.decode(export["content"].as_str().unwrap()).unwrap();
    assert_eq!(String::from_utf8(content).unwrap(), source);
    assert_eq!(w.get("/api/2.0/workspace/get-status?path=/nb/one").await, before);
}

#[tokio::test]
async fn an_uploaded_source_file_becomes_a_notebook_only_if_it_begins_as_one() {
    let w = Workspace::start().await;
    for (name, content) in [("a.sql", "-- Databricks notebook source\nSELECT 1"), ("b.sql", "SELECT 1")] {
        let url = format!("{}/api/2.0/workspace-files/import-file/Shared%2F{name}?overwrite=true", w.server.host);
        let sent = w.http.post(url).bearer_auth(&w.server.token).body(content).send().await.unwrap();
        assert_eq!(sent.status(), 200);
    }
    let list = w.get("/api/2.0/workspace/list?path=/Shared").await;
    let kinds: Vec<_> =
        list["objects"].as_array().unwrap().iter().map(|o| (o["path"].clone(), o["object_type"].clone())).collect();
    assert_eq!(kinds, [(json!("/Shared/a"), json!("NOTEBOOK")), (json!("/Shared/b.sql"), json!("FILE"))]);
}

#[tokio::test]
async fn a_form_uploads_a_file_as_it_is() {
    let w = Workspace::start().await;
    let part = |name: &str, value: &str| {
        format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = part("path", "/Shared/f.txt") + &part("format", "AUTO") + &part("content", "{\"a\": 1}\n") + "--B--\r\n";
    let sent = w
        .http
        .post(format!("{}{IMPORT}", w.server.host))
        .bearer_auth(&w.server.token)
        .header("Content-Type", "multipart/form-data; boundary=B")
        .body(body)
        .send();
    assert_eq!(sent.await.unwrap().status(), 200);
    let exported = w.get("/api/2.0/workspace/export?path=/Shared/f.txt&format=AUTO").await;
    assert_eq!(exported["content"], STANDARD.encode("{\"a\": 1}\n"));
}
