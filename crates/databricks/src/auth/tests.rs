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

/// The settings of a folder with profiles, some variables and a bundle.
fn resolve_with(
    profiles: &str,
    pairs: &[(&str, &str)],
    flag: Option<&str>,
    of_bundle: Option<BundleSettings<'_>>,
) -> Result<Settings, SettingsError> {
    let home = home(profiles);
    let env = env(home.path(), pairs);
    Settings::resolve(&Inputs { profile: flag, env: &env, bundle: of_bundle })
}

#[test]
fn a_file_with_a_stray_line_gives_no_token_to_anybody() {
    for stray in ["some note about prod", "token", "dapi-old"] {
        let text = format!("[dev]\nhost = https://dev.example.com\n{stray}\n\n[prod]\ntoken = dapi-prod\n");
        let e = resolve_with(&text, &[], Some("dev"), None).expect_err(stray);
        assert!(e.to_string().contains(".databrickscfg:3:1: cannot read the profiles: expected `name = value`"), "{e}");
        assert!(!e.to_string().contains("dapi"), "{e}");
        let failure = piq_diagnostics::Failure::from(e);
        assert!(failure.hints[0].contains("a comment that starts with `#`"), "{failure}");
    }
}

#[test]
fn an_empty_profile_is_called_empty() {
    let e = resolve_with("[dev]\nhost = h\n[empty]\n", &[], Some("empty"), None).expect_err("empty");
    assert!(e.to_string().ends_with(".databrickscfg:3: the profile `empty` has no settings"), "{e}");
    let e = resolve_with("[dev]\nhost = h\n[empty]\n", &[], Some("empt"), None).expect_err("missing");
    assert!(e.to_string().ends_with("has no profile `empt`"), "{e}");
}

#[test]
fn the_name_of_the_default_profile_may_have_a_comment() {
    let text = "[__settings__]\ndefault_profile = \"b\" ; hi\n[b]\nhost = https://b\n";
    assert_eq!(resolve_with(text, &[], None, None).expect("b").get("host"), Some("https://b"));
    let text = "host = https://a\n[DEFAULT]\ntoken = dapi-a\n";
    let settings = resolve_with(text, &[], None, None).expect("both");
    assert_eq!((settings.get("host"), settings.get("token")), (Some("https://a"), Some("dapi-a")));
}

#[test]
fn the_workspace_chooses_between_profiles_of_one_host() {
    let profiles = "[one]\nhost = https://many.example.com\nworkspace_id = 111\ntoken = dapi-one\n\
                    [two]\nhost = https://many.example.com/?o=222\ntoken = dapi-two\n\
                    [any]\nhost = many.example.com\nworkspace_id = none\ntoken = dapi-any\n";
    let with = |host: &str, id: Option<&str>| {
        let extra = id.map(|id| ("workspace_id".to_owned(), id.to_owned())).into_iter().collect();
        let bundle = BundleSettings { host: Some(host), profile: None, extra: &extra };
        let settings = resolve_with(profiles, &[], None, Some(bundle))?;
        let told = |name| settings.get(name).unwrap_or_default().to_owned();
        Ok::<_, SettingsError>((told("token"), told("workspace_id")))
    };
    let pair = |token: &str, id: &str| (token.to_owned(), id.to_owned());
    assert_eq!(with("https://many.example.com", Some("111")).expect("one"), pair("dapi-one", "111"));
    assert_eq!(with("https://many.example.com", Some("222")).expect("two"), pair("dapi-two", "222"));
    assert_eq!(with("https://many.example.com/?o=222", None).expect("two"), pair("dapi-two", "222"));
    assert_eq!(with("https://many.example.com", Some("333")).expect("any"), pair("dapi-any", "333"));
    let e = with("https://many.example.com", None).expect_err("three");
    assert!(e.to_string().starts_with("the profiles `one`, `two`, `any` all name the host"), "{e}");
}

#[test]
fn a_workspace_of_the_bundle_wins_over_that_of_the_profile() {
    let profiles = "[p]\nhost = https://many.example.com\nworkspace_id = 222\ntoken = dapi\n";
    let of_bundle = bundle(Some("https://many.example.com/?o=111"), None);
    let settings = resolve_with(profiles, &[], Some("p"), Some(of_bundle)).expect("fits");
    assert_eq!(settings.get("workspace_id"), Some("111"));
    let none = profiles.replace("222", "none");
    assert_eq!(resolve_with(&none, &[], Some("p"), None).expect("fits").get("workspace_id"), None);
}

#[test]
fn what_is_false_is_not_configured() {
    let host = ("DATABRICKS_HOST", "https://x.example.com");
    let token = ("DATABRICKS_TOKEN", "dapi");
    for no in ["false", "0", "F", "False"] {
        let settings = resolve_with("", &[host, token, ("ARM_USE_MSI", no)], None, None).expect("one way");
        assert_eq!(settings.get("azure_use_msi"), None);
        let profile = format!("host = https://x\ntoken = dapi\nazure_use_msi = {no}\nskip_verify = {no}\n");
        assert_eq!(resolve_with(&profile, &[], None, None).expect("one way").get("skip_verify"), None);
    }
    for yes in ["true", "1", "T"] {
        let e = resolve_with("", &[host, token, ("ARM_USE_MSI", yes)], None, None).expect_err("two ways");
        assert!(matches!(e, SettingsError::Conflict(_)), "{e}");
    }
    let e = resolve_with("", &[host, token, ("ARM_USE_MSI", "maybe")], None, None).expect_err("neither");
    assert_eq!(e.to_string(), "expected `true` or `false` for `azure_use_msi` (from ARM_USE_MSI), found `maybe`");
}

#[tokio::test]
async fn what_is_false_is_not_read_a_second_time() {
    let pairs = [("DATABRICKS_HOST", "http://127.0.0.1:9"), ("DATABRICKS_TOKEN", "dapi"), ("ARM_USE_MSI", "false")];
    assert_eq!(attempts_of(&pairs).await.expect("pat"), "pat");
}

#[tokio::test]
async fn the_file_is_read_once_and_by_one_reader() {
    // a reader of another kind takes these quotes over the end of the line
    let home = home("[p]\nhost = http://127.0.0.1:9\ncluster_id = \"x\ntoken = dapi\nscopes = sql\n[q]\ntoken = \"y\n");
    let env = env(home.path(), &[]);
    let settings = Settings::resolve(&Inputs { profile: Some("p"), env: &env, bundle: None }).expect("resolved");
    assert_eq!(authenticate(&settings).await.expect("pat").strategy, "pat");
}

#[test]
fn a_file_that_does_not_exist_is_missed_only_where_it_is_needed() {
    let folder = tempfile::tempdir().expect("folder");
    let resolve = |pairs: &[(&str, &str)], flag: Option<&str>, of_bundle: Option<BundleSettings<'_>>| {
        let env = env(folder.path(), pairs);
        Settings::resolve(&Inputs { profile: flag, env: &env, bundle: of_bundle })
    };
    let name = ("DATABRICKS_CONFIG_PROFILE", "x");
    let (host, token) = (("DATABRICKS_HOST", "https://h.example.com"), ("DATABRICKS_TOKEN", "dapi"));
    assert_eq!(resolve(&[name, host, token], None, None).expect("complete").get("token"), Some("dapi"));
    assert!(resolve(&[host, token], None, Some(bundle(None, Some("x")))).is_ok());
    for (pairs, flag) in
        [(&[name][..], None), (&[name, host], None), (&[name, token], None), (&[host, token], Some("x"))]
    {
        let e = resolve(pairs, flag, None).expect_err("needed").to_string();
        assert!(e.starts_with("cannot read the profile `x`: ") && e.ends_with(".databrickscfg does not exist"), "{e}");
    }
}

#[test]
fn a_secret_of_a_profile_goes_to_its_host_only() {
    let profiles = "[dp]\nhost = https://dp.example.com\ntoken = dapi-dp\n[bare]\ntoken = dapi-bare\n\
                    [cli]\nhost = https://dp.example.com\nauth_type = databricks-cli\n\
                    [oauth]\nhost = https://dp.example.com\nclient_id = app\nclient_secret = dose\n";
    let other = ("DATABRICKS_HOST", "https://other.example.com");
    let by_bundle = |name| Some(bundle(None, Some(name)));
    for name in ["dp", "bare", "cli", "oauth"] {
        let e = resolve_with(profiles, &[other], None, by_bundle(name)).expect_err(name);
        assert!(matches!(e, SettingsError::OtherProfile(_)), "{e}");
    }
    let e = resolve_with(profiles, &[other], Some("dp"), None).expect_err("another host");
    assert_eq!(
        e.to_string(),
        "the profile `dp` (--profile) is for https://dp.example.com, but DATABRICKS_HOST is https://other.example.com: \
         the token of one is not sent to the other; unset DATABRICKS_HOST, or choose another profile"
    );
    // the environment writes both
    assert!(resolve_with(profiles, &[other, ("DATABRICKS_CONFIG_PROFILE", "bare")], None, None).is_ok());
    let complete = [other, ("DATABRICKS_TOKEN", "dapi-other")];
    assert_eq!(
        resolve_with(profiles, &complete, None, by_bundle("dp")).expect("its own").get("token"),
        Some("dapi-other")
    );
    let same = [("DATABRICKS_HOST", "dp.example.com:443/")];
    assert!(resolve_with(profiles, &same, None, by_bundle("dp")).is_ok());
}
