//! The SQL of a widget: `SELECT fields FROM (dataset) WHERE filters GROUP BY plain fields`.

use jiff::civil::DateTime;

use piq_sql::{sql_name, tokens};

use super::dataset_query::{Namespaces, body};
use super::expression::{Expression, closed};
use super::filters::{Chosen, Effects, Subject, condition, subjects};
use super::mark::Mark;
use super::model::{DashboardModel, DatasetModel, Page, Widget, WidgetQuery};
use super::selection::Selection;
use super::statement::WidgetStatement;

/// What holds for all queries of one view of a dashboard.
#[derive(Debug, Clone)]
pub(crate) struct View<'a> {
    /// The dashboard.
    pub dashboard: &'a DashboardModel,
    /// The page that is shown.
    pub page: &'a Page,
    /// What the viewer has selected.
    pub chosen: &'a Chosen,
    /// What clicks on marks demand.
    pub marks: &'a [Mark],
    /// Catalog and schema of the target.
    pub namespaces: &'a Namespaces,
    /// The present, in UTC.
    pub now: DateTime,
}

/// A query that is ready to run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Built {
    /// The statement.
    pub statement: WidgetStatement,
    /// Name and meaning of each column; empty if the query reads every column of its dataset.
    pub fields: Vec<(String, Expression)>,
}

impl View<'_> {
    /// The query of a widget, at most `limit` rows.
    pub(crate) fn query(&self, query: &WidgetQuery, limit: usize) -> Result<Built, String> {
        let dataset = self.dataset(&query.dataset)?;
        let mut fields = Vec::new();
        for field in &query.fields {
            let expression = Expression::read(&field.expression, &dataset.calculations)?;
            if !expression.helper {
                fields.push((field.name.clone(), expression));
            }
        }
        self.build(query, dataset, fields, limit)
    }

    /// The same query grouped by some of its plain fields only: the totals of a pivot.
    pub(crate) fn totals(&self, query: &WidgetQuery, by: &[String], limit: usize) -> Result<Built, String> {
        let dataset = self.dataset(&query.dataset)?;
        let mut fields = Vec::new();
        for field in &query.fields {
            let expression = Expression::read(&field.expression, &dataset.calculations)?;
            if !expression.helper && (expression.aggregate || by.contains(&field.name)) {
                fields.push((field.name.clone(), expression));
            }
        }
        let query = WidgetQuery { orders: Vec::new(), disaggregated: false, ..query.clone() };
        self.build(&query, dataset, fields, limit)
    }

    /// The values that a filter offers, with the least and greatest in order: `c0` as text, `c1` typed. Nothing if it
    /// acts on parameters alone. The filter's own selection does not narrow them.
    pub(crate) fn choices(&self, widget: &Widget, limit: usize) -> Option<Result<WidgetStatement, String>> {
        let subject = subjects(widget).into_iter().find_map(|s| match s {
            Subject::Column { dataset, expression } => Some((dataset, expression)),
            Subject::Parameter { .. } => None,
        })?;
        Some(self.choices_of(widget, &subject.0, &subject.1, limit))
    }

    fn choices_of(&self, widget: &Widget, dataset: &str, text: &str, limit: usize) -> Result<WidgetStatement, String> {
        let dataset = self.dataset(dataset)?;
        let expression = Expression::read(text, &dataset.calculations)?;
        if expression.aggregate {
            return Err(format!("a filter on the aggregate `{text}` is not supported"));
        }
        let mut statement = WidgetStatement::default();
        let effects = Effects::on(self.dashboard, self.page, &dataset.name, self.chosen);
        let from = self.from(dataset, &effects, &[], &mut statement)?;
        let column = &expression.sql;
        let condition = own_condition(dataset)?.map(|c| format!("\nWHERE {c}")).unwrap_or_default();
        let from = format!("{from}{condition}");
        statement.sql = if widget.kind == "range-slider" || widget.kind.starts_with("filter-date") {
            format!("SELECT CAST(MIN({column}) AS STRING) AS c0, CAST(MAX({column}) AS STRING) AS c1\nFROM {from}")
        } else {
            format!(
                "SELECT DISTINCT CAST({column} AS STRING) AS c0, {column} AS c1\nFROM {from}\nORDER BY c1\nLIMIT {limit}"
            )
        };
        Ok(statement)
    }

    fn dataset(&self, name: &str) -> Result<&DatasetModel, String> {
        self.dashboard.dataset(name).ok_or_else(|| format!("the dashboard has no dataset `{name}`"))
    }

    fn from(
        &self,
        dataset: &DatasetModel,
        effects: &Effects,
        own: &[(String, Selection)],
        statement: &mut WidgetStatement,
    ) -> Result<String, String> {
        let select = |keyword: &str| {
            let set = own.iter().chain(&effects.parameters).find(|(k, _)| k == keyword);
            set.map(|(_, s)| s.clone())
        };
        if let Some(asset) = dataset.asset.as_ref().filter(|_| dataset.sql.trim().is_empty()) {
            // measures of a metric view can only be asked of the view itself
            let names = asset.split('.').map(|part| part.trim_matches('`'));
            statement.catalog = dataset.catalog.clone().or_else(|| self.namespaces.catalog.clone());
            statement.schema = dataset.schema.clone().or_else(|| self.namespaces.schema.clone());
            return Ok(format!("{} AS d", sql_name(&names.collect::<Vec<_>>())));
        }
        if let Some(view) = &dataset.view {
            closed(&view.from, &tokens(&view.from))?;
            statement.catalog = dataset.catalog.clone().or_else(|| self.namespaces.catalog.clone());
            statement.schema = dataset.schema.clone().or_else(|| self.namespaces.schema.clone());
            return Ok(view.from.clone());
        }
        let sql = body(dataset, self.namespaces, select, self.now, statement)?;
        // on lines of its own: the body may end in a comment
        Ok(format!("(\n{}\n) AS d", sql.trim_matches(['\n', '\r'])))
    }

    fn build(
        &self,
        query: &WidgetQuery,
        dataset: &DatasetModel,
        fields: Vec<(String, Expression)>,
        limit: usize,
    ) -> Result<Built, String> {
        let mut statement = WidgetStatement::default();
        let effects = Effects::on(self.dashboard, self.page, &dataset.name, self.chosen);
        let from = self.from(dataset, &effects, &query.parameter_values, &mut statement)?;
        let read = |text: &str| Expression::read(text, &dataset.calculations);
        let columns: Vec<String> = fields.iter().enumerate().map(|(n, (_, e))| format!("{} AS c{n}", e.sql)).collect();
        let mut sql = format!("SELECT {}", if columns.is_empty() { "*".to_owned() } else { columns.join(", ") });
        sql.push_str(&format!("\nFROM {from}"));
        let mut conditions: Vec<String> = own_condition(dataset)?.into_iter().collect();
        for filter in &query.filters {
            conditions.push(format!("({})", read(filter)?.sql));
        }
        for (text, selection, time) in &effects.conditions {
            conditions.push(condition(&read(text)?, selection, *time, self.now, &mut statement)?);
        }
        for mark in self.marks.iter().filter(|m| m.dataset == dataset.name) {
            let expression = read(&mark.expression)?;
            conditions.push(condition(&expression, &mark.selection, mark.day, self.now, &mut statement)?);
        }
        if !conditions.is_empty() {
            sql.push_str(&format!("\nWHERE {}", conditions.join("\n  AND ")));
        }
        let plain: Vec<&str> = fields.iter().filter(|(_, e)| !e.aggregate).map(|(_, e)| e.sql.as_str()).collect();
        if !query.disaggregated && !plain.is_empty() {
            sql.push_str(&format!("\nGROUP BY {}", plain.join(", ")));
        }
        let mut keys = Vec::new();
        for order in &query.orders {
            let key = read(&order.expression)?;
            let alias = fields.iter().position(|(_, e)| e.sql == key.sql).map(|n| format!("c{n}"));
            keys.push(format!("{}{}", alias.unwrap_or(key.sql), if order.descending { " DESC" } else { "" }));
        }
        if !keys.is_empty() {
            sql.push_str(&format!("\nORDER BY {}", keys.join(", ")));
        }
        sql.push_str(&format!("\nLIMIT {limit}"));
        statement.sql = sql;
        Ok(Built { statement, fields })
    }
}

/// The condition that a dataset has itself.
fn own_condition(dataset: &DatasetModel) -> Result<Option<String>, String> {
    let Some(filter) = dataset.view.as_ref().and_then(|view| view.filter.as_ref()) else { return Ok(None) };
    closed(filter, &tokens(filter))?;
    // on lines of its own: it may end in a comment
    Ok(Some(format!("(\n{filter}\n)")))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::{Value, json};

    use super::super::dataset_query::Namespaces;
    use super::super::filters::Chosen;
    use super::super::model::{DashboardModel, FieldModel, WidgetQuery};
    use super::super::selection::Selection;
    use super::{Built, View};

    fn built(query: Value, chosen: &Chosen) -> Result<Built, String> {
        let filter = json!({"name": "f", "queries": [{"name": "q", "query": {"datasetName": "d", "fields":
            [{"name": "region", "expression": "`region`"}]}}], "spec": {"widgetType": "filter-multi-select",
            "encodings": {"fields": [{"fieldName": "region", "queryName": "q"}]}}});
        let text = json!({
            "datasets": [{"name": "d", "query": "USE SCHEMA IDENTIFIER(:s);\nSELECT * FROM t -- all", "parameters":
                [{"keyword": "s", "dataType": "STRING", "defaultSelection": {"values": {"values": [{"value": "piq"}]}}}]}],
            "pages": [{"name": "p", "layout": [{"widget": {"name": "w", "queries": [{"name": "m", "query": query}]}},
                {"widget": filter}]}],
        });
        let dashboard = DashboardModel::read(&text.to_string()).expect("a dashboard");
        let page = &dashboard.pages[0];
        let now = date(2026, 11, 18).at(0, 0, 0, 0);
        let namespaces = &Namespaces::default();
        let view = View { dashboard: &dashboard, page, chosen, marks: &[], namespaces, now };
        view.query(&page.widgets[0].queries[0], 100)
    }

    #[test]
    fn fields_are_grouped_ordered_and_filtered() {
        let query = json!({"datasetName": "d", "disaggregated": false, "fields": [
            {"name": "month", "expression": "DATE_TRUNC(\"MONTH\", `d`)"}, {"name": "sum", "expression": "SUM(`x`)"},
            {"name": "h", "expression": "COUNT_IF(`associative_filter_predicate_group`)"}],
            "filters": [{"expression": "`x` > 0 OR `x` IS NULL"}],
            "orders": [{"direction": "DESC", "expression": "SUM(`x`)"}, {"expression": "`name`"}]});
        let chosen = Chosen::from([(("p".to_owned(), "f".to_owned()), Selection::of(["EMEA"]))]);
        let built = built(query, &chosen).expect("a query");
        assert_eq!(
            built.statement.sql,
            "SELECT DATE_TRUNC('MONTH', `d`) AS c0, SUM(`x`) AS c1\nFROM (\nSELECT * FROM t -- all\n) AS d\n\
             WHERE (`x` > 0 OR `x` IS NULL)\n  AND (CAST(`region` AS STRING) IN (:piq_0))\n\
             GROUP BY DATE_TRUNC('MONTH', `d`)\nORDER BY c1 DESC, `name`\nLIMIT 100"
        );
        assert_eq!(built.statement.parameters, [("piq_0".to_owned(), "EMEA".to_owned())]);
        assert_eq!(built.statement.schema.as_deref(), Some("piq"));
        assert_eq!(built.fields.iter().map(|f| f.0.as_str()).collect::<Vec<_>>(), ["month", "sum"]);
    }

    #[test]
    fn a_metric_view_is_asked_itself() {
        let text = json!({"datasets": [{"name": "d", "asset_name": "main.sales.by day"}], "pages": [{"name": "p"}]});
        let dashboard = DashboardModel::read(&text.to_string()).expect("a dashboard");
        let (page, chosen) = (&dashboard.pages[0], Chosen::new());
        let now = date(2026, 11, 18).at(0, 0, 0, 0);
        let namespaces = &Namespaces::default();
        let view = View { dashboard: &dashboard, page, chosen: &chosen, marks: &[], namespaces, now };
        let field = FieldModel { name: "m".into(), expression: "MEASURE(`Total`)".into() };
        let query = WidgetQuery { dataset: "d".into(), fields: vec![field], ..WidgetQuery::default() };
        let sql = view.query(&query, 5).expect("a query").statement.sql;
        assert_eq!(sql, "SELECT MEASURE(`Total`) AS c0\nFROM `main`.`sales`.`by day` AS d\nLIMIT 5");
    }

    #[test]
    fn a_metric_view_of_the_dashboard_is_asked_with_its_expressions() {
        let text = json!({"datasets": [{"name": "d", "config": {"version": 1.1, "source": "shop.orders",
            "filter": "amount > 0", "dimensions": [{"name": "Month", "expr": "DATE_TRUNC('MONTH', source.day)"},
                {"name": "city", "expr": "UPPER(city)"}],
            "measures": [{"name": "total", "expr": "SUM(amount)"}, {"name": "mean", "expr": "MEASURE(`total`) / COUNT(*)"}]}}],
            "pages": [{"name": "p"}]});
        let dashboard = DashboardModel::read(&text.to_string()).expect("a dashboard");
        let (page, chosen) = (&dashboard.pages[0], Chosen::new());
        let namespaces = Namespaces { catalog: Some("dev".into()), schema: None };
        let now = date(2026, 11, 18).at(0, 0, 0, 0);
        let view = View { dashboard: &dashboard, page, chosen: &chosen, marks: &[], namespaces: &namespaces, now };
        let field = |text: &str| FieldModel { name: text.into(), expression: text.into() };
        let fields = ["`Month`", "`city`", "MEASURE(`total`)", "MEASURE(`mean`)"].map(field);
        let query = WidgetQuery { dataset: "d".into(), fields: fields.into(), ..WidgetQuery::default() };
        let statement = view.query(&query, 5).expect("a query").statement;
        assert_eq!(
            statement.sql,
            "SELECT (DATE_TRUNC('MONTH', source.day)) AS c0, (UPPER(source.city)) AS c1, (SUM(amount)) AS c2, \
             ((SUM(amount)) / COUNT(*)) AS c3\nFROM shop.orders AS `source`\nWHERE (\namount > 0\n)\n\
             GROUP BY (DATE_TRUNC('MONTH', source.day)), (UPPER(source.city))\nLIMIT 5"
        );
        assert_eq!(statement.catalog.as_deref(), Some("dev"));
    }

    #[test]
    fn rows_as_they_are_and_whole_datasets() {
        let rows = json!({"datasetName": "d", "disaggregated": true, "fields": [{"name": "x", "expression": "`x`"}]});
        let sql = built(rows, &Chosen::new()).expect("a query").statement.sql;
        assert_eq!(sql, "SELECT `x` AS c0\nFROM (\nSELECT * FROM t -- all\n) AS d\nLIMIT 100");
        let all = built(json!({"datasetName": "d", "disaggregated": true}), &Chosen::new()).expect("a query");
        assert!(all.statement.sql.starts_with("SELECT *\nFROM"));
        let only = json!({"datasetName": "d", "fields": [{"name": "n", "expression": "COUNT(`*`)"}]});
        assert!(!built(only, &Chosen::new()).expect("a query").statement.sql.contains("GROUP BY"));
        assert!(built(json!({"datasetName": "e"}), &Chosen::new()).is_err());
    }
}
