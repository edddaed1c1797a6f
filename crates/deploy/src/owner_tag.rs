//! How a job says to whom it belongs, so that it is found again without a state.

use serde_json::{Value, json};

use super::Site;

/// Tag with the bundle's name.
pub(crate) const BUNDLE: &str = "piq_bundle";
/// Tag with the target's name.
pub(crate) const TARGET: &str = "piq_target";
/// Tag with the resource's key.
pub(crate) const KEY: &str = "piq_key";

/// The value of a tag: clusters take tags over, and clouds allow few characters in them.
fn tag(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || "+-=._:/@ ".contains(c) { c } else { '_' }).take(255).collect()
}

/// The file that official tools look for to know a bundle's deployment.
pub(crate) const METADATA_FILE: &str = "metadata.json";

/// Its path.
pub(crate) fn metadata_path(state_dir: &str) -> String {
    format!("{state_dir}/{METADATA_FILE}")
}

/// The marks as names and values.
pub(crate) fn tags(site: &Site, key: &str) -> [(&'static str, String); 3] {
    [(BUNDLE, tag(&site.bundle)), (TARGET, tag(&site.target)), (KEY, tag(key))]
}

/// Puts the marks into a job's settings.
pub(crate) fn put(settings: &mut Value, site: &Site, key: &str) {
    let Some(fields) = settings.as_object_mut() else { return };
    if let Some(own) = fields.entry("tags").or_insert_with(|| json!({})).as_object_mut() {
        own.extend(tags(site, key).map(|(name, value)| (name.to_owned(), json!(value))));
    }
    let deployment = json!({"kind": "BUNDLE", "metadata_file_path": metadata_path(&site.state_dir)});
    fields.insert("deployment".to_owned(), deployment);
}

/// Takes the marks out of a job's settings, and gives it back to be edited by hand.
pub(crate) fn remove(settings: &mut Value) {
    if let Some(tags) = settings.get_mut("tags").and_then(Value::as_object_mut) {
        for name in [BUNDLE, TARGET, KEY] {
            tags.shift_remove(name);
        }
    }
    if let Some(fields) = settings.as_object_mut() {
        fields.shift_remove("deployment");
        fields.insert("edit_mode".into(), json!("EDITABLE"));
    }
}

/// Takes the marks out of a spec of any kind.
pub(crate) fn leave_out(spec: &mut Value) {
    for field in ["tags", "properties"] {
        let Some(own) = spec.get_mut(field).and_then(Value::as_object_mut) else { continue };
        own.retain(|name, _| ![BUNDLE, TARGET, KEY].contains(&name.as_str()));
        if let Some(Value::Array(custom)) = own.get_mut("custom_tags") {
            custom.retain(|tag| !tag["key"].as_str().is_some_and(|key| [BUNDLE, TARGET, KEY].contains(&key)));
        }
        own.retain(|name, value| name != "custom_tags" || value.as_array().is_none_or(|all| !all.is_empty()));
        if own.is_empty() {
            spec.as_object_mut().map(|fields| fields.shift_remove(field));
        }
    }
}

/// Whether a job that carries the right name belongs to this bundle, target and key. A job that the official CLI
/// deployed to the same folder counts: it is the same bundle.
pub(crate) fn ours(settings: &Value, site: &Site, key: &str) -> bool {
    let wanted = [(BUNDLE, site.bundle.as_str()), (TARGET, site.target.as_str()), (KEY, key)];
    let marked = |(name, value): &(&str, &str)| settings["tags"][*name] == tag(value).as_str();
    let path = settings["deployment"]["metadata_file_path"].as_str();
    let same_place = path.is_some_and(|p| normal(p) == normal(&metadata_path(&site.state_dir)));
    match settings["tags"][KEY].as_str() {
        Some(_) => wanted.iter().all(marked) && (path.is_none() || same_place),
        None => same_place,
    }
}

/// The bundle that a job of the right name belongs to, if that is another one with the same target and key: this bundle
/// under its former name, or one like it.
pub(crate) fn other_bundle(settings: &Value, site: &Site, key: &str) -> Option<String> {
    let value = |name: &str| settings["tags"][name].as_str();
    let same = value(TARGET) == Some(&tag(&site.target)) && value(KEY) == Some(&tag(key));
    value(BUNDLE).filter(|bundle| same && *bundle != tag(&site.bundle)).map(str::to_owned)
}

/// Paths are written with and without `/Workspace`.
pub(crate) fn normal(path: &str) -> &str {
    path.strip_prefix("/Workspace").filter(|p| p.starts_with('/')).unwrap_or(path)
}
