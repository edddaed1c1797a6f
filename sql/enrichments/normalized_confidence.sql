/*
summary: The confidence score and level, computed from the parsed scores by the rubric, the override rules and the bands.
inputs: [evidence, major_blockers_score, confidence_status, override_rules]
columns:
  confidence_score: {type: INT, comment: "Confidence from 0 to 100; NULL when it could not be computed."}
  confidence_level_normalized: {type: STRING, comment: "High, Medium, Low or Not computed.", allowed: ref_confidence_bands.level, also_allowed: [Not computed]}
  evidence_coverage: {type: DOUBLE, comment: "Share of the rubric's weight that true quotes support, 0 to 1."}
  missing_dimensions: {type: ARRAY<STRING>, comment: "Dimensions about which nothing is known, heaviest first."}
  top_drivers: {type: ARRAY<STRING>, comment: "The three dimensions that move the score most, with the points they add to or take from a middling one."}
  override_code: {type: STRING, comment: "The rule of ref_override_rules that capped the score, if any."}
  gate_code: {type: STRING, comment: "Why the level is lower than the score alone would give, if it is."}
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
    WHEN s.evidence_coverage < s.reached.min_coverage THEN concat('COVERAGE_LT', CAST(CAST(round(100 * s.reached.min_coverage) AS INT) AS STRING))
    ELSE concat('CORE_LT', CAST(s.reached.min_core_score AS STRING))
  END AS gate_code,
  s.confidence_score - t.confidence_score AS confidence_delta
FROM (
  SELECT
    c.*,
    try_element_at(filter(b.bands, x -> c.confidence_score >= -x.below), 1) AS reached,
    try_element_at(filter(b.bands, x -> c.confidence_score >= -x.below AND c.evidence_coverage >= x.min_coverage AND c.core_score >= x.min_core_score), 1) AS passed
  FROM (
    SELECT
      p.usecase_id,
      d.raw_score,
      o.lowest.cap AS cap,
      o.lowest.code AS cap_code,
      CASE WHEN d.raw_score IS NOT NULL THEN CAST(least(d.raw_score, coalesce(o.lowest.cap, 100)) AS INT) END AS confidence_score,
      d.core_score,
      d.evidence_coverage,
      d.missing_dimensions,
      d.top_drivers
    FROM parsed_confidence AS p
    LEFT JOIN (
      SELECT
        usecase_id,
        round(greatest(0.0D, least(100.0D, sum(weight * coalesce(score, unknown_score)) / 10.0D - {{ pipeline.confidence.blocker_points }}D * max(major_blockers_score)))) AS raw_score,
        min(CASE WHEN core = 1 THEN coalesce(score, unknown_score) END) AS core_score,
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
      SELECT u.usecase_id, sort_array(collect_list(named_struct('cap', r.cap, 'code', r.code)))[0] AS lowest
      FROM (SELECT usecase_id, explode(split(override_rules, ',')) AS code FROM filtered_usecases) AS u
      JOIN ref_override_rules AS r ON r.code = u.code
      GROUP BY u.usecase_id
    ) AS o ON o.usecase_id = p.usecase_id
  ) AS c
  CROSS JOIN (
    SELECT sort_array(collect_list(named_struct('below', -min_score, 'level', level, 'min_coverage', min_coverage, 'min_core_score', min_core_score))) AS bands
    FROM ref_confidence_bands
  ) AS b
) AS s
LEFT JOIN pipelineiq AS t ON t.usecase_id = s.usecase_id
