//! Which references are left in place at load because only the workspace, or the deployment, knows their value.

use super::node::Node;

/// What the workspace says of whoever deploys.
const USER: [&str; 9] =
    ["userName", "short_name", "domain_friendly_name", "displayName", "id", "name", "emails", "groups", "active"];

/// Fields that a resource has only once it exists.
const OUTPUT: [&str; 6] = ["id", "url", "full_name", "volume_path", "etag", "dashboard_id"];

/// When the value of a reference is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// From the bundle alone.
    Now,
    /// From the bundle, after the target's presets have changed it: the reference stays but must lead somewhere.
    AfterPresets,
    /// From the workspace: the reference stays.
    Later,
}

/// Says of a path (`variables`, `x`, `value` for `${var.x}`) and the whole tree when it is known. With `prefixed`,
/// the target puts something before the names of resources.
pub(super) fn rule(prefixed: bool) -> impl Fn(&[String], &Node) -> When {
    move |steps, tree| {
        let path: Vec<&str> = steps.iter().map(String::as_str).collect();
        let later = match path.as_slice() {
            ["workspace", "current_user", field, ..] => USER.contains(field),
            // comes from the profile or the environment when it is not written
            ["workspace", key] => super::known::has("Workspace", key) && missing(tree, steps),
            ["bundle", "git", "branch" | "commit" | "origin_url"] => missing(tree, steps),
            ["variables", name, "value", ..] => {
                let variable = tree.get("variables").and_then(|v| v.entry(name));
                variable.is_some_and(|e| e.value.get("value").is_none() && e.value.get("lookup").is_some())
            }
            ["resources", kind, key, field] => {
                let resource = tree.get("resources").and_then(|r| r.get(kind)).and_then(|k| k.entry(key));
                let written = resource.and_then(|r| r.value.entry(field)).is_some();
                if prefixed && written && matches!(*field, "name" | "display_name") {
                    return When::AfterPresets;
                }
                resource.is_some() && OUTPUT.contains(field) && !written
            }
            _ => false,
        };
        if later { When::Later } else { When::Now }
    }
}

/// The same for what Python code is given: which resources there are is not known yet, so references to them stay.
pub(super) fn before_python(prefixed: bool) -> impl Fn(&[String], &Node) -> When {
    let rule = rule(prefixed);
    move |steps, tree| if steps[0] == "resources" { When::Later } else { rule(steps, tree) }
}

fn missing(tree: &Node, steps: &[String]) -> bool {
    steps.iter().try_fold(tree, |n, s| n.entry(s).map(|e| &e.value)).is_none_or(Node::is_null)
}
