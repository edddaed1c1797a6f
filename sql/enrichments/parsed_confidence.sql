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
  {{ d.dimension }}_score,
{%- endfor %}
  CAST(answer.major_blockers_score AS INT) AS major_blockers_score,
  CASE WHEN confidence_status = 'ok' THEN array(
{%- for d in reference.ref_confidence_rubric %}
    named_struct('dimension', '{{ d.dimension }}', 'score', {{ d.dimension }}_score, 'quote', nullif(answer.{{ d.dimension }}_evidence, ''), 'supported', {{ d.dimension }}_supported){{ "," if not loop.last }}
{%- endfor %}
  ) END AS evidence,
  answer.rationale AS rationale_for_confidence_score,
  confidence_status
FROM (
  SELECT
    usecase_id,
    answer,
    CASE WHEN answer.rationale IS NULL THEN 'failed' ELSE 'ok' END AS confidence_status,
{%- for d in reference.ref_confidence_rubric %}
    {{ d.dimension }}_supported,
    CAST(CASE
      WHEN answer.{{ d.dimension }}_score < 0 THEN NULL
      WHEN {{ d.dimension }}_supported THEN answer.{{ d.dimension }}_score
      ELSE least(answer.{{ d.dimension }}_score, {{ d.unsupported_cap }})
    END AS INT) AS {{ d.dimension }}_score{{ "," if not loop.last }}
{%- endfor %}
  FROM (
    SELECT
      usecase_id,
      answer,
{%- for d in reference.ref_confidence_rubric %}
      {#- a quote, or a part of it, supports the first dimensions of the rubric that it is given for, and no other #}
      {{ d.dimension }}_quote IS NOT NULL
      {%- if loop.index0 >= pipeline.confidence.max_dimensions_per_quote %}
        AND size(filter(array({% for earlier in reference.ref_confidence_rubric[:loop.index0] %}{{ earlier.dimension }}_quote{{ ", " if not loop.last }}{% endfor %}), q -> instr(q, {{ d.dimension }}_quote) > 0 OR instr({{ d.dimension }}_quote, q) > 0)) < {{ pipeline.confidence.max_dimensions_per_quote }}
      {%- endif %} AS {{ d.dimension }}_supported{{ "," if not loop.last }}
{%- endfor %}
    FROM (
    SELECT
      usecase_id,
      answer,
{%- for d in reference.ref_confidence_rubric %}
      CASE
        WHEN answer.{{ d.dimension }}_score >= 0
          AND length(trim(answer.{{ d.dimension }}_evidence)) >= {{ pipeline.confidence.min_quote_chars }}
          AND NOT answer.{{ d.dimension }}_evidence RLIKE {{ speaks_of_the_score() }}
          AND instr(notes, {{ folded('answer.' ~ d.dimension ~ '_evidence') }}) > 0
        THEN {{ folded('answer.' ~ d.dimension ~ '_evidence') }}
      END AS {{ d.dimension }}_quote{{ "," if not loop.last }}
{%- endfor %}
    FROM (
      SELECT
        u.usecase_id,
        from_json(c.confidence_raw, '{{ confidence_type() }}') AS answer,
        lower(regexp_replace({{ prepared(texts, 'u.') }}, '\\s+', '')) AS notes
      FROM filtered_usecases AS u
      LEFT JOIN ai_confidence AS c ON c.usecase_id = u.usecase_id
    ) AS read_answer
    ) AS quoted
  ) AS checked
) AS capped
