//! Files that are replaced at once or not at all.

use std::io::{self, Write as _};
use std::path::Path;

/// Writes a whole file: a reader sees the old bytes or the new ones, also after a full disk or a crash. The mode of an
/// existing file is kept, and a link stays while its target is replaced. A pipe or a device is written in place.
///
/// # Errors
/// What the system says; [`io::ErrorKind::PermissionDenied`] for a write-protected file, which is left as it is.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = match path.canonicalize() {
        Ok(target) => target,
        Err(e) if e.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(e) => return Err(e),
    };
    let permissions = target.metadata().ok();
    if permissions.as_ref().is_some_and(|m| !m.is_file()) {
        return std::fs::write(&target, bytes);
    }
    let permissions = permissions.map(|m| m.permissions());
    if permissions.as_ref().is_some_and(std::fs::Permissions::readonly) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is write-protected"));
    }
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".piq-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(&target).map(drop).map_err(|e| e.error)
}

#[cfg(test)]
mod tests {
    use super::replace;
    use std::fs;
    use std::path::Path;

    #[cfg(unix)]
    #[test]
    fn replacing_keeps_the_mode_and_the_link() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("real.json"), folder.path().join("link.json"));
        replace(&file, b"old").expect("a new file");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("a mode");
        symlink("real.json", &link).expect("a link");
        replace(&link, b"new").expect("written");
        assert!(link.symlink_metadata().expect("the link").is_symlink());
        assert_eq!(fs::read(&file).expect("the file"), b"new");
        assert_eq!(file.metadata().expect("the file").permissions().mode() & 0o777, 0o640);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).expect("a mode");
        assert!(replace(&file, b"newer").expect_err("protected").to_string().contains("write-protected"));
        assert_eq!(fs::read(&file).expect("the file"), b"new");
        assert_eq!(fs::read_dir(folder.path()).expect("a list").count(), 2, "nothing is left behind");
        assert!(replace(Path::new("/nowhere/x.json"), b"").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_in_place() {
        replace(Path::new("/dev/null"), b"gone").expect("written");
    }
}
