//! Whole bundles: good ones of many shapes, and broken ones with the place of the fault.

mod broken;
mod dialect;
mod good;
mod mode;
mod properties;
mod values;

use std::fs;
use std::path::Path;

use super::{CurrentUser, LoadOptions, TargetBundle, TargetFacts, load};
use piq_diagnostics::Diagnostics;
use piq_diagnostics::env::Env;

/// A bundle in a folder of its own.
struct Bundle {
    dir: tempfile::TempDir,
    target: Option<&'static str>,
    vars: Vec<String>,
    env: Env,
}

fn bundle(root: &str) -> Bundle {
    let dir = tempfile::tempdir().expect("folder");
    fs::write(dir.path().join("databricks.yml"), root).expect("file");
    Bundle { dir, target: None, vars: Vec::new(), env: Env::default() }
}

impl Bundle {
    fn file(self, path: &str, text: &str) -> Self {
        let path = self.dir.path().join(path);
        fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        fs::write(path, text).expect("file");
        self
    }

    fn target(mut self, target: &'static str) -> Self {
        self.target = Some(target);
        self
    }

    fn var(mut self, var: &str) -> Self {
        self.vars.push(var.to_owned());
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.env = Env::from_pairs([(name, value)]);
        self
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn load(&self) -> Result<TargetBundle, Diagnostics> {
        load(&LoadOptions { start: self.dir.path(), target: self.target, vars: &self.vars, env: &self.env })
    }

    fn ok(&self) -> TargetBundle {
        self.load().unwrap_or_else(|e| panic!("{e}"))
    }

    fn facts(&self, facts: &TargetFacts) -> TargetBundle {
        self.ok().loaded.for_target(facts).unwrap_or_else(|e| panic!("{e}"))
    }

    /// As a user deploys it.
    fn deployed_by(&self, user: &str) -> TargetBundle {
        self.facts(&TargetFacts::of(CurrentUser::new(user), [].into()))
    }

    fn deployed(&self) -> TargetBundle {
        self.deployed_by("ada@example.com")
    }

    /// With one variable looked up.
    fn looked_up(&self, variable: &str, id: &str) -> TargetBundle {
        let lookups = [(variable.to_owned(), id.to_owned())].into();
        self.facts(&TargetFacts::of(CurrentUser::new("ada@example.com"), lookups))
    }

    /// `code file:line:column text` of each fault, and of its other labels.
    fn faults(&self) -> Vec<String> {
        let errors = self.load().expect_err("broken");
        errors
            .0
            .iter()
            .map(|d| match d.labels.first() {
                Some(label) => {
                    let (line, column) = label.place.line_column();
                    let text = &label.place.source.text[label.place.span.clone()];
                    format!("{} {}:{line}:{column} {}", d.code, label.place.source.path, text.trim_end())
                }
                None => d.code.to_owned(),
            })
            .collect()
    }
}
