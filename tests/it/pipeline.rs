//! The committed pipeline renders, and renders the same twice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pipelineiq::pipeline::{Content, RenderedPipeline, notebooks, pages};
use pipelineiq::template::SharedContext;
use piq_diagnostics::Source;

fn read(dir: &Path, root: &Path, out: &mut Content) {
    for entry in std::fs::read_dir(dir).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            read(&path, root, out);
        } else {
            let name = path.strip_prefix(root).expect("inside").to_str().expect("UTF-8").replace('\\', "/");
            out.insert(name.clone(), Source::new(name, std::fs::read_to_string(&path).expect("text")));
        }
    }
}

fn content() -> Content {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut content = Content::new();
    read(&root.join("sql"), root, &mut content);
    read(&root.join("templates"), root, &mut content);
    content
}

fn context() -> SharedContext {
    let var = serde_json::json!({
        "source_table": "main.gtm_silver.use_case_detail",
        "model": "fiction-1",
        "catalog": "main",
        "schema": "pipelineiq",
        "usecase_url": "",
        "crm_url": "https://crm.example.com/usecases/{usecase_id}",
    });
    SharedContext::default().with("var", &var)
}

#[test]
fn rendering_twice_gives_the_same_bytes() {
    let texts = || {
        let RenderedPipeline { notebooks: files, .. } = notebooks(&content(), &context()).expect("renders");
        files.into_iter().map(|(name, r)| (name, r.text)).collect::<Vec<_>>()
    };
    let first = texts();
    assert_eq!(first.len(), 4);
    assert_eq!(first, texts());
}

#[test]
fn a_new_file_adds_its_column_everywhere() {
    let mut content = content();
    let path = "sql/enrichments/your_new_field.sql";
    let text = "/*\nsummary: A test.\nfunction: ai_gen\nprompt_version: \"1\"\ninputs: [usecase_name, one_liner]\ncolumns:\n  your_new_field: {type: STRING, comment: \"It's new.\"}\n*/\nSELECT usecase_id, ai_gen({{ crm_text(['one_liner']) }}) AS your_new_field\nFROM filtered_usecases\n";
    content.insert(path.into(), Source::new(path, text));
    let RenderedPipeline { registry, notebooks: files, .. } = notebooks(&content, &context()).expect("renders");
    let added = registry.enrichments.iter().find(|e| e.name == "your_new_field").expect("registered");
    assert_eq!((added.wave, added.depends_on.as_slice()), (2, ["ai_oneliner".to_owned()].as_slice()));
    let notebook = &files["notebooks/1_incremental_pipeline.sql"];
    let standing = &files["notebooks/0_create_ref_tables.sql"];
    for (notebook, wanted) in [
        (standing, "  your_new_field STRING COMMENT 'It\\'s new.',"),
        (standing, "ALTER TABLE pipelineiq ADD COLUMNS (your_new_field STRING COMMENT 'It\\'s new.')"),
        (standing, "  p.your_new_field,"),
        (notebook, "CREATE OR REPLACE TEMPORARY VIEW piq_ask_your_new_field AS"),
        (notebook, "CREATE OR REPLACE TEMPORARY VIEW your_new_field AS"),
        (notebook, "LEFT JOIN your_new_field ON your_new_field.usecase_id = b.usecase_id"),
        (notebook, "  your_new_field = s.your_new_field,"),
    ] {
        assert!(notebook.text.contains(wanted), "missing: {wanted}");
    }
    let at = notebook.text.find("ai_gen(concat(\n      'Text between crm_text tags").expect("body");
    let place = notebook.map.span_of(at).expect("mapped");
    assert_eq!((place.source.path.as_str(), place.line_column()), (path, (9, 20)));
}

#[test]
fn faults_of_an_enrichment_have_their_place() {
    let cases = [
        ("SELECT 1\n", "enrichment-header", (1, 1)),
        (
            "/*\nsummary: x\ninputs: [usecase_nam]\ncolumns:\n  c: {type: STRING, comment: c}\n*/\nSELECT usecase_id\n",
            "unknown-input",
            (3, 10),
        ),
        (
            "/*\nsummary: x\ninputs: [days_to_live]\ncolumns:\n  c: {type: INT, comment: c}\n*/\nSELECT usecase_id\n",
            "daily-input",
            (3, 10),
        ),
        (
            "/*\nsummary: x\ninputs: [usecase_name]\ncolumns:\n  c: {type: STRING, comment: \"\"}\n*/\nSELECT usecase_id\n",
            "column-comment",
            (5, 3),
        ),
        (
            "/*\nsummary: x\nfunction: ai_guess\nprompt_version: \"1\"\ninputs: [usecase_name]\ncolumns:\n  zc: {type: STRING, comment: c}\n*/\nSELECT usecase_id\n",
            "unknown-function",
            (3, 11),
        ),
        (
            "/*\nsummary: x\ninputs: [usecase_name]\ncolumns:\n  zc: {type: STRING, comment: c}\n*/\nSELECT {{ colour }}\n",
            "template",
            (7, 11),
        ),
        (
            "/*\nsummary: x\ninputs: [usecase_name]\ncolumns:\n  zc: {type: STRING, comment: c}\n*/\nSELECT usecase_id, {{ clean('sdr_bdr_notes') }} AS zc FROM filtered_usecases\n",
            "text-input",
            (7, 30),
        ),
        (
            "/*\nsummary: x\ninputs: [one_liner]\ncolumns:\n  zc: {type: STRING, comment: c}\n*/\nSELECT usecase_id, {{ clean('one_liner') }} AS zc FROM filtered_usecases\n",
            "text-of-answer",
            (3, 10),
        ),
    ];
    for (text, code, place) in cases {
        let mut content = content();
        let path = "sql/enrichments/broken.sql";
        content.insert(path.into(), Source::new(path, text));
        let error = notebooks(&content, &context()).expect_err(code);
        assert_eq!(error.0.len(), 1, "{error}");
        assert_eq!(error.0[0].code, code, "{error}");
        let label = &error.0[0].labels[0].place;
        assert_eq!((label.source.path.as_str(), label.line_column()), (path, place), "{error}");
    }
}

#[test]
fn a_text_is_prepared_once_however_many_questions_read_it() {
    let RenderedPipeline { registry, notebooks: files, .. } = notebooks(&content(), &context()).expect("renders");
    let prepared = files["notebooks/1_incremental_pipeline.sql"].text.matches("'[e-mail]'").count();
    let calls = || registry.enrichments.iter().filter(|e| e.function.is_some());
    // once for all texts of the source, and once in each wave that is the first to read some answer as a text
    let mut first: BTreeMap<&String, usize> = BTreeMap::new();
    for e in calls() {
        for text in e.texts.iter().filter(|t| e.answer_inputs.contains(t)) {
            let wave = first.entry(text).or_insert(e.wave);
            *wave = e.wave.min(*wave);
        }
    }
    let waves: BTreeSet<usize> = first.into_values().collect();
    let reading: BTreeSet<usize> =
        calls().filter(|e| e.texts.iter().any(|t| e.answer_inputs.contains(t))).map(|e| e.wave).collect();
    assert_eq!(prepared, 1 + waves.len());
    assert!(waves.len() < reading.len(), "some answers are read as texts in several waves");
    assert!(calls().map(|e| e.texts.len()).sum::<usize>() > prepared, "some are read by several questions");
}

#[test]
fn another_way_to_prepare_texts_makes_other_questions() {
    let before = notebooks(&content(), &context()).expect("renders").registry;
    let mut content = content();
    let path = "templates/macros.sql.j2";
    let changed = content[path].text.replace("'[phone]'", "'[number]'");
    content.insert(path.into(), Source::new(path, changed));
    let after = notebooks(&content, &context()).expect("renders").registry;
    for (old, new) in before.enrichments.iter().zip(&after.enrichments) {
        assert_eq!(old.fingerprint != new.fingerprint, !old.texts.is_empty(), "{}", old.name);
    }
    assert!(before.enrichments.iter().any(|e| e.texts.is_empty()));
}

#[test]
fn templates_that_prepare_texts_in_place_still_render() {
    let mut content = content();
    let path = "templates/macros.sql.j2";
    let text = &content[path].text;
    let (start, end) = (
        text.find("{%- macro clean(column) -%}").expect("a macro"),
        text.find("{#- Several fields as one").expect("the next"),
    );
    let older = "{%- macro clean(column) -%}trim({{ column }}){%- endmacro -%}\n\n";
    let older = format!("{}{older}{}", &text[..start], &text[end..]).replace("prepared_text", "in_place");
    content.insert(path.into(), Source::new(path, older));
    for path in [
        "templates/ledger.sql.j2",
        "templates/manager_summary.sql.j2",
        "templates/notebooks/1_incremental_pipeline.sql.j2",
    ] {
        let older = content[path].text.replace("prepared_text", "in_place");
        content.insert(path.into(), Source::new(path, older));
    }
    let RenderedPipeline { registry, notebooks: files, .. } = notebooks(&content, &context()).expect("renders");
    assert_eq!(registry.texts, Vec::<String>::new());
    let notebook = &files["notebooks/1_incremental_pipeline.sql"].text;
    assert!(notebook.contains("trim(usecase_name)") && !notebook.contains("piq_text_"));
}

#[test]
fn the_reference_and_the_diagrams_are_as_the_files_say() {
    let registry = notebooks(&content(), &context()).expect("renders").registry;
    for (path, text) in pages(&registry) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(committed == text, "{path} is stale: `cargo run -- docs pipeline` makes it anew");
    }
}

#[test]
fn reference_tables_keep_their_promises() {
    let RenderedPipeline { registry, notebooks: files, .. } = notebooks(&content(), &context()).expect("renders");
    let rows = |name: &str| &registry.reference[name].rows;
    let number = |text: &str| text.parse::<i64>().expect("number");
    assert_eq!(rows("ref_confidence_rubric").iter().map(|r| number(&r["weight"])).sum::<i64>(), 100);
    let day = |text: &str| text.parse::<jiff::civil::Date>().expect("date");
    for pair in rows("ref_fiscal_calendar").windows(2) {
        assert_eq!(day(&pair[0]["month_end"]).tomorrow().expect("date"), day(&pair[1]["month_start"]));
    }
    for month in rows("ref_fiscal_calendar") {
        let first = day(&month["month_start"]).month() == 2;
        assert_eq!(first, month["fiscal_month"] == "1", "{month:?}");
    }
    let counts = ["slippage_categories", "acceleration_categories", "ref_usecase_types"].map(|t| rows(t).len());
    assert_eq!(counts, [12, 10, 16]);
    // the labels that a model may choose are those of the table
    let notebook = &files["notebooks/1_incremental_pipeline.sql"].text;
    for (table, column) in
        [("slippage_categories", "type"), ("acceleration_categories", "type"), ("ref_usecase_types", "type")]
    {
        // as templates write JSON: without signs that mean something in HTML
        let json =
            |text: &str| serde_json::Value::from(text).to_string().replace('&', "\\u0026").replace('\'', "\\u0027");
        let labels: Vec<String> =
            rows(table).iter().map(|r| format!("{}: {}", json(&r[column]), json(&r["description"]))).collect();
        let expected = piq_sql::sql_string(&format!("{{{}}}", labels.join(", ")));
        assert!(notebook.contains(&expected), "{table}: {expected}");
    }
    let families: Vec<String> = rows("ref_business_families").iter().map(|r| format!("\"{}\"", r["family"])).collect();
    assert!(notebook.contains(&format!("\"enum\":[{}]", families.join(","))));
    // a table of each file, and a version of each
    let tables = &files["notebooks/0_create_ref_tables.sql"].text;
    for (name, table) in &registry.reference {
        assert!(tables.contains(&format!("CREATE OR REPLACE TABLE {name} USING DELTA AS")), "{name}");
        assert!(tables.contains(&format!("('{name}', '{}'", table.version)), "{name}");
    }
}

#[test]
fn layout_of_a_query_is_no_part_of_its_fingerprint_and_labels_are() {
    let fingerprint = |content: &Content| {
        let registry = notebooks(content, &context()).expect("renders").registry;
        registry.enrichments.iter().find(|e| e.name == "ai_usecase_types").expect("there").fingerprint.clone()
    };
    let edited = |path: &str, from: &str, to: &str| {
        let mut content = content();
        let text = content[path].text.replacen(from, to, 1);
        assert_ne!(text, content[path].text);
        content.insert(path.into(), Source::new(path, text));
        fingerprint(&content)
    };
    let known = fingerprint(&content());
    let file = "sql/enrichments/ai_usecase_types.sql";
    assert_eq!(edited(file, "SELECT\n  usecase_id,", "SELECT usecase_id, -- its key\n"), known);
    assert_ne!(edited(file, "prompt_version: \"2\"", "prompt_version: \"3\""), known);
    assert_ne!(edited("sql/reference/ref_usecase_types.csv", "Migration,", "Migrations,"), known);
}
