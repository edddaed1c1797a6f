//! The texts of new enrichment files, one for each AI function.

use super::AiFunction;

/// The file: a header that explains itself and a query that runs as it is.
pub(super) fn text(function: AiFunction, column: &str, inputs: &[String]) -> String {
    let words = column.replace('_', " ");
    let list = inputs.join(", ");
    let quoted = inputs.iter().map(|i| format!("'{i}'")).collect::<Vec<_>>().join(", ");
    let Body { before, summary, answer, columns, select } = body(function, column, &words, &quoted);
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
{answer}columns:
{columns}*/
{select}FROM filtered_usecases
",
        function.name()
    )
}

struct Body {
    before: String,
    summary: String,
    answer: String,
    columns: String,
    select: String,
}

/// A column with its comment and the lines after it.
fn described(column: &str, comment: &str, rest: &str) -> String {
    format!(
        "  {column}:
    type: STRING
    # The comment of the column in the table: say what a reader may rely on.
    comment: \"{comment}\"
{rest}"
    )
}

const ANSWER_CHARS: &str = "# Usual length of an answer in characters: for the estimate of the cost.\n";
const VALID: &str =
    "    # SQL that a good answer fulfils. Another answer is kept as `invalid`, never shown, and asked for again.\n";
const ON_EMPTY: &str = "    # SQL of the value when there is nothing to read.\n";
const CRM_TEXT: &str = "-- crm_text cleans the fields, masks contacts and marks them as data";

fn body(function: AiFunction, column: &str, words: &str, quoted: &str) -> Body {
    match function {
        AiFunction::Gen => Body {
            before: String::new(),
            summary: format!("What the notes say about {words}, in one sentence."),
            answer: format!("{ANSWER_CHARS}answer_chars: 180\n"),
            columns: described(
                column,
                &format!("What the notes say about {words}, in one sentence of at most 40 words."),
                &format!(
                    "{VALID}    valid: {{{{ (words('{column}') ~ ' <= 40') | tojson }}}}
    # SQL that brings a good answer into its stored form: here one line of at most 500 characters.
    value: {{{{ one_line('{column}', 500) | tojson }}}}
{ON_EMPTY}    on_empty: \"'Nothing is known yet.'\"
"
                ),
            ),
            select: format!(
                "SELECT
  usecase_id,
  ai_gen(concat(
    'Say in one sentence of at most 40 words what these notes tell about {words}. ',
    'Use only what is written there. If they tell nothing about it, answer: Nothing is known yet. ',
    {CRM_TEXT}
    {{{{ crm_text([{quoted}]) }}}},
    -- empty at first, and what to mend when an invalid answer is asked for once more
    {{{{ repair_note() }}}}
  )) AS {column}
"
            ),
        },
        AiFunction::Summarize => Body {
            before: String::new(),
            summary: format!("A summary of {words}."),
            answer: format!("{ANSWER_CHARS}answer_chars: 240\n"),
            columns: described(
                column,
                &format!("A summary of {words} in about 40 words, one line of at most 600 characters."),
                &format!(
                    "    # SQL that brings an answer into its stored form: here one line of at most 600 characters.
    value: {{{{ one_line('{column}', 600) | tojson }}}}
{ON_EMPTY}    on_empty: \"CAST(NULL AS STRING)\"
"
                ),
            ),
            select: format!(
                "SELECT
  usecase_id,
  {CRM_TEXT}; 40 is the number of words
  ai_summarize({{{{ crm_text([{quoted}]) }}}}, 40) AS {column}
"
            ),
        },
        AiFunction::Mask => Body {
            before: String::new(),
            summary: "The notes without names of persons and addresses.".to_owned(),
            answer: format!("{ANSWER_CHARS}answer_chars: 800\n"),
            columns: described(
                column,
                "The notes, with [MASKED] in place of names of persons and addresses.",
                &format!("{ON_EMPTY}    on_empty: \"CAST(NULL AS STRING)\"\n    nullable: true\n"),
            ),
            select: format!(
                "SELECT
  usecase_id,
  -- contacts, tokens and numbers of cards and accounts are masked before, without a model. Questions that should not
  -- see the names read {column} in place of the notes: in their `inputs` and in their query.
  ai_mask({{{{ prepared([{quoted}]) }}}}, array('person', 'address')) AS {column}
"
            ),
        },
        AiFunction::Classify => Body {
            before: String::new(),
            summary: format!("Which kind of {words} the notes speak of."),
            answer: format!("{ANSWER_CHARS}answer_chars: 10\n"),
            columns: described(
                column,
                &format!("Which kind of {words} the notes speak of: Yes, No or Unclear."),
                &format!(
                    "{VALID}    # A longer list of labels belongs in sql/reference/NAME.csv: write `allowed: NAME.column` instead of `valid`,
    # and labels('NAME', 'column') instead of the list below.
    valid: {column} IN ('Yes', 'No', 'Unclear')
{ON_EMPTY}    on_empty: \"'Unclear'\"
"
                ),
            ),
            select: format!(
                "SELECT
  usecase_id,
  {CRM_TEXT}
  {{{{ classified(crm_text([{quoted}]), ['Yes', 'No', 'Unclear']) }}}} AS {column}
"
            ),
        },
        AiFunction::Query => query(column, words, quoted),
    }
}

fn query(column: &str, words: &str, quoted: &str) -> Body {
    Body {
        before: format!(
            "{{%- set answer = {{
  '{column}': {{'type': 'string', 'minLength': 1, 'maxLength': 100, 'description': 'The answer in at most ten words'}},
  '{column}_reason': {{'type': 'string', 'minLength': 1, 'maxLength': 400, 'description': 'One sentence from the notes'}}
}} -%}}
"
        ),
        summary: format!("What the notes say about {words}, and why."),
        answer: format!(
            "# The fields of the JSON object that the model must answer with, as the first lines name them; each is a column.
answer: {{{{ answer | tojson }}}}
{ANSWER_CHARS}answer_chars: 200
"
        ),
        columns: format!(
            "{}{}",
            described(
                column,
                &format!("What the notes say about {words}, in at most ten words."),
                &format!("{ON_EMPTY}    on_empty: \"'unknown'\"\n")
            ),
            format_args!(
                "  {column}_reason:
    type: STRING
    comment: \"Why the answer about {words} is so, in one sentence.\"
    on_empty: \"'Nothing is written down yet.'\"
"
            )
        ),
        select: format!(
            "SELECT
  usecase_id,
  ai_query(
    {{{{ model('extract') }}}},
    concat(
      'Say what these notes tell about {words}, and why. ',
      'Use only what is written there. If they tell nothing about it, the answer is: unknown. ',
      {CRM_TEXT}
      {{{{ crm_text([{quoted}]) }}}},
      -- empty at first, and what was wrong when an invalid answer is asked for once more
      {{{{ repair_note() }}}}
    ),
    responseFormat => {{{{ answer | response_format('{column}') | sql_string }}}},
    {{{{ parameters('extract', 300) }}}}
    failOnError => false
  ) AS answer
"
        ),
    }
}
