/*
summary: What an account team can say about the use case in one breath.
function: ai_gen
prompt_version: "1"
inputs: [account_name, one_liner, usecase_type]
columns:
  soundbyte:
    type: STRING
    comment: What an account team can say about the use case in one breath, at most 45 words.
    valid: size(split(trim(soundbyte), ' +')) <= 45
    on_empty: "'No description yet.'"
*/
SELECT
  usecase_id,
  ai_gen(concat(
    'Write one sentence of at most 45 words that a sales manager can say about this use case. ',
    'Use no number that is not in the text. ',
    {{ crm_text(['account_name', 'one_liner', 'usecase_type']) }}
  )) AS soundbyte
FROM filtered_usecases
