//! What came out: how confident the pipeline is, and what is most at risk.

use serde::Serialize;

use crate::insight::query::{Row, Rows};

/// What a first look at the tables shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct EnrichmentOutcome {
    /// Use cases and dollars by level of confidence, best first.
    pub levels: Vec<Level>,
    /// The use cases most at risk, most dollars at risk first.
    pub at_risk: Vec<AtRisk>,
}

/// One level of confidence.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Level {
    /// `High`, `Medium`, `Low` or `Not computed`.
    pub level: String,
    /// Use cases.
    pub usecases: u64,
    /// Estimated dollars a month.
    pub monthly_dollars: f64,
}

/// One use case at risk, and what to do.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AtRisk {
    /// Its id.
    pub usecase_id: String,
    /// Its name.
    pub usecase_name: String,
    /// The account.
    pub account_name: String,
    /// When it is to go live, such as `2026-11-29`.
    pub target_live_date: String,
    /// Estimated dollars a month.
    pub monthly_dollars: f64,
    /// 0 to 100.
    pub slip_risk_score: i64,
    /// Level of confidence.
    pub level: String,
    /// What to do next.
    pub next_action: String,
    /// Who does it.
    pub owner_role: String,
}

impl EnrichmentOutcome {
    /// Splits the open use cases by level.
    pub const LEVELS: &str = "SELECT confidence_level_normalized AS level, count(*) AS usecases,
  sum(estimated_monthly_dollar_dbus) AS dollars
FROM pipelineiq_view
WHERE is_open
GROUP BY confidence_level_normalized
ORDER BY CASE confidence_level_normalized WHEN 'High' THEN 1 WHEN 'Medium' THEN 2 WHEN 'Low' THEN 3 ELSE 4 END";

    /// The ten open use cases with the most dollars at risk.
    pub const AT_RISK: &str =
        "SELECT usecase_id, usecase_name, account_name, CAST(target_live_date AS STRING) AS live, estimated_monthly_dollar_dbus AS dollars, slip_risk_score,
  confidence_level_normalized AS level, nba_owner_role AS owner_role, next_best_action_recommendation AS next_action
FROM pipelineiq_view
WHERE is_open AND slip_risk_score > 0
ORDER BY estimated_monthly_dollar_dbus * slip_risk_score DESC, usecase_id
LIMIT 10";

    /// Reads the results of [`Self::LEVELS`] and [`Self::AT_RISK`].
    pub fn read(levels: &Rows, at_risk: &Rows) -> Self {
        let word = |row: &Row<'_>, column| row.text(column).unwrap_or_default().to_owned();
        let dollars = |row: &Row<'_>| row.number("dollars").unwrap_or_default();
        let level = |row: Row<'_>| Level {
            level: word(&row, "level"),
            usecases: row.count("usecases"),
            monthly_dollars: dollars(&row),
        };
        let case = |row: Row<'_>| AtRisk {
            usecase_id: word(&row, "usecase_id"),
            usecase_name: word(&row, "usecase_name"),
            account_name: word(&row, "account_name"),
            target_live_date: word(&row, "live"),
            monthly_dollars: dollars(&row),
            slip_risk_score: row.integer("slip_risk_score").unwrap_or_default(),
            level: word(&row, "level"),
            next_action: word(&row, "next_action"),
            owner_role: word(&row, "owner_role"),
        };
        Self { levels: levels.iter().map(level).collect(), at_risk: at_risk.iter().map(case).collect() }
    }
}
