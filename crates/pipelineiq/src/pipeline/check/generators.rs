//! Functions that make several rows, or columns, of one value, and the names of these columns.

use piq_sql::{Token, TokenKind};

/// Functions of which the columns have names of their own, with these.
const NAMED: [(&str, &[&str]); 9] = [
    ("explode", &["col", "key", "value"]),
    ("explode_outer", &["col", "key", "value"]),
    ("posexplode", &["pos", "col", "key", "value"]),
    ("posexplode_outer", &["pos", "col", "key", "value"]),
    ("variant_explode", &["pos", "key", "value"]),
    ("variant_explode_outer", &["pos", "key", "value"]),
    ("range", &["id"]),
    ("stack", &[]),
    ("json_tuple", &[]),
];

/// More columns than anybody stacks.
const NUMBERED: usize = 100;

/// Functions that give a row for each element, of which a select list can have one.
const OF_ROWS: [&str; 7] =
    ["explode", "explode_outer", "posexplode", "posexplode_outer", "inline", "inline_outer", "stack"];

/// The names that the columns of a generator have where the SQL gives none; nothing of a function that is not known.
pub(super) fn default_columns(function: &Token<'_>) -> Option<Vec<String>> {
    let (name, columns) = NAMED.iter().find(|(name, _)| function.is_word(name))?;
    let numbered = |letters: &str| (0..NUMBERED).map(|n| format!("{letters}{n}")).collect();
    Some(match *name {
        "stack" => numbered("col"),
        "json_tuple" => numbered("c"),
        _ => columns.iter().map(|c| (*c).to_owned()).collect(),
    })
}

/// Whether the token at `i` is a generator that is called.
pub(super) fn is_generator(all: &[Token<'_>], i: usize) -> bool {
    let after_dot = i > 0 && all[i - 1].is(".");
    all[i].kind == TokenKind::Word && all[i].is_any(&OF_ROWS) && !after_dot && all.get(i + 1).is_some_and(|t| t.is("("))
}

#[cfg(test)]
mod tests {
    use piq_sql::tokens;

    use super::default_columns;

    #[test]
    fn columns_without_a_name_have_one() {
        let of = |sql: &str| default_columns(&tokens(sql)[0]);
        assert_eq!(of("POSEXPLODE(x)"), Some(["pos", "col", "key", "value"].map(str::to_owned).to_vec()));
        assert_eq!(of("stack(1, 5)").map(|c| c[0].clone()), Some("col0".to_owned()));
        assert_eq!(of("inline(x)"), None);
    }
}
