//! From settings to a connection: `auth` finds who one is, this sends it.

use piq_diagnostics::{Failure, FailureKind};

use super::transport::Transport;
use super::{Limits, Remote};
use crate::auth::{AuthError, Connection, Settings, authenticate};
use crate::proxy::{UsedProxy, through};
use crate::redirects::same_host_redirects;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No way to authenticate works; the text names each and why.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// A client cannot be made.
    #[error("cannot create an HTTP client: {0}")]
    Client(String),
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Auth(error) => error.into(),
            other => Failure::caused_by(FailureKind::Refused, other),
        }
    }
}

/// Authenticates and connects, without a request to the workspace where a token is given.
///
/// # Errors
/// [`ConnectError::Auth`] says what was tried.
pub async fn connect(settings: &Settings, limits: Limits) -> Result<Remote, ConnectError> {
    Remote::with_connection(&authenticate(settings).await?, limits)
}

impl Remote {
    /// A client that sends the credentials of a connection.
    ///
    /// # Errors
    /// [`ConnectError::Client`].
    pub fn with_connection(connection: &Connection, limits: Limits) -> Result<Self, ConnectError> {
        let http = through(reqwest::Client::builder(), connection.proxy()).map_err(ConnectError::Client)?;
        let http = http
            .user_agent(concat!("piq/", env!("CARGO_PKG_VERSION")))
            .pool_max_idle_per_host(limits.concurrency)
            .tcp_nodelay(true)
            .redirect(same_host_redirects())
            .tls_danger_accept_invalid_certs(connection.skips_verification())
            .build()
            .map_err(|e| ConnectError::Client(e.to_string()))?;
        let host = connection.host().to_owned();
        let workspace_id = connection.workspace_id().map(str::to_owned);
        let mut transport = Transport::new(host, http, connection.credentials(), workspace_id, limits);
        transport.proxy = connection.proxy().map(UsedProxy::shown);
        Ok(Self { transport })
    }
}
