{%- from 'evidence.sql.j2' import as_prepared, as_seen, folded, sentence_around, is_order, is_aside, names_nothing with context -%}
{%- set texts = ['usecase_name', 'usecase_description', 'implementation_notes', 'demand_plan_stage_next_steps', 'sdr_bdr_notes', 'business_impact', 'business_outcome_description', 'ae_authority', 'ae_money_budget', 'competition_string', 'last_modified_blocker_comment'] -%}
{%- set rules = pipeline.confidence -%}
{#- a quote that stands in the notes, and that not too many dimensions are shown by -#}
{%- set is_shown = 'claim.quote IS NOT NULL AND claim.sharers <= ' ~ 2 * rules.max_dimensions_per_quote ~ ' AND claim.earlier < ' ~ rules.max_dimensions_per_quote -%}
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
  evidence,
  answer.rationale AS rationale_for_confidence_score,
  CASE WHEN answer.rationale IS NULL THEN 'failed' ELSE 'ok' END AS confidence_status
FROM (
  SELECT
    usecase_id,
    answer,
    CASE WHEN answer.rationale IS NOT NULL THEN transform(claims, claim -> named_struct(
      'dimension', claim.dimension,
      'score', CAST(CASE
        WHEN claim.score < 0 THEN NULL
        -- what was written to be scored shows nothing
        WHEN claim.is_order THEN 0
        WHEN {{ is_shown }} THEN claim.score
        WHEN claim.sharers > {{ 2 * rules.max_dimensions_per_quote }} THEN least(claim.score, claim.unknown)
        ELSE least(claim.score, claim.cap)
      END AS INT),
      'quote', claim.said,
      'supported', NOT claim.is_order AND {{ is_shown }}
    )) END AS evidence
  FROM (
    WITH piq_quoted AS (
    SELECT
      usecase_id,
      answer,
      title,
      transform(claims, claim -> named_struct(
        'place', claim.place, 'dimension', claim.dimension, 'score', claim.score, 'cap', claim.cap, 'unknown', claim.unknown,
        'said', claim.said,
        'quote', CASE WHEN claim.score >= 0 AND length(claim.plain) >= {{ rules.min_quote_chars }} AND instr(folded_notes, {{ folded('claim.plain') }}) > 0 THEN {{ folded('claim.plain') }} END,
        'sentence', CASE WHEN claim.score >= 0 AND claim.plain IS NOT NULL THEN {{ sentence_around('claim.plain', 'notes', 'instr(notes, claim.plain)') }} END
      )) AS claims
    FROM (
      SELECT
        usecase_id,
        answer,
        title,
        notes,
        {{ folded('notes') }} AS folded_notes,
        transform(array(
{%- for d in reference.ref_confidence_rubric %}
          named_struct('place', {{ loop.index0 }}, 'dimension', '{{ d.dimension }}', 'score', answer.{{ d.dimension }}_score, 'cap', {{ d.unsupported_cap }}, 'unknown', {{ d.unknown_score }}, 'said', nullif(trim(answer.{{ d.dimension }}_evidence), '')){{ "," if not loop.last }}
{%- endfor %}
        ), claim -> named_struct('place', claim.place, 'dimension', claim.dimension, 'score', claim.score, 'cap', claim.cap, 'unknown', claim.unknown, 'said', claim.said, 'plain', {{ as_prepared('claim.said') }})) AS claims
      FROM (
        SELECT
          u.usecase_id,
          from_json(c.confidence_raw, '{{ confidence_type() }}') AS answer,
          {{ clean('u.usecase_name') }} AS title,
          concat_ws('\n', {% for t in texts %}{{ clean('u.' ~ t) }}{{ ", " if not loop.last }}{% endfor %}) AS notes
        FROM filtered_usecases AS u
        LEFT JOIN ai_confidence AS c ON c.usecase_id = u.usecase_id
      ) AS read_answer
    ) AS with_claims
  )
    SELECT
      usecase_id,
      answer,
      transform(claims, claim -> named_struct(
        'dimension', claim.dimension, 'score', claim.score, 'cap', claim.cap, 'unknown', claim.unknown, 'said', claim.said, 'quote', claim.quote,
        'is_order', claim.sentence IS NOT NULL AND ({{ is_order('claim.seen') }} OR {{ names_nothing('claim.sentence', 'title') }} AND (array_contains(everywhere, lower(claim.sentence)) OR {{ is_aside('claim.seen') }})),
        {#- a quote, or a part of it, supports the first dimensions of the rubric that it is given for, and no other #}
        'sharers', size(filter(claims, other -> instr(claim.quote, other.quote) > 0 OR instr(other.quote, claim.quote) > 0)),
        'earlier', size(filter(claims, other -> other.place < claim.place AND (instr(claim.quote, other.quote) > 0 OR instr(other.quote, claim.quote) > 0)))
      )) AS claims
    FROM (
      SELECT q.usecase_id, q.answer, q.title, e.everywhere,
        transform(q.claims, claim -> named_struct('place', claim.place, 'dimension', claim.dimension, 'score', claim.score, 'cap', claim.cap, 'unknown', claim.unknown, 'said', claim.said, 'quote', claim.quote, 'sentence', claim.sentence, 'seen', {{ as_seen('claim.sentence') }})) AS claims
      FROM piq_quoted AS q
      CROSS JOIN (
        -- sentences that are quoted about five use cases and a fifth of the batch: they are about none of them
        SELECT collect_list(sentence) AS everywhere
        FROM (
          SELECT lower(sentence) AS sentence, count(DISTINCT usecase_id) AS usecases
          FROM (SELECT usecase_id, explode(transform(claims, claim -> claim.sentence)) AS sentence FROM piq_quoted) AS each_sentence
          GROUP BY lower(sentence)
        ) AS counted
        CROSS JOIN (SELECT count(*) AS all_usecases FROM filtered_usecases) AS batch
        WHERE usecases >= 5 AND usecases >= 0.2D * all_usecases
      ) AS e
    ) AS quoted
  ) AS compared
) AS capped
