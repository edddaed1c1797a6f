//! The holder of a deployment lock: this process, and whether another one is alive.

use piq_deploy::Holder;
use piq_diagnostics::env::Env;

/// Variables that together name one job of one CI run.
const CI: [&[&str]; 3] =
    [&["GITHUB_RUN_ID", "GITHUB_JOB"], &["CI_PIPELINE_ID", "CI_JOB_NAME"], &["BUILD_BUILDID", "SYSTEM_JOBNAME"]];

/// This process.
pub(crate) fn holder(env: &Env, user: &str) -> Holder {
    let pid = std::process::id();
    let ci_run = CI.iter().find_map(|names| {
        let values: Option<Vec<&str>> = names.iter().map(|name| env.get(name)).collect();
        values.map(|v| v.join("/"))
    });
    Holder {
        nonce: String::new(),
        user: user.to_owned(),
        host: host_name(env),
        pid,
        process_start: process_start(pid).unwrap_or_default(),
        ci_run,
        ttl_seconds: 0,
        renewals: 0,
        since: jiff::Timestamp::now().strftime("%FT%TZ").to_string(),
    }
}

fn host_name(env: &Env) -> String {
    let file = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = file.or_else(|| command("hostname", &[])).map(|n| n.trim().to_owned()).filter(|n| !n.is_empty());
    name.or_else(|| env.get("HOSTNAME").map(str::to_owned)).unwrap_or_else(|| "unknown".to_owned())
}

/// Whether the process of a holder on this machine is alive. A process with another start time is another process.
pub(crate) fn is_alive(holder: &Holder) -> Option<bool> {
    if holder.process_start.is_empty() {
        return None;
    }
    Some(process_start(holder.pid).is_some_and(|start| start == holder.process_start))
}

/// When a process started, in the system's own format; none if the process does not exist.
fn process_start(pid: u32) -> Option<String> {
    if std::path::Path::new("/proc/self/stat").exists() {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // the name in parentheses may hold spaces; the start is the 20th field after it
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        if fields.first() == Some(&"Z") {
            return None;
        }
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        return Some(format!("{}-{}", fields.get(19)?, boot.trim()));
    }
    command("ps", &["-o", "lstart=", "-p", &pid.to_string()]).map(|s| s.trim().to_owned()).filter(|s| !s.is_empty())
}

fn command(name: &str, args: &[&str]) -> Option<String> {
    let output = std::process::Command::new(name).args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_one_with_another_start_is_not() {
        let env = Env::from_pairs([("GITHUB_RUN_ID", "7"), ("GITHUB_JOB", "deploy")]);
        let mut me = holder(&env, "dana@example.com");
        assert_eq!(me.ci_run.as_deref(), Some("7/deploy"));
        assert_eq!(is_alive(&me), Some(true));
        me.process_start.push('x');
        assert_eq!(is_alive(&me), Some(false));
        me.process_start.clear();
        assert_eq!(is_alive(&me), None);
    }
}
