//! The pipeline on Spark with Delta gives what it gives on the local engine; the exploratory notebooks run on either.

mod compare;
mod engine;
mod exploratory;
mod host;
mod kept;
mod lab;
mod scenarios;

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crate::engine::engine_dir;
use engine::Spark;
use host::Host;
use kept::SparkFiles;
use piq_diagnostics::env::Env;
use piq_fixtures::FakeModel;
use piq_local::engine::Engine;
use piq_local::gateway::SourceConfig;
use piq_local::{EngineOptions, engine_for};
use tokio::runtime::Runtime;

/// One runtime for all tests: gateways that tests share live in it.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime"))
}

/// What Spark needs, made once.
fn spark_files() -> Option<&'static SparkFiles> {
    static FILES: OnceLock<Option<SparkFiles>> = OnceLock::new();
    FILES.get_or_init(kept::spark).as_ref()
}

/// A folder for this run of the tests. Those of runs that are over are removed.
fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<(PathBuf, File)> = OnceLock::new();
    let (dir, _) = FOLDER.get_or_init(|| {
        let runs = kept::dir().join("runs");
        std::fs::create_dir_all(&runs).expect("folder");
        for entry in std::fs::read_dir(&runs).expect("folder").flatten() {
            let over = File::open(entry.path().join("lock")).is_ok_and(|lock| lock.try_lock().is_ok());
            if over {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        let dir = runs.join(std::process::id().to_string());
        std::fs::create_dir_all(&dir).expect("folder");
        let lock = File::create(dir.join("lock")).expect("lock file");
        lock.lock().expect("lock");
        (dir, lock)
    });
    dir
}

/// An engine over the one process that the tests share; `name` keeps its answers apart.
fn spark(name: &str) -> Option<Spark> {
    static HOST: OnceLock<Option<Arc<Host>>> = OnceLock::new();
    let start = || spark_files().map(|e| Arc::new(Host::start(e, folder())));
    let host = HOST.get_or_init(start).clone()?;
    Some(Spark::new(host, &folder().join(name)))
}

/// Where AI functions get their answers in these tests.
fn offline() -> SourceConfig {
    SourceConfig { offline: Some(Arc::new(FakeModel)), ..SourceConfig::default() }
}

/// The local engine, with its tables in a folder of that name and the fake model behind its AI functions.
fn local(name: &str) -> Arc<dyn Engine> {
    let engine_dir = ("PIQ_ENGINE_DIR".to_owned(), engine_dir().to_string_lossy().into_owned());
    let env = Env::from_pairs(std::env::vars().filter(|(name, _)| *name != engine_dir.0).chain([engine_dir.clone()]));
    let options = EngineOptions { source: offline(), ..EngineOptions::from_env(&env, Arc::new(kept::say)) };
    engine_for(&folder().join(name), options)
}
