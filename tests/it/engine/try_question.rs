//! `piq try` on the engine: old and new answers side by side, and not a trace of it.

use serde_json::Value;

use super::Lab;
use crate::kit::{code, said, text};

impl Lab {
    fn tries(&self, args: &[&str]) -> (i32, Value) {
        let out = self.piq(&[&["try", "-t", "local", "-o", "json"], args].concat());
        let value = serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", said(&out)));
        (code(&out), value)
    }
}

/// What a run leaves: every row of the ledger, and all tables.
fn traces(lab: &Lab) -> (Vec<Vec<Value>>, Vec<Vec<Value>>) {
    (lab.sql("SELECT count(*), max(finished_at) FROM piq_ai_calls"), lab.sql("SHOW TABLES IN main.pipelineiq"))
}

#[test]
fn engine_try_asks_with_the_present_text_and_writes_nothing() {
    let lab = Lab::new();
    lab.succeed(&["sample-data"]);
    // before anything is deployed there is no old answer
    let (ended, first) = lab.tries(&["ai_context", "--limit", "3"]);
    assert_eq!((ended, first["usecases"].as_array().expect("use cases").len()), (0, 3), "{first}");
    assert!(first["usecases"][0]["old"].is_null(), "{first}");
    assert!(!lab.has_schema(), "a trial makes no schema");

    let job = lab.deploy();
    lab.run(job);
    let before = traces(&lab);
    let (ended, same) = lab.tries(&["ai_context", "--limit", "3"]);
    assert_eq!(ended, 0, "{same}");
    assert!(same["answered_by"].as_str().is_some_and(|by| by.contains("recorded answers")), "{same}");
    let asked: Vec<&Value> =
        same["usecases"].as_array().expect("use cases").iter().filter(|u| u["outcome"] == "ok").collect();
    assert!(!asked.is_empty(), "{same}");
    for usecase in &asked {
        assert_eq!(usecase["old"], usecase["new"], "the same question has the same answer: {usecase}");
        assert!(usecase["input_tokens"].as_u64() > Some(0) && usecase["cost_usd"].as_f64() > Some(0.0), "{usecase}");
    }
    // a question that reads answers of others reads the stored ones
    let (ended, later) = lab.tries(&["ai_soundbyte", "--limit", "2"]);
    assert_eq!(ended, 0, "{later}");
    assert_eq!(later["usecases"][0]["old"], later["usecases"][0]["new"], "{later}");

    // the file as it is now, for one use case, with another model
    let id = asked[0]["usecase_id"].as_str().expect("an id");
    let (ended, one) = lab.tries(&["ai_confidence", "--use-case", id, "--model", "system.ai.gpt-oss-20b"]);
    assert_eq!((ended, one["model"].as_str()), (0, Some("system.ai.gpt-oss-20b")), "{one}");
    assert_eq!(one["usecases"].as_array().map(Vec::len), Some(1), "{one}");
    lab.project.edit("sql/enrichments/ai_context.sql", ", 80) AS context", ", 3) AS context");
    let (_, edited) = lab.tries(&["ai_context", "--use-case", id]);
    let words = edited["usecases"][0]["new"]["context"].as_str().map(|t| t.split_whitespace().count());
    assert!(words.is_some_and(|n| n <= 4), "{edited}");

    // an answer outside of its bounds is shown with the reason
    lab.project.edit(
        "sql/enrichments/ai_context.sql",
        "    on_empty:",
        "    valid: \"length(context) > 100000\"\n    on_empty:",
    );
    let (ended, invalid) = lab.tries(&["ai_context", "--use-case", id]);
    assert_eq!((ended, invalid["usecases"][0]["outcome"].as_str()), (1, Some("invalid")), "{invalid}");
    let reason = invalid["usecases"][0]["reasons"][0].as_str().unwrap_or_default();
    assert!(reason.contains("length(context) > 100000"), "{invalid}");
    assert_eq!(traces(&lab), before, "a trial leaves no trace");

    let schema = std::fs::read_to_string(piq_testing::root().join("docs/schema/try.schema.json")).expect("a schema");
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).expect("JSON")).expect("a schema");
    for result in [&first, &same, &one, &invalid] {
        assert!(schema.is_valid(result), "{result}");
    }
}

#[test]
fn engine_try_says_where_the_fake_model_has_no_rule() {
    let lab = Lab::with_sample(3);
    lab.project.write(
        "sql/enrichments/deal_motion.sql",
        "/*\nsummary: What kind of deal it is.\nfunction: ai_query\nprompt_version: \"1\"\ninputs: [usecase_name]\n\
         answer: {motion: {type: string, maxLength: 40, description: Motion}}\nanswer_chars: 20\ncolumns:\n  \
         motion: {type: STRING, comment: Motion of the deal.}\n*/\nSELECT\n  usecase_id,\n  ai_query(\n    {{ model('extract') }},\n    \
         concat('What kind of deal is it? ', {{ crm_text(['usecase_name']) }}),\n    responseFormat => \
         {{ {'motion': {'type': 'string', 'maxLength': 40, 'description': 'Motion'}} | response_format('deal_motion') | sql_string }},\n    \
         {{ parameters('extract', 100) }}\n    failOnError => false\n  ) AS answer\nFROM filtered_usecases\n",
    );
    let (ended, tried) = lab.tries(&["deal_motion", "--limit", "2"]);
    assert_eq!((ended, tried["usecases"][0]["outcome"].as_str()), (1, Some("no_rule")), "{tried}");
    assert!(tried["usecases"][0]["new"].is_null(), "{tried}");
    let out = lab.piq(&["try", "deal_motion", "-t", "local"]);
    assert!(text(&out.stdout).contains("the fake model has no rule for this question"), "{}", said(&out));
    for (args, words) in [
        (&["try", "ai_contexts", "-t", "local"][..], "did you mean `ai_context`?"),
        (&["try", "slippage_signals", "-t", "local"], "it asks no model"),
        (&["try", "ai_context", "-t", "local", "--model", "m"], "takes no model"),
        (&["try", "ai_context", "-t", "local", "--use-case", "UC-9"], "unknown use case `UC-9`"),
    ] {
        let out = lab.piq(args);
        assert!(code(&out) != 0 && text(&out.stderr).contains(words), "{args:?}: {}", said(&out));
    }
}
