-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Reference tables
-- MAGIC Labels, weights and rules that the pipeline reads. Edit the files in `sql/reference/`, not the tables: each run writes them again.
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
  ('ref_model_prices', '574e7eb2ef22', '7'),
  ('ref_override_rules', 'ce98e3709feb', '6'),
  ('ref_risk_bands', 'faf3639af9de', '3'),
  ('ref_slip_signals', 'e7d4cbb20240', '20'),
  ('ref_stage', '9671b2b59a60', '9'),
  ('ref_targets', '913b769ec5ef', '16'),
  ('ref_usecase_types', '5a99025f1aa6', '16'),
  ('slippage_categories', '2ed9191bf227', '12')
) AS v(table_name, version, row_count)
