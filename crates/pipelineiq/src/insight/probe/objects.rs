//! How the workspace treats views, dashboards and permissions.

use futures_util::future::join;
use piq_databricks::workspace::{
    DashboardDraft, JobId, Permission, PermissionLevel, Principal, RemoteDashboard, Securable, Workspace,
    WorkspaceError,
};
use piq_sql::sql_ident;
use serde_json::{Value, json};

use super::report::ProbeFinding;
use super::site::ProbeSite;
use crate::insight::query::QueryRunner;

/// The groups that everybody is in.
const EVERYBODY: [&str; 2] = ["account users", "users"];

/// A list of permissions as a deploy sets it: others may look, and the deployer keeps its right.
fn shared(deployer: &Principal, level: PermissionLevel) -> Vec<Value> {
    let manage = Permission { principal: deployer.clone(), level: PermissionLevel::CanManage };
    let look = Permission { principal: Principal::Group("users".into()), level };
    vec![manage.to_json(), look.to_json()]
}

/// Whether a replaced and an altered view keep their grants.
pub(super) async fn probe_view(
    workspace: &dyn Workspace,
    sql: &dyn QueryRunner,
    site: &ProbeSite,
    user: &str,
) -> ProbeFinding {
    const NAME: &str = "view_grants";
    match grants_kept(workspace, sql, site, user).await {
        Ok([replaced, altered]) => {
            let word = |kept| if kept { "keeps" } else { "loses" };
            let found = format!(
                "a view {} its grants when it is replaced, and {} them when it is altered",
                word(replaced),
                word(altered)
            );
            match altered || replaced {
                true => ProbeFinding::ok(NAME, found),
                false => ProbeFinding::change(
                    NAME,
                    found,
                    "grant on the schema instead of its views: each run would take grants on views away",
                ),
            }
        }
        Err(e) => ProbeFinding::unknown(NAME, format!("cannot make a view in a schema of its own: {e}")),
    }
}

async fn grants_kept(
    workspace: &dyn Workspace,
    sql: &dyn QueryRunner,
    site: &ProbeSite,
    user: &str,
) -> Result<[bool; 2], WorkspaceError> {
    let comment = "made by `piq doctor --probe`, which deletes it";
    let spec = json!({"catalog_name": site.catalog, "name": site.schema_name(), "comment": comment});
    workspace.create_securable(Securable::Schema, &spec).await?;
    let view = format!("{}.v", site.schema);
    let quoted = format!("{}.{}.v", sql_ident(&site.catalog), sql_ident(site.schema_name()));
    sql.query(&format!("CREATE VIEW {quoted} AS SELECT 1 AS one")).await?;
    let grant = async || {
        let changes = json!([{"principal": user, "add": ["SELECT"]}]);
        workspace.change_grants(Securable::Table, &view, &changes).await
    };
    let kept = async || {
        let grants = workspace.grants(Securable::Table, &view).await?;
        Ok::<_, WorkspaceError>(
            grants.iter().any(|g| g.principal == user && g.privileges.iter().any(|p| p == "SELECT")),
        )
    };
    grant().await?;
    sql.query(&format!("CREATE OR REPLACE VIEW {quoted} AS SELECT 2 AS one")).await?;
    let replaced = kept().await?;
    grant().await?;
    sql.query(&format!("ALTER VIEW {quoted} AS SELECT 3 AS one")).await?;
    Ok([replaced, kept().await?])
}

/// How a draft changes with what is written to it, and whether whoever set its permissions may change it again.
pub(super) async fn probe_dashboard(
    workspace: &dyn Workspace,
    site: &ProbeSite,
    deployer: &Principal,
) -> Vec<ProbeFinding> {
    match try_dashboard(workspace, site, deployer).await {
        Ok(findings) => findings,
        Err(e) => vec![ProbeFinding::unknown("dashboard", format!("cannot make and change a dashboard: {e}"))],
    }
}

fn content(query: &str) -> String {
    json!({
        "datasets": [{"name": "d", "displayName": "d", "query": query}],
        "pages": [{"name": "p", "displayName": "p", "layout": []}],
    })
    .to_string()
}

async fn try_dashboard(
    workspace: &dyn Workspace,
    site: &ProbeSite,
    deployer: &Principal,
) -> Result<Vec<ProbeFinding>, WorkspaceError> {
    let draft = |name: &str, query: &str| DashboardDraft {
        display_name: name.to_owned(),
        serialized: content(query),
        ..DashboardDraft::default()
    };
    let made = workspace.create_dashboard(&site.folder, &draft("probe", "SELECT 1\nFROM (SELECT 1)")).await?;
    let renamed = workspace.update_dashboard(&made.id, &draft("probed", "SELECT 1\nFROM (SELECT 1)"), None).await?;
    let changed = workspace.update_dashboard(&made.id, &draft("probed", "SELECT 2"), None).await?;
    let read = workspace.dashboard(&made.id).await?;
    let settled = workspace.dashboard(&made.id).await?;
    let mut all =
        vec![etag(&made, &renamed, &changed), first_read(&changed, read.as_ref(), settled.as_ref()), form(&made)];
    workspace.set_permissions("dashboards", made.id.as_str(), &shared(deployer, PermissionLevel::CanRead)).await?;
    let again = workspace.update_dashboard(&made.id, &draft("probed", "SELECT 3"), None).await;
    all.push(deploy_again("dashboard", again.map(drop)));
    Ok(all)
}

fn etag(made: &RemoteDashboard, renamed: &RemoteDashboard, changed: &RemoteDashboard) -> ProbeFinding {
    let by_name = if made.etag == renamed.etag { "stays with a new title" } else { "changes with a new title" };
    let time = if made.update_time == renamed.update_time { "stays" } else { "changes" };
    if renamed.etag == changed.etag {
        return ProbeFinding::change(
            "dashboard_etag",
            "the etag of a dashboard stays the same when its content changes",
            "look at a dashboard before you deploy it: edits made in the workspace are not seen",
        );
    }
    let found = format!("the etag of a dashboard changes with its content, {by_name}; `update_time` then {time}");
    ProbeFinding::ok("dashboard_etag", found)
}

/// The first read after a write may show what was there before: that is not an edit by somebody.
fn first_read(
    changed: &RemoteDashboard,
    read: Option<&RemoteDashboard>,
    settled: Option<&RemoteDashboard>,
) -> ProbeFinding {
    let is_new = |d: Option<&RemoteDashboard>| d.is_some_and(|d| d.etag == changed.etag);
    match (is_new(read), is_new(settled)) {
        (true, _) => ProbeFinding::ok("first_read", "the first read after a write shows what was written"),
        (false, true) => ProbeFinding::ok(
            "first_read",
            "the first read after a write shows what was there before, and the second what was written; piq reads twice",
        ),
        (false, false) => {
            ProbeFinding::unknown("first_read", "two reads after a write show another etag than the write")
        }
    }
}

fn form(made: &RemoteDashboard) -> ProbeFinding {
    let stored: Value = serde_json::from_str(&made.serialized).unwrap_or_default();
    let dataset = &stored["datasets"][0];
    let query = if dataset["queryLines"].is_array() { "queryLines" } else { "query" };
    let kind = if stored["pages"][0]["pageType"].is_string() { "with" } else { "without" };
    let folder = if made.parent_path.starts_with("/Workspace") { "with" } else { "without" };
    let found =
        format!("a dashboard comes back with `{query}`, {kind} `pageType`, its folder {folder} /Workspace in front");
    match dataset[query].is_null() {
        true => ProbeFinding::unknown("dashboard_form", "a dashboard comes back without the query of its dataset"),
        false => ProbeFinding::ok("dashboard_form", found),
    }
}

/// Whether whoever deployed a job may deploy it again after its permissions were set.
pub(super) async fn probe_job(
    workspace: &dyn Workspace,
    job: JobId,
    settings: &Value,
    deployer: &Principal,
) -> ProbeFinding {
    let again = async {
        workspace.set_permissions("jobs", &job.to_string(), &shared(deployer, PermissionLevel::CanView)).await?;
        workspace.reset_job(job, settings).await
    };
    deploy_again("job", again.await)
}

fn deploy_again(what: &str, again: Result<(), WorkspaceError>) -> ProbeFinding {
    let name = format!("deploy_again_{what}");
    match again {
        Ok(()) => ProbeFinding::ok(name, format!("whoever set the permissions of a {what} may change it again")),
        Err(e) if e.is_denied() => ProbeFinding::change(
            name,
            format!("whoever set the permissions of a {what} may not change it again: {e}"),
            "give the deployer CAN_MANAGE by a group in `permissions`, or deploy as an administrator",
        ),
        Err(e) => ProbeFinding::unknown(name, format!("cannot set the permissions of a {what}: {e}")),
    }
}

/// What everybody may change below the root path of a target: of its folder, or of the nearest one above it that exists.
pub(super) async fn probe_root(workspace: &dyn Workspace, root: &str) -> ProbeFinding {
    const NAME: &str = "root_path";
    let mut at = root.trim_end_matches('/');
    let folder = loop {
        match workspace.status(at).await {
            Ok(Some(found)) => break found,
            Ok(None) => {}
            Err(e) if e.is_denied() => return ProbeFinding::unknown(NAME, format!("you may not see `{at}`: {e}")),
            Err(e) => return ProbeFinding::unknown(NAME, format!("cannot read `{at}`: {e}")),
        }
        match at.rfind('/') {
            Some(end) if end > 0 => at = &at[..end],
            _ => return ProbeFinding::unknown(NAME, format!("no folder above `{root}` exists")),
        }
    };
    let id = folder.object_id.to_string();
    let list = match workspace.permissions_with_inherited("directories", &id).await {
        Ok(list) => list,
        Err(e) => return ProbeFinding::unknown(NAME, format!("cannot read the permissions of `{at}`: {e}")),
    };
    let everybody = list.iter().filter(|e| e["group_name"].as_str().is_some_and(|g| EVERYBODY.contains(&g)));
    let level = everybody.filter_map(|e| e["permission_level"].as_str()).map(PermissionLevel::of_word).max();
    match level {
        Some(level) if level >= PermissionLevel::CanEdit => ProbeFinding::change(
            NAME,
            format!("everybody may change what is below `{at}`, notebooks that a job runs included"),
            "set `workspace.root_path` to a folder with a list of its own, such as a home or one below /Workspace/Apps",
        ),
        Some(_) => ProbeFinding::ok(NAME, format!("everybody may read what is below `{at}`, and not change it")),
        None => ProbeFinding::ok(NAME, format!("a plain user may not change what is below `{at}`")),
    }
}

/// The findings that need no model and no run.
pub(super) async fn probe_objects(
    workspace: &dyn Workspace,
    sql: &dyn QueryRunner,
    site: &ProbeSite,
    deployer: (&Principal, &str),
) -> Vec<ProbeFinding> {
    let (principal, user) = deployer;
    let (view, dashboard) =
        join(probe_view(workspace, sql, site, user), probe_dashboard(workspace, site, principal)).await;
    std::iter::once(view).chain(dashboard).collect()
}
