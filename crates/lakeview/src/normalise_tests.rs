//! The normaliser over synthetic and real dashboards.

use super::json::Document;
use super::set_parameters;

const HEAD: &str = "use catalog IDENTIFIER(:catalog);\\nuse schema IDENTIFIER(:schema);\\n";

/// A dashboard with one dataset whose parameters have the given defaults.
fn dashboard(catalog: &str, schema: &str) -> String {
    let parameter = |keyword: &str, value: &str| {
        format!(
            r#"{{"displayName": "Shown", "keyword": "{keyword}", "dataType": "STRING", "defaultSelection": {{"values": {{"dataType": "STRING", "values": [{{"value": "{value}"}}]}}}}}}"#
        )
    };
    format!(
        "{{\n  \"datasets\" : [ {{\n    \"name\": \"d1\",\n    \"queryLines\": [\"{HEAD}\", \"SELECT 1\"],\n    \"parameters\": [\n      {},\n      {}\n    ]\n  }} ],\n  \"pages\": []\n}}\n",
        parameter("catalog", catalog),
        parameter("schema", schema)
    )
}

fn set(text: &str, catalog: &str, schema: &str) -> String {
    let outcome = set_parameters("a.lvdash.json", text.as_bytes(), catalog, schema).expect("a dashboard");
    String::from_utf8(outcome.bytes.into_owned()).expect("UTF-8")
}

fn faults(text: impl AsRef<[u8]>) -> Vec<(&'static str, (usize, usize))> {
    let found = set_parameters("a.lvdash.json", text.as_ref(), "main", "pipelineiq").expect_err("a fault");
    found.0.iter().map(|d| (d.code, d.labels[0].place.line_column())).collect()
}

/// Main to dev and back gives the bytes; each step is idempotent.
fn round_trip(text: &str) {
    let main = set(text, "main", "pipelineiq");
    let dev = set(&main, "dev_catalog", "ana \"x\" é");
    assert_eq!(set(&dev, "dev_catalog", "ana \"x\" é"), dev);
    assert_eq!(set(&dev, "main", "pipelineiq"), main);
    assert!(!set_parameters("a", main.as_bytes(), "main", "pipelineiq").expect("a dashboard").changed());
}

#[test]
fn only_the_values_change() {
    let dev = dashboard("dev_ana", "scratch");
    let outcome = set_parameters("a.lvdash.json", dev.as_bytes(), "main", "pipelineiq").expect("a dashboard");
    assert_eq!(outcome.bytes.as_ref(), dashboard("main", "pipelineiq").as_bytes());
    let edits: Vec<_> = outcome.edits.iter().map(|e| (e.keyword.as_str(), e.from.as_str(), e.to.as_str())).collect();
    assert_eq!(edits, [("catalog", "dev_ana", "main"), ("schema", "scratch", "pipelineiq")]);
    round_trip(&dev);
}

#[test]
fn an_equal_value_keeps_its_spelling() {
    let escaped = dashboard("m\\u0061in", "pipelineiq");
    assert_eq!(set(&escaped, "main", "pipelineiq"), escaped);
}

#[test]
fn a_viewers_filter_named_catalog_is_not_touched() {
    let text = dashboard("All Catalogs", "All Schemas").replace(HEAD, "");
    assert_eq!(set(&text, "main", "pipelineiq"), text);
    let other = text.replace("SELECT 1", "USE CATALOG IDENTIFIER(:tenant); SELECT 1").replace(
        "\"parameters\": [",
        "\"parameters\": [ {\"keyword\": \"tenant\", \"defaultSelection\": {\"values\": {\"values\": [{\"value\": \"x\"}]}}},",
    );
    assert_eq!(set(&other, "main", "pipelineiq"), other.replace("\"x\"", "\"main\""));
}

#[test]
fn the_keyword_of_the_head_decides_in_either_query_form() {
    let text = dashboard("dev", "scratch").replace(":catalog", ":kat").replace("\"catalog\"", "\"kat\"");
    assert!(set(&text, "main", "pipelineiq").contains("\"value\": \"main\""));
    let query = dashboard("dev", "scratch").replace(
        &format!("\"queryLines\": [\"{HEAD}\", \"SELECT 1\"]"),
        &format!("\"query\": \"-- ours\\n{HEAD}SELECT 1\""),
    );
    assert!(query.contains("\"query\""));
    assert!(set(&query, "main", "pipelineiq").contains("\"value\": \"main\""));
}

#[test]
fn odd_but_valid_files_survive() {
    let plain = dashboard("dev", "scratch");
    let odd = plain.replacen(
        "\"pages\": []",
        "\"pages\": [], \"x\": [\"\\/\", 1e400, \"\\ud800\", -0.0, \"\u{7f}é\"], \"x\": null, \"y\": {\"a\": 1, \"a\": 2}",
        1,
    );
    let deep = format!("\"deep\": {}{}, \"pages\"", "[".repeat(10_000), "]".repeat(10_000));
    for text in [
        plain.replace('\n', "\r\n"),
        format!("\u{feff}{plain}"),
        plain.replace("  ", "\t"),
        plain.trim_end().to_owned(),
        plain.replacen("\"pages\"", &deep, 1),
        odd,
    ] {
        round_trip(&text);
    }
}

#[test]
fn a_duplicate_key_counts_as_the_last_one() {
    let text =
        dashboard("dev", "scratch").replacen("{\"value\": \"dev\"}", "{\"value\": \"dev\", \"value\": \"dev2\"}", 1);
    assert!(set(&text, "main", "pipelineiq").contains("{\"value\": \"dev\", \"value\": \"main\"}"));
    round_trip(&text);
}

#[test]
fn broken_input_gives_a_place() {
    assert_eq!(faults(""), [("dashboard-not-json", (1, 1))]);
    assert_eq!(faults("{\n  \"datasets\": [}\n"), [("dashboard-not-json", (2, 16))]);
    assert_eq!(faults(b"{\n \"a\": \"\xff\"}"), [("dashboard-not-utf-8", (2, 8))]);
    assert_eq!(faults("{\"datasets\": [\"a\0b\"]}"), [("dashboard-not-json", (1, 17))]);
    assert_eq!(faults("\u{feff}[]"), [("dashboard-shape", (1, 2))]);
    assert_eq!(faults("null"), [("dashboard-shape", (1, 1))]);
    assert_eq!(faults("{\"datasets\": {}}")[0].0, "dashboard-shape");
    assert_eq!(faults("[".repeat(10_000))[0].0, "dashboard-not-json");
}

#[test]
fn defaults_that_are_not_one_value_are_named() {
    let text = dashboard("dev", "scratch");
    let code = |from: &str, to: &str| faults(text.replacen(from, to, 1))[0];
    assert_eq!(code("[{\"value\": \"dev\"}]", "[]"), ("dashboard-parameter-default", (6, 140)));
    assert_eq!(
        code("[{\"value\": \"dev\"}]", "[{\"value\": \"a\"},{\"value\": \"b\"}]").0,
        "dashboard-parameter-default"
    );
    assert_eq!(code("\"value\": \"dev\"", "\"value\": 7").0, "dashboard-parameter-default");
    assert_eq!(code("\"defaultSelection\"", "\"other\"").0, "dashboard-parameter-default");
    assert_eq!(code("{\"values\": {", "{\"range\": {").0, "dashboard-parameter-default");
    assert_eq!(code("\"keyword\": \"schema\"", "\"keyword\": \"catalog\"").0, "dashboard-parameter-duplicate");
    assert_eq!(code("\"keyword\": \"schema\"", "\"keyword\": \"sch\"").0, "dashboard-parameter-undeclared");
    assert_eq!(code("(:schema)", "(:catalog)").0, "dashboard-parameter-shared");
}

#[test]
fn fifty_megabytes_are_read() {
    let filler = format!("\"filler\": \"{}\", \"pages\"", "x".repeat(50 << 20));
    round_trip(&dashboard("dev", "scratch").replacen("\"pages\"", &filler, 1));
}

#[test]
fn public_dashboards_round_trip() {
    for path in piq_testing::public_dashboards() {
        let text = std::fs::read_to_string(&path).expect("a file");
        let document = Document::parse(&text).unwrap_or_else(|f| panic!("{}: {f:?}", path.display()));
        let list = document.root().get("datasets").expect("datasets").span();
        assert!(!set_parameters("a", text.as_bytes(), "main", "x").expect("a dashboard").changed());
        // the same file with a dataset of ours in it
        let ours = dashboard("dev", "scratch");
        let ours = ours.split_once('[').and_then(|(_, rest)| rest.rsplit_once("} ]")).expect("the dataset").0;
        let more = if text[list.clone()][1..].trim_start().starts_with(']') { "" } else { "," };
        let with = format!("{}{ours}}}{more}{}", &text[..=list.start], &text[list.start + 1..]);
        assert!(set_parameters("a", with.as_bytes(), "main", "x").expect("a dashboard").changed());
        round_trip(&with);
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let _ = set_parameters("a", &bytes, "main", "x");
    }

    #[test]
    fn no_cut_or_changed_byte_makes_it_panic(at in 0usize..700, byte in 0u8..128, cut in proptest::bool::ANY) {
        let mut bytes = dashboard("dev", "scratch").into_bytes();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        if let Ok(outcome) = set_parameters("a", &bytes, "main", "x") {
            let again = set_parameters("a", &outcome.bytes, "main", "x").expect("its own output");
            proptest::prop_assert!(!again.changed());
        }
    }
}
