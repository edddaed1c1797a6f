//! Requests to the local workspace and to its model gateway, from whoever reaches their ports: each is answered, in
//! JSON where it says so, without a fault of the server and without a secret of the workspace.
//!
//! An input is a method, a path and a line end, then the body. The method `BATCH` asks the gateway as the engine does.

#![no_main]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use piq_diagnostics::env::Env;
use piq_fixtures::FakeModel;
use piq_local::gateway::{Address, Gateway, SourceConfig};
use piq_local::{EngineOptions, RunningServer, ServerConfig, engine_for, serve};
use tokio::runtime::Runtime;

/// A workspace answers so many requests; then another takes over, so that what one input leaves does not pile up.
const REQUESTS: u32 = 2_000;

/// A session of the gateway that may ask.
const SESSION: u64 = 1;

struct Workspace {
    server: RunningServer,
    gateway: Arc<Gateway>,
    address: Address,
    left: u32,
    // removed with it
    _dir: tempfile::TempDir,
}

impl Workspace {
    async fn start() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let source = SourceConfig { offline: Some(Arc::new(FakeModel)), ..SourceConfig::default() };
        // no Python is found: statements are read, checked and then refused
        let env = Env::from_pairs([("PATH", "/nonexistent"), ("HOME", "/nonexistent")]);
        let options = EngineOptions { env, progress: Arc::new(|_| ()), source: source.clone() };
        let config = ServerConfig { dir: dir.path().join("workspace"), port: 0 };
        let engine = engine_for(&config.dir, options);
        let server = serve(config, engine).await.expect("a server");
        let gateway = Gateway::new(dir.path(), source);
        gateway.open(SESSION, None);
        let address = gateway.address().await.expect("an address");
        Self { server, gateway, address, left: REQUESTS, _dir: dir }
    }

    async fn ask(&self, client: &reqwest::Client, method: &str, path: &str, body: &[u8]) {
        let is_batch = method == "BATCH";
        let (method, address, token) = if is_batch {
            ("POST", self.address.url.clone(), &self.address.token)
        } else {
            (method, format!("{}{path}", self.server.host), &self.server.token)
        };
        let (Ok(method), Ok(url)) = (method.parse::<reqwest::Method>(), address.parse::<reqwest::Url>()) else { return };
        // a path such as `@other.example/` would be another host
        if method == reqwest::Method::CONNECT || !url.host_str().is_some_and(|host| host == "127.0.0.1") {
            return;
        }
        let asked = client.request(method, url).bearer_auth(token).header("content-type", "application/json");
        let answer = asked.body(body.to_vec()).send().await.expect("an answer");
        let status = answer.status();
        let is_json = answer.headers().get("content-type").is_some_and(|t| t.as_bytes() == b"application/json");
        let text = answer.bytes().await.expect("a whole answer");
        let shown = String::from_utf8_lossy(&text);
        assert_ne!(status.as_u16(), 500, "{shown}");
        assert!(!is_json || serde_json::from_slice::<serde_json::Value>(&text).is_ok(), "not JSON: {shown}");
        let asked = format!("{path}{}", String::from_utf8_lossy(body));
        for secret in [&self.server.token, &self.server.client_secret, &self.address.token] {
            // an answer may repeat what it was asked: the fuzzer sees what its input is compared with
            assert!(!shown.contains(secret.as_str()) || asked.contains(secret.as_str()), "a secret in the answer");
        }
    }
}

struct Fuzzed {
    runtime: Runtime,
    client: reqwest::Client,
    workspace: Option<Workspace>,
}

static FUZZED: Mutex<Option<Fuzzed>> = Mutex::new(None);

fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|b| *b == b'\n').unwrap_or(data.len());
    let Ok(line) = std::str::from_utf8(&data[..end]) else { return };
    let (method, path) = line.split_once(' ').unwrap_or((line, "/"));
    if !path.starts_with('/') {
        return;
    }
    let body = data.get(end + 1..).unwrap_or_default();
    let mut guard = FUZZED.lock().expect("one input at a time");
    let fuzzed = guard.get_or_insert_with(|| Fuzzed {
        runtime: Runtime::new().expect("a runtime"),
        client: reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .expect("a client"),
        workspace: None,
    });
    let Fuzzed { runtime, client, workspace } = fuzzed;
    runtime.block_on(async {
        let current = match workspace.take().filter(|w| w.left > 0) {
            Some(current) => workspace.insert(current),
            None => workspace.insert(Workspace::start().await),
        };
        current.left -= 1;
        current.ask(client, method, path, body).await;
        current.gateway.commit(SESSION);
    });
});
