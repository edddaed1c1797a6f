//! Rendering with minijinja: strict, bounded, without clock, random or file system.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, ErrorKind, OutputSpanKind, UndefinedBehavior};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::calls::{MARK, marked};
use super::filters;
use super::open_tags::open_tag;
use super::source_map::{Rendered, SourceMap, Stretch};
use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span};

/// Steps that one rendering may take; a template that needs more is a mistake.
const FUEL: u64 = 4_000_000;

/// The folder of the files that are not a project's own questions, settings or tables.
const TEMPLATES: &str = "templates/";

/// Text of the label where a template has a fault that a call of it leads to.
pub(crate) const CALLED: &str = "the call leads here";

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
        env.add_function(MARK, marked);
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
        // an include and the call of a macro wrap the fault of what they run: the innermost one says what it is
        let chain: Vec<&minijinja::Error> = std::iter::successors(Some(error), |e| inside(e)).collect();
        let place = |e: &minijinja::Error| {
            let source = e.name().and_then(|n| self.sources.get(n))?;
            let span = e.range().unwrap_or_else(|| {
                let at = source.offset(e.line().unwrap_or(1), 1);
                at..at
            });
            Some(Span::new(source, span))
        };
        let inner = chain.last().copied().unwrap_or(error);
        if let Some(unended) = self.unended(inner) {
            return unended;
        }
        let written = place(inner);
        // a fault of a template that a file of the project calls is shown in that file, at the call
        let is_own = |span: &Span| !span.source.path.starts_with(TEMPLATES);
        let call = chain.iter().rev().find_map(|e| place(e).filter(is_own).map(|span| (*e, span)));
        let call = call.filter(|_| written.as_ref().is_some_and(|span| !is_own(span)));
        let mut detail = inner.detail().map_or_else(|| inner.kind().to_string(), str::to_owned);
        if let Some(from) = detail.rfind(" (from ").filter(|_| call.is_some()) {
            detail.truncate(from);
        }
        let mut diagnostic = Diagnostic::error("template", format!("the template does not render: {detail}"));
        if inner.kind() == ErrorKind::UndefinedError {
            diagnostic = diagnostic.hint("every name that a template uses must be defined: check its spelling");
        }
        match (call, written) {
            (Some((call, place)), written) => {
                diagnostic = diagnostic.at(place);
                if let Some(written) = written {
                    diagnostic = diagnostic.label(written, CALLED);
                }
                match call.detail().filter(|_| call.kind() != ErrorKind::BadInclude) {
                    Some(takes) => diagnostic.hint(takes),
                    None => diagnostic,
                }
            }
            (None, Some(written)) => diagnostic.at(written),
            (None, None) => diagnostic,
        }
    }
}

impl Engine {
    /// The fault of a template that ends too early, at the tag that nothing ends.
    fn unended(&self, error: &minijinja::Error) -> Option<Diagnostic> {
        let detail = error.detail().filter(|_| error.kind() == ErrorKind::SyntaxError)?;
        if !["end of input", "end of comment", "statement end"].iter().any(|part| detail.contains(part)) {
            return None;
        }
        let source = self.sources.get(error.name()?)?;
        let (tag, end) = open_tag(&source.text)?;
        let message = format!("the template does not render: nothing ends `{}`", &source.text[tag.clone()]);
        Some(Diagnostic::error("template", message).at(Span::new(source, tag)).hint(format!("end it with {end}")))
    }
}

/// The error that an error of a template wraps.
fn inside<'e>(error: &&'e minijinja::Error) -> Option<&'e minijinja::Error> {
    std::error::Error::source(*error)?.downcast_ref()
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
    fn a_fault_of_what_a_file_calls_is_shown_at_the_call() {
        let mut templates = Templates::default();
        let macros = "{% macro outer(role, n) %}{{ inner(role) }}{% endmacro %}\n{% macro inner(r) %}{{ {'a': 1}[r].b }}{% endmacro %}";
        templates.add("m", Source::new("templates/m.j2", macros));
        let text = "{% from 'm' import outer %}{% set outer = piq_called(outer) %}\nSELECT {{ outer('x', 1) }}";
        templates.add("q", Source::new("sql/q.sql", text));
        templates.add("n", Source::new("templates/n.j2", "{% include 'q' %}"));
        let engine = Engine::new(&templates).expect("templates parse");
        for name in ["q", "n"] {
            let error = engine.render(name, ()).expect_err("a fault");
            let [call, written] = error.0[0].labels.as_slice() else { panic!("{error}") };
            assert_eq!((call.place.source.path.as_str(), call.place.line_column()), ("sql/q.sql", (2, 11)));
            assert_eq!((written.place.source.path.as_str(), written.place.line_column().0), ("templates/m.j2", 2));
            assert!(error.0[0].hints.iter().any(|h| h == "`outer` takes `role`, `n`"), "{error}");
        }
    }

    #[test]
    fn a_template_without_end_stops() {
        let text = "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}";
        assert!(engine(&[("t", text)]).render("t", ()).is_err());
    }
}
