//! Diagnostics as text, JSON lines or GitHub annotations.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Map, Value, json};

use super::{Diagnostic, Label, Severity};

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
        group = group.element(
            Snippet::source(place.source.text.as_str())
                .path(place.source.path.as_str())
                .annotation(kind.span(place.span.clone()).label(text.as_str())),
        );
    }
    for hint in &d.hints {
        group = group.element(Level::HELP.with_name("hint").message(hint.as_str()));
    }
    renderer.render(&[group])
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
