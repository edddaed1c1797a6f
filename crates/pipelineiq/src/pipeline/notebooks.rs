//! From the registry and the notebook templates to the text of the notebooks.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::check::check_source_sql;
use super::header::header_comment;
use super::reference::rows;
use super::registry::{Registry, import};
use crate::template::{Engine, Rendered, SharedContext, Templates};
use piq_diagnostics::{Diagnostic, Diagnostics, Source, parallel};

/// The text files that a project's content is made from, by their path from the project folder, with `/`.
pub type Content = BTreeMap<String, Arc<Source>>;

/// A pipeline and the text of its notebooks.
#[derive(Debug)]
pub struct RenderedPipeline {
    /// What the notebooks are made from.
    pub registry: Registry,
    /// By path in the bundle, such as `notebooks/1_incremental_pipeline.sql`.
    pub notebooks: BTreeMap<String, Rendered>,
    /// What their templates saw: the target and the pipeline.
    pub(crate) context: SharedContext,
}

/// Renders every `templates/notebooks/*.j2`. `context` is what templates see of the target: `var` and `bundle`.
///
/// # Errors
/// Every fault of the files of `sql/` and `templates/`, each with its file and line.
pub fn notebooks(content: &Content, context: &SharedContext) -> Result<RenderedPipeline, Diagnostics> {
    let macros = content
        .get("templates/macros.sql.j2")
        .ok_or_else(|| Diagnostics::from(Diagnostic::error("missing-file", "templates/macros.sql.j2 is missing")))?;
    let mut registry = Registry::load(content, macros, context)?;
    let (faults, written) = parallel::both(|| registry.faults(content), || Written::of(content, context, &registry));
    if !faults.is_empty() {
        return Err(Diagnostics(faults));
    }
    let Written { source_sql, notebooks, context } = written?;
    registry.source_sql = source_sql;
    Ok(RenderedPipeline { registry, notebooks, context })
}

/// What the templates make of a pipeline.
struct Written {
    source_sql: String,
    notebooks: BTreeMap<String, Rendered>,
    context: SharedContext,
}

impl Written {
    fn of(content: &Content, context: &SharedContext, registry: &Registry) -> Result<Self, Diagnostics> {
        let templates = templates(content, registry);
        let with_pipeline = || context.clone().with("pipeline", registry).with("reference", &rows(&registry.reference));
        let (engine, context) = parallel::both(|| Engine::new(&templates), with_pipeline);
        let engine = engine?;
        let mut source_sql = String::new();
        if let Some(file) = content.get("sql/source.sql") {
            let rendered = engine.render("source.sql", &context)?;
            let faults = check_source_sql(&rendered, file, &registry.source_columns);
            if !faults.is_empty() {
                return Err(Diagnostics(faults));
            }
            source_sql = rendered.text;
        }
        let mut notebooks = BTreeMap::new();
        let mut problems: Vec<Diagnostic> = Vec::new();
        let templates: Vec<(&str, &str)> = content.keys().filter_map(|path| notebook_template(path)).collect();
        let rendered = parallel::map(&templates, |(name, _)| engine.render(name, &context));
        for ((_, target), rendered) in templates.iter().zip(rendered) {
            match rendered {
                Ok(rendered) => {
                    notebooks.insert((*target).to_owned(), rendered);
                }
                // two notebooks may include the same broken part
                Err(d) => problems.extend(d.0.into_iter().filter(|d| !problems.contains(d)).collect::<Vec<_>>()),
            }
        }
        if problems.is_empty() { Ok(Self { source_sql, notebooks, context }) } else { Err(Diagnostics(problems)) }
    }
}

/// The templates of the project, its queries and its source among them.
fn templates(content: &Content, registry: &Registry) -> Templates {
    let mut templates = Templates::default();
    for (path, source) in content {
        if let Some(name) = path.strip_prefix("templates/") {
            templates.add(name, source.clone());
        } else if let Some(name) = body_name(path) {
            let text = format!("{}{{% include 'query/{name}' %}}", import(&registry.macro_names));
            templates.add(format!("body/{name}"), Source::new(path.clone(), text));
            templates.add(format!("query/{name}"), without_header(source));
        } else if path == "sql/source.sql" {
            templates.add("source.sql", source.clone());
        }
    }
    templates
}

/// The name of the template that makes a notebook, and the notebook's path in the bundle, if the file is one.
fn notebook_template(path: &str) -> Option<(&str, &str)> {
    let name = path.strip_prefix("templates/").filter(|name| name.starts_with("notebooks/"))?;
    Some((name, name.strip_suffix(".j2")?))
}

/// The name of the enrichment or summary that a file holds.
fn body_name(path: &str) -> Option<&str> {
    let name = path.strip_prefix("sql/enrichments/").or_else(|| path.strip_prefix("sql/summaries/"))?;
    name.strip_suffix(".sql")
}

/// The file with its YAML header made a template comment of the same length, so that every place stays the file's.
fn without_header(source: &Arc<Source>) -> Arc<Source> {
    let mut text = source.text.clone();
    if let Some(Range { start, end }) = header_comment(&source.text) {
        text.replace_range(end - 2..end, "#}");
        text.replace_range(start..start + 2, "{#");
    }
    Source::new(source.path.clone(), text)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use regex::Regex;
    use serde_json::Value;

    use crate::template::{Engine, Templates};
    use piq_diagnostics::Source;

    fn template(name: &str) -> Arc<Source> {
        let path = format!("templates/{name}");
        let text = std::fs::read_to_string(piq_testing::root().join(&path)).expect("a template");
        Source::new(path, text)
    }

    fn exported(file: &str, list: &str) -> Vec<Value> {
        let mut templates = Templates::default();
        for name in ["macros.sql.j2", "evidence.sql.j2"] {
            templates.add(name, template(name));
        }
        let text = format!("{{%- from '{file}' import {list} with context -%}}{{{{ {list} | tojson }}}}");
        templates.add("list", Source::new("list", text));
        let rendered = Engine::new(&templates).and_then(|e| e.render("list", ())).expect("it renders");
        serde_json::from_str(&rendered.text).expect("a list")
    }

    fn text<'v>(value: &'v Value, key: &str) -> &'v str {
        value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
    }

    #[test]
    fn each_step_of_preparing_a_text_does_what_its_example_says() {
        // the step that knows a card by its check digit is SQL: tests of the engine run it
        for step in exported("macros.sql.j2", "text_steps").iter().filter(|step| step["cards"].is_null()) {
            let (before, by) = (text(step, "before"), text(step, "by"));
            let after = if let Some(from) = step["translate"].as_str() {
                let to = |c: char| from.chars().zip(by.chars()).find(|(f, _)| *f == c).map_or(c, |(_, t)| t);
                before.chars().map(to).collect()
            } else {
                let pattern = Regex::new(text(step, "pattern")).expect("a pattern");
                pattern.replace_all(before, regex::NoExpand(by)).into_owned()
            };
            assert_eq!(after, text(step, "after"), "{}", text(step, "why"));
        }
    }

    #[test]
    fn each_form_that_is_masked_is_found_whole() {
        for list in ["phone_numbers", "secrets", "bank_numbers", "emails"] {
            for form in exported("macros.sql.j2", list) {
                let example = text(&form, "example");
                let found = Regex::new(text(&form, "pattern")).expect("a pattern").find(example).map(|m| m.range());
                assert_eq!(found, Some(0..example.len()), "{list}: {}", text(&form, "why"));
            }
        }
    }

    #[test]
    fn each_order_to_the_reader_is_found() {
        for order in exported("evidence.sql.j2", "orders") {
            let pattern = Regex::new(&format!("(?i){}", text(&order, "pattern"))).expect("a pattern");
            assert!(pattern.is_match(text(&order, "example")), "{}", text(&order, "why"));
        }
    }

    #[test]
    fn the_word_macro_in_a_comment_is_not_a_macro() {
        let mut templates = Templates::default();
        let text = "{#- A macro (see below) is one. -#}\n{%- macro one() -%}1{%- endmacro -%}\n";
        templates.add("m", Source::new("m", text));
        assert_eq!(Engine::new(&templates).and_then(|e| e.exports("m", ())).expect("it renders"), ["one"]);
    }
}
