//! Dashboard files on disk: where they are, which values they carry, and how one is replaced.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::contract::Contract;
use super::lint::LintSettings;
use piq_diagnostics::{Diagnostic, Diagnostics, Failure, FailureContext as _, Source, Span, atomic_file};

/// Where a project says which values its committed dashboards carry.
pub const MAIN_VALUES: &str = "dashboards/normalise.yml";

/// The lock of names: all dashboards of the project, one file name a line.
pub const NAMES_LOCK: &str = "dashboards/names.lock";

/// The ending of dashboard files.
pub const EXTENSION: &str = ".lvdash.json";

/// The values that committed dashboards carry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MainValues {
    /// The catalog.
    #[serde(rename = "main_catalog")]
    pub catalog: Option<String>,
    /// The schema.
    #[serde(rename = "main_schema")]
    pub schema: Option<String>,
    /// Whether each query must begin with the head that these values are written into; yes if there are any.
    pub use_head: Option<bool>,
}

impl MainValues {
    /// What the lint expects of the project's dashboards.
    pub fn lint_settings(&self) -> LintSettings {
        LintSettings { use_head: self.use_head.unwrap_or(self.catalog.is_some()) }
    }
}

/// The project's folder: the first from `start` upwards with `databricks.yml` or `bundle/databricks.yml`.
pub fn project(start: &Path) -> Option<PathBuf> {
    let start = std::path::absolute(start).ok()?;
    start
        .ancestors()
        .find(|f| f.join("databricks.yml").is_file() || f.join("bundle/databricks.yml").is_file())
        .map(Path::to_path_buf)
}

/// The values in `dashboards/normalise.yml`; none without that file.
pub fn main_values(project: &Path) -> Result<MainValues, Diagnostics> {
    let path = project.join(MAIN_VALUES);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(MainValues::default()),
        Err(e) => return Err(Diagnostic::error("file-unreadable", format!("cannot read `{MAIN_VALUES}`: {e}")).into()),
    };
    serde_saphyr::from_str(&text).map_err(|e| {
        let source = Source::new(MAIN_VALUES, text.as_str());
        let mut fault = Diagnostic::error("normalise-settings", e.without_snippet().to_string())
            .hint("available keys: `main_catalog`, `main_schema`, `use_head`");
        if let Some(at) = e.location() {
            let line = usize::try_from(at.line()).unwrap_or(1);
            let column = usize::try_from(at.column()).unwrap_or(1);
            fault = fault.at(Span::point(&source, line, column));
        }
        fault.into()
    })
}

/// A contract from a JSON file.
pub fn contract(path: &Path) -> Result<Contract, Failure> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("`{}` is not a contract of tables and columns", path.display()))
}

/// All `dashboards/*.lvdash.json` of a project, by name.
pub fn dashboards(project: &Path) -> Result<Vec<PathBuf>, Failure> {
    let folder = project.join("dashboards");
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e).with_context(|| format!("cannot list `{}`", folder.display())),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list `{}`", folder.display()))?.path();
        if path.to_string_lossy().ends_with(EXTENSION) && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A warning about a file that looks like a dashboard and has another ending, such as `x.lvdash (1).json`.
pub fn misnamed(path: &str) -> Option<Diagnostic> {
    let looks = path.contains(".lvdash") && !path.ends_with(EXTENSION);
    looks.then(|| {
        Diagnostic::warning("dashboard-misnamed", format!("`{path}` is not checked: dashboards end in `{EXTENSION}`"))
            .hint("rename it, or remove it if it is a copy")
    })
}

/// Replaces a file by new bytes, at once or not at all. The mode is kept; a link stays and its target is replaced.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    atomic_file::replace(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{dashboards, main_values, project};

    #[test]
    fn the_project_is_found_upwards_with_its_dashboards_and_values() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::create_dir_all(root.join("bundle")).expect("bundle");
        fs::create_dir_all(root.join("dashboards/old")).expect("dashboards");
        fs::write(root.join("bundle/databricks.yml"), "").expect("databricks.yml");
        for name in ["b.lvdash.json", "a.lvdash.json", "notes.md"] {
            fs::write(root.join("dashboards").join(name), "").expect("a file");
        }
        assert_eq!(project(&root.join("dashboards/old")).as_deref(), Some(root));
        let names: Vec<_> = dashboards(root)
            .expect("a list")
            .iter()
            .filter_map(|p| p.file_name()?.to_str().map(str::to_owned))
            .collect();
        assert_eq!(names, ["a.lvdash.json", "b.lvdash.json"]);
        assert_eq!(main_values(root).expect("none").catalog, None);
        fs::write(root.join("dashboards/normalise.yml"), "main_catalog: home\nmain_schema: piq\n").expect("a file");
        assert_eq!(main_values(root).expect("values").schema.as_deref(), Some("piq"));
        fs::write(root.join("dashboards/normalise.yml"), "main_catalog: home\nmain_shema: piq\n").expect("a file");
        let fault = main_values(root).expect_err("a typing slip");
        assert_eq!(fault.0[0].labels[0].place.line_column().0, 2);
    }
}
