//! The type of what `ai_query` gives depends on the model that it names, which the engine's function cannot know.

use piq_sql::{TokenKind, tokens};

/// The statement with another function in place of `ai_query` where its model, a literal, gives a STRING.
pub(crate) fn with_text_results(sql: &str, gives_text: impl Fn(&str) -> bool) -> String {
    let all = tokens(sql);
    let mut out = String::with_capacity(sql.len());
    let mut at = 0;
    for call in all.windows(3) {
        let names_model = call[0].is_word("ai_query") && call[1].is("(") && call[2].kind == TokenKind::String;
        if names_model && gives_text(&call[2].content()) {
            out.push_str(&sql[at..call[0].span.start]);
            out.push_str("piq_ai_query_text");
            at = call[0].span.end;
        }
    }
    out.push_str(&sql[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::with_text_results;

    #[test]
    fn only_the_calls_of_such_a_model_change() {
        let sql = "SELECT ai_query('a', x), AI_QUERY ( 'b', 'ai_query(\\'b\\')')";
        let expected = "SELECT ai_query('a', x), piq_ai_query_text ( 'b', 'ai_query(\\'b\\')')";
        assert_eq!(with_text_results(sql, |model| model == "b"), expected);
        assert_eq!(with_text_results("SELECT 1", |_| true), "SELECT 1");
    }
}
