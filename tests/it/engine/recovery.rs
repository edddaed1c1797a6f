//! T7 and what survives: a killed server, a killed engine, a restart.

use std::collections::BTreeMap;

use serde_json::json;

use super::Lab;
use crate::kit::signal;

#[test]
fn engine_t7_a_run_killed_within_a_wave_resumes_and_repeats_no_finished_call() {
    let mut lab = Lab::with_sample(16);
    let job = lab.deploy();
    lab.faults(json!([{"function": "ai_query", "nth": 5, "count": 1, "action": "hang"}]));
    let killed = lab.start_run(job);
    // all of the wave's first two questions but the one call that hangs
    let finished = lab.until("the call that hangs", || {
        let counted = lab.gateway();
        let asked = counted["functions"].as_object()?.values().filter_map(|c| c["asked"].as_u64()).sum::<u64>();
        let due =
            (counted["waiting"] == 1).then(|| lab.number("SELECT count(*) FROM piq_wave_1 WHERE action = 'ask' AND enrichment IN ('ai_blockers', 'ai_business_types')"))?;
        (asked + 1 == due).then_some(asked)
    });
    let stored = lab.number("SELECT count(*) FROM piq_ai_calls WHERE attempts > 0");
    assert!(stored > 0 && finished > stored + 8, "{finished} finished, {stored} stored");
    lab.kill_and_restart();
    let run = lab.finished(killed);
    assert_eq!(run["state"]["result_state"], "FAILED");
    let of = lab.map("SELECT enrichment, CAST(count(*) AS STRING) FROM piq_ai_calls WHERE attempts > 0 GROUP BY 1");
    let kept = BTreeMap::from([("ai_blockers".to_owned(), stored.to_string())]);
    assert_eq!(of, kept, "the statement that was killed is lost, the one before it is not");
    lab.run(job);
    let functions = lab.gateway()["functions"].clone();
    let sum =
        |what: &str| functions.as_object().into_iter().flatten().filter_map(|(_, c)| c[what].as_u64()).sum::<u64>();
    assert_eq!(sum("reused"), finished - stored);
    assert_eq!(
        sum("reused") + sum("asked") + stored,
        lab.number("SELECT count(*) FROM piq_ai_calls WHERE status <> 'skipped_empty'")
    );
    lab.asked();
    lab.run(job);
    assert_eq!(lab.asked(), BTreeMap::new());
    let journal = lab.project.path(".piq/workspace/engine/answers.jsonl");
    assert_eq!(std::fs::metadata(journal).expect("journal").len(), 0, "no answer is left over");
}

#[test]
fn engine_tables_and_views_survive_restarts_and_a_dead_engine_is_replaced() {
    let mut lab = Lab::new();
    lab.sql("CREATE SCHEMA main.kept");
    lab.sql("CREATE TABLE main.kept.t (a INT NOT NULL COMMENT 'it\\'s', b DECIMAL(18,2)) COMMENT 'all of it'");
    lab.sql("INSERT INTO main.kept.t VALUES (1, 2.50), (2, NULL)");
    // the inner view is made after the outer one was first made: order follows need, not names
    lab.sql("CREATE VIEW main.kept.z_inner AS SELECT a, b FROM main.kept.t");
    lab.sql("CREATE VIEW main.kept.a_outer AS SELECT sum(b) AS total FROM main.kept.z_inner");
    lab.sql("CREATE OR REPLACE VIEW main.kept.z_inner AS SELECT a, b * 2 AS b FROM main.kept.t");
    for killed in [false, true] {
        let engine = engine_process(lab.workspace.pid());
        if killed {
            lab.kill_and_restart()
        } else {
            lab.restart()
        }
        lab.until("the end of the engine", || (!alive(engine)).then_some(()));
        assert_eq!(lab.sql("SELECT total FROM main.kept.a_outer"), [[json!("5.00")]]);
        assert_eq!(
            lab.sql("SELECT a, b FROM main.kept.t ORDER BY a"),
            [[json!("1"), json!("2.50")], [json!("2"), json!(null)]]
        );
        assert_eq!(lab.sql("DESCRIBE TABLE main.kept.t")[0], [json!("a"), json!("int"), json!("it's")]);
    }
    let engine = engine_process(lab.workspace.pid());
    signal("-9", engine);
    lab.until("the new engine", || {
        let answer = lab.statement("SELECT count(*) FROM main.kept.t");
        (answer["status"]["state"] == "SUCCEEDED").then_some(())
    });
}

/// The engine's process: the server's child.
pub(super) fn engine_process(server: u32) -> u32 {
    let entries = std::fs::read_dir("/proc").expect("processes").flatten();
    let mut all = entries.filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok());
    all.find(|pid| status(*pid).is_some_and(|(_, parent)| parent == server)).expect("the engine runs")
}

/// State and parent of a process.
fn status(pid: u32) -> Option<(String, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}

pub(super) fn alive(pid: u32) -> bool {
    status(pid).is_some_and(|(state, _)| state != "Z")
}
