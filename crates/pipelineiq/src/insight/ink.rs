//! Plain helpers for texts that people read: weight and colour (which the printer takes out where there is no
//! terminal), numbers, cuts, columns.

/// Bold.
pub(crate) fn bold(text: &str) -> String {
    format!("\x1b[1m{text}\x1b[0m")
}

/// Less important.
pub(crate) fn dim(text: &str) -> String {
    format!("\x1b[2m{text}\x1b[0m")
}

/// Good.
pub(crate) fn green(text: &str) -> String {
    format!("\x1b[32m{text}\x1b[0m")
}

/// Worth a look.
pub(crate) fn yellow(text: &str) -> String {
    format!("\x1b[33m{text}\x1b[0m")
}

/// Bad.
pub(crate) fn red(text: &str) -> String {
    format!("\x1b[31m{text}\x1b[0m")
}

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

/// One word or another, by number.
pub(crate) fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}

/// Which side of its column a cell stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Rows with their cells under each other, indented by two; the first row is the heading. Cells may hold colour.
pub(crate) fn table(sides: &[Side], rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> =
        (0..columns).map(|c| rows.iter().filter_map(|r| r.get(c)).map(|t| width(t)).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for (number, row) in rows.iter().enumerate() {
        let mut line = String::from(" ");
        for (c, cell) in row.iter().enumerate() {
            let gap = " ".repeat(widths[c].saturating_sub(width(cell)));
            let shown = if number == 0 && !cell.is_empty() { dim(cell) } else { cell.clone() };
            let last = c + 1 == row.len();
            match sides.get(c) {
                Some(Side::Right) => line.push_str(&format!(" {gap}{shown} ")),
                _ if last => line.push_str(&format!(" {shown}")),
                _ => line.push_str(&format!(" {shown}{gap} ")),
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Characters that show.
fn width(text: &str) -> usize {
    let mut shown = 0;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\x1b' {
            chars.by_ref().find(|c| *c == 'm');
        } else {
            shown += 1;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{Side, cut, dollars, green, table, thousands};

    #[test]
    fn numbers_and_cuts_are_easy_to_read() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.0, 0.01234, 1.0, 1999.999].map(dollars), ["$0", "$0.0123", "$1.00", "$2,000.00"]);
        assert_eq!(cut("one\n two  three", 9), "one two…");
        assert_eq!(cut("é é", 3), "é é");
    }

    #[test]
    fn colour_does_not_move_a_column() {
        let rows = [vec!["a".to_owned(), "n".into()], vec![green("xyz"), "10".into()], vec!["y".into(), "7".into()]];
        let plain = table(&[Side::Left, Side::Right], &rows)
            .replace("\x1b[32m", "")
            .replace("\x1b[2m", "")
            .replace("\x1b[0m", "");
        assert_eq!(plain, "  a     n\n  xyz  10\n  y     7\n");
    }
}
