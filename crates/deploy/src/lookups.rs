//! Variables whose value is the id of something in the workspace.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use super::DeployError;
use piq_bundle::Lookup;
use piq_databricks::workspace::Workspace;
use piq_diagnostics::{Diagnostic, Diagnostics, Failure};

/// Asks the workspace for every looked-up variable, all at once: ids by the variable's name.
///
/// # Errors
/// What the workspace refuses; names that nothing has, or more than one thing.
pub async fn look_up(workspace: &dyn Workspace, lookups: &[Lookup]) -> Result<BTreeMap<String, String>, LookupError> {
    let each = lookups.iter().map(|lookup| async move {
        let name = lookup.name.as_str().unwrap_or_default();
        let ids = workspace.look_up(&lookup.kind, name).await;
        let during = format!("cannot look up variable `{}`", lookup.variable);
        Ok::<_, LookupError>((lookup, ids.map_err(DeployError::during(during))?))
    });
    let mut found = BTreeMap::new();
    let mut problems = Vec::new();
    for (lookup, ids) in try_join_all(each).await? {
        let name = lookup.name.as_str().unwrap_or_default();
        let problem = |message: String| {
            Diagnostic::error("lookup", message)
                .at(lookup.name.span().clone())
                .hint(format!("pass `--var {}=ID` to skip the look-up", lookup.variable))
        };
        match ids.as_slice() {
            [id] => {
                found.insert(lookup.variable.clone(), id.clone());
            }
            [] => problems.push(problem(format!("the workspace has no {} named `{name}`", lookup.kind))),
            _ => problems.push(problem(format!("the workspace has {} of {} named `{name}`", ids.len(), lookup.kind))),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(Diagnostics(problems).into()) }
}

/// Why a variable could not be looked up.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// The workspace refused.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// The workspace has no such thing, or several.
    #[error("a variable cannot be looked up")]
    Diagnostics(Diagnostics),
}

impl From<LookupError> for Failure {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Deploy(error) => error.into(),
            LookupError::Diagnostics(found) => found.into(),
        }
    }
}

impl From<Diagnostics> for LookupError {
    fn from(d: Diagnostics) -> Self {
        Self::Diagnostics(d)
    }
}
