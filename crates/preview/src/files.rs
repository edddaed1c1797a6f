//! The dashboards that are shown, read again when their files change.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Value, json};

use super::model::{DashboardModel, Page, Widget};
use piq_lakeview::files::EXTENSION;

/// A file that is shown.
#[derive(Debug, Clone)]
pub(crate) struct ShownFiles {
    /// Where it is.
    pub path: PathBuf,
    /// Its name without the ending.
    pub id: String,
    /// The dashboard, or why it cannot be read.
    pub dashboard: Result<DashboardModel, String>,
    stamp: Option<(SystemTime, u64)>,
    /// What tells this content from another.
    digest: u64,
}

impl ShownFiles {
    /// Reads a file. It may be missing or wrong now, and right later.
    pub(crate) fn new(path: &Path) -> Self {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let id = name.strip_suffix(EXTENSION).unwrap_or(&name).to_owned();
        let mut shown = Self { path: path.to_owned(), id, dashboard: Err(String::new()), stamp: None, digest: 0 };
        shown.read();
        shown
    }

    /// Reads the file again if its time or size changed; says whether what is shown changed.
    pub(crate) fn update(&mut self) -> bool {
        if stamp(&self.path) == self.stamp && self.stamp.is_some() {
            return false;
        }
        let (before, failed) = (self.digest, self.dashboard.as_ref().err().cloned());
        self.read();
        before != self.digest || failed != self.dashboard.as_ref().err().cloned()
    }

    fn read(&mut self) {
        self.stamp = stamp(&self.path);
        match std::fs::read(&self.path) {
            Ok(bytes) => {
                let mut hasher = DefaultHasher::new();
                bytes.hash(&mut hasher);
                self.digest = hasher.finish();
                self.dashboard = match std::str::from_utf8(&bytes) {
                    Ok(text) => DashboardModel::read(text),
                    Err(e) => Err(format!("the file is not UTF-8: {e}")),
                };
            }
            Err(e) => {
                self.digest = 0;
                self.dashboard = Err(format!("cannot read `{}`: {e}", self.path.display()));
            }
        }
    }

    /// What the page needs to lay the dashboard out.
    pub(crate) fn outline(&self) -> Value {
        let file = self.path.file_name().map(|n| n.to_string_lossy().into_owned());
        match &self.dashboard {
            Ok(dashboard) => {
                let pages: Vec<Value> = dashboard.pages.iter().map(page).collect();
                json!({"id": self.id, "file": file, "error": null, "pages": pages})
            }
            Err(error) => json!({"id": self.id, "file": file, "error": error, "pages": []}),
        }
    }
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let data = std::fs::metadata(path).ok()?;
    Some((data.modified().ok()?, data.len()))
}

fn page(page: &Page) -> Value {
    let widgets: Vec<Value> = page.widgets.iter().map(widget).collect();
    json!({"name": page.name, "title": page.title, "global": page.global, "columns": page.columns, "widgets": widgets})
}

fn widget(widget: &Widget) -> Value {
    json!({
        "name": widget.name, "title": widget.title, "description": widget.description, "type": widget.kind,
        "filter": widget.is_filter(),
        "place": [widget.place.x, widget.place.y, widget.place.width, widget.place.height],
    })
}

#[cfg(test)]
mod tests {
    use super::ShownFiles;

    #[test]
    fn a_changed_file_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.lvdash.json");
        let mut shown = ShownFiles::new(&path);
        assert!(shown.dashboard.is_err());
        std::fs::write(&path, r#"{"pages": [{"name": "p", "displayName": "One"}]}"#).expect("written");
        assert!(shown.update());
        assert_eq!(shown.outline()["pages"][0]["title"], "One");
        assert!(!shown.update());
        std::fs::write(&path, "{").expect("written");
        assert!(shown.update());
        assert!(shown.outline()["error"].as_str().expect("an error").contains("not JSON"));
        std::fs::remove_file(&path).expect("removed");
        assert!(shown.update());
        assert!(!shown.update());
    }
}
