//! Finds wanted resources in the workspace by their names and owner tags.

use std::collections::BTreeMap;

use futures_util::future::{try_join, try_join_all};

use super::remote_resource::Found;
use super::{DeployError, DesiredResource, Site, kinds, owner_tag};
use piq_bundle::ResourceKind;
use piq_databricks::workspace::Workspace;

/// More jobs than this are looked for in the list of all jobs.
const LISTED: usize = 10;
/// A page of that list that holds fewer of the wanted jobs than this is worth less than as many look-ups at once.
const FRUITFUL: usize = 32;
/// Wanted jobs for each page of that list that may hold none of them.
const PATIENCE: usize = 100;

/// Wanted resources by `KIND.KEY`.
type NamedResources<'a> = Vec<(&'a String, &'a DesiredResource)>;
/// What was found, by the same key.
pub(super) type ByName = BTreeMap<String, Vec<Found>>;

/// What of the names of wanted resources is there and ours, and jobs of other bundles with our target and key, which say
/// so. Every wanted resource has an entry.
pub(super) async fn find_all(
    workspace: &dyn Workspace,
    site: &Site,
    wanted: NamedResources<'_>,
) -> Result<ByName, DeployError> {
    let (jobs, others): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|(_, w)| w.kind == ResourceKind::Job);
    let (mut found, others) = try_join(find_jobs(workspace, site, jobs), find_each(workspace, site, others)).await?;
    found.extend(others);
    Ok(found)
}

async fn find_each(workspace: &dyn Workspace, site: &Site, wanted: NamedResources<'_>) -> Result<ByName, DeployError> {
    let each = wanted.into_iter().map(|(full, wanted)| async move {
        let found = kinds::of(wanted.kind).find_with_others(workspace, site, wanted).await;
        Ok::<_, DeployError>((full.clone(), found.map_err(DeployError::during(format!("cannot look for `{full}`")))?))
    });
    Ok(try_join_all(each).await?.into_iter().collect())
}

async fn find_jobs(workspace: &dyn Workspace, site: &Site, wanted: NamedResources<'_>) -> Result<ByName, DeployError> {
    if wanted.len() <= LISTED {
        return find_each(workspace, site, wanted).await;
    }
    let (mut found, others, whole) = list_jobs(workspace, site, &wanted).await?;
    let left = wanted.into_iter().filter(|(full, _)| !found.contains_key(*full));
    if whole {
        found.extend(left.map(|(full, _)| (full.clone(), Vec::new())).collect::<Vec<_>>());
    } else {
        found.extend(find_each(workspace, site, left.collect()).await?);
    }
    for (full, list) in others {
        let known = found.entry(full).or_default();
        known.extend(list.into_iter().filter(|f| !known.iter().any(|k| k.id == f.id)).collect::<Vec<_>>());
    }
    Ok(found)
}

/// Reads the list of all jobs as long as its pages hold enough of the wanted ones: ours, those of other bundles, and
/// whether that was the whole list.
async fn list_jobs(
    workspace: &dyn Workspace,
    site: &Site,
    wanted: &[(&String, &DesiredResource)],
) -> Result<(ByName, ByName, bool), DeployError> {
    let mut by_name: BTreeMap<&str, NamedResources<'_>> = BTreeMap::new();
    for (full, job) in wanted {
        by_name.entry(&job.name).or_default().push((full, job));
    }
    let owner = |settings: &serde_json::Value| {
        let same_name = by_name.get(settings["name"].as_str()?)?;
        let ours = same_name.iter().find(|(_, w)| owner_tag::ours(settings, site, &w.key));
        let other = || same_name.iter().find(|(_, w)| owner_tag::other_bundle(settings, site, &w.key).is_some());
        ours.or_else(other).map(|(full, wanted)| ((*full).clone(), wanted.key.clone()))
    };
    let (mut found, mut others) = (ByName::new(), ByName::new());
    let mut unfruitful = 0;
    let mut token = None;
    loop {
        let page = workspace.jobs_page(token.as_deref(), &|settings| owner(settings).is_some()).await;
        let page = page.map_err(DeployError::during("cannot list the jobs"))?;
        let mut ours = 0;
        for job in page.jobs {
            let Some((full, key)) = owner(&job.settings) else { continue };
            let Some(job) = kinds::found_job(job, site, &key) else { continue };
            let list = if job.other_bundle.is_some() { &mut others } else { &mut found };
            ours += usize::from(job.other_bundle.is_none());
            list.entry(full).or_default().push(job);
        }
        if ours < FRUITFUL {
            unfruitful += 1;
        }
        if page.next.is_none() {
            return Ok((found, others, true));
        }
        if unfruitful > wanted.len() / PATIENCE || found.len() == wanted.len() {
            return Ok((found, others, false));
        }
        token = page.next;
    }
}
