//! All tables of the pipeline on Spark and on the local engine, row by row.

use std::sync::Arc;

use piq_local::engine::EngineTable;
use serde_json::Value;

use super::lab::Lab;
use super::{local, runtime, spark};

/// Columns that say which run wrote a row and when.
const OF_THE_RUN: [&str; 4] = ["run_id", "started_at", "finished_at", "piq_last_updated"];
/// Tables and views beside the reference tables.
const RELATIONS: [&str; 5] =
    ["pipelineiq", "pipelineiq_view", "sales_manager_summary_view", "field_manager_summary_view", "piq_ai_calls"];
const ROWS: u64 = 36;

#[test]
fn engine_spark_gives_the_same_tables_as_the_local_engine() {
    let Some(spark) = spark("same") else { return };
    let local = local("compared");
    runtime().block_on(async {
        let mut labs = [Lab::new(local.clone(), "same"), Lab::new(Arc::new(spark), "same")];
        for lab in &mut labs {
            lab.load_sample(ROWS).await;
            lab.run().await;
        }
        compare_all(&labs, "after the first run").await;
        // a week later, in short: edits, a postponement, a use case that ended, one that is new
        for lab in &mut labs {
            for sql in [
                "UPDATE {source} SET implementation_notes = 'The champion left. The security review is open until June.' WHERE usecase_id = 'UC-000003'",
                "UPDATE {source} SET target_live_date = date_add(target_live_date, 45), implementation_status = 'Red' WHERE usecase_id IN ('UC-000005', 'UC-000006')",
                "UPDATE {source} SET stage = 'Lost' WHERE usecase_id = 'UC-000007'",
                "INSERT INTO {source} SELECT * FROM {source} WHERE usecase_id = 'UC-000008'",
                "UPDATE {source} SET num_of_blockers = 4, last_modified_blocker_comment = 'It\\'s the <b>budget</b>: ask ann@example.com' WHERE usecase_id = 'UC-000009'",
            ] {
                lab.table(sql).await;
            }
            lab.run().await;
        }
        compare_all(&labs, "after the second run").await;
        local.stop().await;
    });
}

async fn compare_all(labs: &[Lab; 2], when: &str) {
    let (_, registry) = labs[0].render();
    let references = registry.reference.keys().map(String::as_str);
    let mut differences = Vec::new();
    for relation in RELATIONS.into_iter().chain(references) {
        let sql = format!("SELECT * FROM {{schema}}.{relation}");
        let [local, spark] = [labs[0].table(&sql).await, labs[1].table(&sql).await].map(prepared);
        assert!(!local.rows.is_empty(), "{relation} is empty {when}");
        differences.extend(differing(&local, &spark).into_iter().map(|d| format!("{relation} {when}: {d}")));
    }
    assert!(differences.is_empty(), "local engine / Spark:\n{}", differences.join("\n"));
}

/// Without what differs from run to run, in an order that does not depend on the engine.
fn prepared(table: EngineTable) -> EngineTable {
    let keep: Vec<usize> =
        (0..table.columns.len()).filter(|i| !OF_THE_RUN.contains(&table.columns[*i].name.as_str())).collect();
    let mut rows: Vec<Vec<Value>> =
        table.rows.iter().map(|row| keep.iter().map(|i| row[*i].clone()).collect()).collect();
    let key = |row: &Vec<Value>| {
        let exact = row.iter().filter(|v| !v.is_f64()).map(Value::to_string);
        exact.collect::<Vec<_>>().join("\u{1}")
    };
    rows.sort_by_cached_key(key);
    EngineTable { columns: keep.iter().map(|i| table.columns[*i].clone()).collect(), rows }
}

/// What differs: a line for each column or value, the first few only.
fn differing(local: &EngineTable, spark: &EngineTable) -> Vec<String> {
    let names = |t: &EngineTable| t.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    if names(local) != names(spark) {
        return vec![format!("columns {} / {}", names(local).join(", "), names(spark).join(", "))];
    }
    if local.rows.len() != spark.rows.len() {
        return vec![format!("{} / {} rows", local.rows.len(), spark.rows.len())];
    }
    let mut found: Vec<String> = local
        .columns
        .iter()
        .zip(&spark.columns)
        .filter(|(l, r)| l.type_text != r.type_text)
        .map(|(l, r)| format!("{} is {} / {}", l.name, l.type_text, r.type_text))
        .collect();
    for (l, r) in local.rows.iter().zip(&spark.rows) {
        for (i, column) in local.columns.iter().enumerate() {
            if !same(&l[i], &r[i]) && found.len() < 8 {
                found.push(format!("{} of {}: {} / {}", column.name, l[0], l[i], r[i]));
            }
        }
    }
    found
}

/// Equal; sums of fractions may be added up in another order.
fn same(local: &Value, spark: &Value) -> bool {
    match (local, spark) {
        (Value::Number(l), Value::Number(r)) if l.is_f64() || r.is_f64() => {
            let (l, r) = (l.as_f64().unwrap_or(f64::NAN), r.as_f64().unwrap_or(f64::NAN));
            (l - r).abs() <= 1e-9 * l.abs().max(r.abs()).max(1.0)
        }
        (Value::Array(l), Value::Array(r)) => l.len() == r.len() && l.iter().zip(r).all(|(l, r)| same(l, r)),
        (Value::Object(l), Value::Object(r)) => {
            l.len() == r.len() && l.iter().all(|(k, v)| r.get(k).is_some_and(|other| same(v, other)))
        }
        _ => local == spark,
    }
}
