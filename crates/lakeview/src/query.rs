//! The SQL of a dataset, decoded, with a map back to the bytes of the file.

use std::ops::Range;

use super::json::{JsonKind, JsonValue, unescape};

/// Decoded text of one or more JSON strings.
#[derive(Debug, Default)]
pub struct QueryText {
    /// The SQL.
    pub text: String,
    /// Runs in order: where each begins in `text` and in the file.
    runs: Vec<(usize, usize)>,
}

impl QueryText {
    /// The query of a dataset: `queryLines` joined as they are, else `query`.
    pub(crate) fn of_dataset(dataset: JsonValue<'_>) -> Option<Self> {
        let mut query = Self::default();
        match dataset.get("queryLines").filter(|l| l.kind() == JsonKind::Array) {
            Some(lines) => lines.items().for_each(|line| query.push(line)),
            None => query.push(dataset.get("query").filter(|q| q.kind() == JsonKind::String)?),
        }
        Some(query)
    }

    /// A string, or an array of strings that are joined as they are.
    pub fn of_lines(value: JsonValue<'_>) -> Self {
        let mut query = Self::default();
        query.push(value);
        value.items().for_each(|line| query.push(line));
        query
    }

    /// One JSON string.
    pub(crate) fn of_string(value: JsonValue<'_>) -> Self {
        let mut query = Self::default();
        query.push(value);
        query
    }

    /// A name of a table as a query that reads it.
    pub(crate) fn of_table_name(value: JsonValue<'_>) -> Self {
        let mut query = Self { text: "SELECT * FROM ".to_owned(), runs: vec![(0, value.span().start + 1)] };
        query.push(value);
        query
    }

    fn push(&mut self, value: JsonValue<'_>) {
        if value.kind() != JsonKind::String {
            return;
        }
        let raw = value.raw();
        let inner = &raw[1..raw.len() - 1];
        let start = value.span().start + 1;
        let mut at = 0;
        while at < inner.len() {
            self.runs.push((self.text.len(), start + at));
            let rest = &inner[at..];
            let length = match rest.find('\\') {
                Some(0) => escape_length(rest),
                Some(n) => n,
                None => rest.len(),
            };
            self.text.push_str(&unescape(&rest[..length]));
            at += length;
        }
        self.runs.push((self.text.len(), start + at));
    }

    /// Where a range of the SQL stands in the file.
    pub fn in_file(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.offset(span.start);
        start..self.offset(span.end).max(start)
    }

    fn offset(&self, at: usize) -> usize {
        let next = self.runs.partition_point(|(text, _)| *text <= at);
        let Some((text, file)) = next.checked_sub(1).map(|i| self.runs[i]) else { return 0 };
        let limit = self.runs.get(next).map_or(file, |(_, f)| (*f).max(file));
        (file + (at - text)).min(limit)
    }
}

/// Length of the escape that `text` starts with; of a surrogate pair both halves.
fn escape_length(text: &str) -> usize {
    if text.as_bytes().get(1) != Some(&b'u') {
        return 2.min(text.len());
    }
    let pair = text.get(6..12).is_some_and(|low| low.starts_with("\\u"))
        && text.get(2..3).is_some_and(|c| c.eq_ignore_ascii_case("d"));
    if pair { 12 } else { 6.min(text.len()) }
}

#[cfg(test)]
mod tests {
    use super::super::json::Document;
    use super::QueryText;

    #[test]
    fn places_lead_back_to_the_file() {
        let text = r#"{"queryLines": ["SELECT\t\u00e9,\n", "b \ud83d\ude00 c"]}"#;
        let document = Document::parse(text).expect("JSON");
        let query = QueryText::of_dataset(document.root()).expect("a query");
        assert_eq!(query.text, "SELECT\té,\nb 😀 c");
        for word in ["SELECT", "b", "c"] {
            let at = query.text.find(word).expect("a word");
            assert_eq!(&text[query.in_file(&(at..at + word.len()))], word);
        }
        let at = query.text.find('é').expect("a letter");
        assert_eq!(&text[query.in_file(&(at..at + 2))], "\\u00e9");
    }
}
