//! Why a workspace did not do what it was asked.

use std::time::Duration;

use piq_diagnostics::{Failure, FailureKind};

/// Result of a call to a workspace.
pub(crate) type Result<T> = std::result::Result<T, WorkspaceError>;

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkspaceError {
    /// The workspace answered with an error.
    #[error("the workspace refused {method} {path}: {message}{}", display_code(code, *status))]
    Api {
        /// HTTP status.
        status: u16,
        /// The API's own code, such as `RESOURCE_DOES_NOT_EXIST`; may be empty.
        code: String,
        /// What the API says.
        message: String,
        /// HTTP method.
        method: &'static str,
        /// Path of the call.
        path: String,
        /// How long the workspace asks to wait.
        retry_after: Option<Duration>,
    },
    /// There was no answer.
    #[error("no answer from {host}{} to {method} {path}: {why}", through(proxy.as_deref()))]
    NoAnswer {
        /// Address of the workspace.
        host: String,
        /// HTTP method.
        method: &'static str,
        /// Path of the call.
        path: String,
        /// What the network says.
        why: String,
        /// The proxy on the way, and the variable that names it.
        proxy: Option<String>,
        /// Whether the certificate is not to be trusted: another try changes nothing.
        is_certificate: bool,
        /// Whether the workspace may have acted on the call.
        may_have_acted: bool,
    },
    /// The answer is not what the API promises.
    #[error("cannot read the answer of {method} {path}: {why}")]
    Answer {
        /// HTTP method.
        method: &'static str,
        /// Path of the call.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// No valid credentials.
    #[error("{0}")]
    Auth(String),
    /// Piq does not know how to ask for this.
    #[error("{0}")]
    Unsupported(String),
    /// Another process holds the lock under which this write was to happen.
    #[error("{0}")]
    Fenced(String),
    /// A statement failed.
    #[error("the statement failed: {0}")]
    Statement(String),
}

fn display_code(code: &str, status: u16) -> String {
    if code.is_empty() { format!(" (HTTP {status})") } else { format!(" ({code})") }
}

fn through(proxy: Option<&str>) -> String {
    proxy.map_or(String::new(), |proxy| format!(" through the proxy {proxy}"))
}

/// Words of messages that the official clients repeat a call after, whatever its status.
const PASSING: [&str; 5] = [
    "com.databricks.backend.manager.util.UnknownWorkerEnvironmentException",
    "does not have any associated worker environments",
    "There is no worker environment with id",
    "Timed out",
    "deadline exceeded",
];

impl From<WorkspaceError> for Failure {
    fn from(error: WorkspaceError) -> Self {
        let right = match &error {
            WorkspaceError::Api { status: 403, method, path, .. } => super::rights::needed(method, path),
            WorkspaceError::Auth(_) => {
                return Failure::caused_by(FailureKind::Authentication, error)
                    .hint("`piq auth describe` shows where host and credentials come from");
            }
            WorkspaceError::Fenced(_) => {
                return Failure::caused_by(FailureKind::Refused, error).hint("deploy again");
            }
            WorkspaceError::NoAnswer { is_certificate: true, .. } => {
                return Failure::caused_by(FailureKind::Refused, error)
                    .hint("name a file with the certificate of your organisation's authority in SSL_CERT_FILE");
            }
            WorkspaceError::NoAnswer { proxy: Some(_), .. } => {
                return Failure::caused_by(FailureKind::Refused, error)
                    .hint("list hosts that need no proxy in NO_PROXY");
            }
            _ => None,
        };
        let failure = Failure::caused_by(FailureKind::Refused, error);
        match right {
            Some(right) => {
                failure.hint(format!("this takes {right}; whoever manages that, or a workspace admin, can grant it"))
            }
            None => failure,
        }
    }
}

impl WorkspaceError {
    /// Whether the thing asked for is not there. Jobs and runs say so with 400.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Api { status, code, message, .. } => {
                *status == 404
                    || code.ends_with("DOES_NOT_EXIST")
                    || code.ends_with("NOT_FOUND")
                    || (code == "INVALID_PARAMETER_VALUE"
                        && ["does not exist", "doesn't exist"].iter().any(|words| message.contains(words)))
            }
            _ => false,
        }
    }

    /// Whether something of this name or path is already there.
    pub fn is_taken(&self) -> bool {
        match self {
            Self::Api { status, code, message, .. } => {
                (*status == 409 && code != "ABORTED")
                    || code.ends_with("ALREADY_EXISTS")
                    || message.contains("already exists")
            }
            _ => false,
        }
    }

    /// Whether the thing to be changed is no longer the one that the caller had seen.
    pub fn is_outdated(&self) -> bool {
        matches!(self, Self::Api { status: 409 | 412, code, .. } if !code.ends_with("ALREADY_EXISTS"))
    }

    /// Whether the workspace denies the caller this.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Api { status: 403, .. })
    }

    /// Whether the call may have had its effect although it failed: look before you repeat it.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::Api { status, .. } => *status == 408 || *status >= 500,
            Self::NoAnswer { may_have_acted, .. } => *may_have_acted,
            Self::Answer { .. } => true,
            Self::Auth(_) | Self::Unsupported(_) | Self::Statement(_) | Self::Fenced(_) => false,
        }
    }

    /// Whether the same call may well succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Api { status, code, message, .. } => {
                matches!(status, 408 | 429 | 500..)
                    || matches!(code.as_str(), "TEMPORARILY_UNAVAILABLE" | "RESOURCE_EXHAUSTED")
                    || PASSING.iter().any(|words| message.contains(words))
            }
            Self::NoAnswer { is_certificate, .. } => !is_certificate,
            _ => false,
        }
    }

    /// How long the workspace asks to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, WorkspaceError};

    fn api(status: u16, code: &str, message: &str) -> WorkspaceError {
        WorkspaceError::Api {
            status,
            code: code.into(),
            message: message.into(),
            method: "GET",
            path: "/api/2.2/jobs/get".into(),
            retry_after: None,
        }
    }

    #[test]
    fn a_job_that_is_gone_counts_as_missing_although_the_status_is_400() {
        assert!(api(400, "INVALID_PARAMETER_VALUE", "Job 7 does not exist.").is_missing());
        assert!(api(404, "RESOURCE_DOES_NOT_EXIST", "Path (/a) doesn't exist.").is_missing());
        assert!(api(404, "SCHEMA_DOES_NOT_EXIST", "Schema 'a.b' does not exist.").is_missing());
        assert!(api(400, "INVALID_PARAMETER_VALUE", "Run 7 doesn't exist.").is_missing());
        assert!(!api(400, "INVALID_PARAMETER_VALUE", "Bad cron.").is_missing());
    }

    #[test]
    fn only_failures_that_may_have_had_an_effect_ask_for_a_look() {
        assert!(api(503, "TEMPORARILY_UNAVAILABLE", "").may_have_acted());
        assert!(api(408, "", "").may_have_acted());
        assert!(!api(429, "REQUEST_LIMIT_EXCEEDED", "").may_have_acted());
        assert!(!api(400, "INVALID_PARAMETER_VALUE", "").may_have_acted());
    }

    #[test]
    fn the_text_names_the_call() {
        let denied = Failure::from(api(403, "PERMISSION_DENIED", "No."));
        assert_eq!(denied.message, "the workspace refused GET /api/2.2/jobs/get: No. (PERMISSION_DENIED)");
        assert!(denied.hints[0].contains("CAN_VIEW on the job"), "{denied}");
        let text = api(400, "INVALID_STATE", "No.").to_string();
        assert_eq!(text, "the workspace refused GET /api/2.2/jobs/get: No. (INVALID_STATE)");
    }
}
