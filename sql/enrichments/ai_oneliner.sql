/*
summary: One line that says what the use case is about.
function: ai_summarize
prompt_version: "1"
inputs: [usecase_name, usecase_description]
columns:
  one_liner:
    type: STRING
    comment: What the use case is about, in one line of at most 300 characters.
    valid: length(one_liner) <= 300 AND instr(one_liner, '\n') = 0
    on_empty: usecase_name
*/
SELECT
  usecase_id,
  ai_summarize({{ crm_text(['usecase_name', 'usecase_description']) }}, 30) AS one_liner
FROM filtered_usecases
