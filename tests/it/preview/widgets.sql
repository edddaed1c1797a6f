-- What every chart and table of the two dashboards must show on the demo's data, written a second time: over the source,
-- the rows that the pipeline stored, and the reference tables, without its reporting views.
--
-- A block begins with `-- page/widget: columns`, or `-- dashboard/page/widget: columns` where the two dashboards differ,
-- and holds for the widgets of that name. The columns are those of the widget's result that the query gives, in its order.
-- Rows are compared without their order. The query reads the tables below.

WITH source AS (
  SELECT *, upper(substr(stage, 1, 2)) AS code, coalesce(estimated_monthly_dollar_dbus, 0) AS dollars
  FROM main.gtm_silver.use_case_detail
),
deals AS (
  SELECT s.*, p.confidence_level_normalized AS level, p.confidence_score, p.level_reason, p.risk_level, p.risk_reason,
    p.slip_risk_score, p.likely_to_slip, p.slippage_category, p.can_be_accelerated, p.accel_days, p.accel_category,
    p.usecase_type, p.business_usecase_family, p.next_best_action_recommendation AS action, p.nba_next_question AS question,
    p.nba_rationale, p.nba_owner_role, p.nba_due_days, p.piq_last_updated, p.one_liner, p.blockers_summary, p.evidence,
    p.confidence_raw, p.major_blockers_score, p.override_code, p.gate_code, p.slip_signals, p.evidence_coverage,
    p.rationale_for_confidence_score
  FROM source AS s
  JOIN pipelineiq AS p ON p.usecase_id = s.usecase_id
  WHERE s.code IN ('U1', 'U2', 'U3', 'U4', 'U5') AND s.dollars >= 500 AND s.target_live_date <= date_add(s.snapshot_date, 183)
),
-- the demo has two runs, a week apart
last_week AS (SELECT * FROM piq_history WHERE as_of = (SELECT min(as_of) FROM piq_history) AND pipeline_state = 'Open'),
this_week AS (SELECT * FROM piq_history WHERE as_of = (SELECT max(as_of) FROM piq_history)),
both_weeks AS (
  SELECT n.usecase_id, n.usecase_name, n.sales_manager, n.pipeline_state AS state, n.stage_code, n.monthly_dollars AS dollars,
    n.confidence_score AS score, n.confidence_level AS level, n.target_live_date AS live, n.risk_level AS risk,
    b.usecase_id AS known, b.monthly_dollars AS was_dollars, b.confidence_score AS was_score, b.confidence_level AS was_level,
    b.target_live_date AS was_live, b.risk_level AS was_risk
  FROM this_week AS n
  LEFT JOIN last_week AS b ON b.usecase_id = n.usecase_id
),
changes AS (
  SELECT 'New' AS kind, usecase_name, dollars, CAST(NULL AS STRING) AS before, concat(CAST(score AS STRING), ' ', level) AS after
  FROM both_weeks WHERE state = 'Open' AND known IS NULL
  UNION ALL
  SELECT 'Won', usecase_name, dollars, concat(CAST(was_score AS STRING), ' ', was_level), 'Live' FROM both_weeks WHERE state = 'Won'
  UNION ALL
  SELECT 'Lost', usecase_name, dollars, concat(CAST(was_score AS STRING), ' ', was_level), stage_code FROM both_weeks WHERE state = 'Lost'
  UNION ALL
  SELECT 'Pushed', usecase_name, dollars, CAST(was_live AS STRING), CAST(live AS STRING) FROM both_weeks WHERE state = 'Open' AND live > was_live
  UNION ALL
  SELECT 'Pulled in', usecase_name, dollars, CAST(was_live AS STRING), CAST(live AS STRING) FROM both_weeks WHERE state = 'Open' AND live < was_live
  UNION ALL
  SELECT CASE WHEN dollars > was_dollars THEN 'Dollars up' ELSE 'Dollars down' END, usecase_name, dollars,
    concat('$', format_number(was_dollars, 0)), concat('$', format_number(dollars, 0))
  FROM both_weeks WHERE state = 'Open' AND dollars <> was_dollars
  UNION ALL
  SELECT CASE WHEN score > was_score THEN 'Score up' ELSE 'Score down' END, usecase_name, dollars,
    concat(CAST(was_score AS STRING), ' ', was_level), concat(CAST(score AS STRING), ' ', level)
  FROM both_weeks WHERE state = 'Open' AND score <> was_score
  UNION ALL
  SELECT CASE WHEN risk = 'At risk' THEN 'Now at risk' ELSE 'No longer at risk' END, usecase_name, dollars, was_risk, risk
  FROM both_weeks WHERE state = 'Open' AND (risk = 'At risk') <> (was_risk = 'At risk')
),
-- without a choice, the page about one use case shows the one with most dollars at risk
chosen AS (
  SELECT * FROM deals WHERE likely_to_slip ORDER BY dollars * slip_risk_score DESC, usecase_id LIMIT 1
),
dimensions AS (
  SELECT r.dimension, replace(r.dimension, '_', ' ') AS name, r.weight, r.question, e.answer.quote AS quote,
    get_json_object(e.confidence_raw, concat('$.', r.dimension, '_score')) AS said,
    CASE WHEN e.answer.score IS NULL THEN r.unknown_score ELSE e.answer.score END AS counts,
    CASE WHEN e.answer.supported THEN 'Found in the notes' WHEN e.answer.score IS NULL THEN 'Nothing known'
      WHEN e.answer.quote IS NULL THEN 'No quote' ELSE 'Not in the notes' END AS evidence
  FROM (SELECT confidence_raw, explode(evidence) AS answer FROM chosen) AS e
  JOIN ref_confidence_rubric AS r ON r.dimension = e.answer.dimension
),
quarters AS (
  SELECT d.sales_manager, f.fiscal_quarter AS quarter, d.dollars, d.level, d.likely_to_slip,
    d.dollars * CASE d.level WHEN 'High' THEN 0.85 WHEN 'Medium' THEN 0.4 WHEN 'Low' THEN 0.1 ELSE 0 END AS weighted
  FROM deals AS d
  JOIN ref_fiscal_calendar AS f ON f.month_start = date_trunc('MONTH', d.target_live_date)
)

-- since/since_changes: kind, usecase_name, dollars, before, after
SELECT kind, usecase_name, dollars, before, after FROM changes

-- since/since_trend: as_of, confidence, sum(dollars)
SELECT as_of, confidence_level, sum(monthly_dollars) FROM (SELECT * FROM last_week UNION ALL SELECT * FROM this_week WHERE pipeline_state = 'Open') AS weeks GROUP BY 1, 2

-- since/since_kinds: kind, sum(usecases)
SELECT kind, count(*) FROM changes GROUP BY kind

-- attention/attention_at_risk: usecase_name, account_name, dollars, target_live_date, risk_reason, next_action, action_owner, action_due
SELECT usecase_name, account_name, dollars, target_live_date, risk_reason, action,
  CASE nba_owner_role WHEN 'AE' THEN concat(account_executive, ' (AE)') WHEN 'SA' THEN concat(account_solution_architect, ' (SA)')
    WHEN 'SLM' THEN concat(sales_manager, ' (SLM)') WHEN 'FLM' THEN concat(field_manager, ' (FLM)') ELSE nba_owner_role END,
  CASE WHEN target_live_date BETWEEN CAST(piq_last_updated AS DATE) AND date_add(CAST(piq_last_updated AS DATE), nba_due_days)
    THEN target_live_date ELSE date_add(CAST(piq_last_updated AS DATE), nba_due_days) END
FROM deals WHERE risk_level = 'At risk'

-- attention/attention_causes: slippage_category, sum(at_risk_dollars)
SELECT slippage_category, sum(dollars) FROM deals WHERE likely_to_slip GROUP BY slippage_category

-- piq_main/attention/attention_owners: field_manager, sum(at_risk_dollars)
SELECT field_manager, sum(dollars) FROM deals WHERE likely_to_slip GROUP BY field_manager

-- piq_sales_managers/attention/attention_owners: sales_manager, sum(at_risk_dollars)
SELECT sales_manager, sum(dollars) FROM deals WHERE likely_to_slip GROUP BY sales_manager

-- pulse/pulse_months: monthly(target_live_date), confidence, sum(dollars)
SELECT date_trunc('MONTH', target_live_date), level, sum(dollars) FROM deals GROUP BY 1, 2

-- pulse/pulse_stages: stage, confidence, sum(dollars)
SELECT code, level, sum(dollars) FROM deals GROUP BY 1, 2

-- pulse/pulse_largest: usecase_name, account_executive, dollars, confidence, confidence_score, risk_level, level_reason, target_live_date
SELECT usecase_name, account_executive, dollars, level, confidence_score, risk_level, level_reason, target_live_date FROM deals

-- slippage/slippage_months: monthly(target_live_date), risk_level, sum(dollars)
SELECT date_trunc('MONTH', target_live_date), risk_level, sum(dollars) FROM deals GROUP BY 1, 2

-- slippage/slippage_stages: stage, risk_level, sum(dollars)
SELECT code, risk_level, sum(dollars) FROM deals GROUP BY 1, 2

-- slippage/slippage_usecases: usecase_name, stage, dollars, risk_level, slip_risk_score, times_pushed
SELECT d.usecase_name, d.code, d.dollars, d.risk_level, d.slip_risk_score,
  CASE WHEN coalesce(d.target_live_date_push_count, 0) > coalesce(w.pushes, 0) THEN d.target_live_date_push_count ELSE coalesce(w.pushes, 0) END
FROM deals AS d
LEFT JOIN (SELECT usecase_id, 1 AS pushes FROM both_weeks WHERE live > was_live) AS w ON w.usecase_id = d.usecase_id
WHERE d.slip_risk_score >= 40

-- slippage/slippage_causes: type, description
SELECT type, description FROM slippage_categories

-- acceleration/acceleration_levers: accel_category, sum(faster_dollars)
SELECT accel_category, sum(dollars) FROM deals WHERE can_be_accelerated GROUP BY accel_category

-- acceleration/acceleration_months: monthly(target_live_date), sum(faster_dollars)
SELECT date_trunc('MONTH', target_live_date), sum(dollars) FROM deals WHERE can_be_accelerated GROUP BY 1

-- acceleration/acceleration_usecases: usecase_name, dollars, accel_days, once_dollars, accel_category, next_action
SELECT usecase_name, dollars, accel_days, CAST(dollars * accel_days / 30 AS DECIMAL(18,2)), accel_category, action FROM deals WHERE can_be_accelerated

-- acceleration/acceleration_levers_explained: type, description
SELECT type, description FROM acceleration_categories

-- blockers/blockers_categories: blocker_category, sum(blocked_dollars)
SELECT coalesce(last_modified_blocker_category, 'No category'), sum(dollars) FROM deals WHERE num_of_blockers > 0 GROUP BY 1

-- blockers/blockers_stages: stage, risk_level, sum(usecases)
SELECT code, risk_level, count(*) FROM deals WHERE num_of_blockers > 0 GROUP BY 1, 2

-- blockers/blockers_usecases: usecase_name, dollars, blockers, blockers_summary, risk_level, next_action
SELECT usecase_name, dollars, num_of_blockers, blockers_summary, risk_level, action FROM deals WHERE num_of_blockers > 0

-- freshness/freshness_days: account_executive, sum(stale)
SELECT account_executive, count(*) FROM deals WHERE datediff(snapshot_date, last_modified_date) >= 14 GROUP BY account_executive

-- freshness/freshness_weeks: weekly(last_modified_date), sum(usecases)
SELECT date_trunc('WEEK', last_modified_date), count(*) FROM deals GROUP BY 1

-- freshness/freshness_usecases: usecase_name, dollars, faults, last_modified_date
SELECT usecase_name, dollars, faults, last_modified_date FROM (
  SELECT usecase_name, dollars, last_modified_date, concat_ws(', ',
    CASE WHEN datediff(snapshot_date, last_modified_date) >= 14 THEN 'no change for 14 days' END,
    CASE WHEN target_live_date < snapshot_date THEN 'live date has passed' END,
    CASE WHEN implementation_status IS NULL THEN 'no status' END,
    CASE WHEN demand_plan_stage_next_steps IS NULL THEN 'no next steps' END) AS faults
  FROM deals) AS listed
WHERE faults <> ''

-- coverage/coverage_regions: sales_region, usecase_type, sum(dollars)
SELECT sales_region, usecase_type, sum(dollars) FROM deals GROUP BY 1, 2

-- coverage/coverage_verticals: vertical, usecase_type, sum(usecases)
SELECT vertical, usecase_type, count(*) FROM deals GROUP BY 1, 2

-- coverage/coverage_types: usecase_type, sum(dollars)
SELECT usecase_type, sum(dollars) FROM deals GROUP BY 1

-- coverage/coverage_families: business_usecase_family, sum(dollars)
SELECT business_usecase_family, sum(dollars) FROM deals GROUP BY 1

-- coverage/coverage_usecases: usecase_type, usecase_name, account_name, dollars, stage, next_action
SELECT usecase_type, usecase_name, account_name, dollars, code, action FROM deals

-- review/review_accounts_chart: account_name, confidence, sum(dollars)
SELECT account_name, level, sum(dollars) FROM deals GROUP BY 1, 2

-- review/review_territories: sales_region, confidence, sum(dollars)
SELECT sales_region, level, sum(dollars) FROM deals GROUP BY 1, 2

-- review/review_usecases: usecase_id, usecase_name, account_executive, stage, dollars, confidence, risk_level, target_live_date
SELECT usecase_id, usecase_name, account_executive, code, dollars, level, risk_level, target_live_date FROM deals

-- usecase/usecase_facts: what, said
SELECT 'Use case', concat(usecase_name, ' (', usecase_id, ')') FROM chosen
UNION ALL SELECT 'Account', concat(account_name, ', ', sales_region) FROM chosen
UNION ALL SELECT 'In a sentence', one_liner FROM chosen
UNION ALL SELECT 'Stage', concat(code, ' since ', CAST(stage_entered_date AS STRING)) FROM chosen
UNION ALL SELECT 'Going live', concat(CAST(target_live_date AS STRING), ', put off ', CAST(target_live_date_push_count AS STRING), ' times') FROM chosen
UNION ALL SELECT 'Status', concat(implementation_status, ', ', blockers_summary) FROM chosen
UNION ALL SELECT 'Confidence', level_reason FROM chosen
UNION ALL SELECT 'Risk', concat(risk_level, ': ', risk_reason) FROM chosen
UNION ALL SELECT 'Owner', concat(account_executive, ' (AE), ', account_solution_architect, ' (SA)') FROM chosen
UNION ALL SELECT 'Managers', concat(sales_manager, ' (sales), ', field_manager, ' (field)') FROM chosen
UNION ALL SELECT 'Last change', CAST(last_modified_date AS STRING) FROM chosen

-- usecase/usecase_action: what, said
SELECT 'Next action', action FROM chosen
UNION ALL SELECT 'Why', nba_rationale FROM chosen
UNION ALL SELECT 'Who, by when', concat(sales_manager, ' (SLM), ', CAST(date_add(CAST(piq_last_updated AS DATE), nba_due_days) AS STRING)) FROM chosen
UNION ALL SELECT 'Ask the team', question FROM chosen
UNION ALL SELECT 'Cause of the risk', slippage_category FROM chosen
UNION ALL SELECT 'The model says', rationale_for_confidence_score FROM chosen

-- usecase/usecase_dimensions: dimension_name, weight, said, counts, points, evidence, quote
SELECT name, weight, CASE WHEN said <> '-1' THEN said END, counts, weight * counts / 10, evidence, quote FROM dimensions

-- usecase/usecase_arithmetic: what, points
SELECT 'Sum of the dimensions', sum(weight * counts) / 10 FROM dimensions
UNION ALL SELECT 'Open issues', -1.5 * major_blockers_score FROM chosen
UNION ALL SELECT 'Raw score', round(d.points - 1.5 * c.major_blockers_score) FROM chosen AS c CROSS JOIN (SELECT sum(weight * counts) / 10 AS points FROM dimensions) AS d
UNION ALL SELECT concat('Rule ', o.code), o.cap FROM chosen AS c JOIN ref_override_rules AS o ON o.code = c.override_code
UNION ALL SELECT 'Score', confidence_score FROM chosen
UNION ALL SELECT concat('Level: ', level), NULL FROM chosen

-- usecase/usecase_rules: acts_on, effect, reason, points
SELECT 'Risk', concat('+', CAST(r.points AS STRING), ' points'), r.description, r.points
FROM chosen AS c JOIN ref_slip_signals AS r ON array_contains(c.slip_signals, r.code)
UNION ALL SELECT 'Score', concat('at most ', CAST(o.cap AS STRING)), o.description, NULL FROM chosen AS c JOIN ref_override_rules AS o ON o.code = c.override_code
UNION ALL SELECT 'Level', concat(level, ' instead of higher'), level_reason, NULL FROM chosen WHERE gate_code IS NOT NULL

-- usecase/usecase_history: as_of, stage_code, dollars, target_live_date, blockers, confidence_level, confidence_score, risk_level
SELECT h.as_of, h.stage_code, h.monthly_dollars, h.target_live_date, h.blockers, h.confidence_level, h.confidence_score, h.risk_level
FROM piq_history AS h JOIN chosen AS c ON c.usecase_id = h.usecase_id

-- usecase/usecase_questions: dimension_name, question, weight
SELECT name, question, weight FROM dimensions WHERE evidence <> 'Found in the notes'

-- definitions/definitions_figures: title, unit, definition
SELECT title, unit, definition FROM ref_figures

-- my_team/my_team_briefs: sales_manager, usecase_name
SELECT b.manager, s.usecase_name
FROM (
  SELECT usecase_id AS manager, max_by(get_json_object(output, '$.coaching_brief'), finished_at) AS brief
  FROM piq_ai_calls WHERE enrichment = 'sales_manager_coaching_brief' AND status = 'ok' GROUP BY usecase_id
) AS b
JOIN source AS s ON instr(b.brief, concat('[', s.usecase_id, ']')) > 0

-- my_team/my_team_points: usecase_name, dollars, question, next_action
SELECT usecase_name, dollars, question, action FROM (
  SELECT *, row_number() OVER (PARTITION BY sales_manager ORDER BY dollars * slip_risk_score DESC, usecase_id) AS place FROM deals) AS ranked
WHERE place <= 10 AND slip_risk_score > 0

-- my_team/my_team_changes: kind, sum(usecases)
SELECT kind, count(*) FROM changes GROUP BY kind

-- my_team/my_team_moves: kind, usecase_name, dollars
SELECT kind, usecase_name, dollars FROM changes

-- forecast/forecast_quarters: fiscal_quarter, confidence, sum(dollars)
SELECT q.quarter, l.level, sum(CASE WHEN q.level = l.level THEN q.dollars ELSE 0 END)
FROM quarters AS q CROSS JOIN (SELECT 'High' AS level UNION ALL SELECT 'Medium' UNION ALL SELECT 'Low') AS l GROUP BY 1, 2

-- forecast/forecast_managers: sales_manager, sum(weighted_dollars)
SELECT sales_manager, sum(weighted) FROM quarters GROUP BY sales_manager

-- forecast/forecast_table: sales_manager, fiscal_quarter, usecases, dollars, high_dollars, medium_dollars, at_risk_dollars, weighted_dollars, target_dollars, forecast_share, coverage
SELECT q.sales_manager, q.quarter, count(*), sum(q.dollars), sum(CASE WHEN q.level = 'High' THEN q.dollars ELSE 0 END),
  sum(CASE WHEN q.level = 'Medium' THEN q.dollars ELSE 0 END), sum(CASE WHEN q.likely_to_slip THEN q.dollars ELSE 0 END),
  sum(q.weighted), max(t.target_monthly_dollars), sum(q.weighted) / max(t.target_monthly_dollars), sum(q.dollars) / max(t.target_monthly_dollars)
FROM quarters AS q LEFT JOIN ref_targets AS t ON t.manager = q.sales_manager AND t.fiscal_quarter = q.quarter GROUP BY 1, 2

-- rollup/rollup_managers_chart: sales_manager, confidence, sum(dollars)
SELECT sales_manager, level, sum(dollars) FROM deals GROUP BY 1, 2

-- rollup/rollup_risk_chart: sales_manager, risk_level, sum(dollars)
SELECT sales_manager, risk_level, sum(dollars) FROM deals GROUP BY 1, 2

-- rollup/rollup_managers: sales_manager, usecases, dollars, high_dollars, slip_dollars, pull_in_dollars, postponements_180d
SELECT d.sales_manager, count(*), sum(d.dollars), sum(CASE WHEN d.level = 'High' THEN d.dollars ELSE 0 END),
  sum(CASE WHEN d.likely_to_slip THEN d.dollars ELSE 0 END),
  sum(CASE WHEN d.can_be_accelerated THEN CAST(d.dollars * d.accel_days / 30 AS DECIMAL(18,2)) ELSE 0 END),
  sum(CASE WHEN w.live > w.was_live THEN 1 ELSE 0 END)
FROM deals AS d LEFT JOIN both_weeks AS w ON w.usecase_id = d.usecase_id GROUP BY 1

-- hygiene/hygiene_league_table: sales_manager, usecases, stale_count, live_date_past_count, no_status_count, no_next_steps_count, unassigned_count
SELECT sales_manager, count(*), count_if(datediff(snapshot_date, last_modified_date) >= 14), count_if(target_live_date < snapshot_date),
  count_if(implementation_status IS NULL), count_if(demand_plan_stage_next_steps IS NULL),
  count_if(account_executive IS NULL AND account_solution_architect IS NULL)
FROM deals GROUP BY sales_manager

-- hygiene/hygiene_usecases: usecase_name, sales_manager, dollars
SELECT usecase_name, sales_manager, dollars FROM deals
WHERE datediff(snapshot_date, last_modified_date) >= 14 OR target_live_date < snapshot_date OR implementation_status IS NULL
  OR demand_plan_stage_next_steps IS NULL
