//! Deploys and runs as lines on standard error.

use std::io::{IsTerminal as _, Write as _};
use std::time::Instant;

use super::Printer;
use piq_deploy::{Event, Plan, Progress};

/// Prints what happens.
pub(super) struct Lines<'a> {
    out: &'a Printer,
    start: Instant,
    ask: bool,
}

impl<'a> Lines<'a> {
    /// Prints to standard error. With `ask`, a person at a terminal is asked before anything is deleted.
    pub(super) fn new(out: &'a Printer, ask: bool) -> Self {
        Self { out, start: Instant::now(), ask }
    }
}

impl Progress for Lines<'_> {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Planned(plan) => {
                let c = plan.changes;
                self.out.talk(&format!("to create: {}, to update: {}, to delete: {}", c.created, c.updated, c.deleted));
            }
            Event::Waiting(holder, left) => {
                let left = left.as_secs().max(1);
                self.out.talk(&format!("waiting for {holder}; the lock counts for {left} s more unless it is renewed"));
            }
            Event::TookOver(holder) => self.out.talk(&format!("took over the lock of {holder}")),
            Event::Uploaded(done, total) if done == total => self.out.talk(&format!("uploaded {total} files")),
            Event::Changed(verb, key) => self.out.talk(&format!("{verb} {key}")),
            Event::Note(text) => self.out.talk(text),
            Event::Started(run) => self.out.talk(&format!("run {}: {}", run.id, run.url)),
            Event::Task(task) => {
                let at = self.start.elapsed().as_secs_f64();
                let attempt = if task.attempt > 0 { format!("attempt {} ", task.attempt + 1) } else { String::new() };
                let spent = if task.over() { format!("{:.1} s", task.seconds()) } else { task.state.message.clone() };
                let line = format!("[{at:6.1} s] {:<32} {:<10} {attempt}{spent}", task.task_key, task.state.word());
                self.out.talk(line.trim_end());
            }
            _ => {}
        }
    }

    fn approve(&self, plan: &Plan) -> bool {
        if !self.ask {
            return false;
        }
        for deletion in plan.deletions() {
            self.out.talk(&format!("delete {} \"{}\"", deletion.key, deletion.name));
        }
        confirm("Delete these?")
    }
}

/// Asks a person at a terminal; without one the answer is no.
pub(super) fn confirm(question: &str) -> bool {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return false;
    }
    let _ = write!(anstream::stderr(), "{question} [y/N] ");
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}
