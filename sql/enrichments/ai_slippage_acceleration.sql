{%- set texts = ['slip_signals', 'rationale_for_confidence_score', 'next_best_action_recommendation', 'blockers_summary', 'implementation_notes_summary'] -%}
/*
summary: Why it is likely to slip, or what would bring it live earlier.
function: ai_classify
prompt_version: "2"
inputs: {{ (['likely_to_slip', 'can_be_accelerated'] + texts) | tojson }}
empty_when: []
ask_when: likely_to_slip OR can_be_accelerated
answer_chars: 40
columns:
  slippage_category: {type: STRING, comment: "Why it is likely to slip, one of slippage_categories; NULL where it is not.", allowed: slippage_categories.type, nullable: true, valid: (slippage_category IS NULL) <> (accel_category IS NULL)}
  accel_category: {type: STRING, comment: "What would bring it live earlier, one of acceleration_categories; NULL where it cannot be accelerated.", allowed: acceleration_categories.type, nullable: true}
*/
SELECT
  usecase_id,
  {{ classified(crm_text(texts), labels('slippage_categories', 'type')) }} AS slippage_category,
  CAST(NULL AS STRING) AS accel_category
FROM filtered_usecases
WHERE likely_to_slip
UNION ALL
SELECT
  usecase_id,
  CAST(NULL AS STRING) AS slippage_category,
  {{ classified(crm_text(texts), labels('acceleration_categories', 'type')) }} AS accel_category
FROM filtered_usecases
WHERE can_be_accelerated
