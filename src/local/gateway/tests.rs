use super::*;

fn gateway(dir: &Path, source: SourceConfig) -> Arc<Gateway> {
    Gateway::new(dir, source)
}

async fn ask(gateway: &Arc<Gateway>, session: u64, prompts: &[&str]) -> Vec<Answer> {
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
    assert_eq!(counts(&g), (2, 0, 2), "asked anew after the statement ended well");
    assert_eq!(g.counted().calls.len(), 1);
    assert_eq!(g.counted().calls[0].run.as_deref(), Some("12"));
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
    g.open(1, None);
    let asking = tokio::spawn({
        let g = Arc::clone(&g);
        async move { g.answer_all(1, "ai_gen", Options::default(), vec!["One.".into(), "Two.".into()]).await }
    });
    while g.counted().waiting == 0 {
        tokio::task::yield_now().await;
    }
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
