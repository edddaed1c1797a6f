//! What goes over the wire: the state of the page, and one file with everything in it.

use base64::Engine;
use indexmap::IndexSet;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::assets::{INDEX, LICENSES, SCRIPT, STYLE};
use super::dataset_query::Namespaces;
use super::files::ShownFiles;
use super::kept_filters::KeptFilter;

/// What the page says about where its data comes from.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The target of the bundle.
    pub name: String,
    /// The workspace.
    pub host: String,
    /// Catalog and schema in the place of the committed ones.
    pub namespaces: Namespaces,
    /// What else a viewer has to know of the data, such as who gave the answers in it.
    pub note: Option<String>,
}

/// The state of the page.
pub(crate) fn state(revision: u64, target: &Target, made: &str, files: &[ShownFiles], kept: &[KeptFilter]) -> Value {
    let names: Vec<&str> =
        [&target.namespaces.catalog, &target.namespaces.schema].into_iter().flatten().map(String::as_str).collect();
    let place = [names.join("."), target.note.clone().unwrap_or_default()];
    let place: Vec<String> = place.into_iter().filter(|p| !p.is_empty()).collect();
    let dashboards: Vec<Value> = files.iter().map(ShownFiles::outline).collect();
    json!({
        "revision": revision, "target": target.name, "host": target.host, "namespace": place.join(" · "),
        "made": made, "dashboards": dashboards, "kept": kept,
    })
}

/// Texts of an export, each of them once.
#[derive(Debug, Default)]
pub(crate) struct Texts(IndexSet<String>);

impl Texts {
    /// The place of a text among all.
    pub(crate) fn index(&mut self, text: String) -> usize {
        self.0.insert_full(text).0
    }

    /// All texts, by their places.
    pub(crate) fn all(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }
}

/// One file that shows the page without a server: `data` holds the state and every drawing.
pub(crate) fn export(data: &Value) -> String {
    // nothing in the data may end the script element that carries it
    let data = data.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    let source = |text: &str| {
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes()));
        format!("'sha256-{hash}'")
    };
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; style-src-attr 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
        source(SCRIPT),
        source(STYLE),
    );
    let head = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n<style>{STYLE}</style>");
    let licences = LICENSES.replace("--", "- -");
    let body = format!(
        "<script id=\"data\" type=\"application/json\">{data}</script>\n<script>{SCRIPT}</script>\n<!--\n{licences}\n-->"
    );
    INDEX
        .replace(r#"<link rel="stylesheet" href="preview.css">"#, &head)
        .replace(r#"<script src="preview.js" defer></script>"#, &body)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::export;

    #[test]
    fn an_export_carries_everything_and_its_data_cannot_break_out() {
        let html = export(&json!({"x": "</script><script>alert(1)</script><!--"}));
        assert_eq!(html.matches("<script").count(), 2);
        assert!(html.contains("\\u003c/script>\\u003cscript>alert(1)"));
        assert!(!html.contains("src=\"preview.js\"") && !html.contains("preview.css"));
        assert!(html.contains("script-src 'sha256-"));
    }
}
