/*
summary: Why the customer does it, and who decides.
function: ai_summarize
prompt_version: "1"
inputs: [sdr_bdr_notes, business_impact, business_outcome_description, ae_authority, ae_money_budget]
answer_chars: 230
columns:
  context:
    type: STRING
    comment: Why the customer does it and who decides, in at most 80 words.
    value: {{ one_line('context', 800) | tojson }}
    on_empty: "'No context is written down yet.'"
*/
SELECT
  usecase_id,
  ai_summarize({{ crm_text(['sdr_bdr_notes', 'business_impact', 'business_outcome_description', 'ae_authority', 'ae_money_budget']) }}, 80) AS context
FROM filtered_usecases
