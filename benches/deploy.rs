//! What deploys cost against a workspace that takes 50 ms for every answer: `cargo bench --bench deploy`.
//!
//! Prints requests, sequential round trips, seconds of the wall clock and of the processor (this process, with the
//! workspace in it) for the usual cases, and how they grow with jobs and files.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use piq::auth::Settings;
use piq::deploy::{Cancel, Desired, Holder, Libraries, LockOptions, Options, Silent, build, deploy, read_files};
use piq::env::Env;
use piq::local::{NoEngine, ServerConfig, serve};
use piq::project::{CurrentUser, LoadOptions, load};
use piq::render::{read_content, render};
use piq::workspace::{Identity as _, Limits, Me, Remote, Workspace as _, connect};

const LATENCY: Duration = Duration::from_millis(50);

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    println!("{:<44} {:>8} {:>11} {:>8} {:>8}", "case", "requests", "round trips", "seconds", "CPU s");
    runtime.block_on(async {
        for (jobs, files) in [(1, 4), (10, 10), (100, 100), (1000, 1000), (1, 5000)] {
            series(jobs, files).await;
        }
    });
}

async fn series(jobs: usize, files: usize) {
    let dir = tempfile::tempdir().expect("a folder");
    let config = ServerConfig { dir: dir.path().join("workspace"), latency: LATENCY, ..ServerConfig::default() };
    let server = serve(config, Arc::new(NoEngine)).await.expect("a server");
    let settings = Settings::local(&server.host, &server.token);
    bundle(dir.path(), jobs, files, 1);
    let what = format!("{jobs} jobs, {files} files");
    measure(&format!("{what}: first deploy"), dir.path(), &settings).await;
    measure(&format!("{what}: nothing changed"), dir.path(), &settings).await;
    bundle(dir.path(), jobs, files, 2);
    measure(&format!("{what}: one file changed"), dir.path(), &settings).await;
    server.stop().await;
}

/// Writes a bundle; `version` changes its first file.
fn bundle(dir: &Path, jobs: usize, files: usize, version: usize) {
    let src = dir.join("src");
    std::fs::create_dir_all(&src).expect("a folder");
    for n in 0..files {
        let value = if n == 0 { version } else { n };
        let text = format!("-- Databricks notebook source\nSELECT {value}\n");
        std::fs::write(src.join(format!("n{n}.sql")), text).expect("written");
    }
    let mut text = "bundle: {name: bench}\ntargets: {dev: {mode: development}}\nresources:\n  jobs:\n".to_owned();
    for n in 0..jobs {
        let path = n % files;
        text.push_str(&format!(
            "    j{n}: {{name: job {n}, tasks: [{{task_key: t, notebook_task: {{notebook_path: ./src/n{path}.sql}}}}]}}\n"
        ));
    }
    std::fs::write(dir.join("databricks.yml"), text).expect("written");
}

fn desired(dir: &Path, me: &Me) -> Desired {
    let env = Env::default();
    let options = LoadOptions { start: dir, target: Some("dev"), vars: &[], env: &env };
    let user = CurrentUser::new(me.user_name.clone());
    let project = load(&options).expect("a bundle").with_identity(&user).expect("good").apply_mode(&user);
    let content = read_content(&project.project_dir).expect("content");
    let bundle = render(&project, &content).expect("rendered");
    build(&project, &bundle, read_files(&project).expect("files"), &Libraries::default(), me).expect("built")
}

/// One deploy as a process of its own would do it, from loading the bundle on.
async fn measure(what: &str, dir: &Path, settings: &Settings) {
    let (start, cpu) = (Instant::now(), processor());
    let remote: Remote = connect(settings, Limits::default()).await.expect("connected");
    let me = remote.me().await.expect("me");
    let desired = desired(dir, &me);
    let holder = Holder {
        nonce: String::new(),
        user: me.user_name.clone(),
        host: "bench".into(),
        pid: 1,
        process_start: "now".into(),
        ci_run: None,
        since: String::new(),
        ttl_seconds: 0,
        renewals: 0,
    };
    let lock = LockOptions::new(holder, Duration::from_secs(60), Arc::new(|_| Some(true)));
    let options = Options::new(lock, Cancel::never());
    deploy(&remote, &desired, &options, &Silent).await.expect("deployed");
    let stats = remote.stats();
    let seconds = start.elapsed().as_secs_f64();
    let spent = processor() - cpu;
    println!("{what:<44} {:>8} {:>11} {seconds:>8.2} {spent:>8.2}", stats.requests, stats.round_trips);
}

/// Seconds of the processor that this process has used; 0 where the system does not tell.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
