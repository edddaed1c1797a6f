//! Authentication by tools and servers of this machine: each is a stand-in that answers as the real one does.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::auth::{piq, works};
use super::kit::issuer::{Issuer, SUBJECT, now};
use super::kit::loopback::serve;
use super::kit::{Workspace, said};

/// A command of this name that runs a script, as long as a real one is.
fn tool(dir: &Path, name: &str, script: &str) {
    let path = dir.join(name);
    let filling = "#".repeat(1024 * 1024);
    std::fs::write(&path, format!("#!/bin/sh\n{script}\nexit 9\n{filling}\n")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("executable");
}

/// The folders of the system's own commands, behind one of ours.
fn path(dir: &Path) -> String {
    format!("{}:/usr/bin:/bin", dir.display())
}

#[test]
fn whoever_logged_in_with_the_databricks_command_is_let_in() {
    let w = Workspace::start();
    let dir = tempfile::tempdir().expect("folder");
    let token = json!({"access_token": w.token(), "token_type": "Bearer", "expiry": "2099-01-01T00:00:00Z"});
    let script = format!(
        "case \"$1\" in version) echo 'Databricks CLI v0.270.0'; exit;; esac\n\
         [ \"$*\" = \"auth token --host {}\" ] && echo '{token}' && exit",
        w.host()
    );
    tool(dir.path(), "databricks", &script);
    let path = path(dir.path());
    works(&[("DATABRICKS_HOST", w.host()), ("PATH", &path)], "databricks-cli", "dana.local@example.com", &[w.token()]);
    // one who is not logged in
    tool(dir.path(), "databricks", "case \"$1\" in version) exit;; esac\necho 'no login for this host' >&2; exit 1");
    let out = piq(&["auth", "check"], &[("DATABRICKS_HOST", w.host()), ("PATH", &path)]);
    assert_eq!(out.status.code(), Some(4));
    assert!(said(&out).contains("no login for this host"), "{}", said(&out));
}

#[test]
fn a_terminal_of_an_editor_is_let_in_by_its_metadata_service() {
    let w = Workspace::start();
    let (token, host) = (w.token().to_owned(), w.host().to_owned());
    let address = serve(move |head| {
        let known = head.method == "GET"
            && head.target == "/secret-path"
            && head.header("X-Databricks-Metadata-Version") == Some("1")
            && head.header("X-Databricks-Host") == Some(&host);
        match known {
            true => (200, json!({"access_token": token, "expires_on": now() + 600, "token_type": "Bearer"})),
            false => (404, json!({})),
        }
    });
    let url = format!("{address}/secret-path");
    let env = [("DATABRICKS_HOST", w.host()), ("DATABRICKS_METADATA_SERVICE_URL", url.as_str())];
    works(&env, "metadata-service", "dana.local@example.com", &[w.token(), "secret-path"]);
    let wrong = format!("{address}/elsewhere");
    let env = [("DATABRICKS_HOST", w.host()), ("DATABRICKS_METADATA_SERVICE_URL", wrong.as_str())];
    let out = piq(&["auth", "check"], &env);
    assert_eq!(out.status.code(), Some(4));
    assert!(said(&out).contains("the server answered 404") && !said(&out).contains("elsewhere"), "{}", said(&out));
}

#[test]
fn a_pipeline_of_azure_devops_is_let_in_by_its_identity() {
    let w = Workspace::start();
    let issuer = Arc::new(Issuer::new());
    issuer.trusted_by(&w, SUBJECT);
    let audience = format!("{}/oidc/v1/token", w.host());
    let asked = "/proj/_apis/distributedtask/hubs/build/plans/plan/jobs/job/oidctoken?api-version=7.2-preview.1";
    let token = issuer.token(SUBJECT, &audience);
    let collection = serve(move |head| match head.bearer("system-access") && head.target == asked {
        true if head.method == "POST" => (200, json!({"oidcToken": token})),
        _ => (401, json!({})),
    });
    let env = [
        ("DATABRICKS_HOST", w.host()),
        ("DATABRICKS_CLIENT_ID", w.client_id()),
        ("SYSTEM_ACCESSTOKEN", "system-access"),
        ("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", collection.as_str()),
        ("SYSTEM_TEAMPROJECTID", "proj"),
        ("SYSTEM_HOSTTYPE", "build"),
        ("SYSTEM_PLANID", "plan"),
        ("SYSTEM_JOBID", "job"),
    ];
    works(&env, "azure-devops-oidc", w.client_id(), &["system-access"]);
}

#[test]
fn whoever_logged_in_with_az_is_let_in() {
    let w = Workspace::start();
    let dir = tempfile::tempdir().expect("folder");
    let token = json!({"accessToken": w.token(), "expires_on": now() + 3600, "tokenType": "Bearer", "tenant": "t"});
    tool(dir.path(), "az", &format!("[ \"$1 $2\" = 'account get-access-token' ] && echo '{token}' && exit"));
    let path = path(dir.path());
    let env = [
        ("DATABRICKS_HOST", w.host()),
        ("DATABRICKS_CLOUD", "azure"),
        ("ARM_TENANT_ID", "11111111-2222-3333-4444-555555555555"),
        ("PATH", &path),
    ];
    works(&env, "azure-cli", "dana.local@example.com", &[w.token()]);
}

#[test]
fn every_strategy_that_is_passed_over_says_why() {
    let out = piq(&["auth", "describe", "-o", "json"], &[("DATABRICKS_HOST", "http://127.0.0.1:9")]);
    let result: Value = serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", said(&out)));
    let attempts = result["attempts"].as_array().expect("a list");
    let why: Vec<(&str, &str)> = attempts
        .iter()
        .map(|a| (a["strategy"].as_str().expect("a name"), a["reason"].as_str().unwrap_or_default()))
        .collect();
    let names: Vec<&str> = why.iter().map(|(name, _)| *name).collect();
    let order = [
        "pat",
        "basic",
        "oauth-m2m",
        "databricks-cli",
        "metadata-service",
        "github-oidc",
        "azure-devops-oidc",
        "env-oidc",
        "file-oidc",
        "github-oidc-azure",
        "azure-msi",
        "azure-client-secret",
        "azure-cli",
        "oauth-m2m-gcp",
        "google-credentials",
        "google-id",
    ];
    assert_eq!(names, order);
    for (name, part) in [
        ("pat", "`token` (DATABRICKS_TOKEN) is not set"),
        ("databricks-cli", "databricks CLI not found on PATH"),
        ("azure-devops-oidc", "SYSTEM_ACCESSTOKEN"),
        ("azure-client-secret", "`azure_client_secret` (ARM_CLIENT_SECRET)"),
        ("google-credentials", "`google_credentials` (GOOGLE_CREDENTIALS) is not set"),
    ] {
        let reason = why.iter().find(|(n, _)| *n == name).map(|(_, reason)| *reason).unwrap_or_default();
        assert!(reason.contains(part), "{name}: {reason}");
    }
    assert!(why.iter().all(|(_, reason)| !reason.is_empty()), "{why:?}");
}
