//! The statements that take an older table along. Each can run again: it adds what is not there yet.

use super::{Match, WRITTEN};
use crate::pipeline::{Enrichment, Registry};
use piq_sql::sql_string;

/// The statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootstrapStatements {
    /// Counts the rows that `pipelineiq` lacks.
    pub count_rows: String,
    /// Copies them.
    pub copy_rows: String,
    /// Counts the answers to take along, by enrichment; none if there is no enrichment to take along.
    pub count_answers: Option<String>,
    /// Takes them along.
    pub take_answers: Option<String>,
}

impl BootstrapStatements {
    /// The statements for the older table `from`.
    pub fn new(registry: &Registry, from: &str, matched: &Match) -> Self {
        let older = older(from, matched);
        let lacking =
            format!("SELECT o.* FROM ({older}) AS o LEFT ANTI JOIN pipelineiq AS p ON p.usecase_id = o.usecase_id");
        let mut columns = vec!["usecase_id".to_owned()];
        columns.extend(matched.copied.iter().cloned());
        columns.push(WRITTEN.to_owned());
        let cast = |name: &String| {
            let kind = registry.enrichments.iter().find_map(|e| e.columns.get(name)).map(|c| c.sql_type.as_str());
            kind.map_or_else(|| name.clone(), |kind| format!("CAST({name} AS {kind}) AS {name}"))
        };
        let selected: Vec<String> = columns.iter().map(cast).collect();
        let values: Vec<String> = columns.iter().map(|c| format!("s.{c}")).collect();
        let copy_rows = format!(
            "MERGE INTO pipelineiq AS t\nUSING (SELECT {} FROM ({older}) AS o) AS s\nON t.usecase_id = s.usecase_id\n\
             WHEN NOT MATCHED THEN INSERT ({}) VALUES ({})",
            selected.join(", "),
            columns.join(", "),
            values.join(", ")
        );
        let parts: Vec<String> = registry
            .enrichments
            .iter()
            .filter(|e| matched.taken.contains(&e.name))
            .map(|e| answers(e, &older))
            .collect();
        let all = (!parts.is_empty()).then(|| {
            format!(
                "SELECT a.usecase_id, a.enrichment, a.output\nFROM (\n{}\n) AS a\n\
                 LEFT ANTI JOIN piq_bootstrap AS b ON b.usecase_id = a.usecase_id AND b.enrichment = a.enrichment\n\
                 LEFT ANTI JOIN piq_ai_calls AS c ON c.usecase_id = a.usecase_id AND c.enrichment = a.enrichment",
                parts.join("\nUNION ALL\n")
            )
        });
        Self {
            count_rows: format!("SELECT count(*) AS added FROM ({lacking}) AS lacking"),
            copy_rows,
            count_answers: all.as_ref().map(|sql| {
                format!("SELECT enrichment, count(*) AS added FROM (\n{sql}\n) AS taken GROUP BY enrichment ORDER BY enrichment")
            }),
            take_answers: all.map(|sql| format!("INSERT INTO piq_bootstrap\n{sql}")),
        }
    }
}

/// One row of the older table for each use case, the one written last.
fn older(from: &str, matched: &Match) -> String {
    let mut columns = vec!["usecase_id".to_owned()];
    columns.extend(matched.copied.iter().cloned());
    columns.push(if matched.has_times { WRITTEN.to_owned() } else { format!("CAST(NULL AS TIMESTAMP) AS {WRITTEN}") });
    let order = if matched.has_times { format!("{WRITTEN} DESC") } else { "usecase_id".to_owned() };
    let names: Vec<&str> = std::iter::once("usecase_id")
        .chain(matched.copied.iter().map(String::as_str))
        .chain(std::iter::once(WRITTEN))
        .collect();
    format!(
        "SELECT {} FROM (SELECT {}, row_number() OVER (PARTITION BY usecase_id ORDER BY {order}) AS piq_rank FROM {from} \
         WHERE usecase_id IS NOT NULL) AS ranked WHERE piq_rank = 1",
        names.join(", "),
        columns.join(", ")
    )
}

/// The answers of one enrichment, in the form of the ledger. A row where a value is missing that the enrichment always
/// gives, or is not among the allowed ones, is asked for.
fn answers(e: &Enrichment, older: &str) -> String {
    let mut conditions = Vec::new();
    for (name, column) in &e.columns {
        if !column.nullable {
            let text = column.sql_type.eq_ignore_ascii_case("STRING");
            conditions.push(if text { format!("trim({name}) <> ''") } else { format!("{name} IS NOT NULL") });
        }
        if !column.allowed_values.is_empty() {
            let values: Vec<String> = column.allowed_values.iter().map(|v| sql_string(v)).collect();
            let or_null = if column.nullable { format!(" OR {name} IS NULL") } else { String::new() };
            conditions.push(format!("({name} IN ({}){or_null})", values.join(", ")));
        }
    }
    // where all columns may be NULL, at least one must not be
    if e.columns.values().all(|c| c.nullable) {
        let some: Vec<String> = e.columns.keys().map(|c| format!("{c} IS NOT NULL")).collect();
        conditions.push(format!("({})", some.join(" OR ")));
    }
    let output = match e.columns.first() {
        Some((name, column)) if column.json => name.clone(),
        _ => {
            let field = |(name, c): (&String, &crate::pipeline::AnswerColumn)| {
                format!("{}, CAST({name} AS {})", sql_string(name), c.sql_type)
            };
            format!("to_json(named_struct({}))", e.columns.iter().map(field).collect::<Vec<_>>().join(", "))
        }
    };
    let name = sql_string(&e.name);
    format!(
        "SELECT usecase_id, {name} AS enrichment, {output} AS output FROM ({older}) AS o WHERE {}",
        conditions.join(" AND ")
    )
}
