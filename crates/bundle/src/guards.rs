//! What the mode of a target asks of whoever deploys it.

use super::facts::CurrentUser;
use super::project::Project;
use super::resource::ResourceKind;
use super::settings::Mode;
use piq_diagnostics::Diagnostic;

impl Project {
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
                if self.run_as.is_none()
                    && self.resources.iter().any(|r| r.kind == ResourceKind::Job && r.spec.get("run_as").is_none())
                {
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
        found
    }
}
