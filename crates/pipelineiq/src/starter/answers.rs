//! What a new project has to know of its owner: names in Databricks, and the CI that deploys it.

use serde::{Deserialize, Serialize};

/// The values that differ from one owner's project to another's. The defaults name nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Catalog of the target `prod`.
    pub prod_catalog: String,
    /// Schema of the target `prod`.
    pub prod_schema: String,
    /// Catalog of the target `dev`.
    pub dev_catalog: String,
    /// Schema of the target `dev`; by default one for each user.
    pub dev_schema: String,
    /// Table of use cases, `catalog.schema.table`.
    pub source_table: String,
    /// Serving endpoint, or a model of `system.ai`.
    pub model: String,
    /// Name of the SQL warehouse that the dashboards ask.
    pub warehouse: String,
    /// Which CI file is written.
    pub ci: CiProvider,
}

/// Where a project is deployed from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CiProvider {
    /// No CI file.
    #[default]
    None,
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
    /// Azure DevOps pipelines.
    Azure,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            prod_catalog: "main".to_owned(),
            prod_schema: "pipelineiq".to_owned(),
            dev_catalog: "users".to_owned(),
            dev_schema: "${workspace.current_user.short_name}".to_owned(),
            source_table: "main.gtm_silver.use_case_detail".to_owned(),
            model: "databricks-gpt-oss-120b".to_owned(),
            warehouse: "Serverless Starter Warehouse".to_owned(),
            ci: CiProvider::None,
        }
    }
}

impl Answers {
    /// Checks every value, for answers that come from a file.
    ///
    /// # Errors
    /// What is wrong with the first one that does not fit.
    pub fn check(&self) -> Result<(), String> {
        for name in [&self.prod_catalog, &self.prod_schema, &self.dev_catalog, &self.dev_schema] {
            check_name(name)?;
        }
        check_table(&self.source_table)?;
        check_model(&self.model)?;
        check_title(&self.warehouse)
    }
}

/// Whether a text can be the name of a catalog or schema, or is a `${…}` reference.
///
/// # Errors
/// What was expected.
pub fn check_name(text: &str) -> Result<(), String> {
    let reference = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let plain = |text: &str, also: &str| {
        let fits = |c: char| c.is_alphanumeric() || also.contains(c);
        !text.is_empty() && text.chars().count() <= 255 && text.chars().all(fits)
    };
    if plain(text, "_-") || reference.is_some_and(|inner| plain(inner, "_-.")) {
        return Ok(());
    }
    Err(format!("expected a name of letters, digits, `_` and `-`, found `{text}`"))
}

/// Whether a text names a table with its catalog and schema.
///
/// # Errors
/// What was expected.
pub fn check_table(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() == 3 && parts.iter().all(|part| check_name(part).is_ok()) {
        return Ok(());
    }
    Err(format!("expected `catalog.schema.table`, found `{text}`"))
}

/// Whether a text can name a serving endpoint or a model of a catalog.
///
/// # Errors
/// What was expected.
pub fn check_model(text: &str) -> Result<(), String> {
    match text.split('.').all(|part| check_name(part).is_ok()) {
        true => Ok(()),
        false => Err(format!("expected the name of a serving endpoint or of a model, found `{text}`")),
    }
}

/// Whether a text can be a name that people write, such as that of a SQL warehouse.
///
/// # Errors
/// What was expected.
pub fn check_title(text: &str) -> Result<(), String> {
    match !text.trim().is_empty() && text.trim() == text && !text.chars().any(char::is_control) {
        true => Ok(()),
        false => Err(format!("expected a name, found `{text}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Answers, check_model, check_name, check_table, check_title};

    #[test]
    fn the_defaults_fit_and_name_nobody() {
        let answers = Answers::default();
        answers.check().expect("valid");
        assert!(!format!("{answers:?}").contains("home_"));
    }

    #[test]
    fn names_that_sql_or_yaml_would_read_otherwise_are_refused() {
        for good in ["main", "dev-2", "größe", "${workspace.current_user.short_name}"] {
            check_name(good).expect(good);
        }
        for bad in ["", "a.b", "a b", "a`b", "a'b", "a\nb", "${x", "${}", "a: b", "#a"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
        check_table("a.b.c").expect("a table");
        assert!(check_table("a.b").is_err() && check_table("a..c").is_err() && check_table("a.b.c.d").is_err());
        check_model("system.ai.gpt-oss-120b").expect("a model");
        assert!(check_model("gpt oss").is_err() && check_model("").is_err());
        check_title("Serverless Starter Warehouse").expect("a name");
        assert!(check_title(" x").is_err() && check_title("a\tb").is_err() && check_title("").is_err());
    }
}
