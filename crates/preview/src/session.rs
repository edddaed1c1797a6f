//! The preview as a whole: files, selections, an endpoint, and their pictures.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use futures_util::StreamExt as _;
use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::cache::Cached;
use super::draw::draw;
use super::files::Shown;
use super::filters::Chosen;
use super::mark::{Clicked, marks};
use super::page::{Target, export, state};
use super::picture::{Drawing, Picture};
use super::query::View;
use super::selection::Selection;
use super::statement::Query;

/// The clock of the preview, in UTC.
pub type Clock = fn() -> DateTime;

/// Widgets of an export that are drawn at the same time.
const AT_ONCE: usize = 8;

/// Dashboards with their data.
pub struct Preview {
    files: RwLock<Arc<Vec<Shown>>>,
    endpoint: Cached,
    target: Target,
    clock: Clock,
    revision: watch::Sender<u64>,
}

/// Which widget is asked for, and what the viewer selected.
#[derive(Debug, Clone, Deserialize)]
pub struct Wanted {
    /// The dashboard's file name without its ending.
    pub dashboard: String,
    /// The page.
    pub page: String,
    /// The widget.
    pub widget: String,
    /// What is selected.
    #[serde(default)]
    pub chosen: Vec<Choice>,
    /// The marks that are clicked.
    #[serde(default)]
    pub clicked: Vec<Clicked>,
}

/// What the viewer selected in one filter.
#[derive(Debug, Clone, Deserialize)]
pub struct Choice {
    /// The filter's page.
    pub page: String,
    /// The filter.
    pub widget: String,
    /// The selection.
    pub selection: Selection,
}

/// How the drawings of an export went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Widgets that were drawn.
    pub drawn: usize,
    /// Widgets that the preview does not draw.
    pub unsupported: usize,
    /// Widgets whose query or definition is wrong.
    pub failed: usize,
}

impl Preview {
    /// A preview of these files.
    pub fn new(paths: &[PathBuf], endpoint: Box<dyn Query>, target: Target, clock: Clock) -> Self {
        let files = paths.iter().map(|p| Shown::new(p)).collect();
        Self {
            files: RwLock::new(Arc::new(files)),
            endpoint: Cached::new(endpoint),
            target,
            clock,
            revision: watch::Sender::new(1),
        }
    }

    /// Tells of new revisions.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// The state of the page.
    pub fn state(&self) -> Value {
        let made = (self.clock)().strftime("%Y-%m-%d %H:%M UTC").to_string();
        state(*self.revision.borrow(), &self.target, &made, &self.files())
    }

    /// Reads the data again.
    pub fn refresh(&self) {
        self.endpoint.forget();
        self.revision.send_modify(|r| *r += 1);
    }

    /// Reads changed files again.
    pub fn update_files(&self) {
        let mut files = Vec::clone(&self.files());
        let changed = files.iter_mut().filter_map(|file| file.update().then_some(())).count() > 0;
        *self.files.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(files);
        if changed {
            self.revision.send_modify(|r| *r += 1);
        }
    }

    /// A text that changes with the data, if the endpoint can tell.
    pub async fn data_version(&self) -> Option<String> {
        self.endpoint.data_version().await
    }

    /// Draws a widget; nothing if there is none of that name.
    pub async fn drawing(&self, wanted: &Wanted) -> Option<Drawing> {
        let files = self.files();
        let shown = files.iter().find(|f| f.id == wanted.dashboard)?;
        let dashboard = shown.dashboard.as_ref().ok()?;
        let (page, widget) = dashboard.widget(&wanted.page, &wanted.widget)?;
        let chosen: Chosen =
            wanted.chosen.iter().map(|c| ((c.page.clone(), c.widget.clone()), c.selection.clone())).collect();
        let namespaces = &self.target.namespaces;
        let marks = marks(page, widget, &wanted.clicked);
        let view = View { dashboard, page, chosen: &chosen, marks: &marks, namespaces, now: (self.clock)() };
        Some(draw(&view, widget, &self.endpoint).await)
    }

    /// Draws every widget as it is without selections, into one file.
    pub async fn export(&self) -> (String, Coverage) {
        let files = self.files();
        let mut wanted = Vec::new();
        for file in files.iter() {
            let Ok(dashboard) = &file.dashboard else { continue };
            for page in &dashboard.pages {
                wanted.extend(page.widgets.iter().map(|widget| Wanted {
                    dashboard: file.id.clone(),
                    page: page.name.clone(),
                    widget: widget.name.clone(),
                    chosen: Vec::new(),
                    clicked: Vec::new(),
                }));
            }
        }
        let drawn = futures_util::stream::iter(&wanted).map(|one| self.drawing(one)).buffered(AT_ONCE);
        let drawn: Vec<Option<Drawing>> = drawn.collect().await;
        let mut coverage = Coverage::default();
        let mut drawings = json!({});
        for (one, drawing) in wanted.iter().zip(drawn) {
            let Some(drawing) = drawing else { continue };
            match drawing.picture {
                Picture::Unsupported { .. } => coverage.unsupported += 1,
                Picture::Failed { .. } => coverage.failed += 1,
                _ => coverage.drawn += 1,
            }
            drawings[&one.dashboard][&one.page][&one.widget] = json!(drawing);
        }
        (export(&json!({"state": self.state(), "drawings": drawings})), coverage)
    }

    fn files(&self) -> Arc<Vec<Shown>> {
        Arc::clone(&self.files.read().unwrap_or_else(PoisonError::into_inner))
    }
}
