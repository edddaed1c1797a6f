//! Rendering with minijinja: strict, bounded, without clock, random or file system.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, ErrorKind, OutputSpanKind, UndefinedBehavior};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::filters;
use super::source_map::{Rendered, SourceMap, Stretch};
use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span};

/// Steps that one rendering may take; a template that needs more is a mistake.
const FUEL: u64 = 4_000_000;

/// Named template texts.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    sources: BTreeMap<String, Arc<Source>>,
}

impl Templates {
    /// Adds a template under `name`, by which others include or import it.
    pub fn add(&mut self, name: impl Into<String>, source: Arc<Source>) {
        self.sources.insert(name.into(), source);
    }
}

/// The variables that templates see, read once for many renderings.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct SharedContext(BTreeMap<String, Value>);

impl SharedContext {
    /// The same with another variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &impl Serialize) -> Self {
        self.0.insert(name.to_owned(), Value::from(Serde(value)));
        self
    }
}

/// Compiled templates. A copy shares them.
#[derive(Debug, Clone)]
pub struct Engine {
    env: Environment<'static>,
    sources: BTreeMap<String, Arc<Source>>,
}

impl Engine {
    /// Compiles all templates.
    ///
    /// # Errors
    /// One diagnostic for each template that does not parse.
    pub fn new(templates: &Templates) -> Result<Self, Diagnostics> {
        let mut env = Environment::new();
        env.set_auto_escape_callback(|_| AutoEscape::None);
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
            env.set_syntax(syntax);
        }
        env.set_fuel(Some(FUEL));
        env.set_debug(true);
        env.add_filter("sql_string", |v: &str| piq_sql::sql_string(v));
        env.add_filter("sql_ident", |v: &str| piq_sql::sql_ident(v));
        env.add_filter("sha256", |v: &str| hex::encode(Sha256::digest(v)));
        env.add_filter("response_format", |v: Value, name: &str| response_format(&v, name));
        Self { env, sources: BTreeMap::new() }.with(templates)
    }

    /// The same templates and these; what is compiled already is not compiled again.
    ///
    /// # Errors
    /// One diagnostic for each of `more` that does not parse.
    pub fn with(&self, more: &Templates) -> Result<Self, Diagnostics> {
        let mut engine = self.clone();
        engine.sources.extend(more.sources.clone());
        let mut problems = Vec::new();
        for (name, source) in &more.sources {
            if let Err(e) = engine.env.add_template_owned(name.clone(), source.text.clone()) {
                problems.push(engine.explain(&e));
            }
        }
        if problems.is_empty() { Ok(engine) } else { Err(Diagnostics(problems)) }
    }

    /// Renders one template.
    ///
    /// # Errors
    /// The fault with its file and line in the template where it lies, which may be an included one.
    pub fn render(&self, name: &str, context: impl Serialize) -> Result<Rendered, Diagnostics> {
        let (text, spans) = self
            .env
            .get_template(name)
            .and_then(|t| t.render_with_spans(Serde(&context)))
            .map_err(|e| self.explain(&e))?;
        let stretches = spans
            .iter()
            .filter_map(|span| {
                Some(Stretch {
                    output: span.output_range(),
                    source: self.sources.get(span.name())?.clone(),
                    origin: span.source_range(),
                    verbatim: span.kind() == OutputSpanKind::Raw,
                })
            })
            .collect();
        Ok(Rendered { text, map: SourceMap { stretches } })
    }

    /// Names that a template defines at its top level: macros and variables.
    ///
    /// # Errors
    /// The template fails before its end.
    pub(crate) fn exports(&self, name: &str, context: impl Serialize) -> Result<Vec<String>, Diagnostics> {
        let template = self.env.get_template(name).map_err(|e| self.explain(&e))?;
        let rendered = template.render_captured(Serde(&context)).map_err(|e| self.explain(&e))?;
        Ok(rendered.state().exports().into_iter().map(str::to_owned).collect())
    }

    fn explain(&self, error: &minijinja::Error) -> Diagnostic {
        // An include wraps the fault of what it includes: the innermost one names the place.
        let mut error = error;
        while let Some(inner) = std::error::Error::source(error).and_then(|e| e.downcast_ref::<minijinja::Error>()) {
            error = inner;
        }
        let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        let mut diagnostic = Diagnostic::error("template", format!("the template does not render: {detail}"));
        if let Some(source) = error.name().and_then(|n| self.sources.get(n)) {
            let span = error.range().unwrap_or_else(|| {
                let at = source.offset(error.line().unwrap_or(1), 1);
                at..at
            });
            diagnostic = diagnostic.at(Span::new(source, span));
        }
        if error.kind() == ErrorKind::UndefinedError {
            diagnostic = diagnostic.hint("every name that a template uses must be defined: check its spelling");
        }
        diagnostic
    }
}

/// Takes the fields of an answer as a mapping or as JSON text.
fn response_format(properties: &Value, name: &str) -> Result<String, minijinja::Error> {
    let wrong = |e: serde_json::Error| minijinja::Error::new(ErrorKind::InvalidOperation, e.to_string());
    let properties: serde_json::Map<String, serde_json::Value> = match properties.as_str() {
        Some(text) => serde_json::from_str(text).map_err(wrong)?,
        None => serde_json::to_value(properties).and_then(serde_json::from_value).map_err(wrong)?,
    };
    Ok(filters::response_format(&properties, name).to_string())
}

#[cfg(test)]
mod tests {
    use super::{Engine, Templates};
    use piq_diagnostics::Source;

    fn engine(files: &[(&str, &str)]) -> Engine {
        let mut templates = Templates::default();
        for (name, text) in files {
            templates.add(*name, Source::new(*name, *text));
        }
        Engine::new(&templates).expect("templates parse")
    }

    #[test]
    fn white_space_is_as_the_template_says() {
        let text = "a\n{%- for i in [1, 2] %}\n  x{{ i }}\n{%- endfor %}\nb  \n\n{# note #}\nc\n";
        let rendered = engine(&[("t", text)]).render("t", ()).expect("renders");
        assert_eq!(rendered.text, "a\n  x1\n  x2\nb  \n\n\nc\n");
    }

    #[test]
    fn a_place_leads_back_through_loops_and_includes() {
        let files = [("main.sql", "SELECT\n{% include 'part.sql' %}\nFROM t\n"), ("part.sql", "-- one\n  colour AS c")];
        let rendered = engine(&files).render("main.sql", ()).expect("renders");
        let at = rendered.text.find("colour").expect("in the text");
        let place = rendered.map.span_of(at).expect("mapped");
        assert_eq!((place.source.path.as_str(), place.line_column()), ("part.sql", (2, 3)));
        let at = rendered.text.find("t\n").expect("in the text");
        assert!(rendered.map.span_of(at).is_some());
    }

    #[test]
    fn an_undefined_name_is_an_error_with_its_place() {
        let error = engine(&[("t.sql", "SELECT 1\n  , {{ colour }} AS c\n")]).render("t.sql", ()).expect_err("strict");
        let place = &error.0[0].labels[0].place;
        assert_eq!((place.source.path.as_str(), place.line_column()), ("t.sql", (2, 8)));
        assert_eq!(place.end_line_column(), (2, 14));
    }

    #[test]
    fn a_template_without_end_stops() {
        let text = "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}";
        assert!(engine(&[("t", text)]).render("t", ()).is_err());
    }
}
