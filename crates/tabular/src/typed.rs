//! Rows with types.

use piq_diagnostics::{Diagnostic, Diagnostics};

use super::column_type::ColumnType;
use super::infer::infer;
use super::rows::Rows;

/// At most this many bad values are reported one by one.
const REPORTED: usize = 20;

/// A column and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedColumn {
    /// Its name in the file.
    pub header: String,
    /// Its type.
    pub kind: ColumnType,
    /// Rows without a value.
    pub empty: usize,
    /// The first value.
    pub example: Option<String>,
    /// What to know about its type.
    pub remark: Option<String>,
}

/// Rows whose values are texts that the engine casts to the types of their columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedRows {
    /// The columns, in the order of the file.
    pub columns: Vec<TypedColumn>,
    /// The values of each row.
    pub rows: Vec<Vec<Option<String>>>,
}

impl Rows {
    /// Gives each column the type that is chosen for it, or else the narrowest that fits all its values.
    ///
    /// # Errors
    /// Each value that is not of its column's chosen type, with its place.
    pub fn typed(&self, chosen: &[Option<ColumnType>]) -> Result<TypedRows, Diagnostics> {
        let columns: Vec<TypedColumn> = self
            .headers
            .iter()
            .enumerate()
            .map(|(at, header)| {
                let values: Vec<_> = self.column(at).collect();
                let (kind, remark) = match chosen.get(at).copied().flatten() {
                    Some(kind) => (kind, None),
                    None => {
                        let found = infer(values.iter().copied());
                        (found.kind, found.remark)
                    }
                };
                let (empty, example) = (self.rows.len() - values.len(), values.first().map(|v| v.text.clone()));
                TypedColumn { header: header.clone(), kind, empty, example, remark }
            })
            .collect();
        let (mut rows, mut faults, mut more) = (Vec::with_capacity(self.rows.len()), Vec::new(), 0usize);
        for row in &self.rows {
            let mut values = Vec::with_capacity(columns.len());
            for (at, column) in columns.iter().enumerate() {
                let value = row.values.get(at).and_then(Option::as_ref);
                let read = value.map(|value| column.kind.read(&value.text));
                if let (Some(value), Some(None)) = (value, &read) {
                    if faults.len() < REPORTED {
                        let expected = column.kind.expected();
                        let message = format!("expected {expected} in `{}`, found `{}`", column.header, value.text);
                        let hint =
                            format!("correct the value, or load the column as `--type \"{}=STRING\"`", column.header);
                        faults.push(Diagnostic::error("file-value", message).at(self.place(row, at)).hint(hint));
                    } else {
                        more += 1;
                    }
                }
                values.push(read.flatten());
            }
            rows.push(values);
        }
        if more > 0 {
            faults.push(Diagnostic::error("file-value", format!("{more} more values are not of their column's type")));
        }
        if faults.is_empty() { Ok(TypedRows { columns, rows }) } else { Err(Diagnostics(faults)) }
    }
}

#[cfg(test)]
mod tests {
    use piq_diagnostics::Source;

    use crate::{ColumnType, read_csv};

    #[test]
    fn values_have_types_and_bad_ones_have_places() {
        let rows = read_csv(&Source::new("a.csv", "id,day,note\n1,3/25/2026,x\n2,,\n")).expect("reads");
        let typed = rows.typed(&[]).expect("types");
        let kinds: Vec<String> = typed.columns.iter().map(|c| c.kind.to_string()).collect();
        assert_eq!(kinds, ["BIGINT", "DATE", "STRING"]);
        assert_eq!(typed.rows[0], [Some("1".into()), Some("2026-03-25".into()), Some("x".into())]);
        assert_eq!((typed.columns[1].empty, typed.columns[1].example.as_deref()), (1, Some("3/25/2026")));

        let found = rows.typed(&[None, None, Some(ColumnType::Boolean)]).expect_err("bad");
        assert_eq!((found.0.len(), found.0[0].labels[0].place.line_column()), (1, (2, 13)));
        assert!(found.0[0].message.contains("expected `true` or `false` in `note`, found `x`"), "{found}");
    }

    #[test]
    fn a_thousand_bad_values_are_counted() {
        let text = format!("n\n{}", "x\n".repeat(1000));
        let rows = read_csv(&Source::new("a.csv", text)).expect("reads");
        let found = rows.typed(&[Some(ColumnType::Double)]).expect_err("bad");
        assert_eq!(found.0.len(), 21);
        assert!(found.0[20].message.starts_with("980 more"), "{found}");
    }
}
