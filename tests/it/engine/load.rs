//! `piq load` on the engine: files become typed tables, bad files change nothing, and a mapping lets the pipeline read them.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::{Lab, engine_dir};
use crate::kit::{code, ended_well, said, text};

/// As a spreadsheet of another CRM writes it.
const DEALS: &str = "\u{feff}Opportunity ID;Opportunity Name;Account Name;Stage Name;Close Date;Amount (USD);Open;Note\r\n\
    D-1;Roses;Alpha Ltd;U3;3/25/2026;1200.50;true;\"two\r\nlines; and more\"\r\n\
    D-2;Tulips;Beta Ltd;U4;4/1/2026;80;FALSE;\r\n";

impl Lab {
    fn load(&self, args: &[&str]) -> Value {
        let told = self.succeed(&[&["load", "-o", "json"], args].concat());
        serde_json::from_str(&told).expect("JSON")
    }

    fn refuses(&self, args: &[&str]) -> String {
        let out = self.piq(&[&["load"], args].concat());
        assert!(matches!(code(&out), 1 | 2), "{}", said(&out));
        text(&out.stderr)
    }
}

#[test]
fn engine_load_makes_typed_tables_of_files() {
    let lab = Lab::new();
    lab.project.write("deals.csv", DEALS);
    let schema = std::fs::read_to_string(piq_testing::root().join("docs/schema/load.schema.json")).expect("a schema");
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).expect("JSON")).expect("a schema");
    let loaded = lab.load(&["deals.csv", "main.crm.deals", "--type", "amount_usd=DECIMAL(18,2)"]);
    let faults: Vec<String> = schema.iter_errors(&loaded).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(faults.is_empty(), "{loaded}: {faults:?}");
    assert_eq!(
        (&loaded["table"], &loaded["mode"], &loaded["rows"]),
        (&json!("main.crm.deals"), &json!("created"), &json!(2))
    );
    let types: Vec<(&str, &str)> = loaded["columns"]
        .as_array()
        .expect("columns")
        .iter()
        .map(|c| (c["name"].as_str().expect("name"), c["type"].as_str().expect("type")))
        .collect();
    let expected = [
        ("opportunity_id", "STRING"),
        ("opportunity_name", "STRING"),
        ("account_name", "STRING"),
        ("stage_name", "STRING"),
        ("close_date", "DATE"),
        ("amount_usd", "DECIMAL(18,2)"),
        ("open", "BOOLEAN"),
        ("note", "STRING"),
    ];
    assert_eq!(types, expected);
    assert_eq!(
        lab.sql("SELECT close_date, amount_usd, open, note FROM main.crm.deals ORDER BY opportunity_id"),
        [
            [json!("2026-03-25"), json!("1200.50"), json!("true"), json!("two\r\nlines; and more")],
            [json!("2026-04-01"), json!("80.00"), json!("false"), json!(null)]
        ]
    );

    // an existing table is only changed where that is asked for
    assert!(lab.refuses(&["deals.csv", "main.crm.deals"]).contains("`--replace`"));
    lab.project
        .write("more.jsonl", "{\"opportunity_id\": \"D-3\", \"amount_usd\": 7, \"Close Date\": \"2026-05-01\"}\n");
    assert_eq!(lab.load(&["more.jsonl", "main.crm.deals", "--append"])["mode"], "appended");
    assert_eq!(
        lab.sql(
            "SELECT opportunity_id, amount_usd, close_date, open FROM main.crm.deals WHERE opportunity_name IS NULL"
        ),
        [[json!("D-3"), json!("7.00"), json!("2026-05-01"), json!(null)]]
    );
    lab.project.write("odd.json", "[{\"colour\": \"red\"}]");
    assert!(lab.refuses(&["odd.json", "main.crm.deals", "--append"]).contains("no column `colour`"));

    // headings as they are, and a Parquet file
    assert_eq!(lab.load(&["deals.csv", "main.crm.deals", "--replace", "--keep-names"])["mode"], "replaced");
    assert_eq!(lab.number("SELECT count(*) FROM main.crm.deals WHERE `Amount (USD)` > 100"), 1);
    lab.project.write(
        "make.py",
        "import pyarrow as pa, pyarrow.parquet as pq, datetime, decimal\n\
         pq.write_table(pa.table({'id': [1, None], 'day': [datetime.date(2026, 3, 2)] * 2, 'x': [1.5, float('nan')],\n\
         'at': pa.array([datetime.datetime(2026, 3, 2, 10, 30)] * 2, pa.timestamp('us', tz='UTC')),\n\
         'amount': pa.array([decimal.Decimal('1.50')] * 2, pa.decimal128(10, 2)), 'tags': [['a'], []]}), 'deals.parquet')\n",
    );
    ended_well(Command::new(interpreter()).arg("make.py").current_dir(lab.project.path("")));
    let loaded = lab.load(&["deals.parquet", "main.crm.other"]);
    let types: Vec<&str> =
        loaded["columns"].as_array().expect("columns").iter().filter_map(|c| c["type"].as_str()).collect();
    assert_eq!(types, ["BIGINT", "DATE", "DOUBLE", "TIMESTAMP", "DECIMAL(10,2)", "STRING"]);
    assert_eq!(
        lab.sql("SELECT id, day, x, hour(at), amount, tags FROM main.crm.other WHERE id = 1"),
        [[json!("1"), json!("2026-03-02"), json!("1.5"), json!("10"), json!("1.50"), json!("[\"a\"]")]]
    );
}

#[test]
fn engine_load_shows_bad_values_at_their_lines_and_writes_nothing() {
    let lab = Lab::new();
    lab.project.write("deals.csv", "id,day,amount\n1,2026-03-02,5\n2,2026-13-02,\"7,5\"\n");
    let shown = lab.refuses(&["deals.csv", "main.crm.deals", "--type", "day=DATE", "--type", "amount=DOUBLE"]);
    for words in [
        "deals.csv:3:3",
        "expected a date like `2026-11-29` in `day`, found `2026-13-02`",
        "deals.csv:3:14",
        "found `7,5`",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert_ne!(lab.statement("SELECT 1 FROM main.crm.deals")["status"]["state"], "SUCCEEDED");

    lab.project.write("ragged.csv", "a,b\n1,2\n3\n");
    assert!(lab.refuses(&["ragged.csv", "main.crm.deals"]).contains("ragged.csv:3:1"));
    std::fs::write(lab.project.path("latin.csv"), b"a,b\n1,caf\xe9\n").expect("written");
    let shown = lab.refuses(&["latin.csv", "main.crm.deals"]);
    assert!(shown.contains("latin.csv:2:6") && shown.contains("UTF-8"), "{shown}");
    for (args, words) in [
        (&["deals.csv", "main.crm.deals", "--type", "amuont=INT"][..], "did you mean `amount`?"),
        (&["deals.csv", "main.crm.deals", "--type", "amount=INTT"], "expected STRING, BOOLEAN"),
        (&["deals.csv", "main.crm.deals", "-t", "dev"], "read_files('/Volumes/"),
        (&["deals.xlsx", "main.crm.deals"], "expected a file .csv"),
        (&["nothing.csv", "main.crm.deals"], "cannot read `nothing.csv`"),
        (&["deals.csv", "a.b.c.d"], "expected a table such as"),
    ] {
        let shown = lab.refuses(args);
        assert!(shown.contains(words), "{args:?}: {shown}");
    }
}

#[test]
fn engine_load_maps_a_table_of_another_crm_to_the_source() {
    let lab = Lab::new();
    lab.project.write("deals.csv", DEALS);
    let loaded = lab.load(&["deals.csv", "main.crm.deals", "--as-source"]);
    let mapped: Vec<&str> =
        loaded["mapping"]["mapped"].as_array().expect("mapped").iter().filter_map(|m| m["column"].as_str()).collect();
    assert_eq!(mapped, ["usecase_id", "snapshot_date", "usecase_name", "account_name", "stage", "target_live_date"]);
    let missing: Vec<&str> =
        loaded["mapping"]["missing"].as_array().expect("missing").iter().filter_map(Value::as_str).collect();
    assert!(missing.contains(&"sales_manager") && missing.contains(&"estimated_monthly_dollar_dbus"), "{missing:?}");

    // validate names what is missing; with a line for each, the source fits
    let out = lab.piq(&["validate"]);
    assert!(said(&out).contains("the mapping lacks required columns"), "{}", said(&out));
    let sql = lab.project.read("sql/source.sql");
    let lines: String = missing
        .iter()
        .map(|column| match *column {
            "estimated_monthly_dollar_dbus" => format!("  `amount_usd` AS {column},\n"),
            c if c.ends_with("_date") => format!("  close_date AS {column},\n"),
            _ => format!("  note AS {column},\n"),
        })
        .collect();
    lab.project.write("sql/source.sql", &sql.replace("SELECT\n", &format!("SELECT\n{lines}")));
    let report: Value =
        serde_json::from_slice(&lab.piq(&["doctor", "source", "-t", "local", "-o", "json"]).stdout).expect("JSON");
    assert_eq!(report["usecases"], 2, "{report}");
    let faults: Vec<&Value> = report["columns"]
        .as_array()
        .expect("columns")
        .iter()
        .filter(|c| c["fit"] == "wrong_type" || c["required"] == true && c["fit"] == "missing")
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
    // a mapping that somebody has edited is not replaced, nor is anything loaded
    let shown = lab.refuses(&["deals.csv", "main.crm.deals", "--replace", "--as-source"]);
    assert!(shown.contains("a mapping of your own"), "{shown}");
}

/// The Python of the engine.
fn interpreter() -> PathBuf {
    let versions = std::fs::read_dir(engine_dir()).expect("the engine's folder").flatten();
    let mut found = versions.map(|entry| entry.path().join("bin/python")).filter(|path| path.exists());
    found.next().unwrap_or_else(|| engine_dir().join("bin/python"))
}
