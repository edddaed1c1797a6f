use super::*;
use crate::engine::Parameter;

fn task(key: &str, path: &str, above: &[&str]) -> Value {
    let above: Vec<Value> = above.iter().map(|a| json!({"task_key": a})).collect();
    json!({"task_key": key, "depends_on": above, "notebook_task": {"notebook_path": path}})
}

#[tokio::test]
async fn a_run_executes_cells_in_order_of_its_tasks_with_parameters() {
    let w = Workspace::start().await;
    w.notebook("/nb/one", "-- MAGIC %md\n-- MAGIC hi\n-- COMMAND ----------\nONE :region\n-- COMMAND ----------\nTWO")
        .await;
    w.notebook("/nb/two", "-- piq: workspace-only\nTHREE").await;
    let mut second = task("second", "/nb/two", &["first"]);
    second["notebook_task"]["base_parameters"] = json!({"who": "{{job.parameters.region}}", "region": "lost"});
    let job = w
        .job(json!({"name": "j", "parameters": [{"name": "region", "default": "north"}],
        "tasks": [second, task("first", "/nb/one", &[])]}))
        .await;
    let body = json!({"job_id": job, "job_parameters": {"region": "south"}});
    let run = w.post("/api/2.2/jobs/run-now", body).await["run_id"].as_u64().unwrap();
    let run = w.finished(run).await;
    assert_eq!(run["state"]["result_state"], "SUCCESS");
    let asked = w.engine.asked.lock().unwrap().clone();
    let sql: Vec<&str> = asked.iter().map(|s| s.sql.lines().last().unwrap()).collect();
    assert_eq!(sql, ["ONE :region", "TWO", "THREE"]);
    assert_eq!(asked[0].parameters["region"], Parameter::text("south"));
    assert_eq!(
        asked[2].parameters,
        [("region", "south"), ("who", "south")].map(|(k, v)| (k.into(), Parameter::text(v))).into()
    );
    assert!(asked[2].workspace_only && !asked[1].workspace_only);
    assert_eq!((*w.engine.open.lock().unwrap(), *w.engine.closed.lock().unwrap()), (2, 2));
}

#[tokio::test]
async fn a_failed_cell_is_shown_with_its_sql_and_stops_what_depends_on_it() {
    let w = Workspace::start().await;
    w.notebook("/nb/bad", "OK\n-- COMMAND ----------\n-- DBTITLE 1,Score\nFAIL here").await;
    w.notebook("/nb/good", "OK").await;
    let tasks = [task("bad", "/nb/bad", &[]), task("after", "/nb/good", &["bad"]), task("apart", "/nb/good", &[])];
    let job = w.job(json!({"name": "j", "tasks": tasks})).await;
    let run = w.run(job).await;
    let run = w.finished(run).await;
    assert_eq!(run["state"]["result_state"], "FAILED");
    let expected = [("bad", "FAILED"), ("after", "UPSTREAM_FAILED"), ("apart", "SUCCESS")];
    assert_eq!(outcomes(&run), expected.map(|(k, v)| (k.into(), v.into())).into());
    let output = w.get(&format!("/api/2.2/jobs/runs/get-output?run_id={}", run["tasks"][0]["run_id"])).await;
    assert_eq!(output["error"], "[SCRIPTED] as asked");
    let trace = output["error_trace"].as_str().unwrap();
    assert!(trace.contains("cell 2 \"Score\" of /nb/bad") && trace.contains("FAIL here"), "{trace}");
}

#[tokio::test]
async fn other_kinds_of_tasks_fail_and_say_why() {
    let w = Workspace::start().await;
    let job = w.job(json!({"tasks": [{"task_key": "c", "condition_task": {"op": "EQUAL_TO"}}]})).await;
    let run = w.run(job).await;
    let run = w.finished(run).await;
    let message = run["tasks"][0]["state"]["state_message"].as_str().unwrap();
    assert!(message.contains("the local workspace does not run condition_task"), "{message}");
}

#[tokio::test]
async fn a_cancelled_run_ends_and_the_queued_one_starts() {
    let w = Workspace::start().await;
    w.notebook("/nb/n", "HANG").await;
    let job = w.job(json!({"tasks": [task("t", "/nb/n", &[])]})).await;
    let first = w.run(job).await;
    let running = w.until(first, |r| r["tasks"][0]["state"]["state_message"] == "cell 1 of 1").await;
    assert_eq!(running["state"]["life_cycle_state"], "RUNNING");
    let second = w.run(job).await;
    w.until(second, |r| r["status"]["state"] == "QUEUED").await;
    w.notebook("/nb/n", "OK").await;
    w.post("/api/2.2/jobs/runs/cancel", json!({"run_id": first})).await;
    assert_eq!(w.finished(first).await["state"]["result_state"], "CANCELED");
    assert_eq!(w.finished(second).await["state"]["result_state"], "SUCCESS");
}

#[tokio::test]
async fn the_same_token_starts_one_run() {
    let w = Workspace::start().await;
    w.notebook("/nb/n", "OK").await;
    let job = w.job(json!({"tasks": [task("t", "/nb/n", &[])]})).await;
    let body = json!({"job_id": job, "idempotency_token": "once"});
    let first = w.post("/api/2.2/jobs/run-now", body.clone()).await;
    assert_eq!(w.post("/api/2.2/jobs/run-now", body).await, first);
}

#[tokio::test]
async fn a_run_left_by_a_stopped_server_has_failed() {
    let w = Workspace::start().await;
    w.notebook("/nb/n", "HANG").await;
    let job = w.job(json!({"tasks": [task("t", "/nb/n", &[])]})).await;
    let run = w.run(job).await;
    w.until(run, |r| r["state"]["life_cycle_state"] == "RUNNING").await;
    let w = w.restart().await;
    let run = w.finished(run).await;
    assert_eq!(run["state"]["result_state"], "FAILED");
    assert_eq!(run["state"]["state_message"], "the workspace stopped");
}

#[tokio::test]
async fn jobs_are_completed_listed_by_name_in_pages_and_refused_if_wrong() {
    let w = Workspace::start().await;
    for n in 0..3 {
        w.job(json!({"name": if n == 1 { "other" } else { "same" }})).await;
    }
    let page = w.get("/api/2.2/jobs/list?name=SAME&limit=1").await;
    assert_eq!(page["has_more"], true);
    let token = page["next_page_token"].as_str().unwrap();
    let last = w.get(&format!("/api/2.2/jobs/list?name=same&limit=1&page_token={token}")).await;
    assert_eq!(last["has_more"], false);
    assert_ne!(last["jobs"][0]["job_id"], page["jobs"][0]["job_id"]);
    let job = w.get(&format!("/api/2.2/jobs/get?job_id={}", last["jobs"][0]["job_id"])).await;
    assert_eq!(job["settings"]["max_concurrent_runs"], 1);
    let code = "INVALID_PARAMETER_VALUE".to_owned();
    assert_eq!(w.refused(Method::GET, "/api/2.2/jobs/get?job_id=1", None).await, (400, code.clone()));
    let circle = json!({"tasks": [task("a", "/n", &["b"]), task("b", "/n", &["a"])]});
    assert_eq!(w.refused(Method::POST, "/api/2.2/jobs/create", Some(circle)).await, (400, code));
}
