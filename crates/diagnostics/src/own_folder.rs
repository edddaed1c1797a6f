//! piq's own folder in a project, `.piq`: for its owner alone, out of the project's history, and never through a link that
//! somebody else put there.

use std::io;
use std::path::{Path, PathBuf};

use crate::atomic_file::replace;

/// The folder's name in a project.
pub const OWN_FOLDER: &str = ".piq";

/// `.piq` of a project, or a folder in it.
#[derive(Debug, Clone)]
pub struct OwnFolder {
    own: PathBuf,
    below: PathBuf,
}

impl OwnFolder {
    /// The folder `below` in `.piq` (`""` is `.piq` itself). Nothing is made before [`make`](Self::make) or
    /// [`write`](Self::write).
    pub fn of(project_dir: &Path, below: &str) -> Self {
        Self { own: project_dir.join(OWN_FOLDER), below: PathBuf::from(below) }
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.own.join(&self.below).join(name)
    }

    /// Makes the folders that are missing with mode 0700, and `.piq/.gitignore`.
    ///
    /// # Errors
    /// What the system says, and a link where a folder belongs: a project could lead piq's files anywhere.
    pub fn make(&self) -> io::Result<()> {
        let is_new = make_one(&self.own)?;
        let ignore = self.own.join(".gitignore");
        if is_new || !ignore.exists() {
            replace(&no_link(ignore)?, b"*\n")?;
        }
        let mut folder = self.own.clone();
        for part in &self.below {
            folder.push(part);
            make_one(&folder)?;
        }
        Ok(())
    }

    /// Makes the folder and replaces a file in it at once.
    ///
    /// # Errors
    /// Those of [`make`](Self::make), and a link in the place of the file.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        self.make()?;
        let file = no_link(self.file(name))?;
        replace(&file, bytes)?;
        Ok(file)
    }
}

/// Makes one folder, if it is missing; says whether it was.
fn make_one(folder: &Path) -> io::Result<bool> {
    let folder = no_link(folder.to_owned())?;
    let builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    let builder = {
        let mut builder = builder;
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
    };
    match builder.create(&folder) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(false),
        Err(e) => Err(e),
    }
}

fn no_link(path: PathBuf) -> io::Result<PathBuf> {
    if path.is_symlink() {
        return Err(io::Error::other(format!("`{}` is a link; piq writes to a folder of its own", path.display())));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::OwnFolder;

    #[test]
    fn it_is_made_once_with_what_keeps_it_out_of_the_history() {
        let project = tempfile::tempdir().expect("a folder");
        let folder = OwnFolder::of(project.path(), "a/b");
        let file = folder.write("x.json", b"1").expect("written");
        assert_eq!(file, project.path().join(".piq/a/b/x.json"));
        assert_eq!(fs::read(project.path().join(".piq/.gitignore")).expect("there"), b"*\n");
        folder.write("x.json", b"2").expect("written again");
        assert_eq!(fs::read(file).expect("there"), b"2");
        #[cfg(unix)]
        for made in [".piq", ".piq/a", ".piq/a/b", ".piq/a/b/x.json"] {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(project.path().join(made)).expect("there").permissions().mode();
            assert_eq!(mode & 0o077, 0, "{made}: {mode:o}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_at_any_step_is_refused() {
        use std::os::unix::fs::symlink;
        for link in [".piq", ".piq/a", ".piq/a/x.json", ".piq/.gitignore"] {
            let (project, elsewhere) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
            let target = elsewhere.path().join("target");
            if link.contains("x.json") || link.contains("ignore") {
                fs::write(&target, "kept").expect("written");
            } else {
                fs::create_dir(&target).expect("made");
            }
            let at = project.path().join(link);
            fs::create_dir_all(at.parent().expect("a folder")).expect("made");
            if link == ".piq/.gitignore" {
                fs::remove_file(&target).expect("a dangling link");
            }
            symlink(&target, &at).expect("a link");
            let refused = OwnFolder::of(project.path(), "a").write("x.json", b"new").expect_err(link);
            assert!(refused.to_string().contains("is a link"), "{link}: {refused}");
            assert!(fs::read(&target).map_or(true, |text| text == b"kept"), "{link}");
            assert!(fs::read_dir(&target).map_or(true, |mut found| found.next().is_none()), "{link}");
        }
    }
}
