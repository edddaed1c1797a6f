{%- set texts = ['account_name', 'one_liner', 'usecase_type', 'business_usecase_type', 'context'] -%}
/*
summary: What an account team can say about the use case in one breath.
function: ai_gen
prompt_version: "1"
inputs: {{ texts | tojson }}
answer_chars: 170
columns:
  soundbyte:
    type: STRING
    comment: What an account team can say about the use case in one breath, at most 45 words, no number that its inputs lack.
    valid: {{ (words('soundbyte') ~ " <= 45 AND size(filter(regexp_extract_all(soundbyte, '[0-9]+', 0), n -> instr(read_text, n) = 0)) = 0") | tojson }}
    value: {{ one_line('soundbyte', 500) | tojson }}
*/
SELECT
  usecase_id,
  ai_gen(concat(
    'Write one sentence of at most 45 words that a sales manager can say about this use case: the customer, what it builds, ',
    'why it matters. Plain words. No number that is not in the text. ',
    {{ crm_text(texts) }},
    {{ repair_note() }}
  )) AS soundbyte,
  concat_ws(' ', {{ texts | join(', ') }}) AS read_text
FROM filtered_usecases
