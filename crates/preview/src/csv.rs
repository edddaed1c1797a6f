//! The answer to a widget's query as CSV.

use serde::Serialize;

use super::statement::QueryTable;

/// A table as CSV.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Csv {
    /// A head of names, then the rows. Values are as the endpoint gave them; a missing one is empty.
    pub text: String,
    /// Whether the answer has more rows than these.
    pub truncated: bool,
}

impl Csv {
    /// At most `limit` rows of an answer, under these names.
    pub(crate) fn new(names: &[String], table: &QueryTable, limit: usize) -> Result<Self, String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let fault = |e: csv::Error| format!("cannot write CSV: {e}");
        writer.write_record(names).map_err(fault)?;
        for row in table.rows.iter().take(limit) {
            writer.write_record(row.iter().map(|value| value.as_deref().unwrap_or_default())).map_err(fault)?;
        }
        let bytes = writer.into_inner().map_err(|e| format!("cannot write CSV: {e}"))?;
        Ok(Self { text: String::from_utf8_lossy(&bytes).into_owned(), truncated: table.rows.len() > limit })
    }
}

#[cfg(test)]
mod tests {
    use super::super::statement::QueryTable;
    use super::Csv;

    #[test]
    fn values_are_kept_and_a_cut_is_said() {
        let text = |value: &str| Some(value.to_owned());
        let rows = vec![vec![text("a,\"b\""), None], vec![text("=1+1"), text("")], vec![text("c"), text("d")]];
        let table = QueryTable { columns: Vec::new(), rows };
        let csv = Csv::new(&["x y".to_owned(), "z".to_owned()], &table, 2).expect("CSV");
        assert_eq!(csv.text, "x y,z\n\"a,\"\"b\"\"\",\n=1+1,\n");
        assert!(csv.truncated);
    }
}
