//! SQL types as a project writes them.

/// Simple types.
const SIMPLE: [&str; 16] = [
    "STRING",
    "INT",
    "INTEGER",
    "BIGINT",
    "LONG",
    "SMALLINT",
    "TINYINT",
    "DOUBLE",
    "FLOAT",
    "BOOLEAN",
    "DATE",
    "TIMESTAMP",
    "TIMESTAMP_NTZ",
    "BINARY",
    "VARIANT",
    "DECIMAL",
];

/// The part of a type that no engine knows; `None` if the type is good.
pub(super) fn unknown_type(text: &str) -> Option<&str> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    if SIMPLE.contains(&upper.as_str()) {
        return None;
    }
    let inner = |open: &str| upper.starts_with(open).then(|| text[open.len()..].strip_suffix('>')).flatten();
    if let Some(element) = inner("ARRAY<") {
        return unknown_type(element);
    }
    if let Some(pair) = inner("MAP<") {
        return parts(pair).into_iter().find_map(unknown_type);
    }
    if let Some(fields) = inner("STRUCT<") {
        let of = |field: &'_ str| -> Option<usize> { field.find([':', ' ']) };
        return parts(fields).into_iter().find_map(|field| match of(field.trim()) {
            Some(at) => unknown_type(field.trim()[at + 1..].trim_start()),
            None => Some(field),
        });
    }
    let digits = upper
        .strip_prefix("DECIMAL(")
        .or_else(|| upper.strip_prefix("VARCHAR("))
        .or_else(|| upper.strip_prefix("CHAR("));
    if let Some(digits) = digits.and_then(|d| d.strip_suffix(')')) {
        let numbers: Vec<Option<u32>> = digits.split(',').map(|n| n.trim().parse().ok()).collect();
        if numbers.len() <= 2 && numbers.iter().all(Option::is_some) {
            return None;
        }
    }
    Some(text)
}

/// Parts between commas that are not within `<>` or `()`.
fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut start) = (0_i32, 0);
    let mut found = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found
}

/// Known types, for a hint.
pub(super) fn known_types() -> impl Iterator<Item = &'static str> {
    SIMPLE.into_iter()
}

#[cfg(test)]
mod tests {
    use super::unknown_type;

    #[test]
    fn types_are_told_from_other_words() {
        for good in
            ["string", "DECIMAL(18,2)", "ARRAY<STRUCT<a: STRING, b: MAP<STRING, DECIMAL(9, 1)>>>", "STRUCT<a INT>"]
        {
            assert_eq!(unknown_type(good), None, "{good}");
        }
        for (bad, part) in
            [("STRNG", "STRNG"), ("ARRAY<TEXT>", "TEXT"), ("DECIMAL(a)", "DECIMAL(a)"), ("ARRAY<INT", "ARRAY<INT")]
        {
            assert_eq!(unknown_type(bad), Some(part), "{bad}");
        }
    }
}
