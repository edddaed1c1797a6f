//! Why a strategy does not apply: the settings it lacks, by name and variable.

use community_databricks_core::Config;

use super::attributes::find;
use super::settings::Settings;

/// Where the host must be for a strategy to apply.
#[derive(PartialEq, Eq)]
enum Cloud {
    Any,
    Azure,
    Google,
}

struct Needs {
    /// Settings, all of them.
    settings: &'static [&'static str],
    /// Variables that are not settings, all of them.
    variables: &'static [&'static str],
    cloud: Cloud,
}

fn needs(strategy: &str) -> Needs {
    let (settings, variables, cloud): (&[&str], &[&str], Cloud) = match strategy {
        "pat" => (&["token"], &[], Cloud::Any),
        "basic" => (&["username", "password"], &[], Cloud::Any),
        "oauth-m2m" => (&["client_id", "client_secret"], &[], Cloud::Any),
        "metadata-service" => (&["metadata_service_url"], &[], Cloud::Any),
        "github-oidc" => (&["actions_id_token_request_url", "actions_id_token_request_token"], &[], Cloud::Any),
        "azure-devops-oidc" => (
            &[],
            &[
                "SYSTEM_ACCESSTOKEN",
                "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI",
                "SYSTEM_TEAMPROJECTID",
                "SYSTEM_HOSTTYPE",
                "SYSTEM_PLANID",
                "SYSTEM_JOBID",
            ],
            Cloud::Any,
        ),
        "file-oidc" => (&["databricks_id_token_filepath"], &[], Cloud::Any),
        "github-oidc-azure" => (
            &["azure_client_id", "azure_tenant_id", "actions_id_token_request_url", "actions_id_token_request_token"],
            &[],
            Cloud::Azure,
        ),
        "azure-msi" => (&["azure_use_msi"], &[], Cloud::Azure),
        "azure-client-secret" => (&["azure_client_id", "azure_client_secret", "azure_tenant_id"], &[], Cloud::Azure),
        "azure-cli" => (&[], &[], Cloud::Azure),
        "oauth-m2m-gcp" => (&["client_id", "client_secret"], &[], Cloud::Google),
        "google-credentials" => (&["google_credentials"], &[], Cloud::Google),
        "google-id" => (&["google_service_account"], &[], Cloud::Google),
        _ => (&[], &[], Cloud::Any),
    };
    Needs { settings, variables, cloud }
}

/// Whether the strategy lacks something that it needs.
pub(super) fn lacks(strategy: &str, settings: &Settings, config: &Config) -> bool {
    missing(strategy, settings, config).is_some()
}

/// Why the strategy does not apply.
pub(super) fn why_not(strategy: &str, settings: &Settings, config: &Config) -> String {
    missing(strategy, settings, config).unwrap_or_else(|| match strategy {
        "azure-cli" => "the Azure CLI is missing or not logged in (`az login`)".to_owned(),
        "oauth-m2m-gcp" => "neither `google_credentials` nor `google_service_account` is set".to_owned(),
        "metadata-service" => "the server has no token for this host".to_owned(),
        _ => "it does not apply to this host".to_owned(),
    })
}

fn missing(strategy: &str, settings: &Settings, config: &Config) -> Option<String> {
    let needs = needs(strategy);
    let mut absent: Vec<String> = needs
        .settings
        .iter()
        .filter(|name| settings.get(name).is_none())
        .map(|name| match find(name).and_then(|a| a.variable) {
            Some(variable) => format!("`{name}` ({variable})"),
            None => format!("`{name}`"),
        })
        .collect();
    if strategy == "env-oidc" {
        let variable = settings.get("oidc_token_env").unwrap_or("DATABRICKS_OIDC_TOKEN");
        if settings.env.get(variable).is_none() {
            absent.push(variable.to_owned());
        }
    }
    absent.extend(needs.variables.iter().filter(|v| settings.env.get(v).is_none()).map(|v| (*v).to_owned()));
    if let [one] = absent.as_slice() {
        return Some(format!("{one} is not set"));
    }
    if let Some((last, rest)) = absent.split_last() {
        return Some(format!("{} and {last} are not set", rest.join(", ")));
    }
    let no_host = config.host.as_deref().is_none_or(str::is_empty);
    if no_host && settings.get("azure_workspace_resource_id").is_none() {
        return Some("no host is configured".to_owned());
    }
    match needs.cloud {
        Cloud::Azure if !config.is_azure() => Some("the host is not on Azure".to_owned()),
        Cloud::Google if !config.is_gcp() => Some("the host is not on Google Cloud".to_owned()),
        _ => None,
    }
}
