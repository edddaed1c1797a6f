//! What the mode of a target asks of whoever deploys it.

use indexmap::IndexMap;

use super::facts::CurrentUser;
use super::node::TreeNode;
use super::resource::{Resource, ResourceKind};
use super::settings::Mode;
use super::target_bundle::TargetBundle;
use piq_diagnostics::{Diagnostic, closest};

/// The variable that names checks which a target does without: an ordinary variable of the dialect, so a target can set
/// it, and the official CLI takes the bundle as it is.
const OVERRIDES: &str = "piq_override";

/// The checks before a deploy that can be overridden one by one.
pub const CHECKS: [&str; 7] =
    ["branch", "clean-tree", "no-run-as", "personal-path", "shared-path", "shared-prefix", "shared-root"];

/// The finding for a name that is not a check.
pub fn unknown_check(name: &str) -> Diagnostic {
    let available = CHECKS.map(|check| format!("`{check}`")).join(", ");
    let found = Diagnostic::error("unknown-check", format!("unknown check `{name}`; available: {available}"));
    match closest(name, CHECKS) {
        Some(near) => found.hint(format!("did you mean `{near}`?")),
        None => found,
    }
}

/// The words of the variable: a list, or a text with blanks or commas between them.
fn words(variables: &IndexMap<String, TreeNode>) -> Vec<(String, &TreeNode)> {
    let Some(node) = variables.get(OVERRIDES) else { return Vec::new() };
    let items = node.as_list().map_or_else(|| vec![node], |items| items.iter().collect());
    let split = |item: &TreeNode| -> Vec<String> {
        let text = item.as_str().unwrap_or_default();
        text.split([',', ' ']).filter(|w| !w.is_empty()).map(str::to_owned).collect()
    };
    items.into_iter().flat_map(|item| split(item).into_iter().map(move |word| (word, item))).collect()
}

/// A word that names no check would override nothing, unnoticed.
pub(super) fn check(variables: &IndexMap<String, TreeNode>, errors: &mut Vec<Diagnostic>) {
    for (word, node) in words(variables).into_iter().filter(|(w, _)| !w.contains("${") && !CHECKS.contains(&w.as_str()))
    {
        errors.push(unknown_check(&word).at(node.place.clone()));
    }
}

impl TargetBundle {
    /// The checks that the bundle does without.
    pub fn overrides(&self) -> Vec<String> {
        words(&self.variables).into_iter().map(|(word, _)| word).collect()
    }

    /// Whether the bundle does without a check.
    pub fn allows(&self, check: &str) -> bool {
        words(&self.variables).iter().any(|(word, _)| word == check)
    }

    /// What [`Project::check_mode`] will refuse, as far as it is known without knowing who deploys: each with the
    /// deployers that it concerns.
    pub fn mode_notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let root = &self.workspace.root_path;
        let mut note = |check: &str, what: String| {
            if !self.allows(check) {
                notes.push(format!("{what} (`{check}`; the variable `{OVERRIDES}` can name it)"));
            }
        };
        match self.mode {
            Some(Mode::Production) => {
                if self.jobs_run_as_deployer() {
                    note(
                        "no-run-as",
                        "a person cannot deploy this target: its jobs would run as that person".to_owned(),
                    );
                }
                if root.starts_with("/Workspace/Users/") {
                    let whose = if root.contains("${workspace.current_user.") { "a person" } else { "its owner" };
                    note("personal-path", format!("{whose} cannot deploy this target: its root is `{root}`"));
                }
            }
            Some(Mode::Development) => {
                let prefix = self.presets.name_prefix.as_deref().filter(|prefix| !prefix.is_empty());
                for (check, text) in [("shared-path", Some(root.as_str())), ("shared-prefix", prefix)] {
                    if let Some(text) = text.filter(|text| !text.contains("${workspace.current_user.")) {
                        note(check, format!("only users whose name is in `{text}` can deploy this target"));
                    }
                }
            }
            _ => {}
        }
        notes
    }

    fn jobs_run_as_deployer(&self) -> bool {
        let own = |r: &Resource| r.kind == ResourceKind::Job && r.spec.get("run_as").is_none();
        self.run_as.is_none() && self.resources.iter().any(own)
    }

    /// What speaks against deploying as `user`: in development, paths and names that other users would share; in
    /// production, jobs that would run as a person, or files in a person's folder.
    pub fn check_mode(&self, user: &CurrentUser, service_principal: bool) -> Vec<Diagnostic> {
        let mine = |text: &str| text.contains(&user.user_name) || text.contains(&user.short_name);
        let mut found: Vec<Diagnostic> = Vec::new();
        match self.mode {
            Some(Mode::Development) => {
                let w = &self.workspace;
                for (key, path) in [
                    ("root_path", &w.root_path),
                    ("file_path", &w.file_path),
                    ("state_path", &w.state_path),
                    ("resource_path", &w.resource_path),
                    ("artifact_path", &w.artifact_path),
                ] {
                    if !mine(path) {
                        found.push(
                            Diagnostic::error("shared-path", format!("`{key}` of a development target is `{path}`, which all users share"))
                                .hint("put `${workspace.current_user.short_name}` into `workspace.root_path`, or leave it out"),
                        );
                        break;
                    }
                }
                if let Some(prefix) = self.presets.name_prefix.as_deref().filter(|p| !p.is_empty() && !mine(p)) {
                    found.push(
                        Diagnostic::error(
                            "shared-prefix",
                            format!("`name_prefix` of a development target is `{prefix}`, which all users share"),
                        )
                        .hint("put `${workspace.current_user.short_name}` into `presets.name_prefix`"),
                    );
                }
            }
            Some(Mode::Production) if !service_principal => {
                if self.jobs_run_as_deployer() {
                    found.push(
                        Diagnostic::error("no-run-as", "a production target deployed by a person needs `run_as`").hint(
                            "add `run_as: {service_principal_name: …}` to the target, or deploy as a service principal",
                        ),
                    );
                }
                if self.workspace.root_path.starts_with("/Workspace/Users/") && mine(&self.workspace.root_path) {
                    found.push(
                        Diagnostic::error("personal-path", format!("the root path of a production target is `{}`, a personal folder", self.workspace.root_path))
                            .hint("set `workspace.root_path` of the target, such as `/Workspace/Apps/${bundle.name}/${bundle.target}`"),
                    );
                }
            }
            _ => {}
        }
        found.retain(|d| !self.allows(d.code));
        found
    }
}
