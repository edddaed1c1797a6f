use std::time::Duration;

use serde_json::{Value, json};

use super::*;

/// Gives the prompt back.
#[derive(Debug)]
struct Echo;

impl OfflineModel for Echo {
    fn name(&self) -> String {
        "echo".to_owned()
    }

    fn answer(&self, request: &Request) -> ModelAnswer {
        Ok(request.prompt.clone())
    }
}

fn gateway(dir: &Path, source: SourceConfig) -> Arc<Gateway> {
    Gateway::new(dir, SourceConfig { offline: Some(Arc::new(Echo)), ..source })
}

async fn ask(gateway: &Arc<Gateway>, session: u64, prompts: &[&str]) -> Vec<ModelAnswer> {
    let prompts = prompts.iter().map(|p| (*p).to_owned()).collect();
    gateway.answer_all(session, "ai_gen", Options::default(), prompts).await.unwrap()
}

fn counts(gateway: &Gateway) -> (u64, u64, u64) {
    let count = gateway.counted().functions.remove("ai_gen").unwrap_or_default();
    (count.asked, count.failed, count.reused)
}

#[tokio::test]
async fn a_broken_statement_keeps_its_answers_for_the_next_and_a_good_one_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let g = gateway(dir.path(), SourceConfig::default());
    g.open(1, Some("11"));
    ask(&g, 1, &["Same words.", "Same words.", "Others."]).await;
    assert_eq!(counts(&g), (3, 0, 0));
    g.close(1);
    // a server that is killed closes nothing: the journal alone tells
    drop(g);
    let g = gateway(dir.path(), SourceConfig::default());
    g.open(1, Some("12"));
    ask(&g, 1, &["Same words.", "Same words.", "Same words."]).await;
    assert_eq!(counts(&g), (1, 0, 2), "two equal answers were kept, the third is asked");
    g.commit(1);
    ask(&g, 1, &["Same words."]).await;
    assert_eq!(counts(&g), (2, 0, 2), "asked again after the statement ended well");
    assert_eq!(g.counted().calls.len(), 1);
    assert_eq!(g.counted().calls[0].run.as_deref(), Some("12"));
}

#[tokio::test]
async fn a_gateway_that_nobody_asks_leaves_the_journal_of_another_server_alone() {
    let dir = tempfile::tempdir().unwrap();
    let g = gateway(dir.path(), SourceConfig::default());
    g.open(1, None);
    ask(&g, 1, &["First."]).await;
    // a command that loses the race for the folder made its engine already
    drop(gateway(dir.path(), SourceConfig::default()));
    ask(&g, 1, &["Second."]).await;
    drop(g);
    let g = gateway(dir.path(), SourceConfig::default());
    g.open(1, None);
    ask(&g, 1, &["First.", "Second."]).await;
    assert_eq!(counts(&g), (0, 0, 2), "both answers outlive the killed server");
}

#[tokio::test]
async fn faults_hit_the_chosen_calls_and_failures_are_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    let g = gateway(dir.path(), SourceConfig::default());
    let fault = r#"{"function":"ai_gen","nth":2,"count":1,"action":{"fail":"as asked"}}"#;
    g.set_faults(vec![serde_json::from_str(fault).unwrap()]);
    g.open(1, None);
    let answers = ask(&g, 1, &["One.", "Two.", "Three."]).await;
    assert_eq!(answers[1], Err("as asked".into()));
    assert_eq!((answers[0].is_ok(), answers[2].is_ok()), (true, true));
    g.rollback(1);
    ask(&g, 1, &["One.", "Two.", "Three."]).await;
    assert_eq!(counts(&g), (4, 1, 2));
}

#[tokio::test]
async fn a_share_of_the_calls_fails_and_always_the_same_ones() {
    let dir = tempfile::tempdir().unwrap();
    let prompts: Vec<String> = (0..200).map(|n| format!("Prompt {n}.")).collect();
    let prompts: Vec<&str> = prompts.iter().map(String::as_str).collect();
    let mut failed = Vec::new();
    for session in 1..=2 {
        let g = gateway(&dir.path().join(session.to_string()), SourceConfig::default());
        g.set_faults(vec![serde_json::from_str(r#"{"share":0.3,"action":{"fail":"x"}}"#).unwrap()]);
        g.open(session, None);
        let answers = ask(&g, session, &prompts).await;
        failed.push(answers.iter().map(Result::is_err).collect::<Vec<_>>());
    }
    assert_eq!(failed[0], failed[1]);
    let share = failed[0].iter().filter(|f| **f).count();
    assert!((40..80).contains(&share), "{share} of 200");
}

#[tokio::test]
async fn a_call_that_never_returns_ends_with_its_session() {
    let dir = tempfile::tempdir().unwrap();
    let g = gateway(dir.path(), SourceConfig::default());
    g.set_faults(vec![serde_json::from_str(r#"{"contains":"Two","action":"hang"}"#).unwrap()]);
    g.open(1, Some("7"));
    let asking = tokio::spawn({
        let g = Arc::clone(&g);
        async move { g.answer_all(1, "ai_gen", Options::default(), vec!["One.".into(), "Two.".into()]).await }
    });
    while g.counted().waiting == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(g.asking("7").as_deref(), Some("asking ai_gen, 1 of 2"));
    assert_eq!(g.asking("8"), None, "another run asks nothing");
    g.close(1);
    assert_eq!(asking.await.unwrap().unwrap_err().class, "SESSION_CLOSED");
    assert_eq!((counts(&g).0, g.counted().waiting), (1, 0));
}

#[tokio::test]
async fn recorded_answers_are_replayed_and_a_missing_one_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("answers");
    let recording = SourceConfig { record: Some(file.clone()), ..SourceConfig::default() };
    let g = gateway(&dir.path().join("a"), recording);
    g.open(1, None);
    let first = ask(&g, 1, &["Words that are kept."]).await;
    let replaying = SourceConfig { replay: Some(file), ..SourceConfig::default() };
    let g = gateway(&dir.path().join("b"), replaying);
    g.open(1, None);
    let again = ask(&g, 1, &["Words that are kept.", "Words that are new."]).await;
    assert_eq!(again[0], first[0]);
    let missing = again[1].clone().unwrap_err();
    assert!(missing.contains("no recorded answer for ai_gen") && missing.contains("Words that are new."), "{missing}");
    assert_eq!(g.counted().source, "recorded answers");
}

/// A chat endpoint that answers with these statuses in turn, then 200 with the words of the prompt's last line.
async fn endpoint(statuses: Vec<u16>) -> (String, Arc<Mutex<Vec<(String, Value)>>>) {
    let seen: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
    let log = Arc::clone(&seen);
    let handler = move |headers: axum::http::HeaderMap, axum::Json(body): axum::Json<Value>| async move {
        let mut seen = log.lock().unwrap();
        let status = statuses.get(seen.len()).copied().unwrap_or(200);
        let key = headers.get("authorization").map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        let text = body["messages"].as_array().unwrap().last().unwrap()["content"].clone();
        seen.push((key, body));
        let answer = json!({"choices": [{"message": {"content": format!(" \"{}\" ", text.as_str().unwrap())}}]});
        (axum::http::StatusCode::from_u16(status).unwrap(), [("retry-after", "0")], axum::Json(answer))
    };
    let router = axum::Router::new().route("/v1/chat/completions", axum::routing::post(handler));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, seen)
}

fn asking(url: String) -> SourceConfig {
    let first_wait = Duration::from_millis(1);
    let endpoint =
        EndpointConfig { url, key: Some("secret".into()), model: Some("fiction-1".into()), concurrency: 2, first_wait };
    SourceConfig { endpoint: Some(endpoint), ..SourceConfig::default() }
}

#[tokio::test]
async fn an_endpoint_is_asked_again_when_it_refuses_for_now_and_told_what_the_function_wants() {
    let (url, seen) = endpoint(vec![429, 503]).await;
    let dir = tempfile::tempdir().unwrap();
    let g = gateway(dir.path(), asking(url));
    g.open(1, None);
    let labels = Some(vec!["Streaming".to_owned(), "Other".to_owned()]);
    let options = Options { labels, ..Options::default() };
    let answers = g.answer_all(1, "ai_classify", options, vec!["streaming".into()]).await.unwrap();
    assert_eq!(answers, [Ok("Streaming".to_owned())], "the label as it was given");
    let format = json!({"type": "json_schema", "json_schema": {"name": "x", "schema": {}}});
    let options = Options {
        model: Some("other".into()),
        response_format: Some(format.to_string()),
        model_parameters: Some(json!({"temperature": 0.0, "max_tokens": null})),
        ..Options::default()
    };
    g.answer_all(1, "ai_query", options, vec!["{}".into()]).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|(key, body)| key == "Bearer secret" && body["model"] == "fiction-1"));
    assert!(seen[0].1["messages"][0]["content"].as_str().unwrap().contains("\"Streaming\", \"Other\""));
    assert_eq!(seen[3].1["response_format"], format);
    assert_eq!((&seen[3].1["temperature"], seen[3].1.get("max_tokens")), (&json!(0.0), None));
    assert_eq!(seen[3].1["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refusal_for_good_is_an_error_at_once_and_one_for_now_after_some_attempts() {
    let dir = tempfile::tempdir().unwrap();
    for (status, calls) in [(401, 1), (429, 5)] {
        let (url, seen) = endpoint(vec![status; 9]).await;
        let g = gateway(&dir.path().join(status.to_string()), asking(url));
        g.open(1, None);
        let why = ask(&g, 1, &["x"]).await[0].clone().unwrap_err();
        assert!(why.contains(&status.to_string()) && !why.contains("secret"), "{why}");
        assert_eq!((seen.lock().unwrap().len(), counts(&g)), (calls, (1, 1, 0)));
    }
}

#[tokio::test]
async fn an_endpoint_that_is_down_is_not_waited_for_by_every_call_and_is_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let (url, seen) = endpoint(vec![503; 20 * 5 + 30]).await;
    let g = gateway(dir.path(), asking(url));
    g.open(1, None);
    let prompts: Vec<String> = (0..60).map(|n| format!("Prompt {n}.")).collect();
    let prompts: Vec<&str> = prompts.iter().map(String::as_str).collect();
    let answers = ask(&g, 1, &prompts[..40]).await;
    assert!(answers.iter().all(Result::is_err));
    assert!(seen.lock().unwrap().len() < 20 * 5 + 30, "{} calls", seen.lock().unwrap().len());
    while seen.lock().unwrap().len() < 20 * 5 + 30 {
        ask(&g, 1, &["again"]).await;
    }
    assert!(ask(&g, 1, &prompts[40..]).await.iter().all(Result::is_ok));
}

/// A chat endpoint that answers each call when it is given a permit; and the calls that it has seen.
async fn slow_endpoint() -> (String, Arc<tokio::sync::Semaphore>, Arc<Mutex<usize>>) {
    let permits = Arc::new(tokio::sync::Semaphore::new(0));
    let seen: Arc<Mutex<usize>> = Arc::default();
    let (may, log) = (Arc::clone(&permits), Arc::clone(&seen));
    let handler = move || async move {
        *log.lock().unwrap() += 1;
        may.acquire().await.unwrap().forget();
        axum::Json(json!({"choices": [{"message": {"content": "An answer."}}]}))
    };
    let router = axum::Router::new().route("/v1/chat/completions", axum::routing::post(handler));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, permits, seen)
}

/// How a statement ends while its calls are at the model.
#[derive(Debug, Clone, Copy)]
enum Ending {
    Closed,
    Failed,
    /// Its connection is cut, as when the engine's process dies.
    Cut,
}

#[tokio::test]
async fn calls_at_the_model_outlive_their_statement_and_are_asked_once() {
    for ending in [Ending::Closed, Ending::Failed, Ending::Cut] {
        for arrives in ["before a restart", "before the next statement", "while the next statement waits"] {
            let what = format!("{ending:?}, {arrives}");
            let (url, permits, seen) = slow_endpoint().await;
            let dir = tempfile::tempdir().unwrap();
            let mut g = gateway(dir.path(), asking(url.clone()));
            let all = |g: &Arc<Gateway>, session| {
                let g = Arc::clone(g);
                let prompts = vec!["One.".into(), "Two.".into()];
                tokio::spawn(async move { g.answer_all(session, "ai_gen", Options::default(), prompts).await })
            };
            g.open(1, Some("7"));
            let lost = all(&g, 1);
            while *seen.lock().unwrap() < 2 {
                tokio::task::yield_now().await;
            }
            match ending {
                Ending::Closed => g.close(1),
                Ending::Failed => g.rollback(1),
                Ending::Cut => lost.abort(),
            }
            assert!(lost.await.is_err() || matches!(ending, Ending::Closed | Ending::Failed), "{what}");
            assert_eq!(g.counted().waiting, 0, "{what}");
            if arrives != "while the next statement waits" {
                permits.add_permits(2);
                while counts(&g).0 < 2 {
                    tokio::task::yield_now().await;
                }
                assert_eq!(counts(&g), (2, 0, 0), "{what}");
            }
            if arrives == "before a restart" {
                drop(g);
                g = gateway(dir.path(), asking(url));
            }
            g.open(2, Some("8"));
            let next = all(&g, 2);
            if arrives == "while the next statement waits" {
                while g.counted().waiting < 2 {
                    tokio::task::yield_now().await;
                }
                permits.add_permits(2);
            }
            assert_eq!(next.await.unwrap().unwrap(), vec![Ok("An answer.".to_owned()); 2], "{what}");
            assert_eq!(*seen.lock().unwrap(), 2, "{what}");
            let counted = counts(&g);
            assert_eq!(counted.0 + counted.2, if arrives == "before the next statement" { 4 } else { 2 }, "{what}");
            g.commit(2);
            assert_eq!(
                std::fs::metadata(dir.path().join("answers.jsonl")).unwrap().len(),
                0,
                "{what}: nothing is left"
            );
        }
    }
}
