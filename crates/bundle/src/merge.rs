//! Laying one value over another, as files of a bundle and targets do.

use std::collections::HashMap;

use super::node::{TreeEntry, TreeNode, TreeValue};

/// Lists of a job whose items are told apart by a key.
const KEYED: [(&str, &str); 4] = [
    ("tasks", "task_key"),
    ("job_clusters", "job_cluster_key"),
    ("parameters", "name"),
    ("environments", "environment_key"),
];

/// The field that tells the items of a list apart.
pub(crate) fn identity(list: &str) -> Option<&'static str> {
    KEYED.iter().find(|(name, _)| *name == list).map(|(_, key)| *key)
}

/// Lays `over` on `base`: maps merge key by key, a list is appended (items of a job's lists with the same key merge),
/// anything else replaces; nothing (`key:`) changes nothing.
pub(crate) fn merge(base: TreeNode, over: TreeNode) -> TreeNode {
    merge_list(base, over, None)
}

fn merge_list(base: TreeNode, over: TreeNode, item_key: Option<&str>) -> TreeNode {
    match (base.value, over.value) {
        (value, TreeValue::Null) => TreeNode::new(value, base.place),
        (TreeValue::Map(mut map), TreeValue::Map(entries)) => {
            for (key, entry) in entries {
                let item_key = identity(&key);
                match map.get_mut(&key) {
                    Some(slot) => {
                        let old = std::mem::replace(&mut slot.value, TreeNode::new(TreeValue::Null, entry.key.clone()));
                        slot.value = merge_list(old, entry.value, item_key);
                    }
                    None => {
                        map.insert(key, entry);
                    }
                }
            }
            TreeNode::new(TreeValue::Map(map), base.place)
        }
        (TreeValue::List(mut items), TreeValue::List(more)) => {
            let name = |item: &TreeNode| item_key.and_then(|key| item.str_at(key)).map(str::to_owned);
            let mut places: HashMap<String, usize> = HashMap::new();
            for (i, item) in items.iter().enumerate() {
                // of two with one name the first is meant
                places.extend(name(item).filter(|n| !places.contains_key(n)).map(|n| (n, i)));
            }
            for item in more {
                let own = name(&item);
                match own.as_ref().and_then(|n| places.get(n)).copied() {
                    Some(i) => {
                        let old = std::mem::replace(&mut items[i], TreeNode::new(TreeValue::Null, item.place.clone()));
                        items[i] = merge(old, item);
                    }
                    None => {
                        places.extend(own.map(|n| (n, items.len())));
                        items.push(item);
                    }
                }
            }
            TreeNode::new(TreeValue::List(items), base.place)
        }
        (_, value) => TreeNode::new(value, over.place),
    }
}

/// Lays `over` on one key of `base`.
pub(crate) fn merge_key(base: &mut TreeNode, key: &str, over: TreeEntry) {
    let wrapped =
        TreeNode::new(TreeValue::Map([(key.to_owned(), over.clone())].into_iter().collect()), over.value.place);
    let place = base.place.clone();
    let old = std::mem::replace(base, TreeNode::new(TreeValue::Null, place));
    *base = merge(old, wrapped);
}

#[cfg(test)]
mod tests {
    use super::super::yaml::parse;
    use super::merge;
    use piq_diagnostics::Source;

    fn merged(base: &str, over: &str) -> String {
        let node = |name: &str, text: &str| parse(&Source::new(name, text)).expect("valid").root;
        merge(node("base", base), node("over", over)).to_json().to_string()
    }

    #[test]
    fn maps_merge_and_scalars_replace() {
        assert_eq!(merged("{a: 1, m: {x: 1, y: 2}}", "{m: {y: 3}, b: 4, a:}"), r#"{"a":1,"m":{"x":1,"y":3},"b":4}"#);
    }

    #[test]
    fn items_with_a_key_merge_and_others_are_appended() {
        assert_eq!(
            merged(
                "{tasks: [{task_key: a, timeout_seconds: 1}, {task_key: b}], tags: [x]}",
                "{tasks: [{task_key: a, max_retries: 2}, {task_key: c}], tags: [y]}"
            ),
            r#"{"tasks":[{"task_key":"a","timeout_seconds":1,"max_retries":2},{"task_key":"b"},{"task_key":"c"}],"tags":["x","y"]}"#
        );
        assert_eq!(
            merged("{parameters: [{name: p, default: '1'}]}", "{parameters: [{name: p, default: '2'}]}"),
            r#"{"parameters":[{"name":"p","default":"2"}]}"#
        );
    }

    #[test]
    fn what_was_laid_over_keeps_its_own_place() {
        let node = |name: &str, text: &str| parse(&Source::new(name, text)).expect("valid").root;
        let m = merge(node("base.yml", "a: 1\nb: 2\n"), node("over.yml", "\nb: 3\n"));
        let b = m.get("b").expect("b");
        assert_eq!((b.place.source.path.as_str(), b.place.line_column()), ("over.yml", (2, 4)));
        assert_eq!(m.get("a").expect("a").place.source.path, "base.yml");
    }
}
