//! Reads a dashboard file part by part, so that a file of many megabytes is never in memory as one tree.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Hands `take` each dataset and each page of a dashboard's text, in the order of the file, and every other key of the
/// top level with its value.
///
/// # Errors
/// One line: why the text is not a dashboard.
pub(crate) fn each_part(text: &str, mut take: impl FnMut(&str, Value)) -> Result<(), String> {
    let text = text.trim_start_matches('\u{feff}');
    let not_json = |e: serde_json::Error| format!("the file is not JSON: {e}");
    if !text.trim_start().starts_with('{') {
        serde_json::from_str::<IgnoredAny>(text).map_err(not_json)?;
        return Err("not a dashboard: the top level must be a JSON object".to_owned());
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    Top(&mut take).deserialize(&mut reader).map_err(not_json)?;
    reader.end().map_err(not_json)
}

/// The top level.
struct Top<'t, F>(&'t mut F);

impl<'de, F: FnMut(&str, Value)> DeserializeSeed<'de> for Top<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de, F: FnMut(&str, Value)> Visitor<'de> for Top<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if matches!(key.as_str(), "datasets" | "pages") {
                map.next_value_seed(Parts { key: &key, take: self.0 })?;
            } else {
                (self.0)(&key, map.next_value()?);
            }
        }
        Ok(())
    }
}

/// The list of datasets or pages. Something else in its place has no parts.
struct Parts<'t, F> {
    key: &'t str,
    take: &'t mut F,
}

impl<'de, F: FnMut(&str, Value)> DeserializeSeed<'de> for Parts<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de, F: FnMut(&str, Value)> Visitor<'de> for Parts<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<(), S::Error> {
        while let Some(part) = list.next_element()? {
            (self.take)(self.key, part);
        }
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::each_part;

    fn parts(text: &str) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        each_part(text, |key, value| found.push(format!("{key} {value}")))?;
        Ok(found)
    }

    #[test]
    fn lists_come_part_by_part_and_the_rest_whole() {
        let found = parts("\u{feff} {\"pages\": [1, {\"a\": []}], \"ui\": [2], \"datasets\": [\"x\"]}");
        assert_eq!(found.expect("parts"), ["pages 1", "pages {\"a\":[]}", "ui [2]", "datasets \"x\""]);
        for no_list in ["{\"a\": 1}", "null", "true", "-3", "4", "1.5", "\"x\""] {
            assert_eq!(parts(&format!("{{\"pages\": {no_list}}}")).expect("no parts"), [""; 0]);
        }
    }

    #[test]
    fn an_error_says_what_is_wrong() {
        for (text, why) in [
            ("", "not JSON"),
            ("{", "not JSON"),
            ("{} x", "not JSON"),
            ("{\"pages\": [1,]}", "not JSON"),
            ("[]", "must be a JSON object"),
            ("3", "must be a JSON object"),
        ] {
            assert!(parts(text).expect_err("no dashboard").contains(why), "{text}");
        }
    }
}
