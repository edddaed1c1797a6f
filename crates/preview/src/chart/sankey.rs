//! Sankey diagrams: how much flows from each node of a stage to each node of the next.

use indexmap::IndexMap;
use serde_json::json;

use super::super::value::list;
use super::channel::Channel;
use super::{Chart, Input, NoChart, layered, tooltip};
use crate::cell::TableCell;

/// Width of a node as a part of the distance between two stages.
const NODE: f64 = 0.06;

/// Points of each border of a band.
const STEPS: u32 = 16;

/// Nodes of one stage at most.
const NODES: usize = 60;

/// Part of the height that stays free between the nodes of a stage.
const FREE: f64 = 0.12;

#[derive(Debug, Clone, Copy, Default)]
struct SankeyNode {
    size: f64,
    top: f64,
    /// How much of its left and right side is taken by flows.
    taken: [f64; 2],
}

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let value = Channel::required(input.data, &encodings["value"], "value")?;
    let mut stages = Vec::new();
    for stage in list(&encodings["stages"]) {
        stages.extend(Channel::read(input.data, stage, stage)?);
    }
    if stages.len() < 2 {
        return Err(NoChart::Wrong("a Sankey diagram needs two or more fields in `stages`".to_owned()));
    }
    let mut nodes: Vec<IndexMap<String, SankeyNode>> = vec![IndexMap::new(); stages.len()];
    let mut flows: Vec<IndexMap<(String, String), f64>> = vec![IndexMap::new(); stages.len() - 1];
    for row in 0..input.data.rows.len() {
        let size = input.data.cell(row, value.column).number().unwrap_or(0.0).max(0.0);
        let names: Vec<String> = stages.iter().map(|s| s.category(input.data.cell(row, s.column))).collect();
        for (of, name) in nodes.iter_mut().zip(&names) {
            of.entry(name.clone()).or_default().size += size;
        }
        for (of, pair) in flows.iter_mut().zip(names.windows(2)) {
            if let [from, to] = pair {
                *of.entry((from.clone(), to.clone())).or_default() += size;
            }
        }
    }
    if let Some(many) = nodes.iter().map(IndexMap::len).find(|n| *n > NODES) {
        return Err(NoChart::Unsupported(format!("a stage has {many} nodes; at most {NODES} are drawn")));
    }
    let whole: f64 = nodes.first().map_or(0.0, |n| n.values().map(|node| node.size).sum());
    if whole <= 0.0 {
        return Err(NoChart::Wrong("the values of the diagram are all zero".to_owned()));
    }
    for of in &mut nodes {
        of.sort_by(|_, a, _, b| b.size.total_cmp(&a.size));
        #[expect(clippy::cast_precision_loss, reason = "a stage has at most 60 nodes")]
        let gap = FREE * whole / of.len().max(1) as f64;
        let mut top = 0.0;
        for node in of.values_mut() {
            node.top = top;
            top += node.size + gap;
        }
    }
    let text = |size: f64| value.format.text(&TableCell::Number(size, size.to_string()));
    let (mut bands, mut boxes) = (Vec::new(), Vec::new());
    for (at, of) in flows.iter().enumerate() {
        for ((from, to), size) in of {
            let (Some(left), Some(right)) =
                (taken(&mut nodes, at, from, 1, *size), taken(&mut nodes, at + 1, to, 0, *size))
            else {
                continue;
            };
            for step in 0..=STEPS {
                let part = f64::from(step) / f64::from(STEPS);
                let bend = part * part * (3.0 - 2.0 * part);
                let top = left + (right - left) * bend;
                let x = place(at) + NODE + part * (1.0 - NODE);
                bands.push(json!({"x": x, "a": top, "b": top + size, "f": format!("{at} {from}\u{0}{to}"),
                    "s": from, "xt": format!("{from} → {to}"), "yt": text(*size)}));
            }
        }
    }
    for (at, of) in nodes.iter().enumerate() {
        let last = at + 1 == nodes.len();
        for (name, node) in of {
            let x = place(at);
            boxes.push(json!({"x": x, "x2": x + NODE, "a": node.top, "b": node.top + node.size, "s": name,
                "m": node.top + node.size / 2.0, "lx": if last { x } else { x + NODE }, "last": last,
                "xt": name, "yt": text(node.size)}));
        }
    }
    let columns = vec![("xt".to_owned(), "Flow".to_owned()), ("yt".to_owned(), value.title.clone())];
    let names: Vec<&String> = nodes.iter().flat_map(IndexMap::keys).collect();
    let mut unique: Vec<&String> = Vec::new();
    names.into_iter().for_each(|n| {
        if !unique.contains(&n) {
            unique.push(n)
        }
    });
    let colours: Vec<&str> = (0..unique.len()).map(|n| input.palette.at(n)).collect();
    let colour =
        json!({"field": "s", "type": "nominal", "scale": {"domain": unique, "range": colours}, "legend": null});
    let x = |field: &str| {
        json!({"field": field, "type": "quantitative", "axis": null,
        "scale": {"domain": [0, place(nodes.len() - 1) + NODE], "nice": false, "zero": false}})
    };
    let y = |field: &str| json!({"field": field, "type": "quantitative", "axis": null, "scale": {"reverse": true, "nice": false}});
    let tip = tooltip(&columns);
    let label = |last: bool, align: &str, dx: i32| {
        json!({
        "data": {"values": boxes.iter().filter(|b| b["last"] == last).collect::<Vec<_>>()},
        "mark": {"type": "text", "align": align, "dx": dx, "fontSize": 11, "limit": 160},
        "encoding": {"x": x("lx"), "y": y("m"), "text": {"field": "s", "type": "nominal"}}})
    };
    let layers = vec![
        json!({"mark": {"type": "area", "opacity": 0.35}, "encoding": {"x": x("x"), "y": y("a"), "y2": {"field": "b"},
            "detail": {"field": "f", "type": "nominal"}, "color": colour, "tooltip": tip}}),
        json!({"data": {"values": boxes}, "mark": {"type": "rect"}, "encoding": {"x": x("x"), "x2": {"field": "x2"},
            "y": y("a"), "y2": {"field": "b"}, "color": colour, "tooltip": tip}}),
        label(false, "left", 4),
        label(true, "right", -4),
    ];
    Ok(Chart { spec: layered(bands, layers), bands: 0, labels: Vec::new(), columns, note: None })
}

/// Where a stage begins.
fn place(stage: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a diagram has few stages")]
    let at = stage as f64;
    at
}

/// Takes room for a flow on one side of a node: 0 left, 1 right.
fn taken(nodes: &mut [IndexMap<String, SankeyNode>], stage: usize, name: &str, side: usize, size: f64) -> Option<f64> {
    let node = nodes.get_mut(stage)?.get_mut(name)?;
    let before = node.taken.get_mut(side)?;
    let top = node.top + *before;
    *before += size;
    Some(top)
}
