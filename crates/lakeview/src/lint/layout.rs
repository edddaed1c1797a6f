//! Rules of pages: limits, names, the grid.

use super::super::json::JsonValue;
use super::super::report::{LintReport, layout_items, opening};

const MAX_PAGES: usize = 15;
const MAX_WIDGETS: usize = 100;

struct Rectangle<'d> {
    position: JsonValue<'d>,
    name: String,
    x: i64,
    y: i64,
    right: i64,
    bottom: i64,
}

pub(super) fn check(root: JsonValue<'_>, report: &mut LintReport<'_>) {
    let pages = || root.get_items("pages");
    report.duplicates("pages", pages().filter_map(|p| p.get("name")));
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
        kind(page, report);
        names(page, report);
    }
}

/// Types of pages.
const PAGE_TYPES: [&str; 2] = ["PAGE_TYPE_CANVAS", "PAGE_TYPE_GLOBAL_FILTERS"];

fn kind(page: JsonValue<'_>, report: &mut LintReport<'_>) {
    match page.get("pageType") {
        None => {
            let message = "the page has no `pageType`";
            report.warning("dashboard-page-type", opening(page), message, "add `\"pageType\": \"PAGE_TYPE_CANVAS\"`");
            if let Some((first, _)) = page.members().next() {
                report.fix(first.span(), format!("\"pageType\": \"PAGE_TYPE_CANVAS\", {}", first.raw()));
            }
        }
        Some(known) if PAGE_TYPES.iter().any(|t| known.is(t)) => {}
        Some(other) => {
            let message = format!("expected one of {} in `pageType`, found {}", PAGE_TYPES.join(", "), other.raw());
            report.error("dashboard-page-type", other.span(), message, "");
        }
    }
    if let Some(other) = page.get("layoutVersion").filter(|v| !v.is("GRID_V1")) {
        let message = format!("expected `GRID_V1` in `layoutVersion`, found {}", other.raw());
        report.error("dashboard-page-type", other.span(), message, "without it the page has 6 columns");
    }
}

/// Letters that a widget's name takes at most.
const NAME: usize = 60;

fn names(page: JsonValue<'_>, report: &mut LintReport<'_>) {
    let mut seen = std::collections::BTreeSet::new();
    for (item, widget) in layout_items(page) {
        let Some(value) = widget.get("name") else {
            let hint = "add a `name` that is unique on the page";
            report.error("dashboard-widget-name", opening(item), "the widget has no name", hint);
            continue;
        };
        let name = value.string().unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.chars().count() > NAME || !name.chars().all(plain) {
            let message = format!("the widget name {} is not 1 to {NAME} letters, digits, `-` or `_`", value.raw());
            report.warning("dashboard-widget-name", value.span(), message, "");
        }
        if !seen.insert(name.clone()) {
            let message = format!("two widgets of the page are named `{name}`");
            report.error("dashboard-duplicate-name", value.span(), message, "rename one of them");
        }
    }
}

fn grid(page: JsonValue<'_>, report: &mut LintReport<'_>) {
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
            let message = format!("widget `{}` overlaps widget `{}`", one.name, other.name);
            report.error("dashboard-overlap", one.position.span(), message, "move one of them");
        }
        placed.push(one);
    }
}

fn rectangle(item: JsonValue<'_>, name: String) -> Option<Rectangle<'_>> {
    let position = item.get("position")?;
    let number = |key| position.get(key)?.integer();
    let (x, y) = (number("x")?, number("y")?);
    let (right, bottom) = (x.checked_add(number("width")?)?, y.checked_add(number("height")?)?);
    Some(Rectangle { position, name, x, y, right, bottom })
}

fn overlap(a: &Rectangle<'_>, b: &Rectangle<'_>) -> bool {
    a.x < b.right && b.x < a.right && a.y < b.bottom && b.y < a.bottom
}
