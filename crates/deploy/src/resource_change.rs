//! What a plan does with a resource.

use serde::{Deserialize, Serialize};

use super::diff::FieldChange;

/// What is done with a file or a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanAction {
    /// It is not there yet.
    Create,
    /// It is there, carries our marks, and is not in the state: it becomes ours as it is.
    Adopt,
    /// It changes.
    Update,
    /// It goes.
    Delete,
}

impl PlanAction {
    /// For people.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Adopt => "adopt",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// What is done with one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResourceChange {
    /// `KIND.KEY`.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its id, if it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is done.
    pub action: PlanAction,
    /// Why.
    pub reason: String,
    /// The fields that change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// Whether its permissions are set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub permissions: bool,
    /// Whether its grants are changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub grants: bool,
    /// Whether only the end of an earlier deploy's work is left to do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
    /// Why it must not simply be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<String>,
    /// Whether `--force` overrides the conflict.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forcible: bool,
}

impl ResourceChange {
    pub(super) fn new(key: &str, name: &str, action: PlanAction, reason: &str) -> Self {
        Self {
            key: key.to_owned(),
            name: name.to_owned(),
            id: None,
            action,
            reason: reason.to_owned(),
            fields: Vec::new(),
            permissions: false,
            grants: false,
            unfinished: false,
            conflict: None,
            forcible: false,
        }
    }
}
