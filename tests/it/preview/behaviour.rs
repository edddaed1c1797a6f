//! What the page does: numbers, filters, reload, faults, and what it does not let through.

use std::io::{Read as _, Write as _};
use std::path::Path;

use async_trait::async_trait;
use piq_preview::{QueryColumn, QueryTable, WidgetQueries, WidgetStatement};
use serde_json::{Value, json};

use super::{Served, chromium, preview};

/// Five sales: region and amount.
const SALES: [(&str, i64); 5] = [("AMER", 100), ("AMER", 250), ("EMEA", 40), ("EMEA", 60), ("APJ", 7)];

/// An endpoint that knows the sales, and filters them by the values that are bound.
pub(super) struct Sales;

#[async_trait]
impl WidgetQueries for Sales {
    async fn run(&self, statement: &WidgetStatement) -> Result<QueryTable, String> {
        let sql = &statement.sql;
        if sql.contains("FROM missing") {
            return Err("[TABLE_OR_VIEW_NOT_FOUND] `missing` cannot be found.".to_owned());
        }
        let wanted: Vec<&str> = statement.parameters.iter().map(|(_, v)| v.as_str()).collect();
        let filtered = sql.contains("WHERE");
        let kept = SALES.iter().filter(|(region, _)| !filtered || wanted.contains(region));
        let column = |name: &str, kind: &str| QueryColumn { name: name.into(), type_name: kind.into() };
        let text = |value: &str| Some(value.to_owned());
        let (columns, rows) = if sql.starts_with("SELECT DISTINCT") {
            let regions = ["AMER", "APJ", "EMEA"];
            (vec![column("c0", "STRING"), column("c1", "STRING")], regions.map(|r| vec![text(r), text(r)]).to_vec())
        } else if sql.starts_with("SELECT `region` AS c0, SUM(`amount`) AS c1") {
            let mut sums: Vec<(&str, i64)> = Vec::new();
            for (region, amount) in kept {
                match sums.iter_mut().find(|(r, _)| r == region) {
                    Some((_, sum)) => *sum += amount,
                    None => sums.push((region, *amount)),
                }
            }
            let rows = sums.iter().map(|(r, n)| vec![text(r), Some(n.to_string())]).collect();
            (vec![column("c0", "STRING"), column("c1", "LONG")], rows)
        } else if sql.starts_with("SELECT SUM(`amount`) AS c0") {
            let sum: i64 = kept.map(|(_, amount)| amount).sum();
            (vec![column("c0", "LONG")], vec![vec![Some(sum.to_string())]])
        } else {
            let evil = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>";
            let row = |(r, n): &(&str, i64)| vec![text(r), Some(n.to_string()), text(evil)];
            let columns = vec![column("c0", "STRING"), column("c1", "LONG"), column("c2", "STRING")];
            (columns, kept.map(row).collect())
        };
        Ok(QueryTable { columns, rows })
    }
}

pub(super) fn widget(
    name: &str,
    kind: &str,
    dataset: &str,
    fields: &[(&str, &str)],
    encodings: Value,
    y: u64,
) -> Value {
    let fields: Vec<Value> = fields.iter().map(|(n, e)| json!({"name": n, "expression": e})).collect();
    json!({
        "position": {"x": 0, "y": y, "width": 3, "height": 5},
        "widget": {
            "name": name,
            "queries": [{"name": "main_query", "query": {"datasetName": dataset, "fields": fields,
                "disaggregated": kind == "table"}}],
            "spec": {"version": 2, "widgetType": kind, "encodings": encodings,
                "frame": {"showTitle": true, "title": format!("The {name}")}},
        },
    })
}

pub(super) fn dashboard() -> Value {
    let total = |name: &str, dataset: &str| {
        widget(name, "counter", dataset, &[("sum", "SUM(`amount`)")], json!({"value": {"fieldName": "sum"}}), 0)
    };
    let by_region = widget(
        "bars",
        "bar",
        "sales",
        &[("region", "`region`"), ("sum", "SUM(`amount`)")],
        json!({"x": {"fieldName": "region", "scale": {"type": "categorical"}},
            "y": {"fieldName": "sum", "scale": {"type": "quantitative"}}}),
        5,
    );
    let rows = widget(
        "rows",
        "table",
        "sales",
        &[("region", "`region`"), ("amount", "`amount`"), ("note", "`note`")],
        json!({"columns": [{"fieldName": "region"}, {"fieldName": "amount"}, {"fieldName": "note"}]}),
        10,
    );
    let text = "# Hello\n\n<script>document.title = 'broken'</script>\n\n**bold** \
                <img src=\"http://127.0.0.1:9/x.png\" onerror=\"document.title='broken'\"> [link](javascript:alert(1))";
    let note = json!({"position": {"x": 3, "y": 0, "width": 3, "height": 5},
        "widget": {"name": "note", "multilineTextboxSpec": {"lines": [text]}}});
    let filter = json!({"position": {"x": 0, "y": 0, "width": 2, "height": 2}, "widget": {
        "name": "regions",
        "queries": [{"name": "q", "query": {"datasetName": "sales", "fields": [{"name": "region", "expression": "`region`"}]}}],
        "spec": {"version": 2, "widgetType": "filter-multi-select", "frame": {"showTitle": true, "title": "Region"},
            "encodings": {"fields": [{"fieldName": "region", "queryName": "q"}]}}}});
    let unknown = json!({"position": {"x": 3, "y": 5, "width": 3, "height": 5},
        "widget": {"name": "unknown", "spec": {"widgetType": "no-such-type", "version": 1}}});
    json!({
        "datasets": [
            {"name": "sales", "query": "SELECT * FROM sales"},
            {"name": "other", "query": "SELECT * FROM other"},
            {"name": "missing", "query": "SELECT * FROM missing"},
        ],
        "pages": [
            {"name": "one", "displayName": "First", "layout": [total("total", "sales"), by_region, rows, note, unknown]},
            {"name": "two", "displayName": "Second", "layout":
                [total("again", "sales"), total("untouched", "other"), total("wrong", "missing")]},
            {"name": "filters", "displayName": "Filters", "pageType": "PAGE_TYPE_GLOBAL_FILTERS", "layout": [filter]},
        ],
    })
}

fn write(path: &Path) {
    std::fs::write(path, dashboard().to_string()).expect("written");
}

#[test]
fn the_page_shows_filters_reloads_and_keeps_faults_to_their_widget() {
    let Some(browser) = chromium::found() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.lvdash.json");
    write(&path);
    let served = Served::new(preview(std::slice::from_ref(&path), Box::new(Sales)));
    let said = chromium::run(&browser, "behaviour.mjs", json!({"url": served.url(), "file": path}));

    assert_eq!(said["first"]["total"]["raw"], "457");
    assert_eq!(said["first"]["bars"]["marks"], 3);
    assert_eq!(said["first"]["unknown"]["state"], "unsupported");
    assert_eq!(said["coverage"], json!(["5 drawn", "1 unsupported", "0 failed"]));
    assert!(said["banner"].as_str().is_some_and(|b| b.contains("LOCAL PREVIEW") && b.contains("test")), "{said:#}");

    // a click on a bar filters the other widgets of the page; the chart itself goes on showing all of its bars
    assert_eq!((&said["clicked"]["total"]["raw"], &said["clicked"]["bars"]["marks"]), (&json!("350"), &json!(3)));
    assert!(said["chip"].as_str().is_some_and(|c| c.starts_with("AMER")), "{said:#}");
    assert_eq!(said["unclicked"]["total"]["raw"], "457");

    // a global filter changes the numbers of every page that reads its dataset, and of no other
    assert_eq!(said["filtered"]["total"]["raw"], "350");
    assert_eq!(said["filtered"]["bars"]["marks"], 1);
    assert_eq!(said["second"]["again"]["raw"], "350");
    assert_eq!(said["second"]["untouched"]["raw"], "457");
    assert_eq!(said["cleared"]["again"]["raw"], "457");

    // a broken query is the matter of its widget
    assert_eq!(said["second"]["wrong"]["state"], "failed");
    assert!(said["fault"].as_str().is_some_and(|f| f.contains("TABLE_OR_VIEW_NOT_FOUND")), "{said:#}");
    assert!(said["fault"].as_str().is_some_and(|f| f.contains("SELECT SUM(`amount`) AS c0")), "{said:#}");

    // the untrusted file and its data are text
    assert_eq!(said["note"], "Hello bold picture: link");
    assert_eq!(
        said["scripts"],
        json!({"img": 0, "script": 1, "javascript": 0, "title": "First · sales.lvdash.json · piq preview"})
    );
    assert!(said["cell"].as_str().is_some_and(|c| c.starts_with("<img src=x")), "{said:#}");

    // editing the file reloads the page, a broken file says so, and a mended one comes back
    assert_eq!(said["edited"], "The sum");
    assert!(said["broken"].as_str().is_some_and(|b| b.contains("not JSON")), "{said:#}");
    assert_eq!(said["mended"]["total"]["raw"], "457");

    assert_eq!(said["sorted"], json!(["7", "40", "60", "100", "250"]));
    assert_eq!(said["tab"], "Second");
    assert_eq!(said["themes"], json!(["light", "dark"]));
    assert_eq!(said["narrow"], json!(true));
    assert_eq!(said["outside"], json!([]));
    assert_eq!(said["complaints"], json!([]));
}

#[test]
fn an_export_shows_the_same_from_disk_and_asks_nobody() {
    let Some(browser) = chromium::found() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.lvdash.json");
    write(&path);
    let preview = preview(&[path], Box::new(Sales));
    let (html, coverage) = tokio::runtime::Runtime::new().expect("a runtime").block_on(preview.export(|_| ()));
    assert_eq!((coverage.drawn, coverage.unsupported, coverage.failed), (7, 1, 1));
    let file = folder.path().join("export.html");
    std::fs::write(&file, html).expect("written");
    let said = chromium::run(&browser, "exported.mjs", json!({"url": format!("file://{}", file.display())}));
    assert_eq!(said["first"]["total"]["raw"], "457");
    assert_eq!(said["first"]["bars"]["marks"], 3);
    assert_eq!(said["second"]["wrong"]["state"], "failed");
    assert_eq!(said["filter"], "All");
    assert_eq!((&said["complaints"], &said["outside"]), (&json!([]), &json!([])));
}

/// The status of a request by hand.
fn status(url: &str, path: &str, host: &str) -> u16 {
    let address = url.trim_start_matches("http://").split('/').next().expect("an address");
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    let host = if host.is_empty() { address } else { host };
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.to_lowercase().contains("content-security-policy: default-src 'none'"), "{answer}");
    answer.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status")
}

#[test]
fn without_the_secret_or_under_another_name_there_is_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.lvdash.json");
    write(&path);
    let served = Served::new(preview(&[path], Box::new(Sales)));
    assert!(served.url().starts_with("http://127.0.0.1:"));
    assert_eq!(status(served.url(), "/secret/", ""), 200);
    assert_eq!(status(served.url(), "/secret/api/state", ""), 200);
    for path in ["/", "/api/state", "/other/", "/secret/../api/state"] {
        assert_eq!(status(served.url(), path, ""), 404, "{path}");
    }
    assert_eq!(status(served.url(), "/secret/api/state", "preview.example.com"), 403);
}
