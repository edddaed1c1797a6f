//! `basic`: user name and password, which some older deployments still take.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use community_databricks_core::auth::{CredentialsProvider, CredentialsStrategy, Headers};
use community_databricks_core::{Config, Error, Result};
use futures_util::future::BoxFuture;
use reqwest::header::{AUTHORIZATION, HeaderValue};

use super::secret::Secret;

/// `Authorization: Basic` from `username` and `password`.
pub(super) struct Basic {
    /// The password, which the configuration hides.
    pub password: Option<Secret>,
}

impl CredentialsStrategy for Basic {
    fn name(&self) -> &'static str {
        "basic"
    }

    fn configure<'a>(
        &'a self,
        config: &'a Config,
        _http: &'a reqwest::Client,
    ) -> BoxFuture<'a, Result<Option<Arc<dyn CredentialsProvider>>>> {
        Box::pin(async move {
            let (Some(user), Some(password)) = (config.attribute("username"), &self.password) else { return Ok(None) };
            if config.host.as_deref().unwrap_or_default().is_empty() {
                return Err(Error::Auth { auth_type: "basic".into(), message: "no host is configured".into() });
            }
            let encoded = STANDARD.encode(format!("{user}:{}", password.expose()));
            let mut value = HeaderValue::from_str(&format!("Basic {encoded}"))
                .map_err(|_| Error::Config("the user name or password cannot be sent".into()))?;
            value.set_sensitive(true);
            Ok(Some(Arc::new(Fixed(value)) as Arc<dyn CredentialsProvider>))
        })
    }
}

/// One header that never changes. A sensitive value does not show in its `Debug` form.
#[derive(Debug)]
struct Fixed(HeaderValue);

impl CredentialsProvider for Fixed {
    fn headers(&self) -> BoxFuture<'_, Result<Headers>> {
        Box::pin(async move { Ok(vec![(AUTHORIZATION, self.0.clone())]) })
    }
}
