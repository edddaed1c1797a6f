//! What must hold of runs, on Spark.

use std::collections::BTreeSet;
use std::sync::Arc;

use piq_local::gateway::{GatewayFault, GatewayFaultAction};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use super::engine::Spark;
use super::host::Host;
use super::lab::{Lab, readers};
use super::{folder, runtime, spark, spark_files};

/// A lab that has run once and is at rest. The tests that share it each leave it at rest again.
async fn at_rest() -> Option<MutexGuard<'static, Lab>> {
    static LAB: OnceCell<Option<Mutex<Lab>>> = OnceCell::const_new();
    let start = || async {
        let mut lab = Lab::new(Arc::new(spark("rest")?), "rest");
        lab.load_sample(16).await;
        lab.run().await;
        Some(Mutex::new(lab))
    };
    Some(LAB.get_or_init(start).await.as_ref()?.lock().await)
}

const ROWS_AND_TIMES: &str =
    "SELECT concat(usecase_id, ' ', piq_last_updated) FROM {schema}.pipelineiq ORDER BY usecase_id";

#[test]
fn engine_spark_t4_an_unchanged_source_costs_no_call_and_merges_no_row() {
    runtime().block_on(async {
        let Some(mut lab) = at_rest().await else { return };
        let before = lab.texts(ROWS_AND_TIMES).await;
        let ledger = lab.number("SELECT count(*) FROM {schema}.piq_ai_calls").await;
        let asked = lab.asked();
        assert!(asked > 0 && !before.is_empty());
        lab.run().await;
        assert_eq!(lab.asked(), asked);
        assert_eq!(lab.number("SELECT count(*) FROM {schema}.piq_ai_calls").await, ledger);
        assert_eq!(lab.texts(ROWS_AND_TIMES).await, before);
    });
}

#[test]
fn engine_spark_t5_only_what_reads_a_changed_column_is_called() {
    runtime().block_on(async {
        let Some(mut lab) = at_rest().await else { return };
        let id = lab.texts("SELECT min(usecase_id) FROM {schema}.pipelineiq").await.remove(0);
        let before = lab.texts(ROWS_AND_TIMES).await;
        let edit = "UPDATE {source} SET implementation_notes = 'The pilot went well; the rollout waits for the network team.' \
                    WHERE usecase_id = '{id}'";
        lab.table(&edit.replace("{id}", &id)).await;
        lab.run().await;
        let asked = lab.asked_in_last_run().await;
        let (_, registry) = lab.render();
        let may = readers(&registry, &["implementation_notes"]);
        let called: BTreeSet<String> = asked.keys().cloned().collect();
        assert!(called.is_subset(&may), "{called:?} are not all among {may:?}");
        for e in registry.enrichments.iter().filter(|e| e.function.is_some()) {
            if e.inputs.iter().any(|i| i == "implementation_notes") {
                assert_eq!(asked.get(&e.name), Some(&1), "{}: {asked:?}", e.name);
            }
        }
        let after = lab.texts(ROWS_AND_TIMES).await;
        let changed: Vec<&String> = after.iter().filter(|row| !before.contains(row)).collect();
        assert_eq!(changed.len(), 1, "{changed:?}");
        assert!(changed[0].starts_with(&id));
    });
}

#[test]
fn engine_spark_t9_one_row_for_each_use_case_whatever_the_snapshots() {
    runtime().block_on(async {
        let Some(mut lab) = at_rest().await else { return };
        let latest = "snapshot_date = (SELECT max(snapshot_date) FROM {source})";
        let id = lab.texts("SELECT max(usecase_id) FROM {schema}.pipelineiq").await.remove(0);
        // the same use case twice in the latest snapshot, the second edited
        for sql in [
            "INSERT INTO {source} SELECT * FROM {source} WHERE usecase_id = '{id}' AND {latest}",
            "UPDATE {source} SET usecase_description = 'Edited once more.' WHERE usecase_id = '{id}'",
        ] {
            lab.table(&sql.replace("{latest}", latest).replace("{id}", &id)).await;
        }
        let snapshots = lab.number("SELECT count(DISTINCT snapshot_date) FROM {source}").await;
        assert!(snapshots > 1);
        lab.run().await;
        let one = lab.number("SELECT count(*) FROM {schema}.pipelineiq").await;
        assert_eq!(lab.number("SELECT count(DISTINCT usecase_id) FROM {schema}.pipelineiq").await, one);
        assert_eq!(lab.number("SELECT count(*) FROM {schema}.pipelineiq_view").await, one);
        assert_eq!(lab.number("SELECT count(*) FROM {schema}.piq_batch").await, 1);
        assert_eq!(lab.texts("SELECT usecase_id FROM {schema}.piq_batch").await, [id]);
    });
}

#[test]
fn engine_spark_t7_a_killed_run_resumes_and_repeats_no_finished_call() {
    let Some(files) = spark_files() else { return };
    runtime().block_on(async {
        // a process of its own, as it is killed
        let dir = folder().join("killed");
        let host = Arc::new(Host::start(files, &dir));
        let mut lab = Lab::new(Arc::new(Spark::new(Arc::clone(&host), &dir)), "killed");
        lab.load_sample(8).await;
        let gateway = lab.gateway();
        // the twelfth call and all after it never return: the run stands in the middle of a wave
        let hang = GatewayFault {
            function: None,
            contains: None,
            nth: 12,
            count: None,
            every: None,
            share: None,
            action: GatewayFaultAction::Hang,
        };
        gateway.set_faults(vec![hang]);
        let kill = async {
            while gateway.counted().waiting == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            tokio::task::spawn_blocking(move || host.kill()).await.expect("killed");
        };
        let (ended, ()) = tokio::join!(lab.try_run(), kill);
        assert_eq!(ended.expect_err("killed").error.class, "ENGINE_ENDED");
        gateway.set_faults(Vec::new());
        let answered = finished(&lab);
        assert_eq!(answered, 11, "calls that had an answer when the run was killed");

        let host = Arc::new(Host::start(files, &dir));
        lab.engine = Arc::new(Spark::over(host, gateway));
        lab.run().await;
        let asked = lab.number("SELECT count(*) FROM {schema}.piq_ai_calls WHERE attempts > 0").await;
        let failed =
            lab.number("SELECT count(*) FROM {schema}.piq_ai_calls WHERE status NOT IN ('ok', 'skipped_empty')").await;
        assert_eq!(failed, 0);
        assert_eq!(i64::try_from(finished(&lab)).ok(), Some(asked), "each answer was asked for once");
        let batch = lab.number("SELECT count(*) FROM {schema}.piq_batch").await;
        assert_eq!(lab.number("SELECT count(*) FROM {schema}.pipelineiq").await, batch);
    });
}

/// Calls that models answered.
fn finished(lab: &Lab) -> u64 {
    lab.gateway().counted().functions.values().map(|c| c.asked - c.failed).sum()
}

#[test]
fn engine_spark_t10_a_bad_answer_loses_nothing_and_is_asked_again() {
    let Some(engine) = spark("bad") else { return };
    runtime().block_on(async {
        let mut lab = Lab::new(Arc::new(engine), "bad");
        // a run takes minutes here; that five is the default is seen on the local engine
        lab.project.edit("sql/pipeline.yml", "max_attempts: 5", "max_attempts: 2");
        lab.load_sample(8).await;
        let fault = |function: Option<&str>, share: Option<f64>, action: GatewayFaultAction| GatewayFault {
            function: function.map(str::to_owned),
            contains: None,
            nth: 1,
            count: None,
            every: None,
            share,
            action,
        };
        let fail = || fault(None, Some(0.3), GatewayFaultAction::Fail("the model is busy".into()));
        let prose = || fault(Some("ai_query"), None, GatewayFaultAction::Answer("I would give this a ten.".into()));
        lab.gateway().set_faults(vec![fail(), prose()]);
        lab.try_run().await.expect_err("too many bad answers fail the run");
        let scope = lab.number("SELECT count(*) FROM {schema}.piq_batch").await;
        assert!(scope > 3);
        assert_eq!(lab.number("SELECT count(*) FROM {schema}.pipelineiq").await, scope, "no use case is lost");
        let bad = "SELECT count(*) FROM {schema}.piq_ai_calls WHERE status IN ('failed', 'invalid')";
        assert!(lab.number(bad).await > scope);
        let scores = "SELECT count(confidence_score) FROM {schema}.pipelineiq WHERE confidence_level_normalized <> 'Not computed'";
        assert_eq!(lab.number(scores).await, 0, "a bad answer is no score");

        // the next run asks for all of them again
        lab.gateway().set_faults(Vec::new());
        lab.run().await;
        let open = "SELECT count(*) FROM (SELECT usecase_id, enrichment FROM {schema}.piq_ai_calls GROUP BY usecase_id, enrichment \
                    HAVING count_if(status IN ('ok', 'skipped_empty')) = 0) AS open";
        assert_eq!(lab.number(open).await, 0);
        assert_eq!(lab.number("SELECT count(confidence_score) FROM {schema}.pipelineiq").await, scope);

        // bad answers to an edit leave the good older ones, and end as blocked
        let id = lab.texts("SELECT min(usecase_id) FROM {schema}.pipelineiq").await.remove(0);
        let answer = format!("SELECT confidence_raw FROM {{schema}}.pipelineiq WHERE usecase_id = '{id}'");
        let before = lab.texts(&answer).await;
        let edit = "UPDATE {source} SET implementation_notes = 'Nothing is known any more.' WHERE usecase_id = '{id}'";
        lab.table(&edit.replace("{id}", &id)).await;
        lab.gateway().set_faults(vec![prose()]);
        let blocked = format!(
            "SELECT count(*) FROM {{schema}}.piq_ai_calls WHERE usecase_id = '{id}' AND enrichment = 'ai_confidence' AND status = 'blocked'"
        );
        let mut runs = 0;
        while lab.number(&blocked).await == 0 {
            runs += 1;
            assert!(runs <= 2, "not blocked after two runs");
            lab.try_run().await.expect_err("a bad answer to the only question fails the run");
            assert_eq!(lab.texts(&answer).await, before, "a bad answer does not overwrite a good one");
        }
        let calls = |what: &str| {
            format!("SELECT {what} FROM {{schema}}.piq_ai_calls WHERE usecase_id = '{id}' AND enrichment = 'ai_confidence'")
        };
        assert_eq!((runs, lab.number(&calls("max(attempts)")).await), (2, 2));
        let rows = lab.number(&calls("count(*)")).await;
        lab.run().await;
        assert_eq!(lab.number(&calls("count(*)")).await, rows, "what is blocked is not asked again");
    });
}
