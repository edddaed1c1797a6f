//! Who am I.

use std::sync::Arc;

use axum::routing::get;
use axum::{Extension, Json, Router};
use serde_json::{Value, json};

use crate::local::server::{App, Identity, USER};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/2.0/preview/scim/v2/Me", get(me)).route("/api/2.0/scim/v2/Me", get(me))
}

async fn me(Extension(who): Extension<Identity>) -> Json<Value> {
    Json(match who {
        Identity::User => json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": "4100000001",
            "userName": USER,
            "displayName": "Dana Local",
            "name": {"givenName": "Dana", "familyName": "Local"},
            "emails": [{"type": "work", "value": USER, "primary": true}],
            "groups": [{"display": "users", "type": "direct", "value": "4100000010", "$ref": "Groups/4100000010"}],
            "active": true,
        }),
        Identity::ServicePrincipal(id) => json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal"],
            "id": "4100000002",
            "userName": id,
            "applicationId": id,
            "displayName": "deployer",
            "groups": [{"display": "users", "type": "direct", "value": "4100000010", "$ref": "Groups/4100000010"}],
            "active": true,
        }),
    })
}
