//! Reports for people: headings, lines and tables of rows. A row is any value that serializes; the columns say which of
//! its fields are shown and how.
//!
//! On a terminal, texts wrap between words at its width. In a file or pipe nothing wraps.

use comfy_table::{Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde::Serialize;
use serde_json::Value;

use crate::output::number::{dollars, thousands};
use crate::output::style::{bold, dim, word_colour};
use crate::output::wrap::wrap;

/// How the field of a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FieldFormat {
    Text,
    Dim,
    State,
    Mark,
    Count,
    Points,
    Percent,
    Dollars,
}

/// A column of a report's table: a field of the rows, its heading and its format.
#[derive(Debug, Clone)]
pub(crate) struct ReportColumn {
    heading: String,
    /// Dots lead into objects.
    field: &'static str,
    format: FieldFormat,
    right: bool,
}

impl ReportColumn {
    /// At the right, for texts that hold numbers.
    pub(crate) fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// Another heading than the field's name.
    pub(crate) fn titled(mut self, heading: &str) -> Self {
        self.heading = heading.to_owned();
        self
    }

    fn cell(&self, row: &Value) -> Cell {
        let value = row.pointer(&format!("/{}", self.field.replace('.', "/"))).unwrap_or(&Value::Null);
        let number = || value.as_f64().unwrap_or_default();
        let missing = if matches!(self.format, FieldFormat::Points | FieldFormat::Percent) { "–" } else { "" };
        let shown = match (value, self.format) {
            (Value::Null, FieldFormat::Text | FieldFormat::Dim | FieldFormat::State | FieldFormat::Mark) => {
                String::new()
            }
            (Value::Null, _) => missing.to_owned(),
            // a text in a column of numbers is shown as it is
            (Value::String(text), FieldFormat::State) => text.replace('_', " "),
            (Value::String(text), _) => text.clone(),
            (Value::Bool(good), FieldFormat::Mark) => if *good { "✓" } else { "✗" }.to_owned(),
            (_, FieldFormat::Count) if number() >= 0.0 && number().fract() == 0.0 => thousands(number() as u64),
            (_, FieldFormat::Points) => format!("{:.2}", number()),
            (_, FieldFormat::Percent) => format!("{:.0} %", 100.0 * number()),
            (_, FieldFormat::Dollars) => dollars(number()),
            (other, _) => other.to_string(),
        };
        let colour = match self.format {
            FieldFormat::State => value.as_str().and_then(word_colour),
            FieldFormat::Mark => word_colour(&shown),
            _ => None,
        };
        let mut cell = Cell::new(shown).set_alignment(self.alignment());
        if let Some(colour) = colour {
            cell = cell.fg(colour);
        }
        if self.format == FieldFormat::Dim && !cell.content().is_empty() {
            cell = cell.add_attribute(Attribute::Dim);
        }
        cell
    }

    fn alignment(&self) -> CellAlignment {
        if self.right { CellAlignment::Right } else { CellAlignment::Left }
    }
}

fn column(field: &'static str, format: FieldFormat) -> ReportColumn {
    let heading = field.rsplit('.').next().unwrap_or(field).replace('_', " ");
    use FieldFormat::{Dim, Mark, State, Text};
    ReportColumn { heading, field, format, right: !matches!(format, Text | Dim | State | Mark) }
}

/// A text, at the left.
pub(crate) fn text(field: &'static str) -> ReportColumn {
    column(field, FieldFormat::Text)
}

/// A remark in dim letters, without a heading.
pub(crate) fn remark(field: &'static str) -> ReportColumn {
    column(field, FieldFormat::Dim).titled("")
}

/// A word such as `failed`, in the colour of what it means.
pub(crate) fn state(field: &'static str) -> ReportColumn {
    column(field, FieldFormat::State)
}

/// ✓ for true, ✗ for false, without a heading.
pub(crate) fn mark(field: &'static str) -> ReportColumn {
    column(field, FieldFormat::Mark).titled("")
}

/// A count.
pub(crate) fn count(field: &'static str) -> ReportColumn {
    column(field, FieldFormat::Count)
}

/// A number with two decimals.
pub(crate) fn points(field: &'static str) -> ReportColumn {
    column(field, FieldFormat::Points)
}

/// A share from 0 to 1, in percent.
pub(crate) fn percent(field: &'static str) -> ReportColumn {
    column(field, FieldFormat::Percent)
}

/// Dollars with cents.
pub(crate) fn cost(field: &'static str) -> ReportColumn {
    column(field, FieldFormat::Dollars)
}

/// A report in the making.
#[derive(Debug)]
pub(crate) struct ReportTable {
    out: String,
    width: Option<u16>,
}

impl ReportTable {
    /// For standard output: as wide as its terminal, or without a limit.
    pub(crate) fn new() -> Self {
        Self::of_width(Table::new().width())
    }

    fn of_width(width: Option<u16>) -> Self {
        Self { out: String::new(), width: width.map(|w| w.max(40)) }
    }

    /// Begins a section: a bold title and what follows it on its line.
    pub(crate) fn section(&mut self, title: &str, rest: &str) -> &mut Self {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.wrapped(&format!("{} {rest}", bold(title)), 0, None)
    }

    /// A line, indented.
    pub(crate) fn line(&mut self, text: &str) -> &mut Self {
        self.wrapped(text, 2, None)
    }

    /// A line in the style that `paint` gives.
    pub(crate) fn painted(&mut self, paint: fn(&str) -> String, text: &str) -> &mut Self {
        self.wrapped(text, 2, Some(paint))
    }

    /// `label: text`, indented by `indent`; nothing without a text.
    pub(crate) fn field(&mut self, indent: usize, label: &str, text: Option<&str>) -> &mut Self {
        match text.filter(|t| !t.is_empty()) {
            Some(text) => self.wrapped(&format!("{} {text}", dim(&format!("{label}:"))), indent, None),
            None => self,
        }
    }

    /// A line without an indent.
    pub(crate) fn top(&mut self, text: &str) -> &mut Self {
        self.wrapped(text, 0, None)
    }

    /// The fields of `rows` as a table; nothing without rows.
    pub(crate) fn rows<T: Serialize>(&mut self, rows: &[T], columns: &[ReportColumn]) -> &mut Self {
        if rows.is_empty() {
            return self;
        }
        let mut table = self.plain_table();
        table.style_text_only();
        if columns.iter().any(|c| !c.heading.is_empty()) {
            let heading = |c: &ReportColumn| {
                let cell = Cell::new(&c.heading).set_alignment(c.alignment());
                // a style of an empty text would keep the spaces before it
                if c.heading.is_empty() { cell } else { cell.add_attribute(Attribute::Dim) }
            };
            table.set_header(columns.iter().map(heading));
        }
        for row in rows {
            let row = serde_json::to_value(row).unwrap_or_default();
            table.add_row(columns.iter().map(|c| c.cell(&row)));
        }
        for (at, format) in columns.iter().map(|c| c.format).enumerate() {
            let cells = table.column_cells_with_header_iter(at).flatten().map(Cell::content).collect::<Vec<_>>();
            let words = cells.iter().flat_map(|c| c.split_whitespace()).map(|w| w.chars().count()).max().unwrap_or(0);
            let wraps = matches!(format, FieldFormat::Text | FieldFormat::Dim);
            let Some(column) = table.column_mut(at) else { continue };
            column.set_padding((if at == 0 { 2 } else { 0 }, 2));
            let least = u16::try_from(words).unwrap_or(u16::MAX).saturating_add(if at == 0 { 4 } else { 2 });
            column.set_constraint(if wraps {
                ColumnConstraint::LowerBoundary(Width::Fixed(least))
            } else {
                ColumnConstraint::ContentWidth
            });
        }
        self.push(&table);
        self
    }

    /// The whole text.
    pub(crate) fn finish(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    fn plain_table(&self) -> Table {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).enforce_styling();
        match self.width {
            Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        table
    }

    fn push(&mut self, table: &Table) {
        for line in table.lines() {
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }

    fn wrapped(&mut self, text: &str, indent: usize, paint: Option<fn(&str) -> String>) -> &mut Self {
        let width = self.width.map_or(usize::MAX, |w| usize::from(w).saturating_sub(indent));
        for line in wrap(text.trim_end(), width) {
            self.out.push_str(&" ".repeat(indent));
            self.out.push_str(&paint.map_or_else(|| line.clone(), |paint| paint(&line)));
            self.out.push('\n');
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ReportTable, cost, count, mark, percent, remark, state, text};

    fn plain(report: &mut ReportTable) -> String {
        anstream::adapter::strip_str(&report.finish()).to_string()
    }

    #[test]
    fn fields_become_columns_in_their_formats() {
        let rows = [
            json!({"name": "a", "last": {"status": "wrong_type"}, "calls": 1200, "share": 0.5, "usd": 2000.4, "good": true}),
            json!({"name": "longer", "last": null, "calls": 7, "share": null, "usd": 1, "good": false, "note": "why"}),
        ];
        let columns = [
            text("name"),
            state("last.status"),
            count("calls"),
            percent("share"),
            cost("usd"),
            mark("good"),
            remark("note"),
        ];
        let mut report = ReportTable::of_width(None);
        report.section("Costs", "of a run").rows(&rows, &columns);
        insta::assert_snapshot!(plain(&mut report), @r"
        Costs of a run
          name    status      calls  share        usd
          a       wrong type  1,200   50 %  $2,000.40  ✓
          longer                  7      –      $1.00  ✗  why
        ");
    }

    #[test]
    fn nothing_wraps_inside_words() {
        let words = "several unbreakable_words_of_some_length in a sentence that is wider than the terminal is";
        let rows = [json!({"key": "a_key_that_is_not_broken", "calls": 3, "text": words})];
        for width in [80, 60, 44] {
            let mut report = ReportTable::of_width(Some(width));
            report.line(words).rows(&rows, &[text("key"), count("calls"), text("text")]);
            let shown = plain(&mut report);
            let found: Vec<&str> = shown.split_whitespace().collect();
            for word in words.split(' ').chain(["a_key_that_is_not_broken"]) {
                assert!(found.contains(&word), "{word} at {width}:\n{shown}");
            }
            assert!(width < 80 || shown.lines().all(|l| l.chars().count() <= usize::from(width)), "{width}:\n{shown}");
        }
    }
}
