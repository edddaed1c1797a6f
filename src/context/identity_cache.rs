//! Who the credentials of earlier commands belong to, so that not every command has to ask.
//!
//! Only credentials that never change hands are kept, by a hash: a token, or a service principal's id with its secret.
//! The file is a help and no more: whoever cannot read or write it asks the workspace.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use piq_databricks::workspace::Me;
use piq_diagnostics::own_folder::OwnFolder;
use serde::{Deserialize, Serialize};

const FILE: &str = "identities.json";
/// How long an entry counts.
const AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// Entries that are kept.
const KEPT: usize = 16;

/// The file of a project.
pub(crate) struct IdentityCache {
    folder: OwnFolder,
}

#[derive(Clone, Serialize, Deserialize)]
struct CachedIdentity {
    #[serde(flatten)]
    me: Me,
    /// Seconds since 1970.
    at: u64,
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

impl IdentityCache {
    pub(crate) fn of(project_dir: &Path) -> Self {
        Self { folder: OwnFolder::of(project_dir, "") }
    }

    /// Whom credentials belong to, if that is known.
    pub(crate) fn get(&self, key: &str) -> Option<Me> {
        // an entry of an earlier version says less
        self.read().remove(key).map(|entry| entry.me).filter(|me| !me.fields.is_empty())
    }

    /// Keeps whom credentials belong to.
    pub(crate) fn put(&self, key: &str, me: &Me) {
        let mut all = self.read();
        while all.len() >= KEPT {
            let Some(oldest) = all.iter().min_by_key(|(_, entry)| entry.at).map(|(key, _)| key.clone()) else { break };
            all.remove(&oldest);
        }
        all.insert(key.to_owned(), CachedIdentity { me: me.clone(), at: now() });
        // a checkout that cannot be written to asks every time
        let _ = self.write(&all);
    }

    fn read(&self) -> BTreeMap<String, CachedIdentity> {
        let text = std::fs::read(self.folder.file(FILE)).unwrap_or_default();
        let mut all: BTreeMap<String, CachedIdentity> = serde_json::from_slice(&text).unwrap_or_default();
        let (from, to) = (now().saturating_sub(AGE.as_secs()), now());
        all.retain(|_, entry| (from..=to).contains(&entry.at));
        all
    }

    fn write(&self, all: &BTreeMap<String, CachedIdentity>) -> std::io::Result<()> {
        self.folder.write(FILE, &serde_json::to_vec(all)?).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::{AGE, CachedIdentity, FILE, IdentityCache, KEPT, now};
    use piq_databricks::workspace::Me;

    fn me(name: &str) -> Me {
        Me {
            user_name: name.into(),
            display_name: name.into(),
            service_principal: false,
            fields: [("id".into(), "1".into())].into(),
        }
    }

    #[test]
    fn who_was_asked_for_is_known_for_a_day_and_no_other_is() {
        let dir = tempfile::tempdir().expect("a folder");
        let cache = IdentityCache::of(dir.path());
        assert_eq!(cache.get("a"), None);
        for n in 0..=KEPT {
            cache.put(&format!("{n}"), &me("ada"));
        }
        cache.put("a", &me("ada"));
        assert_eq!(cache.get("a"), Some(me("ada")));
        assert_eq!(cache.get("b"), None);
        assert_eq!(cache.read().len(), KEPT);
        let old = CachedIdentity { me: me("ada"), at: now() - AGE.as_secs() - 1 };
        cache.write(&[("a".to_owned(), old)].into()).expect("written");
        assert_eq!(cache.get("a"), None);
        std::fs::write(cache.folder.file(FILE), "{").expect("written");
        assert_eq!(cache.get("a"), None);
    }
}
