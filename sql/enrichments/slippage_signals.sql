{%- macro points(part) -%}{% for r in reference.ref_accel_weights if r.part == part %}{{ r.points }}{% endfor %}{%- endmacro -%}
/*
summary: Whether the use case is likely to slip or can be accelerated, by rules alone.
inputs: [slip_rules, stage_code, live_date_band, num_of_blockers, implementation_status, estimated_monthly_dollar_dbus, target_live_date, last_modified_date, confidence_score, confidence_level_normalized]
columns:
  likely_to_slip: {type: BOOLEAN, comment: "Whether its signals add up to a level of ref_risk_bands that is likely to slip."}
  risk_level: {type: STRING, comment: "Level of the risk to slip.", allowed: ref_risk_bands.risk_level}
  risk_reason: {type: STRING, comment: "The signals that it shows in words, most points first; NULL if none."}
  slip_risk_score: {type: INT, comment: "Sum of the points of its signals, 0 to 100."}
  slip_signals: {type: ARRAY<STRING>, comment: "Signals of ref_slip_signals that it shows, most points first."}
  can_be_accelerated: {type: BOOLEAN, comment: "Whether it could go live earlier than planned."}
  accel_score: {type: INT, comment: "How worthwhile acceleration is, 0 to 100; NULL where it cannot be accelerated."}
  accel_days: {type: INT, comment: "Days by which it could go live earlier; NULL where it cannot be accelerated."}
*/
SELECT
  usecase_id,
  likely_to_slip,
  risk_level,
  risk_reason,
  slip_risk_score,
  slip_signals,
  can_be_accelerated,
  CAST(CASE WHEN can_be_accelerated THEN round(
    {{ points('confidence') }} * confidence_score / 100.0D
    + {{ points('runway') }} * least(1.0D, spare_days / greatest(expected_days_to_live, 1))
    + {{ points('dollars') }} * dollar_rank
    + {{ points('freshness') }} * greatest(0.0D, least(1.0D, 1 - days_since_change / 30.0D))) END AS INT) AS accel_score,
  CASE WHEN can_be_accelerated THEN spare_days END AS accel_days
FROM (
  SELECT
    *,
    coalesce({% for r in reference.ref_accel_rules %}({{ r.condition }}){{ " AND " if not loop.last }}{% endfor %}, false) AS can_be_accelerated
  FROM (
    SELECT
      u.usecase_id,
      try_element_at(filter(b.bands, x -> coalesce(s.points, 0) >= -x.below), 1).likely = 1 AS likely_to_slip,
      try_element_at(filter(b.bands, x -> coalesce(s.points, 0) >= -x.below), 1).level AS risk_level,
      array_join(s.reasons, '; ') AS risk_reason,
      CAST(least(100, coalesce(s.points, 0)) AS INT) AS slip_risk_score,
      coalesce(s.codes, CAST(array() AS ARRAY<STRING>)) AS slip_signals,
      n.confidence_score,
      n.confidence_level_normalized,
      u.stage_rank,
      u.num_of_blockers,
      u.implementation_status,
      u.days_since_change,
      u.expected_days_to_live,
      u.days_to_live - u.expected_days_to_live AS spare_days,
      coalesce(d.dollar_rank, 0) AS dollar_rank
    FROM filtered_usecases AS u
    LEFT JOIN normalized_confidence AS n ON n.usecase_id = u.usecase_id
    LEFT JOIN (
      SELECT x.usecase_id, sum(r.points) AS points,
        transform(sort_array(collect_list(named_struct('order', -r.points, 'code', r.code))), c -> c.code) AS codes,
        transform(sort_array(collect_list(named_struct('order', -r.points, 'code', r.code, 'description', r.description))), c -> c.description) AS reasons
      FROM (
        SELECT u.usecase_id, explode(split(concat_ws(',', u.slip_rules
{%- for r in reference.ref_slip_signals if r.reads == 'confidence' %}
          , CASE WHEN {{ r.condition }} THEN {{ r.rule | sql_string }} END
{%- endfor %}), ',')) AS rule
        FROM filtered_usecases AS u
        LEFT JOIN normalized_confidence AS n ON n.usecase_id = u.usecase_id
      ) AS x
      JOIN ref_slip_signals AS r ON r.rule = x.rule
      GROUP BY x.usecase_id
    ) AS s ON s.usecase_id = u.usecase_id
    LEFT JOIN (
      SELECT usecase_id, percent_rank() OVER (ORDER BY estimated_monthly_dollar_dbus) AS dollar_rank FROM piq_scope
    ) AS d ON d.usecase_id = u.usecase_id
    CROSS JOIN (
      SELECT sort_array(collect_list(named_struct('below', -min_points, 'level', risk_level, 'likely', likely_to_slip))) AS bands
      FROM ref_risk_bands
    ) AS b
  ) AS summed
) AS flagged
