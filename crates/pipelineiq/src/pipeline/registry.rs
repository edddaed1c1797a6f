//! All of `sql/`: the configuration, the reference tables and the enrichments in their order.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::Serialize;

use super::check::{Checked, Tables, almost_typed, own_columns, unasked_labels, unknown_inputs};
use super::classified::classified_columns;
use super::config::{Config, from_yaml, out_of_range};
use super::enrichment::Enrichment;
use super::indentation::with_indentation;
use super::measured::{literal_chars, measured};
use super::models::{AskedModel, ModelRole, asked_models};
use super::placed::placed;
use super::reference::{ReferenceTable, rows};
use super::template_faults::at_their_template;
use super::texts;
use super::trial::trial;
use super::waves;
use crate::template::{Engine, MARK, SharedContext, Templates};
use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span, closest, parallel};
use piq_sql::{canonical, tokens};

/// The pipeline of one target, complete: what the notebook templates draw on.
#[derive(Debug, Clone, Serialize)]
pub struct Registry {
    /// `sql/pipeline.yml`.
    #[serde(flatten)]
    pub config: Config,
    /// Tables of `sql/reference/`, by name.
    pub reference: IndexMap<String, ReferenceTable>,
    /// Columns of the source contract: `sql/source_columns.csv`.
    pub source_columns: ReferenceTable,
    /// Columns that are computed from a use case and today's date: `sql/derived_columns.csv`.
    pub derived_columns: ReferenceTable,
    /// Enrichments, in an order in which each comes after what it reads.
    pub enrichments: Vec<Enrichment>,
    /// Questions about a manager instead of a use case: `sql/summaries/`.
    pub summaries: Vec<Enrichment>,
    /// Source fields of which `piq_batch` has the prepared text too.
    pub texts: Vec<String>,
    /// Number of waves of AI calls.
    pub waves: usize,
    /// The mapping of the source to its contract: `sql/source.sql`, rendered.
    #[serde(skip)]
    pub source_sql: String,
    /// Names that `templates/macros.sql.j2` defines: every query may use them.
    #[serde(skip)]
    pub(super) macro_names: Vec<String>,
    /// What is worth a look in the files of `sql/`, and stops nothing.
    #[serde(skip)]
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Inputs that the notebook derives from the rules in reference tables: which of their conditions hold today.
const RULE_COLUMNS: [&str; 2] = ["override_rules", "slip_rules"];

/// The macros that every enrichment may use.
const MACROS: &str = "macros.sql.j2";

impl Registry {
    /// Names of the columns of the source contract.
    pub(crate) fn source_column_names(&self) -> impl Iterator<Item = &str> {
        self.source_columns.rows.iter().filter_map(|r| r.get("column")).map(String::as_str)
    }

    /// Reads the files of `sql/` and the macros; `context` is what templates see besides the pipeline itself. What their
    /// SQL says wrong is told by [`Self::faults`].
    ///
    /// # Errors
    /// Every fault that hides what a file says, each with its file and line.
    pub fn load(
        files: &BTreeMap<String, Arc<Source>>,
        macros: &Arc<Source>,
        context: &SharedContext,
    ) -> Result<Self, Diagnostics> {
        let missing = |path: &str| Diagnostics::from(Diagnostic::error("missing-file", format!("{path} is missing")));
        let config_source = files.get("sql/pipeline.yml").ok_or_else(|| missing("sql/pipeline.yml"))?;
        let mut templates = Templates::default();
        templates.add("pipeline.yml", config_source.clone());
        let rendered = Engine::new(&templates)?.render("pipeline.yml", context)?;
        let mut config: Config =
            from_yaml(&rendered.text, config_source, 0).map_err(|d| with_indentation(d, config_source))?;
        config.asked = asked_models(&config.model, &config.roles, &config.models);
        without_batch(&config, config_source)?;
        let mut faults = out_of_range(&config, config_source);

        let mut problems = Vec::new();
        let mut reference = IndexMap::new();
        for (path, source) in files {
            let Some(name) = path.strip_prefix("sql/reference/").and_then(|n| n.strip_suffix(".csv")) else {
                continue;
            };
            match ReferenceTable::parse(name, source) {
                Ok(table) => {
                    reference.insert(name.to_owned(), table);
                }
                Err(d) => problems.extend(d.0),
            }
        }
        let columns_of = |path: &str, name: &str| {
            files.get(path).ok_or_else(|| missing(path)).and_then(|source| ReferenceTable::parse(name, source))
        };
        let source_columns = columns_of("sql/source_columns.csv", "source_columns")?;
        let derived_columns = columns_of("sql/derived_columns.csv", "derived_columns")?;
        if !problems.is_empty() {
            return Err(Diagnostics(problems));
        }
        let tables = Tables {
            files,
            config: &config,
            reference: &reference,
            source_columns: &source_columns,
            derived_columns: &derived_columns,
        };
        faults.extend(tables.faults());
        // what reads the column would fail too, at another place
        if faults.iter().any(|d| d.code == "missing-column") {
            return Err(Diagnostics(faults));
        }
        match Self::with_questions(files, macros, context, config, reference, source_columns, derived_columns) {
            Ok(registry) if faults.is_empty() => Ok(registry),
            Ok(_) => Err(Diagnostics(faults)),
            Err(others) => {
                faults.extend(others.0);
                Err(Diagnostics(faults))
            }
        }
    }

    /// All that is wrong in what was read, in the order of the files.
    pub(super) fn faults(&self, files: &BTreeMap<String, Arc<Source>>) -> Vec<Diagnostic> {
        let checked = Checked {
            files,
            reference: &self.reference,
            source_columns: &self.source_columns,
            derived_columns: &self.derived_columns,
            enrichments: &self.enrichments,
            summaries: &self.summaries,
        };
        checked.faults()
    }

    /// Reads the questions of a pipeline whose settings and tables are read.
    fn with_questions(
        files: &BTreeMap<String, Arc<Source>>,
        macros: &Arc<Source>,
        context: &SharedContext,
        config: Config,
        reference: IndexMap<String, ReferenceTable>,
        source_columns: ReferenceTable,
        derived_columns: ReferenceTable,
    ) -> Result<Self, Diagnostics> {
        let mut problems = Vec::new();
        let context = context.clone().with("pipeline", &config).with("reference", &rows(&reference));
        let macros = Macros::read(macros, files, &context)?;
        let mut read = |folder: &str| {
            let questions: Vec<(&str, &Arc<Source>)> =
                files.iter().filter_map(|(path, source)| Some((name_in(path, folder)?, source))).collect();
            let mut found = Vec::new();
            for one in parallel::map(&questions, |(name, source)| {
                let e = enrichment(name, source, &macros, &context)?;
                with_reference(e, &reference, &config.asked)
            }) {
                match one {
                    Ok(e) => found.push(e),
                    Err(d) => problems.extend(d.0),
                }
            }
            found
        };
        let enrichments = read("sql/enrichments/");
        let summaries = read("sql/summaries/");
        for summary in &summaries {
            let unknown = unknown_inputs(summary);
            // a misspelled input is why its text is not declared
            problems.extend(if unknown.is_empty() { texts::undeclared(summary) } else { unknown });
        }
        problems.extend(own_columns(&enrichments, &summaries, &reference, &[&source_columns, &derived_columns]));
        if !problems.is_empty() {
            return Err(Diagnostics(at_their_template(problems, files)));
        }
        let named = |table: &ReferenceTable, keep: fn(&IndexMap<String, String>) -> bool| -> Vec<String> {
            table.rows.iter().filter(|r| keep(r)).filter_map(|r| r.get("column").cloned()).collect()
        };
        let is_daily = |r: &IndexMap<String, String>| r.get("daily").is_some_and(|d| d == "yes");
        let mut inputs = named(&source_columns, |_| true);
        inputs.extend(named(&derived_columns, |r| r.get("daily").is_none_or(|d| d != "yes")));
        inputs.extend(RULE_COLUMNS.map(str::to_owned));
        let daily = named(&derived_columns, is_daily);
        let enrichments = waves::arrange(enrichments, &inputs, &daily)?;
        let mut warnings: Vec<Diagnostic> = reference.values().flat_map(almost_typed).collect();
        warnings.extend(enrichments.iter().flat_map(unasked_labels));
        let checked = Checked {
            files,
            reference: &reference,
            source_columns: &source_columns,
            derived_columns: &derived_columns,
            enrichments: &enrichments,
            summaries: &summaries,
        };
        // a fault of the SQL may be why a text is another than it seems
        let texts = texts::prepared(&enrichments).map_err(|others| match checked.faults() {
            faults if faults.is_empty() => others,
            faults => Diagnostics(faults),
        })?;
        let waves = enrichments.iter().filter(|e| e.function.is_some()).map(|e| e.wave).max().unwrap_or(0);
        Ok(Self {
            config,
            reference,
            source_columns,
            derived_columns,
            enrichments,
            summaries,
            texts,
            waves,
            source_sql: String::new(),
            macro_names: macros.names,
            warnings,
        })
    }
}

/// The name of the question that a file of `folder` holds.
fn name_in<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    path.strip_prefix(folder)?.strip_suffix(".sql")
}

fn enrichment(
    name: &str,
    source: &Arc<Source>,
    macros: &Macros,
    context: &SharedContext,
) -> Result<Enrichment, Diagnostics> {
    // The import stands on the file's own first line, so that lines stay the file's.
    let import = import(&macros.names);
    let mut templates = Templates::default();
    // only those that the file names: a slip in another template is not a fault of this file
    for (helper, text) in macros.helpers.iter().filter(|(helper, _)| source.text.contains(helper.as_str())) {
        templates.add(helper.clone(), text.clone());
    }
    templates.add(name, Source::new(source.path.clone(), format!("{import}{}", source.text)));
    let rendered = macros
        .engine
        .with(&templates)
        .and_then(|e| e.render(name, context))
        .map_err(|d| macros.not_exported(source, context).unwrap_or_else(|| back(d, source, import.len())))?;
    let mut enrichment = Enrichment::parse(name, &rendered.text, source)?;
    if let Some(origin) = &mut enrichment.origin {
        (origin.map, origin.shift) = (rendered.map.clone(), import.len());
        origin.macros = Some(macros.source.clone());
    }
    enrichment.texts = texts::texts(&enrichment.body);
    if !enrichment.texts.is_empty() {
        enrichment.mix(&canonical(&macros.preparation));
    }
    let measured = enrichment.function.as_deref().and_then(|function| measured(&enrichment.body, function));
    enrichment.trial = trial(&enrichment.body);
    enrichment.classified = classified_columns(&enrichment.body);
    enrichment.prompt_chars = measured.as_ref().map_or_else(|| literal_chars(&enrichment.body), |m| m.literal_chars);
    enrichment.measured_inline = measured.as_ref().and_then(|m| m.inline.clone());
    enrichment.measured = measured.map(|m| m.sql);
    Ok(enrichment)
}

/// The tags that make the macros known to a query, whatever the template around it imports.
pub(super) fn import(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let marked: String = names.iter().map(|name| format!("{{%- set {name} = {MARK}({name}) -%}}")).collect();
    format!("{{%- from '{MACROS}' import {} with context -%}}{marked}", names.join(", "))
}

/// What every enrichment may use of the templates.
struct Macros {
    source: Arc<Source>,
    /// The template, compiled once for all enrichments.
    engine: Engine,
    /// The other templates beside it, by name: an enrichment imports from them what it needs.
    helpers: BTreeMap<String, Arc<Source>>,
    /// Names that the template exports.
    names: Vec<String>,
    /// The SQL that prepares a text: another one makes other questions.
    preparation: String,
}

impl Macros {
    fn read(
        source: &Arc<Source>,
        files: &BTreeMap<String, Arc<Source>>,
        context: &SharedContext,
    ) -> Result<Self, Diagnostics> {
        let mut templates = Templates::default();
        templates.add(MACROS, source.clone());
        let engine = Engine::new(&templates)?;
        let mut preparation = Templates::default();
        let call = format!("{{%- from '{MACROS}' import prepared_text with context -%}}{{{{ prepared_text('x') }}}}");
        preparation.add("preparation", Source::new(source.path.clone(), call));
        let names = engine.exports(MACROS, context)?;
        // a project with templates of its own may prepare texts where they are read
        let preparation = if names.iter().any(|n| n == "prepared_text") {
            engine.with(&preparation)?.render("preparation", context)?.text
        } else {
            String::new()
        };
        let beside = |(path, text): (&String, &Arc<Source>)| {
            let name = path.strip_prefix("templates/").filter(|name| !name.contains('/') && *name != MACROS)?;
            Some((name.to_owned(), text.clone()))
        };
        let helpers = files.iter().filter_map(beside).collect();
        Ok(Self { source: source.clone(), engine, helpers, names, preparation })
    }
}

impl Macros {
    /// Names that a file imports from a template that does not have them.
    fn not_exported(&self, source: &Arc<Source>, context: &SharedContext) -> Option<Diagnostics> {
        let mut found = Vec::new();
        for (template, names) in imports(&source.text) {
            let all: Vec<String> = if template == MACROS {
                self.names.clone()
            } else {
                let mut templates = Templates::default();
                templates.add(template, self.helpers.get(template)?.clone());
                self.engine.with(&templates).and_then(|e| e.exports(template, context)).ok()?
            };
            for name in names.into_iter().filter(|name| !all.contains(&source.text[name.clone()].to_owned())) {
                let message = format!("templates/{template} has no `{}`", &source.text[name.clone()]);
                let near = closest(&source.text[name.clone()], all.iter().map(String::as_str));
                let hint =
                    near.map_or_else(|| format!("it has {}", all.join(", ")), |n| format!("did you mean `{n}`?"));
                found.push(Diagnostic::error("template", message).at(Span::new(source, name)).hint(hint));
            }
        }
        (!found.is_empty()).then_some(Diagnostics(found))
    }
}

/// The tags `{% from 'template' import name, … %}` of a text: each template with the places of the names.
fn imports(text: &str) -> Vec<(&str, Vec<Range<usize>>)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("{%") {
        let tag = &text[at..];
        let Some(tag) = tag.find("%}").map(|end| &tag[..end]) else { continue };
        let inside = tag[2..].trim_start_matches('-').trim_start();
        let Some(quoted) = inside.strip_prefix("from").map(str::trim_start) else { continue };
        let Some((template, rest)) = quoted.get(1..).and_then(|t| t.split_once(['\'', '"'])) else { continue };
        let Some(list) = rest.trim_start().strip_prefix("import") else { continue };
        let begin = at + tag.len() - list.len();
        let list = list.split(" with").next().unwrap_or_default();
        let mut start = begin;
        let mut names = Vec::new();
        for item in list.split(',') {
            let name = item.split_whitespace().next().unwrap_or_default().trim_end_matches('-');
            let from = start + item.find(name).unwrap_or(0);
            if !name.is_empty() {
                names.push(from..from + name.len());
            }
            start += item.len() + 1;
        }
        found.push((template, names));
    }
    found
}

/// An error for each role whose model takes no batch inference: every statement over a table is one.
fn without_batch(config: &Config, source: &Arc<Source>) -> Result<(), Diagnostics> {
    let refused = config.asked.values().filter(|model| !model.traits.batch).map(|model| {
        let at = source.text.find(&model.name).map_or(0..0, |i| i..i + model.name.len());
        Diagnostic::error("model-batch", format!("`{}` does not take batch inference", model.name))
            .at(Span::new(source, at))
            .hint("name a model that does, for all questions (`model`) or for a role (`roles`)")
    });
    let mut refused: Vec<Diagnostic> = refused.collect();
    refused.dedup();
    if refused.is_empty() { Ok(()) } else { Err(Diagnostics(refused)) }
}

/// Fills in what the reference tables say: allowed values and prices.
fn with_reference(
    mut e: Enrichment,
    reference: &IndexMap<String, ReferenceTable>,
    asked: &IndexMap<ModelRole, AskedModel>,
) -> Result<Enrichment, Diagnostics> {
    for (name, column) in &mut e.columns {
        let Some(allowed) = column.allowed.clone() else { continue };
        let values = allowed.split_once('.').and_then(|(table, field)| {
            reference.get(table)?.rows.iter().map(|r| r.get(field).cloned()).collect::<Option<Vec<_>>>()
        });
        let Some(values) = values else {
            return Err(unknown_list(name, &allowed, e.source.as_ref(), reference).into());
        };
        column.allowed_values = values;
        column.allowed_values.extend(column.also_allowed.iter().cloned());
    }
    if e.function.is_none() {
        let body = e.body.clone();
        let named: BTreeSet<String> =
            tokens(&body).iter().filter(|t| t.is_name()).map(|t| t.content().to_lowercase()).collect();
        for (name, table) in reference.iter().filter(|(name, _)| named.contains(&name.to_lowercase())) {
            e.mix(&format!("{name}\0{}", table.version));
        }
    }
    let Some(function) = e.function.clone() else { return Ok(e) };
    e.model = function.clone();
    if let Some(model) = asked.get(&e.role).filter(|_| function == "ai_query") {
        e.model = model.name.clone();
    }
    let row = reference.get("ref_model_prices").and_then(|table| {
        let of = |name: &String| table.rows.iter().find(|r| r.get("function") == Some(name));
        of(&e.model).or_else(|| of(&function))
    });
    if let Some(row) = row {
        let price = |key: &str| row.get(key).and_then(|v| v.parse().ok()).unwrap_or(0.0);
        e.price = super::enrichment::Price {
            input: price("input_usd_per_million_tokens"),
            output: price("output_usd_per_million_tokens"),
        };
    }
    Ok(e)
}

/// The fault of allowed values that no reference table lists.
fn unknown_list(
    name: &str,
    allowed: &str,
    source: Option<&Arc<Source>>,
    reference: &IndexMap<String, ReferenceTable>,
) -> Diagnostic {
    let message = format!("`{allowed}`, the allowed values of `{name}`, is not a column of a reference table");
    let (table, field) = allowed.split_once('.').unwrap_or((allowed, ""));
    let near_table = || closest(table, reference.keys().map(String::as_str));
    let known = reference.get_key_value(table).map(|(known, _)| known.as_str()).or_else(near_table);
    let column = |table: &str| {
        let columns = &reference.get(table)?.columns;
        let near = closest(field, columns.keys().map(String::as_str));
        near.or_else(|| columns.keys().next().map(String::as_str).filter(|_| field.is_empty()))
    };
    let hint =
        known.and_then(|known| Some(format!("did you mean `{known}.{}`?", column(known)?))).unwrap_or_else(|| {
            match known.and_then(|known| reference.get(known)) {
                Some(table) => {
                    let columns: Vec<&str> = table.columns.keys().map(String::as_str).collect();
                    format!("{} has the columns {}", table.name, columns.join(", "))
                }
                None => "name it as table.column of a file in sql/reference/".to_owned(),
            }
        });
    let place = source.map(|source| {
        let at = source.text.find(allowed).map_or(0..0, |i| i..i + allowed.len());
        Span::new(source, at)
    });
    placed(Diagnostic::error("unknown-reference-table", message).hint(hint), place)
}

/// Moves places from the text with the import in front to the file as written.
fn back(mut diagnostics: Diagnostics, source: &Arc<Source>, shift: usize) -> Diagnostics {
    for label in diagnostics.0.iter_mut().flat_map(|d| &mut d.labels) {
        if label.place.source.path == source.path {
            let span = &label.place.span;
            label.place = Span::new(source, span.start.saturating_sub(shift)..span.end.saturating_sub(shift));
        }
    }
    diagnostics
}
