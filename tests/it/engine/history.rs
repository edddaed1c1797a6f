//! What leaders compare: a row for each use case and run, and what changed between two of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Lab;
use super::usecases::{Fields, answered, calm, facts, scores, text};

const NOTES: &str = "The customer names the {} true fact.";
const QUOTE: &str = "names the {} true fact";

fn in_days(days: i64) -> String {
    format!("date_add(current_date(), {days})")
}

/// A use case of the snapshot of this many days ago.
fn seen(id: &'static str, days_ago: i64, mut more: Fields<'static>) -> String {
    more.push(("snapshot_date", format!("date_sub(current_date(), {days_ago})")));
    calm(id, more)
}

fn noted(marker: &str) -> Fields<'static> {
    vec![("competition_string", text(&format!("{marker} {}", facts(NOTES))))]
}

fn last_week() -> Vec<String> {
    let stay = |id| seen(id, 7, vec![]);
    vec![
        stay("UC-STAYS"),
        stay("UC-WON"),
        stay("UC-LOST"),
        stay("UC-GONE"),
        stay("UC-UP"),
        stay("UC-DOWN"),
        seen("UC-FAR", 7, vec![("target_live_date", in_days(150))]),
        seen("UC-PUSHED", 7, vec![("target_live_date", in_days(120))]),
        seen("UC-PULLED", 7, vec![("target_live_date", in_days(150))]),
        seen("UC-RISK", 7, vec![("target_live_date", in_days(20))]),
        seen("UC-BETTER", 7, noted("Marker-6.")),
        seen("UC-WORSE", 7, noted("Marker-6.")),
    ]
}

fn this_week() -> Vec<String> {
    vec![
        seen("UC-STAYS", 0, vec![]),
        seen("UC-WON", 0, vec![("stage", text("U6 - Live"))]),
        seen("UC-LOST", 0, vec![("stage", text("Lost"))]),
        seen("UC-UP", 0, vec![("estimated_monthly_dollar_dbus", "1500".into())]),
        seen("UC-DOWN", 0, vec![("estimated_monthly_dollar_dbus", "600".into())]),
        seen("UC-FAR", 0, vec![("target_live_date", in_days(250))]),
        seen("UC-PUSHED", 0, vec![("target_live_date", in_days(150))]),
        seen("UC-PULLED", 0, vec![("target_live_date", in_days(140))]),
        seen("UC-RISK", 0, vec![("target_live_date", in_days(20)), ("implementation_status", text("Red"))]),
        seen("UC-BETTER", 0, noted("Marker-9.")),
        seen("UC-WORSE", 0, noted("Marker-0.")),
        seen("UC-NEW", 0, vec![]),
    ]
}

/// The model's answers: 6 of 10 everywhere; the same with a better champion; the same with none.
fn answers() -> Value {
    let mut better = scores(6, QUOTE, 0);
    better.insert("champion_score".into(), json!(9));
    let mut worse = scores(6, QUOTE, 0);
    worse.insert("champion_score".into(), json!(-1));
    worse.insert("champion_evidence".into(), json!(""));
    json!([
        answered("Marker-6.", &Value::Object(scores(6, QUOTE, 0)).to_string()),
        answered("Marker-9.", &Value::Object(better).to_string()),
        answered("Marker-0.", &Value::Object(worse).to_string()),
    ])
}

/// The cell of the rendered notebook that holds these words.
fn cell(lab: &Lab, words: &str) -> String {
    lab.succeed(&["render", "-t", "local", "-o", "rendered"]);
    let notebook = lab.project.read("rendered/notebooks/1_incremental_pipeline.sql");
    let cell = notebook.split("-- COMMAND ----------").find(|cell| cell.contains(words)).expect("a cell");
    cell.lines().filter(|l| !l.starts_with("-- DBTITLE")).collect::<Vec<_>>().join("\n")
}

fn each_row_is_there_once(lab: &Lab) {
    let twice = "SELECT run_id, usecase_id, count(*) FROM piq_history GROUP BY run_id, usecase_id HAVING count(*) > 1";
    assert_eq!(lab.sql(twice), Vec::<Vec<Value>>::new());
}

#[test]
fn engine_what_changed_since_last_week_is_what_the_source_did() {
    let lab = Lab::with_usecases(&last_week());
    lab.faults(answers());
    let job = lab.deploy();
    lab.run(job);
    assert_eq!(lab.number("SELECT count(*) FROM piq_history WHERE pipeline_state = 'Open'"), 12);
    assert_eq!(lab.number("SELECT count(*) FROM piq_changes"), 0, "there is nothing to compare with");
    // a run that asks nothing has its rows too, under a run of its own
    lab.run(job);
    assert_eq!(lab.number("SELECT count(DISTINCT run_id) FROM piq_history"), 2);
    assert_eq!(lab.number("SELECT count(*) FROM piq_history"), 24);
    assert_eq!(lab.number("SELECT count(*) FROM piq_changes"), 0);

    lab.insert(&this_week());
    lab.run(job);
    each_row_is_there_once(&lab);
    // a retry of the cell writes nothing again
    let rows = lab.number("SELECT count(*) FROM piq_history");
    let merge = cell(&lab, "INSERT INTO piq_history");
    for _ in 0..2 {
        lab.sql(&merge);
    }
    assert_eq!(lab.number("SELECT count(*) FROM piq_history"), rows);

    let found = lab.sql(
        "SELECT usecase_id, kind, coalesce(before, ''), coalesce(after, ''), coalesce(CAST(change_dollars AS STRING), ''), \
         coalesce(CAST(change_days AS STRING), ''), coalesce(why, '') FROM piq_changes ORDER BY usecase_id, kind",
    );
    let words = |row: &Vec<Value>| row.iter().map(|v| v.as_str().unwrap_or("NULL").to_owned()).collect::<Vec<_>>();
    let changes: BTreeMap<String, Vec<String>> =
        found.iter().map(words).map(|r| (r[0].clone(), r[1..].to_vec())).collect();
    assert_eq!(changes.len(), found.len(), "one change for each: {found:#?}");
    let day = |days: i64| {
        lab.sql(&format!("SELECT CAST({} AS STRING)", in_days(days)))[0][0].as_str().expect("a day").to_owned()
    };
    let score = |id: &str| {
        lab.sql(&format!("SELECT confidence_score FROM piq_history_now WHERE usecase_id = '{id}'"))[0][0]
            .to_string()
            .replace('"', "")
    };
    let (pushed, later) = (day(120), day(150));
    let cells = |cells: [&str; 6]| cells.map(str::to_owned);
    let low = format!("{} Low", score("UC-STAYS"));
    let far = format!("Its live date was put off to {}", day(250));
    let pulled = day(140);
    let expected = [
        ("UC-DOWN", cells(["Dollars down", "$1,000", "$600", "-400.00", "", ""])),
        ("UC-FAR", cells(["Left", &low, "Out of scope", "-1000.00", "", &far])),
        ("UC-GONE", cells(["Left", &low, "Gone", "-1000.00", "", "The source does not have it any more"])),
        (
            "UC-PUSHED",
            cells(["Pushed", &pushed, &later, "0.00", "30", "Put off 1 time as far as seen, by 30 days in all"]),
        ),
        ("UC-PULLED", cells(["Pulled in", &later, &pulled, "0.00", "-10", ""])),
        ("UC-UP", cells(["Dollars up", "$1,000", "$1,500", "500.00", "", ""])),
        ("UC-WON", cells(["Won", &low, "Live", "1000.00", "", "Live in stage U6"])),
        // 16 of 100 points hang on the champion
        (
            "UC-BETTER",
            cells(["Score up", "60 Medium", "65 Medium", "0.00", "", "champion 6 → 9: “names the second true fact”"]),
        ),
        (
            "UC-WORSE",
            cells([
                "Score down",
                "60 Medium",
                "54 Medium",
                "0.00",
                "",
                "champion 6 → unknown, no longer said: “names the second true fact”",
            ]),
        ),
    ];
    for (id, wanted) in &expected {
        assert_eq!(changes.get(*id).map(Vec::as_slice), Some(wanted.as_slice()), "{id}: {found:#?}");
    }
    for (id, kind) in [("UC-NEW", "New"), ("UC-LOST", "Lost"), ("UC-RISK", "Now at risk")] {
        assert_eq!(changes[id][0], kind, "{id}");
    }
    assert!(changes["UC-RISK"][5].contains("Less than 30 days to go, and Red"), "{found:#?}");
    assert!(!changes.contains_key("UC-STAYS"));

    // what was put off as far as runs saw, and the trend of open dollars by snapshot
    assert_eq!(
        lab.map("SELECT usecase_id, CAST(pushes_seen AS STRING) FROM piq_pushes WHERE pushes_seen > 0"),
        [("UC-PUSHED".to_owned(), "1".to_owned())].into()
    );
    let trend = "SELECT CAST(as_of AS STRING), CAST(sum(dollars) AS STRING) FROM piq_trend GROUP BY as_of";
    let dollars = [(day(-7), "12000.00".to_owned()), (day(0), "9100.00".to_owned())];
    assert_eq!(lab.map(trend), dollars.into());

    // what closed is told once, and not again a run later
    lab.run(job);
    each_row_is_there_once(&lab);
    let closed = "SELECT count(*) FROM piq_history WHERE pipeline_state <> 'Open'";
    assert_eq!(lab.number(closed), 4);
    let again = lab.number("SELECT count(*) FROM piq_changes");
    assert_eq!(again as usize, found.len(), "the next run of the same day compares with the same week");
}
