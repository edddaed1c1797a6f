//! Values of a result with their types, and a result whose columns are known by the names of the widget's fields.

use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::expression::{Expression, Unit};
use super::moment::fixed;
use super::statement::QueryTable;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TableCell {
    /// The missing value.
    Null,
    /// A number, and as it came.
    Number(f64, String),
    /// A truth value.
    Bool(bool),
    /// A date or time, in UTC.
    Time(DateTime),
    /// Anything else.
    Text(String),
}

impl TableCell {
    /// Reads a value of a type as the API names it. What does not fit its type stays text.
    pub(crate) fn read(raw: Option<&str>, type_name: &str) -> Self {
        let Some(raw) = raw else { return Self::Null };
        let text = || Self::Text(raw.to_owned());
        match type_name {
            "BYTE" | "SHORT" | "INT" | "LONG" | "FLOAT" | "DOUBLE" | "DECIMAL" => match raw.trim().parse::<f64>() {
                Ok(number) => Self::Number(number, raw.trim().to_owned()),
                Err(_) => text(),
            },
            "BOOLEAN" => match raw.trim() {
                "true" | "True" => Self::Bool(true),
                "false" | "False" => Self::Bool(false),
                _ => text(),
            },
            "DATE" | "TIMESTAMP" | "TIMESTAMP_NTZ" => fixed(raw).map_or_else(text, Self::Time),
            _ => text(),
        }
    }

    /// The value as a number that Vega draws: times in milliseconds since 1970.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(n, _) if n.is_finite() => Some(*n),
            Self::Time(at) => Some(milliseconds(*at)),
            // results of expressions over text columns that hold numbers
            Self::Text(t) => t.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            Self::Bool(b) => Some(f64::from(u8::from(*b))),
            _ => None,
        }
    }

    /// The value as a time, if it is one or reads as one.
    pub(crate) fn time(&self) -> Option<DateTime> {
        match self {
            Self::Time(at) => Some(*at),
            Self::Text(t) => fixed(t),
            _ => None,
        }
    }

    /// A key to sort by: numbers and times by size, texts by their letters.
    pub(crate) fn sort_key(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(t) => json!(t),
            Self::Bool(b) => json!(u8::from(*b)),
            other => other.number().map_or(Value::Null, |n| json!(n)),
        }
    }

    /// As it came.
    pub(crate) fn raw(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Number(_, raw) => raw.clone(),
            Self::Bool(b) => b.to_string(),
            Self::Time(at) if at.time() == jiff::civil::Time::midnight() => at.date().to_string(),
            Self::Time(at) => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Self::Text(t) => t.clone(),
        }
    }

    /// Order of two values of one column; missing ones first.
    pub(crate) fn compare(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (a, b) => {
                let key = |c: &Self| c.number().unwrap_or(f64::NEG_INFINITY);
                key(a).total_cmp(&key(b)).then_with(|| a.raw().cmp(&b.raw()))
            }
        }
    }
}

/// Milliseconds since 1970 in UTC.
pub(crate) fn milliseconds(at: DateTime) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "years up to 9999 are far below 2^53 milliseconds")]
    at.to_zoned(jiff::tz::TimeZone::UTC).map_or(f64::NAN, |z| z.timestamp().as_millisecond() as f64)
}

/// A result under the names of a widget's fields.
#[derive(Debug, Clone, Default)]
pub(crate) struct Data {
    names: Vec<String>,
    meaning: Vec<Option<Expression>>,
    /// The rows.
    pub rows: Vec<Vec<TableCell>>,
    /// Whether there are more rows than were asked for.
    pub truncated: bool,
}

impl Data {
    /// Takes a result; `fields` name its columns, or it names them itself. At most `limit` rows stay.
    pub(crate) fn new(table: QueryTable, fields: Vec<(String, Expression)>, limit: usize) -> Self {
        let types: Vec<String> = table.columns.iter().map(|c| c.type_name.clone()).collect();
        let (names, meaning) = if fields.is_empty() {
            let names: Vec<String> = table.columns.into_iter().map(|c| c.name).collect();
            let meaning = names.iter().map(|_| None).collect();
            (names, meaning)
        } else {
            fields.into_iter().map(|(name, meaning)| (name, Some(meaning))).unzip()
        };
        let truncated = table.rows.len() > limit;
        let read = |row: Vec<Option<String>>| {
            let typed = |(n, value): (usize, Option<String>)| {
                TableCell::read(value.as_deref(), types.get(n).map_or("STRING", String::as_str))
            };
            row.into_iter().enumerate().map(typed).collect()
        };
        Self { names, meaning, rows: table.rows.into_iter().take(limit).map(read).collect(), truncated }
    }

    /// The names of the columns.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The column of a field.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        let exact = self.names.iter().position(|n| n == name);
        exact.or_else(|| self.names.iter().position(|n| n.eq_ignore_ascii_case(name)))
    }

    /// One value; nothing counts as missing.
    pub(crate) fn cell(&self, row: usize, column: usize) -> &TableCell {
        self.rows.get(row).and_then(|r| r.get(column)).unwrap_or(&TableCell::Null)
    }

    /// The unit that a column of times is truncated to.
    pub(crate) fn unit(&self, column: usize) -> Option<Unit> {
        self.meaning.get(column)?.as_ref()?.unit
    }

    /// The width of the bins of a column.
    pub(crate) fn bin(&self, column: usize) -> Option<f64> {
        self.meaning.get(column)?.as_ref()?.bin
    }

    /// Whether every value of a column is a number or missing, and one is there.
    pub(crate) fn is_numeric(&self, column: usize) -> bool {
        self.every(column, |c| matches!(c, TableCell::Number(..)))
    }

    /// Whether every value of a column is a time or missing, and one is there.
    pub(crate) fn is_time(&self, column: usize) -> bool {
        self.every(column, |c| c.time().is_some())
    }

    fn every(&self, column: usize, is: impl Fn(&TableCell) -> bool) -> bool {
        let mut some = false;
        for row in &self.rows {
            match row.get(column) {
                None | Some(TableCell::Null) => {}
                Some(cell) if is(cell) => some = true,
                Some(_) => return false,
            }
        }
        some
    }
}

#[cfg(test)]
mod tests {
    use super::super::statement::{QueryColumn, QueryTable};
    use super::{Data, TableCell};

    #[test]
    fn values_have_the_type_of_their_column() {
        let number = TableCell::read(Some("12.50"), "DECIMAL");
        assert_eq!((number.number(), number.raw().as_str()), (Some(12.5), "12.50"));
        assert_eq!(TableCell::read(Some("NaN"), "DOUBLE").number(), None);
        assert_eq!(TableCell::read(Some("1970-01-02"), "DATE").number(), Some(86_400_000.0));
        assert_eq!(TableCell::read(Some("1970-01-01T00:00:01.000Z"), "TIMESTAMP").number(), Some(1000.0));
        assert_eq!(TableCell::read(Some("soon"), "DATE"), TableCell::Text("soon".into()));
        assert_eq!(TableCell::read(Some("true"), "BOOLEAN"), TableCell::Bool(true));
        assert_eq!(TableCell::read(None, "LONG"), TableCell::Null);
    }

    #[test]
    fn columns_are_found_by_name_and_extra_rows_are_cut() {
        let table = QueryTable {
            columns: vec![QueryColumn { name: "Region".into(), type_name: "STRING".into() }],
            rows: vec![vec![Some("b".into())], vec![None], vec![Some("c".into())]],
        };
        let data = Data::new(table, Vec::new(), 2);
        assert_eq!((data.column("region"), data.column("x")), (Some(0), None));
        assert!(data.truncated);
        assert_eq!((data.rows.len(), data.cell(1, 0), data.cell(9, 9)), (2, &TableCell::Null, &TableCell::Null));
        assert!(!data.is_numeric(0));
    }
}
