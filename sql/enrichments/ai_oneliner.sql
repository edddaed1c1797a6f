/*
summary: One line that says what the use case is about.
function: ai_summarize
prompt_version: "1"
inputs: [usecase_name, usecase_description]
answer_chars: 130
columns:
  one_liner:
    type: STRING
    comment: What the use case is about, in one line of at most 300 characters.
    value: {{ one_line('one_liner', 300) | tojson }}
    on_empty: usecase_name
empty_when: [usecase_description]
*/
SELECT
  usecase_id,
  ai_summarize({{ crm_text(['usecase_name', 'usecase_description']) }}, 30) AS one_liner
FROM filtered_usecases
