//! `metadata-service`: a server on this machine that hands out tokens, as editors start one for their terminals.
//! Its protocol: <https://docs.databricks.com/aws/en/dev-tools/auth/>; version 1 of `X-Databricks-Metadata-Version`.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use community_databricks_core::auth::{
    CachedTokenSource, CredentialsProvider, CredentialsStrategy, Headers, Token, TokenSource,
};
use community_databricks_core::{Config, Error, Result};
use futures_util::future::BoxFuture;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde::Deserialize;

use super::secret::Secret;

const NAME: &str = "metadata-service";
/// A server on this machine answers at once or not at all.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tokens from `metadata_service_url`.
pub(super) struct MetadataService {
    /// The address, which the configuration hides.
    pub url: Option<Secret>,
}

fn refused(message: impl Into<String>) -> Error {
    Error::Auth { auth_type: NAME.into(), message: message.into() }
}

impl CredentialsStrategy for MetadataService {
    fn name(&self) -> &'static str {
        NAME
    }

    fn configure<'a>(
        &'a self,
        config: &'a Config,
        http: &'a reqwest::Client,
    ) -> BoxFuture<'a, Result<Option<Arc<dyn CredentialsProvider>>>> {
        Box::pin(async move {
            let (Some(url), Some(host)) = (&self.url, config.host.clone().filter(|h| !h.is_empty())) else {
                return Ok(None);
            };
            let parsed = reqwest::Url::parse(url.expose()).map_err(|e| refused(format!("not an address: {e}")))?;
            if !matches!(parsed.host_str(), Some("localhost" | "127.0.0.1")) {
                return Err(refused("the address is not on this machine"));
            }
            let tokens = CachedTokenSource::new(MetadataServiceSource { http: http.clone(), url: parsed, host }, true);
            tokens.token().await?;
            Ok(Some(Arc::new(Provider(tokens)) as Arc<dyn CredentialsProvider>))
        })
    }
}

struct MetadataServiceSource {
    http: reqwest::Client,
    url: reqwest::Url,
    host: String,
}

#[derive(Deserialize)]
struct MetadataAnswer {
    #[serde(default)]
    access_token: String,
    /// Seconds since 1970, as a number or a text.
    expires_on: serde_json::Value,
}

impl TokenSource for MetadataServiceSource {
    fn token(&self) -> BoxFuture<'_, Result<Token>> {
        Box::pin(async move {
            let request = self
                .http
                .get(self.url.clone())
                .timeout(PATIENCE)
                .header("X-Databricks-Metadata-Version", "1")
                .header("X-Databricks-Host", &self.host);
            // the error of the client would tell the address
            let response = request.send().await.map_err(|e| refused(format!("no answer: {}", e.without_url())))?;
            let status = response.status();
            if !status.is_success() {
                return Err(refused(format!("the server answered {status}")));
            }
            let answer: MetadataAnswer =
                response.json().await.map_err(|e| refused(format!("not a token: {}", e.without_url())))?;
            let until = answer.expires_on.as_u64().or_else(|| answer.expires_on.as_str()?.parse().ok());
            let (Some(until), false) = (until, answer.access_token.is_empty()) else {
                return Err(refused("the response has no token"));
            };
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
            Ok(Token {
                access_token: answer.access_token.into(),
                token_type: "Bearer".into(),
                expiry: tokio::time::Instant::now().checked_add(Duration::from_secs(until.saturating_sub(now))),
            })
        })
    }
}

struct Provider(CachedTokenSource);

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(NAME)
    }
}

impl CredentialsProvider for Provider {
    fn headers(&self) -> BoxFuture<'_, Result<Headers>> {
        Box::pin(async move {
            let token = self.0.token().await?;
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.secret()))
                .map_err(|_| refused("the token cannot be sent"))?;
            value.set_sensitive(true);
            Ok(vec![(AUTHORIZATION, value)])
        })
    }
}
