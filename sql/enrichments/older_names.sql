/*
summary: Scores and level under the names that older dashboards read.
inputs: [confidence_level_normalized, identify_pain_score, implementation_plan_score, decision_process_score, competition_score, major_blockers_score, metrics_score]
columns:
  confidence_level: {type: STRING, comment: "The same as confidence_level_normalized.", allowed: ref_confidence_bands.level, also_allowed: [Not computed]}
  pain_score: {type: INT, comment: "The same as identify_pain_score."}
  implementationplan_score: {type: INT, comment: "The same as implementation_plan_score."}
  decisionprocess_score: {type: INT, comment: "The same as decision_process_score."}
  competitionawareness_score: {type: INT, comment: "The same as competition_score."}
  majorblockers_score: {type: INT, comment: "The same as major_blockers_score."}
  measurableimpact_score: {type: INT, comment: "The same as metrics_score."}
*/
SELECT
  n.usecase_id,
  n.confidence_level_normalized AS confidence_level,
  p.identify_pain_score AS pain_score,
  p.implementation_plan_score AS implementationplan_score,
  p.decision_process_score AS decisionprocess_score,
  p.competition_score AS competitionawareness_score,
  p.major_blockers_score AS majorblockers_score,
  p.metrics_score AS measurableimpact_score
FROM normalized_confidence AS n
JOIN parsed_confidence AS p ON p.usecase_id = n.usecase_id
