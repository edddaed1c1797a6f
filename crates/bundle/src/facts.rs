//! What only the workspace, or whoever deploys, can tell.

use std::collections::BTreeMap;

/// Who deploys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentUser {
    /// User name: an address, or the id of a service principal.
    pub user_name: String,
    /// Short form for names of things.
    pub short_name: String,
    /// What else the workspace says of them, by path: `id`, `displayName`, `emails.0.value`.
    pub fields: BTreeMap<String, String>,
}

impl CurrentUser {
    /// The short form is what stands before `@`, with `_` for all that is neither letter nor digit.
    pub fn new(user_name: impl Into<String>) -> Self {
        let user_name = user_name.into();
        let local = user_name.split('@').next().unwrap_or_default();
        let short_name = local.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
        Self { user_name, short_name, fields: BTreeMap::new() }
    }

    /// With what else the workspace says of them, by path.
    #[must_use]
    pub fn with_fields(self, fields: BTreeMap<String, String>) -> Self {
        Self { fields, ..self }
    }
}

/// What is known when a target's resources are made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetFacts {
    /// Who deploys; offline, references to the user stay in place.
    pub user: Option<CurrentUser>,
    /// Ids of looked-up variables by name; references to others stay in place.
    pub lookups: BTreeMap<String, String>,
    /// Address of the workspace, if the profile or the environment sets it.
    pub host: Option<String>,
}

impl TargetFacts {
    /// What is known once the workspace has told who deploys.
    pub fn of(user: CurrentUser, lookups: BTreeMap<String, String>) -> Self {
        Self { user: Some(user), lookups, host: None }
    }

    /// On the workspace at this address.
    #[must_use]
    pub fn at(self, host: impl Into<String>) -> Self {
        Self { host: Some(host.into()), ..self }
    }

    /// A field of the current user, or a reference to it.
    pub(super) fn user_field(&self, field: &str) -> Option<String> {
        let Some(user) = &self.user else {
            return ["userName", "short_name", "domain_friendly_name"]
                .contains(&field)
                .then(|| format!("${{workspace.current_user.{field}}}"));
        };
        match field {
            "userName" => Some(user.user_name.clone()),
            "short_name" => Some(user.short_name.clone()),
            "domain_friendly_name" => Some(user.short_name.replace('_', "-")),
            _ => user.fields.get(field).cloned(),
        }
    }
}

/// How far a bundle is resolved.
#[derive(Debug, Clone, Copy)]
pub(super) enum ResolveStage<'a> {
    /// What Python code is given: it may add resources, so references to them stay.
    Python,
    /// Without mode and presets: what the official CLI could take.
    Bundle,
    /// All of it.
    Target(&'a TargetFacts),
}
