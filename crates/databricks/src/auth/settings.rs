//! Settings with their sources, in the SDKs' order: what the bundle says is fixed, then the environment, then a
//! profile. The profile itself is chosen by the flag, then the environment, then the bundle.

use std::path::PathBuf;

use indexmap::IndexMap;

use super::attributes::{ATTRIBUTES, Attribute, SECRET_VARIABLES, find};
use super::profiles::{self, Profile, ProfileError, Profiles, same_host};
use super::secret::{HIDDEN, Secret};
use crate::loopback::is_loopback;
use piq_diagnostics::env::Env;

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingSource {
    /// A flag of the command line.
    Flag(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// A profile of a file.
    Profile {
        /// Name of the profile.
        name: String,
        /// The file.
        file: PathBuf,
    },
    /// `workspace` of the bundle's target.
    Bundle,
    /// The workspace on this machine.
    Local,
}

impl std::fmt::Display for SettingSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SettingSource::Flag(flag) => write!(f, "{flag}"),
            SettingSource::Variable(name) => write!(f, "{name}"),
            SettingSource::Profile { name, file } => write!(f, "profile {name} of {}", file.display()),
            SettingSource::Bundle => write!(f, "workspace of the bundle"),
            SettingSource::Local => write!(f, "the local workspace"),
        }
    }
}

/// One setting that has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// What it is.
    pub attribute: &'static Attribute,
    /// Its value; the type hides all of them, [`Setting::shown`] only the secret ones.
    pub value: Secret,
    /// Where it comes from.
    pub source: SettingSource,
}

impl Setting {
    /// The value as it may be shown.
    pub fn display_value(&self) -> &str {
        if self.attribute.secret { HIDDEN } else { self.value.expose() }
    }
}

/// What settings are made from.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// `--profile`.
    pub profile: Option<&'a str>,
    /// The environment.
    pub env: &'a Env,
    /// `workspace` of the bundle's target, inside a bundle.
    pub bundle: Option<BundleSettings<'a>>,
}

/// What `workspace` of a bundle's target says about the connection.
#[derive(Debug, Clone, Copy)]
pub struct BundleSettings<'a> {
    /// `workspace.host`.
    pub host: Option<&'a str>,
    /// `workspace.profile`.
    pub profile: Option<&'a str>,
    /// Other keys, such as `client_id` and `auth_type`.
    pub extra: &'a IndexMap<String, String>,
}

/// Why settings cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A profile and the bundle name different hosts.
    #[error(
        "the bundle is for {bundle}, but the profile `{name}` ({source_of_name}) is for {profile}; \
         choose another profile, or change `workspace.host` of the target"
    )]
    OtherHost {
        /// Host of the bundle.
        bundle: String,
        /// Host of the profile.
        profile: String,
        /// Name of the profile.
        name: String,
        /// Where the name comes from.
        source_of_name: SettingSource,
    },
    /// A secret of the environment is for another host than the bundle.
    #[error(
        "the bundle is for {bundle}, but DATABRICKS_HOST is {variable}: the {secret} of one is not sent to the other; \
         unset both variables, or set them for {bundle}"
    )]
    OtherVariable {
        /// Host of the bundle.
        bundle: String,
        /// Host of the environment.
        variable: String,
        /// The variable with the secret.
        secret: &'static str,
    },
    /// An address without encryption.
    #[error(
        "{0} is not encrypted: credentials are sent to https:// only; PIQ_ALLOW_HTTP=1 allows it for a host that you trust"
    )]
    Unencrypted(String),
    /// Settings of several ways to authenticate.
    #[error("more than one authentication method is configured: {}; keep one, or choose with DATABRICKS_AUTH_TYPE", .0.join(" and "))]
    Conflict(Vec<String>),
}

/// All settings that have a value.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    values: IndexMap<&'static str, Setting>,
    /// What no output may hold: secret values, and secrets of the environment.
    secrets: Vec<Secret>,
    pub(super) env: Env,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// A profile that is not there or does not fit, and settings that conflict.
    pub fn resolve(inputs: &Inputs<'_>) -> Result<Self, SettingsError> {
        let mut settings = Self { env: inputs.env.clone(), ..Self::default() };
        if let Some(profile) = inputs.profile.filter(|p| !p.is_empty()) {
            settings.put("profile", profile, SettingSource::Flag("--profile"));
        } else if let Some(profile) = inputs.env.get("DATABRICKS_CONFIG_PROFILE") {
            settings.put("profile", profile, SettingSource::Variable("DATABRICKS_CONFIG_PROFILE"));
        }
        settings.bundle(inputs.bundle);
        let host_of_bundle = inputs.bundle.and_then(|b| b.host);
        for attribute in ATTRIBUTES {
            if let Some(variable) = attribute.variable
                && let Some(value) = inputs.env.get(variable)
            {
                settings.put(attribute.name, value, SettingSource::Variable(variable));
            }
        }
        settings.same_host_as_bundle(host_of_bundle)?;
        settings.profile(host_of_bundle)?;
        settings.secrets = settings.values.values().filter(|s| s.attribute.secret).map(|s| s.value.clone()).collect();
        let token_variable = settings.get("oidc_token_env").unwrap_or_default().to_owned();
        for variable in SECRET_VARIABLES.iter().copied().chain([token_variable.as_str()]) {
            settings.secrets.extend(inputs.env.get(variable).map(Secret::new));
        }
        settings.encrypted()?;
        settings.no_conflict()?;
        Ok(settings)
    }

    /// The settings of a workspace on this machine.
    pub fn local(host: &str, token: &str) -> Self {
        let mut settings = Self { secrets: vec![Secret::new(token)], ..Self::default() };
        settings.put("host", host, SettingSource::Local);
        settings.put("token", token, SettingSource::Local);
        settings
    }

    fn bundle(&mut self, bundle: Option<BundleSettings<'_>>) {
        let Some(bundle) = bundle else { return };
        let named = [("host", bundle.host), ("profile", bundle.profile)];
        let extra = bundle.extra.iter().map(|(k, v)| (k.as_str(), Some(v.as_str())));
        for (name, value) in named.into_iter().chain(extra) {
            // a value that only the workspace could resolve cannot help to reach it
            if let Some(value) = value.filter(|v| !v.is_empty() && *v != "false" && !v.contains("${")) {
                self.put(name, value, SettingSource::Bundle);
            }
        }
    }

    /// A secret of the environment is good for the host that stands beside it, and for no other.
    fn same_host_as_bundle(&self, host_of_bundle: Option<&str>) -> Result<(), SettingsError> {
        let (Some(bundle), Some(variable)) = (host_of_bundle, self.env.get("DATABRICKS_HOST")) else { return Ok(()) };
        let of_variable = |name: &str| {
            let SettingSource::Variable(variable) = self.values.get(name)?.source else { return None };
            Some(variable)
        };
        let named = ["token", "password", "client_secret", "azure_client_secret", "google_credentials"];
        // GitHub gives every job a request token, which asks for an identity only where a client is named
        let github = ["actions_id_token_request_token"].iter().filter(|_| of_variable("client_id").is_some());
        let file = ["databricks_id_token_filepath"];
        let secret = named.iter().chain(github).chain(&file).find_map(|name| of_variable(name));
        let identity = || SECRET_VARIABLES.iter().copied().find(|name| self.env.get(name).is_some());
        let secret = secret.or_else(identity);
        match secret.filter(|_| !same_host(bundle, variable)) {
            Some(secret) => {
                Err(SettingsError::OtherVariable { bundle: bundle.to_owned(), variable: variable.to_owned(), secret })
            }
            None => Ok(()),
        }
    }

    /// Takes from a profile what is not set yet.
    fn profile(&mut self, host_of_bundle: Option<&str>) -> Result<(), SettingsError> {
        let asked = self.get("profile").map(str::to_owned);
        let any_way = self.values.values().any(|s| s.attribute.group.is_some());
        let placed = self.get("host").is_some() || self.get("azure_workspace_resource_id").is_some();
        let by_host = host_of_bundle.filter(|_| asked.is_none() && !any_way && self.get("auth_type").is_none());
        if asked.is_none() && by_host.is_none() && (any_way || placed) {
            return Ok(());
        }
        let Some(file) = profiles::file(self.get("config_file"), &self.env) else { return Ok(()) };
        let Some(profiles) = Profiles::read(&file)? else {
            return match asked {
                Some(name) => Err(ProfileError::Missing { file, name, near: None }.into()),
                None => Ok(()),
            };
        };
        let found = match (&asked, by_host) {
            (Some(name), _) => Some(profiles.named(name)?),
            (None, Some(host)) => profiles.of_host(host)?,
            (None, None) => profiles.default()?,
        };
        let Some(profile) = found else { return Ok(()) };
        if let Some((bundle, theirs)) = host_of_bundle.zip(profile.get("host"))
            && !same_host(bundle, theirs)
        {
            return Err(SettingsError::OtherHost {
                bundle: bundle.to_owned(),
                profile: theirs.to_owned(),
                source_of_name: self.values.get("profile").map_or(SettingSource::Bundle, |s| s.source.clone()),
                name: profile.name,
            });
        }
        self.take(&profile, &file);
        Ok(())
    }

    fn take(&mut self, profile: &Profile<'_>, file: &std::path::Path) {
        let source = || SettingSource::Profile { name: profile.name.clone(), file: file.to_owned() };
        for attribute in ATTRIBUTES.iter().filter(|a| !matches!(a.name, "profile" | "config_file")) {
            if let Some(value) = profile.get(attribute.name) {
                self.put(attribute.name, value, source());
            }
        }
        self.put("profile", &profile.name, source());
    }

    /// Sets what has no value yet.
    fn put(&mut self, name: &str, value: &str, source: SettingSource) {
        if let Some(attribute) = find(name) {
            self.values.entry(attribute.name).or_insert_with(|| Setting {
                attribute,
                value: Secret::new(value),
                source,
            });
        }
    }

    /// Credentials are sent to this machine or encrypted, unless the user says otherwise.
    fn encrypted(&self) -> Result<(), SettingsError> {
        let Some(host) = self.get("host").filter(|_| self.env.get("PIQ_ALLOW_HTTP").is_none()) else { return Ok(()) };
        match reqwest::Url::parse(host) {
            Ok(url) if url.scheme() == "http" && !is_loopback(host) => Err(SettingsError::Unencrypted(host.to_owned())),
            _ => Ok(()),
        }
    }

    fn no_conflict(&self) -> Result<(), SettingsError> {
        let mut ways: IndexMap<&str, Vec<String>> = IndexMap::new();
        for setting in self.iter() {
            if let Some(group) = setting.attribute.group {
                ways.entry(group).or_default().push(format!("{} from {}", setting.attribute.name, setting.source));
            }
        }
        if ways.len() < 2 || self.get("auth_type").is_some() {
            return Ok(());
        }
        Err(SettingsError::Conflict(ways.into_iter().map(|(g, s)| format!("{g} ({})", s.join(", "))).collect()))
    }

    /// The value of a setting.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|s| s.value.expose())
    }

    /// The settings, in the order of [`ATTRIBUTES`].
    pub fn iter(&self) -> impl Iterator<Item = &Setting> {
        ATTRIBUTES.iter().filter_map(|a| self.values.get(a.name))
    }

    /// A text without any of the secrets.
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.secrets.iter().filter(|s| s.expose().len() > 3) {
            text = text.replace(secret.expose(), HIDDEN);
        }
        text
    }
}
