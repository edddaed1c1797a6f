//! From settings to a connection: unified authentication as the official SDKs do it.

use community_databricks_core::Error;
use community_databricks_core::auth::DefaultCredentials;
use community_databricks_core::config::{Config, HostMetadata};

use super::transport::Transport;
use super::{Limits, Remote};
use crate::env::Env;

/// Where a workspace is and how to get in.
#[derive(Debug, Clone, Default)]
pub struct Address {
    /// Its address; from the environment or a profile if left out.
    pub host: Option<String>,
    /// Personal access token; from the environment or a profile if left out.
    pub token: Option<String>,
    /// Profile of `~/.databrickscfg`.
    pub profile: Option<String>,
    /// Other settings by their names in `~/.databrickscfg`, such as `client_id`.
    pub settings: Vec<(String, String)>,
    /// The environment.
    pub env: Env,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No way to authenticate works.
    #[error("{0}")]
    Auth(String),
    /// A client cannot be made.
    #[error("cannot make an HTTP client: {0}")]
    Client(String),
}

/// Finds the address and the credentials, without a request to the workspace where a token is given.
///
/// # Errors
/// [`ConnectError::Auth`] says what was tried.
pub async fn connect(address: Address, limits: Limits) -> Result<Remote, ConnectError> {
    let mut config = Config::default();
    let wanted = [("host", &address.host), ("token", &address.token), ("profile", &address.profile)];
    for (name, value) in wanted {
        if let Some(value) = value {
            config.set_attribute(name, value.as_str()).map_err(|e| refused(&e, &address))?;
        }
    }
    for (name, value) in &address.settings {
        config.set_attribute(name, value.as_str()).map_err(|e| refused(&e, &address))?;
    }
    if address.token.is_some() || address.env.get("DATABRICKS_TOKEN").is_some() {
        // a token needs no discovery: it saves a request
        config.host_metadata = Some(HostMetadata::default());
    }
    let env = address.env.clone();
    let home = address.env.home();
    let lookup = move |name: &str| env.get(name).map(str::to_owned);
    let config = config.resolve_with(lookup, home).await.map_err(|e| refused(&e, &address))?;
    let host = config.host.clone().filter(|h| !h.is_empty()).ok_or_else(|| no_host(&address))?;
    // the token must not go to another address than the one it was set for
    if let (Some(written), Some(set)) = (&address.host, address.env.get("DATABRICKS_HOST"))
        && address.token.is_none()
        && bare(written) != bare(set)
    {
        return Err(ConnectError::Auth(format!(
            "the target is for {written}, but DATABRICKS_HOST is {set}: the credentials of one must not go to the other"
        )));
    }
    let http = reqwest::Client::builder()
        .user_agent(concat!("piq/", env!("CARGO_PKG_VERSION")))
        .pool_max_idle_per_host(limits.concurrency)
        .tcp_nodelay(true)
        .build()
        .map_err(|e| ConnectError::Client(e.to_string()))?;
    let (_, credentials) =
        DefaultCredentials::default().configure(&config, &http).await.map_err(|e| refused(&e, &address))?;
    let transport = Transport::new(host, http, credentials, config.workspace_id.clone(), limits);
    Ok(Remote { transport })
}

/// An address without scheme and trailing slash.
fn bare(host: &str) -> &str {
    let host = host.trim_end_matches('/');
    host.split_once("://").map_or(host, |(_, rest)| rest)
}

fn tried(address: &Address) -> String {
    let profile = address.profile.as_deref().or(address.env.get("DATABRICKS_CONFIG_PROFILE"));
    let said = |name: &str| if address.env.get(name).is_some() { "set" } else { "not set" };
    format!(
        "\n  host: {}\n  DATABRICKS_HOST: {}\n  DATABRICKS_TOKEN: {}\n  DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET: {}\n  profile of ~/.databrickscfg: {}",
        address.host.as_deref().unwrap_or("not in the bundle"),
        said("DATABRICKS_HOST"),
        said("DATABRICKS_TOKEN"),
        said("DATABRICKS_CLIENT_SECRET"),
        profile.unwrap_or("DEFAULT"),
    )
}

fn no_host(address: &Address) -> ConnectError {
    ConnectError::Auth(format!("no address of a workspace is known; tried:{}", tried(address)))
}

fn refused(error: &Error, address: &Address) -> ConnectError {
    ConnectError::Auth(format!("cannot authenticate: {error}; tried:{}", tried(address)))
}
