//! The graph of resources that refer to each other.

use std::collections::{HashMap, HashSet, VecDeque};

use indexmap::IndexMap;

use super::names::{LINKS, chain};
use super::resource::{Need, Resource};
use piq_diagnostics::Diagnostic;

/// Refuses cycles of values that are known only once a resource exists; drops other edges where they would close one.
pub(super) fn check(resources: &mut [Resource], errors: &mut Vec<Diagnostic>) {
    let names: Vec<String> = resources.iter().map(|r| format!("{}.{}", r.kind.as_str(), r.key)).collect();
    let numbers: HashMap<&str, usize> = names.iter().enumerate().map(|(i, n)| (n.as_str(), i)).collect();
    let needs = |late: bool| -> Edges {
        let of = |resource: &Resource| {
            let mut edges = IndexMap::new();
            for need in resource.needs.iter().filter(|n| n.late == late) {
                if let Some(to) = numbers.get(need.resource.as_str()) {
                    edges.entry(*to).or_insert_with(|| need.clone());
                }
            }
            edges
        };
        Edges(resources.iter().map(of).collect())
    };
    let (mut kept, early) = (needs(true), needs(false));
    let found = kept.cycles();
    if !found.is_empty() {
        errors.extend(found.iter().map(|cycle| refused(&names, cycle, &kept)));
        return;
    }
    let group = components(&kept.and(&early));
    for (from, needs) in early.0.into_iter().enumerate() {
        for (to, need) in needs {
            // an edge between two components is part of no cycle
            if group[from] != group[to] || kept.path(to, from).is_none() {
                kept.0[from].entry(to).or_insert(need);
            }
        }
    }
    for (resource, needs) in resources.iter_mut().zip(kept.0) {
        resource.needs = needs.into_values().collect();
    }
}

/// The needs of each resource, by the number of the other.
struct Edges(Vec<IndexMap<usize, Need>>);

impl Edges {
    /// Where the edges of both lead.
    fn and(&self, other: &Self) -> Vec<Vec<usize>> {
        self.0.iter().zip(&other.0).map(|(a, b)| a.keys().chain(b.keys()).copied().collect()).collect()
    }

    /// One cycle through each set of resources that wait for each other, its first resource at the end too.
    fn cycles(&self) -> Vec<Vec<usize>> {
        let group = components(&self.and(&Self(vec![IndexMap::new(); self.0.len()])));
        let mut sizes: HashMap<usize, usize> = HashMap::new();
        group.iter().for_each(|g| *sizes.entry(*g).or_default() += 1);
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for (last, g) in group.iter().enumerate().rev() {
            if !seen.insert(g) || (sizes[g] == 1 && !self.0[last].contains_key(&last)) {
                continue;
            }
            let back = self.0[last].keys().filter(|to| group[**to] == *g).find_map(|to| self.path(*to, last));
            found.extend(back.map(|back| [vec![last], back].concat()));
        }
        found.reverse();
        found
    }

    /// The resources from one to another, both included, by the fewest edges.
    fn path(&self, from: usize, to: usize) -> Option<Vec<usize>> {
        let mut before: HashMap<usize, usize> = HashMap::new();
        let mut open = VecDeque::from([from]);
        let mut seen = HashSet::from([from]);
        while let Some(next) = open.pop_front() {
            if next == to {
                let mut path = vec![next];
                while let Some(previous) = before.get(&path[path.len() - 1]) {
                    path.push(*previous);
                }
                path.reverse();
                return Some(path);
            }
            for further in self.0[next].keys() {
                if seen.insert(*further) {
                    before.insert(*further, next);
                    open.push_back(*further);
                }
            }
        }
        None
    }
}

fn refused(names: &[String], cycle: &[usize], edges: &Edges) -> Diagnostic {
    let shown: Vec<&str> = cycle.iter().map(|i| names[*i].as_str()).collect();
    let mut d = Diagnostic::error("resource-cycle", format!("resources wait for each other: {}", chain(&shown)));
    for pair in cycle.windows(2).take(LINKS) {
        if let Some(need) = edges.0[pair[0]].get(&pair[1]) {
            d = d.label(need.place.clone(), format!("`{}` waits for `{}`", names[pair[0]], names[pair[1]]));
        }
    }
    d
}

/// The strongly connected component of each node (Tarjan, without recursion): two nodes of one component reach each
/// other.
fn components(edges: &[Vec<usize>]) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let mut group = vec![NONE; edges.len()];
    let mut order = vec![NONE; edges.len()];
    let mut low = vec![NONE; edges.len()];
    let mut stack = Vec::new();
    let mut visited = 0;
    for start in 0..edges.len() {
        // a node, and how many of its edges have been followed
        let mut work = vec![(start, 0)];
        while let Some((node, next)) = work.pop() {
            if next == 0 {
                if order[node] != NONE {
                    continue;
                }
                (order[node], low[node]) = (visited, visited);
                visited += 1;
                stack.push(node);
            } else {
                let child = edges[node][next - 1];
                if group[child] == NONE {
                    low[node] = low[node].min(low[child]);
                }
            }
            if let Some(child) = edges[node].get(next) {
                work.push((node, next + 1));
                work.push((*child, 0));
            } else if low[node] == order[node] {
                while let Some(member) = stack.pop() {
                    group[member] = node;
                    if member == node {
                        break;
                    }
                }
            }
        }
    }
    group
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn nodes_that_reach_each_other_are_one_component() {
        let group = components(&[vec![1], vec![2], vec![0, 3], vec![4], vec![], vec![5]]);
        assert!(group[0] == group[1] && group[1] == group[2]);
        assert!(group[3] != group[0] && group[4] != group[3] && group[5] != group[4]);
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let n = 200_000;
        let edges: Vec<Vec<usize>> = (0..n).map(|i| if i == 0 { vec![] } else { vec![i - 1] }).collect();
        assert!(components(&edges).iter().enumerate().all(|(i, g)| *g == i));
        let ring: Vec<Vec<usize>> = (0..n).map(|i| vec![(i + 1) % n]).collect();
        let group = components(&ring);
        assert!(group.iter().all(|g| *g == group[0]));
    }
}
