/*
summary: How the implementation goes.
function: ai_summarize
prompt_version: "1"
inputs: [implementation_notes, implementation_status, implementation_partner_name]
empty_when: [implementation_notes]
answer_chars: 170
columns:
  implementation_notes_summary:
    type: STRING
    comment: How the implementation goes and who does it, in at most 60 words.
    value: {{ one_line('implementation_notes_summary', 600) | tojson }}
    on_empty: "concat(coalesce(concat('Status ', implementation_status, '. '), ''), coalesce(concat('Partner ', implementation_partner_name, '. '), ''), 'No implementation notes.')"
*/
SELECT
  usecase_id,
  ai_summarize({{ crm_text(['implementation_notes', 'implementation_status', 'implementation_partner_name']) }}, 60) AS implementation_notes_summary
FROM filtered_usecases
