{%- set by_facts = 'n.without_notes AND d.known_scores = 0 AND f.fact_score IS NOT NULL' -%}
/*
summary: The confidence score and level, computed from the parsed scores by the rubric, the override rules and the bands.
inputs: [evidence, major_blockers_score, confidence_status, override_rules, slip_rules, stage_code]
columns:
  confidence_score: {type: INT, comment: "Confidence from 0 to 100; NULL when it could not be computed."}
  confidence_level_normalized: {type: STRING, comment: "High, Medium, Low or Not computed.", allowed: ref_confidence_bands.level, also_allowed: [Not computed]}
  evidence_coverage: {type: DOUBLE, comment: "Share of the rubric's weight that true quotes support, 0 to 1."}
  missing_dimensions: {type: ARRAY<STRING>, comment: "Dimensions about which nothing is known, heaviest first."}
  top_drivers: {type: ARRAY<STRING>, comment: "The three dimensions that move the score most, with the points they add to or take from a middling one; in a source without notes, the stage and the heaviest signals."}
  override_code: {type: STRING, comment: "The rule of ref_override_rules that capped the score, if any."}
  gate_code: {type: STRING, comment: "Why the level is lower than the score alone would give, if it is: a rule of ref_override_rules, COVERAGE_LT… or CORE_LT…"}
  level_limit: {type: STRING, comment: "The highest level that the rules of ref_override_rules allow; NULL if none applies."}
  level_reason: {type: STRING, comment: "Why the level is what it is, in one sentence."}
  confidence_delta: {type: INT, comment: "Change of the score against the one it replaced."}
*/
SELECT
  s.usecase_id,
  s.confidence_score,
  CASE WHEN s.confidence_score IS NULL THEN 'Not computed' ELSE coalesce(s.passed.level, 'Low') END AS confidence_level_normalized,
  s.evidence_coverage,
  s.missing_dimensions,
  s.top_drivers,
  CASE WHEN s.cap < s.raw_score THEN s.cap_code END AS override_code,
  CASE
    WHEN s.passed.level <=> s.reached.level THEN NULL
    WHEN s.reached.min_score > s.bound.min_score THEN s.bound.code
    WHEN s.evidence_coverage < s.reached.min_coverage THEN concat('COVERAGE_LT', CAST(CAST(round(100 * s.reached.min_coverage) AS INT) AS STRING))
    ELSE concat('CORE_LT', CAST(s.reached.min_core_score AS STRING))
  END AS gate_code,
  s.bound.level AS level_limit,
  CASE
    WHEN s.confidence_score IS NULL THEN 'Not computed: the model has given no valid answer yet'
    WHEN s.by_facts THEN concat(coalesce(s.passed.level, 'Low'), ' by its stage, age and dates alone, a score of ', CAST(s.confidence_score AS STRING), ': nothing is written about it, nor about nearly any other use case')
    WHEN NOT (s.passed.level <=> s.reached.level) THEN concat(coalesce(s.passed.level, 'Low'), ', not ', s.reached.level, ' by its score of ', CAST(s.confidence_score AS STRING), ': ',
      CASE
        WHEN s.reached.min_score > s.bound.min_score THEN concat(lower(substr(s.bound.description, 1, 1)), substr(s.bound.description, 2))
        WHEN s.evidence_coverage < s.reached.min_coverage THEN concat('true quotes support ', CAST(CAST(round(100 * s.evidence_coverage) AS INT) AS STRING), ' % of the weight, where ', s.reached.level, ' needs ', CAST(CAST(round(100 * s.reached.min_coverage) AS INT) AS STRING), ' %')
        ELSE concat('a core dimension is at ', CAST(s.core_score AS STRING), ', where ', s.reached.level, ' needs ', CAST(s.reached.min_core_score AS STRING))
      END)
    WHEN s.cap < s.raw_score THEN concat(coalesce(s.passed.level, 'Low'), ': the score of ', CAST(CAST(s.raw_score AS INT) AS STRING), ' is held at ', CAST(s.cap AS STRING), ', because ', lower(substr(s.cap_description, 1, 1)), substr(s.cap_description, 2))
    ELSE concat(coalesce(s.passed.level, 'Low'), ' by its score of ', CAST(s.confidence_score AS STRING), ': true quotes support ', CAST(CAST(round(100 * s.evidence_coverage) AS INT) AS STRING), ' % of the weight')
  END AS level_reason,
  s.confidence_score - t.confidence_score AS confidence_delta
FROM (
  SELECT
    c.*,
    try_element_at(filter(b.bands, x -> c.confidence_score >= -x.below), 1) AS reached,
    try_element_at(filter(b.bands, x -> c.confidence_score >= -x.below AND c.evidence_coverage >= x.min_coverage AND c.core_score >= x.min_core_score AND -x.below <= coalesce(c.bound.min_score, 100)), 1) AS passed
  FROM (
    SELECT
      p.usecase_id,
      {{ by_facts }} AS by_facts,
      CASE WHEN {{ by_facts }} THEN f.fact_score ELSE d.raw_score END AS raw_score,
      o.lowest.cap AS cap,
      o.lowest.code AS cap_code,
      o.lowest.description AS cap_description,
      o.bound AS bound,
      CASE WHEN d.raw_score IS NOT NULL THEN CAST(least(CASE WHEN {{ by_facts }} THEN f.fact_score ELSE d.raw_score END, coalesce(o.lowest.cap, 100)) AS INT) END AS confidence_score,
      d.core_score,
      d.evidence_coverage,
      d.missing_dimensions,
      CASE WHEN {{ by_facts }} THEN f.fact_drivers ELSE d.top_drivers END AS top_drivers
    FROM parsed_confidence AS p
    LEFT JOIN (
      SELECT
        usecase_id,
        round(greatest(0.0D, least(100.0D, sum(weight * coalesce(score, unknown_score)) / 10.0D - {{ pipeline.confidence.blocker_points }}D * max(major_blockers_score)))) AS raw_score,
        min(CASE WHEN core = 1 THEN coalesce(score, unknown_score) END) AS core_score,
        count(score) AS known_scores,
        sum(CASE WHEN supported THEN weight ELSE 0 END) / CAST(sum(weight) AS DOUBLE) AS evidence_coverage,
        transform(filter(sort_array(collect_list(named_struct('order', -weight, 'dimension', dimension, 'missing', score IS NULL))), x -> x.missing), x -> x.dimension) AS missing_dimensions,
        transform(slice(sort_array(collect_list(named_struct('order', -abs(gain), 'dimension', dimension, 'gain', gain))), 1, 3), x -> concat(x.dimension, CASE WHEN x.gain < 0 THEN ' ' ELSE ' +' END, CAST(x.gain AS STRING))) AS top_drivers
      FROM (
        SELECT e.usecase_id, e.major_blockers_score, e.answer.score AS score, e.answer.supported AS supported,
          r.dimension, r.weight, r.core, r.unknown_score,
          CAST(r.weight * (coalesce(e.answer.score, r.unknown_score) - 5) / 10.0D AS DECIMAL(9,1)) AS gain
        FROM (SELECT usecase_id, major_blockers_score, explode(evidence) AS answer FROM parsed_confidence WHERE confidence_status = 'ok') AS e
        JOIN ref_confidence_rubric AS r ON r.dimension = e.answer.dimension
      ) AS weighed
      GROUP BY usecase_id
    ) AS d ON d.usecase_id = p.usecase_id
    LEFT JOIN (
      SELECT u.usecase_id, sort_array(collect_list(named_struct('cap', r.cap, 'code', r.code, 'description', r.description)))[0] AS lowest,
        sort_array(collect_list(named_struct('min_score', b.min_score, 'code', r.code, 'level', b.level, 'description', r.description)))[0] AS bound
      FROM (SELECT usecase_id, explode(split(override_rules, ',')) AS code FROM filtered_usecases) AS u
      JOIN ref_override_rules AS r ON r.code = u.code
      LEFT JOIN ref_confidence_bands AS b ON b.level = r.highest_level
      GROUP BY u.usecase_id
    ) AS o ON o.usecase_id = p.usecase_id
    LEFT JOIN (
      -- what is known without notes: the chance of the stage, less half the points of the signals of risk that hold today
      SELECT u.usecase_id, round(greatest(0.0D, least(100.0D, 100.0D * max(r.probability) - 0.5D * coalesce(sum(g.points), 0)))) AS fact_score,
        concat(array(concat('stage ', max(u.stage_code), ' +', CAST(CAST(round(100 * max(r.probability)) AS INT) AS STRING))),
          transform(slice(sort_array(filter(collect_list(CASE WHEN g.points IS NOT NULL THEN named_struct('order', -g.points, 'code', g.code, 'points', g.points) END), x -> x IS NOT NULL)), 1, 2), x -> concat(x.code, ' -', CAST(CAST(round(x.points / 2) AS INT) AS STRING)))) AS fact_drivers
      FROM (SELECT usecase_id, stage_code, explode(split(coalesce(slip_rules, ''), ',')) AS rule FROM filtered_usecases) AS u
      JOIN ref_stage AS r ON r.code = u.stage_code
      LEFT JOIN ref_slip_signals AS g ON g.rule = u.rule
      GROUP BY u.usecase_id
    ) AS f ON f.usecase_id = p.usecase_id
    CROSS JOIN (
      -- a source whose use cases have next to no notes, 95 % of them; fewer than 20 do not tell
      SELECT count(*) >= 20 AND avg(CASE WHEN status = 'skipped_empty' THEN 1.0D ELSE 0.0D END) >= 0.95D AS without_notes
      FROM (
        SELECT usecase_id, max_by(status, finished_at) AS status
        FROM piq_ai_calls
        WHERE enrichment = 'ai_confidence' AND status IN ('ok', 'skipped_empty', 'bootstrapped')
        GROUP BY usecase_id
      ) AS latest
    ) AS n
  ) AS c
  CROSS JOIN (
    SELECT sort_array(collect_list(named_struct('below', -min_score, 'min_score', min_score, 'level', level, 'min_coverage', min_coverage, 'min_core_score', min_core_score))) AS bands
    FROM ref_confidence_bands
  ) AS b
) AS s
LEFT JOIN pipelineiq AS t ON t.usecase_id = s.usecase_id
