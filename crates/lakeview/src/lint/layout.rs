//! Rules of pages: limits, names, the grid.

use super::super::json::Value;
use super::super::normalise::opening;
use super::{Report, layout_items};

const MAX_PAGES: usize = 15;
const MAX_WIDGETS: usize = 100;

struct Rectangle<'d> {
    position: Value<'d>,
    name: String,
    x: i64,
    y: i64,
    right: i64,
    bottom: i64,
}

pub(super) fn check(root: Value<'_>, report: &mut Report<'_>) {
    let pages = || root.get_items("pages");
    report.duplicates("pages", pages().filter_map(|p| p.get("name")));
    report.duplicates("widgets", pages().flat_map(layout_items).filter_map(|(_, w)| w.get("name")));
    let hint = "Databricks refuses such a dashboard";
    if let Some(one_more) = pages().nth(MAX_PAGES) {
        report.error("dashboard-limit", opening(one_more), format!("more than {MAX_PAGES} pages"), hint);
    }
    for page in pages() {
        if let Some((one_more, _)) = layout_items(page).nth(MAX_WIDGETS) {
            let message = format!("more than {MAX_WIDGETS} widgets on a page");
            report.error("dashboard-limit", opening(one_more), message, hint);
        }
        grid(page, report);
    }
}

fn grid(page: Value<'_>, report: &mut Report<'_>) {
    let columns = if page.get("layoutVersion").is_some_and(|v| v.is("GRID_V1")) { 12 } else { 6 };
    let mut placed: Vec<Rectangle<'_>> = Vec::new();
    for (item, widget) in layout_items(page).take(10 * MAX_WIDGETS) {
        let name = widget.get_string("name").unwrap_or_default().into_owned();
        let Some(one) = rectangle(item, name) else {
            let message = "a widget has no position of four whole numbers";
            let hint = "`\"position\": {\"x\": 0, \"y\": 0, \"width\": 2, \"height\": 3}`";
            report.error("dashboard-position", opening(item), message, hint);
            continue;
        };
        if one.x < 0 || one.y < 0 || one.right > columns || one.right <= one.x || one.bottom <= one.y {
            let message = format!("widget `{}` is outside the grid", one.name);
            let hint = format!("the page has {columns} columns, numbered from 0");
            report.error("dashboard-position", one.position.span(), message, &hint);
            continue;
        }
        if let Some(other) = placed.iter().find(|o| overlap(o, &one)) {
            let message = format!("widget `{}` lies over widget `{}`", one.name, other.name);
            report.error("dashboard-overlap", one.position.span(), message, "move one of them");
        }
        placed.push(one);
    }
}

fn rectangle(item: Value<'_>, name: String) -> Option<Rectangle<'_>> {
    let position = item.get("position")?;
    let number = |key| position.get(key)?.integer();
    let (x, y) = (number("x")?, number("y")?);
    let (right, bottom) = (x.checked_add(number("width")?)?, y.checked_add(number("height")?)?);
    Some(Rectangle { position, name, x, y, right, bottom })
}

fn overlap(a: &Rectangle<'_>, b: &Rectangle<'_>) -> bool {
    a.x < b.right && b.x < a.right && a.y < b.bottom && b.y < a.bottom
}
