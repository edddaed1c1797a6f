//! The lock of names: a dashboard's URL hangs on its file's name, so a name that was once there stays.

use std::collections::BTreeSet;

use piq_diagnostics::{Diagnostic, Source, Span, closest};

/// Compares the names in the lock (one a line, `#` begins a comment) with the files that are there.
pub fn check_names(path: &str, lock: &str, files: &[String]) -> Vec<Diagnostic> {
    let source = Source::new(path, lock);
    let mut found = Vec::new();
    let mut locked = BTreeSet::new();
    let mut at = 0;
    for line in lock.split_inclusive('\n') {
        let name = line.split('#').next().unwrap_or_default().trim();
        let start = at + line.find(name).unwrap_or(0);
        at += line.len();
        if name.is_empty() {
            continue;
        }
        locked.insert(name);
        if !files.iter().any(|f| f == name) {
            let message = format!("dashboard `{name}` was renamed or removed");
            let mut fault =
                Diagnostic::error("dashboard-renamed", message).at(Span::new(&source, start..start + name.len()));
            if let Some(near) = closest(name, files.iter().map(String::as_str)) {
                fault = fault.hint(format!("did you mean `{near}`?"));
            }
            found.push(fault.hint(
                "a new name is a new dashboard with a new URL: give the file its name back, or remove the line on purpose",
            ));
        }
    }
    for file in files.iter().filter(|f| !locked.contains(f.as_str())) {
        found.push(
            Diagnostic::warning("dashboard-not-locked", format!("dashboard `{file}` is not in the lock of names"))
                .at(Span::new(&source, lock.len()..lock.len()))
                .hint(format!("add a line `{file}`")),
        );
    }
    found
}
