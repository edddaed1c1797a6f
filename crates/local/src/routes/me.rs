//! Who am I.

use std::sync::Arc;

use axum::routing::get;
use axum::{Extension, Json, Router};
use serde_json::{Value, json};

use crate::http::{App, Identity, USER};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/2.0/preview/scim/v2/Me", get(me)).route("/api/2.0/scim/v2/Me", get(me))
}

async fn me(Extension(who): Extension<Identity>) -> Json<Value> {
    Json(show(&who))
}

/// A user or service principal in the form of SCIM.
pub(super) fn show(who: &Identity) -> Value {
    let group =
        |name: &str, id: &str| json!({"display": name, "type": "direct", "value": id, "$ref": format!("Groups/{id}")});
    let mut groups = vec![group("users", "4100000010")];
    if who.is_admin() {
        groups.push(group("admins", "4100000011"));
    }
    match who {
        Identity::User(name) => {
            let words: Vec<String> = name.split('@').next().unwrap_or_default().split('.').map(capital).collect();
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "id": number(name),
                "userName": name,
                "displayName": words.join(" "),
                "name": {"givenName": words.first(), "familyName": words.get(1)},
                "emails": [{"type": "work", "value": name, "primary": true}],
                "groups": groups,
                "active": true,
            })
        }
        Identity::ServicePrincipal(id) => json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal"],
            "id": "4100000002",
            "userName": id,
            "applicationId": id,
            "displayName": "deployer",
            "groups": groups,
            "active": true,
        }),
    }
}

/// The number of a user: always the same for the same name.
fn number(name: &str) -> String {
    if name == USER {
        return "4100000001".to_owned();
    }
    let sum = name.bytes().fold(0_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 1_000_000_000);
    (4_200_000_000 + sum).to_string()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
