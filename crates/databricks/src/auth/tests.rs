//! Settings and strategies without a network.

use std::path::Path;
use std::sync::LazyLock;

use super::{
    AuthError, BundleSettings, Inputs, SettingSource, Settings, SettingsError, StrategyOutcome, authenticate, names,
};
use indexmap::IndexMap;
use piq_diagnostics::env::Env;

fn home(profiles: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("folder");
    std::fs::write(dir.path().join(".databrickscfg"), profiles).expect("file");
    dir
}

fn env(home: &Path, pairs: &[(&str, &str)]) -> Env {
    let home = ("HOME".to_owned(), home.display().to_string());
    Env::from_pairs(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).chain([home]))
}

fn bundle<'a>(host: Option<&'a str>, profile: Option<&'a str>) -> BundleSettings<'a> {
    static NONE: LazyLock<IndexMap<String, String>> = LazyLock::new(IndexMap::new);
    BundleSettings { host, profile, extra: &NONE }
}

/// `name=value from source` of every setting.
fn told(settings: &Settings, home: &Path) -> Vec<String> {
    settings
        .iter()
        .map(|s| {
            let source = s.source.to_string().replace(&home.display().to_string(), "~");
            format!("{}={} from {source}", s.attribute.name, s.display_value())
        })
        .collect()
}

const PROFILES: &str = "host = https://default.example.com
token = dapi-default

[dev]
host = https://dev.example.com/ ; the small one
token = dapi-dev

[prod]
host=prod.example.com
client_id = app
client_secret = dose-prod

[twin]
host = https://prod.example.com
token = dapi-twin
";

#[test]
fn without_anything_the_default_profile_is_taken() {
    let home = home(PROFILES);
    let env = env(home.path(), &[]);
    let settings = Settings::resolve(&Inputs { profile: None, env: &env, bundle: None }).expect("resolved");
    assert_eq!(
        told(&settings, home.path()),
        [
            "host=https://default.example.com from profile DEFAULT of ~/.databrickscfg",
            "profile=DEFAULT from profile DEFAULT of ~/.databrickscfg",
            "token=******** from profile DEFAULT of ~/.databrickscfg",
        ]
    );
    assert!(!format!("{settings:?}").contains("dapi-default"));
}

#[test]
fn the_environment_comes_before_the_profile_and_the_flag_chooses_it() {
    let home = home(PROFILES);
    let env = env(home.path(), &[("DATABRICKS_TOKEN", "dapi-env"), ("DATABRICKS_CONFIG_PROFILE", "prod")]);
    let settings = Settings::resolve(&Inputs { profile: Some("dev"), env: &env, bundle: None }).expect("resolved");
    assert_eq!(
        told(&settings, home.path()),
        [
            "host=https://dev.example.com/ from profile dev of ~/.databrickscfg",
            "profile=dev from --profile",
            "token=******** from DATABRICKS_TOKEN",
        ]
    );
    assert_eq!(settings.get("token"), Some("dapi-env"));
}

#[test]
fn a_token_of_the_environment_leaves_the_file_alone() {
    let home = home("[broken");
    let env = env(home.path(), &[("DATABRICKS_HOST", "https://x.example.com"), ("DATABRICKS_TOKEN", "dapi-env")]);
    let settings = Settings::resolve(&Inputs { profile: None, env: &env, bundle: None }).expect("resolved");
    assert_eq!(settings.get("profile"), None);
}

#[test]
fn the_host_of_the_bundle_finds_its_profile() {
    let home = home(PROFILES);
    let env = env(home.path(), &[]);
    let w = bundle(Some("https://dev.example.com"), None);
    let settings = Settings::resolve(&Inputs { profile: None, env: &env, bundle: Some(w) }).expect("resolved");
    assert_eq!(
        told(&settings, home.path()),
        [
            "host=https://dev.example.com from workspace of the bundle",
            "profile=dev from profile dev of ~/.databrickscfg",
            "token=******** from profile dev of ~/.databrickscfg",
        ]
    );
    let twice = bundle(Some("prod.example.com"), None);
    let e = Settings::resolve(&Inputs { profile: None, env: &env, bundle: Some(twice) }).expect_err("two profiles");
    assert_eq!(
        e.to_string(),
        "the profiles `prod`, `twin` all name the host prod.example.com; choose one with --profile or \
         DATABRICKS_CONFIG_PROFILE"
    );
}

#[test]
fn a_profile_for_another_host_than_the_bundle_is_refused() {
    let home = home(PROFILES);
    let env = env(home.path(), &[]);
    let w = bundle(Some("https://dev.example.com"), Some("prod"));
    let e = Settings::resolve(&Inputs { profile: None, env: &env, bundle: Some(w) }).expect_err("refused");
    assert!(matches!(e, SettingsError::OtherHost { source_of_name: SettingSource::Bundle, .. }), "{e}");
    // the flag chooses another profile than the bundle
    let fits = Settings::resolve(&Inputs { profile: Some("dev"), env: &env, bundle: Some(w) }).expect("fits");
    assert_eq!(fits.get("token"), Some("dapi-dev"));
}

#[test]
fn a_token_for_another_host_than_the_bundle_is_not_sent_there() {
    let home = home("");
    let w = bundle(Some("https://prod.example.com"), None);
    let pairs = [("DATABRICKS_HOST", "https://dev.example.com"), ("DATABRICKS_TOKEN", "dapi-dev")];
    let other = env(home.path(), &pairs);
    let e = Settings::resolve(&Inputs { profile: None, env: &other, bundle: Some(w) }).expect_err("refused");
    assert!(matches!(e, SettingsError::OtherVariable { secret: "DATABRICKS_TOKEN", .. }), "{e}");
    // a service principal may be known to many workspaces
    let many = [("DATABRICKS_CLIENT_ID", "app"), ("DATABRICKS_CLIENT_SECRET", "dose")];
    let many = env(home.path(), &many);
    let settings = Settings::resolve(&Inputs { profile: None, env: &many, bundle: Some(w) }).expect("fits");
    assert_eq!(settings.get("host"), Some("https://prod.example.com"));
}

#[test]
fn a_profile_that_is_not_there_names_the_closest() {
    let home = home(PROFILES);
    let env = env(home.path(), &[]);
    let e = Settings::resolve(&Inputs { profile: Some("prd"), env: &env, bundle: None }).expect_err("missing");
    assert!(e.to_string().ends_with("has no profile `prd`; did you mean `prod`?"), "{e}");
    let e = Settings::resolve(&Inputs { profile: Some("__settings__"), env: &env, bundle: None }).expect_err("no");
    assert_eq!(e.to_string(), "`__settings__` is not a profile");
}

#[test]
fn another_file_and_its_default_profile_are_followed() {
    let home = home("");
    let file = home.path().join("other.cfg");
    std::fs::write(&file, "[__settings__]\ndefault_profile = b\n[a]\nhost = https://a\n[b]\nhost = https://b\n")
        .expect("file");
    let env = env(home.path(), &[("DATABRICKS_CONFIG_FILE", "~/other.cfg")]);
    let settings = Settings::resolve(&Inputs { profile: None, env: &env, bundle: None }).expect("resolved");
    assert_eq!(settings.get("host"), Some("https://b"));
}

#[test]
fn a_broken_file_names_its_line() {
    let home = home("[a]\nhost = https://a\n[broken\n");
    let env = env(home.path(), &[]);
    let e = Settings::resolve(&Inputs { profile: Some("a"), env: &env, bundle: None }).expect_err("broken");
    assert!(e.to_string().contains(".databrickscfg:"), "{e}");
}

#[test]
fn two_ways_conflict_until_one_is_chosen() {
    let home = home("");
    let pairs = [
        ("DATABRICKS_HOST", "https://x.example.com"),
        ("DATABRICKS_TOKEN", "dapi-env"),
        ("DATABRICKS_CLIENT_ID", "app"),
        ("DATABRICKS_AUTH_TYPE", "pat"),
    ];
    let two = env(home.path(), &pairs[..3]);
    let e = Settings::resolve(&Inputs { profile: None, env: &two, bundle: None }).expect_err("conflict");
    assert_eq!(
        e.to_string(),
        "more than one authentication method is configured: pat (token from DATABRICKS_TOKEN) and oauth (client_id from \
         DATABRICKS_CLIENT_ID); keep one, or choose with DATABRICKS_AUTH_TYPE"
    );
    let one = env(home.path(), &pairs);
    assert!(Settings::resolve(&Inputs { profile: None, env: &one, bundle: None }).is_ok());
}

async fn attempts_of(pairs: &[(&str, &str)]) -> Result<&'static str, AuthError> {
    let home = home("");
    let env = env(home.path(), pairs);
    let settings = Settings::resolve(&Inputs { profile: None, env: &env, bundle: None })?;
    authenticate(&settings).await.map(|c| c.strategy)
}

#[tokio::test]
async fn a_token_and_a_password_need_no_request() {
    // nothing listens on this port: a request would fail
    let host = ("DATABRICKS_HOST", "http://127.0.0.1:9");
    assert_eq!(attempts_of(&[host, ("DATABRICKS_TOKEN", "dapi")]).await.expect("pat"), "pat");
    let basic = [host, ("DATABRICKS_USERNAME", "ada"), ("DATABRICKS_PASSWORD", "secret")];
    assert_eq!(attempts_of(&basic).await.expect("basic"), "basic");
}

#[tokio::test]
async fn when_nothing_works_every_strategy_says_why() {
    let Err(AuthError::NothingWorked { attempts, no_host: true }) = attempts_of(&[]).await else {
        panic!("nothing is configured")
    };
    let tried: Vec<&str> = attempts.iter().map(|a| a.strategy).collect();
    assert_eq!(tried, names());
    assert!(attempts.iter().all(|a| matches!(a.outcome, StrategyOutcome::Skipped(_) | StrategyOutcome::Failed(_))));
    let failure = piq_diagnostics::Failure::from(AuthError::NothingWorked { attempts, no_host: true });
    insta::assert_snapshot!(failure);
}

#[tokio::test]
async fn an_auth_type_that_does_not_exist_names_the_closest() {
    let e = attempts_of(&[("DATABRICKS_HOST", "http://127.0.0.1:9"), ("DATABRICKS_AUTH_TYPE", "github-oicd")]).await;
    let text = e.expect_err("unknown").to_string();
    assert!(text.contains("did you mean `github-oidc`?"), "{text}");
    assert!(text.contains("from DATABRICKS_AUTH_TYPE"), "{text}");
}

#[tokio::test]
async fn an_auth_type_leaves_out_all_others() {
    let pairs = [("DATABRICKS_HOST", "http://127.0.0.1:9"), ("DATABRICKS_AUTH_TYPE", "basic")];
    let Err(AuthError::NothingWorked { attempts, .. }) = attempts_of(&pairs).await else { panic!("no password") };
    assert_eq!(attempts.len(), names().len());
    let of = |name: &str| attempts.iter().find(|a| a.strategy == name).map(|a| a.outcome.clone());
    assert_eq!(of("pat"), Some(StrategyOutcome::Skipped("`auth_type` selects basic".to_owned())));
    let Some(StrategyOutcome::Skipped(why)) = of("basic") else { panic!("skipped") };
    assert!(why.contains("DATABRICKS_PASSWORD"), "{why}");
}

#[test]
fn the_reference_lists_every_setting() {
    let docs = include_str!("../../../../docs/auth.md");
    let rows: String = super::ATTRIBUTES
        .iter()
        .map(|a| {
            let variable = a.variable.map_or_else(|| "-".to_owned(), |v| format!("`{v}`"));
            format!("| `{}` | {variable} | {} |\n", a.name, if a.secret { "yes" } else { "no" })
        })
        .collect();
    assert!(docs.ends_with(&rows), "docs/auth.md should end with\n{rows}");
    for name in names() {
        assert!(docs.contains(&format!("| `{name}` |")), "{name} is missing from docs/auth.md");
    }
}

#[test]
fn secrets_of_the_environment_go_to_its_host_only() {
    let home = home("");
    let bundle_host = bundle(Some("https://prod.example.com"), None);
    let resolve = |pairs: &[(&str, &str)]| {
        let env = env(home.path(), pairs);
        Settings::resolve(&Inputs { profile: None, env: &env, bundle: Some(bundle_host) })
    };
    let other = ("DATABRICKS_HOST", "https://dev.example.com");
    let client = ("DATABRICKS_CLIENT_ID", "app");
    for secret in [
        "DATABRICKS_CLIENT_SECRET",
        "DATABRICKS_OIDC_TOKEN",
        "DATABRICKS_OIDC_TOKEN_FILEPATH",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "SYSTEM_ACCESSTOKEN",
        "ARM_CLIENT_SECRET",
    ] {
        let pair = (secret, "dose");
        let e = resolve(&[other, client, pair]).expect_err(secret);
        assert!(matches!(e, SettingsError::OtherVariable { secret: named, .. } if named == secret), "{e}");
        for fitting in [&[("DATABRICKS_HOST", "prod.example.com"), client, pair][..], &[client, pair]] {
            assert!(!matches!(resolve(fitting), Err(SettingsError::OtherVariable { .. })), "{secret}");
        }
    }
    // a job of GitHub that names no client asks for no identity
    assert!(resolve(&[other, ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "dose")]).is_ok());
}

#[test]
fn credentials_are_not_sent_without_encryption() {
    let home = home("");
    let resolve = |host: &str, more: &[(&str, &str)]| {
        let pairs = [&[("DATABRICKS_HOST", host), ("DATABRICKS_TOKEN", "dapi")], more].concat();
        let env = env(home.path(), &pairs);
        Settings::resolve(&Inputs { profile: None, env: &env, bundle: None })
    };
    for host in ["http://prod.example.com", "http://127.0.0.1.example.com", "HTTP://10.0.0.7:8080"] {
        assert!(matches!(resolve(host, &[]), Err(SettingsError::Unencrypted(_))), "{host}");
        assert!(resolve(host, &[("PIQ_ALLOW_HTTP", "1")]).is_ok(), "{host}");
    }
    for host in
        ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9", "https://prod.example.com", "prod.example.com"]
    {
        assert!(resolve(host, &[]).is_ok(), "{host}");
    }
}
