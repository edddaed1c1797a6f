//! The content of dashboards, as far as a workspace refuses it.

use serde_json::Value;

use super::rendered::Rendered;
use piq_bundle::{Resource, ResourceKind, TargetBundle, TreeNode};
use piq_diagnostics::{Diagnostic, Severity};
use piq_lakeview::{LintSettings, lint};

/// The API takes no larger dashboard.
const LARGEST: usize = 10 * 1024 * 1024;

/// What is wrong with the dashboards of a project: text that is not a dashboard, and too much of it.
pub(super) fn check(project: &TargetBundle, rendered: &Rendered) -> Vec<Diagnostic> {
    let dashboards = project.resources.iter().filter(|r| r.kind == ResourceKind::Dashboard);
    dashboards.flat_map(|dashboard| one(dashboard, rendered)).collect()
}

fn one(dashboard: &Resource, rendered: &Rendered) -> Vec<Diagnostic> {
    let file = rendered.dashboards.get(&dashboard.key).and_then(|path| rendered.files.get_key_value(path));
    if let Some((path, bytes)) = file {
        let node = dashboard.spec.get("file_path");
        return text(path, bytes, node);
    }
    let Some(node) = dashboard.spec.get("serialized_dashboard").filter(|n| !n.is_null()) else { return Vec::new() };
    match node.as_str() {
        Some(inline) if inline.contains("${") => Vec::new(),
        Some(inline) => text("serialized_dashboard", inline.as_bytes(), Some(node)),
        None => text("serialized_dashboard", node.to_json().to_string().as_bytes(), Some(node)),
    }
}

fn text(path: &str, bytes: &[u8], node: Option<&TreeNode>) -> Vec<Diagnostic> {
    let at = |d: Diagnostic| match node {
        Some(node) => d.at(node.span().clone()),
        None => d,
    };
    if bytes.len() > LARGEST {
        let message = format!("`{path}` has {} bytes; a dashboard has at most 10 MB", bytes.len());
        return vec![at(Diagnostic::error("too-large", message))];
    }
    let found = lint(path, bytes, LintSettings::default(), None);
    let structure =
        |d: &Diagnostic| d.severity == Severity::Error && matches!(d.code, "dashboard-not-json" | "dashboard-shape");
    let mut errors: Vec<Diagnostic> = found.into_iter().filter(structure).collect();
    // nothing at all is an empty dashboard
    let shown = |json: Value| {
        json.as_object().is_some_and(|o| {
            o.is_empty() || ["pages", "datasets"].iter().any(|k| o.get(*k).is_some_and(Value::is_array))
        })
    };
    if errors.is_empty() && !serde_json::from_slice(bytes).is_ok_and(shown) {
        let message = format!("`{path}` is not a dashboard: it has neither `pages` nor `datasets`");
        errors.push(at(Diagnostic::error("dashboard-shape", message)
            .hint("a dashboard file is what `piq dashboards pull` or the export of the workspace writes")));
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn only_a_dashboard_passes() {
        let code = |bytes: &[u8]| text("d.lvdash.json", bytes, None).first().map(|d| d.code);
        assert_eq!(code(br#"{"pages": []}"#), None);
        assert_eq!(code(b"{}"), None);
        assert_eq!(code(b"{\"pages\": ["), Some("dashboard-not-json"));
        assert_eq!(code(b"[]"), Some("dashboard-shape"));
        assert_eq!(code(br#"{"pages": {}}"#), Some("dashboard-shape"));
        assert_eq!(code(br#"{"a": 1}"#), Some("dashboard-shape"));
        assert_eq!(code(&vec![b' '; 11 * 1024 * 1024]), Some("too-large"));
    }
}
