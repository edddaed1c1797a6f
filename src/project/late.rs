//! Which references are left in place at load because only the workspace, or the deployment, knows their value.

use super::node::Node;

/// Fields that a resource has only once it exists.
const OUTPUT: [&str; 6] = ["id", "url", "full_name", "volume_path", "etag", "dashboard_id"];

/// Says of a path (`variables`, `x`, `value` for `${var.x}`) and the whole tree whether it is known only later.
/// With `prefixed`, names of resources are: the target puts something before them.
pub(super) fn rule(prefixed: bool) -> impl Fn(&[String], &Node) -> bool {
    move |steps, tree| {
        let path: Vec<&str> = steps.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["workspace", "current_user", ..] => true,
            // comes from the profile or the environment when it is not written
            ["workspace", key] => super::known::WORKSPACE.contains(key) && missing(tree, steps),
            ["bundle", "git", "branch" | "commit" | "origin_url"] => missing(tree, steps),
            ["variables", name, "value", ..] => tree
                .get("variables")
                .and_then(|v| v.entry(name))
                .is_some_and(|e| e.value.get("value").is_none() && e.value.get("lookup").is_some()),
            ["resources", kind, key, field] => {
                let Some(resource) = tree.get("resources").and_then(|r| r.get(kind)).and_then(|k| k.entry(key)) else {
                    return false;
                };
                let written = resource.value.entry(field).is_some();
                (OUTPUT.contains(field) && !written)
                    || (prefixed && matches!(*field, "name" | "display_name") && written)
            }
            _ => false,
        }
    }
}

fn missing(tree: &Node, steps: &[String]) -> bool {
    steps.iter().try_fold(tree, |n, s| n.entry(s).map(|e| &e.value)).is_none_or(Node::is_null)
}
