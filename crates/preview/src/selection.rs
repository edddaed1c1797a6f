//! What is selected: in a parameter's default, in a widget, or by the viewer.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::value::{list, text};

/// A selection. `null` among the values is the missing value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Selection {
    /// Nothing is selected, so everything is shown.
    #[default]
    All,
    /// One value or several.
    Values {
        /// The values as text.
        values: Vec<Option<String>>,
    },
    /// From a least to a greatest value; both belong to it, and either may be open.
    Range {
        /// The least.
        min: Option<String>,
        /// The greatest.
        max: Option<String>,
    },
}

impl Selection {
    /// Values that are all there.
    pub fn of<S: Into<String>>(values: impl IntoIterator<Item = S>) -> Self {
        Self::Values { values: values.into_iter().map(|v| Some(v.into())).collect() }
    }

    /// Reads `{values: {values: [{value}]}}` or `{range: {min, max}}`.
    pub(crate) fn of_file(value: &Value) -> Self {
        if let Some(range) = value["range"].as_object() {
            // an open end has no value, or an empty one
            let end = |key: &str| range.get(key).and_then(|e| text(&e["value"])).filter(|v| !v.trim().is_empty());
            return Self::Range { min: end("min"), max: end("max") };
        }
        match value["values"]["values"].as_array() {
            Some(_) => {
                Self::Values { values: list(&value["values"]["values"]).iter().map(|v| text(&v["value"])).collect() }
            }
            None => Self::All,
        }
    }

    /// Whether it leaves everything in.
    pub(crate) fn is_all(&self) -> bool {
        match self {
            Self::All => true,
            Self::Values { values } => values.is_empty(),
            Self::Range { min, max } => min.is_none() && max.is_none(),
        }
    }

    /// The first value.
    pub fn first(&self) -> Option<&str> {
        match self {
            Self::Values { values } => values.first()?.as_deref(),
            Self::Range { min, .. } => min.as_deref(),
            Self::All => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Selection;

    #[test]
    fn the_forms_of_the_file_are_read() {
        let of = |v| Selection::of_file(&v);
        assert_eq!(of(json!(null)), Selection::All);
        assert_eq!(of(json!({})), Selection::All);
        assert_eq!(
            of(json!({"values": {"dataType": "STRING", "values": [{"value": "a"}, {"value": 2}]}})),
            Selection::of(["a", "2"])
        );
        assert!(of(json!({"values": {"values": []}})).is_all());
        let range = of(json!({"range": {"min": {"value": "now-7d/d"}, "max": {"value": "now/d"}}}));
        assert_eq!(range, Selection::Range { min: Some("now-7d/d".into()), max: Some("now/d".into()) });
        assert!(of(json!({"range": {}})).is_all());
        let open = of(json!({"range": {"min": {"value": "2020-01-01"}, "max": {"value": ""}}}));
        assert_eq!(open, Selection::Range { min: Some("2020-01-01".into()), max: None });
    }
}
