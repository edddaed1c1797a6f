//! Faults whose place is another than where they are met first: the first thing said is where the author made the slip.

use super::tests::{line_and_column, rendered};
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
            Change(macros, "modelParameters => named_struct(", "modelParameters => (1 = NULL) = ("),
            "sql-null",
            "NULL) = (",
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

#[test]
fn a_column_that_a_table_lacks_is_said_at_its_first_line_and_nothing_else_is() {
    for (table, from, to, near) in [
        ("ref_stage", "expected_days_to_live", "expected_day_to_live", true),
        ("ref_stage", "probability", "probabilty", true),
        ("ref_stage", "terminal", "terminl", true),
        ("ref_slip_signals", "points", "point", true),
        ("ref_slip_signals", "reads", "read", true),
        ("ref_override_rules", "highest_level", "higest_level", true),
        ("ref_override_rules", "cap", "caps", true),
        ("ref_confidence_rubric", "unknown_score", "unknwn_score", true),
        ("ref_confidence_bands", "forecast_share", "forcast_share", true),
        ("ref_risk_bands", "min_points", "min_point", true),
        ("ref_targets", "target_monthly_dollars", "target_dollars", true),
        ("ref_targets", "manager", "manger", true),
        ("ref_manager_hierarchy", "leader", "leaders", true),
        ("ref_fiscal_calendar", "fiscal_quarter", "quarter", true),
        ("ref_model_prices", "function", "functions", true),
        ("ref_model_prices", "output_usd_per_million_tokens", "output_usd_per_milion_tokens", true),
        ("ref_accel_weights", "part", "parts", true),
        ("ref_accel_rules", "condition", "conditon", true),
        ("ref_figures", "relation", "relations", true),
        ("ref_contradictions", "condition", "conditions", true),
        ("slippage_categories", "type", "typ", true),
        ("ref_gpu_signals", "pattern", "patern", true),
    ] {
        let path = format!("sql/reference/{table}.csv");
        let mut content = with(&[]);
        let text = content[&path].text.replacen(from, to, 1);
        let at =
            line_and_column(&content[&path], if near { text.find(&format!(",{to}")).map_or(0, |i| i + 1) } else { 0 });
        content.insert(path.clone(), piq_diagnostics::Source::new(path.clone(), text));
        let found = said(&content);
        let expected = format!("missing-column {path}:{at:?} expected a column `{from}`");
        assert!(found.len() == 1 && found[0].starts_with(&expected), "{expected}: {found:#?}");
        assert!(!near || found[0].contains(&format!("where it says `{to}`")), "{found:#?}");
    }
    let mut content = with(&[]);
    let path = "sql/reference/ref_accel_weights.csv";
    let text = content[path].text.lines().map(|line| format!("{line},x\n")).collect::<String>();
    content.insert(path.to_owned(), piq_diagnostics::Source::new(path, text.replacen(",x", ",descriptions", 1)));
    assert_eq!(said(&content), [] as [&str; 0], "more columns are allowed");
}

#[test]
fn the_sql_of_tables_is_checked_in_each_cell() {
    let caps = "sql/reference/ref_override_rules.csv";
    let figures = "sql/reference/ref_figures.csv";
    let gpu = "sql/reference/ref_gpu_signals.csv";
    let derived = "sql/derived_columns.csv";
    assert_first(vec![
        (Change(caps, "Medium,num_of_blockers > 3,", "Medium,,"), "empty-field", ",More than three", "a condition"),
        (
            Change("sql/reference/ref_slip_signals.csv", "usecase,days_to_live < 0,", "usecase,,"),
            "empty-field",
            ",The target live date has passed",
            "condition",
        ),
        (
            Change("sql/reference/ref_accel_rules.csv", "SPARE_DAYS,spare_days > 0,", "SPARE_DAYS,,"),
            "empty-field",
            ",",
            "condition",
        ),
        (
            Change(figures, "sum(num_of_blockers)", "sum(num_of_blocker)"),
            "unknown-column",
            "num_of_blocker)",
            "`num_of_blockers`",
        ),
        (
            Change(figures, "sum(change_dollars)", "sum(change_dolars)"),
            "unknown-column",
            "change_dolars",
            "`change_dollars`",
        ),
        (Change(figures, "sum(weighted_dollars)", "summ(weighted_dollars)"), "unknown-sql-function", "summ(", "`sum`"),
        (
            Change(figures, "sum(weighted_dollars)", "sum(weighted_dollars"),
            "sql-bracket",
            "(weighted_dollars,",
            "close it",
        ),
        (
            Change(
                figures,
                "SELECT usecase_id FROM piq_attention WHERE place",
                "SELECT usecase_id FROM piq_attention WHERE plase",
            ),
            "unknown-column",
            "plase",
            "`place`",
        ),
        (
            Change(figures, "FROM piq_attention", "FROM pipelineiq_vew"),
            "unknown-relation",
            "pipelineiq_vew",
            "pipelineiq_view",
        ),
        (Change(gpu, "\\bgpus?\\b", "\\b(gpus?\\b"), "field-type", "\\b(gpus?", "whose brackets match"),
        (Change(derived, "'^[Uu][0-9]'", "'^[Uu][0-9'"), "sql-pattern", "'^[Uu][0-9'", "`[` is not closed"),
        (
            Change(BUSINESS, "FROM filtered_usecases", "FROM filtered_usecases\nWHERE usecase_name RLIKE '(a'"),
            "sql-pattern",
            "'(a'",
            "`(` is not closed",
        ),
    ]);
    let own = with(&[Change(
        figures,
        "pipelineiq_view,sum(num_of_blockers),is_open",
        "main.ours.extra,sum(our_column),our_flag",
    )]);
    assert_eq!(said(&own), [] as [&str; 0], "of a table of the project's own the columns are not known");
}

#[test]
fn of_two_places_that_do_not_fit_the_one_with_the_slip_is_said() {
    let signals = "sql/enrichments/slippage_signals.sql";
    let weights = "sql/reference/ref_accel_weights.csv";
    assert_first(vec![
        (
            Change(signals, "points('confidence')", "points('confidense')"),
            "unknown-value",
            "confidense",
            "did you mean `confidence`?",
        ),
        (
            Change(weights, "confidence,40", "confidense,40"),
            "unknown-value",
            "confidense",
            "did you mean `confidence`?",
        ),
        (
            Change(BRIEF, "inputs: [manager, top_list]", "inputs: [manager, top_lst]"),
            "unknown-input",
            "top_lst",
            "`top_list`",
        ),
        (
            Change(
                "sql/enrichments/ai_usecase_types.sql",
                "classified(crm_text(['usecase_name', 'usecase_description', 'industry_imperative']), labels('ref_usecase_types', 'type'))",
                "classified(labels('ref_usecase_types', 'type'), crm_text(['usecase_name', 'usecase_description', 'industry_imperative']))",
            ),
            "classify-call",
            "classified(",
            "the text first",
        ),
        (
            Change(
                "sql/enrichments/ai_usecase_types.sql",
                "classified(crm_text(['usecase_name', 'usecase_description', 'industry_imperative']), labels('ref_usecase_types', 'type'))",
                "classified(['New', 'Old'], crm_text(['usecase_name', 'usecase_description', 'industry_imperative']))",
            ),
            "classify-call",
            "classified(",
            "the text first",
        ),
    ]);
}

#[test]
fn a_condition_that_its_query_cannot_read_is_said_in_its_table() {
    assert_first(vec![(
        Change(
            "sql/reference/ref_accel_rules.csv",
            "STAGE,stage_rank",
            "REGION,sales_region = 'EMEA',It is in EMEA\nSTAGE,stage_rank",
        ),
        "unknown-column",
        "sales_region",
        "no table or subquery",
    )]);
}

#[test]
fn a_fault_of_the_answer_is_said_where_it_is_set() {
    assert_first(vec![
        (
            Change(BUSINESS, "'minLength': 3", "'minLength': 'three'"),
            "answer-form",
            "minLength': 'three'",
            "a whole number",
        ),
        (
            Change(BUSINESS, "attribute='family'", "attribute='famly'"),
            "answer-form",
            "enum': reference",
            "the attribute",
        ),
        (
            Change(ACTION, "'description': 'Who has to act'", "'desciption': 'Who has to act'"),
            "answer-form",
            "desciption",
            "`description`",
        ),
        (
            Change(ACTION, "'minLength': 10, 'maxLength'", "'minLength': 10, 'maxlength'"),
            "answer-form",
            "maxlength",
            "`maxLength`",
        ),
        (Change(BUSINESS, "'type': 'string'", "'type': 'strng'"), "answer-form", "strng", "`string`"),
    ]);
}

#[test]
fn what_a_file_lacks_is_said_where_it_should_be() {
    let parsed = "sql/enrichments/parsed_confidence.sql";
    assert_first(vec![
        (
            Change(parsed, "{%- endfor %}\n  CAST(", "  CAST("),
            "template",
            "{%- for d in reference.ref_confidence_rubric %}\n  evidence",
            "{% endfor %}",
        ),
        (Change(parsed, "import as_prepared,", "import as_prepard,"), "template", "as_prepard,", "`as_prepared`"),
        (Change(parsed, "clean('u.' ~ t)", "clean('u' ~ t)"), "text-input", "clean('u' ~ t)", "uusecase_name"),
        (Change(CONTEXT, "    comment: Why", "   comment: Why"), "yaml", "comment: Why", "3 blanks"),
        (Change("sql/pipeline.yml", "  blocker_points", "   blocker_points"), "yaml", "blocker_points", "2 blanks"),
    ]);
    assert_eq!(rendered(&with(&[])).expect("it renders").registry.warnings, []);
    let path = "sql/enrichments/deal_motion.sql";
    let text = "/*\nsummary: What kind of deal it is.\nfunction: ai_classify\nprompt_version: \"1\"\ninputs: [usecase_name]\ncolumns:\n  deal_motion:\n    type: STRING\n    comment: Kind of deal.\n    on_empty: \"'None'\"\n*/\nSELECT\n  usecase_id,\n  {{ classified(crm_text(['usecase_name']), ['New', 'Growth', 'Other']) }} AS deal_motion\nFROM filtered_usecases\n";
    for (text, expected) in [(text.to_owned(), Some((10, 17))), (text.replace("'None'", "'Other'"), None)] {
        let mut content = with(&[]);
        content.insert(path.to_owned(), piq_diagnostics::Source::new(path, text));
        let warnings = rendered(&content).expect("it renders").registry.warnings;
        let place = warnings.first().map(|d| d.labels[0].place.line_column());
        assert_eq!(place, expected, "{warnings:#?}");
    }
}
