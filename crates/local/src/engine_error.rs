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
    /// Reads an error from what it prints, `[CLASS] message`, as the tasks of a run say it; `None` for other texts.
    pub fn read(text: &str) -> Option<Self> {
        let (class, message) = text.strip_prefix('[')?.split_once("] ")?;
        let known = !class.is_empty() && class.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c == '.');
        known.then(|| Self { class: class.to_owned(), message: message.to_owned() })
    }

    /// Whether the SQL is at fault: otherwise another statement would fare the same.
    pub fn is_of_the_statement(&self) -> bool {
        !NOT_OF_THE_STATEMENT.contains(&self.class.as_str())
            && !DISK_IS_FULL.iter().any(|said| self.message.contains(said))
    }
}

#[cfg(test)]
mod tests {
    use super::EngineError;

    #[test]
    fn an_error_is_read_from_what_it_prints() {
        let error = EngineError { class: "ENGINE_ENDED".into(), message: "the process ended [1] today".into() };
        assert_eq!(EngineError::read(&error.to_string()), Some(error));
        for other in ["", "a text", "[] none", "[a list] of words", "[ENGINE_ENDED]"] {
            assert_eq!(EngineError::read(other), None, "{other}");
        }
    }

    #[test]
    fn a_fault_of_the_machine_is_not_of_the_statement() {
        for (text, of_the_statement) in [
            ("[ENGINE_ENDED] the process ended", false),
            ("[IO] cannot write the file", false),
            ("[ENGINE_ERROR] No space left on device (os error 28)", false),
            ("[UNRESOLVED_COLUMN] cannot find the column `a`", true),
        ] {
            let error = EngineError::read(text).expect(text);
            assert_eq!(error.is_of_the_statement(), of_the_statement, "{text}");
        }
    }
}
