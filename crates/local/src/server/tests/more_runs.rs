//! Attempts, repairs, parts of jobs and runs without a job.

use super::*;

fn task(key: &str, path: &str, above: &[&str]) -> Value {
    let above: Vec<Value> = above.iter().map(|a| json!({"task_key": a})).collect();
    json!({"task_key": key, "depends_on": above, "notebook_task": {"notebook_path": path}})
}

fn attempts(run: &Value) -> Vec<(String, u64, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let tasks = run["tasks"].as_array().unwrap().iter();
    tasks
        .map(|t| (text(&t["task_key"]), t["attempt_number"].as_u64().unwrap(), text(&t["state"]["result_state"])))
        .collect()
}

fn expected(rows: &[(&str, u64, &str)]) -> Vec<(String, u64, String)> {
    rows.iter().map(|(key, attempt, state)| ((*key).to_owned(), *attempt, (*state).to_owned())).collect()
}

#[tokio::test]
async fn a_retried_task_is_listed_once_for_each_attempt() {
    let w = Workspace::start().await;
    w.notebook("/nb/bad", "FAIL").await;
    let mut bad = task("bad", "/nb/bad", &[]);
    bad["max_retries"] = json!(2);
    bad["min_retry_interval_millis"] = json!(1);
    let job = w.job(json!({"name": "j", "tasks": [bad, task("after", "/nb/bad", &["bad"])]})).await;
    let run = w.finished(w.run(job).await).await;
    let rows = [("bad", 0, "FAILED"), ("bad", 1, "FAILED"), ("bad", 2, "FAILED"), ("after", 0, "UPSTREAM_FAILED")];
    assert_eq!(attempts(&run), expected(&rows));
    let ids: std::collections::BTreeSet<u64> =
        run["tasks"].as_array().unwrap().iter().map(|t| t["run_id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), 4, "every attempt has a number of its own");
}

#[tokio::test]
async fn a_repair_runs_what_failed_again() {
    let w = Workspace::start().await;
    w.notebook("/nb/good", "OK").await;
    w.notebook("/nb/bad", "FAIL").await;
    let tasks =
        [task("first", "/nb/good", &[]), task("bad", "/nb/bad", &["first"]), task("after", "/nb/good", &["bad"])];
    let job = w.job(json!({"name": "j", "tasks": tasks})).await;
    let run_id = w.run(job).await;
    assert_eq!(w.finished(run_id).await["state"]["result_state"], "FAILED");
    w.notebook("/nb/bad", "OK").await;
    let asked = json!({"run_id": run_id, "rerun_all_failed_tasks": true});
    let repair = w.post("/api/2.2/jobs/runs/repair", asked.clone()).await;
    let run = w.finished(run_id).await;
    assert_eq!(run["state"]["result_state"], "SUCCESS");
    let rows = [
        ("first", 0, "SUCCESS"),
        ("bad", 0, "FAILED"),
        ("bad", 1, "SUCCESS"),
        ("after", 0, "UPSTREAM_FAILED"),
        ("after", 1, "SUCCESS"),
    ];
    assert_eq!(attempts(&run), expected(&rows));
    let history = w.get(&format!("/api/2.2/jobs/runs/get?run_id={run_id}&include_history=true")).await;
    assert_eq!(history["repair_history"][1]["id"], repair["repair_id"]);
    let refused = w.refused(Method::POST, "/api/2.2/jobs/runs/repair", Some(asked)).await;
    assert_eq!(refused.0, 400, "the latest repair must be named");
}

#[tokio::test]
async fn a_part_of_a_job_is_chosen_with_what_is_above_or_below_it() {
    let w = Workspace::start().await;
    w.notebook("/nb/n", "OK").await;
    let tasks = [task("a", "/nb/n", &[]), task("b", "/nb/n", &["a"]), task("c", "/nb/n", &["b"])];
    let job = w.job(json!({"name": "j", "tasks": tasks})).await;
    for (only, keys) in [("b", vec!["b"]), ("+b", vec!["a", "b"]), ("b+", vec!["b", "c"]), ("+b+", vec!["a", "b", "c"])]
    {
        let run = w.post("/api/2.2/jobs/run-now", json!({"job_id": job, "only": [only]})).await;
        let run = w.finished(run["run_id"].as_u64().unwrap()).await;
        let ran: Vec<&str> = run["tasks"].as_array().unwrap().iter().map(|t| t["task_key"].as_str().unwrap()).collect();
        assert_eq!(ran, keys, "{only}");
    }
    let unknown = json!({"job_id": job, "only": ["x+"]});
    assert_eq!(w.refused(Method::POST, "/api/2.2/jobs/run-now", Some(unknown)).await.0, 400);
}

#[tokio::test]
async fn tasks_are_submitted_without_a_job_and_shown_as_a_page() {
    let w = Workspace::start().await;
    w.notebook("/nb/n", "SELECT 1 < 2").await;
    let body = json!({"run_name": "once", "idempotency_token": "t", "tasks": [task("only", "/nb/n", &[])]});
    let run = w.post("/api/2.2/jobs/runs/submit", body.clone()).await;
    assert_eq!(w.post("/api/2.2/jobs/runs/submit", body).await, run);
    let run_id = run["run_id"].as_u64().unwrap();
    let run = w.finished(run_id).await;
    assert_eq!((&run["run_type"], &run["run_name"]), (&json!("SUBMIT_RUN"), &json!("once")));
    assert_eq!(w.get("/api/2.2/jobs/list").await.get("jobs"), None);
    let page = w.get(&format!("/api/2.2/jobs/runs/export?run_id={run_id}")).await;
    assert!(page["views"][0]["content"].as_str().unwrap().contains("SELECT 1 &lt; 2"), "{page}");
}
