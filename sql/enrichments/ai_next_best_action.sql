{%- set dimensions = reference.ref_confidence_rubric | map(attribute='dimension') | list -%}
{%- set summaries = ['one_liner', 'context', 'next_steps_summary', 'implementation_notes_summary', 'blockers_summary'] -%}
{%- set answer = {
  'next_best_action_recommendation': {'type': 'string', 'minLength': 10, 'maxLength': 300, 'description': 'One action: who does what with whom'},
  'nba_rationale': {'type': 'string', 'minLength': 10, 'maxLength': 400, 'description': 'Why this action, from the notes'},
  'nba_owner_role': {'type': 'string', 'enum': ['AE', 'SA', 'SLM', 'FLM', 'Partner', 'Customer'], 'description': 'Who has to act'},
  'nba_due_days': {'type': 'integer', 'minimum': 1, 'maximum': 14, 'description': 'Days until it has to be done'},
  'nba_target_dimension': {'type': 'string', 'enum': dimensions, 'description': 'The dimension that it strengthens most'},
  'nba_next_question': {'type': 'string', 'minLength': 10, 'maxLength': 300, 'description': 'The one question that the manager should ask the account team'}
} -%}
/*
summary: The one action that helps the use case most now, with owner and date.
function: ai_query
role: reason
prompt_version: "1"
inputs: {{ (['stage', 'target_live_date', 'live_date_band', 'implementation_status'] + summaries + ['confidence_level_normalized', 'missing_dimensions', 'major_blockers_score']) | tojson }}
empty_when: []
answer: {{ answer | tojson }}
answer_chars: 450
columns:
  next_best_action_recommendation: {type: STRING, comment: "The one action that helps most now, at most 300 characters."}
  nba_rationale: {type: STRING, comment: "Why this action."}
  nba_owner_role: {type: STRING, comment: "Who has to act: AE, SA, SLM, FLM, Partner or Customer."}
  nba_due_days: {type: INT, comment: "Days until it has to be done, 1 to 14, counted from piq_last_updated."}
  nba_target_dimension: {type: STRING, comment: "The dimension that it strengthens most."}
  nba_next_question: {type: STRING, comment: "The one question that the manager should ask the account team."}
*/
SELECT
  usecase_id,
  ai_query(
    {{ model('reason') }},
    concat(
      'You help a sales team to bring one use case into production. Choose the one next action that raises its chance most. ',
      'Say who does what with whom; no general advice, nothing that the notes say is done. ',
      'Remove what blocks it first; else close the gap in the heaviest dimension that is missing or weak. ',
      'The nearer the live date, the sooner it is due. Roles: AE account executive, SA solution architect, SLM sales manager, ',
      'FLM field manager. Dimensions: ', {{ dimension_guide() | sql_string }},
      '. Target live date: ', coalesce(CAST(target_live_date AS STRING), 'unknown'), ' (', live_date_band, '). ',
      'Confidence: ', coalesce(confidence_level_normalized, 'Not computed'),
      '. Missing dimensions: ', coalesce(nullif(array_join(missing_dimensions, ', '), ''), 'none'),
      '. Blockers, 0 none to 10 stopped: ', coalesce(CAST(major_blockers_score AS STRING), 'unknown'), '. ',
      {{ crm_text(['stage', 'implementation_status'] + summaries) }},
      {{ repair_note() }}
    ),
    responseFormat => {{ answer | response_format('next_best_action') | sql_string }},
    {{ parameters('reason', 700) }}
    failOnError => false
  ) AS answer
FROM filtered_usecases
