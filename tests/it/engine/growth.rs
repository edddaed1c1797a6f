//! How time and memory grow with the number of use cases: `just growth` runs it, it asserts no times.

use std::collections::BTreeMap;
use std::time::Instant;

use super::Lab;

#[test]
#[expect(clippy::print_stdout, reason = "a benchmark shows what it measured")]
#[ignore = "a benchmark of minutes: just growth"]
fn engine_growth_from_2000_to_20000_use_cases() {
    for rows in [2_000, 20_000] {
        let lab = Lab::with_sample(rows);
        let job = lab.deploy();
        let timed = |what: &str| {
            let start = Instant::now();
            lab.run(job);
            let calls: u64 = lab.asked().values().sum();
            println!("{rows} use cases, {what}: {calls} calls, {:.1} s", start.elapsed().as_secs_f64());
            calls
        };
        assert!(timed("first run") > u64::from(rows));
        assert_eq!(timed("unchanged"), 0);
        println!("{rows} use cases, most memory in MiB: {:?}", memory(lab.workspace.pid()));
    }
}

/// The most memory that the server and its engine held, in MiB.
fn memory(server: u32) -> BTreeMap<String, u64> {
    let peak = |pid: u32| -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
    };
    let engine = super::recovery::engine_process(server);
    let found = [("piq", peak(server)), ("engine", peak(engine))];
    found.into_iter().filter_map(|(name, mib)| Some((name.to_owned(), mib?))).collect()
}
