//! Notebooks as Jupyter has them.

use serde_json::{Value, json};

use super::objects::Language;

/// Refuses content that is not a notebook of format 4.
pub(crate) fn check(content: &[u8]) -> Result<(), String> {
    let notebook: Value =
        serde_json::from_slice(content).map_err(|e| format!("The notebook is not valid JSON: {e}."))?;
    if notebook["nbformat"] != 4 {
        return Err("The notebook is not of nbformat 4.".into());
    }
    if !notebook["cells"].is_array() {
        return Err("The notebook has no list of cells.".into());
    }
    Ok(())
}

/// The source of a notebook, without its first line, as a Jupyter notebook.
pub(crate) fn from_source(source: &str, language: Language, name: &str) -> Vec<u8> {
    let separator = format!("{} COMMAND ----------", language.comment());
    let magic = format!("{} MAGIC ", language.comment());
    let mut cells = vec![Vec::new()];
    for line in source.lines() {
        match cells.last_mut() {
            Some(cell) if line.trim_end() != separator => cell.push(line),
            _ => cells.push(Vec::new()),
        }
    }
    let cell = |lines: Vec<&str>| {
        let text: Vec<&str> = lines.iter().map(|line| line.strip_prefix(&magic).unwrap_or(line)).collect();
        let text = text.join("\n");
        match text.trim().strip_prefix("%md") {
            Some(words) => json!({"cell_type": "markdown", "metadata": {}, "source": lines_of(words.trim_start())}),
            None => json!({"cell_type": "code", "execution_count": 0, "metadata": {}, "outputs": [],
                "source": lines_of(text.trim_matches('\n'))}),
        }
    };
    let language = format!("{language:?}").to_lowercase();
    let notebook = json!({
        "cells": cells.into_iter().map(cell).collect::<Vec<_>>(),
        "metadata": {
            "application/vnd.databricks.v1+notebook": {"language": language, "notebookName": name},
            "language_info": {"name": language},
        },
        "nbformat": 4, "nbformat_minor": 0,
    });
    notebook.to_string().into_bytes()
}

fn lines_of(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_their_kind_and_their_text() {
        let source = "-- MAGIC %md\n-- MAGIC # Title\n\n-- COMMAND ----------\n\nSELECT 1\nFROM t\n";
        let bytes = from_source(source, Language::Sql, "n");
        check(&bytes).unwrap();
        let notebook: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(notebook["cells"][0]["cell_type"], "markdown");
        assert_eq!(notebook["cells"][0]["source"], json!(["# Title"]));
        assert_eq!(notebook["cells"][1]["source"], json!(["SELECT 1\n", "FROM t"]));
        assert_eq!(notebook["metadata"]["language_info"]["name"], "sql");
        for bad in ["[]", "{\"nbformat\": 3, \"cells\": []}", "{\"nbformat\": 4}", "x"] {
            assert!(check(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
