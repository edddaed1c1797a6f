//! How a call of a model ended: the ledger's column `status`.

use schemars::JsonSchema;
use serde::Serialize;

/// A status of the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// A valid answer.
    Ok,
    /// Every input that counts was empty, so that no model was asked.
    SkippedEmpty,
    /// Taken from an older table.
    Bootstrapped,
    /// The model gave no answer.
    Failed,
    /// The answer did not fit what was asked for.
    Invalid,
    /// The endpoint refused the call or was out of reach.
    Refused,
    /// The attempts on this input are used up.
    Blocked,
    /// A blocked input that may be asked again.
    Reopened,
    /// A word that this version of piq does not know.
    #[default]
    Unknown,
}

impl CallStatus {
    const ALL: [Self; 8] = [
        Self::Ok,
        Self::SkippedEmpty,
        Self::Bootstrapped,
        Self::Failed,
        Self::Invalid,
        Self::Refused,
        Self::Blocked,
        Self::Reopened,
    ];

    /// The status that the ledger writes as `word`.
    pub(crate) fn of_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.word() == word).unwrap_or_default()
    }

    /// The ledger's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::SkippedEmpty => "skipped_empty",
            Self::Bootstrapped => "bootstrapped",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
            Self::Refused => "refused",
            Self::Blocked => "blocked",
            Self::Reopened => "reopened",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the input is answered.
    pub(crate) fn is_answer(self) -> bool {
        matches!(self, Self::Ok | Self::SkippedEmpty | Self::Bootstrapped)
    }

    /// Whether a model was called.
    pub(crate) fn is_call(self) -> bool {
        !matches!(self, Self::SkippedEmpty | Self::Bootstrapped)
    }
}

#[cfg(test)]
mod tests {
    use super::CallStatus;

    #[test]
    fn the_ledgers_words_are_those_of_the_result() {
        for status in CallStatus::ALL {
            assert_eq!(CallStatus::of_word(status.word()), status);
            assert_eq!(serde_json::to_value(status).expect("JSON"), status.word());
        }
        assert_eq!(CallStatus::of_word("new"), CallStatus::Unknown);
    }
}
