//! What the workspace denies although it models no rights on data: a real one is as strict for whoever lacks a grant,
//! asks a retired model, or has no serverless compute.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use piq_sql::{relations, tokens};
use serde::Deserialize;
use serde_json::Value;

use crate::engine::EngineError;

/// Privileges of Unity Catalog that everybody has unless they are denied.
pub(crate) const PRIVILEGES: [&str; 8] =
    ["CREATE_SCHEMA", "CREATE_TABLE", "CREATE_VOLUME", "EXECUTE", "MODIFY", "SELECT", "USE_CATALOG", "USE_SCHEMA"];

/// What is denied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    /// Privileges on objects of Unity Catalog, by full name.
    #[serde(default)]
    denied: Vec<Denied>,
    /// Models that are no longer served.
    #[serde(default)]
    retired: Vec<String>,
    /// The workspace has no serverless compute.
    #[serde(default)]
    no_serverless: bool,
    /// Models are reached through the gateway of Unity Catalog only.
    #[serde(default)]
    unity_gateway: bool,
    /// The first read of a dashboard after a write gives what was there before.
    #[serde(default)]
    stale_reads: bool,
}

/// A privilege that nobody has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Denied {
    privilege: String,
    on: String,
}

/// The active rules.
#[derive(Debug, Default)]
pub(crate) struct Restrictions {
    rules: Mutex<Rules>,
    /// What the next read of an object gives, by its path: what was there before a write, null for nothing.
    before: Mutex<BTreeMap<String, Value>>,
}

impl Restrictions {
    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn before(&self) -> MutexGuard<'_, BTreeMap<String, Value>> {
        self.before.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what was at a path before a write, if reads are to be stale.
    pub(crate) fn written(&self, path: String, before: Value) {
        if self.rules().stale_reads {
            self.before().insert(path, before);
        }
    }

    /// What a read gives in place of what is there, once.
    pub(crate) fn stale(&self, path: &str) -> Option<Value> {
        self.before().remove(path)
    }

    /// Replaces the active rules.
    #[cfg(feature = "lab")]
    pub(crate) fn set(&self, rules: Rules) {
        *self.rules() = rules;
        self.before().clear();
    }

    /// Whether a privilege on an object is denied.
    pub(crate) fn denies(&self, privilege: &str, on: &str) -> bool {
        self.rules().denied.iter().any(|d| d.privilege == privilege && d.on.eq_ignore_ascii_case(on))
    }

    /// Whether a model was served once and is no longer.
    pub(crate) fn retired(&self, model: &str) -> bool {
        self.rules().retired.iter().any(|name| name == model)
    }

    /// Whether there is serverless compute.
    pub(crate) fn serverless(&self) -> bool {
        !self.rules().no_serverless
    }

    /// Whether models are reached through the gateway of Unity Catalog only.
    pub(crate) fn unity_gateway(&self) -> bool {
        self.rules().unity_gateway
    }

    /// Refuses a statement that needs what is denied: to create a schema, or to read a table that it names in full.
    /// `has_schema` tells whether the schema that it would create is in a catalog already.
    pub(crate) fn statement(&self, sql: &str, has_schema: &dyn Fn(&str) -> bool) -> Result<(), EngineError> {
        let rules = self.rules();
        if rules.denied.is_empty() {
            return Ok(());
        }
        let words = tokens(sql);
        let creates_schema = words.windows(2).any(|w| w[0].is_word("create") && w[1].is_any(&["schema", "database"]));
        let read: Vec<String> =
            relations(&words).iter().filter(|r| r.is_source).map(|r| r.parts.join(".").replace('`', "")).collect();
        let needed = |d: &&Denied| match d.privilege.as_str() {
            "CREATE_SCHEMA" => creates_schema && !has_schema(&d.on),
            "SELECT" => read.iter().any(|name| name.eq_ignore_ascii_case(&d.on)),
            _ => false,
        };
        match rules.denied.iter().find(needed) {
            Some(Denied { privilege, on }) => Err(EngineError {
                class: "INSUFFICIENT_PERMISSIONS".into(),
                message: format!("User does not have {} on '{on}'.", privilege.replace('_', " ")),
            }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Restrictions, Rules};

    #[test]
    fn statements_that_need_what_is_denied_are_refused() {
        let rules = |text: &str| -> Restrictions {
            let restrictions = Restrictions::default();
            *restrictions.rules() = serde_json::from_str::<Rules>(text).expect("rules");
            restrictions
        };
        let none = rules("{}");
        assert!(none.statement("CREATE SCHEMA IF NOT EXISTS a.b", &|_| false).is_ok());
        let some = rules(
            r#"{"denied": [{"privilege": "SELECT", "on": "main.s.t"}, {"privilege": "CREATE_SCHEMA", "on": "users"}]}"#,
        );
        for sql in [
            "CREATE SCHEMA users.ada",
            "-- why\ncreate database x",
            "SELECT 1 FROM `main`.s.T",
            "INSERT INTO x SELECT * FROM (SELECT * FROM main.s.t)",
        ] {
            let error = some.statement(sql, &|_| false).expect_err(sql);
            assert_eq!(error.class, "INSUFFICIENT_PERMISSIONS");
        }
        assert!(some.statement("CREATE SCHEMA users.ada", &|catalog| catalog == "users").is_ok());
        for sql in ["CREATE TABLE main.s.t (a INT)", "SELECT 1 FROM main.s.u", "CREATE VIEW v AS SELECT 1"] {
            assert!(some.statement(sql, &|_| false).is_ok(), "{sql}");
        }
    }
}
