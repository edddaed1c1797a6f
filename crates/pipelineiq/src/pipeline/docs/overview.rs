//! `docs/pipeline_overview.svg`: the enrichments by wave, and which reads what.

use std::collections::BTreeMap;

use super::svg::{Rect, Svg, short};
use crate::pipeline::{Enrichment, Registry};

const WIDTH: i32 = 214;
const GAP: i32 = 58;
const TOP: i32 = 104;
const STEP: i32 = 66;

pub(super) fn picture(registry: &Registry) -> String {
    let columns = columns(registry);
    let rows = columns.iter().map(|(_, list)| list.len()).max().unwrap_or(1);
    let rows = i32::try_from(rows).unwrap_or(1);
    let count = i32::try_from(columns.len()).unwrap_or(1) + 2;
    let width = 40 + count * WIDTH + (count - 1) * GAP;
    let height = TOP + rows * STEP + 46;
    let mut svg = Svg::new(width, height, "The enrichments of PipelineIQ by wave, and which reads what");
    svg.text(20, 38, "title", "What is asked about each use case, and what follows from it");

    let middle = TOP + (rows * STEP - 52) / 2;
    let source = Rect { x: 20, y: middle, w: WIDTH, h: 52 };
    svg.text(20, 84, "head", "SOURCE");
    svg.node(source, "table", "use cases", &["latest snapshot, in scope".into()]);
    let mut places: BTreeMap<&str, Rect> = BTreeMap::new();
    for (i, (head, list)) in columns.iter().enumerate() {
        let x = 20 + (i32::try_from(i).unwrap_or(0) + 1) * (WIDTH + GAP);
        svg.lane(Rect { x: x - 14, y: 62, w: WIDTH + 28, h: height - 108 });
        svg.text(x, 84, "head", head);
        let length = i32::try_from(list.len()).unwrap_or(0);
        let first = TOP + (rows - length) * STEP / 2;
        for (row, e) in list.iter().enumerate() {
            let r = Rect { x, y: first + i32::try_from(row).unwrap_or(0) * STEP, w: WIDTH, h: 52 };
            places.insert(&e.name, r);
            let class = if e.function.is_some() { "model" } else { "computed" };
            svg.node(r, class, &short(&e.name, 27), &[short(&e.function.clone().unwrap_or_else(|| adds(e)), 34)]);
        }
    }
    let x = 20 + (count - 1) * (WIDTH + GAP);
    let table = Rect { x, y: middle, w: WIDTH, h: 52 };
    svg.text(x, 84, "head", "RESULT");
    let total: usize = registry.enrichments.iter().map(|e| e.columns.len()).sum();
    svg.node(table, "table", "pipelineiq", &[format!("{total} columns, one row each")]);

    for e in &registry.enrichments {
        let Some(to) = places.get(e.name.as_str()) else { continue };
        if e.depends_on.is_empty() {
            svg.edge(source, *to);
        }
        for from in e.depends_on.iter().filter_map(|d| places.get(d.as_str())) {
            svg.edge(*from, *to);
        }
        if !registry.enrichments.iter().any(|other| other.depends_on.contains(&e.name)) {
            svg.edge(*to, table);
        }
    }
    svg.text(20, height - 18, "note", "Blue asks a model, green computes in SQL, amber is a table. Every answer is in the ledger before anything reads it.");
    svg.finish()
}

/// Calls and computed views of each wave; what a computed view needs stands left of it or above.
fn columns(registry: &Registry) -> Vec<(String, Vec<&Enrichment>)> {
    let mut out = Vec::new();
    for wave in 1..=registry.enrichments.iter().map(|e| e.wave).max().unwrap_or(0) {
        let (calls, computed): (Vec<&Enrichment>, Vec<&Enrichment>) =
            registry.enrichments.iter().filter(|e| e.wave == wave).partition(|e| e.function.is_some());
        if !calls.is_empty() {
            out.push((format!("WAVE {wave}"), calls));
        }
        if !computed.is_empty() {
            out.push(("COMPUTED".to_owned(), computed));
        }
    }
    out
}

fn adds(e: &Enrichment) -> String {
    let first = e.columns.keys().find(|c| e.columns.len() == 1 || !c.ends_with("_raw")).cloned().unwrap_or_default();
    if e.columns.len() > 1 { format!("{first} and {} more", e.columns.len() - 1) } else { first }
}
