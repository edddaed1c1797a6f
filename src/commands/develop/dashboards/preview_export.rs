//! `piq dashboards preview --export`: one page of HTML, sheets of PDF, or a folder of CSV.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use piq_diagnostics::atomic_file::replace;
use piq_diagnostics::{Failure, FailureContext as _};
use piq_preview::{Coverage, PageDone, Preview};
use serde_json::json;

use crate::context::Context;

/// Browsers that print a page to PDF without a window, by the names of their programs.
const BROWSERS: [&str; 6] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"];

/// How long the browser may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// Writes the export that the ending of `file` names.
pub(crate) async fn export(context: &Context, preview: &Preview, file: &Path) -> Result<ExitCode, Failure> {
    let progress = |done: &PageDone<'_>| {
        context.out.log(&format!("{} of {}: {}, {}", done.number, done.pages, done.dashboard, done.title));
    };
    match file.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase).as_deref() {
        Some("html" | "htm") => {
            let (html, coverage) = preview.export(progress).await;
            write(file, html.as_bytes())?;
            report(context, file, coverage)
        }
        Some("pdf") => {
            // before anything is asked: without a browser the answers would be for nothing
            let browser = browser(context)?;
            let (html, coverage) = preview.export(progress).await;
            print(&browser, &html, file).await?;
            report(context, file, coverage)
        }
        None => csv_files(context, preview, file, progress).await,
        Some(other) => Err(Failure::usage(format!(
            "expected a file that ends in .html or .pdf, or a folder for CSV, found the ending `.{other}`"
        ))),
    }
}

fn report(context: &Context, file: &Path, coverage: Coverage) -> Result<ExitCode, Failure> {
    let Coverage { drawn, charts, unsupported, failed } = coverage;
    if context.out.json() {
        let result =
            json!({"file": file, "drawn": drawn, "charts": charts, "unsupported": unsupported, "failed": failed});
        context.out.result(&format!("{result}\n"));
    } else {
        let shown = file.display();
        context.out.log(&format!("{shown}: {drawn} widgets written, {unsupported} unsupported, {failed} failed"));
        if charts > 0 {
            // what is wrong in a chart's own spec shows there alone
            let note = "a browser draws them when the file is opened, and shows an error in one that it cannot draw";
            context.out.log(&format!("{shown}: charts among them: {charts}; {note}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The data belongs to who asked for it: the file is readable by its owner alone.
fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    replace(file, bytes).with_context(|| format!("cannot write `{}`", file.display()))
}

async fn csv_files(
    context: &Context,
    preview: &Preview,
    folder: &Path,
    progress: impl FnMut(&PageDone<'_>),
) -> Result<ExitCode, Failure> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let (mut written, mut failed) = (Vec::new(), Vec::new());
    for (wanted, csv) in preview.export_csv(progress).await {
        let name = format!("{}.{}.{}.csv", plain(&wanted.dashboard), plain(&wanted.page), plain(&wanted.widget));
        match csv {
            Ok(csv) => {
                write(&folder.join(&name), csv.text.as_bytes())?;
                if csv.truncated {
                    context.out.log(&format!("{name}: the first 100,000 rows"));
                }
                written.push(name);
            }
            Err(error) => failed.push((name, error)),
        }
    }
    if context.out.json() {
        let failed: Vec<_> = failed.iter().map(|(name, error)| json!({"file": name, "error": error})).collect();
        context.out.result(&format!("{}\n", json!({"folder": folder, "files": written, "failed": failed})));
    } else {
        context.out.log(&format!("{}: {} files of CSV, {} failed", folder.display(), written.len(), failed.len()));
        for (name, error) in &failed {
            context.out.log(&format!("{name}: not written: {error}"));
        }
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A part of a file name: names of widgets come from the file, and may hold anything.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' }).take(80).collect()
}

fn browser(context: &Context) -> Result<PathBuf, Failure> {
    let path = context.env.get("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(path).collect();
    let mac = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ];
    let windows =
        ["ProgramFiles", "ProgramFiles(x86)"].into_iter().filter_map(|name| context.env.get(name)).flat_map(|root| {
            ["Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe"]
                .map(|at| Path::new(root).join(at))
        });
    BROWSERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .chain(mac.into_iter().map(PathBuf::from))
        .chain(windows)
        .find(|program| program.is_file())
        .ok_or_else(|| {
            Failure::usage("PDF needs Chromium, Chrome or Edge, and none is on the PATH")
                .hint("install one, or export an .html file, open it in any browser and choose `Print… All pages`")
        })
}

/// Prints the sheets of an exported page with a browser that has no window, no network and a profile of its own.
async fn print(browser: &Path, html: &str, file: &Path) -> Result<(), Failure> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let page = folder.path().join("sheets.html");
    write(&page, html.as_bytes())?;
    let pdf = folder.path().join("sheets.pdf");
    let run = async |extra: &[&str]| {
        let mut command = tokio::process::Command::new(browser);
        command
            .args(["--headless=new", "--disable-gpu", "--disable-extensions", "--disable-background-networking"])
            .args(["--no-first-run", "--no-pdf-header-footer", "--virtual-time-budget=120000"])
            .args(extra)
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg(format!("--print-to-pdf={}", pdf.display()))
            .arg(format!("file://{}#sheets", page.display()))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        tokio::time::timeout(PATIENCE, command.output()).await
    };
    let shown = browser.display();
    let mut output = run(&[]).await;
    // as root, in a container, the browser has no sandbox; the page is piq's own and runs piq's script alone
    if let Ok(Ok(out)) = &output
        && !pdf.is_file()
        && String::from_utf8_lossy(&out.stderr).contains("no-sandbox")
    {
        output = run(&["--no-sandbox"]).await;
    }
    let output = output
        .map_err(|_| Failure::refused(format!("`{shown}` did not print within {} seconds", PATIENCE.as_secs())))?
        .with_context(|| format!("cannot start `{shown}`"))?;
    if !pdf.is_file() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it printed no message");
        return Err(Failure::refused(format!("`{shown}` printed no PDF: {last}")));
    }
    let bytes = std::fs::read(&pdf).with_context(|| format!("cannot read what `{shown}` printed"))?;
    write(file, &bytes)
}
