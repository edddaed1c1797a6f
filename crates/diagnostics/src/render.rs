//! Diagnostics as text, JSON lines or GitHub annotations.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::json;

use super::{Diagnostic, Label, Severity};

/// How diagnostics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Drawn snippets for a person.
    #[default]
    Text,
    /// One JSON object a line: `{"code","severity","message","file","line","column","end_line","end_column","hints","related"}`.
    Json,
    /// Workflow commands that GitHub shows beside the line of a pull request.
    Github,
}

/// All diagnostics in one text, each ended by a line break.
pub fn render(diagnostics: &[Diagnostic], format: Format) -> String {
    let one = match format {
        Format::Text => text,
        Format::Json => json_line,
        Format::Github => github,
    };
    diagnostics.iter().map(|d| one(d) + "\n").collect()
}

fn text(d: &Diagnostic) -> String {
    let level = match d.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(d.message.as_str()).id(d.code));
    for (i, label) in d.labels.iter().enumerate() {
        let kind = if i == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let Label { place, text } = label;
        group = group.element(
            Snippet::source(place.source.text.as_str())
                .path(place.source.path.as_str())
                .annotation(kind.span(place.span.clone()).label(text.as_str())),
        );
    }
    for hint in &d.hints {
        group = group.element(Level::HELP.with_name("hint").message(hint.as_str()));
    }
    Renderer::plain().render(&[group])
}

fn place(label: &Label) -> serde_json::Value {
    let (line, column) = label.place.line_column();
    let (end_line, end_column) = label.place.end_line_column();
    json!({
        "file": label.place.source.path, "line": line, "column": column,
        "end_line": end_line, "end_column": end_column, "text": label.text,
    })
}

fn severity(d: &Diagnostic) -> &'static str {
    match d.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn json_line(d: &Diagnostic) -> String {
    let mut out = json!({"code": d.code, "severity": severity(d), "message": d.message});
    if let Some(first) = d.labels.first() {
        let first = place(first);
        for key in ["file", "line", "column", "end_line", "end_column"] {
            out[key] = first[key].clone();
        }
    }
    out["hints"] = json!(d.hints);
    out["related"] = d.labels.iter().skip(1).map(place).collect();
    out.to_string()
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
    use super::super::{Diagnostic, Place, Source};
    use super::{Format, render};

    fn sample() -> Diagnostic {
        let s = Source::new("bundle/databricks.yml", "bundle:\n  nam: x\n");
        Diagnostic::error("unknown-key", "unknown key `nam` in `bundle`")
            .label(Place::new(&s, 10..13), "not a key of `bundle`")
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
