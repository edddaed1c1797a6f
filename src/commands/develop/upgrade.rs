//! `piq upgrade`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use pipelineiq::starter::{
    BASE, Files, ProjectRecord, RECORD, UpgradeAction, UpgradeStep, built_in_templates, pack, plan_upgrade,
    project_files, read_record, record_text, unpack,
};
use piq_bundle::discover;
use piq_diagnostics::{Failure, FailureContext as _, FailureKind, atomic_file};
use serde::Serialize;
use similar::TextDiff;

use crate::context::Context;
use crate::context::git_source::git;
use crate::output::printer::confirm;
use crate::output::style::{dim, green, red};

/// Take over what this version of piq writes into a project
///
/// Shows the changes of files that `piq init` wrote, and asks before it writes them. Files that you changed too are merged
/// line by line; where both changed the same lines, the file gets marks such as `<<<<<<< yours`, and the exit code is 1.
/// Exit code 3 with `--check` if there is something to take over.
#[derive(Debug, Clone, Args)]
pub(crate) struct UpgradeArgs {
    /// Write the changes without asking
    #[arg(long, short, conflicts_with = "check")]
    yes: bool,
    /// Write nothing; exit with code 3 if something would change
    #[arg(long)]
    check: bool,
    /// Change files although Git has changes of them that are not committed
    #[arg(long)]
    allow_dirty: bool,
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The result as JSON.
#[derive(Debug, Serialize)]
struct UpgradeReport {
    from: String,
    to: &'static str,
    /// Whether the changes are written.
    written: bool,
    files: Vec<UpgradedFile>,
}

#[derive(Debug, Serialize)]
struct UpgradedFile {
    path: String,
    action: UpgradeAction,
    /// Lines where somebody has to decide.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conflicts: Vec<usize>,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'static str,
}

pub(crate) fn cmd_upgrade(context: &Context, args: &UpgradeArgs) -> Result<ExitCode, Failure> {
    let upgrade = Upgrade::read(discover(context.start_folder())?.project_dir)?;
    let written = if upgrade.is_done() || args.check {
        false
    } else {
        if !context.out.json() {
            context.out.result(&upgrade.shown());
        }
        let approved = args.yes || confirm("Write these changes?");
        if approved {
            upgrade.refuse_uncommitted(context, args.allow_dirty)?;
            upgrade.write()?;
        }
        approved
    };
    let report = upgrade.report(written);
    if context.out.json() {
        context.out.report(&report, |_| String::new())?;
    } else {
        context.out.result(&last_line(&upgrade, &report, args));
    }
    let conflicts = report.files.iter().any(|file| file.action == UpgradeAction::Conflict);
    Ok(match upgrade.is_done() {
        true => ExitCode::SUCCESS,
        false if args.check => ExitCode::from(FailureKind::Pending.exit_code()),
        false => ExitCode::from(u8::from(written && conflicts)),
    })
}

/// What is taken over, and from where.
struct Upgrade {
    project: PathBuf,
    from: String,
    record: String,
    new: Files,
    own: Files,
    steps: Vec<UpgradeStep>,
}

impl Upgrade {
    fn read(project: PathBuf) -> Result<Self, Failure> {
        let missing = |file: &str| {
            Failure::refused(format!("cannot upgrade {}: it has no {file}", project.display()))
                .hint("write a new project with `piq init` in another folder, and compare")
        };
        let Some(ProjectRecord { written_by: Some(from), answers: Some(answers), .. }) = read_record(&project)? else {
            return Err(missing(RECORD));
        };
        let packed = read_file(&project, BASE)?.ok_or_else(|| missing(BASE))?;
        let base = unpack(&packed).with_context(|| format!("cannot read {BASE}"))?;
        let mut new = project_files(&answers)?;
        // a file that the owner had before `piq init` is not piq's
        new.retain(|path, _| base.contains_key(path) || !project.join(path).exists());
        // templates that the project has in place of those of piq
        for (path, text) in built_in_templates().filter(|(path, _)| base.contains_key(*path)) {
            new.insert(path.to_owned(), text.as_bytes().to_vec());
        }
        let mut own = Files::new();
        for path in base.keys().chain(new.keys()) {
            if let Some(bytes) = read_file(&project, path)? {
                own.insert(path.clone(), bytes);
            }
        }
        let text = read_file(&project, RECORD)?.unwrap_or_default();
        let record = record_text(Some(&String::from_utf8_lossy(&text)), VERSION, &answers)
            .with_context(|| format!("cannot read {RECORD}"))?;
        let steps = plan_upgrade(&base, &own, &new, &format!("piq {VERSION}"));
        Ok(Self { project, from, record, new, own, steps })
    }

    fn is_done(&self) -> bool {
        self.steps.is_empty()
    }

    /// Steps that change a file.
    fn changes(&self) -> impl Iterator<Item = &UpgradeStep> {
        self.steps.iter().filter(|step| step.action != UpgradeAction::Keep)
    }

    /// What changes, file by file.
    fn shown(&self) -> String {
        let mut text = String::new();
        for step in &self.steps {
            let word = match step.action {
                UpgradeAction::Create => "create",
                UpgradeAction::Update => "update",
                UpgradeAction::Merge => "merge",
                UpgradeAction::Conflict => "conflict in",
                UpgradeAction::Delete => "delete",
                UpgradeAction::Keep => "keep",
            };
            let reason = if step.reason.is_empty() { String::new() } else { format!(": {}", step.reason) };
            text.push_str(&format!("{word} {}{reason}\n", step.path));
            if let (Some(own), Some(bytes)) = (self.own.get(&step.path), &step.bytes) {
                text.push_str(&diff(&String::from_utf8_lossy(own), &String::from_utf8_lossy(bytes)));
            }
        }
        text
    }

    /// Refuses to mix the changes with those that Git could not give back.
    fn refuse_uncommitted(&self, context: &Context, allowed: bool) -> Result<(), Failure> {
        let paths: Vec<&str> = self.changes().map(|step| step.path.as_str()).collect();
        let args = [&["status", "--porcelain", "--"][..], &paths].concat();
        let dirty = git(&self.project, &context.env, &args).unwrap_or_default();
        if allowed || dirty.is_empty() {
            return Ok(());
        }
        let files: Vec<&str> = dirty.lines().filter_map(|line| line.get(3..)).collect();
        Err(Failure::refused(format!("{} not committed; nothing was changed", are(&files)))
            .hint("commit first, so that Git can give back what you have, or pass `--allow-dirty`"))
    }

    /// Writes the files, and last the record: a second run goes on where a first one was interrupted.
    fn write(&self) -> Result<(), Failure> {
        for step in self.changes() {
            let path = self.project.join(&step.path);
            match &step.bytes {
                Some(bytes) => put(&path, bytes)?,
                None => std::fs::remove_file(&path).with_context(|| format!("cannot delete {}", step.path))?,
            }
        }
        put(&self.project.join(BASE), &pack(&self.new).context("cannot pack the files")?)?;
        put(&self.project.join(RECORD), self.record.as_bytes())
    }

    fn report(&self, written: bool) -> UpgradeReport {
        let file = |step: &UpgradeStep| UpgradedFile {
            path: step.path.clone(),
            action: step.action,
            conflicts: step.conflicts.clone(),
            reason: step.reason,
        };
        UpgradeReport { from: self.from.clone(), to: VERSION, written, files: self.steps.iter().map(file).collect() }
    }
}

fn are(files: &[&str]) -> String {
    match files {
        [one] => format!("{one} is"),
        _ => format!("{} are", files.join(", ")),
    }
}

fn last_line(upgrade: &Upgrade, report: &UpgradeReport, args: &UpgradeArgs) -> String {
    if upgrade.is_done() {
        return format!("the project has everything that piq {VERSION} writes\n");
    }
    let conflicts: Vec<String> = report
        .files
        .iter()
        .flat_map(|file| file.conflicts.iter().map(|line| format!("  {}:{line}\n", file.path)))
        .collect();
    match (report.written, conflicts.as_slice()) {
        (true, []) => format!("upgraded from piq {} to {VERSION}; check it with `piq validate`\n", report.from),
        (true, _) => format!(
            "upgraded from piq {} to {VERSION}; decide between both versions at\n{}",
            report.from,
            conflicts.concat()
        ),
        (false, _) if args.check => format!("{} files differ from what piq {VERSION} writes\n", report.files.len()),
        (false, _) => "nothing was written; `piq upgrade --yes` writes the changes\n".to_owned(),
    }
}

/// A unified diff without a head.
fn diff(before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let text = diff.unified_diff().context_radius(2).to_string();
    text.split_inclusive('\n')
        .map(|line| {
            let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
            let styled = match body.chars().next() {
                Some('+') => green(body),
                Some('-') => red(body),
                Some('@') => dim(body),
                _ => body.to_owned(),
            };
            format!("  {styled}{end}")
        })
        .collect()
}

fn read_file(project: &Path, path: &str) -> Result<Option<Vec<u8>>, Failure> {
    match std::fs::read(project.join(path)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("cannot read {path}")),
    }
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    atomic_file::replace(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
