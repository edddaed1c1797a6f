//! Names that a select list gives and its own WHERE reads, which is there before the list.

use std::collections::BTreeSet;

use piq_sql::{Clause, Select, Structure, Token};

use super::ambiguous::{is_plain_name, query_of};
use super::names::NameFault;
use super::scope::{Scope, Scopes};

/// The aliases that WHERE and ON read in the query that gives them. Queries over relations that are not known are passed
/// over, and those that can read the columns of a query around them.
pub(super) fn early_alias_faults(all: &[Token<'_>], structure: &Structure, scopes: &Scopes<'_>) -> Vec<NameFault> {
    let selects = structure.selects.iter().zip(scopes.each());
    selects.flat_map(|(select, scope)| of_select(all, structure, scope, select)).collect()
}

fn of_select(all: &[Token<'_>], structure: &Structure, scope: &Scope, select: &Select) -> Vec<NameFault> {
    let around = structure.frames[select.frame].parent;
    let reads_outside = around.is_some_and(|(_, clause)| !matches!(clause, Clause::From | Clause::Head));
    let Some(columns) = columns(scope).filter(|_| !reads_outside) else { return Vec::new() };
    let aliases = select.items.iter().filter(|item| item.is_alias).filter_map(|item| item.name.as_ref());
    let aliases: BTreeSet<String> =
        aliases.map(|name| name.to_lowercase()).filter(|n| !columns.contains(n.as_str())).collect();
    let clause = |i: usize| structure.around(i).find(|(frame, _)| *frame == select.frame).map(|(_, clause)| clause);
    let is_early = |i: &usize| {
        matches!(clause(*i), Some(Clause::Where | Clause::On))
            && query_of(structure, *i) == select.frame
            && is_plain_name(all, *i)
            && aliases.contains(&all[*i].content().to_lowercase())
    };
    let fault = |i: usize| {
        let name = all[i].content();
        let place = if clause(i) == Some(Clause::On) { "ON" } else { "WHERE" };
        NameFault {
            code: "early-alias",
            span: all[i].span.clone(),
            message: format!(
                "{place} cannot read `{name}`, which the same SELECT computes from the rows that it finds"
            ),
            name,
            hint: Some("repeat the expression, or put the SELECT into a subquery".to_owned()),
        }
    };
    select.rest.clone().filter(is_early).map(fault).collect()
}

/// The columns of all relations of the query, if all are known.
fn columns(scope: &Scope) -> Option<BTreeSet<&str>> {
    let mut found = BTreeSet::new();
    for relation in scope.relations.iter().filter(|_| !scope.is_open) {
        found.extend(relation.columns.as_ref()?.keys().map(String::as_str));
    }
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use piq_sql::{Structure, tokens};

    use super::super::scope::Scopes;
    use super::early_alias_faults;

    fn found(sql: &str) -> Vec<String> {
        let set = |names: &str| -> BTreeSet<String> { names.split_whitespace().map(str::to_owned).collect() };
        let relations = BTreeMap::from([("t".to_owned(), set("id a b")), ("u".to_owned(), set("id c"))]);
        let all = tokens(sql);
        let (structure, shapes) = (Structure::of(&all), BTreeMap::new());
        let scopes = Scopes::of(&all, &structure, &relations, &shapes).expect("scopes");
        early_alias_faults(&all, &structure, &scopes).into_iter().map(|f| f.name).collect()
    }

    #[test]
    fn where_cannot_read_what_its_own_list_gives() {
        for (sql, expected) in [
            ("SELECT length(a) AS n FROM t WHERE n > 3", "n"),
            ("WITH x AS (SELECT a FROM t) SELECT a, count(*) AS n FROM x AS y WHERE n > 5 GROUP BY a", "n"),
            ("SELECT length(a) n, id FROM t JOIN u ON t.id = n", "n"),
            ("SELECT k FROM (SELECT upper(a) AS k FROM t WHERE lower(k) = 'x') AS s", "k"),
            ("WITH x AS (SELECT a + 1 AS n FROM t WHERE n > 1) SELECT n FROM x WHERE n > 2", "n"),
        ] {
            assert_eq!(found(sql), [expected], "{sql}");
        }
    }

    #[test]
    fn what_engines_run_is_good() {
        for sql in [
            "SELECT length(a) AS n FROM t WHERE length(a) > 3 ORDER BY n",
            "SELECT upper(a) AS a FROM t WHERE a = 'x'",
            "SELECT length(a) AS n, n + 1 AS m FROM t GROUP BY n HAVING n > 1",
            "SELECT row_number() OVER (ORDER BY a) AS r FROM t QUALIFY r = 1",
            "SELECT n FROM (SELECT length(a) AS n FROM t) AS s WHERE n > 3",
            "SELECT length(x) AS n FROM elsewhere WHERE n > 3",
            "SELECT length(a) AS n FROM t WHERE EXISTS (SELECT 1 AS n FROM u WHERE u.n > 3)",
            "SELECT b AS n FROM t WHERE id IN (SELECT length(c) AS a FROM u WHERE a = 'x')",
        ] {
            assert_eq!(found(sql), [] as [&str; 0], "{sql}");
        }
    }
}
