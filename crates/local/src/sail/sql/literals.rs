//! Names and strings as SQL writes them.

/// A name of several parts, each in backticks.
pub(crate) fn quote<S: AsRef<str>>(parts: &[S]) -> String {
    let quoted: Vec<String> = parts.iter().map(|p| format!("`{}`", p.as_ref().replace('`', "``"))).collect();
    quoted.join(".")
}

/// A string literal.
pub(crate) fn string(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('\'');
    for letter in value.chars() {
        match letter {
            '\'' => text.push_str("\\'"),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            other => text.push(other),
        }
    }
    text.push('\'');
    text
}
