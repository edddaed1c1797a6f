//! Workload identity federation: which issuers' tokens are exchanged for the workspace's own, as a federation policy
//! of a service principal or of the account says.

use std::sync::{Mutex, PoisonError};

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, dangerous, decode, decode_header};
use serde::Deserialize;

/// Algorithms that an issuer may sign with.
const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::ES256];

/// One policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    /// Application id of the service principal that the tokens stand for; without it the policy is the account's,
    /// and a token stands for the user whom its subject names.
    #[serde(default)]
    pub(super) service_principal: Option<String>,
    /// What a token must be like.
    pub(super) oidc_policy: OidcPolicy,
}

/// What a token must be like; the fields are those of the account API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OidcPolicy {
    /// `iss`.
    pub(super) issuer: String,
    /// One of `aud`; the address of the workspace's token endpoint if left out.
    #[serde(default)]
    pub(super) audiences: Vec<String>,
    /// The subject, for the policy of a service principal.
    #[serde(default)]
    pub(super) subject: Option<String>,
    /// The claim that holds the subject; `sub` if left out.
    #[serde(default)]
    pub(super) subject_claim: Option<String>,
    /// The issuer's public keys, as JSON in a text.
    pub(super) jwks_json: String,
}

/// The active policies.
#[derive(Debug, Default)]
pub(super) struct Federation(Mutex<Vec<Policy>>);

impl Federation {
    /// Adds a policy.
    ///
    /// # Errors
    /// Keys that are not a JSON Web Key Set.
    pub(super) fn add(&self, policy: Policy) -> Result<(), String> {
        serde_json::from_str::<JwkSet>(&policy.oidc_policy.jwks_json)
            .map_err(|e| format!("`jwks_json` is not a key set: {e}"))?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(policy);
        Ok(())
    }

    /// The subject of a token that some policy of `service_principal` (of the account if none) lets in.
    ///
    /// # Errors
    /// Why no policy does.
    pub(super) fn subject(
        &self,
        token: &str,
        service_principal: Option<&str>,
        endpoint: &str,
    ) -> Result<String, String> {
        let policies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut why = match service_principal {
            Some(id) => format!("no federation policy of the service principal `{id}` lets this issuer in"),
            None => "no federation policy of the account lets this issuer in".to_owned(),
        };
        let issuer = dangerous::insecure_decode::<serde_json::Value>(token)
            .map_err(|_| "the subject token is not a JWT".to_owned())?
            .claims["iss"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        for policy in policies.iter() {
            if policy.service_principal.as_deref() != service_principal || policy.oidc_policy.issuer != issuer {
                continue;
            }
            match verify(token, &policy.oidc_policy, endpoint) {
                Ok(subject) => return Ok(subject),
                Err(e) => why = e,
            }
        }
        Err(why)
    }
}

fn verify(token: &str, policy: &OidcPolicy, endpoint: &str) -> Result<String, String> {
    let header = decode_header(token).map_err(|e| format!("the subject token's header: {e}"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(format!("the subject token is signed with {:?}", header.alg));
    }
    let keys: JwkSet = serde_json::from_str(&policy.jwks_json).map_err(|e| e.to_string())?;
    let key = match &header.kid {
        Some(id) => keys.find(id),
        None => keys.keys.first(),
    };
    let key = key.ok_or("the issuer has no key of the subject token's id")?;
    let key = DecodingKey::from_jwk(key).map_err(|e| format!("the issuer's key: {e}"))?;
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[&policy.issuer]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    match policy.audiences.as_slice() {
        [] => validation.set_audience(&[endpoint]),
        audiences => validation.set_audience(audiences),
    }
    let claims = decode::<serde_json::Value>(token, &key, &validation)
        .map_err(|e| format!("the subject token is not valid: {e}"))?
        .claims;
    let claim = policy.subject_claim.as_deref().unwrap_or("sub");
    let subject = claims[claim].as_str().ok_or_else(|| format!("the subject token has no `{claim}`"))?;
    match policy.subject.as_deref().filter(|wanted| *wanted != subject) {
        Some(_) => Err(format!("the federation policy does not let the subject `{subject}` in")),
        None => Ok(subject.to_owned()),
    }
}
