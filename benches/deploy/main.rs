//! What deploys cost: `cargo bench --bench deploy`.
//!
//! piq runs as a process of its own against a local workspace that takes 50 ms for every answer. Requests and
//! sequential round trips are those that `--stats` tells; seconds of the wall clock and of the processor, and the peak of
//! memory, are what the system says of the process when it has ended.

#![expect(clippy::print_stdout, reason = "a benchmark prints its tables")]

mod bundles;
#[path = "../../tests/it/kit/in_process.rs"]
mod in_process;
#[path = "../../tests/it/kit/process.rs"]
#[expect(dead_code, reason = "what only tests use of it")]
mod process;

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use piq_local::RunningServer;
use serde_json::Value;

const LATENCY: Duration = Duration::from_millis(50);

/// Runs a command and says on the last line of standard error what the system knows of it.
const WATCH: &str = "
import json, os, sys, time
start = time.monotonic()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
seconds = time.monotonic() - start
unit = 1 if sys.platform == 'darwin' else 1024
print(json.dumps({'code': os.waitstatus_to_exitcode(status), 'seconds': seconds,
                  'cpu': used.ru_utime + used.ru_stime, 'bytes': used.ru_maxrss * unit}), file=sys.stderr)
";

/// Who deploys.
#[derive(Clone, Copy)]
enum Who {
    User,
    Principal,
}

/// What one piq cost.
struct Cost {
    requests: u64,
    round_trips: u64,
    seconds: f64,
    cpu: f64,
    megabytes: f64,
}

/// A workspace with latency, in this process.
struct Bench {
    server: RunningServer,
    // removed with it
    _dir: tempfile::TempDir,
}

impl Bench {
    async fn start() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let server = in_process::start(dir.path()).await;
        server.set_latency(LATENCY);
        Self { server, _dir: dir }
    }

    /// Runs piq in a folder. The workspace goes on answering meanwhile.
    async fn piq(&self, dir: &Path, who: Who, args: &[&str]) -> Cost {
        let mut command = Command::new("python3");
        process::alone(&mut command, dir).args(["-c", WATCH, env!("CARGO_BIN_EXE_piq")]).args(args);
        command.args(["-o", "json"]).env("DATABRICKS_HOST", &self.server.host);
        match who {
            Who::User => command.env("DATABRICKS_TOKEN", &self.server.token),
            Who::Principal => command
                .env("DATABRICKS_CLIENT_ID", &self.server.client_id)
                .env("DATABRICKS_CLIENT_SECRET", &self.server.client_secret),
        };
        let output = tokio::task::spawn_blocking(move || command.output().expect("python3 starts"));
        cost(&output.await.expect("it ends"))
    }
}

fn cost(output: &Output) -> Cost {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let used: Value = serde_json::from_str(stderr.lines().last().unwrap_or_default()).expect("what the system says");
    assert_eq!(used["code"], 0, "{stderr}");
    let report: Value = serde_json::from_str(stdout.lines().last().unwrap_or_default()).expect("a report");
    let number = |value: &Value| value.as_f64().expect("a number");
    let count = |name: &str| report["stats"][name].as_u64().expect(name);
    Cost {
        requests: count("requests"),
        round_trips: count("round_trips"),
        seconds: number(&used["seconds"]),
        cpu: number(&used["cpu"]),
        megabytes: number(&used["bytes"]) / 1e6,
    }
}

#[tokio::main]
async fn main() {
    for (who, target, name) in
        [(Who::User, "dev", "`dev` as a user"), (Who::Principal, "prod", "`prod` as a service principal")]
    {
        println!("\n{name}: one job of four notebooks, two dashboards, eight files\n");
        println!("| case | requests | round trips | seconds |\n|---|---|---|---|");
        usual(who, target).await;
    }
    println!("\nGrowth\n\n| | | first deploy | nothing changed | one file changed |\n|---|---|---|---|---|");
    for (jobs, files) in [(10, 10), (100, 10), (1000, 10), (1, 10), (1, 100), (1, 5000)] {
        growth(jobs, files).await;
    }
    println!("\n1,000 jobs and 1,000 notebooks\n");
    println!("| case | requests | round trips | seconds | CPU seconds | MB | CPU seconds of the workspace |");
    println!("|---|---|---|---|---|---|---|");
    large().await;
}

/// The cases of every day.
async fn usual(who: Who, target: &str) {
    let bench = Bench::start().await;
    let (clone, fresh) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let warehouse = &bench.server.warehouse_id;
    let write = |notebook: u32, title: &str| {
        for dir in [&clone, &fresh] {
            bundles::shop(dir.path(), warehouse, notebook, title);
        }
    };
    let row = |case: &str, c: &Cost| println!("| {case} | {} | {} | {:.2} |", c.requests, c.round_trips, c.seconds);
    let deploy = ["deploy", "-t", target];
    write(1, "a");
    row("first deploy", &bench.piq(clone.path(), who, &deploy).await);
    row("nothing changed, fresh runner", &bench.piq(fresh.path(), who, &deploy).await);
    row("nothing changed, warm", &bench.piq(clone.path(), who, &deploy).await);
    write(2, "a");
    row("one notebook changed", &bench.piq(fresh.path(), who, &deploy).await);
    write(2, "b");
    row("one dashboard changed", &bench.piq(fresh.path(), who, &deploy).await);
    row("plan", &bench.piq(clone.path(), who, &["plan", "-t", target]).await);
    row("destroy", &bench.piq(clone.path(), who, &["destroy", "-t", target, "--auto-approve"]).await);
    bench.server.stop().await;
}

/// How requests grow with what a bundle holds.
async fn growth(jobs: usize, files: usize) {
    let bench = Bench::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    let mut cells = Vec::new();
    for version in [1, 1, 2] {
        bundles::many(dir.path(), jobs, files, version);
        let c = bench.piq(dir.path(), Who::User, &["deploy"]).await;
        cells.push(format!("{} / {}, {:.2} s", c.requests, c.round_trips, c.seconds));
    }
    println!("| {jobs} jobs | {files} files | {} |", cells.join(" | "));
    bench.server.stop().await;
}

/// A thousand jobs with a notebook each.
async fn large() {
    let bench = Bench::start().await;
    for (case, version) in [("first deploy", 1), ("nothing changed, fresh runner", 1), ("one notebook changed", 2)] {
        let dir = tempfile::tempdir().expect("a folder");
        bundles::many(dir.path(), 1000, 1000, version);
        let before = processor();
        let c = bench.piq(dir.path(), Who::User, &["deploy"]).await;
        let workspace = processor() - before;
        println!(
            "| {case} | {} | {} | {:.2} | {:.2} | {:.0} | {workspace:.2} |",
            c.requests, c.round_trips, c.seconds, c.cpu, c.megabytes
        );
    }
    bench.server.stop().await;
}

/// Seconds of the processor that this process has used; 0 where the system does not tell.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
