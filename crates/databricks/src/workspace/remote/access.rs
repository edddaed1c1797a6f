use async_trait::async_trait;
use serde_json::{Value, json};

use super::Remote;
use super::transport::{Call, segment};
use crate::workspace::error::Result;
use crate::workspace::{Access, Permissions, WorkspaceError};

fn path(kind: &str, id: &str) -> String {
    format!("/api/2.0/permissions/{}/{}", segment(kind), segment(id))
}

/// The entries of an access control list as they are set, one for each level.
fn entries(answer: &Value, with_inherited: bool) -> Permissions {
    let mut list = Vec::new();
    for entry in answer["access_control_list"].as_array().into_iter().flatten() {
        for level in entry["all_permissions"].as_array().into_iter().flatten() {
            if level["inherited"] == true && !with_inherited {
                continue;
            }
            let mut own = json!({});
            for who in ["user_name", "group_name", "service_principal_name"] {
                if entry[who].is_string() {
                    own[who] = entry[who].clone();
                }
            }
            own["permission_level"] = level["permission_level"].clone();
            list.push(own);
        }
    }
    list
}

#[async_trait]
impl Access for Remote {
    async fn permissions(&self, kind: &str, id: &str) -> Result<Permissions> {
        let answer = self.transport.json(Call::get(path(kind, id))).await?;
        Ok(entries(&answer, false))
    }

    async fn permissions_with_inherited(&self, kind: &str, id: &str) -> Result<Permissions> {
        let answer = self.transport.json(Call::get(path(kind, id))).await?;
        Ok(entries(&answer, true))
    }

    async fn set_permissions(&self, kind: &str, id: &str, list: &[Value]) -> Result<()> {
        let call = Call::put(path(kind, id)).body(&json!({"access_control_list": list}));
        let answer = self.transport.json(call).await?;
        match answer["access_control_list"].is_array() {
            true => Ok(()),
            false => Err(WorkspaceError::Answer {
                method: "PUT",
                path: path(kind, id),
                why: "expected the permissions that were set, found none".into(),
            }),
        }
    }
}
