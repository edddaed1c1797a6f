//! Where the tables of a query are named.

use piq_sql::Token;

/// Functions in whose arguments FROM is no clause.
const FROM_FUNCTIONS: [&str; 5] = ["extract", "trim", "substring", "substr", "overlay"];

/// Indices of the tokens that begin a table's name after FROM or JOIN, or after a comma in the same list.
pub(super) fn after_from(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut found = Vec::new();
    // for each open bracket: is it a function with its own FROM, and does a comma continue a list of tables
    let mut open = vec![(false, false)];
    for (i, token) in tokens.iter().enumerate() {
        if token.is("(") {
            let own = i > 0 && FROM_FUNCTIONS.iter().any(|f| tokens[i - 1].is_word(f));
            open.push((own, false));
        } else if token.is(")") && open.len() > 1 {
            open.pop();
        }
        let Some((own, list)) = open.last_mut() else { continue };
        let clause =
            token.is_word("from") && !*own && !(i > 0 && tokens[i - 1].is_word("distinct") && after_is(tokens, i));
        if clause || token.is_word("join") {
            *list = true;
        } else if token.is_word("lateral") || token.is_word("using") || token.is_word("on") || ends_from(token) {
            *list = false;
        } else if !(token.is(",") && *list) {
            continue;
        }
        if *list && tokens.get(i + 1).is_some_and(|t| t.is_name() && !t.is_word("lateral") && !t.is_word("values")) {
            found.push(i + 1);
        }
    }
    found
}

/// `IS [NOT] DISTINCT FROM` is a comparison.
fn after_is(tokens: &[Token<'_>], from: usize) -> bool {
    let before = |n: usize, word: &str| from.checked_sub(n).is_some_and(|i| tokens[i].is_word(word));
    before(2, "is") || before(2, "not") && before(3, "is")
}

fn ends_from(token: &Token<'_>) -> bool {
    ["where", "group", "order", "having", "limit", "qualify", "union", "except", "intersect", "select", "window"]
        .iter()
        .any(|w| token.is_word(w))
}

/// How many parts the dotted name has that `tokens` begin with.
pub(super) fn parts(tokens: &[Token<'_>]) -> usize {
    let mut count = 1;
    while tokens.get(2 * count - 1).is_some_and(|t| t.is(".")) && tokens.get(2 * count).is_some_and(Token::is_name) {
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::after_from;
    use piq_sql::tokens;

    #[test]
    fn tables_are_found_and_other_uses_of_from_are_not() {
        let sql = "SELECT extract(year FROM d), a IS NOT DISTINCT FROM b, (SELECT max(x) FROM inner1) \
                   FROM t1 a, c.s.t2 JOIN `t3` ON a.x = b.y, 1 WHERE x IN (SELECT DISTINCT y FROM t4)";
        let all = tokens(sql);
        let names: Vec<_> = after_from(&all).into_iter().map(|i| all[i].content()).collect();
        assert_eq!(names, ["inner1", "t1", "c", "t3", "t4"]);
    }
}
