//! One encoding of a chart: its column, type, title, format and axis.

use serde_json::{Value, json};

use super::super::cell::{Data, TableCell};
use super::super::expression::Unit;
use super::super::format::Format;
use super::super::value::display_value;

/// What a scale does with values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScaleType {
    /// Bands, one for each value.
    Nominal,
    /// Numbers.
    Quantitative,
    /// Times.
    Temporal,
}

/// An encoding.
#[derive(Debug, Clone)]
pub(crate) struct Channel<'a> {
    /// Its column.
    pub column: usize,
    /// Its shown name.
    pub title: String,
    /// How its values are written.
    pub format: Format,
    /// Its type.
    pub kind: ScaleType,
    /// The unit that its times are truncated to.
    pub unit: Option<Unit>,
    /// As the file has it.
    pub encoding: &'a Value,
}

impl<'a> Channel<'a> {
    /// Reads `encoding`, whose field may stand in it or in `field`; nothing if it names none.
    pub(crate) fn read(data: &Data, encoding: &'a Value, field: &'a Value) -> Result<Option<Self>, String> {
        let Some(name) = display_value(&field["fieldName"]) else { return Ok(None) };
        let column = data.column(&name).ok_or_else(|| format!("the widget's query has no field `{name}`"))?;
        let unit = data.unit(column);
        let kind = kind(data, column, encoding["scale"]["type"].as_str().unwrap_or_default());
        let own = if field["format"].is_object() { field } else { encoding };
        let mut format = Format::of_encoding(own);
        if format.is_automatic() && unit.is_some() {
            format = Format::of_unit(unit);
        }
        Ok(Some(Self {
            column,
            title: display_value(&field["displayName"]).unwrap_or(name),
            format,
            kind,
            unit,
            encoding,
        }))
    }

    /// Reads an encoding that must be there.
    pub(crate) fn required(data: &Data, encoding: &'a Value, what: &str) -> Result<Self, String> {
        Self::read(data, encoding, encoding)?.ok_or_else(|| format!("the widget has no field for its {what}"))
    }

    /// The value as a category.
    pub(crate) fn category(&self, cell: &TableCell) -> String {
        if *cell == TableCell::Null { "null".to_owned() } else { self.format.text(cell) }
    }

    /// `axis` of a position.
    pub(crate) fn axis(&self) -> Value {
        let axis = &self.encoding["axis"];
        let title = match (axis["hideTitle"] == true, display_value(&axis["title"])) {
            (true, _) => Value::Null,
            (false, Some(title)) => json!(title),
            (false, None) => json!(self.title),
        };
        let mut out = json!({"title": title});
        if axis["hideLabels"] == true {
            out["labels"] = json!(false);
            out["ticks"] = json!(false);
        }
        if axis["hideGrid"] == true {
            out["grid"] = json!(false);
        }
        if let Some(angle) = axis["labelAngle"].as_f64() {
            out["labelAngle"] = json!(angle);
        }
        let interval = match self.unit {
            Some(Unit::Month) => Some("month"),
            Some(Unit::Year) => Some("year"),
            _ => None,
        };
        if let Some(interval) = interval.filter(|_| self.kind == ScaleType::Temporal) {
            // a tick between two months would mean nothing
            out["tickCount"] = json!(interval);
            out["format"] = json!(if interval == "year" { "%Y" } else { "%b %Y" });
        }
        if self.kind == ScaleType::Quantitative {
            out["labelExpr"] = json!(self.format.axis_labels());
        }
        out
    }

    /// `scale` of a position of numbers or times.
    pub(crate) fn scale(&self) -> Value {
        let scale = &self.encoding["scale"];
        let mut out = json!({});
        if self.kind == ScaleType::Temporal {
            out["type"] = json!("utc");
        } else if scale["fn"]["type"].is_string() {
            // a logarithm has no zero for bars to stand on
            out["type"] = json!("symlog");
        }
        for (key, end) in [
            ("domainMin", &scale["domainMin"]),
            ("domainMin", &scale["domain"]["min"]),
            ("domainMax", &scale["domainMax"]),
            ("domainMax", &scale["domain"]["max"]),
        ] {
            if let Some(number) = end.as_f64().or_else(|| end["value"].as_f64()) {
                out[key] = json!(number);
            }
        }
        if self.kind == ScaleType::Quantitative && scale["reverse"] == true {
            out["reverse"] = json!(true);
        }
        out
    }
}

fn kind(data: &Data, column: usize, wanted: &str) -> ScaleType {
    match wanted {
        "quantitative"
            if data.rows.is_empty()
                || data.rows.iter().any(|r| r.get(column).is_some_and(|c| c.number().is_some())) =>
        {
            ScaleType::Quantitative
        }
        "temporal" if data.rows.is_empty() || data.is_time(column) => ScaleType::Temporal,
        "categorical" | "quantitative" | "temporal" => ScaleType::Nominal,
        _ if data.is_numeric(column) => ScaleType::Quantitative,
        _ if data.is_time(column) => ScaleType::Temporal,
        _ => ScaleType::Nominal,
    }
}
