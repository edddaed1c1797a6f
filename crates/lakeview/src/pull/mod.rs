//! Brings a dashboard's remote edits into its file with the smallest difference: what is equal keeps its bytes and its
//! place, and what is new is written in the file's own style.
//!
//! The workspace re-serialises what it is sent, so that texts cannot be compared. Values can.

mod align;
mod defaults;
mod equal;
mod form;
mod lines;
mod style;
#[cfg(test)]
mod tests;
mod write;

use super::json::{Document, JsonSyntaxError};
pub use defaults::Defaults;
pub use lines::{DiffLine, differing_lines};
use write::Writer;

/// The text of `local` with the values of `remote`; the same text if the values are equal.
///
/// # Errors
/// One of them is not JSON: `Err(Ok(fault))` of the local text, `Err(Err(fault))` of the remote one.
pub fn pull(
    local: &str,
    remote: &str,
    defaults: Defaults<'_>,
) -> Result<String, Result<JsonSyntaxError, JsonSyntaxError>> {
    let local = Document::parse(local).map_err(Ok)?;
    let remote = Document::parse(remote).map_err(Err)?;
    Ok(Writer::new(&local, defaults).document(local.root(), remote.root()))
}

/// The edits that the workspace's dashboard has and the file has not, for people to read: at most `most` lines, and how
/// many more there are. Nothing if the values are equal, or one of the texts is not JSON.
pub fn edits(local: &str, remote: &str, defaults: Defaults<'_>, most: usize) -> Vec<String> {
    let Ok(pulled) = pull(local, remote, defaults) else { return Vec::new() };
    let lines = differing_lines(local, &pulled);
    let mut shown: Vec<String> = lines.iter().take(most).map(DiffLine::to_string).collect();
    if lines.len() > most {
        shown.push(format!("       … {} more lines", lines.len() - most));
    }
    shown
}
