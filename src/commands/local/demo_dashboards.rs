//! The end of `piq demo`: the address of its dashboards.

use std::sync::Arc;

use piq_diagnostics::own_folder::OwnFolder;
use piq_diagnostics::{Failure, FailureContext as _};
use piq_lakeview::files;
use piq_preview::Server;

use crate::commands::develop::dashboards::preview_page::{of_session, start};
use crate::context::Context;
use crate::context::session::Session;

/// Where a demo that ends leaves its dashboards, in `.piq` of the project.
const FILE: &str = "dashboards.html";

/// The dashboards on the demo's tables.
pub(crate) struct DashboardUrls {
    /// Where they are.
    pub address: String,
    /// What serves them, if they are live. They are gone when it is dropped.
    pub server: Option<Server>,
}

/// Serves the project's dashboards, or writes them to a file that needs no server; nothing if the project has none.
pub(crate) async fn dashboards(
    context: &Context,
    session: &Arc<Session>,
    live: bool,
) -> Result<Option<DashboardUrls>, Failure> {
    let folder = &session.project.project_dir;
    let paths = files::dashboards(folder)?;
    if paths.is_empty() {
        return Ok(None);
    }
    let preview = of_session(session, &paths, None).await?;
    if live {
        let server = start(preview, 0).await?;
        return Ok(Some(DashboardUrls { address: server.url.clone(), server: Some(server) }));
    }
    let own = OwnFolder::of(folder, "");
    let file = std::path::absolute(own.file(FILE)).context("cannot tell the current folder")?;
    let (html, coverage) = preview.export(|_| ()).await;
    own.write(FILE, html.as_bytes()).with_context(|| format!("cannot write `{}`", file.display()))?;
    if coverage.failed > 0 {
        context.out.log(&format!("{} widgets of the dashboards show an error", coverage.failed));
    }
    let address = reqwest::Url::from_file_path(&file).map_or_else(|()| file.display().to_string(), String::from);
    Ok(Some(DashboardUrls { address, server: None }))
}
