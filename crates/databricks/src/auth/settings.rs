//! Settings with their sources, in the SDKs' order: what the bundle says is fixed, then the environment, then a
//! profile. The profile itself is chosen by the flag, then the environment, then the bundle.

use std::path::PathBuf;

use indexmap::IndexMap;

use super::attributes::{ATTRIBUTES, Attribute, SECRET_VARIABLES, find};
use super::profiles::{self, NO_WORKSPACE, Profile, ProfileError, Profiles, same_host, workspace_of};
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

/// Settings with a secret, or with a file that holds one, which a strategy sends to the host.
const SENT_SECRETS: &[&str] = &[
    "token",
    "password",
    "client_secret",
    "azure_client_secret",
    "google_credentials",
    "databricks_id_token_filepath",
];

/// A value of a setting that is true or false, in the spellings that the SDKs take.
fn boolean(value: &str) -> Option<bool> {
    match value.trim() {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Some(true),
        "0" | "f" | "F" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
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
    /// A secret of a profile is for another host than the environment's.
    #[error(transparent)]
    OtherProfile(Box<SecretOfOtherProfile>),
    /// A value that is neither true nor false.
    #[error("expected `true` or `false` for `{name}` (from {source_of_it}), found `{value}`")]
    NotBoolean {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// Where it comes from.
        source_of_it: SettingSource,
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

/// A secret of a profile that is for another host than `DATABRICKS_HOST`.
#[derive(Debug, thiserror::Error)]
#[error(
    "the profile `{name}` ({source_of_name}) {}, but DATABRICKS_HOST is {variable}: the {secret} of one is not sent \
     to the other; unset DATABRICKS_HOST, or {}",
    profile.as_ref().map_or("has no `host` of its own".to_owned(), |host| format!("is for {host}")),
    profile.as_ref().map_or("add `host` to the profile", |_| "choose another profile")
)]
pub struct SecretOfOtherProfile {
    /// Name of the profile.
    name: String,
    /// Where the name comes from.
    source_of_name: SettingSource,
    /// Host of the profile.
    profile: Option<String>,
    /// Host of the environment.
    variable: String,
    /// The setting with the secret.
    secret: &'static str,
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
            settings.put("profile", profile, SettingSource::Flag("--profile"))?;
        } else if let Some(profile) = inputs.env.get("DATABRICKS_CONFIG_PROFILE") {
            settings.put("profile", profile, SettingSource::Variable("DATABRICKS_CONFIG_PROFILE"))?;
        }
        settings.bundle(inputs.bundle)?;
        settings.workspace_of_host();
        let host_of_bundle = inputs.bundle.and_then(|b| b.host);
        for attribute in ATTRIBUTES {
            if let Some(variable) = attribute.variable
                && let Some(value) = inputs.env.get(variable)
            {
                settings.put(attribute.name, value, SettingSource::Variable(variable))?;
            }
        }
        settings.workspace_of_host();
        settings.same_host_as_bundle(host_of_bundle)?;
        settings.profile(host_of_bundle)?;
        settings.workspace_of_host();
        if settings.get("workspace_id") == Some(NO_WORKSPACE) {
            settings.values.shift_remove("workspace_id");
        }
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
        for (name, value) in [("host", host), ("token", token)] {
            settings.fill(name, value, SettingSource::Local);
        }
        settings
    }

    fn bundle(&mut self, bundle: Option<BundleSettings<'_>>) -> Result<(), SettingsError> {
        let Some(bundle) = bundle else { return Ok(()) };
        let named = [("host", bundle.host), ("profile", bundle.profile)];
        let extra = bundle.extra.iter().map(|(k, v)| (k.as_str(), Some(v.as_str())));
        for (name, value) in named.into_iter().chain(extra) {
            // a value that only the workspace could resolve cannot help to reach it
            if let Some(value) = value.filter(|v| !v.is_empty() && !v.contains("${")) {
                self.put(name, value, SettingSource::Bundle)?;
            }
        }
        Ok(())
    }

    /// Takes the id of the workspace from the address of the host, unless something before it tells another.
    fn workspace_of_host(&mut self) {
        let Some(host) = self.values.get("host") else { return };
        if let Some(id) = workspace_of(host.value.expose()) {
            let source = host.source.clone();
            self.fill("workspace_id", &id, source);
        }
    }

    /// A secret of the environment is good for the host that stands beside it, and for no other.
    fn same_host_as_bundle(&self, host_of_bundle: Option<&str>) -> Result<(), SettingsError> {
        let (Some(bundle), Some(variable)) = (host_of_bundle, self.env.get("DATABRICKS_HOST")) else { return Ok(()) };
        let of_variable = |name: &str| {
            let SettingSource::Variable(variable) = self.values.get(name)?.source else { return None };
            Some(variable)
        };
        // GitHub gives every job a request token, which asks for an identity only where a client is named
        let github = ["actions_id_token_request_token"].iter().filter(|_| of_variable("client_id").is_some());
        let secret = SENT_SECRETS.iter().chain(github).find_map(|name| of_variable(name));
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
            // what names a profile for everybody need not hold where the environment tells all
            let chosen = matches!(self.source("profile"), Some(SettingSource::Flag(_)));
            let complete = placed && (any_way || self.get("auth_type").is_some());
            return match asked.filter(|_| chosen || !complete) {
                Some(name) => Err(ProfileError::NoFile { file, name }.into()),
                None => Ok(()),
            };
        };
        let found = match (&asked, by_host) {
            (Some(name), _) => Some(profiles.named(name)?),
            (None, Some(host)) => profiles.of_host(host, self.get("workspace_id").filter(|id| *id != NO_WORKSPACE))?,
            (None, None) => profiles.default()?,
        };
        let Some(profile) = found else { return Ok(()) };
        if let Some((bundle, theirs)) = host_of_bundle.zip(profile.get("host"))
            && !same_host(bundle, theirs)
        {
            return Err(SettingsError::OtherHost {
                bundle: bundle.to_owned(),
                profile: theirs.to_owned(),
                source_of_name: self.source_of_profile(),
                name: profile.name().to_owned(),
            });
        }
        self.same_host_as_profile(profile, any_way)?;
        self.take(profile, &file)
    }

    fn source_of_profile(&self) -> SettingSource {
        self.source("profile").cloned().unwrap_or(SettingSource::Bundle)
    }

    /// A secret of a profile is good for the profile's host, and for no other that the environment names.
    fn same_host_as_profile(&self, profile: Profile<'_>, any_way: bool) -> Result<(), SettingsError> {
        let host = self.values.get("host").filter(|s| matches!(s.source, SettingSource::Variable(_)));
        let Some(host) = host.map(|s| s.value.expose()) else { return Ok(()) };
        let taken = |name: &&&str| profile.get(name).is_some() && self.get(name).is_none();
        let secret = SENT_SECRETS.iter().find(taken).copied();
        let source_of_name = self.source_of_profile();
        let secret = match profile.get("host") {
            Some(theirs) if same_host(theirs, host) => None,
            // the tool that logs in gives the token of a profile too
            Some(_) if !any_way && self.get("auth_type").is_none_or(|t| t == "databricks-cli") => {
                secret.or(Some("token"))
            }
            Some(_) => secret,
            // who writes both into the environment means both; a bundle does not know the environment
            None => secret.filter(|_| source_of_name == SettingSource::Bundle),
        };
        match secret {
            None => Ok(()),
            Some(secret) => Err(SettingsError::OtherProfile(Box::new(SecretOfOtherProfile {
                name: profile.name().to_owned(),
                source_of_name,
                profile: profile.get("host").map(str::to_owned),
                variable: host.to_owned(),
                secret,
            }))),
        }
    }

    fn take(&mut self, profile: Profile<'_>, file: &std::path::Path) -> Result<(), SettingsError> {
        let source = || SettingSource::Profile { name: profile.name().to_owned(), file: file.to_owned() };
        for attribute in ATTRIBUTES.iter().filter(|a| !matches!(a.name, "profile" | "config_file")) {
            if let Some(value) = profile.get(attribute.name) {
                self.put(attribute.name, value, source())?;
            }
        }
        self.put("profile", profile.name(), source())
    }

    /// Sets what has no value yet; what is false has none.
    fn put(&mut self, name: &str, value: &str, source: SettingSource) -> Result<(), SettingsError> {
        match find(name).filter(|a| a.boolean && !self.values.contains_key(a.name)) {
            None => self.fill(name, value, source),
            Some(attribute) => match boolean(value) {
                Some(true) => self.fill(name, "true", source),
                Some(false) => {}
                None => {
                    let (name, value) = (attribute.name, value.to_owned());
                    return Err(SettingsError::NotBoolean { name, value, source_of_it: source });
                }
            },
        }
        Ok(())
    }

    fn fill(&mut self, name: &str, value: &str, source: SettingSource) {
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

    /// Where a setting comes from.
    pub(super) fn source(&self, name: &str) -> Option<&SettingSource> {
        self.values.get(name).map(|s| &s.source)
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
