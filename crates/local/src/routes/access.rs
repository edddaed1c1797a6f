//! Who may do what. An access control list counts for its object, that of a folder for everything below it too.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::job::{self, JOBS, Job};
use crate::http::{ApiError, Identity};
use crate::ids::JobId;
use crate::store::Tables;
use crate::tree;
use crate::tree::objects::ObjectKind;

pub(super) const PERMISSIONS: &str = "permissions";

/// What one may do, each with all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Right {
    /// See it.
    View,
    /// Start and stop it.
    Run,
    /// Change what it holds.
    Edit,
    /// Everything.
    Manage,
}

impl Right {
    fn of(level: &str) -> Option<Self> {
        match level {
            "CAN_VIEW" | "CAN_READ" => Some(Self::View),
            "CAN_RUN" | "CAN_MANAGE_RUN" | "CAN_USE" => Some(Self::Run),
            "CAN_EDIT" => Some(Self::Edit),
            "CAN_MANAGE" | "IS_OWNER" => Some(Self::Manage),
            _ => None,
        }
    }

    /// The permissions that give this right on a job, as the API names them.
    fn on_jobs(self) -> &'static str {
        match self {
            Self::View => "Admin or Manage Run or Owner or View",
            Self::Run => "Admin or Manage Run or Owner",
            Self::Edit | Self::Manage => "Admin or Owner",
        }
    }

    fn on_paths(self) -> &'static str {
        match self {
            Self::View => "View",
            Self::Run => "Run",
            Self::Edit => "Edit",
            Self::Manage => "Manage",
        }
    }
}

/// One line of an access control list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AccessEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_principal_name: Option<String>,
    pub permission_level: String,
}

impl AccessEntry {
    pub(super) fn same_principal(&self, other: &Self) -> bool {
        self.user_name == other.user_name
            && self.group_name == other.group_name
            && self.service_principal_name == other.service_principal_name
    }

    pub(super) fn owns(&self) -> bool {
        self.permission_level == "IS_OWNER"
    }

    /// Who made the object: the owner of what has owners, a manager of the rest.
    pub(super) fn owner(kind: &str, name: &str, principal: bool) -> Self {
        let (user_name, service_principal_name) = match principal {
            false => (Some(name.to_owned()), None),
            true => (None, Some(name.to_owned())),
        };
        let permission_level = if matches!(kind, "jobs" | "warehouses") { "IS_OWNER" } else { "CAN_MANAGE" };
        Self { user_name, group_name: None, service_principal_name, permission_level: permission_level.into() }
    }

    /// What administrators may do with everything.
    pub(super) fn admins() -> Self {
        Self::group("admins")
    }

    fn group(name: &str) -> Self {
        let (user_name, service_principal_name) = (None, None);
        let group_name = Some(name.to_owned());
        Self { user_name, group_name, service_principal_name, permission_level: "CAN_MANAGE".into() }
    }

    fn names(&self, who: &Identity) -> bool {
        let of_group = |group: &String| group == "users" || (group == "admins" && who.is_admin());
        let by_name = match who {
            Identity::User(name) => self.user_name.as_ref() == Some(name),
            Identity::ServicePrincipal(id) => self.service_principal_name.as_ref() == Some(id),
        };
        by_name || self.group_name.as_ref().is_some_and(of_group)
    }
}

/// The list of an object, if it was given one.
pub(super) fn entries(t: &Tables, kind: &str, id: &str) -> Option<Vec<AccessEntry>> {
    t.get(PERMISSIONS, &format!("{kind}/{id}"))
}

/// What the folders above a path, and where it is, give: everybody may change what is in `/Shared`, and a home is its
/// user's.
pub(super) fn inherited(t: &Tables, path: &str) -> Vec<AccessEntry> {
    let mut found = Vec::new();
    let mut at = path;
    while at != "/" {
        match (tree::parent(at), at.rsplit('/').next()) {
            ("/", Some("Shared")) => found.push(AccessEntry::group("users")),
            ("/Users", Some(name)) => found.push(AccessEntry::owner("directories", name, !name.contains('@'))),
            _ => {}
        }
        at = tree::parent(at);
        if let Some(folder) = tree::find(t, at) {
            found.extend(entries(t, "directories", &folder.id.to_string()).unwrap_or_default());
        }
    }
    found.push(AccessEntry::admins());
    found
}

fn granted(t: &Tables, who: &Identity, kind: &str, id: &str, right: Right) -> bool {
    let mut all = entries(t, kind, id).unwrap_or_default().into_iter();
    all.any(|e| e.names(who) && Right::of(&e.permission_level) >= Some(right))
}

fn denied(who: &Identity, rights: &str, what: &str) -> ApiError {
    let message = format!("User {} does not have {rights} permissions on {what}.", who.name());
    ApiError::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message)
}

/// Whether somebody has a right on a job: its owner and admins have all of them.
pub(super) fn may_job(t: &Tables, who: &Identity, job: &Job, right: Right) -> bool {
    let id = job.job_id.to_string();
    let owns = || entries(t, "jobs", &id).is_none() && job.creator_user_name == who.name();
    who.is_admin() || owns() || granted(t, who, "jobs", &id, right)
}

/// The job with this number, for somebody with a right on it.
pub(super) fn job(t: &Tables, who: &Identity, job_id: JobId, right: Right) -> Result<Job, ApiError> {
    // rights are checked before existence: to somebody who is not an administrator a job that is gone is forbidden
    let found = match job::existing(t, job_id) {
        Err(_) if !who.is_admin() => return Err(denied(who, right.on_jobs(), &format!("job {job_id}"))),
        found => found?,
    };
    match may_job(t, who, &found, right) {
        true => Ok(found),
        false => Err(denied(who, right.on_jobs(), &format!("job {job_id}"))),
    }
}

/// The same for a run: that of a job that is gone is its creator's.
pub(super) fn run(t: &Tables, who: &Identity, run: &crate::runs::Run, right: Right) -> Result<(), ApiError> {
    let job: Option<Job> = t.get(JOBS, &run.job_id.key());
    let may = match &job {
        Some(job) => may_job(t, who, job, right),
        None => who.is_admin() || run.creator == who.name(),
    };
    if may { Ok(()) } else { Err(denied(who, right.on_jobs(), &format!("job {}", run.job_id))) }
}

/// Whether somebody has a right on what is at a path.
pub(super) fn may(t: &Tables, who: &Identity, path: &str, right: Right) -> bool {
    let home = format!("/Users/{}", who.name());
    let mut at = path;
    // everybody sees where the folders begin
    if who.is_admin() || (right == Right::View && matches!(path, "/" | "/Users" | "/Repos")) {
        return true;
    }
    loop {
        if at == "/Shared" || at == home {
            return true;
        }
        if let Some(object) = tree::find(t, at) {
            let (kind, id) = match (object.kind, object.resource_id) {
                (ObjectKind::Directory, _) => ("directories", object.id.to_string()),
                (ObjectKind::Notebook, _) => ("notebooks", object.id.to_string()),
                (ObjectKind::File, _) => ("files", object.id.to_string()),
                (ObjectKind::Dashboard, id) => ("dashboards", id.unwrap_or_default()),
            };
            if granted(t, who, kind, &id, right) {
                return true;
            }
        }
        if at == "/" {
            return false;
        }
        at = tree::parent(at);
    }
}

/// Refuses somebody who has no such right on what is at a path.
pub(super) fn need(t: &Tables, who: &Identity, path: &str, right: Right) -> Result<(), ApiError> {
    if may(t, who, path, right) { Ok(()) } else { Err(denied(who, right.on_paths(), path)) }
}

/// Refuses somebody who may not put something at a path: what is there is edited, what is new is its folder's.
pub(super) fn need_write(t: &Tables, who: &Identity, path: &str) -> Result<(), ApiError> {
    match tree::find(t, path) {
        Some(_) => need(t, who, path, Right::Edit),
        None => need(t, who, tree::nearest(t, path), Right::Manage),
    }
}
