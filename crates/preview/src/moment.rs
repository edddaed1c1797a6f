//! Dates and times of selections: fixed ones, and `now-30d/d`, which is counted from now and cut to a unit.

use jiff::Span;
use jiff::civil::{Date, DateTime, Weekday};

/// Which end of the unit a cut time means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Its first moment.
    Start,
    /// Its last moment.
    Last,
}

/// Reads a fixed date or time, or one relative to `now`. A day belongs to a range as a whole.
pub(crate) fn moment(text: &str, now: DateTime, end: End) -> Option<DateTime> {
    let text = text.trim();
    match text.strip_prefix("now") {
        Some(rest) => relative(rest, now, end),
        None => match text.parse::<Date>() {
            // also texts with a time parse as dates
            Ok(day) if text.len() <= 10 => cut(day.into(), "d", end),
            _ => fixed(text),
        },
    }
}

/// Reads `2024-05-04`, `2024-05-04 10:00:00` or `2024-05-04T10:00:00.000Z`.
pub(crate) fn fixed(text: &str) -> Option<DateTime> {
    let text = text.trim();
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return Some(stamp.to_zoned(jiff::tz::TimeZone::UTC).datetime());
    }
    text.parse::<DateTime>()
        .ok()
        .or_else(|| Some(text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight())))
}

fn relative(rest: &str, now: DateTime, end: End) -> Option<DateTime> {
    let (offset, unit) = match rest.split_once('/') {
        Some((offset, unit)) => (offset, Some(unit)),
        None => (rest, None),
    };
    let moved = if offset.is_empty() {
        now
    } else {
        let length = offset.char_indices().next_back()?.0;
        let (number, step) = offset.split_at(length);
        now.checked_add(span(number.parse().ok()?, step)?).ok()?
    };
    match unit {
        Some(unit) => cut(moved, unit, end),
        None => Some(moved),
    }
}

fn span(number: i64, unit: &str) -> Option<Span> {
    let none = Span::new();
    match unit {
        "y" => none.try_years(number),
        "Q" => none.try_months(number.checked_mul(3)?),
        "M" => none.try_months(number),
        "w" => none.try_weeks(number),
        "d" => none.try_days(number),
        "h" | "H" => none.try_hours(number),
        "m" => none.try_minutes(number),
        "s" => none.try_seconds(number),
        _ => return None,
    }
    .ok()
}

fn cut(at: DateTime, unit: &str, end: End) -> Option<DateTime> {
    let day = at.date();
    let start = match unit {
        "y" => day.first_of_year().into(),
        "Q" => Date::new(day.year(), (day.month() - 1) / 3 * 3 + 1, 1).ok()?.into(),
        "M" => day.first_of_month().into(),
        "w" => day.tomorrow().ok()?.nth_weekday(-1, Weekday::Monday).ok()?.into(),
        "d" => day.into(),
        "h" | "H" => DateTime::from_parts(day, jiff::civil::time(at.hour(), 0, 0, 0)),
        "m" => DateTime::from_parts(day, jiff::civil::time(at.hour(), at.minute(), 0, 0)),
        "s" => DateTime::from_parts(day, jiff::civil::time(at.hour(), at.minute(), at.second(), 0)),
        _ => return None,
    };
    match end {
        End::Start => Some(start),
        End::Last => start.checked_add(span(1, unit)?).ok()?.checked_sub(Span::new().milliseconds(1)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{End, moment};

    #[test]
    fn relative_times_are_counted_and_cut() {
        let now = date(2026, 11, 18).at(15, 42, 7, 0);
        let at = |text: &str, end| moment(text, now, end).map(|m| m.to_string());
        let start = [
            ("now", "2026-11-18T15:42:07"),
            ("now-30d/d", "2026-10-19T00:00:00"),
            ("now-12M/M", "2025-11-01T00:00:00"),
            ("now/Q", "2026-10-01T00:00:00"),
            ("now/w", "2026-11-16T00:00:00"),
            ("now-1h/h", "2026-11-18T14:00:00"),
            ("now/s", "2026-11-18T15:42:07"),
            ("now+1y/y", "2027-01-01T00:00:00"),
            ("2024-05-04", "2024-05-04T00:00:00"),
            ("2024-05-04T00:00:00.000", "2024-05-04T00:00:00"),
            ("2024-05-04T01:02:03Z", "2024-05-04T01:02:03"),
        ];
        for (text, wanted) in start {
            assert_eq!(at(text, End::Start).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(at("now/M", End::Last).as_deref(), Some("2026-11-30T23:59:59.999"));
        assert_eq!(at("2024-05-04", End::Last).as_deref(), Some("2024-05-04T23:59:59.999"));
        assert_eq!(at("now/d", End::Last).as_deref(), Some("2026-11-18T23:59:59.999"));
        for wrong in ["", "yesterday", "now-d", "now-1x", "now/x", "now-99999999999999999999d", "now-é"] {
            assert_eq!(at(wrong, End::Start), None, "{wrong}");
        }
    }
}
