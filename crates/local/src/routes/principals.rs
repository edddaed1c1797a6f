//! Lists of users, groups and service principals, in the form of SCIM.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::me;
use crate::http::{ApiError, App, Identity, Params};
use crate::tree;

pub(super) fn routes() -> Router<Arc<App>> {
    let mut router = Router::new();
    for base in ["/api/2.0/preview/scim/v2", "/api/2.0/scim/v2"] {
        router =
            router.route(&format!("{base}/{{kind}}"), get(list)).route(&format!("{base}/{{kind}}/{{id}}"), get(one));
    }
    router
}

/// Everybody of a kind: users are those who have a home.
fn all(app: &App, kind: &str) -> Result<Vec<Value>, ApiError> {
    let principal = &app.credentials.client_id;
    match kind {
        "Users" => {
            let homes = app.store.read(|t| tree::below(t, "/Users"));
            let names = homes.iter().filter_map(|(path, _)| path.strip_prefix("/Users/"));
            let people = names.filter(|name| !name.contains('/') && *name != principal.as_str());
            Ok(people.map(|name| me::show(&Identity::User(name.to_owned()))).collect())
        }
        "ServicePrincipals" => Ok(vec![me::show(&Identity::ServicePrincipal(principal.clone()))]),
        "Groups" => {
            let group = |name: &str, id: &str| json!({"displayName": name, "id": id, "members": []});
            Ok(vec![group("admins", "4100000011"), group("users", "4100000010")])
        }
        _ => Err(ApiError::not_found(format!("'{kind}' is not a kind of principal."))),
    }
}

#[derive(Deserialize)]
struct ListPrincipalsQuery {
    filter: Option<String>,
    #[serde(default = "first", rename = "startIndex")]
    start_index: usize,
    count: Option<usize>,
}

fn first() -> usize {
    1
}

async fn list(
    State(app): State<Arc<App>>,
    Path(kind): Path<String>,
    Params(asked): Params<ListPrincipalsQuery>,
) -> Result<Json<Value>, ApiError> {
    let mut found = all(&app, &kind)?;
    if let Some(filter) = &asked.filter {
        let (field, wanted) = equals(filter)?;
        let matches = |v: &Value| v[field].as_str().is_some_and(|value| value.eq_ignore_ascii_case(&wanted));
        found.retain(matches);
    }
    let total = found.len();
    let page: Vec<Value> =
        found.into_iter().skip(asked.start_index.saturating_sub(1)).take(asked.count.unwrap_or(100)).collect();
    Ok(Json(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": total,
        "startIndex": asked.start_index, "itemsPerPage": page.len(), "Resources": page,
    })))
}

/// `field eq "value"`, the only filter that is modelled.
fn equals(filter: &str) -> Result<(&str, String), ApiError> {
    let parts: Vec<&str> = filter.splitn(3, ' ').collect();
    match parts.as_slice() {
        [field, operator, value] if operator.eq_ignore_ascii_case("eq") => {
            Ok((field, value.trim().trim_matches(['"', '\'']).to_owned()))
        }
        _ => Err(ApiError::unsupported(format!(
            "the local workspace filters by `field eq \"value\"` only, not `{filter}`"
        ))),
    }
}

async fn one(State(app): State<Arc<App>>, Path((kind, id)): Path<(String, String)>) -> Result<Json<Value>, ApiError> {
    let found = all(&app, &kind)?.into_iter().find(|v| v["id"] == id.as_str());
    found.map(Json).ok_or_else(|| ApiError::not_found(format!("{kind} with id {id} not found.")))
}
