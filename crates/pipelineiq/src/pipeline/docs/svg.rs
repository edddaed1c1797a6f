//! A small SVG writer: boxes, arrows and labels in one style, light or dark as the reader's system is.

use std::fmt::Write;

const STYLE: &str = "
  text { font: 13px ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2933 }
  .title { font-size: 20px; font-weight: 650 }
  .head { font-size: 12px; font-weight: 650; letter-spacing: .06em; fill: #52606d }
  .name { font-weight: 600 }
  .note { font-size: 11.5px; fill: #52606d }
  .back { fill: #ffffff }
  .lane { fill: #f4f6f8 }
  .box { stroke-width: 1.2; fill: #ffffff; stroke: #9aa5b1 }
  .model { fill: #eef4ff; stroke: #3e6fd8 }
  .computed { fill: #effaf3; stroke: #2f9e63 }
  .table { fill: #fff8ea; stroke: #c98a12 }
  .edge { fill: none; stroke: #7b8794; stroke-width: 1.3; opacity: .55 }
  .flow { fill: none; stroke: #52606d; stroke-width: 1.6 }
  .tip { fill: #52606d }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e7eb }
    .head, .note { fill: #9fb3c8 }
    .back { fill: #12181f }
    .lane { fill: #1a222b }
    .box { fill: #1f2933; stroke: #616e7c }
    .model { fill: #16264a; stroke: #6e9bff }
    .computed { fill: #12301f; stroke: #57c98b }
    .table { fill: #33270d; stroke: #e0a93b }
    .edge { stroke: #9aa5b1 }
    .flow { stroke: #cbd2d9 }
    .tip { fill: #cbd2d9 }
  }
";

/// A rectangle, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rect {
    pub x: i32,
    pub y: i32,
    pub w: i32,
    pub h: i32,
}

impl Rect {
    fn right(self) -> (i32, i32) {
        (self.x + self.w, self.y + self.h / 2)
    }

    fn left(self) -> (i32, i32) {
        (self.x, self.y + self.h / 2)
    }
}

/// A picture in the making.
#[derive(Debug)]
pub(super) struct Svg {
    width: i32,
    height: i32,
    label: String,
    below: String,
    body: String,
}

impl Svg {
    /// An empty picture; `label` says what it shows, for those who cannot see it.
    pub(super) fn new(width: i32, height: i32, label: &str) -> Self {
        Self { width, height, label: label.to_owned(), below: String::new(), body: String::new() }
    }

    /// A text; `class` is one of the style's.
    pub(super) fn text(&mut self, x: i32, y: i32, class: &str, text: &str) {
        // writing to a string cannot fail
        let _ = writeln!(self.body, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(text));
    }

    /// An area behind the boxes.
    pub(super) fn lane(&mut self, r: Rect) {
        let _ = writeln!(
            self.below,
            "<rect class=\"lane\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"10\"/>",
            r.x, r.y, r.w, r.h
        );
    }

    /// A box with its name and lines of notes.
    pub(super) fn node(&mut self, r: Rect, class: &str, name: &str, notes: &[String]) {
        let _ = writeln!(
            self.body,
            "<rect class=\"box {class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"7\"/>",
            r.x, r.y, r.w, r.h
        );
        self.text(r.x + 11, r.y + 20, "name", name);
        let mut y = r.y + 20;
        for note in notes {
            y += 16;
            self.text(r.x + 11, y, "note", note);
        }
    }

    /// A thin line from the right of one box to the left of another; beside them, if one stands above the other.
    pub(super) fn edge(&mut self, from: Rect, to: Rect) {
        let ((x1, y1), (x2, y2)) = (from.right(), to.left());
        if from.x == to.x {
            let (y1, bend) = (y1 + 8, x2 - 12 - (y2 - y1) / 12);
            let _ = writeln!(self.below, "<path class=\"edge\" d=\"M{x2} {y1} C{bend} {y1} {bend} {y2} {x2} {y2}\"/>");
            return;
        }
        let bend = ((x2 - x1) / 2).max(24);
        let _ = writeln!(
            self.below,
            "<path class=\"edge\" d=\"M{x1} {y1} C{} {y1} {} {y2} {x2} {y2}\"/>",
            x1 + bend,
            x2 - bend
        );
    }

    /// An arrow along points.
    pub(super) fn flow(&mut self, points: &[(i32, i32)]) {
        let path: Vec<String> =
            points.iter().enumerate().map(|(i, (x, y))| format!("{}{x} {y}", if i == 0 { 'M' } else { 'L' })).collect();
        let _ = writeln!(self.body, "<path class=\"flow\" marker-end=\"url(#tip)\" d=\"{}\"/>", path.join(" "));
    }

    /// The file.
    pub(super) fn finish(self) -> String {
        let Self { width, height, label, below, body } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{}\">\n\
             <style>{STYLE}</style>\n\
             <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path class=\"tip\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n\
             <rect class=\"back\" width=\"{width}\" height=\"{height}\" rx=\"12\"/>\n{below}{body}</svg>\n",
            escaped(&label)
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A text of at most so many characters.
pub(super) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
