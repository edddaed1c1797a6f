//! Which texts of a bundle are files on disk: libraries of tasks, packages of environments.

/// Whether a library is a file on disk: not a package's name, and nothing of the workspace or a store.
pub fn local_library(text: &str) -> bool {
    let file = [".whl", ".jar"].iter().any(|e| text.ends_with(e)) || text.contains(['/', '*', '?']);
    !remote(text) && (text.starts_with('.') || file)
}

/// Whether the code of an AI runtime task is an archive on disk.
pub fn local_archive(text: &str) -> bool {
    !text.is_empty() && !remote(text)
}

/// Whether a package of an environment is a file on disk: its path, and its extras such as `[train]`.
pub fn local_package(text: &str) -> Option<(&str, &str)> {
    let (path, extras) = match text.find(".whl[") {
        Some(at) => text.split_at(at + ".whl".len()),
        None => (text, ""),
    };
    let file = path.starts_with("./") || path.starts_with("../") || path.ends_with(".whl") || path.ends_with(".jar");
    (file && !remote(path) && !path.starts_with('-') && !path.contains(" @ ")).then_some((path, extras))
}

/// A flag of pip with a path on disk, such as `-r ./requirements.txt` or `-e ./package`: the flag and the path.
pub fn local_requirements(text: &str) -> Option<(&'static str, &str)> {
    let flags = [("-r", "-r"), ("--requirement", "-r"), ("-e", "-e"), ("--editable", "-e")];
    let (flag, rest) = flags.iter().find_map(|(written, flag)| {
        let rest = text.trim().strip_prefix(written)?.strip_prefix([' ', '='])?;
        Some((*flag, rest))
    })?;
    let path = rest.trim().trim_matches(['"', '\'']);
    (!path.is_empty() && !remote(path)).then_some((flag, path))
}

fn remote(text: &str) -> bool {
    text.starts_with('/') || text.contains(":/") || text.contains("${")
}

#[cfg(test)]
mod tests {
    use super::{local_library, local_package, local_requirements};

    #[test]
    fn files_are_told_from_packages() {
        for text in ["./dist/*.whl", "dist/a.whl", "a.jar", "../x/y.whl", "dist/*"] {
            assert!(local_library(text), "{text}");
        }
        for text in ["cowsay", "/Volumes/a/b.whl", "dbfs:/a.jar", "s3://b/a.whl", "${var.x}/a.whl"] {
            assert!(!local_library(text), "{text}");
        }
        assert_eq!(local_package("./dist/*.whl[train]"), Some(("./dist/*.whl", "[train]")));
        assert_eq!(local_package("whl/a.whl"), Some(("whl/a.whl", "")));
        for text in ["numpy>=1,<2", "-r ./requirements.txt", "a @ https://x/a.whl", "/Workspace/a.whl", "x[all]==1"] {
            assert_eq!(local_package(text), None, "{text}");
        }
        for text in ["-r ../r.txt", "-r  '../r.txt'", "--requirement=../r.txt", "--requirement \"../r.txt\""] {
            assert_eq!(local_requirements(text), Some(("-r", "../r.txt")), "{text}");
        }
        assert_eq!(local_requirements("-r requirements.txt"), Some(("-r", "requirements.txt")));
        assert_eq!(local_requirements("-r my file.txt"), Some(("-r", "my file.txt")));
        assert_eq!(local_requirements("-e ./src"), Some(("-e", "./src")));
        assert_eq!(local_requirements("--editable=."), Some(("-e", ".")));
        assert_eq!(local_requirements("-e git+https://example.com/x.git"), None);
        for text in ["-r /Workspace/r.txt", "-r https://x/r.txt", "-r", "-r ${workspace.file_path}/r.txt", "-research"]
        {
            assert_eq!(local_requirements(text), None, "{text}");
        }
    }
}
