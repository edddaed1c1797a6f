//! One integration binary: the committed project, and piq from outside.

mod auth;
mod broken;
mod bundles;
mod ci;
mod cli;
mod conformance;
mod dashboards;
mod dashboards_prod;
mod dashboards_pull;
mod dashboards_sdk;
mod deploy;
mod engine;
mod golden;
mod init;
mod issuer;
mod new_enrichment;
mod pipeline;
mod pre_commit;
mod preview;
mod reading;
mod readme;
mod schema;
mod sql_lint;
mod support;
mod venv;
mod workspace;
