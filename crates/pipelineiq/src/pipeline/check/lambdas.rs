//! The variables of lambdas.

use std::collections::BTreeSet;

use piq_sql::Token;

/// The names in front of every `->` of a statement, as they are written.
pub(super) fn lambda_variables(all: &[Token<'_>]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, three) in all.windows(3).enumerate().filter(|(_, t)| t[1].is("-") && t[2].is(">")) {
        if three[0].is(")") {
            let list = all[..at].iter().rev().take_while(|t| !t.is("("));
            found.extend(list.filter(|t| t.is_name()).map(Token::content));
        } else if three[0].is_name() {
            found.insert(three[0].content());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use piq_sql::tokens;

    use super::lambda_variables;

    #[test]
    fn one_variable_or_a_list_stands_before_the_arrow() {
        let found = lambda_variables(&tokens("aggregate(a, 0, (acc, `x y`) -> acc + b, r -> r * 2) - c > d"));
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["acc", "r", "x y"]);
    }
}
