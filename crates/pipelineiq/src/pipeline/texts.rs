//! The prepared texts that queries read. Preparing a field (tags off, contacts masked, cut) is dear, and many questions
//! read the same one: it is done once for each use case, in a column beside the field.

use super::enrichment::Enrichment;
use piq_diagnostics::{Diagnostic, Diagnostics};
use piq_sql::tokens;

/// What the name of such a column begins with; the name of the field follows. The macro `clean` writes it.
const PREFIX: &str = "piq_text_";

/// Fields whose prepared text a query reads, each once, in the order of the query.
pub(super) fn texts(body: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for token in tokens(body).iter().filter(|t| t.is_name()) {
        let name = token.content().to_ascii_lowercase();
        if let Some(field) = name.strip_prefix(PREFIX).filter(|f| found.iter().all(|known| known != f)) {
            found.push(field.to_owned());
        }
    }
    found
}

/// Source fields that are prepared for any of the enrichments.
///
/// # Errors
/// A text of what is not an input, or one that a computed view reads of an answer: those have no prepared text.
pub(super) fn prepared(enrichments: &[Enrichment]) -> Result<Vec<String>, Diagnostics> {
    let mut problems = Vec::new();
    let mut found: Vec<String> = Vec::new();
    for e in enrichments {
        problems.extend(undeclared(e));
        for field in &e.texts {
            if e.source_inputs.contains(field) {
                if !found.contains(field) {
                    found.push(field.clone());
                }
            } else if e.function.is_none() && e.answer_inputs.contains(field) {
                let message = format!("`{}` reads the prepared text of `{field}`, which is an answer", e.name);
                let d = Diagnostic::error("text-of-answer", message);
                problems
                    .push(at(d, e, field).hint("read the column itself: only text that goes to a model is prepared"));
            }
        }
    }
    found.sort();
    if problems.is_empty() { Ok(found) } else { Err(Diagnostics(problems)) }
}

/// A fault for each prepared text that is not among the inputs.
pub(super) fn undeclared(e: &Enrichment) -> Vec<Diagnostic> {
    let fault = |field: &String| {
        let message = format!("`{}` reads the text of `{field}`, which is not one of its inputs", e.name);
        at(Diagnostic::error("text-input", message), e, field).hint(format!("add `{field}` to `inputs`"))
    };
    e.texts.iter().filter(|field| !e.inputs.contains(field)).map(fault).collect()
}

fn at(d: Diagnostic, e: &Enrichment, field: &str) -> Diagnostic {
    match e.place_of(field) {
        Some(place) => d.at(place),
        None => d,
    }
}

#[cfg(test)]
mod tests {
    use super::texts;

    #[test]
    fn a_prepared_text_is_known_by_its_name_and_not_by_a_word_in_a_literal() {
        let body = "SELECT concat('piq_text_no', u.piq_text_b, piq_text_a, u.`piq_text_b`, xpiq_text_c) FROM u";
        assert_eq!(texts(body), ["b", "a"]);
        assert_eq!(texts("SELECT 1"), Vec::<String>::new());
    }
}
