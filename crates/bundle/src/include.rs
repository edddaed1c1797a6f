//! Files named under `include`.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use ignore::WalkBuilder;

use super::node::TreeNode;
use piq_diagnostics::Diagnostic;

/// Files that one pattern names, sorted. Patterns start at the folder of the root file; `**` crosses folders.
pub(super) fn matching(bundle_dir: &Path, pattern: &TreeNode) -> Result<Vec<PathBuf>, Diagnostic> {
    let Some(text) = pattern.as_str() else {
        let message = format!("expected file names under `include`, found {}", pattern.form());
        return Err(Diagnostic::error("wrong-type", message).at(pattern.place.clone()));
    };
    if Path::new(text).is_absolute() {
        let message = format!("`{text}` under `include` is not a relative path");
        return Err(Diagnostic::error("include-absolute", message)
            .at(pattern.place.clone())
            .hint(format!("paths start at `{}`", bundle_dir.display())));
    }
    let text = text.trim_start_matches("./");
    if !text.contains(['*', '?', '[', '{']) {
        let file = bundle_dir.join(text);
        return match file.is_file() {
            true => Ok(vec![file]),
            false => {
                let d = Diagnostic::error("include-not-found", format!("`{text}` is not a file"));
                let d = d.at(pattern.place.clone());
                let other = text.replace('\\', "/");
                Err(if other != text && bundle_dir.join(&other).is_file() {
                    d.hint(format!("folders are separated by `/`: `{other}`"))
                } else {
                    d.hint(format!("paths start at `{}`", bundle_dir.display()))
                })
            }
        };
    }
    let bad = |e: globset::Error| {
        Diagnostic::error("include-pattern", format!("cannot read the pattern: {}", e.kind())).at(pattern.place.clone())
    };
    let literal: PathBuf =
        Path::new(text).iter().take_while(|part| !part.to_string_lossy().contains(['*', '?', '[', '{'])).collect();
    let rest = text.strip_prefix(&*slashes(&literal)).unwrap_or(text).trim_start_matches('/');
    let glob = GlobBuilder::new(rest).literal_separator(true).build().map_err(bad)?.compile_matcher();
    let root = bundle_dir.join(&literal);
    let deep = rest.contains("**") || rest.contains('/');
    // a link to a folder is not followed: it may lead back here; folders that start with a dot are tools' own
    let walk = WalkBuilder::new(&root)
        .standard_filters(false)
        .max_depth((!deep).then_some(1))
        .filter_entry(|e| {
            e.depth() == 0
                || !e.file_type().is_some_and(|t| t.is_dir())
                || !e.file_name().to_string_lossy().starts_with('.')
        })
        .build();
    let files = walk.flatten().map(ignore::DirEntry::into_path).filter(|path| path.is_file());
    let mut found: Vec<PathBuf> =
        files.filter(|path| path.strip_prefix(&root).is_ok_and(|relative| glob.is_match(relative))).collect();
    found.sort();
    Ok(found)
}

/// Whether the official CLI reads a file by a pattern: there `**` is as good as `*`, one folder.
pub(super) fn read_by_cli(bundle_dir: &Path, pattern: &str, file: &Path) -> bool {
    let pattern = pattern.trim_start_matches("./");
    if !pattern.contains("**") {
        return true;
    }
    let glob = GlobBuilder::new(&pattern.replace("**", "*")).literal_separator(true).build();
    let relative = file.strip_prefix(bundle_dir).unwrap_or(file);
    glob.is_ok_and(|glob| glob.compile_matcher().is_match(relative))
}

/// A path with `/` on every system.
pub(super) fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{matching, slashes};
    use crate::TreeNode;
    use piq_diagnostics::{Source, Span};

    #[test]
    fn patterns_find_files_in_order() {
        let tmp = tempfile::tempdir().expect("folder");
        let root = tmp.path();
        for file in ["b.yml", "a.yml", "r/x.yml", "r/deep/er/y.yml", "r/z.txt", ".git/n.yml"] {
            let path = root.join(file);
            fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            fs::write(path, "").expect("file");
        }
        let find = |pattern: &str| -> Result<Vec<String>, &'static str> {
            let source = Source::new("p", pattern);
            let node = TreeNode::string(pattern, Span::new(&source, 0..pattern.len()));
            let files = matching(root, &node).map_err(|d| d.code)?;
            Ok(files.iter().map(|f| slashes(f.strip_prefix(root).expect("below"))).collect())
        };
        assert_eq!(find("*.yml").expect("ok"), ["a.yml", "b.yml"]);
        assert_eq!(find("./r/*.yml").expect("ok"), ["r/x.yml"]);
        assert_eq!(find("r/**/*.yml").expect("ok"), ["r/deep/er/y.yml", "r/x.yml"]);
        assert_eq!(find("**/*.yml").expect("ok"), ["a.yml", "b.yml", "r/deep/er/y.yml", "r/x.yml"]);
        assert_eq!(find("*/*.yml").expect("ok"), ["r/x.yml"]);
        assert_eq!(find("none/*.yml").expect("ok"), Vec::<String>::new());
        assert_eq!(find("c.yml"), Err("include-not-found"));
        assert_eq!(find("[.yml"), Err("include-pattern"));
    }
}
