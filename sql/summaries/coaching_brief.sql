{%- set answer = {
  'coaching_brief': {'type': 'string', 'minLength': 20, 'maxLength': 1000, 'description': 'At most 120 words that cite use case ids'}
} -%}
/*
summary: What a manager should talk about with the account teams this week.
function: ai_query
role: brief
prompt_version: "1"
inputs: [manager, top_list]
empty_when: [top_list]
ask_when: manager <> 'Unassigned'
answer: {{ answer | tojson }}
answer_chars: 700
columns:
  coaching_brief:
    type: STRING
    comment: What to talk about with the account teams this week, in at most 120 words that cite use case ids.
    valid: {{ (words('coaching_brief') ~ " <= 120 AND exists(top_ids, id -> instr(coaching_brief, id) > 0)") | tojson }}
    on_empty: "CASE WHEN manager = 'Unassigned' THEN 'These use cases have no manager: name one for each first.' ELSE 'Nothing is at risk.' END"
*/
SELECT
  usecase_id,
  ai_query(
    {{ model('brief') }},
    concat(
      'Write a coaching brief of at most 120 words for a manager of account teams. Begin with the use case where most money is at risk. ',
      'For each of at most four use cases: its id in brackets, what is wrong, and the question to ask. No greeting, no praise, ',
      'nothing that is not in the list. ',
      {{ crm_text(['manager', 'top_list']) }},
      {{ repair_note() }}
    ),
    responseFormat => {{ answer | response_format('coaching_brief') | sql_string }},
    {{ parameters('brief', 400) }}
    failOnError => false
  ) AS answer
FROM filtered_usecases
