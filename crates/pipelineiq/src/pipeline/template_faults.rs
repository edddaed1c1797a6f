//! Faults of templates: one that every question meets that calls the template is the template's own, and said once there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use piq_diagnostics::{Diagnostic, Source};

use super::words::called_names;
use crate::template::CALLED;

/// A fault and the place in a template that a call led to.
type Led = (&'static str, String, String, usize);

fn led(d: &Diagnostic) -> Option<Led> {
    let written = d.labels.get(1).filter(|label| label.text == CALLED)?;
    Some((d.code, d.message.clone(), written.place.source.path.clone(), written.place.span.start))
}

/// The diagnostics with those of all calls of a macro replaced by one at the place in the template. A fault of some of
/// them comes from what these give it, and stays at the call.
pub(super) fn at_their_template(found: Vec<Diagnostic>, files: &BTreeMap<String, Arc<Source>>) -> Vec<Diagnostic> {
    let mut met: BTreeMap<Led, BTreeSet<&str>> = BTreeMap::new();
    for d in &found {
        if let (Some(led), Some(call)) = (led(d), d.labels.first()) {
            met.entry(led).or_default().insert(&call.place.source.path);
        }
    }
    let is_own = |d: &Diagnostic| {
        let Some(paths) = led(d).and_then(|led| met.get(&led)).filter(|paths| paths.len() > 1) else { return false };
        let Some(call) = d.labels.first().and_then(|l| l.place.source.text.get(l.place.span.clone())) else {
            return false;
        };
        called_names(call).any(|name| {
            let calls = |text: &str| called_names(text).any(|called| called == name);
            let mut callers = files.iter().filter(|(path, file)| path.ends_with(".sql") && calls(&file.text));
            callers.all(|(path, _)| paths.contains(path.as_str()))
        })
    };
    // what a call is to give is of use at a call only
    let of_call = |d: &Diagnostic, hint: &str| {
        let call = d.labels.first().and_then(|l| l.place.source.text.get(l.place.span.clone()));
        call.is_some_and(|call| called_names(call).any(|name| hint.starts_with(&format!("`{name}` "))))
    };
    let own: Vec<bool> = found.iter().map(is_own).collect();
    let mut said = BTreeSet::new();
    let mut kept = Vec::new();
    for (mut d, is_own) in found.into_iter().zip(own) {
        if let Some(led) = led(&d).filter(|_| is_own) {
            if !said.insert(led) {
                continue;
            }
            let hints = std::mem::take(&mut d.hints);
            d.hints = hints.into_iter().filter(|hint| !of_call(&d, hint)).collect();
            d.labels.remove(0);
            if let Some(written) = d.labels.first_mut() {
                written.text.clear();
            }
        }
        kept.push(d);
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use piq_diagnostics::{Diagnostic, Source, Span};

    use super::at_their_template;
    use crate::template::CALLED;

    #[test]
    fn what_every_caller_meets_is_the_templates_fault() {
        let template = Source::new("templates/m.j2", "fault");
        let file = |name: &str, text: &str| Source::new(format!("sql/enrichments/{name}.sql"), text);
        let (a, b) = (file("a", "SELECT {{ one('x') }}"), file("b", "SELECT {{ one('y') }}"));
        let at = |source| {
            let d = Diagnostic::error("c", "m").at(Span::new(source, 10..18));
            d.label(Span::new(&template, 0..5), CALLED)
        };
        let mut files = BTreeMap::from([(a.path.clone(), a.clone()), (b.path.clone(), b.clone())]);
        let both = at_their_template(vec![at(&a), at(&b)], &files);
        assert_eq!(both, [Diagnostic::error("c", "m").at(Span::new(&template, 0..5))]);
        assert_eq!(at_their_template(vec![at(&a)], &files), [at(&a)]);
        let c = file("c", "SELECT {{ one('z') }}");
        files.insert(c.path.clone(), c);
        assert_eq!(at_their_template(vec![at(&a), at(&b)], &files).len(), 2);
    }
}
