//! The reader of SQL over any text: no panic; the tokens are the text, in order; other layout means the same; every
//! place that is found lies in the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use piq_sql::lint::{Clocks, check_portable, check_syntax};
use piq_sql::{
    Create, Structure, Token, canonical, column_definitions, common_tables, file_access, lex, relations, statements,
    tokens,
};

fuzz_target!(|sql: &str| {
    let all = lex(sql);
    let mut at = 0;
    for token in &all {
        assert!(token.span.start == at && token.span.end > at, "a gap or an empty token at {at}");
        assert_eq!(token.raw, &sql[token.span.clone()]);
        drop(token.content());
        at = token.span.end;
    }
    assert_eq!(at, sql.len(), "tokens end before the text");

    let plain: Vec<&str> = all.iter().map(|t| if t.is_significant() { t.raw } else { " \n" }).collect();
    assert_eq!(canonical(&plain.concat()), canonical(sql), "layout counts");

    let all = tokens(sql);
    let inside = |range: &std::ops::Range<usize>, of: &[Token<'_>]| range.start <= range.end && range.end <= of.len();
    for statement in statements(&all) {
        let structure = Structure::of(statement);
        assert_eq!(structure.at.len(), statement.len());
        assert!(relations(statement).iter().all(|r| !r.tokens.is_empty() && inside(&r.tokens, statement)));
        assert!(common_tables(statement).iter().all(|c| inside(&c.body, statement)));
        if let Some(made) = Create::read(statement) {
            assert!(inside(&made.clauses, statement));
            for column in made.list.iter().flat_map(|list| column_definitions(statement, list.clone())) {
                assert!(inside(&column.tokens, statement) && inside(&column.type_tokens, statement));
            }
        }
    }
    assert!(file_access(&all).is_none_or(|found| inside(&found.tokens, &all)));
    for finding in check_portable(sql, Clocks::default()).into_iter().chain(check_syntax(sql)) {
        assert!(sql.get(finding.span.clone()).is_some(), "{finding:?}");
    }
});
