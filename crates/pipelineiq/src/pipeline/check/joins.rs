//! The relations of one FROM: aliases that two of them have, and columns of USING that one of them lacks.

use piq_diagnostics::closest;
use piq_sql::Token;

use super::calls::fault;
use super::names::NameFault;
use super::scope::{Relation, Scopes};

/// All faults of aliases and of USING.
pub(super) fn join_faults(all: &[Token<'_>], scopes: &Scopes<'_>) -> Vec<NameFault> {
    let mut found = Vec::new();
    for scope in scopes.each() {
        for (at, relation) in scope.relations.iter().enumerate() {
            found.extend(repeated(all, &scope.relations[..at], relation));
            for column in &relation.using {
                found.extend(lacking(all, &scope.relations[..at], relation, *column));
            }
        }
    }
    found
}

/// An alias that a relation before it has.
fn repeated(all: &[Token<'_>], before: &[Relation], relation: &Relation) -> Option<NameFault> {
    let (alias, token) = relation.alias.as_ref()?;
    let has_it = |r: &&Relation| r.alias.as_ref().is_some_and(|(other, _)| other == alias);
    before.iter().filter(|r| !r.is_hidden && !r.is_path).find(has_it)?;
    let message = format!("two tables of one FROM have the name `{alias}`");
    (!relation.is_hidden && !relation.is_path)
        .then(|| fault(all, *token, "duplicate-alias", message, "give each an alias of its own"))
}

/// A column of USING that the relation, or all those before it, do not have.
fn lacking(all: &[Token<'_>], before: &[Relation], relation: &Relation, column: usize) -> Option<NameFault> {
    let name = all[column].content().to_lowercase();
    let has = |r: &Relation| r.columns.as_ref().is_none_or(|columns| columns.contains_key(&name));
    let (missing, known): (&Relation, Vec<&str>) = if !has(relation) {
        (relation, relation.columns.iter().flat_map(|c| c.keys()).map(String::as_str).collect())
    } else if !before.is_empty() && !before.iter().any(has) {
        (
            &before[0],
            before.iter().filter_map(|r| r.columns.as_ref()).flat_map(|c| c.keys()).map(String::as_str).collect(),
        )
    } else {
        return None;
    };
    let owner = missing.alias.as_ref().map_or("the subquery", |(alias, _)| alias.as_str());
    let message = format!("USING needs `{name}` on both sides, and `{owner}` lacks it");
    let hint = closest(&name, known).map_or_else(
        || "write ON with the two columns that are compared".to_owned(),
        |near| format!("did you mean `{near}`? Columns of different names are compared with ON"),
    );
    Some(fault(all, column, "unknown-column", message, &hint))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use piq_sql::{Structure, tokens};

    use super::super::scope::Scopes;
    use super::join_faults;

    fn found(sql: &str) -> Vec<String> {
        let set = |names: &str| -> BTreeSet<String> { names.split_whitespace().map(str::to_owned).collect() };
        let relations = BTreeMap::from([("t".to_owned(), set("id a")), ("u".to_owned(), set("id b"))]);
        let all = tokens(sql);
        let (structure, shapes) = (Structure::of(&all), BTreeMap::new());
        let scopes = Scopes::of(&all, &structure, &relations, &shapes).expect("scopes");
        join_faults(&all, &scopes).into_iter().map(|f| f.name).collect()
    }

    #[test]
    fn what_a_join_cannot_do_is_found() {
        assert_eq!(found("SELECT x.id FROM t AS x JOIN u x ON true"), ["x"]);
        assert_eq!(found("SELECT 1 FROM t, t"), ["t"]);
        assert_eq!(found("SELECT 1 FROM t JOIN u USING (a)"), ["a"]);
        assert_eq!(found("SELECT 1 FROM t JOIN (SELECT id AS k FROM u) AS s USING (k)"), ["k"]);
        assert_eq!(found("WITH c AS (SELECT a FROM t) SELECT 1 FROM c JOIN u USING (id)"), ["id"]);
    }

    #[test]
    fn what_engines_run_is_good() {
        for sql in [
            "SELECT 1 FROM t JOIN u USING (id) JOIN elsewhere USING (id, b)",
            "SELECT 1 FROM elsewhere JOIN u USING (id) LEFT JOIN t AS t2 USING (id)",
            "SELECT 1 FROM t JOIN (SELECT id FROM t) AS s USING (id)",
            "SELECT 1 FROM t LEFT SEMI JOIN u ON t.id = u.id JOIN u AS v ON v.id = t.id",
            "SELECT a.t.x, b.t.x FROM a.t JOIN b.t ON a.t.x = b.t.x",
            "SELECT 1 FROM t, (SELECT 1 FROM t) UNION ALL SELECT 1 FROM t",
        ] {
            assert_eq!(found(sql), [] as [&str; 0], "{sql}");
        }
    }
}
