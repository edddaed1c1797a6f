//! Quartz cron expressions, as schedules of jobs take them.

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

struct CronField {
    name: &'static str,
    min: u32,
    max: u32,
    words: &'static [&'static str],
}

const FIELDS: [CronField; 7] = [
    CronField { name: "seconds", min: 0, max: 59, words: &[] },
    CronField { name: "minutes", min: 0, max: 59, words: &[] },
    CronField { name: "hours", min: 0, max: 23, words: &[] },
    CronField { name: "day-of-month", min: 1, max: 31, words: &[] },
    CronField { name: "month", min: 1, max: 12, words: &MONTHS },
    CronField { name: "day-of-week", min: 1, max: 7, words: &DAYS },
    CronField { name: "year", min: 1970, max: 2199, words: &[] },
];

/// Says what is wrong with an expression.
pub(super) fn check(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    if !(6..=7).contains(&parts.len()) {
        return Err(format!("expected 6 or 7 fields, found {}", parts.len()));
    }
    for (part, field) in parts.iter().zip(&FIELDS) {
        for item in part.split(',') {
            if !item_fits(&item.to_uppercase(), field) {
                return Err(format!("`{item}` does not fit {}", field.name));
            }
        }
    }
    if (parts[3] == "?") == (parts[5] == "?") {
        return Err("exactly one of day-of-month and day-of-week is `?`".to_owned());
    }
    Ok(())
}

fn item_fits(item: &str, field: &CronField) -> bool {
    let day = field.name.starts_with("day-of-");
    if item == "*" || (day && item == "?") {
        return true;
    }
    if day && special_day(item, field) {
        return true;
    }
    let (range, step) = item.split_once('/').map_or((item, None), |(r, s)| (r, Some(s)));
    if step.is_some_and(|s| s.parse::<u32>().map_or(true, |n| n == 0 || n > field.max)) {
        return false;
    }
    if range == "*" {
        return true;
    }
    match range.split_once('-') {
        Some((a, b)) => number(a, field) && number(b, field),
        None => number(range, field),
    }
}

/// `L`, `LW`, `L-3`, `15W`, `6L`, `6#3`.
fn special_day(item: &str, field: &CronField) -> bool {
    if let Some((day, nth)) = item.split_once('#') {
        return number(day, field) && nth.parse::<u32>().is_ok_and(|n| (1..=5).contains(&n));
    }
    if matches!(item, "L" | "LW" | "W") {
        return item != "W";
    }
    item.strip_prefix("L-").is_some_and(|n| n.parse::<u32>().is_ok_and(|n| n <= 30))
        || item.strip_suffix(['L', 'W']).is_some_and(|n| number(n, field))
}

fn number(text: &str, field: &CronField) -> bool {
    field.words.contains(&text) || text.parse::<u32>().is_ok_and(|n| (field.min..=field.max).contains(&n))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn everyday_expressions_pass() {
        for ok in [
            "0 0 6 * * ?",
            "0 15 10 ? * MON-FRI",
            "0 0/5 14,18 * * ?",
            "0 0 12 L * ?",
            "0 15 10 ? * 6#3",
            "0 15 10 ? * 6L 2024-2030",
            "44 37 8 * * ?",
            "0 0 0 LW jan ?",
            "0 */15 * * * ?",
            "0 0 8 15W * ?",
        ] {
            assert_eq!(check(ok), Ok(()), "{ok}");
        }
    }

    #[test]
    fn slips_are_named() {
        assert_eq!(check("0 6 * * *"), Err("expected 6 or 7 fields, found 5".to_owned()));
        assert_eq!(check("0 61 6 * * ?"), Err("`61` does not fit minutes".to_owned()));
        assert_eq!(check("0 0 6 * * MOM"), Err("`MOM` does not fit day-of-week".to_owned()));
        assert_eq!(check("0 0 6 * * *"), Err("exactly one of day-of-month and day-of-week is `?`".to_owned()));
        assert!(check("0 0/0 6 * * ?").is_err());
    }
}
