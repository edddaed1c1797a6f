//! Checks that a deploy overrides, by name or all at once.

use piq_bundle::{CHECKS, TargetBundle, unknown_check};
use piq_diagnostics::Failure;

/// Which checks are overridden.
#[derive(Debug, Clone)]
pub(crate) struct Overrides {
    all: bool,
    named: Vec<String>,
}

impl Overrides {
    /// Those that the command line and the bundle name; all with `force`.
    ///
    /// # Errors
    /// A name that is not a check.
    pub(crate) fn read(project: &TargetBundle, given: &[String], force: bool) -> Result<Self, Failure> {
        if let Some(unknown) = given.iter().find(|name| !CHECKS.contains(&name.as_str())) {
            return Err(unknown_check(unknown).into());
        }
        Ok(Self { all: force, named: given.iter().cloned().chain(project.overrides()).collect() })
    }

    /// Every check: nothing is about to be written.
    pub(crate) fn all() -> Self {
        Self { all: true, named: Vec::new() }
    }

    /// Whether a check is overridden.
    pub(crate) fn has(&self, check: &str) -> bool {
        self.all || self.named.iter().any(|name| name == check)
    }
}
