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

/// Faults of the machine, the engine's process or what it asks.
const NOT_OF_THE_STATEMENT: [&str; 8] = [
    "ENGINE_ENDED",
    "ENGINE_NOT_PREPARED",
    "IO",
    "MODEL_GATEWAY",
    "MODEL_JOURNAL",
    "NO_ENGINE",
    "SESSION_CLOSED",
    "SESSION_LOST",
];

/// What the system says, whatever the class, when a disk or a quota is full.
const DISK_IS_FULL: [&str; 2] = ["No space left on device", "File too large"];

impl EngineError {
    /// Whether the SQL is at fault: otherwise another statement would fare the same.
    pub fn is_of_the_statement(&self) -> bool {
        !NOT_OF_THE_STATEMENT.contains(&self.class.as_str())
            && !DISK_IS_FULL.iter().any(|said| self.message.contains(said))
    }
}
