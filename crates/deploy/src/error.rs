//! Why a deploy or a run does not happen.

use piq_databricks::workspace::WorkspaceError;
use piq_diagnostics::Failure;

/// Why a deploy, a destroy or a run stopped.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The workspace did not do what it was asked.
    #[error("{context}{source}")]
    Workspace {
        /// What was being done, with `: ` at the end; empty if there is nothing to add.
        context: String,
        /// What the workspace said.
        #[source]
        source: Box<WorkspaceError>,
    },
    /// Piq itself refuses; nothing was changed unless the text says so.
    #[error("{message}")]
    Refused {
        /// Why.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The caller asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl DeployError {
    /// A refusal.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::Refused { message: message.into(), hint: None }
    }

    /// Adds what to do about a refusal.
    #[must_use]
    pub fn hint(self, text: impl Into<String>) -> Self {
        match self {
            Self::Refused { message, .. } => Self::Refused { message, hint: Some(text.into()) },
            other => other,
        }
    }

    /// Says what was being done with a resource that is recorded. Who is not an admin is denied what no longer exists.
    pub(crate) fn with_recorded(what: &'static str, full: &str) -> impl FnOnce(WorkspaceError) -> Self {
        let full = full.to_owned();
        move |source| {
            let deleted = match source.is_denied() {
                true => format!(" (if it was deleted in the workspace, `piq unbind {full}` forgets it)"),
                false => String::new(),
            };
            Self::during(format!("cannot {what} `{full}`{deleted}"))(source)
        }
    }

    /// Says what was being done.
    pub(crate) fn during(what: impl std::fmt::Display) -> impl FnOnce(WorkspaceError) -> Self {
        move |source| Self::Workspace { context: format!("{what}: "), source: Box::new(source) }
    }
}

impl From<DeployError> for Failure {
    fn from(error: DeployError) -> Self {
        match error {
            DeployError::Interrupted => Failure::interrupted(),
            DeployError::Workspace { context, source } => match context.strip_suffix(": ") {
                Some(what) if !matches!(*source, WorkspaceError::Auth(_)) => Failure::from(*source).during(what),
                _ => Failure::from(*source),
            },
            DeployError::Refused { message, hint } => hint.into_iter().fold(Failure::refused(message), Failure::hint),
        }
    }
}

impl From<WorkspaceError> for DeployError {
    fn from(source: WorkspaceError) -> Self {
        Self::Workspace { context: String::new(), source: Box::new(source) }
    }
}
