//! Paths on disk.

use std::path::{Path, PathBuf};

use super::allowed_folders::Inside;
use super::target_bundle::TargetBundle;

/// An absolute path without `.` and `..`, as far as its text tells: links are not followed.
pub fn clean(path: &Path) -> PathBuf {
    path_clean::clean(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// The way from a folder to a path, with `/`.
pub fn relative(path: &Path, root: &Path) -> String {
    let (path, root) = (clean(path), clean(root));
    let shared = common(&path, &root);
    let up = root.components().count() - shared.components().count();
    let mut parts: Vec<String> = vec!["..".to_owned(); up];
    let rest = path.strip_prefix(&shared).unwrap_or(&path);
    parts.extend(rest.components().map(|c| c.as_os_str().to_string_lossy().into_owned()));
    parts.join("/")
}

fn common(a: &Path, b: &Path) -> PathBuf {
    a.components().zip(b.components()).take_while(|(x, y)| x == y).map(|(x, _)| x).collect()
}

impl TargetBundle {
    /// Where the files of the bundle may lie.
    pub fn allowed_folders(&self) -> Inside {
        let named = self.sync.paths.iter().filter_map(|node| Some(clean(&self.dir_of(node).join(node.as_str()?))));
        let own = [self.project_dir.clone(), self.bundle_dir.clone()];
        Inside::of(own.into_iter().chain(self.git.root.clone()).chain(named))
    }

    /// The folder that stands in the workspace as the folder of the files: the bundle's own, or the one that it has in
    /// common with all of `sync.paths`.
    pub fn sync_root(&self) -> PathBuf {
        let paths = self.sync.paths.iter().filter_map(|node| Some(clean(&self.dir_of(node).join(node.as_str()?))));
        paths.fold(clean(&self.bundle_dir), |root, path| common(&root, &path))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::relative;

    #[test]
    fn relative_paths_go_up_where_they_must() {
        assert_eq!(relative(Path::new("/a/b/c.x"), Path::new("/a/d")), "../b/c.x");
        assert_eq!(relative(Path::new("/a/./b/../c"), Path::new("/a")), "c");
    }
}
