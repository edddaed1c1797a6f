//! From settings to a client that may speak to the workspace.

use std::fmt::Write as _;
use std::sync::Arc;

use community_databricks_core::auth::{CredentialsProvider, DefaultCredentials};
use community_databricks_core::config::HostMetadata;
use community_databricks_core::{ApiClient, Config, Error};
use sha2::{Digest as _, Sha256};

use super::attributes::ATTRIBUTES;
use super::profiles::ProfileError;
use super::settings::{SettingSource, Settings, SettingsError};
use super::strategies::{Attempt, StrategyOutcome, StrategyStage, Works, attempt, is_immediate, names};
use crate::proxy::UsedProxy;
use piq_diagnostics::{Failure, FailureKind, closest};

/// Why nobody can be authenticated.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The settings do not fit together.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A value that the client cannot take.
    #[error("{0}")]
    BadSetting(String),
    /// `auth_type` names no strategy.
    #[error("`auth_type` is `{wanted}` (from {source_of_it}), which is unknown{}; available: {}",
        near.as_ref().map_or(String::new(), |n| format!("; did you mean `{n}`?")), names().join(", "))]
    UnknownType {
        /// The value.
        wanted: String,
        /// Where it comes from.
        source_of_it: SettingSource,
        /// The name that comes closest.
        near: Option<&'static str>,
    },
    /// No strategy worked.
    #[error("{}", nothing_worked(attempts))]
    NothingWorked {
        /// Every strategy and why it was passed over.
        attempts: Vec<Attempt>,
        /// Whether there is no host either.
        no_host: bool,
    },
    /// The credentials could not be tried: whoever gives the token does not answer.
    #[error("no answer to `{strategy}`: {why}")]
    Unanswered {
        /// The strategy that asked.
        strategy: &'static str,
        /// What the network says.
        why: String,
    },
}

/// The text for [`AuthError::NothingWorked`]: one line for each strategy.
fn nothing_worked(attempts: &[Attempt]) -> String {
    let mut text = String::from("all authentication methods failed");
    for Attempt { strategy, outcome } in attempts {
        let said = match outcome {
            StrategyOutcome::Chosen => continue,
            StrategyOutcome::Skipped(why) => format!("skipped: {why}"),
            StrategyOutcome::Failed(why) => format!("failed: {why}"),
            StrategyOutcome::Unanswered(why) => format!("no answer: {why}"),
        };
        let _ = write!(text, "\n  {strategy:<19} {said}");
    }
    text
}

impl From<AuthError> for Failure {
    fn from(error: AuthError) -> Self {
        let hint = match &error {
            AuthError::NothingWorked { no_host: true, .. } => {
                Some("name the workspace with `workspace.host` of the target, DATABRICKS_HOST or a profile (-p)")
            }
            AuthError::NothingWorked { .. } => Some(
                "run `databricks auth login`, or set DATABRICKS_TOKEN, or a service principal's DATABRICKS_CLIENT_ID \
                 and DATABRICKS_CLIENT_SECRET; `piq auth describe` shows every setting and its source",
            ),
            AuthError::Unanswered { .. } => {
                Some("check the host, the network, and the proxy in HTTPS_PROXY and NO_PROXY")
            }
            AuthError::Settings(SettingsError::Profile(ProfileError::Syntax { .. })) => {
                Some("each line is `name = value`, a section such as `[dev]`, or a comment that starts with `#`")
            }
            AuthError::Settings(SettingsError::Profile(ProfileError::NoFile { .. })) => Some(
                "run `databricks auth login --profile NAME`, or set DATABRICKS_HOST and credentials in the environment",
            ),
            _ => None,
        };
        let kind = match &error {
            AuthError::Unanswered { .. } => FailureKind::Refused,
            _ => FailureKind::Authentication,
        };
        let failure = Failure::caused_by(kind, error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        AuthError::from(error).into()
    }
}

/// Someone who is authenticated.
#[derive(Debug)]
pub struct Connection {
    /// The strategy that worked.
    pub strategy: &'static str,
    /// Every strategy up to that one.
    pub attempts: Vec<Attempt>,
    identity_key: Option<String>,
    proxy: Option<UsedProxy>,
    config: Config,
    provider: Arc<dyn CredentialsProvider>,
}

impl Connection {
    /// Address of the workspace, such as `https://example.cloud.databricks.com`.
    pub fn host(&self) -> &str {
        self.config.host.as_deref().unwrap_or_default()
    }

    /// What gives the headers of each request, and renews a token that runs out.
    pub fn credentials(&self) -> Arc<dyn CredentialsProvider> {
        Arc::clone(&self.provider)
    }

    /// Names who is authenticated without telling a secret; nothing for credentials that may change hands, as those of
    /// somebody who logs in.
    pub fn identity_key(&self) -> Option<&str> {
        self.identity_key.as_deref()
    }

    /// Id of the workspace, for an address that serves several.
    pub fn workspace_id(&self) -> Option<&str> {
        self.config.workspace_id.as_deref()
    }

    /// The proxy on the way to the host.
    pub(crate) fn proxy(&self) -> Option<&UsedProxy> {
        self.proxy.as_ref()
    }

    /// Whether certificates are not looked at (`skip_verify` of a profile).
    pub(crate) fn skips_verification(&self) -> bool {
        self.config.skip_verify
    }
}

/// Finds the first strategy that works. A personal access token needs no request; others may ask the host where its
/// token endpoint is, and that for a token.
///
/// # Errors
/// Settings that do not fit together, and [`AuthError::NothingWorked`] with the reason of every strategy.
pub async fn authenticate(settings: &Settings) -> Result<Connection, AuthError> {
    if let Some(wanted) = settings.get("auth_type")
        && !names().contains(&wanted)
    {
        let source_of_it = settings.source("auth_type").cloned();
        return Err(AuthError::UnknownType {
            wanted: wanted.to_owned(),
            source_of_it: source_of_it.unwrap_or(SettingSource::Bundle),
            near: closest(wanted, names()),
        });
    }
    let mut attempts = Vec::new();
    let mut last = None;
    for stage in [StrategyStage::Immediate, StrategyStage::WithHostFacts] {
        // who asks for a token by name is not made to wait for facts about the host
        if stage == StrategyStage::WithHostFacts && settings.get("auth_type").is_some_and(is_immediate) {
            attempts.extend(names().into_iter().filter(|n| !is_immediate(n)).map(|strategy| Attempt {
                strategy,
                outcome: StrategyOutcome::Skipped("`auth_type` selects another method".to_owned()),
            }));
            break;
        }
        let config = config(settings, stage).await?;
        if let Some(Works { strategy, provider }) = attempt(stage, settings, &config, &mut attempts).await {
            let host = config.host.as_deref().unwrap_or_default();
            let identity_key = identity_key(settings, strategy, host);
            let proxy = UsedProxy::of(&settings.env, host);
            return Ok(Connection { strategy, attempts, identity_key, proxy, config, provider });
        }
        last = Some(config);
    }
    let failed = attempts.iter().any(|a| matches!(a.outcome, StrategyOutcome::Failed(_)));
    let unanswered = attempts.iter().find_map(|a| match &a.outcome {
        StrategyOutcome::Unanswered(why) => Some(AuthError::Unanswered { strategy: a.strategy, why: why.clone() }),
        _ => None,
    });
    if let Some(error) = unanswered.filter(|_| !failed) {
        return Err(error);
    }
    let no_host = last.is_none_or(|c| c.host.is_none_or(|h| h.is_empty()));
    Err(AuthError::NothingWorked { attempts, no_host })
}

/// A hash of the credentials, for strategies whose credentials belong to one and the same caller for ever.
fn identity_key(settings: &Settings, strategy: &str, host: &str) -> Option<String> {
    let names: &[&str] = match strategy {
        "pat" => &["token"],
        "oauth-m2m" => &["client_id", "client_secret"],
        _ => return None,
    };
    let mut hash = Sha256::new();
    for part in [host, strategy] {
        hash.update(format!("{part}\0"));
    }
    for name in names {
        let value = settings.get(name).filter(|value| !value.is_empty())?;
        hash.update(format!("{value}\0"));
    }
    Some(hex::encode(hash.finalize()))
}

/// The configuration of the community SDK with every setting in place.
async fn config(settings: &Settings, stage: StrategyStage) -> Result<Config, AuthError> {
    let bad = |e: Error| AuthError::BadSetting(settings.redact(&e.to_string()));
    let mut config = Config::default();
    // the settings are all there is: the library reads neither the file nor the variables again, in its own way
    for setting in settings.iter().filter(|s| s.attribute.name != "config_file") {
        config.set_attribute(setting.attribute.name, setting.value.expose()).map_err(bad)?;
    }
    if stage == StrategyStage::Immediate {
        config.host_metadata = Some(HostMetadata::default());
    }
    let env = settings.env.clone();
    let is_read = |name: &str| ATTRIBUTES.iter().any(|a| a.variable == Some(name));
    let rest = move |name: &str| env.get(name).filter(|_| !is_read(name)).map(str::to_owned);
    let config = config.resolve_with(rest, None).await.map_err(bad)?;
    if config.host.is_none()
        && settings.get("azure_workspace_resource_id").is_some()
        && stage == StrategyStage::WithHostFacts
    {
        // on Azure the resource's id tells the host; only building a client looks it up
        let client = ApiClient::with_credentials(config, DefaultCredentials::new(Vec::new())).await.map_err(bad)?;
        return Ok(client.config().clone());
    }
    Ok(config)
}
