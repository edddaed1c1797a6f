use super::*;
use crate::engine::Parameter;

const STATEMENTS: &str = "/api/2.0/sql/statements";

#[tokio::test]
async fn a_statement_answers_in_strings() {
    let w = Workspace::start().await;
    let body = json!({"warehouse_id": w.server.warehouse_id, "statement": "SELECT :n", "catalog": "main",
        "parameters": [{"name": "n", "value": "7", "type": "INT"}]});
    let answer = w.post(STATEMENTS, body).await;
    assert_eq!(answer["status"]["state"], "SUCCEEDED");
    assert_eq!(answer["result"]["data_array"], json!([["7"]]));
    assert_eq!(answer["manifest"]["schema"]["columns"][0]["type_name"], "LONG");
    let asked = w.engine.asked.lock().unwrap().clone();
    assert_eq!(asked[0].sql, "USE CATALOG `main`");
    assert_eq!(asked[1].parameters["n"], Parameter { value: Some("7".into()), type_text: Some("INT".into()) });
    let id = answer["statement_id"].as_str().unwrap();
    assert_eq!(w.get(&format!("{STATEMENTS}/{id}/result/chunks/0")).await["data_array"], json!([["7"]]));
}

#[tokio::test]
async fn a_failed_statement_carries_the_engines_words() {
    let w = Workspace::start().await;
    let answer = w.post(STATEMENTS, json!({"warehouse_id": w.server.warehouse_id, "statement": "FAIL"})).await;
    assert_eq!(answer["status"]["state"], "FAILED");
    assert_eq!(answer["status"]["error"]["message"], "[SCRIPTED] as asked");
}

#[tokio::test]
async fn a_statement_that_runs_can_be_cancelled() {
    let w = Workspace::start().await;
    let body = json!({"warehouse_id": w.server.warehouse_id, "statement": "HANG", "wait_timeout": "0s"});
    let answer = w.post(STATEMENTS, body).await;
    assert_eq!(answer["status"]["state"], "RUNNING");
    let id = answer["statement_id"].as_str().unwrap();
    w.post(&format!("{STATEMENTS}/{id}/cancel"), json!({})).await;
    assert_eq!(w.get(&format!("{STATEMENTS}/{id}")).await["status"]["state"], "CANCELED");
}

#[tokio::test]
async fn an_unknown_warehouse_is_refused() {
    let w = Workspace::start().await;
    let body = json!({"warehouse_id": "nowhere", "statement": "SELECT 1"});
    assert_eq!(w.refused(Method::POST, STATEMENTS, Some(body)).await, (404, "RESOURCE_DOES_NOT_EXIST".into()));
}
