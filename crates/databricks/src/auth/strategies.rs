//! The strategies in the SDKs' order, tried one by one so that each can say why it was passed over.

use std::sync::Arc;

use community_databricks_core::auth::{
    AzureCliCredentials, AzureClientSecretCredentials, AzureDevOpsOidcCredentials, AzureGithubOidcCredentials,
    AzureMsiCredentials, CredentialsProvider, CredentialsStrategy, DatabricksCliCredentials, EnvOidcCredentials,
    FileOidcCredentials, GcpM2mCredentials, GithubOidcCredentials, GoogleCredentials, GoogleIdCredentials,
    M2mCredentials, PatCredentials,
};
use community_databricks_core::{Config, Error};

use super::basic::Basic;
use super::metadata_service::MetadataService;
use super::reasons;
use super::secret::Secret;
use super::settings::{SettingSource, Settings};
use crate::proxy::{UsedProxy, through};
use crate::redirects::same_host_redirects;

/// What became of one strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StrategyOutcome {
    /// It gave credentials.
    Chosen,
    /// It lacks a setting, or does not apply here.
    Skipped(String),
    /// It applies, and did not work.
    Failed(String),
    /// It applies, and whoever it asks does not answer.
    Unanswered(String),
}

/// One strategy that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its name, as `auth_type` takes it.
    pub strategy: &'static str,
    /// What became of it.
    pub outcome: StrategyOutcome,
}

/// What the library says when the tool is not there.
const NO_CLI: &str = "databricks CLI not found";

type Strategy = Box<dyn CredentialsStrategy>;

/// Strategies that need to know nothing of the host.
fn immediate(settings: &Settings) -> Vec<Strategy> {
    vec![Box::new(PatCredentials), Box::new(Basic { password: settings.get("password").map(Secret::new) })]
}

/// The others, which may ask the host where its token endpoint is.
fn with_host_facts(settings: &Settings) -> Vec<Strategy> {
    vec![
        Box::new(M2mCredentials),
        Box::new(DatabricksCliCredentials),
        Box::new(MetadataService { url: settings.get("metadata_service_url").map(Secret::new) }),
        Box::new(GithubOidcCredentials),
        Box::new(AzureDevOpsOidcCredentials),
        Box::new(EnvOidcCredentials),
        Box::new(FileOidcCredentials),
        Box::new(AzureGithubOidcCredentials),
        Box::new(AzureMsiCredentials),
        Box::new(AzureClientSecretCredentials),
        Box::new(AzureCliCredentials),
        Box::new(GcpM2mCredentials),
        Box::new(GoogleCredentials),
        Box::new(GoogleIdCredentials),
    ]
}

/// Names of all strategies, in order.
pub fn names() -> Vec<&'static str> {
    let none = Settings::default();
    immediate(&none).iter().chain(&with_host_facts(&none)).map(|s| s.name()).collect()
}

/// Whether a strategy is one of those that ask the host nothing.
pub(super) fn is_immediate(name: &str) -> bool {
    immediate(&Settings::default()).iter().any(|s| s.name() == name)
}

/// A strategy that worked.
pub(super) struct Works {
    pub strategy: &'static str,
    pub provider: Arc<dyn CredentialsProvider>,
}

/// Which strategies to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StrategyStage {
    /// Those that ask the host nothing.
    Immediate,
    /// The others.
    WithHostFacts,
}

/// Tries the strategies of a stage; `auth_type` leaves only one of them.
pub(super) async fn attempt(
    stage: StrategyStage,
    settings: &Settings,
    config: &Config,
    attempts: &mut Vec<Attempt>,
) -> Option<Works> {
    let strategies = match stage {
        StrategyStage::Immediate => immediate(settings),
        StrategyStage::WithHostFacts => with_host_facts(settings),
    };
    let mut http = reqwest::Client::builder().timeout(config.http_timeout()).redirect(same_host_redirects());
    if config.skip_verify {
        http = http.tls_danger_accept_invalid_certs(true);
    }
    let proxy = UsedProxy::of(&settings.env, config.host.as_deref().unwrap_or_default());
    let http = through(http, proxy.as_ref()).and_then(|http| http.build().map_err(|e| e.to_string()));
    let http = match http {
        Ok(http) => http,
        Err(e) => {
            let why = format!("cannot create an HTTP client: {e}");
            attempts.extend(
                strategies
                    .iter()
                    .map(|s| Attempt { strategy: s.name(), outcome: StrategyOutcome::Failed(why.clone()) }),
            );
            return None;
        }
    };
    let wanted = settings.get("auth_type");
    let without_scopes = without_scopes_of_profile(settings, config);
    for strategy in strategies {
        let name = strategy.name();
        if let Some(wanted) = wanted.filter(|w| *w != name) {
            attempts.push(Attempt {
                strategy: name,
                outcome: StrategyOutcome::Skipped(format!("`auth_type` selects {wanted}")),
            });
            continue;
        }
        let config = if name == DatabricksCliCredentials.name() { &without_scopes } else { config };
        let outcome = match one(strategy.as_ref(), config, &http).await {
            Ok(Some(provider)) => {
                attempts.push(Attempt { strategy: name, outcome: StrategyOutcome::Chosen });
                return Some(Works { strategy: name, provider });
            }
            Ok(None) => StrategyOutcome::Skipped(reasons::why_not(name, settings, config)),
            Err(_) if reasons::lacks(name, settings, config) => {
                StrategyOutcome::Skipped(reasons::why_not(name, settings, config))
            }
            // whoever does not use that tool has not failed with it
            Err(e) if failure_line(name, &e).starts_with(NO_CLI) => {
                StrategyOutcome::Skipped(format!("{NO_CLI} on PATH"))
            }
            Err(e) if is_unanswered(&e) => {
                let via = proxy.as_ref().map_or(String::new(), |p| format!(" through the proxy {}", p.shown()));
                StrategyOutcome::Unanswered(settings.redact(&format!("{}{via}", failure_line(name, &e))))
            }
            Err(e) => StrategyOutcome::Failed(settings.redact(&failure_line(name, &e))),
        };
        attempts.push(Attempt { strategy: name, outcome });
    }
    None
}

/// The configuration for the tool that logs in: it knows the scopes of a profile, and takes none.
fn without_scopes_of_profile(settings: &Settings, config: &Config) -> Config {
    let mut config = config.clone();
    if matches!(settings.source("scopes"), Some(SettingSource::Profile { .. })) {
        config.scopes.clear();
    }
    config
}

/// Configures one strategy and asks it for headers once: some find out only then that they do not work.
async fn one(
    strategy: &dyn CredentialsStrategy,
    config: &Config,
    http: &reqwest::Client,
) -> Result<Option<Arc<dyn CredentialsProvider>>, Error> {
    let Some(provider) = strategy.configure(config, http).await? else { return Ok(None) };
    provider.headers().await?;
    Ok(Some(provider))
}

/// Whether nobody answered: the credentials may be right.
fn is_unanswered(error: &Error) -> bool {
    // a strategy may wrap the error of its request
    matches!(error, Error::Transport(_)) || error.to_string().contains("error sending request")
}

/// The message of an error, without the name of the strategy before it.
fn failure_line(name: &str, error: &Error) -> String {
    let text = match error {
        Error::Auth { message, .. } => message.clone(),
        Error::Api(e) => {
            let hint = match e.message.as_str() {
                "invalid_grant" => {
                    "; compare issuer, subject and audience of the identity token with the federation policy"
                }
                "invalid_client" => "; the client id or its secret is unknown there",
                _ => "",
            };
            format!("HTTP {}: {}{hint}", e.status_code, e.message)
        }
        other => other.to_string(),
    };
    text.strip_prefix(&format!("{name} auth: ")).unwrap_or(&text).to_owned()
}
