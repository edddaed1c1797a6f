/*
summary: The confidence score and level, computed in SQL from the parsed scores by ref_confidence_rubric.
inputs: [identify_pain_score, champion_score, implementation_plan_score, evidence, major_blockers_score, confidence_status]
columns:
  confidence_score: {type: INT, comment: "Confidence from 0 to 100; NULL when it could not be computed."}
  confidence_level_normalized: {type: STRING, comment: "High, Medium, Low or Not computed."}
  evidence_coverage: {type: DOUBLE, comment: "Share of the rubric's weight that true quotes support, 0 to 1."}
  missing_dimensions: {type: ARRAY<STRING>, comment: "Dimensions about which nothing is known."}
  override_code: {type: STRING, comment: "The rule with the lowest cap that capped the score, if any."}
  gate_code: {type: STRING, comment: "Why a score of High became Medium, if it did."}
*/
SELECT
  usecase_id,
  confidence_score,
  CASE
    WHEN confidence_score IS NULL THEN 'Not computed'
    WHEN confidence_score >= 75 AND gate_code IS NULL THEN 'High'
    WHEN confidence_score >= 45 THEN 'Medium'
    ELSE 'Low'
  END AS confidence_level_normalized,
  evidence_coverage,
  missing_dimensions,
  override_code,
  CASE WHEN confidence_score >= 75 THEN gate_code END AS gate_code
FROM (
  SELECT
    usecase_id,
    CASE WHEN confidence_status = 'ok' THEN CAST(least(raw_score, coalesce(cap, 100)) AS INT) END AS confidence_score,
    CASE WHEN confidence_status = 'ok' THEN evidence_coverage END AS evidence_coverage,
    CASE WHEN confidence_status = 'ok' THEN missing_dimensions END AS missing_dimensions,
    CASE WHEN confidence_status = 'ok' AND cap < raw_score THEN cap_code END AS override_code,
    CASE
      WHEN evidence_coverage < 0.60 THEN 'COVERAGE_LT60'
      WHEN least(coalesce(identify_pain_score, 2), coalesce(champion_score, 2), coalesce(implementation_plan_score, 2)) < 5 THEN 'CORE_LT5'
    END AS gate_code
  FROM (
    SELECT
      p.usecase_id,
      p.confidence_status,
      p.identify_pain_score,
      p.champion_score,
      p.implementation_plan_score,
      round(greatest(0, least(100,
        ({% for d in reference.ref_confidence_rubric %}{{ d.weight }} * coalesce(p.{{ d.dimension }}_score, 2){{ " + " if not loop.last }}{% endfor %}) / 10.0
        - 1.5 * p.major_blockers_score))) AS raw_score,
      (
{%- for d in reference.ref_confidence_rubric %}
        CASE WHEN p.evidence[{{ loop.index0 }}].supported THEN {{ d.weight }} ELSE 0 END{{ " +" if not loop.last }}
{%- endfor %}
      ) / 100.0D AS evidence_coverage,
      filter(array(
{%- for d in reference.ref_confidence_rubric %}
        CASE WHEN p.{{ d.dimension }}_score IS NULL THEN '{{ d.dimension }}' END{{ "," if not loop.last }}
{%- endfor %}
      ), d -> d IS NOT NULL) AS missing_dimensions,
      CASE
        WHEN u.num_of_blockers > 3 THEN 10
        WHEN u.target_live_date < current_date() THEN 30
        WHEN u.implementation_status = 'Red' AND datediff(u.target_live_date, current_date()) < 30 THEN 40
        WHEN datediff(u.target_live_date, current_date()) < 30 AND substr(u.stage, 1, 2) IN ('U1', 'U2', 'U3') THEN 45
      END AS cap,
      CASE
        WHEN u.num_of_blockers > 3 THEN 'BLOCKERS_GT3'
        WHEN u.target_live_date < current_date() THEN 'LIVE_DATE_PAST'
        WHEN u.implementation_status = 'Red' AND datediff(u.target_live_date, current_date()) < 30 THEN 'RED_LT30'
        WHEN datediff(u.target_live_date, current_date()) < 30 AND substr(u.stage, 1, 2) IN ('U1', 'U2', 'U3') THEN 'STAGE_TOO_EARLY'
      END AS cap_code
    FROM parsed_confidence AS p
    JOIN filtered_usecases AS u ON u.usecase_id = p.usecase_id
  ) AS scored
) AS capped
