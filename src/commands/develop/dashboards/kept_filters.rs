//! Filters of the preview that stay from one start to the next, in `.piq/preview-filters.json` of the project.

use std::io;
use std::path::{Path, PathBuf};

use piq_diagnostics::atomic_file::replace;
use piq_preview::Kept;

/// The filters that this project keeps. A file that cannot be read keeps none: the next choice writes it again.
pub(crate) fn of_project(project_dir: &Path) -> Kept {
    let folder = project_dir.join(".piq");
    let file = folder.join("preview-filters.json");
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let filters = serde_json::from_str(&text).unwrap_or_default();
    Kept::new(filters, move |filters| {
        private_folder(&folder)?;
        let text = serde_json::to_string_pretty(filters).map_err(io::Error::other)?;
        replace(&file, format!("{text}\n").as_bytes())
    })
}

/// Makes the folder for its owner alone, and out of the project's history.
fn private_folder(folder: &PathBuf) -> io::Result<()> {
    if folder.is_symlink() {
        return Err(io::Error::other(format!("`{}` is a link; piq writes to a folder of its own", folder.display())));
    }
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    replace(&folder.join(".gitignore"), b"*\n")
}

#[cfg(test)]
mod tests {
    use super::of_project;

    #[test]
    fn an_unreadable_file_keeps_nothing() {
        let project = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(project.path().join(".piq")).expect("a folder");
        std::fs::write(project.path().join(".piq/preview-filters.json"), "[{").expect("written");
        // reading it neither fails nor writes
        let _kept = of_project(project.path());
        let text = std::fs::read_to_string(project.path().join(".piq/preview-filters.json")).expect("the file");
        assert_eq!(text, "[{");
    }
}
