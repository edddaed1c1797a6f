//! How much memory the engine's process may take. What counts is what it really has: the engine's allocator reserves several
//! times that, so a limit of the system on reserved memory ends a process that has plenty left.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::engine::EngineError;
use piq_diagnostics::env::Env;

/// The setting.
const SETTING: &str = "PIQ_ENGINE_MEMORY";
/// Half of the machine's memory is never less than this, in bytes.
const LEAST: u64 = 2 << 30;
/// How often the process is looked at: it takes a few hundred megabytes in that time at most.
const PAUSE: Duration = Duration::from_millis(50);

/// How much the process may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MemoryLimit {
    bytes: u64,
    /// Whether somebody set it.
    is_set: bool,
}

impl MemoryLimit {
    /// What `PIQ_ENGINE_MEMORY` says, such as `4G` or `1500M`; else half of the machine's memory.
    ///
    /// # Errors
    /// A setting that is not a size.
    pub(super) fn of(env: &Env) -> Result<Self, EngineError> {
        match env.get(SETTING) {
            Some(text) => size(text).map(|bytes| Self { bytes, is_set: true }).ok_or_else(|| EngineError {
                class: "ENGINE_NOT_PREPARED".into(),
                message: format!("{SETTING}: expected a size such as `4G` or `1500M`, found `{text}`"),
            }),
            None => Ok(Self { bytes: half_of_the_machine(), is_set: false }),
        }
    }

    fn passed(self) -> EngineError {
        let whose = if self.is_set { SETTING } else { "half of this machine's memory" };
        let megabytes = self.bytes >> 20;
        EngineError {
            class: "ENGINE_OUT_OF_MEMORY".into(),
            message: format!(
                "a statement wanted more than {megabytes} MB, {whose}, and the SQL engine was stopped. The next statement \
                 starts a new one: let it read fewer rows, or set {SETTING} to more, such as `8G`"
            ),
        }
    }
}

/// Looks at a process until it ends; stops it by `stop` when it has more than it may, after noting that in `passed`.
pub(super) async fn watch(pid: u32, limit: MemoryLimit, passed: Arc<OnceLock<EngineError>>, stop: impl Fn()) {
    while let Some(bytes) = resident(pid) {
        if bytes > limit.bytes {
            let _ = passed.set(limit.passed());
            return stop();
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Bytes that a process has and no file backs. `None` once it has ended, and on systems that do not say so: there the limit
/// is not enforced.
fn resident(pid: u32) -> Option<u64> {
    kilobytes(&std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "RssAnon:")
}

/// Half of what there is: of the machine, or of the container that piq runs in if that has less.
fn half_of_the_machine() -> u64 {
    let of = |path: &str| std::fs::read_to_string(path).ok();
    let machine = of("/proc/meminfo").and_then(|text| kilobytes(&text, "MemTotal:"));
    // cgroups of version 2, and of version 1; a container without a limit says `max`, or a number past all memory
    let container = of("/sys/fs/cgroup/memory.max").or_else(|| of("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
    half(machine, container.and_then(|text| text.trim().parse().ok()))
}

fn half(machine: Option<u64>, container: Option<u64>) -> u64 {
    // other systems do not enforce the limit
    let total = machine.into_iter().chain(container).min().unwrap_or(16 << 30);
    (total / 2).max(LEAST.min(total))
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let number = text.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"))?;
    number.trim().parse().ok().map(|kilobytes: u64| kilobytes * 1024)
}

fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, shift) = match text.chars().last()?.to_ascii_uppercase() {
        'G' => (&text[..text.len() - 1], 30),
        'M' => (&text[..text.len() - 1], 20),
        _ => return None,
    };
    let number: u64 = number.trim().parse().ok().filter(|n| (1..1 << 20).contains(n))?;
    Some(number << shift)
}

#[cfg(test)]
mod tests {
    use super::{half, kilobytes, resident, size};

    #[test]
    fn half_is_that_of_the_container_if_it_has_less_than_the_machine() {
        const G: u64 = 1 << 30;
        assert_eq!(half(Some(24 * G), None), 12 * G);
        assert_eq!(half(Some(24 * G), Some(8 * G)), 4 * G);
        assert_eq!(half(Some(24 * G), Some(u64::MAX)), 12 * G);
        assert_eq!((half(Some(3 * G), None), half(Some(24 * G), Some(G))), (2 * G, G), "2 GB if there are as many");
        assert_eq!(half(None, None), 8 * G);
    }

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!((size("4G"), size(" 1500m ")), (Some(4 << 30), Some(1500 << 20)));
        for other in ["", "G", "4", "4.5G", "-1G", "0M", "4GB", "4096T", "99999999999G", "é"] {
            assert_eq!(size(other), None, "{other}");
        }
    }

    #[test]
    fn memory_is_read_from_what_the_system_says() {
        assert_eq!(kilobytes("VmRSS:\t  10 kB\nRssAnon:\t    2048 kB\n", "RssAnon:"), Some(2 << 20));
        assert_eq!(kilobytes("RssAnon: many\n", "RssAnon:"), None);
        assert_eq!(resident(u32::MAX), None, "no such process");
        #[cfg(target_os = "linux")]
        assert!(resident(std::process::id()).is_some_and(|bytes| bytes > 0));
    }
}
