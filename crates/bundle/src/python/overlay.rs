//! Lays what Python code returns over what it was given, so that all it did not change keeps its place.

use super::super::node::{Map, TreeNode, TreeValue};

/// Fields that tell the items of a list apart.
const IDENTITY: [&str; 6] =
    ["task_key", "job_cluster_key", "environment_key", "environment_variables_key", "name", "principal"];

/// What was there, with every part that `after` changes from there. The package leaves out what is empty.
pub(super) fn overlay(before: &TreeNode, after: TreeNode) -> TreeNode {
    if same(before, &after) {
        return before.clone();
    }
    match (&before.value, after.value) {
        (TreeValue::Map(old), TreeValue::Map(mut new)) => {
            let mut out = Map::new();
            for (key, entry) in old {
                match new.shift_remove(key) {
                    Some(changed) => {
                        let mut kept = entry.clone();
                        kept.value = overlay(&entry.value, changed.value);
                        out.insert(key.clone(), kept);
                    }
                    None if empty(&entry.value) => {
                        out.insert(key.clone(), entry.clone());
                    }
                    None => {}
                }
            }
            out.extend(new);
            TreeNode::new(TreeValue::Map(out), before.place.clone())
        }
        (TreeValue::List(old), TreeValue::List(new)) => {
            let mut left: Vec<&TreeNode> = old.iter().collect();
            let item = |item: TreeNode| {
                let exact = left.iter().position(|old| same(old, &item));
                let alike = || {
                    let (key, name) = IDENTITY.iter().find_map(|key| Some((*key, item.str_at(key)?)))?;
                    left.iter().position(|old| old.str_at(key) == Some(name))
                };
                match exact.or_else(alike) {
                    Some(i) => overlay(left.remove(i), item),
                    None => item,
                }
            };
            TreeNode::new(TreeValue::List(new.into_iter().map(item).collect()), after.place)
        }
        (_, value) => TreeNode::new(value, after.place),
    }
}

/// Whether two values mean the same. What is empty is as good as left out.
pub(super) fn same(a: &TreeNode, b: &TreeNode) -> bool {
    match (&a.value, &b.value) {
        (TreeValue::Map(x), TreeValue::Map(y)) => {
            let covered = |one: &Map, other: &Map| {
                one.iter().all(|(key, entry)| match other.get(key) {
                    Some(theirs) => same(&entry.value, &theirs.value),
                    None => empty(&entry.value),
                })
            };
            covered(x, y) && covered(y, x)
        }
        (TreeValue::List(x), TreeValue::List(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        _ => a.to_json() == b.to_json(),
    }
}

fn empty(node: &TreeNode) -> bool {
    match &node.value {
        TreeValue::Null => true,
        TreeValue::List(items) => items.is_empty(),
        TreeValue::Map(map) => map.values().all(|e| empty(&e.value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::yaml::parse;
    use super::{TreeNode, overlay, same};
    use piq_diagnostics::Source;

    fn node(file: &str, text: &str) -> TreeNode {
        parse(&Source::new(file, text)).expect("valid").root
    }

    #[test]
    fn what_is_unchanged_keeps_its_place_also_where_it_moved() {
        let before =
            node("a.yml", "name: a\ntags: {}\ntasks:\n- {task_key: x, path: ../x, retries: 1}\n- {task_key: y}\n");
        let after = node("a.py", "tasks:\n- {task_key: new}\n- {task_key: x, path: ../x, retries: 2}\nname: a\n");
        let out = overlay(&before, after);
        assert_eq!(
            out.to_json().to_string(),
            r#"{"name":"a","tags":{},"tasks":[{"task_key":"new"},{"task_key":"x","path":"../x","retries":2}]}"#
        );
        let file = |path: &str| out.get(path).expect("there").place.source.path.clone();
        assert_eq!(file("name"), "a.yml");
        assert_eq!(file("tasks.0.task_key"), "a.py");
        assert_eq!(file("tasks.1.path"), "a.yml", "a path that is not changed starts where it was written");
        assert_eq!(file("tasks.1.retries"), "a.py");
    }

    #[test]
    fn empty_is_as_good_as_left_out() {
        assert!(same(&node("a", "{a: {b: []}, c: 1}"), &node("b", "{c: 1, d: ~}")));
        assert!(!same(&node("a", "{a: 1}"), &node("b", "{a: '1'}")));
    }
}
