//! Unified authentication as the SDKs of Databricks do it: settings from flags, the bundle, the environment and
//! `~/.databrickscfg`, then the first strategy that works. Every setting knows its source, and every strategy that
//! was passed over says why. `docs/auth.md` is the reference.

mod attributes;
mod basic;
mod connect;
mod ini_reader;
mod metadata_service;
mod profiles;
mod reasons;
mod secret;
mod settings;
mod strategies;

#[cfg(test)]
mod tests;

pub use attributes::{ATTRIBUTES, Attribute};
pub use connect::{AuthError, Connection, authenticate};
pub use profiles::ProfileError;
pub(crate) use secret::HIDDEN;
pub use secret::Secret;
pub use settings::{BundleSettings, Inputs, Setting, SettingSource, Settings, SettingsError};
pub use strategies::{Attempt, StrategyOutcome, names};
