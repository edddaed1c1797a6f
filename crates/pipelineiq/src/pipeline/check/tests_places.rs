//! Faults whose place is another than where they are met first: the first thing said is where the author made the slip.

use super::tests::line_and_column;
use super::tests_tables::{Change, said, with};

const BUSINESS: &str = "sql/enrichments/ai_business_types.sql";
const CONFIDENCE: &str = "sql/enrichments/ai_confidence.sql";
const CONTEXT: &str = "sql/enrichments/ai_context.sql";
const ACTION: &str = "sql/enrichments/ai_next_best_action.sql";
const ACCELERATION: &str = "sql/enrichments/ai_slippage_acceleration.sql";
const BRIEF: &str = "sql/summaries/coaching_brief.sql";

/// A change, the code, the text at whose last mention the first fault is, and words of what is said.
type Seeded = (Change, &'static str, &'static str, &'static str);

/// Checks that of each change the first fault is the expected one.
fn assert_first(all: Vec<Seeded>) {
    let mut missed = Vec::new();
    for (change, code, needle, words) in all {
        let content = with(&[Change(change.0, change.1, change.2)]);
        let file = &content[change.0];
        let at = file.text.rfind(needle).unwrap_or_else(|| panic!("{} has no {needle}", change.0));
        let expected = format!("{code} {}:{:?}", change.0, line_and_column(file, at));
        let found = said(&content);
        if !found.first().is_some_and(|f| f.starts_with(&expected) && f.contains(words)) {
            missed.push(format!("{}: expected {expected} … {words}, found {found:#?}", change.2));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_comma_that_an_ai_query_lacks_is_said_at_the_next_argument() {
    assert_first(vec![
        (Change(BUSINESS, "{{ model('extract') }},", "{{ model('extract') }}"), "sql-syntax", "concat(", "a comma"),
        (Change(ACTION, "{{ model('reason') }},", "{{ model('reason') }}"), "sql-syntax", "concat(", "the question"),
        (Change(BRIEF, "{{ model('brief') }},", "{{ model('brief') }}"), "sql-syntax", "concat(", "the question"),
        (
            Change(CONFIDENCE, "    ),\n    responseFormat", "    )\n    responseFormat"),
            "sql-syntax",
            "responseFormat",
            "comma",
        ),
        (
            Change(BUSINESS, "sql_string }},\n    {{ param", "sql_string }}\n    {{ param"),
            "sql-syntax",
            "parameters(",
            "`parameters` makes it",
        ),
        (
            Change(BUSINESS, "{{ parameters('extract', 200) }}", "modelParameters => named_struct('max_tokens', 200)"),
            "sql-syntax",
            "failOnError",
            "comma",
        ),
    ]);
}

#[test]
fn a_fault_of_an_argument_is_shown_at_the_call() {
    assert_first(vec![
        (
            Change(CONFIDENCE, "crm_text(['usecase_name'] + texts + summaries)", "crm_text('usecase_name')"),
            "sql-syntax",
            "crm_text('usecase_name')",
            "`crm_text` makes it",
        ),
        (
            Change(
                BUSINESS,
                "crm_text(['usecase_name', 'usecase_description', 'industry_imperative'])",
                "crm_text([usecase_name])",
            ),
            "template",
            "crm_text([usecase_name])",
            "`crm_text` takes `columns`",
        ),
        (
            Change(CONTEXT, "one_line('context', 800)", "one_line('context')"),
            "template",
            "one_line('context')",
            "`one_line` takes `column`, `chars`",
        ),
        (
            Change(BUSINESS, "model('extract')", "model('extrct')"),
            "template",
            "model('extrct')",
            "`model` takes `role`",
        ),
        (
            Change(BUSINESS, "parameters('extract', 200)", "parameters('extract')"),
            "template",
            "parameters('extract')",
            "`max_tokens`",
        ),
        (
            Change(BUSINESS, "parameters('extract', 200)", "parameters(200, 'extract')"),
            "template",
            "parameters(200",
            "`role`, `max_tokens`",
        ),
        (
            Change(
                ACCELERATION,
                "labels('acceleration_categories', 'type')",
                "labels('accelaration_categories', 'type')",
            ),
            "template",
            "labels('accelaration",
            "`table`",
        ),
        (
            Change("sql/enrichments/ai_usecase_types.sql", "function: ai_classify\n", ""),
            "ai-function",
            "classified(",
            "ai_classify",
        ),
    ]);
}

#[test]
fn a_macro_that_all_its_callers_find_broken_is_at_fault_itself() {
    let macros = "templates/macros.sql.j2";
    assert_first(vec![
        (Change(macros, "pipeline.asked[role].name", "pipeline.askd[role].name"), "template", ".askd", "undefined"),
        (
            Change(macros, "modelParameters => named_struct(", "modelParameters => (1 = NULL) ("),
            "sql-null",
            "NULL) (",
            "IS NULL",
        ),
        (
            Change(macros, "to_json(ai_classify(", "to_jason(ai_classify("),
            "unknown-sql-function",
            "to_jason",
            "did you mean",
        ),
    ]);
    for (from, to) in [
        ("pipeline.asked[role].name", "pipeline.askd[role].name"),
        ("modelParameters => ", "modelParameters => 1 = NULL "),
    ] {
        assert_eq!(said(&with(&[Change(macros, from, to)])).len(), 1, "{to}");
    }
}

#[test]
fn a_column_that_the_query_lacks_is_said_where_another_has_its_place() {
    let older = "sql/enrichments/older_names.sql";
    assert_first(vec![
        (
            Change(older, "AS pain_score", "AS confidence_level"),
            "enrichment-columns",
            "confidence_level,\n  p.impl",
            "stands twice",
        ),
        (
            Change(older, "AS majorblockers_score", "AS measurableimpact_score"),
            "enrichment-columns",
            "measurableimpact_score,",
            "did you mean `majorblockers_score`",
        ),
        (Change(BUSINESS, ") AS answer", ") AS mood"), "enrichment-columns", "mood\n", "where it says `mood`"),
        (Change(BUSINESS, "  usecase_id,\n", "  usecase_id\n"), "enrichment-columns", "SELECT\n", "usecase_id"),
        (
            Change(older, "  n.usecase_id,", "  n.usecase_id, n.usecase_id,"),
            "enrichment-columns",
            "usecase_id,\n",
            "twice",
        ),
    ]);
    let all = |second: &str| {
        let columns = [
            "usecase_id",
            "snapshot_date",
            second,
            "usecase_description",
            "account_name",
            "sales_manager",
            "field_manager",
            "stage",
            "estimated_monthly_dollar_dbus",
            "target_onboarding_date",
            "target_live_date",
        ];
        format!("SELECT\n  a AS usecase_name,\n{}\nFROM t", columns.map(|c| format!("  x AS {c}")).join(",\n"))
    };
    let mut content = with(&[]);
    let path = "sql/source.sql";
    content.insert(path.to_owned(), piq_diagnostics::Source::new(path, all("usecase_name")));
    let found = said(&content);
    assert!(
        found[0].starts_with("source-column sql/source.sql:(5, 8) the mapping gives `usecase_name` twice"),
        "{found:#?}"
    );
}
