{%- set texts = ['usecase_name', 'usecase_description', 'implementation_notes', 'demand_plan_stage_next_steps', 'sdr_bdr_notes', 'business_impact', 'business_outcome_description', 'ae_authority', 'ae_money_budget', 'competition_string', 'last_modified_blocker_comment'] -%}
/*
summary: Scores and quotes of each dimension, with whether the quote really stands in the notes.
inputs: [confidence_raw]
columns:
{%- for d in reference.ref_confidence_rubric %}
  {{ d.dimension }}_score: {type: INT, comment: "{{ d.description }}: 0 to 10, capped at 3 without a true quote, NULL if nothing is known."}
{%- endfor %}
  major_blockers_score: {type: INT, comment: "How much stands in the way, 0 to 10; higher is worse."}
  evidence: {type: "ARRAY<STRUCT<dimension: STRING, quote: STRING, supported: BOOLEAN>>", comment: "The quotes, and whether each stands in the notes."}
  rationale_for_confidence_score: {type: STRING, comment: "Why the model sees it so, in its words."}
  confidence_status: {type: STRING, comment: "ok, empty, or failed: only ok has a score."}
*/
SELECT
  usecase_id,
{%- for d in reference.ref_confidence_rubric %}
  CASE
    WHEN {{ d.dimension }}_model NOT BETWEEN 0 AND 10 THEN NULL
    WHEN {{ d.dimension }}_supported THEN {{ d.dimension }}_model
    ELSE least({{ d.dimension }}_model, 3)
  END AS {{ d.dimension }}_score,
{%- endfor %}
  CASE WHEN confidence_status = 'ok' THEN blockers_model END AS major_blockers_score,
  array(
{%- for d in reference.ref_confidence_rubric %}
    named_struct('dimension', '{{ d.dimension }}', 'quote', {{ d.dimension }}_quote, 'supported', {{ d.dimension }}_supported){{ "," if not loop.last }}
{%- endfor %}
  ) AS evidence,
  rationale_for_confidence_score,
  confidence_status
FROM (
  SELECT
    usecase_id,
{%- for d in reference.ref_confidence_rubric %}
    try_cast(get_json_object(confidence_raw, '$.{{ d.dimension }}_score') AS INT) AS {{ d.dimension }}_model,
    get_json_object(confidence_raw, '$.{{ d.dimension }}_evidence') AS {{ d.dimension }}_quote,
    coalesce(
      length(trim(get_json_object(confidence_raw, '$.{{ d.dimension }}_evidence'))) >= 8
      AND NOT lower(get_json_object(confidence_raw, '$.{{ d.dimension }}_evidence')) RLIKE 'scor(e|ing)|rate (this|me|it)|10 ?(/|out of) ?10'
      AND instr(notes, regexp_replace(lower(get_json_object(confidence_raw, '$.{{ d.dimension }}_evidence')), '\\s+', '')) > 0,
      false) AS {{ d.dimension }}_supported,
{%- endfor %}
    try_cast(get_json_object(confidence_raw, '$.major_blockers_score') AS INT) AS blockers_model,
    get_json_object(confidence_raw, '$.rationale') AS rationale_for_confidence_score,
    CASE
      WHEN confidence_raw IS NULL THEN coalesce(answer_status, 'failed')
{%- for d in reference.ref_confidence_rubric %}
      WHEN coalesce(try_cast(get_json_object(confidence_raw, '$.{{ d.dimension }}_score') AS INT), 99) NOT BETWEEN -1 AND 10 THEN 'failed'
{%- endfor %}
      WHEN coalesce(try_cast(get_json_object(confidence_raw, '$.major_blockers_score') AS INT), 99) NOT BETWEEN 0 AND 10 THEN 'failed'
      ELSE 'ok'
    END AS confidence_status
  FROM (
    SELECT
      u.usecase_id,
      c.confidence_raw,
      CASE c.confidence_status_of_call WHEN 'skipped_empty' THEN 'empty' END AS answer_status,
      regexp_replace(lower({{ prepared(texts, 'u.') }}), '\\s+', '') AS notes
    FROM filtered_usecases AS u
    LEFT JOIN (SELECT usecase_id, confidence_raw, answer_status AS confidence_status_of_call FROM ai_confidence) AS c ON c.usecase_id = u.usecase_id
  ) AS joined
) AS parsed
