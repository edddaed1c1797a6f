//! The preview in a real browser.

mod behaviour;
mod chromium;
mod demo;
mod own;
mod public;
mod saving;
mod types;
mod widgets;

use std::path::PathBuf;
use std::sync::Arc;

use piq_preview::{Namespaces, Preview, Server, Target, WidgetQueries, serve};

/// A fixed present, so that relative dates mean the same on every day.
fn now() -> jiff::civil::DateTime {
    jiff::civil::date(2026, 11, 18).at(9, 0, 0, 0)
}

fn preview(paths: &[PathBuf], endpoint: Box<dyn WidgetQueries>) -> Preview {
    let namespaces = Namespaces { catalog: Some("main".into()), schema: Some("piq".into()) };
    let target = Target { name: "test".into(), host: "http://127.0.0.1".into(), namespaces, note: None };
    Preview::new(paths, endpoint, target, now)
}

/// A page with its charts, tables and pivots.
struct Page {
    dashboard: String,
    page: String,
    widgets: Vec<String>,
}

/// A server in a runtime of its own, which ends with it.
struct Served {
    server: Option<Server>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Served {
    fn new(preview: Preview) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let server = runtime.block_on(serve(Arc::new(preview), 0, "secret")).expect("a server");
        Self { server: Some(server), runtime: Some(runtime) }
    }

    fn url(&self) -> &str {
        self.server.as_ref().map_or("", |s| s.url.as_str())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.server.take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
