//! The connection of a command: authenticated, and shown request by request with `--debug`.

use std::sync::Arc;

use piq_bundle::WorkspaceSettings;
use piq_databricks::auth::{BundleSettings, Connection, Settings, authenticate};
use piq_databricks::workspace::{Exchange, Limits, Remote, Trace};
use piq_diagnostics::Failure;

use crate::context::Context;
use crate::output::printer::Printer;

/// The settings of a target's `workspace` for the connection.
pub(crate) fn bundle_settings(workspace: &WorkspaceSettings) -> BundleSettings<'_> {
    let WorkspaceSettings { host, profile, extra, .. } = workspace;
    BundleSettings { host: host.as_deref(), profile: profile.as_deref(), extra }
}

/// Authenticates and connects.
pub(crate) async fn connect(context: &Context, settings: &Settings, limits: Limits) -> Result<Remote, Failure> {
    let connection = authenticate(settings).await?;
    connect_remote(context, &connection, limits)
}

/// Sends the credentials of a connection.
pub(crate) fn connect_remote(context: &Context, connection: &Connection, limits: Limits) -> Result<Remote, Failure> {
    context.out.debug(&format!("{}, authenticated with {}", connection.host(), connection.strategy));
    let remote = Remote::with_connection(connection, limits)?;
    Ok(if context.out.debugs() { remote.traced(Arc::new(ShownConnection(context.out.clone()))) } else { remote })
}

/// Prints one line for each request.
struct ShownConnection(Printer);

impl Trace for ShownConnection {
    fn exchanged(&self, exchange: &Exchange<'_>) {
        self.0.debug(&line(exchange));
    }
}

fn line(e: &Exchange<'_>) -> String {
    let sent = if e.up_bytes > 0 { format!(" ({} bytes)", e.up_bytes) } else { String::new() };
    let answer = match &e.answer {
        Ok((status, bytes)) => format!("{status} ({bytes} bytes)"),
        Err(why) => why.clone(),
    };
    format!("{} {}{sent} -> {answer} in {} ms", e.method, e.address, e.took.as_millis())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::line;
    use piq_databricks::workspace::Exchange;

    #[test]
    fn a_line_names_the_request_its_answer_and_its_time() {
        let mut exchange = Exchange {
            method: "POST",
            address: "/api/2.2/jobs/create".to_owned(),
            up_bytes: 321,
            took: Duration::from_millis(12),
            answer: Ok((200, 17)),
        };
        assert_eq!(line(&exchange), "POST /api/2.2/jobs/create (321 bytes) -> 200 (17 bytes) in 12 ms");
        exchange.answer = Err("no answer: connection reset".to_owned());
        assert_eq!(line(&exchange), "POST /api/2.2/jobs/create (321 bytes) -> no answer: connection reset in 12 ms");
    }
}
