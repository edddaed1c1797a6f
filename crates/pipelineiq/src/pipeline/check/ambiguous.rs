//! Columns that two tables of one FROM have, and that are named without either.

use std::collections::BTreeSet;

use piq_sql::{Clause, Select, Structure, Token, TokenKind, is_keyword};

use super::names::NameFault;
use super::scope::{Columns, Scope, Scopes};

/// The unqualified names of columns that more than one known table of their query has.
pub(super) fn ambiguous_faults(all: &[Token<'_>], structure: &Structure, scopes: &Scopes<'_>) -> Vec<NameFault> {
    // a name that the statement gives may be that of another column
    let given = all.windows(2).filter(|pair| pair[0].is_word("as")).map(|pair| pair[1].content().to_lowercase());
    let aliases = structure.selects.iter().flat_map(|s| &s.items).filter(|item| item.is_alias);
    let given: BTreeSet<String> =
        given.chain(aliases.filter_map(|item| Some(item.name.as_ref()?.to_lowercase()))).collect();
    let mut found = Vec::new();
    for (select, scope) in structure.selects.iter().zip(scopes.each()) {
        let tables = tables(all, structure, scope, select);
        if tables.len() < 2 {
            continue;
        }
        let start = select.items.first().map_or(select.rest.start, |item| item.tokens.start);
        for i in (start..select.rest.end).filter(|i| is_plain_name(all, *i) && query_of(structure, *i) == select.frame)
        {
            let name = all[i].content().to_lowercase();
            let owners: Vec<&str> =
                tables.iter().filter(|(_, columns)| columns.contains_key(&name)).map(|(alias, _)| *alias).collect();
            // what is sorted may be a column of the list
            let is_given = structure.at[i].1 == Clause::OrderBy && gives(select, &name);
            if owners.len() > 1 && !given.contains(&name) && !is_given {
                found.push(NameFault {
                    code: "ambiguous-column",
                    span: all[i].span.clone(),
                    name: all[i].content(),
                    message: format!("`{name}` is a column of `{}`", owners.join("` and of `")),
                    hint: Some(format!("write which one is meant, as in `{}.{name}`", owners[0])),
                });
            }
        }
    }
    found
}

/// Whether the list of a query has a column of this name.
fn gives(select: &Select, name: &str) -> bool {
    select.items.iter().any(|item| item.name.as_ref().is_some_and(|n| n.eq_ignore_ascii_case(name)))
}

/// The known tables of a query's FROM, by their aliases; none where a join merges columns of the same name.
fn tables<'s>(
    all: &[Token<'_>],
    structure: &Structure,
    scope: &'s Scope,
    select: &Select,
) -> Vec<(&'s str, &'s Columns)> {
    let merges = |i: usize| all[i].is_any(&["using", "natural", "lateral"]);
    if structure.direct(select.frame, select.rest.clone()).any(merges) {
        return Vec::new();
    }
    let shown = scope.relations.iter().filter(|r| !r.is_hidden);
    shown.filter_map(|r| Some((r.alias.as_ref().map(|(alias, _)| alias.as_str())?, r.columns.as_ref()?))).collect()
}

/// The frame of the innermost query around a token.
pub(super) fn query_of(structure: &Structure, i: usize) -> usize {
    structure.around(i).find(|(frame, _)| structure.frames[*frame].query).map_or(0, |(frame, _)| frame)
}

/// Whether a token is a name alone: no part of a longer one, no function, no table, no argument's name.
pub(super) fn is_plain_name(all: &[Token<'_>], i: usize) -> bool {
    let next = |symbol: &str| all.get(i + 1).is_some_and(|t| t.is(symbol));
    let before = i.checked_sub(1).map(|b| &all[b]);
    let keyword = all[i].kind == TokenKind::Word && is_keyword(all[i].raw);
    let is_argument = next("=") && all.get(i + 2).is_some_and(|t| t.is(">"));
    let is_table = before.is_some_and(|t| t.is_any(&["from", "join"]));
    all[i].is_name()
        && !keyword
        && !next(".")
        && !next("(")
        && !is_argument
        && !is_table
        && !before.is_some_and(|t| t.is("."))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use piq_sql::{Structure, tokens};

    use super::super::scope::Scopes;
    use super::ambiguous_faults;

    fn found(sql: &str) -> Vec<String> {
        let set = |names: &str| -> BTreeSet<String> { names.split_whitespace().map(str::to_owned).collect() };
        let relations = BTreeMap::from([("t".to_owned(), set("id a")), ("u".to_owned(), set("id b"))]);
        let all = tokens(sql);
        let (structure, shapes) = (Structure::of(&all), BTreeMap::new());
        let scopes = Scopes::of(&all, &structure, &relations, &shapes).expect("scopes");
        ambiguous_faults(&all, &structure, &scopes).into_iter().map(|f| f.name).collect()
    }

    #[test]
    fn a_name_of_two_tables_is_ambiguous() {
        assert_eq!(found("SELECT id, a, b FROM t JOIN u ON t.id = u.id"), ["id"]);
        assert_eq!(found("SELECT max(t.id) AS m FROM t AS x, u WHERE upper(id) = 'x'"), ["id"]);
        assert_eq!(found("SELECT id FROM t JOIN (SELECT id FROM u) AS s ON s.id = t.id"), ["id"]);
        assert_eq!(found("WITH c AS (SELECT id, 1 AS n FROM u) SELECT n, id FROM t JOIN c ON c.id = t.id"), ["id"]);
        assert_eq!(found("SELECT a FROM (SELECT id AS k FROM t JOIN u ON t.id = u.id) AS s"), ["id"]);
    }

    #[test]
    fn a_name_of_one_table_is_not() {
        for sql in [
            "SELECT id, a FROM t WHERE id IN (SELECT id FROM u)",
            "SELECT id, a FROM t JOIN u USING (id)",
            "SELECT id FROM t LEFT SEMI JOIN u ON t.id = u.id",
            "SELECT t.id AS id, b FROM t JOIN u ON t.id = u.id ORDER BY id",
            "SELECT t.id, b FROM t JOIN u ON t.id = u.id ORDER BY id",
            "SELECT id, k FROM t JOIN (SELECT id AS k FROM u) AS s ON s.k = t.id",
            "SELECT id FROM t UNION ALL SELECT id FROM u",
            "SELECT CASE WHEN t.id > 1 THEN t.id ELSE u.id END id FROM t FULL OUTER JOIN u ON t.id = u.id",
            "SELECT t.id FROM t JOIN (SELECT id FROM u) AS s ON s.id = t.id",
        ] {
            assert_eq!(found(sql), [] as [&str; 0], "{sql}");
        }
    }
}
