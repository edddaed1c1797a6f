//! All faults of a piece of SQL: its shape, its names and its calls.

use piq_sql::lint::unmatched;
use piq_sql::{Structure, SyntaxFault, Token, TokenKind, expression_fault, lex, query_fault, tokens};

use super::ambiguous::ambiguous_faults;
use super::arguments::argument_faults;
use super::calls::{aggregates_of_one_row, call_faults};
use super::dates::date_faults;
use super::early_aliases::early_alias_faults;
use super::fields::field_faults;
use super::grouping::grouping_faults;
use super::joins::join_faults;
use super::literals::literal_faults;
use super::methods::method_faults;
use super::names::{NameFault, Readable, name_faults};
use super::qualifiers::qualifier_faults;
use super::scope::Scopes;
use super::selects::select_faults;
use super::syntax::syntax_fault;
use super::typed::type_faults;
use super::windows::window_faults;

/// The faults of a query whose brackets match, in their order.
pub(super) fn query_faults(sql: &str, readable: &Readable) -> Vec<NameFault> {
    faults(&tokens(sql), query_fault, readable)
}

/// What does not read hides the rest.
fn faults(all: &[Token<'_>], syntax: fn(&[Token<'_>]) -> Option<SyntaxFault>, readable: &Readable) -> Vec<NameFault> {
    if let Some(found) = syntax(all) {
        return vec![syntax_fault(all, found)];
    }
    let structure = Structure::of(all);
    let methods = method_faults(all, readable);
    if !methods.is_empty() {
        return methods;
    }
    let scopes = Scopes::of(all, &structure, &readable.relations, &readable.shapes);
    let mut found = name_faults(all, &structure, readable, scopes.as_ref());
    found.extend(call_faults(all, &structure));
    found.extend(argument_faults(all, &structure));
    found.extend(type_faults(all, &structure));
    found.extend(date_faults(all, &structure));
    found.extend(select_faults(all, &structure));
    if let Some(scopes) = &scopes {
        found.extend(ambiguous_faults(all, &structure, scopes));
        found.extend(early_alias_faults(all, &structure, scopes));
        found.extend(grouping_faults(all, &structure, readable, scopes));
        found.extend(join_faults(all, scopes));
        found.extend(window_faults(all, &structure, scopes));
        found.extend(qualifier_faults(all, &structure, scopes));
        found.extend(field_faults(all, &structure, scopes));
    }
    found.sort_by_key(|fault| fault.span.start);
    // two checks may find one fault
    found.dedup_by(|b, a| a.span == b.span);
    found
}

/// The faults of an expression about one row, which is put into a query.
pub(super) fn expression_faults(sql: &str, readable: &Readable) -> Vec<NameFault> {
    let fault = |span: std::ops::Range<usize>, message: &str, hint: &str| NameFault {
        code: "sql-syntax",
        name: sql[span.clone()].to_owned(),
        span,
        message: message.to_owned(),
        hint: Some(hint.to_owned()),
    };
    if let Some(at) = unmatched(sql) {
        let message = format!("the expression has a quote or a bracket without its other half: `{}`", &sql[at.clone()]);
        return vec![NameFault { code: "sql-bracket", ..fault(at, &message, "close it, or remove it") }];
    }
    for token in lex(sql) {
        if token.kind == TokenKind::Comment && token.raw.starts_with("--") {
            let hint = "remove it, or write /* … */";
            return vec![fault(token.span, "a comment to the end of the line hides what follows the expression", hint)];
        }
        if token.is(";") {
            return vec![fault(token.span, "expected one expression, found `;`", "remove it")];
        }
    }
    let all = tokens(sql);
    let mut found = faults(&all, expression_fault, readable);
    found.extend(aggregates_of_one_row(&all, &Structure::of(&all)));
    found.extend(literal_faults(&all, &readable.values));
    found
}

#[cfg(test)]
mod tests {
    use super::super::names::Readable;
    use super::{expression_faults, query_faults};

    #[test]
    fn an_expression_is_one() {
        let codes = |sql: &str| -> Vec<String> {
            expression_faults(sql, &Readable::default()).into_iter().map(|f| format!("{} {}", f.code, f.name)).collect()
        };
        assert_eq!(codes("1 = 3;"), ["sql-syntax ;"]);
        assert_eq!(codes("1 = 3 -- three"), ["sql-syntax -- three"]);
        assert_eq!(codes("1 = 3 /* three */"), [] as [&str; 0]);
        assert_eq!(codes("count(*) > 1"), ["sql-aggregate count"]);
        assert_eq!(codes("1 = 3 AND"), ["sql-syntax AND"]);
    }

    #[test]
    fn faults_are_in_their_order() {
        let found = query_faults("SELECT lenght(1), coalesce() FROM t", &Readable::default());
        let codes: Vec<_> = found.iter().map(|f| f.code).collect();
        assert_eq!(codes, ["unknown-sql-function", "sql-arguments"]);
    }
}
