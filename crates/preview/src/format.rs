//! Formats of numbers and times, as dashboards write them.

use jiff::civil::DateTime;
use serde_json::Value;

use super::cell::TableCell;
use super::expression::Unit;
use super::value::text;

/// How a value is written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Format {
    kind: PatternKind,
    compact: bool,
    places: Option<Places>,
    ungrouped: bool,
    /// Negative numbers stand in brackets.
    bracketed: bool,
    suffix: String,
    template: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq)]
enum PatternKind {
    #[default]
    Automatic,
    Plain,
    Currency(String),
    Percent,
    /// A pattern of `strftime`.
    Time(String),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Places {
    Exact(usize),
    Most(usize),
}

impl Format {
    /// Reads an encoding's `format` and `formatTemplate`, or a table column's `numberFormat` and `dateTimeFormat`.
    pub(crate) fn of_encoding(encoding: &Value) -> Self {
        let mut format = match &encoding["format"] {
            Value::Object(_) => Self::read(&encoding["format"]),
            _ => Self::of_patterns(encoding),
        };
        format.template = text(&encoding["formatTemplate"]).filter(|t| t.contains("@"));
        format
    }

    fn read(value: &Value) -> Self {
        let kind = match value["type"].as_str().unwrap_or_default() {
            "number-currency" => {
                PatternKind::Currency(text(&value["currencyCode"]).unwrap_or_else(|| "USD".to_owned()))
            }
            "number-percent" => PatternKind::Percent,
            t if t.starts_with("number") => PatternKind::Plain,
            t if t.starts_with("date") || t.starts_with("time") => {
                PatternKind::Time(time_pattern(value["date"].as_str().unwrap_or_default(), value["time"].as_str()))
            }
            _ => PatternKind::Automatic,
        };
        let count = value["decimalPlaces"]["places"].as_u64().and_then(|p| usize::try_from(p.min(12)).ok());
        let places = count.map(|n| match value["decimalPlaces"]["type"].as_str() {
            Some("exact") => Places::Exact(n),
            _ => Places::Most(n),
        });
        Self {
            kind,
            compact: value["abbreviation"] == "compact",
            places,
            ungrouped: value["hideGroupSeparator"] == true,
            bracketed: false,
            suffix: text(&value["suffix"]).unwrap_or_default(),
            template: None,
        }
    }

    /// The patterns of older tables: `0,0.00`, `$0.00`, `0.0%`, `YYYY-MM-DD`.
    fn of_patterns(value: &Value) -> Self {
        if let Some(pattern) = text(&value["numberFormat"]).filter(|p| p.contains(['0', '#'])) {
            let decimals = pattern.split_once('.').map_or(0, |(_, d)| d.bytes().filter(|b| *b == b'0').count());
            let kind = match &pattern {
                p if p.contains('%') => PatternKind::Percent,
                p if p.contains('$') => PatternKind::Currency("USD".to_owned()),
                _ => PatternKind::Plain,
            };
            let places = if pattern.contains("[.]") { Places::Most(decimals) } else { Places::Exact(decimals) };
            let ungrouped = !pattern.contains(',') && kind == PatternKind::Plain;
            let bracketed = pattern.starts_with('(') && pattern.ends_with(')');
            return Self { kind, places: Some(places), ungrouped, bracketed, ..Self::default() };
        }
        match text(&value["dateTimeFormat"]) {
            Some(pattern) if value["displayAs"] != "number" => {
                Self { kind: PatternKind::Time(moment_pattern(&pattern)), ..Self::default() }
            }
            _ => Self::default(),
        }
    }

    /// A format for times of this unit.
    pub(crate) fn of_unit(unit: Option<Unit>) -> Self {
        let pattern = match unit {
            Some(Unit::Year) => "%Y",
            Some(Unit::Quarter) => "Q%q %Y",
            Some(Unit::Month) => "%b %Y",
            Some(Unit::Week | Unit::Day) => "%d %b %Y",
            Some(Unit::Hour | Unit::Minute) => "%d %b %Y %H:%M",
            None => return Self::default(),
        };
        Self { kind: PatternKind::Time(pattern.to_owned()), ..Self::default() }
    }

    /// Whether the file asks for nothing in particular.
    pub(crate) fn is_automatic(&self) -> bool {
        self.kind == PatternKind::Automatic && self.places.is_none() && !self.compact && self.template.is_none()
    }

    /// The value as text; the missing value is an en dash.
    pub(crate) fn text(&self, cell: &TableCell) -> String {
        let plain = match (&self.kind, cell) {
            (_, TableCell::Null) => return "–".to_owned(),
            (_, TableCell::Bool(b)) => b.to_string(),
            (PatternKind::Time(pattern), TableCell::Time(at)) => time_text(*at, pattern),
            (_, TableCell::Time(at)) => automatic_time(*at),
            (_, TableCell::Text(t)) => t.clone(),
            (_, TableCell::Number(number, raw)) => self.number(*number, raw),
        };
        match &self.template {
            Some(template) => filled(template, &plain),
            None => plain,
        }
    }

    fn number(&self, number: f64, raw: &str) -> String {
        if self.kind == PatternKind::Automatic && self.places.is_none() && !self.compact {
            return format!("{}{}", grouped_text(raw, number), self.suffix);
        }
        let value = if self.kind == PatternKind::Percent { number * 100.0 } else { number };
        let (scaled, letter) = if self.compact { abbreviated(value) } else { (value, "") };
        let digits = match self.places {
            Some(Places::Exact(n)) => format!("{:.n$}", scaled.abs()),
            Some(Places::Most(n)) => trimmed(format!("{:.n$}", scaled.abs())),
            None => trimmed(format!("{:.2}", scaled.abs())),
        };
        let digits = if self.ungrouped { digits } else { grouped(&digits) };
        let sign = if scaled < 0.0 && digits.bytes().any(|b| (b'1'..=b'9').contains(&b)) { "-" } else { "" };
        let (before, after) = match &self.kind {
            PatternKind::Currency(code) => symbol(code),
            PatternKind::Percent => (String::new(), "%".to_owned()),
            _ => Default::default(),
        };
        let text = format!("{before}{digits}{letter}{after}{}", self.suffix);
        match (sign, self.bracketed) {
            ("-", true) => format!("({text})"),
            (sign, _) => format!("{sign}{text}"),
        }
    }

    /// An expression of Vega for the labels of an axis of numbers.
    pub(crate) fn axis_labels(&self) -> String {
        let short = "abs(datum.value) < 1000 ? format(datum.value, '~r') : \
                     replace(replace(format(datum.value, '.3~s'), 'G', 'B'), 'k', 'K')";
        match &self.kind {
            PatternKind::Percent => "format(datum.value, '~%')".to_owned(),
            PatternKind::Currency(code) => {
                let (before, after) = symbol(code);
                let value = short.replace("datum.value", "abs(datum.value)");
                let sign = "(datum.value < 0 ? '-' : '')";
                format!("{sign} + '{}' + ({value}) + '{}'", quoted(&before), quoted(&after))
            }
            _ => short.to_owned(),
        }
    }
}

fn quoted(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\'' | '\\')).collect()
}

/// The sign of a currency, before or after the number.
fn symbol(code: &str) -> (String, String) {
    let before = match code {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" | "CNY" => "¥",
        "INR" => "₹",
        "KRW" => "₩",
        "BRL" => "R$",
        "CAD" => "CA$",
        "AUD" => "A$",
        other => {
            let code: String = other.chars().filter(char::is_ascii_alphabetic).take(3).collect();
            return (String::new(), format!(" {code}"));
        }
    };
    (before.to_owned(), String::new())
}

fn abbreviated(value: f64) -> (f64, &'static str) {
    let steps = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")];
    steps.iter().find(|(size, _)| value.abs() >= *size).map_or((value, ""), |(size, letter)| (value / size, letter))
}

fn trimmed(digits: String) -> String {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.').to_owned() } else { digits }
}

/// Groups the digits before the point by three.
fn grouped(digits: &str) -> String {
    let (whole, rest) = digits.find('.').map_or((digits, ""), |at| digits.split_at(at));
    let mut out = String::new();
    for (n, c) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out + rest
}

/// A number without a format: whole numbers in full, others with up to two places, small ones with more.
fn grouped_text(raw: &str, number: f64) -> String {
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    let sign = if digits.len() < raw.len() { "-" } else { "" };
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return format!("{sign}{}", grouped(digits));
    }
    if !number.is_finite() {
        return raw.to_owned();
    }
    let places = if number != 0.0 && number.abs() < 0.1 { 4 } else { 2 };
    let digits = grouped(&trimmed(format!("{:.places$}", number.abs())));
    let sign = if number < 0.0 && digits != "0" { "-" } else { "" };
    format!("{sign}{digits}")
}

/// A time by a pattern of `strftime`; `%q` is the quarter, `%o` the day of the month with its ending.
fn time_text(at: DateTime, pattern: &str) -> String {
    let quarter = ((at.month() + 2) / 3).to_string();
    let pattern = pattern.replace("%q", &quarter);
    if !pattern.contains("%o") {
        return at.strftime(&pattern).to_string();
    }
    let ending = match (at.day(), at.day() % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    at.strftime(&pattern.replace("%o", &format!("{}{ending}", at.day()))).to_string()
}

fn automatic_time(at: DateTime) -> String {
    let midnight = at.time() == jiff::civil::Time::midnight();
    let pattern = match at.subsec_nanosecond() {
        _ if midnight => "%Y-%m-%d",
        0 if at.second() == 0 => "%Y-%m-%d %H:%M",
        _ => "%Y-%m-%d %H:%M:%S",
    };
    at.strftime(pattern).to_string()
}

fn filled(template: &str, value: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else { break };
        out.push_str(&rest[..start]);
        let name = rest[start + 2..start + length].trim();
        out.push_str(if name.starts_with('@') { value } else { "" });
        rest = &rest[start + length + 2..];
    }
    out + rest
}

fn time_pattern(date: &str, time: Option<&str>) -> String {
    let day = match date {
        "year" => "%Y",
        "year-month" | "locale-short-month" => "%b %Y",
        "year-quarter" => "Q%q %Y",
        "year-week" => "%G-W%V",
        "locale-long-month" => "%B %Y",
        _ => "%Y-%m-%d",
    };
    match time {
        Some(t) if t.contains("second") => format!("{day} %H:%M:%S"),
        Some(_) => format!("{day} %H:%M"),
        None => day.to_owned(),
    }
}

/// A pattern of moment.js as one of `strftime`.
fn moment_pattern(pattern: &str) -> String {
    // patterns of Java have small letters for the day of the month
    let java = pattern.contains("yy");
    let words = [
        ("yyyy", "%Y"),
        ("yy", "%y"),
        ("dddd", "%A"),
        ("ddd", "%a"),
        ("dd", if java { "%d" } else { "%a" }),
        ("d", if java { "%-d" } else { "%w" }),
        ("LTS", "%-I:%M:%S %p"),
        ("LT", "%-I:%M %p"),
        ("LLLL", "%A, %B %-d, %Y %-I:%M %p"),
        ("LLL", "%B %-d, %Y %-I:%M %p"),
        ("LL", "%B %-d, %Y"),
        ("L", "%m/%d/%Y"),
        ("llll", "%a, %b %-d, %Y %-I:%M %p"),
        ("lll", "%b %-d, %Y %-I:%M %p"),
        ("ll", "%b %-d, %Y"),
        ("l", "%-m/%-d/%Y"),
        ("Do", "%o"),
        ("zz", "UTC"),
        ("z", "UTC"),
        ("ZZ", "+0000"),
        ("Z", "+00:00"),
        ("WW", "%V"),
        ("YYYY", "%Y"),
        ("YY", "%y"),
        ("MMMM", "%B"),
        ("MMM", "%b"),
        ("MM", "%m"),
        ("M", "%-m"),
        ("DD", "%d"),
        ("D", "%-d"),
        ("HH", "%H"),
        ("H", "%-H"),
        ("hh", "%I"),
        ("h", "%-I"),
        ("mm", "%M"),
        ("SSS", "%3f"),
        ("ss", "%S"),
        ("Q", "%q"),
        ("A", "%p"),
        ("a", "%P"),
    ];
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        // what stands in square brackets is text
        if let Some((text, after)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
            out.push_str(&text.replace('%', "%%"));
            rest = after;
            continue;
        }
        match words.iter().find(|(word, _)| rest.starts_with(word)) {
            Some((word, meaning)) => {
                out.push_str(meaning);
                rest = &rest[word.len()..];
            }
            None => {
                out.push_str(if first == '%' { "%%" } else { rest.get(..first.len_utf8()).unwrap_or_default() });
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::cell::TableCell;
    use super::Format;

    fn shown(encoding: Value, raw: &str) -> String {
        Format::of_encoding(&encoding).text(&TableCell::read(Some(raw), "DECIMAL"))
    }

    #[test]
    fn numbers_have_their_format() {
        let money = |abbreviation: &str, kind: &str, places: u64| {
            json!({"format": {"type": "number-currency", "currencyCode": "USD", "abbreviation": abbreviation,
                "decimalPlaces": {"type": kind, "places": places}}})
        };
        assert_eq!(shown(money("compact", "max", 2), "1234567"), "$1.23M");
        assert_eq!(shown(money("compact", "max", 2), "-2500000000"), "-$2.5B");
        assert_eq!(shown(money("none", "exact", 2), "1234.5"), "$1,234.50");
        assert_eq!(shown(money("compact", "max", 0), "999"), "$999");
        assert_eq!(shown(money("none", "max", 0), "-0.2"), "$0");
        let percent = json!({"format": {"type": "number-percent", "decimalPlaces": {"type": "max", "places": 1}}});
        assert_eq!(shown(percent, "0.4567"), "45.7%");
        assert_eq!(shown(json!({"format": {"type": "number-plain", "hideGroupSeparator": true}}), "12345"), "12345");
        assert_eq!(shown(json!({"format": {"type": "number", "suffix": "h"}}), "3.456"), "3.46h");
        assert_eq!(shown(json!({"formatTemplate": "{{ @formatted }} weeks"}), "3"), "3 weeks");
        assert_eq!(shown(json!({"format": {"type": "number-currency", "currencyCode": "SEK"}}), "5"), "5 SEK");
        assert_eq!(shown(json!({}), "9007199254740993"), "9,007,199,254,740,993");
        assert_eq!(shown(json!({}), "-1234.5678"), "-1,234.57");
        assert_eq!(shown(json!({}), "0.01234"), "0.0123");
    }

    #[test]
    fn tables_patterns_are_read() {
        assert_eq!(shown(json!({"numberFormat": "0,0.00"}), "1234.5"), "1,234.50");
        assert_eq!(shown(json!({"numberFormat": "$0.00"}), "1234.5"), "$1,234.50");
        assert_eq!(shown(json!({"numberFormat": "0.0%"}), "0.123"), "12.3%");
        assert_eq!(shown(json!({"numberFormat": "0"}), "1234.4"), "1234");
        assert_eq!(shown(json!({"numberFormat": "#,###"}), "1234567"), "1,234,567");
        assert_eq!(shown(json!({"numberFormat": "(0,0)"}), "-1234"), "(1,234)");
        let time = |pattern: &str, raw: &str| {
            Format::of_encoding(&json!({"dateTimeFormat": pattern})).text(&TableCell::read(Some(raw), "TIMESTAMP"))
        };
        assert_eq!(time("YYYY-MM-DD", "2026-01-02T03:04:05.000Z"), "2026-01-02");
        assert_eq!(time("DD/MM/YY HH:mm:ss.SSS", "2026-01-02T03:04:05.678Z"), "02/01/26 03:04:05.678");
        assert_eq!(time("[Q]Q YYYY", "2026-11-02T03:04:05.678Z"), "Q4 2026");
        for (pattern, wanted) in [
            ("yyyy-MM-dd", "2026-11-22"),
            ("ll LTS (z)", "Nov 22, 2026 3:04:05 PM (UTC)"),
            ("dddd Do", "Sunday 22nd"),
            ("LT", "3:04 PM"),
        ] {
            assert_eq!(time(pattern, "2026-11-22T15:04:05Z"), wanted, "{pattern}");
        }
        let quarter = Format::of_encoding(&json!({"format": {"type": "date", "date": "year-quarter"}}));
        assert_eq!(quarter.text(&TableCell::read(Some("2026-03-31"), "DATE")), "Q1 2026");
        assert_eq!(Format::default().text(&TableCell::read(Some("2026-01-02"), "DATE")), "2026-01-02");
        assert_eq!(Format::default().text(&TableCell::Null), "–");
    }
}
