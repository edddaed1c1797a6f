//! What the mode of a target asks of whoever deploys it.

use super::facts::CurrentUser;
use super::project::Project;
use super::resource::{Resource, ResourceKind};
use super::settings::Mode;
use piq_diagnostics::{Diagnostic, closest};

/// The checks before a deploy that can be overridden one by one.
pub const CHECKS: [&str; 6] = ["branch", "clean-tree", "no-run-as", "personal-path", "shared-path", "shared-prefix"];

/// The variable by which a bundle overrides checks: their names, separated by commas. The official CLI takes it as one
/// more variable.
pub const OVERRIDES: &str = "piq_override";

/// A name that is no check.
pub fn unknown_check(name: &str) -> Diagnostic {
    let available = CHECKS.map(|check| format!("`{check}`")).join(", ");
    let found = Diagnostic::error("unknown-check", format!("unknown check `{name}`; available: {available}"));
    match closest(name, CHECKS) {
        Some(near) => found.hint(format!("did you mean `{near}`?")),
        None => found,
    }
}

impl Project {
    /// The checks that the bundle overrides.
    ///
    /// # Errors
    /// A name that is no check.
    pub fn overrides(&self) -> Result<Vec<&str>, Diagnostic> {
        let Some(node) = self.variables.get(OVERRIDES) else { return Ok(Vec::new()) };
        let names = node.as_str().unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
        let names: Vec<&str> = names.collect();
        match names.iter().find(|name| !CHECKS.contains(name)) {
            Some(unknown) => Err(unknown_check(unknown).at(node.place().clone())),
            None => Ok(names),
        }
    }

    /// The checks by which a person cannot deploy a production target, known without asking who deploys. A service
    /// principal can.
    ///
    /// # Errors
    /// An override that names no check.
    pub fn refused_for_a_person(&self) -> Result<Vec<&'static str>, Diagnostic> {
        let overridden = self.overrides()?;
        let production = self.mode == Some(Mode::Production);
        let own_home = self.in_homes() && self.workspace.root_path.contains("${workspace.current_user");
        let checks = [("no-run-as", production && self.lacks_run_as()), ("personal-path", production && own_home)];
        let failed = checks.into_iter().filter(|(check, fails)| *fails && !overridden.contains(check));
        Ok(failed.map(|(check, _)| check).collect())
    }

    fn lacks_run_as(&self) -> bool {
        let own = |r: &Resource| r.kind == ResourceKind::Job && r.spec.get("run_as").is_none();
        self.run_as.is_none() && self.resources.iter().any(own)
    }

    fn in_homes(&self) -> bool {
        self.workspace.root_path.starts_with("/Workspace/Users/")
    }

    /// What speaks against deploying as `user`: in development, paths and names that other users would share; in
    /// production, jobs that would run as a person, or files in a person's folder.
    pub fn check_mode(&self, user: &CurrentUser, service_principal: bool) -> Vec<Diagnostic> {
        let mine = |text: &str| text.contains(&user.user_name) || text.contains(&user.short_name);
        let mut found = Vec::new();
        match self.mode {
            Some(Mode::Development) => {
                let w = &self.workspace;
                for (key, path) in
                    [("root_path", &w.root_path), ("file_path", &w.file_path), ("state_path", &w.state_path)]
                {
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
                if self.lacks_run_as() {
                    found.push(
                        Diagnostic::error("no-run-as", "a production target deployed by a person needs `run_as`").hint(
                            "add `run_as: {service_principal_name: …}` to the target, or deploy as a service principal",
                        ),
                    );
                }
                if self.in_homes() && mine(&self.workspace.root_path) {
                    found.push(
                        Diagnostic::error("personal-path", format!("the root path of a production target is `{}`, a personal folder", self.workspace.root_path))
                            .hint("set `workspace.root_path` of the target, such as `/Workspace/Apps/${bundle.name}/${bundle.target}`"),
                    );
                }
            }
            _ => {}
        }
        found
    }
}
