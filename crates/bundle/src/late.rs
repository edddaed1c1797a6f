//! When the value of a reference is known: from the bundle, from the workspace, or once a resource exists.

use super::facts::Stage;
use super::node::Node;
use super::outputs;
use super::resolve::Resolver;
use super::settings::{PATHS, expand};
use piq_diagnostics::{Diagnostic, Place};

/// What the workspace says of whoever deploys.
const USER: [&str; 9] =
    ["userName", "short_name", "domain_friendly_name", "displayName", "id", "name", "emails", "groups", "active"];

/// When the value of a reference is known.
#[derive(Debug)]
pub(super) enum When {
    /// From the bundle alone.
    Now,
    /// From the bundle, after the target's presets have changed it: the reference stays but must lead somewhere.
    AfterPresets,
    /// From the workspace: the reference stays.
    Later,
    /// This is the value, though the bundle does not write it.
    Known(Node),
    /// Never.
    Wrong(Box<Diagnostic>),
}

impl Resolver<'_> {
    /// When the value at a path (`variables`, `x`, `value` for `${var.x}`) is known.
    pub(super) fn when(&mut self, steps: &[String], place: &Place) -> When {
        let path: Vec<&str> = steps.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["workspace", "current_user", field, ..] => self.user(field, place),
            // comes from the profile or the environment when it is not written
            ["workspace", key] if super::known::has("Workspace", key) && !self.written(steps) => When::Later,
            ["bundle", "git", "branch" | "commit" | "origin_url"] if !self.written(steps) => When::Later,
            ["variables", name, "value", ..] => self.variable(name, place),
            ["resources", ..] if matches!(self.stage, Stage::Python) => When::Later,
            ["resources", kind, key, field, rest @ ..] => self.resource(kind, key, field, rest, place),
            _ => When::Now,
        }
    }

    fn user(&self, field: &str, place: &Place) -> When {
        let Stage::Target(facts) = self.stage else {
            return if USER.contains(&field) { When::Later } else { When::Now };
        };
        match facts.user_field(field) {
            Some(_) if facts.user.is_none() => When::Later,
            Some(text) => When::Known(Node::string(text, place.clone())),
            None => When::Wrong(Box::new(
                Diagnostic::error("unknown-reference", format!("`${{workspace.current_user.{field}}}` is not known"))
                    .at(place.clone())
                    .hint("known are `userName`, `short_name` and `domain_friendly_name`"),
            )),
        }
    }

    fn variable(&self, name: &str, place: &Place) -> When {
        let steps = |last: &str| ["variables", name, last].map(str::to_owned);
        if self.written(&steps("value")) || !self.written(&steps("lookup")) {
            return When::Now;
        }
        match self.stage {
            Stage::Target(facts) => match facts.lookups.get(name) {
                Some(id) => When::Known(Node::string(id.as_str(), place.clone())),
                None => When::Later,
            },
            _ => When::Later,
        }
    }

    fn resource(&mut self, kind: &str, key: &str, field: &str, rest: &[&str], place: &Place) -> When {
        let steps = |all: &[&str]| all.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        if !self.written(&steps(&["resources", kind, key])) {
            return When::Now;
        }
        let target = matches!(self.stage, Stage::Target(_));
        if self.written(&steps(&["resources", kind, key, field])) {
            let name = matches!(field, "name" | "display_name");
            return if name && !target && self.prefix.is_some() { When::AfterPresets } else { When::Now };
        }
        if target
            && rest.is_empty()
            && let Some(text) = self.computed(kind, key, field, place)
        {
            return When::Known(Node::string(text, place.clone()));
        }
        if outputs::has(kind, field) { When::Later } else { When::Now }
    }

    /// A field that follows from other fields of the resource, which may be references themselves.
    fn computed(&mut self, kind: &str, key: &str, field: &str, place: &Place) -> Option<String> {
        let mut part = |name: &str| {
            let steps = ["resources", kind, key, name].map(str::to_owned);
            self.at(&steps, place, &steps.join("."))?.scalar_text()
        };
        match (kind, field) {
            ("schemas", "id" | "full_name") => Some(format!("{}.{}", part("catalog_name")?, part("name")?)),
            ("volumes", "id" | "full_name") => {
                Some(format!("{}.{}.{}", part("catalog_name")?, part("schema_name")?, part("name")?))
            }
            ("volumes", "volume_path") => {
                Some(format!("/Volumes/{}/{}/{}", part("catalog_name")?, part("schema_name")?, part("name")?))
            }
            ("jobs", "name") => Some(super::mode::prefixed("jobs", super::mode::UNTITLED, self.prefix.as_ref())),
            ("dashboards", "parent_path") => {
                let steps = ["workspace", "resource_path"].map(str::to_owned);
                self.at(&steps, place, &steps.join("."))?.scalar_text()
            }
            ("dashboards", "path") => Some(format!("{}/{}.lvdash.json", part("parent_path")?, part("display_name")?)),
            _ => None,
        }
    }

    /// A value as the target has it: names with the prefix, paths of the workspace in full.
    pub(super) fn adjusted(&self, steps: &[String], node: Node) -> Node {
        let (Stage::Target(_) | Stage::Bundle) = self.stage else { return node };
        let path: Vec<&str> = steps.iter().map(String::as_str).collect();
        let text = match (path.as_slice(), node.as_str()) {
            (["workspace", key], Some(text)) if PATHS.contains(key) => expand(text, &self.user_name()),
            (["resources", kind, _, "name" | "display_name"], Some(text)) if matches!(self.stage, Stage::Target(_)) => {
                Some(super::mode::prefixed(kind, text, self.prefix.as_ref()))
            }
            _ => None,
        };
        match text {
            Some(text) => Node::string(text, node.place),
            None => node,
        }
    }

    /// The name of the current user, or a reference to it.
    pub(super) fn user_name(&self) -> String {
        let known = match self.stage {
            Stage::Target(facts) => facts.user_field("userName"),
            _ => None,
        };
        known.unwrap_or_else(|| "${workspace.current_user.userName}".to_owned())
    }
}
