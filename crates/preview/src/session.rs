//! The preview as a whole: files, selections, an endpoint, and their pictures.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use futures_util::StreamExt as _;
use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::cache::Cached;
use super::csv::Csv;
use super::draw::{answer, draw, rows_read};
use super::files::ShownFiles;
use super::filters::Chosen;
use super::kept_filters::Kept;
use super::mark::{Clicked, marks};
use super::model::Widget;
use super::page::{Target, Texts, export, state};
use super::picture::{Drawing, Picture};
use super::query::View;
use super::selection::Selection;
use super::statement::WidgetQueries;

/// The clock of the preview, in UTC.
pub type Clock = fn() -> DateTime;

/// Widgets of an export that are drawn at the same time.
const AT_ONCE: usize = 8;

/// Rows of a CSV file at most.
const CSV_ROWS: usize = 100_000;

/// Dashboards with their data.
pub struct Preview {
    files: RwLock<Arc<Vec<ShownFiles>>>,
    endpoint: Cached,
    target: Target,
    clock: Clock,
    revision: watch::Sender<u64>,
    kept: Kept,
}

/// Which widget is asked for, and what the viewer selected.
#[derive(Debug, Clone, Deserialize)]
pub struct WidgetRequest {
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
    /// Widgets that were drawn, or whose charts the page draws when it is opened.
    pub drawn: usize,
    /// Charts among them: only the page finds that one cannot be drawn.
    pub charts: usize,
    /// Widgets that the preview does not draw.
    pub unsupported: usize,
    /// Widgets whose query or definition is wrong.
    pub failed: usize,
}

/// A page of an export that is done.
#[derive(Debug, Clone, Copy)]
pub struct PageDone<'a> {
    /// The dashboard's file name without its ending.
    pub dashboard: &'a str,
    /// The page's title.
    pub title: &'a str,
    /// The how manieth page of all dashboards it is, from 1.
    pub number: usize,
    /// Pages of all dashboards.
    pub pages: usize,
}

impl Preview {
    /// A preview of these files.
    pub fn new(paths: &[PathBuf], endpoint: Box<dyn WidgetQueries>, target: Target, clock: Clock) -> Self {
        let files = paths.iter().map(|p| ShownFiles::new(p)).collect();
        Self {
            files: RwLock::new(Arc::new(files)),
            endpoint: Cached::new(endpoint),
            target,
            clock,
            revision: watch::Sender::new(1),
            kept: Kept::default(),
        }
    }

    /// The preview with selections of filters that stay from one preview to the next.
    pub fn with_kept_filters(self, kept: Kept) -> Self {
        Self { kept, ..self }
    }

    /// The selections that stay.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Tells of new revisions.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// The state of the page.
    pub fn state(&self) -> Value {
        let made = (self.clock)().strftime("%Y-%m-%d %H:%M UTC").to_string();
        state(*self.revision.borrow(), &self.target, &made, &self.files(), &self.kept.all())
    }

    /// Reads the data again.
    pub fn refresh(&self) {
        self.endpoint.forget();
        self.revision.send_modify(|r| *r += 1);
    }

    /// Reads changed files again.
    pub(crate) fn update_files(&self) {
        let mut files = Vec::clone(&self.files());
        let changed = files.iter_mut().filter_map(|file| file.update().then_some(())).count() > 0;
        *self.files.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(files);
        if changed {
            self.revision.send_modify(|r| *r += 1);
        }
    }

    /// A text that changes with the data, if the endpoint can tell.
    pub(crate) async fn data_version(&self) -> Option<String> {
        self.endpoint.data_version().await
    }

    /// Draws a widget; nothing if there is none of that name.
    pub(crate) async fn drawing(&self, wanted: &WidgetRequest) -> Option<Drawing> {
        self.with_view(wanted, async |view, widget| draw(&view, widget, &self.endpoint).await).await
    }

    /// The answer to a widget's query, up to 100,000 rows; nothing if there is no such widget, or it reads no data. The
    /// error is the endpoint's.
    pub async fn csv(&self, wanted: &WidgetRequest) -> Option<Result<Csv, String>> {
        self.csv_of(wanted, |_| CSV_ROWS + 1).await
    }

    async fn csv_of(&self, wanted: &WidgetRequest, limit: fn(&Widget) -> usize) -> Option<Result<Csv, String>> {
        let read = async |view: View<'_>, widget: &Widget| {
            let limit = limit(widget);
            let answered = answer(&view, widget, limit, &self.endpoint).await?;
            Some(answered.and_then(|(names, table)| Csv::new(&names, &table, limit - 1)))
        };
        self.with_view(wanted, read).await?
    }

    async fn with_view<T>(&self, wanted: &WidgetRequest, work: impl AsyncFnOnce(View<'_>, &Widget) -> T) -> Option<T> {
        let files = self.files();
        let shown = files.iter().find(|f| f.id == wanted.dashboard)?;
        let dashboard = shown.dashboard.as_ref().ok()?;
        let (page, widget) = dashboard.widget(&wanted.page, &wanted.widget)?;
        let chosen: Chosen =
            wanted.chosen.iter().map(|c| ((c.page.clone(), c.widget.clone()), c.selection.clone())).collect();
        let namespaces = &self.target.namespaces;
        let marks = marks(page, widget, &wanted.clicked);
        let view = View { dashboard, page, chosen: &chosen, marks: &marks, namespaces, now: (self.clock)() };
        Some(work(view, widget).await)
    }

    /// Draws every widget as it is without selections, into one file. Tells `progress` of each page that is done.
    pub async fn export(&self, mut progress: impl FnMut(&PageDone<'_>)) -> (String, Coverage) {
        let mut coverage = Coverage::default();
        let (mut texts, mut drawings) = (Texts::default(), json!({}));
        let pages = self.pages();
        for (n, (dashboard, title, wanted)) in pages.iter().enumerate() {
            let drawn = futures_util::stream::iter(wanted).map(async |one| {
                let drawing = self.drawing(one).await;
                (one, drawing, self.csv_of(one, rows_read).await.and_then(Result::ok))
            });
            let drawn: Vec<_> = drawn.buffered(AT_ONCE).collect().await;
            for (one, drawing, csv) in drawn {
                let Some(drawing) = drawing else { continue };
                coverage.charts += usize::from(matches!(drawing.picture, Picture::Chart { .. }));
                match drawing.picture {
                    Picture::Unsupported { .. } => coverage.unsupported += 1,
                    Picture::Failed { .. } => coverage.failed += 1,
                    _ => coverage.drawn += 1,
                }
                let csv = csv.map(|csv| json!({"text": texts.index(csv.text), "truncated": csv.truncated}));
                let sql = drawing.sql.map(|sql| texts.index(sql));
                drawings[&one.dashboard][&one.page][&one.widget] =
                    json!({"picture": drawing.picture, "sql": sql, "note": drawing.note, "csv": csv});
            }
            progress(&PageDone { dashboard, title, number: n + 1, pages: pages.len() });
        }
        (export(&json!({"state": self.state(), "drawings": drawings, "texts": texts.all()})), coverage)
    }

    /// The CSV of every widget that reads data, with its names; an endpoint's error in the place of the CSV.
    pub async fn export_csv(
        &self,
        mut progress: impl FnMut(&PageDone<'_>),
    ) -> Vec<(WidgetRequest, Result<Csv, String>)> {
        let mut found = Vec::new();
        let pages = self.pages();
        for (n, (dashboard, title, wanted)) in pages.iter().enumerate() {
            let read = futures_util::stream::iter(wanted).map(async |one| (one, self.csv(one).await));
            let read: Vec<_> = read.buffered(AT_ONCE).collect().await;
            found.extend(read.into_iter().filter_map(|(one, csv)| Some((one.clone(), csv?))));
            progress(&PageDone { dashboard, title, number: n + 1, pages: pages.len() });
        }
        found
    }

    /// Dashboard, title and widgets of every page.
    fn pages(&self) -> Vec<(String, String, Vec<WidgetRequest>)> {
        let files = self.files();
        let mut found = Vec::new();
        for file in files.iter() {
            let Ok(dashboard) = &file.dashboard else { continue };
            for page in &dashboard.pages {
                let wanted = page.widgets.iter().map(|widget| WidgetRequest {
                    dashboard: file.id.clone(),
                    page: page.name.clone(),
                    widget: widget.name.clone(),
                    chosen: Vec::new(),
                    clicked: Vec::new(),
                });
                found.push((file.id.clone(), page.title.clone(), wanted.collect()));
            }
        }
        found
    }

    fn files(&self) -> Arc<Vec<ShownFiles>> {
        Arc::clone(&self.files.read().unwrap_or_else(PoisonError::into_inner))
    }
}
