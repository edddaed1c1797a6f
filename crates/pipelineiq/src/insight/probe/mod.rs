//! The probe: what only the workspace itself can say, found out by trying it. It writes below a folder, a schema and a job of
//! its own, and deletes them.

mod model_lines;
mod models;
mod objects;
mod report;
mod runs;
mod site;

pub use model_lines::with_model_lines;
pub use models::{AskedForms, asked_forms, asked_functions};
pub use report::{ProbeFinding, ProbeReport, ProbeStatus, ProbedModel};
pub use site::{ProbeSite, clean_up};

use futures_util::future::{join, join_all};
use jiff::Timestamp;
use piq_databricks::workspace::{Me, Principal, WarehouseId, Workspace, WorkspaceError};

use super::query::QueryRunner;
use crate::pipeline::{Price, Registry};

/// What is probed, and by whom.
#[derive(Clone, Copy)]
pub struct ProbeSubject<'a> {
    /// The workspace.
    pub workspace: &'a dyn Workspace,
    /// Runs statements that name their catalog and schema.
    pub sql: &'a dyn QueryRunner,
    /// Where the probe writes.
    pub site: &'a ProbeSite,
    /// Who probes.
    pub me: &'a Me,
    /// Home of whoever probes.
    pub home: &'a str,
    /// Root path of the target.
    pub root: &'a str,
    /// Models that are asked.
    pub models: &'a [AskedForms],
    /// AI functions that name no model.
    pub functions: &'a [String],
    /// The warehouse of the pipeline's tasks; serverless compute without one.
    pub warehouse: Option<&'a WarehouseId>,
    /// When the probe began.
    pub began: Timestamp,
    /// Told what is tried next.
    pub progress: &'a (dyn Fn(&str) + Sync),
}

/// What was found out.
#[derive(Debug, Clone, Default)]
pub struct Probed {
    /// What each model takes.
    pub models: Vec<ProbedModel>,
    /// One entry for each thing that was tried.
    pub findings: Vec<ProbeFinding>,
}

impl Probed {
    /// Lines for `models` in sql/pipeline.yml.
    pub fn model_lines(&self) -> Vec<String> {
        self.models.iter().filter_map(model_lines::model_line).collect()
    }
}

/// Tries everything. Whoever calls this calls [`clean_up`] after it, also when this is dropped half-way.
///
/// # Errors
/// No folder can be made in the home of whoever probes.
pub async fn probe(subject: ProbeSubject<'_>) -> Result<Probed, WorkspaceError> {
    let ProbeSubject { workspace, sql, site, me, .. } = subject;
    for old in site::abandoned(workspace, subject.home, &site.catalog, subject.began).await? {
        (subject.progress)(&format!("delete what an earlier probe left in {}", old.folder));
        clean_up(workspace, &old).await;
    }
    workspace.mkdirs(&site.folder).await?;
    let principal = Principal::of(me);
    let models = async {
        let each = subject.models.iter().map(|model| {
            (subject.progress)(&format!("ask {}", model.name));
            models::probe_model(sql, model)
        });
        join(join_all(each), models::probe_functions(sql, subject.functions)).await
    };
    let others = async {
        (subject.progress)("make and change a view, a dashboard and a job");
        let root = objects::probe_root(workspace, subject.root);
        let objects = objects::probe_objects(workspace, sql, site, (&principal, &me.user_name));
        let ((root, objects), jobs) = join(join(root, objects), jobs(subject, &principal)).await;
        std::iter::once(root).chain(objects).chain(jobs).collect::<Vec<_>>()
    };
    let ((models, functions), others) = join(models, others).await;
    let findings = models.iter().flat_map(models::findings_of).chain(functions).chain(others).collect();
    Ok(Probed { models, findings })
}

/// A notebook, a job of it and a run of that.
async fn jobs(subject: ProbeSubject<'_>, principal: &Principal) -> Vec<ProbeFinding> {
    let ProbeSubject { workspace, site, .. } = subject;
    let mut found = match runs::probe_import(workspace, site).await {
        Ok(found) => vec![found],
        Err(e) => return vec![ProbeFinding::unknown("notebook_import", format!("cannot import a notebook: {e}"))],
    };
    let settings = runs::job_settings(site, subject.warehouse);
    match workspace.create_job(&settings).await {
        Ok(job) => {
            (subject.progress)("run a job of three small tasks, of which two are to fail");
            found.push(objects::probe_job(workspace, job, &settings, principal).await);
            found.extend(runs::probe_run(workspace, job, site).await);
        }
        Err(e) => found.push(ProbeFinding::unknown("run", format!("cannot create a job: {e}"))),
    }
    found
}

/// Calls that a probe makes, and what they cost at the prices of `ref_model_prices`, in dollars.
pub fn probe_cost(registry: &Registry, models: &[AskedForms], functions: &[String]) -> (u64, f64) {
    // each statement asks twice
    let (in_tokens, out_tokens) = (400.0, 200.0);
    let price_of = |is_asked: &dyn Fn(&str, Option<&str>) -> bool| {
        let all = registry.enrichments.iter().chain(&registry.summaries);
        all.filter(|e| is_asked(&e.model, e.function.as_deref())).map(|e| e.price).next().unwrap_or_default()
    };
    let usd = |price: Price, calls: f64| calls * (price.input * in_tokens + price.output * out_tokens) / 1e6;
    let (mut calls, mut cost) = (0_u32, 0.0);
    for model in models {
        let asked = 2 * (4 + u32::try_from(model.forms.len()).unwrap_or(u32::MAX / 4));
        calls += asked;
        cost += usd(price_of(&|name, _| name == model.name), f64::from(asked));
    }
    for function in functions {
        let asked = if function == "ai_classify" { 4 } else { 2 };
        calls += asked;
        cost += usd(price_of(&|_, called| called == Some(function)), f64::from(asked));
    }
    (calls.into(), cost)
}
