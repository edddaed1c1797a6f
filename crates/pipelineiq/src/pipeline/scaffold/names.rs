//! Which names a new enrichment may take.

use crate::pipeline::Registry;
use piq_diagnostics::Diagnostic;

/// Tables and views that the pipeline makes itself.
const TAKEN: [&str; 7] = [
    "pipelineiq",
    "pipelineiq_view",
    "filtered_usecases",
    "enriched_results",
    "sales_manager_summary_view",
    "field_manager_summary_view",
    "usecase_id",
];

/// Words that SQL reads as its own where a column is expected.
const RESERVED: &str = " all and any array as between both by case cast column create cross current date default delete desc \
distinct double drop else end except exists false filter float for from full function group having in inner insert int \
interval into is join key lateral left like limit map merge minus natural not null on or order outer over partition range \
right row rows select set some string struct table then time timestamp to true union unique unknown update user using \
values view when where window with ";

/// Longest name, in characters: what Unity Catalog allows for a view is more, what people read is less.
const LONGEST: usize = 64;

pub(super) fn check(name: &str, column: &str, registry: &Registry) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let fault = |code, message: String| Diagnostic::error(code, message);
    let first = name.starts_with(|c: char| c.is_ascii_lowercase()) && !column.is_empty();
    let rest = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !first || !rest || name.chars().count() > LONGEST {
        let hint = match suggestion(name) {
            Some(near) => format!("such as `{near}`"),
            None => "such as `competitor_position`".to_owned(),
        };
        let message = format!(
            "`{name}` cannot name an enrichment: use lower-case letters, digits and `_`, a letter first, at most {LONGEST}"
        );
        return vec![fault("bad-name", message).hint(hint)];
    }
    let is = |taken: &str| taken.eq_ignore_ascii_case(name) || taken.eq_ignore_ascii_case(column);
    if TAKEN.into_iter().any(is) || registry.reference.keys().any(|t| is(t)) || name.starts_with("piq_") {
        problems.push(
            fault("name-taken", format!("`{name}` is a table, view or column of the pipeline itself"))
                .hint("choose another name; names that begin with `piq_` are the pipeline's own"),
        );
    }
    if RESERVED.contains(&format!(" {column} ")) {
        problems.push(
            fault("bad-name", format!("`{column}` is a word of SQL"))
                .hint(format!("choose a name that says more, such as `usecase_{column}`")),
        );
    }
    if let Some(e) = registry.enrichments.iter().find(|e| e.name.eq_ignore_ascii_case(name)) {
        problems.push(
            fault("name-taken", format!("the enrichment `{name}` exists already"))
                .hint(format!("edit sql/enrichments/{}.sql, or choose another name", e.name)),
        );
    } else if let Some(e) = registry.enrichments.iter().find(|e| e.columns.keys().any(|c| is(c))) {
        problems.push(
            fault("duplicate-column", format!("the column `{column}` is added by `{}` already", e.name))
                .hint("choose another name"),
        );
    }
    if registry.source_column_names().any(is) {
        problems.push(
            fault("duplicate-column", format!("the source has a column `{column}` already"))
                .hint("the reporting view shows both: choose another name"),
        );
    }
    problems
}

/// The name as it could be written, if that is near at hand.
fn suggestion(name: &str) -> Option<String> {
    let mut out = String::new();
    for c in name.trim().chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    let out: String = out.trim_matches('_').chars().take(LONGEST).collect();
    (out.starts_with(|c: char| c.is_ascii_lowercase()) && out.len() > 1).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::suggestion;

    #[test]
    fn a_name_near_at_hand_is_suggested() {
        assert_eq!(suggestion("Competitor Position!").as_deref(), Some("competitor_position"));
        assert_eq!(suggestion("ai-risk").as_deref(), Some("ai_risk"));
        assert_eq!(suggestion("9lives"), None);
        assert_eq!(suggestion("é"), None);
    }
}
