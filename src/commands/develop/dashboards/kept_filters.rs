//! Filters of the preview that stay from one start to the next, in `.piq/preview-filters.json` of the project.

use std::io;
use std::path::Path;

use piq_diagnostics::own_folder::OwnFolder;
use piq_preview::{Kept, KeptFilter};

const FILE: &str = "preview-filters.json";

/// The filters that this project keeps, and what to tell the user if the file is there and cannot be read: then none is
/// kept, and the file stays as it is until a filter is kept again.
pub(crate) fn of_project(project_dir: &Path) -> (Kept, Option<String>) {
    let folder = OwnFolder::of(project_dir, "");
    let file = folder.file(FILE);
    let (filters, fault) = match read(&file) {
        Ok(filters) => (filters, None),
        Err(why) => {
            let shown = file.display();
            let said = format!(
                "warning: cannot read `{shown}`: {why}; no filter is kept, and the next that you keep replaces the file"
            );
            (Vec::new(), Some(said))
        }
    };
    let kept = Kept::new(filters, move |filters| {
        let text = serde_json::to_string_pretty(filters).map_err(io::Error::other)?;
        folder.write(FILE, format!("{text}\n").as_bytes()).map(drop)
    });
    (kept, fault)
}

/// What a file keeps; nothing if there is none.
fn read(file: &Path) -> Result<Vec<KeptFilter>, String> {
    match std::fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text).map_err(|e| e.to_string()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::of_project;

    #[test]
    fn a_file_that_cannot_be_read_is_told_and_left_as_it_is() {
        let project = tempfile::tempdir().expect("a folder");
        assert_eq!(of_project(project.path()).1, None, "without a file there is nothing to tell");
        let file = project.path().join(".piq/preview-filters.json");
        std::fs::create_dir(project.path().join(".piq")).expect("a folder");
        for (text, why) in [("[{", "EOF"), ("{}", "expected a sequence"), ("[{\"dashboard\": 1}]", "expected a string")]
        {
            std::fs::write(&file, text).expect("written");
            let said = of_project(project.path()).1.expect("a warning");
            assert!(said.contains("preview-filters.json") && said.contains(why), "{said}");
            assert_eq!(std::fs::read_to_string(&file).expect("the file"), text);
        }
        std::fs::write(&file, "[]").expect("written");
        assert_eq!(of_project(project.path()).1, None);
    }
}
