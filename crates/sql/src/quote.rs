//! Text as SQL: literals and identifiers.

/// A SQL string literal. Escapes with a backslash, which every engine reads the same way: doubled quotes are two
/// adjacent literals on some of them.
pub fn sql_string(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('\'');
    for c in value.chars() {
        match c {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// A quoted SQL identifier.
pub fn sql_ident(value: &str) -> String {
    format!("`{}`", value.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    use super::{sql_ident, sql_string};

    #[test]
    fn strings_and_identifiers_are_escaped() {
        assert_eq!(sql_string("it's a \\ b\n"), r"'it\'s a \\ b\n'");
        assert_eq!(sql_ident("a`b"), "`a``b`");
    }
}
