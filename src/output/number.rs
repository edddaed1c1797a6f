//! Numbers and texts as people read them.

/// A whole number with a comma at each thousand.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Dollars: cents from one dollar up, more digits below, so that small sums can be told apart.
pub(crate) fn dollars(usd: f64) -> String {
    if usd >= 1.0 {
        let cents = (usd * 100.0).round();
        return format!("${}.{:02}", thousands((cents / 100.0) as u64), (cents % 100.0) as u64);
    }
    if usd == 0.0 { "$0".to_owned() } else { format!("${usd:.4}") }
}

/// Dollars without cents; a negative amount is shown as 0.
pub(crate) fn whole_dollars(usd: f64) -> String {
    format!("${}", thousands(usd.max(0.0).round() as u64))
}

/// One line of at most `limit` characters.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= limit {
        return line;
    }
    let mut short: String = line.chars().take(limit.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    format!("{short}…")
}

/// A count with its noun.
pub(crate) fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::{cut, dollars, plural, thousands, whole_dollars};

    #[test]
    fn numbers_and_cuts_are_easy_to_read() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.0, 0.01234, 1.0, 1999.999].map(dollars), ["$0", "$0.0123", "$1.00", "$2,000.00"]);
        assert_eq!([-3.0, 1499.6].map(whole_dollars), ["$0", "$1,500"]);
        assert_eq!(cut("one\n two  three", 9), "one two…");
        assert_eq!(cut("é é", 3), "é é");
        assert_eq!(
            (plural(1, "call", "calls"), plural(2000, "call", "calls")),
            ("1 call".into(), "2,000 calls".into())
        );
    }
}
