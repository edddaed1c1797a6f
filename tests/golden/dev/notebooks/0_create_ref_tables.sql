-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Reference tables, and the tables and views that are kept
-- MAGIC Labels, weights and rules that the pipeline reads: edit the files in `sql/reference/`, not the tables, because each run writes
-- MAGIC them again. Then the source under its contract, the tables that runs add to, and the views that people and dashboards read.
-- MAGIC
-- MAGIC A job passes the parameters `catalog` and `schema`. Run by hand, the widgets above ask for them: this target has
-- MAGIC `users` and `${workspace.current_user.short_name}`.


-- COMMAND ----------

-- DBTITLE 1,Catalog
USE CATALOG IDENTIFIER(:catalog)

-- COMMAND ----------

-- DBTITLE 1,The schema is made if it is missing, which needs CREATE SCHEMA on the catalog
-- piq: workspace-only
BEGIN
  IF NOT EXISTS (SELECT 1 FROM information_schema.schemata WHERE schema_name = lower(:schema)) THEN
    CREATE SCHEMA IDENTIFIER(:schema);
  END IF;
END

-- COMMAND ----------

-- DBTITLE 1,Schema
USE SCHEMA IDENTIFIER(:schema)


-- COMMAND ----------

-- DBTITLE 1,acceleration_categories
CREATE OR REPLACE TABLE acceleration_categories USING DELTA AS
SELECT
  CAST(v.type AS STRING) AS type,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('Implementation Planning', 'A firmer plan with owners and dates would bring the date forward'),
  ('Resource Allocation', 'More or earlier people would bring the date forward'),
  ('Stakeholder Engagement', 'An engaged sponsor or buyer could decide earlier'),
  ('Technical Optimization', 'A simpler or faster technical path exists'),
  ('Innovation and Technology Enablement', 'A product feature, preview, or training would speed it up'),
  ('Governance and Support', 'Reviews, security, or support could be done earlier'),
  ('Capability Development', 'Skills on the customer\'s side would speed it up'),
  ('Partnership Leverage', 'A partner could take on work now'),
  ('Funding', 'Credits or released budget would bring the date forward'),
  ('Other', 'None of the above')
) AS v(type, description)

-- COMMAND ----------

-- DBTITLE 1,ref_accel_rules
CREATE OR REPLACE TABLE ref_accel_rules USING DELTA AS
SELECT
  CAST(v.code AS STRING) AS code,
  CAST(v.condition AS STRING) AS condition,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('NOT_LIKELY_TO_SLIP', 'NOT likely_to_slip', 'It is not likely to slip'),
  ('CONFIDENCE', 'confidence_level_normalized IN (\'Medium\', \'High\')', 'Confidence is Medium or High'),
  ('STAGE', 'stage_rank BETWEEN 2 AND 5', 'It is in U2 to U5'),
  ('FEW_BLOCKERS', 'coalesce(num_of_blockers, 0) <= 1', 'At most one blocker is open'),
  ('NOT_RED', 'coalesce(implementation_status, \'\') <> \'Red\'', 'The status is not Red'),
  ('SPARE_DAYS', 'spare_days > 0', 'More time is left than use cases of its stage usually need')
) AS v(code, condition, description)

-- COMMAND ----------

-- DBTITLE 1,ref_accel_weights
CREATE OR REPLACE TABLE ref_accel_weights USING DELTA AS
SELECT
  CAST(v.part AS STRING) AS part,
  CAST(v.points AS INT) AS points,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('confidence', '40', 'The confidence score'),
  ('runway', '30', 'Days to spare before the target live date, against the days that its stage usually needs'),
  ('dollars', '20', 'Rank of its monthly dollars among the use cases in scope'),
  ('freshness', '10', 'How lately it was modified: all points today, none after 30 days')
) AS v(part, points, description)

-- COMMAND ----------

-- DBTITLE 1,ref_blocker_categories
CREATE OR REPLACE TABLE ref_blocker_categories USING DELTA AS
SELECT
  CAST(v.category AS STRING) AS category,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('Technical', 'Something does not work yet'),
  ('Budget', 'Money is not released'),
  ('Stakeholder', 'A person is missing or against it'),
  ('Partner', 'A partner lacks people or is late'),
  ('Data', 'Data is missing or late'),
  ('Security', 'A security or privacy review is open'),
  ('Legal', 'A contract or legal question is open'),
  ('Product Gap', 'A feature is missing'),
  ('Other', 'None of the above')
) AS v(category, description)

-- COMMAND ----------

-- DBTITLE 1,ref_business_families
CREATE OR REPLACE TABLE ref_business_families USING DELTA AS
SELECT
  CAST(v.family AS STRING) AS family,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('Customer Experience', 'Service, support, and loyalty'),
  ('Marketing and Growth', 'Campaigns, attribution, and acquisition'),
  ('Sales Effectiveness', 'Pipeline, pricing, and offers'),
  ('Personalisation', 'Recommendations and next best offers'),
  ('Supply Chain', 'Planning, inventory, and logistics'),
  ('Demand Planning', 'Forecasts of demand and revenue'),
  ('Manufacturing and Quality', 'Production, yield, and inspection'),
  ('Predictive Maintenance', 'Failures of assets foreseen'),
  ('Fraud and Financial Crime', 'Dishonest payments, claims, and accounts'),
  ('Risk and Credit', 'Credit, market, and insurance risk'),
  ('Regulatory and Compliance', 'Reports and evidence for regulators'),
  ('Finance and Controlling', 'Closing, planning, and cost control'),
  ('People and Workforce', 'Hiring, scheduling, and skills'),
  ('Research and Development', 'Trials, experiments, and product design'),
  ('Clinical and Patient Care', 'Diagnosis, treatment, and patient flow'),
  ('Energy and Sustainability', 'Load, emissions, and efficiency'),
  ('Security and IT Operations', 'Threats, logs, and reliability'),
  ('Telemetry and IoT', 'Signals of devices and vehicles'),
  ('Data Platform Modernisation', 'Leaving older platforms, one governed platform'),
  ('Data Products and Sharing', 'Data for partners and customers'),
  ('Reporting and Self-Service', 'Dashboards and questions of business teams'),
  ('Knowledge and Documents', 'Search and understanding of texts'),
  ('Assistants and Automation', 'Drafting, answering, and acting for people'),
  ('Public Services', 'Citizens, safety, and education'),
  ('Media and Content', 'Content, audiences, and games'),
  ('Other', 'None of the above')
) AS v(family, description)

-- COMMAND ----------

-- DBTITLE 1,ref_confidence_bands
CREATE OR REPLACE TABLE ref_confidence_bands USING DELTA AS
SELECT
  CAST(v.level AS STRING) AS level,
  CAST(v.min_score AS INT) AS min_score,
  CAST(v.min_coverage AS DOUBLE) AS min_coverage,
  CAST(v.min_core_score AS INT) AS min_core_score,
  CAST(v.forecast_share AS DOUBLE) AS forecast_share,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('High', '75', '0.6', '5', '0.85', 'Bankable: strong, and shown by quotes'),
  ('Medium', '45', '0.0', '0', '0.4', 'Coachable: some of it is there'),
  ('Low', '0', '0.0', '0', '0.1', 'Not to be counted on')
) AS v(level, min_score, min_coverage, min_core_score, forecast_share, description)

-- COMMAND ----------

-- DBTITLE 1,ref_confidence_rubric
CREATE OR REPLACE TABLE ref_confidence_rubric USING DELTA AS
SELECT
  CAST(v.dimension AS STRING) AS dimension,
  CAST(v.weight AS INT) AS weight,
  CAST(v.core AS INT) AS core,
  CAST(v.unknown_score AS INT) AS unknown_score,
  CAST(v.unsupported_cap AS INT) AS unsupported_cap,
  CAST(v.question AS STRING) AS question,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('identify_pain', '16', '1', '2', '3', 'Which problem costs the customer most, and who feels it?', 'A costly problem that the customer names'),
  ('champion', '16', '1', '2', '3', 'Who inside sells for us when we are not in the room?', 'Somebody inside with influence sells for us'),
  ('implementation_plan', '16', '1', '2', '3', 'Which steps, owners and dates lead to going live?', 'Steps with owners and dates up to going live'),
  ('economic_buyer', '12', '0', '2', '3', 'Who can release the money, and when did we last speak?', 'Who releases the money is known and engaged'),
  ('metrics', '10', '0', '2', '3', 'By which number will the customer call this a success?', 'The value is measured in numbers'),
  ('decision_process', '8', '0', '2', '3', 'Which steps lead to the decision, and on which dates?', 'How and when the decision is made is known'),
  ('urgency', '8', '0', '2', '3', 'What does every month of waiting cost the customer?', 'Waiting costs the customer something'),
  ('decision_criteria', '5', '0', '2', '3', 'By what will the customer compare the options?', 'What the choice is judged by is known'),
  ('paper_process', '5', '0', '2', '3', 'Which legal and purchasing steps are left, and who drives them?', 'Legal and purchasing steps are known'),
  ('competition', '4', '0', '2', '3', 'What else does the customer look at, including doing nothing?', 'Alternatives are known and answered')
) AS v(dimension, weight, core, unknown_score, unsupported_cap, question, description)

-- COMMAND ----------

-- DBTITLE 1,ref_contradictions
CREATE OR REPLACE TABLE ref_contradictions USING DELTA AS
SELECT
  CAST(v.code AS STRING) AS code,
  CAST(v.condition AS STRING) AS condition,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('HIGH_AND_SLIPS', 'confidence_level_normalized = \'High\' AND likely_to_slip', 'Confidence is High, and it is likely to slip'),
  ('HIGH_AND_RED', 'confidence_level_normalized = \'High\' AND implementation_status = \'Red\'', 'Confidence is High, and the status is Red'),
  ('HIGH_AND_MANY_BLOCKERS', 'confidence_level_normalized = \'High\' AND num_of_blockers > 3', 'Confidence is High, and more than three blockers are open'),
  ('PAST_AND_COUNTED_ON', 'target_live_date < snapshot_date AND confidence_level_normalized IN (\'High\', \'Medium\')', 'The live date has passed, and it is still counted on'),
  ('PAST_AND_NOT_AT_RISK', 'target_live_date < snapshot_date AND NOT likely_to_slip', 'The live date has passed, and it is not at risk'),
  ('BLOCKED_SOON_AND_NOT_AT_RISK', 'datediff(target_live_date, snapshot_date) BETWEEN 0 AND 14 AND num_of_blockers > 0 AND NOT likely_to_slip', 'It is due within 14 days with an open blocker, and not at risk'),
  ('BLOCKED_SOON_AND_HIGH', 'datediff(target_live_date, snapshot_date) BETWEEN 0 AND 14 AND num_of_blockers > 0 AND confidence_level_normalized = \'High\'', 'It is due within 14 days with an open blocker, and confidence is High'),
  ('RED_SOON_AND_NOT_AT_RISK', 'datediff(target_live_date, snapshot_date) BETWEEN 0 AND 29 AND implementation_status = \'Red\' AND NOT likely_to_slip', 'It is Red within 30 days of its date, and not at risk'),
  ('RED_AND_CLEAR', 'implementation_status = \'Red\' AND risk_level = \'Clear\'', 'The status is Red, and there is no sign that it slips'),
  ('SLIPS_AND_FASTER', 'likely_to_slip AND can_be_accelerated', 'It is likely to slip, and could go live earlier'),
  ('FASTER_AND_LOW', 'can_be_accelerated AND confidence_level_normalized NOT IN (\'Medium\', \'High\')', 'It could go live earlier, and confidence is Low or not computed'),
  ('FASTER_AND_RED', 'can_be_accelerated AND implementation_status = \'Red\'', 'It could go live earlier, and the status is Red'),
  ('FASTER_AND_NO_DAYS', 'can_be_accelerated AND coalesce(accel_days, 0) <= 0', 'It could go live earlier, but by no day'),
  ('RISK_WITHOUT_LEVEL', 'likely_to_slip <> (risk_level = \'At risk\')', 'The flag and the level of risk differ'),
  ('RISK_WITHOUT_REASON', 'likely_to_slip AND (size(slip_signals) = 0 OR coalesce(risk_reason, \'\') = \'\')', 'It is likely to slip, and no reason is given'),
  ('CAUSE_WITHOUT_RISK', 'slippage_category IS NOT NULL AND NOT likely_to_slip', 'A cause of slipping is named, and it is not likely to slip'),
  ('LEVER_WITHOUT_CHANCE', 'accel_category IS NOT NULL AND NOT can_be_accelerated', 'A lever is named, and it cannot go live earlier'),
  ('PLAN_AND_RISK', 'recommendation = \'Keep to the plan\' AND (risk_level <> \'Clear\' OR num_of_blockers > 0 OR confidence_level_normalized <> \'High\')', 'It is to keep to its plan, which something speaks against'),
  ('SCORE_WITHOUT_LEVEL', '(confidence_score IS NULL) <> (confidence_level_normalized = \'Not computed\')', 'The score and the level differ'),
  ('NO_BLOCKERS_AND_BLOCKED', 'blockers_summary = \'No open blockers.\' AND num_of_blockers > 0', 'The summary knows no blocker, and one is open'),
  ('ACTION_AFTER_LIVE', 'target_live_date >= CAST(piq_last_updated AS DATE) AND next_action_due > target_live_date', 'The next action is due after the live date')
) AS v(code, condition, description)

-- COMMAND ----------

-- DBTITLE 1,ref_figures
CREATE OR REPLACE TABLE ref_figures USING DELTA AS
SELECT
  CAST(v.figure AS STRING) AS figure,
  CAST(v.title AS STRING) AS title,
  CAST(v.unit AS STRING) AS unit,
  CAST(v.tone AS STRING) AS tone,
  CAST(v.definition AS STRING) AS definition,
  CAST(v.relation AS STRING) AS relation,
  CAST(v.expression AS STRING) AS expression,
  CAST(v.condition AS STRING) AS condition
FROM (VALUES
  ('open_dollars', 'Open pipeline', '$ a month', '', 'Estimated dollars a month of all open use cases', 'pipelineiq_view', 'sum(estimated_monthly_dollar_dbus)', 'is_open'),
  ('open_usecases', 'Open use cases', 'use cases', '', 'Use cases in scope that are neither live, lost nor out of scope', 'pipelineiq_view', 'count(*)', 'is_open'),
  ('bankable_dollars', 'Bankable', '$ a month', 'good', 'Dollars a month of open use cases with High confidence', 'pipelineiq_view', 'sum(estimated_monthly_dollar_dbus)', 'is_open AND confidence_level_normalized = \'High\''),
  ('coachable_dollars', 'Coachable', '$ a month', 'warn', 'Dollars a month of open use cases with Medium confidence', 'pipelineiq_view', 'sum(estimated_monthly_dollar_dbus)', 'is_open AND confidence_level_normalized = \'Medium\''),
  ('noise_dollars', 'Not to be counted on', '$ a month', 'bad', 'Dollars a month of open use cases with Low confidence', 'pipelineiq_view', 'sum(estimated_monthly_dollar_dbus)', 'is_open AND confidence_level_normalized = \'Low\''),
  ('at_risk_dollars', 'At risk', '$ a month', 'bad', 'Dollars a month of open use cases that are likely to slip', 'pipelineiq_view', 'sum(estimated_monthly_dollar_dbus)', 'is_open AND likely_to_slip'),
  ('at_risk_usecases', 'Use cases at risk', 'use cases', 'bad', 'Open use cases that are likely to slip', 'pipelineiq_view', 'count(*)', 'is_open AND likely_to_slip'),
  ('at_risk_share', 'Share at risk', '%', '', 'Share of the open use cases that is likely to slip', 'pipelineiq_view', 'avg(CASE WHEN likely_to_slip THEN 1.0D ELSE 0.0D END)', 'is_open'),
  ('watched_dollars', 'On watch', '$ a month', 'warn', 'Dollars a month of open use cases that one more bad sign puts at risk', 'pipelineiq_view', 'sum(estimated_monthly_dollar_dbus)', 'is_open AND risk_level = \'Watch\''),
  ('faster_dollars', 'Could go live earlier', '$ a month', 'good', 'Dollars a month of open use cases that can be accelerated', 'pipelineiq_view', 'sum(estimated_monthly_dollar_dbus)', 'is_open AND can_be_accelerated'),
  ('faster_usecases', 'Use cases to accelerate', 'use cases', 'good', 'Open use cases that can be accelerated', 'pipelineiq_view', 'count(*)', 'is_open AND can_be_accelerated'),
  ('once_dollars', 'Gained once', '$ once', 'good', 'Dollars a month × spare days / 30, if all of them go live earlier', 'pipelineiq_view', 'sum(CAST(estimated_monthly_dollar_dbus * accel_days / 30 AS DECIMAL(18,2)))', 'is_open AND can_be_accelerated'),
  ('blocked_dollars', 'Blocked', '$ a month', 'bad', 'Dollars a month of open use cases with an open blocker', 'pipelineiq_view', 'sum(estimated_monthly_dollar_dbus)', 'is_open AND num_of_blockers > 0'),
  ('blocked_usecases', 'Blocked use cases', 'use cases', 'bad', 'Open use cases with an open blocker', 'pipelineiq_view', 'count(*)', 'is_open AND num_of_blockers > 0'),
  ('open_blockers', 'Open blockers', 'blockers', '', 'Open blockers of all open use cases', 'pipelineiq_view', 'sum(num_of_blockers)', 'is_open'),
  ('stale_usecases', 'Stale', 'use cases', 'bad', 'Open use cases that nobody has changed for 14 days', 'pipelineiq_view', 'count(*)', 'is_open AND is_stale'),
  ('date_past_usecases', 'Date passed', 'use cases', 'bad', 'Open use cases whose target live date has passed', 'pipelineiq_view', 'count(*)', 'is_open AND days_to_live < 0'),
  ('no_steps_usecases', 'No next steps', 'use cases', 'warn', 'Open use cases without next steps in the CRM', 'pipelineiq_view', 'count(*)', 'is_open AND coalesce(trim(demand_plan_stage_next_steps), \'\') = \'\''),
  ('no_owner_usecases', 'Somebody is missing', 'use cases', 'warn', 'Open use cases without one of their four people', 'pipelineiq_view', 'count(*)', 'is_open AND (coalesce(trim(account_executive), \'\') = \'\' OR coalesce(trim(account_solution_architect), \'\') = \'\' OR coalesce(trim(sales_manager), \'\') = \'\' OR coalesce(trim(field_manager), \'\') = \'\')'),
  ('accounts', 'Accounts', 'accounts', '', 'Accounts with an open use case', 'pipelineiq_view', 'count(DISTINCT account_name)', 'is_open'),
  ('new_dollars', 'New', '$ a month', 'good', 'Dollars a month of open use cases that were not open then', 'piq_changes', 'sum(change_dollars)', 'kind = \'New\''),
  ('won_dollars', 'Won', '$ a month', 'good', 'Dollars a month of use cases that went live since then', 'piq_changes', 'sum(change_dollars)', 'kind = \'Won\''),
  ('lost_dollars', 'Lost', '$ a month', 'bad', 'Dollars a month, as they were then, of use cases lost since then', 'piq_changes', '-sum(change_dollars)', 'kind = \'Lost\''),
  ('pushed_dollars', 'Pushed', '$ a month', 'bad', 'Dollars a month of use cases put off since then', 'piq_changes', 'sum(monthly_dollars)', 'kind = \'Pushed\''),
  ('pulled_dollars', 'Pulled in', '$ a month', 'good', 'Dollars a month of use cases brought forward since then', 'piq_changes', 'sum(monthly_dollars)', 'kind = \'Pulled in\''),
  ('worse_usecases', 'Score down', 'use cases', 'bad', 'Use cases whose confidence score is lower than then', 'piq_changes', 'count(*)', 'kind = \'Score down\''),
  ('weighted_dollars', 'Weighted forecast', '$ a month', 'good', 'Open dollars a month × the forecast share of each level', 'piq_forecast', 'sum(weighted_dollars)', 'true'),
  ('target_dollars', 'Target', '$ a month', '', 'Targets of the quarters that open use cases go live in', 'piq_forecast', 'sum(target_dollars)', 'true'),
  ('coverage', 'Coverage', 'times', '', 'Open dollars / target, over managers and quarters with a target', 'piq_forecast', 'sum(dollars) / sum(target_dollars)', 'target_dollars IS NOT NULL'),
  ('usecase_dollars', '$ a month', '$ a month', '', 'Estimated dollars a month of the use case', 'pipelineiq_view', 'sum(estimated_monthly_dollar_dbus)', 'usecase_id = (SELECT usecase_id FROM piq_attention WHERE place = 1)'),
  ('usecase_score', 'Confidence score', 'points of 100', '', 'Sum of weight × score, less open issues, capped by rules', 'pipelineiq_view', 'max(confidence_score)', 'usecase_id = (SELECT usecase_id FROM piq_attention WHERE place = 1)'),
  ('usecase_risk', 'Risk points', 'points of 100', '', 'Points of the signals that fired, at most 100; at risk from 70', 'pipelineiq_view', 'max(slip_risk_score)', 'usecase_id = (SELECT usecase_id FROM piq_attention WHERE place = 1)'),
  ('usecase_days', 'Days to live', 'days', '', 'Days from the snapshot to the target live date', 'pipelineiq_view', 'max(days_to_live)', 'usecase_id = (SELECT usecase_id FROM piq_attention WHERE place = 1)')
) AS v(figure, title, unit, tone, definition, relation, expression, condition)

-- COMMAND ----------

-- DBTITLE 1,ref_fiscal_calendar
CREATE OR REPLACE TABLE ref_fiscal_calendar USING DELTA AS
SELECT
  CAST(v.month_start AS DATE) AS month_start,
  CAST(v.month_end AS DATE) AS month_end,
  CAST(v.fiscal_year AS INT) AS fiscal_year,
  CAST(v.fiscal_quarter AS STRING) AS fiscal_quarter,
  CAST(v.fiscal_month AS INT) AS fiscal_month
FROM (VALUES
  ('2022-02-01', '2022-02-28', '2023', 'FY2023 Q1', '1'),
  ('2022-03-01', '2022-03-31', '2023', 'FY2023 Q1', '2'),
  ('2022-04-01', '2022-04-30', '2023', 'FY2023 Q1', '3'),
  ('2022-05-01', '2022-05-31', '2023', 'FY2023 Q2', '4'),
  ('2022-06-01', '2022-06-30', '2023', 'FY2023 Q2', '5'),
  ('2022-07-01', '2022-07-31', '2023', 'FY2023 Q2', '6'),
  ('2022-08-01', '2022-08-31', '2023', 'FY2023 Q3', '7'),
  ('2022-09-01', '2022-09-30', '2023', 'FY2023 Q3', '8'),
  ('2022-10-01', '2022-10-31', '2023', 'FY2023 Q3', '9'),
  ('2022-11-01', '2022-11-30', '2023', 'FY2023 Q4', '10'),
  ('2022-12-01', '2022-12-31', '2023', 'FY2023 Q4', '11'),
  ('2023-01-01', '2023-01-31', '2023', 'FY2023 Q4', '12'),
  ('2023-02-01', '2023-02-28', '2024', 'FY2024 Q1', '1'),
  ('2023-03-01', '2023-03-31', '2024', 'FY2024 Q1', '2'),
  ('2023-04-01', '2023-04-30', '2024', 'FY2024 Q1', '3'),
  ('2023-05-01', '2023-05-31', '2024', 'FY2024 Q2', '4'),
  ('2023-06-01', '2023-06-30', '2024', 'FY2024 Q2', '5'),
  ('2023-07-01', '2023-07-31', '2024', 'FY2024 Q2', '6'),
  ('2023-08-01', '2023-08-31', '2024', 'FY2024 Q3', '7'),
  ('2023-09-01', '2023-09-30', '2024', 'FY2024 Q3', '8'),
  ('2023-10-01', '2023-10-31', '2024', 'FY2024 Q3', '9'),
  ('2023-11-01', '2023-11-30', '2024', 'FY2024 Q4', '10'),
  ('2023-12-01', '2023-12-31', '2024', 'FY2024 Q4', '11'),
  ('2024-01-01', '2024-01-31', '2024', 'FY2024 Q4', '12'),
  ('2024-02-01', '2024-02-29', '2025', 'FY2025 Q1', '1'),
  ('2024-03-01', '2024-03-31', '2025', 'FY2025 Q1', '2'),
  ('2024-04-01', '2024-04-30', '2025', 'FY2025 Q1', '3'),
  ('2024-05-01', '2024-05-31', '2025', 'FY2025 Q2', '4'),
  ('2024-06-01', '2024-06-30', '2025', 'FY2025 Q2', '5'),
  ('2024-07-01', '2024-07-31', '2025', 'FY2025 Q2', '6'),
  ('2024-08-01', '2024-08-31', '2025', 'FY2025 Q3', '7'),
  ('2024-09-01', '2024-09-30', '2025', 'FY2025 Q3', '8'),
  ('2024-10-01', '2024-10-31', '2025', 'FY2025 Q3', '9'),
  ('2024-11-01', '2024-11-30', '2025', 'FY2025 Q4', '10'),
  ('2024-12-01', '2024-12-31', '2025', 'FY2025 Q4', '11'),
  ('2025-01-01', '2025-01-31', '2025', 'FY2025 Q4', '12'),
  ('2025-02-01', '2025-02-28', '2026', 'FY2026 Q1', '1'),
  ('2025-03-01', '2025-03-31', '2026', 'FY2026 Q1', '2'),
  ('2025-04-01', '2025-04-30', '2026', 'FY2026 Q1', '3'),
  ('2025-05-01', '2025-05-31', '2026', 'FY2026 Q2', '4'),
  ('2025-06-01', '2025-06-30', '2026', 'FY2026 Q2', '5'),
  ('2025-07-01', '2025-07-31', '2026', 'FY2026 Q2', '6'),
  ('2025-08-01', '2025-08-31', '2026', 'FY2026 Q3', '7'),
  ('2025-09-01', '2025-09-30', '2026', 'FY2026 Q3', '8'),
  ('2025-10-01', '2025-10-31', '2026', 'FY2026 Q3', '9'),
  ('2025-11-01', '2025-11-30', '2026', 'FY2026 Q4', '10'),
  ('2025-12-01', '2025-12-31', '2026', 'FY2026 Q4', '11'),
  ('2026-01-01', '2026-01-31', '2026', 'FY2026 Q4', '12'),
  ('2026-02-01', '2026-02-28', '2027', 'FY2027 Q1', '1'),
  ('2026-03-01', '2026-03-31', '2027', 'FY2027 Q1', '2'),
  ('2026-04-01', '2026-04-30', '2027', 'FY2027 Q1', '3'),
  ('2026-05-01', '2026-05-31', '2027', 'FY2027 Q2', '4'),
  ('2026-06-01', '2026-06-30', '2027', 'FY2027 Q2', '5'),
  ('2026-07-01', '2026-07-31', '2027', 'FY2027 Q2', '6'),
  ('2026-08-01', '2026-08-31', '2027', 'FY2027 Q3', '7'),
  ('2026-09-01', '2026-09-30', '2027', 'FY2027 Q3', '8'),
  ('2026-10-01', '2026-10-31', '2027', 'FY2027 Q3', '9'),
  ('2026-11-01', '2026-11-30', '2027', 'FY2027 Q4', '10'),
  ('2026-12-01', '2026-12-31', '2027', 'FY2027 Q4', '11'),
  ('2027-01-01', '2027-01-31', '2027', 'FY2027 Q4', '12'),
  ('2027-02-01', '2027-02-28', '2028', 'FY2028 Q1', '1'),
  ('2027-03-01', '2027-03-31', '2028', 'FY2028 Q1', '2'),
  ('2027-04-01', '2027-04-30', '2028', 'FY2028 Q1', '3'),
  ('2027-05-01', '2027-05-31', '2028', 'FY2028 Q2', '4'),
  ('2027-06-01', '2027-06-30', '2028', 'FY2028 Q2', '5'),
  ('2027-07-01', '2027-07-31', '2028', 'FY2028 Q2', '6'),
  ('2027-08-01', '2027-08-31', '2028', 'FY2028 Q3', '7'),
  ('2027-09-01', '2027-09-30', '2028', 'FY2028 Q3', '8'),
  ('2027-10-01', '2027-10-31', '2028', 'FY2028 Q3', '9'),
  ('2027-11-01', '2027-11-30', '2028', 'FY2028 Q4', '10'),
  ('2027-12-01', '2027-12-31', '2028', 'FY2028 Q4', '11'),
  ('2028-01-01', '2028-01-31', '2028', 'FY2028 Q4', '12'),
  ('2028-02-01', '2028-02-29', '2029', 'FY2029 Q1', '1'),
  ('2028-03-01', '2028-03-31', '2029', 'FY2029 Q1', '2'),
  ('2028-04-01', '2028-04-30', '2029', 'FY2029 Q1', '3'),
  ('2028-05-01', '2028-05-31', '2029', 'FY2029 Q2', '4'),
  ('2028-06-01', '2028-06-30', '2029', 'FY2029 Q2', '5'),
  ('2028-07-01', '2028-07-31', '2029', 'FY2029 Q2', '6'),
  ('2028-08-01', '2028-08-31', '2029', 'FY2029 Q3', '7'),
  ('2028-09-01', '2028-09-30', '2029', 'FY2029 Q3', '8'),
  ('2028-10-01', '2028-10-31', '2029', 'FY2029 Q3', '9'),
  ('2028-11-01', '2028-11-30', '2029', 'FY2029 Q4', '10'),
  ('2028-12-01', '2028-12-31', '2029', 'FY2029 Q4', '11'),
  ('2029-01-01', '2029-01-31', '2029', 'FY2029 Q4', '12'),
  ('2029-02-01', '2029-02-28', '2030', 'FY2030 Q1', '1'),
  ('2029-03-01', '2029-03-31', '2030', 'FY2030 Q1', '2'),
  ('2029-04-01', '2029-04-30', '2030', 'FY2030 Q1', '3'),
  ('2029-05-01', '2029-05-31', '2030', 'FY2030 Q2', '4'),
  ('2029-06-01', '2029-06-30', '2030', 'FY2030 Q2', '5'),
  ('2029-07-01', '2029-07-31', '2030', 'FY2030 Q2', '6'),
  ('2029-08-01', '2029-08-31', '2030', 'FY2030 Q3', '7'),
  ('2029-09-01', '2029-09-30', '2030', 'FY2030 Q3', '8'),
  ('2029-10-01', '2029-10-31', '2030', 'FY2030 Q3', '9'),
  ('2029-11-01', '2029-11-30', '2030', 'FY2030 Q4', '10'),
  ('2029-12-01', '2029-12-31', '2030', 'FY2030 Q4', '11'),
  ('2030-01-01', '2030-01-31', '2030', 'FY2030 Q4', '12'),
  ('2030-02-01', '2030-02-28', '2031', 'FY2031 Q1', '1'),
  ('2030-03-01', '2030-03-31', '2031', 'FY2031 Q1', '2'),
  ('2030-04-01', '2030-04-30', '2031', 'FY2031 Q1', '3'),
  ('2030-05-01', '2030-05-31', '2031', 'FY2031 Q2', '4'),
  ('2030-06-01', '2030-06-30', '2031', 'FY2031 Q2', '5'),
  ('2030-07-01', '2030-07-31', '2031', 'FY2031 Q2', '6'),
  ('2030-08-01', '2030-08-31', '2031', 'FY2031 Q3', '7'),
  ('2030-09-01', '2030-09-30', '2031', 'FY2031 Q3', '8'),
  ('2030-10-01', '2030-10-31', '2031', 'FY2031 Q3', '9'),
  ('2030-11-01', '2030-11-30', '2031', 'FY2031 Q4', '10'),
  ('2030-12-01', '2030-12-31', '2031', 'FY2031 Q4', '11'),
  ('2031-01-01', '2031-01-31', '2031', 'FY2031 Q4', '12'),
  ('2031-02-01', '2031-02-28', '2032', 'FY2032 Q1', '1'),
  ('2031-03-01', '2031-03-31', '2032', 'FY2032 Q1', '2'),
  ('2031-04-01', '2031-04-30', '2032', 'FY2032 Q1', '3'),
  ('2031-05-01', '2031-05-31', '2032', 'FY2032 Q2', '4'),
  ('2031-06-01', '2031-06-30', '2032', 'FY2032 Q2', '5'),
  ('2031-07-01', '2031-07-31', '2032', 'FY2032 Q2', '6'),
  ('2031-08-01', '2031-08-31', '2032', 'FY2032 Q3', '7'),
  ('2031-09-01', '2031-09-30', '2032', 'FY2032 Q3', '8'),
  ('2031-10-01', '2031-10-31', '2032', 'FY2032 Q3', '9'),
  ('2031-11-01', '2031-11-30', '2032', 'FY2032 Q4', '10'),
  ('2031-12-01', '2031-12-31', '2032', 'FY2032 Q4', '11'),
  ('2032-01-01', '2032-01-31', '2032', 'FY2032 Q4', '12'),
  ('2032-02-01', '2032-02-29', '2033', 'FY2033 Q1', '1'),
  ('2032-03-01', '2032-03-31', '2033', 'FY2033 Q1', '2'),
  ('2032-04-01', '2032-04-30', '2033', 'FY2033 Q1', '3'),
  ('2032-05-01', '2032-05-31', '2033', 'FY2033 Q2', '4'),
  ('2032-06-01', '2032-06-30', '2033', 'FY2033 Q2', '5'),
  ('2032-07-01', '2032-07-31', '2033', 'FY2033 Q2', '6'),
  ('2032-08-01', '2032-08-31', '2033', 'FY2033 Q3', '7'),
  ('2032-09-01', '2032-09-30', '2033', 'FY2033 Q3', '8'),
  ('2032-10-01', '2032-10-31', '2033', 'FY2033 Q3', '9'),
  ('2032-11-01', '2032-11-30', '2033', 'FY2033 Q4', '10'),
  ('2032-12-01', '2032-12-31', '2033', 'FY2033 Q4', '11'),
  ('2033-01-01', '2033-01-31', '2033', 'FY2033 Q4', '12'),
  ('2033-02-01', '2033-02-28', '2034', 'FY2034 Q1', '1'),
  ('2033-03-01', '2033-03-31', '2034', 'FY2034 Q1', '2'),
  ('2033-04-01', '2033-04-30', '2034', 'FY2034 Q1', '3'),
  ('2033-05-01', '2033-05-31', '2034', 'FY2034 Q2', '4'),
  ('2033-06-01', '2033-06-30', '2034', 'FY2034 Q2', '5'),
  ('2033-07-01', '2033-07-31', '2034', 'FY2034 Q2', '6'),
  ('2033-08-01', '2033-08-31', '2034', 'FY2034 Q3', '7'),
  ('2033-09-01', '2033-09-30', '2034', 'FY2034 Q3', '8'),
  ('2033-10-01', '2033-10-31', '2034', 'FY2034 Q3', '9'),
  ('2033-11-01', '2033-11-30', '2034', 'FY2034 Q4', '10'),
  ('2033-12-01', '2033-12-31', '2034', 'FY2034 Q4', '11'),
  ('2034-01-01', '2034-01-31', '2034', 'FY2034 Q4', '12')
) AS v(month_start, month_end, fiscal_year, fiscal_quarter, fiscal_month)

-- COMMAND ----------

-- DBTITLE 1,ref_gpu_signals
CREATE OR REPLACE TABLE ref_gpu_signals USING DELTA AS
SELECT
  CAST(v.signal AS STRING) AS signal,
  CAST(v.pattern AS STRING) AS pattern,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('Graphics cards', '\\bgpus?\\b|\\bcuda\\b|\\b[ahb][12]00\\b', 'GPUs or a model of card are named'),
  ('Training', 'fine.?tun|\\b(re)?train(s|ing)?\\b|deep learning|neural', 'A model is trained or adapted'),
  ('Serving', 'model serving|inference|real.?time scoring|endpoint', 'A model answers in production'),
  ('Language models', 'language model|\\bllms?\\b|\\bgen(erative)? ?ai\\b|chatbot|\\brag\\b|assistant', 'Large language models read or write text'),
  ('Images and video', 'computer vision|\\bimages?\\b|\\bvideo\\b|camera|inspection', 'Pictures, video or scans are read'),
  ('Vector search', 'vector search|embedding|semantic search|document search', 'Text is found by meaning'),
  ('Speech', 'speech|transcri(be|pt)|call recording|voice', 'Spoken words are turned into text')
) AS v(signal, pattern, description)

-- COMMAND ----------

-- DBTITLE 1,ref_manager_hierarchy
CREATE OR REPLACE TABLE ref_manager_hierarchy USING DELTA AS
SELECT
  CAST(v.manager AS STRING) AS manager,
  CAST(v.role AS STRING) AS role,
  CAST(v.leader AS STRING) AS leader,
  CAST(v.business_unit AS STRING) AS business_unit
FROM (VALUES
  ('Ada Winter', 'sales', 'Ines Falk', 'EMEA Enterprise'),
  ('Tomasz Bielik', 'sales', 'Ines Falk', 'EMEA Enterprise'),
  ('Chloé d\'Arc', 'sales', 'Ines Falk', 'EMEA Mid-Market'),
  ('Gwen Park', 'sales', 'Marcus Oyelaran', 'AMER Enterprise'),
  ('Dmitri O\'Neil', 'sales', 'Marcus Oyelaran', 'AMER Enterprise'),
  ('Lucía Ferrant', 'sales', 'Marcus Oyelaran', 'AMER Mid-Market'),
  ('Hiro Tan', 'sales', 'Keiko Lindqvist', 'APJ Enterprise'),
  ('Beatriz Nunes', 'sales', 'Keiko Lindqvist', 'LATAM Enterprise'),
  ('Bruno Sommer', 'field', 'Jonas Berg', 'EMEA'),
  ('Esra Yıldız', 'field', 'Jonas Berg', 'EMEA'),
  ('Sanjay Mehrotra', 'field', 'Jonas Berg', 'APJ'),
  ('Farid Haddad', 'field', 'Renata Solis', 'AMER'),
  ('Nadia Kowalczyk', 'field', 'Renata Solis', 'AMER and LATAM')
) AS v(manager, role, leader, business_unit)

-- COMMAND ----------

-- DBTITLE 1,ref_model_prices
CREATE OR REPLACE TABLE ref_model_prices USING DELTA AS
SELECT
  CAST(v.function AS STRING) AS function,
  CAST(v.input_usd_per_million_tokens AS DOUBLE) AS input_usd_per_million_tokens,
  CAST(v.output_usd_per_million_tokens AS DOUBLE) AS output_usd_per_million_tokens,
  CAST(v.source AS STRING) AS source
FROM (VALUES
  ('ai_summarize', '0.50', '1.50', 'assumed: set the price of your contract'),
  ('ai_classify', '0.50', '1.50', 'assumed: set the price of your contract'),
  ('ai_mask', '0.50', '1.50', 'assumed: set the price of your contract'),
  ('ai_gen', '0.50', '1.50', 'assumed: set the price of your contract'),
  ('ai_query', '1.00', '3.00', 'assumed for a model without a row of its own'),
  ('databricks-claude-sonnet-4-5', '3.00', '15.00', 'list price of the Claude Sonnet class in November 2026'),
  ('databricks-claude-sonnet-4-6', '3.00', '15.00', 'list price of the Claude Sonnet class in November 2026'),
  ('system.ai.claude-sonnet-4-6', '3.00', '15.00', 'list price of the Claude Sonnet class in November 2026')
) AS v(function, input_usd_per_million_tokens, output_usd_per_million_tokens, source)

-- COMMAND ----------

-- DBTITLE 1,ref_override_rules
CREATE OR REPLACE TABLE ref_override_rules USING DELTA AS
SELECT
  CAST(v.code AS STRING) AS code,
  CAST(v.cap AS INT) AS cap,
  CAST(v.highest_level AS STRING) AS highest_level,
  CAST(v.condition AS STRING) AS condition,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('BLOCKERS_GT3', '10', 'Medium', 'num_of_blockers > 3', 'More than three blockers are open'),
  ('LIVE_DATE_PAST', '30', 'Low', 'days_to_live < 0', 'The target live date has passed'),
  ('RED_LT30', '40', 'Medium', 'implementation_status = \'Red\' AND days_to_live < 30', 'Red, and less than 30 days to go'),
  ('STAGE_TOO_EARLY', '45', 'Medium', 'days_to_live < 30 AND stage_rank < 4', 'Less than 30 days to go, and not yet in U4'),
  ('STATUS_RED', '100', 'Medium', 'implementation_status = \'Red\'', 'The status is Red'),
  ('FACTS_AT_RISK', '100', 'Medium', 'facts_at_risk', 'Its dates, blockers and status already make it likely to slip')
) AS v(code, cap, highest_level, condition, description)

-- COMMAND ----------

-- DBTITLE 1,ref_risk_bands
CREATE OR REPLACE TABLE ref_risk_bands USING DELTA AS
SELECT
  CAST(v.risk_level AS STRING) AS risk_level,
  CAST(v.min_points AS INT) AS min_points,
  CAST(v.likely_to_slip AS INT) AS likely_to_slip,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('At risk', '70', '1', 'Expect it to slip unless somebody acts now'),
  ('Watch', '40', '0', 'One more bad sign makes it at risk'),
  ('Clear', '0', '0', 'No strong sign that it slips')
) AS v(risk_level, min_points, likely_to_slip, description)

-- COMMAND ----------

-- DBTITLE 1,ref_slip_signals
CREATE OR REPLACE TABLE ref_slip_signals USING DELTA AS
SELECT
  CAST(v.rule AS STRING) AS rule,
  CAST(v.code AS STRING) AS code,
  CAST(v.points AS INT) AS points,
  CAST(v.reads AS STRING) AS reads,
  CAST(v.condition AS STRING) AS condition,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('LIVE_PAST', 'LIVE_PAST', '70', 'usecase', 'days_to_live < 0', 'The target live date has passed'),
  ('BLOCKED_LT15', 'BLOCKED_LT15', '70', 'usecase', 'days_to_live BETWEEN 0 AND 14 AND num_of_blockers > 0', 'Less than 15 days to go, and a blocker is open'),
  ('LT30_RED', 'LT30_RED', '70', 'usecase', 'days_to_live BETWEEN 0 AND 29 AND implementation_status = \'Red\'', 'Less than 30 days to go, and Red'),
  ('LT30_NOT_U5', 'LT30_NOT_U5', '40', 'usecase', 'days_to_live BETWEEN 0 AND 29 AND stage_rank < 5', 'Less than 30 days to go, and not yet onboarding'),
  ('LT30_YELLOW', 'LT30_YELLOW', '20', 'usecase', 'days_to_live BETWEEN 0 AND 29 AND implementation_status = \'Yellow\'', 'Less than 30 days to go, and Yellow'),
  ('RED', 'RED', '40', 'usecase', 'days_to_live >= 30 AND implementation_status = \'Red\'', 'The status is Red'),
  ('BLOCKERS_GT3', 'BLOCKERS_GT3', '40', 'usecase', 'num_of_blockers > 3', 'More than three blockers are open'),
  ('BLOCKER_3PLUS', 'BLOCKER_3PLUS', '20', 'usecase', 'num_of_blockers = 3', 'Three blockers are open'),
  ('BLOCKER_1', 'BLOCKER_1', '10', 'usecase', 'num_of_blockers BETWEEN 1 AND 2', 'One or two blockers are open'),
  ('PUSHED_2PLUS', 'PUSHED_2PLUS', '20', 'usecase', 'times_pushed >= 2', 'The live date was put off twice or more'),
  ('PUSHED_1', 'PUSHED_1', '5', 'usecase', 'times_pushed = 1', 'The live date was put off once'),
  ('ONB_PAST_NOT_U5', 'ONB_PAST_NOT_U5', '10', 'usecase', 'days_to_onboarding < 0 AND stage_rank < 5', 'The onboarding date has passed, and not yet onboarding'),
  ('ONB_LT30_LE_U3', 'ONB_LT30_LE_U3', '10', 'usecase', 'days_to_onboarding BETWEEN 0 AND 29 AND stage_rank <= 3', 'Onboarding is due in less than 30 days, and still U3 or earlier'),
  ('HALF_RUNWAY', 'HALF_RUNWAY', '10', 'usecase', 'days_to_live >= 0 AND 2 * days_to_live < expected_days_to_live', 'Less than half of the time is left that use cases of this stage usually need'),
  ('NOT_ENOUGH_RUNWAY', 'NOT_ENOUGH_RUNWAY', '5', 'usecase', 'days_to_live < expected_days_to_live AND 2 * days_to_live >= expected_days_to_live', 'Less time is left than use cases of this stage usually need'),
  ('STUCK', 'STUCK', '10', 'usecase', 'stage_age > stage_limit_days', 'Longer in its stage than the stage\'s limit'),
  ('STALE_14D', 'STALE_14D', '5', 'usecase', 'days_since_change >= 14 AND stage_code NOT IN (\'U3\', \'U5\')', 'Not modified for 14 days'),
  ('STALE_14D_ACTIVE', 'STALE_14D_ACTIVE', '10', 'usecase', 'days_since_change >= 14 AND stage_code IN (\'U3\', \'U5\')', 'Not modified for 14 days while scoping or onboarding'),
  ('STATUS_MISSING', 'STATUS_MISSING', '5', 'usecase', 'implementation_status IS NULL', 'No status'),
  ('CONF_LOW', 'CONF_LOW', '5', 'confidence', 'confidence_level_normalized = \'Low\'', 'Confidence is Low')
) AS v(rule, code, points, reads, condition, description)

-- COMMAND ----------

-- DBTITLE 1,ref_stage
CREATE OR REPLACE TABLE ref_stage USING DELTA AS
SELECT
  CAST(v.code AS STRING) AS code,
  CAST(v.name AS STRING) AS name,
  CAST(v.rank AS INT) AS rank,
  CAST(v.probability AS DOUBLE) AS probability,
  CAST(v.expected_days_to_live AS INT) AS expected_days_to_live,
  CAST(v.limit_days AS INT) AS limit_days,
  CAST(v.terminal AS INT) AS terminal,
  CAST(v.outcome AS STRING) AS outcome,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('U1', 'Identified', '1', '0.05', '240', '90', '0', 'Open', 'Somebody has named the use case'),
  ('U2', 'Qualifying', '2', '0.15', '180', '60', '0', 'Open', 'Need and people are being checked'),
  ('U3', 'Scoping', '3', '0.35', '120', '60', '0', 'Open', 'What is built is being agreed'),
  ('U4', 'Confirming', '4', '0.6', '75', '45', '0', 'Open', 'The decision is being made'),
  ('U5', 'Onboarding', '5', '0.85', '40', '60', '0', 'Open', 'It is being built'),
  ('U6', 'Live', '6', '1.0', '0', '36500', '1', 'Won', 'In production'),
  ('Lost', 'Lost', '0', '0.0', '0', '36500', '1', 'Lost', 'Went elsewhere'),
  ('Closed', 'Closed', '0', '0.0', '0', '36500', '1', 'Lost', 'Ended'),
  ('Disqualified', 'Disqualified', '0', '0.0', '0', '36500', '1', 'Lost', 'Was never one')
) AS v(code, name, rank, probability, expected_days_to_live, limit_days, terminal, outcome, description)

-- COMMAND ----------

-- DBTITLE 1,ref_targets
CREATE OR REPLACE TABLE ref_targets USING DELTA AS
SELECT
  CAST(v.role AS STRING) AS role,
  CAST(v.manager AS STRING) AS manager,
  CAST(v.fiscal_quarter AS STRING) AS fiscal_quarter,
  CAST(v.target_monthly_dollars AS INT) AS target_monthly_dollars
FROM (VALUES
  ('sales', 'Ada Winter', 'FY2027 Q4', '130000'),
  ('sales', 'Ada Winter', 'FY2028 Q1', '95000'),
  ('sales', 'Tomasz Bielik', 'FY2027 Q4', '75000'),
  ('sales', 'Tomasz Bielik', 'FY2028 Q1', '55000'),
  ('sales', 'Chloé d\'Arc', 'FY2027 Q4', '65000'),
  ('sales', 'Chloé d\'Arc', 'FY2028 Q1', '50000'),
  ('sales', 'Gwen Park', 'FY2027 Q4', '130000'),
  ('sales', 'Gwen Park', 'FY2028 Q1', '105000'),
  ('sales', 'Dmitri O\'Neil', 'FY2027 Q4', '105000'),
  ('sales', 'Dmitri O\'Neil', 'FY2028 Q1', '75000'),
  ('sales', 'Lucía Ferrant', 'FY2027 Q4', '65000'),
  ('sales', 'Lucía Ferrant', 'FY2028 Q1', '50000'),
  ('sales', 'Hiro Tan', 'FY2027 Q4', '105000'),
  ('sales', 'Hiro Tan', 'FY2028 Q1', '75000'),
  ('sales', 'Beatriz Nunes', 'FY2027 Q4', '75000'),
  ('sales', 'Beatriz Nunes', 'FY2028 Q1', '55000')
) AS v(role, manager, fiscal_quarter, target_monthly_dollars)

-- COMMAND ----------

-- DBTITLE 1,ref_usecase_types
CREATE OR REPLACE TABLE ref_usecase_types USING DELTA AS
SELECT
  CAST(v.type AS STRING) AS type,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('Data Warehousing', 'Reporting marts and SQL analytics on governed tables'),
  ('ETL and Ingestion', 'Moving and shaping data from source systems'),
  ('Streaming', 'Continuous processing of events'),
  ('Business Intelligence', 'Dashboards and self-service questions'),
  ('Forecasting', 'Predicting demand or revenue or load'),
  ('Recommendation', 'Suggesting the next product or content or action'),
  ('Fraud and Anomaly', 'Finding what is unusual or dishonest'),
  ('Computer Vision', 'Reading images and video'),
  ('Natural Language', 'Understanding and searching text'),
  ('Generative AI Assistant', 'Answering and drafting with language models'),
  ('Agents', 'Systems that plan and act with tools'),
  ('Customer 360', 'One view of a customer across systems'),
  ('Data Sharing', 'Giving data to partners safely'),
  ('Governance', 'Catalogue and lineage and access'),
  ('Migration', 'Leaving an older platform'),
  ('Other', 'None of the above')
) AS v(type, description)

-- COMMAND ----------

-- DBTITLE 1,slippage_categories
CREATE OR REPLACE TABLE slippage_categories USING DELTA AS
SELECT
  CAST(v.type AS STRING) AS type,
  CAST(v.description AS STRING) AS description
FROM (VALUES
  ('Technical', 'Something does not work yet: performance, security review, networking, migration of code'),
  ('Business', 'Priorities, scope or the business case changed'),
  ('Stakeholder', 'A sponsor or champion is missing, new, or against it'),
  ('Budget', 'Money is frozen, cut, or not yet released'),
  ('Project Timelines', 'The plan was too tight, or steps ran late'),
  ('Data', 'Data is missing, late, or not good enough'),
  ('Integration', 'Other systems are not connected yet'),
  ('Partner', 'An implementation partner lacks people or delivers late'),
  ('Hyperscaler', 'The cloud provider\'s capacity, region, or agreement is in the way'),
  ('Competition', 'Another product is being tried or preferred'),
  ('External dependencies', 'A regulator, supplier, merger, or other outside event decides the date'),
  ('Other', 'None of the above')
) AS v(type, description)

-- COMMAND ----------

-- DBTITLE 1,Which version of each table this is
CREATE OR REPLACE TABLE ref_versions USING DELTA AS
SELECT v.table_name, v.version, CAST(v.row_count AS INT) AS row_count
FROM (VALUES
  ('acceleration_categories', '8173a74e521e', '10'),
  ('ref_accel_rules', 'ef983e4c2004', '6'),
  ('ref_accel_weights', '094c8d070dc5', '4'),
  ('ref_blocker_categories', '6e9bc6a70bd9', '9'),
  ('ref_business_families', '4938c1bd61a6', '26'),
  ('ref_confidence_bands', '68df5f94b398', '3'),
  ('ref_confidence_rubric', '68a93b8231fa', '10'),
  ('ref_contradictions', 'e181b5b198f4', '21'),
  ('ref_figures', 'c36900c08ee8', '33'),
  ('ref_fiscal_calendar', 'c00e0c462e26', '144'),
  ('ref_gpu_signals', 'a1d8ae121249', '7'),
  ('ref_manager_hierarchy', '1c1c03171d27', '13'),
  ('ref_model_prices', '5f5bf67dc9c9', '8'),
  ('ref_override_rules', 'ce98e3709feb', '6'),
  ('ref_risk_bands', 'faf3639af9de', '3'),
  ('ref_slip_signals', 'e7d4cbb20240', '20'),
  ('ref_stage', '9671b2b59a60', '9'),
  ('ref_targets', '913b769ec5ef', '16'),
  ('ref_usecase_types', '5a99025f1aa6', '16'),
  ('slippage_categories', '2ed9191bf227', '12')
) AS v(table_name, version, row_count)

-- COMMAND ----------

-- DBTITLE 1,The source keeps its contract, or nothing is asked
SELECT CASE WHEN size(faults) > 0 THEN raise_error(concat('The source does not keep its contract: ', array_join(faults, '; '), '. Map its columns in sql/source.sql.')) ELSE 'ok' END AS source_contract
FROM (
  SELECT sort_array(collect_list(CASE
    WHEN c[2] = 'required' AND c[3] = 'binary' THEN concat('required column ', c[0], ' is missing')
    WHEN c[1] IN ('DATE', 'TIMESTAMP') AND NOT c[3] RLIKE '^(date|timestamp|void)'
      OR c[1] = 'a number' AND NOT c[3] RLIKE '^(decimal|tinyint|smallint|int|bigint|float|double|void)'
      OR c[1] = 'BOOLEAN' AND NOT c[3] RLIKE '^(boolean|void)'
      OR c[1] = 'STRING' AND c[3] RLIKE '^(array|map|struct|binary)'
    THEN concat('column ', c[0], ' is ', upper(c[3]), ' where ', c[1], ' is wanted')
  END)) AS faults
  FROM (
    SELECT explode(array(
      array('usecase_id', 'STRING', 'required', typeof(x.usecase_id)), array('snapshot_date', 'DATE', 'required', typeof(x.snapshot_date)),
      array('usecase_name', 'STRING', 'required', typeof(x.usecase_name)), array('usecase_description', 'STRING', 'required', typeof(x.usecase_description)),
      array('account_id', 'STRING', '', typeof(x.account_id)), array('account_name', 'STRING', 'required', typeof(x.account_name)),
      array('business_unit', 'STRING', '', typeof(x.business_unit)), array('sales_region', 'STRING', '', typeof(x.sales_region)),
      array('sales_subregion_level_1', 'STRING', '', typeof(x.sales_subregion_level_1)), array('sales_subregion_level_2', 'STRING', '', typeof(x.sales_subregion_level_2)),
      array('sales_subregion_level_3', 'STRING', '', typeof(x.sales_subregion_level_3)), array('sales_subregion_level_4', 'STRING', '', typeof(x.sales_subregion_level_4)),
      array('vertical', 'STRING', '', typeof(x.vertical)), array('industry_imperative', 'STRING', '', typeof(x.industry_imperative)),
      array('account_executive', 'STRING', '', typeof(x.account_executive)), array('account_solution_architect', 'STRING', '', typeof(x.account_solution_architect)),
      array('sales_manager', 'STRING', 'required', typeof(x.sales_manager)), array('sales_leader', 'STRING', '', typeof(x.sales_leader)),
      array('field_manager', 'STRING', 'required', typeof(x.field_manager)), array('field_leader', 'STRING', '', typeof(x.field_leader)),
      array('stage', 'STRING', 'required', typeof(x.stage)), array('stage_number', 'a number', '', typeof(x.stage_number)),
      array('stage_entered_date', 'DATE', '', typeof(x.stage_entered_date)), array('days_in_stage', 'a number', '', typeof(x.days_in_stage)),
      array('is_active_ind', 'BOOLEAN', '', typeof(x.is_active_ind)), array('is_incremental', 'BOOLEAN', '', typeof(x.is_incremental)),
      array('type', 'STRING', '', typeof(x.type)), array('use_case_product', 'STRING', '', typeof(x.use_case_product)),
      array('target_cloud', 'STRING', '', typeof(x.target_cloud)), array('estimated_monthly_dollar_dbus', 'a number', 'required', typeof(x.estimated_monthly_dollar_dbus)),
      array('estimated_quarterly_dollar_dbus', 'a number', '', typeof(x.estimated_quarterly_dollar_dbus)), array('target_onboarding_date', 'DATE', 'required', typeof(x.target_onboarding_date)),
      array('target_live_date', 'DATE', 'required', typeof(x.target_live_date)), array('original_target_live_date', 'DATE', '', typeof(x.original_target_live_date)),
      array('target_live_date_push_count', 'a number', '', typeof(x.target_live_date_push_count)), array('live_date', 'DATE', '', typeof(x.live_date)),
      array('implementation_status', 'STRING', '', typeof(x.implementation_status)), array('implementation_notes', 'STRING', '', typeof(x.implementation_notes)),
      array('implementation_partner_name', 'STRING', '', typeof(x.implementation_partner_name)), array('demand_plan_stage_next_steps', 'STRING', '', typeof(x.demand_plan_stage_next_steps)),
      array('sdr_bdr_notes', 'STRING', '', typeof(x.sdr_bdr_notes)), array('business_impact', 'STRING', '', typeof(x.business_impact)),
      array('business_outcome_description', 'STRING', '', typeof(x.business_outcome_description)), array('ae_authority', 'STRING', '', typeof(x.ae_authority)),
      array('ae_money_budget', 'STRING', '', typeof(x.ae_money_budget)), array('competition_string', 'STRING', '', typeof(x.competition_string)),
      array('primary_competitor', 'STRING', '', typeof(x.primary_competitor)), array('num_of_blockers', 'a number', '', typeof(x.num_of_blockers)),
      array('last_modified_blocker_category', 'STRING', '', typeof(x.last_modified_blocker_category)), array('last_modified_blocker_comment', 'STRING', '', typeof(x.last_modified_blocker_comment)),
      array('blockers_last_modified_date', 'DATE', '', typeof(x.blockers_last_modified_date)), array('poc_status', 'STRING', '', typeof(x.poc_status)),
      array('created_date', 'DATE', '', typeof(x.created_date)), array('last_modified_date', 'DATE', 'required', typeof(x.last_modified_date)),
      array('last_modified_ts', 'TIMESTAMP', '', typeof(x.last_modified_ts))
    )) AS c
    FROM (SELECT 1 AS one) AS piq_one
    LEFT JOIN (
SELECT x.*
FROM (
  SELECT
    CAST(NULL AS BINARY) AS usecase_id, CAST(NULL AS BINARY) AS snapshot_date, CAST(NULL AS BINARY) AS usecase_name,
    CAST(NULL AS BINARY) AS usecase_description, CAST(NULL AS STRING) AS account_id, CAST(NULL AS BINARY) AS account_name,
    CAST(NULL AS STRING) AS business_unit, CAST(NULL AS STRING) AS sales_region, CAST(NULL AS STRING) AS sales_subregion_level_1,
    CAST(NULL AS STRING) AS sales_subregion_level_2, CAST(NULL AS STRING) AS sales_subregion_level_3, CAST(NULL AS STRING) AS sales_subregion_level_4,
    CAST(NULL AS STRING) AS vertical, CAST(NULL AS STRING) AS industry_imperative, CAST(NULL AS STRING) AS account_executive,
    CAST(NULL AS STRING) AS account_solution_architect, CAST(NULL AS BINARY) AS sales_manager, CAST(NULL AS STRING) AS sales_leader,
    CAST(NULL AS BINARY) AS field_manager, CAST(NULL AS STRING) AS field_leader, CAST(NULL AS BINARY) AS stage,
    CAST(NULL AS INT) AS stage_number, CAST(NULL AS DATE) AS stage_entered_date, CAST(NULL AS INT) AS days_in_stage,
    CAST(NULL AS BOOLEAN) AS is_active_ind, CAST(NULL AS BOOLEAN) AS is_incremental, CAST(NULL AS STRING) AS type,
    CAST(NULL AS STRING) AS use_case_product, CAST(NULL AS STRING) AS target_cloud, CAST(NULL AS BINARY) AS estimated_monthly_dollar_dbus,
    CAST(NULL AS DECIMAL(18,2)) AS estimated_quarterly_dollar_dbus, CAST(NULL AS BINARY) AS target_onboarding_date, CAST(NULL AS BINARY) AS target_live_date,
    CAST(NULL AS DATE) AS original_target_live_date, CAST(NULL AS INT) AS target_live_date_push_count, CAST(NULL AS DATE) AS live_date,
    CAST(NULL AS STRING) AS implementation_status, CAST(NULL AS STRING) AS implementation_notes, CAST(NULL AS STRING) AS implementation_partner_name,
    CAST(NULL AS STRING) AS demand_plan_stage_next_steps, CAST(NULL AS STRING) AS sdr_bdr_notes, CAST(NULL AS STRING) AS business_impact,
    CAST(NULL AS STRING) AS business_outcome_description, CAST(NULL AS STRING) AS ae_authority, CAST(NULL AS STRING) AS ae_money_budget,
    CAST(NULL AS STRING) AS competition_string, CAST(NULL AS STRING) AS primary_competitor, CAST(NULL AS INT) AS num_of_blockers,
    CAST(NULL AS STRING) AS last_modified_blocker_category, CAST(NULL AS STRING) AS last_modified_blocker_comment, CAST(NULL AS DATE) AS blockers_last_modified_date,
    CAST(NULL AS STRING) AS poc_status, CAST(NULL AS DATE) AS created_date, CAST(NULL AS BINARY) AS last_modified_date,
    CAST(NULL AS TIMESTAMP) AS last_modified_ts
) AS piq_absent,
LATERAL (
  SELECT usecase_id, snapshot_date, usecase_name, usecase_description, account_id, account_name,
  business_unit, sales_region, sales_subregion_level_1, sales_subregion_level_2, sales_subregion_level_3, sales_subregion_level_4,
  vertical, industry_imperative, account_executive, account_solution_architect, sales_manager, sales_leader,
  field_manager, field_leader, stage, stage_number, stage_entered_date, days_in_stage,
  is_active_ind, is_incremental, type, use_case_product, target_cloud, estimated_monthly_dollar_dbus,
  estimated_quarterly_dollar_dbus, target_onboarding_date, target_live_date, original_target_live_date, target_live_date_push_count, live_date,
  implementation_status, implementation_notes, implementation_partner_name, demand_plan_stage_next_steps, sdr_bdr_notes, business_impact,
  business_outcome_description, ae_authority, ae_money_budget, competition_string, primary_competitor, num_of_blockers,
  last_modified_blocker_category, last_modified_blocker_comment, blockers_last_modified_date, poc_status, created_date, last_modified_date,
  last_modified_ts
  FROM (
-- How your CRM maps to the columns of sql/source_columns.csv: one SELECT, by default the table as it is.
-- Name the columns as the contract names them; an optional column that is left out becomes NULL of its type.
SELECT * FROM main.gtm_silver.use_case_detail

  ) AS piq_mapping
) AS x
LIMIT 1
    ) AS x ON true
  ) AS piq_columns
) AS checked

-- COMMAND ----------

-- DBTITLE 1,piq_source is there before it is altered
CREATE VIEW IF NOT EXISTS piq_source AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,The source under the names and types of its contract
ALTER VIEW piq_source AS
SELECT
  CAST(usecase_id AS STRING) AS usecase_id, CAST(snapshot_date AS DATE) AS snapshot_date, CAST(usecase_name AS STRING) AS usecase_name,
  CAST(usecase_description AS STRING) AS usecase_description, CAST(account_id AS STRING) AS account_id, CAST(account_name AS STRING) AS account_name,
  CAST(business_unit AS STRING) AS business_unit, CAST(sales_region AS STRING) AS sales_region, CAST(sales_subregion_level_1 AS STRING) AS sales_subregion_level_1,
  CAST(sales_subregion_level_2 AS STRING) AS sales_subregion_level_2, CAST(sales_subregion_level_3 AS STRING) AS sales_subregion_level_3, CAST(sales_subregion_level_4 AS STRING) AS sales_subregion_level_4,
  CAST(vertical AS STRING) AS vertical, CAST(industry_imperative AS STRING) AS industry_imperative, CAST(account_executive AS STRING) AS account_executive,
  CAST(account_solution_architect AS STRING) AS account_solution_architect, CAST(sales_manager AS STRING) AS sales_manager, CAST(sales_leader AS STRING) AS sales_leader,
  CAST(field_manager AS STRING) AS field_manager, CAST(field_leader AS STRING) AS field_leader, CAST(stage AS STRING) AS stage,
  CAST(coalesce(CAST(stage_number AS INT), try_cast(regexp_extract(x.stage, '^[Uu]([0-9])', 1) AS INT)) AS INT) AS stage_number, CAST(stage_entered_date AS DATE) AS stage_entered_date, CAST(days_in_stage AS INT) AS days_in_stage,
  CAST(is_active_ind AS BOOLEAN) AS is_active_ind, CAST(is_incremental AS BOOLEAN) AS is_incremental, CAST(type AS STRING) AS type,
  CAST(use_case_product AS STRING) AS use_case_product, CAST(target_cloud AS STRING) AS target_cloud, CAST(estimated_monthly_dollar_dbus AS DECIMAL(18,2)) AS estimated_monthly_dollar_dbus,
  CAST(coalesce(CAST(estimated_quarterly_dollar_dbus AS DECIMAL(18,2)), 3 * x.estimated_monthly_dollar_dbus) AS DECIMAL(18,2)) AS estimated_quarterly_dollar_dbus, CAST(target_onboarding_date AS DATE) AS target_onboarding_date, CAST(target_live_date AS DATE) AS target_live_date,
  CAST(original_target_live_date AS DATE) AS original_target_live_date, CAST(target_live_date_push_count AS INT) AS target_live_date_push_count, CAST(live_date AS DATE) AS live_date,
  CAST(implementation_status AS STRING) AS implementation_status, CAST(implementation_notes AS STRING) AS implementation_notes, CAST(implementation_partner_name AS STRING) AS implementation_partner_name,
  CAST(demand_plan_stage_next_steps AS STRING) AS demand_plan_stage_next_steps, CAST(sdr_bdr_notes AS STRING) AS sdr_bdr_notes, CAST(business_impact AS STRING) AS business_impact,
  CAST(business_outcome_description AS STRING) AS business_outcome_description, CAST(ae_authority AS STRING) AS ae_authority, CAST(ae_money_budget AS STRING) AS ae_money_budget,
  CAST(competition_string AS STRING) AS competition_string, CAST(primary_competitor AS STRING) AS primary_competitor, CAST(num_of_blockers AS INT) AS num_of_blockers,
  CAST(last_modified_blocker_category AS STRING) AS last_modified_blocker_category, CAST(last_modified_blocker_comment AS STRING) AS last_modified_blocker_comment, CAST(blockers_last_modified_date AS DATE) AS blockers_last_modified_date,
  CAST(poc_status AS STRING) AS poc_status, CAST(created_date AS DATE) AS created_date, CAST(last_modified_date AS DATE) AS last_modified_date,
  CAST(coalesce(CAST(last_modified_ts AS TIMESTAMP), CAST(concat(CAST(x.last_modified_date AS STRING), ' 23:59:59') AS TIMESTAMP)) AS TIMESTAMP) AS last_modified_ts
FROM (
SELECT x.*
FROM (
  SELECT
    CAST(NULL AS BINARY) AS usecase_id, CAST(NULL AS BINARY) AS snapshot_date, CAST(NULL AS BINARY) AS usecase_name,
    CAST(NULL AS BINARY) AS usecase_description, CAST(NULL AS STRING) AS account_id, CAST(NULL AS BINARY) AS account_name,
    CAST(NULL AS STRING) AS business_unit, CAST(NULL AS STRING) AS sales_region, CAST(NULL AS STRING) AS sales_subregion_level_1,
    CAST(NULL AS STRING) AS sales_subregion_level_2, CAST(NULL AS STRING) AS sales_subregion_level_3, CAST(NULL AS STRING) AS sales_subregion_level_4,
    CAST(NULL AS STRING) AS vertical, CAST(NULL AS STRING) AS industry_imperative, CAST(NULL AS STRING) AS account_executive,
    CAST(NULL AS STRING) AS account_solution_architect, CAST(NULL AS BINARY) AS sales_manager, CAST(NULL AS STRING) AS sales_leader,
    CAST(NULL AS BINARY) AS field_manager, CAST(NULL AS STRING) AS field_leader, CAST(NULL AS BINARY) AS stage,
    CAST(NULL AS INT) AS stage_number, CAST(NULL AS DATE) AS stage_entered_date, CAST(NULL AS INT) AS days_in_stage,
    CAST(NULL AS BOOLEAN) AS is_active_ind, CAST(NULL AS BOOLEAN) AS is_incremental, CAST(NULL AS STRING) AS type,
    CAST(NULL AS STRING) AS use_case_product, CAST(NULL AS STRING) AS target_cloud, CAST(NULL AS BINARY) AS estimated_monthly_dollar_dbus,
    CAST(NULL AS DECIMAL(18,2)) AS estimated_quarterly_dollar_dbus, CAST(NULL AS BINARY) AS target_onboarding_date, CAST(NULL AS BINARY) AS target_live_date,
    CAST(NULL AS DATE) AS original_target_live_date, CAST(NULL AS INT) AS target_live_date_push_count, CAST(NULL AS DATE) AS live_date,
    CAST(NULL AS STRING) AS implementation_status, CAST(NULL AS STRING) AS implementation_notes, CAST(NULL AS STRING) AS implementation_partner_name,
    CAST(NULL AS STRING) AS demand_plan_stage_next_steps, CAST(NULL AS STRING) AS sdr_bdr_notes, CAST(NULL AS STRING) AS business_impact,
    CAST(NULL AS STRING) AS business_outcome_description, CAST(NULL AS STRING) AS ae_authority, CAST(NULL AS STRING) AS ae_money_budget,
    CAST(NULL AS STRING) AS competition_string, CAST(NULL AS STRING) AS primary_competitor, CAST(NULL AS INT) AS num_of_blockers,
    CAST(NULL AS STRING) AS last_modified_blocker_category, CAST(NULL AS STRING) AS last_modified_blocker_comment, CAST(NULL AS DATE) AS blockers_last_modified_date,
    CAST(NULL AS STRING) AS poc_status, CAST(NULL AS DATE) AS created_date, CAST(NULL AS BINARY) AS last_modified_date,
    CAST(NULL AS TIMESTAMP) AS last_modified_ts
) AS piq_absent,
LATERAL (
  SELECT usecase_id, snapshot_date, usecase_name, usecase_description, account_id, account_name,
  business_unit, sales_region, sales_subregion_level_1, sales_subregion_level_2, sales_subregion_level_3, sales_subregion_level_4,
  vertical, industry_imperative, account_executive, account_solution_architect, sales_manager, sales_leader,
  field_manager, field_leader, stage, stage_number, stage_entered_date, days_in_stage,
  is_active_ind, is_incremental, type, use_case_product, target_cloud, estimated_monthly_dollar_dbus,
  estimated_quarterly_dollar_dbus, target_onboarding_date, target_live_date, original_target_live_date, target_live_date_push_count, live_date,
  implementation_status, implementation_notes, implementation_partner_name, demand_plan_stage_next_steps, sdr_bdr_notes, business_impact,
  business_outcome_description, ae_authority, ae_money_budget, competition_string, primary_competitor, num_of_blockers,
  last_modified_blocker_category, last_modified_blocker_comment, blockers_last_modified_date, poc_status, created_date, last_modified_date,
  last_modified_ts
  FROM (
-- How your CRM maps to the columns of sql/source_columns.csv: one SELECT, by default the table as it is.
-- Name the columns as the contract names them; an optional column that is left out becomes NULL of its type.
SELECT * FROM main.gtm_silver.use_case_detail

  ) AS piq_mapping
) AS x
) AS x

-- COMMAND ----------

-- DBTITLE 1,Ledger of AI calls
CREATE TABLE IF NOT EXISTS piq_ai_calls (
  run_id STRING NOT NULL COMMENT 'Run that asked.',
  usecase_id STRING NOT NULL COMMENT 'Use case that was asked about; for a coaching brief, the manager.',
  enrichment STRING NOT NULL COMMENT 'Enrichment that asked.',
  input_hash STRING NOT NULL COMMENT 'SHA-256 of the enrichment\'s own inputs, prompt, model and schema.',
  prompt_version STRING COMMENT 'Version of prompt, model and schema.',
  model STRING COMMENT 'AI function, or endpoint that ai_query asked; NULL when no model was asked.',
  status STRING NOT NULL COMMENT 'ok, failed, invalid, refused, skipped_empty, bootstrapped, blocked or reopened.',
  error STRING COMMENT 'What the call said when it failed.',
  attempts INT NOT NULL COMMENT 'Attempts on this input so far, this one included unless the endpoint refused it. The repair of an invalid answer is part of its attempt.',
  output STRING COMMENT 'The answer, as JSON.',
  input_chars BIGINT COMMENT 'Characters that the call sent: the text, labels, the form of the answer.',
  output_chars BIGINT COMMENT 'Characters of the answer.',
  est_input_tokens BIGINT COMMENT 'Estimate: a quarter of the characters.',
  est_output_tokens BIGINT COMMENT 'Estimate: a quarter of the characters.',
  est_cost_usd DOUBLE COMMENT 'Estimate from ref_model_prices, US dollars; 0 for a refused call.',
  started_at TIMESTAMP COMMENT 'Start of the run that asked.',
  finished_at TIMESTAMP COMMENT 'Time of the wave that wrote the answer.'
) USING DELTA COMMENT 'One row for each AI call, and for each that was not needed.'

-- COMMAND ----------

-- DBTITLE 1,Table of answers
CREATE TABLE IF NOT EXISTS pipelineiq (
  usecase_id STRING NOT NULL COMMENT 'Use case.',
  blockers_summary STRING COMMENT 'Number of open blockers and what the latest is, in at most 30 words.',
  business_usecase_type STRING COMMENT 'What the use case is for the business, in at most five words.',
  business_usecase_family STRING COMMENT 'Family of business use cases, one of ref_business_families.',
  context STRING COMMENT 'Why the customer does it and who decides, in at most 80 words.',
  implementation_notes_summary STRING COMMENT 'How the implementation goes and who does it, in at most 60 words.',
  next_steps_summary STRING COMMENT 'What the account team does next, in at most 50 words.',
  one_liner STRING COMMENT 'What the use case is about, in one line of at most 300 characters.',
  usecase_type STRING COMMENT 'Technical type of the use case, one of ref_usecase_types.',
  confidence_raw STRING COMMENT 'The model\'s answer as JSON. Scores are computed from it in SQL, never by the model.',
  soundbyte STRING COMMENT 'What an account team can say about the use case in one breath, at most 45 words, no number that its inputs lack.',
  identify_pain_score INT COMMENT 'A costly problem that the customer names, 0 to 10; at most 3 without a true quote, NULL if nothing is known.',
  champion_score INT COMMENT 'Somebody inside with influence sells for us, 0 to 10; at most 3 without a true quote, NULL if nothing is known.',
  implementation_plan_score INT COMMENT 'Steps with owners and dates up to going live, 0 to 10; at most 3 without a true quote, NULL if nothing is known.',
  economic_buyer_score INT COMMENT 'Who releases the money is known and engaged, 0 to 10; at most 3 without a true quote, NULL if nothing is known.',
  metrics_score INT COMMENT 'The value is measured in numbers, 0 to 10; at most 3 without a true quote, NULL if nothing is known.',
  decision_process_score INT COMMENT 'How and when the decision is made is known, 0 to 10; at most 3 without a true quote, NULL if nothing is known.',
  urgency_score INT COMMENT 'Waiting costs the customer something, 0 to 10; at most 3 without a true quote, NULL if nothing is known.',
  decision_criteria_score INT COMMENT 'What the choice is judged by is known, 0 to 10; at most 3 without a true quote, NULL if nothing is known.',
  paper_process_score INT COMMENT 'Legal and purchasing steps are known, 0 to 10; at most 3 without a true quote, NULL if nothing is known.',
  competition_score INT COMMENT 'Alternatives are known and answered, 0 to 10; at most 3 without a true quote, NULL if nothing is known.',
  major_blockers_score INT COMMENT 'How much stands in the way, 0 to 10; higher is worse.',
  evidence ARRAY<STRUCT<dimension: STRING, score: INT, quote: STRING, supported: BOOLEAN>> COMMENT 'Score and quote of each dimension, and whether the quote stands in the notes.',
  rationale_for_confidence_score STRING COMMENT 'Why the model sees it so, in its words.',
  confidence_status STRING COMMENT 'ok or failed: only ok has a score.',
  confidence_score INT COMMENT 'Confidence from 0 to 100; NULL when it could not be computed.',
  confidence_level_normalized STRING COMMENT 'High, Medium, Low or Not computed.',
  evidence_coverage DOUBLE COMMENT 'Share of the rubric\'s weight that true quotes support, 0 to 1.',
  missing_dimensions ARRAY<STRING> COMMENT 'Dimensions about which nothing is known, heaviest first.',
  top_drivers ARRAY<STRING> COMMENT 'The three dimensions that move the score most, with the points they add to or take from a middling one; in a source without notes, the stage and the heaviest signals.',
  override_code STRING COMMENT 'The rule of ref_override_rules that capped the score, if any.',
  gate_code STRING COMMENT 'Why the level is lower than the score alone would give, if it is: a rule of ref_override_rules, COVERAGE_LT… or CORE_LT…',
  level_limit STRING COMMENT 'The highest level that the rules of ref_override_rules allow; NULL if none applies.',
  level_reason STRING COMMENT 'Why the level is what it is, in one sentence.',
  confidence_delta INT COMMENT 'Change of the score against the one it replaced.',
  confidence_level STRING COMMENT 'The same as confidence_level_normalized.',
  pain_score INT COMMENT 'The same as identify_pain_score.',
  implementationplan_score INT COMMENT 'The same as implementation_plan_score.',
  decisionprocess_score INT COMMENT 'The same as decision_process_score.',
  competitionawareness_score INT COMMENT 'The same as competition_score.',
  majorblockers_score INT COMMENT 'The same as major_blockers_score.',
  measurableimpact_score INT COMMENT 'The same as metrics_score.',
  likely_to_slip BOOLEAN COMMENT 'Whether its signals add up to a level of ref_risk_bands that is likely to slip.',
  risk_level STRING COMMENT 'Level of the risk to slip.',
  risk_reason STRING COMMENT 'The signals that it shows in words, most points first; NULL if none.',
  slip_risk_score INT COMMENT 'Sum of the points of its signals, 0 to 100.',
  slip_signals ARRAY<STRING> COMMENT 'Signals of ref_slip_signals that it shows, most points first.',
  can_be_accelerated BOOLEAN COMMENT 'Whether it could go live earlier than planned.',
  accel_score INT COMMENT 'How worthwhile acceleration is, 0 to 100; NULL where it cannot be accelerated.',
  accel_days INT COMMENT 'Days by which it could go live earlier; NULL where it cannot be accelerated.',
  next_best_action_recommendation STRING COMMENT 'The one action that helps most now, at most 300 characters.',
  nba_rationale STRING COMMENT 'Why this action.',
  nba_owner_role STRING COMMENT 'Who has to act: AE, SA, SLM, FLM, Partner or Customer.',
  nba_due_days INT COMMENT 'Days until it has to be done, 1 to 14, counted from piq_last_updated.',
  nba_target_dimension STRING COMMENT 'The dimension that it strengthens most.',
  nba_next_question STRING COMMENT 'The one question that the manager should ask the account team.',
  slippage_category STRING COMMENT 'Why it is likely to slip, one of slippage_categories; NULL where it is not.',
  accel_category STRING COMMENT 'What would bring it live earlier, one of acceleration_categories; NULL where it cannot be accelerated.',
  piq_row_hash STRING COMMENT 'Changes with the other columns, confidence_delta aside: an equal row is not written again.',
  piq_last_updated TIMESTAMP COMMENT 'Start of the run that last wrote the row.'
) USING DELTA COMMENT 'What PipelineIQ adds to each use case. Join to the source by usecase_id.'


-- COMMAND ----------

-- DBTITLE 1,Columns that a table of an earlier version lacks
-- piq: workspace-only
BEGIN
  DECLARE present ARRAY<STRING> DEFAULT (SELECT collect_list(lower(column_name)) FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'pipelineiq');
  IF NOT array_contains(present, 'blockers_summary') THEN ALTER TABLE pipelineiq ADD COLUMNS (blockers_summary STRING COMMENT 'Number of open blockers and what the latest is, in at most 30 words.'); END IF;
  IF NOT array_contains(present, 'business_usecase_type') THEN ALTER TABLE pipelineiq ADD COLUMNS (business_usecase_type STRING COMMENT 'What the use case is for the business, in at most five words.'); END IF;
  IF NOT array_contains(present, 'business_usecase_family') THEN ALTER TABLE pipelineiq ADD COLUMNS (business_usecase_family STRING COMMENT 'Family of business use cases, one of ref_business_families.'); END IF;
  IF NOT array_contains(present, 'context') THEN ALTER TABLE pipelineiq ADD COLUMNS (context STRING COMMENT 'Why the customer does it and who decides, in at most 80 words.'); END IF;
  IF NOT array_contains(present, 'implementation_notes_summary') THEN ALTER TABLE pipelineiq ADD COLUMNS (implementation_notes_summary STRING COMMENT 'How the implementation goes and who does it, in at most 60 words.'); END IF;
  IF NOT array_contains(present, 'next_steps_summary') THEN ALTER TABLE pipelineiq ADD COLUMNS (next_steps_summary STRING COMMENT 'What the account team does next, in at most 50 words.'); END IF;
  IF NOT array_contains(present, 'one_liner') THEN ALTER TABLE pipelineiq ADD COLUMNS (one_liner STRING COMMENT 'What the use case is about, in one line of at most 300 characters.'); END IF;
  IF NOT array_contains(present, 'usecase_type') THEN ALTER TABLE pipelineiq ADD COLUMNS (usecase_type STRING COMMENT 'Technical type of the use case, one of ref_usecase_types.'); END IF;
  IF NOT array_contains(present, 'confidence_raw') THEN ALTER TABLE pipelineiq ADD COLUMNS (confidence_raw STRING COMMENT 'The model\'s answer as JSON. Scores are computed from it in SQL, never by the model.'); END IF;
  IF NOT array_contains(present, 'soundbyte') THEN ALTER TABLE pipelineiq ADD COLUMNS (soundbyte STRING COMMENT 'What an account team can say about the use case in one breath, at most 45 words, no number that its inputs lack.'); END IF;
  IF NOT array_contains(present, 'identify_pain_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (identify_pain_score INT COMMENT 'A costly problem that the customer names, 0 to 10; at most 3 without a true quote, NULL if nothing is known.'); END IF;
  IF NOT array_contains(present, 'champion_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (champion_score INT COMMENT 'Somebody inside with influence sells for us, 0 to 10; at most 3 without a true quote, NULL if nothing is known.'); END IF;
  IF NOT array_contains(present, 'implementation_plan_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (implementation_plan_score INT COMMENT 'Steps with owners and dates up to going live, 0 to 10; at most 3 without a true quote, NULL if nothing is known.'); END IF;
  IF NOT array_contains(present, 'economic_buyer_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (economic_buyer_score INT COMMENT 'Who releases the money is known and engaged, 0 to 10; at most 3 without a true quote, NULL if nothing is known.'); END IF;
  IF NOT array_contains(present, 'metrics_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (metrics_score INT COMMENT 'The value is measured in numbers, 0 to 10; at most 3 without a true quote, NULL if nothing is known.'); END IF;
  IF NOT array_contains(present, 'decision_process_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (decision_process_score INT COMMENT 'How and when the decision is made is known, 0 to 10; at most 3 without a true quote, NULL if nothing is known.'); END IF;
  IF NOT array_contains(present, 'urgency_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (urgency_score INT COMMENT 'Waiting costs the customer something, 0 to 10; at most 3 without a true quote, NULL if nothing is known.'); END IF;
  IF NOT array_contains(present, 'decision_criteria_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (decision_criteria_score INT COMMENT 'What the choice is judged by is known, 0 to 10; at most 3 without a true quote, NULL if nothing is known.'); END IF;
  IF NOT array_contains(present, 'paper_process_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (paper_process_score INT COMMENT 'Legal and purchasing steps are known, 0 to 10; at most 3 without a true quote, NULL if nothing is known.'); END IF;
  IF NOT array_contains(present, 'competition_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (competition_score INT COMMENT 'Alternatives are known and answered, 0 to 10; at most 3 without a true quote, NULL if nothing is known.'); END IF;
  IF NOT array_contains(present, 'major_blockers_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (major_blockers_score INT COMMENT 'How much stands in the way, 0 to 10; higher is worse.'); END IF;
  IF NOT array_contains(present, 'evidence') THEN ALTER TABLE pipelineiq ADD COLUMNS (evidence ARRAY<STRUCT<dimension: STRING, score: INT, quote: STRING, supported: BOOLEAN>> COMMENT 'Score and quote of each dimension, and whether the quote stands in the notes.'); END IF;
  IF NOT array_contains(present, 'rationale_for_confidence_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (rationale_for_confidence_score STRING COMMENT 'Why the model sees it so, in its words.'); END IF;
  IF NOT array_contains(present, 'confidence_status') THEN ALTER TABLE pipelineiq ADD COLUMNS (confidence_status STRING COMMENT 'ok or failed: only ok has a score.'); END IF;
  IF NOT array_contains(present, 'confidence_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (confidence_score INT COMMENT 'Confidence from 0 to 100; NULL when it could not be computed.'); END IF;
  IF NOT array_contains(present, 'confidence_level_normalized') THEN ALTER TABLE pipelineiq ADD COLUMNS (confidence_level_normalized STRING COMMENT 'High, Medium, Low or Not computed.'); END IF;
  IF NOT array_contains(present, 'evidence_coverage') THEN ALTER TABLE pipelineiq ADD COLUMNS (evidence_coverage DOUBLE COMMENT 'Share of the rubric\'s weight that true quotes support, 0 to 1.'); END IF;
  IF NOT array_contains(present, 'missing_dimensions') THEN ALTER TABLE pipelineiq ADD COLUMNS (missing_dimensions ARRAY<STRING> COMMENT 'Dimensions about which nothing is known, heaviest first.'); END IF;
  IF NOT array_contains(present, 'top_drivers') THEN ALTER TABLE pipelineiq ADD COLUMNS (top_drivers ARRAY<STRING> COMMENT 'The three dimensions that move the score most, with the points they add to or take from a middling one; in a source without notes, the stage and the heaviest signals.'); END IF;
  IF NOT array_contains(present, 'override_code') THEN ALTER TABLE pipelineiq ADD COLUMNS (override_code STRING COMMENT 'The rule of ref_override_rules that capped the score, if any.'); END IF;
  IF NOT array_contains(present, 'gate_code') THEN ALTER TABLE pipelineiq ADD COLUMNS (gate_code STRING COMMENT 'Why the level is lower than the score alone would give, if it is: a rule of ref_override_rules, COVERAGE_LT… or CORE_LT…'); END IF;
  IF NOT array_contains(present, 'level_limit') THEN ALTER TABLE pipelineiq ADD COLUMNS (level_limit STRING COMMENT 'The highest level that the rules of ref_override_rules allow; NULL if none applies.'); END IF;
  IF NOT array_contains(present, 'level_reason') THEN ALTER TABLE pipelineiq ADD COLUMNS (level_reason STRING COMMENT 'Why the level is what it is, in one sentence.'); END IF;
  IF NOT array_contains(present, 'confidence_delta') THEN ALTER TABLE pipelineiq ADD COLUMNS (confidence_delta INT COMMENT 'Change of the score against the one it replaced.'); END IF;
  IF NOT array_contains(present, 'confidence_level') THEN ALTER TABLE pipelineiq ADD COLUMNS (confidence_level STRING COMMENT 'The same as confidence_level_normalized.'); END IF;
  IF NOT array_contains(present, 'pain_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (pain_score INT COMMENT 'The same as identify_pain_score.'); END IF;
  IF NOT array_contains(present, 'implementationplan_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (implementationplan_score INT COMMENT 'The same as implementation_plan_score.'); END IF;
  IF NOT array_contains(present, 'decisionprocess_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (decisionprocess_score INT COMMENT 'The same as decision_process_score.'); END IF;
  IF NOT array_contains(present, 'competitionawareness_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (competitionawareness_score INT COMMENT 'The same as competition_score.'); END IF;
  IF NOT array_contains(present, 'majorblockers_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (majorblockers_score INT COMMENT 'The same as major_blockers_score.'); END IF;
  IF NOT array_contains(present, 'measurableimpact_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (measurableimpact_score INT COMMENT 'The same as metrics_score.'); END IF;
  IF NOT array_contains(present, 'likely_to_slip') THEN ALTER TABLE pipelineiq ADD COLUMNS (likely_to_slip BOOLEAN COMMENT 'Whether its signals add up to a level of ref_risk_bands that is likely to slip.'); END IF;
  IF NOT array_contains(present, 'risk_level') THEN ALTER TABLE pipelineiq ADD COLUMNS (risk_level STRING COMMENT 'Level of the risk to slip.'); END IF;
  IF NOT array_contains(present, 'risk_reason') THEN ALTER TABLE pipelineiq ADD COLUMNS (risk_reason STRING COMMENT 'The signals that it shows in words, most points first; NULL if none.'); END IF;
  IF NOT array_contains(present, 'slip_risk_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (slip_risk_score INT COMMENT 'Sum of the points of its signals, 0 to 100.'); END IF;
  IF NOT array_contains(present, 'slip_signals') THEN ALTER TABLE pipelineiq ADD COLUMNS (slip_signals ARRAY<STRING> COMMENT 'Signals of ref_slip_signals that it shows, most points first.'); END IF;
  IF NOT array_contains(present, 'can_be_accelerated') THEN ALTER TABLE pipelineiq ADD COLUMNS (can_be_accelerated BOOLEAN COMMENT 'Whether it could go live earlier than planned.'); END IF;
  IF NOT array_contains(present, 'accel_score') THEN ALTER TABLE pipelineiq ADD COLUMNS (accel_score INT COMMENT 'How worthwhile acceleration is, 0 to 100; NULL where it cannot be accelerated.'); END IF;
  IF NOT array_contains(present, 'accel_days') THEN ALTER TABLE pipelineiq ADD COLUMNS (accel_days INT COMMENT 'Days by which it could go live earlier; NULL where it cannot be accelerated.'); END IF;
  IF NOT array_contains(present, 'next_best_action_recommendation') THEN ALTER TABLE pipelineiq ADD COLUMNS (next_best_action_recommendation STRING COMMENT 'The one action that helps most now, at most 300 characters.'); END IF;
  IF NOT array_contains(present, 'nba_rationale') THEN ALTER TABLE pipelineiq ADD COLUMNS (nba_rationale STRING COMMENT 'Why this action.'); END IF;
  IF NOT array_contains(present, 'nba_owner_role') THEN ALTER TABLE pipelineiq ADD COLUMNS (nba_owner_role STRING COMMENT 'Who has to act: AE, SA, SLM, FLM, Partner or Customer.'); END IF;
  IF NOT array_contains(present, 'nba_due_days') THEN ALTER TABLE pipelineiq ADD COLUMNS (nba_due_days INT COMMENT 'Days until it has to be done, 1 to 14, counted from piq_last_updated.'); END IF;
  IF NOT array_contains(present, 'nba_target_dimension') THEN ALTER TABLE pipelineiq ADD COLUMNS (nba_target_dimension STRING COMMENT 'The dimension that it strengthens most.'); END IF;
  IF NOT array_contains(present, 'nba_next_question') THEN ALTER TABLE pipelineiq ADD COLUMNS (nba_next_question STRING COMMENT 'The one question that the manager should ask the account team.'); END IF;
  IF NOT array_contains(present, 'slippage_category') THEN ALTER TABLE pipelineiq ADD COLUMNS (slippage_category STRING COMMENT 'Why it is likely to slip, one of slippage_categories; NULL where it is not.'); END IF;
  IF NOT array_contains(present, 'accel_category') THEN ALTER TABLE pipelineiq ADD COLUMNS (accel_category STRING COMMENT 'What would bring it live earlier, one of acceleration_categories; NULL where it cannot be accelerated.'); END IF;
END

-- COMMAND ----------

-- DBTITLE 1,What each stored answer was made from
CREATE TABLE IF NOT EXISTS piq_input_hashes (
  usecase_id STRING NOT NULL COMMENT 'Use case.',
  inputs ARRAY<STRUCT<enrichment: STRING, source_hash: STRING, input_hash: STRING>> COMMENT 'For each enrichment: SHA-256 of what it reads of the source, with prompt, model and schema, where another one selects the use case; and of all it reads, as in the ledger, NULL for one that asks no model.'
) USING DELTA COMMENT 'What the last run that handled a use case made each of its enrichments from.'

-- COMMAND ----------

-- DBTITLE 1,What each use case was like when nothing about it was left to do
CREATE TABLE IF NOT EXISTS piq_source_hashes (
  usecase_id STRING NOT NULL COMMENT 'Use case.',
  source_hash STRING NOT NULL COMMENT 'SHA-256 of what all enrichments together read of the source, with their prompts, models and schemas. Where it is another one now, each enrichment is compared.'
) USING DELTA COMMENT 'Tells the use cases of which nothing changed from the others, by one hash instead of one for each enrichment.'

-- COMMAND ----------

-- DBTITLE 1,Target live dates seen
CREATE TABLE IF NOT EXISTS piq_live_dates (
  usecase_id STRING NOT NULL COMMENT 'Use case.',
  target_live_date DATE COMMENT 'Target live date.',
  observed_at TIMESTAMP NOT NULL COMMENT 'Start of the run that first saw it.'
) USING DELTA COMMENT 'Each target live date that a use case had, so that postponements can be counted.'

-- COMMAND ----------

-- DBTITLE 1,Answers brought along from an older table
CREATE TABLE IF NOT EXISTS piq_bootstrap (
  usecase_id STRING NOT NULL COMMENT 'Use case.',
  enrichment STRING NOT NULL COMMENT 'Enrichment whose answer it is.',
  output STRING NOT NULL COMMENT 'The answer, as JSON, in the form of the ledger.'
) USING DELTA COMMENT 'Answers that are taken once instead of asking a model.'

-- COMMAND ----------

-- DBTITLE 1,History
CREATE TABLE IF NOT EXISTS piq_history (
  run_id STRING NOT NULL COMMENT 'The run.',
  run_started_at TIMESTAMP NOT NULL COMMENT 'Its start.',
  as_of DATE NOT NULL COMMENT 'Date of the snapshot that it read.',
  usecase_id STRING NOT NULL COMMENT 'Use case.',
  pipeline_state STRING NOT NULL COMMENT 'Open, Won, Lost, Out of scope or Gone: the last row of a use case that is not open any more says what became of it.',
  usecase_name STRING COMMENT 'Its name.',
  account_name STRING COMMENT 'The account.',
  sales_region STRING COMMENT 'Region.',
  sales_leader STRING COMMENT 'Sales leader.',
  sales_manager STRING COMMENT 'Sales manager.',
  field_leader STRING COMMENT 'Field leader.',
  field_manager STRING COMMENT 'Field manager.',
  account_executive STRING COMMENT 'Account executive.',
  stage_code STRING COMMENT 'Code of ref_stage.',
  monthly_dollars DECIMAL(18,2) COMMENT 'Estimated dollars a month.',
  target_live_date DATE COMMENT 'Target live date.',
  implementation_status STRING COMMENT 'Green, Yellow, Red or NULL.',
  blockers INT COMMENT 'Open blockers.',
  confidence_level STRING COMMENT 'High, Medium, Low or Not computed.',
  confidence_score INT COMMENT '0 to 100; NULL when it could not be computed.',
  evidence_coverage DOUBLE COMMENT 'Share of the weight that true quotes support.',
  level_reason STRING COMMENT 'Why the level was what it was.',
  evidence ARRAY<STRUCT<dimension: STRING, score: INT, quote: STRING, supported: BOOLEAN>> COMMENT 'Score and quote of each dimension.',
  slip_risk_score INT COMMENT '0 to 100.',
  risk_level STRING COMMENT 'Level of ref_risk_bands.',
  risk_reason STRING COMMENT 'Its signals in words.',
  next_action STRING COMMENT 'The next action.'
) USING DELTA COMMENT 'One row for each open use case and run, with what leaders compare, and one when it closes.'

-- COMMAND ----------

-- DBTITLE 1,pipelineiq_view is there before it is altered
CREATE VIEW IF NOT EXISTS pipelineiq_view AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,Reporting view
ALTER VIEW pipelineiq_view AS
SELECT
  s.usecase_id, s.snapshot_date, s.usecase_name, s.usecase_description, s.account_id, s.account_name,
  s.business_unit, s.sales_region, s.sales_subregion_level_1, s.sales_subregion_level_2, s.sales_subregion_level_3, s.sales_subregion_level_4,
  s.vertical, s.industry_imperative, s.account_executive, s.account_solution_architect, s.sales_manager, s.sales_leader,
  s.field_manager, s.field_leader, s.stage, s.stage_number, s.stage_entered_date, s.days_in_stage,
  s.is_active_ind, s.is_incremental, s.type, s.use_case_product, s.target_cloud, s.estimated_monthly_dollar_dbus,
  s.estimated_quarterly_dollar_dbus, s.target_onboarding_date, s.target_live_date, s.original_target_live_date, s.target_live_date_push_count, s.live_date,
  s.implementation_status, s.implementation_notes, s.implementation_partner_name, s.demand_plan_stage_next_steps, s.sdr_bdr_notes, s.business_impact,
  s.business_outcome_description, s.ae_authority, s.ae_money_budget, s.competition_string, s.primary_competitor, s.num_of_blockers,
  s.last_modified_blocker_category, s.last_modified_blocker_comment, s.blockers_last_modified_date, s.poc_status, s.created_date, s.last_modified_date,
  s.last_modified_ts,
  p.blockers_summary,
  p.business_usecase_type, p.business_usecase_family,
  p.context,
  p.implementation_notes_summary,
  p.next_steps_summary,
  p.one_liner,
  p.usecase_type,
  p.confidence_raw,
  p.soundbyte,
  p.identify_pain_score, p.champion_score, p.implementation_plan_score, p.economic_buyer_score, p.metrics_score, p.decision_process_score,
  p.urgency_score, p.decision_criteria_score, p.paper_process_score, p.competition_score, p.major_blockers_score, p.evidence,
  p.rationale_for_confidence_score, p.confidence_status,
  p.confidence_score, p.confidence_level_normalized, p.evidence_coverage, p.missing_dimensions, p.top_drivers, p.override_code,
  p.gate_code, p.level_limit, p.level_reason, p.confidence_delta,
  p.confidence_level, p.pain_score, p.implementationplan_score, p.decisionprocess_score, p.competitionawareness_score, p.majorblockers_score,
  p.measurableimpact_score,
  p.likely_to_slip, p.risk_level, p.risk_reason, p.slip_risk_score, p.slip_signals, p.can_be_accelerated,
  p.accel_score, p.accel_days,
  p.next_best_action_recommendation, p.nba_rationale, p.nba_owner_role, p.nba_due_days, p.nba_target_dimension, p.nba_next_question,
  p.slippage_category, p.accel_category,
  s.stage_code,
  f.fiscal_quarter AS live_fiscal_quarter,
  s.is_stale,
  s.pipeline_state,
  s.pipeline_state = 'Open' AS is_open,
  CAST(NULL AS STRING) AS usecase_url,
  CAST(NULL AS STRING) AS crm_url,
  CAST(datediff(s.target_live_date, s.snapshot_date) AS INT) AS days_to_live,
  CAST(datediff(s.snapshot_date, s.last_modified_date) AS INT) AS days_since_change,
  greatest(coalesce(s.target_live_date_push_count, 0), coalesce(o.pushes_seen, 0)) AS times_pushed,
  coalesce(o.days_pushed, 0) AS days_pushed,
  CASE
    WHEN s.pipeline_state <> 'Open' THEN NULL
    WHEN s.target_live_date >= CAST(p.piq_last_updated AS DATE) THEN least(date_add(CAST(p.piq_last_updated AS DATE), p.nba_due_days), s.target_live_date)
    ELSE date_add(CAST(p.piq_last_updated AS DATE), p.nba_due_days)
  END AS next_action_due,
  CASE
    WHEN s.pipeline_state <> 'Open' THEN NULL
    ELSE coalesce(concat(nullif(trim(CASE p.nba_owner_role
      WHEN 'AE' THEN s.account_executive
      WHEN 'SA' THEN s.account_solution_architect
      WHEN 'SLM' THEN s.sales_manager
      WHEN 'FLM' THEN s.field_manager
    END), ''), ' (', p.nba_owner_role, ')'), p.nba_owner_role)
  END AS next_action_owner,
  CASE
    WHEN s.pipeline_state <> 'Open' THEN concat('Nothing to do: ', lower(s.pipeline_state))
    WHEN p.likely_to_slip THEN concat('Mitigate the slip', coalesce(concat(': ', p.slippage_category), ''))
    WHEN p.can_be_accelerated THEN concat('Accelerate', coalesce(concat(': ', p.accel_category), ''))
    WHEN s.num_of_blockers > 0 THEN 'Clear the blocker'
    WHEN p.risk_level = 'Watch' THEN 'Secure the date'
    WHEN s.is_stale THEN 'Bring the notes up to date'
    WHEN p.confidence_level_normalized = 'High' THEN 'Keep to the plan'
    WHEN size(p.missing_dimensions) > 0 THEN concat('Qualify: ', replace(try_element_at(p.missing_dimensions, 1), '_', ' '))
    ELSE 'Coach: strengthen the evidence'
  END AS recommendation,
  p.piq_last_updated
FROM (
  SELECT piq_staged.*,
    CASE
      WHEN coalesce(r.outcome, 'Open') <> 'Open' THEN r.outcome
      WHEN coalesce(stage_code, '') IN ('U6', 'Lost', 'Closed', 'Disqualified') THEN 'Out of scope'
      WHEN estimated_monthly_dollar_dbus >= 500 AND target_live_date <= date_add(snapshot_date, 183) THEN 'Open'
      ELSE 'Out of scope'
    END AS pipeline_state
  FROM (
    SELECT *,
      CASE WHEN trim(stage) RLIKE '^[Uu][0-9]' THEN upper(substr(trim(stage), 1, 2)) ELSE initcap(regexp_extract(trim(stage), '^[A-Za-z]+', 0)) END AS stage_code,
      coalesce(datediff(snapshot_date, last_modified_date) >= 14, true) AS is_stale
    FROM (
    SELECT usecase_id, snapshot_date, usecase_name, usecase_description, account_id, account_name,
  business_unit, sales_region, sales_subregion_level_1, sales_subregion_level_2, sales_subregion_level_3, sales_subregion_level_4,
  vertical, industry_imperative, account_executive, account_solution_architect, sales_manager, sales_leader,
  field_manager, field_leader, stage, stage_number, stage_entered_date, days_in_stage,
  is_active_ind, is_incremental, type, use_case_product, target_cloud, estimated_monthly_dollar_dbus,
  estimated_quarterly_dollar_dbus, target_onboarding_date, target_live_date, original_target_live_date, target_live_date_push_count, live_date,
  implementation_status, implementation_notes, implementation_partner_name, demand_plan_stage_next_steps, sdr_bdr_notes, business_impact,
  business_outcome_description, ae_authority, ae_money_budget, competition_string, primary_competitor, num_of_blockers,
  last_modified_blocker_category, last_modified_blocker_comment, blockers_last_modified_date, poc_status, created_date, last_modified_date,
  last_modified_ts
FROM (
  SELECT *, row_number() OVER (PARTITION BY usecase_id ORDER BY last_modified_ts DESC, usecase_name, usecase_description) AS piq_rank
  FROM piq_source
  WHERE snapshot_date = (SELECT max(snapshot_date) FROM (
-- How your CRM maps to the columns of sql/source_columns.csv: one SELECT, by default the table as it is.
-- Name the columns as the contract names them; an optional column that is left out becomes NULL of its type.
SELECT * FROM main.gtm_silver.use_case_detail

  ) AS piq_snapshots)
    AND usecase_id IS NOT NULL
) AS piq_latest
WHERE piq_rank = 1
    ) AS piq_source
  ) AS piq_staged
  LEFT JOIN ref_stage AS r ON r.code = piq_staged.stage_code
) AS s
JOIN pipelineiq AS p ON p.usecase_id = s.usecase_id
LEFT JOIN (
  SELECT usecase_id, count_if(target_live_date > earlier) AS pushes_seen,
    coalesce(sum(CASE WHEN target_live_date > earlier THEN datediff(target_live_date, earlier) END), 0) AS days_pushed,
    max(CASE WHEN target_live_date > earlier THEN observed_at END) AS last_pushed_at,
    max_by(target_live_date, observed_at) AS last_live_date
  FROM (
    SELECT usecase_id, target_live_date, observed_at, lag(target_live_date) OVER (PARTITION BY usecase_id ORDER BY observed_at, target_live_date) AS earlier
    FROM piq_live_dates
  ) AS dates
  GROUP BY usecase_id
) AS o ON o.usecase_id = s.usecase_id
LEFT JOIN ref_fiscal_calendar AS f ON f.month_start = trunc(s.target_live_date, 'MM')


-- COMMAND ----------

-- DBTITLE 1,piq_pushes is there before it is altered
CREATE VIEW IF NOT EXISTS piq_pushes AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,How often each live date was put off, counted from the dates that runs saw
ALTER VIEW piq_pushes AS
SELECT usecase_id, count_if(target_live_date > earlier) AS pushes_seen,
    coalesce(sum(CASE WHEN target_live_date > earlier THEN datediff(target_live_date, earlier) END), 0) AS days_pushed,
    max(CASE WHEN target_live_date > earlier THEN observed_at END) AS last_pushed_at,
    max_by(target_live_date, observed_at) AS last_live_date
  FROM (
    SELECT usecase_id, target_live_date, observed_at, lag(target_live_date) OVER (PARTITION BY usecase_id ORDER BY observed_at, target_live_date) AS earlier
    FROM piq_live_dates
  ) AS dates
  GROUP BY usecase_id

-- COMMAND ----------

-- DBTITLE 1,piq_since is there before it is altered
CREATE VIEW IF NOT EXISTS piq_since AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,The last run, and the one that it is compared with: a week before, or else the first
ALTER VIEW piq_since AS
SELECT n.run_id, n.as_of, n.started_at, b.run_id AS since_run_id, b.as_of AS since, b.started_at AS since_started_at
FROM (
  SELECT run_id, as_of, started_at
  FROM (
    SELECT run_id, as_of, started_at, row_number() OVER (ORDER BY as_of DESC, started_at DESC, run_id DESC) AS piq_rank
    FROM (SELECT run_id, max(as_of) AS as_of, max(run_started_at) AS started_at FROM piq_history GROUP BY run_id) AS runs
  ) AS ranked
  WHERE piq_rank = 1
) AS n
LEFT JOIN (
  SELECT run_id, as_of, started_at
  FROM (
    SELECT run_id, as_of, started_at,
      row_number() OVER (ORDER BY CASE WHEN days >= 7 THEN 0 ELSE 1 END, CASE WHEN days >= 7 THEN days ELSE -days END,
        CASE WHEN days >= 7 THEN -age ELSE age END, run_id) AS piq_rank
    FROM (
      SELECT run_id, as_of, started_at, datediff(last_day, as_of) AS days, unix_millis(started_at) AS age, place
      FROM (
        SELECT run_id, as_of, started_at, max(as_of) OVER () AS last_day,
          row_number() OVER (ORDER BY as_of DESC, started_at DESC, run_id DESC) AS place
        FROM (SELECT run_id, max(as_of) AS as_of, max(run_started_at) AS started_at FROM piq_history GROUP BY run_id) AS runs
      ) AS placed
    ) AS dated
    WHERE place > 1
  ) AS ranked
  WHERE piq_rank = 1
) AS b ON true

-- COMMAND ----------

-- DBTITLE 1,piq_history_then is there before it is altered
CREATE VIEW IF NOT EXISTS piq_history_then AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,Use cases as they were then
ALTER VIEW piq_history_then AS
SELECT h.*
FROM piq_history AS h
JOIN piq_since AS s ON s.since_run_id = h.run_id
WHERE h.pipeline_state = 'Open'

-- COMMAND ----------

-- DBTITLE 1,piq_history_now is there before it is altered
CREATE VIEW IF NOT EXISTS piq_history_now AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,The last that is known of each use case since then
ALTER VIEW piq_history_now AS
SELECT *
FROM (
  SELECT h.*, s.since, row_number() OVER (PARTITION BY h.usecase_id ORDER BY h.as_of DESC, h.run_started_at DESC, h.run_id DESC) AS piq_rank
  FROM piq_history AS h
  JOIN piq_since AS s ON h.run_started_at > s.since_started_at AND h.as_of >= s.since
) AS ranked
WHERE piq_rank = 1

-- COMMAND ----------

-- DBTITLE 1,piq_changes is there before it is altered
CREATE VIEW IF NOT EXISTS piq_changes AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,What changed since then: one row for each use case and kind of change
ALTER VIEW piq_changes AS
SELECT usecase_id, usecase_name, account_name, sales_region, sales_leader, sales_manager, field_leader, field_manager, account_executive,
  stage_code, monthly_dollars, since, as_of,
  x.kind AS kind, x.before AS before, x.after AS after, x.dollars AS change_dollars, x.days AS change_days, x.points AS change_points, x.why AS why
FROM (
  SELECT n.usecase_id, n.usecase_name, n.account_name, n.sales_region, n.sales_leader, n.sales_manager, n.field_leader, n.field_manager,
    n.account_executive, n.stage_code, n.monthly_dollars, n.since, n.as_of,
    explode(filter(array(
      CASE WHEN n.pipeline_state = 'Open' AND t.usecase_id IS NULL THEN named_struct('kind', 'New', 'before', CAST(NULL AS STRING), 'after', concat(coalesce(CAST(n.confidence_score AS STRING), 'no score'), ' ', n.confidence_level), 'dollars', CAST(n.monthly_dollars AS DECIMAL(18,2)), 'days', CAST(NULL AS INT), 'points', CAST(NULL AS INT), 'why', n.level_reason) END,

      CASE WHEN n.pipeline_state = 'Won' THEN named_struct('kind', 'Won', 'before', concat(coalesce(CAST(t.confidence_score AS STRING), 'no score'), ' ', t.confidence_level), 'after', 'Live', 'dollars', CAST(n.monthly_dollars AS DECIMAL(18,2)), 'days', CAST(NULL AS INT), 'points', CAST(NULL AS INT), 'why', concat('Live in stage ', n.stage_code)) END,

      CASE WHEN n.pipeline_state = 'Lost' THEN named_struct('kind', 'Lost', 'before', concat(coalesce(CAST(t.confidence_score AS STRING), 'no score'), ' ', t.confidence_level), 'after', n.stage_code, 'dollars', CAST(-coalesce(t.monthly_dollars, n.monthly_dollars) AS DECIMAL(18,2)), 'days', CAST(NULL AS INT), 'points', CAST(NULL AS INT), 'why', coalesce(concat('Before that: ', t.risk_reason), 'No sign was seen before')) END,

      CASE WHEN n.pipeline_state IN ('Out of scope', 'Gone') AND t.usecase_id IS NOT NULL THEN named_struct('kind', 'Left', 'before', concat(coalesce(CAST(t.confidence_score AS STRING), 'no score'), ' ', t.confidence_level), 'after', n.pipeline_state, 'dollars', CAST(-t.monthly_dollars AS DECIMAL(18,2)), 'days', CAST(NULL AS INT), 'points', CAST(NULL AS INT), 'why', CASE WHEN n.pipeline_state = 'Gone' THEN 'The source does not have it any more' WHEN n.target_live_date > t.target_live_date THEN concat('Its live date was put off to ', CAST(n.target_live_date AS STRING)) ELSE 'It does not meet the scope any more' END) END,

      CASE WHEN n.pipeline_state = 'Open' AND t.usecase_id IS NOT NULL AND n.target_live_date > t.target_live_date THEN named_struct('kind', 'Pushed', 'before', CAST(t.target_live_date AS STRING), 'after', CAST(n.target_live_date AS STRING), 'dollars', CAST(0 AS DECIMAL(18,2)), 'days', CAST(datediff(n.target_live_date, t.target_live_date) AS INT), 'points', CAST(NULL AS INT), 'why', coalesce(concat('Put off ', CAST(p.pushes_seen AS STRING), CASE WHEN p.pushes_seen = 1 THEN ' time' ELSE ' times' END, ' as far as seen, by ', CAST(p.days_pushed AS STRING), ' days in all'), 'Put off')) END,

      CASE WHEN n.pipeline_state = 'Open' AND t.usecase_id IS NOT NULL AND n.target_live_date < t.target_live_date THEN named_struct('kind', 'Pulled in', 'before', CAST(t.target_live_date AS STRING), 'after', CAST(n.target_live_date AS STRING), 'dollars', CAST(0 AS DECIMAL(18,2)), 'days', CAST(datediff(n.target_live_date, t.target_live_date) AS INT), 'points', CAST(NULL AS INT), 'why', CAST(NULL AS STRING)) END,

      CASE WHEN n.pipeline_state = 'Open' AND t.usecase_id IS NOT NULL AND n.monthly_dollars > t.monthly_dollars THEN named_struct('kind', 'Dollars up', 'before', concat('$', format_number(t.monthly_dollars, 0)), 'after', concat('$', format_number(n.monthly_dollars, 0)), 'dollars', CAST(n.monthly_dollars - t.monthly_dollars AS DECIMAL(18,2)), 'days', CAST(NULL AS INT), 'points', CAST(NULL AS INT), 'why', CAST(NULL AS STRING)) END,

      CASE WHEN n.pipeline_state = 'Open' AND t.usecase_id IS NOT NULL AND n.monthly_dollars < t.monthly_dollars THEN named_struct('kind', 'Dollars down', 'before', concat('$', format_number(t.monthly_dollars, 0)), 'after', concat('$', format_number(n.monthly_dollars, 0)), 'dollars', CAST(n.monthly_dollars - t.monthly_dollars AS DECIMAL(18,2)), 'days', CAST(NULL AS INT), 'points', CAST(NULL AS INT), 'why', CAST(NULL AS STRING)) END,

      CASE WHEN n.pipeline_state = 'Open' AND t.usecase_id IS NOT NULL AND n.confidence_score > t.confidence_score THEN named_struct('kind', 'Score up', 'before', concat(coalesce(CAST(t.confidence_score AS STRING), 'no score'), ' ', t.confidence_level), 'after', concat(coalesce(CAST(n.confidence_score AS STRING), 'no score'), ' ', n.confidence_level), 'dollars', CAST(0 AS DECIMAL(18,2)), 'days', CAST(NULL AS INT), 'points', CAST(n.confidence_score - t.confidence_score AS INT), 'why', CASE WHEN d.gain.points > 0 THEN d.gain.text ELSE n.level_reason END) END,

      CASE WHEN n.pipeline_state = 'Open' AND t.usecase_id IS NOT NULL AND n.confidence_score < t.confidence_score THEN named_struct('kind', 'Score down', 'before', concat(coalesce(CAST(t.confidence_score AS STRING), 'no score'), ' ', t.confidence_level), 'after', concat(coalesce(CAST(n.confidence_score AS STRING), 'no score'), ' ', n.confidence_level), 'dollars', CAST(0 AS DECIMAL(18,2)), 'days', CAST(NULL AS INT), 'points', CAST(n.confidence_score - t.confidence_score AS INT), 'why', CASE WHEN d.loss.points < 0 THEN d.loss.text ELSE n.level_reason END) END,

      CASE WHEN n.pipeline_state = 'Open' AND t.usecase_id IS NOT NULL AND n.risk_level = 'At risk' AND t.risk_level <> 'At risk' THEN named_struct('kind', 'Now at risk', 'before', t.risk_level, 'after', n.risk_level, 'dollars', CAST(0 AS DECIMAL(18,2)), 'days', CAST(NULL AS INT), 'points', CAST(n.slip_risk_score - t.slip_risk_score AS INT), 'why', n.risk_reason) END,

      CASE WHEN n.pipeline_state = 'Open' AND t.usecase_id IS NOT NULL AND n.risk_level <> 'At risk' AND t.risk_level = 'At risk' THEN named_struct('kind', 'No longer at risk', 'before', t.risk_level, 'after', n.risk_level, 'dollars', CAST(0 AS DECIMAL(18,2)), 'days', CAST(NULL AS INT), 'points', CAST(n.slip_risk_score - t.slip_risk_score AS INT), 'why', concat('Before: ', t.risk_reason)) END
    ), c -> c IS NOT NULL)) AS x
  FROM piq_history_now AS n
  LEFT JOIN piq_history_then AS t ON t.usecase_id = n.usecase_id
  LEFT JOIN piq_pushes AS p ON p.usecase_id = n.usecase_id
  LEFT JOIN (
    SELECT usecase_id,
      sort_array(collect_list(named_struct('order', -points, 'dimension', dimension, 'points', points, 'text', text)))[0] AS gain,
      sort_array(collect_list(named_struct('order', points, 'dimension', dimension, 'points', points, 'text', text)))[0] AS loss
    FROM (
      SELECT a.usecase_id, r.dimension,
        r.weight * (coalesce(a.answer.score, r.unknown_score) - coalesce(b.answer.score, r.unknown_score)) AS points,
        concat(replace(r.dimension, '_', ' '), ' ', coalesce(CAST(b.answer.score AS STRING), 'unknown'), ' → ', coalesce(CAST(a.answer.score AS STRING), 'unknown'),
          CASE
            WHEN a.answer.supported THEN concat(': “', a.answer.quote, '”')
            WHEN b.answer.supported AND a.answer.score IS NULL THEN concat(', no longer said: “', b.answer.quote, '”')
            ELSE ', without a true quote'
          END) AS text
      FROM (SELECT usecase_id, explode(evidence) AS answer FROM piq_history_now) AS a
      JOIN (SELECT usecase_id, explode(evidence) AS answer FROM piq_history_then) AS b ON b.usecase_id = a.usecase_id AND b.answer.dimension = a.answer.dimension
      JOIN ref_confidence_rubric AS r ON r.dimension = a.answer.dimension
    ) AS weighed
    GROUP BY usecase_id
  ) AS d ON d.usecase_id = n.usecase_id
) AS compared

-- COMMAND ----------

-- DBTITLE 1,piq_trend is there before it is altered
CREATE VIEW IF NOT EXISTS piq_trend AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,Open use cases and dollars of each level, by the last run on each snapshot
ALTER VIEW piq_trend AS
SELECT h.as_of, h.confidence_level, h.risk_level, h.sales_region, h.sales_leader, h.sales_manager, h.field_leader, h.field_manager,
  count(*) AS usecases, sum(h.monthly_dollars) AS dollars
FROM piq_history AS h
JOIN (
  SELECT run_id
  FROM (
    SELECT run_id, row_number() OVER (PARTITION BY as_of ORDER BY started_at DESC, run_id DESC) AS piq_rank
    FROM (SELECT run_id, max(as_of) AS as_of, max(run_started_at) AS started_at FROM piq_history GROUP BY run_id) AS runs
  ) AS ranked
  WHERE piq_rank = 1
) AS r ON r.run_id = h.run_id
WHERE h.pipeline_state = 'Open'
GROUP BY h.as_of, h.confidence_level, h.risk_level, h.sales_region, h.sales_leader, h.sales_manager, h.field_leader, h.field_manager

-- COMMAND ----------

-- DBTITLE 1,piq_attention is there before it is altered
CREATE VIEW IF NOT EXISTS piq_attention AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,Which use cases need somebody now: most dollars at risk first
ALTER VIEW piq_attention AS
SELECT row_number() OVER (ORDER BY estimated_monthly_dollar_dbus * slip_risk_score DESC, usecase_id) AS place,
  row_number() OVER (PARTITION BY sales_manager ORDER BY estimated_monthly_dollar_dbus * slip_risk_score DESC, usecase_id) AS place_of_sales_manager,
  row_number() OVER (PARTITION BY field_manager ORDER BY estimated_monthly_dollar_dbus * slip_risk_score DESC, usecase_id) AS place_of_field_manager,
  usecase_id
FROM pipelineiq_view
WHERE is_open AND likely_to_slip

-- COMMAND ----------

-- DBTITLE 1,piq_usecase_facts is there before it is altered
CREATE VIEW IF NOT EXISTS piq_usecase_facts AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,One use case: what is known of it, line by line
ALTER VIEW piq_usecase_facts AS
SELECT usecase_id, x.place AS place, x.what AS what, x.said AS said, crm_url
FROM (
  SELECT usecase_id, crm_url, explode(filter(array(
    named_struct('place', 1, 'what', 'Use case', 'said', concat(usecase_name, ' (', usecase_id, ')')),
    named_struct('place', 2, 'what', 'Account', 'said', concat_ws(', ', account_name, sales_region)),
    named_struct('place', 3, 'what', 'In a sentence', 'said', coalesce(one_liner, usecase_name)),
    named_struct('place', 4, 'what', 'Stage', 'said', concat_ws(', ', concat(stage_code, coalesce(concat(' since ', CAST(stage_entered_date AS STRING)), '')), CASE WHEN is_open THEN NULL ELSE pipeline_state END)),
    named_struct('place', 5, 'what', 'Going live', 'said', concat(CAST(target_live_date AS STRING), CASE WHEN times_pushed > 0 THEN concat(', put off ', CAST(times_pushed AS STRING), CASE WHEN times_pushed = 1 THEN ' time' ELSE ' times' END) ELSE ', never put off' END)),
    named_struct('place', 6, 'what', 'Status', 'said', concat_ws(', ', coalesce(implementation_status, 'No status'), blockers_summary)),
    named_struct('place', 7, 'what', CASE WHEN is_open THEN 'Confidence' ELSE 'Last confidence' END, 'said', level_reason),
    named_struct('place', 8, 'what', CASE WHEN is_open THEN 'Risk' ELSE 'Last risk' END, 'said', concat_ws(': ', risk_level, nullif(risk_reason, ''))),
    named_struct('place', 9, 'what', 'Owner', 'said', concat_ws(', ', coalesce(concat(nullif(trim(account_executive), ''), ' (AE)'), 'no AE'), coalesce(concat(nullif(trim(account_solution_architect), ''), ' (SA)'), 'no SA'))),
    named_struct('place', 10, 'what', 'Managers', 'said', concat_ws(', ', coalesce(concat(nullif(trim(sales_manager), ''), ' (sales)'), 'no sales manager'), coalesce(concat(nullif(trim(field_manager), ''), ' (field)'), 'no field manager'))),
    named_struct('place', 11, 'what', 'Last change', 'said', CAST(last_modified_date AS STRING))
  ), f -> f.said IS NOT NULL)) AS x
  FROM pipelineiq_view
) AS facts

-- COMMAND ----------

-- DBTITLE 1,piq_usecase_action is there before it is altered
CREATE VIEW IF NOT EXISTS piq_usecase_action AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,One use case: what to do next; of one that is closed only that nothing is to do
ALTER VIEW piq_usecase_action AS
SELECT usecase_id, x.place AS place, x.what AS what, x.said AS said
FROM (
  SELECT usecase_id, explode(filter(array(
    named_struct('place', 1, 'what', 'Next action', 'said', CASE WHEN is_open THEN coalesce(next_best_action_recommendation, recommendation) ELSE recommendation END),
    CASE WHEN is_open THEN named_struct('place', 2, 'what', 'Why', 'said', nba_rationale) END,
    CASE WHEN is_open THEN named_struct('place', 3, 'what', 'Who, by when', 'said', concat_ws(', ', next_action_owner, CAST(next_action_due AS STRING))) END,
    CASE WHEN is_open THEN named_struct('place', 4, 'what', 'Ask the team', 'said', nba_next_question) END,
    CASE WHEN is_open THEN named_struct('place', 5, 'what', 'Cause of the risk', 'said', slippage_category) END,
    CASE WHEN is_open THEN named_struct('place', 6, 'what', 'What makes it faster', 'said', concat(accel_category, ', by ', CAST(accel_days AS STRING), ' days')) END,
    named_struct('place', 7, 'what', 'The model says', 'said', rationale_for_confidence_score)
  ), l -> l.said IS NOT NULL AND l.said <> '')) AS x
  FROM pipelineiq_view
) AS action

-- COMMAND ----------

-- DBTITLE 1,piq_usecase_dimensions is there before it is altered
CREATE VIEW IF NOT EXISTS piq_usecase_dimensions AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,One use case: each dimension with what the model said, what counts and whether its quote was found
ALTER VIEW piq_usecase_dimensions AS
SELECT e.usecase_id, r.dimension, replace(r.dimension, '_', ' ') AS dimension_name, r.weight, r.question,
  nullif(try_cast(get_json_object(e.confidence_raw, concat('$.', r.dimension, '_score')) AS INT), -1) AS said,
  e.answer.score AS score,
  coalesce(e.answer.score, r.unknown_score) AS counts,
  r.weight * coalesce(e.answer.score, r.unknown_score) / 10.0D AS points,
  e.answer.quote AS quote,
  CASE
    WHEN e.answer.supported THEN 'Found in the notes'
    WHEN e.answer.score IS NULL THEN 'Nothing known'
    WHEN e.answer.quote IS NULL THEN 'No quote'
    ELSE 'Not in the notes'
  END AS evidence
FROM (SELECT usecase_id, confidence_raw, explode(evidence) AS answer FROM pipelineiq) AS e
JOIN ref_confidence_rubric AS r ON r.dimension = e.answer.dimension

-- COMMAND ----------

-- DBTITLE 1,piq_usecase_questions is there before it is altered
CREATE VIEW IF NOT EXISTS piq_usecase_questions AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,One use case: what nobody has shown yet, heaviest first
ALTER VIEW piq_usecase_questions AS
SELECT usecase_id, dimension, dimension_name, question, weight, evidence
FROM piq_usecase_dimensions
WHERE evidence <> 'Found in the notes'

-- COMMAND ----------

-- DBTITLE 1,piq_usecase_arithmetic is there before it is altered
CREATE VIEW IF NOT EXISTS piq_usecase_arithmetic AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,One use case: the arithmetic of its score, step by step
ALTER VIEW piq_usecase_arithmetic AS
SELECT usecase_id, x.step AS step, x.what AS what, x.points AS points, x.note AS note
FROM (
  SELECT v.usecase_id, explode(filter(array(
    named_struct('step', 1, 'what', 'Sum of the dimensions', 'points', CAST(round(d.base, 1) AS DOUBLE), 'note', 'Weight × what counts / 10, added up'),
    named_struct('step', 2, 'what', 'Open issues', 'points', CAST(-1.5D * v.major_blockers_score AS DOUBLE), 'note', concat('What stands in the way: ', CAST(v.major_blockers_score AS STRING), ' of 10, 1.5 points each')),
    named_struct('step', 3, 'what', 'Raw score', 'points', CAST(round(greatest(0.0D, least(100.0D, d.base - 1.5D * v.major_blockers_score))) AS DOUBLE), 'note', 'Rounded, within 0 and 100'),
    CASE WHEN v.override_code IS NOT NULL THEN named_struct('step', 4, 'what', concat('Rule ', v.override_code), 'points', CAST(o.cap AS DOUBLE), 'note', concat(o.description, ': at most ', CAST(o.cap AS STRING))) END,
    named_struct('step', 5, 'what', 'Score', 'points', CAST(v.confidence_score AS DOUBLE), 'note', concat('True quotes support ', CAST(CAST(round(100 * v.evidence_coverage) AS INT) AS STRING), ' % of the weight')),
    named_struct('step', 6, 'what', concat('Level: ', v.confidence_level_normalized), 'points', CAST(NULL AS DOUBLE), 'note', v.level_reason)
  ), s -> s IS NOT NULL)) AS x
  FROM pipelineiq AS v
  JOIN (SELECT usecase_id, sum(points) AS base FROM piq_usecase_dimensions GROUP BY usecase_id) AS d ON d.usecase_id = v.usecase_id
  LEFT JOIN ref_override_rules AS o ON o.code = v.override_code
  WHERE v.confidence_score IS NOT NULL
) AS steps

-- COMMAND ----------

-- DBTITLE 1,piq_usecase_rules is there before it is altered
CREATE VIEW IF NOT EXISTS piq_usecase_rules AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,One use case: the rules that fired
ALTER VIEW piq_usecase_rules AS
SELECT s.usecase_id, 'Risk' AS acts_on, r.code, r.points, concat('+', CAST(r.points AS STRING), ' points') AS effect, r.description AS reason
FROM (SELECT usecase_id, explode(slip_signals) AS code FROM pipelineiq) AS s
JOIN ref_slip_signals AS r ON r.code = s.code
UNION ALL
SELECT p.usecase_id, 'Score' AS acts_on, r.code, CAST(NULL AS INT) AS points, concat('at most ', CAST(r.cap AS STRING)) AS effect, r.description AS reason
FROM pipelineiq AS p
JOIN ref_override_rules AS r ON r.code = p.override_code
UNION ALL
SELECT p.usecase_id, 'Level' AS acts_on, p.gate_code AS code, CAST(NULL AS INT) AS points, concat(p.confidence_level_normalized, ' instead of higher') AS effect, p.level_reason AS reason
FROM pipelineiq AS p
WHERE p.gate_code IS NOT NULL

-- COMMAND ----------

-- DBTITLE 1,piq_forecast is there before it is altered
CREATE VIEW IF NOT EXISTS piq_forecast AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,Forecast: dollars weighted by level, by manager and fiscal quarter of the live date, beside the target if there is one
ALTER VIEW piq_forecast AS
SELECT f.sales_leader, f.sales_manager, f.fiscal_quarter, f.usecases, f.dollars, f.high_dollars, f.medium_dollars, f.low_dollars, f.at_risk_dollars, f.weighted_dollars,
  t.target_dollars,
  f.weighted_dollars / nullif(t.target_dollars, 0) AS forecast_share,
  f.dollars / nullif(t.target_dollars, 0) AS coverage
FROM (
  SELECT max(sales_leader) AS sales_leader, sales_manager, fiscal_quarter,
    count(*) AS usecases, sum(dollars) AS dollars,
    sum(CASE WHEN level = 'High' THEN dollars ELSE 0 END) AS high_dollars,
    sum(CASE WHEN level = 'Medium' THEN dollars ELSE 0 END) AS medium_dollars,
    sum(CASE WHEN level = 'Low' THEN dollars ELSE 0 END) AS low_dollars,
    sum(CASE WHEN likely_to_slip THEN dollars ELSE 0 END) AS at_risk_dollars,
    sum(CAST(dollars * forecast_share AS DECIMAL(18,2))) AS weighted_dollars
  FROM (
    SELECT coalesce(nullif(trim(v.sales_manager), ''), 'Unassigned') AS sales_manager, coalesce(nullif(trim(v.sales_leader), ''), 'Unassigned') AS sales_leader,
      coalesce(v.live_fiscal_quarter, 'Unknown') AS fiscal_quarter,
      coalesce(v.estimated_monthly_dollar_dbus, CAST(0 AS DECIMAL(18,2))) AS dollars, v.confidence_level_normalized AS level, v.likely_to_slip,
      coalesce(b.forecast_share, 0) AS forecast_share
    FROM pipelineiq_view AS v
    LEFT JOIN ref_confidence_bands AS b ON b.level = v.confidence_level_normalized
    WHERE v.is_open
  ) AS open_usecases
  GROUP BY sales_manager, fiscal_quarter
) AS f
LEFT JOIN (
  SELECT manager, fiscal_quarter, sum(target_monthly_dollars) AS target_dollars FROM ref_targets WHERE role = 'sales' GROUP BY manager, fiscal_quarter
) AS t ON t.manager = f.sales_manager AND t.fiscal_quarter = f.fiscal_quarter

-- COMMAND ----------

-- DBTITLE 1,piq_contradictions is there before it is altered
CREATE VIEW IF NOT EXISTS piq_contradictions AS SELECT 1 AS piq_new

-- COMMAND ----------

-- DBTITLE 1,Statements about one use case that contradict each other: none, or a rule is missing
ALTER VIEW piq_contradictions AS
SELECT c.usecase_id, r.code, r.description
FROM (
  SELECT usecase_id, explode(filter(array(
    CASE WHEN confidence_level_normalized = 'High' AND likely_to_slip THEN 'HIGH_AND_SLIPS' END,
    CASE WHEN confidence_level_normalized = 'High' AND implementation_status = 'Red' THEN 'HIGH_AND_RED' END,
    CASE WHEN confidence_level_normalized = 'High' AND num_of_blockers > 3 THEN 'HIGH_AND_MANY_BLOCKERS' END,
    CASE WHEN target_live_date < snapshot_date AND confidence_level_normalized IN ('High', 'Medium') THEN 'PAST_AND_COUNTED_ON' END,
    CASE WHEN target_live_date < snapshot_date AND NOT likely_to_slip THEN 'PAST_AND_NOT_AT_RISK' END,
    CASE WHEN datediff(target_live_date, snapshot_date) BETWEEN 0 AND 14 AND num_of_blockers > 0 AND NOT likely_to_slip THEN 'BLOCKED_SOON_AND_NOT_AT_RISK' END,
    CASE WHEN datediff(target_live_date, snapshot_date) BETWEEN 0 AND 14 AND num_of_blockers > 0 AND confidence_level_normalized = 'High' THEN 'BLOCKED_SOON_AND_HIGH' END,
    CASE WHEN datediff(target_live_date, snapshot_date) BETWEEN 0 AND 29 AND implementation_status = 'Red' AND NOT likely_to_slip THEN 'RED_SOON_AND_NOT_AT_RISK' END,
    CASE WHEN implementation_status = 'Red' AND risk_level = 'Clear' THEN 'RED_AND_CLEAR' END,
    CASE WHEN likely_to_slip AND can_be_accelerated THEN 'SLIPS_AND_FASTER' END,
    CASE WHEN can_be_accelerated AND confidence_level_normalized NOT IN ('Medium', 'High') THEN 'FASTER_AND_LOW' END,
    CASE WHEN can_be_accelerated AND implementation_status = 'Red' THEN 'FASTER_AND_RED' END,
    CASE WHEN can_be_accelerated AND coalesce(accel_days, 0) <= 0 THEN 'FASTER_AND_NO_DAYS' END,
    CASE WHEN likely_to_slip <> (risk_level = 'At risk') THEN 'RISK_WITHOUT_LEVEL' END,
    CASE WHEN likely_to_slip AND (size(slip_signals) = 0 OR coalesce(risk_reason, '') = '') THEN 'RISK_WITHOUT_REASON' END,
    CASE WHEN slippage_category IS NOT NULL AND NOT likely_to_slip THEN 'CAUSE_WITHOUT_RISK' END,
    CASE WHEN accel_category IS NOT NULL AND NOT can_be_accelerated THEN 'LEVER_WITHOUT_CHANCE' END,
    CASE WHEN recommendation = 'Keep to the plan' AND (risk_level <> 'Clear' OR num_of_blockers > 0 OR confidence_level_normalized <> 'High') THEN 'PLAN_AND_RISK' END,
    CASE WHEN (confidence_score IS NULL) <> (confidence_level_normalized = 'Not computed') THEN 'SCORE_WITHOUT_LEVEL' END,
    CASE WHEN blockers_summary = 'No open blockers.' AND num_of_blockers > 0 THEN 'NO_BLOCKERS_AND_BLOCKED' END,
    CASE WHEN target_live_date >= CAST(piq_last_updated AS DATE) AND next_action_due > target_live_date THEN 'ACTION_AFTER_LIVE' END
  ), x -> x IS NOT NULL)) AS code
  FROM pipelineiq_view
  WHERE is_open
) AS c
JOIN ref_contradictions AS r ON r.code = c.code
