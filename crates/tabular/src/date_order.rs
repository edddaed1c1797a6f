//! Dates as people write them: the order of day, month and year.

use jiff::civil::Date;

/// The order of the parts of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// `2026-03-02`
    Ymd,
    /// `03/02/2026` for March 2
    Mdy,
    /// `02/03/2026` or `02.03.2026` for March 2
    Dmy,
}

impl DateOrder {
    pub(crate) const ALL: [Self; 3] = [Self::Ymd, Self::Mdy, Self::Dmy];

    /// The date that a text is in this order; the year has four digits.
    pub(crate) fn read(self, text: &str) -> Option<Date> {
        let separator = text.chars().find(|c| !c.is_ascii_digit()).filter(|c| "-/.".contains(*c))?;
        let parts: Vec<&str> = text.split(separator).collect();
        let [first, second, third] = parts.as_slice() else { return None };
        let (year, month, day) = match self {
            Self::Ymd => (first, second, third),
            // nobody writes the month first with dots
            Self::Mdy if separator != '.' => (third, first, second),
            Self::Mdy => return None,
            Self::Dmy => (third, second, first),
        };
        let digits = |text: &str, least: usize, most: usize| {
            let whole = (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            whole.then(|| text.parse::<i16>().ok()).flatten()
        };
        let (month, day) = (digits(month, 1, 2)?, digits(day, 1, 2)?);
        Date::new(digits(year, 4, 4)?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::DateOrder;

    #[test]
    fn each_order_reads_its_dates() {
        let read = |order: DateOrder, text: &str| order.read(text).map(|d| d.to_string());
        let march_2 = Some("2026-03-02".to_owned());
        assert_eq!(read(DateOrder::Ymd, "2026-03-02"), march_2);
        assert_eq!(read(DateOrder::Mdy, "3/2/2026"), march_2);
        assert_eq!(read(DateOrder::Dmy, "02.03.2026"), march_2);
        assert_eq!(read(DateOrder::Mdy, "03.02.2026"), None);
        for text in ["2026-13-01", "3/2/26", "2026-03", "x", "", "2026-02-30", "2026/03-02"] {
            assert_eq!(read(DateOrder::Ymd, text), None, "{text}");
        }
    }
}
