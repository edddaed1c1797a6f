//! What a run of the pipeline needs of a workspace, looked at before it starts. Only reads, and starts no warehouse.

use std::collections::BTreeSet;

use futures_util::future::{join, join_all, join5};
use piq_databricks::workspace::{DataObject, WarehouseId, Workspace};
use serde::Serialize;
use serde_json::Value;

/// The group that everybody is in.
const EVERYBODY: [&str; 2] = ["account users", "users"];

/// What is needed, and whether it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    /// What it is about: `catalog`, `schema`, `source`, `model`, `warehouse`, `serverless`, `tables`.
    pub name: &'static str,
    /// Whether it is there.
    pub status: NeedStatus,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub advice: Option<String>,
}

/// Whether something that is needed is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedStatus {
    /// It is.
    Met,
    /// It is not: the run would fail.
    Missing,
    /// The workspace does not say.
    Unknown,
}

impl Need {
    fn met(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, status: NeedStatus::Met, found: found.into(), advice: None }
    }

    fn missing(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, status: NeedStatus::Missing, found: found.into(), advice: Some(advice.into()) }
    }

    fn unknown(name: &'static str, what: &str, why: &impl std::fmt::Display) -> Self {
        Self { name, status: NeedStatus::Unknown, found: format!("{what}: {why}"), advice: None }
    }
}

/// What a run is about to use.
#[derive(Debug, Clone, Copy)]
pub struct RunNeeds<'a> {
    /// Catalog of the pipeline's tables.
    pub catalog: &'a str,
    /// Their schema.
    pub schema: &'a str,
    /// Names of the tables and views that a run replaces.
    pub tables: &'a BTreeSet<String>,
    /// Full name of the table of use cases.
    pub source_table: &'a str,
    /// Models that it asks.
    pub models: &'a BTreeSet<String>,
    /// Whose rights it has: a user name, or the id of a service principal.
    pub runs_as: &'a str,
    /// Whether that is the caller, whose groups are known.
    pub is_caller: bool,
    /// The warehouse that the project names.
    pub warehouse: Option<&'a WarehouseId>,
    /// Whether tasks name neither a warehouse nor a cluster.
    pub needs_serverless: bool,
}

/// Looks at everything that a run needs.
pub async fn check_readiness(workspace: &dyn Workspace, wanted: &RunNeeds<'_>) -> Vec<Need> {
    let looker = Looker { workspace, wanted, groups: groups(workspace, wanted).await };
    let place = async {
        let mut object = Value::Null;
        match looker.catalog(&mut object).await {
            missing if missing.status == NeedStatus::Missing => vec![missing],
            catalog => {
                let (schema, tables) = join(looker.schema(&object), looker.tables()).await;
                std::iter::once(catalog).chain([schema]).chain(tables).collect()
            }
        }
    };
    let models = join_all(wanted.models.iter().map(|model| looker.model(model)));
    let (place, source, models, warehouse, serverless) =
        join5(place, looker.source(), models, looker.warehouse(), looker.serverless()).await;
    place.into_iter().chain([source]).chain(models).chain(warehouse).chain(serverless).collect()
}

/// Principals whose grants count.
async fn groups(workspace: &dyn Workspace, wanted: &RunNeeds<'_>) -> Vec<String> {
    let own = match wanted.is_caller {
        // without its groups more may look missing than is: those findings say so
        true => workspace.groups().await.unwrap_or_default(),
        false => Vec::new(),
    };
    let named = [wanted.runs_as].into_iter().chain(EVERYBODY).map(str::to_owned);
    named.chain(own).collect()
}

struct Looker<'a> {
    workspace: &'a dyn Workspace,
    wanted: &'a RunNeeds<'a>,
    groups: Vec<String>,
}

/// What is known of rights on an object.
enum Rights {
    Held,
    /// The first privilege that nobody granted.
    Lacking(&'static str),
    Unknown(String),
}

impl Looker<'_> {
    /// Whether whoever the job runs as has these privileges on an object.
    async fn rights(&self, kind: DataObject, name: &str, object: &Value, needed: &[&'static str]) -> Rights {
        if object["owner"].as_str().is_some_and(|owner| self.groups.iter().any(|g| g == owner)) {
            return Rights::Held;
        }
        let grants = match self.workspace.effective_grants(kind, name).await {
            Ok(grants) => grants,
            Err(e) => return Rights::Unknown(e.to_string()),
        };
        let held: BTreeSet<&str> = grants
            .iter()
            .filter(|grant| self.groups.contains(&grant.principal))
            .flat_map(|grant| grant.privileges.iter().map(String::as_str))
            .collect();
        let all = held.contains("ALL_PRIVILEGES");
        match needed.iter().find(|privilege| !all && !held.contains(**privilege)) {
            None => Rights::Held,
            Some(privilege) if self.wanted.is_caller => Rights::Lacking(privilege),
            Some(privilege) => Rights::Unknown(format!(
                "{} has no {} of its own, and its groups are not known",
                self.wanted.runs_as,
                privilege.replace('_', " ")
            )),
        }
    }

    fn grant(&self, privilege: &str, kind: DataObject, name: &str) -> String {
        let (privilege, kind) = (privilege.replace('_', " "), kind.securable().to_uppercase());
        format!("ask its owner to run: GRANT {privilege} ON {kind} {name} TO `{}`", self.wanted.runs_as)
    }

    fn lacks(&self, name: &'static str, privilege: &str, kind: DataObject, object: &str) -> Need {
        let found = format!("{} has no {} on `{object}`", self.wanted.runs_as, privilege.replace('_', " "));
        Need::missing(name, found, self.grant(privilege, kind, object))
    }

    /// Leaves what the workspace says of the catalog in `object`.
    async fn catalog(&self, object: &mut Value) -> Need {
        let catalog = self.wanted.catalog;
        match self.workspace.data_object(DataObject::Catalog, catalog).await {
            Ok(Some(found)) => *object = found,
            Ok(None) => {
                let advice = "create it, or set the variable `catalog` to one that exists";
                return Need::missing("catalog", format!("catalog `{catalog}` does not exist"), advice);
            }
            Err(e) if e.is_denied() => return self.lacks("catalog", "USE_CATALOG", DataObject::Catalog, catalog),
            Err(e) => return Need::unknown("catalog", "cannot read the catalog", &e),
        }
        match self.rights(DataObject::Catalog, catalog, object, &["USE_CATALOG"]).await {
            Rights::Held => Need::met("catalog", catalog),
            Rights::Lacking(privilege) => self.lacks("catalog", privilege, DataObject::Catalog, catalog),
            Rights::Unknown(e) => Need::unknown("catalog", "cannot read who may use the catalog", &e),
        }
    }

    async fn schema(&self, above: &Value) -> Need {
        let RunNeeds { catalog, schema, .. } = self.wanted;
        let name = format!("{catalog}.{schema}");
        let object = match self.workspace.data_object(DataObject::Schema, &name).await {
            Ok(Some(object)) => object,
            Ok(None) => return self.schema_to_create(&name, above).await,
            Err(e) if e.is_denied() => return self.lacks("schema", "USE_SCHEMA", DataObject::Schema, &name),
            Err(e) => return Need::unknown("schema", "cannot read the schema", &e),
        };
        match self.rights(DataObject::Schema, &name, &object, &["USE_SCHEMA", "CREATE_TABLE"]).await {
            Rights::Held => Need::met("schema", name),
            Rights::Lacking(privilege) => self.lacks("schema", privilege, DataObject::Schema, &name),
            Rights::Unknown(e) => Need::unknown("schema", "cannot read who may use the schema", &e),
        }
    }

    async fn schema_to_create(&self, name: &str, above: &Value) -> Need {
        let catalog = self.wanted.catalog;
        match self.rights(DataObject::Catalog, catalog, above, &["CREATE_SCHEMA"]).await {
            Rights::Held => Need::met("schema", format!("{name} does not exist; the first run creates it")),
            Rights::Lacking(_) => Need::missing(
                "schema",
                format!("schema `{name}` does not exist, and {} may not create it", self.wanted.runs_as),
                format!("create it, or {}", self.grant("CREATE_SCHEMA", DataObject::Catalog, catalog)),
            ),
            Rights::Unknown(e) => Need::unknown("schema", "cannot read who may create the schema", &e),
        }
    }

    /// Tables and views that somebody else owns cannot be replaced.
    async fn tables(&self) -> Option<Need> {
        let RunNeeds { catalog, schema, tables, runs_as, .. } = self.wanted;
        let all = match self.workspace.tables(catalog, schema).await {
            Ok(all) => all,
            Err(e) if e.is_missing() || e.is_denied() => return None,
            Err(e) => return Some(Need::unknown("tables", "cannot list the tables", &e)),
        };
        let of_others = all.iter().filter_map(|table| {
            let (name, owner) = (table["name"].as_str()?, table["owner"].as_str()?);
            let mine = self.groups.iter().any(|g| g == owner);
            // the groups of somebody else are not known
            let told = self.wanted.is_caller || owner.contains('@');
            (tables.contains(name) && !mine && told).then_some((name, owner))
        });
        let (name, owner) = of_others.min()?;
        Some(Need::missing(
            "tables",
            format!("`{catalog}.{schema}.{name}` belongs to {owner}; a run as {runs_as} cannot replace it"),
            format!("give it to {runs_as} (ALTER TABLE … OWNER TO), or let the job run as {owner} (`run_as`)"),
        ))
    }

    async fn source(&self) -> Need {
        let table = self.wanted.source_table;
        let object = match self.workspace.data_object(DataObject::Table, table).await {
            Ok(Some(object)) => object,
            Ok(None) => {
                let advice = "set the variable `source_table`, or ask for the right to see the table";
                return Need::missing("source", format!("table `{table}` does not exist"), advice);
            }
            Err(e) if e.is_denied() => return self.lacks("source", "SELECT", DataObject::Table, table),
            Err(e) => return Need::unknown("source", "cannot read the source table", &e),
        };
        match self.rights(DataObject::Table, table, &object, &["SELECT"]).await {
            Rights::Held => Need::met("source", table),
            Rights::Lacking(privilege) => self.lacks("source", privilege, DataObject::Table, table),
            Rights::Unknown(e) => Need::unknown("source", "cannot read who may read the source table", &e),
        }
    }

    async fn model(&self, model: &str) -> Need {
        let another = "set the variable `model` to one that the workspace serves";
        if model.starts_with("system.") {
            return match self.workspace.data_object(DataObject::Model, model).await {
                Ok(Some(_)) => Need::met("model", model),
                Ok(None) => Need::missing("model", format!("model `{model}` does not exist"), another),
                Err(e) if e.is_denied() => self.lacks("model", "EXECUTE", DataObject::Model, model),
                Err(e) => Need::unknown("model", "cannot read the model", &e),
            };
        }
        match self.workspace.serving_endpoint(model).await {
            Ok(Some(endpoint)) => match endpoint["state"]["ready"].as_str() {
                Some("NOT_READY") => Need::missing("model", format!("endpoint `{model}` is not ready"), another),
                _ => Need::met("model", model),
            },
            Ok(None) => {
                Need::missing("model", format!("endpoint `{model}` does not exist: it may have been retired"), another)
            }
            Err(e) if e.is_denied() && e.to_string().contains("Unity Gateway") => Need::missing(
                "model",
                format!("endpoint `{model}` is disabled: the workspace serves models through Unity Gateway"),
                "set the variable `model` to a name of system.ai, such as `system.ai.gpt-oss-120b`",
            ),
            Err(e) if e.is_denied() => {
                let advice = format!("ask its owner for CAN_QUERY, or {another}");
                Need::missing("model", format!("{} may not see endpoint `{model}`", self.wanted.runs_as), advice)
            }
            Err(e) => Need::unknown("model", "cannot read the endpoint", &e),
        }
    }

    async fn warehouse(&self) -> Option<Need> {
        let id = self.wanted.warehouse?;
        Some(match self.workspace.warehouse(id).await {
            Ok(Some(found)) if found.settings["warehouse_type"] == "CLASSIC" => Need::missing(
                "warehouse",
                format!("`{}` is a classic warehouse, on which AI functions do not run", found.name),
                "name a serverless or pro warehouse",
            ),
            Ok(Some(found)) => Need::met("warehouse", format!("{} ({id})", found.name)),
            Ok(None) => Need::missing(
                "warehouse",
                format!("SQL warehouse `{id}` does not exist"),
                "set the variable that names it to an existing one",
            ),
            Err(e) if e.is_denied() => Need::missing(
                "warehouse",
                format!("{} may not use SQL warehouse `{id}`", self.wanted.runs_as),
                "ask its owner for CAN_USE",
            ),
            Err(e) => Need::unknown("warehouse", "cannot read the warehouse", &e),
        })
    }

    async fn serverless(&self) -> Option<Need> {
        if !self.wanted.needs_serverless {
            return None;
        }
        Some(match self.workspace.serverless().await {
            Ok(Some(true)) => Need::met("serverless", "serverless compute for the job"),
            Ok(Some(false)) => Need::missing(
                "serverless",
                "the job runs on serverless compute, which the workspace does not offer",
                "set the variable `job_warehouse_id` to a SQL warehouse",
            ),
            // the setting is for administrators
            Ok(None) => return None,
            Err(e) => Need::unknown("serverless", "cannot read whether there is serverless compute", &e),
        })
    }
}
