//! Faults put into the shipped project, each found where it is; and changes that are not faults.

use std::sync::Arc;

use piq_diagnostics::{Diagnostics, Source};
use serde_json::json;

use crate::pipeline::{Content, RenderedPipeline, notebooks};
use crate::template::SharedContext;

/// The project as it is shipped.
pub(super) fn project() -> Content {
    let root = piq_testing::root();
    let mut content = Content::new();
    let mut folders = vec!["sql".to_owned(), "templates".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root.join(&folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            let path = format!("{folder}/{}", entry.file_name().to_str().expect("a name"));
            if entry.path().is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
                content.insert(path.clone(), Source::new(path, text));
            }
        }
    }
    content
}

pub(super) fn check(content: &Content) -> Result<(), Diagnostics> {
    rendered(content).map(|_| ())
}

pub(super) fn rendered(content: &Content) -> Result<RenderedPipeline, Diagnostics> {
    let var = json!({"catalog": "main", "schema": "s", "source_table": "main.a.b", "model": "databricks-gpt-oss-120b",
        "usecase_url": "", "crm_url": ""});
    let context = SharedContext::default().with("var", &var).with("bundle", &json!({"target": "t", "name": "b"}));
    notebooks(content, &context)
}

fn changed(path: &str, from: &str, to: &str) -> Content {
    let mut content = project();
    let text = content.get(path).map_or(String::new(), |s| s.text.clone());
    let text = if from.is_empty() { to.to_owned() } else { text.replacen(from, to, 1) };
    assert!(from.is_empty() || content[path].text.contains(from), "{path} has no {from}");
    content.insert(path.to_owned(), Source::new(path, text));
    content
}

pub(super) fn line_and_column(source: &Source, at: usize) -> (usize, usize) {
    let before = &source.text[..at];
    (before.matches('\n').count() + 1, before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1)
}

const E: &str = "sql/enrichments/";
const R: &str = "sql/reference/";

/// File, what is replaced by what, the code, and the text at whose last mention the fault is reported.
#[rustfmt::skip]
fn faults() -> Vec<(String, &'static str, &'static str, &'static str, &'static str)> {
    let e = |name: &str| format!("{E}{name}.sql");
    let r = |name: &str| format!("{R}{name}.csv");
    vec![
        (e("ai_blockers"), "ask_when: num_of_blockers > 0", "ask_when: num_of_blocker > 0", "unknown-column", "num_of_blocker > 0"),
        (e("ai_blockers"), "ask_when: num_of_blockers > 0", "ask_when: absolute(num_of_blockers) > 0", "unknown-sql-function", "absolute"),
        (e("ai_blockers"), "coalesce(num_of_blockers, 0) <= 0", "coalesce(num_blockers, 0) <= 0", "unknown-column", "num_blockers, 0"),
        (e("ai_blockers"), "coalesce(num_of_blockers, 0) <= 0", "coalsce(num_of_blockers, 0) <= 0", "unknown-sql-function", "coalsce"),
        (e("ai_blockers"), "concat(CAST(num_of_blockers AS STRING), ' open: ', ai_summarize", "concatt(CAST(num_of_blockers AS STRING), ' open: ', ai_summarize", "unknown-sql-function", "concatt"),
        (e("ai_blockers"), "  concat(CAST(num_of_blockers AS STRING), ' open: ', ai_summarize", "  concat(CAST(num_of_blocks AS STRING), ' open: ', ai_summarize", "unknown-column", "num_of_blocks AS"),
        (e("ai_blockers"), "SELECT\n  usecase_id,", "SELECT\n", "enrichment-columns", "SELECT"),
        (e("ai_blockers"), "AS blockers_summary", "AS blocker_summary", "enrichment-columns", "blocker_summary"),
        (e("ai_blockers"), "type: STRING", "type: STRNG", "column-type", "STRNG"),
        (e("ai_oneliner"), "on_empty: usecase_name", "on_empty: usecase_nam", "unknown-column", "usecase_nam\n"),
        (e("ai_oneliner"), "on_empty: usecase_name", "on_empty: vertical", "undeclared-input", "vertical"),
        (e("ai_oneliner"), "FROM filtered_usecases", "FROM filtered_usecase", "enrichment-body", "SELECT"),
        (e("ai_oneliner"), "{{ crm_text(['usecase_name', 'usecase_description']) }}", "concat(usecase_name, {{ crm_text(['usecase_description']) }})", "raw-text", "usecase_name, {{"),
        (e("ai_oneliner"), "{{ crm_text(['usecase_name', 'usecase_description']) }}", "concat(vertical, {{ crm_text(['usecase_description']) }})", "undeclared-input", "vertical"),
        (e("ai_context"), "FROM filtered_usecases", "FROM filtered_usecases\nWHERE sales_region = 'EMEA'", "undeclared-input", "sales_region"),
        (e("ai_context"), "FROM filtered_usecases", "FROM filtered_usecases AS u\nWHERE u.sdr_notes IS NOT NULL", "unknown-column", "sdr_notes"),
        (e("ai_context"), "{{ one_line('context', 800) | tojson }}", "trim(contxt)", "unknown-column", "contxt"),
        (e("ai_context"), "{{ one_line('context', 800) | tojson }}", "trimm(context)", "unknown-sql-function", "trimm"),
        (e("ai_soundbyte"), "words('soundbyte')", "words('sound_byte')", "unknown-column", "sound_byte"),
        (e("ai_soundbyte"), "instr(read_text, n)", "instr(read_txt, n)", "unknown-column", "read_txt"),
        (e("ai_usecase_types"), "labels('ref_usecase_types', 'type')", "['Other']", "classify-call", "classified(crm_text"),
        (e("ai_usecase_types"), "'type')) }} AS usecase_type", "'type')) }} || 'x' AS usecase_type", "classify-call", "classified(crm_text"),
        (e("ai_business_types"), "  business_usecase_family:\n    type", "  business_family:\n    type", "answer-column", "business_family:"),
        (e("ai_business_types"), ") AS answer", ") AS answr", "enrichment-columns", "answr"),
        (e("ai_business_types"), "{{ crm_text(['usecase_name', 'usecase_description', 'industry_imperative']) }},", "usecase_description, {{ crm_text(['usecase_name']) }},", "raw-text", "usecase_description, {{"),
        (e("ai_next_best_action"), "coalesce(confidence_level_normalized,", "coalesce(confidence_level,", "undeclared-input", "confidence_level,"),
        (e("ai_next_best_action"), "array_join(missing_dimensions", "array_joins(missing_dimensions", "unknown-sql-function", "array_joins"),
        (e("ai_next_best_action"), "type: INT, comment: \"Days", "type: INTEGR, comment: \"Days", "column-type", "INTEGR"),
        (e("ai_slippage_acceleration"), "FROM filtered_usecases\nWHERE can_be_accelerated", "FROM filtered_usecases\nWHERE can_be_accelerate", "unknown-column", "can_be_accelerate"),
        (e("ai_slippage_acceleration"), "valid: (slippage_category IS NULL)", "valid: (slip_category IS NULL)", "unknown-column", "slip_category"),
        (e("normalized_confidence"), "WHERE confidence_status = 'ok'", "WHERE confidence_state = 'ok'", "unknown-column", "confidence_state"),
        (e("normalized_confidence"), "r.dimension, r.weight, r.core", "r.dimension, r.wight, r.core", "unknown-column", "wight"),
        (e("normalized_confidence"), "sort_array(collect_list(named_struct('cap'", "sort_arry(collect_list(named_struct('cap'", "unknown-sql-function", "sort_arry"),
        (e("slippage_signals"), "u.implementation_status,", "u.implementation_state,", "unknown-column", "implementation_state"),
        (e("older_names"), "p.metrics_score", "p.metric_score", "unknown-column", "metric_score"),
        (r("ref_slip_signals"), "days_to_live < 0", "days_to_liv < 0", "unknown-column", "days_to_liv "),
        (r("ref_slip_signals"), "stage_code IN ('U3', 'U5')", "upcase(stage_code) IN ('U3', 'U5')", "unknown-sql-function", "upcase"),
        (r("ref_slip_signals"), "PUSHED_1,PUSHED_1,", "PUSHED_1,RED,", "duplicate-code", "RED,5"),
        (r("ref_override_rules"), "STATUS_RED,100", "RED_LT30,100", "duplicate-code", "RED_LT30,100"),
        (r("ref_override_rules"), "num_of_blockers > 3", "number_of_blockers > 3", "unknown-column", "number_of_blockers"),
        (r("ref_accel_rules"), "spare_days > 0", "spare_day > 0", "unknown-column", "spare_day "),
        (r("ref_contradictions"), "likely_to_slip AND can_be_accelerated", "likely_to_slip AND can_be_faster", "unknown-column", "can_be_faster"),
        (r("ref_confidence_rubric"), ",16,", ",17,", "weights", "weight,"),
        (r("ref_accel_weights"), "confidence,40", "confidence,45", "weights", "points,"),
        ("sql/derived_columns.csv".into(), "datediff(snapshot_date, last_modified_date)", "datediff(snapshot_date, last_modified)", "unknown-column", "last_modified)"),
        ("sql/derived_columns.csv".into(), "initcap(", "init_cap(", "unknown-sql-function", "init_cap"),
        ("sql/source_columns.csv".into(), "3 * x.estimated_monthly_dollar_dbus", "3 * x.estimated_dollar_dbus", "unknown-column", "estimated_dollar_dbus"),
        ("sql/source_columns.csv".into(), "live_date,DATE,no", "live_date,DAT,no", "column-type", "DAT,no"),
        ("sql/source.sql".into(), "SELECT * FROM", "SELECT id AS usecase_id FROM", "source-column", "SELECT"),
        ("templates/macros.sql.j2".into(), "coalesce(piq_repair, '')", "coalescee(piq_repair, '')", "unknown-sql-function", "coalescee"),
        ("templates/macros.sql.j2".into(), "      'Text between crm_text tags", "      usecase_nam, 'Text between crm_text tags", "unknown-column", "usecase_nam,"),
        ("templates/macros.sql.j2".into(), "size(split(trim({{ column }})", "sizes(split(trim({{ column }})", "unknown-sql-function", "sizes(split"),
        (e("ai_context"), "FROM filtered_usecases", ", ai_gen('x') AS y\nFROM filtered_usecases", "ai-function", "ai_gen"),
        (e("older_names"), "AS measurableimpact_score\n", "AS measurableimpact_score,\n", "sql-syntax", ",\nFROM"),
        (e("older_names"), "  n.usecase_id,", "  usecase_id,", "ambiguous-column", "usecase_id,\n  n."),
        (e("older_names"), "p.metrics_score AS", "CASE WHEN p.metrics_score > 1 THEN 1 ELSE 0 AS", "sql-syntax", "CASE"),
        (e("older_names"), "JOIN parsed_confidence AS p", "JOIN parsed_confidences AS p", "unknown-relation", "parsed_confidences"),
        (e("ai_blockers"), "ask_when: num_of_blockers > 0", "ask_when: num_of_blockers <> NULL", "sql-null", "NULL"),
        (e("ai_blockers"), "ask_when: num_of_blockers > 0", "ask_when: count(*) > 0", "sql-aggregate", "count(*)"),
        (r("ref_slip_signals"), "stage_code IN ('U3', 'U5')", "stage_code IN ('U33', 'U5')", "unknown-value", "'U33'"),
        (r("ref_slip_signals"), "num_of_blockers > 3", "num_of_blockers => 3", "sql-syntax", "=> 3"),
        (r("ref_slip_signals"), "num_of_blockers > 3", "num_of_blockers > 3 -- three", "sql-syntax", "-- three"),
        (r("ref_slip_signals"), "num_of_blockers > 3", "num_of_blockers BETWEEN 9 AND 3", "sql-between", "BETWEEN 9"),
        ("sql/derived_columns.csv".into(), "datediff(snapshot_date, last_modified_date)", "datediff(last_modified_date)", "sql-arguments", "datediff(last_modified_date)"),
        (r("ref_slip_signals"), "num_of_blockers > 3", "(num_of_blockers > 3", "sql-bracket", "(num_of_blockers > 3"),
        (r("ref_slip_signals"), "num_of_blockers > 3", "stage_code = 'U3", "sql-bracket", "'U3,More"),
        (e("ai_blockers"), "ask_when: num_of_blockers > 0", "ask_when: (num_of_blockers > 0", "sql-bracket", "(num_of_blockers > 0"),
        ("sql/derived_columns.csv".into(), "datediff(snapshot_date, last_modified_date)", "datediff(snapshot_date, last_modified_date", "sql-bracket", "(snapshot_date, last_modified_date"),
        ("sql/source.sql".into(), "SELECT *", "SELECT * EXCEPT (a)", "sql-not-portable", "* EXCEPT (a)"),
        ("sql/source.sql".into(), "SELECT *", "SELECT (*", "sql-bracket", "(*"),
        ("sql/source.sql".into(), "{{ pipeline.source_table }}", "{{ pipeline.source_table }};", "sql-statements", ";"),
        ("sql/summaries/coaching_brief.sql".into(), "exists(top_ids,", "exists(top_id,", "unknown-column", "top_id"),
    ]
}

#[test]
fn faults_are_found_before_an_engine_sees_them_where_they_are() {
    let all = faults();
    assert!(all.len() >= 40);
    let mut missed = Vec::new();
    for (path, from, to, code, needle) in &all {
        let content = changed(path, from, to);
        let file: &Arc<Source> = &content[path.as_str()];
        let at = file.text.rfind(needle).unwrap_or_else(|| panic!("{path} has no {needle}"));
        let expected = format!("{code} {path}:{:?}", line_and_column(file, at));
        let found: Vec<String> = match check(&content) {
            Ok(()) => Vec::new(),
            Err(d) => {
                let one = |d: &piq_diagnostics::Diagnostic| {
                    let place = d.labels.first().map(|l| &l.place);
                    let at = place.map(|p| format!("{}:{:?}", p.source.path, line_and_column(&p.source, p.span.start)));
                    format!("{} {}", d.code, at.unwrap_or_default())
                };
                d.0.iter().map(one).collect()
            }
        };
        if !found.contains(&expected) {
            missed.push(format!("{from} -> {to}: expected {expected}, found {found:?}"));
        }
    }
    assert!(missed.is_empty(), "{} of {}:\n{}", missed.len(), all.len(), missed.join("\n"));
}

/// A question that a project adds: it computes `my_flag` by this query.
fn new_question(query: &str) -> Content {
    let header = "/*\nsummary: A flag.\ninputs: [stage_code, num_of_blockers]\n\
                  columns: {my_flag: {type: INT, comment: \"A flag.\"}}\n*/\n";
    let mut content = project();
    let path = format!("{E}my_question.sql");
    content.insert(path.clone(), Source::new(path, format!("{header}{query}\n")));
    content
}

#[test]
fn a_question_that_a_project_adds_is_checked() {
    for (query, code, column) in [
        ("SELECT usecase_id, CAST(ai_gen('x') AS INT) AS my_flag FROM filtered_usecases", "ai-function", 25),
        (
            "SELECT usecase_id, r.rank AS my_flag FROM filtered_usecases AS u JOIN ref_stagee AS r ON true",
            "unknown-relation",
            71,
        ),
        ("SELECT usecase_id, my_flag FROM my_question", "unknown-relation", 33),
        ("SELECT 1 FROM filtered_usecases", "enrichment-columns", 1),
        ("SELECT usecase_id, if(num_of_blockers > 1, 1) AS my_flag FROM filtered_usecases", "sql-arguments", 20),
        ("SELECT usecase_id, row_number() AS my_flag FROM filtered_usecases", "sql-window", 20),
        ("SELECT usecase_id, 1 AS my_flag FROM filtered_usecases WHERE max(num_of_blockers) > 1", "sql-aggregate", 62),
        ("SELECT usecase_id, 1 AS my_flag FROM filtered_usecases WHERE stage_code = ‘U3’", "sql-syntax", 75),
        ("VALUES (1, 2)", "enrichment-body", 1),
    ] {
        let found = check(&new_question(query)).expect_err(query);
        let place = |d: &piq_diagnostics::Diagnostic| d.labels.first().map(|l| (d.code, l.place.line_column()));
        assert!(found.0.iter().any(|d| place(d) == Some((code, (6, column)))), "{query}: {found}");
    }
    for query in [
        "SELECT usecase_id, num_of_blockers my_flag FROM filtered_usecases",
        "SELECT usecase_id, 1 my_flag FROM filtered_usecases",
        "WITH a AS (SELECT usecase_id, num_of_blockers AS n FROM filtered_usecases) SELECT usecase_id, n AS my_flag FROM a",
        "SELECT usecase_id, rank() OVER w AS my_flag FROM filtered_usecases WINDOW w AS (ORDER BY num_of_blockers)",
        "SELECT usecase_id, ch AS my_flag FROM filtered_usecases LATERAL VIEW explode(array(1)) t AS ch",
        "SELECT usecase_id, my_flag FROM filtered_usecases JOIN our_flags ON our_flags.code = stage_code",
        "SELECT usecase_id, explode(array(1)) AS my_flag FROM filtered_usecases",
        "SELECT *, 1 AS my_flag FROM filtered_usecases",
    ] {
        if let Err(d) = check(&new_question(query)) {
            panic!("{query}: {d}");
        }
    }
}

#[test]
fn a_macro_that_a_project_adds_is_used_by_its_queries_and_summaries() {
    let shout = "{%- macro shout(text) -%}\nupper({{ text }})\n{%- endmacro -%}\n\n{#- Number of words. -#}";
    let mut content = changed("templates/macros.sql.j2", "{#- Number of words. -#}", shout);
    for path in [format!("{E}ai_oneliner.sql"), "sql/summaries/coaching_brief.sql".to_owned()] {
        let text = content[&path].text.replacen(
            "\nFROM filtered_usecases",
            "\nFROM filtered_usecases\nWHERE {{ shout(\"'a'\") }} = 'A'",
            1,
        );
        assert_ne!(text, content[&path].text, "{path}");
        content.insert(path.clone(), Source::new(path, text));
    }
    if let Err(d) = check(&content) {
        panic!("{d}");
    }
}

#[test]
fn a_fault_of_a_macro_is_one_fault_however_often_the_macro_is_called() {
    let content = changed("templates/macros.sql.j2", "coalesce(piq_repair, '')", "coalescee(piq_repair, '')");
    assert_eq!(check(&content).expect_err("a fault").0.len(), 1);
}

#[rustfmt::skip]
fn good() -> Vec<(String, &'static str, &'static str)> {
    let e = |name: &str| format!("{E}{name}.sql");
    let r = |name: &str| format!("{R}{name}.csv");
    vec![
        (e("ai_blockers"), "ask_when: num_of_blockers > 0", "ask_when: coalesce(num_of_blockers, 0) BETWEEN 1 AND 9"),
        (e("ai_blockers"), "FROM filtered_usecases", "FROM filtered_usecases AS u\nWHERE u.num_of_blockers > 0 AND days_to_live < 90"),
        (e("ai_oneliner"), "on_empty: usecase_name", "on_empty: \"upper(split_part(usecase_name, '-', 1))\""),
        (e("ai_oneliner"), "on_empty: usecase_name", "on_empty: \"CASE WHEN usecase_name RLIKE '^[A-Z]' THEN `usecase_name` ELSE 'x' END\""),
        (e("ai_oneliner"), "FROM filtered_usecases", "FROM (SELECT * FROM filtered_usecases) AS inner_rows"),
        (e("ai_context"), "inputs: [sdr_bdr_notes", "inputs: [vertical, sdr_bdr_notes"),
        (e("ai_context"), "FROM filtered_usecases", "FROM filtered_usecases -- sales_region is not read"),
        (e("ai_soundbyte"), "<= 45 AND", "<= 45 AND levenshtein(soundbyte, read_text) > 0 AND"),
        (e("ai_business_types"), "'Say what", "'Say, of vertical and sales_region, what"),
        (e("ai_business_types"), "FROM filtered_usecases", "FROM filtered_usecases u LEFT JOIN main.ours.extra AS x ON x.id = u.usecase_id"),
        (e("ai_next_best_action"), "coalesce(CAST(target_live_date AS STRING), 'unknown')", "coalesce(date_format(target_live_date, 'yyyy'), main.tools.none())"),
        (e("ai_next_best_action"), "'. Target live date: '", "'. Days: ', CAST(days_to_live AS STRING), '. Target live date: '"),
        (e("normalized_confidence"), "-weight, 'dimension'", "-1 * weight, 'dimension'"),
        (e("normalized_confidence"), "filter(b.bands, x ->", "filter(b.bands, band -> band.below < 0 AND size(b.bands) > 0 OR"),
        (e("older_names"), "JOIN parsed_confidence AS p", "JOIN (SELECT * FROM parsed_confidence) AS p"),
        (r("ref_slip_signals"), "days_to_live < 0", "target_live_date < current_date()"),
        (r("ref_override_rules"), "num_of_blockers > 3", "num_of_blockers > 3 AND vertical IN ('Retail')"),
        ("sql/derived_columns.csv".into(), "datediff(snapshot_date, last_modified_date)", "date_diff(DAY, last_modified_date, snapshot_date)"),
        ("sql/source_columns.csv".into(), "3 * x.estimated_monthly_dollar_dbus", "x.estimated_monthly_dollar_dbus * CAST(3 AS INT)"),
        ("sql/source.sql".into(), "SELECT * FROM {{ pipeline.source_table }}", "WITH a AS (SELECT * FROM {{ pipeline.source_table }})\nSELECT a.*, trim(a.Whatever__c) AS vertical FROM a"),
        ("sql/source.sql".into(), "SELECT * FROM", "SELECT DISTINCT * FROM"),
    ]
}

#[test]
fn nothing_is_found_in_the_shipped_project_or_in_good_changes() {
    if let Err(d) = check(&project()) {
        panic!("{d}");
    }
    let wrong: Vec<String> = good()
        .iter()
        .filter_map(|(path, from, to)| {
            let content = changed(path, from, to);
            check(&content).err().map(|d| format!("{path}: {to}: {d}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
