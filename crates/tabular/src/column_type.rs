//! Types of columns, and what a text is in each of them.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::date_order::DateOrder;

/// The SQL type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// `STRING`
    String,
    /// `BOOLEAN`
    Boolean,
    /// A whole number of so many bytes: `TINYINT`, `SMALLINT`, `INT` or `BIGINT`.
    Whole(u32),
    /// `FLOAT`
    Float,
    /// `DOUBLE`
    Double,
    /// `DECIMAL`: digits in all, and those after the point.
    Decimal(u32, u32),
    /// `DATE`; the order is that of the texts, any that is not ambiguous without one.
    Date(DateOrder),
    /// `TIMESTAMP`; times without an offset are UTC.
    Timestamp,
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String => f.write_str("STRING"),
            Self::Boolean => f.write_str("BOOLEAN"),
            Self::Whole(1) => f.write_str("TINYINT"),
            Self::Whole(2) => f.write_str("SMALLINT"),
            Self::Whole(4) => f.write_str("INT"),
            Self::Whole(_) => f.write_str("BIGINT"),
            Self::Float => f.write_str("FLOAT"),
            Self::Double => f.write_str("DOUBLE"),
            Self::Decimal(precision, scale) => write!(f, "DECIMAL({precision},{scale})"),
            Self::Date(_) => f.write_str("DATE"),
            Self::Timestamp => f.write_str("TIMESTAMP"),
        }
    }
}

impl FromStr for ColumnType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let upper: String = text.to_uppercase().split_whitespace().collect();
        let (word, arguments) = match upper.strip_suffix(')').and_then(|t| t.split_once('(')) {
            Some((word, arguments)) => (word, arguments.split(',').collect::<Vec<_>>()),
            None => (upper.as_str(), Vec::new()),
        };
        let number = |at: usize| arguments.get(at).and_then(|a| a.parse::<u32>().ok());
        Ok(match (word, arguments.as_slice()) {
            ("STRING" | "VARCHAR" | "CHAR" | "TEXT", _) => Self::String,
            ("BOOLEAN" | "BOOL", []) => Self::Boolean,
            ("TINYINT" | "BYTE", []) => Self::Whole(1),
            ("SMALLINT" | "SHORT", []) => Self::Whole(2),
            ("INT" | "INTEGER", []) => Self::Whole(4),
            ("BIGINT" | "LONG", []) => Self::Whole(8),
            ("FLOAT" | "REAL", []) => Self::Float,
            ("DOUBLE", []) => Self::Double,
            ("DATE", [] | ["YMD"]) => Self::Date(DateOrder::Ymd),
            ("DATE", ["MDY"]) => Self::Date(DateOrder::Mdy),
            ("DATE", ["DMY"]) => Self::Date(DateOrder::Dmy),
            ("TIMESTAMP", []) => Self::Timestamp,
            ("DECIMAL" | "DEC" | "NUMERIC", []) => Self::Decimal(10, 0),
            ("DECIMAL" | "DEC" | "NUMERIC", [_]) if number(0).is_some_and(|p| (1..=38).contains(&p)) => {
                Self::Decimal(number(0).unwrap_or(10), 0)
            }
            ("DECIMAL" | "DEC" | "NUMERIC", [_, _])
                if number(0).zip(number(1)).is_some_and(|(p, s)| (1..=38).contains(&p) && s <= p) =>
            {
                Self::Decimal(number(0).unwrap_or(10), number(1).unwrap_or(0))
            }
            _ => {
                return Err(format!(
                    "expected STRING, BOOLEAN, INT, BIGINT, DOUBLE, DECIMAL(p,s), DATE, DATE(mdy), DATE(dmy) or \
                     TIMESTAMP, found `{text}`"
                ));
            }
        })
    }
}

impl ColumnType {
    /// The value of a text as the engine casts it to this type; `None` if the text is not of the type.
    pub(crate) fn read(self, text: &str) -> Option<String> {
        let trimmed = text.trim();
        match self {
            Self::String => Some(text.to_owned()),
            Self::Boolean => match trimmed.to_ascii_lowercase().as_str() {
                word @ ("true" | "false") => Some(word.to_owned()),
                _ => None,
            },
            Self::Whole(bytes) => whole(trimmed, bytes).map(|number| number.to_string()),
            Self::Float | Self::Double => {
                let special = ["nan", "inf", "-inf"].iter().any(|word| trimmed.eq_ignore_ascii_case(word));
                let number = trimmed.strip_prefix('+').unwrap_or(trimmed);
                (special || is_number(trimmed)).then(|| number.to_ascii_lowercase())
            }
            Self::Decimal(precision, scale) => decimal(trimmed, precision, scale),
            Self::Date(order) => order.read(trimmed).map(|date| date.to_string()),
            Self::Timestamp => timestamp(trimmed),
        }
    }

    /// What values of the type look like.
    pub(crate) fn expected(self) -> String {
        match self {
            Self::String => "a text".into(),
            Self::Boolean => "`true` or `false`".into(),
            Self::Whole(_) => format!("a whole number of the type {self}"),
            Self::Float | Self::Double => "a number such as 12.5".into(),
            Self::Decimal(_, scale) => {
                format!("a number that fits {self}, with at most {scale} digits after the point")
            }
            Self::Date(DateOrder::Ymd) => "a date like `2026-11-29`".into(),
            Self::Date(DateOrder::Mdy) => "a date like `11/29/2026`".into(),
            Self::Date(DateOrder::Dmy) => "a date like `29/11/2026`".into(),
            Self::Timestamp => "a time like `2026-11-29 14:30:00`".into(),
        }
    }
}

fn whole(text: &str, bytes: u32) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    let bits = 8 * bytes - 1;
    let fits = bits >= 63 || (-(1i64 << bits)..(1i64 << bits)).contains(&number);
    fits.then_some(number)
}

/// Whether a text is a decimal number, with or without an exponent.
pub(crate) fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => (unsigned, "0"),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits(before) && digits(after) && digits(exponent)
}

fn decimal(text: &str, precision: u32, scale: u32) -> Option<String> {
    if !is_number(text) || text.contains(['e', 'E']) {
        return None;
    }
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (before, after) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let (before, after) = (before.trim_start_matches('0'), after.trim_end_matches('0'));
    let fits = after.len() <= scale as usize && before.len() <= (precision - scale) as usize;
    let before = if before.is_empty() { "0" } else { before };
    let point = if after.is_empty() { "" } else { "." };
    fits.then(|| format!("{sign}{before}{point}{after}"))
}

/// A time as UTC, with microseconds. A date alone is none.
fn timestamp(text: &str) -> Option<String> {
    if !text.contains(':') {
        return None;
    }
    let time = match text.parse::<Timestamp>() {
        Ok(time) => time,
        Err(_) => text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|z: Zoned| z.timestamp())?,
    };
    Some(time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S%.6f").to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ColumnType;

    fn read(kind: &str, text: &str) -> Option<String> {
        kind.parse::<ColumnType>().expect("a type").read(text)
    }

    #[test]
    fn texts_are_read_as_their_type_or_refused() {
        for (kind, text, expected) in [
            ("INT", "2147483647", Some("2147483647")),
            ("INT", "2147483648", None),
            ("TINYINT", "-128", Some("-128")),
            ("BIGINT", "1.0", None),
            ("DOUBLE", "+1e-3", Some("1e-3")),
            ("DOUBLE", "NaN", Some("nan")),
            ("DOUBLE", "1,000", None),
            ("DECIMAL(5,2)", "0012.50", Some("12.5")),
            ("DECIMAL(5,2)", "-0.10", Some("-0.1")),
            ("DECIMAL(5,2)", "1234", None),
            ("DECIMAL(5,2)", "1.234", None),
            ("boolean", "TRUE", Some("true")),
            ("BOOLEAN", "yes", None),
            ("DATE", "2026-03-02", Some("2026-03-02")),
            ("DATE(dmy)", "02/03/2026", Some("2026-03-02")),
            ("date(mdy)", "03/02/2026", Some("2026-03-02")),
            ("TIMESTAMP", "2026-03-02T14:30:00+02:00", Some("2026-03-02 12:30:00.000000")),
            ("TIMESTAMP", "2026-03-02 14:30", Some("2026-03-02 14:30:00.000000")),
            ("TIMESTAMP", "2026-03-02", None),
            ("STRING", " x ", Some(" x ")),
        ] {
            assert_eq!(read(kind, text).as_deref(), expected, "{kind} {text}");
        }
        for text in ["INTT", "DECIMAL(40,2)", "DECIMAL(2,3)", "DATE(ydm)", "ARRAY<INT>", ""] {
            assert!(text.parse::<ColumnType>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_whole_number_is_read_as_itself(number: i64) {
            prop_assert_eq!(read("BIGINT", &number.to_string()), Some(number.to_string()));
            prop_assert_eq!(read("INT", &number.to_string()).is_some(), i32::try_from(number).is_ok());
        }

        #[test]
        fn no_text_makes_it_fail(text in "\\PC{0,12}") {
            for kind in ["BOOLEAN", "INT", "DOUBLE", "DECIMAL(18,2)", "DATE", "DATE(mdy)", "TIMESTAMP"] {
                let _ = read(kind, &text);
            }
        }
    }
}
