//! The SQL of an enrichment: its query, and the expressions in its header.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use piq_diagnostics::{Diagnostic, Span, closest};
use piq_sql::lint::unmatched;
use piq_sql::{FunctionKind, Item, Structure, TokenKind, is_function, relations, tokens};

use super::names::{NameFault, Readable};
use super::patterns::pattern_faults;
use super::sql::{expression_faults, query_faults};
use super::types::{known_types, unknown_type};
use super::{ADDED, Checked, diagnostic, names};
use crate::pipeline::enrichment::Enrichment;
use crate::pipeline::{classified, trial};
use crate::template::CALLED;

/// Columns of the row that a manager's brief is asked about.
const OF_MANAGERS: [&str; 6] = ["usecase_id", "manager", "top_list", "top_ids", "input_hash", "dollars"];

/// What every enrichment reads: the use cases that need an answer.
const ROWS: &str = "filtered_usecases";

/// Columns of the ledger.
const OF_THE_LEDGER: [&str; 17] = [
    "run_id",
    "usecase_id",
    "enrichment",
    "input_hash",
    "prompt_version",
    "model",
    "status",
    "error",
    "attempts",
    "output",
    "input_chars",
    "output_chars",
    "est_input_tokens",
    "est_output_tokens",
    "est_cost_usd",
    "started_at",
    "finished_at",
];

impl Checked<'_> {
    pub(super) fn enrichment(&self, e: &Enrichment) -> Vec<Diagnostic> {
        let mut own: BTreeSet<String> = e.inputs.iter().map(|c| c.to_lowercase()).collect();
        own.extend(names(&ADDED[..4]));
        let is_daily = |r: &&indexmap::IndexMap<String, String>| r.get("daily").is_some_and(|d| d == "yes");
        own.extend(self.derived_columns.rows.iter().filter(is_daily).filter_map(|r| r.get("column").cloned()));
        let mut all = self.source_names();
        all.extend(self.derived_names());
        // the rules that hold change from day to day: a query that reads them has to name them
        all.extend(names(&ADDED[4..]));
        all.extend(self.enrichments.iter().flat_map(|other| other.columns.keys().cloned()));
        let undeclared: BTreeSet<String> = all.difference(&own).cloned().collect();
        // a text that any question has prepared must not reach a model otherwise
        let raw_texts = self.enrichments.iter().flat_map(|e| e.texts.iter().cloned()).collect();
        // those that a view reads of another enrichment must be inputs too
        let mut relations = self.relations();
        for other in self.enrichments.iter().filter(|other| other.name != e.name) {
            let columns = other.columns.keys().filter(|c| e.inputs.contains(c)).cloned();
            relations.insert(other.name.clone(), columns.chain(names(&["usecase_id", "answer_status"])).collect());
        }
        let mut rows = own.clone();
        if e.function.is_none() {
            rows.retain(|c| !e.answer_inputs.contains(c));
        }
        relations.insert(ROWS.to_owned(), rows);
        let itself = Some(e.name.to_lowercase());
        let body = Readable {
            undeclared: undeclared.clone(),
            raw_texts,
            relations,
            itself,
            shapes: self.shapes(),
            ..Readable::default()
        };
        let row = Readable { columns: own, undeclared, values: self.known_values(), ..Readable::default() };
        self.faults_of(e, &body, &row)
    }

    pub(super) fn summary(&self, e: &Enrichment) -> Vec<Diagnostic> {
        let own = names(&OF_MANAGERS);
        let relations = BTreeMap::from([(ROWS.to_owned(), own.clone())]);
        let body = Readable { relations, ..Readable::default() };
        let row = Readable { columns: own, ..Readable::default() };
        self.faults_of(e, &body, &row)
    }

    /// Relations that each query may read besides its rows, with their columns.
    pub(super) fn relations(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> =
            self.reference.iter().map(|(name, t)| (name.clone(), t.columns.keys().cloned().collect())).collect();
        let mut scope = self.source_names();
        scope.extend(self.derived_names());
        scope.extend(names(&ADDED));
        found.insert("piq_scope".to_owned(), scope);
        let mut answers: BTreeSet<String> = self.enrichments.iter().flat_map(|e| e.columns.keys().cloned()).collect();
        answers.extend(names(&["usecase_id", "piq_row_hash", "piq_last_updated"]));
        found.insert("pipelineiq".to_owned(), answers);
        found.insert("piq_ai_calls".to_owned(), names(&OF_THE_LEDGER));
        found
    }

    fn faults_of(&self, e: &Enrichment, body: &Readable, row: &Readable) -> Vec<Diagnostic> {
        // brackets that do not match are reported with the notebook
        if unmatched(&e.body).is_some() {
            return Vec::new();
        }
        let mut found = lost_commas(e);
        let (shape, labels) = (shape(e), labels_first(e));
        // what has lost a comma, or has its arguments the wrong way round, does not read for that reason; a column that
        // is there twice stands for the one that is missing
        let reads = found.is_empty() && labels.is_empty();
        let is_other = |fault: &NameFault| match fault.code {
            "sql-syntax" => reads,
            "sql-columns" => shape.is_empty(),
            _ => true,
        };
        let others: Vec<NameFault> = query_faults(&e.body, body).into_iter().filter(is_other).collect();
        found.extend(others.into_iter().chain(pattern_faults(&e.body)).map(|fault| self.in_query(e, fault)));
        found.extend(shape);
        found.extend(labels);
        found.extend(misspelled_arguments(e));
        found.extend(other_models(e));
        found.extend(classified::faults(e));
        if let Some(sql) = &e.ask_when {
            found.extend(in_header(e, "inputs", "ask_when", sql, row));
        }
        // an answer that is checked may be any text
        let outputs = Readable { columns: outputs(e, &row.columns), ..Readable::default() };
        for (name, column) in &e.columns {
            if let Some(part) = unknown_type(&column.sql_type) {
                let d = Diagnostic::error("column-type", format!("unknown type `{part}` of the column `{name}`"));
                let near = closest(&part.to_uppercase(), known_types());
                let d = near.map_or(d.clone(), |near| d.hint(format!("did you mean `{near}`?")));
                found.push(at(d, e.place_after(&[name, "type", part])));
            }
            for (key, sql, readable) in [
                ("valid", &column.valid, &outputs),
                ("value", &column.value, &outputs),
                ("on_empty", &column.on_empty, row),
            ] {
                if let Some(sql) = sql {
                    found.extend(in_header(e, name, key, sql, readable));
                }
            }
        }
        found
    }
}

impl Checked<'_> {
    /// A fault of the query at its place: in the reference table if a condition of it is at fault.
    fn in_query(&self, e: &Enrichment, fault: NameFault) -> Diagnostic {
        match self.condition_of(e, &fault) {
            Some((condition, put_in)) => {
                diagnostic(fault, Some(condition)).label(put_in, "the condition is put in here")
            }
            None => in_body(e, fault),
        }
    }

    /// Where a condition of a reference table has the name that is at fault, and where the query puts it in.
    fn condition_of(&self, e: &Enrichment, fault: &NameFault) -> Option<(Span, Span)> {
        let put_in = e.place_in_body(fault.span.start, &fault.name)?;
        let text = put_in.source.text.get(put_in.span.clone())?;
        if !text.contains(".condition") {
            return None;
        }
        let named = self.reference.iter().filter(|(name, _)| put_in.source.text.contains(name.as_str()));
        let found =
            named.flat_map(|(_, table)| (0..table.rows.len()).map(move |row| (table, row))).find_map(|(table, row)| {
                let all = tokens(table.rows[row].get("condition")?);
                let token = all.iter().find(|t| t.content() == fault.name)?;
                table.place_within(row, "condition", &token.span)
            });
        Some((found?, put_in))
    }
}

/// What a check of an answer may read: its columns, and what the query gives besides, or the row of a brief.
fn outputs(e: &Enrichment, row: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = e.columns.keys().map(|c| c.to_lowercase()).collect();
    found.extend(names(&["usecase_id"]));
    found.extend(row.iter().filter(|c| c.as_str() == "top_ids").cloned());
    if e.function.as_deref() != Some("ai_query") {
        found.extend(items(e).into_iter().flatten());
    }
    found
}

/// Names in the outermost select list of the query; nothing where it cannot be told.
fn items(e: &Enrichment) -> Option<BTreeSet<String>> {
    Some(aliases(e)?.into_iter().map(|alias| alias.name).collect())
}

/// A column that the query gives.
struct Alias {
    /// In lower case.
    name: String,
    /// Where the name stands in the query.
    at: usize,
    /// Where the expression begins in the query.
    begin: usize,
    /// Whether it is a name that the query gives, instead of that of a column.
    is_alias: bool,
    /// The names in the expression.
    value: Vec<String>,
}

/// The columns of the outermost select list of the query; nothing where they cannot be told.
fn aliases(e: &Enrichment) -> Option<Vec<Alias>> {
    let all = tokens(&e.body);
    let structure = Structure::of(&all);
    let select = structure.selects.iter().find(|s| s.frame == 0)?;
    // an item without a name gives no column that anything can read, or several
    let is_open = |item: &Item| {
        let list = &all[item.tokens.clone()];
        let is_all = |i: usize| list[i].is("*") && (i == 0 || list[i - 1].is("."));
        let is_listed = |i: usize| list[i].is_word("as") && list.get(i + 1).is_some_and(|t| t.is("("));
        let makes_rows = list.first().is_some_and(|t| is_function(t.raw, FunctionKind::Generator));
        item.name.is_none() && (makes_rows || (0..list.len()).any(|i| is_all(i) || is_listed(i)))
    };
    if select.items.iter().any(is_open) {
        return None;
    }
    let alias = |item: &Item| {
        let name = item.name.as_ref()?.to_lowercase();
        let names = all[item.value.clone()].iter().filter(|t| t.is_name());
        let at = all[item.tokens.end - 1].span.start;
        let begin = all[item.tokens.start].span.start;
        Some(Alias {
            name,
            at,
            begin,
            is_alias: item.is_alias,
            value: names.map(|t| t.content().to_lowercase()).collect(),
        })
    };
    Some(select.items.iter().filter_map(alias).collect())
}

/// The columns that the query must give, and the rows that it must read.
fn shape(e: &Enrichment) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut fault = |code, message: String, place: Option<Span>, hint: String| {
        found.push(at(Diagnostic::error(code, message).hint(hint), place));
    };
    let start = e.place_in_body(0, "SELECT");
    let sql = tokens(&e.body);
    let reads = relations(&sql);
    if e.function.is_some() && !reads.iter().any(|r| r.parts.len() == 1 && r.parts[0].eq_ignore_ascii_case(ROWS)) {
        let message = format!("the query does not read `{ROWS}`");
        fault(
            "enrichment-body",
            message,
            start.clone(),
            format!("read FROM {ROWS}: it holds the use cases to be asked about"),
        );
    }
    let asks = e.function.as_deref() == Some("ai_query");
    if let Some(given) = aliases(e) {
        let mut wanted = vec!["usecase_id"];
        if asks {
            wanted.push("answer");
        } else {
            wanted.extend(e.columns.keys().map(String::as_str));
        }
        let wants = |alias: &str| wanted.iter().any(|name| name.eq_ignore_ascii_case(alias));
        let gives = |name: &str| given.iter().any(|alias| alias.name.eq_ignore_ascii_case(name));
        let missing: Vec<&str> = wanted.iter().copied().filter(|name| !gives(name)).collect();
        let surplus: Vec<&Alias> = given.iter().filter(|alias| !wants(&alias.name)).collect();
        let again: Vec<&Alias> = given
            .iter()
            .enumerate()
            .filter(|(i, alias)| given.iter().enumerate().any(|(n, other)| n != *i && other.name == alias.name))
            .map(|(_, alias)| alias)
            .collect();
        for name in &missing {
            let message = format!("the query does not give the column `{name}`");
            // a name that stands twice is in place of another, more so where that is part of what it names
            let says = |alias: &&&Alias| closest(name, alias.value.iter().map(String::as_str)).is_some();
            let twice = again.iter().find(says).or(again.last().filter(|_| missing.len() == 1));
            let near = closest(name, surplus.iter().map(|alias| alias.name.as_str()));
            let near = surplus.iter().find(|alias| Some(alias.name.as_str()) == near);
            let is_id = *name == "usecase_id";
            let only =
                surplus.first().filter(|alias| !is_id && alias.is_alias && missing.len() == 1 && surplus.len() == 1);
            let joined = given.iter().find(|alias| is_id && alias.value.first().is_some_and(|first| first == name));
            let (place, hint) = match (near.or(only), twice) {
                _ if joined.is_some() => (
                    joined.and_then(|alias| e.place_in_body(alias.begin, name)),
                    format!("write a comma behind `{name}`"),
                ),
                (Some(alias), _) => (
                    e.place_in_body(alias.at, &alias.name),
                    format!("did you mean `{name}` where it says `{}`?", alias.name),
                ),
                (None, Some(alias)) => (
                    e.place_in_body(alias.at, &alias.name),
                    format!("did you mean `{name}` here? `{}` stands twice", alias.name),
                ),
                (None, None) if is_id => (start.clone(), "begin the list with usecase_id".to_owned()),
                (None, None) => (start.clone(), format!("name an expression of the list: … AS {name}")),
            };
            fault("enrichment-columns", message, place.or_else(|| start.clone()), hint);
        }
        // a question may have columns that nothing reads
        let mut read = again.iter().filter(|alias| e.function.is_none() || wants(&alias.name));
        if missing.is_empty()
            && let Some(alias) = read.next_back()
        {
            let message = format!("the query gives the column `{}` twice", alias.name);
            let hint = "give each column a name of its own".to_owned();
            fault("enrichment-columns", message, e.place_in_body(alias.at, &alias.name), hint);
        }
    }
    if asks {
        for (name, _) in e.columns.iter().filter(|(name, c)| !c.json && !e.answer.contains_key(*name)) {
            let near = closest(name, e.answer.keys().map(String::as_str));
            let hint = near.map_or_else(
                || "add it to `answer`, or mark the column `json: true` to keep the whole answer".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let message = format!("the column `{name}` is not a field of `answer`");
            fault("answer-column", message, e.place_after(&["columns", name]), hint);
        }
    }
    found
}

/// Calls of models that the header does not name: neither limits nor the ledger would know of them.
fn other_models(e: &Enrichment) -> Vec<Diagnostic> {
    let all = tokens(&e.body);
    let is_call = |i: usize| {
        let after_dot = i > 0 && all[i - 1].is(".");
        is_function(all[i].raw, FunctionKind::Ai) && !after_dot && all.get(i + 1).is_some_and(|t| t.is("("))
    };
    let named = |i: &usize| e.function.as_ref().is_some_and(|f| all[*i].is_word(f));
    let found = (0..all.len()).filter(|i| is_call(*i) && !named(i)).map(|i| {
        let name = all[i].content();
        let (message, hint) = match &e.function {
            None => (
                format!("the query calls `{name}`, and the header has no `function`"),
                format!("add `function: {name}` and a `prompt_version`: only then its calls are counted and kept"),
            ),
            Some(function) => (
                format!("the query calls `{name}`, but its `function` is `{function}`"),
                "ask one function, and name it in the header; another question is a file of its own".to_owned(),
            ),
        };
        let span = all[i].span.clone();
        in_body(e, NameFault { code: "ai-function", span, name, message, hint: Some(hint) })
    });
    found.collect()
}

/// Inputs of a summary that the row of a manager does not have.
pub(in crate::pipeline) fn unknown_inputs(e: &Enrichment) -> Vec<Diagnostic> {
    let unknown = e.inputs.iter().filter(|input| !OF_MANAGERS.contains(&input.as_str()));
    unknown
        .map(|input| {
            let d = Diagnostic::error("unknown-input", format!("nothing provides the input `{input}`"));
            let hint = match closest(input, OF_MANAGERS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("a summary reads {}", OF_MANAGERS.join(", ")),
            };
            at(d.hint(hint), e.place_after(&["inputs", input]))
        })
        .collect()
}

/// Calls of `ai_classify` with the labels in the place of the text.
fn labels_first(e: &Enrichment) -> Vec<Diagnostic> {
    let all = tokens(&e.body);
    let structure = Structure::of(&all);
    let is_list = |argument: &Range<usize>| match &all[argument.clone()] {
        [only] if only.kind == TokenKind::String => {
            serde_json::from_str::<serde_json::Value>(&only.content()).is_ok_and(|v| v.is_array() || v.is_object())
        }
        [first, ..] => first.is("["),
        [] => false,
    };
    let calls = (0..all.len()).filter(|i| all[*i].is_word("ai_classify"));
    let swapped = calls.filter(|call| {
        let given = structure.arguments(&all, *call).unwrap_or_default();
        given.first().is_some_and(is_list) && given.get(1).is_some_and(|second| !is_list(second))
    });
    let fault = |call: usize| NameFault {
        code: "classify-call",
        span: all[call].span.clone(),
        name: all[call].content(),
        message: "expected the text first and the labels second, found the labels first".to_owned(),
        hint: Some("write {{ classified(text, labels) }}".to_owned()),
    };
    swapped.map(|call| in_body(e, fault(call))).collect()
}

/// Named arguments of `ai_query`.
const ARGUMENTS: [&str; 5] = ["responseFormat", "modelParameters", "failOnError", "returnType", "files"];

/// Names of arguments of `ai_query` that are nearly those of others.
fn misspelled_arguments(e: &Enrichment) -> Vec<Diagnostic> {
    let all = tokens(&e.body);
    let structure = Structure::of(&all);
    let calls = (0..all.len()).filter(|i| all[*i].is_word("ai_query"));
    let arguments = calls.filter_map(|call| structure.arguments(&all, call)).flatten();
    let names = arguments.flat_map(|argument| trial::named_in(&all, &argument));
    let unknown = names.filter(|i| !all[*i].is_any(&ARGUMENTS));
    unknown
        .filter_map(|i| {
            let name = all[i].content();
            let near = closest(&name, ARGUMENTS)?;
            let message = format!("`{name}` is not an argument of `ai_query`");
            let hint = Some(format!("did you mean `{near}`?"));
            Some(in_body(e, NameFault { code: "sql-arguments", span: all[i].span.clone(), name, message, hint }))
        })
        .collect()
}

/// Arguments of `ai_query` that are one for lack of a comma: the model and the question, or one with another's name in
/// it.
fn lost_commas(e: &Enrichment) -> Vec<Diagnostic> {
    let all = tokens(&e.body);
    let structure = Structure::of(&all);
    let mut found = Vec::new();
    for call in (0..all.len()).filter(|i| all[*i].is_word("ai_query")) {
        for (n, argument) in structure.arguments(&all, call).unwrap_or_default().into_iter().enumerate() {
            let first = argument.start;
            let is_model = n == 0 && all[first].kind == TokenKind::String;
            let next = all.get(first + 1).filter(|t| argument.contains(&(first + 1)) && (t.is_name() || t.is("(")));
            let name = trial::named_in(&all, &argument).into_iter().find(|name| *name > first);
            let (at, what) = match (next.filter(|_| is_model), name) {
                (Some(_), _) => (first + 1, "the question"),
                (None, Some(name)) => (name, "this argument"),
                (None, None) => continue,
            };
            found.push(in_body(
                e,
                NameFault {
                    code: "sql-syntax",
                    span: all[at].span.clone(),
                    name: all[at].content(),
                    message: format!("expected a comma in front of {what} of `ai_query`"),
                    hint: Some("write a comma at the end of the line before".to_owned()),
                },
            ));
        }
    }
    found
}

/// Faults of names that nothing provides: one that a macro writes itself is the macro's, whatever the call gives it.
const UNKNOWN: [&str; 3] = ["unknown-column", "unknown-sql-function", "unknown-relation"];

/// A fault of the query at its place in the file; of what a macro made, at the call.
fn in_body(e: &Enrichment, fault: NameFault) -> Diagnostic {
    let (start, name) = (fault.span.start, fault.name.clone());
    let Some(call) = e.call_around(start, &name) else {
        let place = e.place_in_body(start, &name);
        return diagnostic(fault, place);
    };
    match call.written {
        Some(written) if UNKNOWN.contains(&fault.code) => diagnostic(fault, Some(written)),
        written => {
            let is_made = fault.code.starts_with("sql-");
            let d = diagnostic(fault, Some(call.place));
            let d = if is_made { d.hint(format!("`{}` makes it of what it is given", call.name)) } else { d };
            match written {
                Some(written) => d.label(written, CALLED),
                None => d,
            }
        }
    }
}

/// Faults of an expression in the header, found there after the words that lead to it.
fn in_header(e: &Enrichment, owner: &str, key: &str, sql: &str, readable: &Readable) -> Vec<Diagnostic> {
    let keys: &[&str] = if key == "ask_when" { &[key] } else { &["columns", owner, key] };
    let place = |fault: &NameFault| {
        let words = [keys, &[fault.name.as_str()]].concat();
        let exact = e.place_after(keys).and_then(|key| {
            let start = key.span.end + key.source.text.get(key.span.end..)?.find(sql)?;
            Some(Span::new(&key.source, start + fault.span.start..start + fault.span.end))
        });
        exact.or_else(|| e.place_in_macros(&fault.name)).or_else(|| e.place_after(&words))
    };
    let mut all = expression_faults(sql, readable);
    all.extend(pattern_faults(sql));
    all.into_iter().map(|fault| (place(&fault), fault)).map(|(place, fault)| diagnostic(fault, place)).collect()
}

fn at(d: Diagnostic, place: Option<Span>) -> Diagnostic {
    match place {
        Some(place) => d.at(place),
        None => d,
    }
}
