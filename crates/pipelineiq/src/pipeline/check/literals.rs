//! Texts that a column of known values is compared with: one that is a slip of a value never holds.

use piq_sql::{Token, TokenKind, closing};

use super::names::{KnownValues, NameFault};
use super::nearest::nearest;

/// The texts in `column = 'text'`, `column <> 'text'` and `column [NOT] IN ('text', …)` that are nearly one of the
/// column's values.
pub(super) fn literal_faults(all: &[Token<'_>], known: &KnownValues) -> Vec<NameFault> {
    let mut found = Vec::new();
    for (i, token) in all.iter().enumerate().filter(|(_, t)| t.is_name()) {
        let Some(values) = known.get(&token.content().to_lowercase()) else { continue };
        let is = |at: usize, symbol: &str| all.get(at).is_some_and(|t| t.is(symbol));
        let mut at = i + 1;
        let list = if is(at, "=") {
            at + 1..at + 2
        } else if (is(at, "<") && is(at + 1, ">")) || (is(at, "!") && is(at + 1, "=")) {
            at + 2..at + 3
        } else {
            at += usize::from(all.get(at).is_some_and(|t| t.is_word("not")));
            if !all.get(at).is_some_and(|t| t.is_word("in")) || !is(at + 1, "(") {
                continue;
            }
            at + 2..closing(all, at + 1)
        };
        for text in all.get(list).unwrap_or_default().iter().filter(|t| t.kind == TokenKind::String) {
            let value = text.content();
            if values.contains(&value) {
                continue;
            }
            // what nobody lists may still be a value, such as a stage that is new
            let Some(near) = nearest(&value, values.iter().map(String::as_str)) else { continue };
            found.push(NameFault {
                code: "unknown-value",
                span: text.span.clone(),
                message: format!("`{value}` is not a value of the column `{}`", token.content()),
                hint: Some(format!("did you mean `{near}`?")),
                name: value,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use piq_sql::tokens;

    use super::super::names::KnownValues;
    use super::literal_faults;

    #[test]
    fn a_text_that_a_column_never_has_is_found() {
        let known = KnownValues::from([("level".to_owned(), vec!["High".to_owned(), "Low".to_owned()])]);
        let found = |sql: &str| literal_faults(&tokens(sql), &known).into_iter().map(|f| f.name).collect::<Vec<_>>();
        assert_eq!(found("level = 'Hihg' AND x.level <> 'low'"), ["Hihg", "low"]);
        assert_eq!(found("level NOT IN ('Low', 'Hig', 'Medium')"), ["Hig"]);
        assert_eq!(found("level = 'High' AND other = 'x' AND level LIKE 'x%'"), [] as [&str; 0]);
        assert_eq!(found("level IN ('Low', 'High') OR level = upper('x')"), [] as [&str; 0]);
    }
}
