//! What Python code reports, as diagnostics.

use serde::Deserialize;

use super::super::node::TreeNode;
use super::places::{Location, Places};
use piq_diagnostics::{Diagnostic, Span};

/// A line of the file of diagnostics.
#[derive(Debug, Deserialize)]
pub(super) struct PythonFinding {
    severity: String,
    summary: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    location: Option<Location>,
}

impl PythonFinding {
    /// Whether it stops the load. Of words that are not known, the worse is assumed.
    pub(super) fn is_error(&self) -> bool {
        self.severity != "warning"
    }

    /// The diagnostic: at the line that failed, else where the code says, else where the bundle has the value, else at
    /// the section.
    pub(super) fn diagnostic(&self, places: &mut Places, tree: &TreeNode, section: &Span) -> Diagnostic {
        let detail = plain(&self.detail);
        let mut message = self.summary.clone();
        if !detail.trim().is_empty() {
            message = format!("{message}\n{}", detail.trim_end());
        }
        let found =
            if self.is_error() { Diagnostic::error("python", message) } else { Diagnostic::warning("python", message) };
        let frame = raised(&detail).into_iter().rfind(|at| places.own(&at.file));
        let first = frame.as_ref().map(|at| places.span_of(at));
        let said = self.location.as_ref().map(|at| places.span_of(at));
        let written = tree.get(&self.path).map(|n| n.place.clone()).filter(|_| !self.path.is_empty());
        match (first, said) {
            (Some(first), Some(said)) if first != said => found.label(first, "raised here").label(said, "called here"),
            (first, said) => found.at(first.or(said).or(written).unwrap_or_else(|| section.clone())),
        }
    }
}

/// The frames of a traceback, the outermost first.
fn raised(detail: &str) -> Vec<Location> {
    let frame = |line: &str| {
        let (file, rest) = line.trim_start().strip_prefix("File \"")?.split_once("\", line ")?;
        let number = rest.split(',').next()?.trim().parse().ok()?;
        Some(Location { path: String::new(), file: file.to_owned(), line: Some(number), column: None })
    };
    detail.lines().filter_map(frame).collect()
}

/// A text without the colours that are meant for a terminal.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, colour)) = rest.split_once("\x1b[") {
        out.push_str(before);
        rest = colour.split_once('m').map_or("", |(_, after)| after);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::{plain, raised};

    #[test]
    fn a_traceback_names_its_lines() {
        let text = "Traceback (most recent call last):\n  File \"/a/b.py\", line 12, in load\n    x\n  File \"/c.py\", line 3\nValueError: x\n";
        let found: Vec<_> = raised(text).into_iter().map(|l| (l.file, l.line)).collect();
        assert_eq!(found, [("/a/b.py".to_owned(), Some(12)), ("/c.py".to_owned(), Some(3))]);
    }

    #[test]
    fn colours_are_taken_out() {
        assert_eq!(plain("a\x1b[0;36mb\x1b[0m c"), "ab c");
    }
}
