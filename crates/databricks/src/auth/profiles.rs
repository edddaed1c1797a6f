//! Profiles of `~/.databrickscfg`.

use std::path::{Path, PathBuf};

use ini::{Ini, ParseOption, Properties};

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
    /// A profile was asked for by the name of the settings' section.
    #[error("`{RESERVED}` is not a profile")]
    Reserved,
    /// Several profiles fit the host of the bundle.
    #[error("the profiles {} all name the host {host}; choose one with --profile or DATABRICKS_CONFIG_PROFILE", names.join(", "))]
    Ambiguous {
        /// The host.
        host: String,
        /// The profiles.
        names: Vec<String>,
    },
}

/// The profiles of one file.
pub(super) struct Profiles {
    file: PathBuf,
    ini: Ini,
}

/// A profile: its name and its settings.
pub(super) struct Profile<'a> {
    pub name: String,
    section: &'a Properties,
}

impl Profile<'_> {
    /// The value of a key, without a comment behind it.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        Some(without_comment(self.section.get(key)?)).filter(|v| !v.is_empty())
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
        let options = ParseOption { enabled_escape: false, ..ParseOption::default() };
        let ini = Ini::load_from_str_opt(&text, options).map_err(|e| ProfileError::Syntax {
            file: file.to_owned(),
            line: e.line,
            column: e.col,
            what: e.msg.to_string(),
        })?;
        Ok(Some(Self { file: file.to_owned(), ini }))
    }

    fn section(&self, name: &str) -> Option<&Properties> {
        let named = self.ini.section(Some(name)).filter(|s| !s.is_empty());
        // what stands before the first section belongs to DEFAULT
        named.or_else(|| (name == "DEFAULT").then(|| self.ini.general_section()).filter(|s| !s.is_empty()))
    }

    /// The profile of a name.
    pub(super) fn named(&self, name: &str) -> Result<Profile<'_>, ProfileError> {
        if name == RESERVED {
            return Err(ProfileError::Reserved);
        }
        match self.section(name) {
            Some(section) => Ok(Profile { name: name.to_owned(), section }),
            None => Err(ProfileError::Missing {
                file: self.file.clone(),
                name: name.to_owned(),
                near: closest(name, self.names()).map(str::to_owned),
            }),
        }
    }

    /// The profile taken when none is named: `default_profile` of `[__settings__]`, else `DEFAULT` if it is there.
    pub(super) fn default(&self) -> Result<Option<Profile<'_>>, ProfileError> {
        let chosen = self.ini.section(Some(RESERVED)).and_then(|s| s.get("default_profile")).map(str::trim);
        match chosen.filter(|name| !name.is_empty()) {
            Some(name) => self.named(name).map(Some),
            None => Ok(self.section("DEFAULT").map(|section| Profile { name: "DEFAULT".to_owned(), section })),
        }
    }

    /// The one profile that names a host; none if there is none.
    pub(super) fn of_host(&self, host: &str) -> Result<Option<Profile<'_>>, ProfileError> {
        let fits = |name: &&str| {
            self.section(name).and_then(|s| s.get("host")).is_some_and(|h| same_host(without_comment(h), host))
        };
        let names: Vec<&str> = self.names().filter(fits).collect();
        match names.as_slice() {
            [] => Ok(None),
            [name] => self.named(name).map(Some),
            _ => Err(ProfileError::Ambiguous {
                host: host.to_owned(),
                names: names.iter().map(|n| format!("`{n}`")).collect(),
            }),
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let general = self.ini.section(Some("DEFAULT")).is_none() && !self.ini.general_section().is_empty();
        self.ini.sections().flatten().filter(|n| *n != RESERVED).chain(general.then_some("DEFAULT"))
    }
}

/// Whether two addresses name one host: scheme `https` if left out, no path.
pub(super) fn same_host(a: &str, b: &str) -> bool {
    normal(a) == normal(b)
}

fn normal(host: &str) -> String {
    let host = host.trim();
    let (scheme, rest) = host.split_once("://").unwrap_or(("https", host));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    format!("{scheme}://{authority}").to_lowercase()
}

/// A comment starts with `#` or `;` after a space.
fn without_comment(value: &str) -> &str {
    let end = [" #", " ;", "\t#", "\t;"].iter().filter_map(|mark| value.find(mark)).min().unwrap_or(value.len());
    value[..end].trim()
}
