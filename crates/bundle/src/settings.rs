//! The parts of a loaded bundle that are not resources.

use indexmap::IndexMap;

use super::node::TreeNode;

/// What a target is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `mode: development`: one person's copy, marked and paused.
    Development,
    /// `mode: production`: guarded.
    Production,
}

impl Mode {
    /// The word of the dialect.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Development => "development",
            Mode::Production => "production",
        }
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        [Mode::Development, Mode::Production].into_iter().find(|m| m.as_str() == text)
    }
}

/// `workspace`: where to deploy to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkspaceSettings {
    /// Address of the workspace.
    pub host: Option<String>,
    /// Profile of `~/.databrickscfg`.
    pub profile: Option<String>,
    /// Folder of the bundle in the workspace.
    pub root_path: String,
    /// Folder of its files.
    pub file_path: String,
    /// Folder of its state.
    pub state_path: String,
    /// Folder of its resources, such as dashboards.
    pub resource_path: String,
    /// Folder of its artifacts.
    pub artifact_path: String,
    /// The other keys, such as `client_id` and `auth_type`.
    pub extra: IndexMap<String, String>,
}

/// Keys of `workspace` that hold a folder of the workspace.
pub(super) const PATHS: [&str; 5] = ["root_path", "file_path", "state_path", "resource_path", "artifact_path"];

/// A folder in full, however it is written: `~/x` is below the user's folder, folders of users and the shared one stand
/// below `/Workspace`, and slashes that separate nothing are taken out: the workspace names its folders without them.
pub(super) fn expand(path: &str, user_name: &str) -> String {
    let below = |root: &str| path.strip_prefix(root).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let full = match below("~") {
        Some(rest) => format!("/Workspace/Users/{user_name}{rest}"),
        None if below("/Users").or(below("/Shared")).is_some() => format!("/Workspace{path}"),
        None => path.to_owned(),
    };
    let mut clean = String::with_capacity(full.len());
    for part in full.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if full.starts_with('/') || !clean.is_empty() {
            clean.push('/');
        }
        clean.push_str(part);
    }
    if clean.is_empty() && full.starts_with('/') { full } else { clean }
}

impl WorkspaceSettings {
    /// The settings of a filled-in section.
    pub(super) fn read(node: &TreeNode, user_name: &str) -> Self {
        let text = |key: &str| node.str_at(key).filter(|s| !s.is_empty()).map(str::to_owned);
        let path = |key: &str| expand(&text(key).unwrap_or_default(), user_name);
        let named = ["host", "profile", "root_path", "file_path", "state_path", "resource_path", "artifact_path"];
        let extra = node.as_map().into_iter().flatten().filter(|(k, _)| !named.contains(&k.as_str()));
        Self {
            host: text("host").map(|h| h.trim_end_matches('/').to_owned()),
            profile: text("profile"),
            root_path: path("root_path"),
            file_path: path("file_path"),
            state_path: path("state_path"),
            resource_path: path("resource_path"),
            artifact_path: path("artifact_path"),
            extra: extra
                .filter(|(_, e)| !e.value.is_null())
                .map(|(k, e)| (k.clone(), display_value(&e.value)))
                .collect(),
        }
    }
}

fn display_value(node: &TreeNode) -> String {
    node.scalar_text().unwrap_or_else(|| node.to_json().to_string())
}

/// `presets`: what a target does to all its resources.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Presets {
    /// Put before every name.
    pub name_prefix: Option<String>,
    /// Put on every job.
    pub tags: IndexMap<String, String>,
    /// `PAUSED` or `UNPAUSED`, for triggers and schedules that say nothing themselves.
    pub trigger_pause_status: Option<String>,
    /// For jobs that say nothing themselves.
    pub jobs_max_concurrent_runs: Option<i64>,
    /// Whether jobs read the source folder in the workspace instead of a copy.
    pub source_linked_deployment: Option<bool>,
    /// Whether the version of every wheel says what is in it.
    pub artifacts_dynamic_version: bool,
    /// `experimental.skip_name_prefix_for_schema`: schemas keep their names.
    pub skip_schema_prefix: bool,
}

impl Presets {
    pub(super) fn read(node: &TreeNode) -> Self {
        let tags = node.get("tags").and_then(TreeNode::as_map).into_iter().flatten();
        // as in the official CLI, an empty text and 0 are as good as unset
        let text = |key: &str| node.str_at(key).filter(|text| !text.is_empty()).map(str::to_owned);
        Self {
            name_prefix: text("name_prefix"),
            tags: tags.map(|(k, e)| (k.clone(), display_value(&e.value))).collect(),
            trigger_pause_status: text("trigger_pause_status"),
            jobs_max_concurrent_runs: node
                .get("jobs_max_concurrent_runs")
                .and_then(TreeNode::as_i64)
                .filter(|runs| *runs != 0),
            source_linked_deployment: node.get("source_linked_deployment").and_then(TreeNode::as_bool),
            artifacts_dynamic_version: node.get("artifacts_dynamic_version").and_then(TreeNode::as_bool) == Some(true),
            skip_schema_prefix: false,
        }
    }
}

/// `sync`: which files are uploaded. Patterns are those of `.gitignore`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sync {
    /// Uploaded although ignored.
    pub include: Vec<TreeNode>,
    /// Not uploaded.
    pub exclude: Vec<TreeNode>,
    /// Folders, from the file that names them.
    pub paths: Vec<TreeNode>,
    /// Whether the list of folders is there and empty: then nothing is uploaded. Without a list it is the bundle's folder.
    pub nothing: bool,
}

impl Sync {
    pub(super) fn read(node: &TreeNode) -> Self {
        let list = |key: &str| node.get(key).and_then(TreeNode::as_list).unwrap_or_default().to_vec();
        Self {
            include: list("include"),
            exclude: list("exclude"),
            paths: list("paths"),
            nothing: node.get("paths").and_then(TreeNode::as_list).is_some_and(<[_]>::is_empty),
        }
    }
}
