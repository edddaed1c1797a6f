//! The texts of new enrichment files, one for each AI function.

use super::AiFunction;

/// The file: a header that explains itself and a query that runs as it is.
pub(super) fn text(function: AiFunction, column: &str, inputs: &[String]) -> String {
    let words = column.replace('_', " ");
    let list = inputs.join(", ");
    let quoted = inputs.iter().map(|i| format!("'{i}'")).collect::<Vec<_>>().join(", ");
    let Body { before, summary, comment, header, rules, select } = body(function, column, &words, &quoted);
    format!(
        "{before}/*
# What piq needs to know about this question. `piq validate` checks the file, `piq plan` says what it costs.
# One sentence for the documentation.
summary: \"{summary}\"
function: {}
# The ledger keeps answers by this version, and `piq eval` compares versions. A changed prompt asks again in any case.
prompt_version: \"1\"
# Columns that the prompt reads: of the source, or added by another enrichment. Only a change of these asks again.
# When all of them are empty, no model is asked.
inputs: [{list}]
{header}columns:
  {column}:
    type: STRING
    # The comment of the column in the table: say what a reader may rely on.
    comment: \"{comment}\"
{rules}*/
{select}FROM filtered_usecases
",
        function.name()
    )
}

#[derive(Default)]
struct Body {
    before: String,
    summary: String,
    comment: String,
    header: String,
    rules: String,
    select: String,
}

fn body(function: AiFunction, column: &str, words: &str, quoted: &str) -> Body {
    match function {
        AiFunction::Gen => Body {
            summary: format!("What the notes say about {words}, in one sentence."),
            comment: format!("What the notes say about {words}, in one sentence of at most 40 words."),
            rules: format!(
                "    # SQL that a good answer fulfils. Another answer is kept as `invalid`, never shown, and asked for again.
    valid: size(split(trim({column}), ' +')) <= 40
    # SQL of the value when there is nothing to read.
    on_empty: \"'Nothing is known yet.'\"
"
            ),
            select: format!(
                "SELECT
  usecase_id,
  ai_gen(concat(
    'Say in one sentence of at most 40 words what these notes tell about {words}. ',
    'Use only what is written there. If they tell nothing about it, answer: Nothing is known yet. ',
    -- crm_text cleans the fields, masks contacts and marks them as data
    {{{{ crm_text([{quoted}]) }}}},
    -- empty at first; what to mend when an invalid answer is asked for once more
    {{{{ repair_note() }}}}
  )) AS {column}
"
            ),
            ..Body::default()
        },
        AiFunction::Summarize => Body {
            summary: format!("A summary of {words}."),
            comment: format!("A summary of {words} in about 40 words."),
            rules: format!(
                "    # SQL that a good answer fulfils. Another answer is kept as `invalid`, never shown, and asked for again.
    valid: length({column}) <= 600
    # SQL of the value when there is nothing to read.
    on_empty: \"CAST(NULL AS STRING)\"
"
            ),
            select: format!(
                "SELECT
  usecase_id,
  -- crm_text cleans the fields, masks contacts and marks them as data; 40 is the number of words
  ai_summarize({{{{ crm_text([{quoted}]) }}}}, 40) AS {column}
"
            ),
            ..Body::default()
        },
        AiFunction::Classify => Body {
            summary: format!("Which kind of {words} the notes speak of."),
            comment: format!("Which kind of {words} the notes speak of: Yes, No or Unclear."),
            rules: format!(
                "    # SQL that a good answer fulfils. Another answer is kept as `invalid`, never shown, and asked for again.
    # A longer list of labels belongs in sql/reference/NAME.csv: write `allowed: NAME.column` instead of `valid`, and
    # labels('NAME', 'column') instead of the array below.
    valid: {column} IN ('Yes', 'No', 'Unclear')
    # SQL of the value when there is nothing to read.
    on_empty: \"'Unclear'\"
"
            ),
            select: format!(
                "SELECT
  usecase_id,
  ai_classify(
    -- crm_text cleans the fields, masks contacts and marks them as data
    {{{{ crm_text([{quoted}]) }}}},
    array('Yes', 'No', 'Unclear')
  ) AS {column}
"
            ),
            ..Body::default()
        },
        AiFunction::Query => Body {
            before: format!(
                "{{#- The fields of the answer, as JSON Schemas: the model is bound to them, and the answer is checked against them. -#}}
{{%- set answer = {{
  '{column}': {{'type': 'string', 'minLength': 1, 'maxLength': 100, 'description': 'At most ten words'}},
  'reason': {{'type': 'string', 'minLength': 1, 'maxLength': 300, 'description': 'One sentence'}}
}} -%}}
"
            ),
            summary: format!("What the notes say about {words}."),
            comment: format!("What the notes say about {words}, in at most ten words."),
            header: "answer: {{ answer | tojson }}\n".to_owned(),
            rules: "    # SQL of the value when there is nothing to read.
    on_empty: \"'unknown'\"
"
            .to_owned(),
            select: format!(
                "SELECT
  usecase_id,
  ai_query(
    {{{{ pipeline.model | sql_string }}}},
    concat(
      'Say what these notes tell about {words}. {column}: at most ten words. reason: one sentence. ',
      'Use only what is written there. If they tell nothing about it, the answer is: unknown. ',
      -- crm_text cleans the fields, masks contacts and marks them as data
      {{{{ crm_text([{quoted}]) }}}},
      -- empty at first; what to mend when an invalid answer is asked for once more
      {{{{ repair_note() }}}}
    ),
    responseFormat => {{{{ answer | response_format('{column}') | sql_string }}}},
    modelParameters => named_struct('temperature', 0.0, 'max_tokens', 300),
    failOnError => false
  ) AS answer
"
            ),
        },
    }
}
