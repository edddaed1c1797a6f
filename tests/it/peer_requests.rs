//! The local workspace takes what the official CLI sends when it deploys, reads and destroys a bundle. The requests
//! and their order are those that its own tests record (`acceptance/bundle/user_agent` of its repository).

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

use super::kit::Workspace;

const ROOT: &str = "/Workspace/Users/someone@example.com/.bundle/shop/default";

struct Peer {
    workspace: Workspace,
    client: Client,
    root: String,
}

impl Peer {
    async fn start() -> Self {
        let workspace = Workspace::start();
        let me = workspace.get("/api/2.0/preview/scim/v2/Me");
        let root = ROOT.replace("someone@example.com", me["userName"].as_str().expect("a name"));
        Self { workspace, client: Client::new(), root }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        let request = self.client.request(method, format!("{}{path}", self.workspace.host()));
        let request = request.bearer_auth(self.workspace.token());
        let request = if let Some(body) = body { request.json(body) } else { request };
        request.send().await.expect("an answer")
    }

    /// Status and error code of an answer.
    async fn refused(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, String) {
        let answer = self.ask(method, path, body).await;
        let status = answer.status();
        let body: Value = answer.json().await.expect("JSON");
        (status, body["error_code"].as_str().unwrap_or_default().to_owned())
    }

    async fn done(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let answer = self.ask(method, path, body).await;
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    }

    fn import(&self, file: &str, overwrite: bool) -> String {
        // the client escapes the whole path, slashes too
        let path = format!("{}/{file}", &self.root[1..]).replace('/', "%2F").replace('@', "%40");
        format!("/api/2.0/workspace-files/import-file/{path}?overwrite={overwrite}")
    }
}

#[tokio::test]
async fn the_requests_of_the_official_cli_are_answered_as_it_expects() {
    let peer = Peer::start().await;
    let root = &peer.root;
    let absent = (StatusCode::NOT_FOUND, "RESOURCE_DOES_NOT_EXIST".to_owned());

    // the number of the workspace stands beside `Me`, for the addresses that a summary shows
    let me = peer.ask(Method::GET, "/api/2.0/preview/scim/v2/Me?excludedAttributes=entitlements", None).await;
    let number = me.headers()["x-databricks-org-id"].to_str().expect("text").parse::<u64>().expect("a number");
    let facts = peer.done(Method::GET, "/.well-known/databricks-config", None).await;
    assert_eq!(facts["workspace_id"], number.to_string());
    let assigned = peer.done(Method::GET, "/api/2.1/unity-catalog/current-metastore-assignment", None).await;
    assert_eq!((&assigned["workspace_id"], &assigned["default_catalog_name"]), (&json!(number), &json!("main")));

    // nothing is deployed yet: no state of either engine, no lock
    for file in ["state/resources.json", "state/terraform.tfstate", "state/deployment.json"] {
        let path = format!("/api/2.0/workspace/get-status?path={root}/{file}&return_export_info=true");
        assert_eq!(peer.refused(Method::GET, &path, None).await, absent);
    }
    let lock = format!("/api/2.0/workspace/export?direct_download=true&path={root}/state/deploy.lock");
    assert_eq!(peer.refused(Method::GET, &lock, None).await, absent);
    let gone = json!({"path": format!("{root}/artifacts/.internal"), "recursive": true});
    assert_eq!(peer.refused(Method::POST, "/api/2.0/workspace/delete", Some(&gone)).await, absent);
    let made = json!({"path": format!("{root}/artifacts/.internal")});
    peer.done(Method::POST, "/api/2.0/workspace/mkdirs", Some(&made)).await;

    // the lock: its folder is missing, then it is free, then it is taken
    let holder = json!({"ID": "3c2d", "AcquisitionTime": "2026-01-05T09:00:00Z", "IsForced": false, "User": "ana"});
    let take = peer.import("state/deploy.lock", false);
    assert_eq!(peer.refused(Method::POST, &take, Some(&holder)).await.0, StatusCode::NOT_FOUND);
    for folder in ["state", "files"] {
        let made = json!({"path": format!("{root}/{folder}")});
        peer.done(Method::POST, "/api/2.0/workspace/mkdirs", Some(&made)).await;
    }
    peer.done(Method::POST, &take, Some(&holder)).await;
    let taken = peer.refused(Method::POST, &take, Some(&holder)).await;
    assert_eq!(taken, (StatusCode::CONFLICT, "RESOURCE_ALREADY_EXISTS".to_owned()));
    assert_eq!(peer.done(Method::GET, &lock, None).await, holder);

    // files, a schema, the records
    let uploaded = peer.import("files/load.json", true);
    peer.done(Method::POST, &uploaded, Some(&json!({"a": 1}))).await;
    let notebook = json!({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    peer.done(Method::POST, &peer.import("files/look.ipynb", true), Some(&notebook)).await;
    let (status, _) = peer.refused(Method::POST, &peer.import("files/look.ipynb", false), Some(&notebook)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let path = format!("/api/2.0/workspace/get-status?path={root}/files/look&return_export_info=true");
    let seen = peer.done(Method::GET, &path, None).await;
    assert_eq!((&seen["object_type"], &seen["repos_export_format"]), (&json!("NOTEBOOK"), &json!("JUPYTER")));
    let schema = json!({"catalog_name": "main", "name": "shop"});
    peer.done(Method::POST, "/api/2.1/unity-catalog/schemas", Some(&schema)).await;
    let state = json!({"state_version": 3, "lineage": "7f", "serial": 1, "state": {}});
    for file in ["state/metadata.json", "state/deployment.json", "state/resources.json"] {
        peer.done(Method::POST, &peer.import(file, true), Some(&state)).await;
    }
    let records = json!({"uploadTime": 1, "items": [], "protoLogs": ["{}", "{}"]});
    let reported = peer.done(Method::POST, "/telemetry-ext", Some(&records)).await;
    assert_eq!(reported, json!({"errors": [], "numProtoSuccess": 2}));
    let free = json!({"path": format!("{root}/state/deploy.lock")});
    peer.done(Method::POST, "/api/2.0/workspace/delete", Some(&free)).await;

    // the next command reads the state
    let read = format!("/api/2.0/workspace-files{root}/state/resources.json");
    assert_eq!(peer.done(Method::GET, &read, None).await, state);

    // destroy locks by a form, deletes the schema whatever is in it, and the folder
    let path = format!("{root}/state/deploy.lock");
    let fields = [("content", holder.to_string()), ("format", "AUTO".to_owned()), ("path", path)];
    let field = |(name, value): &(&str, String)| {
        format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let form = fields.iter().map(field).collect::<String>() + "--cut--\r\n";
    let import = peer.client.post(format!("{}/api/2.0/workspace/import", peer.workspace.host()));
    let import = import.bearer_auth(peer.workspace.token()).header("Content-Type", "multipart/form-data; boundary=cut");
    let answer = import.body(form).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(peer.done(Method::GET, &lock, None).await, holder);
    peer.done(Method::DELETE, "/api/2.1/unity-catalog/schemas/main.shop?force=true", None).await;
    let (status, code) = peer.refused(Method::GET, "/api/2.1/unity-catalog/schemas/main.shop", None).await;
    assert_eq!((status, code.as_str()), (StatusCode::NOT_FOUND, "SCHEMA_DOES_NOT_EXIST"));
    let all = json!({"path": root, "recursive": true});
    peer.done(Method::POST, "/api/2.0/workspace/delete", Some(&all)).await;
    let left = format!("/api/2.0/workspace/get-status?path={root}");
    assert_eq!(peer.refused(Method::GET, &left, None).await, absent);
}
