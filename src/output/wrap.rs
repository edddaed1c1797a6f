//! Lines that break between words.

use console::Term;

/// Columns of prose where no terminal says how many there are, and at most.
const PROSE: usize = 100;

/// Columns of the terminal behind standard error, if it is one.
pub(crate) fn log_width() -> Option<usize> {
    columns(&Term::stderr())
}

/// Columns for prose on standard output.
pub(crate) fn prose_width() -> usize {
    columns(&Term::stdout()).unwrap_or(PROSE).min(PROSE)
}

fn columns(terminal: &Term) -> Option<usize> {
    terminal.size_checked().map(|(_rows, columns)| usize::from(columns).max(40))
}

/// Each line of a text in lines of at most `width` shown characters; what is broken goes on below its own beginning.
pub(crate) fn hanging(text: &str, width: usize) -> String {
    let lines = text.split('\n').map(|line| {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        let indent = Some(beginning(line)).filter(|at| *at <= width * 2 / 3).unwrap_or(blanks.min(width / 2));
        let (head, rest) = line.split_at(indent);
        wrap(rest, width - indent).iter().enumerate().fold(String::new(), |out, (at, part)| match at {
            0 => format!("{head}{part}"),
            _ => format!("{out}\n{}{part}", " ".repeat(indent)),
        })
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Where the text of a line begins: after its indentation, a number such as `1. `, or a short first column.
fn beginning(line: &str) -> usize {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let text = &line[indent..];
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 && text[digits..].starts_with(". ") {
        return indent + digits + 2;
    }
    // a column ends with two blanks or more
    let column = text.find("  ").filter(|end| *end <= 24 && text[..*end].is_ascii());
    column.map_or(indent, |end| indent + text.len() - text[end..].trim_start_matches(' ').len())
}

/// Lines of at most `width` shown characters, broken between words only.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split(' ') {
            let long = shown_width(word);
            if used > 0 && used + 1 + long > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            } else if !line.is_empty() || used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += long;
        }
        lines.push(line);
    }
    lines
}

/// Characters that show.
pub(crate) fn shown_width(text: &str) -> usize {
    anstream::adapter::strip_str(text).map(|part| part.chars().count()).sum()
}

#[cfg(test)]
mod tests {
    use super::hanging;

    #[test]
    fn a_broken_line_goes_on_below_its_beginning() {
        let text = "one two three four five six seven\n  1. one two three four five six\n  Now         12 calls, about nothing at all\nunbroken";
        let wanted = "one two three four five\nsix seven\n  1. one two three four\n     five six\n  Now         12 calls,\n              about\n              nothing at\n              all\nunbroken";
        assert_eq!(hanging(text, 25), wanted);
        assert_eq!(hanging(text, 100), text);
        assert_eq!(
            hanging("    a-word-that-is-longer-than-the-line and more", 20),
            "    a-word-that-is-longer-than-the-line\n    and more"
        );
        assert_eq!(hanging("[  0.4 s] incremental_pipeline   RUNNING", 60), "[  0.4 s] incremental_pipeline   RUNNING");
        assert_eq!(hanging("", 20), "");
    }
}
