//! When the value of a reference is known: from the bundle, from the workspace, or once a resource exists.

use super::facts::{ResolveStage, TargetFacts};
use super::names::some_of;
use super::node::TreeNode;
use super::outputs;
use super::prefix::{Prefix, UNTITLED, prefixed};
use super::settings::{PATHS, expand};
use super::unknown_keys::has;
use piq_diagnostics::{Diagnostic, Span};

/// Fields of `bundle.git` that only the repository sets.
const GIT: [&str; 3] = ["commit", "actual_branch", "bundle_root_path"];

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
    /// The bundle leaves the field unset: an empty text.
    Unset,
    /// This is the value, though the bundle does not write it.
    Known(TreeNode),
    /// The value is made of these pieces, as soon as all of them are known.
    Made(Vec<Piece>),
    /// Never.
    Wrong(Box<Diagnostic>),
}

/// A part of a value that follows from other values.
#[derive(Debug)]
pub(super) enum Piece {
    /// As it stands here.
    Text(String),
    /// The value at a path of the bundle.
    At(Vec<String>),
}

/// What decides when a value is known.
pub(super) struct LateContext<'a> {
    /// How far the bundle is resolved.
    pub stage: ResolveStage<'a>,
    /// What the target puts before names.
    pub prefix: Option<&'a Prefix>,
    /// Whether some layer sets the value at a path.
    pub written: &'a dyn Fn(&[&str]) -> bool,
}

impl LateContext<'_> {
    /// When the value at a path (`variables`, `x`, `value` for `${var.x}`) is known.
    pub(super) fn when(&self, steps: &[String], place: &Span) -> When {
        let path: Vec<&str> = steps.iter().map(String::as_str).collect();
        let text = |value: &str| TreeNode::string(value, place.clone());
        match path.as_slice() {
            ["workspace", "current_user", field @ ..] => self.user(&field.join("."), place),
            // the address may come from the profile or the environment
            ["workspace", "host"] if !(self.written)(&path) => match self.stage {
                ResolveStage::Target(TargetFacts { host: Some(host), .. }) => When::Known(text(host)),
                _ => When::Later,
            },
            ["workspace", key] if has("Workspace", key) && !(self.written)(&path) => When::Unset,
            ["bundle", "git", key] if (has("Git", key) || GIT.contains(key)) && !(self.written)(&path) => When::Unset,
            ["bundle", key] if (has("Bundle", key) || *key == "mode") && !(self.written)(&path) => When::Unset,
            ["variables", name, "value", ..] => self.variable(name, place),
            ["resources", ..] if matches!(self.stage, ResolveStage::Python) => When::Later,
            ["resources", kind, key, field, rest @ ..] => self.resource(kind, key, field, rest),
            _ => When::Now,
        }
    }

    /// `field` is a path, such as `emails.0.value`.
    fn user(&self, field: &str, place: &Span) -> When {
        let known = match self.stage {
            ResolveStage::Target(facts) => facts.user.as_ref().map(|user| (user, facts.user_field(field))),
            _ => None,
        };
        let first = field.split('.').next().unwrap_or_default();
        let message = format!("`${{workspace.current_user.{field}}}` is not known");
        let wrong = |hint: String| {
            let d = Diagnostic::error("unknown-reference", message).at(place.clone());
            When::Wrong(Box::new(d.hint(hint)))
        };
        match known {
            None if USER.contains(&first) => When::Later,
            None => wrong(format!("available: {}", some_of(USER.into_iter()))),
            Some((_, Some(text))) => When::Known(TreeNode::string(text, place.clone())),
            Some((user, None)) => {
                let names = ["userName", "short_name", "domain_friendly_name"].into_iter();
                let names: Vec<&str> = names.chain(user.fields.keys().map(String::as_str)).collect();
                wrong(format!("the workspace says {} of whoever deploys", some_of(names.into_iter())))
            }
        }
    }

    fn variable(&self, name: &str, place: &Span) -> When {
        if (self.written)(&["variables", name, "value"]) || !(self.written)(&["variables", name, "lookup"]) {
            return When::Now;
        }
        match self.stage {
            ResolveStage::Target(facts) => match facts.lookups.get(name) {
                Some(id) => When::Known(TreeNode::string(id.as_str(), place.clone())),
                None => When::Later,
            },
            _ => When::Later,
        }
    }

    fn resource(&self, kind: &str, key: &str, field: &str, rest: &[&str]) -> When {
        if !(self.written)(&["resources", kind, key]) {
            return When::Now;
        }
        let target = matches!(self.stage, ResolveStage::Target(_));
        if (self.written)(&["resources", kind, key, field]) {
            let name = matches!(field, "name" | "display_name");
            return if name && !target && self.prefix.is_some() { When::AfterPresets } else { When::Now };
        }
        match computed(kind, key, field, self.prefix).filter(|_| target && rest.is_empty()) {
            Some(pieces) => When::Made(pieces),
            None if outputs::has(kind, field) => When::Later,
            None => When::Now,
        }
    }
}

/// The pieces of a field that follows from other fields of the resource, which may be references themselves.
fn computed(kind: &str, key: &str, field: &str, prefix: Option<&Prefix>) -> Option<Vec<Piece>> {
    let text = |text: &str| Piece::Text(text.to_owned());
    let at = |path: &[&str]| Piece::At(path.iter().map(|s| (*s).to_owned()).collect());
    let part = |name: &str| at(&["resources", kind, key, name]);
    let joined = |start: &str, between: &str, names: &[&str]| {
        let parts = names.iter().enumerate();
        parts.flat_map(|(i, name)| [text(if i == 0 { start } else { between }), part(name)]).collect()
    };
    Some(match (kind, field) {
        ("schemas", "id" | "full_name") => joined("", ".", &["catalog_name", "name"]),
        ("volumes", "id" | "full_name") => joined("", ".", &["catalog_name", "schema_name", "name"]),
        ("volumes", "volume_path") => joined("/Volumes/", "/", &["catalog_name", "schema_name", "name"]),
        ("jobs", "name") => vec![Piece::Text(prefixed("jobs", UNTITLED, prefix))],
        ("dashboards", "parent_path") => vec![at(&["workspace", "resource_path"])],
        ("dashboards", "path") => vec![part("parent_path"), text("/"), part("display_name"), text(".lvdash.json")],
        _ => return None,
    })
}

/// A value as the target has it: names with the prefix, paths of the workspace in full.
pub(super) fn adjusted(steps: &[String], node: TreeNode, stage: ResolveStage<'_>, prefix: Option<&Prefix>) -> TreeNode {
    let (ResolveStage::Target(_) | ResolveStage::Bundle) = stage else { return node };
    let path: Vec<&str> = steps.iter().map(String::as_str).collect();
    let text = match (path.as_slice(), node.as_str()) {
        (["workspace", key], Some(text)) if PATHS.contains(key) => Some(expand(text, &user_name(stage))),
        (["resources", kind, _, "name" | "display_name"], Some(text)) if matches!(stage, ResolveStage::Target(_)) => {
            Some(prefixed(kind, text, prefix))
        }
        _ => None,
    };
    match text {
        Some(text) => TreeNode::string(text, node.place),
        None => node,
    }
}

/// The name of the current user, or a reference to it.
pub(super) fn user_name(stage: ResolveStage<'_>) -> String {
    let known = match stage {
        ResolveStage::Target(facts) => facts.user_field("userName"),
        _ => None,
    };
    known.unwrap_or_else(|| "${workspace.current_user.userName}".to_owned())
}
