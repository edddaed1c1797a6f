//! Writes catalog and schema into the parameters that a dataset's `USE … IDENTIFIER(:kw)` head names, and changes
//! no byte outside those values.

use std::borrow::Cow;
use std::ops::Range;

use piq_diagnostics::{Diagnostic, Diagnostics};

use super::json::{Document, JsonKind, JsonValue, encode};
use super::report::opening;
use super::source::{LazySource, read_json, read_text};
use super::use_head::{Namespace, Use, use_head};

/// One value that was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The dataset's name.
    pub dataset: String,
    /// The parameter's keyword.
    pub keyword: String,
    /// The bytes of the value in the input, with both quotes.
    pub span: Range<usize>,
    /// The value before.
    pub from: String,
    /// The value after.
    pub to: String,
}

/// A dashboard with its values set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalised<'a> {
    /// The whole file; the input itself if nothing had to change.
    pub bytes: Cow<'a, [u8]>,
    /// What was replaced, in the order of the file.
    pub edits: Vec<Edit>,
}

impl Normalised<'_> {
    /// Whether the file differs from the input.
    pub fn changed(&self) -> bool {
        !self.edits.is_empty()
    }
}

/// Sets the catalog and schema parameters of all datasets. `path` is only for diagnostics.
pub fn set_parameters<'a>(
    path: &str,
    bytes: &'a [u8],
    catalog: &str,
    schema: &str,
) -> Result<Normalised<'a>, Diagnostics> {
    let text = read_text(path, bytes)?;
    let document = read_json(path, text)?;
    let source = LazySource::new(path, text);
    let mut pass = Pass { source: &source, catalog, schema, edits: Vec::new(), faults: Vec::new() };
    pass.root(document.root());
    let Pass { mut edits, faults, .. } = pass;
    if !faults.is_empty() {
        return Err(Diagnostics(faults));
    }
    if edits.is_empty() {
        return Ok(Normalised { bytes: Cow::Borrowed(bytes), edits });
    }
    edits.sort_by_key(|e| e.span.start);
    let output = splice(text, &edits);
    if !only_values_differ(&document, &output, &edits) {
        let first = edits[0].span.clone();
        let fault = Diagnostic::error(
            "dashboard-self-check",
            "the changed file does not read back correctly; it was not written",
        )
        .at(source.span_of(first))
        .hint("this is a bug of piq: please report it with the file");
        return Err(fault.into());
    }
    Ok(Normalised { bytes: Cow::Owned(output.into_bytes()), edits })
}

/// The query of a dataset: `queryLines` joined as they are, else `query`.
pub(super) fn query_text(dataset: JsonValue<'_>) -> Option<Cow<'_, str>> {
    match dataset.get("queryLines") {
        Some(lines) if lines.kind() == JsonKind::Array => {
            Some(Cow::Owned(lines.items().filter_map(|line| line.string()).collect()))
        }
        _ => dataset.get_string("query"),
    }
}

struct Pass<'p> {
    source: &'p LazySource<'p>,
    catalog: &'p str,
    schema: &'p str,
    edits: Vec<Edit>,
    faults: Vec<Diagnostic>,
}

impl Pass<'_> {
    fn fault(&mut self, code: &'static str, span: Range<usize>, message: String, hint: &str) {
        self.faults.push(Diagnostic::error(code, message).at(self.source.span_of(span)).hint(hint));
    }

    fn root(&mut self, root: JsonValue<'_>) {
        let datasets = root.get("datasets");
        let wrong = match datasets {
            _ if root.kind() != JsonKind::Object => {
                Some((root, "not a dashboard: the top level must be a JSON object"))
            }
            Some(other) if other.kind() != JsonKind::Array => Some((other, "`datasets` must be a list")),
            // a dashboard of texts has no datasets
            _ => None,
        };
        if let Some((value, message)) = wrong {
            let hint = "a dashboard file is an object with `datasets` and `pages`";
            self.fault("dashboard-shape", opening(value), message.to_owned(), hint);
        }
        for dataset in datasets.into_iter().flat_map(JsonValue::items) {
            self.dataset(dataset);
        }
    }

    fn dataset(&mut self, dataset: JsonValue<'_>) {
        let Some(query) = query_text(dataset) else { return };
        let (head, _) = use_head(&query);
        let name = dataset.get_string("name").unwrap_or_default();
        let mut done: Vec<&Use> = Vec::new();
        for one in &head {
            match done.iter().find(|d| d.keyword == one.keyword) {
                Some(before) if before.namespace == one.namespace => continue,
                Some(_) if self.catalog != self.schema => {
                    self.fault(
                        "dashboard-parameter-shared",
                        opening(dataset),
                        format!("dataset `{name}` uses parameter `{}` as catalog and as schema", one.keyword),
                        "give catalog and schema a parameter each",
                    );
                }
                _ => self.parameter(dataset, &name, one),
            }
            done.push(one);
        }
    }

    fn parameter(&mut self, dataset: JsonValue<'_>, name: &str, one: &Use) {
        let keyword = one.keyword.as_str();
        let mut declared = dataset.get_items("parameters").filter(|p| p.get("keyword").is_some_and(|k| k.is(keyword)));
        let Some(parameter) = declared.next() else {
            return self.fault(
                "dashboard-parameter-undeclared",
                opening(dataset),
                format!("dataset `{name}` reads `:{keyword}` in its USE head but declares no such parameter"),
                "declare it under `parameters` as STRING with one default value",
            );
        };
        if let Some(second) = declared.next() {
            let span = second.get("keyword").unwrap_or(second).span();
            return self.fault(
                "dashboard-parameter-duplicate",
                span,
                format!("dataset `{name}` declares parameter `{keyword}` twice"),
                "keep one of them",
            );
        }
        match only_default(parameter) {
            Ok(value) => self.set(value, name, one),
            Err((span, what)) => self.fault(
                "dashboard-parameter-default",
                span,
                format!("parameter `{keyword}` of dataset `{name}` {what}"),
                "give it exactly one default value in `defaultSelection.values.values`",
            ),
        }
    }

    fn set(&mut self, value: JsonValue<'_>, dataset: &str, one: &Use) {
        let wanted = match one.namespace {
            Namespace::Catalog => self.catalog,
            Namespace::Schema => self.schema,
        };
        if !value.is(wanted) {
            self.edits.push(Edit {
                dataset: dataset.to_owned(),
                keyword: one.keyword.clone(),
                span: value.span(),
                from: value.string().unwrap_or_default().into_owned(),
                to: wanted.to_owned(),
            });
        }
    }
}

/// The one default of a parameter, or where and why there is none.
pub(super) fn only_default(parameter: JsonValue<'_>) -> Result<JsonValue<'_>, (Range<usize>, String)> {
    let Some(selection) = parameter.get("defaultSelection") else {
        return Err((opening(parameter), "has no default".to_owned()));
    };
    let Some(values) = selection.get("values") else {
        return Err((opening(selection), "has no default value".to_owned()));
    };
    let Some(list) = values.get("values").filter(|l| l.kind() == JsonKind::Array) else {
        return Err((opening(values), "has no list of default values".to_owned()));
    };
    let count = list.items().count();
    let Some(first) = list.items().next().filter(|_| count == 1) else {
        return Err((opening(list), format!("has {count} default values instead of one")));
    };
    match first.get("value") {
        Some(value) if value.kind() == JsonKind::String => Ok(value),
        Some(value) => Err((value.span(), "has a default that is not a string".to_owned())),
        None => Err((opening(first), "has a default without a `value`".to_owned())),
    }
}

fn splice(text: &str, edits: &[Edit]) -> String {
    // a file that escapes all its other characters keeps doing so
    let ascii = text.is_ascii();
    let mut output = String::with_capacity(text.len() + 64 * edits.len());
    let mut at = 0;
    for edit in edits {
        output.push_str(&text[at..edit.span.start]);
        output.push_str(&encode(&edit.to, ascii));
        at = edit.span.end;
    }
    output.push_str(&text[at..]);
    output
}

/// Reads the output again: the same values at shifted places, the same bytes outside the spans, the wanted values in
/// them.
fn only_values_differ(before: &Document<'_>, output: &str, edits: &[Edit]) -> bool {
    let Ok(after) = Document::parse(output) else { return false };
    let (old, mut new_at, mut old_at) = (before.text(), 0, 0);
    for edit in edits {
        let kept = &old[old_at..edit.span.start];
        if !output[new_at..].starts_with(kept) {
            return false;
        }
        new_at += kept.len();
        let Some(value) = after.string_at(new_at) else { return false };
        if !value.is(&edit.to) {
            return false;
        }
        new_at = value.span().end;
        old_at = edit.span.end;
    }
    output[new_at..] == old[old_at..] && before.same_shape(&after)
}
