//! The order of categories.

use std::cmp::Ordering;

use serde_json::Value;

use super::super::cell::TableCell;
use super::super::value::{list, text};

/// A category: as it is shown, as it came, and the sum of its measure.
#[derive(Debug, Clone)]
pub(super) struct Category {
    /// As it is shown.
    pub label: String,
    /// As it came.
    pub cell: TableCell,
    /// The sum of what is measured for it.
    pub total: f64,
}

/// Collects categories in the order of the data.
#[derive(Debug, Default)]
pub(super) struct Categories(Vec<Category>);

impl Categories {
    /// Counts a value of a category.
    pub(super) fn add(&mut self, label: &str, cell: &TableCell, value: Option<f64>) {
        match self.0.iter_mut().find(|c| c.label == label) {
            Some(known) => known.total += value.unwrap_or(0.0),
            None => {
                self.0.push(Category { label: label.to_owned(), cell: cell.clone(), total: value.unwrap_or(0.0) });
            }
        }
    }

    /// The labels in the order that a `scale` asks for.
    pub(super) fn sorted(mut self, scale: &Value) -> Vec<String> {
        let sort = &scale["sort"];
        let by = sort["by"].as_str().unwrap_or_default();
        match by {
            "natural-order" => {}
            "custom-order" => {
                let wanted: Vec<String> = list(&sort["orderedValues"]).iter().filter_map(text).collect();
                let place = |c: &Category| wanted.iter().position(|w| *w == c.label || *w == c.cell.raw());
                self.0.sort_by_key(|c| place(c).unwrap_or(usize::MAX));
            }
            "x" | "y" | "cell" | "angle" | "measure" | "value" => self.0.sort_by(|a, b| a.total.total_cmp(&b.total)),
            "x-reversed" | "y-reversed" | "cell-reversed" | "angle-reversed" | "measure-reversed"
            | "value-reversed" => {
                self.0.sort_by(|a, b| b.total.total_cmp(&a.total));
            }
            "alphabetical-reversed" => self.0.sort_by(|a, b| b.cell.compare(&a.cell)),
            _ => self.0.sort_by(by_value),
        }
        if scale["reverse"] == true {
            self.0.reverse();
        }
        self.0.into_iter().map(|c| c.label).collect()
    }
}

/// By value; the missing one comes last.
fn by_value(a: &Category, b: &Category) -> Ordering {
    (a.cell == TableCell::Null).cmp(&(b.cell == TableCell::Null)).then_with(|| a.cell.compare(&b.cell))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Categories, TableCell};

    fn sorted(scale: Value) -> Vec<String> {
        let mut categories = Categories::default();
        for (label, value) in [("10", 1.0), ("9", 5.0), ("null", 3.0), ("9", 1.0)] {
            let cell = label.parse().map_or(TableCell::Null, |n| TableCell::Number(n, label.into()));
            categories.add(label, &cell, Some(value));
        }
        categories.sorted(&scale)
    }

    #[test]
    fn the_order_is_the_one_asked_for() {
        assert_eq!(sorted(json!({})), ["9", "10", "null"]);
        assert_eq!(sorted(json!({"reverse": true})), ["null", "10", "9"]);
        assert_eq!(sorted(json!({"sort": {"by": "natural-order"}})), ["10", "9", "null"]);
        assert_eq!(sorted(json!({"sort": {"by": "y-reversed"}})), ["9", "null", "10"]);
        assert_eq!(sorted(json!({"sort": {"by": "x"}})), ["10", "null", "9"]);
        assert_eq!(sorted(json!({"sort": {"by": "measure"}})), ["10", "null", "9"]);
        assert_eq!(sorted(json!({"sort": {"by": "measure-reversed"}})), ["9", "null", "10"]);
        assert_eq!(
            sorted(json!({"sort": {"by": "custom-order", "orderedValues": ["null", "9"]}})),
            ["null", "9", "10"]
        );
    }
}
