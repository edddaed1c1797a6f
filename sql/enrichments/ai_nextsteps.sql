/*
summary: What the account team does next.
function: ai_summarize
prompt_version: "1"
inputs: [demand_plan_stage_next_steps]
answer_chars: 150
columns:
  next_steps_summary:
    type: STRING
    comment: What the account team does next, in at most 50 words.
    value: {{ one_line('next_steps_summary', 500) | tojson }}
    on_empty: "'No next steps are written down.'"
*/
SELECT
  usecase_id,
  ai_summarize({{ crm_text(['demand_plan_stage_next_steps']) }}, 50) AS next_steps_summary
FROM filtered_usecases
