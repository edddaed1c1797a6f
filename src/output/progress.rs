//! Deploys and runs on standard error: on a terminal a bar for uploads and one live line for each running task, anywhere
//! else one line for each change.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use piq_databricks::workspace::TaskState;
use piq_deploy::{Event, Plan, Progress};

use crate::output::printer::{Printer, confirm};
use crate::output::style::coloured;

/// Prints what happens.
pub(crate) struct Lines<'a> {
    out: &'a Printer,
    start: Instant,
    ask: bool,
    live: Option<LiveLines>,
}

/// The lines of a terminal that change in place.
struct LiveLines {
    all: MultiProgress,
    /// By what they are about: the key of a task, or uploads.
    bars: Mutex<BTreeMap<String, ProgressBar>>,
}

/// The key of the bar of uploads; a task's key cannot be empty.
const UPLOADS: &str = "";

impl LiveLines {
    fn bars(&self) -> MutexGuard<'_, BTreeMap<String, ProgressBar>> {
        self.bars.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows what a task that is under way does. The time runs on by itself.
    fn show(&self, task: &TaskState) {
        let mut bars = self.bars();
        let bar = bars.entry(task.task_key.clone()).or_insert_with(|| {
            // one line, whatever the width: what does not fit is cut
            let style = ProgressStyle::with_template("{spinner} {prefix} {elapsed:>4}  {wide_msg}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = self.all.add(ProgressBar::new_spinner().with_style(style).with_prefix(task.task_key.clone()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        bar.set_message(doing(task));
    }

    fn upload(&self, done: usize, total: usize) {
        let mut bars = self.bars();
        let bar = bars.entry(UPLOADS.to_owned()).or_insert_with(|| {
            let style = ProgressStyle::with_template("{spinner} uploading {bar:32} {pos} of {len} files");
            let bar = ProgressBar::new(total as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            self.all.add(bar)
        });
        bar.set_position(done as u64);
    }

    fn remove(&self, key: &str) {
        if let Some(bar) = self.bars().remove(key) {
            bar.finish_and_clear();
        }
    }
}

impl Drop for LiveLines {
    fn drop(&mut self) {
        for bar in self.bars().values() {
            bar.finish_and_clear();
        }
    }
}

impl<'a> Lines<'a> {
    /// Prints to standard error. With `ask`, a person at a terminal is asked before anything is deleted.
    pub(crate) fn new(out: &'a Printer, ask: bool) -> Self {
        let live = (std::io::stderr().is_terminal() && !out.quiet() && !out.debugs())
            .then(|| LiveLines { all: MultiProgress::new(), bars: Mutex::default() });
        Self { out, start: Instant::now(), ask, live }
    }

    /// A line that stays, above the live ones.
    fn say(&self, line: &str) {
        match &self.live {
            Some(live) => live.all.suspend(|| self.out.log(line)),
            None => self.out.log(line),
        }
    }

    fn task(&self, task: &TaskState) {
        let line = task_line(task, self.start.elapsed());
        match &self.live {
            Some(live) if !task.over() => live.show(task),
            Some(live) => {
                live.remove(&task.task_key);
                self.say(&line);
            }
            None => self.say(&line),
        }
    }
}

/// What a task under way says, with its attempt if it is not the first; its state if it says nothing.
fn doing(task: &TaskState) -> String {
    let attempt = if task.attempt > 0 { format!("attempt {}: ", task.attempt + 1) } else { String::new() };
    let said = if task.state.message.is_empty() { task.state.word() } else { &task.state.message };
    format!("{attempt}{said}")
}

/// Time since the start, key, state, and what the task says or how long it took.
fn task_line(task: &TaskState, since: Duration) -> String {
    let attempt = if task.attempt > 0 { format!("attempt {} ", task.attempt + 1) } else { String::new() };
    let spent = if task.over() { format!("{:.1} s", task.seconds()) } else { task.state.message.clone() };
    let (at, word) = (since.as_secs_f64(), task.state.word());
    let gap = " ".repeat(10_usize.saturating_sub(word.len()));
    format!("[{at:6.1} s] {:<32} {}{gap} {attempt}{spent}", task.task_key, coloured(word)).trim_end().to_owned()
}

impl Progress for Lines<'_> {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Planned(plan) => {
                let c = plan.changes;
                self.say(&format!("to create: {}, to update: {}, to delete: {}", c.created, c.updated, c.deleted));
            }
            Event::Waiting(holder, left) => {
                let left = left.as_secs().max(1);
                self.say(&format!("waiting for {holder}; its lock expires in {left} s unless it is renewed"));
            }
            Event::TookOver(holder) => self.say(&format!("took over the lock of {holder}")),
            Event::Uploaded(done, total) if done == total => {
                if let Some(live) = &self.live {
                    live.remove(UPLOADS);
                }
                self.say(&format!("uploaded {total} files"));
            }
            Event::Uploaded(done, total) => {
                if let Some(live) = &self.live {
                    live.upload(done, total);
                }
            }
            Event::Changed(verb, key) => self.say(&format!("{verb} {key}")),
            Event::Note(text) => self.say(text),
            Event::Started(run) => self.say(&format!("run {}: {}", run.id, run.url)),
            Event::Task(task) => self.task(task),
            Event::Doing(task) => {
                // lines that stay tell changes of state only
                if let Some(live) = &self.live {
                    live.show(task);
                }
            }
            _ => {}
        }
    }

    fn approve(&self, plan: &Plan) -> bool {
        if !self.ask {
            return false;
        }
        for deletion in plan.deletions() {
            self.say(&format!("delete {} \"{}\"", deletion.key, deletion.name));
        }
        confirm("Delete these?")
    }
}
