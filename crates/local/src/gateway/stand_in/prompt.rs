//! A prompt taken apart: the question, and the sections of data.

/// A section `<crm_text field="…">…</crm_text>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section<'a> {
    /// Its field.
    pub field: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// A prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt<'a> {
    /// What is asked: all that is not data.
    pub question: String,
    /// The data.
    pub sections: Vec<Section<'a>>,
}

const OPEN: &str = "<crm_text field=\"";
const CLOSE: &str = "</crm_text>";

impl<'a> Prompt<'a> {
    /// Takes a prompt apart. One without sections is all data.
    pub fn read(text: &'a str) -> Self {
        let mut question = String::new();
        let mut sections = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find(OPEN) {
            let after = &rest[start + OPEN.len()..];
            let Some((field, inner)) = after.split_once("\">") else { break };
            let (inner, next) = inner.split_once(CLOSE).unwrap_or((inner, ""));
            question.push_str(&rest[..start]);
            sections.push(Section { field, text: inner.trim() });
            rest = next;
        }
        question.push_str(rest);
        if sections.is_empty() {
            sections.push(Section { field: "", text: text.trim() });
        }
        Self { question, sections }
    }

    /// The text of a field; empty if there is none.
    pub fn field(&self, name: &str) -> &'a str {
        self.sections.iter().find(|s| s.field == name).map_or("", |s| s.text)
    }

    /// Sentences of all sections but the names, without those that speak to a reader of scores.
    pub fn sentences(&self) -> Vec<&'a str> {
        let texts = self.sections.iter().map(|s| s.text);
        texts.flat_map(sentences).filter(|s| !is_instruction(s)).collect()
    }
}

/// The sentences of a text, each as it stands there.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let ends = matches!(byte, b'.' | b'!' | b'?' | b';') && bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
        if ends {
            found.push(text[start..=at].trim());
            start = at + 1;
        }
    }
    found.push(text[start..].trim());
    found.retain(|s| s.len() > 1);
    found
}

/// Whether a sentence tells its reader what to do: data has no say in that.
pub(super) fn is_instruction(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    [
        "ignore all",
        "ignore previous",
        "instruction",
        "score this",
        "score it",
        "rate this",
        "system:",
        "in every dimension",
        "confidence is",
    ]
    .iter()
    .any(|words| lower.contains(words))
}
