//! A first `sql/source.sql` for a table whose columns have names of their own.

use std::fmt::Write as _;

use piq_databricks::workspace::ResultColumn;
use piq_sql::{sql_ident, tokens};

use super::contract::{Fit, map, serves};
use crate::pipeline::ReferenceTable;

/// Names that other systems give to columns of the contract.
const OTHER_NAMES: [(&str, &[&str]); 13] = [
    ("usecase_id", &["id", "opportunity_id", "deal_id", "record_id", "case_id"]),
    ("usecase_name", &["name", "opportunity_name", "deal_name", "title", "subject"]),
    ("usecase_description", &["description", "opportunity_description", "deal_description", "summary"]),
    ("account_name", &["account", "customer", "customer_name", "company", "company_name"]),
    ("account_executive", &["owner", "owner_name", "opportunity_owner", "sales_rep", "deal_owner"]),
    ("sales_manager", &["manager", "manager_name", "owner_manager"]),
    ("stage", &["stage_name", "opportunity_stage", "deal_stage", "phase"]),
    ("target_live_date", &["close_date", "go_live_date", "expected_close_date", "planned_live_date"]),
    ("implementation_notes", &["notes", "comments", "comment"]),
    ("demand_plan_stage_next_steps", &["next_steps", "next_step"]),
    ("estimated_monthly_dollar_dbus", &["monthly_amount", "monthly_amount_usd", "monthly_value", "mrr"]),
    ("primary_competitor", &["competitor", "main_competitor"]),
    ("last_modified_date", &["modified_date", "updated_at", "last_modified", "last_updated", "modified_at"]),
];

/// A mapping as far as names and types lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceMapping {
    /// The text of `sql/source.sql`.
    pub sql: String,
    /// Columns of the contract with what they are read from.
    pub mapped: Vec<(String, String)>,
    /// Required columns of the contract that nothing was found for.
    pub missing: Vec<String>,
    /// Columns of the table that the mapping does not read.
    pub unused: Vec<String>,
}

/// Maps the columns of the table `from` (SQL, or an expression of the template) to the contract: by their names, by names
/// that other systems use, and by names that look alike. `snapshot` is the day that a table without such a column was
/// taken on. A line that is guessed says so; required columns without a source are named in comments.
pub fn guess_mapping(
    contract: &ReferenceTable,
    found: &[ResultColumn],
    from: &str,
    snapshot: jiff::civil::Date,
) -> SourceMapping {
    let mut lines: Vec<(String, Option<String>)> = Vec::new();
    let (mut mapped, mut missing, mut unused) = (Vec::new(), Vec::new(), Vec::new());
    let mut taken: Vec<&str> = Vec::new();
    for mapping in map(contract, found) {
        let named = |name: &str| found.iter().find(|c| c.name.eq_ignore_ascii_case(name));
        let others =
            OTHER_NAMES.iter().find(|(column, _)| *column == mapping.column).map_or(&[][..], |(_, names)| names);
        let other = || others.iter().find_map(|name| named(name)).filter(|c| !taken.contains(&c.name.as_str()));
        let alike = || mapping.closest.as_deref().and_then(named).filter(|c| !taken.contains(&c.name.as_str()));
        let exact = if mapping.fit == Fit::Missing { None } else { named(&mapping.column) };
        let Some(column) = exact.or_else(other).or_else(alike) else {
            if mapping.column == "snapshot_date" {
                let remark = "the day of the file: load a new file with its own day";
                lines.push((format!("DATE '{snapshot}' AS snapshot_date"), Some(remark.to_owned())));
                mapped.push((mapping.column, format!("DATE '{snapshot}'")));
            } else if mapping.required {
                missing.push(mapping.column);
            }
            continue;
        };
        taken.push(&column.name);
        let name = plain_or_quoted(&column.name);
        let value = match serves(&mapping.expected_type, &column.type_text) {
            true => name.clone(),
            false => format!("CAST({name} AS {})", mapping.expected_type),
        };
        let same = value == name && column.name.eq_ignore_ascii_case(&mapping.column);
        let line = if same { value.clone() } else { format!("{value} AS {}", mapping.column) };
        lines.push((line, exact.is_none().then(|| "guessed by the name".to_owned())));
        mapped.push((mapping.column, value));
    }
    unused.extend(found.iter().filter(|c| !taken.contains(&c.name.as_str())).map(|c| c.name.clone()));
    let mut sql = String::from(
        "-- How your table maps to the columns of sql/source_columns.csv: one SELECT. An optional column without a line is NULL.\n",
    );
    if !missing.is_empty() {
        sql.push_str("-- Required columns that nothing was found for; add a line for each:\n");
        for column in &missing {
            let _ = writeln!(sql, "--   your_column AS {column},");
        }
    }
    if !unused.is_empty() {
        let _ = writeln!(sql, "-- Columns of the table that are not used: {}", unused.join(", "));
    }
    sql.push_str("SELECT\n");
    let last = lines.len().saturating_sub(1);
    for (at, (line, remark)) in lines.iter().enumerate() {
        let comma = if at == last { "" } else { "," };
        let remark = remark.as_ref().map(|r| format!("  -- {r}")).unwrap_or_default();
        let _ = writeln!(sql, "  {line}{comma}{remark}");
    }
    let _ = writeln!(sql, "FROM {from}");
    SourceMapping { sql, mapped, missing, unused }
}

/// Whether the text of `sql/source.sql` takes the source table as it is, so that nothing is lost when it is replaced.
pub fn is_whole_table(source_sql: &str) -> bool {
    let words: Vec<&str> = tokens(source_sql).into_iter().map(|t| t.raw).collect();
    words.concat().eq_ignore_ascii_case("SELECT*FROM{{pipeline.source_table}}")
}

/// A name without backquotes where it needs none.
fn plain_or_quoted(name: &str) -> String {
    let plain = !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !piq_sql::is_keyword(name);
    if plain { name.to_owned() } else { sql_ident(name) }
}

#[cfg(test)]
mod tests {
    use super::{guess_mapping, is_whole_table};
    use crate::pipeline::ReferenceTable;
    use piq_databricks::workspace::ResultColumn;
    use piq_diagnostics::Source;

    #[test]
    fn names_lead_to_a_mapping_and_what_is_missing_is_named() {
        let contract = "column,type,required\nusecase_id,STRING,yes\nsnapshot_date,DATE,yes\nusecase_name,STRING,yes\n\
            target_live_date,DATE,yes\nsales_manager,STRING,yes\nvertical,STRING,no\nbusiness_unit,STRING,no\n";
        let contract = ReferenceTable::parse("source_columns", &Source::new("t.csv", contract)).expect("reads");
        let column = |(name, kind): &(&str, &str)| ResultColumn { name: (*name).into(), type_text: (*kind).into() };
        let found: Vec<ResultColumn> = [
            ("id", "BIGINT"),
            ("Use Case Name", "STRING"),
            ("close_date", "STRING"),
            ("vertical", "STRING"),
            ("x", "INT"),
        ]
        .iter()
        .map(column)
        .collect();
        let mapping = guess_mapping(&contract, &found, "main.crm.deals", jiff::civil::date(2026, 11, 29));
        assert_eq!(
            mapping.sql,
            "-- How your table maps to the columns of sql/source_columns.csv: one SELECT. An optional column without a \
             line is NULL.\n\
             -- Required columns that nothing was found for; add a line for each:\n\
             --   your_column AS sales_manager,\n\
             -- Columns of the table that are not used: x\n\
             SELECT\n  \
             CAST(id AS STRING) AS usecase_id,  -- guessed by the name\n  \
             DATE '2026-11-29' AS snapshot_date,  -- the day of the file: load a new file with its own day\n  \
             `Use Case Name` AS usecase_name,  -- guessed by the name\n  \
             CAST(close_date AS DATE) AS target_live_date,  -- guessed by the name\n  \
             vertical\n\
             FROM main.crm.deals\n"
        );
        assert_eq!((mapping.missing, mapping.unused), (vec!["sales_manager".to_owned()], vec!["x".to_owned()]));
    }

    #[test]
    fn only_a_mapping_of_the_whole_table_may_be_replaced() {
        assert!(is_whole_table("-- a comment\nSELECT * FROM {{ pipeline.source_table }}\n"));
        assert!(!is_whole_table("SELECT a AS usecase_id FROM {{ pipeline.source_table }}"));
    }
}
