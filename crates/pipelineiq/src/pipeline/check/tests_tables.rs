//! Slips in the CSV files, the settings and the headers, each found at its field; and changes that are not slips.

use std::sync::Arc;

use piq_diagnostics::{Diagnostic, Source};

use super::almost_typed;
use super::tests::{check, line_and_column, project};
use crate::pipeline::reference::ReferenceTable;
use crate::pipeline::{Content, Registry};

/// A file with a text replaced, or with a text at its end if nothing is replaced; a new file if there is none.
pub(super) struct Change(pub &'static str, pub &'static str, pub &'static str);

pub(super) fn with(changes: &[Change]) -> Content {
    let mut content = project();
    for Change(path, from, to) in changes {
        let old = content.get(*path).map_or(String::new(), |s| s.text.clone());
        assert!(old.contains(from), "{path} has no {from}");
        let text = if from.is_empty() { format!("{old}{to}") } else { old.replacen(from, to, 1) };
        content.insert((*path).to_owned(), Source::new(*path, text));
    }
    content
}

pub(super) fn said(content: &Content) -> Vec<String> {
    let one = |d: &Diagnostic| {
        let place = d.labels.first().map(|l| &l.place);
        let at = place.map(|p| format!("{}:{:?}", p.source.path, line_and_column(&p.source, p.span.start)));
        format!("{} {} {} {}", d.code, at.unwrap_or_default(), d.message, d.hints.join(" "))
    };
    check(content).err().map(|d| d.0.iter().map(one).collect()).unwrap_or_default()
}

/// The change, the code, the text at whose last mention the fault is, and words of the message or the hint.
type Seeded = (Change, &'static str, &'static str, &'static str);

fn assert_found(all: Vec<Seeded>) {
    let mut missed = Vec::new();
    for (change, code, needle, words) in all {
        let content = with(&[Change(change.0, change.1, change.2)]);
        let file: &Arc<Source> = &content[change.0];
        let at = file.text.rfind(needle).unwrap_or_else(|| panic!("{} has no {needle}", change.0));
        let expected = format!("{code} {}:{:?}", change.0, line_and_column(file, at));
        let found = said(&content);
        if !found.iter().any(|f| f.starts_with(&expected) && f.contains(words)) {
            missed.push(format!("{}: expected {expected} … {words}, found {found:#?}", change.2));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

const SLIP: &str = "sql/reference/ref_slip_signals.csv";
const CAPS: &str = "sql/reference/ref_override_rules.csv";
const STAGE: &str = "sql/reference/ref_stage.csv";
const BANDS: &str = "sql/reference/ref_confidence_bands.csv";
const RUBRIC: &str = "sql/reference/ref_confidence_rubric.csv";
const TARGETS: &str = "sql/reference/ref_targets.csv";
const CALENDAR: &str = "sql/reference/ref_fiscal_calendar.csv";
const PEOPLE: &str = "sql/reference/ref_manager_hierarchy.csv";
const PRICES: &str = "sql/reference/ref_model_prices.csv";
const WEIGHTS: &str = "sql/reference/ref_accel_weights.csv";
const RISK: &str = "sql/reference/ref_risk_bands.csv";
const FIGURES: &str = "sql/reference/ref_figures.csv";
const RULES: &str = "sql/reference/ref_accel_rules.csv";
const SOURCE: &str = "sql/source_columns.csv";
const DERIVED: &str = "sql/derived_columns.csv";
const SETTINGS: &str = "sql/pipeline.yml";
const ACTION: &str = "sql/enrichments/ai_next_best_action.sql";
const BUSINESS: &str = "sql/enrichments/ai_business_types.sql";
const ONE: &str = "sql/enrichments/ai_oneliner.sql";
const CONTEXT: &str = "sql/enrichments/ai_context.sql";

#[test]
fn a_field_of_another_type_than_its_column_is_found_at_the_field() {
    assert_found(vec![
        (Change(CAPS, "BLOCKERS_GT3,10,", "BLOCKERS_GT3,ten,"), "field-type", "ten,", "a number in the column `cap`"),
        (Change(CAPS, "BLOCKERS_GT3,10,", "BLOCKERS_GT3,,"), "field-type", ",Medium,num_of_bl", "an empty field"),
        (Change(TARGETS, ",130000", ",\"130,000\""), "field-type", "130,000", "`130000`"),
        (Change(TARGETS, ",130000", ",$130000"), "field-type", "$130000", "`130000`"),
        (Change(STAGE, "Scoping,3,", "Scoping,3.5,"), "field-type", "3.5,", "a whole number"),
        (Change(STAGE, "0.35", "35"), "field-type", "35,120", "from 0 to 1"),
        (Change(STAGE, "36500,1,Won", "36500,yes,Won"), "field-type", "yes,Won", "0 or 1"),
        (Change(RUBRIC, "champion,16", "champion,16 points"), "field-type", "16 points", "`16`"),
        (Change(RUBRIC, "champion,16,1", "champion,16,x"), "field-type", "x,2,3,Who inside", "0 or 1"),
        (Change(PRICES, "ai_gen,0.50", "ai_gen,free"), "field-type", "free", "a number"),
        (Change(CALENDAR, "2022-03-01", "01.03.2022"), "field-type", "01.03.2022", "a date"),
        (Change(SLIP, "LIVE_PAST,70", "LIVE_PAST,NaN"), "field-type", "NaN", "a number"),
        (Change(WEIGHTS, "runway,30", "runway,thirty"), "field-type", "thirty", "a number"),
        (Change(BANDS, "0.85", "85%"), "field-type", "85%", "from 0 to 1"),
        (Change(RISK, "Watch,40", "Watch,forty"), "field-type", "forty", "a number"),
        (
            Change(SOURCE, "usecase_name,STRING,yes", "usecase_name,STRING,Yes"),
            "field-type",
            "Yes,",
            "did you mean `yes`",
        ),
        (Change(SOURCE, "vertical,STRING", "verti cal,STRING"), "field-type", "verti cal", "letters, digits"),
        (Change(SOURCE, "column,type", "name,type"), "missing-column", "name,type", "where it says `name`"),
        (Change(DERIVED, "expression,", "expresion,"), "missing-column", "expresion,", "where it says `expresion`"),
        (Change(DERIVED, "days_to_live,INT,yes", "days_to_live,INT,true"), "field-type", "true,", "yes or no"),
    ]);
}

#[test]
fn a_key_that_stands_twice_is_found_at_the_second_row() {
    assert_found(vec![
        (Change(STAGE, "U3,Scoping", "U2,Scoping"), "duplicate-code", "U2,Scoping", "code `U2`"),
        (Change(PEOPLE, "", "sales,x\n"), "reference-table", "sales,x", "the header 4"),
        (Change(PEOPLE, "Gwen Park", "Ada Winter"), "duplicate-code", "Ada Winter", "manager `Ada Winter`"),
        (
            Change(TARGETS, "Ada Winter,FY2028 Q1", "Ada Winter,FY2027 Q4"),
            "duplicate-code",
            "FY2027 Q4,95000",
            "FY2027 Q4",
        ),
        (Change(CALENDAR, "2022-03-01", "2022-02-01"), "duplicate-code", "2022-02-01", "month_start"),
        (
            Change("sql/reference/ref_usecase_types.csv", "", "Other,Again\n"),
            "duplicate-code",
            "Other,Again",
            "type `Other`",
        ),
        (Change(SLIP, "RED,RED,40", "LT30_RED,RED,40"), "duplicate-code", "LT30_RED,RED", "rule `LT30_RED`"),
        (Change(RUBRIC, "urgency,8", "metrics,8"), "duplicate-code", "metrics,8", "dimension"),
        (Change(BANDS, "Low,0", "Medium,0"), "duplicate-code", "Medium,0", "level"),
        (Change(SOURCE, "vertical,", "Sales_Region,"), "duplicate-code", "Sales_Region", "column `sales_region`"),
        (
            Change(DERIVED, "days_to_onboarding,INT", "days_to_live,INT"),
            "duplicate-code",
            "days_to_live,INT,yes,\"datediff(target_on",
            "column",
        ),
        (
            Change(DERIVED, "days_to_onboarding,INT", "vertical,INT"),
            "duplicate-column",
            "vertical,INT",
            "sql/source_columns.csv",
        ),
    ]);
}

#[test]
fn a_value_that_nothing_knows_is_found_with_the_nearest() {
    assert_found(vec![
        (
            Change(SLIP, "LIVE_PAST,70,usecase", "LIVE_PAST,70,usecases"),
            "unknown-value",
            "usecases,",
            "did you mean `usecase`",
        ),
        (Change(CAPS, "30,Low", "30,Lowest"), "unknown-value", "Lowest", "`level` of ref_confidence_bands"),
        (Change(CAPS, "10,Medium", "10,Mediun"), "unknown-value", "Mediun", "did you mean `Medium`"),
        (Change(TARGETS, "FY2028 Q1", "FY2028-Q1"), "unknown-value", "FY2028-Q1", "did you mean"),
        (Change(TARGETS, "sales,Ada", "Sales,Ada"), "unknown-value", "Sales,Ada", "did you mean `sales`"),
        (Change(WEIGHTS, "runway,30", "runaway,30"), "unknown-value", "runaway", "did you mean `runway`"),
        (Change(PRICES, "ai_gen,", "ai_gne,"), "unknown-value", "ai_gne", "did you mean `ai_gen`"),
        (
            Change(PRICES, "databricks-claude-sonnet-4-5,", "databricks-cluade-sonnet-4-5,"),
            "unknown-value",
            "databricks-cluade",
            "claude",
        ),
        (Change(SETTINGS, "[U6, Lost", "[U6, Losst"), "unknown-value", "Losst", "did you mean `Lost`"),
        (Change(SLIP, "LIVE_PAST,LIVE_PAST", "\"LIVE,PAST\",LIVE_PAST"), "code-comma", "LIVE,PAST", "without a comma"),
        (Change(BANDS, "High,75", "High ,75"), "blank-around", "High ,75", "`High`"),
        (Change(FIGURES, ",piq_changes,", ",piq_chnges,"), "unknown-value", "piq_chnges", "did you mean `piq_changes`"),
        (
            Change(FIGURES, ",pipelineiq_view,", ",pipelineiq_views,"),
            "unknown-value",
            "pipelineiq_views",
            "`pipelineiq_view`",
        ),
    ]);
    let blanks = said(&with(&[Change(BANDS, "High,75", "\u{a0}High,75")]));
    assert!(blanks.first().is_some_and(|first| first.starts_with("blank-around")), "{blanks:#?}");
}

#[test]
fn a_text_that_a_rule_compares_with_a_listed_column_is_one_of_its_values() {
    assert_found(vec![
        (
            Change(SLIP, "stage_code IN ('U3', 'U5')", "stage_code IN ('U3', 'U9')"),
            "unknown-value",
            "'U9'",
            "did you mean",
        ),
        (Change(SLIP, "normalized = 'Low'", "normalized = 'Lov'"), "unknown-value", "'Lov'", "did you mean `Low`"),
        (
            Change(RULES, "IN ('Medium', 'High')", "IN ('Medium', 'Hihg')"),
            "unknown-value",
            "'Hihg'",
            "did you mean `High`",
        ),
    ]);
    let good = [
        Change(SLIP, "stage_code IN ('U3', 'U5')", "stage_code NOT IN ('U3', 'Parked', '')"),
        Change(RULES, "IN ('Medium', 'High')", "<> 'Not computed'"),
    ];
    assert_eq!(said(&with(&good)), [] as [String; 0]);
}

#[test]
fn what_a_header_contradicts_is_found_in_it() {
    assert_found(vec![
        (
            Change(ONE, "empty_when: [usecase_description]", "empty_when: [usecase_descripton]"),
            "empty-when",
            "usecase_descripton",
            "did you mean",
        ),
        (Change(BUSINESS, "\"'Other'\"", "\"'Othr'\""), "not-allowed", "Othr", "did you mean `Other`"),
        (
            Change(
                BUSINESS,
                "reference.ref_business_families | map(attribute='family') | list",
                "['Marketing and Growth', 'Somewhere']",
            ),
            "not-allowed",
            "Somewhere",
            "`enum`",
        ),
        (
            Change(ACTION, "'minimum': 1, 'maximum': 14", "'minimum': 15, 'maximum': 14"),
            "answer-bounds",
            "minimum",
            "`minimum` of 15",
        ),
        (Change(BUSINESS, "'minLength': 3", "'minLength': 61"), "answer-bounds", "minLength", "60"),
        (
            Change(ACTION, "nba_rationale: {type: STRING", "nba_rationale: {type: INT"),
            "answer-type",
            "INT, comment: \"Why",
            "string",
        ),
        (
            Change(ACTION, "nba_due_days: {type: INT", "nba_due_days: {type: STRING"),
            "answer-type",
            "STRING, comment: \"Days",
            "integer",
        ),
        (
            Change(BUSINESS, "ref_business_families.family", "ref_busines_families.family"),
            "unknown-reference-table",
            "ref_busines_families",
            "did you mean `ref_business_families.family`",
        ),
        (
            Change(BUSINESS, "ref_business_families.family", "ref_business_families.famly"),
            "unknown-reference-table",
            "ref_business_families.famly",
            "did you mean `ref_business_families.family`",
        ),
    ]);
}

const NEW: &str = "/*\nsummary: s\nfunction: ai_gen\nprompt_version: \"1\"\ninputs: [stage]\ncolumns:\n  COL: {type: STRING, comment: c}\n*/\nSELECT usecase_id, ai_gen({{ crm_text(['stage']) }}) AS COL\nFROM filtered_usecases\n";

fn added(file: &str, column: &str) -> Content {
    let mut content = project();
    let path = format!("sql/enrichments/{file}.sql");
    content.insert(path.clone(), Source::new(path, NEW.replace("COL", column)));
    content
}

#[test]
fn a_name_that_something_else_has_is_found_and_a_new_one_is_not() {
    for (file, column, code, at, words) in [
        ("ours", "vertical", "duplicate-column", "(7, 3)", "sql/source_columns.csv"),
        ("ours", "Days_To_Live", "duplicate-column", "(7, 3)", "sql/derived_columns.csv"),
        ("ours", "One_Liner", "duplicate-column", "(7, 3)", "only in case"),
        ("ours", "piq_note", "duplicate-column", "(7, 3)", "begins with `piq_`"),
        ("ours", "our-note", "column-name", "(7, 3)", "letters, digits"),
        ("our-notes", "our_note", "question-name", "(1, 1)", "letters, digits"),
        ("ref_stage", "our_note", "question-name", "(1, 1)", "reference table"),
        ("pipelineiq", "our_note", "question-name", "(1, 1)", "that piq makes"),
    ] {
        let found = said(&added(file, column));
        let expected = format!("{code} sql/enrichments/{file}.sql:{at}");
        assert!(found.iter().any(|f| f.starts_with(&expected) && f.contains(words)), "{expected}: {found:#?}");
    }
    assert_eq!(said(&added("ours", "our_note")), [] as [String; 0]);
}

#[test]
fn a_cycle_is_told_from_end_to_end() {
    let found = said(&with(&[
        Change(CONTEXT, "inputs: [sdr_bdr_notes", "inputs: [one_liner, sdr_bdr_notes"),
        Change(ONE, "inputs: [usecase_name,", "inputs: [soundbyte, usecase_name,"),
    ]));
    assert_eq!(found.len(), 1, "{found:#?}");
    let whole = ["`ai_oneliner` reads `ai_soundbyte`", "`ai_soundbyte` reads `ai_oneliner`"];
    assert!(whole.iter().any(|part| found[0].contains(part)) && found[0].contains(".sql:("), "{found:#?}");
}

#[test]
fn a_setting_out_of_range_is_found_at_its_value() {
    assert_found(vec![
        (Change(SETTINGS, "max_attempts: 5", "max_attempts: 0"), "setting-range", "0\n  max_calls", "from 1 on"),
        (Change(SETTINGS, "text_chars: 2000", "text_chars: 0"), "setting-range", "0\n  max_attempts", "from 1 on"),
        (
            Change(SETTINGS, "max_bad_share: 0.2", "max_bad_share: 20 # percent"),
            "setting-range",
            "20 #",
            "write 20 % as 0.2",
        ),
        (Change(SETTINGS, "min_type_accuracy: 0.7", "min_type_accuracy: -1"), "setting-range", "-1", "a share"),
        (Change(SETTINGS, "max_usd_per_run: 1000", "max_usd_per_run: .nan"), "setting-range", ".nan", "from 0 on"),
        (Change(SETTINGS, "model: \"{{ var.model }}\"", "model: \" \""), "setting-range", "\" \"", "expected a model"),
        (Change(SETTINGS, "\"{{ var.source_table }}\"", "a.b.c.d"), "setting-range", "a.b.c.d", "one to three names"),
        (Change(SETTINGS, "\"{{ var.source_table }}\"", "main..t"), "setting-range", "main..t", "one to three names"),
    ]);
}

#[test]
fn changes_of_every_kind_that_are_right_are_not_faults() {
    let all = vec![
        vec![Change(CAPS, "BLOCKERS_GT3,10,", "BLOCKERS_GT3,10.5,")],
        vec![Change(CAPS, "BLOCKERS_GT3,10,Medium", "BLOCKERS_GT3,10,")],
        vec![Change(STAGE, "U6,Live", "Parked,Parked,0,0,0,100,0,Open,\"It waits, for now\"\nU6,Live")],
        vec![
            Change(STAGE, "U6,Live", "Parked,Parked,0,0,0,100,0,Open,x\nU6,Live"),
            Change(SETTINGS, "[U6,", "[Parked, U6,"),
        ],
        vec![Change(PEOPLE, "Gwen Park,sales", "Ada Winter,field,Somebody,EMEA\nGwen Park,sales")],
        vec![Change(PEOPLE, "Gwen Park,sales", "Ole Lund,partner,Somebody,EMEA\nGwen Park,sales")],
        vec![Change(FIGURES, ",pipelineiq_view,", ",our_schema.our_view,")],
        vec![Change(FIGURES, ",pipelineiq_view,", ",ref_stage,")],
        vec![Change(FIGURES, ",pipelineiq_view,", ",pipelineiq_view2,")],
        vec![Change(TARGETS, ",130000", ",130000.50")],
        vec![Change(PRICES, "ai_gen,", "our-endpoint,1,2,contract\nai_gen,")],
        vec![Change(PRICES, "ai_gen,", "databricks-claude-sonnet-4-7,1,2,contract\nai_translate,1,2,x\nai_gen,")],
        vec![Change(SOURCE, "vertical,STRING,no,", "vertical,STRING,,\nour_field,DOUBLE,no,")],
        vec![Change(
            DERIVED,
            "days_to_live,INT,yes",
            "our_band,STRING,,\"concat('a', stage)\",Ours.\ndays_to_live,INT,yes",
        )],
        vec![Change("sql/reference/our_table.csv", "", "name,name_2,share\nA,A,1\nA,A,x\n")],
        vec![
            Change("sql/reference/our_kinds.csv", "", "kind,order\nNew,1\nOther,2\n"),
            Change(BUSINESS, "ref_business_families.family", "our_kinds.kind"),
            Change(BUSINESS, "reference.ref_business_families | map(attribute='family') | list", "['New', 'Other']"),
        ],
        vec![
            Change(SLIP, "LIVE_PAST,LIVE_PAST,70,usecase", "LIVE_PAST,LIVE_PAST,70,ours"),
            Change(
                "templates/ours.sql.j2",
                "",
                "{% for r in pipeline.reference.ref_slip_signals.rows if r.reads == \"ours\" %}x{% endfor %}",
            ),
        ],
        vec![Change(
            ACTION,
            "nba_due_days: {type: INT",
            "nba_due_days: {value: CAST(nba_due_days AS STRING), type: STRING",
        )],
        vec![Change(ACTION, "nba_due_days: {type: INT", "nba_due_days: {type: \"DECIMAL(9, 2)\"")],
        vec![Change(BUSINESS, "\"'Other'\"", "\"'None'\"\n    also_allowed: [None]")],
        vec![Change(BUSINESS, "\"'Other'\"", "\"coalesce(usecase_name, 'Nobody')\"")],
        vec![Change(SETTINGS, "\"{{ var.source_table }}\"", "'`our-catalog`.`a.b`.t'")],
        vec![Change(SETTINGS, "\"{{ var.source_table }}\"", "t")],
        vec![Change(SETTINGS, "max_bad_share: 0.2", "max_bad_share: 1"), Change(SETTINGS, "1000", "0")],
    ];
    let wrong: Vec<String> = all
        .iter()
        .filter_map(|changes| {
            let found = said(&with(changes));
            (!found.is_empty()).then(|| format!("{}: {found:#?}", changes[0].2))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_csv_file_may_begin_with_a_byte_order_mark_and_have_more_columns() {
    let mut content = project();
    for source in content.values_mut().filter(|source| source.path.ends_with(".csv")) {
        let lines = source.text.lines().enumerate();
        let text: String = lines.map(|(i, line)| format!("{line},{}\r\n", if i == 0 { "ours" } else { "1" })).collect();
        *source = Source::new(source.path.clone(), format!("\u{feff}{text}"));
    }
    assert_eq!(said(&content), [] as [String; 0]);
}

#[test]
fn a_field_that_makes_a_column_of_numbers_text_is_a_warning_there() {
    let warned = |text: &str| {
        let table = ReferenceTable::parse("ours", &Source::new("ours.csv", text)).expect("reads");
        let place = |d: &Diagnostic| d.labels[0].place.line_column();
        almost_typed(&table).iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(warned("a,b\nx,1\nx,2\nx,3\nx,n/a\nx,5\nx,6\n"), [(5, 3)]);
    assert_eq!(
        warned("a,b\nx,2026-01-01\nx,2026-01-02\nx,2026-01-03\nx,2026-1-4\nx,2026-01-05\nx,2026-01-06\n"),
        [(5, 3)]
    );
    for good in ["a\n1\n2\nx\n", "a\n1\n2\n3\n4\n5\n6\nx\ny\n", "a\nx\ny\nz\n1\n2\n3\n4\n5\n"] {
        assert_eq!(warned(good), [] as [(usize, usize); 0], "{good}");
    }
}

#[test]
fn a_table_of_many_rows_is_checked_at_once() {
    let rows: String = (0..20_000).map(|i| format!("sales,Person {i},FY2027 Q4,{i}\n")).collect();
    let start = std::time::Instant::now();
    assert_eq!(said(&with(&[Change(TARGETS, "", Box::leak(rows.into_boxed_str()))])), [] as [String; 0]);
    assert!(start.elapsed().as_secs() < 20);
}

/// The warnings of the shipped project are part of its registry.
#[test]
fn the_shipped_tables_have_no_warning() {
    let _: fn(&Registry) -> &Vec<Diagnostic> = |registry| &registry.warnings;
    for (path, source) in project().iter().filter(|(path, _)| path.starts_with("sql/reference/")) {
        let table = ReferenceTable::parse(path, source).expect("reads");
        assert_eq!(almost_typed(&table), [], "{path}");
    }
}
