//! The PipelineIQ project that the binary carries: what `piq init` writes, and `piq demo` in an empty folder, and how a
//! project takes over what a later version changes.

mod answers;
mod files;
mod record;
mod upgrade;
mod write;

pub use answers::{Answers, CiProvider, check_model, check_name, check_table, check_title};
pub use files::{BASE, Files, built_in_templates, project_files};
pub use record::{ProjectRecord, RECORD, pack, read_record, record_text, unpack};
pub use upgrade::{UpgradeAction, UpgradeStep, plan_upgrade};
pub use write::{NewProject, StarterError, occupied, write};
