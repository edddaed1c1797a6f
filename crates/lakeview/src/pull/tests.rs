//! What a pull changes, and what it leaves.

use serde_json::{Value, json};

use super::super::set_parameters;
use super::{Defaults, pull};

const LOCAL: &str = "\u{feff}{
  \"datasets\" : [ {
    \"name\" : \"d1\",
    \"queryLines\" : [\"SELECT a,\\n\", \"b\\n\", \"FROM t\"],
    \"n\" : 1.0
  }, {
    \"name\" : \"d2\", \"query\" : \"SELECT \\u00e9\"
  } ],
  \"pages\" : [ { \"name\" : \"p\", \"layout\" : [
    {\"widget\": {\"name\": \"w1\"}, \"position\": {\"x\": 0}},
    {\"widget\": {\"name\": \"w2\"}, \"position\": {\"x\": 3}}
  ] } ]
}";

/// The local text after a pull of its own values with a change.
fn after(change: impl Fn(&mut Value)) -> String {
    let mut value: Value = serde_json::from_str(LOCAL.trim_start_matches('\u{feff}')).expect("JSON");
    change(&mut value);
    let pulled = pull(LOCAL, &value.to_string(), Defaults::default()).expect("JSON");
    let read: Value = serde_json::from_str(pulled.trim_start_matches('\u{feff}')).expect("JSON");
    assert_eq!(read, value, "{pulled}");
    pulled
}

#[test]
fn equal_values_keep_every_byte() {
    assert_eq!(after(|_| {}), LOCAL);
}

#[test]
fn what_the_workspace_adds_is_not_an_edit() {
    let remote = r#"{"pages":[{"pageType":"PAGE_TYPE_CANVAS","name":"p","layout":[
        {"widget":{"name":"w1"},"position":{"x":0}},{"widget":{"name":"w2"},"position":{"x":3}}]}],
        "datasets":[{"catalog":"main","schema":"piq","name":"d1","queryLines":["SELECT a,\n","b\n","FROM t"],"n":1},
        {"catalog":"other","name":"d2","query":"SELECT é"}]}"#;
    let defaults = Defaults { dataset_catalog: Some("main"), dataset_schema: Some("piq") };
    let pulled = pull(LOCAL, remote, defaults).expect("JSON");
    let there = "\"query\" : \"SELECT \\u00e9\"";
    assert_eq!(pulled, LOCAL.replace(there, &format!("{there}, \"catalog\" : \"other\"")));
}

#[test]
fn only_the_changed_values_change() {
    assert_eq!(after(|v| v["datasets"][0]["n"] = json!(2)), LOCAL.replace("1.0", "2"));
    assert_eq!(after(|v| v["datasets"][0]["queryLines"][1] = json!("c\n")), LOCAL.replace("\"b\\n\"", "\"c\\n\""));
    assert_eq!(
        after(|v| v["pages"][0]["layout"][1]["position"]["x"] = json!(6)),
        LOCAL.replace("\"x\": 3", "\"x\": 6")
    );
}

#[test]
fn lines_are_added_and_removed_where_they_are() {
    let added = after(|v| v["datasets"][0]["queryLines"] = json!(["SELECT a,\n", "b\n", "é\n", "FROM t"]));
    assert_eq!(added, LOCAL.replace("\"b\\n\",", "\"b\\n\", \"é\\n\","));
    let removed = after(|v| v["datasets"][0]["queryLines"] = json!(["SELECT a,\n", "FROM t"]));
    assert_eq!(removed, LOCAL.replace(" \"b\\n\",", ""));
}

#[test]
fn widgets_are_known_by_their_names() {
    let moved = after(|v| {
        let list = v["pages"][0]["layout"].as_array_mut().expect("a list");
        list.swap(0, 1);
    });
    assert_eq!(moved.lines().count(), LOCAL.lines().count());
    let gone = after(|v| {
        v["pages"][0]["layout"].as_array_mut().expect("a list").remove(0);
    });
    assert_eq!(gone, LOCAL.replace("    {\"widget\": {\"name\": \"w1\"}, \"position\": {\"x\": 0}},\n", ""));
    let more = after(|v| {
        let new = json!({"widget": {"name": "w3"}, "position": {"x": 1}});
        v["pages"][0]["layout"].as_array_mut().expect("a list").push(new);
    });
    assert!(more.starts_with(&LOCAL[..LOCAL.find("\n  ] } ]").expect("the end")]), "{more}");
}

#[test]
fn new_parts_are_written_as_the_file_is() {
    for (local, wanted) in [
        ("{\n\t\"a\": 1\n}\n", "{\n\t\"a\": 1,\n\t\"b\": [\n\t\t1,\n\t\t{\n\t\t\t\"c\": \"\\u00e9\"\n\t\t}\n\t]\n}\n"),
        ("{\"a\":1,\"z\":2}", "{\"a\":1,\"z\":2,\"b\":[1,{\"c\":\"\\u00e9\"}]}"),
        ("{\"a\": 1, \"z\": 2}", "{\"a\": 1, \"z\": 2, \"b\": [1, {\"c\": \"\\u00e9\"}]}"),
        (
            "{\r\n  \"é\" : 1\r\n}",
            "{\r\n  \"é\" : 1,\r\n  \"b\" : [\r\n    1,\r\n    {\r\n      \"c\" : \"é\"\r\n    }\r\n  ]\r\n}",
        ),
    ] {
        let mut value: Value = serde_json::from_str(local).expect("JSON");
        value["b"] = json!([1, {"c": "é"}]);
        assert_eq!(pull(local, &value.to_string(), Defaults::default()).expect("JSON"), wanted);
    }
}

#[test]
fn what_is_not_json_is_told_apart() {
    assert!(matches!(pull("{", "{}", Defaults::default()), Err(Ok(_))));
    assert!(matches!(pull("{}", "[", Defaults::default()), Err(Err(_))));
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(pull("{\"a\": 1}", &deep, Defaults::default()).expect("JSON").matches('[').count(), 10_000);
    assert_eq!(pull(&deep, &deep, Defaults::default()).expect("JSON"), deep);
}

/// Every public dashboard, as the workspace would give it back: nothing changes. With a title changed: one line.
#[test]
fn public_dashboards_come_back_as_they_went() {
    for path in piq_testing::public_dashboards() {
        let text = std::fs::read_to_string(&path).expect("a file");
        let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).expect("JSON");
        let pulled = pull(&text, &value.to_string(), Defaults::default()).expect("JSON");
        assert!(pulled == text, "{}", path.display());
        let mut changed = value.clone();
        changed["pages"][0]["displayName"] = json!("Another title");
        let pulled = pull(&text, &changed.to_string(), Defaults::default()).expect("JSON");
        let read: Value = serde_json::from_str(pulled.trim_start_matches('\u{feff}')).expect("JSON");
        assert!(read == changed, "{}", path.display());
        let differing = text.lines().zip(pulled.lines()).filter(|(a, b)| a != b).count();
        assert!(differing == 1 && text.lines().count() == pulled.lines().count(), "{}", path.display());
        assert!(!set_parameters("a", pulled.as_bytes(), "main", "x").expect("a dashboard").changed());
    }
}

#[test]
fn a_text_in_another_form_is_no_edit_and_an_edit_keeps_the_form_of_the_file() {
    let pulled = |local: &str, remote: &str| super::pull(local, remote, super::Defaults::default()).expect("JSON");
    let whole = r#"{"datasets": [{"name": "d", "query": "SELECT 1\nFROM t"}]}"#;
    let lines = r#"{"datasets": [{"name": "d", "queryLines": ["SELECT 1\n", "FROM t"]}]}"#;
    assert_eq!(pulled(whole, lines), whole);
    assert_eq!(pulled(lines, whole), lines);
    assert_eq!(pulled(lines, &lines.replace(r#"SELECT 1\n", "FROM t"#, r#"SELECT 1\nFROM t"#)), lines);
    assert_eq!(pulled(whole, &lines.replace("FROM t", "FROM u")), whole.replace("FROM t", "FROM u"));
    let edited = r#"{"datasets": [{"name": "d", "queryLines": ["SELECT 1\n","FROM u"]}]}"#;
    assert_eq!(pulled(lines, &whole.replace("FROM t", "FROM u")), edited);
    let note = r#"{"multilineTextboxSpec": {"lines": ["a\n", "b"]}}"#;
    assert_eq!(pulled(note, &note.replace(r#"a\n", "b"#, r#"a\nb"#)), note);
    // a list that is not joined is not a text
    assert_ne!(pulled(r#"{"x": ["a", "b"]}"#, r#"{"x": ["ab"]}"#), r#"{"x": ["a", "b"]}"#);
}
