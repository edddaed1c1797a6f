//! One enrichment: a file of `sql/enrichments/`, a `SELECT` with a YAML header in a leading comment.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::answer_fields::{Property, answer_place, fields};
use super::config::from_yaml;
use super::header::header_comment;
use super::indentation::with_indentation;
use super::measured::MeasuredInline;
use super::models::ModelRole;
use super::words::{called_names, find_word, find_words, word_of};
use crate::template::SourceMap;
use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span};
use piq_sql::{TokenKind, canonical, is_keyword, lex, statements, tokens, written};

/// An output column.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerColumn {
    /// SQL type.
    #[serde(rename = "type")]
    pub sql_type: String,
    /// Comment of the column in the table; a column without one does not build.
    pub comment: String,
    /// SQL condition that a valid answer fulfils.
    #[serde(default)]
    pub valid: Option<String>,
    /// `table.column` of the reference table that lists the allowed values.
    #[serde(default)]
    pub allowed: Option<String>,
    /// Values that are allowed besides those that `allowed` names.
    #[serde(default)]
    pub also_allowed: Vec<String>,
    /// All allowed values: those of the reference table, and `also_allowed`.
    #[serde(skip_deserializing)]
    pub allowed_values: Vec<String>,
    /// SQL expression of the value when no model is asked; NULL if left out.
    #[serde(default)]
    pub on_empty: Option<String>,
    /// SQL expression that brings a valid answer into its stored form, such as one line of bounded length.
    #[serde(default)]
    pub value: Option<String>,
    /// An answer without this column can be valid.
    #[serde(default)]
    pub nullable: bool,
    /// The column is the model's whole JSON answer.
    #[serde(default)]
    pub json: bool,
}

/// Dollars for a million tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Price {
    /// Of the input.
    pub input: f64,
    /// Of the output.
    pub output: f64,
}

/// The header of an enrichment, in the comment that the file begins with.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Enrichment")]
struct Header {
    /// One sentence for people.
    summary: String,
    /// The AI function that the query calls; left out by a view that only computes.
    #[serde(default)]
    function: Option<String>,
    /// What the question is for: the model of this role is asked. Only for `ai_query`.
    #[serde(default)]
    role: ModelRole,
    /// Version of prompt, model and schema; a new one asks again.
    #[serde(default)]
    prompt_version: Option<String>,
    /// Columns that the query reads: of the source or of other enrichments.
    inputs: Vec<String>,
    /// Inputs that count as content: when all are empty, no model is asked.
    #[serde(default)]
    empty_when: Option<Vec<String>>,
    /// SQL condition over the inputs: where it is not true, no model is asked and `on_empty` holds.
    #[serde(default)]
    ask_when: Option<String>,
    /// Fields of the JSON object that `ai_query` must answer with; none for the other functions.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, Property>")]
    answer: IndexMap<String, serde_json::Value>,
    /// Usual length of an answer in characters, for estimates.
    #[serde(default = "usual_answer_chars")]
    answer_chars: u32,
    /// What the enrichment adds.
    columns: IndexMap<String, AnswerColumn>,
}

/// The JSON schema of an enrichment's header.
pub fn header_schema() -> serde_json::Value {
    schema_for!(Header).to_value()
}

fn usual_answer_chars() -> u32 {
    150
}

/// An enrichment with its file and line in the pipeline.
#[derive(Debug, Clone, Serialize)]
pub struct Enrichment {
    /// Name of the file and of the temporary view.
    pub name: String,
    /// One sentence for people.
    pub summary: String,
    /// The AI function; none for a view that only computes.
    pub function: Option<String>,
    /// What the question is for.
    pub role: ModelRole,
    /// What the ledger names as the model: that of the role for `ai_query`, else the function.
    pub model: String,
    /// Version of prompt, model and schema; a new one asks again.
    pub prompt_version: String,
    /// Columns it reads: of the source or of other enrichments.
    pub inputs: Vec<String>,
    /// Inputs that count as content: when all are empty, no model is asked.
    pub empty_when: Vec<String>,
    /// SQL condition over the inputs: where it is not true, no model is asked and `on_empty` holds.
    pub ask_when: Option<String>,
    /// Fields of the JSON object that `ai_query` must answer with; none for the other functions.
    pub answer: IndexMap<String, Property>,
    /// Type of an answer in the ledger, as `from_json` takes it.
    pub answer_type: String,
    /// Usual length of an answer in characters, for estimates.
    pub answer_chars: u32,
    /// Characters that a call sends besides its inputs, for estimates: the prompt, labels, the form of the answer.
    pub prompt_chars: usize,
    /// What it adds.
    pub columns: IndexMap<String, AnswerColumn>,
    /// The query, rendered.
    pub body: String,
    /// A query that gives, instead of each answer, the characters that the call sends (`sent_chars`) and those that the
    /// query puts around its answer (`own_chars`); none where the call is not in the select list.
    pub measured: Option<String>,
    /// The same as expressions over the rows, where that can be.
    pub measured_inline: Option<MeasuredInline>,
    /// The call of `ai_query` with `piq_question` for its question and few tokens for the answer.
    pub trial: Option<String>,
    /// Columns that are what `ai_classify` gives in version 2, as JSON text.
    pub classified: Vec<String>,
    /// Inputs whose prepared text the query reads.
    pub texts: Vec<String>,
    /// Inputs that the source has, or that are derived from it.
    pub source_inputs: Vec<String>,
    /// Inputs that other enrichments provide.
    pub answer_inputs: Vec<String>,
    /// Enrichments that must come first.
    pub depends_on: Vec<String>,
    /// It and all enrichments that it depends on, directly or through others: a change of one changes it.
    pub changed_by: Vec<String>,
    /// 1 for what reads only the source; computed views share the wave of what they read.
    pub wave: usize,
    /// SHA-256 over prompt version, the tokens of the query and how its texts are prepared, for a computed view also
    /// over the reference tables that it reads: a change asks, or computes, again.
    pub fingerprint: String,
    /// Dollars for a million tokens, from `ref_model_prices`.
    pub price: Price,
    #[serde(skip)]
    pub(super) source: Option<Arc<Source>>,
    /// Where the rendered file comes from, and where in it the query begins.
    #[serde(skip)]
    pub(super) origin: Option<Origin>,
}

/// The call of a macro in a file.
#[derive(Debug)]
pub(super) struct MacroCall {
    pub name: String,
    pub place: Span,
    /// Where the macros write the name that was looked for.
    pub written: Option<Span>,
}

/// The way back from a rendered query to its file.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub map: SourceMap,
    /// The macros that the file may call.
    pub macros: Option<Arc<Source>>,
    /// Bytes in front of the file's own text in what was rendered.
    pub shift: usize,
    /// Where the query begins in the rendered text.
    pub body: usize,
}

/// The hash over all parts, each with its length in front, in lower-case hexadecimal.
fn sha256(parts: &[&str]) -> String {
    let text: String = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// AI functions that an enrichment may call.
const FUNCTIONS: [&str; 5] = ["ai_summarize", "ai_classify", "ai_gen", "ai_mask", "ai_query"];

/// The faults with those of keys that the header itself lacks at its first key.
fn at_header(mut found: Diagnostics, source: &Arc<Source>) -> Diagnostics {
    let begin = header_comment(&source.text).map_or(0, |span| span.start + 2);
    let blanks = source.text.get(begin..).map_or(0, |text| text.len() - text.trim_start().len());
    for d in found.0.iter_mut().filter(|d| d.message.starts_with("missing field `")) {
        for label in d.labels.iter_mut().filter(|label| label.place.line_column().1 == 1) {
            label.place = Span::new(source, begin + blanks..begin + blanks);
        }
    }
    found
}

/// The first word of the query in the file as written.
fn first_word_after_header(text: &str) -> Range<usize> {
    let end = header_comment(text).map_or(0, |span| span.end);
    let first = lex(&text[end..]).into_iter().find(|t| t.is_significant());
    first.map_or(end..end, |t| end + t.span.start..end + t.span.end)
}

impl Enrichment {
    /// Reads a rendered enrichment file.
    ///
    /// # Errors
    /// A missing or broken header, a column without a comment, an unknown function: each with its file and line.
    pub fn parse(name: &str, rendered: &str, source: &Arc<Source>) -> Result<Self, Diagnostics> {
        let whole = Span::new(source, 0..0);
        let no_header = || {
            Diagnostics::from(
                Diagnostic::error("enrichment-header", "the file has no YAML header")
                    .at(whole.clone())
                    .hint("begin with /* summary: …, inputs: […], columns: {…} */ and then the SELECT"),
            )
        };
        let all = lex(rendered);
        let first = all.iter().find(|t| t.kind != TokenKind::Blank);
        let comment = first.filter(|t| t.kind == TokenKind::Comment && t.raw.starts_with("/*") && !t.open);
        let comment = &comment.ok_or_else(no_header)?.span;
        let line_offset =
            header_comment(&source.text).map_or(0, |span| source.text[..span.start].matches('\n').count());
        let mut header: Header = from_yaml(&rendered[comment.start + 2..comment.end - 2], source, line_offset)
            .map_err(|d| at_header(with_indentation(d, source), source))?;
        let answer = fields(std::mem::take(&mut header.answer), source)?;
        let rest = &rendered[comment.end..];
        let all = tokens(rest);
        let (body, is_select, body_at) = match statements(&all).as_slice() {
            // a question is put behind a WITH of piq's own
            [one] => {
                let is_query = one[0].is_word("select") || one[0].is_word("with") && header.function.is_none();
                (written(rest, one).to_owned(), is_query, one[0].span.start)
            }
            _ => (String::new(), false, 0),
        };
        let body_at = comment.end + body_at;
        let mut problems = Vec::new();
        let mut problem = |code, message: String, word: &str| {
            let at = find_word(&source.text, word);
            problems.push(Diagnostic::error(code, message).at(Span::new(source, at)));
        };
        for (column, spec) in &header.columns {
            if spec.comment.trim().is_empty() {
                problem("column-comment", format!("column `{column}` has an empty comment"), column);
            }
        }
        if let Some(f) = &header.function {
            if !FUNCTIONS.contains(&f.as_str()) {
                let message = format!("unknown AI function `{f}`; available: {}", FUNCTIONS.join(", "));
                problem("unknown-function", message, f);
            }
            if header.prompt_version.is_none() {
                problem("prompt-version", "an enrichment that asks a model needs a `prompt_version`".into(), f);
            }
        }
        if header.columns.is_empty() {
            problem("no-columns", "the enrichment adds no column".into(), "columns");
        }
        if header.function.as_deref() == Some("ai_query") && answer.is_empty() {
            problem(
                "answer-form",
                "an enrichment that calls ai_query must name the fields of its `answer`".into(),
                "ai_query",
            );
        }
        if !is_select {
            let d = Diagnostic::error("enrichment-body", "expected one SELECT after the header")
                .at(Span::new(source, first_word_after_header(&source.text)))
                .hint("write a WITH of a question within brackets: SELECT … FROM (WITH … SELECT …) AS t");
            problems.push(d);
        }
        if !problems.is_empty() {
            return Err(Diagnostics(problems));
        }
        let prompt_version = header.prompt_version.unwrap_or_default();
        let fingerprint = sha256(&[&prompt_version, &canonical(&body)]);
        let answer_type = if answer.is_empty() {
            header.columns.iter().map(|(name, c)| format!("{name} {}", c.sql_type)).collect::<Vec<_>>().join(", ")
        } else {
            let sql = |p: &Property| if p.kind == "integer" { "BIGINT" } else { "STRING" };
            answer.iter().map(|(name, p)| format!("{name} {}", sql(p))).collect::<Vec<_>>().join(", ")
        };
        Ok(Self {
            name: name.to_owned(),
            summary: header.summary,
            function: header.function,
            role: header.role,
            model: String::new(),
            prompt_version,
            empty_when: header.empty_when.unwrap_or_else(|| header.inputs.clone()),
            inputs: header.inputs,
            ask_when: header.ask_when,
            answer,
            answer_type,
            answer_chars: header.answer_chars,
            prompt_chars: 0,
            columns: header.columns,
            body,
            measured: None,
            measured_inline: None,
            trial: None,
            classified: Vec::new(),
            texts: Vec::new(),
            source_inputs: Vec::new(),
            answer_inputs: Vec::new(),
            depends_on: Vec::new(),
            changed_by: Vec::new(),
            wave: 0,
            fingerprint,
            price: Price::default(),
            source: Some(source.clone()),
            origin: Some(Origin { map: SourceMap::default(), macros: None, shift: 0, body: body_at }),
        })
    }

    /// Mixes the contents of something that the query reads into the fingerprint.
    pub(super) fn mix(&mut self, contents: &str) {
        self.fingerprint = sha256(&[&self.fingerprint, contents]);
    }

    /// Place in the file of `name`, which stands at `at` in the query: where a macro made it, the call.
    pub(super) fn place_in_body(&self, at: usize, name: &str) -> Option<Span> {
        let (source, origin) = (self.source.as_ref()?, self.origin.as_ref()?);
        let found = origin.map.span_of(origin.body + at)?;
        if found.source.path != source.path {
            // a template that the file includes made it: the file names it, or not at all
            let word = find_word(&source.text, name);
            return Some(if word.is_empty() { found } else { Span::new(source, word) });
        }
        let span = found.span.start.saturating_sub(origin.shift)..found.span.end.saturating_sub(origin.shift);
        if span.is_empty() {
            return Some(Span::new(source, span.start..(span.start + name.len()).min(source.text.len())));
        }
        let word = word_of(source.text.get(span.clone())?, name);
        if word.is_empty() {
            return Some(Span::new(source, span));
        }
        Some(Span::new(source, span.start + word.start..span.start + word.end))
    }

    /// The call of a macro that made what stands at `at` in the query, if the call does not say `name` itself.
    pub(super) fn call_around(&self, at: usize, name: &str) -> Option<MacroCall> {
        let origin = self.origin.as_ref()?;
        origin.map.expression_at(origin.body + at)?;
        let place = self.place_in_body(at, "")?;
        let text = place.source.text.get(place.span.clone())?;
        let called = called_names(text).next()?.to_owned();
        let is_said = !word_of(text, name).is_empty();
        (!is_said).then(|| MacroCall { written: self.written_by(&called, name), name: called, place })
    }

    /// Place of a name that the file itself does not hold, in the macros.
    pub(super) fn place_in_macros(&self, name: &str) -> Option<Span> {
        let is_own = !find_word(&self.source.as_ref()?.text, name).is_empty();
        if is_own { None } else { self.word_in_macros(name) }
    }

    /// Where a macro writes `name`, or another that it calls; else where it is defined.
    fn written_by(&self, called: &str, name: &str) -> Option<Span> {
        let macros = self.origin.as_ref()?.macros.as_ref()?;
        let begin = macros.text.find(&format!("macro {called}("))?;
        let definition = &macros.text[begin..];
        let definition = &definition[..definition.find("endmacro").unwrap_or(definition.len())];
        let within = |word: Range<usize>| Span::new(macros, begin + word.start..begin + word.end);
        let word = word_of(definition, name);
        if !word.is_empty() {
            return Some(within(word));
        }
        let elsewhere = if is_keyword(name) { None } else { self.word_in_macros(name) };
        elsewhere.or_else(|| Some(within(find_word(definition, called))))
    }

    fn word_in_macros(&self, name: &str) -> Option<Span> {
        let macros = self.origin.as_ref()?.macros.as_ref()?;
        let word = word_of(&macros.text, name);
        (!word.is_empty()).then(|| Span::new(macros, word))
    }

    /// Place of the last of `words`, each looked for after the one before; of the last that is found.
    pub(super) fn place_after(&self, words: &[&str]) -> Option<Span> {
        let source = self.source.as_ref()?;
        let header = source.text.find("/*").unwrap_or(0);
        Some(Span::new(source, find_words(&source.text, header, words)))
    }

    /// Place of the last of `words` that is found in the answer of the header, or in what it is set from.
    pub(super) fn place_in_answer(&self, words: &[&str]) -> Option<Span> {
        Some(answer_place(self.source.as_ref()?, words))
    }

    /// Place of a word in the file; of one that a template made, where the query has it.
    pub(super) fn place_of(&self, word: &str) -> Option<Span> {
        let source = self.source.as_ref()?;
        let at = find_word(&source.text, word);
        if !at.is_empty() {
            return Some(Span::new(source, at));
        }
        let all = tokens(&self.body);
        let made = all.iter().find(|t| t.is_name() && t.content().to_lowercase().ends_with(word));
        made.and_then(|t| self.place_in_body(t.span.start, "")).or_else(|| Some(Span::new(source, at)))
    }
}

#[cfg(test)]
mod tests {
    use super::Enrichment;
    use piq_diagnostics::Source;

    fn fingerprint(body: &str) -> String {
        let text = format!(
            "/*\nsummary: s\nfunction: ai_gen\nprompt_version: v1\ninputs: [x]\ncolumns: {{a: {{type: STRING, comment: c}}}}\n*/\n{body}\n"
        );
        Enrichment::parse("e", &text, &Source::new("sql/enrichments/e.sql", text.clone())).expect("reads").fingerprint
    }

    #[test]
    fn a_fingerprint_is_taken_over_the_tokens() {
        let english = fingerprint("SELECT ai_gen(concat(\"Say it -- in English\", x)) AS a FROM u");
        assert_ne!(english, fingerprint("SELECT ai_gen(concat(\"Say it -- in German\", x)) AS a FROM u"));
        let layout = "SELECT -- why\n  ai_gen( concat(\"Say it -- in English\",x) ) AS a /* all */\nFROM u;";
        assert_eq!(english, fingerprint(layout));
        assert_ne!(english, fingerprint("SELECT ai_gen(concat('Say it -- in English', x)) AS a FROM u"));
    }
}
