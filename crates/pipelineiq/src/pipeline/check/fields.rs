//! Fields of structs whose fields are known: a name that is not one of them.

use piq_diagnostics::closest;
use piq_sql::{Structure, Token, opening};

use super::calls::fault;
use super::names::NameFault;
use super::nearest::nearest;
use super::scope::Scopes;

/// The names behind a dot that the struct in front of it does not have.
pub(super) fn field_faults(all: &[Token<'_>], structure: &Structure, scopes: &Scopes<'_>) -> Vec<NameFault> {
    let one = |i: usize| {
        let name = all[i].content();
        let shape = scopes.shape_at(start_of_value(all, structure, i - 1)?..i - 1);
        let fields = shape.fields()?;
        if fields.contains_key(&name.to_lowercase()) {
            return None;
        }
        let known = || fields.keys().map(String::as_str);
        let hint = closest(&name, known()).or_else(|| nearest(&name, known())).map_or_else(
            || format!("its fields are {}", known().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        Some(fault(all, i, "unknown-field", format!("unknown field `{name}`"), &hint))
    };
    let is_field = |i: &usize| all[*i].is_name() && all[i - 1].is(".") && !all.get(i + 1).is_some_and(|t| t.is("("));
    (1..all.len()).filter(is_field).filter_map(one).collect()
}

/// The first token of the value that ends before `end`; nothing where it is the field of a VARIANT.
fn start_of_value(all: &[Token<'_>], structure: &Structure, end: usize) -> Option<usize> {
    let mut at = end.checked_sub(1)?;
    loop {
        if all[at].is("]") {
            let open = structure.frames.iter().skip(1).find(|f| f.tokens.end == at)?.tokens.start;
            at = open.checked_sub(2)?;
            continue;
        }
        if all[at].is(")") {
            let open = opening(all, at)?;
            let callee = open.checked_sub(1).filter(|b| all[*b].is_name() && structure.call(*b).is_some());
            at = callee.unwrap_or(open);
        } else if !all[at].is_name() {
            return None;
        }
        match at.checked_sub(1).map(|b| &all[b]) {
            Some(t) if t.is(":") => return None,
            Some(t) if t.is(".") => at = at.checked_sub(2)?,
            _ => return Some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use piq_sql::{Structure, tokens};

    use super::super::scope::Scopes;
    use super::super::shape::Shape;
    use super::field_faults;

    fn found(sql: &str) -> Vec<String> {
        let set = |names: &str| -> BTreeSet<String> { names.split_whitespace().map(str::to_owned).collect() };
        let relations = BTreeMap::from([("t".to_owned(), set("id evidence raw"))]);
        let evidence = Shape::of_type("ARRAY<STRUCT<dimension: STRING, score: INT, supported: BOOLEAN>>");
        let shapes = BTreeMap::from([("evidence".to_owned(), evidence)]);
        let all = tokens(sql);
        let structure = Structure::of(&all);
        let scopes = Scopes::of(&all, &structure, &relations, &shapes).expect("scopes");
        field_faults(&all, &structure, &scopes).into_iter().map(|f| f.name).collect()
    }

    #[test]
    fn a_field_that_a_struct_lacks_is_found() {
        for (sql, expected) in [
            ("SELECT evidence[0].scor FROM t", "scor"),
            ("SELECT x.evidence.suported FROM t AS x", "suported"),
            ("SELECT filter(evidence, e -> e.suported) FROM t", "suported"),
            ("SELECT e.a.dimensio FROM (SELECT explode(evidence) AS a FROM t) AS e", "dimensio"),
            (
                "SELECT s.bound.cod FROM (SELECT sort_array(collect_list(named_struct('code', id)))[0] AS bound FROM t) AS s",
                "cod",
            ),
            (
                "SELECT try_element_at(filter(b.bands, x -> id >= -x.bellow), 1) FROM t CROSS JOIN (SELECT collect_list(named_struct('below', id)) AS bands FROM t) AS b",
                "bellow",
            ),
            (
                "SELECT try_element_at(b.bands, 1).likly FROM (SELECT array(named_struct('likely', 1)) AS bands) AS b",
                "likly",
            ),
            ("SELECT from_json(raw, 'rationale STRING, x INT').rational FROM t", "rational"),
            (
                "WITH c AS (SELECT from_json(raw, 'a STRUCT<b: INT>') AS j FROM t), d AS (SELECT c.* FROM c) SELECT j.a.c FROM d",
                "c",
            ),
            ("SELECT transform(transform(evidence, e -> named_struct('s', e.score)), x -> x.score) FROM t", "score"),
        ] {
            assert_eq!(found(sql), [expected], "{sql}");
        }
    }

    #[test]
    fn fields_that_are_there_or_not_known_are_good() {
        for sql in [
            "SELECT evidence[0].Score, t.evidence.dimension, size(filter(evidence, (e, i) -> e.supported)) FROM t",
            "SELECT st.anything, raw.x, raw:a.b.c, elsewhere.evidence.what FROM t, main.ours.elsewhere",
            "SELECT s.evidence.x FROM (SELECT struct(1 AS x) AS evidence FROM t) AS s",
            "SELECT e.evidence FROM t AS e WHERE evidence.score[0] > 1",
            "SELECT k.v FROM (SELECT named_struct('v', 1) AS k FROM t UNION ALL SELECT named_struct('w', 1) FROM t) AS x",
            "SELECT aggregate(evidence, named_struct('n', 0), (a, e) -> named_struct('n', a.n + e.score)).n FROM t",
            "SELECT main.tools.best(evidence).anything, map('a', evidence[0])['a'].score FROM t",
            "SELECT evidence.score FROM t AS evidence",
        ] {
            assert_eq!(found(sql), [] as [&str; 0], "{sql}");
        }
    }
}
