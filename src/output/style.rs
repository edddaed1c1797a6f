//! Weight and colour. The streams take them out where there is no terminal.

use comfy_table::Color;

/// Bold.
pub(crate) fn bold(text: &str) -> String {
    format!("\x1b[1m{text}\x1b[0m")
}

/// Less important.
pub(crate) fn dim(text: &str) -> String {
    format!("\x1b[2m{text}\x1b[0m")
}

/// Good.
pub(crate) fn green(text: &str) -> String {
    format!("\x1b[32m{text}\x1b[0m")
}

/// Worth a look.
pub(crate) fn yellow(text: &str) -> String {
    format!("\x1b[33m{text}\x1b[0m")
}

/// Bad.
pub(crate) fn red(text: &str) -> String {
    format!("\x1b[31m{text}\x1b[0m")
}

/// The colour of a word that names a state, a level or a mark; none for any other.
pub(crate) fn word_colour(word: &str) -> Option<Color> {
    Some(match word {
        "✓" | "ok" | "current" | "present" | "High" | "SUCCESS" | "success" | "create" => Color::DarkGreen,
        "!" | "warning" | "retry" | "changed" | "never" | "Medium" | "update" | "SKIPPED" => Color::DarkYellow,
        "✗" | "error" | "failed" | "invalid" | "refused" | "blocked" | "missing" | "wrong_type" | "Low" | "FAILED"
        | "CANCELED" | "TIMEDOUT" | "delete" => Color::DarkRed,
        _ => return None,
    })
}

/// A word in the colour of what it means.
pub(crate) fn coloured(word: &str) -> String {
    match word_colour(word) {
        Some(Color::DarkGreen) => green(word),
        Some(Color::DarkYellow) => yellow(word),
        Some(_) => red(word),
        None => word.to_owned(),
    }
}
