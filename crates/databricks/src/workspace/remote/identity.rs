use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value;

use super::Remote;
use super::transport::Call;
use crate::workspace::error::Result;
use crate::workspace::{Identity, Me, WorkspaceError};

/// Where the caller is told who it is.
pub(super) const ME: &str = "/api/2.0/preview/scim/v2/Me";

#[async_trait]
impl Identity for Remote {
    async fn me(&self) -> Result<Me> {
        let answer = self.transport.json(Call::get(ME)).await?;
        let user_name = answer["userName"].as_str().unwrap_or_default().to_owned();
        if user_name.is_empty() {
            let why = "the response has no user name".into();
            return Err(WorkspaceError::Answer { method: "GET", path: ME.into(), why });
        }
        let schema = answer["schemas"].as_array().into_iter().flatten().filter_map(|s| s.as_str());
        // a service principal's user name is its application id
        let service_principal = schema.clone().any(|s| s.ends_with(":ServicePrincipal"))
            || answer["applicationId"].as_str().is_some()
            || is_uuid(&user_name);
        let display_name = answer["displayName"].as_str().unwrap_or(&user_name).to_owned();
        let mut fields = BTreeMap::new();
        flatten("", &answer, &mut fields);
        fields.retain(|path, _| !path.starts_with("schemas"));
        Ok(Me { user_name, display_name, service_principal, fields })
    }
}

/// Every text, number and truth value of an answer by its path.
fn flatten(path: &str, value: &Value, fields: &mut BTreeMap<String, String>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| flatten(&below(name), value, fields)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| flatten(&below(&i.to_string()), item, fields));
        }
        Value::String(text) => {
            fields.insert(path.to_owned(), text.clone());
        }
        Value::Null => {}
        other => {
            fields.insert(path.to_owned(), other.to_string());
        }
    }
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}
