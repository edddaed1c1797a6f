//! What a SQL text means to an engine, as a text: for fingerprints.

use std::fmt::Write as _;

use super::lexer::tokens;

/// The tokens of `sql` without comments and white space, each with its length in front: two texts have the same one
/// exactly when they have the same tokens.
pub fn canonical(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() * 2);
    for token in tokens(sql) {
        // writing to a string does not fail
        let _ = write!(out, "{}:{}", token.raw.len(), token.raw);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::canonical;
    use crate::{lex, tokens};

    #[test]
    fn layout_and_comments_do_not_count_and_strings_do() {
        let a = "SELECT a,  -- one\n  'it\\'s  -- x' AS b /* two */\nFROM t";
        assert_eq!(canonical(a), canonical("SELECT a, 'it\\'s  -- x' AS b FROM t"));
        for (a, b) in [
            ("'a  b'", "'a b'"),
            ("f(\"x -- in English\", y)", "f(\"x -- in German\", y)"),
            ("\"it's\" -- a\n, 'b'", "\"it's\" -- a\n, 'c'"),
            (r"r'\' -- ', 1", r"r'\', 1"),
            ("$$ -- a $$", "$$ -- b $$"),
            ("`a -- b`", "`a -- c`"),
            ("a b", "ab"),
            ("''''", "'' ''"),
        ] {
            assert_eq!(canonical(a) == canonical(b), raws(a) == raws(b), "{a} {b}");
        }
        assert_ne!(canonical("f(\"-- in English\")"), canonical("f(\"-- in German\")"));
    }

    /// Pieces that are hard to tell apart.
    const PIECES: [&str; 20] =
        ["a", "b", "'", "\"", "`", "--", "/*", "*/", "\n", " ", "\\", "1", ":", ".", "(", "r'", "$$", "-", "'x'", "é"];

    fn texts() -> impl Strategy<Value = String> {
        proptest::collection::vec(0..PIECES.len(), 0..8)
            .prop_map(|picked| picked.into_iter().map(|i| PIECES[i]).collect())
    }

    fn raws(sql: &str) -> Vec<&str> {
        tokens(sql).into_iter().map(|t| t.raw).collect()
    }

    proptest! {
        #[test]
        fn it_changes_exactly_when_the_tokens_change(a in texts(), b in texts()) {
            prop_assert_eq!(canonical(&a) == canonical(&b), raws(&a) == raws(&b));
        }

        #[test]
        fn another_layout_and_other_comments_change_nothing(sql in texts(), comment in "[a-z']{0,5}") {
            let mut other = String::new();
            for token in lex(&sql) {
                if token.is_significant() {
                    other.push_str(token.raw);
                } else {
                    other.push_str(&format!(" /*{comment}*/ \n"));
                }
            }
            prop_assert_eq!(canonical(&other), canonical(&sql));
        }
    }
}
