//! One widget: its query, its result, its picture.

use super::cell::Data;
use super::chart::{self, NoChart};
use super::counter::counter;
use super::filter::{CHOICES, filter};
use super::html;
use super::model::{Widget, WidgetQuery};
use super::picture::{Drawing, Picture};
use super::pivot::{self, Results};
use super::query::{Built, View};
use super::statement::{QueryTable, WidgetQueries};
use super::table::table;

/// Rows of a chart or pivot at most.
const CHART_ROWS: usize = 10_000;

/// Rows of a table at most.
const TABLE_ROWS: usize = 1_000;

/// Draws a widget of the view's page with data from `endpoint`. Whatever goes wrong is part of the drawing.
pub(crate) async fn draw(view: &View<'_>, widget: &Widget, endpoint: &dyn WidgetQueries) -> Drawing {
    match widget.kind.as_str() {
        "text" => Drawing::of(Picture::Text { html: html::of_markdown(&widget.text) }),
        "" => unsupported("the widget has no type"),
        _ if widget.is_filter() => draw_filter(view, widget, endpoint).await,
        "counter" | "table" | "pivot" => draw_data(view, widget, endpoint).await,
        kind if chart::KINDS.contains(&kind) => draw_data(view, widget, endpoint).await,
        kind => unsupported(&format!("the preview does not draw widgets of the type `{kind}`")),
    }
}

/// The answer to a widget's query, without formats, sorting or totals: names of the columns, and the rows. Nothing if
/// the widget reads no data. The error is the endpoint's.
pub(crate) async fn answer(
    view: &View<'_>,
    widget: &Widget,
    limit: usize,
    endpoint: &dyn WidgetQueries,
) -> Option<Result<(Vec<String>, QueryTable), String>> {
    if widget.is_filter() {
        return None;
    }
    let built = match view.query(widget.main_query()?, limit) {
        Ok(built) => built,
        Err(error) => return Some(Err(error)),
    };
    let answered = endpoint.run(&built.statement).await;
    Some(answered.map(|table| {
        let own = table.columns.iter().map(|c| c.name.clone());
        let names = built.fields.iter().map(|(name, _)| name.clone());
        (if built.fields.is_empty() { own.collect() } else { names.collect() }, table)
    }))
}

/// Rows that a widget reads at most, and one more, which tells whether there are more.
pub(crate) fn rows_read(widget: &Widget) -> usize {
    if widget.kind == "table" { TABLE_ROWS + 1 } else { CHART_ROWS + 1 }
}

fn unsupported(reason: &str) -> Drawing {
    Drawing::of(Picture::Unsupported { reason: reason.to_owned() })
}

fn failed(error: String, sql: Option<String>) -> Drawing {
    Drawing { picture: Picture::Failed { error }, sql, note: None }
}

async fn draw_filter(view: &View<'_>, widget: &Widget, endpoint: &dyn WidgetQueries) -> Drawing {
    let statement = match view.choices(widget, CHOICES + 1) {
        None => return Drawing::of(Picture::Filter(filter(view, view.page, widget, None))),
        Some(Err(error)) => return failed(error, None),
        Some(Ok(statement)) => statement,
    };
    let sql = Some(statement.shown());
    match endpoint.run(&statement).await {
        Err(error) => failed(error, sql),
        Ok(values) => {
            let note = (values.rows.len() > CHOICES).then(|| format!("the first {CHOICES} values"));
            Drawing { picture: Picture::Filter(filter(view, view.page, widget, Some(&values))), sql, note }
        }
    }
}

async fn draw_data(view: &View<'_>, widget: &Widget, endpoint: &dyn WidgetQueries) -> Drawing {
    let Some(query) = widget.main_query() else {
        return failed("the widget has no query".to_owned(), None);
    };
    let limit = rows_read(widget) - 1;
    let built = match view.query(query, limit + 1) {
        Ok(built) => built,
        Err(error) => return failed(error, None),
    };
    let sql = Some(built.statement.shown());
    let data = match endpoint.run(&built.statement).await {
        Ok(table) => Data::new(table, built.fields, limit),
        Err(error) => return failed(error, sql),
    };
    let mut notes = Vec::new();
    if data.truncated {
        notes.push(format!("the first {limit} rows"));
    }
    let spec = widget.spec.value();
    let picture = match widget.kind.as_str() {
        "counter" => counter(&spec, &data, &view.dashboard.palette).map(Picture::Counter).map_err(NoChart::Wrong),
        _ if data.rows.is_empty() => Ok(Picture::Empty),
        "table" => table(&spec, &data, &view.dashboard.palette).map(Picture::Table).map_err(NoChart::Wrong),
        "pivot" => draw_pivot(view, widget, query, &data, endpoint).await.map(|(picture, note)| {
            notes.extend(note);
            picture
        }),
        kind => chart::chart(kind, &spec, &data, &view.dashboard.palette).map(|chart| {
            notes.extend(chart.note);
            Picture::Chart { spec: chart.spec, bands: chart.bands, labels: chart.labels, columns: chart.columns }
        }),
    };
    let picture = picture.unwrap_or_else(|e| match e {
        NoChart::Unsupported(reason) => Picture::Unsupported { reason },
        NoChart::Wrong(error) => Picture::Failed { error },
    });
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    Drawing { picture, sql, note }
}

async fn draw_pivot(
    view: &View<'_>,
    widget: &Widget,
    query: &WidgetQuery,
    cells: &Data,
    endpoint: &dyn WidgetQueries,
) -> Result<(Picture, Option<String>), NoChart> {
    let spec = widget.spec.value();
    let wanted = pivot::totals(&spec);
    let (rows, columns) = (pivot::side(&spec, "rows"), pivot::side(&spec, "columns"));
    // a sum of the cells would be wrong for averages and distinct counts: the endpoint counts totals itself
    let totals = async |by: &[String], wanted: bool| -> Result<Option<Data>, NoChart> {
        if !wanted {
            return Ok(None);
        }
        let Built { statement, fields } = view.totals(query, by, CHART_ROWS)?;
        let table: QueryTable = endpoint.run(&statement).await?;
        Ok(Some(Data::new(table, fields, CHART_ROWS)))
    };
    let row_totals = totals(&rows, wanted.column && !columns.is_empty()).await?;
    let column_totals = totals(&columns, wanted.row && !rows.is_empty()).await?;
    let all = totals(&[], row_totals.is_some() && column_totals.is_some()).await?;
    let results = Results { cells, rows: row_totals.as_ref(), columns: column_totals.as_ref(), all: all.as_ref() };
    let (grid, note) = pivot::pivot(&spec, results)?;
    Ok((Picture::Pivot(grid), note))
}
