//! Filters: which datasets they touch, and what they do to a query.

use std::collections::BTreeMap;

use jiff::civil::DateTime;

use piq_sql::sql_ident;

use super::dataset_query::number;
use super::expression::Expression;
use super::model::{DashboardModel, Page, Widget};
use super::moment::{End, moment};
use super::selection::Selection;
use super::statement::WidgetStatement;
use super::value::{list, text};

/// What the viewer has selected: by page and widget.
pub(crate) type Chosen = BTreeMap<(String, String), Selection>;

/// What a filter acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A column, or an expression over columns, of a dataset.
    Column {
        /// The dataset.
        dataset: String,
        /// The expression as the file has it.
        expression: String,
    },
    /// A parameter of a dataset.
    Parameter {
        /// The dataset.
        dataset: String,
        /// Its keyword.
        keyword: String,
    },
}

/// What a filter widget acts on, in the order of its fields.
pub(crate) fn subjects(widget: &Widget) -> Vec<Subject> {
    let mut found = Vec::new();
    for field in list(&widget.spec.value()["encodings"]["fields"]) {
        let Some(query) = field["queryName"].as_str().and_then(|name| widget.query(name)) else { continue };
        let dataset = query.dataset.clone();
        if let Some(keyword) = text(&field["parameterName"]) {
            found.push(Subject::Parameter { dataset, keyword });
        } else if let Some(name) = text(&field["fieldName"]) {
            let named = query.fields.iter().find(|f| f.name == name);
            // a slider asks for the ends of a column and names the column itself
            let expression = named.map_or_else(|| sql_ident(&name), |f| f.expression.clone());
            found.push(Subject::Column { dataset, expression });
        }
    }
    found
}

/// What holds for a filter: what the viewer chose, else the widget's own default.
pub(crate) fn selection(page: &Page, widget: &Widget, chosen: &Chosen) -> Selection {
    match chosen.get(&(page.name.clone(), widget.name.clone())) {
        Some(selection) => selection.clone(),
        None => Selection::of_file(&widget.spec.value()["selection"]["defaultSelection"]),
    }
}

/// What a filter shows while nothing is selected in it: the first default among the parameters that it sets.
pub(crate) fn default(dashboard: &DashboardModel, widget: &Widget) -> Selection {
    let of_parameter = |subject| match subject {
        Subject::Parameter { dataset, keyword } => {
            let parameter = dashboard.dataset(&dataset)?.parameters.iter().find(|p| p.keyword == keyword)?;
            Some(parameter.default.clone()).filter(|default| !default.is_all())
        }
        Subject::Column { .. } => None,
    };
    subjects(widget).into_iter().find_map(of_parameter).unwrap_or_default()
}

/// What the filters do to the queries of one dataset on one page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    /// Parameters that are set.
    pub parameters: Vec<(String, Selection)>,
    /// Conditions: an expression, what is selected of it, and whether it is a time.
    pub conditions: Vec<(String, Selection, bool)>,
}

impl Effects {
    /// The effects of all filters that act on `page`: its own and those of global pages. Its own win.
    pub(crate) fn on(dashboard: &DashboardModel, page: &Page, dataset: &str, chosen: &Chosen) -> Self {
        let mut effects = Self::default();
        let global = dashboard.pages.iter().filter(|p| p.global && p.name != page.name);
        for from in global.chain([page]) {
            for widget in from.widgets.iter().filter(|w| w.is_filter()) {
                let selected = selection(from, widget, chosen);
                // one value holds for all parameters of a filter, whichever dataset has it as its default
                let value = if selected.is_all() { default(dashboard, widget) } else { selected.clone() };
                for subject in subjects(widget) {
                    match subject {
                        Subject::Column { dataset: d, expression } if d == dataset && !selected.is_all() => {
                            let time = widget.kind.starts_with("filter-date");
                            effects.conditions.push((expression, selected.clone(), time));
                        }
                        Subject::Parameter { dataset: d, keyword } if d == dataset && !value.is_all() => {
                            if selected.is_all() && effects.parameters.iter().any(|(k, _)| *k == keyword) {
                                // what another filter has selected wins over a default
                                continue;
                            }
                            effects.parameters.retain(|(k, _)| *k != keyword);
                            effects.parameters.push((keyword, value.clone()));
                        }
                        _ => {}
                    }
                }
            }
        }
        effects
    }
}

/// The SQL of a condition, with its values bound.
pub(crate) fn condition(
    expression: &Expression,
    selection: &Selection,
    time: bool,
    now: DateTime,
    statement: &mut WidgetStatement,
) -> Result<String, String> {
    let sql = &expression.sql;
    if expression.aggregate {
        return Err(format!("a filter on the aggregate `{sql}` is not supported"));
    }
    let mut parts = Vec::new();
    match selection {
        Selection::All => parts.push("TRUE".to_owned()),
        Selection::Values { values } if time => {
            for value in values.iter().flatten() {
                let day =
                    moment(value, now, End::Start).ok_or_else(|| format!("expected a date, found `{value}`"))?.date();
                parts.push(format!("CAST({sql} AS DATE) = DATE '{day}'"));
            }
        }
        Selection::Values { values } => {
            let known: Vec<String> = values.iter().flatten().map(|v| statement.bind(v)).collect();
            if !known.is_empty() {
                parts.push(format!("CAST({sql} AS STRING) IN ({})", known.join(", ")));
            }
            if values.iter().any(Option::is_none) {
                parts.push(format!("{sql} IS NULL"));
            }
        }
        Selection::Range { min, max } => {
            let mut ends = Vec::new();
            if let Some(min) = min {
                ends.push(end(sql, min, End::Start, time, now)?);
            }
            if let Some(max) = max {
                ends.push(end(sql, max, End::Last, time, now)?);
            }
            parts.push(ends.join(" AND "));
        }
    }
    if parts.is_empty() { Ok("TRUE".to_owned()) } else { Ok(format!("({})", parts.join(" OR "))) }
}

fn end(sql: &str, value: &str, end: End, time: bool, now: DateTime) -> Result<String, String> {
    let sign = if end == End::Start { ">=" } else { "<=" };
    if !time {
        let bound = number(value).ok_or_else(|| format!("expected a number, found `{value}`"))?;
        return Ok(format!("{sql} {sign} {bound}"));
    }
    let at = moment(value, now, end).ok_or_else(|| format!("expected a date, found `{value}`"))?;
    if end == End::Last && value.parse::<jiff::civil::Date>().is_ok() {
        // a day belongs to the range as a whole
        let next = at.date().tomorrow().map_err(|_| format!("`{value}` is too late"))?;
        return Ok(format!("CAST({sql} AS TIMESTAMP) < TIMESTAMP '{next} 00:00:00'"));
    }
    Ok(format!("CAST({sql} AS TIMESTAMP) {sign} TIMESTAMP '{}'", at.strftime("%Y-%m-%d %H:%M:%S%.3f")))
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;
    use jiff::civil::date;
    use serde_json::json;

    use super::super::expression::Expression;
    use super::super::model::DashboardModel;
    use super::super::selection::Selection;
    use super::super::statement::WidgetStatement;
    use super::{Chosen, Effects, condition};

    fn filter(name: &str, kind: &str, dataset: &str, field: serde_json::Value) -> serde_json::Value {
        let mut field = field;
        field["queryName"] = json!("q");
        json!({"widget": {"name": name, "queries": [{"name": "q", "query": {"datasetName": dataset,
            "fields": [{"name": "f", "expression": "upper(`region`)"}]}}],
            "spec": {"widgetType": kind, "encodings": {"fields": [field]}}}})
    }

    fn dashboard() -> DashboardModel {
        let text = json!({"pages": [
            {"name": "one", "layout": [filter("local", "filter-single-select", "d1", json!({"fieldName": "f"})),
                filter("p", "filter-single-select", "d1", json!({"parameterName": "top"}))]},
            {"name": "two", "layout": [filter("other", "filter-multi-select", "d1", json!({"fieldName": "f"}))]},
            {"name": "all", "pageType": "PAGE_TYPE_GLOBAL_FILTERS", "layout": [
                filter("slider", "range-slider", "d1", json!({"fieldName": "amount"})),
                filter("p", "filter-single-select", "d1", json!({"parameterName": "top"}))]},
        ]});
        DashboardModel::read(&text.to_string()).expect("a dashboard")
    }

    fn choose(page: &str, widget: &str, selection: Selection) -> ((String, String), Selection) {
        ((page.to_owned(), widget.to_owned()), selection)
    }

    #[test]
    fn filters_act_on_their_page_and_dataset_and_global_ones_everywhere() {
        let dashboard = dashboard();
        let chosen = Chosen::from([
            choose("one", "local", Selection::of(["EMEA"])),
            choose("two", "other", Selection::of(["AMER"])),
            choose("all", "slider", Selection::Range { min: Some("5".into()), max: None }),
            choose("all", "p", Selection::of(["10"])),
            choose("one", "p", Selection::of(["3"])),
        ]);
        let on = |page: usize, dataset: &str| Effects::on(&dashboard, &dashboard.pages[page], dataset, &chosen);
        let expressions = |e: &Effects| e.conditions.iter().map(|c| c.0.clone()).collect::<Vec<_>>();
        assert_eq!(expressions(&on(0, "d1")), ["`amount`", "upper(`region`)"]);
        assert_eq!(on(0, "d1").parameters, [("top".to_owned(), Selection::of(["3"]))]);
        assert_eq!(on(1, "d1").parameters, [("top".to_owned(), Selection::of(["10"]))]);
        assert_eq!(on(1, "d1").conditions.last().expect("one").1, Selection::of(["AMER"]));
        assert_eq!(on(0, "d2"), Effects::default());
        assert_eq!(Effects::on(&dashboard, &dashboard.pages[0], "d1", &Chosen::new()), Effects::default());
    }

    #[test]
    fn one_value_holds_for_all_parameters_of_a_filter() {
        let dataset = |name: &str, default: serde_json::Value| json!({"name": name, "parameters": [{"keyword": "area", "dataType": "STRING", "defaultSelection": default}]});
        let query = |name: &str, of: &str| json!({"name": name, "query": {"datasetName": of}});
        let field = |name: &str| json!({"parameterName": "area", "queryName": name});
        let bound = json!({"name": "w", "queries": [query("a", "d1"), query("b", "d2")],
            "spec": {"widgetType": "filter-single-select", "encodings": {"fields": [field("a"), field("b")]}}});
        let text = json!({
            "datasets": [dataset("d1", json!({})), dataset("d2", json!({"values": {"values": [{"value": "EMEA"}]}}))],
            "pages": [{"name": "p", "layout": [{"widget": bound}]},
                {"name": "g", "pageType": "PAGE_TYPE_GLOBAL_FILTERS", "layout": [{"widget": bound}]}]});
        let dashboard = DashboardModel::read(&text.to_string()).expect("a dashboard");
        let on =
            |dataset: &str, chosen: &Chosen| Effects::on(&dashboard, &dashboard.pages[0], dataset, chosen).parameters;
        let value = |text: &str| vec![("area".to_owned(), Selection::of([text]))];
        for of in ["d1", "d2"] {
            assert_eq!(on(of, &Chosen::new()), value("EMEA"), "{of}");
            assert_eq!(on(of, &Chosen::from([choose("p", "w", Selection::of(["AMER"]))])), value("AMER"), "{of}");
            let global = Chosen::from([choose("g", "w", Selection::of(["APJ"]))]);
            assert_eq!(on(of, &global), value("APJ"), "{of}: a default does not replace a selection");
        }
    }

    fn sql(selection: Selection, time: bool) -> Result<(String, Vec<(String, String)>), String> {
        let expression = Expression::read("`x`", &IndexMap::new()).expect("an expression");
        let mut statement = WidgetStatement::default();
        let now = date(2026, 11, 18).at(1, 0, 0, 0);
        let text = condition(&expression, &selection, time, now, &mut statement)?;
        Ok((text, statement.parameters))
    }

    #[test]
    fn conditions_bind_their_values() {
        let (text, bound) = sql(Selection::Values { values: vec![Some("a'b".into()), None] }, false).expect("SQL");
        assert_eq!(text, "(CAST(`x` AS STRING) IN (:piq_0) OR `x` IS NULL)");
        assert_eq!(bound[0].1, "a'b");
        let range = |min: Option<&str>, max: Option<&str>, time| {
            sql(Selection::Range { min: min.map(Into::into), max: max.map(Into::into) }, time)
        };
        assert_eq!(range(Some("1"), Some("2.5"), false).expect("SQL").0, "(`x` >= 1 AND `x` <= 2.5)");
        assert_eq!(
            range(Some("2026-01-01"), Some("2026-01-31"), true).expect("SQL").0,
            "(CAST(`x` AS TIMESTAMP) >= TIMESTAMP '2026-01-01 00:00:00.000' AND CAST(`x` AS TIMESTAMP) < TIMESTAMP '2026-02-01 00:00:00')"
        );
        assert_eq!(sql(Selection::of(["now-1d/d"]), true).expect("SQL").0, "(CAST(`x` AS DATE) = DATE '2026-11-17')");
        assert!(range(Some("1 OR TRUE"), None, false).is_err());
        assert!(range(Some("soon"), None, true).is_err());
    }
}
