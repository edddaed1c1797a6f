//! Why an answer is not valid, in words: the same bounds that the statement checks.

use serde_json::Value;

use crate::pipeline::Enrichment;

/// What is wrong with an answer that the statement found invalid.
pub(super) fn reasons(e: &Enrichment, output: Option<&str>) -> Vec<String> {
    let Some(text) = output else { return vec!["the model gave no answer".to_owned()] };
    let Ok(answer) = serde_json::from_str::<Value>(text) else {
        return vec!["the answer is not JSON".to_owned()];
    };
    let mut found = Vec::new();
    for (name, p) in &e.answer {
        match (&answer[name], p.kind.as_str()) {
            (Value::Null, _) => found.push(format!("`{name}` is missing")),
            (Value::String(text), "string") => {
                let count = text.chars().count();
                let shortest = p.min_length.unwrap_or(0) as usize;
                if !p.values.is_empty() && !p.values.contains(text) {
                    found.push(format!("expected one of {} for `{name}`, found `{text}`", p.values.join(", ")));
                }
                if text.trim().chars().count() < shortest {
                    found.push(format!("expected at least {shortest} characters in `{name}`, found {count}"));
                }
                if let Some(longest) = p.max_length.filter(|most| count > *most as usize) {
                    found.push(format!("expected at most {longest} characters in `{name}`, found {count}"));
                }
            }
            (value, "string") => found.push(format!("expected a text for `{name}`, found {value}")),
            (value, _) => match value.as_i64() {
                None => found.push(format!("expected a whole number for `{name}`, found {value}")),
                Some(number) => {
                    let (low, high) = (p.minimum.unwrap_or(i64::MIN), p.maximum.unwrap_or(i64::MAX));
                    if !(low..=high).contains(&number) {
                        found.push(format!("expected {low} to {high} for `{name}`, found {number}"));
                    }
                }
            },
        }
    }
    for (name, column) in e.columns.iter().filter(|(_, column)| !column.json) {
        let value = &answer[name];
        let is_blank = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        if is_blank && !column.nullable && !found.iter().any(|f| f.contains(&format!("`{name}`"))) {
            found.push(format!("`{name}` is empty"));
        }
        if let Some(text) = value
            .as_str()
            .filter(|t| !column.allowed_values.is_empty() && !column.allowed_values.iter().any(|v| v == t))
        {
            found.push(format!("expected one of {} for `{name}`, found `{text}`", column.allowed_values.join(", ")));
        }
    }
    if found.is_empty() {
        let rules = e.columns.iter().filter_map(|(name, c)| c.valid.as_ref().map(|rule| format!("`{name}`: {rule}")));
        found.extend(rules.map(|rule| format!("the answer does not meet the rule `valid` of {rule}")));
    }
    if found.is_empty() {
        found.push("a field of the answer is there twice, or is not of its type".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use piq_diagnostics::Source;

    use super::reasons;
    use crate::pipeline::Enrichment;

    fn question() -> Enrichment {
        let text = "/*\nsummary: A summary.\nfunction: ai_query\nprompt_version: \"1\"\ninputs: [usecase_name]\nanswer:\n  motion: {type: string, enum: [New, Renewal], description: x}\n  score: {type: integer, minimum: 0, maximum: 10, description: x}\n  why: {type: string, minLength: 3, maxLength: 8, description: x}\ncolumns:\n  motion: {type: STRING, comment: Motion.}\n  score: {type: INT, comment: Score.}\n  why: {type: STRING, comment: Why., valid: \"length(why) > 4\"}\n*/\nSELECT usecase_id, ai_query('m', usecase_name) AS answer FROM filtered_usecases\n";
        Enrichment::parse("deal_motion", text, &Source::new("sql/enrichments/deal_motion.sql", text)).expect("parses")
    }

    #[test]
    fn each_fault_of_an_answer_is_named() {
        let e = question();
        let said = |output: &str| reasons(&e, Some(output)).join("; ");
        assert_eq!(reasons(&e, None), ["the model gave no answer"]);
        assert_eq!(said("words"), "the answer is not JSON");
        assert_eq!(said(r#"{"motion": "New", "score": 3}"#), "`why` is missing");
        assert_eq!(
            said(r#"{"motion": "Old", "score": 11, "why": "much too long"}"#),
            "expected one of New, Renewal for `motion`, found `Old`; expected 0 to 10 for `score`, found 11; \
             expected at most 8 characters in `why`, found 13"
        );
        assert_eq!(
            said(r#"{"motion": "New", "score": "3", "why": "good"}"#),
            "expected a whole number for `score`, found \"3\""
        );
        assert_eq!(
            said(r#"{"motion": "New", "score": 3, "why": "good"}"#),
            "the answer does not meet the rule `valid` of `why`: length(why) > 4"
        );
    }
}
