//! Catalog and schema of a run: where its notebooks write, and where piq and the dashboards read.

use std::collections::BTreeMap;

use pipelineiq::render::target_value;
use piq_bundle::{Resource, ResourceKind, TargetBundle, TreeNode};
use piq_diagnostics::{Diagnostic, Failure};

/// The notebook whose job is a run of the pipeline.
pub(crate) const NOTEBOOK: &str = "1_incremental_pipeline";

/// Catalog and schema, each if the project names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Namespace {
    pub catalog: Option<String>,
    pub schema: Option<String>,
}

impl Namespace {
    /// Of the pipeline's job, run without parameters; of the target's variables in a project without such a job.
    ///
    /// # Errors
    /// A variable whose value only the workspace knows.
    pub(crate) fn of_project(project: &TargetBundle) -> Result<Self, Failure> {
        match project.resources.iter().find(|r| runs_pipeline(r)) {
            Some(job) => Self::of_run(project, job, &BTreeMap::new()),
            None => Self::of_target(project),
        }
    }

    /// Of a job that is run with these parameters: those, else the job's defaults, else the target's variables.
    ///
    /// # Errors
    /// A variable whose value only the workspace knows.
    pub(crate) fn of_run(
        project: &TargetBundle,
        job: &Resource,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Self, Failure> {
        let declared = job.spec.get("parameters").and_then(TreeNode::as_list).unwrap_or_default();
        let value = |name: &str| {
            let default = || declared.iter().find(|p| p.str_at("name") == Some(name))?.str_at("default");
            match parameters.get(name).cloned().or_else(|| default().map(str::to_owned)) {
                Some(value) => Ok(Some(value)),
                None => target_value(project, name),
            }
        };
        Ok(Self { catalog: value("catalog")?, schema: value("schema")? })
    }

    /// Of the target's variables alone, which is what dashboard files are rendered with.
    ///
    /// # Errors
    /// A variable whose value only the workspace knows.
    pub(crate) fn of_target(project: &TargetBundle) -> Result<Self, Failure> {
        Ok(Self { catalog: target_value(project, "catalog")?, schema: target_value(project, "schema")? })
    }

    /// Both names.
    ///
    /// # Errors
    /// One of them is missing.
    pub(crate) fn complete(self) -> Result<(String, String), Failure> {
        self.catalog.zip(self.schema).ok_or_else(|| {
            Diagnostic::error(
                "no-namespace",
                "the pipeline's job has no defaults for the parameters `catalog` and `schema`",
            )
            .hint("give the job both parameters, such as `default: ${var.catalog}`")
            .into()
        })
    }
}

/// Whether a resource is a job with the pipeline's notebook.
pub(crate) fn runs_pipeline(resource: &Resource) -> bool {
    let tasks = resource.spec.get("tasks").and_then(TreeNode::as_list).unwrap_or_default();
    let mut paths = tasks.iter().filter_map(|t| t.str_at("notebook_task.notebook_path"));
    resource.kind == ResourceKind::Job
        && paths.any(|path| path.rsplit('/').next().is_some_and(|name| name.starts_with(NOTEBOOK)))
}
