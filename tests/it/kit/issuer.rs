//! An issuer of identity tokens, and a server that hands them out as GitHub Actions does.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::Workspace;
use super::loopback::serve;

/// Subject of the tokens of a workflow that deploys.
pub(crate) const SUBJECT: &str = "repo:example/pipelineiq:environment:prod";
/// Address of the issuer; nobody calls it.
pub(crate) const ISSUER: &str = "https://issuer.example.com";

/// A signing key of the issuer.
pub(crate) struct Issuer {
    key: EncodingKey,
    jwks: String,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("key");
        let der = pair.to_pkcs8v1().expect("encoded");
        let key = EncodingKey::from_ec_der(der.as_ref());
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).expect("public part");
        jwk.common.key_id = Some("k1".into());
        let jwks = serde_json::to_string(&JwkSet { keys: vec![jwk] }).expect("JSON");
        Self { key, jwks }
    }

    /// A token for an audience that is good for a minute.
    pub(crate) fn token(&self, subject: &str, audience: &str) -> String {
        self.signed(&json!({"iss": ISSUER, "sub": subject, "aud": audience, "exp": now() + 60}))
    }

    pub(crate) fn signed(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("k1".into());
        encode(&header, claims, &self.key).expect("signed")
    }

    /// Lets the issuer's tokens stand for the service principal of a workspace.
    pub(crate) fn trusted_by(&self, workspace: &Workspace, subject: &str) {
        workspace.post(
            "/piq/federation-policies",
            &json!({
                "service_principal": workspace.client_id(),
                "oidc_policy": {"issuer": ISSUER, "subject": subject, "jwks_json": self.jwks},
            }),
        );
    }

    /// Serves tokens as the runner of GitHub Actions does: `GET ?audience=` with a bearer token. Gives the address.
    pub(crate) fn serve_github(self: &Arc<Self>, bearer: &'static str, subject: &'static str) -> String {
        let issuer = Arc::clone(self);
        let address = serve(move |head| {
            let audience = head.target.split_once("audience=").map(|(_, a)| a).unwrap_or_default();
            match head.bearer(bearer) {
                true => (200, json!({"value": issuer.token(subject, &percent_decoded(audience))})),
                false => (401, json!({})),
            }
        });
        format!("{address}/token?api-version=2.0")
    }

    /// Serves tokens as an agent of Azure DevOps does: `POST` with a bearer token. Gives the agent's variables.
    pub(crate) fn azure_variables(
        self: &Arc<Self>,
        bearer: &'static str,
        subject: &'static str,
        workspace: &Workspace,
    ) -> BTreeMap<String, String> {
        let (issuer, audience) = (Arc::clone(self), format!("{}/oidc/v1/token", workspace.host()));
        let address = serve(move |head| match head.method == "POST" && head.bearer(bearer) {
            true => (200, json!({"oidcToken": issuer.token(subject, &audience)})),
            false => (401, json!({})),
        });
        let variables = [
            ("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", format!("{address}/")),
            ("SYSTEM_TEAMPROJECTID", "project".to_owned()),
            ("SYSTEM_PLANID", "plan".to_owned()),
            ("SYSTEM_JOBID", "job".to_owned()),
        ];
        variables.map(|(name, value)| (name.to_owned(), value)).into()
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs()
}

fn percent_decoded(text: &str) -> String {
    let text = text.split('&').next().unwrap_or_default();
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (first, after) {
            (b'%', [a, b, tail @ ..]) => {
                let hex = [*a, *b];
                let hex = std::str::from_utf8(&hex).expect("ASCII");
                bytes.push(u8::from_str_radix(hex, 16).expect("hexadecimal"));
                rest = tail;
            }
            (byte, tail) => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
