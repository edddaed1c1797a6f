//! The last screen of `piq demo`: how to look closer.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use pipelineiq::insight::run_report::EnrichmentOutcome;

use crate::context::Context;

/// Where to look closer.
pub(super) struct Look<'a> {
    /// How piq is called here.
    pub own: &'a str,
    /// What came out.
    pub outcome: &'a EnrichmentOutcome,
    /// The address of the dashboards, if there are any.
    pub dashboards: Option<&'a str>,
}

impl Look<'_> {
    /// The section, with commands that run as they are printed.
    pub(super) fn text(&self) -> String {
        let mut out = String::from("\nLook closer\n");
        if let Some(address) = self.dashboards {
            let _ = writeln!(out, "  {address}\n      the dashboards: since last week, each use case, each manager");
        }
        let first = self.outcome.at_risk.first().map(|c| format!("explain {} -t local", c.usecase_id));
        let commands = first.iter().map(|c| (c.as_str(), "why its score is what it is, quote by quote")).chain([
            ("dashboards preview -t local", "the dashboards again, live"),
            ("sample-data --mutate", "a week passes; then `run -t local` asks only what changed"),
        ]);
        for (command, what) in commands {
            let _ = writeln!(out, "  {} {command}\n      {what}", self.own);
        }
        out
    }
}

/// How to call this piq from the current folder on the same project: `piq` if the search path finds it, else its path.
pub(super) fn own_command(context: &Context) -> String {
    let own = std::env::current_exe().ok();
    let name = format!("piq{}", std::env::consts::EXE_SUFFIX);
    let path = context.env.get("PATH").unwrap_or_default();
    let found = std::env::split_paths(path).map(|dir| dir.join(&name)).find(|file| file.is_file());
    let same = |a: &Path, b: &Path| a.canonicalize().ok().is_some_and(|a| b.canonicalize().ok() == Some(a));
    let command = match (&own, &found) {
        (Some(own), Some(found)) if same(own, found) => "piq".to_owned(),
        (Some(own), _) => quoted(&own.display().to_string()),
        (None, _) => "piq".to_owned(),
    };
    match context.global.directory.as_deref().filter(|d| *d != Path::new(".")) {
        Some(dir) => format!("{command} -C {}", quoted(&absolute(dir).display().to_string())),
        None => command,
    }
}

fn absolute(dir: &Path) -> PathBuf {
    std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned())
}

/// A word of a shell.
fn quoted(word: &str) -> String {
    let plain = word.chars().all(|c| c.is_alphanumeric() || "/._-+:\\".contains(c));
    if plain { word.to_owned() } else { format!("\"{word}\"") }
}

#[cfg(test)]
mod tests {
    use pipelineiq::insight::run_report::{AtRisk, EnrichmentOutcome};

    use super::{Look, quoted};

    #[test]
    fn the_first_use_case_is_named_and_paths_with_blanks_are_quoted() {
        let at_risk = vec![AtRisk { usecase_id: "UC-7".into(), ..AtRisk::default() }];
        let outcome = EnrichmentOutcome { at_risk, ..EnrichmentOutcome::default() };
        let text = Look { own: "piq", outcome: &outcome, dashboards: Some("file:///d.html") }.text();
        assert!(text.contains("\n  piq explain UC-7 -t local\n") && text.contains("\n  file:///d.html\n"), "{text}");
        let text = Look { own: "piq", outcome: &EnrichmentOutcome::default(), dashboards: None }.text();
        assert!(!text.contains("explain") && text.contains("piq sample-data --mutate\n"), "{text}");
        assert_eq!((quoted("/opt/piq"), quoted("/my dir/piq")), ("/opt/piq".into(), "\"/my dir/piq\"".into()));
    }
}
