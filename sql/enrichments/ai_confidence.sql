{%- set texts = ['usecase_description', 'implementation_notes', 'demand_plan_stage_next_steps', 'sdr_bdr_notes', 'business_impact', 'business_outcome_description', 'ae_authority', 'ae_money_budget', 'competition_string', 'last_modified_blocker_comment'] -%}
/*
summary: What the notes say about each MEDDPICC dimension, with a quote for every claim.
function: ai_query
prompt_version: "1"
inputs: {{ (['usecase_name', 'target_live_date'] + texts) | tojson }}
empty_when: {{ texts | tojson }}
columns:
  confidence_raw:
    type: STRING
    comment: The model's answer as JSON. Scores are computed from it in SQL, never by the model.
    json: true
    required: [major_blockers_score, rationale{% for d in reference.ref_confidence_rubric %}, {{ d.dimension }}_score{% endfor %}]
    on_empty: "CAST(NULL AS STRING)"
*/
SELECT
  usecase_id,
  ai_query(
    {{ pipeline.model | sql_string }},
    concat(
      'You read the notes of one sales use case. For each dimension give an integer score from 0 (contradicted) to 10 ',
      '(certain), or -1 if the notes say nothing about it, and copy the words of the notes that show it. ',
      'A score without a verbatim quote counts for little. Dimensions: ',
      {{ dimension_guide() | sql_string }},
      '. major_blockers_score: 0 (nothing in the way) to 10 (stopped). rationale: at most three sentences. ',
      'Target live date: ', coalesce(CAST(target_live_date AS STRING), 'unknown'), '. ',
      {{ crm_text(['usecase_name'] + texts) }}
    ),
    responseFormat => {{ confidence_schema() | sql_string }},
    modelParameters => named_struct('temperature', 0.0, 'max_tokens', 1500),
    failOnError => false
  ) AS answer
FROM filtered_usecases
