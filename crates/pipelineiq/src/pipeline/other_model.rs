//! The project with another model for one role.

use piq_diagnostics::{Diagnostics, Source};

use super::models::ModelRole;
use super::notebooks::Content;

/// The project's files with another model for one role in sql/pipeline.yml.
///
/// # Errors
/// A `sql/pipeline.yml` that is not YAML before it is rendered.
pub fn with_model(content: &Content, role: ModelRole, model: &str) -> Result<Content, Diagnostics> {
    const FILE: &str = "sql/pipeline.yml";
    let mut content = content.clone();
    let Some(file) = content.get(FILE) else { return Ok(content) };
    let mut value = piq_bundle::parse(file)?.root.to_json();
    let role = serde_json::to_value(role).unwrap_or_default();
    if let (Some(fields), Some(role)) = (value.as_object_mut(), role.as_str()) {
        let roles = fields.entry("roles").or_insert_with(|| serde_json::json!({}));
        if !roles.is_object() {
            *roles = serde_json::json!({});
        }
        roles[role] = serde_json::json!(model);
    }
    // JSON is YAML too
    content.insert(FILE.to_owned(), Source::new(FILE, value.to_string()));
    Ok(content)
}

#[cfg(test)]
mod tests {
    use piq_diagnostics::Source;

    use super::with_model;
    use crate::pipeline::ModelRole;

    #[test]
    fn a_model_is_set_for_one_role() {
        let file = "model: \"{{ var.model }}\"\nroles: {brief: b}\nlimits: {text_chars: 10}\n";
        let content = [("sql/pipeline.yml".to_owned(), Source::new("sql/pipeline.yml", file))].into();
        let changed = with_model(&content, ModelRole::Reason, "m'1").expect("YAML");
        let text = &changed["sql/pipeline.yml"].text;
        let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(value["roles"], serde_json::json!({"brief": "b", "reason": "m'1"}));
        assert_eq!(value["model"], "{{ var.model }}");
        assert_eq!(value["limits"]["text_chars"], 10);
    }
}
