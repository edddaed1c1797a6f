//! Deploying: from what a bundle wants to what the workspace holds.
//!
//! [`Desired`] is built from a rendered project; [`observe`] reads the state and the resources; [`plan`] compares, and
//! does nothing else. [`deploy`] is the three of them, then carries the plan out under the lock. Nothing local
//! decides: the same bundle deployed from elsewhere, or after the state was lost, leads to the same workspace.

mod access;
mod access_references;
mod address;
mod apply;
mod artifacts;
mod binding;
mod build;
mod bundle_form;
mod cancel;
mod content;
#[cfg(test)]
mod corpus_test;
mod deploy_bundle;
mod desired;
mod destroy;
mod diff;
mod embedded_credentials;
mod empty_folders;
mod error;
mod fenced;
mod guard;
mod implied_dependencies;
mod key;
mod kinds;
mod libraries;
mod lock;
mod lock_holder;
mod lookups;
mod metadata;
mod named_resources;
mod nulls;
mod observe;
mod offline;
mod outputs;
mod owner_tag;
mod paths;
mod plan;
mod progress;
mod releases;
mod remote_resource;
mod rendered;
mod resource_change;
mod restore;
#[cfg(test)]
mod robust;
mod runs;
mod spec;
mod state;
mod state_record;
mod summary;
mod sync;
mod takeover;
mod twins;
mod unset_references;
mod uploads;
mod workspace_paths;

pub use artifacts::{Built, build_artifacts};
pub use binding::{bind, check_bind, unbind};
pub use build::{build, build_resources};
pub use bundle_form::{NamedFile, below_common_folder, described_job, key_of, named_files};
pub use cancel::Cancel;
pub use deploy_bundle::{DeployReport, Options, deploy};
pub use desired::{Desired, DesiredFile, DesiredResource, Site, full_name};
pub use destroy::{DestroyReport, Inventory, destroy, inventory};
pub use diff::{FieldChange, Reason};
pub use error::DeployError;
pub use guard::{Objection, SourceRevision, check_source, shared_root};
pub use libraries::{Libraries, library_files, read_libraries};
pub use lock::{Alive, Lock, LockOptions};
pub use lock_holder::Holder;
pub use lookups::{LookupError, look_up};
pub use metadata::Metadata;
pub use observe::{Observed, StateAhead, observe, read_state};
pub use offline::{build_offline, resolved};
pub use plan::{Changes, FileChange, Plan, plan, select};
pub use progress::{Event, Progress, Silent};
pub use releases::{Rollback, rollback};
pub use remote_resource::Found;
pub use rendered::Rendered;
pub use resource_change::{PlanAction, ResourceChange};
pub use restore::{previous_state, restore_state};
pub use runs::{RunOptions, RunReport, TaskReport, cancel_runs, choose_job, follow, start};
pub use state::{DeployState, Release};
pub use summary::{Summary, SummaryResource, summary};
pub use sync::{LocalFiles, read_files};

use sha2::{Digest, Sha256};

/// SHA-256 in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The first digits of a SHA-256: enough to name a folder.
fn short_hash(bytes: &[u8]) -> String {
    sha256(bytes).chars().take(16).collect()
}

/// A random name.
///
/// # Errors
/// A system without random numbers.
fn random_name() -> Result<String, DeployError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|e| DeployError::refused(format!("cannot get random numbers from the system: {e}")))?;
    Ok(hex::encode(bytes))
}
