//! What a viewer takes out of the preview: data, pictures, sheets of paper, an address, a filter that stays.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use piq_preview::{Kept, KeptFilter};
use serde_json::{Value, json};

use super::behaviour::{Sales, dashboard, widget};
use super::{Served, chromium, preview};

/// The sales with a table whose links hold data, and whose cells are markup.
fn with_links() -> Value {
    let mut whole = dashboard();
    let columns = json!({"columns": [
        {"fieldName": "region", "displayAs": "link", "linkUrlTemplate": "https://crm.example.com/{{ @ }}?n={{ amount }}"},
        {"fieldName": "amount", "displayAs": "link", "linkUrlTemplate": "https://crm.example.com/all"},
        {"fieldName": "note", "allowHTML": true}]});
    let fields = [("region", "`region`"), ("amount", "`amount`"), ("note", "`note`")];
    let links = widget("links", "table", "sales", &fields, columns, 15);
    whole["pages"][0]["layout"].as_array_mut().expect("widgets").push(links);
    whole
}

#[test]
fn data_and_pictures_are_saved_links_ask_and_selections_are_sent_and_kept() {
    let Some(browser) = chromium::found() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.lvdash.json");
    std::fs::write(&path, with_links().to_string()).expect("written");
    let saved: Arc<Mutex<Vec<Vec<KeptFilter>>>> = Arc::default();
    let file = Arc::clone(&saved);
    let kept = Kept::new(Vec::new(), move |filters| {
        file.lock().expect("a lock").push(filters.to_vec());
        Ok(())
    });
    let served = Served::new(preview(&[path], Box::new(Sales)).with_kept_filters(kept));
    let said = chromium::run(&browser, "saving.mjs", json!({"url": served.url()}));

    // the CSV is the answer to the widget's query
    assert_eq!(said["bars"], json!({"name": "The-bars.csv", "text": "region,sum\nAMER,350\nEMEA,100\nAPJ,7\n"}));
    assert_eq!(said["total"], json!({"name": "The-total.csv", "text": "sum\n457\n"}));
    let rows = said["rows"]["text"].as_str().expect("a text");
    assert!(
        rows.starts_with("region,amount,note\nAMER,100,\"<img src=x onerror=\"\"document.title='broken'\"\">"),
        "{rows}"
    );
    assert!(said["svg"]["text"].as_str().is_some_and(|t| t.starts_with("<svg")), "{said:#}");
    assert_eq!((&said["png"]["magic"], &said["png"]["name"]), (&json!("PNG"), &json!("The-bars.png")));
    assert_eq!(said["menus"], json!(["total", "bars", "rows", "links"]), "only what has data can be saved");

    assert_eq!(said["hint"], "crm.example.com");
    let leave = said["leave"].as_str().expect("a dialog");
    assert!(
        leave.contains("leads to crm.example.com") && leave.contains("https://crm.example.com/AMER?n=100"),
        "{leave}"
    );
    assert_eq!((&said["dialogs"], &said["opened"]), (&json!(0), &json!([])));
    assert_eq!(said["fixed"], "crm.example.com");
    assert_eq!(said["markup"], "<em>picture: </em><b>bold</b>");

    assert_eq!((&said["selected"], &said["sent"], &said["plain"]), (&json!("350"), &json!("350"), &json!("457")));
    assert_eq!(said["nonsense"], "457");
    assert_eq!((&said["kept"], &said["forgotten"]), (&json!("350"), &json!("457")));
    let saved = saved.lock().expect("a lock");
    assert_eq!(saved.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0]);
    assert_eq!((&said["complaints"], &said["outside"]), (&json!([]), &json!([])));
}

fn piq(args: &[&str], dir: &Path) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_piq"));
    command.args(args).current_dir(dir).stdin(Stdio::null()).output().expect("piq starts")
}

#[test]
fn a_file_is_drawn_printed_and_saved_with_made_up_data_and_no_workspace() {
    let Some(browser) = chromium::found() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards/piq_main.lvdash.json");
    let own = own.to_str().expect("a path");
    let export = |to: &str| {
        let out = piq(&["dashboards", "preview", own, "--data", "synthetic", "--export", to], folder.path());
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success(), "{to}: {said}");
        said
    };
    let said = export("page.html");
    assert!(said.contains("0 unsupported, 0 failed") && said.contains("1 of "), "{said}");
    let url = format!("file://{}", folder.path().join("page.html").display());
    let said = chromium::run(&browser, "sheets.mjs", json!({"url": url, "viewport": {"width": 1280, "height": 900}}));
    assert_eq!((&said["complaints"], &said["outside"], &said["tall"]), (&json!([]), &json!([]), &json!([])));
    let cards = said["cards"].as_array().expect("cards");
    assert!(cards.len() > 50, "only {} cards", cards.len());
    let wrong: Vec<_> = cards.iter().filter(|c| c["state"] != "drawn" || c["scrolls"] == true).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(said["pages"].as_u64() >= said["sheets"].as_u64(), "{}", said["pages"]);
    let out: Vec<_> = said["widgets"].as_array().into_iter().flatten().filter(|w| w["outside"] != json!([])).collect();
    assert!(out.is_empty(), "{out:#?}");

    export("page.pdf");
    let pdf = std::fs::read(folder.path().join("page.pdf")).expect("a PDF");
    let text = String::from_utf8_lossy(&pdf);
    let pages = text.matches("/Type /Page").count() - text.matches("/Type /Pages").count();
    assert!(pdf.starts_with(b"%PDF-") && pages as u64 >= said["sheets"].as_u64().expect("sheets"), "{pages} pages");

    export("csv");
    let files: Vec<_> = std::fs::read_dir(folder.path().join("csv")).expect("files").flatten().collect();
    assert!(files.len() > 40, "only {} files", files.len());
    for file in files {
        let text = std::fs::read_to_string(file.path()).expect("CSV");
        assert!(text.lines().count() > 1 && !text.starts_with("c0"), "{}: {text}", file.path().display());
    }
}

#[test]
fn an_export_to_an_unknown_ending_or_a_missing_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.lvdash.json"), dashboard().to_string()).expect("written");
    let synthetic = ["--data", "synthetic", "--export", "a.docx"];
    let out = piq(&[&["dashboards", "preview", "a.lvdash.json"][..], &synthetic].concat(), folder.path());
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(
        said.contains("expected a file that ends in .html or .pdf, or a folder for CSV, found the ending `.docx`"),
        "{said}"
    );
    let out = piq(&[&["dashboards", "preview", "b.lvdash.json"][..], &synthetic].concat(), folder.path());
    assert_eq!(out.status.code(), Some(2));
}
