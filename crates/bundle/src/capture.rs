//! What a bundle writes out although it means another part of itself: read as the official CLI reads it.

use super::loaded::Layer;
use super::node::{TreeEntry, TreeNode, TreeValue};
use super::reference::whole_reference;
use piq_diagnostics::Diagnostic;

/// Folders of `workspace` that stand below `/Workspace` already.
const FULL: [&str; 3] = ["workspace.root_path", "workspace.file_path", "workspace.artifact_path"];

/// Takes `/Workspace` away in front of `${workspace.root_path}` and the like, which begin with it.
pub(super) fn full_paths(layers: &mut [Layer], warnings: &mut Vec<Diagnostic>) {
    let mut found = Vec::new();
    for layer in layers {
        walk(&mut layer.root, &mut found);
    }
    // a variable's value is where its default is
    found.dedup();
    warnings.append(&mut found);
}

fn walk(node: &mut TreeNode, warnings: &mut Vec<Diagnostic>) {
    match &mut node.value {
        TreeValue::Map(map) => map.values_mut().for_each(|entry| walk(&mut entry.value, warnings)),
        TreeValue::List(items) => items.iter_mut().for_each(|item| walk(item, warnings)),
        TreeValue::String(text) if text.contains("/Workspace") => {
            for (field, between) in FULL.into_iter().flat_map(|field| [(field, "/"), (field, "")]) {
                let doubled = format!("/Workspace{between}${{{field}}}");
                if !text.contains(&doubled) {
                    continue;
                }
                *text = text.replace(&doubled, &format!("${{{field}}}"));
                let message = format!("`${{{field}}}` begins with `/Workspace` already: the one before it is removed");
                warnings.push(Diagnostic::warning("doubled-prefix", message).at(node.place.clone()));
            }
        }
        _ => {}
    }
}

/// A volume whose schema is one of the bundle, by its name, stands in that schema whatever the target puts before the
/// name: the name becomes a reference.
pub(super) fn schemas_of_volumes(layers: &mut [Layer]) {
    let written = |layers: &[Layer], kind: &str, key: &str, field: &str| -> Option<TreeNode> {
        let at = |layer: &Layer| {
            let entry = layer.root.get("resources")?.entry(kind)?.value.entry(key)?.value.entry(field)?;
            Some(entry.value.clone()).filter(|value| !value.is_null())
        };
        layers.iter().rev().find_map(at)
    };
    let keys = |layers: &[Layer], kind: &str| -> Vec<String> {
        let maps = layers.iter().filter_map(|l| l.root.get("resources")?.entry(kind)?.value.as_map());
        let mut all: Vec<String> = maps.flat_map(|m| m.keys().cloned()).collect();
        all.sort();
        all.dedup();
        all
    };
    let text = |node: Option<TreeNode>| node.and_then(|n| n.as_str().map(str::to_owned));
    let schemas: Vec<(String, Option<String>, Option<String>)> = keys(layers, "schemas")
        .into_iter()
        // a reference must be able to name it
        .filter(|key| {
            whole_reference(&format!("${{resources.schemas.{key}.name}}")).is_some_and(|r| r.steps().len() == 4)
        })
        .map(|key| {
            let of = |field: &str| text(written(layers, "schemas", &key, field));
            let (catalog, name) = (of("catalog_name"), of("name"));
            (key, catalog, name)
        })
        .collect();
    for volume in keys(layers, "volumes") {
        let catalog = text(written(layers, "volumes", &volume, "catalog_name"));
        let Some(node) = written(layers, "volumes", &volume, "schema_name") else { continue };
        let name = node.as_str().map(str::to_owned);
        let same = |(_, c, n): &&(String, Option<String>, Option<String>)| c.is_some() && *c == catalog && *n == name;
        let (Some((schema, ..)), true) = (schemas.iter().find(same), name.is_some()) else { continue };
        for layer in layers.iter_mut() {
            let entry =
                layer.root.as_map_mut().and_then(|m| m.get_mut("resources")?.value.as_map_mut()?.get_mut("volumes"));
            let entry = entry.and_then(|e: &mut TreeEntry| e.value.as_map_mut()?.get_mut(&volume)?.value.as_map_mut());
            if let Some(field) = entry.and_then(|m| m.get_mut("schema_name")) {
                field.value =
                    TreeNode::string(format!("${{resources.schemas.{schema}.name}}"), field.value.place.clone());
            }
        }
    }
}
