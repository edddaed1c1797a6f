//! Rules that colour a value: `if {column, fn, literal}` of older tables, `style.rules` of newer tables and counters.

use serde_json::Value;

use super::cell::{Data, TableCell};
use super::value::{list, text};

/// Whether the `if` of an older table's rule holds in a row.
pub(crate) fn condition_holds(condition: &Value, data: &Data, row: usize) -> bool {
    let Some(cell) = text(&condition["column"]).and_then(|n| data.column(&n)).map(|c| data.cell(row, c)) else {
        return false;
    };
    let operator = condition["fn"].as_str().unwrap_or_default();
    compared(operator, cell, text(&condition["literal"]).as_deref())
}

/// The first of `style.rules` that holds for a cell. The other side of its condition is a value, or another field of
/// the row. A rule without one is unfinished and never holds.
pub(crate) fn style_rule<'a>(style: &'a Value, cell: &TableCell, data: &Data, row: usize) -> Option<&'a Value> {
    list(&style["rules"]).iter().find(|rule| {
        let condition = &rule["condition"];
        let operator = condition["operator"].as_str().unwrap_or_default();
        let operand = &condition["operand"];
        let field = text(&operand["fieldName"]).and_then(|name| data.column(&name));
        let other = match field {
            Some(column) => Some(data.cell(row, column).raw()),
            None => [&operand["value"], operand, &condition["value"]].into_iter().find_map(text),
        };
        compared(operator, cell, other.as_deref())
    })
}

fn compared(operator: &str, cell: &TableCell, wanted: Option<&str>) -> bool {
    match operator {
        "is_null" | "isNull" | "is null" => return *cell == TableCell::Null,
        "is_not_null" | "isNotNull" | "is not null" => return *cell != TableCell::Null,
        _ => {}
    }
    let Some(wanted) = wanted.filter(|_| *cell != TableCell::Null) else { return false };
    let order = match (cell.number(), wanted.trim().parse::<f64>()) {
        (Some(a), Ok(b)) => a.total_cmp(&b),
        _ => cell.raw().as_str().cmp(wanted),
    };
    match operator {
        "=" | "==" => order.is_eq(),
        "!=" | "<>" => order.is_ne(),
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        "contains" => cell.raw().contains(wanted),
        "starts_with" | "startsWith" => cell.raw().starts_with(wanted),
        "ends_with" | "endsWith" => cell.raw().ends_with(wanted),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::cell::{Data, TableCell};
    use super::style_rule;

    fn first(rules: Value, cell: &TableCell) -> Option<String> {
        let style = json!({"rules": rules});
        style_rule(&style, cell, &Data::default(), 0).and_then(|rule| rule["color"].as_str().map(str::to_owned))
    }

    #[test]
    fn the_first_rule_that_holds_counts() {
        let rules = json!([
            {"condition": {"operator": ">="}, "color": "unfinished"},
            {"condition": {"operator": ">=", "operand": {"type": "data-value", "value": "100"}}, "color": "high"},
            {"condition": {"operator": "<", "operand": {"value": 100}}, "color": "low"},
        ]);
        let number = |n: f64| TableCell::Number(n, n.to_string());
        assert_eq!(first(rules.clone(), &number(120.0)).as_deref(), Some("high"));
        assert_eq!(first(rules.clone(), &number(9.0)).as_deref(), Some("low"));
        assert_eq!(first(rules, &TableCell::Null), None);
    }

    #[test]
    fn texts_and_missing_values_have_rules_of_their_own() {
        let rules = json!([
            {"condition": {"operator": "is null"}, "color": "missing"},
            {"condition": {"operator": "=", "operand": "Red"}, "color": "red"},
        ]);
        assert_eq!(first(rules.clone(), &TableCell::Null).as_deref(), Some("missing"));
        assert_eq!(first(rules.clone(), &TableCell::Text("Red".into())).as_deref(), Some("red"));
        assert_eq!(first(rules, &TableCell::Text("Green".into())), None);
    }
}
