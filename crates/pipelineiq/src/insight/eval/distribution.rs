//! How the answers spread over the levels of confidence and risk: what a leader looks at first, and where a prompt or a
//! threshold that is off shows, with no truth needed.

use futures_util::future::try_join;
use schemars::JsonSchema;
use serde::Serialize;

use crate::insight::query::{Row, Rows};
use crate::insight::tables::Tables;
use piq_databricks::workspace::WorkspaceError;

/// The open use cases by level. Levels and their thresholds are those of the reference tables in the workspace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Distribution {
    /// Open use cases.
    pub usecases: u64,
    /// Those that are likely to slip.
    pub likely_to_slip: u64,
    /// By level of confidence: every level of `ref_confidence_bands`, highest first, then `Not computed`.
    pub levels: Vec<LevelShare>,
    /// By level of risk: every level of `ref_risk_bands`, highest first.
    pub risks: Vec<RiskShare>,
}

/// The use cases of one level of confidence.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct LevelShare {
    /// The level.
    pub level: String,
    /// The least score, 0 to 100; none for `Not computed`.
    pub min_score: Option<i64>,
    /// The least share of the weight that true quotes support.
    pub min_coverage: Option<f64>,
    /// The least score of every core dimension, 0 to 10.
    pub min_core_score: Option<i64>,
    /// Use cases.
    pub usecases: u64,
    /// Their share of all open use cases.
    pub share: Option<f64>,
    /// Their dollars a month.
    pub monthly_dollars: f64,
    /// Those that are likely to slip.
    pub likely_to_slip: u64,
    /// Their share of the level.
    pub likely_to_slip_share: Option<f64>,
}

/// The use cases of one level of risk.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct RiskShare {
    /// The level.
    pub level: String,
    /// The least points, 0 to 100; none for a level that the table does not have.
    pub min_points: Option<i64>,
    /// Whether use cases of it count as likely to slip.
    pub likely_to_slip: Option<bool>,
    /// Use cases.
    pub usecases: u64,
    /// Their share of all open use cases.
    pub share: Option<f64>,
    /// Their dollars a month.
    pub monthly_dollars: f64,
}

/// A level that has use cases and is not in its table, `Not computed` among them, comes last.
const BY_LEVEL: &str = "SELECT coalesce(b.level, v.level) AS level, b.min_score, b.min_coverage, b.min_core_score,
  coalesce(v.usecases, 0) AS usecases, coalesce(v.dollars, 0) AS dollars, coalesce(v.likely_to_slip, 0) AS likely_to_slip
FROM ref_confidence_bands AS b
FULL OUTER JOIN (
  SELECT confidence_level_normalized AS level, count(*) AS usecases, sum(estimated_monthly_dollar_dbus) AS dollars,
    count_if(likely_to_slip) AS likely_to_slip
  FROM pipelineiq_view WHERE is_open GROUP BY confidence_level_normalized
) AS v ON v.level = b.level
ORDER BY b.min_score DESC NULLS LAST, 1";

const BY_RISK: &str =
    "SELECT coalesce(b.risk_level, v.level) AS level, b.min_points, b.likely_to_slip = 1 AS likely_to_slip,
  coalesce(v.usecases, 0) AS usecases, coalesce(v.dollars, 0) AS dollars
FROM ref_risk_bands AS b
FULL OUTER JOIN (
  SELECT risk_level AS level, count(*) AS usecases, sum(estimated_monthly_dollar_dbus) AS dollars
  FROM pipelineiq_view WHERE is_open GROUP BY risk_level
) AS v ON v.level = b.risk_level
ORDER BY b.min_points DESC NULLS LAST, 1";

/// Asks for the distribution.
///
/// # Errors
/// What the workspace says.
pub(super) async fn distribution(tables: &Tables<'_>) -> Result<Distribution, WorkspaceError> {
    let (levels, risks) = try_join(tables.ask(BY_LEVEL), tables.ask(BY_RISK)).await?;
    Ok(spread(&levels, &risks))
}

fn spread(levels: &Rows, risks: &Rows) -> Distribution {
    let sum = |column: &str| levels.iter().map(|row| row.count(column)).sum::<u64>();
    let usecases = sum("usecases");
    let share = |part: u64, of: u64| (of > 0).then(|| part as f64 / of as f64);
    let name = |row: &Row<'_>| row.text("level").unwrap_or("Unknown").to_owned();
    let level = |row: Row<'_>| LevelShare {
        level: name(&row),
        min_score: row.integer("min_score"),
        min_coverage: row.number("min_coverage"),
        min_core_score: row.integer("min_core_score"),
        usecases: row.count("usecases"),
        share: share(row.count("usecases"), usecases),
        monthly_dollars: row.number("dollars").unwrap_or(0.0),
        likely_to_slip: row.count("likely_to_slip"),
        likely_to_slip_share: share(row.count("likely_to_slip"), row.count("usecases")),
    };
    let risk = |row: Row<'_>| RiskShare {
        level: name(&row),
        min_points: row.integer("min_points"),
        likely_to_slip: row.flag("likely_to_slip"),
        usecases: row.count("usecases"),
        share: share(row.count("usecases"), usecases),
        monthly_dollars: row.number("dollars").unwrap_or(0.0),
    };
    Distribution {
        usecases,
        likely_to_slip: sum("likely_to_slip"),
        levels: levels.iter().map(level).collect(),
        risks: risks.iter().map(risk).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::spread;
    use crate::insight::query::tests::rows;

    #[test]
    fn a_level_without_use_cases_is_shown_and_has_no_share_of_its_own() {
        let levels = rows(
            &["level", "min_score", "min_coverage", "min_core_score", "usecases", "dollars", "likely_to_slip"],
            &[&["High", "75", "0.6", "5", "0", "0", "0"], &["Not computed", "NULL", "NULL", "NULL", "4", "40.50", "1"]],
        );
        let risks = rows(
            &["level", "min_points", "likely_to_slip", "usecases", "dollars"],
            &[&["At risk", "70", "true", "1", "10"], &["Clear", "0", "false", "3", "30.50"]],
        );
        let found = spread(&levels, &risks);
        assert_eq!((found.usecases, found.likely_to_slip), (4, 1));
        assert_eq!((found.levels[0].share, found.levels[0].likely_to_slip_share), (Some(0.0), None));
        assert_eq!((found.levels[1].min_score, found.levels[1].likely_to_slip_share), (None, Some(0.25)));
        assert_eq!((found.risks[0].min_points, found.risks[0].likely_to_slip), (Some(70), Some(true)));
        assert_eq!(spread(&rows(&["level"], &[]), &rows(&["level"], &[])).usecases, 0);
    }
}
