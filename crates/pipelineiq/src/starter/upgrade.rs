//! What a new version of piq changes in the files of a project: a three-way merge of each file as piq wrote it, as it is,
//! and as piq writes it now. Pure.

use std::collections::BTreeSet;

use diffy::{ConflictStyle, MergeOptions};
use serde::Serialize;

use super::files::Files;

/// What happens to one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UpgradeAction {
    /// It is new.
    Create,
    /// The project did not change it: it becomes the new one.
    Update,
    /// Both changed it, in different lines.
    Merge,
    /// Both changed the same lines: it gets marks where somebody has to decide.
    Conflict,
    /// The new version lacks it, and the project did not change it.
    Delete,
    /// The new version changes or lacks it, and it stays as the project has it.
    Keep,
}

/// A file that the new version changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpgradeStep {
    /// From the project's folder.
    pub path: String,
    /// What happens.
    pub action: UpgradeAction,
    /// Why, where the action alone does not say it.
    pub reason: &'static str,
    /// What the file holds afterwards; none where it is deleted or kept.
    pub bytes: Option<Vec<u8>>,
    /// Lines where marks of a conflict begin, from 1.
    pub conflicts: Vec<usize>,
}

/// Compares three versions of all files: `base` as piq wrote them, `own` as they are, `new` as piq writes them now. `label`
/// names the new one in marks of conflicts.
pub fn plan_upgrade(base: &Files, own: &Files, new: &Files, label: &str) -> Vec<UpgradeStep> {
    let paths: BTreeSet<&String> = base.keys().chain(new.keys()).collect();
    let step = |path: &&String| {
        let (base, own, new) = (base.get(*path), own.get(*path), new.get(*path));
        one_file(base, own, new, label).map(|(action, reason, bytes)| {
            let conflicts = match (action, &bytes) {
                (UpgradeAction::Conflict, Some(bytes)) => conflict_lines(bytes),
                _ => Vec::new(),
            };
            UpgradeStep { path: (*path).clone(), action, reason, bytes, conflicts }
        })
    };
    paths.iter().filter_map(step).collect()
}

type Bytes = Vec<u8>;

fn one_file(
    base: Option<&Bytes>,
    own: Option<&Bytes>,
    new: Option<&Bytes>,
    label: &str,
) -> Option<(UpgradeAction, &'static str, Option<Bytes>)> {
    use UpgradeAction::{Conflict, Create, Delete, Keep, Merge, Update};
    if base == new || own == new {
        return None;
    }
    Some(match (base, own, new) {
        (None, None, Some(new)) => (Create, "", Some(new.clone())),
        (Some(base), Some(own), None) if base == own => (Delete, "", None),
        (_, _, None) => (Keep, "piq no longer writes it, and the project changed it", None),
        (Some(_), None, _) => (Keep, "the project deleted it", None),
        (Some(base), Some(own), Some(new)) if base == own => (Update, "", Some(new.clone())),
        (None, Some(_), _) => (Keep, "the project has a file of its own there", None),
        (Some(base), Some(own), Some(new)) => match merge(base, own, new, label) {
            Ok(merged) if merged == *own => return None,
            Ok(merged) => (Merge, "", Some(merged)),
            Err(marked) => (Conflict, "", Some(marked)),
        },
    })
}

const OWN_MARK: &str = "<<<<<<< yours";

fn merge(base: &[u8], own: &[u8], new: &[u8], label: &str) -> Result<Bytes, Bytes> {
    let mut options = MergeOptions::new();
    options.set_conflict_style(ConflictStyle::Merge);
    options.merge_bytes(base, own, new).map_err(|marked| {
        let text = String::from_utf8_lossy(&marked).into_owned();
        let renamed = text.split_inclusive('\n').map(|line| match line.trim_end() {
            "<<<<<<< ours" => format!("{OWN_MARK}\n"),
            ">>>>>>> theirs" => format!(">>>>>>> {label}\n"),
            _ => line.to_owned(),
        });
        renamed.collect::<String>().into_bytes()
    })
}

fn conflict_lines(marked: &[u8]) -> Vec<usize> {
    let text = String::from_utf8_lossy(marked);
    text.lines().enumerate().filter(|(_, line)| *line == OWN_MARK).map(|(at, _)| at + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::UpgradeAction::{Conflict, Create, Delete, Keep, Merge, Update};
    use super::{Files, UpgradeStep, plan_upgrade};

    fn files(texts: &[(&str, &str)]) -> Files {
        texts.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    fn one(base: Option<&str>, own: Option<&str>, new: Option<&str>) -> Option<UpgradeStep> {
        let of = |text: Option<&str>| files(&text.map(|t| ("f", t)).into_iter().collect::<Vec<_>>());
        let steps = plan_upgrade(&of(base), &of(own), &of(new), "piq 2");
        assert!(steps.len() <= 1);
        steps.into_iter().next()
    }

    #[test]
    fn every_way_that_a_file_can_change_has_its_action() {
        let action = |base, own, new| one(base, own, new).map(|step| step.action);
        assert_eq!(action(Some("a\n"), Some("mine\n"), Some("a\n")), None, "piq changes nothing");
        assert_eq!(action(Some("a\n"), Some("b\n"), Some("b\n")), None, "the project has it already");
        assert_eq!(action(Some("a\n"), None, None), None, "gone in both");
        assert_eq!(action(None, None, Some("a\n")), Some(Create));
        assert_eq!(action(Some("a\n"), Some("a\n"), Some("b\n")), Some(Update));
        assert_eq!(action(Some("a\n"), Some("a\n"), None), Some(Delete));
        assert_eq!(action(Some("a\n"), Some("mine\n"), None), Some(Keep));
        assert_eq!(action(Some("a\n"), None, Some("b\n")), Some(Keep));
        assert_eq!(action(None, Some("mine\n"), Some("b\n")), Some(Keep));
    }

    #[test]
    fn changes_of_different_lines_are_merged() {
        let step = one(Some("a\nb\nc\nd\ne\n"), Some("mine\nb\nc\nd\ne\n"), Some("a\nb\nc\nd\nnew\n")).expect("a step");
        assert_eq!((step.action, step.bytes.as_deref()), (Merge, Some("mine\nb\nc\nd\nnew\n".as_bytes())));
    }

    #[test]
    fn changes_of_the_same_line_are_marked_and_lose_nothing() {
        let step = one(Some("a\nb\nc\n"), Some("a\nmine\nc\n"), Some("a\nnew\nc\n")).expect("a step");
        let text = String::from_utf8(step.bytes.expect("bytes")).expect("UTF-8");
        assert_eq!(text, "a\n<<<<<<< yours\nmine\n=======\nnew\n>>>>>>> piq 2\nc\n");
        assert_eq!((step.action, step.conflicts), (Conflict, vec![2]));
    }
}
