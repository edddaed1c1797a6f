//! The state: one JSON file in the workspace that says what the last deploy left there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::DeployError;
use super::sha256;

/// The version of the format that this program writes.
/// Format 2 names the current release and keeps the text of dashboards.
/// Format 3 has the digest of `metadata.json`.
pub(super) const FORMAT: u32 = 3;
/// The state before the last deploy, in the same folder.
const PREVIOUS_FILE: &str = "piq.previous.json";
/// Name of the file in the folder of the state.
pub(crate) const STATE_FILE: &str = "piq.json";

/// What the last deploy left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeployState {
    /// Version of the format.
    pub format: u32,
    /// Names the history: made with the first deploy, and never changed.
    pub lineage: String,
    /// Counts the deploys that changed something.
    pub serial: u64,
    /// The bundle.
    pub bundle: String,
    /// The target.
    pub target: String,
    /// Folder of the current files.
    pub files_root: String,
    /// Files by their path in that folder, notebooks without extension.
    pub files: BTreeMap<String, FileRecord>,
    /// Resources by `KIND.KEY`.
    pub resources: BTreeMap<String, ResourceRecord>,
    /// Permissions of the bundle's folder that were set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder_permissions: Option<Vec<Value>>,
    /// Digest of `metadata.json` without its ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// Id of the current release, for a production target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Releases of a production target, the oldest first.
    #[serde(default)]
    pub releases: Vec<Release>,
    /// Specs and permissions of releases by their hash; texts of dashboards are compressed.
    #[serde(default)]
    pub specs: BTreeMap<String, Value>,
}

/// A file that was deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Whether it is a notebook.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub notebook: bool,
}

/// A resource that was deployed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceRecord {
    /// Its id in the workspace.
    pub id: String,
    /// The spec that was applied, with tokens for the folders of files and libraries.
    pub spec: Value,
    /// SHA-256 of the spec.
    pub sha256: String,
    /// Its version after the last deploy, for kinds that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Permissions that were set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<Value>>,
    /// Grants that were set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<Value>>,
    /// It was there before the bundle and was bound to it: `unbind` and `destroy` tell it from the others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bound: bool,
}

/// A release of a production target.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Hash of the files, followed by `.2`, `.3`, … for later releases with the same files.
    pub id: String,
    /// When it became current, in UTC.
    pub at: String,
    /// Who made it current.
    pub by: String,
    /// The commit that it was made from, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Its files.
    pub files: BTreeMap<String, FileRecord>,
    /// Hashes of the specs of its jobs and dashboards.
    pub resources: BTreeMap<String, String>,
    /// Hashes of the permissions of its jobs and dashboards.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub permissions: BTreeMap<String, String>,
}

impl Release {
    /// The folder of its files, below that of all files.
    pub fn folder(&self) -> &str {
        self.id.split_once('.').map_or(&self.id, |(folder, _)| folder)
    }
}

impl DeployState {
    /// The state before the first deploy.
    pub fn new(lineage: String, bundle: &str, target: &str) -> Self {
        Self {
            format: FORMAT,
            lineage,
            serial: 0,
            bundle: bundle.to_owned(),
            target: target.to_owned(),
            files_root: String::new(),
            files: BTreeMap::new(),
            resources: BTreeMap::new(),
            folder_permissions: None,
            metadata: None,
            release: None,
            releases: Vec::new(),
            specs: BTreeMap::new(),
        }
    }

    /// The files that are known to have been put into a folder.
    pub(crate) fn manifest_of(&self, root: &str) -> Option<&BTreeMap<String, FileRecord>> {
        if self.files_root == root {
            return Some(&self.files);
        }
        let id = root.rsplit('/').next().unwrap_or_default();
        self.releases.iter().find(|r| r.folder() == id).map(|r| &r.files)
    }

    /// Reads the file's bytes.
    ///
    /// # Errors
    /// A file that is not a state, or one of a later version of piq.
    pub fn read(bytes: &[u8], path: &str) -> Result<Self, DeployError> {
        let refuse = |why: String| {
            DeployError::refused(format!("cannot read the state {path}: {why}"))
                .hint(format!("`piq state restore` restores the previous state, {PREVIOUS_FILE}"))
        };
        let value: Value = serde_json::from_slice(bytes).map_err(|e| refuse(e.to_string()))?;
        match value["format"].as_u64() {
            Some(format) if format > u64::from(FORMAT) => {
                let why = format!("its format is {format}, and this version of piq reads formats up to {FORMAT}");
                return Err(
                    DeployError::refused(format!("cannot read the state {path}: {why}")).hint("use a newer piq")
                );
            }
            Some(_) => {}
            None => return Err(refuse("expected `format` to be a number, found none".into())),
        }
        serde_json::from_value(value).map_err(|e| refuse(e.to_string()))
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// A value that has no JSON form.
    pub fn bytes(&self) -> Result<Vec<u8>, DeployError> {
        serde_json::to_vec(self).map_err(|e| DeployError::refused(format!("cannot write the state as JSON: {e}")))
    }
}

/// The path of the state in its folder.
pub(crate) fn state_path(state_dir: &str) -> String {
    format!("{state_dir}/{STATE_FILE}")
}

/// The path of the state before the last deploy.
pub(super) fn previous_path(state_dir: &str) -> String {
    format!("{state_dir}/{PREVIOUS_FILE}")
}

/// SHA-256 of a spec; the order of its keys does not count.
pub(crate) fn spec_hash(spec: &Value) -> String {
    sha256(canonical(spec).as_bytes())
}

/// JSON with sorted keys.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            let fields: Vec<String> =
                sorted.into_iter().map(|(k, v)| format!("{}:{}", Value::String(k.clone()), canonical(v))).collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_state_reads_as_it_was_written_and_a_later_one_is_refused() {
        let mut state = DeployState::new("l".into(), "b", "dev");
        state.files.insert("n".into(), FileRecord { sha256: "x".into(), notebook: true });
        assert_eq!(DeployState::read(&state.bytes().unwrap(), "p").unwrap(), state);
        let error = DeployState::read(br#"{"format": 99}"#, "p").unwrap_err().to_string();
        assert!(error.contains("format is 99"), "{error}");
        assert!(DeployState::read(b"{", "p").is_err());
        assert!(DeployState::read(b"{}", "p").is_err());
    }

    #[test]
    fn the_order_of_keys_does_not_change_the_hash() {
        assert_eq!(
            spec_hash(&json!({"a": 1, "b": [{"c": 2, "d": 3}]})),
            spec_hash(&json!({"b": [{"d": 3, "c": 2}], "a": 1}))
        );
        assert_ne!(spec_hash(&json!([1, 2])), spec_hash(&json!([2, 1])));
    }
}
