//! Finding the bundle from a folder upwards.

use std::path::{Path, PathBuf};

use piq_diagnostics::{Diagnostic, Diagnostics};

/// Names that the root file of a bundle may have.
const NAMES: [&str; 4] = ["databricks.yml", "databricks.yaml", "bundle.yml", "bundle.yaml"];

/// A bundle on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Folder of the root file; paths under `include` and `sync` start here.
    pub bundle_dir: PathBuf,
    /// Folder of the project: the parent of `bundle/`, otherwise the bundle's own folder.
    pub project_dir: PathBuf,
    /// The root file.
    pub file: PathBuf,
}

/// Finds `databricks.yml`, or `bundle/databricks.yml`, in `start` or the closest folder above it.
///
/// # Errors
/// `no-bundle` when there is none up to the root of the file system.
pub fn discover(start: &Path) -> Result<Found, Diagnostics> {
    let absolute = std::path::absolute(start).unwrap_or_else(|_| start.to_path_buf());
    for dir in absolute.ancestors() {
        if let Some(file) = root_file(dir) {
            // started inside `bundle/`: the project is still the folder around it
            let inside = dir.file_name().is_some_and(|n| n == "bundle");
            let around = dir.parent().filter(|p| inside && root_file(p).is_none());
            let project_dir = around.unwrap_or(dir).to_path_buf();
            return Ok(Found { bundle_dir: dir.to_path_buf(), project_dir, file });
        }
        let bundle_dir = dir.join("bundle");
        if let Some(file) = root_file(&bundle_dir) {
            return Ok(Found { bundle_dir, project_dir: dir.to_path_buf(), file });
        }
    }
    let message = format!("no `databricks.yml` in `{}` or any folder above it", start.display());
    Err(Diagnostic::error("no-bundle", message)
        .hint("name the project's folder with `-C DIR`, or write a new project here with `piq init`")
        .into())
}

fn root_file(dir: &Path) -> Option<PathBuf> {
    NAMES.iter().map(|name| dir.join(name)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::discover;

    #[test]
    fn the_closest_root_file_upwards_wins() {
        let tmp = tempfile::tempdir().expect("folder");
        let root = tmp.path();
        fs::create_dir_all(root.join("a/bundle")).expect("folders");
        fs::create_dir_all(root.join("a/src/deep")).expect("folders");
        fs::create_dir_all(root.join("b/x")).expect("folders");
        fs::write(root.join("a/bundle/databricks.yml"), "").expect("file");
        fs::write(root.join("b/databricks.yml"), "").expect("file");
        let a = discover(&root.join("a/src/deep")).expect("found");
        assert_eq!((a.project_dir, a.bundle_dir), (root.join("a"), root.join("a/bundle")));
        assert_eq!(discover(&root.join("a/bundle")).expect("found").project_dir, root.join("a"));
        let b = discover(&root.join("b/x")).expect("found");
        assert_eq!((b.project_dir, b.bundle_dir), (root.join("b"), root.join("b")));
    }

    #[test]
    fn none_is_an_error_that_says_where_it_looked() {
        let tmp = tempfile::tempdir().expect("folder");
        let e = discover(tmp.path()).expect_err("nothing there");
        assert_eq!(e.0[0].code, "no-bundle");
        assert!(e.0[0].message.contains(&tmp.path().display().to_string()));
    }
}
