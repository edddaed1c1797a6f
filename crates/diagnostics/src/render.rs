//! Diagnostics as text, JSON lines or GitHub annotations.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Map, Value, json};

use super::{Diagnostic, Label, Severity, Span};

/// Bytes of lines that are drawn whole.
const LONGEST: usize = 2000;
/// Bytes drawn on either side of a place in lines that are longer.
const AROUND: usize = 100;

/// How diagnostics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Drawn snippets for a person.
    #[default]
    Text,
    /// The same in colours, as ANSI sequences.
    Styled,
    /// One JSON object a line: `{"code","severity","message","file","line","column","end_line","end_column","hints","related"}`.
    Json,
    /// Workflow commands that GitHub shows beside the line of a pull request.
    Github,
}

/// All diagnostics in one text, each ended by a line break.
pub fn render(diagnostics: &[Diagnostic], format: Format) -> String {
    let one = match format {
        Format::Text => plain,
        Format::Styled => styled,
        Format::Json => json_line,
        Format::Github => github,
    };
    diagnostics.iter().map(|d| one(d) + "\n").collect()
}

fn plain(d: &Diagnostic) -> String {
    text(d, &Renderer::plain())
}

fn styled(d: &Diagnostic) -> String {
    text(d, &Renderer::styled())
}

fn text(d: &Diagnostic, renderer: &Renderer) -> String {
    let level = match d.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(d.message.as_str()).id(d.code));
    for (i, label) in d.labels.iter().enumerate() {
        let kind = if i == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let Label { place, text } = label;
        let (line, column) = place.line_column();
        let (excerpt, span) = excerpt(place);
        let path = place.source.path.as_str();
        let whole = matches!(excerpt, Cow::Borrowed(_));
        let snippet = Snippet::source(excerpt).line_start(line).annotation(kind.span(span).label(text.as_str()));
        group = if whole {
            group.element(snippet.path(path))
        } else {
            // a column of the excerpt is not one of the line
            group.element(Origin::path(path).line(line).char_column(column)).element(snippet)
        };
    }
    for hint in &d.hints {
        group = group.element(Level::HELP.with_name("hint").message(hint.as_str()));
    }
    renderer.render(&[group])
}

/// The lines of a place, and where the place is in them. Of a line too long to read, the part around the place.
fn excerpt(place: &Span) -> (Cow<'_, str>, Range<usize>) {
    let (text, span) = (place.source.text.as_str(), &place.span);
    let lines = place.source.lines(span);
    let within = |start: usize| span.start - start..span.end - start;
    if lines.len() <= LONGEST {
        return (Cow::Borrowed(&text[lines.clone()]), within(lines.start));
    }
    let mut start = span.start.saturating_sub(AROUND).max(lines.start);
    let mut end = span.end.min(span.start + LONGEST).saturating_add(AROUND).min(lines.end);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let mark = |cut: bool| if cut { "…" } else { "" };
    let before = mark(start > lines.start);
    let shown = format!("{before}{}{}", &text[start..end], mark(end < lines.end));
    let at = within(start).start + before.len();
    (Cow::Owned(shown), at..at + span.end.min(end) - span.start)
}

fn label_json(label: &Label) -> Map<String, Value> {
    let (line, column) = label.place.line_column();
    let (end_line, end_column) = label.place.end_line_column();
    let fields = [
        ("file", json!(label.place.source.path)),
        ("line", json!(line)),
        ("column", json!(column)),
        ("end_line", json!(end_line)),
        ("end_column", json!(end_column)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn severity(d: &Diagnostic) -> &'static str {
    match d.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

impl Diagnostic {
    /// The fields of its JSON form.
    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let related = self.labels.iter().skip(1).map(|label| {
            let mut fields = label_json(label);
            fields.insert("text".to_owned(), json!(label.text));
            Value::Object(fields)
        });
        let mut fields = Map::new();
        fields.insert("code".to_owned(), json!(self.code));
        fields.insert("severity".to_owned(), json!(severity(self)));
        fields.insert("message".to_owned(), json!(self.message));
        fields.extend(self.labels.first().map(label_json).unwrap_or_default());
        fields.insert("hints".to_owned(), json!(self.hints));
        fields.insert("related".to_owned(), related.collect());
        fields
    }
}

fn json_line(d: &Diagnostic) -> String {
    Value::Object(d.to_json()).to_string()
}

fn github(d: &Diagnostic) -> String {
    let mut properties = Vec::new();
    if let Some(first) = d.labels.first() {
        let (line, column) = first.place.line_column();
        properties.push(format!("file={}", escape_property(&first.place.source.path)));
        properties.push(format!("line={line},col={column}"));
    }
    properties.push(format!("title={}", escape_property(d.code)));
    let message: Vec<&str> = std::iter::once(d.message.as_str()).chain(d.hints.iter().map(String::as_str)).collect();
    format!("::{} {}::{}", severity(d), properties.join(","), escape_data(&message.join("\n")))
}

// Escapes of workflow commands: github.com/actions/toolkit, packages/core, command.ts.
fn escape_data(s: &str) -> String {
    s.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(s: &str) -> String {
    escape_data(s).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::{Diagnostic, Source, Span};
    use super::{Format, render};

    fn sample() -> Diagnostic {
        let s = Source::new("bundle/databricks.yml", "bundle:\n  nam: x\n");
        Diagnostic::error("unknown-key", "unknown key `nam` in `bundle`")
            .label(Span::new(&s, 10..13), "not a key of `bundle`")
            .hint("did you mean `name`?")
    }

    #[test]
    fn text_draws_the_line() {
        insta::assert_snapshot!(render(&[sample()], Format::Text), @r"
        error[unknown-key]: unknown key `nam` in `bundle`
         --> bundle/databricks.yml:2:3
          |
        2 |   nam: x
          |   ^^^ not a key of `bundle`
          |
          = hint: did you mean `name`?
        ");
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_around_the_place() {
        let s = Source::new("a.yml", format!("a: 1\n{{{}nam: x, {}}}\n", "é: 1, ".repeat(1000), "y: 1, ".repeat(1000)));
        let at = s.text.find("nam").expect("there");
        let shown = render(
            &[Diagnostic::error("unknown-key", "unknown key `nam`").at(Span::new(&s, at..at + 3))],
            Format::Text,
        );
        assert!(shown.contains("--> a.yml:2:6002\n"), "{shown}");
        assert!(shown.contains("2 | …"), "{shown}");
        assert!(shown.len() < 1000, "{shown}");
        let lines: Vec<&str> = shown.lines().collect();
        let (line, mark) = lines.windows(2).find_map(|w| w[1].contains("^^^").then_some((w[0], w[1]))).expect("a mark");
        let column = |line: &str, text: &str| line[..line.find(text).expect("there")].chars().count();
        assert_eq!(column(line, "nam"), column(mark, "^^^"));
    }

    #[test]
    fn every_label_of_a_large_file_is_drawn_with_its_own_line() {
        let s = Source::new("a.yml", (0..3000).map(|i| format!("key_{i}: {i}\n")).collect::<String>());
        let place = |key: &str| {
            let at = s.text.find(key).expect("there");
            Span::new(&s, at..at + key.len())
        };
        let d = Diagnostic::error("e", "two").label(place("key_2000"), "second").label(place("key_10"), "first");
        insta::assert_snapshot!(render(&[d], Format::Text), @r"
        error[e]: two
            --> a.yml:2001:1
             |
        2001 | key_2000: 2000
             | ^^^^^^^^ second
             |
            ::: a.yml:11:1
             |
          11 | key_10: 10
             | ------ first
        ");
    }

    #[test]
    fn json_has_the_place() {
        let line: serde_json::Value = serde_json::from_str(render(&[sample()], Format::Json).trim()).expect("JSON");
        assert_eq!(line["file"], "bundle/databricks.yml");
        assert_eq!((line["line"].as_u64(), line["column"].as_u64()), (Some(2), Some(3)));
        assert_eq!(line["end_column"], 6);
    }

    #[test]
    fn github_escapes_line_breaks() {
        assert_eq!(
            render(&[sample()], Format::Github),
            "::error file=bundle/databricks.yml,line=2,col=3,title=unknown-key::unknown key `nam` in `bundle`%0Adid you mean `name`?\n"
        );
    }
}
