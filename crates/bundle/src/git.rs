//! What the repository around a bundle says: branch, commit, origin. Read from its files; no command is run.

use std::path::{Path, PathBuf};

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
    /// The file of patterns that the repository's own settings name: `core.excludesFile`.
    pub excludes_file: Option<PathBuf>,
    /// Whether a commit instead of a branch is checked out.
    pub detached: bool,
}

/// The folder of the repository in `start` or above it.
pub(super) fn work_tree(start: &Path) -> Option<PathBuf> {
    start.ancestors().find(|dir| git_dir(dir).is_some()).map(Path::to_owned)
}

/// Reads the facts of the repository in `start` or above it; none outside of a repository.
pub(crate) fn git_facts(start: &Path, env: &Env) -> GitFacts {
    let Some((root, dir)) = start.ancestors().find_map(|d| Some((d.to_owned(), git_dir(d)?))) else {
        return GitFacts::default();
    };
    // a work tree added with `git worktree` keeps its own HEAD, and shares the rest
    let common = match read(&dir.join("commondir")) {
        Some(path) => dir.join(path.trim()),
        None => dir.clone(),
    };
    let head = read(&dir.join("HEAD")).unwrap_or_default();
    let head = head.trim();
    let (branch, commit) = match head.strip_prefix("ref: ") {
        Some(name) => (name.strip_prefix("refs/heads/").map(str::to_owned), reference(&dir, &common, name)),
        None => (None, is_commit(head).then(|| head.to_owned())),
    };
    let detached = branch.is_none();
    let config = read(&common.join("config"));
    let below = start.strip_prefix(&root).unwrap_or(Path::new("")).to_string_lossy().replace('\\', "/");
    GitFacts {
        actual_branch: branch.clone(),
        bundle_root_path: Some(if below.is_empty() { ".".to_owned() } else { below }),
        branch: branch.or_else(|| ci_branch(env)),
        commit,
        origin_url: config
            .as_deref()
            .and_then(|c| setting(c, "[remote \"origin\"]", "url"))
            .map(|url| without_password(&url)),
        excludes_file: config
            .as_deref()
            .and_then(|c| setting(c, "[core]", "excludesfile"))
            .map(|path| root.join(home(&path, env))),
        root: Some(root),
        detached,
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

/// The folder with the repository's files: `.git`, or where the file `.git` points to.
fn git_dir(dir: &Path) -> Option<PathBuf> {
    let git = dir.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = read(&git)?;
    Some(dir.join(text.trim().strip_prefix("gitdir: ")?))
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

/// The last value of a setting in a section; names of settings are written in any case.
fn setting(config: &str, section: &str, name: &str) -> Option<String> {
    let mut inside = false;
    let mut found = None;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line.eq_ignore_ascii_case(section);
        } else if inside
            && let Some((key, value)) = line.split_once('=')
            && key.trim().eq_ignore_ascii_case(name)
        {
            found = Some(value.trim().trim_matches('"').to_owned());
        }
    }
    found
}

/// A path with `~` filled in.
fn home(path: &str, env: &Env) -> PathBuf {
    match (path.strip_prefix("~/"), env.get("HOME").or_else(|| env.get("USERPROFILE"))) {
        (Some(rest), Some(home)) => Path::new(home).join(rest),
        _ => PathBuf::from(path),
    }
}

/// An address without what stands before `@`: CI clones with a token there.
fn without_password(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) if scheme.starts_with("http") => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        _ => url.to_owned(),
    }
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

    use super::{GitFacts, git_facts};
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
        git_facts(dir, &Env::from_pairs(pairs.iter().map(|(k, v)| (*k, *v))))
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
}
