//! Keys of YAML that are missing because of the blanks in front of them.

use std::sync::Arc;

use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span};

/// The faults with those of keys that are there, but not beside the others, said at the key that stands out.
pub(super) fn with_indentation(mut found: Diagnostics, source: &Arc<Source>) -> Diagnostics {
    for d in &mut found.0 {
        if let Some(better) = stands_out(d, source) {
            *d = better;
        }
    }
    found
}

fn stands_out(d: &Diagnostic, source: &Arc<Source>) -> Option<Diagnostic> {
    let key = d.message.strip_prefix("missing field `")?.strip_suffix('`')?;
    let (line, _) = d.labels.first()?.place.line_column();
    let blanks = |text: &str| text.len() - text.trim_start_matches(' ').len();
    let lines: Vec<&str> = source.text.lines().collect();
    let begin = line.checked_sub(1)?;
    let beside = blanks(lines.get(begin)?);
    let name = |text: &str| text.trim_start().split(':').next().unwrap_or_default().to_owned();
    // a key that is there in another mapping belongs to that one
    let block: Vec<usize> =
        (begin..lines.len()).take_while(|i| *i == begin || blanks(lines[*i]) + 2 > beside).collect();
    let at = block.iter().copied().find(|i| name(lines[*i]) == key)?;
    let other = blanks(lines[at]);
    if other == beside {
        return None;
    }
    let count = |width: usize| block.iter().filter(|i| blanks(lines[**i]) == width).count();
    // the fewer are those that stand out
    let (odd, width, usual) = if count(other) > count(beside) { (begin, beside, other) } else { (at, other, beside) };
    let key = name(lines[odd]);
    let message = format!("`{key}` has {width} blanks in front of it, the keys beside it have {usual}");
    let start = source.offset(odd + 1, 1) + width;
    let place = Span::new(source, start..start + key.len());
    Some(Diagnostic::error("yaml", message).at(place).hint(format!("write it after {usual} blanks")))
}

#[cfg(test)]
mod tests {
    use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span};

    use super::with_indentation;

    #[test]
    fn the_key_that_stands_out_is_said() {
        for (text, line, key, expected) in [
            ("a:\n    type: x\n   comment: y\n    value: z\n", 2, "comment", Some((3, 4))),
            ("a:\n   one: 1\n  two: 2\n  three: 3\n", 2, "two", Some((2, 4))),
            ("a:\n  one: 1\nb:\n  two: 2\n", 2, "two", None),
            ("a:\n  one: 1\n", 2, "two", None),
        ] {
            let source = Source::new("e.yml", text);
            let fault = Diagnostic::error("yaml", format!("missing field `{key}`")).at(Span::point(&source, line, 3));
            let found = with_indentation(Diagnostics(vec![fault.clone()]), &source);
            let place = (found.0[0] != fault).then(|| found.0[0].labels[0].place.line_column());
            assert_eq!(place, expected, "{text}");
        }
    }
}
