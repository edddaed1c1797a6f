//! Which Python runs a bundle's code, and what is said where there is none.

use std::path::{Path, PathBuf};

use super::section::Section;
use crate::shell;
use piq_diagnostics::Diagnostic;
use piq_diagnostics::env::Env;

/// Where Python runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interpreter<'a> {
    /// The bundle's folder: where it runs.
    pub bundle_dir: &'a Path,
    /// The project's folder: places name files from here.
    pub project_dir: &'a Path,
    /// The environment, which it gets as it is.
    pub env: &'a Env,
}

/// The interpreter: of `venv_path`, of the active virtual environment, then that on the path.
pub(super) fn interpreter(at: &Interpreter<'_>, section: &Section) -> Result<PathBuf, Diagnostic> {
    let of = |folder: &Path| {
        let names = ["bin/python3", "bin/python", "Scripts/python.exe", "Scripts/python3.exe"];
        names.iter().map(|name| folder.join(name)).find(|file| file.is_file())
    };
    if let Some((venv, place)) = &section.venv {
        let folder = at.bundle_dir.join(venv);
        return of(&folder).ok_or_else(|| {
            let message = format!("`venv_path` is not a virtual environment: {} has no interpreter", folder.display());
            Diagnostic::error("python-missing", message).at(place.clone()).hint(format!(
                "create it: python3 -m venv {folder} && {folder}/bin/pip install databricks-bundles",
                folder = venv.display()
            ))
        });
    }
    if let Some(found) = at.env.get("VIRTUAL_ENV").and_then(|folder| of(Path::new(folder))) {
        return Ok(found);
    }
    let found = ["python3", "python"].into_iter().find(|name| shell::on_path(name, at.env));
    found.map(PathBuf::from).ok_or_else(|| no_interpreter(Path::new("python3"), "it is not on PATH", section))
}

/// An interpreter that cannot be started.
pub(super) fn no_interpreter(python: &Path, why: &str, section: &Section) -> Diagnostic {
    Diagnostic::error("python-missing", format!("cannot run {}: {why}", python.display()))
        .at(section.place.clone())
        .hint(
            "install Python 3.10 or later with the package databricks-bundles, or name its folder: `venv_path: .venv`",
        )
}

/// An interpreter that cannot run the bundle's code.
pub(super) fn no_package(python: &Path, section: &Section) -> Diagnostic {
    let message =
        format!("{} has no package databricks-bundles, which runs the bundle's Python code", python.display());
    Diagnostic::error("python-missing", message)
        .at(section.place.clone())
        .hint(format!("install it: {} -m pip install databricks-bundles", python.display()))
        .hint("or name the virtual environment that has it: `venv_path: .venv`")
}
