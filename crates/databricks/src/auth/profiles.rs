//! Profiles of `~/.databrickscfg`.

use std::path::{Path, PathBuf};

use reqwest::Url;

use super::ini_reader::{DEFAULT, IniSection, sections};
use piq_diagnostics::closest;
use piq_diagnostics::env::Env;

/// A section that holds settings of the tools, not a profile.
const RESERVED: &str = "__settings__";

/// Why a profile cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file is there but cannot be read.
    #[error("cannot read {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not in INI syntax.
    #[error("{}:{line}:{column}: cannot read the profiles: {what}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
        /// What is wrong.
        what: String,
    },
    /// The profile asked for is not there.
    #[error("{} has no profile `{name}`{}", file.display(), near.as_ref().map_or(String::new(), |n| format!("; did you mean `{n}`?")))]
    Missing {
        /// The file.
        file: PathBuf,
        /// The name asked for.
        name: String,
        /// The name that comes closest.
        near: Option<String>,
    },
    /// The profile asked for is a section and nothing in it.
    #[error("{}:{line}: the profile `{name}` has no settings", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
        /// 1-based line of the section.
        line: usize,
        /// The name asked for.
        name: String,
    },
    /// A profile is needed and there is no file of profiles.
    #[error("cannot read the profile `{name}`: {} does not exist", file.display())]
    NoFile {
        /// The file.
        file: PathBuf,
        /// The name asked for.
        name: String,
    },
    /// A profile was asked for by the name of the settings' section.
    #[error("`{RESERVED}` is not a profile")]
    Reserved,
    /// Several profiles fit the host of the bundle.
    #[error("the profiles {} all name the host {host}{}; choose one with --profile or DATABRICKS_CONFIG_PROFILE",
        names.join(", "), workspace.as_ref().map_or(String::new(), |id| format!(" and do not tell which is for the workspace {id}")))]
    Ambiguous {
        /// The host.
        host: String,
        /// Id of the workspace of the bundle, for a host that serves several.
        workspace: Option<String>,
        /// The profiles.
        names: Vec<String>,
    },
}

/// The profiles of one file.
pub(super) struct Profiles {
    file: PathBuf,
    sections: Vec<IniSection>,
}

/// A profile: its name and its settings.
#[derive(Clone, Copy)]
pub(super) struct Profile<'a> {
    section: &'a IniSection,
}

impl<'a> Profile<'a> {
    pub(super) fn name(self) -> &'a str {
        &self.section.name
    }

    /// The value of a key.
    pub(super) fn get(self, key: &str) -> Option<&'a str> {
        self.section.settings.get(key).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// Id of the workspace, for a host that serves several.
    fn workspace(self) -> Option<String> {
        match self.get("workspace_id") {
            Some(id) => Some(id.to_owned()).filter(|id| id != NO_WORKSPACE),
            None => self.get("host").and_then(workspace_of),
        }
    }
}

/// The file that profiles are read from; `~` is the home folder.
pub(super) fn file(configured: Option<&str>, env: &Env) -> Option<PathBuf> {
    let path = configured.unwrap_or("~/.databrickscfg");
    match path.strip_prefix('~') {
        Some(rest) => Some(env.home()?.join(rest.trim_start_matches(['/', '\\']))),
        None => Some(PathBuf::from(path)),
    }
}

impl Profiles {
    /// Reads a file; `None` if there is none.
    pub(super) fn read(file: &Path) -> Result<Option<Self>, ProfileError> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ProfileError::Unreadable { file: file.to_owned(), source }),
        };
        let sections = sections(&text).map_err(|fault| ProfileError::Syntax {
            file: file.to_owned(),
            line: fault.line,
            column: fault.column,
            what: fault.what,
        })?;
        Ok(Some(Self { file: file.to_owned(), sections }))
    }

    fn section(&self, name: &str) -> Option<&IniSection> {
        self.sections.iter().find(|s| s.name == name)
    }

    /// All profiles with settings.
    fn all(&self) -> impl Iterator<Item = Profile<'_>> {
        let filled = self.sections.iter().filter(|s| s.name != RESERVED && !s.settings.is_empty());
        filled.map(|section| Profile { section })
    }

    /// The profile of a name.
    pub(super) fn named(&self, name: &str) -> Result<Profile<'_>, ProfileError> {
        if name == RESERVED {
            return Err(ProfileError::Reserved);
        }
        let (file, name) = (self.file.clone(), name.to_owned());
        match self.section(&name) {
            Some(section) if section.settings.is_empty() => Err(ProfileError::Empty { file, line: section.line, name }),
            Some(section) => Ok(Profile { section }),
            None => {
                let near = closest(&name, self.all().map(Profile::name)).map(str::to_owned);
                Err(ProfileError::Missing { file, name, near })
            }
        }
    }

    /// The profile taken when none is named: `default_profile` of `[__settings__]`, else `DEFAULT` if it is there.
    pub(super) fn default(&self) -> Result<Option<Profile<'_>>, ProfileError> {
        let chosen = self.section(RESERVED).and_then(|section| Profile { section }.get("default_profile"));
        match chosen {
            Some(name) => self.named(name).map(Some),
            None => Ok(self.all().find(|p| p.name() == DEFAULT)),
        }
    }

    /// The one profile that names a host; none if there is none. Where several do, the id of the workspace decides.
    pub(super) fn of_host(&self, host: &str, workspace: Option<&str>) -> Result<Option<Profile<'_>>, ProfileError> {
        let fits = |p: &Profile<'_>| p.get("host").is_some_and(|h| same_host(h, host));
        let mut found: Vec<Profile<'_>> = self.all().filter(fits).collect();
        if let Some(id) = workspace.filter(|_| found.len() > 1) {
            let exact = |p: &Profile<'_>| p.workspace().as_deref() == Some(id);
            if found.iter().any(exact) {
                found.retain(exact);
            } else if found.iter().any(|p| p.workspace().is_none()) {
                found.retain(|p| p.workspace().is_none());
            }
        }
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            _ => Err(ProfileError::Ambiguous {
                host: host.to_owned(),
                workspace: workspace.map(str::to_owned),
                names: found.iter().map(|p| format!("`{}`", p.name())).collect(),
            }),
        }
    }
}

/// What `workspace_id` says when a profile belongs to no workspace.
pub(super) const NO_WORKSPACE: &str = "none";

/// Whether two addresses name one host: scheme `https` if none is written, no path.
pub(super) fn same_host(a: &str, b: &str) -> bool {
    match (url(a), url(b)) {
        (Some(a), Some(b)) => a.origin() == b.origin(),
        _ => a.trim() == b.trim(),
    }
}

/// The id of the workspace in an address such as `https://example.com/?o=111`.
pub(super) fn workspace_of(host: &str) -> Option<String> {
    let url = url(host)?;
    let value = |key: &str| url.query_pairs().find(|(k, v)| k == key && !v.is_empty()).map(|(_, v)| v.into_owned());
    let number = |key: &str| value(key).filter(|v| v.parse::<i64>().is_ok());
    value("w").or_else(|| number("o")).or_else(|| number("workspace_id"))
}

fn url(host: &str) -> Option<Url> {
    let host = host.trim();
    let written = if host.contains("://") { host.to_owned() } else { format!("https://{host}") };
    Url::parse(&written).ok()
}

#[cfg(test)]
mod tests {
    use super::{same_host, workspace_of};

    #[test]
    fn addresses_of_one_host_are_one() {
        for other in ["example.com", "https://EXAMPLE.com/", "https://example.com:443/?o=1", " https://example.com#x "]
        {
            assert!(same_host("https://example.com", other), "{other}");
        }
        for other in ["http://example.com", "https://example.com:8443", "https://example.com.evil.example", ""] {
            assert!(!same_host("https://example.com", other), "{other}");
        }
    }

    #[test]
    fn an_address_may_tell_its_workspace() {
        let told = |host: &str| workspace_of(host).unwrap_or_default();
        assert_eq!(told("https://example.com/?o=111"), "111");
        assert_eq!(told("example.com?a=b&workspace_id=7"), "7");
        assert_eq!(told("https://example.com/?o=one"), "");
        assert_eq!(told("https://example.com"), "");
    }
}
