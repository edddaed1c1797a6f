//! Permissions of objects.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::Me;
use super::error::Result;

/// Who may do what: entries as the API takes them, `{user_name | group_name | service_principal_name,
/// permission_level}`, without what is inherited.
pub type Permissions = Vec<Value>;

/// Whom a permission is given to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A person, by user name.
    User(String),
    /// A group, by name.
    Group(String),
    /// A service principal, by application id.
    ServicePrincipal(String),
}

impl Principal {
    /// The caller.
    pub fn of(me: &Me) -> Self {
        let name = me.user_name.clone();
        if me.service_principal { Self::ServicePrincipal(name) } else { Self::User(name) }
    }

    fn field(&self) -> (&'static str, &str) {
        match self {
            Self::User(name) => ("user_name", name),
            Self::Group(name) => ("group_name", name),
            Self::ServicePrincipal(name) => ("service_principal_name", name),
        }
    }
}

/// What a principal may do with an object, the lowest level first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PermissionLevel {
    /// A level that piq does not know.
    Other(String),
    /// See it.
    CanRead,
    /// See it, of jobs and warehouses.
    CanView,
    /// See it and what it does.
    CanMonitor,
    /// Use it.
    CanUse,
    /// Run it.
    CanRun,
    /// Start and cancel its runs.
    CanManageRun,
    /// Change it.
    CanEdit,
    /// Change it and its permissions.
    CanManage,
    /// Own it.
    IsOwner,
}

impl PermissionLevel {
    /// The level of the API's word.
    pub fn of_word(word: &str) -> Self {
        match word {
            "CAN_READ" => Self::CanRead,
            "CAN_VIEW" => Self::CanView,
            "CAN_MONITOR" => Self::CanMonitor,
            "CAN_USE" => Self::CanUse,
            "CAN_RUN" => Self::CanRun,
            "CAN_MANAGE_RUN" => Self::CanManageRun,
            "CAN_EDIT" => Self::CanEdit,
            "CAN_MANAGE" => Self::CanManage,
            "IS_OWNER" => Self::IsOwner,
            other => Self::Other(other.to_owned()),
        }
    }

    fn word(&self) -> &str {
        match self {
            Self::Other(word) => word,
            Self::CanRead => "CAN_READ",
            Self::CanView => "CAN_VIEW",
            Self::CanMonitor => "CAN_MONITOR",
            Self::CanUse => "CAN_USE",
            Self::CanRun => "CAN_RUN",
            Self::CanManageRun => "CAN_MANAGE_RUN",
            Self::CanEdit => "CAN_EDIT",
            Self::CanManage => "CAN_MANAGE",
            Self::IsOwner => "IS_OWNER",
        }
    }
}

/// One entry of an access control list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Whom it is given to.
    pub principal: Principal,
    /// What it allows.
    pub level: PermissionLevel,
}

impl Permission {
    /// The entry as the API takes it.
    pub fn to_json(&self) -> Value {
        let (field, name) = self.principal.field();
        let entry = [(field, name), ("permission_level", self.level.word())];
        entry.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect::<Map<_, _>>().into()
    }
}

/// Reads and sets permissions. `kind` is the API's word: `jobs`, `dashboards`, `warehouses`, `directories`.
#[async_trait]
pub trait Access: Send + Sync {
    /// The object's own permissions.
    async fn permissions(&self, kind: &str, id: &str) -> Result<Permissions>;

    /// The object's own permissions and those that it inherits.
    async fn permissions_with_inherited(&self, kind: &str, id: &str) -> Result<Permissions>;

    /// Replaces the object's own permissions.
    async fn set_permissions(&self, kind: &str, id: &str, list: &[Value]) -> Result<()>;
}
