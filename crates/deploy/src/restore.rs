//! Puts the state before the last deploy back.

use super::fenced::{Fenced, Repeats};
use super::lock::{Lock, LockOptions};
use super::progress::Progress;
use super::state::previous_path;
use super::{DeployError, DeployState, Site};
use piq_databricks::workspace::{Content, Files as _, Import, Workspace};

/// The state before the last deploy, if one is kept.
///
/// # Errors
/// What the workspace refuses, and a state that cannot be read.
pub async fn previous_state(workspace: &dyn Workspace, site: &Site) -> Result<Option<DeployState>, DeployError> {
    let path = previous_path(&site.state_dir);
    let bytes = workspace.export(&path).await.map_err(DeployError::during("cannot read the previous state"))?;
    bytes.map(|bytes| DeployState::read(&bytes, &path)).transpose()
}

/// Puts the state before the last deploy in place of the state, and gives it. Resources stay as they are: the next deploy
/// compares them with it.
///
/// # Errors
/// No state that is kept, what the workspace refuses.
pub async fn restore_state(
    workspace: &dyn Workspace,
    site: &Site,
    options: &LockOptions,
    progress: &dyn Progress,
) -> Result<DeployState, DeployError> {
    let lock = Lock::acquire(workspace, &site.state_dir, options, progress).await?;
    let _repeats = Repeats::under(workspace, &lock);
    let done = async {
        let state = previous_state(workspace, site).await?;
        let state = state.ok_or_else(|| DeployError::refused("found no previous state"))?;
        let (path, bytes) = (site.state_path(), state.bytes()?);
        let import = Import { path: &path, content: Content::File, bytes: &bytes, overwrite: true };
        let import = Fenced::new(workspace, &lock).import(import).await;
        import.map_err(DeployError::during("cannot write the state"))?;
        Ok::<_, DeployError>(state)
    };
    let done = done.await;
    let released = lock.release(workspace).await;
    let state = done?;
    released.map(|()| state)
}
