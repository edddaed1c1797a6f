//! `${…}` references in texts.

use std::ops::Range;

use super::node::TreeNode;
use piq_diagnostics::{Diagnostic, closest};

/// First words of references that a bundle resolves. Others, such as a shell's `${HOME}`, are left alone.
pub(super) const ROOTS: [&str; 6] = ["var", "variables", "bundle", "workspace", "resources", "artifacts"];

/// One reference in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// Where in the text, `${` and `}` included.
    pub range: Range<usize>,
    /// What stands between the braces, such as `var.catalog`.
    pub name: String,
}

impl Reference {
    /// The steps of the path; `a.b[0]` has three.
    pub(crate) fn steps(&self) -> Vec<String> {
        self.name.replace('[', ".").replace(']', "").split('.').map(str::to_owned).collect()
    }

    /// The path in the tree of a bundle, where `${var.x}` is `variables.x.value`; nothing if it is not one of ours.
    pub(crate) fn path(&self) -> Option<Vec<String>> {
        let mut steps = self.steps();
        if !ROOTS.contains(&steps[0].as_str()) || steps.len() < 2 {
            return None;
        }
        if steps[0] == "var" {
            steps[0] = "variables".to_owned();
            steps.insert(2, "value".to_owned());
        }
        Some(steps)
    }
}

/// All well-formed references in a text.
pub(super) fn references(text: &str) -> Vec<Reference> {
    candidates(text).into_iter().filter(|r| well_formed(&r.name)).collect()
}

/// The reference that makes up the whole text, if it does.
pub(super) fn whole_reference(text: &str) -> Option<Reference> {
    references(text).into_iter().next().filter(|r| r.range == (0..text.len()))
}

/// Whether a reference stands in the name of another: `${var.${var.which}}`.
pub(super) fn nested(text: &str) -> bool {
    text.match_indices("${").any(|(start, _)| {
        let inner = &text[start + 2..];
        inner.find("${").is_some_and(|again| inner.find('}').is_none_or(|end| again < end))
    })
}

/// Everything between `${` and the next `}`; `$${` is not a reference but a text with `${` in it.
fn candidates(text: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("${").map(|i| at + i) {
        let inner = start + 2;
        if text[..start].ends_with('$') {
            at = inner;
            continue;
        }
        let Some(end) = text[inner..].find('}').map(|i| inner + i) else { break };
        // `${a ${b}`: the inner one counts
        if let Some(again) = text[inner..end].rfind("${") {
            at = inner + again;
            continue;
        }
        found.push(Reference { range: start..end + 1, name: text[inner..end].to_owned() });
        at = end + 1;
    }
    found
}

fn well_formed(name: &str) -> bool {
    name.split('.').all(|step| {
        let (word, indices) = step.split_at(step.find('[').unwrap_or(step.len()));
        let mut chars = word.chars();
        chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
            && (indices.is_empty() || indices_well_formed(indices))
    })
}

fn indices_well_formed(text: &str) -> bool {
    text.strip_prefix('[')
        .and_then(|t| t.strip_suffix(']'))
        .is_some_and(|t| t.split("][").all(|i| !i.is_empty() && i.bytes().all(|b| b.is_ascii_digit())))
}

/// References of a text that look meant for the bundle but cannot be read: `${var.}`, `${vars.x}`, `${var.x`.
pub(super) fn malformed(node: &TreeNode) -> Vec<Diagnostic> {
    let Some(text) = node.as_str() else { return Vec::new() };
    let mut found = Vec::new();
    for r in candidates(text) {
        let first = r.name.split(['.', '[', ' ']).next().unwrap_or_default();
        let known = ROOTS.contains(&first);
        let dotted = r.name.contains('.');
        if known && !(well_formed(&r.name) && dotted) && (dotted || first == "var") {
            found.push(
                Diagnostic::error("bad-reference", format!("cannot read the reference `${{{}}}`", r.name))
                    .at(node.place_of(r.range))
                    .hint(
                        "write `${var.NAME}`, `${bundle.NAME}`, `${workspace.NAME}` or `${resources.KIND.KEY.FIELD}`",
                    ),
            );
        } else if !known
            && dotted
            && well_formed(&r.name)
            && let Some(root) = closest(first, ROOTS)
        {
            found.push(
                Diagnostic::error("unknown-reference", format!("unknown reference `{first}`"))
                    .at(node.place_of(r.range.start + 2..r.range.start + 2 + first.len()))
                    .hint(format!("did you mean `{root}`?")),
            );
        }
    }
    if let Some(start) = text.rfind("${")
        && !text[start..].contains('}')
        && ROOTS.iter().any(|root| text[start + 2..].strip_prefix(root).is_some_and(|t| t.starts_with('.')))
    {
        found.push(
            Diagnostic::error("bad-reference", "this reference has no closing `}`")
                .at(node.place_of(start..text.len())),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{malformed, references, whole_reference};
    use crate::TreeNode;
    use piq_diagnostics::{Source, Span};

    fn names(text: &str) -> Vec<String> {
        references(text).into_iter().map(|r| r.name).collect()
    }

    #[test]
    fn references_are_found_and_other_dollars_left_alone() {
        assert_eq!(
            names("a ${var.x}/${resources.jobs.my-job.tasks[0].task_key} $x $${y z} ${VAR:-1}"),
            ["var.x", "resources.jobs.my-job.tasks[0].task_key"]
        );
        assert_eq!(names("${resources.jobs._night_.id} ${var.größe}"), ["resources.jobs._night_.id", "var.größe"]);
        assert_eq!(names("${a ${var.b}}"), ["var.b"]);
        assert_eq!(names("$${var.x} ${var.y} $$${var.z}"), ["var.y"]);
        assert_eq!(whole_reference("${var.x}").map(|r| r.steps()), Some(vec!["var".into(), "x".into()]));
        assert!(whole_reference("${var.x} ").is_none());
    }

    fn node(text: &str) -> TreeNode {
        let source = Source::new("a.yml", text);
        TreeNode::string(text, Span::new(&source, 0..text.len()))
    }

    #[test]
    fn slips_are_named() {
        let code = |text: &str| malformed(&node(text)).first().map(|d| d.code);
        assert_eq!(code("${var.}"), Some("bad-reference"));
        assert_eq!(code("x ${var.a b}"), Some("bad-reference"));
        assert_eq!(code("x ${var.a"), Some("bad-reference"));
        assert_eq!(code("${vars.a}"), Some("unknown-reference"));
        assert_eq!(code("${HOME} ${foo.bar} ${var.x}"), None);
    }
}
