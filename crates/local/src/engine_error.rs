//! Why SQL did not run.

/// Why a statement did not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("[{class}] {message}")]
pub struct EngineError {
    /// Error class, such as `TABLE_OR_VIEW_NOT_FOUND`.
    pub class: String,
    /// What went wrong.
    pub message: String,
}
