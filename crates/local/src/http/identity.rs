//! Who may send requests: the user, the service principal, and the tokens that name them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The name under which the owner of the workspace's token works: its administrator.
pub(crate) const USER: &str = "dana.local@example.com";

/// How long a token from the token endpoint is good for.
pub(crate) const LIFETIME: Duration = Duration::from_secs(3600);

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The person with this name.
    User(String),
    /// A service principal with this application id.
    ServicePrincipal(String),
}

impl Identity {
    /// The name that owns what it creates.
    pub(crate) fn name(&self) -> &str {
        match self {
            Identity::User(name) => name,
            Identity::ServicePrincipal(id) => id,
        }
    }

    /// The owner of the workspace's token.
    pub(crate) fn owner() -> Self {
        Self::User(USER.to_owned())
    }

    /// Whether everything is allowed.
    pub(crate) fn is_admin(&self) -> bool {
        matches!(self, Identity::User(name) if name == USER)
    }
}

/// Tokens handed out by the token endpoint.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<HashMap<String, (Identity, Instant)>>);

impl Tokens {
    /// Lets `token` stand for `who` for its lifetime.
    pub(crate) fn issue(&self, token: String, who: Identity) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.retain(|_, (_, until)| *until > Instant::now());
        tokens.insert(token, (who, Instant::now() + LIFETIME));
    }

    pub(super) fn who(&self, token: &str) -> Option<Identity> {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(token).filter(|(_, until)| *until > Instant::now()).map(|(who, _)| who.clone())
    }
}
