//! Before code of a bundle runs for the first time in a folder, it is named.

use std::path::{Path, PathBuf};

use piq_bundle::code_of;

use crate::context::Context;

/// Names the code that the bundle would run, once for each folder and each set of commands. The record stands outside of
/// the folder: a stranger's bundle cannot bring it along.
pub(crate) fn announce(context: &Context) {
    let Some((folder, code)) = code_of(context.start_folder()) else { return };
    let line = format!("{} {}", fingerprint(&code), folder.display());
    let record = record(context);
    let known = record.as_deref().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    if code.is_empty() || known.lines().any(|l| l == line) {
        return;
    }
    context.out.log(&format!("{} has code that commands of piq run here (`--no-run` refuses it):", folder.display()));
    for one in &code {
        context.out.log(&format!("  {one}"));
    }
    if let Some(file) = record.filter(|_| !context.global.no_run) {
        // without a record it is named again next time
        let _ = append(&file, &known, &line);
    }
}

fn append(file: &Path, known: &str, line: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
    std::fs::write(file, format!("{known}{line}\n"))
}

fn record(context: &Context) -> Option<PathBuf> {
    let set = |name: &str| context.env.get(name).map(PathBuf::from);
    let state =
        set("XDG_STATE_HOME").or_else(|| Some(set("HOME").or_else(|| set("USERPROFILE"))?.join(".local/state")))?;
    Some(state.join("piq/code-that-ran"))
}

/// Tells one set of commands from another.
fn fingerprint(code: &[String]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in code.join("\n").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}
