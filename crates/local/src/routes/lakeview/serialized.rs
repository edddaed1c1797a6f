//! What the service makes of the text of a dashboard: it parses it and writes it again.

use serde_json::{Value, json};

use crate::http::ApiError;

/// The text as the service keeps it. A given catalog and schema become those of every dataset, whose query is cut into
/// lines; a page without a type gets one; the layout of the text is the service's own.
pub(super) fn rewrite(text: &str, catalog: Option<&str>, schema: Option<&str>) -> Result<String, ApiError> {
    let mut root: Value = serde_json::from_str(text)
        .map_err(|e| ApiError::invalid(format!("The serialized dashboard is not valid JSON: {e}.")))?;
    if !root.is_object() {
        return Err(ApiError::invalid("The serialized dashboard is not an object."));
    }
    for dataset in objects(&mut root, "datasets") {
        if let Some(query) = dataset.get("query").and_then(Value::as_str) {
            let lines: Vec<Value> = query.split_inclusive('\n').map(|line| json!(line)).collect();
            dataset.shift_remove("query");
            dataset.entry("queryLines").or_insert(Value::Array(lines));
        }
        for (key, value) in [("catalog", catalog), ("schema", schema)] {
            if let Some(value) = value.filter(|v| !v.is_empty()) {
                dataset.insert(key.to_owned(), json!(value));
            }
        }
    }
    for page in objects(&mut root, "pages") {
        page.entry("pageType").or_insert_with(|| json!("PAGE_TYPE_CANVAS"));
    }
    Ok(format!("{root}\n"))
}

fn objects<'v>(root: &'v mut Value, list: &str) -> impl Iterator<Item = &'v mut serde_json::Map<String, Value>> {
    root.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    #[test]
    fn defaults_of_datasets_and_types_of_pages_are_written_in() {
        let text = r#"{ "datasets": [{"name": "d", "schema": "old"}], "pages": [{"name": "p"},
            {"name": "g", "pageType": "PAGE_TYPE_GLOBAL_FILTERS"}] }"#;
        let kept = rewrite(text, Some("main"), None).unwrap();
        assert_eq!(
            kept,
            "{\"datasets\":[{\"name\":\"d\",\"schema\":\"old\",\"catalog\":\"main\"}],\"pages\":[\
             {\"name\":\"p\",\"pageType\":\"PAGE_TYPE_CANVAS\"},{\"name\":\"g\",\
             \"pageType\":\"PAGE_TYPE_GLOBAL_FILTERS\"}]}\n"
        );
        assert_eq!(rewrite(&kept, None, Some("")).unwrap(), kept, "left blank: as it was");
        let query = r#"{"datasets":[{"name":"d","query":"SELECT 1\nFROM t"}],"pages":[]}"#;
        let lines = "{\"datasets\":[{\"name\":\"d\",\"queryLines\":[\"SELECT 1\\n\",\"FROM t\"]}],\"pages\":[]}\n";
        assert_eq!(rewrite(query, None, None).unwrap(), lines);
        assert!(rewrite("[]", None, None).is_err());
        assert!(rewrite("{", None, None).is_err());
    }
}
