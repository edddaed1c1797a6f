//! Parameters of a run, by the flags of the official CLI's `bundle run`.

use std::collections::BTreeMap;

use clap::Args;
use piq_bundle::{Resource, TreeNode};
use piq_diagnostics::Failure;
use serde_json::{Map, Value, json};

/// Parameters of a run.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ParameterArgs {
    /// Set a job parameter; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE")]
    param: Vec<String>,
    /// Set several job parameters
    #[arg(long, value_name = "NAME=VALUE,…", value_delimiter = ',')]
    params: Vec<String>,
    /// Set parameters of notebook tasks, for a job without job parameters
    #[arg(long, value_name = "NAME=VALUE,…", value_delimiter = ',')]
    notebook_params: Vec<String>,
    /// Set named parameters of Python wheel tasks
    #[arg(long, value_name = "NAME=VALUE,…", value_delimiter = ',')]
    python_named_params: Vec<String>,
    /// Set parameters of SQL tasks
    #[arg(long, value_name = "NAME=VALUE,…", value_delimiter = ',')]
    sql_params: Vec<String>,
    /// Set parameters of Python tasks
    #[arg(long, value_name = "VALUE,…", value_delimiter = ',')]
    python_params: Vec<String>,
    /// Set parameters of jar tasks
    #[arg(long, value_name = "VALUE,…", value_delimiter = ',')]
    jar_params: Vec<String>,
    /// Set parameters of spark-submit tasks
    #[arg(long, value_name = "VALUE,…", value_delimiter = ',')]
    spark_submit_params: Vec<String>,
    /// Set the commands of dbt tasks
    #[arg(long, value_name = "COMMAND,…", value_delimiter = ',')]
    dbt_commands: Vec<String>,
    /// After `--`: `--name value` for a job with parameters or notebooks, values for Python tasks; without a key, a
    /// command to run
    #[arg(last = true, value_name = "PARAMETERS")]
    rest: Vec<String>,
}

type Pairs = BTreeMap<String, String>;

impl ParameterArgs {
    /// The words after `--`.
    pub(crate) fn rest(&self) -> &[String] {
        &self.rest
    }

    /// Whether a flag gives parameters.
    pub(crate) fn flags(&self) -> bool {
        let Self { param, params, notebook_params, python_named_params, sql_params, .. } = self;
        let Self { python_params, jar_params, spark_submit_params, dbt_commands, .. } = self;
        let maps = [param, params, notebook_params, python_named_params, sql_params];
        let lists = [python_params, jar_params, spark_submit_params, dbt_commands];
        maps.iter().chain(&lists).any(|given| !given.is_empty())
    }

    /// The job's own parameters, and those of its tasks by the field of the API.
    pub(crate) fn read(&self, job: Option<&Resource>) -> Result<(Pairs, Map<String, Value>), Failure> {
        let mut own = pairs("--param", &self.param)?;
        own.extend(pairs("--params", &self.params)?);
        let mut tasks = Map::new();
        let maps = [
            ("notebook_params", "--notebook-params", &self.notebook_params),
            ("python_named_params", "--python-named-params", &self.python_named_params),
            ("sql_params", "--sql-params", &self.sql_params),
        ];
        for (field, flag, given) in maps.into_iter().filter(|(.., given)| !given.is_empty()) {
            tasks.insert(field.into(), json!(pairs(flag, given)?));
        }
        let lists = [
            ("python_params", &self.python_params),
            ("jar_params", &self.jar_params),
            ("spark_submit_params", &self.spark_submit_params),
            ("dbt_commands", &self.dbt_commands),
        ];
        for (field, given) in lists.into_iter().filter(|(_, given)| !given.is_empty()) {
            tasks.insert(field.into(), json!(given));
        }
        let has_parameters = job.is_some_and(|j| !list(&j.spec, "parameters").is_empty());
        if !self.rest.is_empty() {
            let notebooks =
                job.is_some_and(|j| list(&j.spec, "tasks").iter().any(|t| t.get("notebook_task").is_some()));
            match (has_parameters, notebooks) {
                (true, _) => own.extend(flags(&self.rest)?),
                (false, true) => {
                    tasks.insert("notebook_params".into(), json!(flags(&self.rest)?));
                }
                (false, false) => {
                    tasks.insert("python_params".into(), json!(self.rest));
                }
            }
        }
        let name = job.map(|j| j.key.as_str()).unwrap_or_default();
        match (has_parameters, job.is_some(), own.is_empty(), tasks.is_empty()) {
            (true, _, _, false) => {
                Err(Failure::usage(format!("job `{name}` has job parameters"))
                    .hint("set them with `--params NAME=VALUE`"))
            }
            (false, true, false, _) => Err(Failure::usage(format!("job `{name}` has no job parameters"))
                .hint("declare them under `parameters`, or set task parameters such as `--notebook-params`")),
            _ => Ok((own, tasks)),
        }
    }
}

fn list<'a>(node: &'a TreeNode, name: &str) -> &'a [TreeNode] {
    node.get(name).and_then(TreeNode::as_list).unwrap_or_default()
}

fn pairs(flag: &str, given: &[String]) -> Result<Pairs, Failure> {
    let split = |text: &String| {
        let (name, value) = text.split_once('=')?;
        (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
    };
    let bad = |text: &String| Failure::usage(format!("expected NAME=VALUE for `{flag}`, found `{text}`"));
    given.iter().map(|text| split(text).ok_or_else(|| bad(text))).collect()
}

/// `--name value` and `--name=value`.
fn flags(given: &[String]) -> Result<Pairs, Failure> {
    let mut found = Pairs::new();
    let mut rest = given.iter();
    while let Some(text) = rest.next() {
        let bad = || Failure::usage(format!("expected `--NAME VALUE` after `--`, found `{text}`"));
        let flag = text.strip_prefix("--").filter(|f| !f.is_empty()).ok_or_else(bad)?;
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (flag.to_owned(), rest.next().ok_or_else(bad)?.clone()),
        };
        found.insert(name, value);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{flags, pairs};

    #[test]
    fn parameters_are_names_and_values() {
        let given = pairs("--param", &["a=1=2".into(), "b=".into()]).expect("good");
        assert_eq!(given.into_iter().collect::<Vec<_>>(), [("a".into(), "1=2".into()), ("b".into(), String::new())]);
        assert!(pairs("--param", &["a".into()]).is_err());
        assert!(pairs("--param", &["=1".into()]).is_err());
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let given = flags(&words("--day 2026-01-01 --full=yes")).expect("good");
        assert_eq!(
            given.into_iter().collect::<Vec<_>>(),
            [("day".into(), "2026-01-01".into()), ("full".into(), "yes".into())]
        );
        assert!(flags(&words("day 1")).is_err());
        assert!(flags(&words("--day")).is_err());
    }
}
