//! Kinds of objects that a bundle can look up by name and that this workspace has none of: their lists are empty.

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::http::App;

/// Paths of the lists, and the field that holds the objects.
const EMPTY: [(&str, &str); 11] = [
    ("/api/2.0/clusters/list", "clusters"),
    ("/api/2.1/clusters/list", "clusters"),
    ("/api/2.0/policies/clusters/list", "policies"),
    ("/api/2.0/instance-pools/list", "instance_pools"),
    ("/api/2.0/pipelines", "statuses"),
    ("/api/2.0/sql/queries", "results"),
    ("/api/2.0/sql/alerts", "results"),
    ("/api/2.0/alerts", "alerts"),
    ("/api/2.0/notification-destinations", "results"),
    ("/api/2.0/git-credentials", "credentials"),
    ("/api/2.0/repos", "repos"),
];

pub(super) fn routes() -> Router<Arc<App>> {
    let empty = |router: Router<Arc<App>>, (path, field): (&'static str, &'static str)| {
        router.route(path, get(async move || Json(json!({field: []}))))
    };
    EMPTY.into_iter().fold(Router::new(), empty)
}
