//! One run of the package's program: files in, files out.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

use super::findings::PythonFinding;
use super::interpreter::{Interpreter, interpreter, no_interpreter, no_package};
use super::places::Location;
use super::section::Section;
use crate::shell;
use piq_diagnostics::{Diagnostic, Diagnostics};

/// What a run is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// New resources.
    LoadResources,
    /// All resources, changed.
    ApplyMutators,
}

impl Phase {
    fn as_str(self) -> &'static str {
        match self {
            Phase::LoadResources => "load_resources",
            Phase::ApplyMutators => "apply_mutators",
        }
    }
}

/// What a run answers.
#[derive(Debug)]
pub(super) struct PythonOutput {
    /// The bundle with the resources; nothing if the code failed.
    pub output: Option<Value>,
    /// What the code reports.
    pub findings: Vec<PythonFinding>,
    /// Where it made what.
    pub places: Vec<Location>,
}

/// Runs one phase.
///
/// # Errors
/// An interpreter that is not there, one without the package, a process that ends without saying why.
pub(super) fn run(
    at: &Interpreter<'_>,
    section: &Section,
    phase: Phase,
    input: &Value,
) -> Result<PythonOutput, Diagnostics> {
    let failed = |message: String| Diagnostic::error("python-failed", message).at(section.place.clone());
    if at.env.get(shell::RESTRICTED).is_some() {
        return Err(failed(format!("the `python` section was not run: {}", shell::refusal())).into());
    }
    let python = interpreter(at, section)?;
    let folder = tempfile::tempdir().map_err(|e| failed(format!("cannot create a temporary folder: {e}")))?;
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("input.json"), input.to_string())
        .map_err(|e| failed(format!("cannot write to {}: {e}", folder.path().display())))?;
    let mut command = Command::new(&python);
    command.args(["-m", "databricks.bundles.build", "--phase", phase.as_str()]);
    for name in ["input", "output", "diagnostics", "locations"] {
        command.arg(format!("--{name}")).arg(file(&format!("{name}.json")));
    }
    command.current_dir(at.bundle_dir).env_clear().envs(at.env.with_prefix("")).stdin(Stdio::null());
    // compiled files in the bundle's folder would be uploaded, and sets would come in another order each time
    for (name, value) in [("PYTHONDONTWRITEBYTECODE", "1"), ("PYTHONHASHSEED", "0")] {
        if at.env.get(name).is_none() {
            command.env(name, value);
        }
    }
    let done = command.output().map_err(|e| no_interpreter(&python, &e.to_string(), section))?;
    let findings: Vec<PythonFinding> = lines(&file("diagnostics.json")).map_err(failed)?;
    if !done.status.success() && findings.iter().any(PythonFinding::is_error) {
        return Ok(PythonOutput { output: None, findings, places: lines(&file("locations.json")).map_err(failed)? });
    }
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        if said.contains("No module named") && said.contains("databricks") && !said.contains("Traceback") {
            return Err(no_package(&python, section).into());
        }
        let message =
            format!("the bundle's Python code failed: {}\n{}", shell::exit_text(done.status), shell::written(&done));
        return Err(failed(message).into());
    }
    let text = std::fs::read_to_string(file("output.json"))
        .map_err(|e| failed(format!("cannot read the bundle that the package databricks-bundles wrote: {e}")))?;
    let output = serde_json::from_str(&text)
        .map_err(|e| failed(format!("expected a bundle from the package databricks-bundles, found {e}")))?;
    Ok(PythonOutput { output: Some(output), findings, places: lines(&file("locations.json")).map_err(failed)? })
}

/// The lines of a file that has one JSON object in each; none for a file that was not written.
fn lines<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Vec<T>, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(format!("cannot read {name} of the package databricks-bundles: {e}")),
    };
    let read = |(n, line): (usize, &str)| {
        let why = |e: serde_json::Error| {
            format!("cannot read line {} of {name} of the package databricks-bundles: {e}", n + 1)
        };
        serde_json::from_str(line).map_err(why)
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("locations.json");
        assert_eq!(lines::<serde_json::Value>(&path), Ok(Vec::new()));
        std::fs::write(&path, "{\"a\": 1}\n\n{\"a\": \n").expect("written");
        let error = lines::<serde_json::Value>(&path).expect_err("a broken line");
        assert!(error.starts_with("cannot read line 3 of locations.json"), "{error}");
    }
}
