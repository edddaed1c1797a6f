//! What the repository around a bundle says: branch, commit, origin. Read from its files; no command is run.

mod config;

use std::path::{Path, PathBuf};

use config::{GitConfig, with_home};
use piq_diagnostics::Diagnostic;
use piq_diagnostics::env::Env;

/// Facts for `${bundle.git.…}` and for the guards of production.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GitFacts {
    /// The branch that is checked out; in CI, which checks out a commit, the branch that CI names.
    pub branch: Option<String>,
    /// The commit that is checked out.
    pub commit: Option<String>,
    /// Address of the remote `origin`, without user and password.
    pub origin_url: Option<String>,
    /// The branch that is checked out, whatever CI names.
    pub actual_branch: Option<String>,
    /// The folder of the bundle from that of the work tree, with `/`.
    pub bundle_root_path: Option<String>,
    /// Folder of the work tree.
    pub root: Option<PathBuf>,
    /// The file of patterns that the settings of the repository, the user or the machine name: `core.excludesFile`.
    pub excludes_file: Option<PathBuf>,
    /// Whether a commit instead of a branch is checked out.
    pub detached: bool,
}

impl GitFacts {
    /// The file of patterns that a repository keeps for itself, if a folder is one: `info/exclude`.
    pub fn own_excludes(folder: &Path) -> Option<PathBuf> {
        let dir = git_dir(folder).ok().flatten()?;
        Some(common(&dir).join("info/exclude"))
    }
}

/// The folder of the repository in `start` or above it.
pub(super) fn work_tree(start: &Path) -> Option<PathBuf> {
    start.ancestors().find(|dir| !matches!(git_dir(dir), Ok(None))).map(Path::to_owned)
}

/// Reads the facts of the repository in `start` or above it; none outside of a repository. The warnings say what cannot
/// be read.
pub(crate) fn git_facts(start: &Path, env: &Env) -> (GitFacts, Vec<Diagnostic>) {
    let Some(root) = work_tree(start) else { return Default::default() };
    let dir = match git_dir(&root) {
        Ok(Some(dir)) => dir,
        Ok(None) => return Default::default(),
        Err(warning) => return (GitFacts { root: Some(root), ..GitFacts::default() }, vec![warning]),
    };
    let common = common(&dir);
    let head = read(&dir.join("HEAD")).unwrap_or_default();
    let head = head.trim();
    let (branch, commit) = match head.strip_prefix("ref:").map(str::trim_start) {
        Some(name) => (name.strip_prefix("refs/heads/").map(str::to_owned), reference(&dir, &common, name)),
        None => (None, is_commit(head).then(|| head.to_owned())),
    };
    let detached = branch.is_none();
    let below = start.strip_prefix(&root).unwrap_or(Path::new("")).to_string_lossy().replace('\\', "/");
    let config = settings(&dir, &common, env);
    let facts = GitFacts {
        actual_branch: branch.clone(),
        bundle_root_path: Some(if below.is_empty() { ".".to_owned() } else { below }),
        branch: branch.or_else(|| ci_branch(env)),
        commit,
        origin_url: config.get("remote", Some("origin"), "url").map(without_user),
        excludes_file: excludes_file(&config, &root, env),
        root: Some(root),
        detached,
    };
    let bad = |(file, line): &(PathBuf, usize)| {
        let message = format!("{}:{line}: git cannot read this line of its settings; piq ignores it", file.display());
        Diagnostic::warning("git-settings", message)
    };
    (facts, config.faults.iter().map(bad).collect())
}

/// Where a work tree that was added with `git worktree` shares all but its own `HEAD`.
fn common(dir: &Path) -> PathBuf {
    match read(&dir.join("commondir")) {
        Some(path) => dir.join(path.trim()),
        None => dir.to_owned(),
    }
}

/// The settings of the machine, the user, the repository and the work tree, in git's order.
fn settings(dir: &Path, common: &Path, env: &Env) -> GitConfig {
    let mut config = GitConfig::default();
    if env.get("GIT_CONFIG_NOSYSTEM").is_none() {
        config.add(Path::new(env.get("GIT_CONFIG_SYSTEM").unwrap_or("/etc/gitconfig")), env);
    }
    match env.get("GIT_CONFIG_GLOBAL") {
        Some(file) => config.add(Path::new(file), env),
        None => {
            let own = env.home().map(|home| home.join(".gitconfig"));
            for file in user_folder(env).map(|folder| folder.join("config")).into_iter().chain(own) {
                config.add(&file, env);
            }
        }
    }
    config.add(&common.join("config"), env);
    if config.is_true("extensions", "worktreeconfig") {
        config.add(&dir.join("config.worktree"), env);
    }
    config
}

/// The user's folder with settings of git.
fn user_folder(env: &Env) -> Option<PathBuf> {
    let configured = env.get("XDG_CONFIG_HOME").map(PathBuf::from);
    Some(configured.or_else(|| Some(env.home()?.join(".config")))?.join("git"))
}

/// The file of `core.excludesFile`, by default `git/ignore` of the user's settings; an empty value is none.
fn excludes_file(config: &GitConfig, root: &Path, env: &Env) -> Option<PathBuf> {
    match config.get("core", None, "excludesfile") {
        Some("") => None,
        Some(path) => Some(root.join(with_home(path, env))),
        None => user_folder(env).map(|folder| folder.join("ignore")),
    }
}

impl GitFacts {
    /// The fields of `bundle.git` that the repository sets. What it does not say is unset.
    pub(super) fn fields(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("branch", self.branch.as_deref()),
            ("commit", self.commit.as_deref()),
            ("origin_url", self.origin_url.as_deref()),
            ("actual_branch", self.actual_branch.as_deref()),
            ("bundle_root_path", self.bundle_root_path.as_deref()),
        ]
    }
}

fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// The folder with the repository's files: `.git`, or where the file `.git` points to; none if there is no `.git`.
fn git_dir(dir: &Path) -> Result<Option<PathBuf>, Diagnostic> {
    let git = dir.join(".git");
    if git.is_dir() {
        return Ok(Some(git));
    }
    if !git.exists() {
        return Ok(None);
    }
    let bad = |what: &str| {
        let message = format!("cannot read the repository: {} {what}", git.display());
        let hint = "repair the file, or delete it: until then branch, commit and `info/exclude` are unknown";
        Diagnostic::warning("git-file", message).hint(hint)
    };
    let text = read(&git).ok_or_else(|| bad("is not a text file"))?;
    let path = text.trim().strip_prefix("gitdir:").map(str::trim_start).filter(|path| !path.is_empty());
    let target = dir.join(path.ok_or_else(|| bad("does not start with `gitdir: FOLDER`"))?);
    if target.is_dir() { Ok(Some(target)) } else { Err(bad("names a folder that does not exist")) }
}

/// The commit of a branch: in a file of its own, or among the packed ones.
fn reference(dir: &Path, common: &Path, name: &str) -> Option<String> {
    let loose = read(&dir.join(name)).or_else(|| read(&common.join(name)));
    if let Some(commit) = loose.map(|t| t.trim().to_owned()).filter(|c| is_commit(c)) {
        return Some(commit);
    }
    let packed = read(&common.join("packed-refs"))?;
    packed.lines().find_map(|line| {
        let (commit, packed) = line.split_once(' ')?;
        (packed == name && is_commit(commit)).then(|| commit.to_owned())
    })
}

/// A SHA-1 or SHA-256 in hexadecimal.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// An address without the user and the password that may stand before `@`. `user@host:path` stays: no password fits there.
fn without_user(url: &str) -> String {
    let Some(start) = url.find("//").filter(|at| is_scheme(&url[..*at])).map(|at| at + 2) else {
        return url.to_owned();
    };
    let (before, rest) = url.split_at(start);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, _) = rest.split_at(end);
    let user = match authority.rfind('@') {
        Some(at) => Some(at),
        // a password with a `/` in it, as the port is not a number
        None if authority.rsplit_once(':').is_some_and(|(_, port)| !is_port(port)) => rest.rfind('@'),
        None => None,
    };
    format!("{before}{}", user.map_or(rest, |at| &rest[at + 1..]))
}

fn is_scheme(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    text.is_empty() || text.strip_suffix(':').is_some_and(|name| !name.is_empty() && name.chars().all(allowed))
}

fn is_port(text: &str) -> bool {
    text.ends_with(']') || text.bytes().all(|b| b.is_ascii_digit())
}

/// The branch that GitHub, GitLab, Azure DevOps, Jenkins, Bitbucket or CircleCI builds. For a pull request it is the branch that asks, never the one
/// that is asked: a pull request must not pass for its target.
fn ci_branch(env: &Env) -> Option<String> {
    let branch = |name: &str| env.get(name).map(|b| b.strip_prefix("refs/heads/").unwrap_or(b).to_owned());
    if env.get("GITHUB_ACTIONS").is_some() {
        let by_push = || branch("GITHUB_REF_NAME").filter(|_| env.get("GITHUB_REF_TYPE") != Some("tag"));
        return branch("GITHUB_HEAD_REF").or_else(by_push);
    }
    if env.get("GITLAB_CI").is_some() {
        return branch("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME").or_else(|| branch("CI_COMMIT_BRANCH"));
    }
    if env.get("TF_BUILD").is_some() {
        let built = || branch("BUILD_SOURCEBRANCH").filter(|b| !b.starts_with("refs/"));
        return branch("SYSTEM_PULLREQUEST_SOURCEBRANCH").or_else(built);
    }
    if env.get("JENKINS_URL").is_some() {
        let remote = |b: String| b.strip_prefix("origin/").map_or(b.clone(), str::to_owned);
        // a pull request is built as `PR-7`
        return branch("CHANGE_BRANCH").or_else(|| branch("BRANCH_NAME")).or_else(|| branch("GIT_BRANCH").map(remote));
    }
    branch("BITBUCKET_BRANCH").or_else(|| branch("CIRCLE_BRANCH"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{GitFacts, git_facts, without_user};
    use piq_diagnostics::env::Env;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("folder");
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            fs::write(path, text).expect("file");
        }
        dir
    }

    fn facts(dir: &Path, pairs: &[(&str, &str)]) -> GitFacts {
        let (facts, warnings) = git_facts(dir, &env(pairs));
        assert!(warnings.is_empty(), "{warnings:?}");
        facts
    }

    /// An environment without settings of this machine.
    fn env(pairs: &[(&str, &str)]) -> Env {
        Env::from_pairs(pairs.iter().chain(&[("GIT_CONFIG_NOSYSTEM", "1")]).map(|(k, v)| (*k, *v)))
    }

    #[test]
    fn a_branch_with_its_commit_and_origin() {
        let config = "[core]\n\tbare = false\n[remote \"up\"]\n\turl = no\n[remote \"origin\"]\n\turl = https://ci:glpat-1@git.example.com/a/b.git\n";
        let repo = repository(&[
            (".git/HEAD", "ref: refs/heads/feature/x\n"),
            (".git/refs/heads/feature/x", COMMIT),
            (".git/config", config),
            ("bundle/a", ""),
        ]);
        let found = facts(&repo.path().join("bundle"), &[("GITHUB_ACTIONS", "true"), ("GITHUB_REF_NAME", "main")]);
        assert_eq!(found.branch.as_deref(), Some("feature/x"));
        assert_eq!(found.commit.as_deref(), Some(COMMIT));
        assert_eq!(found.origin_url.as_deref(), Some("https://git.example.com/a/b.git"), "no password");
        assert_eq!(found.root.as_deref(), Some(repo.path()));
        assert!(!found.detached);
    }

    #[test]
    fn packed_branches_and_work_trees_are_found() {
        let repo = repository(&[
            ("main/.git/HEAD", "ref: refs/heads/main\n"),
            ("main/.git/packed-refs", &format!("# pack-refs\n{COMMIT} refs/heads/side\n")),
            ("main/.git/worktrees/side/HEAD", "ref: refs/heads/side\n"),
            ("main/.git/worktrees/side/commondir", "../..\n"),
            ("side/.git", "gitdir: ../main/.git/worktrees/side\n"),
        ]);
        let found = facts(&repo.path().join("side"), &[]);
        assert_eq!((found.branch.as_deref(), found.commit.as_deref()), (Some("side"), Some(COMMIT)));
        assert_eq!(facts(&repo.path().join("main"), &[]).commit, None, "a branch without a commit");
    }

    #[test]
    fn a_commit_takes_its_branch_from_ci() {
        let repo = repository(&[(".git/HEAD", COMMIT)]);
        let branch = |pairs: &[(&str, &str)]| {
            let found = facts(repo.path(), pairs);
            assert!(found.detached);
            assert_eq!(found.commit.as_deref(), Some(COMMIT));
            found.branch
        };
        assert_eq!(branch(&[]), None);
        let github = [("GITHUB_ACTIONS", "true"), ("GITHUB_REF_NAME", "main"), ("GITHUB_REF_TYPE", "branch")];
        assert_eq!(branch(&github).as_deref(), Some("main"));
        let pull = [("GITHUB_ACTIONS", "true"), ("GITHUB_REF_NAME", "7/merge"), ("GITHUB_HEAD_REF", "fix")];
        assert_eq!(branch(&pull).as_deref(), Some("fix"));
        let tag = [("GITHUB_ACTIONS", "true"), ("GITHUB_REF_NAME", "v1"), ("GITHUB_REF_TYPE", "tag")];
        assert_eq!(branch(&tag), None);
        assert_eq!(branch(&[("GITLAB_CI", "true"), ("CI_COMMIT_BRANCH", "main")]).as_deref(), Some("main"));
        let azure = [("TF_BUILD", "True"), ("BUILD_SOURCEBRANCH", "refs/heads/main")];
        assert_eq!(branch(&azure).as_deref(), Some("main"));
        assert_eq!(branch(&[("TF_BUILD", "True"), ("BUILD_SOURCEBRANCH", "refs/pull/7/merge")]), None);
        // outside of CI a variable alone does not count
        assert_eq!(branch(&[("GITHUB_REF_NAME", "main")]), None);
    }

    #[test]
    fn outside_of_a_repository_nothing_is_known() {
        let dir = tempfile::tempdir().expect("folder");
        // the folder of temporary files may itself lie in a repository
        if dir.path().ancestors().all(|d| !d.join(".git").exists()) {
            assert_eq!(facts(dir.path(), &[]), GitFacts::default());
        }
    }

    #[test]
    fn settings_are_read_by_gits_rules() {
        let config = "[Remote \"origin\"] ; comment\r\n\tURL = \"ssh://git:secret@h/q.git\" # c\r\n[remote \"Origin\"]\nurl = no\n[x]\nexcludesFile = no\n";
        let repo = repository(&[(".git/HEAD", COMMIT), (".git/config", config)]);
        let found = facts(repo.path(), &[]);
        assert_eq!(found.origin_url.as_deref(), Some("ssh://h/q.git"));
        assert_eq!(found.excludes_file, None);
    }

    #[test]
    fn the_file_of_patterns_is_the_last_that_is_named() {
        let repo = repository(&[
            (".git/HEAD", COMMIT),
            ("home/.gitconfig", "[core] ; mine\n\texcludesFile = \"~/my ignores\" ; all of them\n"),
            ("home/.config/git/config", "[core]\n\texcludesFile = ~/first\n"),
            ("other", "[core]\n\texcludesFile = /other\n"),
            ("none", "[core]\n\texcludesFile =\n"),
        ]);
        let home = repo.path().join("home");
        let (home_text, path) = (home.display().to_string(), |name: &str| repo.path().join(name).display().to_string());
        let named = |pairs: &[(&str, &str)]| facts(repo.path(), pairs).excludes_file;
        assert_eq!(named(&[("HOME", &home_text)]), Some(home.join("my ignores")));
        assert_eq!(named(&[("HOME", &home_text), ("GIT_CONFIG_GLOBAL", &path("other"))]), Some("/other".into()));
        assert_eq!(named(&[("HOME", &home_text), ("GIT_CONFIG_GLOBAL", &path("none"))]), None);
        assert_eq!(named(&[("HOME", &path("else"))]), Some(repo.path().join("else/.config/git/ignore")));
        assert_eq!(named(&[("XDG_CONFIG_HOME", "/xdg")]), Some("/xdg/git/ignore".into()));
        fs::write(repo.path().join(".git/config"), "[core]\nexcludesFile = own # x\n").expect("file");
        assert_eq!(named(&[("HOME", &home_text)]), Some(repo.path().join("own")));
    }

    #[test]
    fn a_line_that_git_refuses_is_a_warning() {
        let repo = repository(&[(".git/HEAD", COMMIT), (".git/config", "[core]\n= x\n[remote \"origin\"]\nurl = u\n")]);
        let (found, warnings) = git_facts(repo.path(), &env(&[]));
        assert_eq!(found.origin_url.as_deref(), Some("u"));
        assert!(warnings[0].message.contains("config:2: git cannot read this line"), "{warnings:?}");
    }

    #[test]
    fn a_file_in_place_of_the_folder_points_to_it() {
        for text in ["gitdir: real", "gitdir:   real  \r\n", "gitdir:real\n"] {
            let repo = repository(&[(".git", text), ("real/HEAD", COMMIT), ("a/b", "")]);
            assert_eq!(facts(&repo.path().join("a"), &[]).commit.as_deref(), Some(COMMIT), "{text:?}");
            assert_eq!(GitFacts::own_excludes(repo.path()), Some(repo.path().join("real/info/exclude")));
        }
        for text in ["", "gitdir:", "hello", "gitdir: none", "version https://git-lfs.example.com"] {
            let repo = repository(&[("outer/.git", text), (".git/HEAD", COMMIT), ("outer/a/b", "")]);
            let (found, warnings) = git_facts(&repo.path().join("outer/a"), &env(&[]));
            assert_eq!((found.commit, found.root), (None, Some(repo.path().join("outer"))), "{text:?}");
            assert!(warnings[0].message.starts_with("cannot read the repository: "), "{text:?}");
            assert_eq!(GitFacts::own_excludes(&repo.path().join("outer")), None);
        }
    }

    #[test]
    fn no_address_tells_its_user() {
        for (url, shown) in [
            ("ssh://git:secret@h/a.git", "ssh://h/a.git"),
            ("ssh://git@h:22/a.git", "ssh://h:22/a.git"),
            ("https://u:p@h/a@b.git", "https://h/a@b.git"),
            ("https://u:p@x@h/a", "https://h/a"),
            ("https://u:p/w@h/a", "https://h/a"),
            ("https://u:p#w@h/a", "https://h/a"),
            ("ftp://u@[::1]/a", "ftp://[::1]/a"),
            ("git+ssh://u:p@h", "git+ssh://h"),
            ("//u:p@h/a", "//h/a"),
            ("https://h:8443/a@b", "https://h:8443/a@b"),
            ("https://[::1]/a@b", "https://[::1]/a@b"),
            ("git@h:a.git", "git@h:a.git"),
            ("file:///srv/a@b", "file:///srv/a@b"),
            ("../a//u@b", "../a//u@b"),
            ("", ""),
        ] {
            assert_eq!(without_user(url), shown);
        }
    }
}
