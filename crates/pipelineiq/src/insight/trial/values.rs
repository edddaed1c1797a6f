//! Rows of a result as a query of their own.

use piq_sql::{sql_name, sql_string};

use crate::insight::query::{Row, Rows};

/// A query that gives the chosen rows of a result again, with their names and types. Types must be scalar: their texts are
/// cast.
pub(super) fn values_of(rows: &Rows, chosen: impl Fn(&Row<'_>) -> bool) -> String {
    let columns = rows.columns.iter().enumerate();
    let columns: Vec<String> = columns
        .map(|(at, column)| format!("CAST(c{at} AS {}) AS {}", column.type_text, sql_name(&[&column.name])))
        .collect();
    let names: Vec<String> = (0..rows.columns.len()).map(|at| format!("c{at}")).collect();
    let line = |row: Row<'_>| {
        let values = (0..rows.columns.len()).map(|at| match row.at(at) {
            Some(text) => sql_string(text),
            None => "CAST(NULL AS STRING)".to_owned(),
        });
        format!("({})", values.collect::<Vec<_>>().join(", "))
    };
    let mut lines: Vec<String> = rows.iter().filter(chosen).map(line).collect();
    let mut condition = "";
    if lines.is_empty() {
        lines.push(format!("({})", vec!["CAST(NULL AS STRING)"; rows.columns.len()].join(", ")));
        condition = " WHERE false";
    }
    format!(
        "SELECT {} FROM (VALUES {}) AS piq_values({}){condition}",
        columns.join(", "),
        lines.join(",\n"),
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::values_of;
    use crate::insight::query::tests::rows;

    #[test]
    fn rows_become_values_of_their_types() {
        let mut found = rows(&["id", "n"], &[&["it's", "4"], &["b", "NULL"]]);
        found.columns[1].type_text = "INT".into();
        let sql = values_of(&found, |_| true);
        assert!(sql.contains("CAST(c1 AS INT) AS `n`") && sql.contains("('it\\'s', '4')"), "{sql}");
        assert!(sql.contains("('b', CAST(NULL AS STRING))"), "{sql}");
        assert!(values_of(&found, |_| false).ends_with("WHERE false"));
    }
}
