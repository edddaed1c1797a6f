//! What must hold before a production target is deployed.

use piq_bundle::{Mode, TargetBundle};

/// What is known of the source that is deployed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceRevision {
    /// The branch, from the repository or, where it stands on no branch, from the CI's variables.
    pub branch: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// Files that are changed or unknown to the repository; nothing outside of a repository.
    pub dirty: Option<Vec<String>>,
}

/// A check that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// Its short name.
    pub name: &'static str,
    /// What is wrong.
    pub message: String,
}

/// How many changed files are named.
const NAMED: usize = 5;

/// Warns of a production target that stands where every user of the workspace may write.
pub fn shared_root(project: &TargetBundle) -> Option<String> {
    let root = &project.workspace.root_path;
    let shared = root.starts_with("/Workspace/Shared/") || root.starts_with("/Shared/");
    let looked_at = project.mode == Some(Mode::Production) && !project.allows("shared-root");
    (shared && looked_at).then(|| {
        format!(
            "every user of the workspace can change what is below `{root}`, notebooks of the target's jobs included; \
             set `workspace.root_path` to a folder with permissions of its own"
        )
    })
}

/// Checks the source of a production target: the branch that the bundle names, and a clean tree.
pub fn check_source(project: &TargetBundle, source: &SourceRevision) -> Vec<Objection> {
    if project.mode != Some(Mode::Production) {
        return Vec::new();
    }
    let mut objections = Vec::new();
    if let Some(wanted) = &project.git_branch {
        let target = &project.target;
        let message = match &source.branch {
            Some(branch) if branch == wanted => None,
            Some(branch) => Some(format!("target `{target}` is deployed from branch `{wanted}`, this is `{branch}`")),
            None => Some(format!(
                "target `{target}` is deployed from branch `{wanted}`, and neither the repository nor the CI's variables name a branch"
            )),
        };
        objections.extend(message.map(|message| Objection { name: "branch", message }));
    }
    if let Some(dirty) = source.dirty.as_ref().filter(|d| !d.is_empty()) {
        let mut names: Vec<&str> = dirty.iter().map(String::as_str).take(NAMED).collect();
        if dirty.len() > NAMED {
            names.push("…");
        }
        let message = format!("the working tree has uncommitted changes: {}", names.join(", "));
        objections.push(Objection { name: "clean-tree", message });
    }
    objections.retain(|o| !project.allows(o.name));
    objections
}
