//! Secrets: how they are made and compared.

/// The system gives no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("cannot create a token: {0}")]
pub struct NoRandom(String);

/// Random bytes in hexadecimal.
///
/// # Errors
/// The system gives none.
pub(crate) fn hex(bytes: usize) -> Result<String, NoRandom> {
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer).map_err(|e| NoRandom(e.to_string()))?;
    Ok(buffer.iter().map(|b| format!("{b:02x}")).collect())
}

/// Compares without telling by its duration where the first difference is.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |acc, (x, y)| acc | (x ^ y)) == 0
}
