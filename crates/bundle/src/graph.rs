//! The graph of resources that refer to each other.

use std::collections::{BTreeMap, BTreeSet};

use super::resource::{Need, Resource};
use piq_diagnostics::Diagnostic;

/// Refuses cycles of values that are known only once a resource exists; drops other edges where they would close one.
pub(super) fn check(resources: &mut [Resource], errors: &mut Vec<Diagnostic>) {
    let full = |r: &Resource| format!("{}.{}", r.kind.as_str(), r.key);
    let names: BTreeSet<String> = resources.iter().map(full).collect();
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut kept: BTreeMap<String, Vec<Need>> = BTreeMap::new();
    for late in [true, false] {
        for resource in resources.iter() {
            let from = full(resource);
            for need in resource.needs.iter().filter(|n| n.late == late && names.contains(&n.resource)) {
                if edges.get(&from).is_some_and(|e| e.contains(&need.resource)) {
                    continue;
                }
                let Some(mut chain) = way(&need.resource, &from, &edges) else {
                    edges.entry(from.clone()).or_default().insert(need.resource.clone());
                    kept.entry(from.clone()).or_default().push(need.clone());
                    continue;
                };
                let seen = errors.iter().any(|e| e.labels.first().is_some_and(|l| l.place == need.place));
                if !late || seen {
                    continue;
                }
                chain.insert(0, from.clone());
                let shown: Vec<String> = chain.iter().map(|name| format!("`{name}`")).collect();
                let message = format!("resources wait for each other: {}", shown.join(" -> "));
                let mut d = Diagnostic::error("resource-cycle", message)
                    .label(need.place.clone(), format!("`{from}` waits for `{}`", need.resource));
                for pair in chain.windows(2).skip(1) {
                    let other = kept.get(&pair[0]).and_then(|n| n.iter().find(|n| n.resource == pair[1]));
                    if let Some(other) = other {
                        d = d.label(other.place.clone(), format!("`{}` waits for `{}`", pair[0], pair[1]));
                    }
                }
                errors.push(d);
            }
        }
    }
    for resource in resources {
        let name = full(resource);
        resource.needs = kept.remove(&name).unwrap_or_default();
    }
}

/// The resources on the way from one to another, both included.
fn way(from: &str, to: &str, edges: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = vec![from];
    let mut seen: BTreeSet<&str> = BTreeSet::from([from]);
    while let Some(next) = open.pop() {
        if next == to {
            let mut chain = vec![next.to_owned()];
            let mut at = next;
            while let Some(previous) = before.get(at) {
                at = previous;
                chain.push(at.to_owned());
            }
            chain.reverse();
            return Some(chain);
        }
        for further in edges.get(next).into_iter().flatten() {
            if seen.insert(further) {
                before.insert(further, next);
                open.push(further);
            }
        }
    }
    None
}
