//! The text of a query without what does not change its meaning, and the text within its literals.

/// The query without comments, and with one space for each stretch of white space outside literals: two queries that
/// differ only in layout are the same.
pub(super) fn plain(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    for piece in pieces(sql) {
        match piece {
            Piece::Literal(text) => out.push_str(text),
            Piece::Code(text) => {
                for c in text.chars() {
                    match c.is_whitespace() {
                        true if out.ends_with(' ') => {}
                        true => out.push(' '),
                        false => out.push(c),
                    }
                }
            }
            Piece::Comment => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
        }
    }
    out.trim().to_owned()
}

/// Characters within the string literals of a query.
pub(super) fn literal_chars(sql: &str) -> usize {
    pieces(sql)
        .into_iter()
        .map(|p| match p {
            Piece::Literal(text) => text.chars().count().saturating_sub(2),
            _ => 0,
        })
        .sum()
}

enum Piece<'a> {
    Code(&'a str),
    Literal(&'a str),
    Comment,
}

fn pieces(sql: &str) -> Vec<Piece<'_>> {
    let bytes = sql.as_bytes();
    let mut out = Vec::new();
    let (mut start, mut i) = (0, 0);
    while i < bytes.len() {
        let end = match bytes[i] {
            b'\'' => literal_end(bytes, i),
            b'-' if bytes.get(i + 1) == Some(&b'-') => sql[i..].find('\n').map_or(bytes.len(), |n| i + n),
            b'/' if bytes.get(i + 1) == Some(&b'*') => sql[i..].find("*/").map_or(bytes.len(), |n| i + n + 2),
            _ => {
                i += 1;
                continue;
            }
        };
        if start < i {
            out.push(Piece::Code(&sql[start..i]));
        }
        out.push(if bytes[i] == b'\'' { Piece::Literal(&sql[i..end]) } else { Piece::Comment });
        (start, i) = (end, end);
    }
    if start < bytes.len() {
        out.push(Piece::Code(&sql[start..]));
    }
    out
}

/// Where the literal that starts at `at` ends: quotes are escaped with a backslash.
fn literal_end(bytes: &[u8], at: usize) -> usize {
    let mut i = at + 1;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' => i += 2,
            b'\'' => return i + 1,
            _ => i += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::{literal_chars, plain};

    #[test]
    fn layout_and_comments_do_not_count_and_literals_do() {
        let a = "SELECT a,  -- one\n  'it\\'s  -- x' AS b /* two */\nFROM t";
        assert_eq!(plain(a), "SELECT a, 'it\\'s  -- x' AS b FROM t");
        assert_eq!(plain("SELECT a, 'it\\'s  -- x' AS b FROM t"), plain(a));
        assert_ne!(plain("SELECT 'a  b'"), plain("SELECT 'a b'"));
        assert_eq!(literal_chars("concat('abc', x, 'de')"), 5);
    }

    #[test]
    fn an_open_literal_ends_with_the_text() {
        assert_eq!(plain("SELECT 'é\\"), "SELECT 'é\\");
    }
}
