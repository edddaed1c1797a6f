//! The source against its contract: which column is there, of which type, and what may stand in for a missing one.

use schemars::JsonSchema;
use serde::Serialize;

use crate::pipeline::ReferenceTable;
use piq_databricks::workspace::ResultColumn;

/// How a column of the contract fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// It is there, of a type that serves.
    Present,
    /// The source has no such column.
    Missing,
    /// It is there, of a type that does not serve.
    WrongType,
}

/// One column of the contract and what the source has for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Mapping {
    /// The column of the contract.
    pub column: String,
    /// Whether the pipeline cannot do without.
    pub required: bool,
    /// The type of the contract.
    pub expected_type: String,
    /// The type in the source.
    pub found_type: Option<String>,
    /// How it fares.
    pub fit: Fit,
    /// A column of the source, not of the contract, that looks like it.
    pub closest: Option<String>,
}

impl Mapping {
    /// Whether the pipeline cannot run because of it: a required column is missing, or any has a wrong type.
    pub fn is_fault(&self) -> bool {
        match self.fit {
            Fit::Present => false,
            Fit::Missing => self.required,
            Fit::WrongType => true,
        }
    }
}

/// Lays the source's columns beside the contract (`sql/source_columns.csv`: column, type, required).
pub fn map(contract: &ReferenceTable, found: &[ResultColumn]) -> Vec<Mapping> {
    let wanted =
        |name: &str| contract.rows.iter().any(|r| r.get("column").is_some_and(|c| c.eq_ignore_ascii_case(name)));
    let strangers: Vec<&ResultColumn> = found.iter().filter(|c| !wanted(&c.name)).collect();
    contract
        .rows
        .iter()
        .map(|row| {
            let field = |key: &str| row.get(key).cloned().unwrap_or_default();
            let (column, expected_type) = (field("column"), field("type"));
            let here = found.iter().find(|c| c.name.eq_ignore_ascii_case(&column));
            let fit = match here {
                None => Fit::Missing,
                Some(c) if serves(&expected_type, &c.type_text) => Fit::Present,
                Some(_) => Fit::WrongType,
            };
            let closest = (fit == Fit::Missing).then(|| closest(&column, &strangers)).flatten();
            let required = field("required").eq_ignore_ascii_case("yes");
            Mapping { column, required, expected_type, found_type: here.map(|c| c.type_text.clone()), fit, closest }
        })
        .collect()
}

/// Columns of the source that the contract does not name.
pub(crate) fn strangers(contract: &ReferenceTable, found: &[ResultColumn]) -> Vec<String> {
    let wanted =
        |name: &str| contract.rows.iter().any(|r| r.get("column").is_some_and(|c| c.eq_ignore_ascii_case(name)));
    found.iter().filter(|c| !wanted(&c.name)).map(|c| c.name.clone()).collect()
}

/// What a type holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Whole,
    Number,
    Day,
    Time,
    Truth,
    Nothing,
    Other,
}

fn family(type_text: &str) -> Family {
    let word = type_text.trim().to_ascii_uppercase();
    match word.split(['(', '<', ' ']).next().unwrap_or_default() {
        "STRING" | "VARCHAR" | "CHAR" => Family::Text,
        "TINYINT" | "BYTE" | "SMALLINT" | "SHORT" | "INT" | "INTEGER" | "BIGINT" | "LONG" => Family::Whole,
        "DECIMAL" | "DEC" | "NUMERIC" | "FLOAT" | "REAL" | "DOUBLE" => Family::Number,
        "DATE" => Family::Day,
        "TIMESTAMP" | "TIMESTAMP_NTZ" | "TIMESTAMP_LTZ" => Family::Time,
        "BOOLEAN" => Family::Truth,
        "VOID" | "NULL" => Family::Nothing,
        _ => Family::Other,
    }
}

/// Whether values of type `found` can stand where the contract says `expected`, without loss.
pub fn serves(expected: &str, found: &str) -> bool {
    match (family(expected), family(found)) {
        (Family::Other, Family::Other) => expected.eq_ignore_ascii_case(found),
        (_, Family::Nothing) | (Family::Number, Family::Whole) => true,
        (a, b) => a == b,
    }
}

/// The column that looks most like `name`: a typing slip away, or sharing most of its words.
fn closest(name: &str, candidates: &[&ResultColumn]) -> Option<String> {
    let wanted = words(name);
    let plain = wanted.concat();
    candidates
        .iter()
        .filter_map(|c| {
            let has = words(&c.name);
            let slip = piq_diagnostics::closest(&plain, [has.concat().as_str()]).is_some();
            let shared = wanted.iter().filter(|w| has.contains(w)).count();
            let all = wanted.len() + has.len() - shared;
            // of all the words of both names, two in three are shared
            let alike = 3 * shared >= 2 * all;
            (slip || alike).then_some(((slip, shared * 100 / all.max(1)), c.name.as_str()))
        })
        .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name.to_owned())
}

/// The words of a column name, in lower case: `UseCase_Name__c` is use, case, name.
fn words(name: &str) -> Vec<String> {
    let name = name.strip_suffix("__c").or_else(|| name.strip_suffix("__C")).unwrap_or(name);
    let mut out: Vec<String> = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && lower_before) {
            out.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(last) = out.last_mut()
        {
            last.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase();
    }
    out.retain(|w| !w.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::{Fit, map, serves, strangers};
    use crate::pipeline::ReferenceTable;
    use piq_databricks::workspace::ResultColumn;
    use piq_diagnostics::Source;

    fn contract() -> ReferenceTable {
        let text = "column,type,required\nusecase_id,STRING,yes\ntarget_live_date,DATE,yes\nvertical,STRING,no\n\
            estimated_monthly_dollar_dbus,\"DECIMAL(18,2)\",yes\n";
        ReferenceTable::parse("source_columns", &Source::new("t.csv", text)).expect("reads")
    }

    fn columns(found: &[(&str, &str)]) -> Vec<ResultColumn> {
        found.iter().map(|(n, t)| ResultColumn { name: (*n).into(), type_text: (*t).into() }).collect()
    }

    fn fits(found: &[(&str, &str)]) -> Vec<(Fit, bool, Option<String>)> {
        map(&contract(), &columns(found)).into_iter().map(|m| (m.fit, m.is_fault(), m.closest)).collect()
    }

    #[test]
    fn what_is_there_missing_or_of_a_wrong_type_is_told_apart() {
        let found =
            [("USECASE_ID", "STRING"), ("target_live_date", "TIMESTAMP"), ("estimated_monthly_dollar_dbus", "INT")];
        assert_eq!(
            fits(&found),
            [
                (Fit::Present, false, None),
                (Fit::WrongType, true, None),
                (Fit::Missing, false, None),
                (Fit::Present, false, None)
            ]
        );
    }

    #[test]
    fn a_missing_column_is_answered_with_the_one_that_looks_like_it() {
        let found = [
            ("Use_Case_Id", "STRING"),
            ("TargetLiveDate__c", "DATE"),
            ("industry_vertical", "STRING"),
            ("amount", "INT"),
        ];
        let closest: Vec<_> = fits(&found).into_iter().map(|(.., c)| c).collect();
        assert_eq!(closest, [Some("Use_Case_Id".into()), Some("TargetLiveDate__c".into()), None, None]);
        assert_eq!(strangers(&contract(), &columns(&found)).len(), 4);
        let found = [("target_go_live_date", "DATE"), ("live_target", "STRING")];
        assert_eq!(fits(&found)[1].2.as_deref(), Some("target_go_live_date"));
    }

    #[test]
    fn types_serve_when_nothing_is_lost() {
        for (expected, found, ok) in [
            ("STRING", "VARCHAR(20)", true),
            ("INT", "BIGINT", true),
            ("DECIMAL(18,2)", "DOUBLE", true),
            ("INT", "DOUBLE", false),
            ("DATE", "STRING", false),
            ("TIMESTAMP", "TIMESTAMP_NTZ", true),
            ("BOOLEAN", "STRING", false),
            ("DATE", "VOID", true),
            ("ARRAY<STRING>", "array<string>", true),
        ] {
            assert_eq!(serves(expected, found), ok, "{expected} from {found}");
        }
    }
}
