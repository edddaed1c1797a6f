//! Writes the new text of the file: the old bytes, with the new values in their places.

use super::super::json::{Document, JsonKind, JsonValue};
use super::align::align;
use super::defaults::Defaults;
use super::equal::equal;
use super::form::{counterpart, joined, same_text};
use super::style::{MAX_DEPTH, Style};

pub(super) struct Writer<'w> {
    text: &'w str,
    style: Style,
    defaults: Defaults<'w>,
}

impl<'w> Writer<'w> {
    pub(super) fn new(local: &'w Document<'w>, defaults: Defaults<'w>) -> Self {
        Self { text: local.text(), style: Style::of(local), defaults }
    }

    /// The whole text.
    pub(super) fn document(&self, local: JsonValue<'_>, remote: JsonValue<'_>) -> String {
        let span = local.span();
        let value = self.value(local, remote, &[]);
        format!("{}{value}{}", &self.text[..span.start], &self.text[span.end..])
    }

    /// A value that both have; `path` holds the keys that lead to it, without positions in arrays.
    fn value(&self, local: JsonValue<'_>, remote: JsonValue<'_>, path: &[&str]) -> String {
        let depth = path.len();
        if equal(local, remote) {
            return local.raw().to_owned();
        }
        match (local.kind(), remote.kind()) {
            (JsonKind::Object, JsonKind::Object) if depth < MAX_DEPTH => self.object(local, remote, path),
            (JsonKind::Array, JsonKind::Array) if depth < MAX_DEPTH => self.array(local, remote, path),
            _ => self.style.fresh(remote, depth),
        }
    }

    /// Members keep the file's order; new ones follow.
    fn object(&self, local: JsonValue<'_>, remote: JsonValue<'_>, path: &[&str]) -> String {
        let mut elements = Vec::new();
        for (position, (key, value)) in local.members().enumerate() {
            let name = key.string().unwrap_or_default();
            let Some(new) = counterpart(remote, &name) else { continue };
            let mut below = path.to_vec();
            below.push(&name);
            let head = &self.text[key.span().start..value.span().start];
            let text = if same_text(&name, value, new) {
                value.raw().to_owned()
            } else if let Some(text) = joined(new).filter(|_| value.kind() != new.kind()) {
                // the file's own form of the query
                self.style.text(&text, value.kind() == JsonKind::Array, below.len())
            } else {
                self.value(value, new, &below)
            };
            elements.push((Some(position), head.to_owned() + &text));
        }
        for (key, value) in remote.members() {
            let name = key.string().unwrap_or_default();
            if counterpart(local, &name).is_none() && !self.added_by_server(path, &name, value) {
                let new = self.style.key(key) + &self.style.fresh(value, path.len() + 1);
                elements.push((None, new));
            }
        }
        let spans: Vec<_> = local.members().map(|(k, v)| k.span().start..v.span().end).collect();
        self.container(local, &spans, &elements, path.len())
    }

    /// What the workspace writes into every dashboard.
    fn added_by_server(&self, path: &[&str], key: &str, value: JsonValue<'_>) -> bool {
        let is = |wanted: Option<&str>| wanted.is_some_and(|w| value.is(w));
        match (path, key) {
            (["pages", _], "pageType") => value.is("PAGE_TYPE_CANVAS"),
            (["datasets", _], "catalog") => is(self.defaults.dataset_catalog),
            (["datasets", _], "schema") => is(self.defaults.dataset_schema),
            _ => false,
        }
    }

    /// Elements have the order of the workspace.
    fn array(&self, local: JsonValue<'_>, remote: JsonValue<'_>, path: &[&str]) -> String {
        let old: Vec<JsonValue<'_>> = local.items().collect();
        let new: Vec<JsonValue<'_>> = remote.items().collect();
        let mut below = path.to_vec();
        below.push("[]");
        let elements: Vec<(Option<usize>, String)> = align(&old, &new)
            .into_iter()
            .zip(&new)
            .map(|(position, value)| match position {
                Some(i) => (position, self.value(old[i], *value, &below)),
                None => (None, self.style.fresh(*value, path.len() + 1)),
            })
            .collect();
        let spans: Vec<_> = old.iter().map(JsonValue::span).collect();
        self.container(local, &spans, &elements, path.len())
    }

    /// The brackets with their elements. Between two elements that stood side by side stands what stood there.
    fn container(
        &self,
        local: JsonValue<'_>,
        spans: &[std::ops::Range<usize>],
        elements: &[(Option<usize>, String)],
        depth: usize,
    ) -> String {
        let outer = local.span();
        let (open, close) = (&self.text[outer.start..=outer.start], &self.text[outer.end - 1..outer.end]);
        if elements.is_empty() {
            return format!("{open}{close}");
        }
        let (first, last) = match (spans.first(), spans.last()) {
            (Some(first), Some(last)) => {
                (self.text[outer.start + 1..first.start].to_owned(), self.text[last.end..outer.end - 1].to_owned())
            }
            _ => (self.style.before(depth), self.style.before_close(depth)),
        };
        let usual = match spans {
            [a, b, ..] => self.text[a.end..b.start].to_owned(),
            [_] if first.contains('\n') => format!(",{first}"),
            _ => format!(",{}", self.style.after_comma(depth)),
        };
        let mut out = format!("{open}{first}");
        for (i, (position, text)) in elements.iter().enumerate() {
            if let Some(before) = i.checked_sub(1) {
                match (elements[before].0, position) {
                    (Some(a), Some(b)) if a + 1 == *b => out.push_str(&self.text[spans[a].end..spans[*b].start]),
                    _ => out.push_str(&usual),
                }
            }
            out.push_str(text);
        }
        out + &last + close
    }
}
