//! Authentication against the token endpoint and the Me call of the local workspace.

use std::process::Output;
use std::sync::Arc;

use serde_json::{Value, json};

use super::kit::issuer::{ISSUER, Issuer, SUBJECT, now};
use super::kit::{Project, Workspace, said};

/// The request token of a fake runner.
const RUNNER: &str = "runner-request-token";

/// Runs piq in an empty folder with nothing but these variables.
pub(crate) fn piq(args: &[&str], env: &[(&str, &str)]) -> Output {
    Project::empty().command(args).envs(env.iter().copied()).output().expect("piq starts")
}

/// `auth check` must let in with this strategy, as this user, and show none of the secrets.
pub(crate) fn works(env: &[(&str, &str)], strategy: &str, user: &str, secrets: &[&str]) {
    let out = piq(&["auth", "check", "-o", "json"], env);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    let result: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!((result["strategy"].as_str(), result["user"].as_str()), (Some(strategy), Some(user)), "{result}");
    let described = piq(&["auth", "describe"], env);
    for secret in secrets {
        assert!(!said(&out).contains(secret) && !said(&described).contains(secret), "a secret is shown");
    }
}

#[test]
fn a_personal_access_token_is_let_in_without_asking_for_host_facts() {
    let w = Workspace::start();
    let env = [("DATABRICKS_HOST", w.host()), ("DATABRICKS_TOKEN", w.token())];
    works(&env, "pat", "dana.local@example.com", &[w.token()]);
    let seen = w.get("/piq/requests");
    assert_eq!(seen["counts"], json!({"GET /api/2.0/preview/scim/v2/Me": 1}), "one request, and it is Me");
}

#[test]
fn a_profile_is_let_in_and_describe_tells_every_source() {
    let w = Workspace::start();
    let home = tempfile::tempdir().expect("folder");
    let cfg = home.path().join("profiles");
    std::fs::write(&cfg, format!("[here]\nhost = {}\ntoken = {}\n", w.host(), w.token())).expect("file");
    let cfg = cfg.display().to_string();
    let env = [("DATABRICKS_CONFIG_FILE", cfg.as_str())];
    let out = piq(&["auth", "describe", "-p", "here", "-o", "json"], &env);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    assert!(!said(&out).contains(w.token()));
    let result: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let source = |name: &str| {
        let settings = result["settings"].as_array().expect("list");
        settings.iter().find(|s| s["name"] == name).map(|s| s["source"].clone())
    };
    assert_eq!(source("profile"), Some(json!({"kind": "flag", "name": "--profile"})));
    assert_eq!(source("config_file"), Some(json!({"kind": "variable", "name": "DATABRICKS_CONFIG_FILE"})));
    assert_eq!(source("token"), Some(json!({"kind": "profile", "name": "here", "file": cfg})));
    assert_eq!(result["strategy"], "pat");
    let check = piq(&["auth", "check", "-p", "here"], &env);
    assert_eq!(
        String::from_utf8_lossy(&check.stdout),
        format!("dana.local@example.com on {}, authenticated with pat\n", w.host())
    );
}

#[test]
fn a_service_principal_is_let_in_by_its_secret() {
    let w = Workspace::start();
    let env = [
        ("DATABRICKS_HOST", w.host()),
        ("DATABRICKS_CLIENT_ID", w.client_id()),
        ("DATABRICKS_CLIENT_SECRET", w.client_secret()),
    ];
    works(&env, "oauth-m2m", w.client_id(), &[w.client_secret()]);
}

#[test]
fn a_workflow_of_github_is_let_in_by_its_identity() {
    let w = Workspace::start();
    let issuer = Arc::new(Issuer::new());
    issuer.trusted_by(&w, SUBJECT);
    let url = issuer.serve_github(RUNNER, SUBJECT);
    let env = [
        ("DATABRICKS_HOST", w.host()),
        ("DATABRICKS_CLIENT_ID", w.client_id()),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", RUNNER),
    ];
    works(&env, "github-oidc", w.client_id(), &[RUNNER]);
}

#[test]
fn an_identity_token_in_a_variable_or_a_file_is_let_in() {
    let w = Workspace::start();
    let issuer = Issuer::new();
    issuer.trusted_by(&w, SUBJECT);
    let token = issuer.token(SUBJECT, &format!("{}/oidc/v1/token", w.host()));
    let who = [("DATABRICKS_HOST", w.host()), ("DATABRICKS_CLIENT_ID", w.client_id())];
    let variable = [who[0], who[1], ("DATABRICKS_OIDC_TOKEN", token.as_str())];
    works(&variable, "env-oidc", w.client_id(), &[&token]);
    let named = [who[0], who[1], ("MY_TOKEN", &token), ("DATABRICKS_OIDC_TOKEN_ENV", "MY_TOKEN")];
    // the name of the variable is a setting of its own way to authenticate: the way has to be chosen
    let chosen = [&named[..], &[("DATABRICKS_AUTH_TYPE", "env-oidc")]].concat();
    works(&chosen, "env-oidc", w.client_id(), &[&token]);
    let file = tempfile::NamedTempFile::new().expect("file");
    std::fs::write(file.path(), &token).expect("written");
    let path = file.path().display().to_string();
    let file = [who[0], who[1], ("DATABRICKS_OIDC_TOKEN_FILEPATH", &path), ("DATABRICKS_AUTH_TYPE", "file-oidc")];
    works(&file, "file-oidc", w.client_id(), &[&token]);
}

#[test]
fn the_token_endpoint_refuses_what_the_policy_does_not_let_in() {
    let w = Workspace::start();
    let (issuer, stranger) = (Issuer::new(), Issuer::new());
    let endpoint = format!("{}/oidc/v1/token", w.host());
    issuer.trusted_by(&w, SUBJECT);
    let old = issuer.signed(&json!({"iss": ISSUER, "sub": SUBJECT, "aud": endpoint, "exp": now() - 3600}));
    let cases = [
        ("another key", stranger.token(SUBJECT, &endpoint), "InvalidSignature"),
        ("another subject", issuer.token("repo:someone/else", &endpoint), "does not let the subject"),
        ("another audience", issuer.token(SUBJECT, "https://elsewhere.example.com"), "InvalidAudience"),
        ("too old", old, "ExpiredSignature"),
        ("no token at all", "no-jwt-at-all".to_owned(), "not a JWT"),
    ];
    for (name, token, why) in cases {
        let form = format!(
            "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id={}&subject_token={token}\
             &subject_token_type=urn:ietf:params:oauth:token-type:jwt",
            w.client_id()
        );
        let (status, answer) = w.send("POST", "/oidc/v1/token", &form);
        assert_eq!((status, answer["error"].as_str()), (401, Some("invalid_grant")), "{name}: {answer}");
        assert!(answer["error_description"].as_str().unwrap_or_default().contains(why), "{name}: {answer}");

        let env = [
            ("DATABRICKS_HOST", w.host()),
            ("DATABRICKS_CLIENT_ID", w.client_id()),
            ("DATABRICKS_OIDC_TOKEN", token.as_str()),
        ];
        let out = piq(&["auth", "check"], &env);
        assert_eq!(out.status.code(), Some(4), "{name}");
        let text = said(&out);
        let line = text.lines().find(|l| l.contains("env-oidc")).unwrap_or_default();
        assert!(line.contains("failed: HTTP 401: invalid_grant; compare issuer"), "{name}: {text}");
        assert!(!text.contains(&token), "{name}: the token is shown");
    }
}

#[test]
fn nobody_is_let_in_with_a_wrong_token_and_the_exit_code_is_4() {
    let w = Workspace::start();
    let env = [("DATABRICKS_HOST", w.host()), ("DATABRICKS_TOKEN", "dapi-wrong-token")];
    let out = piq(&["auth", "check"], &env);
    assert_eq!(out.status.code(), Some(4), "{}", said(&out));
    assert!(said(&out).contains("does not accept the credentials"), "{}", said(&out));
    assert!(!said(&out).contains("dapi-wrong-token"));
    let project = Project::new();
    let plan = piq(&["-C", project.path(".").to_str().expect("text"), "plan", "-t", "dev"], &env);
    assert_eq!(plan.status.code(), Some(4), "{}", said(&plan));
    assert!(
        said(&plan).contains("hint: `piq auth describe` shows where host and credentials come from"),
        "{}",
        said(&plan)
    );
    assert!(!said(&plan).contains("dapi-wrong-token"));
    let json = piq(&["auth", "check", "-o", "json"], &[("DATABRICKS_HOST", w.host())]);
    assert_eq!(json.status.code(), Some(4));
    let result: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(result["status"], "refused");
    assert!(result["attempts"].as_array().expect("list").len() >= 16, "every strategy is listed: {result}");
}
