//! Qualifiers of tables whose columns are not known: a short one that no table has is a slip.

use piq_diagnostics::is_slip;
use piq_sql::{Structure, Token, TokenKind, is_keyword};

use super::calls::fault;
use super::lambdas::lambda_variables;
use super::names::NameFault;
use super::scope::{Scope, Scopes};

/// Letters of a name that is surely an alias: a column with fields has a longer one.
const SHORT: usize = 2;

/// Names before a dot that are nearly an alias of the FROM, or short as one, where the tables are not known. A column of such
/// a name is told by its other mentions.
pub(super) fn qualifier_faults(all: &[Token<'_>], structure: &Structure, scopes: &Scopes<'_>) -> Vec<NameFault> {
    let variables = lambda_variables(all);
    let is_qualifier = |i: &usize| {
        let plain = all[*i].kind == TokenKind::Word && !is_keyword(all[*i].raw);
        let behind = |n: usize, symbol: &str| all.get(i + n).is_some_and(|t| t.is(symbol));
        let field = all.get(i + 2).is_some_and(Token::is_name) && !behind(3, ".") && !behind(3, "(");
        let starts =
            i.checked_sub(1).is_none_or(|b| !all[b].is(".") && !all[b].is(":") && !all[b].is_any(&["from", "join"]));
        // a table of a FROM with commas, or one that is written to
        let is_column = structure.around(*i).next().is_some_and(|(_, clause)| clause != piq_sql::Clause::From);
        plain && behind(1, ".") && field && starts && is_column && !variables.contains(&all[*i].content())
    };
    (0..all.len()).filter(is_qualifier).filter_map(|i| unknown(all, scopes, i)).collect()
}

fn unknown(all: &[Token<'_>], scopes: &Scopes<'_>, i: usize) -> Option<NameFault> {
    let name = all[i].content().to_lowercase();
    let in_reach: Vec<&Scope> = scopes.outwards(i).collect();
    let has_columns =
        |s: &&Scope| s.relations.iter().any(|r| r.columns.as_ref().is_some_and(|c| c.contains_key(&name)));
    let aliases: Vec<&str> =
        in_reach.iter().flat_map(|s| &s.relations).filter_map(|r| r.alias.as_ref()).map(|(a, _)| a.as_str()).collect();
    let is_open = in_reach.iter().any(|s| s.is_open || s.relations.iter().any(|r| r.alias.is_none()));
    if is_open || aliases.is_empty() || aliases.contains(&name.as_str()) || in_reach.iter().any(has_columns) {
        return None;
    }
    let is_mentioned = |at: usize| {
        let alone = !all.get(at + 1).is_some_and(|t| t.is(".") || t.is("("));
        all[at].is_name() && alone && all[at].content().eq_ignore_ascii_case(&name)
    };
    let near = aliases.iter().find(|alias| name.len() > SHORT && alias.len() > SHORT && is_slip(&name, alias));
    if (0..all.len()).any(is_mentioned) || near.is_none() && name.len() > SHORT {
        return None;
    }
    let message = format!("no table of the FROM has the alias `{}`", all[i].content());
    let hint = format!(
        "did you mean `{}`? A field of a column is written behind it: table.column.field",
        near.unwrap_or(&aliases[0])
    );
    Some(fault(all, i, "unknown-alias", message, &hint))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use piq_sql::{Structure, tokens};

    use super::super::scope::Scopes;
    use super::qualifier_faults;

    fn found(sql: &str) -> Vec<String> {
        let all = tokens(sql);
        let (structure, relations, shapes) = (Structure::of(&all), BTreeMap::new(), BTreeMap::new());
        let scopes = Scopes::of(&all, &structure, &relations, &shapes).expect("scopes");
        qualifier_faults(&all, &structure, &scopes).into_iter().map(|f| f.name).collect()
    }

    #[test]
    fn an_alias_that_no_table_has_is_found() {
        assert_eq!(found("SELECT o.id FROM main.crm.opportunities"), ["o"]);
        assert_eq!(found("SELECT o.id FROM main.crm.opportunities AS p WHERE p.x > 1"), ["o"]);
        assert_eq!(found("SELECT oop.id FROM main.crm.opportunities AS opp JOIN a.b.c ON true"), ["oop"]);
    }

    #[test]
    fn columns_with_fields_and_aliases_are_good() {
        for sql in [
            "SELECT o.id, opportunities.x, payload.name, p.o.x FROM main.crm.opportunities AS o, opportunities, t AS p",
            "SELECT transform(xs, x -> x.a), j:a.b.c, main.f.g(1) FROM t",
            "SELECT st, st.a FROM t",
            "SELECT o.x FROM t AS o WHERE EXISTS (SELECT 1 FROM u WHERE u.a = o.a)",
            "SELECT l.n FROM t, LATERAL (SELECT t.x AS n) AS l LATERAL VIEW explode(y) e AS z",
            "SELECT x.a FROM t TABLESAMPLE (5 ROWS) AS x",
        ] {
            assert_eq!(found(sql), [] as [&str; 0], "{sql}");
        }
    }
}
