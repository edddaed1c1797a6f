//! Diagnostics as SARIF 2.1.0, which code scanning of GitHub, GitLab and Azure DevOps reads.

use serde_json::{Value, json};

use super::{Diagnostic, Label, Severity};

/// One SARIF log with all diagnostics as the results of one run of the tool with this version.
pub fn sarif(diagnostics: &[Diagnostic], version: &str) -> String {
    let mut rules: Vec<&str> = diagnostics.iter().map(|d| d.code).collect();
    rules.sort_unstable();
    rules.dedup();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "piq",
                "version": version,
                "rules": rules.iter().map(|code| json!({"id": code})).collect::<Vec<_>>(),
            }},
            // columns are counted in characters
            "columnKind": "unicodeCodePoints",
            "results": diagnostics.iter().map(result).collect::<Vec<_>>(),
        }],
    });
    format!("{log}\n")
}

fn result(d: &Diagnostic) -> Value {
    let lines: Vec<&str> = std::iter::once(d.message.as_str()).chain(d.hints.iter().map(String::as_str)).collect();
    let related: Vec<Value> = d.labels.iter().skip(1).map(related).collect();
    json!({
        "ruleId": d.code,
        "level": match d.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": {"text": lines.join("\n")},
        "locations": d.labels.first().map(location).into_iter().collect::<Vec<_>>(),
        "relatedLocations": related,
    })
}

fn location(label: &Label) -> Value {
    let ((line, column), (end_line, end_column)) = (label.place.line_column(), label.place.end_line_column());
    json!({
        "physicalLocation": {
            "artifactLocation": {"uri": label.place.source.path},
            "region": {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column},
        },
    })
}

fn related(label: &Label) -> Value {
    let mut found = location(label);
    found["message"] = json!({"text": label.text});
    found
}

#[cfg(test)]
mod tests {
    use super::super::{Diagnostic, Source, Span};
    use super::sarif;

    #[test]
    fn a_diagnostic_is_a_result_of_a_rule_at_its_lines() {
        let source = Source::new("bundle/databricks.yml", "bundle:\n  nam: x\n");
        let found = Diagnostic::error("unknown-key", "unknown key `nam`")
            .label(Span::new(&source, 10..13), "here")
            .label(Span::new(&source, 0..6), "in this")
            .hint("did you mean `name`?");
        let log: serde_json::Value = serde_json::from_str(&sarif(&[found], "1.2.3")).expect("JSON");
        let (run, result) = (&log["runs"][0], &log["runs"][0]["results"][0]);
        assert_eq!(
            (&log["version"], &run["tool"]["driver"]["rules"][0]["id"]),
            (&"2.1.0".into(), &"unknown-key".into())
        );
        assert_eq!((&result["level"], &result["ruleId"]), (&"error".into(), &"unknown-key".into()));
        assert_eq!(result["message"]["text"], "unknown key `nam`\ndid you mean `name`?");
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert_eq!((region["startLine"].as_u64(), region["startColumn"].as_u64()), (Some(2), Some(3)));
        assert_eq!(result["relatedLocations"][0]["message"]["text"], "in this");
        let empty: serde_json::Value = serde_json::from_str(&sarif(&[], "1")).expect("JSON");
        assert_eq!(empty["runs"][0]["results"], serde_json::json!([]));
    }
}
