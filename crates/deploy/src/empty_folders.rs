//! Folders of the bundle that became empty go with their last file.

use std::collections::BTreeSet;

use super::{DeployError, Desired};
use piq_databricks::workspace::Workspace;

/// Deletes the folders that held only files which are gone. One with anything else in it stays.
///
/// # Errors
/// What the workspace refuses.
pub(super) async fn remove(
    workspace: &dyn Workspace,
    desired: &Desired,
    gone: impl Iterator<Item = &str>,
) -> Result<(), DeployError> {
    // the deepest first: the one around it may be empty then
    for folder in candidates(desired, gone).into_iter().rev() {
        let failed = || DeployError::during(format!("cannot delete the empty folder `{folder}`"));
        let full = desired.place(&folder);
        if workspace.list(&full).await.map_err(failed())?.is_some_and(|inside| inside.is_empty()) {
            workspace.delete(&full).await.map(drop).map_err(failed())?;
        }
    }
    Ok(())
}

/// Folders above the files that are gone and above none that is wanted, each before those in it.
fn candidates<'a>(desired: &Desired, gone: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in gone {
        let mut folder = path;
        while let Some((above, _)) = folder.rsplit_once('/') {
            let prefix = format!("{above}/");
            if above.starts_with("${")
                || desired.files.range(prefix.clone()..).next().is_some_and(|(p, _)| p.starts_with(&prefix))
            {
                break;
            }
            found.insert(above.to_owned());
            folder = above;
        }
    }
    found
}
