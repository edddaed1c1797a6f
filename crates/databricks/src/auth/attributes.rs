//! The settings of unified authentication: their names in `~/.databrickscfg`, their environment variables, and the
//! way to authenticate that each belongs to. Names are those of the SDKs' reference.

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// Key in a profile, and in `workspace` of a bundle where that takes it.
    pub name: &'static str,
    /// Environment variable.
    pub variable: Option<&'static str>,
    /// The way to authenticate that it belongs to: settings of two ways conflict.
    pub group: Option<&'static str>,
    /// Whether it is never shown.
    pub secret: bool,
    /// Whether it is true or false; what is false counts as unset.
    pub boolean: bool,
}

const fn plain(name: &'static str, variable: &'static str) -> Attribute {
    Attribute { name, variable: Some(variable), group: None, secret: false, boolean: false }
}

const fn of(group: &'static str, name: &'static str, variable: &'static str) -> Attribute {
    Attribute { name, variable: Some(variable), group: Some(group), secret: false, boolean: false }
}

const fn secret(group: &'static str, name: &'static str, variable: &'static str) -> Attribute {
    Attribute { name, variable: Some(variable), group: Some(group), secret: true, boolean: false }
}

const fn file_only(name: &'static str) -> Attribute {
    Attribute { name, variable: None, group: None, secret: false, boolean: false }
}

const fn boolean(attribute: Attribute) -> Attribute {
    Attribute { boolean: true, ..attribute }
}

/// Every setting, in the order in which they are shown.
pub const ATTRIBUTES: &[Attribute] = &[
    plain("host", "DATABRICKS_HOST"),
    plain("profile", "DATABRICKS_CONFIG_PROFILE"),
    plain("config_file", "DATABRICKS_CONFIG_FILE"),
    plain("auth_type", "DATABRICKS_AUTH_TYPE"),
    plain("account_id", "DATABRICKS_ACCOUNT_ID"),
    plain("workspace_id", "DATABRICKS_WORKSPACE_ID"),
    plain("group_id", "DATABRICKS_GROUP_ID"),
    plain("cluster_id", "DATABRICKS_CLUSTER_ID"),
    plain("warehouse_id", "DATABRICKS_WAREHOUSE_ID"),
    secret("pat", "token", "DATABRICKS_TOKEN"),
    of("basic", "username", "DATABRICKS_USERNAME"),
    secret("basic", "password", "DATABRICKS_PASSWORD"),
    of("oauth", "client_id", "DATABRICKS_CLIENT_ID"),
    secret("oauth", "client_secret", "DATABRICKS_CLIENT_SECRET"),
    plain("databricks_cli_path", "DATABRICKS_CLI_PATH"),
    // the address holds the key of the session
    secret("metadata-service", "metadata_service_url", "DATABRICKS_METADATA_SERVICE_URL"),
    of("env-oidc", "oidc_token_env", "DATABRICKS_OIDC_TOKEN_ENV"),
    of("file-oidc", "databricks_id_token_filepath", "DATABRICKS_OIDC_TOKEN_FILEPATH"),
    plain("audience", "DATABRICKS_TOKEN_AUDIENCE"),
    plain("actions_id_token_request_url", "ACTIONS_ID_TOKEN_REQUEST_URL"),
    Attribute {
        name: "actions_id_token_request_token",
        variable: Some("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
        group: None,
        secret: true,
        boolean: false,
    },
    of("azure", "azure_workspace_resource_id", "DATABRICKS_AZURE_RESOURCE_ID"),
    boolean(of("azure", "azure_use_msi", "ARM_USE_MSI")),
    of("azure", "azure_client_id", "ARM_CLIENT_ID"),
    secret("azure", "azure_client_secret", "ARM_CLIENT_SECRET"),
    of("azure", "azure_tenant_id", "ARM_TENANT_ID"),
    plain("azure_environment", "ARM_ENVIRONMENT"),
    of("azure", "azure_login_app_id", "DATABRICKS_AZURE_LOGIN_APP_ID"),
    of("google", "google_service_account", "DATABRICKS_GOOGLE_SERVICE_ACCOUNT"),
    secret("google", "google_credentials", "GOOGLE_CREDENTIALS"),
    plain("discovery_url", "DATABRICKS_DISCOVERY_URL"),
    plain("cloud", "DATABRICKS_CLOUD"),
    plain("rate_limit", "DATABRICKS_RATE_LIMIT"),
    file_only("scopes"),
    boolean(file_only("skip_verify")),
    file_only("http_timeout_seconds"),
    file_only("retry_timeout_seconds"),
];

/// Secrets that strategies read from the environment by themselves.
pub(super) const SECRET_VARIABLES: &[&str] = &["DATABRICKS_OIDC_TOKEN", "SYSTEM_ACCESSTOKEN"];

/// The setting of a name.
pub(super) fn find(name: &str) -> Option<&'static Attribute> {
    ATTRIBUTES.iter().find(|a| a.name == name)
}
