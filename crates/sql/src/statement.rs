//! Statements of a SQL text: what semicolons separate, scripts (`BEGIN … END`) in one piece.

use super::token::Token;

/// The statements among `tokens`, which hold neither white space nor comments. Semicolons are not part of them, and an
/// empty statement is none.
pub fn statements<'t, 's>(tokens: &'t [Token<'s>]) -> Vec<&'t [Token<'s>]> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut blocks = Blocks::default();
    for (i, token) in tokens.iter().enumerate() {
        if token.is(";") && blocks.depth == 0 {
            if start < i {
                found.push(&tokens[start..i]);
            }
            start = i + 1;
            blocks = Blocks::default();
        } else {
            blocks.see(&tokens[start..=i], tokens.get(i + 1));
        }
    }
    if start < tokens.len() {
        found.push(&tokens[start..]);
    }
    found
}

/// Whether a statement is a script, which holds other statements.
pub(crate) fn is_script(statement: &[Token<'_>]) -> bool {
    let first = label(statement);
    statement.get(first).is_some_and(|t| t.is_word("begin")) && !is_transaction(statement.get(first + 1))
}

/// Number of tokens of the label that a statement starts with.
fn label(statement: &[Token<'_>]) -> usize {
    if statement.len() > 2 && statement[0].is_name() && statement[1].is(":") { 2 } else { 0 }
}

/// Whether what follows BEGIN makes it a statement of its own.
fn is_transaction(after: Option<&Token<'_>>) -> bool {
    after.is_some_and(|t| t.is_any(&["transaction", "work"]))
}

/// Blocks of a script that are open.
#[derive(Default)]
struct Blocks {
    depth: usize,
}

impl Blocks {
    /// Sees the last token of `so_far`, the beginning of a statement.
    fn see(&mut self, so_far: &[Token<'_>], next: Option<&Token<'_>>) {
        let [head @ .., token] = so_far else { return };
        let before = head.last();
        if self.depth == 0 {
            let is_procedure = || so_far[0].is_word("create") && so_far.iter().take(6).any(|t| t.is_word("procedure"));
            let is_first = || head.len() == label(so_far);
            if token.is_word("begin") && (is_first() || is_procedure()) && !is_transaction(next) {
                self.depth = 1;
            }
            return;
        }
        // what follows END names its block: `END IF`, `END LOOP`
        let closes_named = before.is_some_and(|t| t.is_word("end"));
        let opens = token.is_any(&["begin", "case"])
            || (token.is_any(&["if", "loop", "while", "repeat", "for"]) && starts_statement(before));
        if token.is_word("end") {
            self.depth -= 1;
        } else if opens && !closes_named {
            self.depth += 1;
        }
    }
}

/// Whether a statement of a script can start after this token.
fn starts_statement(before: Option<&Token<'_>>) -> bool {
    before.is_some_and(|t| {
        t.is(";") || t.is(":") || t.is_any(&["begin", "then", "else", "do", "loop", "repeat", "atomic"])
    })
}

#[cfg(test)]
mod tests {
    use super::super::tokens;
    use super::{is_script, statements};

    fn split(sql: &str) -> Vec<String> {
        let all = tokens(sql);
        statements(&all).iter().map(|s| sql[s[0].span.start..s[s.len() - 1].span.end].to_owned()).collect()
    }

    #[test]
    fn semicolons_separate_statements_but_not_in_strings_and_comments() {
        assert_eq!(split("SELECT 1; SELECT ';' -- ;\n, `;` /* ; */;\n;"), ["SELECT 1", "SELECT ';' -- ;\n, `;`"]);
        assert_eq!(split("SELECT 1"), ["SELECT 1"]);
        assert!(split(" -- nothing; here\n;").is_empty());
    }

    #[test]
    fn a_script_is_one_statement() {
        let script = "BEGIN\n IF NOT EXISTS (SELECT 1) THEN ALTER TABLE t ADD COLUMNS (a INT); END IF;\n \
             l: LOOP SET x = CASE WHEN y THEN 1 END; END LOOP l; WHILE x DO SELECT if(a, 1, 2); END WHILE;\n \
             BEGIN SELECT 1; END; CASE WHEN a THEN SELECT 1; ELSE SELECT 2; END CASE; END";
        let two = format!("{script}; SELECT 2");
        assert_eq!(split(&two), [script, "SELECT 2"]);
        assert!(is_script(&tokens(script)));
        assert_eq!(split("a: BEGIN SELECT 1; END; SELECT 2").len(), 2);
        assert_eq!(
            split("CREATE OR REPLACE PROCEDURE p() LANGUAGE SQL AS BEGIN SELECT 1; SELECT 2; END; SELECT 3").len(),
            2
        );
    }

    #[test]
    fn a_transaction_and_a_column_named_begin_are_no_script() {
        assert_eq!(split("BEGIN TRANSACTION; SELECT 1; COMMIT").len(), 3);
        assert_eq!(split("SELECT begin FROM t; SELECT 1").len(), 2);
        assert_eq!(split("SELECT CASE WHEN a THEN b END; SELECT 1").len(), 2);
    }
}
