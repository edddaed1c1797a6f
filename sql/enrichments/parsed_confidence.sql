{%- macro folded(quote) -%}lower(regexp_replace({{ quote }}, '\\s+', '')){%- endmacro -%}
{%- set texts = ['usecase_name', 'usecase_description', 'implementation_notes', 'demand_plan_stage_next_steps', 'sdr_bdr_notes', 'business_impact', 'business_outcome_description', 'ae_authority', 'ae_money_budget', 'competition_string', 'last_modified_blocker_comment'] -%}
/*
summary: Scores and quotes of each dimension, with whether the quote really stands in the notes.
inputs: {{ (['confidence_raw'] + texts) | tojson }}
columns:
{%- for d in reference.ref_confidence_rubric %}
  {{ d.dimension }}_score: {type: INT, comment: {{ (d.description ~ ', 0 to 10; at most ' ~ d.unsupported_cap ~ ' without a true quote, NULL if nothing is known.') | tojson }}}
{%- endfor %}
  major_blockers_score: {type: INT, comment: "How much stands in the way, 0 to 10; higher is worse."}
  evidence: {type: "ARRAY<STRUCT<dimension: STRING, score: INT, quote: STRING, supported: BOOLEAN>>", comment: "Score and quote of each dimension, and whether the quote stands in the notes."}
  rationale_for_confidence_score: {type: STRING, comment: "Why the model sees it so, in its words."}
  confidence_status: {type: STRING, comment: "ok or failed: only ok has a score."}
*/
SELECT
  usecase_id,
{%- for d in reference.ref_confidence_rubric %}
  evidence[{{ loop.index0 }}].score AS {{ d.dimension }}_score,
{%- endfor %}
  CAST(answer.major_blockers_score AS INT) AS major_blockers_score,
  CASE WHEN confidence_status = 'ok' THEN evidence END AS evidence,
  answer.rationale AS rationale_for_confidence_score,
  confidence_status
FROM (
  SELECT
    usecase_id,
    answer,
    CASE WHEN answer.rationale IS NULL THEN 'failed' ELSE 'ok' END AS confidence_status,
    transform(judged, x -> named_struct(
      'dimension', x.dimension,
      'score', CAST(CASE WHEN x.score < 0 THEN NULL WHEN x.supported THEN x.score ELSE least(x.score, x.unsupported_cap) END AS INT),
      'quote', nullif(x.said, ''),
      'supported', x.supported)) AS evidence
  FROM (
    SELECT
      usecase_id,
      answer,
      {#- a quote, or a part of it, supports the first dimensions of the rubric that it is given for, and no other #}
      transform(quoted, (x, i) -> named_struct('dimension', x.dimension, 'score', x.score, 'unsupported_cap', x.unsupported_cap, 'said', x.said,
        'supported', x.quote IS NOT NULL AND size(filter(slice(quoted, 1, i), q -> instr(q.quote, x.quote) > 0 OR instr(x.quote, q.quote) > 0)) < {{ pipeline.confidence.max_dimensions_per_quote }})) AS judged
    FROM (
      SELECT
        usecase_id,
        answer,
        transform(claims, x -> named_struct('dimension', x.dimension, 'score', x.score, 'unsupported_cap', x.unsupported_cap, 'said', x.said,
          'quote', CASE
            WHEN x.score >= 0
              AND length(trim(x.said)) >= {{ pipeline.confidence.min_quote_chars }}
              AND NOT x.said RLIKE {{ speaks_of_the_score() }}
              AND instr(notes, {{ folded('x.said') }}) > 0
            THEN {{ folded('x.said') }}
          END)) AS quoted
      FROM (
        SELECT
          usecase_id,
          answer,
          notes,
          array(
{%- for d in reference.ref_confidence_rubric %}
            named_struct('dimension', '{{ d.dimension }}', 'score', answer.{{ d.dimension }}_score, 'unsupported_cap', {{ d.unsupported_cap }}, 'said', answer.{{ d.dimension }}_evidence){{ "," if not loop.last }}
{%- endfor %}
          ) AS claims
        FROM (
          SELECT
            u.usecase_id,
            from_json(c.confidence_raw, '{{ confidence_type() }}') AS answer,
            lower(regexp_replace({{ prepared(texts, 'u.') }}, '\\s+', '')) AS notes
          FROM filtered_usecases AS u
          LEFT JOIN ai_confidence AS c ON c.usecase_id = u.usecase_id
        ) AS read_answer
      ) AS claimed
    ) AS read_quotes
  ) AS judged_quotes
) AS capped
