//! The text of a new enrichment file, for `piq new enrichment`. Pure: the caller writes the file.

mod bodies;
mod names;

use crate::pipeline::Registry;
use piq_diagnostics::{Diagnostic, Diagnostics, closest};

/// An AI function that a new enrichment can begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AiFunction {
    /// Free text after an instruction of its own.
    Gen,
    /// One of a list of labels.
    Classify,
    /// The same text without names and the like.
    Mask,
    /// A summary of a given length.
    Summarize,
    /// JSON of a given schema.
    Query,
}

impl AiFunction {
    /// The SQL name.
    pub fn name(self) -> &'static str {
        match self {
            AiFunction::Gen => "ai_gen",
            AiFunction::Classify => "ai_classify",
            AiFunction::Mask => "ai_mask",
            AiFunction::Summarize => "ai_summarize",
            AiFunction::Query => "ai_query",
        }
    }
}

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct NewEnrichment {
    /// Name of the file and of the temporary view.
    pub name: String,
    /// The function that is asked.
    pub function: AiFunction,
    /// Columns that the prompt reads; the name and the description of the use case if empty.
    pub inputs: Vec<String>,
}

/// A file that is not written yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaffold {
    /// Path from the project folder, with `/`.
    pub path: String,
    /// The whole file.
    pub text: String,
    /// The column that it adds.
    pub column: String,
}

/// Makes the file of a new enrichment of `registry`.
///
/// # Errors
/// A name that SQL or the pipeline cannot take, a column that exists already, an input that nobody provides.
pub fn scaffold(new: &NewEnrichment, registry: &Registry) -> Result<Scaffold, Diagnostics> {
    let column = new.name.strip_prefix("ai_").unwrap_or(&new.name).to_owned();
    let mut problems = names::check(&new.name, &column, registry);
    let inputs = match new.inputs.as_slice() {
        [] => default_inputs(registry),
        given => given.to_vec(),
    };
    problems.extend(check_inputs(&inputs, registry));
    if !problems.is_empty() {
        return Err(Diagnostics(problems));
    }
    let text = bodies::text(new.function, &column, &inputs);
    Ok(Scaffold { path: format!("sql/enrichments/{}.sql", new.name), text, column })
}

/// The name and the description, as far as the source has them.
fn default_inputs(registry: &Registry) -> Vec<String> {
    let known: Vec<&str> = registry.source_column_names().collect();
    let usual = ["usecase_name", "usecase_description"];
    usual.into_iter().filter(|c| known.contains(c)).map(str::to_owned).collect()
}

fn check_inputs(inputs: &[String], registry: &Registry) -> Vec<Diagnostic> {
    let derived = |daily: bool| {
        let rows = registry.derived_columns.rows.iter();
        rows.filter(move |r| r.get("daily").is_some_and(|d| (d == "yes") == daily))
            .filter_map(|r| r.get("column"))
            .map(String::as_str)
    };
    let known: Vec<&str> = registry
        .source_column_names()
        .chain(derived(false))
        .chain(registry.enrichments.iter().flat_map(|e| e.columns.keys().map(String::as_str)))
        .collect();
    let mut problems = Vec::new();
    for (i, input) in inputs.iter().enumerate() {
        if inputs[..i].contains(input) {
            problems.push(Diagnostic::error("duplicate-input", format!("the input `{input}` is named twice")));
        } else if derived(true).any(|c| c == input) {
            let message = format!("the input `{input}` changes daily, so every use case would be asked again daily");
            problems
                .push(Diagnostic::error("daily-input", message).hint("read a band of it, such as `live_date_band`"));
        } else if !known.contains(&input.as_str()) {
            let d = Diagnostic::error("unknown-input", format!("nothing provides the input `{input}`"));
            problems.push(match closest(input, known.iter().copied()) {
                Some(near) => d.hint(format!("did you mean `{near}`?")),
                None => d.hint("an input is a column of sql/source_columns.csv or one that an enrichment adds"),
            });
        }
    }
    problems
}
