//! The type of a column, from all its values.

use super::column_type::{ColumnType, is_number};
use super::date_order::DateOrder;
use super::rows::Value;

/// A type, and a remark about what it could have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inferred {
    pub kind: ColumnType,
    pub remark: Option<String>,
}

/// The narrowest type that all values are of, a string without one. Texts of JSON are dates, times or texts. Numbers with
/// leading zeros are texts: they are numbers of accounts, not amounts.
pub(crate) fn infer<'v>(values: impl Iterator<Item = &'v Value> + Clone) -> Inferred {
    let plain = |kind| Inferred { kind, remark: None };
    if values.clone().next().is_none() {
        return Inferred { kind: ColumnType::String, remark: Some("no values".into()) };
    }
    let all = |test: &dyn Fn(&str) -> bool| values.clone().all(|v| test(v.text.trim()));
    let is_data = values.clone().all(|v| !v.is_text);
    if is_data {
        for kind in [ColumnType::Boolean, ColumnType::Whole(8), ColumnType::Double] {
            let numeric = kind != ColumnType::Boolean;
            if all(&|text| kind.read(text).is_some() && !(numeric && has_leading_zero(text))) {
                return plain(kind);
            }
        }
    }
    let orders: Vec<DateOrder> = DateOrder::ALL.into_iter().filter(|o| all(&|text| o.read(text).is_some())).collect();
    match orders.as_slice() {
        [order] => return plain(ColumnType::Date(*order)),
        [_, _, ..] => {
            let remark = "dates whose day and month cannot be told apart: name the type DATE(mdy) or DATE(dmy)";
            return Inferred { kind: ColumnType::String, remark: Some(remark.into()) };
        }
        [] => {}
    }
    if all(&|text| ColumnType::Timestamp.read(text).is_some()) {
        return plain(ColumnType::Timestamp);
    }
    let zeros = is_data && all(&|text| is_number(text) && text.len() < 40);
    let remark = zeros.then(|| "numbers with leading zeros are kept as texts".to_owned());
    Inferred { kind: ColumnType::String, remark }
}

fn has_leading_zero(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.len() > 1 && digits.starts_with('0') && !digits[1..].starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::super::rows::Value;
    use super::infer;

    fn kind(texts: &[&str], is_text: bool) -> (String, bool) {
        let values: Vec<Value> = texts.iter().map(|t| Value { text: (*t).to_owned(), is_text }).collect();
        let found = infer(values.iter());
        (found.kind.to_string(), found.remark.is_some())
    }

    #[test]
    fn the_narrowest_type_of_all_values_is_chosen() {
        for (texts, expected, remark) in [
            (&["1", "-2"][..], "BIGINT", false),
            (&["1", "2.5"], "DOUBLE", false),
            (&["1", "x"], "STRING", false),
            (&["true", "FALSE"], "BOOLEAN", false),
            (&["2026-03-02", "2026-12-31"], "DATE", false),
            (&["3/2/2026", "3/25/2026"], "DATE", false),
            (&["3/2/2026", "4/5/2026"], "STRING", true),
            (&["3.2.2026"], "DATE", false),
            (&["2026-03-02 10:00", "2026-03-02T10:00:00Z"], "TIMESTAMP", false),
            (&["2026-03-02", "soon"], "STRING", false),
            (&["007", "12"], "STRING", true),
            (&["0", "0.5"], "DOUBLE", false),
            (&["9223372036854775808"], "DOUBLE", false),
            (&[], "STRING", true),
        ] {
            assert_eq!(kind(texts, false), (expected.to_owned(), remark), "{texts:?}");
        }
        assert_eq!(kind(&["1", "2"], true).0, "STRING");
        assert_eq!(kind(&["2026-03-02"], true).0, "DATE");
    }
}
