//! Refusals that are answers.

use serde_json::Value;

use crate::workspace::ImportOutcome;
use crate::workspace::error::Result;

/// Nothing if what was asked for is not there.
pub(super) fn missing_is_none<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.is_missing() => Ok(None),
        Err(e) => Err(e),
    }
}

/// Whether an import found its path taken, unless it was to overwrite what is there.
pub(super) fn taken_is_an_outcome(answer: Result<Value>, overwrite: bool) -> Result<ImportOutcome> {
    match answer {
        Ok(_) => Ok(ImportOutcome::Done),
        Err(e) if e.is_taken() && !overwrite => Ok(ImportOutcome::Taken),
        Err(e) => Err(e),
    }
}
